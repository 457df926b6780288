"""Files over HTTP: what the conditions and ranges of a request make of one, and its bytes, read when they are sent.

Conditions: https://www.rfc-editor.org/rfc/rfc9110#section-13, ranges: https://www.rfc-editor.org/rfc/rfc9110#section-14
"""

from __future__ import annotations

import os
import stat
import time

from .errors import HTTPException, ReplyError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from io import FileIO
    from typing import TypeAlias

    from .request import Request
    from .streams import FileResponse

    #: Bytes as they are, or those of the file from one position up to another.
    Part: TypeAlias = bytes | tuple[int, int]
    Pairs: TypeAlias = list[tuple[str, str]]

#: A request for more ranges is answered with the whole file; Starlette's number.
MAX_RANGES = 100
#: Bytes that are read at once where nobody says how many.
_CHUNK = 64 * 1024
#: Until then files say nothing of when they changed: archives made reproducible date all of theirs to the first moment that a
#: zip can name, wherever on Earth that was.
_MEANINGLESS = 315532800 + 2 * 24 * 60 * 60

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

#: Types of the web that not every system's table has; those of scripts depend on Python's version, too.
_TYPES = {
    ".avif": "image/avif", ".js": "text/javascript", ".map": "application/json", ".md": "text/markdown",
    ".mjs": "text/javascript", ".wasm": "application/wasm", ".webmanifest": "application/manifest+json",
    ".webp": "image/webp", ".woff": "font/woff", ".woff2": "font/woff2",
}  # fmt: skip
#: What is compressed is of that type for who downloads it, not of the type of what is inside.
_COMPRESSED = {"gzip": "application/gzip", "bzip2": "application/x-bzip2", "xz": "application/x-xz"}
#: What is known of files by their content, where their time says nothing; bounded, as paths may be made of data.
_digests: dict[tuple[str, int, int, int], str] = {}
_REMEMBERED = 512


class Reader:
    """What is sent of a file; all of it unless :meth:`send` says which parts. It is iterated, or read, and closed once.

    Raises:
        ReplyError: From any method: it cannot be read, is no file, or became shorter while it was read.
    """

    __slots__ = ("_file", "_parts", "path")

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = path
        self._file: FileIO | None = None
        self._parts: list[Part] | None = None

    def open(self) -> os.stat_result:
        """Open the file; what the system knows of it."""
        try:
            # Looked at first, since to open a pipe would wait for who writes to it.
            mode = os.stat(self.path).st_mode
            if not stat.S_ISREG(mode):
                raise ReplyError(f"the file of an answer is {'a folder' if stat.S_ISDIR(mode) else 'no regular file'}")
            self._file = open(self.path, "rb", buffering=0)  # noqa: SIM115 - closed by who reads it
            status = os.fstat(self._file.fileno())
        except (OSError, ValueError) as error:
            raise _unreadable(error) from error
        if not status.st_size and self._read(1):
            raise ReplyError(
                "the file of an answer has content and no size, as those of /proc: return what is read of it"
            )
        return status

    def send(self, parts: Sequence[Part]) -> None:
        """Say what :meth:`read` reads."""
        self._parts = list(parts)

    def read(self, size: int = _CHUNK) -> bytes:
        """The next bytes, about *size* of them; ``b""`` at the end."""
        if self._parts is None:
            self._parts = _whole(self.open().st_size)
        if not self._parts:
            return b""
        part = self._parts[0]
        if isinstance(part, bytes):
            del self._parts[0]
            return part
        start, end = part
        chunk = self._piece(start, min(size, end - start))
        start += len(chunk)
        self._parts[:1] = [(start, end)] if start < end else []
        return chunk

    def _piece(self, start: int, size: int) -> bytes:
        assert self._file is not None
        self._file.seek(start)
        chunk = self._read(size)
        if not chunk:
            raise ReplyError("the file of an answer became shorter while it was read")
        return chunk

    def _read(self, size: int) -> bytes:
        assert self._file is not None
        try:
            return self._file.read(size)
        except OSError as error:
            raise _unreadable(error) from error

    def digest(self) -> str:
        """What its content alone decides; the file was just opened."""
        from hashlib import blake2b

        digest = blake2b(digest_size=16)
        for chunk in iter(lambda: self._read(16 * _CHUNK), b""):
            digest.update(chunk)
        return digest.hexdigest()

    def __iter__(self) -> Reader:
        return self

    def __next__(self) -> bytes:
        chunk = self.read()
        if not chunk:
            raise StopIteration
        return chunk

    def close(self) -> None:
        if self._file is not None:
            self._file.close()


def _unreadable(error: Exception) -> ReplyError:
    return ReplyError(f"the file of an answer cannot be read: {type(error).__name__}")


def _whole(size: int) -> list[Part]:
    return [(0, size)] if size else []


# --------------------------------------------------------------------------------------------------------------- answers


class Selected:
    """What a request is answered with.

    Attributes:
        status_code: 200, 206, 304, or the response's own.
        headers: All of them.
        parts: The body; empty for HEAD.
    """

    __slots__ = ("headers", "parts", "status_code")

    def __init__(self, status_code: int, headers: Pairs, parts: Sequence[Part]) -> None:
        self.status_code = status_code
        self.headers = headers
        self.parts = list(parts)

    @property
    def size(self) -> int:
        """Bytes of the body."""
        return sum(len(part) if isinstance(part, bytes) else part[1] - part[0] for part in self.parts)


def select(response: FileResponse, reader: Reader, headers: Pairs, request: Request, most: int | None) -> Selected:
    """What *request* is answered with, out of the file that *reader* opens.

    Args:
        response: Whose file it is. Conditions and ranges are for status 200, and for GET and HEAD, alone.
        headers: Of the whole file's answer; the validators among them stand for those of the file.
        most: Bytes that an answer may have; a single range is cut to that, as its client can see and ask for the rest.

    Raises:
        ReplyError: The file cannot be read.
        HTTPException: 412, or 416 with the size in Content-Range.
    """
    status = reader.open()
    size = status.st_size
    if response.status_code == 200 and request.method in ("GET", "HEAD"):
        headers = _with_validators(headers, reader, status)
        if _value(headers, "accept-ranges") is None:
            headers.append(("accept-ranges", "bytes"))
        if _is_unchanged(headers, request):
            return Selected(304, [pair for pair in headers if not pair[0].lower().startswith("content-")], ())
        # Ranges are defined for GET alone: https://www.rfc-editor.org/rfc/rfc9110#section-14.2
        if request.method == "GET" and (asked := request.header("range")) is not None:
            ranges = ranges_of(asked, size)
            if ranges is not None and _may_be_a_part(headers, request, status):
                return _partial(ranges, headers, size, most)
    if request.method == "HEAD":
        return Selected(response.status_code, [*headers, ("content-length", str(size))], ())
    return Selected(response.status_code, headers, _whole(size))


def _value(headers: Pairs, name: str) -> str | None:
    for key, value in headers:
        if key.lower() == name:
            return value
    return None


def _with_validators(headers: Pairs, reader: Reader, status: os.stat_result) -> Pairs:
    """*headers* with ETag and Last-Modified."""
    headers = list(headers)
    has_time = status.st_mtime > _MEANINGLESS
    if _value(headers, "etag") is None:
        tag = f"{status.st_mtime_ns:x}-{status.st_size:x}" if has_time else _digest(reader, status)
        headers.append(("etag", f'"{tag}"'))
    if has_time and _value(headers, "last-modified") is None:
        # Never later than the answer: https://www.rfc-editor.org/rfc/rfc9110#section-8.8.2.1
        headers.append(("last-modified", http_date(min(status.st_mtime, time.time()))))
    return headers


def _digest(reader: Reader, status: os.stat_result) -> str:
    key = (os.fspath(reader.path), status.st_ino, status.st_size, status.st_mtime_ns)
    known = _digests.get(key)
    if known is None:
        if len(_digests) >= _REMEMBERED:
            _digests.clear()
        known = _digests[key] = reader.digest()
    return known


# ------------------------------------------------------------------------------------------------------------ conditions


def _is_unchanged(headers: Pairs, request: Request) -> bool:
    """Whether the client has it already, in the order of https://www.rfc-editor.org/rfc/rfc9110#section-13.2.2.

    Raises:
        HTTPException: 412: it is not what the client goes by.
    """
    tag, modified = _value(headers, "etag") or "", _value(headers, "last-modified")
    if (match := request.header("if-match")) is not None:
        if match.strip() != "*" and (tag.startswith("W/") or tag not in _tags(match)):
            raise _refusal(412, "Precondition Failed")
    elif (since := request.header("if-unmodified-since")) is not None and _is_later(modified, since):
        raise _refusal(412, "Precondition Failed")
    if (none_match := request.header("if-none-match")) is not None:
        weak = {each.removeprefix("W/") for each in _tags(none_match)}
        return none_match.strip() == "*" or tag.removeprefix("W/") in weak
    if (since := request.header("if-modified-since")) is not None:
        return _is_later(modified, since) is False
    return False


def _refusal(status_code: int, detail: str, headers: dict[str, str] | None = None) -> HTTPException:
    error = HTTPException(status_code, detail, headers)
    error.code = detail.lower().replace(" ", "_")
    return error


def _tags(header: str) -> list[str]:
    """The entity tags of a list, up to what is none; a comma may be in one."""
    found: list[str] = []
    rest = header.lstrip(" \t,")
    while rest:
        opening = 2 if rest.startswith("W/") else 0
        closing = rest.find('"', opening + 1)
        if rest[opening : opening + 1] != '"' or closing < 0:
            break
        found.append(rest[: closing + 1])
        rest = rest[closing + 1 :].lstrip(" \t,")
    return found


def _is_later(modified: str | None, since: str) -> bool | None:
    """Whether *modified* is later than *since*; None where one of them is no date, and tells nothing."""
    if modified is None or modified == since:
        return None if modified is None else False
    moments = _moment(modified), _moment(since)
    return None if moments[0] is None or moments[1] is None else moments[0] > moments[1]


def _moment(date: str) -> float | None:
    """Seconds since the epoch, of a date in one of the three forms that HTTP knows."""
    from email.utils import mktime_tz, parsedate_tz

    try:
        parsed = parsedate_tz(date)
        return None if parsed is None else mktime_tz(parsed)
    except (ValueError, OverflowError, IndexError):
        return None  # what is no date is to be ignored


def http_date(moment: float) -> str:
    """A moment, in seconds since the epoch, as HTTP writes it: ``Sun, 06 Nov 1994 08:49:37 GMT``, in any locale."""
    year, month, day, hour, minute, second, weekday, *_ = time.gmtime(moment)
    return f"{_DAYS[weekday]}, {day:02} {_MONTHS[month - 1]} {year:04} {hour:02}:{minute:02}:{second:02} GMT"


# ---------------------------------------------------------------------------------------------------------------- ranges


def _may_be_a_part(headers: Pairs, request: Request, status: os.stat_result) -> bool:
    """Whether the client's other parts are of the same file, as far as it asks for that."""
    condition = request.header("if-range")
    if condition is None:
        return True
    if condition.endswith('"'):
        return not condition.startswith("W/") and condition == _value(headers, "etag")
    # A file that changed within this second may change in it again: that date would not tell the two apart.
    return condition == _value(headers, "last-modified") and status.st_mtime + 1 < time.time()


def ranges_of(header: str, size: int) -> list[tuple[int, int]] | None:
    """The ranges that a Range header asks for: from a position up to another, none of them touching another.

    Args:
        header: ``bytes=0-99, -100``.
        size: Of the whole, in bytes.

    Returns:
        In the order in which they are asked for; empty where none is within the whole; None where the header is to be
        ignored: another unit, no ranges, too many of them, or nothing to take them from.
    """
    unit, is_set, specs = header.partition("=")
    if unit.strip().lower() != "bytes" or not is_set or not size or specs.count(",") >= MAX_RANGES:
        return None
    found: list[tuple[int, int]] = []
    has_any = False
    for spec in specs.split(","):
        if not (spec := spec.strip(" \t")):
            continue
        first, dash, last = spec.partition("-")
        if not dash or not (first or last) or not _are_numbers(first, last):
            return None
        start, end = (_number(first), _number(last) + 1 if last else size) if first else (size - _number(last), size)
        if first and start >= end and last:
            return None
        has_any = True
        start, end = max(start, 0), min(end, size)
        if start < end:
            found.append((start, end))
    return _merged(found) if has_any else None


def _are_numbers(*texts: str) -> bool:
    return all(not text or (text.isascii() and text.isdigit()) for text in texts)


def _number(digits: str) -> int:
    """The number; twenty digits stand for all that are longer, since no file is."""
    return int(digits.lstrip("0")[:20] or "0")


def _merged(ranges: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The same bytes, those of ranges that overlap or touch once, where the first of them stood."""
    groups: list[tuple[int, int, int]] = []
    for start, end, place in sorted((start, end, place) for place, (start, end) in enumerate(ranges)):
        if groups and start <= groups[-1][1]:
            before = groups[-1]
            groups[-1] = (before[0], max(before[1], end), min(before[2], place))
        else:
            groups.append((start, end, place))
    return [(start, end) for start, end, _ in sorted(groups, key=lambda group: group[2])]


def _partial(ranges: list[tuple[int, int]], headers: Pairs, size: int, most: int | None) -> Selected:
    if not ranges:
        raise _refusal(416, "Range Not Satisfiable", {"content-range": f"bytes */{size}"})
    if len(ranges) == 1:
        start, end = ranges[0]
        if most is not None:
            # "a server might want to send only a subset of the data requested for reasons of its own":
            # https://www.rfc-editor.org/rfc/rfc9110#section-15.3.7
            end = min(end, start + most)
        return Selected(206, [*headers, ("content-range", _content_range(start, end, size))], [(start, end)])
    media_type = _value(headers, "content-type") or ""
    if not media_type.isprintable():
        raise ReplyError("the media type of a file holds a line break or another control character, which would end it")
    boundary = os.urandom(13).hex()
    parts: list[Part] = []
    for start, end in ranges:
        head = (
            f"--{boundary}\r\nContent-Type: {media_type}\r\nContent-Range: {_content_range(start, end, size)}\r\n\r\n"
        )
        parts += [head.encode(), (start, end), b"\r\n"]
    parts.append(f"--{boundary}--\r\n".encode())
    kept = [pair for pair in headers if pair[0].lower() != "content-type"]
    return Selected(206, [("content-type", f"multipart/byteranges; boundary={boundary}"), *kept], parts)


def _content_range(start: int, end: int, size: int) -> str:
    return f"bytes {start}-{end - 1}/{size}"


# ----------------------------------------------------------------------------------------------------------------- types


def type_of(name: str) -> str:
    """The content type of a file by its name's ending, text with its charset."""
    known = _TYPES.get(os.path.splitext(name)[1].lower())
    if known is None:
        from mimetypes import guess_type

        known, encoding = guess_type(name)
        if encoding is not None:
            return _COMPRESSED.get(encoding, "application/octet-stream")
    if known is None:
        return "application/octet-stream"
    return f"{known}; charset=utf-8" if known.startswith("text/") else known


def disposition(kind: str, filename: str) -> str:
    """A Content-Disposition that no name breaks out of.

    Reference:
        https://www.rfc-editor.org/rfc/rfc6266, https://www.rfc-editor.org/rfc/rfc8187
    """
    from urllib.parse import quote

    name = quote(filename, safe="", errors="replace")
    return f'{kind}; filename="{filename}"' if name == filename else f"{kind}; filename*=UTF-8''{name}"
