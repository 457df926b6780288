"""The one event loop of a thread: kept between invocations, so that clients and pools bound to it stay usable.

What an invocation leaves behind on the loop would run in the middle of the next one, under that one's context; so tasks
are counted as they are made, and what is not done at the end is cancelled, awaited and named in the log.
"""

from __future__ import annotations

import asyncio
import sys
import threading
from contextvars import ContextVar

from .errors import LoopError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections import deque
    from collections.abc import AsyncGenerator, Coroutine, Iterable, Sequence
    from typing import Any, Protocol, TypeVar

    T = TypeVar("T")

    class Keeper(Protocol):
        """Somebody else who sees to the tasks of an invocation."""

        def take(self, task: asyncio.Task[Any]) -> None: ...


#: Set while something is opened that outlives the invocation (lifespan, ``Depends(scope="app")``): its tasks stay. The
#: tasks of a mounted app are its keeper's.
outlives_invocation: ContextVar[bool | Keeper] = ContextVar("eventrouter.outlives_invocation", default=False)


def note(task: asyncio.Task[Any], made: list[asyncio.Task[Any]]) -> None:
    """Note a task that has just been started with those that the invocation has *made*, or with its keeper."""
    outlives = outlives_invocation.get()
    if not outlives:
        made.append(task)
    elif outlives is not True:
        outlives.take(task)


class KeptLoop:
    """An event loop that is the thread's current one and is never closed by us."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.loop.set_task_factory(self._make_task)
        self._made: list[asyncio.Task[Any]] = []
        #: What the loop is about to run; None where it is not asyncio's own, and has no such list.
        self._ready: deque[asyncio.Handle] | None = getattr(self.loop, "_ready", None)
        if self._ready is not None:
            self._record_generators(self.loop)
        self._runs: asyncio.Task[Any] | None = None

    @staticmethod
    def _record_generators(loop: Any) -> None:
        """Have the loop record what an invocation leaves open, and not what outlives it: a mounted app's lifespan, say."""
        recorded = loop._asyncgen_firstiter_hook

        def begun(generator: AsyncGenerator[Any, Any]) -> None:
            if not outlives_invocation.get():
                recorded(generator)

        loop._asyncgen_firstiter_hook = begun

    def _make_task(self, loop: asyncio.AbstractEventLoop, coroutine: Any, **options: Any) -> asyncio.Task[Any]:
        task: asyncio.Task[Any] = asyncio.Task(coroutine, loop=loop, **options)
        note(task, self._made)
        return task

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine, which may have been started by hand, to its end.

        Raises:
            LoopError: A loop is running in this thread already, or somebody stopped this one.
        """
        if asyncio._get_running_loop() is not None:
            coroutine.close()
            raise LoopError("an event loop is running in this thread: use `await app.dispatch(event, context)`")
        loop = self.loop
        # Synchronous code finds it between invocations, even after ``asyncio.run`` has taken its place.
        asyncio.set_event_loop(loop)
        # What ``run_until_complete`` does, in fewer steps; a name spares the counting of tasks.
        task: asyncio.Task[T] = asyncio.Task(coroutine, loop=loop, name="eventrouter")
        self._runs = task
        ready = self._ready
        try:
            if ready is not None and len(ready) == 1 and not loop.get_debug():
                self._step(loop, ready.popleft())
            if not task.done() or ready or ready is None or self._is_stopping(loop):
                task.add_done_callback(self._stop)
                loop.run_forever()
                if not task.done():
                    raise LoopError("the handler stopped the event loop that it runs on")
        except (SystemExit, KeyboardInterrupt):
            if task.done() and not task.cancelled():
                task.exception()  # it is on its way, so asyncio need not log that nobody asked for it
            raise
        finally:
            self._runs = None
            if not task.done():
                self._made.append(task)
            if self._made or getattr(loop, "_asyncgens", None):
                self._clear()
        return task.result()

    @staticmethod
    def _step(loop: Any, handle: asyncio.Handle) -> None:
        """Take the first step of a task as the loop would.

        Most handlers end with it. Then nothing has to be waited for, and what the loop asks the system twice for every run
        costs more than such a handler does.
        """
        hooks = sys.get_asyncgen_hooks()
        loop._thread_id = threading.get_ident()
        sys.set_asyncgen_hooks(loop._asyncgen_firstiter_hook, loop._asyncgen_finalizer_hook)
        asyncio._set_running_loop(loop)
        try:
            handle._run()
        finally:
            asyncio._set_running_loop(None)
            loop._thread_id = None
            sys.set_asyncgen_hooks(*hooks)

    @staticmethod
    def _is_stopping(loop: Any) -> bool:
        """Whether the handler asked the loop to stop: it must not do so in the next invocation."""
        return bool(loop._stopping)

    def _stop(self, task: asyncio.Task[Any]) -> None:
        # Where something else stopped the loop first, this is called in its next run, which must not end for it.
        if task is self._runs:
            self.loop.stop()

    def _clear(self) -> None:
        left = [task for task in self._made if not task.done()]
        # The loop's own record of async generators that were started and not finished; no public name for it.
        generators = [*getattr(self.loop, "_asyncgens", ())]
        self._made.clear()
        if left or generators:
            self.loop.run_until_complete(cleared(left, generators))


async def cleared(tasks: Sequence[asyncio.Task[Any]], generators: Iterable[AsyncGenerator[Any, Any]]) -> None:
    """End what an invocation left behind: cancel *tasks* and wait for them, close *generators*, and say so in the log."""
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks)
    for generator in generators:
        try:
            await generator.aclose()
        except Exception as error:
            from ._log import describe, logger

            logger().error("an async generator that the invocation left open failed to close: %s", describe(error))
    if tasks:
        from ._log import logger

        logger().warning(
            "cancelled %d tasks that the invocation left behind: %s",
            len(tasks),
            ", ".join(task.get_name() for task in tasks),
        )


class _Owner:
    """A thread's hold on its loop, which is closed when the thread has ended."""

    def __init__(self, kept: KeptLoop) -> None:
        self.kept = kept

    def __del__(self) -> None:
        self.kept.loop.close()


class _OfThread(threading.local):
    owner: _Owner | None = None


_of_thread = _OfThread()


def kept_loop() -> KeptLoop:
    """This thread's kept loop, made on first use, and again when user code closed it."""
    owner = _of_thread.owner
    if owner is None or owner.kept.loop.is_closed():
        owner = _of_thread.owner = _Owner(KeptLoop())
    return owner.kept
