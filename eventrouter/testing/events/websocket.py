"""Connections and messages of an API Gateway WebSocket API."""

from __future__ import annotations

import base64
from datetime import datetime
from typing import Unpack

from ._http import RequestFields, Sent, all_values, check_stage, clf_time, last_values
from ._made import MOMENT, REGION, Ids, Payload, bytes_of, check_length, domain_of, impossible, milliseconds
from .identity import Identity, as_strings, check_kind

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...types import JsonObject

#: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html
MAX_MESSAGE = 128 * 1024


def websocket(
    route_key: str = "$default",
    body: Payload = None,
    *,
    connection_id: str | None = None,
    identity: Identity | None = None,
    stage: str = "prod",
    domain_name: str | None = None,
    api_id: str = "z9y8x7w6v5",
    connected: datetime = MOMENT,
    disconnect_code: int = 1005,
    disconnect_reason: str = "Client-side close frame status not set",
    region: str = REGION,
    **fields: Unpack[RequestFields],
) -> JsonObject:
    """A client connects (``$connect``), sends a message, or is gone (``$disconnect``).

    Args:
        route_key: The route that takes it.
        body: A message: text, or anything that has a JSON form; bytes come as base64. Of connections there is none.
        connection_id: Default: made of ``ids``.
        identity: :func:`lambda_authorizer`, where the API has one.
        stage: Its name.
        domain_name: A custom one; default: the API's own.
        api_id: The first part of the API's own.
        connected: When the client connected.
        disconnect_code: The close code.
        disconnect_reason: Why the client is gone.
        region: Of the API.
        fields: Of the request that opens the connection.

    Raises:
        ImpossibleEventError: API Gateway sends no such event.

    Reference:
        https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-mapping-template-reference.html
    """
    check_stage("websocket", stage)
    check_length("websocket(route_key)", route_key, 1, 128)
    is_message = route_key not in ("$connect", "$disconnect")
    if body is not None and not is_message:
        raise impossible("websocket(body)", route_key, "only messages have one")
    domain = domain_name or f"{api_id}.execute-api.{region}.{domain_of(region)}"
    sent = Sent("websocket", "GET", "/", domain, fields)
    ids = fields.get("ids") or Ids.of(route_key, "" if body is None else body)
    moment = sent.moment
    context: JsonObject = {
        "routeKey": route_key,
        "eventType": {"$connect": "CONNECT", "$disconnect": "DISCONNECT"}.get(route_key, "MESSAGE"),
        "extendedRequestId": ids.hex(16),
        "requestTime": clf_time(moment),
        "messageDirection": "IN",
        "stage": stage,
        "connectedAt": milliseconds(connected),
        "requestTimeEpoch": milliseconds(moment),
        "identity": {"sourceIp": sent.source_ip, "userAgent": sent.header("user-agent")},
        "requestId": ids.hex(16),
        "domainName": domain,
        "connectionId": connection_id or ids.hex(16),
        "apiId": api_id,
    }
    if identity is not None:
        check_kind("websocket", identity, "lambda")
        context["authorizer"] = {"principalId": identity.principal, **as_strings(identity.values)}
    event: JsonObject = {"requestContext": context, "isBase64Encoded": False}
    if route_key == "$disconnect":
        context |= {"disconnectStatusCode": disconnect_code, "disconnectReason": disconnect_reason}
    if is_message:
        context["messageId"] = ids.hex(16)
        event["body"], event["isBase64Encoded"] = _message(body)
        return event
    headers = sent.grouped_headers()
    event |= {"headers": {name: values[-1] for name, values in headers.items()}, "multiValueHeaders": headers}
    query = sent.pairs()
    if query:
        event |= {"queryStringParameters": last_values(query), "multiValueQueryStringParameters": all_values(query)}
    return event


def _message(body: Payload) -> tuple[str, bool]:
    data = b"" if body is None else bytes_of(body)
    if len(data) > MAX_MESSAGE:
        raise impossible("websocket(body)", f"of {len(data)} bytes", f"a message has at most {MAX_MESSAGE}")
    if isinstance(body, bytes):
        return base64.b64encode(data).decode(), True
    return data.decode(), False
