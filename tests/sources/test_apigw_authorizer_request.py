"""REQUEST authorizers: of REST and WebSocket APIs, and of HTTP APIs with payload 1.0."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from aws_lambda_powertools.utilities.parser.models.apigw import ApiGatewayAuthorizerRequest
from pydantic import ValidationError

from eventrouter._sniff import sniff
from eventrouter.answers import Allow
from eventrouter.context import Invocation, LambdaContext
from eventrouter.errors import ReplyError
from eventrouter.models.apigw_authorizer import RequestAuthorizerEvent
from eventrouter.source import Outcome
from eventrouter.sources.apigw_authorizer_request import SOURCE, detect, keys, reply

EVENTS = Path(__file__).parent / "events"


def event(variant: str = "") -> Any:
    return json.loads((EVENTS / f"apigw_authorizer_request{variant}.json").read_text())


def answer(result: object, record: Any, response: str | None = None) -> Any:
    invocation = Invocation(record, LambdaContext(), SOURCE)
    return reply(Outcome(invocation, [record], {0: result}, {}, bind={"response": response}))


@pytest.mark.parametrize("variant", ["", "-websocket", "-http-payload-1"])
def test_every_api_asks_the_authorizer_and_not_a_handler_for_requests(variant: str) -> None:
    assert sniff(event(variant)).name == "apigw_authorizer_request"


def test_a_token_in_payload_1_of_an_http_api_does_not_make_it_a_token_event() -> None:
    payload_1 = event("-http-payload-1")

    assert "authorizationToken" in payload_1
    assert sniff(payload_1).name == "apigw_authorizer_request"


@pytest.mark.parametrize("missing", ["type", "methodArn", "requestContext"])
def test_a_request_without_what_an_authorizer_gets_is_not_claimed(missing: str) -> None:
    half = event()
    del half[missing]

    assert not detect(half)


def test_lists_are_not_claimed() -> None:
    assert not detect([event()])


def test_routes_can_name_a_websocket_api() -> None:
    assert keys(event("-websocket")) == {
        "api": "ws5chat2bb",
        "api_arn": "arn:aws:execute-api:eu-west-1:210987654321:ws5chat2bb/live/$connect",
        "stage": "live",
    }


def test_a_websocket_connection_can_be_allowed() -> None:
    record = event("-websocket")

    reply = answer(Allow(resources="this_route"), record)

    assert reply["policyDocument"]["Statement"][0]["Resource"] == [record["methodArn"]]


def test_an_http_api_with_payload_1_takes_a_policy_whatever_the_route_says() -> None:
    reply = answer(Allow(resources="all"), event("-http-payload-1"), response="simple")

    resource = "arn:aws:execute-api:eu-west-1:210987654321:h7tp9cc/$default/*"
    assert reply["policyDocument"]["Statement"][0]["Resource"] == [resource]


def test_an_object_in_the_context_is_refused() -> None:
    with pytest.raises(ReplyError, match="a context value of a REQUEST authorizer"):
        answer(Allow(resources="all", context={"roles": {"admin": True}}), event())


@pytest.mark.parametrize("variant", ["", "-websocket", "-http-payload-1"])
def test_the_model_takes_every_kind_of_request(variant: str) -> None:
    model = RequestAuthorizerEvent.model_validate(event(variant))

    assert isinstance(model, ApiGatewayAuthorizerRequest)
    assert model.requestContext.identity is not None
    assert model.requestContext.stage in ("live", "$default")


@pytest.mark.parametrize("context", [None, [], "x", {"identity": 7}, {"requestTimeEpoch": "x"}])
def test_a_broken_request_context_is_a_validation_error(context: object) -> None:
    with pytest.raises(ValidationError):
        RequestAuthorizerEvent.model_validate(event() | {"requestContext": context})


def test_the_console_test_buttons_address_is_taken() -> None:
    request = event()
    request["requestContext"]["identity"]["sourceIp"] = "test-invoke-source-ip"

    model = RequestAuthorizerEvent.model_validate(request)

    assert model.requestContext.identity is not None
    assert model.requestContext.identity.sourceIp == "test-invoke-source-ip"
