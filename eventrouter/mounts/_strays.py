"""What a mounted app starts for a request and does not wait for itself: tasks that outlast its answer."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import anyio

from .._log import warn_once

if TYPE_CHECKING:
    from ..context import Invocation

#: Seconds that tasks which outlast an answer are waited for: most have something to send, and are done with it soon.
PATIENCE = 1.0


class Strays:
    """The tasks that a request has started and that are not done.

    They are never cancelled. An app may have put one into a task group of its lifespan, which would end with it, and what
    goes on for hours is started by the first request as often as not.
    """

    __slots__ = ("_tasks",)

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()

    def take(self, task: asyncio.Task[Any]) -> None:
        """Note a task that has just been started."""
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def settled(self, invocation: Invocation, name: str) -> None:
        """Wait until they are done, for as long as there is time; what goes on is named in the log."""
        if not self._tasks:
            return
        with anyio.move_on_after(min(PATIENCE, invocation.remaining_seconds() / 2)):
            while self._tasks:
                await asyncio.wait(self._tasks)
        if self._tasks:
            warn_once(
                ("strays", name),
                "%s left %d tasks running after its answer: %s. They stand still until the next invocation: have the answer "
                "wait for what must be done, and start in the lifespan what goes on",
                name,
                len(self._tasks),
                ", ".join(sorted(task.get_name() for task in self._tasks)),
            )
