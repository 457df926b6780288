"""One request with an ASGI app: what it receives, what it sends, and in which order it may.

https://asgi.readthedocs.io/en/latest/specs/www.html
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import anyio

from .._log import warn_once
from .._stream import refuse_endless
from ..errors import AsgiError, ResponseTooLargeError
from ..response import BufferedResponse, Prelude

if TYPE_CHECKING:
    from typing import Protocol

    from ..context import Invocation

    class Sink(Protocol):
        """Where an answer goes."""

        def begun(self, prelude: Prelude) -> None: ...

        async def put(self, chunk: bytes, *, more: bool) -> None: ...

        def close(self) -> None: ...

        def leave(self) -> None: ...


#: Messages of extensions that are not offered: an app that sends them all the same loses nothing that a client needs.
_IGNORED = frozenset(
    {"http.response.trailers", "http.response.early_hint", "http.response.push", "http.response.debug"}
)


class ClientLeftError(OSError):
    """Whoever asked has left. Apps know it as an OSError that ``send`` raises."""


class Exchange:
    """What every kind of exchange does.

    Attributes:
        prelude: Status, headers and cookies, once the app has sent them.
        is_complete: The whole answer has been sent.
        is_over: That, or the app has ended, or nobody reads its answer any more.
        error: What is wrong with the answer, whatever the app makes of being told so.
    """

    __slots__ = ("_body", "_left", "error", "is_complete", "is_over", "prelude", "sink")

    def __init__(self, body: bytes, sink: Sink) -> None:
        self._body: bytes | None = body
        self.sink = sink
        self._left: anyio.Event | None = None
        self.prelude: Prelude | None = None
        self.is_complete = self.is_over = False
        self.error: Exception | None = None

    async def receive(self) -> dict[str, Any]:
        """The request's body in one piece; after that the client's leaving, or the end of the answer."""
        if self._body is not None:
            body, self._body = self._body, None
            return {"type": "http.request", "body": body, "more_body": False}
        await self.ended()
        return {"type": "http.disconnect"}

    async def ended(self) -> None:
        """Wait until the answer is over."""
        if not self.is_over:
            if self._left is None:
                self._left = anyio.Event()
            await self._left.wait()

    async def send(self, message: Any) -> None:
        """Take a message of the app's.

        Raises:
            AsgiError: It is none that can come now.
            Exception: What the sink refuses it with.
        """
        kind = message["type"]
        try:
            if kind == "http.response.body" and self.prelude is not None and not self.is_complete:
                more = bool(message.get("more_body", False))
                await self.sink.put(message.get("body", b""), more=more)
                if not more:
                    self.is_complete = True
                    self.over()
            elif kind == "http.response.start" and self.prelude is None:
                self.prelude = _prelude(message)
                self.sink.begun(self.prelude)
            elif kind not in _IGNORED:
                raise self._refused(kind)
        except ClientLeftError:
            raise
        except Exception as error:
            # Apps may catch it; the answer is wrong all the same.
            self.error = error
            raise

    def _refused(self, kind: object) -> AsgiError:
        when = "before http.response.start" if self.prelude is None else "when the answer has begun"
        return AsgiError(f"the app sent {kind!r} {'after the end of its answer' if self.is_complete else when}")

    def leave(self) -> None:
        """Nobody reads the answer any more."""
        self.over()
        self.sink.leave()

    def over(self) -> None:
        """From now on the app receives ``http.disconnect``."""
        self.is_over = True
        if self._left is not None:
            self._left.set()


@lru_cache(512)
def _name(raw: bytes) -> str:
    return raw.decode("latin-1").lower()


def _prelude(message: Any) -> Prelude:
    headers: list[tuple[str, str]] = []
    cookies: list[str] = []
    for raw_name, raw_value in message.get("headers", ()):
        name = _name(raw_name)
        if name == "set-cookie":
            cookies.append(raw_value.decode("latin-1"))
        else:
            headers.append((name, raw_value.decode("latin-1")))
    prelude = Prelude(message["status"])
    prelude.headers, prelude.cookies = headers, cookies
    return prelude


def is_event_stream(prelude: Prelude) -> bool:
    return any(name == "content-type" and value.startswith("text/event-stream") for name, value in prelude.headers)


class Collected:
    """Collects an answer, up to what its trigger takes."""

    __slots__ = ("_buffers_events", "_has_length", "_invocation", "_name", "_prelude", "_size", "chunks")

    def __init__(self, invocation: Invocation, name: str, *, buffers_events: bool) -> None:
        self._invocation = invocation
        self._name = name
        self._buffers_events = buffers_events
        self._has_length = False
        self._size = 0
        self._prelude: Prelude | None = None
        self.chunks: list[bytes] = []

    def answer(self) -> BufferedResponse:
        """What was collected. Triggers count a body themselves, so its length is left out where there is one."""
        prelude = self._prelude
        assert prelude is not None
        if self._has_length and not self._invocation.is_head and self.chunks:
            prelude.headers = [pair for pair in prelude.headers if pair[0] != "content-length"]
        return BufferedResponse(self.chunks[0] if len(self.chunks) == 1 else b"".join(self.chunks), prelude)

    def begun(self, prelude: Prelude) -> None:
        if is_event_stream(prelude) and not self._buffers_events:
            raise refuse_endless(self._name, self._invocation.source.name)
        self._has_length = any(name == "content-length" for name, _ in prelude.headers)
        self._prelude = prelude

    async def put(self, chunk: bytes, *, more: bool) -> None:
        if not chunk:
            return
        self._size += len(chunk)
        source = self._invocation.source
        if self._size > source.max_response:
            raise ResponseTooLargeError(source.name, self._size, source.max_response)
        if len(self.chunks) == 1 and not self._has_length:
            self._warn()
        self.chunks.append(chunk)

    def close(self) -> None:
        """The app has ended: whoever waits for the exchange is told by that."""

    def leave(self) -> None:
        """Nobody reads it any more; there is nothing that waits."""

    def _warn(self) -> None:
        source = self._invocation.source
        warn_once(
            ("collected", self._name),
            "%s streams an answer, and %s does not stream here: it is collected first, up to %d bytes. Where the trigger is "
            "configured to stream, name it in App(response_stream=...) and run the function with `python -m eventrouter run`",
            self._name,
            source.name,
            source.max_response,
        )


class HandedOn:
    """Hands an answer on, a chunk at a time: the app goes on once a chunk is taken."""

    __slots__ = ("_chunk", "_is_last", "_ready", "_taken", "has_left", "is_closed")

    def __init__(self) -> None:
        self._chunk: bytes | None = None
        self._is_last = False
        self._ready, self._taken = anyio.Event(), anyio.Event()
        self.has_left = False
        #: The app has ended, so that no other chunk comes.
        self.is_closed = False

    def begun(self, prelude: Prelude) -> None:
        """Nothing is sent before the first chunk: until then the answer may become another one."""

    async def put(self, chunk: bytes, *, more: bool) -> None:
        if self.has_left:
            raise ClientLeftError("the client has left")
        self._chunk, self._is_last = chunk, not more
        self._ready.set()
        if more:
            self._taken = anyio.Event()
            await self._taken.wait()
            if self.has_left:
                raise ClientLeftError("the client has left")

    async def take(self) -> tuple[bytes, bool] | None:
        """The next chunk, and whether it is the last; None where the app ended before it sent one."""
        await self._ready.wait()
        if self._chunk is None:
            return None
        chunk, self._chunk = self._chunk, None
        if not self._is_last:
            self._ready = anyio.Event()
            if self.is_closed:
                self._ready.set()
        self._taken.set()
        return chunk, self._is_last

    def close(self) -> None:
        """The app has ended."""
        self.is_closed = True
        self._ready.set()

    def leave(self) -> None:
        """Nobody takes chunks any more."""
        self.has_left = True
        self._taken.set()
