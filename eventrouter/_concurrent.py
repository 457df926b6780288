"""Records side by side: as many workers as the route says, sharing one iterator, so that they start in order.

Workers never raise into their task group: one failing record must not cancel the others.
"""

from __future__ import annotations

import anyio
import anyio.to_thread

from ._drive import on_loop
from .errors import NotReachedError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Hashable

    from ._settle import Run


async def side_by_side(run: Run) -> None:
    """Handle records (or, on ordered sources, whole lanes) concurrently."""
    await on_loop(run.invocation)
    groups: list[list[int]] = []
    if run.lane_of is None:
        groups = [[index] for index in range(len(run.records))]
    else:
        lanes: dict[Hashable, list[int]] = {}
        for index, record in enumerate(run.records):
            lanes.setdefault(run.lane_of(record), []).append(index)
        groups = list(lanes.values())
    work = iter(groups)
    started = 0

    async def worker() -> None:
        nonlocal started
        for group in work:
            for index in group:
                if run.is_over or (started and not run.has_time()):
                    run.errors.setdefault(index, NotReachedError(index, "there was not enough time left"))
                    continue
                started += 1
                if not run.is_closed(index):
                    await _one(run, index)

    async with anyio.create_task_group() as tasks:
        for _ in range(min(run.settings.concurrency, len(groups))):
            tasks.start_soon(worker)


async def _one(run: Run, index: int) -> None:
    """One record: an async handler here, a synchronous one in a worker thread, where it may block."""
    try:
        route = run.table.match(run.records[index])
    except Exception as error:
        await run.failed(index, error)
        return
    if route.plan.waits or route.is_ours:
        await run.one(index)
        return
    try:
        result = await anyio.to_thread.run_sync(route.call, run.invocation, run.records[index])
        await run.take(index, route, result)
    except Exception as error:
        await run.failed(index, error)
    except BaseException as error:
        run.died(index, error)
        if isinstance(error, anyio.get_cancelled_exc_class()):
            raise
