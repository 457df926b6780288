"""Who calls, as each trigger writes it."""

from __future__ import annotations

from typing import Any

import pytest

from eventrouter import App, Authorizer, LambdaContext, Request
from eventrouter.app import new_invocation
from eventrouter.caller import authorizer_of, identity_of
from eventrouter.testing import TestClient, events

V2 = ["function_url", "apigw_http"]
TRIGGERS = [*V2, "apigw_rest", "alb", "vpc_lattice_v1", "vpc_lattice_v2"]


def seen(as_: Any, **fields: Any) -> Request:
    """The request as a handler is given it."""
    requests: list[Request] = []
    app = App()

    @app.get("/")
    def home(request: Request) -> None:
        requests.append(request)

    TestClient(app).get("/", as_=as_, **fields)
    return requests[0]


def facts(authorizer: Authorizer | None) -> dict[str, Any]:
    assert authorizer is not None
    return {name: getattr(authorizer, name) for name in Authorizer.__slots__ if getattr(authorizer, name)}


@pytest.mark.parametrize("as_", TRIGGERS)
def test_without_an_authorizer_nobody_is_known(as_: Any) -> None:
    request = seen(as_)

    assert request.authorizer is None
    assert request.identity is None


def test_a_jwt_has_claims_and_scopes() -> None:
    request = seen("apigw_http", identity=events.jwt({"sub": "u-7", "email": "a@b.c"}, scopes=["read"]))

    assert facts(request.authorizer) == {
        "kind": "jwt",
        "claims": {"sub": "u-7", "email": "a@b.c"},
        "scopes": ("read",),
        "principal_id": "u-7",
    }


def test_a_jwt_through_payload_1_is_one_too() -> None:
    event = {"version": "1.0", "requestContext": {"authorizer": {"claims": {"sub": "u-7"}, "scopes": ["read"]}}}

    assert facts(authorizer_of(event)) == {
        "kind": "jwt", "claims": {"sub": "u-7"}, "scopes": ("read",), "principal_id": "u-7",
    }  # fmt: skip


def test_a_user_pool_of_a_rest_api_has_claims() -> None:
    request = seen("apigw_rest", identity=events.cognito_user_pool({"sub": "u-7"}))

    assert facts(request.authorizer) == {"kind": "cognito", "claims": {"sub": "u-7"}, "principal_id": "u-7"}


@pytest.mark.parametrize(
    ("as_", "principal"), [("apigw_rest", "user-7"), ("apigw_http", "")], ids=["apigw_rest", "apigw_http"]
)
def test_a_lambda_authorizers_context_is_handed_on(as_: Any, principal: str) -> None:
    request = seen(as_, identity=events.lambda_authorizer({"tenant": "blue"}))

    expected = {"kind": "lambda", "context": {"tenant": "blue"}}
    assert facts(request.authorizer) == expected | ({"principal_id": principal} if principal else {})


@pytest.mark.parametrize("as_", [*V2, "apigw_rest", "vpc_lattice_v2"])
def test_who_signed_a_request_is_known(as_: Any) -> None:
    identity = seen(as_, identity=events.iam()).identity

    assert identity is not None
    assert identity.user_arn.startswith("arn:aws:")
    assert identity.account_id == identity.user_arn.split(":")[4]
    assert "AROA" not in repr(identity)


@pytest.mark.parametrize("as_", V2)
def test_a_signed_request_of_payload_2_has_an_authorizer(as_: Any) -> None:
    authorizer = seen(as_, identity=events.iam()).authorizer

    assert authorizer is not None
    assert authorizer.kind == "iam"
    assert repr(authorizer) == "<Authorizer iam>"


def test_an_identity_pools_user_is_known() -> None:
    event = events.function_url("GET", "/", identity=events.iam())
    event["requestContext"]["authorizer"]["iam"]["cognitoIdentity"] = {
        "amr": ["authenticated", 7],
        "identityId": "id-1",
        "identityPoolId": "pool-1",
    }
    requests: list[Request] = []
    app = App()

    @app.get("/")
    def home(request: Request) -> None:
        requests.append(request)

    app(event)

    identity = requests[0].identity
    assert identity is not None
    assert (identity.cognito_identity_id, identity.cognito_identity_pool_id) == ("id-1", "pool-1")
    assert identity.cognito_amr == ("authenticated",)


def rest(**context: Any) -> Request:
    event = events.apigw_rest("GET", "/")
    event["requestContext"] |= context
    return new_invocation(event, LambdaContext()).request


def test_an_identity_pools_user_of_a_rest_api_is_known() -> None:
    request = rest(
        identity={
            "userArn": "arn:aws:sts::1:assumed-role/r/s",
            "cognitoAuthenticationType": "authenticated",
            "caller": 7,
        }
    )

    assert request.identity is not None
    assert request.identity.cognito_amr == ("authenticated",)
    assert request.identity.caller == ""


@pytest.mark.parametrize("authorizer", [None, {}, [], "x", 7])
def test_an_authorizer_of_another_shape_is_none(authorizer: Any) -> None:
    assert rest(authorizer=authorizer).authorizer is None


def test_a_lattice_principal_that_is_no_arn_has_no_account() -> None:
    found = identity_of({"requestContext": {"identity": {"type": "AWS_IAM", "principal": "x", "sessionName": "s"}}})

    assert found is not None
    assert (found.user_arn, found.account_id, found.user_id) == ("x", "", "s")
    assert repr(found) == "<IamIdentity of an account>"
