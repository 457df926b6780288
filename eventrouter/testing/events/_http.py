"""Shared by the HTTP triggers: a request as a client sends it, before its trigger has made an event of it."""

from __future__ import annotations

import base64
import os
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import IO, Any, TypeAlias, TypedDict
from urllib.parse import quote, quote_plus, unquote

from ..._json import dump
from ._made import MOMENT, Ids, bytes_of, impossible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...types import JsonObject

#: Names and values; a name repeats where its value is a list, or where there are several pairs of it.
Pairs: TypeAlias = Mapping[str, object] | Sequence[tuple[str, object]]
Headers: TypeAlias = Mapping[str, str] | Mapping[str, str | Sequence[str] | None] | Sequence[tuple[str, str]]
Content: TypeAlias = bytes | str | IO[bytes]
#: A file to upload: its content, or its name and content, or its name, content and content type.
File: TypeAlias = Content | tuple[str, Content] | tuple[str, Content, str]
#: Files by the fields that they are in; a field has several where its value is a list, or where there are several pairs of it.
Files: TypeAlias = Mapping[str, File | list[File]] | Sequence[tuple[str, File]]

_TOKEN = frozenset("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
#: What may stand in a path unencoded, ``%`` of what is encoded already included.
_IN_PATH = "/%:@!$&'()*+,;=~"
_FORM = "application/x-www-form-urlencoded"
_BOUNDARY = "eventrouter-testing-boundary"
#: Lambda's limit for an event: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
MAX_EVENT = 6 * 1024 * 1024

SOURCE_IP = "203.0.113.7"
USER_AGENT = "eventrouter"


class RequestFields(TypedDict, total=False):
    """What can be said of a request beside its method and path.

    Attributes:
        params: The query, in addition to what stands in the path after ``?``.
        headers: In addition to those that every client sends; None leaves one of these out.
        cookies: Names and values.
        content: The body: ``str`` or ``bytes``.
        json: The body: anything that has a JSON form, pydantic models too.
        data: The body: the fields of a form.
        files: The body: uploaded files, with the fields of a form beside them. The content of each is ``bytes``, ``str`` or an
            open file.
        base64: Whether the body is delivered as base64; default: as the trigger does by its content type.
        source_ip: The client's address.
        time: When the request arrived.
        ids: Default: made of method and path.
    """

    params: Pairs
    headers: Headers
    cookies: Mapping[str, str]
    content: str | bytes
    json: object
    data: Mapping[str, object]
    files: Files
    base64: bool
    source_ip: str
    time: datetime
    ids: Ids


class Sent:
    """A request as a client sends it.

    Attributes:
        path: As it is sent: percent-encoded.
        query: The query string as it is sent, without its ``?``.
        headers: In the order in which they are sent, names in lower case.
        cookies: ``name=value``.
        body: None where there is none.
    """

    __slots__ = ("body", "cookies", "headers", "ids", "is_base64", "method", "moment", "path", "query", "source_ip")

    def __init__(self, trigger: str, method: str, path: str, host: str, fields: RequestFields) -> None:
        if method not in _KNOWN:
            _check_method(trigger, method)
        path, _, query = path.partition("?")
        if not path.startswith("/"):
            raise impossible(f"{trigger}(path)", path, 'a path starts with "/"')
        self.method = method.upper()
        self.path = path if path.isascii() and path.replace("/", "").isalnum() else quote(path, safe=_IN_PATH)
        self.moment = fields.get("time", MOMENT)
        self.source_ip = fields.get("source_ip", SOURCE_IP)
        self.ids = fields.get("ids") or Ids.of(self.method, path)
        self.is_base64 = fields.get("base64")
        self.body: bytes | None = None
        self.cookies: list[str] = []
        self.headers: list[tuple[str, str]] = [
            ("accept", "*/*"),
            ("host", host),
            ("user-agent", USER_AGENT),
            ("x-amzn-trace-id", f"Root=1-{int(self.moment.timestamp()):08x}-{self.ids.hex(24)}"),
            ("x-forwarded-for", self.source_ip),
            ("x-forwarded-port", "443"),
            ("x-forwarded-proto", "https"),
        ]
        if len(fields) > ("ids" in fields):
            _check_fields(trigger, fields)
            self.body, content_type = _body(trigger, fields)
            if "params" in fields:
                more = "&".join(f"{quote_plus(name)}={quote_plus(value)}" for name, value in _pairs(fields["params"]))
                query = f"{query}&{more}" if query and more else query or more
            self.cookies = [_cookie(trigger, *each) for each in fields.get("cookies", {}).items()]
            if self.body is not None:
                self.headers.append(("content-length", str(len(self.body))))
            self._add(trigger, fields.get("headers", {}), content_type)
        self.query = query if not query or query.replace("=", "").isalnum() else quote(query, safe=_IN_PATH + "?")

    def _add(self, trigger: str, given: Headers, content_type: str) -> None:
        """Take the headers that were given; they replace those that are sent anyhow."""
        pairs: list[tuple[str, str]] = []
        dropped: set[str] = set()
        items: Iterable[tuple[str, Any]] = given.items() if isinstance(given, Mapping) else given
        for name, value in items:
            _check_name(trigger, name)
            dropped.add(name.lower())
            values = [value] if isinstance(value, str) else [] if value is None else value
            for each in values:
                _check_value(trigger, name, each)
                if name.lower() == "cookie":
                    self.cookies += [cookie for part in each.split(";") if (cookie := part.strip())]
                else:
                    pairs.append((name.lower(), each))
        if content_type and "content-type" not in dropped:
            pairs.append(("content-type", content_type))
        self.headers = [pair for pair in self.headers if pair[0] not in dropped] + pairs

    # ---- as triggers write it

    def header(self, name: str) -> str:
        """The last value of a header; empty if there is none."""
        return next((value for key, value in reversed(self.headers) if key == name), "")

    def joined_headers(self) -> dict[str, str]:
        """One value for each name, several joined with commas."""
        found = dict(self.headers)
        if len(found) != len(self.headers):
            found = {}
            for name, value in self.headers:
                found[name] = f"{found[name]},{value}" if name in found else value
        return found

    def grouped_headers(self, *, with_cookies: bool = True) -> dict[str, list[str]]:
        """All values of each name, those of cookies in one."""
        found: dict[str, list[str]] = {}
        for name, value in self.headers:
            found.setdefault(name, []).append(value)
        if self.cookies and with_cookies:
            found["cookie"] = ["; ".join(self.cookies)]
        return found

    def pairs(self, *, decoded: bool = True) -> list[tuple[str, str]]:
        """The query's names and values."""
        if not self.query:
            return []
        split = [part.partition("=") for part in self.query.split("&") if part]
        if not decoded:
            return [(name, value) for name, _, value in split]
        return [(unquote(name.replace("+", " ")), unquote(value.replace("+", " "))) for name, _, value in split]

    def encode_body(self, trigger: str, *, max_bytes: int = MAX_EVENT) -> tuple[str | None, bool]:
        """The body as text, and whether that is base64: where its content type says that it is no text, or it is none.

        Raises:
            ImpossibleEventError: It is larger than the trigger takes, or is not the text it is to be delivered as.
        """
        body = self.body
        if body is None:
            return None, False
        is_base64 = self.is_base64
        if is_base64 is None:
            is_base64 = not _is_text(self.header("content-type")) or bool(self.header("content-encoding"))
        if not is_base64:
            try:
                text = body.decode()
            except UnicodeDecodeError:
                if self.is_base64 is False:
                    raise impossible(
                        f"{trigger}(base64=)", "False", "what is no UTF-8 is delivered as base64"
                    ) from None
                is_base64 = True
        if is_base64:
            text = base64.b64encode(body).decode()
        if len(text) > max_bytes:
            raise impossible(f"{trigger}()", f"a body of {len(text)} bytes", f"it takes at most {max_bytes}")
        return text, is_base64


_KNOWN = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"})


def _body(trigger: str, fields: RequestFields) -> tuple[bytes | None, str]:
    """The body, if there is one, and its content type."""
    given: list[str] = [name for name in ("content", "json") if name in fields]
    if "data" in fields or "files" in fields:
        given.append("data" if "data" in fields else "files")
    if len(given) > 1:
        raise TypeError(
            f"{trigger}(): a request has one body, and {' and '.join(f'{name}=' for name in given)} are two"
        )
    if "json" in fields:
        value = fields["json"]
        # A ``str`` is a JSON string here, and not JSON text.
        return dump(value).encode() if isinstance(value, str) else bytes_of(value), "application/json"
    if "files" in fields:
        return _multipart(
            trigger, fields.get("data", {}), fields["files"]
        ), f"multipart/form-data; boundary={_BOUNDARY}"
    if "data" in fields:
        return "&".join(
            f"{quote_plus(name)}={quote_plus(value)}" for name, value in _pairs(fields["data"])
        ).encode(), _FORM
    if "content" in fields:
        content = fields["content"]
        return bytes_of(content), "text/plain; charset=utf-8" if isinstance(
            content, str
        ) else "application/octet-stream"
    return None, ""


def _check_fields(trigger: str, fields: RequestFields) -> None:
    for name in fields:
        if name not in RequestFields.__annotations__:
            raise TypeError(f"{trigger}() got an unexpected keyword argument {name!r}")


def _check_method(trigger: str, method: str) -> None:
    if not method or not _TOKEN.issuperset(method):
        raise impossible(f"{trigger}(method)", method, "a method is a word, as GET")


def _check_name(trigger: str, name: str) -> None:
    if not name or not _TOKEN.issuperset(name):
        raise impossible(f"{trigger}(headers=)", name, "that is no name for a header")


def _check_value(trigger: str, name: str, value: object) -> None:
    if not isinstance(value, str):
        raise impossible(f"{trigger}(headers=)", f"{name}: {type(value).__name__}", "the value of a header is text")
    if any((character < " " and character != "\t") or character == "\x7f" for character in value):
        raise impossible(f"{trigger}(headers=)", name, "the value of a header has no line breaks or control characters")


def _cookie(trigger: str, name: str, value: str) -> str:
    if not name or not _TOKEN.issuperset(name):
        raise impossible(f"{trigger}(cookies=)", name, "that is no name for a cookie")
    if ";" in value or any(character < " " for character in value):
        raise impossible(
            f"{trigger}(cookies=)", name, "the value of a cookie has no semicolons and no control characters"
        )
    return f"{name}={value}"


def _pairs(given: Pairs) -> list[tuple[str, str]]:
    items: Iterable[tuple[str, object]] = given.items() if isinstance(given, Mapping) else given
    found: list[tuple[str, str]] = []
    for name, value in items:
        several = value if isinstance(value, list | tuple | set | frozenset) else (value,)
        found += [(name, _text(each)) for each in several if each is not None]
    return found


def _text(value: object) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def _multipart(trigger: str, fields: Mapping[str, object], files: Files) -> bytes:
    """Fields and files as https://www.rfc-editor.org/rfc/rfc7578 has them."""
    parts: list[bytes] = []
    for name, value in _pairs(fields):
        parts += [
            f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{_quoted(name)}"\r\n\r\n{value}\r\n'.encode()
        ]
    items: Iterable[tuple[str, Any]] = files.items() if isinstance(files, Mapping) else files
    for name, given in items:
        for file in given if isinstance(given, list) else [given]:
            filename, content, kind = _file(trigger, name, file)
            head = (
                f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{_quoted(name)}"; filename="{_quoted(filename)}"\r\n'
                f"Content-Type: {kind}\r\n\r\n"
            )
            parts += [head.encode(), content, b"\r\n"]
    return b"".join([*parts, f"--{_BOUNDARY}--\r\n".encode()])


def _quoted(name: str) -> str:
    return name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")


def _file(trigger: str, name: str, given: Any) -> tuple[str, bytes, str]:
    """A file's name, content and content type."""
    filename, content, kind = given if isinstance(given, tuple) and len(given) == 3 else ("", given, "")
    if isinstance(given, tuple) and len(given) == 2:
        filename, content = given
    if hasattr(content, "read"):
        filename = filename or os.path.basename(str(getattr(content, "name", "")))
        content = content.read()
    if isinstance(content, str):
        content = content.encode()
    if not isinstance(content, bytes | bytearray | memoryview):
        raise TypeError(
            f"{trigger}(files=): {name!r} is bytes, str or an open file, or a tuple of its name, that, and its content type, "
            f"not {type(content).__name__}"
        )
    return filename or "upload", bytes(content), kind or "application/octet-stream"


def _is_text(content_type: str) -> bool:
    media = content_type.partition(";")[0].strip().lower()
    return media.startswith("text/") or media in (
        "application/json",
        "application/javascript",
        "application/xml",
        _FORM,
    )


def last_values(pairs: Iterable[tuple[str, str]]) -> dict[str, str] | None:
    """The last value of each name, as triggers have it that know one; None where there is nothing."""
    return dict(pairs) or None


def all_values(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]] | None:
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return found or None


def clf_time(moment: datetime) -> str:
    """``15/Jan/2026:09:30:00 +0000``."""
    if moment is MOMENT:
        return _MOMENT_CLF
    return _clf(moment)


def _clf(moment: datetime) -> str:
    moment = moment.astimezone(UTC)
    return f"{moment.day:02}/{_MONTHS[moment.month - 1]}/{moment:%Y:%H:%M:%S} +0000"


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MOMENT_CLF = _clf(MOMENT)


def check_stage(trigger: str, stage: str) -> None:
    if not stage or not all(character.isascii() and (character.isalnum() or character in "-_$") for character in stage):
        raise impossible(
            f"{trigger}(stage=)", stage, "a stage is made of ASCII letters, digits, - and _, or is $default"
        )


def parameters_of(trigger: str, template: str, path: str) -> JsonObject | None:
    """What the parameters of a resource are in *path*; None where it has none.

    Raises:
        ImpossibleEventError: API Gateway would not have matched them.
    """
    wanted, given = template.strip("/").split("/"), path.strip("/").split("/")
    found: JsonObject = {}
    for index, segment in enumerate(wanted):
        if segment.startswith("{") and segment.endswith("+}") and len(given) > index:
            found[segment[1:-2]] = "/".join(given[index:])
            return found
        if index >= len(given) or (not segment.startswith("{") and segment != given[index]):
            break
        if segment.startswith("{"):
            found[segment[1:-1]] = given[index]
    else:
        if len(wanted) == len(given):
            return found or None
    raise impossible(f"{trigger}(path)", path, f"it does not belong to the resource {template}")
