"""The emulator, for tests that are not asynchronous."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Unpack

from anyio.from_thread import BlockingPortal, start_blocking_portal

from ..emulator import Emulator, Init, Invoked, InvokeOptions

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..types import JsonValue


class EmulatedFunction:
    """A function in a process of its own, under an emulator of Lambda.

    Attributes:
        emulator: What runs it, for what is to be seen of it: ``.output``, ``.restarts``, ``.violations``.
    """

    def __init__(self, emulator: Emulator, portal: BlockingPortal) -> None:
        self.emulator = emulator
        self._portal = portal

    def ready(self) -> Init:
        """Wait until it has started, or failed to."""
        return self._portal.call(self.emulator.ready)

    def invoke(self, event: JsonValue, *, mode: Any = "buffered", **options: Unpack[InvokeOptions]) -> Invoked:
        """Invoke it, and wait for the end; see ``Emulator.invoke``."""

        async def invoke() -> Invoked:
            return await self.emulator.invoke(event, mode=mode, **options)

        return self._portal.call(invoke)

    def terminate(self) -> int | None:
        """End it as Lambda does."""
        return self._portal.call(self.emulator.terminate)


@contextmanager
def emulated(app: str, **options: Any) -> Iterator[EmulatedFunction]:
    """Run *app* (``main:app``) under an emulator.

    Args:
        app: As ``python -m eventrouter run`` takes it, from the folder ``cwd=``; default: the current one.
        options: Of the ``Emulator``.
    """
    emulator = Emulator([sys.executable, "-m", "eventrouter", "run", app], **options)
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(emulator):
        yield EmulatedFunction(emulator, portal)
