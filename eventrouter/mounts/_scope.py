"""A request as an ASGI app is told of it.

https://asgi.readthedocs.io/en/latest/specs/www.html#http-connection-scope
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

from ..errors import HTTPException

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ..context import Invocation
    from ..request import Request

#: From 2.4 on ``send`` raises OSError once the client has left, instead of saying nothing.
ASGI = {"version": "3.0", "spec_version": "2.4"}

#: The body is there, whole: how it came is over.
_OF_TRANSFER = frozenset({"content-length", "transfer-encoding"})
_PORTS = {"http": 80, "https": 443}


def scope_of(
    invocation: Invocation, request: Request, prefix: str, state: Mapping[str, Any] | None, *, has_root: bool = True
) -> dict[str, Any]:
    """The scope of one request.

    Args:
        prefix: Where the app is mounted.
        state: What the app's lifespan left for its requests; None where it has none.
        has_root: It is told of the stage and the prefix.

    Raises:
        HTTPException: 400: a header that no server would hand on.
    """
    base = request.base_path
    path = base + request.path
    is_decoded = request.source.http is not None and request.source.http.path_is_decoded
    scheme = request.scheme
    scope: dict[str, Any] = {
        "type": "http",
        "asgi": ASGI,
        "http_version": _version(request),
        "method": request.method,
        "scheme": scheme,
        "path": path if is_decoded or "%" not in path else unquote(path),
        "raw_path": (base + request.raw_path).encode("ascii", "replace"),
        "query_string": request.query_string.encode("ascii", "replace"),
        "root_path": base + prefix,
        "headers": _headers(request),
        "server": _server(request.host, scheme),
        "client": _client(request),
        "extensions": {"aws.event": request.event, "aws.context": invocation.context},
        "aws.event": request.event,
        "aws.context": invocation.context,
    }
    if not has_root:
        _without_root(scope)
    if state is not None:
        scope["state"] = dict(state)
    return scope


def _without_root(scope: dict[str, Any]) -> None:
    root: str = scope["root_path"]
    raw, raw_root = scope["raw_path"], root.encode("ascii", "replace")
    path = scope["path"] = scope["path"].removeprefix(root) or "/"
    # A client may have written the prefix in another way than it is known by.
    scope["raw_path"] = raw[len(raw_root) :] or b"/" if raw.startswith(raw_root) else quote(path).encode("ascii")
    scope["root_path"] = ""


def _version(request: Request) -> str:
    """The version of HTTP that the client speaks with AWS."""
    context = request.event.get("requestContext")
    if type(context) is dict:
        http = context.get("http")
        protocol = http.get("protocol") if type(http) is dict else context.get("protocol")
        if type(protocol) is str and protocol[:5] == "HTTP/":
            version = protocol[5:]
            return "2" if version == "2.0" else version
    return "1.1"


def _headers(request: Request) -> list[tuple[bytes, bytes]]:
    event, body = request.event, request.body
    given = event.get("headers")
    shape = request.source.http
    found: list[tuple[bytes, bytes]] | None = None
    if shape is not None and shape.has_lower_names and type(given) is dict:
        found = _as_they_are(given)
    if found is None:
        pairs = _checked(request.headers.multi_items())
        found = [(_bytes(name), _bytes(value)) for name, value in pairs if name not in _OF_TRANSFER]
    if body:
        # Of the bytes that are there: what was counted may have been base64.
        found.append((b"content-length", b"%d" % len(body)))
    cookies = event.get("cookies")
    if cookies and type(cookies) is list and request.header("cookie") is None:
        # Payload 2.0 keeps them in a list of their own.
        found.append((b"cookie", _bytes("; ".join(each for each in cookies if type(each) is str))))
    return found


def _as_they_are(given: Mapping[str, Any]) -> list[tuple[bytes, bytes]] | None:
    """Headers whose names are known and whose values are plain; None where one is not, and all have to be looked at."""
    found = []
    try:
        if not "".join(given.values()).isprintable():
            return None
        for name, value in given.items():
            raw = _name(name)
            if raw is None:
                return None
            if raw:
                found.append((raw, value.encode("latin-1")))
    except (TypeError, UnicodeEncodeError):
        return None
    return found


@lru_cache(512)
def _name(name: str) -> bytes | None:
    """A header's name as it is told; empty where it is not, None where it has to be looked at."""
    if name in _OF_TRANSFER:
        return b""
    return name.encode("latin-1") if name.isprintable() and name == name.lower() else None


def _checked(pairs: Iterable[tuple[str, str]]) -> Iterable[tuple[str, str]]:
    for name, value in pairs:
        if not (value.isprintable() and name.isprintable()) and any(
            (character < " " and character != "\t") or character == "\x7f" for character in name + value
        ):
            raise HTTPException(400, "A header holds a control character")
        yield name, value


def _bytes(text: str) -> bytes:
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace")


def _server(host: str, scheme: str) -> tuple[str, int | None] | None:
    if not host:
        return None
    name, colon, port = host.rpartition(":")
    if colon and port.isdigit() and len(port) < 6:
        return name, int(port)
    return host, _PORTS[scheme]


def _client(request: Request) -> tuple[str, int] | None:
    address = request.client_host
    return None if address is None else (address, 0)
