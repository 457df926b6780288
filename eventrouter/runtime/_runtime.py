"""The life of a runtime process: load, start, poll, end. Every way out says why, and ends with the right exit code."""

from __future__ import annotations

import sys

from .._log import logger
from ..context import Invocation, LambdaContext
from ..errors import RuntimeApiError
from ._asking import register_extension, tell_init_error, user_agent
from ._context import Function
from ._load import load
from ._poller import Poller
from ._survey import is_async, needs_loop

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Coroutine, Mapping
    from contextvars import Context
    from typing import Any, Protocol, TypeVar

    from ..app import App
    from ._connection import Connection
    from ._hosted import RuntimeHost, Threads
    from ._protocol import Address

    T = TypeVar("T")

    class Driver(Protocol):
        """How a process waits."""

        @property
        def by_hand(self) -> bool: ...
        def connection(self, address: Address) -> Connection: ...
        async def run(self, coroutine: Coroutine[Any, Any, T], context: Context, host: RuntimeHost) -> T: ...
        async def call(self, coroutine: Coroutine[Any, Any, T]) -> T: ...
        async def pause(self, seconds: float) -> None: ...
        async def poll(self, runtime: Runtime, pollers: list[Poller]) -> None: ...
        def wake(self) -> None: ...


#: Seconds that what is being handled is given when the process is told to end. Of its 300 to 500 ms until it is killed, the
#: rest is for telling the caller and for the shutdown.
GRACE = 0.15


#: Seconds that the server may take to accept an answer at least; until the deadline, if that is later.
PATIENCE = 10.0


class StartError(Exception):
    """The process cannot start; Lambda has been told. ``exit_code`` is what it ends with."""

    def __init__(self, exit_code: int) -> None:
        self.exit_code = exit_code
        super().__init__(exit_code)


class Runtime:
    """One process.

    Attributes:
        grace: Seconds that what is being handled is given when the process is told to end.
        patience: Seconds that the server has at least to accept an answer.
        is_ending: No further invocation is asked for.
        fatal: What a handler raised to end the process.
        threads: Where synchronous handlers run, if others would wait for them.
        sets_trace: There is one invocation at a time, so X-Ray's environment variable can say which.
        is_worker: It is one of several processes, to which signals are handed on: one that was sent to all of them comes twice.
    """

    def __init__(
        self,
        app: App,
        address: Address,
        environment: Mapping[str, str],
        driver: Driver,
        *,
        grace: float = GRACE,
        patience: float = PATIENCE,
    ) -> None:
        self.app = app
        self.address = address
        self.driver = driver
        self.settings = app._stream_settings()
        self.function = Function(environment)
        self.user_agent = user_agent()
        self.grace = grace
        self.patience = patience
        self.is_ending = False
        self.fatal: BaseException | None = None
        self.threads: Threads | None = None
        self.sets_trace = True
        self.is_worker = False
        self._exit_code = 0
        self._is_restored = environment.get("AWS_LAMBDA_INITIALIZATION_TYPE") == "snap-start"
        self._extension: Connection | None = None

    def end(self, why: str = "", *, exit_code: int = 0) -> None:
        """Have the process end as soon as what it does is done."""
        if why:
            logger().critical("%s", why)
        self._exit_code = self._exit_code or exit_code
        self.is_ending = True
        self.driver.wake()

    async def main(self, pollers: int = 1, *, has_extension: bool = True) -> int:
        """Start the app, handle invocations, end it.

        Returns:
            The exit code.
        """
        if has_extension:
            self._extension = register_extension(self.address)
        try:
            await self._start()
            await self.driver.poll(self, [Poller(self, self.driver.connection(self.address)) for _ in range(pollers)])
        except StartError as error:
            self._exit_code = error.exit_code
        except RuntimeApiError as error:
            self.end(str(error), exit_code=1)
        except (SystemExit, KeyboardInterrupt) as error:
            self.fatal = error
        finally:
            await self._stop()
        return self._exit_code if self.fatal is None else self._exit_of(self.fatal)

    async def _start(self) -> None:
        invocation = Invocation({}, LambdaContext(), source=direct(), by_hand=self.driver.by_hand)
        if not self.app._started.is_done:
            try:
                await self.driver.call(self._opened(invocation))
            except Exception as error:
                tell_init_error(self.address, error, "Runtime.LifespanError")
                raise StartError(1) from error
        if self._is_restored:
            from ._snapstart import across_snapshot

            exit_code = across_snapshot(self.app, self.address)
            if exit_code:
                raise StartError(exit_code)

    async def _opened(self, invocation: Invocation) -> None:
        await self.app._started.start(self.app, invocation)

    async def _stop(self) -> None:
        try:
            await self.driver.call(self.app.shutdown(by_hand=self.driver.by_hand))
        except Exception as error:
            from .._trace import log_error

            log_error("the shutdown failed", error)
            self._exit_code = self._exit_code or 1
        finally:
            if self._extension is not None:
                self._extension.close()

    @staticmethod
    def _exit_of(error: BaseException) -> int:
        if not isinstance(error, SystemExit):
            logger().critical("a handler raised %s: the process ends", type(error).__name__)
            return 130
        code = error.code
        logger().critical("a handler raised SystemExit: the process ends")
        return 0 if code is None else code if isinstance(code, int) else 1


def serve(name: str, address: Address, environment: Mapping[str, str], *, backend: str = "asyncio") -> int:
    """Load the app that *name* names and run it with one poller.

    Returns:
        The exit code.
    """
    app = loaded(name, address)
    return 1 if app is None else serve_app(app, address, environment, backend=backend)


def serve_app(
    app: App,
    address: Address,
    environment: Mapping[str, str],
    *,
    backend: str = "asyncio",
    pollers: int = 1,
    has_extension: bool = True,
    is_worker: bool = False,
) -> int:
    """Run *app* until the process ends."""
    try:
        wants_loop = pollers > 1 or needs_loop(app)
    except Exception as error:
        tell_init_error(address, error)
        return 1
    if not wants_loop:
        from ._blocking import BlockingDriver

        blocking = BlockingDriver()
        runtime = Runtime(app, address, environment, blocking)
        runtime.is_worker = is_worker
        return blocking.start(lambda: runtime.main(has_extension=has_extension))
    from ._anyio import AnyioDriver

    driver = AnyioDriver(backend, margin=app._settings.margin)
    runtime = Runtime(app, address, environment, driver)
    runtime.is_worker = is_worker
    if pollers > 1:
        from ._hosted import Threads

        runtime.sets_trace = False
        runtime.threads = None if is_async(app) else Threads(pollers)
    return driver.start(lambda: runtime.main(pollers, has_extension=has_extension))


def loaded(name: str, address: Address) -> App | None:
    """The app; None where there is none, of which Lambda has been told."""
    for stream in (sys.stdout, sys.stderr):
        # Line by line: what stands in a buffer when the process is frozen or killed is seen late, or never.
        stream.reconfigure(line_buffering=True)  # type: ignore[union-attr]  # they are Python's own so early
    try:
        app = load(name)
    except (Exception, SystemExit) as error:
        tell_init_error(address, error)
        return None
    from ._logging import configure

    configure()
    return app


def direct() -> Any:
    from .._sniff import sources

    return sources["direct"]
