"""AWS AppSync: a Lambda function decides who may use a GraphQL or an Event API.

GraphQL: https://docs.aws.amazon.com/appsync/latest/devguide/security-authz.html#aws-lambda-authorization
Events: https://docs.aws.amazon.com/appsync/latest/eventapi/configure-event-api-auth.html
"""

from __future__ import annotations

from ..answers import Allow, Deny
from ..source import Pattern, Source
from ._answer import only_result, refused
from ._authorizer import CALLER_LIMIT, SIMPLE, only_words, powertools_answer
from ._read import pasted, text_at

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Unpack

    from ..source import Outcome
    from ..types import JsonObject, JsonValue, NameSpec, RouteOptions

TRIGGER = "an AppSync authorizer"


def detect(event: JsonValue) -> bool:
    if type(event) is not dict or type(event.get("authorizationToken")) is not str or "methodArn" in event:
        return False
    context = event.get("requestContext")
    return (
        type(context) is dict
        and type(context.get("apiId")) is str
        and ("queryString" in context or type(context.get("operation")) is str)
    )


def keys(record: JsonObject) -> Mapping[str, str]:
    # Not ``operationName``: the client makes it up, and would choose who decides about it.
    context = record.get("requestContext")
    return {"api": text_at(context, "apiId"), "operation": text_at(context, "operation")}


def reply(outcome: Outcome) -> JsonValue:
    value = powertools_answer(only_result(outcome))
    # An Event API gives the context to its handlers under another name.
    graphql = "queryString" in outcome.records[0]["requestContext"]
    context_key = "resolverContext" if graphql else "handlerContext"
    answer: JsonObject
    if value is True or value is False:
        return {"isAuthorized": value}
    if isinstance(value, Allow):
        only_words(TRIGGER, value)
        answer = {"isAuthorized": True, context_key: value.context}
        if value.denied_fields:
            answer["deniedFields"] = list(value.denied_fields)
        if value.ttl_seconds is not None:
            answer["ttlOverride"] = value.ttl_seconds
    elif isinstance(value, Deny):
        answer = {"isAuthorized": False, context_key: value.context}
    elif isinstance(value, dict) and isinstance(value.get("isAuthorized"), bool):
        answer = {**value, context_key: value.get(context_key)}
    else:
        raise refused(TRIGGER, value, SIMPLE)
    _check_context(answer[context_key])
    if answer[context_key] is None:
        del answer[context_key]
    return answer


def _check_context(context: object) -> None:
    if context is None:
        return
    if not isinstance(context, dict):
        raise refused(f"the context of {TRIGGER}", context, "a dict")
    for part in (*context, *context.values()):
        if not isinstance(part, str):
            raise refused(f"a key or value in the context of {TRIGGER}", part, "a str")


def authorizer(api: NameSpec = None, *, operation: NameSpec = None, **options: Unpack[RouteOptions]) -> Pattern:
    """Requests that an AppSync Lambda authorizer decides on.

    Args:
        api: The API's id; left out: every API.
        operation: Of an Event API: ``EVENT_CONNECT``, ``EVENT_PUBLISH`` or ``EVENT_SUBSCRIBE``; left out: every
            operation, and GraphQL.
    """
    return Pattern("appsync_authorizer", [("api", api), ("operation", operation)], options=options)


SOURCE = Source(
    "appsync_authorizer",
    detect=detect,
    anchors=("authorizationToken",),
    keys=keys,
    order=("operation", "api"),
    types={
        "eventrouter.models.appsync:AppSyncAuthorizerEvent": "event",
        "aws_lambda_powertools.utilities.data_classes.appsync_authorizer_event:AppSyncAuthorizerEvent": "event",
    },
    evidence=("requestContext.apiId", "requestContext.operation"),
    model="eventrouter.models.appsync:AppSyncAuthorizerEvent",
    offer="AppSyncAuthorizerEvent",
    reply=reply,
    caller_limit=CALLER_LIMIT,
    secret_paths=("authorizationToken", "requestHeaders", "requestContext.queryString", "requestContext.variables"),
    paste=pasted("appsync_authorizer", "api"),
)
