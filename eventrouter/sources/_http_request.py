"""Shared by the HTTP sources: reading a request. Nothing is parsed before somebody asks for it.

Events are read leniently (nulls of local emulators, parts left out by hand), bodies strictly.
"""

from __future__ import annotations

from ..errors import RequestValidationError, quoted
from ._read import text_at

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from ..types import JsonObject, JsonValue

#: Parts of a request that hold whatever a client sends to prove who it is, and its data.
SECRET_PATHS = (
    "headers", "multiValueHeaders", "cookies", "queryStringParameters", "multiValueQueryStringParameters", "rawQueryString",
    "body", "stageVariables", "requestContext.authorizer", "requestContext.identity", "requestContext.authentication",
)  # fmt: skip

#: The methods that have a decorator of their own.
_VERBS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"})


def is_authorizer(event: JsonObject) -> bool:
    """Whether a request-shaped event asks for a decision. Running a handler for one would be a way around it."""
    return type(event.get("methodArn")) is str or type(event.get("routeArn")) is str


def without_stage(path: str, stage: str, template: str, parameters: JsonValue) -> str:
    """*path* without the name of its stage in front.

    API Gateway writes the stage into some paths and not into others, and a custom domain may or may not keep it. The
    route that API Gateway matched is written without the stage: where its own first segment has the stage's name, the
    path has that name in front because of the route.

    Args:
        path: The path as delivered.
        stage: The stage's name.
        template: The matched route's path (``/orders/{id}``); anything else (``$default``) says nothing.
        parameters: The event's ``pathParameters``.
    """
    prefix = "/" + stage
    if not _starts_with_segment(path, prefix):
        return path
    rest = path[len(prefix) :]
    first = template[1:].partition("/")[0] if template.startswith("/") else ""
    if first.startswith("{"):
        first = text_at(parameters, first.strip("{+}")).partition("/")[0]
    if first == stage and not _starts_with_segment(rest, prefix):
        return path
    return rest or "/"


def _starts_with_segment(path: str, prefix: str) -> bool:
    return path.startswith(prefix) and (len(path) == len(prefix) or path[len(prefix)] == "/")


def pairs(values: JsonValue) -> list[tuple[str, str]]:
    """The names and values of an object whose values are strings or lists of them; null is none at all."""
    if type(values) is not dict:
        return []
    found: list[tuple[str, str]] = []
    for name, value in values.items():
        if type(value) is list:
            found.extend((name, str(each)) for each in value if each is not None)
        elif value is not None:
            found.append((name, str(value)))
    return found


def headers(event: JsonObject) -> list[tuple[str, str]]:
    # Beside the multi-value form the plain one holds the last value only.
    return [(name.lower(), value) for name, value in pairs(event.get("multiValueHeaders") or event.get("headers"))]


def query(event: JsonObject) -> list[tuple[str, str]]:
    """Query pairs that the trigger has decoded."""
    return pairs(event.get("multiValueQueryStringParameters") or event.get("queryStringParameters"))


def raw_query(event: JsonObject) -> list[tuple[str, str]]:
    """Query pairs from ``rawQueryString``: beside it, repeated values are joined with commas, which cannot be undone."""
    raw = event.get("rawQueryString")
    if raw and type(raw) is str:
        return parse_query(raw)
    return pairs(event.get("queryStringParameters"))


def raw_query_string(event: JsonObject) -> str:
    """The query string of payload 2.0."""
    raw = event.get("rawQueryString")
    if type(raw) is str and (raw or not event.get("queryStringParameters")):
        return raw
    return joined_query(raw_query(event))


def joined_query(found: list[tuple[str, str]]) -> str:
    """Decoded pairs as a query string."""
    if not found:
        return ""
    from urllib.parse import urlencode

    return urlencode(found, errors="replace")


def parse_query(text: str) -> list[tuple[str, str]]:
    """The pairs of a query string: ``+`` is a space, a name without ``=`` has an empty value."""
    found: list[tuple[str, str]] = []
    for part in text.split("&"):
        if part:
            name, _, value = part.partition("=")
            found.append((name, value))
    if "%" in text or "+" in text:
        return decoded(found)
    return found


def decoded(found: list[tuple[str, str]]) -> list[tuple[str, str]]:
    from urllib.parse import unquote_plus

    return [(unquote_plus(name), unquote_plus(value)) for name, value in found]


def cookies(event: JsonObject) -> list[tuple[str, str]]:
    """The ``cookies`` list of payload 2.0, else the Cookie headers."""
    found = event.get("cookies")
    if found and type(found) is list:
        return parse_cookies("; ".join(each for each in found if type(each) is str))
    return parse_cookies("; ".join(value for name, value in headers(event) if name == "cookie"))


def parse_cookies(text: str) -> list[tuple[str, str]]:
    """The cookies of a Cookie header in their order; what is no cookie is skipped."""
    found: list[tuple[str, str]] = []
    for part in text.split(";"):
        name, equals, value = part.partition("=")
        name, value = name.strip(), value.strip()
        if name and equals:
            found.append((name, _unquoted(value) if value.startswith('"') else value))
    return found


def _unquoted(value: str) -> str:
    from http.cookies import SimpleCookie

    plain: str = SimpleCookie().value_decode(value)[0]
    return plain


def body(event: JsonObject) -> bytes:
    return body_bytes(event.get("body"), event.get("isBase64Encoded") is True)


def body_bytes(value: JsonValue, is_base64: bool) -> bytes:
    """The body's bytes.

    Raises:
        RequestValidationError: It is no text, no base64 where it should be, or holds half of a surrogate pair.
    """
    if value is None:
        return b""
    if type(value) is not str:
        raise _unreadable("string_type", "Body should be a string")
    try:
        if is_base64:
            from binascii import a2b_base64

            return a2b_base64(value, strict_mode=True)
        return value.encode()
    except UnicodeEncodeError:
        raise _unreadable("string_unicode", "Body should be text that UTF-8 can write") from None
    except ValueError:
        raise _unreadable("base64", "Body should be base64") from None


def _unreadable(kind: str, message: str) -> RequestValidationError:
    return RequestValidationError([{"type": kind, "loc": ["body"], "msg": message}])


def last_hop(headers: Iterable[tuple[str, str]]) -> str | None:
    """The last address of X-Forwarded-For: the one that AWS has added."""
    last = ""
    for name, value in headers:
        if name == "x-forwarded-for":
            last = value
    hop = last.rpartition(",")[2].strip()
    # A target group may be set to add the client's port.
    if hop.startswith("["):
        return hop[1:].partition("]")[0] or None
    return (hop.partition(":")[0] if hop.count(":") == 1 else hop) or None


def source_ip(event: JsonObject) -> str | None:
    """The caller's address as API Gateway's first payload has it."""
    return text_at(event, "requestContext", "identity", "sourceIp") or None


def request_keys(line: Callable[[JsonValue], tuple[str, str]]) -> Callable[[JsonValue], dict[str, str]]:
    """The words that a request is told by."""

    def keys(record: JsonValue) -> dict[str, str]:
        method, path = line(record)
        return {"method": method, "path": path}

    return keys


def paste(keys: Mapping[str, str]) -> str:
    """A decorator that takes a request."""
    method, path = keys.get("method", "GET"), quoted(keys.get("path", "/"))
    return f"@app.{method.lower()}({path})" if method in _VERBS else f"@app.route({path}, methods=[{quoted(method)}])"
