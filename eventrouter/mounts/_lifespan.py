"""The lifespan of a mounted app: one task from its start to its shutdown, which invocations come and go beside.

https://asgi.readthedocs.io/en/latest/specs/lifespan.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import anyio

from .._drive import on_loop
from .._kept import outlives_invocation
from .._log import logger
from .._pump import spawn
from ..errors import AsgiError
from ._scope import ASGI

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from ..context import Invocation


class Lifespan:
    """Starts and ends an app's lifespan, if it has one.

    Attributes:
        state: What it left for requests; None where it has no lifespan.
    """

    __slots__ = ("_app", "_name", "_run", "state")

    def __init__(self, app: Callable[[Any, Any, Any], Awaitable[None]], name: str) -> None:
        self._app = app
        self._name = name
        self._run: _Run | None = None
        self.state: dict[str, Any] | None = None

    @property
    def is_lost(self) -> bool:
        """It was running, and was ended with the event loop that it ran on: what it had opened is closed."""
        return self._run is not None and self._run.end.is_set()

    async def start(self, invocation: Invocation) -> None:
        """Have the app start up; an app that knows no lifespan goes without.

        Raises:
            AsgiError: It says that it cannot.
        """
        await on_loop(invocation)
        run = _Run(self._app)
        token = outlives_invocation.set(True)
        try:
            spawn(run.run)
        finally:
            outlives_invocation.reset(token)
        try:
            await run.answered.wait()
        except BaseException:
            await run.cancel()
            raise
        self._run, self.state = None, None
        if run.failure is not None:
            raise AsgiError(f"{self._name} did not start: its lifespan failed{_caused(run.error)}") from run.error
        if run.is_up:
            self._run, self.state = run, run.state
        elif run.error is not None:
            # As every server has it: an app that raises for this scope knows no lifespan.
            logger().info("%s has no lifespan: it raised %s for it", self._name, type(run.error).__name__)

    async def stop(self, invocation: Invocation) -> None:
        """Have the app shut down.

        Raises:
            AsgiError: It says that it could not.
        """
        run, self._run = self._run, None
        if run is None or run.end.is_set():
            return
        await on_loop(invocation)
        run.shut_down.set()
        await run.end.wait()
        error = run.error
        if run.failure is not None or error is not None:
            raise AsgiError(f"{self._name} did not shut down in order{_caused(error)}") from error


def _caused(error: BaseException | None) -> str:
    # Its text may hold anything: it is the exception's own, which stands beside this one in the log.
    return "" if error is None else f": {type(error).__name__}"


class _Run:
    """One run of an app's lifespan."""

    def __init__(self, app: Callable[[Any, Any, Any], Awaitable[None]]) -> None:
        self._app = app
        self._under = anyio.CancelScope()
        self._was_told = False
        self.state: dict[str, Any] = {}
        #: The app has answered to its start, or ended.
        self.answered = anyio.Event()
        self.shut_down = anyio.Event()
        self.end = anyio.Event()
        self.is_up = False
        #: What the app said of its failure. It may be anything, so it is not repeated.
        self.failure: str | None = None
        self.error: BaseException | None = None

    async def run(self) -> None:
        scope = {"type": "lifespan", "asgi": ASGI, "state": self.state}
        cancelled = anyio.get_cancelled_exc_class()
        try:
            with self._under:
                await self._app(scope, self._receive, self._send)
        except cancelled:
            raise  # the whole event loop is being ended
        except BaseException as error:
            self.error = error
        finally:
            self.end.set()
            self.answered.set()

    async def _receive(self) -> dict[str, Any]:
        if not self._was_told:
            self._was_told = True
            return {"type": "lifespan.startup"}
        await self.shut_down.wait()
        return {"type": "lifespan.shutdown"}

    async def _send(self, message: Any) -> None:
        kind = message["type"]
        if kind == "lifespan.startup.complete":
            self.is_up = True
        elif kind in ("lifespan.startup.failed", "lifespan.shutdown.failed"):
            self.failure = str(message.get("message", ""))
        elif kind != "lifespan.shutdown.complete":
            raise AsgiError(f"the app sent {kind!r} in its lifespan")
        self.answered.set()

    async def cancel(self) -> None:
        self._under.cancel()
        with anyio.CancelScope(shield=True):
            await self.end.wait()
