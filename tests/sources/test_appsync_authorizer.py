"""AppSync's Lambda authorizers, of GraphQL and Event APIs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from aws_lambda_powertools.utilities.data_classes.appsync_authorizer_event import AppSyncAuthorizerResponse

from eventrouter._sniff import sniff
from eventrouter.answers import Allow, Deny
from eventrouter.context import Invocation, LambdaContext
from eventrouter.errors import ReplyError
from eventrouter.models.appsync import AppSyncAuthorizerEvent
from eventrouter.source import Outcome
from eventrouter.sources.appsync_authorizer import SOURCE, authorizer, detect, keys, reply

EVENTS = Path(__file__).parent / "events"


def event(variant: str = "") -> Any:
    return json.loads((EVENTS / f"appsync_authorizer{variant}.json").read_text())


def answer(result: object, variant: str = "") -> Any:
    record = event(variant)
    invocation = Invocation(record, LambdaContext(), SOURCE)
    return reply(Outcome(invocation, [record], {} if result is None else {0: result}, {}))


@pytest.mark.parametrize("variant", ["", "-events-api"])
def test_both_kinds_of_api_are_told(variant: str) -> None:
    assert sniff(event(variant)).name == "appsync_authorizer"


@pytest.mark.parametrize("half", [{}, {"authorizationToken": 1}, {"authorizationToken": "t", "requestContext": None}])
def test_half_an_event_is_not_claimed(half: dict[str, Any]) -> None:
    assert not detect(half)
    assert not detect([half])


def test_an_api_gateway_authorizer_is_not_claimed() -> None:
    assert not detect(event() | {"methodArn": "arn:aws:execute-api:eu-west-1:1:abc/live/GET/"})


def test_the_client_does_not_choose_who_decides_about_it() -> None:
    assert keys(event()) == {"api": "gq4tz7aaaa", "operation": ""}
    assert keys(event("-events-api")) == {"api": "ev5tz7bbbb", "operation": "EVENT_PUBLISH"}
    assert keys({"requestContext": None}) == {"api": "", "operation": ""}


@pytest.mark.parametrize("yes", [True, Allow(resources="all"), Allow(resources="this_route"), {"isAuthorized": True}])
def test_an_explicit_yes_allows(yes: object) -> None:
    assert answer(yes) == {"isAuthorized": True}


@pytest.mark.parametrize("no", [False, Deny(), {"isAuthorized": False}])
def test_an_explicit_no_refuses(no: object) -> None:
    assert answer(no) == {"isAuthorized": False}


def test_everything_appsync_takes_can_be_said() -> None:
    allow = Allow(resources="all", context={"tier": "gold"}, denied_fields=("Mutation.deletePost",), ttl_seconds=0)

    assert answer(allow) == {
        "isAuthorized": True,
        "resolverContext": {"tier": "gold"},
        "deniedFields": ["Mutation.deletePost"],
        "ttlOverride": 0,
    }


def test_an_event_api_gets_the_context_under_its_own_name() -> None:
    assert answer(Deny(context={"why": "late"}), "-events-api") == {
        "isAuthorized": False,
        "handlerContext": {"why": "late"},
    }


@pytest.mark.parametrize("context", [{"n": 1}, {"o": {}}, {"x": None}, {7: "x"}, ["a"]])
def test_a_context_holds_only_text(context: Any) -> None:
    with pytest.raises(ReplyError, match="context of an AppSync authorizer"):
        answer(Allow(resources="all", context=context))


def test_appsync_allows_all_or_nothing() -> None:
    with pytest.raises(ReplyError, match="all or nothing"):
        answer(Allow(resources=["arn:aws:appsync:eu-west-1:1:apis/gq4/types/Query/fields/a"]))


@pytest.mark.parametrize("value", [None, 1, "yes", {}, {"isAuthorized": 1}, [True]], ids=repr)
def test_truthy_values_let_nobody_in(value: object) -> None:
    with pytest.raises(ReplyError, match="an AppSync authorizer cannot be answered with"):
        answer(value)


def test_powertools_response_is_taken() -> None:
    response = AppSyncAuthorizerResponse(authorize=True, resolver_context={"tier": "gold"}, max_age=15)

    assert answer(response) == {"isAuthorized": True, "resolverContext": {"tier": "gold"}, "ttlOverride": 15}


def test_routes_name_api_and_operation() -> None:
    pattern = authorizer("gq4tz7aaaa", operation="EVENT_CONNECT")

    assert pattern.names == (("api", "gq4tz7aaaa"), ("operation", "EVENT_CONNECT"))
    assert SOURCE.paste is not None
    assert SOURCE.paste(keys(event())) == '@app.appsync_authorizer("gq4tz7aaaa")'


def test_the_model_reads_both_kinds() -> None:
    assert AppSyncAuthorizerEvent.model_validate(event()).requestContext.operationName == "Posts"
    assert AppSyncAuthorizerEvent.model_validate(event("-events-api")).requestContext.channel == "/chat/room-1"
