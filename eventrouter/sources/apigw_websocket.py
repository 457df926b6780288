"""API Gateway WebSocket API: a connection opens, sends messages, closes.

Event: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-integration-requests.html
Reply: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-integration-responses.html
"""

from __future__ import annotations

from ..errors import (
    HTTPException,
    NoRouteError,
    NotReachedError,
    PayloadError,
    ReplyError,
    ResponseTooLargeError,
    quoted,
)
from ..response import Prelude, Response
from ..source import Pattern, Source
from ._http import clean, encoded, grouped
from ._http_request import SECRET_PATHS, is_authorizer
from ._read import pasted, text_at

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any, Unpack

    from ..source import Outcome
    from ..types import JsonObject, JsonValue, NameSpec, RouteOptions, Where

CONNECT = "$connect"
DISCONNECT = "$disconnect"
#: The routes of events that are abridged and name none.
_ROUTE_OF = {"CONNECT": CONNECT, "DISCONNECT": DISCONNECT}

#: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html
CALLER_LIMIT = 29.0
MAX_RESPONSE = 128 * 1024

WANTED = "None, a body, (body, status), a Response or a dict with statusCode"


def detect(event: JsonValue) -> bool:
    if type(event) is not dict:
        return False
    context = event.get("requestContext")
    if type(context) is not dict or type(context.get("connectionId")) is not str or is_authorizer(event):
        return False
    if type(context.get("elb")) is dict or type(context.get("http")) is dict:
        return False
    return (
        type(context.get("eventType")) is str
        or type(context.get("routeKey")) is str
        or (type(context.get("domainName")) is str and type(context.get("stage")) is str)
    )


def keys(record: JsonObject) -> Mapping[str, str]:
    return {"route_key": route_key(record)}


def route_key(record: JsonObject) -> str:
    context = record.get("requestContext")
    return text_at(context, "routeKey") or _ROUTE_OF.get(text_at(context, "eventType"), "$default")


def payload(record: JsonObject) -> str | bytes:
    """The message; ``""`` where there is none, as in ``$connect`` and ``$disconnect``."""
    body = record.get("body")
    if body is None:
        return ""
    if type(body) is not str:
        raise PayloadError(
            [{"type": "string_type", "loc": ["body"], "msg": "Body should be a string"}], "apigw_websocket record"
        )
    if record.get("isBase64Encoded") is not True:
        return body
    from binascii import a2b_base64

    try:
        return a2b_base64(body, strict_mode=True)
    except ValueError:
        raise PayloadError(
            [{"type": "base64", "loc": ["body"], "msg": "Body should be base64"}], "apigw_websocket record"
        ) from None


def reply(outcome: Outcome) -> JsonValue:
    """The status that accepts or refuses, and the body for those routes that have a route response.

    As with every answer over HTTP a failure is a status and a log line: API Gateway opens no connection that is answered
    with 400 or more.
    """
    key = route_key(outcome.records[0])
    error = outcome.errors.get(0)
    if error is None:
        try:
            return _answer(outcome.results.get(0), key)
        except (ReplyError, ResponseTooLargeError) as wrong:
            error = wrong
    if not isinstance(error, Exception):
        raise error
    status, detail = _refusal(error)
    if key == DISCONNECT:
        # The connection is gone, there is nobody to answer and nothing to refuse.
        if not isinstance(error, NoRouteError):
            _log(key, error)
        return {"statusCode": 200}
    if status >= 500 or isinstance(error, NoRouteError):
        _log(key, error)
    from .._json import dump

    return {"statusCode": status, "body": dump({"detail": detail})}


def _refusal(error: Exception) -> tuple[int, JsonValue]:
    """The status of a failure, 400 or more whatever it says, and what may be told of it."""
    if isinstance(error, HTTPException):
        # A status that would accept is a mistake, and a mistake does not let anybody in.
        return (error.status_code if 400 <= error.status_code <= 599 else 500), error.detail
    if isinstance(error, PayloadError):
        return 422, error.errors
    if isinstance(error, NoRouteError):
        return 404, "no such route"
    if isinstance(error, NotReachedError):
        return 503, "not enough time left"
    return 500, "internal error"


def _log(key: str, error: Exception) -> None:
    from .._log import describe, logger

    logger().error("the WebSocket route %s failed: %s", quoted(key), describe(error))


def _answer(value: Any, key: str) -> JsonValue:
    headers: Sequence[tuple[str, str]] = ()
    cookies: Sequence[str] = ()
    status, body = 200, value
    if value is None:
        return {"statusCode": 200}
    if isinstance(value, bool) and key == CONNECT:
        return {"statusCode": 200 if value else 403}
    if isinstance(value, Response):
        status, body, headers, cookies = value.status_code, value.content, value.headers, value.cookies
    elif isinstance(value, tuple) and len(value) == 2 and type(value[1]) is int:
        body, status = value
    elif isinstance(value, dict) and "statusCode" in value:
        return _complete(value)
    elif hasattr(value, "status_code") and hasattr(value, "body"):
        # Powertools' and Starlette's responses.
        status, body, headers = value.status_code, value.body, list((value.headers or {}).items())
    if not isinstance(status, int) or not 100 <= status <= 599:
        raise ReplyError(f"{quoted(status)} is no HTTP status")
    prelude = Prelude(int(status), headers, cookies)
    return _checked(_written(prelude, body))


def _written(prelude: Prelude, body: object) -> JsonObject:
    headers, cookies = clean(prelude)
    answer: JsonObject = {"statusCode": prelude.status_code}
    if headers or cookies:
        answer["multiValueHeaders"] = grouped(headers, cookies)
    if isinstance(body, bytes | bytearray | memoryview):
        answer["body"], answer["isBase64Encoded"] = encoded(body, headers)
    elif isinstance(body, str):
        answer["body"] = body
    elif body is not None:
        from .._json import dump

        answer["body"] = dump(body)
    return answer


def _complete(value: JsonObject) -> JsonObject:
    """An answer that the handler has written itself."""
    status, body = value["statusCode"], value.get("body")
    if type(status) is not int or not 100 <= status <= 599:
        raise ReplyError(
            f"a WebSocket API is answered with {WANTED}; this statusCode is a {type(status).__name__} that is no status"
        )
    if body is None or isinstance(body, str):
        return _checked(value)
    from .._json import dump

    return _checked({**value, "body": dump(body)})


def _checked(answer: JsonObject) -> JsonObject:
    from .._json import dump_bytes

    size = len(dump_bytes(answer))
    if size > MAX_RESPONSE:
        raise ResponseTooLargeError("apigw_websocket", size, MAX_RESPONSE)
    return answer


def websocket(route_key: NameSpec = None, *, where: Where | None = None, **options: Unpack[RouteOptions]) -> Pattern:
    """Connections and messages of a WebSocket API.

    Returning None accepts. A connection is refused by ``HTTPException(403)``, a Response or ``(body, status)`` of 400 or
    more, ``False``, and any exception.

    Args:
        route_key: ``$connect``, ``$disconnect``, ``$default`` or a key of your own; left out: every route.
        where: A condition on the JSON message: an EventBridge pattern or a predicate.
    """
    return Pattern("apigw_websocket", [("route_key", route_key)], where=where, options=options)


SOURCE = Source(
    "apigw_websocket",
    detect=detect,
    anchors=("requestContext",),
    keys=keys,
    order=("route_key",),
    address=route_key,
    payload=payload,
    types={
        "eventrouter.models.apigw_websocket:WebSocketEvent": "event",
        "aws_lambda_powertools.utilities.parser.models.apigw_websocket:APIGatewayWebSocketConnectEventModel": "event",
        "aws_lambda_powertools.utilities.parser.models.apigw_websocket:APIGatewayWebSocketDisconnectEventModel": "event",
        "aws_lambda_powertools.utilities.parser.models.apigw_websocket:APIGatewayWebSocketMessageEventModel": "event",
        "aws_lambda_powertools.utilities.data_classes.api_gateway_websocket_event:APIGatewayWebSocketEvent": "event",
    },
    evidence=("requestContext.eventType", "requestContext.routeKey"),
    model="eventrouter.models.apigw_websocket:WebSocketEvent",
    offer="a model of the message, WebSocketEvent",
    reply=reply,
    caller_limit=CALLER_LIMIT,
    max_response=MAX_RESPONSE,
    secret_paths=SECRET_PATHS,
    paste=pasted("websocket", "route_key"),
)
