"""Tumbling windows: the state goes from record to record and from batch to batch, and is always answered.

Lambda takes a missing ``state`` for a failed invocation, and the last call of a window, typically without records, carries
the aggregate: https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-windows.html
"""

from __future__ import annotations

from ._drive import on_loop
from ._json import dump_bytes, to_plain
from ._settle import Run
from .batch import FINAL, Window
from .errors import ReplyError
from .response import BufferedResponse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ._settle import Settings
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
    for index, record in enumerate(records):
        if index and not run.has_time():
            run.stop(index, "there was not enough time left")
            break
        if run.is_closed(index):
            continue
        try:
            state = await _step(run, table.match(record), record, state)
        except Exception as error:
            await run.failed(index, error)
        except BaseException as error:
            run.died(index, error)
        if run.is_over:
            break
    if run.fatal is not None:
        raise run.fatal
    if event.get("isFinalInvokeForWindow") is True and not run.errors:
        # Routes are found by the stream's ARN, which the event carries even when it has no records.
        candidates = table.candidates(event)
        if not candidates:
            raise table.no_route(event)
        state = await _step(run, candidates[0], FINAL, state)
    if run.errors and run.settings.reports:
        from ._report import log_failures

        log_failures(run)
    reply = run.source.reply(run.outcome())
    if len(dump_bytes(state)) > MAX_STATE:
        raise ReplyError(f"the state of a window has more than {MAX_STATE} bytes of JSON, which Lambda does not keep")
    return BufferedResponse({"state": state, **reply})


async def _step(run: Run, route: Route, record: Any, state: JsonValue) -> JsonValue:
    """Hand one record over and take the next state, as JSON: a handler that fails half way leaves the last one."""
    if route.plan.window is None:
        raise ReplyError(
            f"{route.name} handles a stream with a tumbling window, but does not ask for its state: add a parameter "
            "`window: Window[State]` and return the next state"
        )
    window: Any = Window(route.plan.window(to_plain(state)), run.invocation.event)
    if record is not FINAL:
        window.final = False
    run.invocation.state[STATE] = window
    result: Any = route.call(run.invocation, record)
    if hasattr(result, "__await__"):
        if not route.is_ours:
            await on_loop(run.invocation)
        result = await result
    # A state changed in place and not returned is kept just as well.
    following = to_plain(window.state if result is None else result)
    if following is None:
        return {}
    if not isinstance(following, dict):
        raise ReplyError(
            f"{route.name} returned a {type(following).__name__} as a window's state, which is a JSON object"
        )
    return following
