"""Handlers of whole batches: which records are handed over together, and what their one answer means for each.

On ordered sources a batch is a run of neighbours of one route; regrouping would reorder. Elsewhere it is all of them.
"""

from __future__ import annotations

from ._drive import on_loop
from ._settle import checked
from .batch import Batch, Item
from .errors import NotReachedError, ReplyError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from ._settle import Run
    from .routing import Route


async def in_runs(run: Run) -> None:
    """Handle a batch of which some routes want their records together."""
    ordered = run.lane_of is not None
    waiting: dict[Route, list[int]] = {}
    plan: list[tuple[Route | None, list[int]]] = []
    for index, record in enumerate(run.records):
        route: Route | None
        try:
            route = run.table.match(record)
        except Exception as error:
            await run.failed(index, error)
            continue
        if not route.takes_batch:
            plan.append((None, [index]))
        elif ordered and plan and plan[-1][0] is route:
            plan[-1][1].append(index)
        elif not ordered and route in waiting:
            waiting[route].append(index)
        else:
            group = waiting[route] = [index]
            plan.append((route, group))
    for number, (route, group) in enumerate(plan):
        if run.is_over:
            return
        if number and not run.has_time():
            for _, later in plan[number:]:
                for index in later:
                    run.errors.setdefault(index, NotReachedError(index, "there was not enough time left"))
            return
        open_ones = [index for index in group if not run.is_closed(index)]
        if route is None:
            for index in open_ones:
                await run.one(index)
        elif open_ones:
            await _together(run, route, open_ones)


async def _together(run: Run, route: Route, indexes: Sequence[int]) -> None:
    """One call of a batch handler."""
    ready: list[int] = []
    values: list[Any] = []
    for index in indexes:
        if run.is_closed(index):
            continue
        try:
            values.append(_value(run, route, index))
            ready.append(index)
        except Exception as error:
            await run.failed(index, error)
    if not ready:
        return
    given: Any = Batch(values) if route.plan.batch == "batch" else values
    try:
        result = route.call(run.invocation, given)
        if hasattr(result, "__await__"):
            if not route.is_ours:
                await on_loop(run.invocation)
            result = await result
        failed = _named_failures(run, ready, result)
        if failed is None:
            checked(result, route, run.source)
    except Exception as error:
        for index in ready:
            await run.failed(index, error)
        return
    except BaseException as error:
        run.died(ready[0], error)
        return
    for index, value in zip(ready, values, strict=True):
        error_of: BaseException | None = getattr(value, "error", None) if route.plan.batch == "batch" else None
        if error_of is None and failed and index in failed:
            error_of = ReplyError(f"{route.name} named the record in batchItemFailures")
        if error_of is not None:
            if isinstance(error_of, Exception):
                await run.failed(index, error_of)
            else:
                run.fail(index, error_of)
        elif index not in run.errors:
            run.is_closed(index)


def _value(run: Run, route: Route, index: int) -> Any:
    record = run.records[index]
    if route.plan.batch == "list":
        assert route.make_record is not None
        return route.make_record(run.invocation, record)
    assert route.read is not None and route.make_record is not None
    invocation, make = run.invocation, route.make_record
    return Item(route.read(record), record, lambda raw: make(invocation, raw))


def _named_failures(run: Run, indexes: Sequence[int], result: Any) -> set[int] | None:
    """The positions that a handler's own ``{"batchItemFailures": [...]}`` names; None where it returned something else.

    Raises:
        ReplyError: It names a record that is not in the batch, or none: Lambda would take that for all or for nothing.
    """
    if not isinstance(result, dict):
        return None
    if set(result) != {"batchItemFailures"}:
        if any("batchitemfailures" in str(key).lower() for key in result):
            raise ReplyError("a batch handler's answer has one key, written batchItemFailures")
        return None
    entries = result["batchItemFailures"]
    if entries is None:
        return set()
    identify = run.source.identify
    if identify is None:
        raise ReplyError(f"{run.source.name} has no batchItemFailures: raise, or use Batch and item.fail(error)")
    positions: dict[str, list[int]] = {}
    for index in indexes:
        positions.setdefault(repr(identify(run.records[index])), []).append(index)
    failed: set[int] = set()
    if not isinstance(entries, list):
        raise ReplyError("batchItemFailures is a list of {'itemIdentifier': ...}")
    for entry in entries:
        identifier = entry.get("itemIdentifier") if isinstance(entry, dict) else None
        found = positions.get(repr(identifier))
        if not identifier or found is None:
            raise ReplyError("batchItemFailures names a record that is not in this batch")
        if failed.issuperset(found):
            raise ReplyError("batchItemFailures names a record twice")
        failed.update(found)
    return failed
