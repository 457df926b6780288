"""A FastAPI app and a queue in one function."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from eventrouter.testing import TestClient, check_app
from samples.mounted.main import app
from samples.mounted.store import Order, store_of


@pytest.fixture
def client() -> Iterator[TestClient]:
    with TestClient(app) as client:
        yield client
    store_of.cache_clear()


def test_nothing_is_wrong_with_it() -> None:
    assert check_app(app) == []


def test_a_message_is_seen_by_the_fastapi_app(client: TestClient) -> None:
    batch = client.sqs("orders", Order(id=7, total=9.5), "not json")

    assert len(batch.failed) == 1
    assert client.get("/orders/7").json() == {"id": 7, "total": 9.5}
    assert client.get("/orders/8", as_="apigw_rest").status_code == 404


def test_its_bodies_are_streamed_where_the_trigger_streams(client: TestClient) -> None:
    client.sqs("orders", Order(id=1, total=1), Order(id=2, total=2))

    answer = client.get("/export")

    assert [chunk.data for chunk in answer.chunks] == [b"1,1.0\n", b"2,2.0\n"]


def test_its_lifespan_is_open_while_the_process_runs(client: TestClient) -> None:
    assert client.get("/health").json() == {"open": True}


def test_files_and_headers_are_there_too(client: TestClient) -> None:
    page = client.get("/static/index.html", headers={"origin": "https://shop.example.com"})

    assert "the export" in page.text
    assert page.headers["cache-control"] == "public, max-age=3600"
    assert page.headers["x-content-type-options"] == "nosniff"
    assert page.headers["access-control-allow-origin"] == "https://shop.example.com"
