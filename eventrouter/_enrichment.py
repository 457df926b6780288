"""The enrichment step of an EventBridge pipe: records in, their new values out, and nothing in between is lost.

The pipe goes on with exactly what is answered, so an empty or shorter list drops events:
https://docs.aws.amazon.com/eventbridge/latest/userguide/pipes-enrichment.html
"""

from __future__ import annotations

from ._calls import called
from ._json import to_plain
from ._raised import as_raised, raisable
from ._run import NO_TIME, Run
from ._sniff import source_named
from .answers import DROPPED
from .errors import NotReachedError, RegistrationError, ReplyError
from .response import BufferedResponse, Response
from .source import Pattern

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from ._run import Settings
    from .context import Invocation
    from .routing import Route, Table
    from .types import Record, RouteOptions, Where

#: What a pipe can start with: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-event-source.html
SOURCES = ("sqs", "kinesis", "dynamodb", "kafka", "mq_active", "mq_rabbit")
#: Options that leave a record out, or handle it by itself: a pipe would lose what the answer does not hold.
_MEANINGLESS = ("failures", "concurrency", "invalid", "unmatched", "via")


def pattern(written: str, where: Where | None, options: RouteOptions) -> Pattern:
    """The pattern of ``@app.pipe_enrichment("sqs:orders")``.

    Raises:
        RegistrationError: No pipe starts at such a source, or an option has no meaning in one.
    """
    label, _, name = written.partition(":") if isinstance(written, str) else ("", "", "")
    source = source_named(label) if label in SOURCES else None
    if source is None:
        raise RegistrationError(
            f'@app.pipe_enrichment is for the source of a pipe ({", ".join(SOURCES)}), as in "sqs:orders" or "kinesis", '
            f"not {written!r}"
        )
    for option in _MEANINGLESS:
        if option in options:
            raise RegistrationError(
                f"@app.pipe_enrichment({written!r}): {option}= has no meaning: a pipe takes one list with the new value of "
                "every record, or tries all of them again"
            )
    return Pattern(label, [(source.order[0], name or None)], where=where, options=options)


def refuse_batch(what: str, *, takes_batch: bool, takes_window: bool) -> None:
    """Refuse a handler that an enrichment cannot call.

    Raises:
        RegistrationError: It wants more than one record, or a window.
    """
    if takes_batch or takes_window:
        wants = "a whole batch" if takes_batch else "a window's state"
        raise RegistrationError(
            f"{what} takes {wants}, and an enrichment is called once per record: its value is that record's place in the list"
        )


async def enrich(
    invocation: Invocation, table: Table, settings_for: Callable[[Table, Record], Settings]
) -> BufferedResponse:
    """Hand every record to its route and answer with the list of what they return.

    Raises:
        BaseException: The first failure: the pipe then tries all of its records again.
    """
    records = invocation.source.records(invocation.event)
    run = Run(invocation, records, table, settings_for(table, records[0]))
    values: list[object] = []
    for index, record in enumerate(records):
        if index and not run.has_time():
            raise NotReachedError(index, NO_TIME)
        try:
            value = await _enriched(invocation, table.match(record), record)
        except Exception as raised:
            error = as_raised(raised)
            await run.observe(error)
            if error is raised:
                raise
            raise raisable(error) from error
        except BaseException as error:
            counts_as = run.died((index,), error)
            if counts_as is error:
                raise
            raise counts_as from error
        if value is not DROPPED:
            values.append(value)
    return BufferedResponse(values)


async def _enriched(invocation: Invocation, route: Route, record: Record) -> object:
    result = await called(invocation, route, record)
    if result is None:
        raise ReplyError(
            f"{route.name} returned None for a record of a pipe, which would drop it: return its new value, or DROPPED"
        )
    if isinstance(result, Response) or hasattr(result, "__next__") or hasattr(result, "__anext__"):
        raise ReplyError(f"{route.name} returned a {type(result).__name__}, and a pipe goes on with JSON values")
    return result if result is DROPPED else to_plain(result)
