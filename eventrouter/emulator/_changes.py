"""Word of what has happened, for whoever waits for something."""

from __future__ import annotations

from collections.abc import Callable

import anyio


class Changes:
    """Tells that something has happened, not what: whoever waits looks for himself."""

    def __init__(self) -> None:
        self._next, self._last = anyio.Event(), anyio.current_time()

    def tell(self) -> None:
        """Have whoever waits look again."""
        self._last = anyio.current_time()
        self._next.set()
        self._next = anyio.Event()

    @property
    def next(self) -> anyio.Event:
        """Set at the next change."""
        return self._next

    @property
    def idle(self) -> float:
        """Seconds since the last one."""
        return anyio.current_time() - self._last

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until *condition* holds."""
        while not condition():
            await self._next.wait()
