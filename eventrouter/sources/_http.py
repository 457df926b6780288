"""Shared by the HTTP sources: writing an answer that says to the client exactly what the app said, or an error.

Set-Cookie is never joined or split, no name or value can break out of its place, hop-by-hop headers are dropped, and a
body is text only where that loses nothing. The trigger's own shape is its source's business.
"""

from __future__ import annotations

from ..errors import ReplyError, ResponseTooLargeError, quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..response import BufferedResponse, Prelude
    from ..source import Source
    from ..types import JsonValue

#: Of one connection, not of the answer: https://www.rfc-editor.org/rfc/rfc9110#section-7.6.1
HOP_BY_HOP = frozenset({
    "connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "te", "trailer",
    "transfer-encoding", "upgrade",
})  # fmt: skip
_SPECIAL = HOP_BY_HOP | {"content-length", "set-cookie"}

#: What a header's name is made of: https://www.rfc-editor.org/rfc/rfc9110#section-5.6.2
_TOKEN = frozenset("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")

#: Statuses that never have a body; neither have those below 200, nor answers to HEAD.
_BODILESS = frozenset({204, 205, 304})

#: What is before the body must end within 16 KB, its delimiter of eight bytes included.
MAX_PRELUDE = 16 * 1024 - 8

_TEXT = frozenset({
    "application/ecmascript", "application/graphql", "application/javascript", "application/json", "application/json-seq",
    "application/jsonl", "application/ndjson", "application/sql", "application/toml", "application/x-javascript",
    "application/x-ndjson", "application/x-www-form-urlencoded", "application/x-yaml", "application/xml", "application/yaml",
})  # fmt: skip
_TEXT_SUFFIXES = ("+json", "+xml", "+yaml", "+json-seq")

#: One character takes at most this many bytes of JSON (a control character, as ``\\u0001``).
_WIDEST = 6
#: More than an answer without headers and body takes.
_FRAME = 1024

#: All are bounded: names and types come from code, but may be made of data.
_REMEMBERED = 512
_names: dict[str, str] = {}
#: Pairs that may be sent as they are: content types, since most answers have no other header, and what layers always add.
#: They are so short that :data:`_FEW` of them do not count.
_SHORT, _FEW = 128, 16
_plain: set[tuple[str, str]] = set()
#: Names that may be sent as they are, seen before.
_fit: set[str] = set()
_text_types: dict[tuple[str, str], bool] = {}
_descriptions: dict[int, str] = {}


def write(
    response: BufferedResponse,
    source: Source,
    event: JsonValue,
    *,
    rest_binary: bool = True,
    is_head: bool | None = None,
) -> JsonValue:
    """The JSON value that *source* is answered with.

    Args:
        response: The answer, with its prelude.
        source: What the event came from.
        event: What is answered.
        rest_binary: The REST API has binary media types; without them its clients are sent the base64 itself, so that is
            warned of once.
        is_head: Whether it answers a HEAD request; None where that has to be found out.

    Raises:
        ReplyError: A status, header, cookie or body that cannot be sent.
        ResponseTooLargeError: The encoded answer has more bytes than the trigger takes.
    """
    prelude, shape = response.prelude, source.http
    if prelude is None or shape is None:
        raise ReplyError(f"a {source.name} event is answered over HTTP: the answer needs a Prelude")
    status = prelude.status_code
    if type(status) is not int or not 100 <= status <= 599:
        status = _status(status)
    if is_head is None:
        is_head = shape.method(event) == "HEAD"
    is_bodiless = is_head or status < 200 or status in _BODILESS
    headers, cookies, length = prelude.headers, prelude.cookies, 0
    if cookies or not _are_plain(headers):
        headers, cookies = clean(prelude, length=is_bodiless)
        length = _length(headers, cookies)
        if shape.max_headers is not None and length > shape.max_headers:
            raise ReplyError(
                f"the headers of the answer have {length} characters, and {source.name} takes at most {shape.max_headers}"
            )
    value = response.value
    is_base64 = False
    if is_bodiless or value is None:
        text = ""
    elif isinstance(value, str):
        text = value
    else:
        text, is_base64 = encoded(value, headers)
        if is_base64 and not rest_binary and source.name == "apigw_rest" and event.get("version") != "1.0":
            _warn_of_binary()
    wire = shape.write(status, headers, cookies, text, is_base64, event)
    if (length + len(text)) * _WIDEST + _FRAME > source.max_response:
        from .._json import dump_bytes

        size = len(dump_bytes(wire))
        if size > source.max_response:
            raise ResponseTooLargeError(source.name, size, source.max_response)
    return wire


def _are_plain(headers: list[tuple[str, str]]) -> bool:
    """Whether all of them are fit to be sent as they are, and so few that no trigger finds them too large."""
    if len(headers) == 1:
        return headers[0] in _plain
    if len(headers) >= _FEW:
        return False
    try:
        # One by one is faster for two or three of them.
        if len(headers) > 3 and _plain.issuperset(headers):
            return True
        for name, value in headers:
            if name not in _fit or len(value) >= _SHORT or not value.isprintable():
                return False
    except (TypeError, AttributeError):
        return False  # a name or value that is no text, which will be told of
    return True


def remember(headers: Iterable[tuple[str, str]]) -> None:
    """Take *headers*, whose names are in lower case and may be sent, for known: they are sent without another look."""
    for name, value in headers:
        if len(value) < _SHORT and value.isprintable() and name not in _SPECIAL and len(_plain) < _REMEMBERED:
            _plain.add((name, value))


def opening(prelude: Prelude, source: Source) -> bytes:
    """What a streamed answer begins with: its status, headers and cookies as JSON.

    Raises:
        ReplyError: A status, header or cookie that cannot be sent, or more of them than is taken.

    Reference:
        https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode-lambda.html
    """
    from .._json import dump_bytes

    headers, cookies = clean(prelude)
    status = prelude.status_code
    # Joined, since a function URL takes one value of a name; a REST API takes several as well, and prefers those.
    value: dict[str, object] = {
        "statusCode": status if type(status) is int and 100 <= status <= 599 else _status(status)
    }
    value["headers"] = single = joined(headers)
    if source.name == "apigw_rest" and len(single) != len(headers):
        several = {name: values for name, values in grouped(headers, []).items() if len(values) > 1}
        value["headers"] = {name: text for name, text in single.items() if name not in several}
        value["multiValueHeaders"] = several
    value["cookies"] = cookies
    data = dump_bytes(value)
    if len(data) > MAX_PRELUDE:
        raise ReplyError(
            f"status, headers and cookies of the answer have {len(data)} bytes, and a streamed answer takes at most "
            f"{MAX_PRELUDE}"
        )
    return data


def has_body(prelude: Prelude, *, is_head: bool) -> bool:
    """Whether an answer with this status may have a body."""
    status = prelude.status_code
    return not (is_head or status in _BODILESS or (isinstance(status, int) and status < 200))


def body_bytes(value: object) -> bytes:
    """The body of a buffered answer, as it is sent where nothing wraps it in JSON.

    Raises:
        ReplyError: It is none.
    """
    if value is None:
        return b""
    if isinstance(value, str):
        try:
            return value.encode()
        except UnicodeEncodeError:
            raise ReplyError("the body holds half of a surrogate pair, which UTF-8 cannot write") from None
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value)
    raise ReplyError(f"the body of an answer is str, bytes or None, not a {type(value).__name__}")


def clean(prelude: Prelude, *, length: bool = False) -> tuple[list[tuple[str, str]], list[str]]:
    """The headers, names in lower case, and the cookies of *prelude*, as they may be sent.

    Args:
        length: Keep Content-Length. Where there is a body the trigger counts it, and a wrong count would cut it.

    Raises:
        ReplyError: A name or value that is none.
    """
    headers: list[tuple[str, str]] = []
    cookies = prelude.cookies
    for name, value in prelude.headers:
        key = _names.get(name) or _name(name)
        if type(value) is not str or not value.isprintable():
            _check_value(f"the header {key}", value)
        if key not in _SPECIAL:
            headers.append((key, value))
            if key == name and len(_fit) < _REMEMBERED:
                _fit.add(key)
            if key == "content-type" == name and len(value) < _SHORT and len(_plain) < _REMEMBERED:
                _plain.add((name, value))
        elif key == "set-cookie":
            cookies = [*cookies, value]
        elif key == "content-length" and length:
            headers.append((key, value))
    for cookie in cookies:
        if type(cookie) is not str or not cookie.isprintable():
            # Never its value: it may be a login.
            _check_value(f"the cookie {quoted(str(cookie).partition('=')[0])}", cookie)
    return headers, cookies


def _name(name: object) -> str:
    if not isinstance(name, str) or not name or not _TOKEN.issuperset(name):
        raise ReplyError(f"{quoted(name)} is no name for a header")
    if len(_names) < _REMEMBERED:
        _names[name] = name.lower()
    return name.lower()


def _check_value(what: str, value: object) -> None:
    if not isinstance(value, str):
        raise ReplyError(f"the value of {what} is a {type(value).__name__}, not a str")
    if any((character < " " and character != "\t") or character == "\x7f" for character in value):
        raise ReplyError(f"the value of {what} holds a line break or another control character, which would end it")


def _length(headers: list[tuple[str, str]], cookies: list[str]) -> int:
    length = 0
    for name, value in headers:
        length += len(name) + len(value)
    for cookie in cookies:
        length += len("set-cookie") + len(cookie)
    return length


def _status(status: object) -> int:
    """A status that is another kind of integer (``HTTPStatus``), or none at all."""
    if isinstance(status, int) and not isinstance(status, bool) and 100 <= status <= 599:
        return int(status)
    raise ReplyError(f"{quoted(status)} is no HTTP status")


def encoded(value: object, headers: list[tuple[str, str]]) -> tuple[str, bool]:
    """A body of bytes as the text of a JSON answer, and whether that is base64."""
    if type(value) is bytes:
        data = value
    elif isinstance(value, bytes | bytearray | memoryview):
        data = bytes(value)
    else:
        raise ReplyError(f"the body of an answer is str, bytes or None, not a {type(value).__name__}")
    if not data:
        return "", False
    content_type = encoding = ""
    for name, text in headers:
        if name == "content-type":
            content_type = text
        elif name == "content-encoding":
            encoding = text
    if is_text(content_type, encoding):
        try:
            # Whatever the charset says: the trigger sends the UTF-8 of this string, which are these bytes.
            return data.decode(), False
        except UnicodeDecodeError:
            pass
    from binascii import b2a_base64

    return b2a_base64(data, newline=False).decode("ascii"), True


def is_text(content_type: str, encoding: str = "") -> bool:
    """Whether a body of this content type and content encoding is likely to be UTF-8 text."""
    known = _text_types.get((content_type, encoding))
    if known is None:
        media = content_type.partition(";")[0].strip().lower()
        plain = encoding.strip().lower() in ("", "identity")
        # Without a content type nothing is lost by trying.
        known = plain and (not media or media.startswith("text/") or media in _TEXT or media.endswith(_TEXT_SUFFIXES))
        if len(_text_types) < _REMEMBERED:
            _text_types[content_type, encoding] = known
    return known


def joined(headers: list[tuple[str, str]]) -> dict[str, str]:
    """Headers for a shape that takes one value of each name; Set-Cookie, which must not be joined, is not among them."""
    single = dict(headers)
    if len(single) != len(headers):
        single = {}
        for name, value in headers:
            single[name] = f"{single[name]}, {value}" if name in single else value
    return single


def grouped(headers: list[tuple[str, str]], cookies: list[str]) -> dict[str, list[str]]:
    """Headers and cookies for a shape that takes several values of each name."""
    several: dict[str, list[str]] = {}
    for name, value in headers:
        several.setdefault(name, []).append(value)
    if cookies:
        several["set-cookie"] = list(cookies)
    return several


def with_one_cookie(trigger: str, headers: list[tuple[str, str]], cookies: list[str], remedy: str) -> dict[str, str]:
    """Headers for a shape that takes one Set-Cookie: the first is sent, and the loss of others is told once."""
    single = joined(headers)
    if cookies:
        single["set-cookie"] = cookies[0]
    if len(cookies) > 1:
        from .._log import warn_once

        names = ", ".join(quoted(cookie.partition("=")[0]) for cookie in cookies[1:])
        warn_once(
            ("cookies", trigger), "%s takes one Set-Cookie, so these are not sent: %s; %s", trigger, names, remedy
        )
    return single


def description(status: int) -> str:
    """A status with its phrase: ``200 OK``."""
    known = _descriptions.get(status)
    if known is None:
        from http import HTTPStatus

        try:
            known = f"{status} {HTTPStatus(status).phrase}"
        except ValueError:
            known = f"{status} Unknown"
        _descriptions[status] = known
    return known


def _warn_of_binary() -> None:
    from .._log import warn_once

    warn_once(
        "binary on REST",
        "the answer is binary, and a REST API without binary media types sends its clients the base64 of it: give the API "
        "the media type */* and write App(rest_binary=True)",
    )
