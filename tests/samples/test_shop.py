"""The shop: every kind of event, as its README promises."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import samples.shop
from eventrouter import NoRouteError
from samples.shop.main import app
from samples.shop.models import NewOrder
from samples.shop.store import STORE, OrderNotFound, Store, the_store

EVENTS = Path(samples.shop.__file__).parent / "events"


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Store:
    """A store of the test's own, with one order in it."""
    mine = Store()
    mine.add(NewOrder(customer="Ada", total=9.5))
    monkeypatch.setitem(app.dependency_overrides, the_store, lambda: mine)
    return mine


def event(name: str) -> Any:
    (path,) = EVENTS.glob(f"*{name}*.json")
    return json.loads(path.read_text())


def request(method: str, path: str, body: object = None, query: str = "") -> Any:
    """A request through a function URL."""
    found = event("function_url")
    found["rawPath"], found["rawQueryString"] = path, query
    found["requestContext"]["http"] |= {"method": method, "path": path}
    if body is not None:
        found["body"] = json.dumps(body)
    return app(found)


def body(answer: Any) -> Any:
    return json.loads(answer["body"])


def payments(*bodies: object) -> Any:
    """A batch with a message for each of *bodies*, whose ids end in 1, 2, 3."""
    found = event("payments")
    found["Records"] = [
        record | {"body": json.dumps(body)} for record, body in zip(found["Records"], bodies, strict=False)
    ]
    return found


def failed(answer: Any) -> list[str]:
    return [entry["itemIdentifier"][-1] for entry in answer["batchItemFailures"]]


def test_an_order_that_is_created_can_be_read(store: Store) -> None:
    created = request("POST", "/orders", {"customer": "Bo", "total": 3})
    read = request("GET", "/orders/2")

    assert (created["statusCode"], read["statusCode"]) == (201, 200)
    assert body(created) == body(read) == {"id": 2, "customer": "Bo", "total": 3.0, "status": "open"}


def test_an_open_order_is_replaced(store: Store) -> None:
    answer = request("PUT", "/orders/1", {"customer": "Bo", "total": 4})

    assert body(answer) == {"id": 1, "customer": "Bo", "total": 4.0, "status": "open"}
    assert store.get(1).customer == "Bo"


def test_an_order_that_is_deleted_is_gone(store: Store) -> None:
    answer = request("DELETE", "/orders/1")

    assert answer["statusCode"] == 204
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
def test_orders_are_listed_by_status_and_page(store: Store, query: str, found: list[int]) -> None:
    for customer in ("Bo", "Cy"):
        store.add(NewOrder(customer=customer, total=3)).status = "paid"

    answer = request("GET", "/orders", query=query)

    assert [order["id"] for order in body(answer)] == found


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
    store: Store, method: str, path: str, given: object, query: str, status: int
) -> None:
    answer = request(method, path, given, query)

    assert answer["statusCode"] == status
    assert "detail" in body(answer)


def test_a_paid_order_cannot_be_replaced(store: Store) -> None:
    store.orders[1].status = "paid"

    answer = request("PUT", "/orders/1", {"customer": "Ada", "total": 1})

    assert answer["statusCode"] == 409
    assert body(answer) == {"detail": "order 1 is paid already"}


def test_a_receipt_is_text_with_a_cookie(store: Store) -> None:
    answer = request("GET", "/orders/1/receipt")

    assert answer["body"] == "Ada: 9.50\n"
    assert answer["cookies"] == ["last_order=1; Path=/; Secure; HttpOnly; SameSite=lax"]


@pytest.mark.parametrize(
    ("name", "status"), [("apigw_rest", 201), ("function_url", 200), ("apigw_http", 422), ("alb", 404)]
)
def test_every_http_trigger_is_answered(store: Store, name: str, status: int) -> None:
    answer = app(event(name))

    assert answer["statusCode"] == status


def test_only_the_payments_that_fail_come_back(store: Store) -> None:
    answer = app(event("payments"))

    assert failed(answer) == ["2", "3"]
    assert store.get(1).status == "paid"


def test_a_payment_of_too_little_changes_nothing(store: Store) -> None:
    answer = app(payments({"order_id": 1, "amount": 1}))

    assert failed(answer) == ["1"]
    assert store.get(1).status == "open"


def test_what_a_failed_transaction_did_is_undone(store: Store) -> None:
    def half_of_it() -> None:
        with store.transaction():
            store.orders.clear()
            store.images.append("half.png")
            raise RuntimeError("the power is out")

    with pytest.raises(RuntimeError, match="the power is out"):
        half_of_it()

    assert list(store.orders) == [1]
    assert store.images == []


def test_a_shipment_marks_the_order(store: Store) -> None:
    app(event("shipped"))

    assert store.get(1).status == "shipped"


def test_a_shipment_of_an_unknown_order_is_not_taken_for_done(store: Store) -> None:
    store.orders.clear()

    with pytest.raises(OrderNotFound, match="no order 1"):
        app(event("shipped"))


def test_a_test_of_the_carrier_finds_no_route_and_is_told_the_nearest(store: Store) -> None:
    with pytest.raises(NoRouteError, match="on_shipped"):
        app(event("nobody"))


def test_the_night_closes_what_is_shipped(store: Store) -> None:
    store.add(NewOrder(customer="Bo", total=3))
    store.orders[1].status = "shipped"

    answer = app(event("nightly"))

    assert answer == {"closed": [1]}
    assert list(store.orders) == [2]


def test_an_image_is_known_by_its_decoded_key(store: Store) -> None:
    app(event("image"))

    assert store.images == ["mugs/blue mug.png"]


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("alert", ["stock: mugs are running low"]),
        ("changes", ["order 1 came in", "order 1: open, then paid", "order 1 is gone"]),
    ],
)
def test_alerts_and_changes_are_logged(
    store: Store, caplog: pytest.LogCaptureFixture, name: str, lines: list[str]
) -> None:
    caplog.set_level("INFO", logger="samples.shop.messages")

    app(event(name))

    assert [record.getMessage() for record in caplog.records] == lines


def test_how_long_an_invocation_took_is_logged_also_when_it_failed(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", logger="samples.shop.main")

    app(event("function_url"))
    with pytest.raises(NoRouteError):
        app(event("nobody"))

    assert [record.getMessage().partition(" took ")[0] for record in caplog.records] == ["function_url", "eventbridge"]


def test_the_store_of_the_process_is_one() -> None:
    assert the_store() is STORE
