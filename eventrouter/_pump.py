"""An iterator run in a task of its own, so that waiting for its next item can be given up and taken up again.

A wait that is cancelled in the iterator's own task would end the iterator. It is run in one task from its first item to its
last, since timeouts and task groups that it opens belong to the task that opened them.
"""

from __future__ import annotations

import asyncio
import sys
from contextvars import copy_context

import anyio

from ._stream import NOT_YET

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from typing import Any


class Pump:
    """Iterates *items*, at most one ahead of whoever takes them; gives *beat* whenever *idle* seconds pass without an item.

    Once no seconds are *left* it gives the item that is made already, if there is one, and no more.
    """

    __slots__ = (
        "_beat",
        "_end",
        "_error",
        "_idle",
        "_is_over",
        "_item",
        "_items",
        "_left",
        "_ready",
        "_scope",
        "_taken",
    )

    def __init__(
        self,
        items: AsyncIterator[Any],
        *,
        idle: float | None = None,
        beat: object = None,
        left: Callable[[], float] | None = None,
    ) -> None:
        self._items = items
        self._left = left
        self._is_over = False
        self._idle = idle
        self._beat = beat
        self._item: Any = NOT_YET
        self._error: BaseException | None = None
        self._ready, self._taken, self._end = anyio.Event(), anyio.Event(), anyio.Event()
        self._scope = anyio.CancelScope()
        spawn(self._run)

    async def __anext__(self) -> Any:
        item = await self.next(self._idle)
        return self._beat if item is NOT_YET else item

    async def next(self, seconds: float | None) -> Any:
        """The next item, or ``NOT_YET`` after *seconds* without one.

        Raises:
            StopAsyncIteration: There is none, or no time for it.
            BaseException: What the iterator raised.
        """
        if self._is_over:
            raise StopAsyncIteration
        left = float("inf") if self._left is None else self._left()
        patience = float("inf") if seconds is None else seconds
        with anyio.move_on_after(min(left, patience)):
            await self._ready.wait()
        self._is_over = left <= 0 or (left <= patience and not self._ready.is_set())
        if not self._ready.is_set():
            if self._is_over:
                raise StopAsyncIteration
            return NOT_YET
        item, self._item = self._item, NOT_YET
        if item is NOT_YET:
            error, self._error = self._error, None
            raise error or StopAsyncIteration
        self._ready = anyio.Event()
        if not self._is_over:
            self._taken.set()
        return item

    async def aclose(self) -> None:
        """End the iterator, wherever it is, and wait until it has ended.

        Raises:
            BaseException: What its clean-up raised.
        """
        self._scope.cancel()
        with anyio.CancelScope(shield=True):
            await self._end.wait()
        if self._error is not None:
            error, self._error = self._error, None
            raise error

    async def _run(self) -> None:
        cancelled = anyio.get_cancelled_exc_class()
        try:
            with self._scope:
                async for item in self._items:
                    self._item, self._taken = item, anyio.Event()
                    self._ready.set()
                    await self._taken.wait()
            with anyio.CancelScope(shield=True):
                await self._items.aclose()  # type: ignore[attr-defined]
        except cancelled:
            raise  # the whole event loop is being ended
        except BaseException as error:
            self._error = error  # for whoever takes the items: nobody waits for this task
        finally:
            if not self._taken.is_set() and self._item is not NOT_YET and self._scope.cancel_called:
                self._item = NOT_YET
            self._ready.set()
            self._end.set()


def spawn(function: Callable[[], Awaitable[None]]) -> None:
    """Run *function* in a task that belongs to nobody: it ends with what it iterates, and never raises."""
    if asyncio._get_running_loop() is not None:
        # The loop holds tasks weakly; this one is held by the callback.
        task: asyncio.Task[None] = asyncio.ensure_future(function())
        _running.add(task)
        task.add_done_callback(_running.discard)
    else:
        trio: Any = sys.modules["trio"]
        trio.lowlevel.spawn_system_task(function, context=copy_context())


_running: set[asyncio.Task[None]] = set()
