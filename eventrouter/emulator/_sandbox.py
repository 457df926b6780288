"""Where a runtime runs: its process, those that follow when it ends, and how the start of each went."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

import anyio
from anyio.abc import TaskGroup

from ._calls import Call
from ._changes import Changes
from ._process import Child, environment_of
from ._states import Machine

Start = Literal["starting", "ready", "error", "exited"]
#: Seconds between SIGTERM and SIGKILL: what Lambda grants a runtime with an extension, at most.
GRACE = 2.0
#: Seconds in which a process that has ended is noticed, once its connections have broken off.
NOTICED = 0.2


class Init:
    """How the start of a runtime went.

    Attributes:
        state: ``"ready"`` once it has asked for an invocation, and each of its extensions for an event.
        error: The document of its init error.
        error_type: What the runtime calls the error.
    """

    def __init__(self) -> None:
        self.state: Start = "starting"
        self.error: Any = None
        self.error_type = ""

    def __repr__(self) -> str:
        return f"<Init {self.state}{self.error_type and ' ' + self.error_type}>"


class Sandbox:
    """The process of a runtime; there may be none, where it was started elsewhere.

    Args:
        tasks: In which processes are seen through.
        restarts: One that has ended is followed by another, for whoever waits.
        log: Given their output.
    """

    def __init__(
        self,
        command: Sequence[str] | None,
        of_lambda: Mapping[str, str],
        given: Mapping[str, str],
        folder: str,
        *,
        machine: Machine[Call],
        changes: Changes,
        tasks: TaskGroup,
        restarts: bool,
        log: Callable[[str], object],
    ) -> None:
        self._command = command
        self._environment = environment_of(os.environ, of_lambda, given)
        self._folder = folder
        self._machine = machine
        self._changes = changes
        self._tasks = tasks
        self._restarts = restarts
        self._log = log
        self._child: Child | None = None
        self._init = Init()
        self._starting = anyio.Lock()
        self.exit_code: int | None = None
        self.starts = 0

    @property
    def init(self) -> Init:
        """How the last start went, as far as it is known."""
        if self._init.state == "starting" and self._machine.is_ready:
            self._init.state = "ready"
        return self._init

    @property
    def is_gone(self) -> bool:
        """Whether nobody is there to handle an invocation."""
        return self.init.state == "error" or self.exit_code is not None

    def running(self) -> list[Call]:
        """What has been handed over and is not over."""
        return [call for call in self._machine.running.values() if not call.has_ended.is_set()]

    # ---- starting

    async def start(self) -> None:
        """Start it.

        Raises:
            OSError: It cannot be started.
        """
        if self._command is None:
            return
        self._init, self.exit_code = Init(), None
        self._child = await Child.start(self._command, self._environment, self._folder)
        self.starts += 1
        self._tasks.start_soon(self._watch, self._child)

    async def revive(self) -> None:
        """Start it anew, if it has ended."""
        async with self._starting:
            if self._child is not None and self.init.state == "error":
                await self._child.is_over.wait()
            if self.exit_code is not None and self._restarts:
                await self.start()

    def init_failed(self, document: Any, error_type: str) -> None:
        """The runtime says that it cannot start."""
        self._init.state, self._init.error, self._init.error_type = "error", document, error_type
        self._end_waiting("Runtime failed to start")
        if self._child is not None:
            self._tasks.start_soon(self._child.end_within, GRACE)  # Lambda does not keep such a one

    # ---- ending

    async def _watch(self, child: Child) -> None:
        """See a process through, and to what it leaves behind."""
        try:
            self._ended(await child.run(self._log))
            if self._machine.waiting:
                await self.start()
        finally:
            child.is_over.set()
            self._changes.tell()

    def _ended(self, exit_code: int) -> None:
        init = self.init
        if init.state == "starting":
            init.state = "exited"
        how = f"exit code {exit_code}" if exit_code >= 0 else f"signal {-exit_code}"
        for call in self.running():
            self.exited(call, f"Runtime exited with {how}")
        self._machine.restarted()
        self.exit_code = exit_code
        if not self._restarts or init.state != "ready":
            self._end_waiting(f"Runtime exited with {how}")

    def _end_waiting(self, text: str) -> None:
        for call in self._machine.waiting:
            self.exited(call, text)
        self._machine.waiting.clear()

    def exited(self, call: Call, text: str) -> None:
        """Tell the caller that there is nobody to answer."""
        error_type = self._init.error_type or "Runtime.ExitError"
        document = {"errorType": error_type, "errorMessage": f"RequestId: {call.request_id} Error: {text}"}
        call.end("exited", text, error_type=error_type, error=self._init.error or document)

    async def settle(self) -> None:
        """A connection broke off: wait a moment for the process to have ended, of which one hears in any order."""
        if self._child is not None:
            with anyio.move_on_after(NOTICED):
                await self._child.has_ended.wait()
                with anyio.CancelScope(shield=True):
                    await self._child.is_over.wait()

    async def terminate(self, grace: float) -> None:
        """End it as Lambda does."""
        if self._child is not None:
            if self._machine.extensions:
                await self._child.terminate(grace)
            await self._child.end_within(0)

    async def kill(self) -> None:
        """End it without a warning."""
        if self._child is not None:
            await self._child.end_within(0)
