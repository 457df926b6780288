"""Every record of an event to its handler, and the answer that the trigger is given.

One loop serves every source that is not HTTP; a source that is no batch is a batch of one.
"""

from __future__ import annotations

from ._raised import raisable
from ._returned import is_stream
from ._run import Run
from .errors import ReplyError, ResponseTooLargeError
from .response import BufferedResponse
from .source import Outcome
from .streams import EventStream, ServerSentEvent

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ._run import Settings
    from .context import Invocation
    from .routing import Table
    from .types import JsonValue, Record


async def settle(
    invocation: Invocation, table: Table, settings_for: Callable[[Table, Record], Settings]
) -> BufferedResponse:
    """Handle every record of the invocation and make the answer.

    Raises:
        BaseException: What the source lets the trigger see raised: the user's exception unchanged, or a group.
    """
    source = invocation.source
    records = source.records(invocation.event)
    if not records:
        from ._log import logger

        logger().info("a %s event without records is acknowledged", source.name)
        return BufferedResponse(source.reply(Outcome(invocation, records, {}, {})))
    settings = settings_for(table, records[0])
    run = Run(invocation, records, table, settings)
    if table.has_batch and any(route.takes_batch for record in records for route in table.candidates(record)):
        from ._runs import in_runs

        await in_runs(run)
    elif settings.concurrency > 1 and len(records) > 1 and (source.concurrent == "lanes" or run.lane_of is None):
        from ._concurrent import side_by_side

        await side_by_side(run)
    else:
        await run.in_order()
    if source.name == "direct" and is_stream(run.results.get(0)):
        await _collect(run)
    return BufferedResponse(ended(run))


def ended(run: Run) -> JsonValue:
    """What the trigger is told of a run that is over.

    Raises:
        BaseException: What it lets the trigger see raised, and what ended the run.
    """
    if run.fatal is not None:
        raise raisable(run.fatal)
    if run.errors and run.settings.reports:
        from ._report import log_failures

        log_failures(run)
    return run.answer()


async def _collect(run: Run) -> None:
    """Read a direct caller's stream to its end; what goes wrong there went wrong in the handler."""
    try:
        run.results[0] = await _collected(run.results[0], run.invocation)
    except Exception as error:
        del run.results[0]
        await run.failed(0, error)
    except BaseException as error:
        run.died((0,), error)


async def _collected(stream: Any, invocation: Invocation) -> object:
    """One string of text, or a list of JSON values.

    Raises:
        ResponseTooLargeError: It grew past what the caller takes; reading stops there.
        ReplyError: It yields bytes.
    """
    from ._stream import as_async, encode_item

    limit = invocation.source.max_response
    as_events = isinstance(stream, EventStream)
    items = as_async(stream.events if as_events else stream, invocation)
    kept: list[object] = []
    size = 0
    try:
        async for item in items:
            if isinstance(item, bytes | bytearray | memoryview):
                raise ReplyError(
                    "a direct invoke that is not streamed is answered with JSON, which has no bytes: yield text or values"
                )
            encoded = encode_item(item, as_events=as_events)
            size += len(encoded)
            if size > limit:
                raise ResponseTooLargeError(invocation.source.name, size, limit)
            kept.append(encoded.decode() if as_events or isinstance(item, ServerSentEvent) else item)
    finally:
        await items.aclose()  # type: ignore[attr-defined]
    return "".join(map(str, kept)) if kept and all(isinstance(item, str) for item in kept) else kept
