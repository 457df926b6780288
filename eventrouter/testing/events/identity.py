"""Who makes a request, as an authorizer has found out; each HTTP trigger writes it in its own way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, TypeAlias

from ._made import ACCOUNT, REGION, impossible, partition_of

#: ``"lambda"``: a Lambda authorizer; ``"cognito"``: a user pool, of REST APIs; ``"oidc"``: a load balancer's sign-in.
Kind: TypeAlias = Literal["jwt", "iam", "lambda", "cognito", "oidc"]


class Identity:
    """Who makes a request.

    Attributes:
        kind: How that was found out.
        values: Claims, the context of a Lambda authorizer, or the fields of an IAM identity.
        principal: ``principalId``, of a Lambda authorizer.
        scopes: Of a JWT authorizer's route.
    """

    __slots__ = ("kind", "principal", "scopes", "values")

    def __init__(
        self,
        kind: Kind,
        values: Mapping[str, object],
        *,
        principal: str = "",
        scopes: Sequence[str] | None = None,
    ) -> None:
        self.kind = kind
        self.values = dict(values)
        self.principal = principal
        self.scopes = None if scopes is None else [*scopes]

    def __repr__(self) -> str:
        return f"<Identity {self.kind}>"


def jwt(claims: Mapping[str, object] | None = None, *, scopes: Sequence[str] | None = None) -> Identity:
    """A JWT authorizer of an HTTP API has let the request through.

    Args:
        claims: Of the token; API Gateway hands them on as strings.
        scopes: That the route asks for.

    Reference:
        https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html
    """
    return Identity("jwt", {"sub": "user-7"} if claims is None else claims, scopes=scopes)


def cognito_user_pool(claims: Mapping[str, object] | None = None) -> Identity:
    """A Cognito user pool authorizer of a REST API has let the request through.

    Reference:
        https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-integrate-with-cognito.html
    """
    return Identity("cognito", {"sub": "user-7"} if claims is None else claims)


def lambda_authorizer(context: Mapping[str, object] | None = None, *, principal: str = "user-7") -> Identity:
    """A Lambda authorizer has let the request through.

    Args:
        context: What it returned as ``context``. A REST API hands its values on as strings, so they are no objects there.
        principal: What it returned as ``principalId``; simple responses of HTTP APIs have none.

    Reference:
        https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html
    """
    return Identity("lambda", context or {}, principal=principal)


def iam(
    *,
    user: str = "AROAEXAMPLEROLEID:caller",
    arn: str | None = None,
    access_key: str = "ASIAEXAMPLEKEY",
    account: str = ACCOUNT,
    region: str = REGION,
    organization: str | None = None,
) -> Identity:
    """The request was signed with AWS credentials.

    Args:
        user: Unique id of the caller.
        arn: Of the caller; default: a role that has been assumed.
        organization: ``principalOrgId``.

    Reference:
        https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html
    """
    values = {
        "accessKey": access_key,
        "accountId": account,
        "callerId": user,
        "principalOrgId": organization,
        "userArn": arn or f"arn:{partition_of(region)}:sts::{account}:assumed-role/caller/caller",
        "userId": user,
    }
    return Identity("iam", values)


def oidc(claims: Mapping[str, object] | None = None) -> Identity:
    """A load balancer has signed the user in.

    Reference:
        https://docs.aws.amazon.com/elasticloadbalancing/latest/application/listener-authenticate-users.html
    """
    return Identity("oidc", {"sub": "user-7"} if claims is None else claims)


def check_kind(trigger: str, identity: Identity, *kinds: Kind) -> None:
    """Refuse an identity that *trigger* cannot find out."""
    if identity.kind not in kinds:
        possible = ", ".join(f"{_FACTORIES[kind]}()" for kind in kinds) or "none"
        raise impossible(f"{trigger}(identity=)", f"{_FACTORIES[identity.kind]}()", f"it has {possible}")


_FACTORIES: dict[Kind, str] = {
    "jwt": "jwt",
    "iam": "iam",
    "lambda": "lambda_authorizer",
    "cognito": "cognito_user_pool",
    "oidc": "oidc",
}


def as_strings(values: Mapping[str, object]) -> dict[str, str]:
    """Values as API Gateway writes them where it has only strings: ``true``, ``7``, ``[a b]``."""
    return {name: _as_string(value) for name, value in values.items()}


def _as_string(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return f"[{' '.join(map(str, value))}]"
    return str(value)
