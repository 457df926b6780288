"""The enrichment step of an EventBridge pipe: records in, their new values out, and nothing in between is lost.

The pipe goes on with exactly what is answered, so an empty or shorter list drops events:
https://docs.aws.amazon.com/eventbridge/latest/userguide/pipes-enrichment.html
"""

from __future__ import annotations

from ._drive import on_loop
from ._sniff import source_named
from .answers import DROPPED
from .errors import RegistrationError, ReplyError
from .response import BufferedResponse, Response
from .source import Pattern

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ._settle import Settings
    from .context import Invocation
    from .routing import Route, Table
    from .types import Record, RouteOptions, Where


def pattern(written: str, where: Where | None, options: RouteOptions) -> Pattern:
    """The pattern of ``@app.pipe_enrichment("sqs:orders")``.

    Raises:
        RegistrationError: No pipe starts at such a source.
    """
    label, _, name = written.partition(":")
    source = source_named(label)
    if source is None or not source.is_batch or label == "cloudwatch_logs":
        raise RegistrationError(
            f'@app.pipe_enrichment is for the source of a pipe, as in "sqs:orders" or "kinesis", not {written!r}'
        )
    return Pattern(label, [(source.order[0], name or None)], where=where, options=options)


async def enrich(
    invocation: Invocation, table: Table, settings_for: Callable[[Table, Record], Settings]
) -> BufferedResponse:
    """Hand every record to its route and answer with the list of what they return.

    Raises:
        BaseException: The first failure: the pipe then tries all of its records again.
    """
    records = invocation.source.records(invocation.event)
    settings = settings_for(table, records[0])
    values: list[object] = []
    for record in records:
        try:
            route = table.match(record)
            result: Any = route.call(invocation, record)
            if hasattr(result, "__await__"):
                if not route.is_ours:
                    await on_loop(invocation)
                result = await result
            if result is not DROPPED:
                values.append(_checked(result, route))
        except Exception as error:
            await settings.observe(error, invocation, record)
            raise
    return BufferedResponse(values)


def _checked(result: object, route: Route) -> object:
    if result is None:
        raise ReplyError(
            f"{route.name} returned None for a record of a pipe, which would drop it: return its new value, or DROPPED"
        )
    if isinstance(result, Response) or hasattr(result, "__next__") or hasattr(result, "__anext__"):
        raise ReplyError(f"{route.name} returned a {type(result).__name__}, and a pipe goes on with JSON values")
    return result
