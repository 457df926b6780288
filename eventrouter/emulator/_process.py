"""A runtime's process: started in Lambda's environment, its output kept, ended with everything that it started."""

from __future__ import annotations

import os
import subprocess
from codecs import getincrementaldecoder
from collections.abc import Callable, Mapping, Sequence
from signal import SIGKILL, SIGTERM, Signals

import anyio
from anyio.abc import Process

#: What of this process's environment a runtime finds too: what it takes to find its files, and to measure its coverage.
#: Credentials of whoever tests, proxies and settings of other functions are none of its business.
INHERITED = ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH", "LANG", "TMPDIR", "COVERAGE_")
#: Seconds for the output that is under way when a process ends. What it has started may hold on to the pipe for ever.
LAST_WORDS = 1.0


class Child:
    """One process of a runtime, in a group of its own, so that it can be ended with all that it starts.

    Attributes:
        has_ended: The process has ended, and its group with it.
        is_over: Its output has been read too, and everybody been told.
    """

    def __init__(self, process: Process) -> None:
        self._process = process
        self.has_ended, self.is_over = anyio.Event(), anyio.Event()

    @classmethod
    async def start(cls, command: Sequence[str], environment: Mapping[str, str], folder: str) -> Child:
        """Start *command*.

        Raises:
            OSError: It cannot be started.
        """
        return cls(
            await anyio.open_process(
                command,
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        )

    async def run(self, take: Callable[[str], object]) -> int:
        """Hand its output to *take* as it comes, until it has ended.

        Returns:
            Its exit code, negative for a signal.
        """
        try:
            async with anyio.create_task_group() as group:
                group.start_soon(self._read, take)
                exit_code = await self._process.wait()
                self._signal(SIGKILL)
                self.has_ended.set()
                group.cancel_scope.deadline = anyio.current_time() + LAST_WORDS
            return exit_code
        finally:
            self._signal(SIGKILL)
            with anyio.CancelScope(shield=True):
                await self._process.aclose()
            self.has_ended.set()

    async def _read(self, take: Callable[[str], object]) -> None:
        output = self._process.stdout
        assert output is not None
        decoder = getincrementaldecoder("utf-8")("replace")
        async for data in output:
            take(decoder.decode(data))

    async def terminate(self, grace: float) -> None:
        """Tell it to end, and end it when it has not after *grace* seconds."""
        self._signal(SIGTERM)
        await self.end_within(grace)

    async def end_within(self, seconds: float) -> None:
        """Wait for it to end, and end it when it has not after *seconds*."""
        with anyio.move_on_after(seconds):
            await self.has_ended.wait()
        self._signal(SIGKILL)
        await self.is_over.wait()

    def _signal(self, number: Signals) -> None:
        """Send a signal to it and to all that it has started."""
        if self.has_ended.is_set():
            return  # its number may be another's by now
        try:
            os.killpg(self._process.pid, number)
        except ProcessLookupError:
            pass  # all have ended


def environment_of(
    inherited: Mapping[str, str], of_lambda: Mapping[str, str], given: Mapping[str, str]
) -> dict[str, str]:
    """What a runtime finds in its environment: little of this process's, Lambda's above it, what is *given* above both."""
    found = {name: value for name, value in inherited.items() if name.startswith(INHERITED)}
    return {**found, **of_lambda, **given}
