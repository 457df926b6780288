"""Lambda's side of a runtime, on this machine: starts any runtime as a process, hands it invocations, and says what callers see.

It is strict where AWS is: a runtime that breaks a rule of the Runtime API is refused as AWS would, and told of in
``violations``. It serves runtimes in any language, and listens on the loopback interface only.
"""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import IO, Any, Literal, Unpack

import anyio
from anyio.abc import SocketAttribute

from .._received import Chunk, Headers
from ._calls import ARN, BURST, DEADLINE, TRACE_ID, Call, Pace, Stream
from ._changes import Changes
from ._options import InvokeOptions, handed_over, json_text
from ._results import Invoked, Mode
from ._sandbox import GRACE, Init, Sandbox
from ._server import Asked, Server
from ._states import Machine

__all__ = ["Asked", "Chunk", "Emulator", "Headers", "Init", "InvokeOptions", "Invoked", "Stream"]

Initialization = Literal["on-demand", "snap-start", "lambda-managed-instances"]
REGION, ACCOUNT = "us-east-1", "123456789012"


class Emulator:
    """A Lambda function whose runtime is *command*.

    Args:
        command: What runs the runtime; None: it is started elsewhere, with ``AWS_LAMBDA_RUNTIME_API`` set to ``address``.
        handler: ``_HANDLER``.
        env: Variables in addition. Of this process's own the runtime finds ``PATH``, ``PYTHONPATH`` and few more.
        cwd: Where it is started, and ``LAMBDA_TASK_ROOT``; default: here.
        timeout: The function's timeout in seconds. A runtime that does not answer in time is killed, unless it has several
            invocations at once.
        concurrency: Invocations at once, as on managed instances: ``AWS_LAMBDA_MAX_CONCURRENCY``.
        bandwidth: Bytes per second of a streamed answer after its first 6 MB; None: as fast as it comes.
        restart: A process that has ended is started anew for the next invocation.
        log: Given the output of the process as it comes: a function, or a file. It is kept in ``output`` all the same.

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
        initialization_type: Initialization | None = None,
        bandwidth: float | None = None,
        restart: bool = True,
        log: Callable[[str], object] | IO[str] | None = None,
    ) -> None:
        self._command = command
        self._folder = os.fspath(cwd or os.getcwd())
        self._timeout = timeout
        self._bandwidth = bandwidth
        self._restart = restart
        self._log = log.write if log is not None and not callable(log) else log
        self._given = dict(env or {})
        initialization = initialization_type or ("lambda-managed-instances" if concurrency else "on-demand")
        self._of_lambda = {
            "_HANDLER": handler,
            "LAMBDA_TASK_ROOT": self._folder,
            "AWS_LAMBDA_FUNCTION_NAME": function_name,
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(memory),
            "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{function_name}",
            "AWS_LAMBDA_LOG_STREAM_NAME": "emulator",
            "AWS_LAMBDA_INITIALIZATION_TYPE": initialization,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
        }
        if concurrency is not None:
            self._of_lambda["AWS_LAMBDA_MAX_CONCURRENCY"] = str(concurrency)
        self.arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{function_name}"
        self._machine: Machine[Call] = Machine(concurrency, has_snapshots=initialization == "snap-start")
        self._output: list[str] = []
        self.address = ""

    # ---- the life of it

    async def __aenter__(self) -> Emulator:
        function = {
            "functionName": self._of_lambda["AWS_LAMBDA_FUNCTION_NAME"],
            "functionVersion": self._of_lambda["AWS_LAMBDA_FUNCTION_VERSION"],
            "handler": self._of_lambda["_HANDLER"],
            "accountId": ACCOUNT,
        }
        self._changes = Changes()
        async with AsyncExitStack() as stack:
            listener = await stack.enter_async_context(await anyio.create_tcp_listener(local_host="127.0.0.1"))
            self.address = f"127.0.0.1:{listener.extra(SocketAttribute.local_port)}"
            self._tasks = anyio.create_task_group()
            await self._tasks.__aenter__()
            stack.push_async_exit(self._end)
            self._sandbox = Sandbox(
                self._command,
                {**self._of_lambda, "AWS_LAMBDA_RUNTIME_API": self.address},
                self._given,
                self._folder,
                machine=self._machine,
                changes=self._changes,
                tasks=self._tasks,
                restarts=self._restart,
                log=self._take,
            )
            self._server = Server(self._machine, self._changes, self._sandbox, function)
            self._tasks.start_soon(listener.serve, self._server.serve)
            await self._sandbox.start()
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, *error: Any) -> None:
        await self._stack.__aexit__(*error)

    async def _end(self, *error: Any) -> None:
        """End the process, the connections and whoever waits for an answer."""
        for call in [*self._sandbox.running(), *self._machine.waiting]:
            call.end("exited", "the emulator was left before the end", error_type="Runtime.ExitError")
        self._tasks.cancel_scope.cancel()
        # What went wrong outside is not ours to wrap in a group.
        await self._tasks.__aexit__(None, None, None)

    def _take(self, text: str) -> None:
        self._output.append(text)
        if self._log is not None:
            self._log(text)

    # ---- what is to be seen of it

    @property
    def init(self) -> Init:
        """How the last start went, as far as it is known."""
        return self._sandbox.init

    @property
    def exit_code(self) -> int | None:
        """What the process ended with, negative for a signal; None while it runs."""
        return self._sandbox.exit_code

    @property
    def restarts(self) -> int:
        """How often a process followed one that had ended."""
        return max(0, self._sandbox.starts - 1)

    async def ready(self) -> Init:
        """Wait until the runtime has started, or failed to.

        Returns:
            How it went.

        Raises:
            TimeoutError: It has done neither in the function's timeout.
        """
        with anyio.fail_after(self._timeout):
            await self._changes.until(lambda: self.init.state != "starting")
        return self.init

    @property
    def output(self) -> str:
        """What the process has written, and those before it."""
        return "".join(self._output)

    @property
    def requests(self) -> Sequence[Asked]:
        """What the runtime has asked, and the status that it was replied."""
        return self._server.requests

    @property
    def violations(self) -> Sequence[str]:
        """What of it was refused or lost, and why."""
        return self._server.violations

    async def terminate(self, grace: float = GRACE) -> int | None:
        """End the runtime as Lambda does: with SIGTERM, and SIGKILL soon after, if an extension is registered; else at once.

        Returns:
            Its exit code, negative for a signal; None where there is no process.
        """
        await self._sandbox.terminate(grace)
        return self.exit_code

    async def kill(self) -> int | None:
        """End the runtime without a warning, as Lambda does when its memory or its time is used up.

        Returns:
            Its exit code, negative for a signal; None where there is no process.
        """
        await self._sandbox.kill()
        return self.exit_code

    # ---- invocations

    async def invoke(self, event: object, *, mode: Mode = "buffered", **options: Unpack[InvokeOptions]) -> Invoked:
        """Invoke the function and wait for the end.

        Args:
            event: The event: JSON data, or bytes as they are.
            mode: How the function is invoked: by a caller who reads a stream, or one who waits for the whole.
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
        client_context: str | Mapping[str, object] | None = None,
        identity: str | Mapping[str, object] | None = None,
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
            client_context: JSON, as text or as data.
            identity: JSON, as text or as data.
            invocation_id: The attempt's id, which the runtime has to send back; default: none is sent.
            deadline_ms: Told to the runtime in place of the real one.
            headers: Of what is handed over; those of Lambda can be replaced, and left out by an empty value.
            read_rate: Bytes per second that the caller reads.
            hang_up: The runtime's connection is cut when the caller leaves, as some emulators do.

        Raises:
            ValueError: A header cannot be sent, or an invocation with the same id is not over.
        """
        request_id = request_id or str(uuid.uuid4())
        told = {
            "Content-Type": content_type,
            "Lambda-Runtime-Aws-Request-Id": request_id,
            DEADLINE: None if deadline_ms is None else str(deadline_ms),
            ARN: self.arn,
            TRACE_ID: trace_id or f"Root=1-{int(time.time()):08x}-{uuid.uuid4().hex[:24]};Sampled=0",
            "Lambda-Runtime-Client-Context": json_text(client_context),
            "Lambda-Runtime-Cognito-Identity": json_text(identity),
            "Lambda-Runtime-Aws-Tenant-Id": tenant_id,
            "Lambda-Runtime-Invocation-Id": invocation_id,
        }
        call = Call(
            request_id,
            invocation_id,
            event,
            mode=mode,
            headers=handed_over(told, headers or {}),
            pace=Pace(read_rate) if read_rate else Pace(self._bandwidth, BURST) if self._bandwidth else Pace(),
            timeout=self._timeout,
            hangs_up=hang_up,
        )
        await self._sandbox.revive()
        if self._machine.is_busy_with(request_id):
            raise ValueError(f"an invocation with the id {request_id} is not over")
        if self._sandbox.is_gone:
            self._sandbox.exited(call, "Runtime is not running")
        else:
            self._machine.invoke(call)
            self._changes.tell()
            self._tasks.start_soon(self._time, call)
        try:
            yield Stream(call)
        finally:
            self._left(call)

    def _left(self, call: Call) -> None:
        if call.stage == "waiting" and not call.has_ended.is_set():
            self._machine.give_up(call)
            call.end("exited", "the caller left before it was handed over")
        call.leave()

    async def _time(self, call: Call) -> None:
        """End an invocation whose time is over."""
        while not call.has_begun.is_set() and not call.has_ended.is_set():
            # Others may go first: a runtime is taken for hung when nothing at all has happened for as long.
            with anyio.move_on_after(self._timeout):
                await self._changes.next.wait()
            if not self._sandbox.running() and self._changes.idle >= self._timeout:
                await self._time_is_over(call)
        with anyio.move_on_after(self._timeout):
            await call.has_ended.wait()
        if not call.has_ended.is_set():
            await self._time_is_over(call)

    async def _time_is_over(self, call: Call) -> None:
        text = f"Task timed out after {self._timeout:.2f} seconds"
        document = {"errorType": "Sandbox.Timedout", "errorMessage": f"RequestId: {call.request_id} Error: {text}"}
        self._machine.give_up(call)
        self._changes.tell()
        if self._machine.concurrency is None:
            await self._sandbox.kill()
        call.end("timeout", text, error_type="Sandbox.Timedout", error=document)
