"""Shared by API Gateway's Lambda authorizers: the decision, and the two forms it is written in.

Nothing is allowed unless the handler says so in words: ``Allow``, ``True`` where the answer is a plain boolean, or an
answer that is complete already. Everything else is an error, which API Gateway takes as a refusal.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html
"""

from __future__ import annotations

from ..answers import Allow, Deny
from ..errors import RegistrationError, ReplyError
from ..source import Pattern
from ._answer import refused
from ._read import pasted, text_at

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Literal, Unpack

    from ..types import JsonObject, JsonValue, RouteOptions

#: API Gateway takes no longer ARN as a policy's resource.
MAX_RESOURCE = 512
#: What stands in an ARN for a method.
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "*"})
#: API Gateway gives up on an authorizer after this many seconds.
CALLER_LIMIT = 10.0
#: Where Powertools keeps its data classes of these events.
DATA_CLASSES = "aws_lambda_powertools.utilities.data_classes.api_gateway_authorizer_event"
#: Tokens and whatever else a client sends to prove who it is.
SECRET_PATHS = (
    "authorizationToken", "identitySource", "headers", "multiValueHeaders", "cookies", "queryStringParameters",
    "multiValueQueryStringParameters", "rawQueryString", "stageVariables", "requestContext.identity",
    "requestContext.authentication",
)  # fmt: skip

POLICY = "Allow(resources=...), Deny() or a complete policy (principalId and policyDocument)"
SIMPLE = "Allow(resources=...), Deny(), True or False"


def keys(record: JsonObject) -> Mapping[str, str]:
    arn = text_at(record, "methodArn") or text_at(record, "routeArn")
    api, _, rest = _path(arn).partition("/")
    return {"api": api, "api_arn": arn, "stage": rest.partition("/")[0]}


def _path(arn: str) -> str:
    """The part of an ``execute-api`` ARN that names API, stage, method and path; a path may hold colons."""
    parts = arn.split(":", 5)
    return parts[5] if len(parts) == 6 else ""


def iam(trigger: str, value: object, arn: str, *, nested_context: bool = False) -> JsonObject:
    """Write a decision as an IAM policy.

    Args:
        trigger: For messages.
        value: What the handler returned.
        arn: The ``methodArn`` or ``routeArn`` that was asked for.
        nested_context: The trigger takes objects and arrays in the context.

    Raises:
        ReplyError: It is not a decision.
    """
    value = powertools_answer(value)
    if isinstance(value, Allow):
        policy = _policy(value.principal_id, "Allow", _resources(trigger, value, arn))
        if value.usage_identifier_key is not None:
            policy["usageIdentifierKey"] = value.usage_identifier_key
        context = value.context
    elif isinstance(value, Deny):
        policy, context = _policy(value.principal_id, "Deny", ["*"]), value.context
    elif isinstance(value, dict) and "policyDocument" in value:
        _check_policy(trigger, value)
        policy, context = value, value.get("context")
    else:
        raise refused(trigger, value, POLICY)
    if context is not None:
        _check_context(trigger, context, nested=nested_context)
        policy["context"] = context
    return policy


def simple(trigger: str, value: object) -> JsonObject:
    """Write a decision as ``{"isAuthorized": ...}``.

    Raises:
        ReplyError: It is not a decision, or one that this form cannot carry.
    """
    value = powertools_answer(value)
    if value is True or value is False:
        return {"isAuthorized": value}
    if isinstance(value, Allow):
        only_words(trigger, value)
        answer, context = {"isAuthorized": True}, value.context
        _refuse_appsync_only(trigger, value)
    elif isinstance(value, Deny):
        answer, context = {"isAuthorized": False}, value.context
    elif isinstance(value, dict) and isinstance(value.get("isAuthorized"), bool):
        answer, context = value, value.get("context")
    else:
        raise refused(trigger, value, SIMPLE)
    if context is not None:
        _check_context(trigger, context, nested=True)
        answer["context"] = context  # type: ignore[assignment]
    return answer


def only_words(trigger: str, value: Allow) -> None:
    """Refuse an ``Allow`` for some resources where the answer is a plain yes: it would allow all of them."""
    if value.resources != "this_route" and value.resources != "all":
        raise ReplyError(f'{trigger} allows all or nothing, so it cannot allow a list: write resources="all"')


def _policy(principal_id: str, effect: str, resources: Sequence[str]) -> JsonObject:
    statement = {"Action": "execute-api:Invoke", "Effect": effect, "Resource": list(resources)}
    return {"principalId": principal_id, "policyDocument": {"Version": "2012-10-17", "Statement": [statement]}}


def _resources(trigger: str, value: Allow, arn: str) -> Sequence[str]:
    _refuse_appsync_only(trigger, value)
    if value.resources == "this_route":
        resources: Sequence[str] = [_this_route(trigger, arn)]
    elif value.resources == "all":
        resources = [_all_routes(trigger, arn)]
    elif isinstance(value.resources, str) or not value.resources:
        raise ReplyError(f'{trigger}: resources is "this_route", "all" or a list of paths and ARNs')
    else:
        resources = [_resource(trigger, resource, arn) for resource in value.resources]
    for resource in resources:
        _check_length(trigger, resource)
    return resources


def _resource(trigger: str, resource: object, arn: str) -> str:
    """One of the resources that a handler lists, as an ARN.

    Reference:
        https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-control-access-using-iam-policies-to-invoke-api.html
    """
    # Nothing else is in an ARN, or in a path as it is in one; "${" would be a variable of IAM's.
    if isinstance(resource, str) and resource.isascii() and resource.isprintable() and "${" not in resource:
        if resource.startswith("arn:"):
            parts = resource.split(":", 5)
            if " " not in resource and parts[2:3] == ["execute-api"] and all(parts) and "/" in _path(resource):
                return resource
        else:
            method, _, path = resource.partition(" ")
            if method in _METHODS and path.startswith("/") and " " not in path:
                return f"{_all_routes(trigger, arn)[:-1]}{method}{path}"
    # "*" would allow every API of the account that uses this authorizer.
    raise ReplyError(
        f'{trigger}: each of the resources is a method and a path of this API, "GET /orders/*", or an ARN, '
        "arn:aws:execute-api:REGION:ACCOUNT:API/STAGE/METHOD/PATH"
    )


def _this_route(trigger: str, arn: str) -> str:
    path = _path(arn).split("/", 3)
    # The path is the client's: these characters would widen the policy to routes that were not asked for.
    if len(path) < 3 or any(wild in path[-1] for wild in ("*", "?", "${")):
        raise ReplyError(f'{trigger}: the route that was asked for cannot be named in a policy; "all" or ARNs can')
    return arn


def _all_routes(trigger: str, arn: str) -> str:
    api, _, rest = _path(arn).partition("/")
    stage = rest.partition("/")[0]
    if not api or not stage:
        raise ReplyError(f"{trigger}: the event does not say which API and stage it is for")
    return f"{arn[: len(arn) - len(_path(arn))]}{api}/{stage}/*"


def _refuse_appsync_only(trigger: str, value: Allow) -> None:
    if value.denied_fields or value.ttl_seconds is not None:
        raise ReplyError(f"{trigger} knows no denied_fields and no ttl_seconds: they are AppSync's")


def _check_policy(trigger: str, answer: Mapping[str, JsonValue]) -> None:
    """Hold a policy that the handler wrote itself against what would be a 500 with no word of why."""
    document = answer["policyDocument"]
    statements = document.get("Statement") if isinstance(document, dict) else None
    if isinstance(statements, dict):
        statements = [statements]
    if not isinstance(answer.get("principalId"), str) or not isinstance(statements, list) or not statements:
        raise ReplyError(f"{trigger}: a policy has a principalId and a policyDocument with statements")
    for statement in statements:
        if not isinstance(statement, dict) or statement.get("Effect") not in ("Allow", "Deny"):
            raise ReplyError(f'{trigger}: the Effect of each statement is "Allow" or "Deny"')
        resources = statement.get("Resource")
        for resource in resources if isinstance(resources, list) else [resources]:
            _check_length(trigger, resource)


def _check_length(trigger: str, resource: object) -> None:
    if isinstance(resource, str) and len(resource) > MAX_RESOURCE:
        raise ReplyError(
            f"{trigger}: a resource has {len(resource)} characters, and API Gateway takes {MAX_RESOURCE}: "
            'write resources="all", or shorter ARNs with *'
        )


def _check_context(trigger: str, context: object, *, nested: bool) -> None:
    if not isinstance(context, dict):
        raise refused(f"the context of {trigger}", context, "a dict")
    for key, value in context.items():
        if not isinstance(key, str):
            raise refused(f"a key in the context of {trigger}", key, "a str")
        if not nested and not isinstance(value, str | int | float):
            # Flattening would hand a string to whoever expects the object.
            raise refused(f"a context value of {trigger}", value, "a string, a number or a boolean")


#: Where Powertools keeps its answers; known by name, since importing it to ask costs 200 ms.
_POWERTOOLS = ("APIGatewayAuthorizerResponse", "APIGatewayAuthorizerResponseV2", "AppSyncAuthorizerResponse")


def powertools_answer(value: object) -> object:
    """A Powertools response object, or a subclass of one, as the answer it writes; other values are given back."""
    for kind in type(value).__mro__:
        if kind.__name__ in _POWERTOOLS and kind.__module__.startswith("aws_lambda_powertools."):
            return value.asdict()  # type: ignore[attr-defined]
    return value


def authorizer(
    api: str | None = None,
    *,
    stage: str | None = None,
    response: Literal["simple", "iam"] | None = None,
    **options: Unpack[RouteOptions],
) -> Pattern:
    """Requests that an API Gateway Lambda authorizer decides on: REST, WebSocket and HTTP APIs.

    Args:
        api: The API's id: exact, a glob, the ARN of its routes, ``${ENV}``; left out: every API.
        stage: The stage's name.
        response: How an HTTP API with payload 2.0 wants the answer: ``"simple"`` if its ``EnableSimpleResponses`` is
            on, else ``"iam"``. The event does not say, and the wrong one is a 500 for every request: such an event is
            refused while this is left out. The other APIs always take a policy.
    """
    if response not in (None, "simple", "iam"):
        raise RegistrationError('authorizer(response=...) is "simple" or "iam"')
    return Pattern(
        ("apigw_authorizer_token", "apigw_authorizer_request", "apigw_authorizer_v2"),
        [("api", api), ("stage", stage)],
        bind={"response": response},
        options=options,
    )


paste = pasted("authorizer", "api")
