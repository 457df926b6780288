"""Authorizers of HTTP APIs with payload 2.0, whose answer has one of two forms."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from aws_lambda_powertools.utilities.data_classes.api_gateway_authorizer_event import APIGatewayAuthorizerResponseV2
from aws_lambda_powertools.utilities.parser.models.apigwv2 import ApiGatewayAuthorizerRequestV2
from pydantic import ValidationError

from eventrouter._sniff import sniff
from eventrouter.answers import Allow, Deny
from eventrouter.context import Invocation, LambdaContext
from eventrouter.errors import ReplyError
from eventrouter.models.apigw_authorizer import HttpAuthorizerEvent
from eventrouter.source import Outcome
from eventrouter.sources.apigw_authorizer_v2 import SOURCE, detect, keys, reply

EVENTS = Path(__file__).parent / "events"


def event(variant: str = "") -> Any:
    return json.loads((EVENTS / f"apigw_authorizer_v2{variant}.json").read_text())


def answer(result: object, response: str | None, variant: str = "") -> Any:
    record = event(variant)
    invocation = Invocation(record, LambdaContext(), SOURCE)
    results = {} if result is None else {0: result}
    return reply(Outcome(invocation, [record], results, {}, bind={"response": response}))


@pytest.mark.parametrize("variant", ["", "-china"])
def test_it_is_no_http_request(variant: str) -> None:
    assert sniff(event(variant)).name == "apigw_authorizer_v2"


@pytest.mark.parametrize("missing", ["type", "routeArn", "version", "requestContext"])
def test_a_request_without_what_an_authorizer_gets_is_not_claimed(missing: str) -> None:
    half = event()
    del half[missing]

    assert not detect(half)


def test_routes_can_name_the_api_and_its_stage() -> None:
    found = keys(event("-china"))

    assert (found["api"], found["stage"]) == ("cn4api", "$default")


def test_the_form_of_the_answer_has_to_be_stated() -> None:
    with pytest.raises(ReplyError, match=r'response="simple"\) or response="iam"'):
        answer(Allow(resources="all"), None)


# ---- simple


@pytest.mark.parametrize("yes", [True, Allow(resources="this_route"), Allow(resources="all"), {"isAuthorized": True}])
def test_an_explicit_yes_is_a_simple_yes(yes: object) -> None:
    assert answer(yes, "simple") == {"isAuthorized": True}


@pytest.mark.parametrize("no", [False, Deny(), {"isAuthorized": False}])
def test_an_explicit_no_is_a_simple_no(no: object) -> None:
    assert answer(no, "simple") == {"isAuthorized": False}


def test_a_simple_answer_takes_any_context() -> None:
    context = {"roles": ["admin"], "limits": {"day": 3}, "none": None}

    assert answer(Allow(resources="all", context=context), "simple") == {"isAuthorized": True, "context": context}


def test_a_simple_answer_cannot_allow_only_some_routes() -> None:
    with pytest.raises(ReplyError, match="all or nothing"):
        answer(Allow(resources=["arn:aws:execute-api:eu-west-1:1:h7tp9cc/live/GET/pets"]), "simple")


def test_what_only_appsync_knows_is_refused() -> None:
    with pytest.raises(ReplyError, match="AppSync"):
        answer(Allow(resources="all", denied_fields=["Query.a"]), "simple")


@pytest.mark.parametrize(
    "value",
    [
        None,
        1,
        "true",
        [True],
        {},
        {"isAuthorized": "true"},
        {"isAuthorized": 1},
        {"principalId": "u", "policyDocument": {}},
    ],
    ids=repr,
)
def test_truthy_values_let_nobody_in(value: object) -> None:
    with pytest.raises(ReplyError, match="an HTTP API authorizer cannot be answered with"):
        answer(value, "simple")


def test_powertools_simple_response_is_taken() -> None:
    response = APIGatewayAuthorizerResponseV2(authorize=True, context={"tier": "gold"})

    assert answer(response, "simple") == {"isAuthorized": True, "context": {"tier": "gold"}}


# ---- iam


def test_an_iam_answer_names_the_route_and_takes_any_context() -> None:
    reply = answer(Allow(resources="this_route", context={"roles": ["admin"]}), "iam")

    assert reply["policyDocument"]["Statement"][0]["Resource"] == [event()["routeArn"]]
    assert reply["context"] == {"roles": ["admin"]}


@pytest.mark.parametrize("value", [True, False, {"isAuthorized": True}])
def test_a_boolean_says_nothing_of_resources(value: object) -> None:
    with pytest.raises(ReplyError, match=r"Allow\(resources=...\)"):
        answer(value, "iam")


# ---- model and paste


@pytest.mark.parametrize("variant", ["", "-china"])
def test_the_model_takes_any_method_and_address(variant: str) -> None:
    model = HttpAuthorizerEvent.model_validate(event(variant))

    assert isinstance(model, ApiGatewayAuthorizerRequestV2)
    assert model.requestContext.http.method in ("GET", "PROPFIND")
    assert model.requestContext.http.sourceIp


def test_a_broken_event_is_a_validation_error() -> None:
    with pytest.raises(ValidationError):
        HttpAuthorizerEvent.model_validate(event() | {"requestContext": {"http": None}})


def test_what_is_suggested_states_the_form() -> None:
    assert SOURCE.paste is not None
    assert SOURCE.paste(keys(event())) == '@app.authorizer("h7tp9cc", response="simple")'
