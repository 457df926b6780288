"""A stream that its caller reads piece by piece: its first item is made before the answer begins, the rest while it is sent.

So an exception before the first byte is an ordinary failure, and one after it is told in the body, where the format has a
place for it, and by whoever sends the body.
"""

from __future__ import annotations

from ._drive import on_loop
from ._host import streams
from ._json import dump
from ._run import default_margin
from ._stream import NOT_YET, as_async, encode_item, media_type_of
from .streams import HEARTBEAT, ServerSentEvent

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from typing import Any

    from .context import Invocation
    from .streams import EventStream

#: Seconds that an event stream's first item may take before the answer begins without it.
FIRST_ITEM_TIMEOUT = 10.0

_BEAT = ServerSentEvent(comment="")
_EVENTS, _LINES = "text/event-stream", "application/x-ndjson"
#: What a client is told in the body when it breaks off; never the error's own text.
_BROKEN_OFF = {"detail": "Internal Server Error", "code": "internal_error"}


class Begun:
    """A stream whose first item is made: an async iterator of bytes.

    Attributes:
        media_type: The content type that the first item says; empty if there is none.
    """

    __slots__ = ("_as_events", "_error", "_first", "_items", "_left", "media_type")

    def __init__(
        self,
        items: AsyncIterator[Any],
        first: bytes | None,
        media_type: str,
        *,
        as_events: bool,
        left: Callable[[], float] | None = None,
    ) -> None:
        self._items = items
        #: The seconds that a synchronous iterator may go on; a pump knows them itself.
        self._left = left
        self._first = first
        self._error: Exception | None = None
        self._as_events = as_events
        self.media_type = media_type

    def __aiter__(self) -> Begun:
        return self

    async def __anext__(self) -> bytes:
        if self._first is not None:
            first, self._first = self._first, None
            return first
        if self._error is not None:
            error, self._error = self._error, None
            raise error
        try:
            if self._left is not None and self._left() <= 0:
                raise StopAsyncIteration
            item = await self._items.__anext__()
            return encode_item(item, as_events=self._as_events, as_lines=self.media_type == _LINES)
        except Exception as error:
            await self._items.aclose()  # type: ignore[attr-defined]
            if isinstance(error, StopAsyncIteration) or self.media_type not in (_EVENTS, _LINES):
                raise
            self._error = error
            if self._as_events:
                return ServerSentEvent(_BROKEN_OFF, event="error").encode()
            return dump(_BROKEN_OFF).encode() + b"\n"

    async def aclose(self) -> None:
        self._first = None
        await self._items.aclose()  # type: ignore[attr-defined]


async def begin(
    stream: Any,
    invocation: Invocation,
    *,
    as_events: bool = False,
    first_within: float | None = None,
    limits: EventStream | None = None,
) -> Begun:
    """Make the first item of *stream*.

    Args:
        stream: Anything that can be iterated; it is closed however its iteration ends.
        as_events: Its items are server-sent events, whatever their type.
        first_within: Seconds after which the answer begins without it; an event stream then begins with a comment.
        limits: What says how long it may be silent, and go on.

    Raises:
        BaseException: What the stream raised before its first item.
    """
    items: Any = as_async(stream, invocation)
    left = None if limits is None or limits.max_duration is None else _countdown(invocation, limits.max_duration)
    if (as_events or first_within is not None) and hasattr(stream, "__aiter__"):
        # A synchronous iterator holds up everything else while it makes an item, so nothing could be sent meanwhile.
        await on_loop(invocation)
        from ._pump import Pump

        heartbeat = HEARTBEAT if limits is None else limits.heartbeat
        items = Pump(items, idle=heartbeat if as_events and streams(invocation) else None, beat=_BEAT, left=left)
        left = None
        pull = items.next(FIRST_ITEM_TIMEOUT if first_within is None else first_within)
    else:
        pull = items.__anext__()
    media_type = _EVENTS if as_events else ""
    try:
        item = await pull
        if item is NOT_YET:
            first: bytes | None = _BEAT.encode() if as_events else b""
        else:
            media_type = media_type or media_type_of(item)
            as_events = media_type == _EVENTS
            first = encode_item(item, as_events=as_events)
    except StopAsyncIteration:
        first = None
    except BaseException:
        await items.aclose()
        raise
    return Begun(items, first, media_type, as_events=as_events, left=left)


def _countdown(invocation: Invocation, seconds: float) -> Callable[[], float]:
    """Asked for the seconds that are left of *seconds*, or of the function's time where that is over first."""
    now, began, ends = invocation.countdown()
    if streams(invocation):
        # How long its caller waits for an answer counts up to the first item alone.
        ends = began + invocation.context.get_remaining_time_in_millis() / 1000
    remaining = ends - began
    # Ahead of the moment at which the runtime would cancel it, which would be an error.
    ends = began + min(seconds, max(remaining - default_margin(remaining) - 1, remaining / 3))
    return lambda: ends - now()
