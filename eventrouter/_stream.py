"""Iterators as asynchronous ones, and a stream collected into a body where the trigger does not stream."""

from __future__ import annotations

from ._drive import on_loop
from ._json import dump
from .errors import ReplyError, ResponseTooLargeError
from .response import BufferedResponse, Response, StreamingResponse
from .streams import EventStream, FileResponse, ServerSentEvent

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from typing import Any

    from .context import Invocation
    from .source import Source

#: How much of a file is read at a time, in bytes.
CHUNK = 64 * 1024

#: Answers that carry a stream, and where.
_CARRIERS: tuple[tuple[type, str], ...] = (
    (Response, "content"), (FileResponse, "content"), (StreamingResponse, "body"), (EventStream, "events"),
)  # fmt: skip

_END = object()
#: What stands for an item that is not made yet.
NOT_YET = object()


def with_stream(result: object, wrap: Callable[[Any], object]) -> object | None:
    """*result* with the stream that it is, or carries, wrapped; None where there is none in it."""
    if is_stream(result):
        return wrap(result)
    if type(result) is tuple and len(result) == 2:
        inner = with_stream(result[0], wrap)
        return None if inner is None else (inner, result[1])
    for kind, attribute in _CARRIERS:
        if isinstance(result, kind) and is_stream(stream := getattr(result, attribute)):
            setattr(result, attribute, wrap(stream))
            return result
    return None


def is_stream(value: object) -> bool:
    """Whether *value* is to be iterated: a generator, an iterator, an async one, an open file."""
    return hasattr(value, "__anext__") or hasattr(value, "__next__") or hasattr(value, "__aiter__")


async def as_async(stream: Any, invocation: Invocation) -> AsyncIterator[Any]:
    """Iterate *stream*, which is asynchronous or not; it is closed however the iteration ends."""
    threads = None if invocation.host is None else invocation.host.threads
    try:
        if hasattr(stream, "__aiter__"):
            await on_loop(invocation)
            async for item in stream:
                yield item
        elif threads is not None:
            step = _steps(stream)
            while (item := await threads.call(invocation, step)) is not _END:
                yield item
        elif hasattr(stream, "read"):
            while chunk := stream.read(CHUNK):
                yield chunk
        else:
            for item in stream:
                yield item
    finally:
        await close(stream, invocation)


def _steps(stream: Any) -> Callable[[], Any]:
    """A function that gives the next item of a synchronous stream, and ``_END`` after the last."""
    if hasattr(stream, "read"):
        return lambda: stream.read(CHUNK) or _END
    iterator = iter(stream)
    return lambda: next(iterator, _END)


async def close(stream: Any, invocation: Invocation) -> None:
    """Close what was iterated, or would have been."""
    if hasattr(stream, "aclose"):
        await on_loop(invocation)
        await stream.aclose()
    elif hasattr(stream, "close"):
        stream.close()


def encode_item(item: object, *, as_events: bool, as_lines: bool = False) -> bytes:
    """The bytes of one item: text, octets, an event, or a line of JSON; text too is one *as_lines*, among others."""
    if isinstance(item, ServerSentEvent):
        return item.encode()
    if as_events:
        return ServerSentEvent(item).encode()
    if isinstance(item, bytes | bytearray | memoryview):
        return bytes(item)
    if isinstance(item, str) and not as_lines:
        return item.encode()
    return dump(item).encode() + b"\n"


def media_type_of(item: object) -> str:
    """The content type that the first item of a stream says."""
    if isinstance(item, ServerSentEvent):
        return "text/event-stream"
    if isinstance(item, str):
        return "text/plain; charset=utf-8"
    if isinstance(item, bytes | bytearray | memoryview):
        return "application/octet-stream"
    return "application/x-ndjson"


async def collect(stream: Any, invocation: Invocation, *, as_events: bool = False) -> tuple[bytes, str]:
    """Read a stream to its end.

    Returns:
        Its bytes, and the content type its first item says.

    Raises:
        ResponseTooLargeError: It grew past what the trigger takes; reading stops there, and the stream is closed.
    """
    source: Source = invocation.source
    limit = source.max_response
    chunks: list[bytes] = []
    size = 0
    media_type = "text/event-stream" if as_events else ""
    items = as_async(stream, invocation)
    try:
        async for item in items:
            if not media_type:
                media_type = media_type_of(item)
            as_events = as_events or media_type == "text/event-stream"
            chunk = encode_item(item, as_events=as_events, as_lines=media_type == "application/x-ndjson")
            size += len(chunk)
            if size > limit:
                raise ResponseTooLargeError(source.name, size, limit)
            chunks.append(chunk)
    finally:
        await items.aclose()  # type: ignore[attr-defined]
    return b"".join(chunks), media_type


async def buffered(response: StreamingResponse, invocation: Invocation) -> BufferedResponse:
    """The same answer in one piece.

    Raises:
        ResponseTooLargeError: It grew past what the trigger takes.
        ReplyError: It is for a caller who takes JSON, and is no text.
    """
    body, _ = await collect(response.body, invocation)
    if response.prelude is not None:
        return BufferedResponse(body, response.prelude)
    try:
        return BufferedResponse(body.decode())
    except UnicodeDecodeError:
        raise ReplyError(
            f"a {invocation.source.name} event is answered with JSON, and a stream of other bytes is none"
        ) from None


def refuse_endless(route: str, trigger: str) -> ReplyError:
    """The error for an event stream on a trigger that would wait for its end."""
    return ReplyError(
        f"{route} answers with an EventStream, and {trigger} is not configured to stream, so it would be collected until "
        "the timeout: write EventStream(..., buffer=True) if it ends soon, or name the trigger in App(response_stream=...)"
    )
