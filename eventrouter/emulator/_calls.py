"""One invocation while it runs: what is handed over, what has arrived of its answer, and who waits for which of it."""

from __future__ import annotations

import json
import math
from base64 import b64decode
from collections.abc import Mapping
from typing import Any

import anyio

from .._received import Chunk, Headers, Opening, PreludeError
from ._results import WITH_PRELUDE, End, Invoked, Mode, PreludeReader
from ._states import LATE, MAX_RESPONSE, MAX_STREAM, Attempt, Decision, told_type

#: Bytes that pass before a bandwidth begins to count.
BURST = 6 * 1024 * 1024
#: Bytes that are read at a time, at most.
PIECE = 65536
DEADLINE, TRACE_ID = "Lambda-Runtime-Deadline-Ms", "Lambda-Runtime-Trace-Id"
ARN = "Lambda-Runtime-Invoked-Function-Arn"
ERROR_TYPE, ERROR_BODY = "lambda-runtime-function-error-type", "lambda-runtime-function-error-body"


class Pace:
    """How fast an answer is read; slower than it comes, the runtime has to wait.

    Args:
        rate: Bytes per second.
        burst: Bytes that are read at once before that.
    """

    def __init__(self, rate: float = math.inf, burst: float = 0.0) -> None:
        self.rate = rate
        #: Bytes to read at a time.
        self.piece = max(1, int(min(PIECE, rate / 8)))
        self._burst = self._left = burst
        self._since: float | None = None

    @property
    def is_slow(self) -> bool:
        return self.rate < math.inf

    def delay(self, size: int, now: float) -> float:
        """Seconds to wait before more is read, *size* bytes having been read *now*."""
        if not self.is_slow:
            return 0.0
        if self._since is not None:
            self._left = min(self._burst, self._left + (now - self._since) * self.rate)
        self._since = now
        self._left -= size
        return max(0.0, -self._left / self.rate)


class Call(Attempt):
    """One invocation while it runs.

    Args:
        request_id: Stays the same when the invocation is tried again.
        attempt_id: Does not; None: the runtime is sent none.
        headers: What is handed over with the event; the deadline is added where there is none. Empty ones are not sent.
        hangs_up: A caller who leaves is noticed.
    """

    def __init__(
        self,
        request_id: str,
        attempt_id: str | None,
        event: object,
        *,
        mode: Mode,
        headers: Mapping[str, str],
        pace: Pace,
        timeout: float,
        hangs_up: bool,
    ) -> None:
        super().__init__(request_id, attempt_id)
        self.event = event
        self.body = event if isinstance(event, bytes) else json.dumps(event).encode()
        self.headers = dict(headers)
        self.pace = pace
        self.timeout = timeout
        self.hangs_up = hangs_up
        self.result = Invoked(request_id, mode)
        self.has_begun, self.has_opened, self.has_ended = anyio.Event(), anyio.Event(), anyio.Event()
        self.has_left = False
        #: Around the reading of its answer; cancelled, the connection is cut.
        self.reading = anyio.CancelScope()
        self._handed_over = 0.0
        self._prelude: PreludeReader | None = None
        self._size = 0
        self._parts: list[bytes] = []
        self._arrived = anyio.Event()

    # ---- the runtime's side

    def begin(self, epoch_ms: int) -> None:
        """It is handed over; again, to a runtime that has not answered and asks for another."""
        if not self.has_begun.is_set():
            self._handed_over = anyio.current_time()
            self.headers.setdefault(DEADLINE, str(epoch_ms + int(self.timeout * 1000)))
            self.has_begun.set()

    @property
    def age(self) -> float:
        """Seconds since it was handed over."""
        return anyio.current_time() - self._handed_over

    def answer_begins(self, content_type: str, *, is_streamed: bool) -> None:
        self.result.content_type = content_type
        if self.result.mode == "buffered":
            return
        if is_streamed and content_type == WITH_PRELUDE:
            self._prelude = PreludeReader()
        else:
            self._open(Headers([("content-type", content_type)] if content_type else []))

    def take(self, data: bytes, *, is_streamed: bool) -> Decision | None:
        """Take some of the answer; why no more of it is taken, if so."""
        result = self.result
        if self.has_ended.is_set() and result.ended != "bad_prelude":
            return LATE
        self._size += len(data)
        limit = MAX_STREAM if is_streamed and result.mode == "streaming" else MAX_RESPONSE
        if self._size > limit:
            self.end("too_large", f"the answer has more than {limit} bytes", error_type="Function.ResponseSizeTooLarge")
            return Decision(413, "RequestEntityTooLarge", f"Exceeded maximum allowed payload size ({limit} bytes).")
        if self.has_left or self.has_ended.is_set():
            return None  # the rest is read and dropped
        self._parts.append(data)
        if result.mode == "streaming":
            try:
                rest = self._body_of(data)
            except PreludeError as error:
                self._bad_prelude(error)
                return None
            if rest:
                result.chunks.append(Chunk(self.age, rest))
                self._arrived.set()
                self._arrived = anyio.Event()
        return None

    def _body_of(self, data: bytes) -> bytes:
        if self._prelude is None:
            return data
        rest = self._prelude.feed(data)
        if self._prelude.value is not None and not self.has_opened.is_set():
            opening = Opening(self._prelude.value)
            self.result.prelude = self._prelude.value
            self.result.status, self.result.cookies = opening.status, opening.cookies
            self._open(opening.headers)
        return rest

    def _open(self, headers: Headers) -> None:
        self.result.headers = headers
        self.result.opened = self.age
        self.has_opened.set()

    def answer_ends(self, trailers: Mapping[str, str]) -> list[str]:
        """The answer is whole; what of its trailers could not be taken, in words."""
        if ERROR_TYPE in trailers:
            self.result.trailers = dict(trailers)
            error, wrong = _decoded(trailers.get(ERROR_BODY, ""))
            error_type = trailers[ERROR_TYPE]
            self.end("error", "the stream was broken off with an error", error_type=told_type(error_type), error=error)
            return [*wrong, *_misnamed(error_type)]
        try:
            if self._prelude is not None:
                self._prelude.end()
        except PreludeError as error:
            self._bad_prelude(error)
        self.result.trailers = dict(trailers)
        self.end("complete")
        return []

    def _bad_prelude(self, error: PreludeError) -> None:
        """Its caller sees a failure of the gateway in place of the answer, of which the runtime is not told."""
        self.end("bad_prelude", str(error), error_type="Runtime.InvalidPrelude")
        self.result.status, self.result.headers, self.result.chunks = 500, Headers(), []

    def fail(self, document: bytes, error_type: str, cause: str | None) -> list[str]:
        """The function says that it failed; what of that could not be taken, in words."""
        told = _json(cause) if cause else None
        self.result.xray_cause = told if isinstance(told, dict) else None
        self._parts = [document]
        self.end("error", "the function failed", error_type=told_type(error_type), error=_json(document))
        lost = ["the cause for X-Ray is no JSON object"] if cause and self.result.xray_cause is None else []
        return [*lost, *(_misnamed(error_type) if error_type else [])]

    def end(self, how: End, why: str = "", *, error_type: str = "", error: object = None) -> None:
        """It is over, once."""
        result = self.result
        if self.has_ended.is_set():
            return
        result.ended, result.why, result.error_type, result.error = how, why, error_type, error
        result.payload = b"".join(self._parts)
        if self.has_begun.is_set():
            result.took = self.age
        if not self.has_opened.is_set():
            result.read_buffered(self.event)
        self.has_ended.set()
        self.has_opened.set()
        self._arrived.set()

    def as_extensions_see_it(self) -> dict[str, object]:
        """What an extension is told that subscribed to invocations."""
        return {
            "eventType": "INVOKE",
            "deadlineMs": int(self.headers[DEADLINE] or 0),
            "requestId": self.request_id,
            "invokedFunctionArn": self.headers[ARN],
            "tracing": {"type": "X-Amzn-Trace-Id", "value": self.headers[TRACE_ID]},
        }

    # ---- the caller's side

    def leave(self) -> None:
        """Its caller does not read any further."""
        self.has_left = True
        if self.hangs_up:
            self.reading.cancel()

    async def chunk(self, number: int) -> Chunk | None:
        """A piece of the body, once it is there; None where there is none of that number."""
        while number >= len(self.result.chunks):
            if self.has_ended.is_set():
                return None
            await self._arrived.wait()
        return self.result.chunks[number]


class Stream:
    """An answer while it arrives: iterate it for its chunks."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._taken = 0

    async def opened(self) -> None:
        """Wait until status and headers are there, or the invocation has ended."""
        await self._call.has_opened.wait()

    @property
    def result(self) -> Invoked:
        """What has arrived so far."""
        return self._call.result

    @property
    def status(self) -> int:
        return self._call.result.status

    @property
    def headers(self) -> Headers:
        return self._call.result.headers

    def __aiter__(self) -> Stream:
        return self

    async def __anext__(self) -> Chunk:
        chunk = await self._call.chunk(self._taken)
        if chunk is None:
            raise StopAsyncIteration
        self._taken += 1
        return chunk


def _json(data: bytes | str) -> Any:
    try:
        return json.loads(data)
    except ValueError:
        return None


def _decoded(text: str) -> tuple[Any, list[str]]:
    try:
        return _json(b64decode(text, validate=True)), []
    except ValueError:
        return None, [f"the trailer {ERROR_BODY} is no base64, so its error is lost"]


def _misnamed(error_type: str) -> list[str]:
    if told_type(error_type) == error_type:
        return []
    return [f"the error type {error_type!r} is none (Runtime.Reason or Function.Reason): told as Runtime.Unknown"]
