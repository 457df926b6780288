"""Shared by the triggers of payload 2.0: HTTP APIs and function URLs.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

from __future__ import annotations

from ._http import Sent, clf_time
from ._made import milliseconds

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...types import JsonObject


def payload_2(
    trigger: str,
    sent: Sent,
    path: str,
    domain: str,
    account: str,
    *,
    route_key: str = "$default",
    stage: str = "$default",
    authorizer: JsonObject | None = None,
) -> JsonObject:
    """An event of payload 2.0.

    Args:
        trigger: For messages.
        sent: The request.
        path: As this trigger writes it.
        domain: The domain name.
        account: Of the API, or of a function URL's caller.
        route_key: Of the route that took it.
        stage: Its name.
        authorizer: What an authorizer found out.
    """
    context: JsonObject = {
        "accountId": account,
        "apiId": domain.partition(".")[0],
        "domainName": domain,
        "domainPrefix": domain.partition(".")[0],
        "http": {
            "method": sent.method,
            "path": path,
            "protocol": "HTTP/1.1",
            "sourceIp": sent.source_ip,
            "userAgent": sent.header("user-agent"),
        },
        "requestId": sent.ids.uuid(),
        "routeKey": route_key,
        "stage": stage,
        "time": clf_time(sent.moment),
        "timeEpoch": milliseconds(sent.moment),
    }
    if authorizer is not None:
        context["authorizer"] = authorizer
    event: JsonObject = {
        "version": "2.0",
        "routeKey": route_key,
        "rawPath": path,
        "rawQueryString": sent.query,
        "headers": sent.joined_headers(),
        "requestContext": context,
        "isBase64Encoded": False,
    }
    if sent.cookies:
        event["cookies"] = sent.cookies
    if sent.query:
        several: dict[str, str] = {}
        for name, value in sent.pairs():
            several[name] = f"{several[name]},{value}" if name in several else value
        event["queryStringParameters"] = several
    if sent.body is not None:
        event["body"], event["isBase64Encoded"] = sent.encode_body(trigger)
    return event
