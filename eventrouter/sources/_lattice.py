"""Shared by both event structures of VPC Lattice.

https://docs.aws.amazon.com/vpc-lattice/latest/ug/lambda-functions.html
"""

from __future__ import annotations

from ._http import with_one_cookie
from ._http_request import headers, joined_query, last_hop, pairs, parse_query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..types import JsonObject, JsonValue


def method(event: JsonObject) -> str:
    return event["method"].upper()  # type: ignore[no-any-return]


def split(path: str) -> tuple[str, str]:
    """A path as the client sent it, and the query string where it is still on it."""
    path, _, query = path.partition("?")
    return path or "/", query


def query_of(event: JsonObject, path: str) -> list[tuple[str, str]]:
    raw = split(path)[1]
    return (
        parse_query(raw) if raw else pairs(event.get("queryStringParameters") or event.get("query_string_parameters"))
    )


def query_string_of(event: JsonObject, path: str) -> str:
    return split(path)[1] or joined_query(query_of(event, path))


def client(event: JsonObject) -> str | None:
    """The source address that VPC Lattice adds; what stands before it is whatever the client sent.

    https://docs.aws.amazon.com/vpc-lattice/latest/ug/http-targets.html
    """
    return last_hop(headers(event))


def write(
    status: int, headers: list[tuple[str, str]], cookies: list[str], text: str, is_base64: bool, event: JsonValue
) -> JsonValue:
    remedy = "put what they hold into one cookie"
    return {
        "statusCode": status,
        "headers": with_one_cookie("VPC Lattice", headers, cookies, remedy),
        "body": text,
        "isBase64Encoded": is_base64,
    }
