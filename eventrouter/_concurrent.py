"""Records side by side: as many workers as the route says, sharing one iterator, so that they start in order.

Workers never raise into their task group: one failing record must not cancel the others.
"""

from __future__ import annotations

import anyio
import anyio.to_thread

from ._drive import on_loop
from ._raised import failure_of
from ._run import NO_TIME

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from ._run import Run


async def side_by_side(run: Run) -> None:
    """Handle records (or, on ordered sources, whole lanes) concurrently."""
    await on_loop(run.invocation)
    groups = _groups(run)
    work = iter(groups)
    limiter = anyio.CapacityLimiter(run.settings.concurrency)
    has_started = False

    async def worker() -> None:
        nonlocal has_started
        for group in work:
            for index in group:
                why = run.stopped or (NO_TIME if has_started and not run.may_start() else "")
                if why:
                    run.leave((index,), why)
                elif not run.is_closed(index):
                    has_started = True
                    began = run.now()
                    await _one(run, index, limiter)
                    run.took(run.now() - began)

    try:
        async with anyio.create_task_group() as tasks:
            for _ in range(min(run.settings.concurrency, len(groups))):
                tasks.start_soon(worker)
    except BaseException as error:
        # The workers have kept the books to the end; if the invocation was cut short, it is told from them.
        if failure_of(error, run.invocation) is None:
            raise


def _groups(run: Run) -> Sequence[Sequence[int]]:
    """What runs side by side: records, or the records of each lane, one after the other."""
    if run.lane_of is None:
        return [(index,) for index in range(len(run.records))]
    lanes: dict[Hashable, list[int]] = {}
    for index, record in enumerate(run.records):
        lanes.setdefault(run.lane_of(record), []).append(index)
    return list(lanes.values())


async def _one(run: Run, index: int, limiter: anyio.CapacityLimiter) -> None:
    """One record: an async handler here, a synchronous one in a worker thread, where it may block."""
    try:
        route = run.table.match(run.records[index])
    except Exception as error:
        await run.failed(index, error)
        return
    if route.plan.waits or route.is_ours:
        await run.one(index, route)
        return
    invocation, record = run.invocation, run.records[index]
    threads = None if invocation.host is None else invocation.host.threads
    try:
        if threads is not None:
            result = await threads.call(invocation, route.call, invocation, record)
        else:
            result = await anyio.to_thread.run_sync(route.call, invocation, record, limiter=limiter)
        await run.take(index, route, result)
    except Exception as error:
        await run.failed(index, error)
    except BaseException as error:
        run.died((index,), error)
