"""What the runtime offers to an invocation: a stream to its caller, work after its answer, threads, and an end in time."""

from __future__ import annotations

import time

from .._drive import on_loop
from .._host import Host
from .._run import default_margin
from ..errors import HandlerStoppedError, HandlerTimeoutError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Protocol

    from .._host import StreamSettings
    from ..context import Invocation
    from ._protocol import Received

    class Scope(Protocol):
        """A cancel scope, as anyio's."""

        @property
        def cancel_called(self) -> bool: ...
        def cancel(self) -> None: ...


class TerminatedError(BaseException):
    """Raised in the main thread when the process was told to end: no ``except Exception`` of a handler's keeps it going."""


class RuntimeHost(Host):
    """The runtime, to one invocation.

    Attributes:
        scope: What cancels its asynchronous code; None while none has been reached.
        abandoned: The name of a function that was left running in its thread when the time was over.
    """

    __slots__ = ("_why", "abandoned", "received", "scope")

    def __init__(self, settings: StreamSettings, received: Received, threads: Threads | None) -> None:
        super().__init__(settings, is_deferred=True)
        self.received = received
        self.scope: Scope | None = None
        self.threads = threads
        self.abandoned = ""
        self._why: Exception | None = None

    @property
    def interruption(self) -> Exception | None:
        if self._why is None and self.scope is not None and self.scope.cancel_called:
            self._why = HandlerTimeoutError()
        return self._why

    def interrupt(self, why: Exception) -> None:
        """Cancel what the invocation waits for; it fails with *why*."""
        if self._why is None and self.scope is not None:
            self._why = why
            self.scope.cancel()

    def seconds(self, margin: float | None) -> float | None:
        """Seconds until the handler is to be cancelled, so that its failure can still be told; None: it has no deadline."""
        deadline, invocation = self.received.deadline_ms, self.invocation
        assert invocation is not None
        remaining = 0.0 if deadline is None else deadline / 1000 - time.time()
        if remaining <= 0:  # what has just been handed over is not over: the clocks differ
            return None
        limit = invocation.source.caller_limit
        if limit is not None and limit < remaining and not self.streams(invocation):
            remaining = limit
        return remaining - (default_margin(remaining) if margin is None else min(margin, remaining / 2))


class Threads:
    """Worker threads for synchronous handlers, as many as there are pollers."""

    def __init__(self, count: int) -> None:
        from anyio import CapacityLimiter

        self._limiter = CapacityLimiter(count)

    async def call(
        self, invocation: Invocation, function: Callable[..., Any], /, *arguments: Any, **keywords: Any
    ) -> Any:
        """Call *function* in a thread; it keeps running there if it is cancelled, since a thread cannot be ended."""
        await on_loop(invocation)
        from anyio import to_thread

        is_over = False

        def call() -> Any:
            nonlocal is_over
            try:
                return function(*arguments, **keywords)
            except StopIteration as error:
                raise HandlerStoppedError from error
            finally:
                is_over = True

        try:
            return await to_thread.run_sync(call, abandon_on_cancel=True, limiter=self._limiter)
        finally:
            host: Any = invocation.host
            if not is_over:
                host.abandoned = getattr(function, "__name__", "a synchronous handler")
