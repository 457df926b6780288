"""The page that the document is read on: all of it from the function itself."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest
from openapi_spec_validator import validate

from eventrouter import App, RegistrationError, Router
from eventrouter.testing import TestClient


def documented(path: str = "/docs", **options: Any) -> App:
    app = App()
    app.get("/orders")(lambda: "no orders")
    app.docs(path, **options)
    return app


def test_the_page_shows_the_document_that_stands_beside_it() -> None:
    client = TestClient(documented(title="Tom & Jerry's"))

    page, document = client.get("/docs/"), client.get("/docs/openapi.json")

    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "<title>Tom &amp; Jerry&#x27;s</title>" in page.text
    assert document.headers["content-type"] == "application/json"
    assert document.json()["info"]["title"] == "Tom & Jerry's"
    assert list(document.json()["paths"]) == ["/orders"]
    validate(document.json())


def test_everything_the_page_loads_is_served_with_it() -> None:
    client = TestClient(documented())
    page = client.get("/docs/").text

    for name in ("swagger-ui.css", "swagger-ui.js", "start.js"):
        assert f'"{name}"' in page
        assert client.get(f"/docs/{name}").status_code == 200
    assert "//" not in page.replace("<!doctype html>", "")
    assert '"openapi.json"' in client.get("/docs/start.js").text


def test_the_page_may_load_nothing_from_elsewhere() -> None:
    headers = TestClient(documented()).get("/docs/").headers

    assert headers["content-security-policy"].startswith("default-src 'self';")
    assert headers["x-content-type-options"] == "nosniff"


def test_the_page_is_found_without_its_slash() -> None:
    answer = TestClient(documented("/internal/docs")).get("/internal/docs")

    assert (answer.status_code, answer.headers["location"]) == (307, "docs/")


@pytest.mark.parametrize(
    ("as_", "stage", "url"), [("function_url", "", "/"), ("apigw_http", "v1", "/v1"), ("apigw_rest", "prod", "/prod")]
)
def test_operations_are_tried_where_the_page_is(as_: Any, stage: str, url: str) -> None:
    options: Any = {"stage": stage} if stage else {}

    document = TestClient(documented()).get("/docs/openapi.json", as_=as_, **options).json()

    assert document["servers"] == [{"url": url}]


def test_servers_may_be_given() -> None:
    document = TestClient(documented(servers=["https://x.example.com"])).get("/docs/openapi.json").json()

    assert document["servers"] == [{"url": "https://x.example.com"}]


def test_the_document_is_made_once() -> None:
    app = documented()
    client = TestClient(app)
    first = client.get("/docs/openapi.json").text

    app.get("/late")(lambda: None)

    assert client.get("/docs/openapi.json").text == first


def test_scripts_are_packed_where_bytes_come_through() -> None:
    client = TestClient(documented())

    plain = client.get("/docs/swagger-ui.css")
    packed = client.get("/docs/swagger-ui.css", headers={"accept-encoding": "br, gzip"})
    rest = client.get("/docs/swagger-ui.css", headers={"accept-encoding": "gzip"}, as_="apigw_rest")

    assert packed.headers["content-encoding"] == "gzip"
    assert gzip.decompress(packed.content) == plain.content == rest.content
    assert plain.headers["vary"] == "accept-encoding"


def test_the_largest_script_fits_behind_a_load_balancer() -> None:
    answer = TestClient(documented()).get("/docs/swagger-ui.js", headers={"accept-encoding": "gzip"}, as_="alb")

    assert answer.status_code == 200


@pytest.mark.parametrize("name", ["other.js", "..%2f__init__.py", "swagger-ui.min.css"])
def test_nothing_else_is_served(name: str) -> None:
    assert TestClient(documented()).get(f"/docs/{name}").status_code == 404


def test_the_page_has_a_path_of_its_own() -> None:
    app = App()
    app.get("/docs/start.js")(lambda: "")

    with pytest.raises(RegistrationError, match="same path"):
        app.docs()
    with pytest.raises(RegistrationError, match="the path of the docs"):
        app.docs("docs")


def test_a_router_that_joins_later_is_in_the_document() -> None:
    app, router = documented(), Router()
    app.include(router, "/more")
    router.get("/x")(lambda: None)

    assert "/more/x" in json.loads(TestClient(app).get("/docs/openapi.json").text)["paths"]
