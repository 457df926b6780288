"""TOKEN authorizers, and what all three kinds share: the decision and the policy."""

from __future__ import annotations

import json
import pickle
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import pytest
from aws_lambda_powertools.utilities.data_classes.api_gateway_authorizer_event import (
    APIGatewayAuthorizerResponse,
    APIGatewayAuthorizerTokenEvent,
)
from hypothesis import given, strategies as st

from eventrouter._sniff import sniff
from eventrouter.answers import Allow, Deny
from eventrouter.context import Invocation, LambdaContext
from eventrouter.errors import RegistrationError, ReplyError, Unauthorized
from eventrouter.source import Outcome
from eventrouter.sources._authorizer import authorizer
from eventrouter.sources.apigw_authorizer_token import SOURCE, detect, keys, reply

EVENTS = Path(__file__).parent / "events"
ROUTE = "arn:aws:execute-api:eu-west-1:210987654321:k3shop77aa/live/GET/orders/17"


def event(**changes: Any) -> Any:
    return json.loads((EVENTS / "apigw_authorizer_token.json").read_text()) | changes


def answer(result: object, *, arn: str = ROUTE, error: BaseException | None = None) -> Any:
    record = event(methodArn=arn)
    invocation = Invocation(record, LambdaContext(), SOURCE)
    results = {} if result is None else {0: result}
    return reply(Outcome(invocation, [record], results, {} if error is None else {0: error}))


def statement(reply: Any) -> Any:
    [only] = reply["policyDocument"]["Statement"]
    return only


# ---- detect and keys


def test_a_token_event_is_told_by_its_type() -> None:
    assert sniff(event()).name == "apigw_authorizer_token"
    assert not detect(event(type="REQUEST"))


@pytest.mark.parametrize("missing", ["type", "authorizationToken", "methodArn"])
def test_half_a_token_event_is_not_claimed(missing: str) -> None:
    half = event()
    del half[missing]

    assert not detect(half)


@pytest.mark.parametrize("value", [None, [], "TOKEN", 7, {"type": "TOKEN", "methodArn": 1, "authorizationToken": None}])
def test_other_values_are_not_claimed(value: object) -> None:
    assert not detect(value)


def test_routes_can_name_the_api_and_its_stage() -> None:
    assert keys(event()) == {"api": "k3shop77aa", "api_arn": ROUTE, "stage": "live"}


@pytest.mark.parametrize("arn", [None, 5, "", "arn", "arn:aws:execute-api:...:foo"])
def test_keys_never_raise_over_an_arn_that_is_none(arn: object) -> None:
    assert keys({"methodArn": arn})["api"] == ""


# ---- allow


def test_this_route_allows_exactly_what_was_asked_for() -> None:
    reply = answer(Allow(resources="this_route"))

    assert reply == {
        "principalId": "user",
        "policyDocument": {
            "Version": "2012-10-17",
            "Statement": [{"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": [ROUTE]}],
        },
    }


def test_all_allows_the_stage_and_no_other() -> None:
    reply = answer(Allow(resources="all"))

    assert statement(reply)["Resource"] == ["arn:aws:execute-api:eu-west-1:210987654321:k3shop77aa/live/*"]


def test_other_partitions_work_the_same() -> None:
    reply = answer(Allow(resources="all"), arn="arn:aws-us-gov:execute-api:us-gov-west-1:1:abc/prod/GET/a:b")

    assert statement(reply)["Resource"] == ["arn:aws-us-gov:execute-api:us-gov-west-1:1:abc/prod/*"]


def test_a_list_of_arns_is_allowed_as_written() -> None:
    arns = [ROUTE, "arn:aws:execute-api:eu-west-1:210987654321:k3shop77aa/live/GET/*"]

    assert statement(answer(Allow(resources=arns)))["Resource"] == arns


@pytest.mark.parametrize(
    ("resource", "path"),
    [
        ("GET /orders/*", "GET/orders/*"),
        ("* /orders", "*/orders"),
        ("DELETE /", "DELETE/"),
        ("POST /a%20b", "POST/a%20b"),
    ],
)
def test_a_method_and_a_path_are_of_the_api_that_was_asked_for(resource: str, path: str) -> None:
    reply = answer(Allow(resources=[resource]))

    assert statement(reply)["Resource"] == [f"arn:aws:execute-api:eu-west-1:210987654321:k3shop77aa/live/{path}"]


@given(st.lists(st.one_of(st.text(), st.text("arn:aws:execute-api/*GET ", min_size=1)), min_size=1, max_size=3))
def test_no_list_of_texts_makes_a_malformed_arn(resources: list[str]) -> None:
    try:
        found = statement(answer(Allow(resources=resources)))["Resource"]
    except ReplyError:
        return

    for arn in found:
        assert re.fullmatch(r"arn:[^:\s]+:execute-api:[^:\s]+:[^:\s]+:[^/\s]*/[!-~]*", arn)


def test_allow_asks_for_its_resources() -> None:
    with pytest.raises(TypeError, match="resources"):
        Allow()  # type: ignore[call-arg]


def test_allow_carries_principal_context_and_usage_key() -> None:
    allow = Allow(
        resources="this_route",
        principal_id="nora",
        context={"tier": "gold", "limit": 3, "rate": 0.5, "admin": False},
        usage_identifier_key="plan-key",
    )

    reply = answer(allow)

    assert reply["principalId"] == "nora"
    assert reply["context"] == {"tier": "gold", "limit": 3, "rate": 0.5, "admin": False}
    assert reply["usageIdentifierKey"] == "plan-key"


@pytest.mark.parametrize(
    "resources",
    [
        "*",
        "everything",
        [],
        ["*"],
        ["GET/orders"],
        [7],
        ["get /a"],
        ["GET a"],
        ["GET /a b"],
        ["GET /${a}"],
        ["GET /é"],
        ["GET /a\n"],
        ["arn:aws:s3:::a/b"],
        ["arn:aws:execute-api:eu-west-1:1:a"],
        ["arn:aws:execute-api::1:a/b"],
        ["arn:aws"],
    ],
)
def test_resources_that_are_no_arns_are_refused(resources: Any) -> None:
    with pytest.raises(ReplyError, match="ARN"):
        answer(Allow(resources=resources))


@pytest.mark.parametrize("path", ["orders/*", "orders/1?", "orders/${aws:username}"])
def test_a_path_with_wildcards_in_it_never_becomes_a_policy(path: str) -> None:
    arn = f"arn:aws:execute-api:eu-west-1:210987654321:k3shop77aa/live/GET/{path}"

    with pytest.raises(ReplyError, match="cannot be named in a policy"):
        answer(Allow(resources="this_route"), arn=arn)


@pytest.mark.parametrize("resources", ["this_route", "all"])
def test_an_arn_without_api_and_stage_is_refused(resources: Literal["this_route", "all"]) -> None:
    with pytest.raises(ReplyError):
        answer(Allow(resources=resources), arn="arn:aws:execute-api:...:foo")


def test_the_stage_of_the_consoles_test_button_is_taken() -> None:
    arn = "arn:aws:execute-api:eu-west-1:210987654321:k3shop77aa/*/GET/"

    assert statement(answer(Allow(resources="this_route"), arn=arn))["Resource"] == [arn]


@pytest.mark.parametrize("resources", ["this_route", "list"])
def test_a_resource_longer_than_api_gateway_takes_is_refused(resources: str) -> None:
    arn = "arn:aws:execute-api:eu-west-1:210987654321:k3shop77aa/live/GET/" + "x" * 450
    wanted: Any = "this_route" if resources == "this_route" else [arn]

    with pytest.raises(ReplyError, match=r"characters, and API Gateway takes 512"):
        answer(Allow(resources=wanted), arn=arn)


@pytest.mark.parametrize("value", [None, {"a": 1}, [1], object()])
def test_a_context_is_never_flattened(value: object) -> None:
    with pytest.raises(ReplyError, match="a context value of a TOKEN authorizer"):
        answer(Allow(resources="all", context={"k": value}))


@pytest.mark.parametrize("context", [[("a", 1)], {7: "x"}])
def test_a_context_is_a_dict_with_text_keys(context: Any) -> None:
    with pytest.raises(ReplyError, match="context of a TOKEN authorizer"):
        answer(Allow(resources="all", context=context))


@pytest.mark.parametrize(
    "allow", [Allow(resources="all", ttl_seconds=0), Allow(resources="all", denied_fields=["Query.a"])]
)
def test_what_only_appsync_knows_is_refused(allow: Allow) -> None:
    with pytest.raises(ReplyError, match="AppSync"):
        answer(allow)


# ---- deny


def test_deny_denies_everything() -> None:
    reply = answer(Deny(principal_id="nora", context={"why": "late"}))

    assert statement(reply) == {"Action": "execute-api:Invoke", "Effect": "Deny", "Resource": ["*"]}
    assert reply["principalId"] == "nora"
    assert reply["context"] == {"why": "late"}


class Truthy:
    def __bool__(self) -> bool:
        return True


def generator() -> Any:
    yield Allow(resources="all")


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        False,
        1,
        "yes",
        [],
        {},
        {"isAuthorized": True},
        Truthy(),
        generator(),
        Allow,
        Deny,
        {"principalId": "u"},
    ],
    ids=lambda value: type(value).__name__,
)
def test_nothing_but_a_decision_lets_anybody_in(value: object) -> None:
    with pytest.raises(ReplyError, match="a TOKEN authorizer cannot be answered with"):
        answer(value)


def test_an_error_says_the_type_and_never_the_content() -> None:
    with pytest.raises(ReplyError) as caught:
        answer("hunter2-secret")

    assert "a str" in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_the_users_exception_is_raised_unchanged() -> None:
    error = LookupError("who?")

    with pytest.raises(LookupError) as caught:
        answer(None, error=error)

    assert caught.value is error


def test_unauthorized_is_the_text_that_becomes_a_401() -> None:
    error = Unauthorized("token expired")

    assert str(error) == "Unauthorized"
    assert error.args == ("token expired",)
    assert str(pickle.loads(pickle.dumps(error))) == "Unauthorized"


def test_decisions_show_no_context() -> None:
    assert repr(Allow(resources="all", context={"k": "secret"})) == "Allow(resources='all')"
    assert repr(Deny(context={"k": "secret"})) == "Deny()"


# ---- complete answers


def policy(effect: str = "Allow", resource: str | Sequence[str] = ROUTE, **more: Any) -> dict[str, Any]:
    statements = [{"Action": "execute-api:Invoke", "Effect": effect, "Resource": resource}]
    return {"principalId": "nora", "policyDocument": {"Version": "2012-10-17", "Statement": statements}, **more}


@pytest.mark.parametrize("resource", [ROUTE, [ROUTE]])
def test_a_complete_policy_is_sent_as_it_is(resource: Any) -> None:
    complete = policy(resource=resource, context={"tier": "gold"})

    assert answer(complete) == policy(resource=resource, context={"tier": "gold"})


def test_a_single_statement_may_stand_without_a_list() -> None:
    complete = policy()
    complete["policyDocument"]["Statement"] = complete["policyDocument"]["Statement"][0]

    assert answer(complete) == complete


@pytest.mark.parametrize(
    "broken",
    [
        policy() | {"principalId": None},
        policy() | {"policyDocument": "{}"},
        policy() | {"policyDocument": {"Statement": []}},
        policy() | {"policyDocument": {"Statement": ["Allow"]}},
        policy("allow"),
        policy(resource="arn:" + "x" * 600),
        policy(context={"roles": ["admin"]}),
    ],
)
def test_a_policy_that_api_gateway_would_refuse_is_an_error_in_words(broken: dict[str, Any]) -> None:
    with pytest.raises(ReplyError):
        answer(broken)


def test_powertools_responses_are_taken() -> None:
    response = APIGatewayAuthorizerResponse.from_route_arn(ROUTE, principal_id="nora", context={"tier": "gold"})
    response.allow_route("GET", "/orders/17")

    reply = answer(response)

    assert statement(reply)["Effect"] == "Allow"
    assert reply["context"] == {"tier": "gold"}


def test_subclasses_of_powertools_responses_are_taken() -> None:
    class Ours(APIGatewayAuthorizerResponse):
        pass

    response = Ours("nora", "eu-west-1", "210987654321", "k3shop77aa", "live")
    response.deny_all_routes()

    assert statement(answer(response))["Effect"] == "Deny"


# ---- the route, the types


def test_one_route_serves_every_kind_of_authorizer() -> None:
    pattern = authorizer("${API}", stage="live", response="iam", margin=1.0)

    assert pattern.sources == ("apigw_authorizer_token", "apigw_authorizer_request", "apigw_authorizer_v2")
    assert pattern.names == (("api", "${API}"), ("stage", "live"))
    assert pattern.bind == {"response": "iam"}
    assert pattern.options == {"margin": 1.0}


def test_another_response_form_fails_at_registration() -> None:
    with pytest.raises(RegistrationError, match='"simple" or "iam"'):
        authorizer(response="policy")  # type: ignore[arg-type]


def test_what_is_suggested_takes_the_event() -> None:
    assert SOURCE.paste is not None
    assert SOURCE.paste(keys(event())) == '@app.authorizer("k3shop77aa")'


def test_the_model_is_powertools_own() -> None:
    from aws_lambda_powertools.utilities.parser.models.apigw import ApiGatewayAuthorizerToken

    from eventrouter.models.apigw_authorizer import TokenAuthorizerEvent

    model = TokenAuthorizerEvent.model_validate(event())

    assert isinstance(model, ApiGatewayAuthorizerToken)
    assert model.authorizationToken == APIGatewayAuthorizerTokenEvent(event()).authorization_token
