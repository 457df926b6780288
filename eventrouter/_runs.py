"""Handlers of whole batches: which records are handed over together, and what their one answer means for each.

On ordered sources a batch is a run of neighbours of one route; regrouping would reorder. Elsewhere it is all of them.
"""

from __future__ import annotations

from ._binding_payload import WINDOWED
from ._calls import called
from ._returned import checked
from ._run import LANE_FAILED, NO_TIME
from .batch import Batch, Item
from .errors import ReplyError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence
    from typing import Any

    from ._run import Run
    from .routing import Route
    from .types import JsonValue


class Step:
    """Records that are handled together, or one that no route takes: *route* is None then, and *error* says why."""

    __slots__ = ("error", "indexes", "route")

    def __init__(self, indexes: list[int], route: Route | None = None, error: Exception | None = None) -> None:
        self.indexes = indexes
        self.route = route
        self.error = error


async def in_runs(run: Run) -> None:
    """Handle a batch of which some routes want their records together."""
    steps = _planned(run)
    for number, step in enumerate(steps):
        if number and not run.stopped and not run.has_time():
            run.stopped = NO_TIME
        if run.stopped:
            run.leave(step.indexes, run.stopped)
            continue
        indexes = [index for index in step.indexes if not run.is_closed(index)]
        if not indexes:
            continue
        if step.route is None:
            assert step.error is not None
            await run.failed(indexes[0], step.error)
        elif step.route.takes_batch:
            await _together(run, step.route, indexes)
        else:
            await run.one(indexes[0], step.route)


def _planned(run: Run) -> Sequence[Step]:
    """The steps in which the records are handled, in the order of the batch: a failure must not come before its time."""
    is_ordered = run.lane_of is not None
    steps: list[Step] = []
    waiting: dict[Route, Step] = {}
    for index, record in enumerate(run.records):
        try:
            route = run.table.match(record)
        except Exception as error:
            steps.append(Step([index], error=error))
            continue
        step = None
        if route.takes_batch:
            step = waiting.get(route)
            if is_ordered and step is not None and step is not steps[-1]:
                step = None  # another route's records, or one that nobody takes, stand between
        if step is None:
            step = waiting[route] = Step([], route)
            steps.append(step)
        step.indexes.append(index)
    return steps


async def _together(run: Run, route: Route, indexes: Sequence[int]) -> None:
    """One call of a batch handler."""
    ready, values = await _values(run, route, indexes)
    if run.stopped:
        run.leave(indexes, run.stopped)
    if not ready or run.stopped:
        return
    try:
        result = await called(run.invocation, route, Batch(values) if route.plan.batch == "batch" else values)
        named = _named_failures(run, ready, result)
        if named is None:
            named = set()
            if result is not None:
                checked(result, route, run.source)
    except Exception as error:
        await _all_failed(run, ready, values, error)
    except BaseException as error:
        run.died(ready, error)
    else:
        await _each(run, route, ready, values, named)


async def _values(run: Run, route: Route, indexes: Sequence[int]) -> tuple[list[int], list[Any]]:
    """What the handler is given, and of which records: those that do not validate have failed already."""
    ready: list[int] = []
    values: list[Any] = []
    for index in indexes:
        if run.stopped or run.is_closed(index):
            continue
        try:
            values.append(_value(run, route, index))
            ready.append(index)
        except Exception as error:
            await run.failed(index, error)
    return ready, values


def _value(run: Run, route: Route, index: int) -> Any:
    record = run.records[index]
    invocation, make = run.invocation, route.make_record
    if route.plan.batch == "list":
        return make(invocation, record)
    assert route.read is not None
    return Item(route.read(invocation, record), record, lambda raw: make(invocation, raw))


async def _all_failed(run: Run, ready: Sequence[int], values: Sequence[Any], error: Exception) -> None:
    """The call failed, and every record with it, unless an exception handler has dealt with all of them."""
    counts_as = await _counts_as(run, ready, error)
    for index, value in zip(ready, values, strict=True):
        failed = _said_of(value) or counts_as
        if failed is not None:
            run.fail(index, failed)


async def _each(run: Run, route: Route, ready: Sequence[int], values: Sequence[Any], named: set[int]) -> None:
    """The call succeeded, but for the records that the handler says failed, and those after them in their order."""
    closed: set[Hashable] = set()
    for index, value in zip(ready, values, strict=True):
        lane = None if run.lane_of is None else run.lane_of(run.records[index])
        error = _said_of(value)
        if error is None and index in named:
            error = ReplyError(f"{route.name} named the record in batchItemFailures")
        if isinstance(error, Exception):
            error = await _counts_as(run, (index,), error)
        if error is not None:
            run.fail(index, error)
            closed.add(lane)
        elif run.lane_of is not None and lane in closed:
            run.leave((index,), LANE_FAILED)


async def _counts_as(run: Run, indexes: Sequence[int], error: Exception) -> BaseException | None:
    """What a handler's own failure is once the user's exception handlers have seen it; None if they dealt with it."""
    try:
        return None if run.is_acknowledged(await run.observe(error)) else error
    except Exception as raised:
        return raised
    except BaseException as raised:
        run.died(indexes, raised)
        return raised


def _said_of(value: Any) -> BaseException | None:
    """What a handler said of one item of a ``Batch`` by ``item.fail(error)``."""
    return value.error if type(value) is Item else None


def _named_failures(run: Run, indexes: Sequence[int], result: Any) -> set[int] | None:
    """The positions that a handler's own ``{"batchItemFailures": [...]}`` names; None where it returned something else.

    Raises:
        ReplyError: It names a record that is not in the batch, or none: Lambda would take that for all or for nothing.
    """
    if not isinstance(result, dict):
        return None
    if set(result) != {"batchItemFailures"}:
        if any(str(key).lower() == "batchitemfailures" for key in result):
            raise ReplyError("a batch handler's answer has one key, written batchItemFailures")
        return None
    entries = result["batchItemFailures"]
    if not entries:
        return set()
    if not isinstance(entries, list):
        raise ReplyError("batchItemFailures is a list of {'itemIdentifier': ...}")
    if run.source.identify is None:
        raise ReplyError(f"{run.source.name} has no batchItemFailures: raise, or use Batch and item.fail(error)")
    positions: dict[Hashable, list[int]] = {}
    for index in indexes:
        positions.setdefault(_comparable(_identifier(run, index)), []).append(index)
    counts: dict[Hashable, int] = {}
    failed: set[int] = set()
    for entry in entries:
        identifier = entry.get("itemIdentifier") if isinstance(entry, dict) else None
        key = _comparable(identifier)
        found = positions.get(key)
        if not identifier or found is None:
            raise ReplyError("batchItemFailures names a record that is not in this batch")
        counts[key] = counts.get(key, 0) + 1
        # A queue may deliver a message twice in one batch, and both may have failed.
        if counts[key] > len(found):
            raise ReplyError("batchItemFailures names a record twice")
        failed.update(found)
    return failed


def _identifier(run: Run, index: int) -> JsonValue:
    """What the trigger knows a record by; None for a record that does not say."""
    assert run.source.identify is not None
    record = run.records[index]
    try:
        if run.invocation.delivery == "pipes" and run.source.name in WINDOWED:
            return record["eventID"]  # EventBridge Pipes does not know sequence numbers
        return run.source.identify(record)
    except (KeyError, TypeError, ValueError, IndexError):
        return None


def _comparable(identifier: JsonValue) -> Hashable:
    """Kafka's identifiers are objects, whose keys have no order."""
    return repr(sorted(identifier.items())) if isinstance(identifier, dict) else repr(identifier)
