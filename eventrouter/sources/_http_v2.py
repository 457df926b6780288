"""Shared by the sources of payload 2.0: HTTP APIs and function URLs.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

from __future__ import annotations

from ._http import joined
from ._http_request import is_authorizer
from ._read import text_at

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..types import JsonObject, JsonValue


def domain_of(event: JsonValue) -> str | None:
    """The domain name of a request in payload 2.0, ``""`` where it has none; None for anything else.

    Local emulators put nulls for the fields of other shapes, so only strings count.
    """
    if type(event) is not dict:
        return None
    context = event.get("requestContext")
    if type(context) is not dict:
        return None
    http = context.get("http")
    if type(http) is not dict or type(http.get("method")) is not str or event.get("version", "2.0") != "2.0":
        return None
    if type(event.get("rawPath")) is not str and type(http.get("path")) is not str:
        return None
    if is_authorizer(event):
        return None
    domain = context.get("domainName")
    return domain if type(domain) is str else ""


def line(event: JsonObject) -> tuple[str, str]:
    """Method and path as delivered."""
    http = event["requestContext"]["http"]
    path = event.get("rawPath")
    if type(path) is not str:
        path = http["path"]
    return http["method"].upper(), path or "/"


def method(event: JsonObject) -> str:
    return event["requestContext"]["http"]["method"].upper()  # type: ignore[no-any-return]


def client(event: JsonObject) -> str | None:
    return text_at(event, "requestContext", "http", "sourceIp") or None


def write(
    status: int, headers: list[tuple[str, str]], cookies: list[str], text: str, is_base64: bool, event: JsonValue
) -> JsonValue:
    # All five, always: there are emulators that refuse an answer without ``cookies``.
    return {
        "statusCode": status,
        "headers": dict(headers) if len(headers) == 1 else joined(headers),
        "cookies": cookies,
        "body": text,
        "isBase64Encoded": is_base64,
    }
