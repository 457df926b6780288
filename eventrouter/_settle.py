"""Every record of an event to its handler, and the answer that the trigger is given.

One loop serves every source that is not HTTP; a source that is no batch is a batch of one.
"""

from __future__ import annotations

from ._raised import raisable
from ._run import Run
from ._stream import as_async, close, encode_item, is_stream, refuse_endless
from .errors import ReplyError, ResponseTooLargeError
from .response import BufferedResponse, StreamingResponse
from .source import Outcome
from .streams import EventStream, ServerSentEvent

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from typing import Any

    from ._run import Settings
    from ._streaming import Begun
    from .context import Invocation
    from .response import FunctionResponse
    from .routing import Table
    from .types import JsonValue, Record


async def settle(
    invocation: Invocation, table: Table, settings_for: Callable[[Table, Record], Settings]
) -> FunctionResponse:
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
    elif (
        settings.concurrency > 1 and len(records) > 1 and (source.concurrent == "lanes" or run.lane_of is None)
    ) or run.uses_threads:
        from ._concurrent import side_by_side

        await side_by_side(run)
    else:
        await run.in_order()
    if source.name == "direct" and _is_read(result := run.results.get(0)):
        body = await _read(run, result)
        if body is not None:
            return StreamingResponse(body)
    return BufferedResponse(ended(run))


def ended(run: Run) -> JsonValue:
    """What the trigger is told of a run that is over.

    Raises:
        BaseException: What it lets the trigger see raised, and what ended the run.
    """
    if run.fatal is not None:
        host = run.invocation.host
        if host is None or not host.is_deferred:
            raise raisable(run.fatal)
        host.fatal = run.fatal  # once the trigger has been answered
    if run.errors and run.settings.reports:
        from ._report import log_failures

        log_failures(run)
    return run.answer()


def _is_read(result: object) -> bool:
    return is_stream(result) or isinstance(result, EventStream)


async def _read(run: Run, stream: Any) -> AsyncIterator[bytes] | None:
    """What a direct caller reads piece by piece; None where it is read here, to its end.

    What goes wrong with it went wrong in the handler.
    """
    invocation, host = run.invocation, run.invocation.host
    route = run.table.match(run.records[0])
    if host is not None:
        host.route = route.options.get("response_stream")
    as_events = isinstance(stream, EventStream)
    items = stream.events if as_events else stream
    try:
        if host is not None and host.streams(invocation):
            from ._streaming import begin

            within = host.settings.first_item_timeout
            limits = stream if as_events else None
            return await begin(items, invocation, as_events=as_events, first_within=within, limits=limits)
        if as_events and not stream.buffer:
            await close(items, invocation)
            raise refuse_endless(route.name, "a direct invoke")
        from ._log import warn_once

        warn_once(
            ("collected", route.name),
            "%s yields its answer, and a direct invoke does not stream here: it is collected first, up to %d bytes. Where "
            "its callers read a stream, write response_stream=True on the route and run the function with `python -m "
            "eventrouter run`",
            route.name,
            invocation.source.max_response,
        )
        if as_events and stream.max_duration is not None:
            from ._streaming import begin

            # From here on it is text, which ends in time.
            begun = await begin(items, invocation, as_events=True, first_within=float("inf"), limits=stream)
            items, as_events = _texts(begun), False
        run.results[0] = await _collected(items, invocation, as_events=as_events)
    except Exception as error:
        del run.results[0]
        await run.failed(0, error)
    except BaseException as error:
        run.died((0,), error)
    return None


async def _texts(begun: Begun) -> AsyncIterator[str]:
    try:
        async for chunk in begun:
            yield chunk.decode()
    finally:
        await begun.aclose()


async def _collected(stream: Any, invocation: Invocation, *, as_events: bool) -> object:
    """One string of text, or a list of JSON values.

    Raises:
        ResponseTooLargeError: It grew past what the caller takes; reading stops there.
        ReplyError: It yields bytes.
    """
    limit = invocation.source.max_response
    items = as_async(stream, invocation)
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
