"""The driver for apps with anything asynchronous, for streams, and for several pollers: on asyncio or trio.

Sockets are non-blocking and raw, since a stream object of an event loop costs as much as everything else together. An
invocation is stepped by hand in a context of its own, inside the task of its poller, so that it costs no task.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from contextvars import ContextVar
from weakref import ref

import anyio
from anyio import CancelScope, create_task_group, wait_readable, wait_writable

from .._drive import NEED_LOOP, not_by_hand, resumed
from .._kept import cleared, note, outlives_invocation
from .._log import logger
from ..errors import HandlerCancelledError, RuntimeApiError, ShutdownError
from ._connection import Connection, silent

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Coroutine
    from contextvars import Context
    from typing import Any, TypeVar

    from ._hosted import RuntimeHost
    from ._http import Reply
    from ._poller import Poller
    from ._protocol import Address
    from ._runtime import Runtime

    T = TypeVar("T")


#: What a process is told to end by.
ENDING = (signal.SIGTERM, signal.SIGINT)


class AnyioConnection(Connection):
    """A connection whose waits let others run."""

    __slots__ = ()

    async def reply(self, patience: float | None) -> Reply:
        while True:
            # What accepts an answer before its end has been read already.
            if self._early is None and not await self.readable(patience):
                raise silent(patience)
            reply = self.said()
            if reply is not None:
                return reply

    async def readable(self, patience: float | None) -> bool:
        """Wait until there is something to read, at most *patience* seconds; whether there is."""
        assert self._socket is not None
        with anyio.move_on_after(patience):
            await wait_readable(self._socket.fileno())
            return True
        return False

    async def writable(self, patience: float) -> None:
        assert self._socket is not None
        with anyio.move_on_after(patience):
            await wait_writable(self._socket.fileno())


class AsyncioConnection(AnyioConnection):
    """The same where it is asyncio that others run on: it is told once what to wait for, and not at every wait.

    Two of them are in every invocation, and telling takes as long as everything else that is done for it.
    """

    __slots__ = ("_loop", "_registered", "_waiter")

    def __init__(self, address: Address) -> None:
        super().__init__(address)
        self._loop = asyncio.get_running_loop()
        self._registered = -1
        self._waiter: asyncio.Future[bool] | None = None

    async def readable(self, patience: float | None) -> bool:
        assert self._socket is not None
        if self._registered < 0:
            self._registered = self._socket.fileno()
            self._loop.add_reader(self._registered, self._wake, True)
        self._waiter = self._loop.create_future()
        timer = None if patience is None else self._loop.call_later(patience, self._wake, False)
        try:
            return await self._waiter
        finally:
            self._waiter = None
            if timer is not None:
                timer.cancel()

    def _wake(self, is_readable: bool) -> None:
        if self._waiter is None:
            # Nobody reads now, and would be told of it without end.
            self._forget()
        elif not self._waiter.done():
            self._waiter.set_result(is_readable)

    def _forget(self) -> None:
        if self._registered >= 0:
            self._loop.remove_reader(self._registered)
            self._registered = -1

    def close(self) -> None:
        self._forget()
        super().close()


class _Left:
    """What one invocation started and may leave behind: tasks, and async generators."""

    __slots__ = ("generators", "tasks")

    def __init__(self) -> None:
        self.tasks: list[asyncio.Task[Any]] = []
        self.generators: list[ref[AsyncGenerator[Any, Any]]] = []

    async def clear(self) -> None:
        tasks = [task for task in self.tasks if not task.done()]
        generators = [
            found
            for each in self.generators
            if (found := each()) is not None and getattr(found, "ag_frame", None) is not None
        ]
        if tasks or generators:
            with CancelScope(shield=True):
                await cleared(tasks, generators)


_left: ContextVar[_Left | None] = ContextVar("eventrouter.left", default=None)


class AnyioDriver:
    """Runs pollers side by side on one event loop.

    Args:
        backend: ``"asyncio"`` or ``"trio"``.
        margin: Seconds before the deadline at which a handler is cancelled; None: a tenth of the time.
    """

    by_hand = False

    def __init__(self, backend: str = "asyncio", *, margin: float | None = None) -> None:
        self._backend = backend
        self._margin = margin
        self._pollers: list[tuple[Poller, CancelScope]] = []
        self._cancelled: type[BaseException] = asyncio.CancelledError

    def connection(self, address: Address) -> Connection:
        return AsyncioConnection(address) if self._backend == "asyncio" else AnyioConnection(address)

    # ---- one coroutine

    async def run(self, coroutine: Coroutine[Any, Any, T], context: Context, host: RuntimeHost) -> T:
        """Run the coroutine of an invocation in *context*.

        Raises:
            BaseException: Its own; why it was cut short, if it was.
        """
        try:
            asked = context.run(coroutine.send, None)
        except StopIteration as done:
            return done.value  # type: ignore[no-any-return]
        if asked is not NEED_LOOP:
            raise not_by_hand(coroutine)
        left = _Left()
        context.run(_left.set, left)
        seconds = host.seconds(self._margin)
        try:
            with CancelScope(
                deadline=float("inf") if seconds is None else anyio.current_time() + seconds
            ) as host.scope:
                return await resumed(coroutine, context)
            raise host.interruption or ShutdownError()
        except self._cancelled as error:
            # Whoever ends the poller does that only while it has no invocation: somebody inside has cancelled this task.
            raise HandlerCancelledError from error
        finally:
            if left.tasks or left.generators:
                await left.clear()
            await self._uncancelled()

    async def _uncancelled(self) -> None:
        """Take back a cancellation that a handler asked for in its own task, and that would end the poller."""
        if self._backend != "asyncio":
            return
        task = asyncio.current_task()
        while task is not None and task.cancelling():
            task.uncancel()
            try:
                await asyncio.sleep(0)
            except asyncio.CancelledError:
                logger().warning("a handler cancelled its own task")

    async def call(self, coroutine: Coroutine[Any, Any, T]) -> T:
        return await coroutine

    async def pause(self, seconds: float) -> None:
        await anyio.sleep(seconds)

    # ---- the process

    def start(self, main: Callable[[], Coroutine[Any, Any, int]]) -> int:
        """Run the process."""
        return anyio.run(self._main, main, backend=self._backend)

    async def _main(self, main: Callable[[], Coroutine[Any, Any, int]]) -> int:
        self._cancelled = anyio.get_cancelled_exc_class()
        if self._backend == "asyncio":
            _record_what_is_left()
        return await main()

    def wake(self) -> None:
        """End the pollers that wait for an invocation; the others end after theirs."""
        for poller, scope in self._pollers:
            if poller.is_idle:
                scope.cancel()

    async def poll(self, runtime: Runtime, pollers: list[Poller]) -> None:
        """Have the pollers run until the process ends."""
        self._pollers = [(poller, CancelScope()) for poller in pollers]
        async with create_task_group() as watching:
            watching.start_soon(self._watch, runtime)
            async with create_task_group() as group:
                for poller, scope in self._pollers:
                    group.start_soon(self._one, runtime, poller, scope)
            if runtime.is_worker:
                # A second one must not end a worker in the middle of its shutdown, nor before it is ignored.
                signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
            watching.cancel_scope.cancel()
        _ignore(ENDING if runtime.is_worker else ())

    async def _one(self, runtime: Runtime, poller: Poller, scope: CancelScope) -> None:
        with scope:
            try:
                await poller.run()
            except RuntimeApiError as error:
                runtime.end(str(error), exit_code=1)
            except (SystemExit, KeyboardInterrupt) as error:
                runtime.fatal = error
                runtime.end()

    async def _watch(self, runtime: Runtime) -> None:
        with anyio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
            async for _ in signals:
                runtime.end()
                await anyio.sleep(runtime.grace)
                for poller, _scope in self._pollers:
                    if poller.host is not None:
                        poller.host.interrupt(ShutdownError())


def _ignore(blocked: tuple[signal.Signals, ...]) -> None:
    """Ignore the signals that were blocked, those that wait included."""
    for number in blocked:
        signal.signal(number, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, blocked)


def _record_what_is_left() -> None:
    """Have tasks and async generators recorded by the invocation that starts them."""
    loop = asyncio.get_running_loop()

    def make_task(loop: asyncio.AbstractEventLoop, coroutine: Any, **options: Any) -> asyncio.Task[Any]:
        task: asyncio.Task[Any] = asyncio.Task(coroutine, loop=loop, **options)
        left = _left.get()
        if left is not None:
            note(task, left.tasks)
        return task

    hooks = sys.get_asyncgen_hooks()

    def first_iteration(generator: AsyncGenerator[Any, Any]) -> None:
        left = _left.get()
        if left is not None and not outlives_invocation.get():
            left.generators.append(ref(generator))
        hooks.firstiter(generator)  # type: ignore[misc]  # asyncio has set one

    loop.set_task_factory(make_task)
    sys.set_asyncgen_hooks(firstiter=first_iteration)
