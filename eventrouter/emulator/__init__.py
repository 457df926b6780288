"""Lambda's side of a runtime, on this machine: starts any runtime as a process, hands it invocations, and says what callers see.

It is strict where AWS is: a runtime that breaks a rule of the Runtime API is refused as AWS would, and told of in
``violations``. It serves runtimes in any language, and listens on the loopback interface only.
"""

from __future__ import annotations

import os
import signal
import time
import uuid
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Literal

import anyio
from anyio.abc import SocketAttribute, TaskGroup

from ._calls import BURST, Call, Pace
from ._process import Child, environment_of
from ._results import Chunk, Headers, Invoked, Mode
from ._server import Asked, Server
from ._states import Attempt, Machine

__all__ = ["Asked", "Chunk", "Emulator", "Headers", "Init", "Invoked", "Stream"]

Start = Literal["starting", "ready", "error", "exited"]
#: Seconds between SIGTERM and SIGKILL.
GRACE = 2.0


class Init:
    """How the start of a runtime went.

    Attributes:
        state: ``"ready"`` once it has asked for an invocation, and each of its extensions for an event.
        error: The document of its init error.
    """

    def __init__(self) -> None:
        self.state: Start = "starting"
        self.error: Any = None
        self.error_type = ""

    def __repr__(self) -> str:
        return f"<Init {self.state} {self.error_type}>"


class Stream:
    """An answer while it arrives: iterate it for its chunks."""

    def __init__(self, call: Call) -> None:
        self._call = call

    async def opened(self) -> None:
        """Wait until status and headers are there, or the invocation has ended."""
        await self._call.has_opened.wait()

    @property
    def result(self) -> Invoked:
        """What has arrived so far."""
        return self._call.result

    @property
    def status(self) -> int:
        return self._call.result.status

    @property
    def headers(self) -> Headers:
        return self._call.result.headers

    def __aiter__(self) -> AsyncIterator[Chunk]:
        return self._call.chunks()


class Emulator:
    """A Lambda function whose runtime is *command*.

    Args:
        command: What runs the runtime; None: it is started elsewhere, with ``AWS_LAMBDA_RUNTIME_API`` set to ``address``.
        handler: ``_HANDLER``.
        env: Variables in addition.
        timeout: The function's timeout in seconds. A runtime that does not answer in time is killed, unless it has several
            invocations at once.
        concurrency: Invocations at once, as on managed instances: ``AWS_LAMBDA_MAX_CONCURRENCY``.
        bandwidth: Bytes per second of a streamed answer after its first 6 MB; None: as fast as it comes.
        restart: A process that has ended is started anew for the next invocation.
        log: Called with the output of the process; it is kept in ``output`` all the same.

    Reference:
        https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
    """

    def __init__(
        self,
        command: Sequence[str] | None = None,
        *,
        handler: str = "",
        env: Mapping[str, str] | None = None,
        cwd: str | os.PathLike[str] | None = None,
        timeout: float = 30.0,
        memory: int = 128,
        function_name: str = "function",
        concurrency: int | None = None,
        initialization_type: str | None = None,
        bandwidth: float | None = None,
        restart: bool = True,
        log: Callable[[str], object] | None = None,
    ) -> None:
        self._command = command
        self._cwd = None if cwd is None else os.fspath(cwd)
        self._timeout = timeout
        self._bandwidth = bandwidth
        self._restart = restart
        self._log = log
        self._initialization = initialization_type or ("lambda-managed-instances" if concurrency else "on-demand")
        self._given = dict(env or {})
        self._lambda = {
            "_HANDLER": handler,
            "LAMBDA_TASK_ROOT": self._cwd or os.getcwd(),
            "AWS_LAMBDA_FUNCTION_NAME": function_name,
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(memory),
            "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{function_name}",
            "AWS_LAMBDA_LOG_STREAM_NAME": "emulator",
            "AWS_LAMBDA_INITIALIZATION_TYPE": self._initialization,
            "AWS_LAMBDA_MAX_CONCURRENCY": None if concurrency is None else str(concurrency),
            "AWS_REGION": "us-east-1",
            "AWS_DEFAULT_REGION": "us-east-1",
        }
        self.arn = f"arn:aws:lambda:us-east-1:123456789012:function:{function_name}"
        self._machine = Machine(concurrency, has_snapshots=self._initialization == "snap-start")
        self.init = Init()
        self.output = ""
        self.restarts = 0
        self.exit_code: int | None = None
        self.address = ""

    # ---- the life of it

    async def __aenter__(self) -> Emulator:
        self._server = Server(self._machine, on_init_error=self._init_failed)
        self._child: Child | None = None
        self._starting = anyio.Lock()
        self._listener = await anyio.create_tcp_listener(local_host="127.0.0.1")
        self.address = f"127.0.0.1:{self._listener.extra(SocketAttribute.local_port)}"
        self._tasks: TaskGroup = anyio.create_task_group()
        await self._tasks.__aenter__()
        self._tasks.start_soon(self._listener.serve, self._server.serve)
        await self._start()
        return self

    async def __aexit__(self, *error: Any) -> None:
        if self._child is not None:
            self._child.signal_group(signal.SIGKILL)
        self._tasks.cancel_scope.cancel()
        try:
            await self._tasks.__aexit__(None, None, None)
        finally:
            with anyio.CancelScope(shield=True):
                await self._listener.aclose()
                if self._child is not None:
                    await self._child.close()

    async def _start(self) -> None:
        if self._command is None:
            return
        environment = environment_of(os.environ, self.address, self._given, **self._lambda)
        self.exit_code = None
        self._child = await Child.start(self._command, environment, self._cwd)
        self._tasks.start_soon(self._watch, self._child)

    async def _watch(self, child: Child) -> None:
        """Keep the output of a process, and see to what it leaves behind."""
        try:
            await child.read(self._take)
        finally:
            await child.close()
        self.exit_code = child.exit_code
        if self.init.state in ("starting",):
            self.init.state = "exited"
        how = f"exit code {child.exit_code}" if (child.exit_code or 0) >= 0 else f"signal {-(child.exit_code or 0)}"
        for call in self._server.running():
            if call.is_over_time:
                continue
            text = f"RequestId: {call.result.request_id} Error: Runtime exited with {how}"
            error = {"errorType": "Runtime.ExitError", "errorMessage": text}
            call.end("exited", f"the runtime ended with {how}", error_type="Runtime.ExitError", error=error)
        self._machine.restarted()
        self._server.changed()

    def _take(self, data: bytes) -> None:
        text = data.decode("utf-8", "replace")
        self.output += text
        if self._log is not None:
            self._log(text)

    def _init_failed(self, document: Any, error_type: str) -> None:
        self.init.state, self.init.error, self.init.error_type = "error", document, error_type

    async def ready(self) -> Init:
        """Wait until the runtime has started, or failed to.

        Returns:
            How it went.
        """
        await self._server.until(lambda: self._machine.is_ready or self.init.state in ("error", "exited"))
        if self.init.state == "starting":
            self.init.state = "ready"
        return self.init

    @property
    def requests(self) -> Sequence[Asked]:
        """What the runtime has asked, and the status that it was replied."""
        return self._server.requests

    @property
    def violations(self) -> Sequence[str]:
        """What of it was refused, and why."""
        return self._server.violations

    async def terminate(self) -> int | None:
        """End the runtime as Lambda does: with SIGTERM, and SIGKILL soon after, if an extension is registered; else at once.

        Returns:
            Its exit code, negative for a signal; None where there is no process.
        """
        child = self._child
        if child is None:
            return None
        if self._machine.extensions:
            child.signal(signal.SIGTERM)
            with anyio.move_on_after(GRACE):
                await child.has_ended.wait()
        return await self.kill()

    async def kill(self) -> int | None:
        """End the runtime without a warning, as Lambda does when its memory or its time is used up.

        Returns:
            Its exit code, negative for a signal; None where there is no process.
        """
        child = self._child
        if child is None:
            return None
        child.signal_group(signal.SIGKILL)
        await self._server.until(lambda: self.exit_code is not None)
        return self.exit_code

    # ---- invocations

    async def invoke(self, event: object, *, mode: Mode = "buffered", **options: Any) -> Invoked:
        """Invoke the function and wait for the end.

        Args:
            event: The event: JSON data, or bytes as they are.
            mode: How the function is invoked: a caller who reads a stream, or one who waits for the whole.
            options: As for :meth:`open`.
        """
        async with self.open(event, mode=mode, **options) as stream:
            async for _ in stream:
                pass
        return stream.result

    @asynccontextmanager
    async def open(
        self,
        event: object,
        *,
        mode: Mode = "streaming",
        request_id: str | None = None,
        client_context: str | None = None,
        identity: str | None = None,
        tenant_id: str | None = None,
        trace_id: str | None = None,
        invocation_id: str | None = None,
        deadline_ms: int | None = None,
        content_type: str = "application/json",
        headers: Mapping[str, str] | None = None,
        read_rate: float | None = None,
        hang_up: bool = False,
    ) -> AsyncIterator[Stream]:
        """Invoke the function and read its answer while it arrives.

        Leaving early is a caller who leaves, of which AWS does not tell the runtime: the rest is read and dropped.

        Args:
            event: The event: JSON data, or bytes as they are.
            mode: How the function is invoked.
            request_id: Default: a new one. The same one again is another attempt.
            client_context: JSON text.
            identity: JSON text.
            invocation_id: The attempt's id, which the runtime has to send back; default: none is sent.
            deadline_ms: Told to the runtime in place of the real one.
            headers: Of what is handed over; those of Lambda can be replaced, and left out by an empty value.
            read_rate: Bytes per second that the caller reads.
            hang_up: The runtime's connection is cut when the caller leaves, as some emulators do.
        """
        attempt = Attempt(request_id or str(uuid.uuid4()), invocation_id)
        if self._machine.is_running(attempt.request_id):
            raise ValueError(f"an invocation with the id {attempt.request_id} is running")
        deadline = int((time.time() + self._timeout) * 1000) if deadline_ms is None else deadline_ms
        told: dict[str, str | None] = {
            "Content-Type": content_type,
            "Lambda-Runtime-Aws-Request-Id": attempt.request_id,
            "Lambda-Runtime-Deadline-Ms": str(deadline),
            "Lambda-Runtime-Invoked-Function-Arn": self.arn,
            "Lambda-Runtime-Trace-Id": trace_id or f"Root=1-{int(time.time()):08x}-{uuid.uuid4().hex[:24]};Sampled=0",
            "Lambda-Runtime-Client-Context": client_context,
            "Lambda-Runtime-Cognito-Identity": identity,
            "Lambda-Runtime-Aws-Tenant-Id": tenant_id,
            "Lambda-Runtime-Invocation-Id": invocation_id,
            **(headers or {}),
        }
        pace = Pace(read_rate) if read_rate else Pace(self._bandwidth, BURST) if self._bandwidth else Pace()
        call = Call(
            event, attempt, mode, {name: value for name, value in told.items() if value}, pace, hangs_up=hang_up
        )
        await self._running()
        self._server.invoke(call)
        async with anyio.create_task_group() as group:
            group.start_soon(self._time, call)
            try:
                yield Stream(call)
            finally:
                group.cancel_scope.cancel()
                self._left(call)

    def _left(self, call: Call) -> None:
        if call.has_ended.is_set():
            self._server.forget(call) if call.attempt.stage == "answered" else None
        elif call.has_begun.is_set():
            call.has_left = True
            self._tasks.start_soon(self._time, call)
        else:
            self._machine.give_up(call.attempt)

    async def _running(self) -> None:
        """Start the process anew, if it has ended."""
        async with self._starting:
            if self._child is None or self.exit_code is None:
                return
            if self._restart:
                self.restarts += 1
                self.init = Init()
                await self._start()

    async def _time(self, call: Call) -> None:
        """End an invocation whose time is over, or that nobody is left to handle."""
        with anyio.move_on_after(self._timeout) as scope:
            while not call.has_begun.is_set() and not self._is_gone():
                await self._server._changed.wait()
            if call.has_begun.is_set():
                await call.has_ended.wait()
        if call.has_ended.is_set():
            return
        self._machine.give_up(call.attempt)
        if not scope.cancelled_caught:
            error_type = self.init.error_type or "Runtime.ExitError"
            call.end("exited", "the runtime has ended", error_type=error_type, error=self.init.error)
            return
        text = f"Task timed out after {self._timeout:.2f} seconds"
        if self._machine.concurrency is None:
            call.is_over_time = True
            await self.kill()
        call.end(
            "timeout", text, error_type="Sandbox.Timedout",
            error={"errorType": "Sandbox.Timedout", "errorMessage": f"RequestId: {call.result.request_id} Error: {text}"},
        )  # fmt: skip

    def _is_gone(self) -> bool:
        return self._child is not None and self.exit_code is not None
