"""The shop: every kind of event, as its README promises."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import samples.shop
from eventrouter import NoRouteError
from eventrouter.testing import TestClient, assert_batch, check_app
from samples.shop.main import app
from samples.shop.models import NewOrder
from samples.shop.store import STORE, OrderNotFound, Store, the_store

EVENTS = Path(samples.shop.__file__).parent / "events"


@pytest.fixture
def store() -> Store:
    """A store of the test's own, with one order in it."""
    mine = Store()
    mine.add(NewOrder(customer="Ada", total=9.5))
    return mine


@pytest.fixture
def client(store: Store) -> Iterator[TestClient]:
    with TestClient(app, overrides={the_store: lambda: store}) as client:
        yield client


def file(name: str) -> Path:
    """One of the sample's events."""
    (path,) = EVENTS.glob(f"*{name}*.json")
    return path


def test_nothing_is_wrong_with_it() -> None:
    assert check_app(app) == []


def test_an_order_that_is_created_can_be_read(client: TestClient, store: Store) -> None:
    created = client.post("/orders", json={"customer": "Bo", "total": 3})
    read = client.get("/orders/2")

    assert (created.status_code, read.status_code) == (201, 200)
    assert created.json() == read.json() == {"id": 2, "customer": "Bo", "total": 3.0, "status": "open"}


def test_an_open_order_is_replaced(client: TestClient, store: Store) -> None:
    answer = client.put("/orders/1", json={"customer": "Bo", "total": 4})

    assert answer.json() == {"id": 1, "customer": "Bo", "total": 4.0, "status": "open"}
    assert store.get(1).customer == "Bo"


def test_an_order_that_is_deleted_is_gone(client: TestClient, store: Store) -> None:
    answer = client.delete("/orders/1")

    assert answer.status_code == 204
    assert store.orders == {}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", [1, 2, 3]),
        ("status=paid", [2, 3]),
        ("limit=2", [1, 2]),
        ("limit=2&after=2", [3]),
        ("status=paid&limit=1&after=2", [3]),
        ("status=shipped", []),
    ],
)
def test_orders_are_listed_by_status_and_page(client: TestClient, store: Store, query: str, found: list[int]) -> None:
    for customer in ("Bo", "Cy"):
        store.add(NewOrder(customer=customer, total=3)).status = "paid"

    answer = client.get(f"/orders?{query}")

    assert [order["id"] for order in answer.json()] == found


@pytest.mark.parametrize(
    ("method", "path", "given", "query", "status"),
    [
        ("GET", "/orders/99", None, "", 404),
        ("PUT", "/orders/99", {"customer": "Bo", "total": 1}, "", 404),
        ("DELETE", "/orders/99", None, "", 404),
        ("GET", "/orders/first", None, "", 422),
        ("GET", "/orders", None, "limit=0", 422),
        ("GET", "/orders", None, "status=lost", 422),
        ("POST", "/orders", {"customer": "", "total": -1}, "", 422),
        ("PATCH", "/orders/1", {}, "", 405),
        ("GET", "/nowhere", None, "", 404),
    ],
)
def test_a_request_that_cannot_be_met_says_so(
    client: TestClient, store: Store, method: str, path: str, given: object, query: str, status: int
) -> None:
    answer = client.request(method, f"{path}?{query}", json=given)

    assert answer.status_code == status
    assert "detail" in answer.json()


def test_a_paid_order_cannot_be_replaced(client: TestClient, store: Store) -> None:
    store.orders[1].status = "paid"

    answer = client.put("/orders/1", json={"customer": "Ada", "total": 1})

    assert answer.status_code == 409
    assert answer.json() == {"detail": "order 1 is paid already"}


def test_a_receipt_is_text_with_a_cookie(client: TestClient, store: Store) -> None:
    answer = client.get("/orders/1/receipt")

    assert answer.text == "Ada: 9.50\n"
    assert answer.set_cookies == ["last_order=1; Path=/; Secure; HttpOnly; SameSite=lax"]


@pytest.mark.parametrize(
    ("name", "status"), [("apigw_rest", 201), ("function_url", 200), ("apigw_http", 422), ("alb", 404)]
)
def test_every_http_trigger_is_answered(client: TestClient, store: Store, name: str, status: int) -> None:
    answer = client.send(file(name))

    assert answer.status_code == status


def test_only_the_payments_that_fail_come_back(client: TestClient, store: Store) -> None:
    batch = client.send(file("payments"))

    assert_batch(batch, failed=[1, 2])
    assert batch.lost() == []
    assert store.get(1).status == "paid"


def test_a_payment_of_too_little_changes_nothing(client: TestClient, store: Store) -> None:
    batch = client.sqs("payments", {"order_id": 1, "amount": 1})

    assert_batch(batch, failed=[0], routes={0: "on_payment"})
    assert store.get(1).status == "open"


def test_what_a_failed_transaction_did_is_undone(client: TestClient, store: Store) -> None:
    def half_of_it() -> None:
        with store.transaction():
            store.orders.clear()
            store.images.append("half.png")
            raise RuntimeError("the power is out")

    with pytest.raises(RuntimeError, match="the power is out"):
        half_of_it()

    assert list(store.orders) == [1]
    assert store.images == []


def test_a_shipment_marks_the_order(client: TestClient, store: Store) -> None:
    client.send(file("shipped"))

    assert store.get(1).status == "shipped"


def test_a_shipment_of_an_unknown_order_is_not_taken_for_done(client: TestClient, store: Store) -> None:
    store.orders.clear()

    with pytest.raises(OrderNotFound, match="no order 1"):
        client.send(file("shipped"))


def test_a_test_of_the_carrier_finds_no_route_and_is_told_the_nearest(client: TestClient, store: Store) -> None:
    with pytest.raises(NoRouteError, match="on_shipped"):
        client.send(file("nobody"))


def test_the_night_closes_what_is_shipped(client: TestClient, store: Store) -> None:
    store.add(NewOrder(customer="Bo", total=3))
    store.orders[1].status = "shipped"

    nightly = client.schedule("nightly")

    assert nightly.value == {"closed": [1]}
    assert list(store.orders) == [2]


def test_an_image_is_known_by_its_decoded_key(client: TestClient, store: Store) -> None:
    client.send(file("image"))

    assert store.images == ["mugs/blue mug.png"]


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("alert", ["stock: mugs are running low"]),
        ("changes", ["order 1 came in", "order 1: open, then paid", "order 1 is gone"]),
    ],
)
def test_alerts_and_changes_are_logged(
    client: TestClient, store: Store, caplog: pytest.LogCaptureFixture, name: str, lines: list[str]
) -> None:
    caplog.set_level("INFO", logger="samples.shop.messages")

    client.send(file(name))

    said = [record.getMessage() for record in caplog.records if record.name == "samples.shop.messages"]
    assert said == lines


def test_how_long_an_invocation_took_is_logged_also_when_it_failed(
    client: TestClient, store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", logger="samples.shop.main")

    client.send(file("function_url"))
    with pytest.raises(NoRouteError):
        client.send(file("nobody"))

    assert [record.getMessage().partition(" took ")[0] for record in caplog.records] == ["function_url", "eventbridge"]


def test_the_store_of_the_process_is_one() -> None:
    assert the_store() is STORE
