"""A runtime's side of the conversation with Lambda's Runtime API. State only: no sockets, clock, environment or log here.

Methods return the bytes to send; what the server replies is given to :meth:`Conversation.received`. What is read is taken
leniently, what is sent is spelled out: servers of several kinds stand at the other end.

Reference:
    https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
    https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html#runtimes-custom-response-streaming
"""

from __future__ import annotations

from ..errors import RuntimeApiError, quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Literal, TypeAlias

    from ._http import Reply

    State: TypeAlias = Literal["ready", "polling", "handling", "streaming", "answering"]

API = "/2018-06-01/runtime"
EXTENSIONS = "/2020-01-01/extension"

REQUEST_ID = "lambda-runtime-aws-request-id"
DEADLINE = "lambda-runtime-deadline-ms"
ARN = "lambda-runtime-invoked-function-arn"
TRACE_ID = "lambda-runtime-trace-id"
CLIENT_CONTEXT = "lambda-runtime-client-context"
COGNITO_IDENTITY = "lambda-runtime-cognito-identity"
TENANT_ID = "lambda-runtime-aws-tenant-id"
#: Of one attempt: a retry keeps the request id, and must not be answered by the attempt before it.
INVOCATION_ID = "lambda-runtime-invocation-id"

ERROR_TYPE = "Lambda-Runtime-Function-Error-Type"
ERROR_BODY = "Lambda-Runtime-Function-Error-Body"
XRAY_CAUSE = "Lambda-Runtime-Function-XRay-Error-Cause"
RESPONSE_MODE = "Lambda-Runtime-Function-Response-Mode"

JSON = "application/json"
#: Says that the body begins with a prelude and a delimiter.
WITH_PRELUDE = "application/vnd.awslambda.http-integration-response"
DELIMITER = b"\0" * 8

#: Deadlines before this moment, in March 1973, are none: a local emulator sends a constant of ten minutes.
EARLIEST_DEADLINE_MS = 10**11
#: Bytes of one chunk of a streamed body; a longer item is sent as several.
MAX_CHUNK = 1024 * 1024
#: Bytes of the X-Ray cause, more of which the server drops.
MAX_CAUSE = 64 * 1024

#: What the server means by refusing an answer.
_REFUSALS = {
    400: "it was for another invocation, or not to be understood",
    403: "the invocation was answered already, or is over",
    410: "it came too late, and the invocation is tried again",
    413: "it is larger than its caller takes",
}


class Address:
    """Where the Runtime API is.

    Attributes:
        host, port: Of the server.
        prefix: In front of every path; empty on AWS.
    """

    __slots__ = ("host", "port", "prefix")

    def __init__(self, host: str, port: int, prefix: str = "") -> None:
        self.host = host
        self.port = port
        self.prefix = prefix

    @classmethod
    def parse(cls, text: str) -> Address:
        """Read ``AWS_LAMBDA_RUNTIME_API``: ``host:port`` on AWS; emulators add a scheme and a path.

        Raises:
            RuntimeApiError: It is no address.
        """
        rest = text.strip()
        scheme, separator, after = rest.partition("://")
        if separator:
            rest = after
            if scheme.lower() != "http":
                raise RuntimeApiError(f"AWS_LAMBDA_RUNTIME_API is {quoted(text)}, and the Runtime API speaks http")
        authority, _, path = rest.partition("/")
        host, port = _host_and_port(authority)
        prefix = f"/{path}".rstrip("/")
        is_number = port.isascii() and port.isdigit() and len(port) <= 5
        if not host or not is_number or not 0 < int(port) < 65536 or not _is_sendable(host, prefix):
            raise RuntimeApiError(f"AWS_LAMBDA_RUNTIME_API is {quoted(text)}, which is not host:port")
        return cls(host, int(port), prefix)

    @property
    def authority(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    def __repr__(self) -> str:
        return f"<Address {self.authority}{self.prefix}>"


def _host_and_port(authority: str) -> tuple[str, str]:
    if authority.startswith("["):
        host, bracket, port = authority[1:].partition("]")
        # What stands behind the bracket without a colon is no port.
        return host, port.removeprefix(":") or "80" if bracket and port[:1] in ("", ":") else ""
    host, _, port = authority.partition(":")
    return host, port or "80"


def _is_sendable(host: str, prefix: str) -> bool:
    """Whether they cannot break out of a request's first line or of a header, and every path can be put behind them."""
    text = host + prefix
    is_word = text.isascii() and text.isprintable() and set(" ?#").isdisjoint(text)
    return is_word and set("@[]").isdisjoint(host) and not prefix.startswith("//")


class Received:
    """An invocation as the server handed it over.

    Attributes:
        deadline_ms: A moment, in milliseconds since the Unix epoch; None where the server did not say a real one.
        body: The event, as sent.
        headers: All of the reply's, names in lower case.
    """

    __slots__ = ("body", "deadline_ms", "headers", "request_id")

    def __init__(self, request_id: str, deadline_ms: int | None, body: bytes, headers: Mapping[str, str]) -> None:
        self.request_id = request_id
        self.deadline_ms = deadline_ms
        self.body = body
        self.headers = headers

    def get(self, name: str) -> str | None:
        """A header's value; None where it is absent or empty, which mean the same."""
        return self.headers.get(name) or None

    def __repr__(self) -> str:
        return f"<Received {self.request_id}, {len(self.body)} bytes>"


class Verdict:
    """What the server said to an answer: accepted, or why not."""

    __slots__ = ("is_accepted", "status", "why")

    def __init__(self, status: int) -> None:
        self.status = status
        self.is_accepted = 200 <= status < 300
        self.why = "" if self.is_accepted else _REFUSALS.get(status, "the server failed")

    def __repr__(self) -> str:
        return f"<Verdict {self.status}>"


class Conversation:
    """One poller's conversation: poll, be given an invocation, answer it, poll again.

    Methods raise RuntimeApiError where they are called out of turn, and where the server says what it must not.
    """

    __slots__ = ("_address", "_invocation", "_poll", "_post", "_tail", "state")

    def __init__(self, address: Address, user_agent: str) -> None:
        self._address = address
        common = f" HTTP/1.1\r\nHost: {address.authority}\r\nUser-Agent: {user_agent}\r\n"
        self._poll = f"GET {address.prefix}{API}/invocation/next{common}\r\n".encode("ascii")
        self._post = f"POST {address.prefix}{API}/"
        self._tail = common
        self._invocation: Received | None = None
        self.state: State = "ready"

    # ---- asking

    def poll(self) -> bytes:
        """Ask for the next invocation. There is no time limit for the reply: the process may be frozen meanwhile."""
        self._turn("ready", "polling")
        return self._poll

    def received(self, reply: Reply) -> Received | None:
        """The server's reply to :meth:`poll`; None where there is no invocation yet.

        Raises:
            RuntimeApiError: It is no invocation. The conversation can go on.
        """
        if self.state != "polling":
            raise RuntimeApiError(f"an invocation arrived while {self.state}")
        self.state = "ready"
        if reply.status == 204:
            return None
        if reply.status != 200:
            raise RuntimeApiError(f"asked for the next invocation, the server replied {reply.status}{_said(reply)}")
        request_id = reply.headers.get(REQUEST_ID)
        if not request_id:
            raise RuntimeApiError(f"an invocation arrived without {REQUEST_ID}, so it cannot be answered")
        self._invocation = Received(request_id, _deadline(reply.headers.get(DEADLINE)), reply.body, reply.headers)
        self.state = "handling"
        return self._invocation

    # ---- answering in one piece

    def respond(self, payload: bytes, content_type: str = JSON) -> bytes:
        """Answer the invocation."""
        path = self._path("response")
        self._turn("handling", "answering")
        return self._request(path, payload, (("Content-Type", content_type), *self._attempt()))

    def fail(self, document: bytes, error_type: str, cause: str | None = None) -> bytes:
        """Tell that the invocation failed.

        Args:
            document: JSON with ``errorMessage``, ``errorType`` and ``stackTrace``.
            error_type: ``Runtime.X`` or ``Function.X``.
            cause: What X-Ray shows of it, as one line of ASCII JSON.
        """
        path = self._path("error")
        self._turn("handling", "answering")
        headers = [("Content-Type", JSON), (ERROR_TYPE, error_type)]
        if cause is not None and len(cause) <= MAX_CAUSE:
            headers.append((XRAY_CAUSE, cause))
        return self._request(path, document, (*headers, *self._attempt()))

    def answered(self, reply: Reply) -> Verdict:
        """The server's reply to an answer."""
        if self.state not in ("answering", "streaming"):
            raise RuntimeApiError(f"a reply arrived while {self.state}")
        self.dropped()
        return Verdict(reply.status)

    def dropped(self) -> None:
        """There will be no reply: the invocation is over for us all the same."""
        self.state, self._invocation = "ready", None

    # ---- answering piece by piece

    def begin_stream(self, content_type: str, opening: bytes | None = None) -> list[bytes]:
        """Begin to answer the invocation with a stream.

        Args:
            content_type: Of the body where there is no opening.
            opening: Status, headers and cookies as JSON, for HTTP callers; it and its delimiter are chunks of their own,
                which one emulator relies on.
        """
        path = self._path("response")
        self._turn("handling", "streaming")
        headers = [
            ("Content-Type", content_type if opening is None else WITH_PRELUDE),
            (RESPONSE_MODE, "streaming"),
            ("Transfer-Encoding", "chunked"),
            # Announced, or a server that reads the names before the body loses them.
            ("Trailer", f"{ERROR_TYPE}, {ERROR_BODY}"),
            *self._attempt(),
        ]
        pieces = [self._head(path, headers)]
        if opening is not None:
            pieces += [*self.chunk(opening), *self.chunk(DELIMITER)]
        return pieces

    def chunk(self, data: bytes) -> list[bytes]:
        """Send some of the body; nothing for nothing, which would end it."""
        if self.state != "streaming":
            raise RuntimeApiError(f"a chunk is to be sent while {self.state}")
        if len(data) <= MAX_CHUNK:
            return [b"%x\r\n" % len(data), data, b"\r\n"] if data else []
        view = memoryview(data)
        pieces: list[bytes] = []
        for start in range(0, len(data), MAX_CHUNK):
            part = view[start : start + MAX_CHUNK]
            pieces += [b"%x\r\n" % len(part), part, b"\r\n"]  # type: ignore[list-item]  # as good as bytes, and no copy
        return pieces

    def end_stream(self, error_type: str = "", document: bytes = b"") -> bytes:
        """End the body; with an error, if one broke it off."""
        self._turn("streaming", "answering")
        if not error_type:
            return b"0\r\n\r\n"
        from base64 import b64encode

        error = b64encode(document).decode("ascii")
        return f"0\r\n{ERROR_TYPE}: {_line(error_type)}\r\n{ERROR_BODY}: {error}\r\n\r\n".encode("latin-1")

    # ---- before the first invocation

    def init_error(self, document: bytes, error_type: str) -> bytes:
        """Tell that the process cannot start."""
        return self._request(f"{self._post}init/error", document, (("Content-Type", JSON), (ERROR_TYPE, error_type)))

    def restore_next(self) -> bytes:
        """Say that a snapshot may be taken; the reply comes once the process is restored from it."""
        return f"GET {self._address.prefix}{API}/restore/next{self._tail}\r\n".encode("ascii")

    def restore_error(self, document: bytes, error_type: str) -> bytes:
        """Tell that the process cannot go on after it was restored."""
        return self._request(f"{self._post}restore/error", document, (("Content-Type", JSON), (ERROR_TYPE, error_type)))

    def register_extension(self, name: str) -> bytes:
        """Register an internal extension for no events: without one the process is killed without a signal."""
        path = f"POST {self._address.prefix}{EXTENSIONS}/register"
        return self._request(path, b'{"events":[]}', (("Content-Type", JSON), ("Lambda-Extension-Name", name)))

    def extension_next(self, identifier: str) -> bytes:
        """Say that the extension is ready; there is never a reply."""
        head = f"GET {self._address.prefix}{EXTENSIONS}/event/next{self._tail}"
        return f"{head}Lambda-Extension-Identifier: {_line(identifier)}\r\n\r\n".encode("latin-1")

    # ---- parts

    def _turn(self, state: State, following: State) -> None:
        if self.state != state:
            raise RuntimeApiError(f"{following} comes after {state}, and the conversation is {self.state}")
        self.state = following

    def _path(self, what: str) -> str:
        if self._invocation is None:
            raise RuntimeApiError("there is no invocation to answer")
        request_id = self._invocation.request_id
        if not request_id.isascii() or not request_id.replace("-", "").isalnum():
            from urllib.parse import quote

            # Callers may choose it.
            request_id = quote(request_id, safe="", encoding="latin-1")
        return f"{self._post}invocation/{request_id}/{what}"

    def _attempt(self) -> Sequence[tuple[str, str]]:
        attempt = self._invocation and self._invocation.get(INVOCATION_ID)
        return (("Lambda-Runtime-Invocation-Id", attempt),) if attempt else ()

    def _request(self, path: str, body: bytes, headers: Sequence[tuple[str, str]]) -> bytes:
        return self._head(path, (*headers, ("Content-Length", str(len(body))))) + body

    def _head(self, path: str, headers: Sequence[tuple[str, str]]) -> bytes:
        lines = "".join([f"{name}: {_line(value)}\r\n" for name, value in headers])
        return f"{path}{self._tail}{lines}\r\n".encode("latin-1")


def _line(value: str) -> str:
    """A header's value as it may be sent: what would end it, and what has no place in one, is left out."""
    if value.isascii() and value.isprintable():
        return value
    return "".join(c for c in value if " " <= c <= "~" or "\xa0" <= c <= "\xff")


def _deadline(text: str | None) -> int | None:
    if not text or not text.isascii() or not text.isdigit() or len(text) > 18:
        return None
    deadline = int(text)
    return deadline if deadline >= EARLIEST_DEADLINE_MS else None


def _said(reply: Reply) -> str:
    """What the server gives for a reason; never more than its words, since the body may be anything."""
    from .._json import decode
    from ..errors import EventDecodeError

    try:
        document = decode(reply.body[:4096])
    except EventDecodeError:
        return ""
    if not isinstance(document, dict):
        return ""
    return "".join(f", {quoted(document[key])}" for key in ("errorType", "errorMessage") if key in document)
