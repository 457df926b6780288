"""The driver for apps with nothing asynchronous: no event loop, and nothing imported for one."""

from __future__ import annotations

import signal
import time
from contextvars import copy_context

from .._drive import NEED_LOOP, drive, not_by_hand
from ._connection import BREATH, BlockingConnection
from ._hosted import TerminatedError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from contextvars import Context
    from types import FrameType
    from typing import Any, NoReturn, TypeVar

    from ._connection import Connection
    from ._poller import Poller
    from ._protocol import Address
    from ._runtime import Runtime

    T = TypeVar("T")


class BlockingDriver:
    """Runs one poller, and everything by hand. What turns out to be asynchronous gets the kept loop of plain handlers."""

    by_hand = True

    def __init__(self, *, breath: float = BREATH) -> None:
        self._breath = breath

    def connection(self, address: Address) -> Connection:
        return BlockingConnection(address, self._breath)

    async def run(self, coroutine: Coroutine[Any, Any, T], context: Context, host: object = None) -> T:
        try:
            asked = context.run(coroutine.send, None)
        except StopIteration as done:
            return done.value  # type: ignore[no-any-return]
        if asked is not NEED_LOOP:
            raise not_by_hand(coroutine)
        from .._kept import kept_loop

        return context.run(kept_loop().run, coroutine)

    async def call(self, coroutine: Coroutine[Any, Any, T]) -> T:
        return await self.run(coroutine, copy_context())

    async def pause(self, seconds: float) -> None:
        time.sleep(seconds)

    def start(self, main: Callable[[], Coroutine[Any, Any, int]]) -> int:
        """Run the process; nothing in it waits for anything but the system."""
        return drive(main())

    def wake(self) -> None:
        """There is one poller, and it looks at every turn whether the process ends."""

    async def poll(self, runtime: Runtime, pollers: list[Poller]) -> None:
        """Have the poller run until the process is told to end."""
        (poller,) = pollers
        grace = runtime.grace

        def end(number: int, frame: FrameType | None) -> None:
            runtime.end()
            if poller.is_idle:
                raise TerminatedError
            # Whatever it is doing may be at its end soon; if not, there is just time to say so.
            signal.signal(signal.SIGALRM, _interrupt)
            signal.setitimer(signal.ITIMER_REAL, grace)

        previous = {number: signal.signal(number, end) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            await poller.run()
        except TerminatedError:
            pass  # between two invocations, or one that has been told of it
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            for number, handler in previous.items():
                # A second one must not end a worker in the middle of its shutdown.
                signal.signal(number, signal.SIG_IGN if runtime.is_worker else handler)


def _interrupt(number: int, frame: FrameType | None) -> NoReturn:
    raise TerminatedError
