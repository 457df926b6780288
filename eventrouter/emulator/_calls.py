"""One invocation while it runs: what is handed over, what has arrived of its answer, and who waits for which of it."""

from __future__ import annotations

import json
import math
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import anyio

from ._results import WITH_PRELUDE, Chunk, Headers, Invoked, Mode, PreludeError, PreludeReader, headers_of, status_of
from ._states import MAX_RESPONSE, MAX_STREAM, Attempt, told_type

#: Bytes that pass before a bandwidth begins to count, and the seconds after which it is counted again.
BURST = 6 * 1024 * 1024


@dataclass
class Pace:
    """How fast an answer is read; slower than it comes, the runtime has to wait.

    Args:
        rate: Bytes per second.
        burst: Bytes that are read at once before that.
    """

    rate: float = math.inf
    burst: float = 0.0
    _left: float = field(init=False)
    _since: float = field(init=False, default=0.0)

    def __post_init__(self) -> None:
        self._left = self.burst

    @property
    def piece(self) -> int:
        """Bytes to ask for at a time."""
        return 65536 if self.rate == math.inf else max(1, min(65536, int(self.rate / 8)))

    async def took(self, size: int) -> None:
        """Wait until *size* bytes more may have been read."""
        if self.rate == math.inf:
            return
        self._left -= size
        if self._left < 0:
            await anyio.sleep(-self._left / self.rate)
            self._left = 0.0


class Call:
    """One invocation while it runs."""

    def __init__(
        self, event: object, attempt: Attempt, mode: Mode, headers: dict[str, str], pace: Pace, *, hangs_up: bool
    ) -> None:
        self.event = event
        self.body = event if isinstance(event, bytes) else json.dumps(event).encode()
        self.attempt = attempt
        self.headers = headers
        self.pace = pace
        self.hangs_up = hangs_up
        self.result = Invoked(attempt.request_id, mode)
        self.has_begun, self.has_opened, self.has_ended = anyio.Event(), anyio.Event(), anyio.Event()
        self.has_left = False
        #: The process is killed because of it.
        self.is_over_time = False
        self._handed_over = 0.0
        self._prelude: PreludeReader | None = None
        self._size = 0
        self._parts: list[bytes] = []
        self._arrived = anyio.Event()

    # ---- the runtime's side

    def begin(self) -> None:
        """It is handed over."""
        self._handed_over = anyio.current_time()
        self.has_begun.set()

    def answer_begins(self, content_type: str, *, is_streamed: bool) -> None:
        self.result.content_type = content_type
        if self.result.mode == "streaming" and is_streamed and content_type == WITH_PRELUDE:
            self._prelude = PreludeReader()
        elif self.result.mode == "streaming":
            self.result.headers = Headers([("content-type", content_type)] if content_type else [])
            self.has_opened.set()

    def take(self, data: bytes, *, is_streamed: bool) -> bool:
        """Take some of the answer; whether its caller takes more.

        Raises:
            PreludeError: It does not begin as it says.
        """
        self._size += len(data)
        limit = MAX_STREAM if is_streamed and self.result.mode == "streaming" else MAX_RESPONSE
        if self._size > limit:
            self.end("too_large", f"the answer has more than {limit} bytes", error_type="Function.ResponseSizeTooLarge")
            return False
        if self.has_left:
            return not self.hangs_up
        self._parts.append(data)
        if self.result.mode == "streaming":
            rest = data if self._prelude is None else self._prelude.feed(data)
            if self._prelude is not None and self._prelude.value is not None and not self.has_opened.is_set():
                self._open(self._prelude.value)
            if rest:
                self.result.chunks.append(Chunk(anyio.current_time() - self._handed_over, rest))
                self._arrived.set()
                self._arrived = anyio.Event()
        return True

    def _open(self, prelude: dict[str, Any]) -> None:
        self.result.prelude = prelude
        self.result.status, self.result.headers = status_of(prelude), headers_of(prelude)
        self.result.cookies = [str(cookie) for cookie in prelude.get("cookies") or ()]
        self.has_opened.set()

    def answer_ends(self, trailers: dict[str, str]) -> None:
        """The answer is whole.

        Raises:
            PreludeError: But for its prelude.
        """
        result = self.result
        result.trailers = trailers
        error_type = trailers.get("lambda-runtime-function-error-type")
        if error_type is None:
            if self._prelude is not None:
                self._prelude.end()
            self.end("complete")
            return
        result.error = _decoded(trailers.get("lambda-runtime-function-error-body", ""))
        self.end("error", "the stream was broken off with an error", error_type=told_type(error_type))

    def bad_prelude(self, error: PreludeError) -> None:
        """Its caller sees a failure of the gateway in place of the answer."""
        self.result.status = 500
        self.end("bad_prelude", str(error), error_type="Runtime.InvalidPrelude")

    def fail(self, document: bytes, error_type: str, cause: str | None) -> None:
        """The function says that it failed."""
        self.result.payload = document
        self.result.error = _json(document)
        self.result.xray_cause = _json(cause.encode()) if cause else None
        self.end("error", "the function failed", error_type=told_type(error_type))

    def end(self, how: Any, why: str = "", *, error_type: str = "", error: object = None) -> None:
        """It is over, once."""
        result = self.result
        if self.has_ended.is_set():
            return
        result.ended, result.why, result.error_type = how, why, error_type
        result.payload = result.payload or b"".join(self._parts)
        if error is not None:
            result.error = error
        if self.has_begun.is_set():
            result.took = anyio.current_time() - self._handed_over
        if result.mode == "buffered" or (not result.chunks and not self.has_opened.is_set()):
            result.read_buffered(self.event)
        if how == "bad_prelude":
            result.status = 500
        self.has_ended.set()
        self.has_opened.set()
        self._arrived.set()

    # ---- the caller's side

    async def chunks(self) -> AsyncIterator[Chunk]:
        """The body as it arrives."""
        done = 0
        while True:
            while done < len(self.result.chunks):
                yield self.result.chunks[done]
                done += 1
            if self.has_ended.is_set():
                return
            await self._arrived.wait()


def _json(data: bytes) -> Any:
    try:
        return json.loads(data)
    except ValueError:
        return None


def _decoded(text: str) -> Any:
    from base64 import b64decode

    try:
        return _json(b64decode(text, validate=True))
    except ValueError:
        return None
