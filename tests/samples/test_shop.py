"""The shop: every kind of event, as its README promises."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from samples.shop.main import app
from samples.shop.models import Order
from samples.shop.store import STORE, Store, the_store

ROOT = Path(__file__).parent.parent.parent
EVENTS = ROOT / "samples" / "shop" / "events"


@pytest.fixture
def store() -> Iterator[Store]:
    """A store of the test's own, with one order in it."""
    mine = Store()
    mine.orders[1] = Order(id=1, customer="Ada", total=9.5)
    app.dependency_overrides[the_store] = lambda: mine
    yield mine
    app.dependency_overrides.clear()


def event(name: str) -> Any:
    return json.loads(next(EVENTS.glob(f"*{name}.json")).read_text())


def request(method: str, path: str, body: object = None, query: str = "") -> Any:
    """A request through a function URL."""
    found = event("function_url")
    found["rawPath"], found["rawQueryString"] = path, query
    found["requestContext"]["http"] |= {"method": method, "path": path}
    if body is not None:
        found["body"] = json.dumps(body)
    return app(found)


def test_an_order_is_created_read_replaced_and_deleted(store: Store) -> None:
    created = request("POST", "/orders", {"customer": "Bo", "total": 3})
    replaced = request("PUT", "/orders/2", {"customer": "Bo", "total": 4})
    read = request("GET", "/orders/2")
    deleted = request("DELETE", "/orders/2")

    assert [created["statusCode"], replaced["statusCode"], read["statusCode"], deleted["statusCode"]] == [
        201,
        200,
        200,
        204,
    ]
    assert json.loads(read["body"]) == {"id": 2, "customer": "Bo", "total": 4.0, "status": "open"}
    assert list(store.orders) == [1]


def test_orders_are_listed_by_status_and_page(store: Store) -> None:
    store.orders[2] = Order(id=2, customer="Bo", total=3, status="paid")
    store.orders[3] = Order(id=3, customer="Cy", total=3, status="paid")

    answer = request("GET", "/orders", query="status=paid&limit=1&after=1")

    assert [order["id"] for order in json.loads(answer["body"])] == [2]


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/orders/99", None, 404),
        ("GET", "/orders/first", None, 422),
        ("POST", "/orders", {"customer": "", "total": -1}, 422),
        ("PATCH", "/orders/1", {}, 405),
        ("GET", "/nowhere", None, 404),
    ],
)
def test_a_request_that_cannot_be_met_says_so(store: Store, method: str, path: str, body: object, status: int) -> None:
    answer = request(method, path, body)

    assert answer["statusCode"] == status
    assert "detail" in json.loads(answer["body"])


def test_a_paid_order_cannot_be_replaced(store: Store) -> None:
    store.orders[1].status = "paid"

    answer = request("PUT", "/orders/1", {"customer": "Ada", "total": 1})

    assert answer["statusCode"] == 409


def test_a_receipt_is_text_with_a_cookie(store: Store) -> None:
    answer = request("GET", "/orders/1/receipt")

    assert answer["body"] == "Ada: 9.50\n"
    assert answer["cookies"] == ["last_order=1; Path=/; Secure; HttpOnly; SameSite=lax"]


def test_only_the_payments_that_fail_come_back(store: Store) -> None:
    answer = app(event("sqs"))

    assert [entry["itemIdentifier"][-1] for entry in answer["batchItemFailures"]] == ["2", "3"]
    assert store.orders[1].status == "paid"


def test_a_payment_that_fails_changes_nothing(store: Store) -> None:
    payments = event("sqs")
    payments["Records"] = payments["Records"][:1]
    payments["Records"][0]["body"] = '{"order_id": 1, "amount": 1}'

    answer = app(payments)

    assert len(answer["batchItemFailures"]) == 1
    assert store.orders[1].status == "open"


def test_a_shipment_marks_the_order(store: Store) -> None:
    app(event("eventbridge"))

    assert store.orders[1].status == "shipped"


def test_the_night_closes_what_is_shipped(store: Store) -> None:
    store.orders[1].status = "shipped"

    assert app(event("eventbridge_schedule")) == "1 orders closed"
    assert store.orders == {}


def test_an_image_is_known_by_its_decoded_key(store: Store) -> None:
    app(event("s3"))

    assert store.images == ["mugs/blue mug.png"]


def test_alerts_and_changes_are_logged(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", logger="samples.shop.messages")

    app(event("sns"))
    app(event("dynamodb"))

    assert [record.getMessage() for record in caplog.records if record.name.endswith("messages")] == [
        "stock: mugs are running low",
        "order 1 came in",
        "order 1: open, then paid",
        "order 1 is gone",
    ]


def test_the_shop_is_open(store: Store) -> None:
    assert json.loads(request("GET", "/")["body"]) == {"shop": "open"}


def test_the_store_of_the_process_is_one() -> None:
    assert the_store() is STORE


def test_the_demo_shows_every_kind_of_event_as_expected() -> None:
    result = subprocess.run([sys.executable, "-m", "samples.shop.demo"], capture_output=True, text=True, cwd=ROOT)

    assert result.returncode == 0, result.stderr
    assert [path.stem for path in sorted(EVENTS.glob("*.json")) if path.stem not in result.stdout] == []
