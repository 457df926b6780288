"""REST API requests, and those of HTTP APIs in payload 1.0."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, cast

import pytest
from pydantic import TypeAdapter, ValidationError

from eventrouter._sniff import sniff
from eventrouter.models.apigw_rest import ApiGatewayProxyEvent
from eventrouter.response import BufferedResponse, Prelude
from eventrouter.source import HttpShape
from eventrouter.sources._http import write
from eventrouter.sources.apigw_rest import SOURCE, line

EVENTS = Path(__file__).parent / "events"
SHAPE = cast(HttpShape, SOURCE.http)


def event(variant: str = "") -> Any:
    return json.loads((EVENTS / f"apigw_rest{variant}.json").read_text())


def mapped(path: str, stage: str, resource: str, proxy: str | None = None) -> Any:
    """A request through a custom domain, where both paths are equal."""
    record = event()
    record["requestContext"].update(path=path, stage=stage, resourcePath=resource)
    return {**record, "path": path, "resource": resource, "pathParameters": {"proxy": proxy}}


@pytest.mark.parametrize("variant", ["", "-test-button", "-abridged", "-http-payload-1"])
def test_whole_and_abridged_requests_are_told(variant: str) -> None:
    assert sniff(event(variant)) is SOURCE


def test_the_path_is_as_the_client_encoded_it() -> None:
    assert not SHAPE.path_is_decoded
    assert line({**event(), "path": "/a%2Fb"}) == ("GET", "/a%2Fb")


def test_the_stage_is_not_taken_from_a_path_that_has_none() -> None:
    assert line(event()) == ("GET", "/orders/42")
    assert line({**event(), "path": "/prod/orders"}) == ("GET", "/prod/orders")


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (mapped("/prod/orders", "prod", "/orders"), "/orders"),
        (mapped("/v1/orders", "prod", "/orders"), "/v1/orders"),
        (mapped("/v1/orders", "v1", "/{proxy+}", "orders"), "/orders"),
        (mapped("/v1/orders", "v1", "/{proxy+}", "v1/orders"), "/v1/orders"),
        (mapped("/v1/orders", "v1", "/v1/{name}"), "/v1/orders"),
        (mapped("/prod", "prod", "/"), "/"),
    ],
)
def test_a_custom_domains_stage_is_cut_off_and_its_base_path_is_not(record: Any, expected: str) -> None:
    assert line(record) == ("GET", expected)


def test_an_http_api_has_decoded_the_path_and_decoding_it_again_changes_nothing() -> None:
    assert line(event("-http-payload-1")) == ("PUT", "/files/100%25")
    assert line({**event("-http-payload-1"), "path": "/dev/%2e%2e"}) == ("PUT", "/%252e%252e")


def test_an_http_apis_default_route_says_nothing_of_the_stage() -> None:
    record = {**event("-http-payload-1"), "resource": "$default", "path": "/default/x"}
    record["requestContext"] = {**record["requestContext"], "stage": "default"}

    assert line(record)[1] == "/x"
    record["requestContext"]["stage"] = "$default"
    assert line({**record, "path": "/$default"})[1] == "/$default"


def test_an_abridged_request_is_routed_on_its_resource() -> None:
    assert line(event("-abridged")) == ("GET", "/orders/4%202/files/a/b%20c")
    assert line({"httpMethod": "get", "resource": "/trips", "requestContext": {}}) == ("GET", "/trips")
    assert line({"requestContext": {"httpMethod": "GET", "path": "/dev/x", "stage": "dev"}}) == ("GET", "/x")


def test_the_multi_value_form_is_read_wherever_there_is_one() -> None:
    assert [value for name, value in SHAPE.headers(event()) if name == "x-shop"] == ["first", "second"]
    assert SHAPE.headers({"headers": {"X-Shop": "a"}, "multiValueHeaders": None}) == [("x-shop", "a")]
    assert SHAPE.cookies(event()) == [("sid", "s-4711"), ("theme", "dark")]


def test_the_query_is_decoded_already() -> None:
    assert SHAPE.query(event()) == [("tag", "new"), ("tag", "100%25"), ("q", "a b")]
    assert SHAPE.query({"queryStringParameters": {"a": "1"}, "multiValueQueryStringParameters": None}) == [("a", "1")]


def test_the_client_is_who_api_gateway_saw() -> None:
    assert SHAPE.client(event()) == "198.51.100.17"
    assert SHAPE.client(event("-abridged")) is None


def test_an_answer_has_one_map_of_headers_with_every_value() -> None:
    headers = [("Link", "</a>; rel=next"), ("link", "</b>; rel=prev")]
    response = BufferedResponse("a", Prelude(200, headers, ["a=1", "b=2"]))

    assert write(response, SOURCE, event()) == {
        "statusCode": 200,
        "multiValueHeaders": {"link": ["</a>; rel=next", "</b>; rel=prev"], "set-cookie": ["a=1", "b=2"]},
        "body": "a",
        "isBase64Encoded": False,
    }


def adapter() -> TypeAdapter[ApiGatewayProxyEvent]:
    made = TypeAdapter(ApiGatewayProxyEvent)
    made.rebuild()
    return made


@pytest.mark.parametrize("variant", ["", "-test-button", "-abridged", "-http-payload-1"])
def test_every_request_has_a_typed_model(variant: str) -> None:
    model = adapter().validate_python(event(variant))

    assert model.requestContext.httpMethod == event(variant)["requestContext"]["httpMethod"]


def test_the_context_of_a_custom_authorizer_is_kept() -> None:
    authorizer = adapter().validate_python(event()).requestContext.authorizer

    assert authorizer is not None and authorizer.model_extra is not None
    assert authorizer.model_extra["tenant"] == "acme"


def test_an_address_stays_an_address() -> None:
    identity = adapter().validate_python(event()).requestContext.identity

    assert identity is not None and identity.sourceIp == "198.51.100.17"


def test_no_query_may_be_an_empty_string() -> None:
    assert (
        adapter().validate_python({**event(), "multiValueQueryStringParameters": ""}).multiValueQueryStringParameters
        is None
    )


@pytest.mark.parametrize("context", [None, "x", [], 7])
def test_a_malformed_event_is_a_validation_error_and_nothing_else(context: object) -> None:
    with pytest.raises(ValidationError):
        adapter().validate_python({**event(), "requestContext": context})
