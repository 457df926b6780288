"""A runtime's process: started in Lambda's environment, its output kept, ended with everything that it started."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Mapping, Sequence
from signal import SIGKILL, Signals

import anyio
from anyio.abc import Process

#: Variables that a runtime must not inherit: it talks to nobody but this machine, and to no other Runtime API.
_PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


class Child:
    """One process of a runtime.

    Attributes:
        exit_code: What it ended with, negative for a signal; None while it runs.
    """

    def __init__(self, process: Process) -> None:
        self._process = process
        self.exit_code: int | None = None
        self.has_ended = anyio.Event()

    @classmethod
    async def start(cls, command: Sequence[str], environment: Mapping[str, str], folder: str | None) -> Child:
        """Start *command* in a group of its own, so that it can be ended with all that it starts."""
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

    async def read(self, take: Callable[[bytes], None]) -> None:
        """Hand its output to *take* as it comes, until it has ended."""
        output = self._process.stdout
        assert output is not None
        async with anyio.create_task_group() as group:
            group.start_soon(self._wait, group.cancel_scope)
            async for data in output:
                take(data)
            await self.has_ended.wait()

    async def _wait(self, scope: anyio.CancelScope) -> None:
        self.exit_code = await self._process.wait()
        self.signal_group(SIGKILL)
        self.has_ended.set()

    def signal(self, number: Signals) -> None:
        """Send it a signal, and it alone."""
        self._process.send_signal(number)

    def signal_group(self, number: Signals) -> None:
        """Send a signal to it and to all that it has started."""
        try:
            os.killpg(self._process.pid, number)
        except ProcessLookupError:
            pass  # all have ended

    async def close(self) -> None:
        """End it, and let go of its pipes."""
        self.signal_group(SIGKILL)
        with anyio.CancelScope(shield=True):
            await self._process.aclose()


def environment_of(
    inherited: Mapping[str, str], address: str, given: Mapping[str, str], **lambda_: str | None
) -> dict[str, str]:
    """What a runtime finds in its environment: this process's, Lambda's, and what is *given* above both."""
    found = {name: value for name, value in inherited.items() if name.lower() not in _PROXIES}
    found = {
        name: value for name, value in found.items() if not name.startswith(("AWS_LAMBDA_", "_X_AMZN", "_HANDLER"))
    }
    found["AWS_LAMBDA_RUNTIME_API"] = address
    found |= {name: value for name, value in lambda_.items() if value is not None}
    return found | dict(given)
