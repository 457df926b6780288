"""Fields that an AWS AppSync GraphQL API has a Lambda function resolve."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from ._made import ACCOUNT, REGION, Payload, check_one_of, impossible, plain, plain_object
from .identity import Identity, check_kind

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...types import JsonObject


def appsync(
    type_name: str = "Query",
    field_name: str = "getOrder",
    *,
    arguments: Payload = None,
    source: Payload = None,
    identity: Identity | None = None,
    headers: Mapping[str, str] | None = None,
    selection: Sequence[str] = ("id",),
    variables: Mapping[str, Any] | None = None,
    previous: Payload = None,
    stash: Payload = None,
    api: str = "gq4tz7aaaa",
    region: str = REGION,
) -> JsonObject:
    """A field is resolved.

    Args:
        type_name: The parent type: ``Query``, ``Mutation``, ``Subscription`` or one of the schema's.
        field_name: The field.
        arguments: Of the field, an object.
        source: The value of the parent, where the field is not one of ``Query``.
        identity: :func:`cognito_user_pool`, :func:`oidc`, :func:`iam` or :func:`lambda_authorizer`; default: an API key.
        headers: Of the request.
        selection: What of the field is asked for, as paths: ``author/name``.
        variables: Of the query.
        previous: The result of the function before, in a pipeline.
        stash: The pipeline's stash.
        api: The API's id.
        region: Of the API.

    Raises:
        ImpossibleEventError: AppSync sends no such event.

    Reference:
        https://docs.aws.amazon.com/appsync/latest/devguide/resolver-context-reference.html
    """
    for name, value in (("type_name", type_name), ("field_name", field_name)):
        if not value.isidentifier() or not value.isascii():
            raise impossible(f"appsync({name})", value, "it is a name of GraphQL: letters, digits and _")
    return {
        "arguments": plain_object("appsync(arguments=)", {} if arguments is None else arguments),
        "identity": None if identity is None else _identity(identity),
        "source": plain(source),
        "request": {
            "headers": {
                "host": f"{api}.appsync-api.{region}.amazonaws.com",
                "x-api-key": "da2-example",
                **(headers or {}),
            },
            "domainName": None,
        },
        "prev": None if previous is None else {"result": plain(previous)},
        "info": {
            "selectionSetList": [*selection],
            "selectionSetGraphQL": "{ " + " ".join(path for path in selection if "/" not in path) + " }",
            "parentTypeName": type_name,
            "fieldName": field_name,
            "variables": dict(variables or {}),
        },
        "stash": plain_object("appsync(stash=)", {} if stash is None else stash),
    }


def appsync_batch(*events: JsonObject) -> list[JsonObject]:
    """Fields of one request that a resolver with a batch size resolves together.

    Args:
        events: What :func:`appsync` makes, of one field.

    Raises:
        ImpossibleEventError: They are of several fields, or there are none.

    Reference:
        https://docs.aws.amazon.com/appsync/latest/devguide/tutorial-lambda-resolvers.html
    """
    fields = {(event["info"]["parentTypeName"], event["info"]["fieldName"]) for event in events}
    if len(fields) != 1:
        raise impossible("appsync_batch()", f"{len(fields)} fields", "AppSync batches the calls of one resolver")
    return [*events]


def _identity(identity: Identity) -> JsonObject:
    check_kind("appsync", identity, "cognito", "oidc", "iam", "lambda")
    values = identity.values
    match identity.kind:
        case "cognito":
            return {
                "sub": values.get("sub", ""),
                "issuer": f"https://cognito-idp.{REGION}.amazonaws.com/{REGION}_Example",
                "username": values.get("username", values.get("sub", "")),
                "claims": values,
                "sourceIp": ["203.0.113.7"],
                "defaultAuthStrategy": "ALLOW",
                "groups": values.get("cognito:groups"),
            }
        case "oidc":
            return {"sub": values.get("sub", ""), "issuer": "https://id.example.org", "claims": values}
        case "iam":
            return {
                "accountId": values["accountId"],
                "cognitoIdentityAuthProvider": None,
                "cognitoIdentityAuthType": None,
                "cognitoIdentityId": None,
                "cognitoIdentityPoolId": None,
                "sourceIp": ["203.0.113.7"],
                "userArn": values["userArn"],
                "username": values["userId"],
            }
    return {"resolverContext": values}


def appsync_authorizer(
    token: str = "token",
    *,
    query: str | None = "query { orders { id } }",
    variables: Mapping[str, Any] | None = None,
    operation_name: str | None = None,
    channel: str = "/default/room",
    operation: Literal["EVENT_CONNECT", "EVENT_SUBSCRIBE", "EVENT_PUBLISH"] = "EVENT_CONNECT",
    headers: Mapping[str, str] | None = None,
    api: str = "gq4tz7aaaa",
    request_id: str = "5d0c7a3e-9c1b-4a56-8f2d-1e3b5a7c9d0f",
    account: str = ACCOUNT,
) -> JsonObject:
    """An AppSync API asks whether a request may go on.

    Args:
        token: The Authorization header.
        query: The GraphQL query; None: the API is an Event API, which has a channel and an operation.
        variables: Of the query.
        operation_name: Of the query.
        channel: Of an Event API.
        operation: What is to be done there.
        headers: Of the request.
        api: The API's id.
        request_id: Of the request.
        account: Of the API.

    Raises:
        ImpossibleEventError: AppSync sends no such event.

    Reference:
        https://docs.aws.amazon.com/appsync/latest/devguide/security-authz.html
    """
    if not token:
        raise impossible("appsync_authorizer(token)", token, "AppSync refuses a request without one by itself")
    context: JsonObject = {"apiId": api, "accountId": account, "requestId": request_id}
    if query is not None:
        context |= {"queryString": query, "operationName": operation_name, "variables": dict(variables or {})}
    else:
        operations = ("EVENT_CONNECT", "EVENT_SUBSCRIBE", "EVENT_PUBLISH")
        check_one_of("appsync_authorizer(operation=)", operation, operations)
        namespace = channel.strip("/").partition("/")[0]
        context |= {"operation": operation, "channelNamespaceName": namespace, "channel": channel}
    return {"authorizationToken": token, "requestContext": context, "requestHeaders": dict(headers or {})}


def appsync_events(
    path: str = "/default/room",
    *payloads: Payload,
    operation: Literal["PUBLISH", "SUBSCRIBE"] = "PUBLISH",
    identity: Identity | None = None,
    headers: Mapping[str, str] | None = None,
    api: str = "ev5tz7aaaa",
    region: str = REGION,
) -> JsonObject:
    """Events are published to a channel of an AppSync Event API, or somebody subscribes to it.

    Args:
        path: The channel: its namespace and up to four segments more.
        payloads: Of the events that are published, with the ids ``e-1``, ``e-2``, ...
        operation: ``"SUBSCRIBE"`` has no events.
        identity: As for :func:`appsync`.
        headers: Of the request.
        api: The API's id.
        region: Of the API.

    Raises:
        ImpossibleEventError: AppSync sends no such event.

    Reference:
        https://docs.aws.amazon.com/appsync/latest/eventapi/runtime-context-reference-events.html
    """
    check_one_of("appsync_events(operation=)", operation, ("PUBLISH", "SUBSCRIBE"))
    segments = path.strip("/").split("/")
    if not path.startswith("/") or not 1 <= len(segments) <= 5 or not all(segments):
        raise impossible("appsync_events(path)", path, "a channel is written like /default/room, with 1 to 5 segments")
    if (operation == "PUBLISH") != bool(payloads):
        raise impossible("appsync_events()", f"{len(payloads)} events", "PUBLISH has some, and SUBSCRIBE none")
    return {
        "identity": None if identity is None else _identity(identity),
        "result": None,
        "request": {
            "headers": {
                "host": f"{api}.appsync-api.{region}.amazonaws.com",
                "x-api-key": "da2-example",
                **(headers or {}),
            },
            "domainName": None,
        },
        "info": {
            "channel": {"path": path, "segments": segments},
            "channelNamespace": {"name": segments[0]},
            "operation": operation,
        },
        "error": None,
        "prev": None,
        "stash": {},
        "outErrors": [],
        "events": [{"payload": plain(each), "id": f"e-{number}"} for number, each in enumerate(payloads, 1)] or None,
    }
