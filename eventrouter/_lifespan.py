"""What an app opens once per process and closes at its end: the user's lifespan, and dependencies of scope ``"app"``."""

from __future__ import annotations

from ._drive import on_loop
from ._signature import location_of, name_of
from .errors import RegistrationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager, AbstractContextManager
    from typing import Any, TypeAlias

    from ._mounts import Serves
    from .app import App
    from .context import Invocation

    Lifespan: TypeAlias = Callable[[App], AbstractAsyncContextManager[Any] | AbstractContextManager[Any]]

_GENERATORS = 0x20 | 0x200


class Started:
    """Starts a lifespan before the first event and ends it at shutdown.

    A start that fails fails the invocation, and is tried again with the next: nothing runs on a half-started app.
    """

    __slots__ = ("_mounted", "_opened", "_starting", "is_done", "lifespan")

    def __init__(self, lifespan: Lifespan | None) -> None:
        flags = getattr(getattr(lifespan, "__code__", None), "co_flags", 0)
        if lifespan is not None and flags & _GENERATORS and not hasattr(lifespan, "__wrapped__"):
            raise RegistrationError(
                f"lifespan {name_of(lifespan)}() [{location_of(lifespan)}] yields: decorate it with "
                "contextlib.asynccontextmanager or contextlib.contextmanager"
            )
        self.lifespan = lifespan
        self._opened: Any = None
        #: What is mounted has lifespans of its own.
        self._mounted: list[Serves] = []
        self._starting: Any = None
        self.is_done = lifespan is None

    def add(self, mounted: Serves) -> None:
        """Start and end what is mounted too, inside the app's own lifespan."""
        self._mounted.append(mounted)
        self.is_done = False

    async def start(self, app: App, invocation: Invocation) -> None:
        """Open the lifespan, once; events that arrive meanwhile wait for it."""
        while (starting := self._starting) is not None:
            await starting.wait(invocation)
        if self.is_done:
            return
        from ._calls import Opening

        opening = self._starting = Opening()
        try:
            if self.lifespan is not None and self._opened is None:
                await self._open(app, invocation)
            for mounted in self._mounted:
                await mounted.start(invocation)
            self.is_done = True
        finally:
            self._starting = None
            opening.done()

    async def _open(self, app: App, invocation: Invocation) -> None:
        assert self.lifespan is not None
        manager: Any = self.lifespan(app)
        if hasattr(manager, "__aenter__"):
            await on_loop(invocation)
            from ._kept import outlives_invocation

            # What it opens stays open between invocations: its tasks and generators.
            token = outlives_invocation.set(True)
            try:
                await manager.__aenter__()
            finally:
                outlives_invocation.reset(token)
        elif hasattr(manager, "__enter__"):
            manager.__enter__()
        else:
            raise RegistrationError(
                f"lifespan {name_of(self.lifespan)}() [{location_of(self.lifespan)}] returned a {type(manager).__name__}, "
                "which is no context manager"
            )
        self._opened = manager

    async def stop(self, invocation: Invocation) -> None:
        """Close the lifespans that were opened, the app's own last.

        Raises:
            BaseException: What the end of one raised, the last if several did; all are ended.
        """
        failed: BaseException | None = None
        for mounted in reversed(self._mounted):
            try:
                await mounted.stop(invocation)
            except Exception as error:
                failed = error
        manager, self._opened = self._opened, None
        self.is_done = self.lifespan is None and not self._mounted
        if manager is not None:
            await self._close(manager, invocation)
        if failed is not None:
            raise failed

    @staticmethod
    async def _close(manager: Any, invocation: Invocation) -> None:
        if hasattr(manager, "__aexit__"):
            await on_loop(invocation)
            await manager.__aexit__(None, None, None)
        else:
            manager.__exit__(None, None, None)
