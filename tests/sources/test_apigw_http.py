"""HTTP API requests, payload 2.0."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, cast

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError

from eventrouter.models.apigw_http import ApiGatewayProxyEventV2
from eventrouter.response import BufferedResponse, Prelude
from eventrouter.source import HttpShape
from eventrouter.sources._http import write
from eventrouter.sources.apigw_http import SOURCE, line

EVENTS = Path(__file__).parent / "events"
SHAPE = cast(HttpShape, SOURCE.http)


def event(variant: str = "") -> Any:
    return json.loads((EVENTS / f"apigw_http{variant}.json").read_text())


def test_the_path_is_decoded_already_and_left_alone() -> None:
    assert SHAPE.path_is_decoded
    assert line({**event(), "rawPath": "/a%2e%2e/b"}) == ("POST", "/a%2e%2e/b")


def test_the_default_stage_is_not_in_the_path() -> None:
    assert line(event()) == ("POST", "/orders/blue mug")
    assert line({**event(), "rawPath": "/$default/orders"})[1] == "/$default/orders"


@pytest.mark.parametrize(
    ("route", "path", "expected"),
    [
        ("GET /orders/{order_id}", "/dev/orders/42", "/orders/42"),
        ("GET /orders/{order_id}", "/orders/42", "/orders/42"),
        ("$default", "/dev/orders/42", "/orders/42"),
        ("$default", "/developers", "/developers"),
        ("$default", "/dev", "/"),
        ("ANY /dev/{name}", "/dev/orders", "/dev/orders"),
    ],
)
def test_a_named_stage_is_cut_off_where_it_is_in_the_path(route: str, path: str, expected: str) -> None:
    record = {**event("-named-stage"), "routeKey": route, "rawPath": path}

    assert line(record) == ("GET", expected)


def test_the_route_may_be_told_in_the_context_only() -> None:
    record = event("-named-stage")
    record["requestContext"]["routeKey"] = "GET /dev/orders"
    del record["routeKey"]

    assert line({**record, "rawPath": "/dev/orders"})[1] == "/dev/orders"


def test_an_event_without_raw_path_is_routed_on_its_contexts() -> None:
    record = event()
    del record["rawPath"]

    assert line(record) == ("POST", "/orders/blue mug")
    assert line({**event(), "rawPath": ""}) == ("POST", "/")


def test_a_local_emulators_nulls_do_no_harm() -> None:
    record = event("-emulator")

    assert line(record) == ("GET", "/hello")
    assert SHAPE.method(record) == "GET"
    assert SHAPE.query(record) == []
    assert SHAPE.cookies(record) == []
    assert SHAPE.body(record) == b""
    assert SHAPE.client(record) == "127.0.0.1"


def test_the_query_keeps_repeats_and_commas_apart() -> None:
    assert SHAPE.query(event()) == [("tag", "new"), ("tag", "50% off"), ("flag", "")]


def test_a_query_without_its_raw_form_is_taken_as_it_is() -> None:
    assert SHAPE.query({"queryStringParameters": {"a": "1,2"}}) == [("a", "1,2")]
    assert SHAPE.query({"rawQueryString": None, "queryStringParameters": None}) == []


def test_cookies_come_from_their_own_list() -> None:
    assert SHAPE.cookies(event()) == [("sid", "s-4711"), ("theme", "dark")]
    assert SHAPE.cookies({"cookies": ["a=1", None]}) == [("a", "1")]
    assert SHAPE.cookies({"headers": {"Cookie": "a=1; b=2"}}) == [("a", "1"), ("b", "2")]


def test_the_client_is_who_api_gateway_saw() -> None:
    assert SHAPE.client({**event(), "headers": {"x-forwarded-for": "203.0.113.200"}}) == "198.51.100.17"
    assert SHAPE.client({"requestContext": {}}) is None


def test_an_answer_has_all_five_parts() -> None:
    response = BufferedResponse("[]", Prelude(200, [("content-type", "application/json")], ["a=1; Path=/", "b=2"]))

    assert write(response, SOURCE, event()) == {
        "statusCode": 200,
        "headers": {"content-type": "application/json"},
        "cookies": ["a=1; Path=/", "b=2"],
        "body": "[]",
        "isBase64Encoded": False,
    }
    assert write(BufferedResponse(None, Prelude(404)), SOURCE, event()) == {
        "statusCode": 404,
        "headers": {},
        "cookies": [],
        "body": "",
        "isBase64Encoded": False,
    }


class Order(BaseModel):
    id: int
    n: float


def adapter(model: Any) -> TypeAdapter[Any]:
    made: TypeAdapter[Any] = TypeAdapter(model)
    made.rebuild()
    return made


@pytest.mark.parametrize("variant", ["", "-named-stage", "-jwt", "-emulator"])
def test_every_request_has_a_typed_model(variant: str) -> None:
    model = adapter(ApiGatewayProxyEventV2).validate_python(event(variant))

    assert model.requestContext.http.method == event(variant)["requestContext"]["http"]["method"]


def test_authorizers_are_typed_and_their_context_is_kept() -> None:
    named = adapter(ApiGatewayProxyEventV2).validate_python(event("-named-stage")).requestContext.authorizer
    jwt = adapter(ApiGatewayProxyEventV2).validate_python(event("-jwt")).requestContext.authorizer

    assert named.lambda_value == {"tenant": "acme", "limits": {"rate": 5}}
    assert jwt.jwt.claims["sub"] == "user-7"


def test_a_body_may_be_typed_and_in_base64() -> None:
    typed = adapter(ApiGatewayProxyEventV2[Order])
    encoded = {**event(), "body": "eyJpZCI6NywibiI6MX0=", "isBase64Encoded": True}
    before = dict(encoded)

    assert typed.validate_python(event()).body == Order(id=7, n=1.5)
    assert typed.validate_python(encoded).body == Order(id=7, n=1)
    assert typed.validate_python({**event(), "body": ""}).body is None
    assert typed.validate_python({**event(), "body": None}).body is None
    assert adapter(ApiGatewayProxyEventV2[bytes]).validate_python(encoded).body == b'{"id":7,"n":1}'
    assert adapter(ApiGatewayProxyEventV2[bytes]).validate_python({**event(), "body": ""}).body == b""
    assert adapter(ApiGatewayProxyEventV2).validate_python(encoded).body == "eyJpZCI6NywibiI6MX0="
    assert encoded == before
    with pytest.raises(ValidationError):
        typed.validate_python({**encoded, "body": "!"})
    with pytest.raises(ValidationError):
        typed.validate_python(7)
