"""An HTTP/1.1 reader for the replies of one server that we talk to on the same machine. State only: no sockets here.

It takes what arrives in any pieces and gives whole replies. It is strict: what HTTP/1.1 does not allow is an error and not a
guess, since whatever follows would be read from the wrong place.

Reference:
    https://www.rfc-editor.org/rfc/rfc9112
"""

from __future__ import annotations

from ..errors import RuntimeApiError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

#: Bytes of a status line and its headers. The client context in one of them may hold 3,583 bytes.
MAX_HEAD = 256 * 1024
#: Bytes of a body: an event of 6 MB, and as much again for what a server may put around it.
MAX_BODY = 16 * 1024 * 1024
#: Bytes of the line that says how long a chunk is.
MAX_CHUNK_LINE = 1024

_END = b"\r\n\r\n"
_NO_BODY = frozenset({204, 304})
#: Headers each of whose values counts.
_LISTS = frozenset({"connection", "transfer-encoding"})
_HEX = frozenset(b"0123456789abcdefABCDEF")


class Reply:
    """One reply. Header names are in lower case; of a repeated name the last value counts, unless it frames the reply."""

    __slots__ = ("body", "headers", "keeps_open", "status")

    def __init__(self, status: int, headers: Mapping[str, str], body: bytes, keeps_open: bool) -> None:
        self.status = status
        self.headers = headers
        self.body = body
        #: The connection can be used for another request.
        self.keeps_open = keeps_open

    def __repr__(self) -> str:
        return f"<Reply {self.status}, {len(self.body)} bytes>"


class ReplyReader:
    """Reads replies off one connection, one for each request.

    Raises:
        RuntimeApiError: From every method: what arrived is no reply, or is larger than any reply may be.
    """

    __slots__ = ("_body", "_chunk", "_data", "_headers", "_keeps_open", "_known", "_left", "_scanned", "_status")

    def __init__(self) -> None:
        self._data = bytearray()
        #: The last head that was read, and what it says.
        self._known: tuple[bytes, int, dict[str, str]] = (b"", 0, {})
        self._reset()

    def _reset(self) -> None:
        #: How far the head has been searched for its end.
        self._scanned = 0
        #: None until the head is read.
        self._headers: dict[str, str] | None = None
        self._status = 0
        self._keeps_open = True
        #: Bytes of the body that are still to come: None where it is chunked, -1 where it ends with the connection.
        self._left: int | None = 0
        self._body = bytearray()
        #: Bytes of the chunk that are still to come; None between chunks, -1 in the trailers.
        self._chunk: int | None = None

    @property
    def is_idle(self) -> bool:
        """Whether nothing of a reply has arrived."""
        return self._headers is None and not self._data

    @property
    def wants(self) -> int:
        """How many bytes are certain to follow, where that is known."""
        if self._headers is not None and self._left is not None and self._left > 0:
            return self._left - len(self._data)
        return 0

    def receive_data(self, data: bytes | bytearray | memoryview) -> Reply | None:
        """Take bytes as they arrive; give the reply once it is whole."""
        if self._headers is None and not self._data:
            # Most replies arrive in one piece, and are read where they lie.
            reply = self._whole(data)
            if reply is not None:
                return reply
        self._data += data
        return self._read()

    def receive_eof(self) -> Reply | None:
        """The connection was closed, which is how a reply of no stated length ends."""
        if self._headers is not None and self._left == -1:
            self._body += self._data
            self._data.clear()
            return self._done()
        if self.is_idle:
            return None
        raise RuntimeApiError("the connection was closed in the middle of a reply")

    def _whole(self, data: bytes | bytearray | memoryview) -> Reply | None:
        """A reply that is all of *data* and has a stated length."""
        whole = bytes(data)
        end = whole.find(_END)
        if end < 0 or end > MAX_HEAD:
            return None
        head = whole[:end]
        if head == self._known[0]:  # servers accept every answer in the same words
            _, status, headers = self._known
        else:
            status, headers = _head(head)
            self._known = (head, status, headers)
        length = headers.get("content-length")
        if length is None or "transfer-encoding" in headers or status < 200 or status in _NO_BODY:
            return None
        if _length(length) != len(whole) - end - 4 or len(whole) - end - 4 > MAX_BODY:
            return None
        return Reply(status, headers, whole[end + 4 :], _keeps_open(headers))

    def _read(self) -> Reply | None:
        while self._headers is None:
            end = self._data.find(_END, max(0, self._scanned - 3))
            if end < 0:
                self._scanned = len(self._data)
                if self._scanned >= MAX_HEAD + len(_END):  # some of its end may have arrived
                    raise RuntimeApiError(f"a reply's head has more than {MAX_HEAD} bytes")
                return None
            if end > MAX_HEAD:
                raise RuntimeApiError(f"a reply's head has more than {MAX_HEAD} bytes")
            status, headers = _head(bytes(self._data[:end]))
            del self._data[: end + 4]
            self._scanned = 0
            if status == 101:
                raise RuntimeApiError("the server switched to another protocol")
            if status >= 200:  # those below announce another one
                self._started(status, headers)
        return self._chunked() if self._left is None else self._sized()

    def _started(self, status: int, headers: dict[str, str]) -> None:
        self._status, self._headers = status, headers
        self._keeps_open = _keeps_open(headers)
        coding, length = headers.get("transfer-encoding"), headers.get("content-length")
        if status in _NO_BODY:
            self._left = 0
        elif coding is not None:
            if coding.lower() != "chunked":
                raise RuntimeApiError("a reply has a transfer coding other than chunked")
            if length is not None:
                raise RuntimeApiError("a reply says two lengths")
            self._left = None
        elif length is not None:
            self._left = _length(length)
            if self._left > MAX_BODY:
                raise RuntimeApiError(f"a reply has more than {MAX_BODY} bytes")
        else:
            self._left, self._keeps_open = -1, False

    def _sized(self) -> Reply | None:
        left = self._left
        assert left is not None
        if left < 0:
            if len(self._data) > MAX_BODY:
                raise RuntimeApiError(f"a reply has more than {MAX_BODY} bytes")
            return None
        if len(self._data) < left:
            return None
        self._body += self._data[:left]
        del self._data[:left]
        return self._done()

    def _chunked(self) -> Reply | None:
        data = self._data
        while True:
            if self._chunk is None or self._chunk < 0:
                end = data.find(b"\r\n")
                if end < 0 or end > MAX_CHUNK_LINE:
                    if len(data) > MAX_CHUNK_LINE + 1:  # half of its end may have arrived
                        raise RuntimeApiError("the length of a chunk is not to be found")
                    return None
                line = bytes(data[:end])
                del data[: end + 2]
                if self._chunk is None:
                    size = line.partition(b";")[0].strip(b" \t")
                    if not size or len(size) > 8 or not _HEX.issuperset(size):
                        raise RuntimeApiError("the length of a chunk is no number")
                    self._chunk = int(size, 16) or -1
                    if len(self._body) + self._chunk > MAX_BODY:
                        raise RuntimeApiError(f"a reply has more than {MAX_BODY} bytes")
                elif not line:  # after the trailers, which say nothing here
                    return self._done()
                continue
            if len(data) < self._chunk + 2:
                return None
            if data[self._chunk : self._chunk + 2] != b"\r\n":
                raise RuntimeApiError("a chunk is longer than it says")
            self._body += data[: self._chunk]
            del data[: self._chunk + 2]
            self._chunk = None

    def _done(self) -> Reply:
        assert self._headers is not None
        # What follows a reply that nobody asked for: the connection is not to be trusted with another request.
        reply = Reply(self._status, self._headers, bytes(self._body), self._keeps_open and not self._data)
        self._data.clear()
        self._reset()
        return reply


def _head(data: bytes) -> tuple[int, dict[str, str]]:
    lines = data.decode("latin-1").split("\r\n")
    if not data.count(b"\r") == data.count(b"\n") == len(lines) - 1 or b"\0" in data:
        # Other readers take some of these for the end of a line.
        raise RuntimeApiError("a reply's head has a character that no line of it may have")
    version, _, rest = lines[0].partition(" ")
    status = rest[:3]
    if (
        version not in ("HTTP/1.1", "HTTP/1.0")
        or len(status) != 3
        or not _is_number(status)
        or status < "100"
        or rest[3:4] not in ("", " ")
    ):
        raise RuntimeApiError("what the server sent is no HTTP/1.1 reply")
    headers: dict[str, str] = {}
    for line in lines[1:]:
        name, colon, value = line.partition(":")
        if not colon or not name or " " in name or "\t" in name:
            raise RuntimeApiError("a reply has a header that is none")
        name, value = name.lower(), value.strip(" \t")
        if name in headers:
            if name == "content-length" and headers[name] != value:
                raise RuntimeApiError("a reply says two lengths")
            if name in _LISTS:
                value = f"{headers[name]}, {value}"
        headers[name] = value
    if version == "HTTP/1.0":
        headers.setdefault("connection", "close")
    return int(status), headers


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _length(text: str) -> int:
    if not _is_number(text) or len(text) > 12:
        raise RuntimeApiError("the length of a reply is no number")
    return int(text)


def _keeps_open(headers: Mapping[str, str]) -> bool:
    connection = headers.get("connection")
    return connection is None or "close" not in connection.lower()
