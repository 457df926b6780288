"""What the caller of a function sees of an invocation, and how it ended."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Literal

from .._received import Chunk, Headers, Opening, PreludeError, body_of

Mode = Literal["buffered", "streaming"]
End = Literal["complete", "error", "truncated", "timeout", "exited", "too_large", "bad_prelude"]

#: What a body that begins with status, headers and cookies is called.
WITH_PRELUDE = "application/vnd.awslambda.http-integration-response"
DELIMITER = b"\0" * 8
#: Bytes in which the prelude must have its end.
MAX_PRELUDE = 16 * 1024
_KEYS = {"statusCode", "headers", "multiValueHeaders", "cookies"}


class PreludeReader:
    """Reads the prelude off a body that arrives in any pieces.

    Attributes:
        value: The prelude, once it is there.
    """

    def __init__(self) -> None:
        self.value: dict[str, Any] | None = None
        self._held = b""

    def feed(self, data: bytes) -> bytes:
        """Take some of the body; give what of it comes after the prelude.

        Raises:
            PreludeError: It is none, or too long.
        """
        if self.value is not None:
            return data
        self._held += data
        text, found, rest = self._held.partition(DELIMITER)
        if len(text) + len(DELIMITER) > MAX_PRELUDE:
            raise PreludeError(f"the delimiter does not come within {MAX_PRELUDE} bytes")
        if not found:
            return b""
        self.value, self._held = _prelude(text), b""
        return rest

    def end(self) -> None:
        """The body is over.

        Raises:
            PreludeError: Its prelude is not.
        """
        if self.value is None:
            raise PreludeError("the body ended before the delimiter")


def _prelude(text: bytes) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError:
        raise PreludeError("the prelude is not JSON") from None
    if not isinstance(value, dict) or not _KEYS.issuperset(value):
        raise PreludeError(f"the prelude is an object of {', '.join(sorted(_KEYS))}, and nothing else")
    return value


@dataclass
class Invoked:
    """One invocation as its caller saw it.

    Attributes:
        payload: What the runtime sent, prelude included.
        prelude: Status, headers and cookies of a streamed HTTP answer; None for others.
        chunks: The body as it arrived; of a buffered answer one.
        trailers: Those that were announced, names in lower case.
        content_type: What the runtime called its answer.
        error: The document of an error: the function's, or in trailers.
        ended: How it ended; ``complete`` is the only success. None: it has not.
        why: What was wrong, in words.
        opened: Seconds from handing over until status and headers were there.
        took: Seconds from handing over to the end.
    """

    request_id: str
    mode: Mode
    payload: bytes = b""
    prelude: dict[str, Any] | None = None
    status: int = 200
    headers: Headers = field(default_factory=Headers)
    cookies: list[str] = field(default_factory=list)
    chunks: list[Chunk] = field(default_factory=list)
    trailers: dict[str, str] = field(default_factory=dict)
    content_type: str = ""
    error: Any = None
    error_type: str = ""
    xray_cause: Any = None
    ended: End | None = None
    why: str = ""
    opened: float = 0.0
    took: float = 0.0

    @property
    def failed(self) -> bool:
        return self.ended != "complete"

    @property
    def body(self) -> bytes:
        return b"".join(chunk.data for chunk in self.chunks)

    @property
    def text(self) -> str:
        return self.body.decode()

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)

    def read_buffered(self, event: object) -> None:
        """Take a whole answer for what the caller of an HTTP trigger sees; other callers see the payload."""
        self.chunks = [Chunk(self.took, self.payload)]
        self.headers = Headers([("content-type", self.content_type)] if self.content_type else [])
        if not is_http(event):
            return
        if self.failed:
            self.status = 502
            return
        try:
            value = json.loads(self.payload)
            if not isinstance(value, dict) or "statusCode" not in value:
                return  # a plain value: 200, and its JSON
            opening, body = Opening(value), body_of(value)
        except ValueError as error:
            self.status, self.why = 502, f"the answer is no HTTP answer: {error}"
            return
        self.status, self.headers, self.cookies = opening.status, opening.headers, opening.cookies
        self.chunks = [Chunk(self.took, body)]


def is_http(event: object) -> bool:
    """Whether an event is a request, whose caller is answered over HTTP."""
    if not isinstance(event, dict):
        return False
    context = event.get("requestContext")
    return isinstance(context, dict) and ("http" in context or "httpMethod" in event or "elb" in context)
