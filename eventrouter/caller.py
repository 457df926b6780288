"""Who makes a request, as the trigger in front of the function has found out."""

from __future__ import annotations

from collections.abc import Mapping

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, Literal

    from .types import JsonObject, JsonValue

_NOTHING: Mapping[str, object] = {}
#: What API Gateway writes beside the context of a REST API's Lambda authorizer.
_OF_GATEWAY = frozenset({"principalId", "integrationLatency", "integrationStatus", "status", "requestId"})


class Authorizer:
    """What an authorizer said of the caller. It has let the request through: nobody else's word is in here.

    Attributes:
        kind: ``"jwt"`` (HTTP API), ``"cognito"`` (a REST API's user pool), ``"lambda"``, or ``"iam"``.
        claims: Of the token, for ``"jwt"`` and ``"cognito"``. API Gateway hands most of them on as strings.
        scopes: Of a JWT authorizer's route that asks for some.
        context: What a Lambda authorizer handed on. A REST API makes strings of the values.
        principal_id: Who it is: a Lambda authorizer's word, or the claim ``sub``; ``""`` where nobody says.

    Reference:
        https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-access-control.html
        https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-control-access-to-api.html
    """

    __slots__ = ("claims", "context", "kind", "principal_id", "scopes")

    def __init__(
        self,
        kind: Literal["jwt", "cognito", "lambda", "iam"],
        *,
        claims: Mapping[str, Any] = _NOTHING,
        scopes: Sequence[str] = (),
        context: Mapping[str, Any] = _NOTHING,
        principal_id: str = "",
    ) -> None:
        self.kind = kind
        self.claims = claims
        self.scopes = tuple(scopes)
        self.context = context
        self.principal_id = principal_id or _text(claims.get("sub"))

    def __repr__(self) -> str:
        # Who it is, and what is known of them, is nobody's business in a log.
        return f"<Authorizer {self.kind}>"


class IamIdentity:
    """The AWS identity that signed a request; ``""`` for what the trigger does not say.

    Attributes:
        user_arn: Of the user or the assumed role.
        account_id: Its account.
        user_id: Its unique id (``AIDA...``, ``AROA...:session``).
        caller: The caller's id, of REST APIs and payload 2.0.
        access_key: The id of its access key (never the secret one).
        organization_id: Of the caller's AWS organization.
        cognito_identity_id: Of an identity pool's user.
        cognito_identity_pool_id: Of that pool.
        cognito_amr: How that user signed in: ``("authenticated", ...)``.

    Reference:
        https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html
        https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html
        https://docs.aws.amazon.com/vpc-lattice/latest/ug/lambda-functions.html
    """

    __slots__ = (
        "access_key", "account_id", "caller", "cognito_amr", "cognito_identity_id", "cognito_identity_pool_id",
        "organization_id", "user_arn", "user_id",
    )  # fmt: skip

    def __init__(
        self,
        user_arn: str,
        *,
        account_id: str = "",
        user_id: str = "",
        caller: str = "",
        access_key: str = "",
        organization_id: str = "",
        cognito_identity_id: str = "",
        cognito_identity_pool_id: str = "",
        cognito_amr: Sequence[str] = (),
    ) -> None:
        self.user_arn = user_arn
        self.account_id = account_id
        self.user_id = user_id
        self.caller = caller
        self.access_key = access_key
        self.organization_id = organization_id
        self.cognito_identity_id = cognito_identity_id
        self.cognito_identity_pool_id = cognito_identity_pool_id
        self.cognito_amr = tuple(cognito_amr)

    def __repr__(self) -> str:
        return f"<IamIdentity of {self.account_id or 'an account'}>"


def authorizer_of(event: JsonObject) -> Authorizer | None:
    """What an authorizer said; None where the route has none."""
    found = _object(_object(event.get("requestContext")).get("authorizer"))
    if not found:
        return None
    if type(jwt := found.get("jwt")) is dict:
        return Authorizer("jwt", claims=_object(jwt.get("claims")), scopes=_list(jwt.get("scopes")))
    if type(found.get("lambda")) is dict:
        return Authorizer("lambda", context=found["lambda"], principal_id=_text(found["lambda"].get("principalId")))
    if type(iam := found.get("iam")) is dict:
        return Authorizer("iam", principal_id=_text(iam.get("userId")))
    if type(claims := found.get("claims")) is dict:
        # An HTTP API with payload 1.0 writes its JWT authorizer as a REST API writes a user pool.
        is_jwt = event.get("version") == "1.0"
        return Authorizer("jwt" if is_jwt else "cognito", claims=claims, scopes=_list(found.get("scopes")))
    context = {name: value for name, value in found.items() if name not in _OF_GATEWAY}
    return Authorizer("lambda", context=context, principal_id=_text(found.get("principalId")))


def identity_of(event: JsonObject) -> IamIdentity | None:
    """Who signed the request; None where it was not signed, or the trigger does not check."""
    context = _object(event.get("requestContext"))
    iam = _object(_object(context.get("authorizer")).get("iam"))
    if iam:
        return _of_payload_2(iam)
    identity = _object(context.get("identity"))
    if _text(identity.get("userArn")):
        return _of_rest(identity)
    if identity.get("type") == "AWS_IAM":
        return _of_lattice(identity)
    return None


def _of_payload_2(iam: JsonObject) -> IamIdentity:
    cognito = _object(iam.get("cognitoIdentity"))
    return IamIdentity(
        _text(iam.get("userArn")),
        account_id=_text(iam.get("accountId")),
        user_id=_text(iam.get("userId")),
        caller=_text(iam.get("callerId")),
        access_key=_text(iam.get("accessKey")),
        organization_id=_text(iam.get("principalOrgId")),
        cognito_identity_id=_text(cognito.get("identityId")),
        cognito_identity_pool_id=_text(cognito.get("identityPoolId")),
        cognito_amr=_list(cognito.get("amr")),
    )


def _of_rest(identity: JsonObject) -> IamIdentity:
    kind = _text(identity.get("cognitoAuthenticationType"))
    return IamIdentity(
        _text(identity.get("userArn")),
        account_id=_text(identity.get("accountId")),
        user_id=_text(identity.get("user")),
        caller=_text(identity.get("caller")),
        access_key=_text(identity.get("accessKey")),
        organization_id=_text(identity.get("principalOrgId")),
        cognito_identity_id=_text(identity.get("cognitoIdentityId")),
        cognito_identity_pool_id=_text(identity.get("cognitoIdentityPoolId")),
        cognito_amr=(kind,) if kind else (),
    )


def _of_lattice(identity: JsonObject) -> IamIdentity:
    arn = _text(identity.get("principal"))
    parts = arn.split(":")
    return IamIdentity(
        arn,
        account_id=parts[4] if len(parts) > 5 else "",
        user_id=_text(identity.get("sessionName")),
        organization_id=_text(identity.get("principalOrgID")),
    )


def _object(value: JsonValue) -> JsonObject:
    return value if type(value) is dict else {}


def _text(value: JsonValue) -> str:
    return value if type(value) is str else ""


def _list(value: JsonValue) -> list[str]:
    return [each for each in value if type(each) is str] if type(value) is list else []
