"""Tumbling windows: the state goes from record to record and from batch to batch, and is always answered.

Lambda takes a missing ``state`` for a failed invocation, and the last call of a window, typically without records, carries
the aggregate: https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-windows.html
"""

from __future__ import annotations

from ._calls import called
from ._json import decode, dump_bytes, to_plain
from ._raised import as_raised
from ._run import NO_TIME, Run
from ._settle import ended
from .batch import FINAL, Window
from .errors import ReplyError
from .response import BufferedResponse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ._run import Settings
    from .context import Invocation
    from .routing import Route, Table
    from .types import JsonValue, Record

#: What a window's state may weigh, per shard.
MAX_STATE = 1024 * 1024

#: Where the window of the record at hand is found by the parameter that asks for it.
STATE = "eventrouter.window"


async def settle_window(
    invocation: Invocation, table: Table, settings_for: Callable[[Table, Record], Settings]
) -> BufferedResponse:
    """Handle the records of a windowed event, and its end."""
    event = invocation.event
    records = invocation.source.records(event)
    run = Run(invocation, records, table, settings_for(table, records[0] if records else event))
    state: JsonValue = event.get("state") or {}
    for index in range(len(records)):
        if index and not run.stopped and not run.has_time():
            run.stopped = NO_TIME
        if run.stopped:
            run.leave((index,), run.stopped)
        elif not run.is_closed(index):
            state = await _record(run, index, state)
    if event.get("isFinalInvokeForWindow") is True and not run.errors and run.fatal is None:
        state = await _final(run, state)
    reply = ended(run)
    if len(dump_bytes(state)) > MAX_STATE:
        raise ReplyError(f"the state of a window has more than {MAX_STATE} bytes of JSON, which Lambda does not keep")
    return BufferedResponse({"state": state, **reply})


async def _record(run: Run, index: int, state: JsonValue) -> JsonValue:
    """The state after a record; as it was, where the record failed."""
    record = run.records[index]
    try:
        return await _step(run, run.table.match(record), record, state)
    except Exception as error:
        await run.failed(index, error)
    except BaseException as error:
        run.died((index,), error)
    return state


async def _final(run: Run, state: JsonValue) -> JsonValue:
    """The call that ends the window. It is for no record that could be named, so its failure is raised."""
    event = run.invocation.event
    # Routes are found by the stream's ARN, which the event carries even when it has no records.
    route = run.table.at_end(event)
    if route is None:
        raise run.table.no_route(event)
    try:
        return await _step(run, route, FINAL, state)
    except Exception as raised:
        error = as_raised(raised)
        if not run.is_acknowledged(await run.observe(error)):
            run.fatal = error
    except BaseException as error:
        run.fatal = run.died((), error)
    return state


async def _step(run: Run, route: Route, record: Any, state: JsonValue) -> JsonValue:
    """Hand one record over and take the next state, as JSON: a handler that fails half way leaves the last one."""
    if route.plan.window is None:
        run.stopped = "its handler does not ask for the window"
        run.fatal = ReplyError(
            f"{route.name} handles a stream with a tumbling window, but does not ask for its state: add a parameter "
            "`window: Window[State]` and return the next state"
        )
        return state
    # A copy: what the handler changes before it fails must not stay.
    window: Any = Window(route.plan.window(decode(dump_bytes(state))), run.invocation.event)
    if record is not FINAL:
        window.final = False
    run.invocation.state[STATE] = window
    result = await called(run.invocation, route, record)
    # A state changed in place and not returned is kept just as well.
    following = to_plain(window.state if result is None else result)
    if following is None:
        return {}
    if not isinstance(following, dict):
        raise ReplyError(
            f"{route.name} returned a {type(following).__name__} as a window's state, which is a JSON object"
        )
    return following
