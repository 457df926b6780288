"""The Runtime API over HTTP: one task for each connection, and the state machine's word for every request."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from urllib.parse import unquote

import anyio
from anyio.abc import SocketStream

from ._calls import Call
from ._changes import Changes
from ._sandbox import Sandbox
from ._states import ACCEPTED, MAX_ERROR, MAX_RESPONSE, NOT_FOUND, OK, Decision, Machine, announced
from ._wire import GONE, BrokenRequest, Request, Wire

RUNTIME, EXTENSIONS = "/2018-06-01/runtime", "/2020-01-01/extension"
#: Bytes of an answer that are read although it is refused.
MAX_DRAINED = 256 * 1024
ERROR_TYPE = "lambda-runtime-function-error-type"
ATTEMPT = "lambda-runtime-invocation-id"
JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True)
class Asked:
    """A request of the runtime's and what it was replied; status 0 where it never was."""

    method: str
    path: str
    headers: Mapping[str, str]
    status: int


class Server:
    """Answers runtimes and extensions.

    Args:
        function: What an extension is told of the function.
    """

    def __init__(
        self,
        machine: Machine[Call],
        changes: Changes,
        sandbox: Sandbox,
        function: Mapping[str, str],
    ) -> None:
        self._machine = machine
        self._changes = changes
        self._sandbox = sandbox
        self.requests: list[Asked] = []
        self.violations: list[str] = []
        self._function = function
        self._routes: dict[tuple[str, str], Callable[[Wire, Request, bytes], Awaitable[None]]] = {
            ("GET", "/ping"): self._ping,
            ("GET", "/2018-06-01/ping"): self._ping,
            ("GET", f"{RUNTIME}/invocation/next"): self._next,
            ("POST", f"{RUNTIME}/init/error"): self._init_error,
            ("GET", f"{RUNTIME}/restore/next"): self._restore_next,
            ("POST", f"{RUNTIME}/restore/error"): self._restore_error,
            ("POST", f"{EXTENSIONS}/register"): self._register,
            ("GET", f"{EXTENSIONS}/event/next"): self._extension_next,
            ("POST", f"{EXTENSIONS}/init/error"): self._extension_init_error,
            ("POST", f"{EXTENSIONS}/exit/error"): self._extension_exit_error,
            ("PUT", "/2020-08-15/logs"): self._subscribe,
            ("PUT", "/2022-07-01/telemetry"): self._subscribe,
        }

    # ---- one connection

    async def serve(self, stream: SocketStream) -> None:
        """Answer the requests of one connection until it is closed."""
        wire = Wire(stream)
        try:
            async with stream:
                while request := await wire.request():
                    await self._handle(wire, request)
                    if not wire.again():
                        await wire.linger()
                        return
        except BrokenRequest as error:
            self.violations.append(f"what arrived is no whole HTTP request: {error}")
            self._changes.tell()
        except GONE:
            pass  # whoever asked is there no more

    async def _handle(self, wire: Wire, request: Request) -> None:
        head, _, what = request.path.rpartition("/")
        prefix, _, request_id = head.removeprefix(f"{RUNTIME}/invocation/").rpartition("/")
        is_answer = request.method == "POST" and head.startswith(f"{RUNTIME}/invocation/") and not prefix
        if is_answer and what == "response":
            await self._response(wire, request, unquote(request_id))
            return
        is_error = is_answer and what == "error"
        limit = MAX_ERROR if is_error and self._machine.concurrency is not None else MAX_RESPONSE
        body = await wire.body(limit)
        if body is None:
            message = f"Exceeded maximum allowed payload size ({limit} bytes)."
            await self._decide(wire, request, Decision(413, "RequestEntityTooLarge", message))
        elif is_error:
            await self._error(wire, request, unquote(request_id), body)
        else:
            await self._routes.get((request.method, request.path), self._nothing)(wire, request, body)

    async def _decide(
        self, wire: Wire, request: Request, decision: Decision, body: bytes | None = None, **headers: str
    ) -> None:
        """Reply what was decided, with a *body* of its own where it is accepted, and keep it."""
        self.requests.append(Asked(request.method, request.path, request.headers, decision.status))
        if not decision.is_accepted:
            why = f"{decision.status} {decision.error_type}, {decision.message}"
            self.violations.append(f"{request.method} {request.path}: {why}")
        if body is None or not decision.is_accepted:
            body = json.dumps(decision.document).encode()
        await wire.reply(decision.status, JSON | headers, body)

    def _lost(self, request: Request, words: list[str]) -> None:
        self.violations += [f"{request.method} {request.path}: {each}" for each in words]

    # ---- invocations

    async def _next(self, wire: Wire, request: Request, body: bytes) -> None:
        found = self._machine.poll()
        self._changes.tell()
        while found is None:
            await wire.wait(self._changes.next)
            found = self._machine.take()
        if isinstance(found, Decision):
            await self._decide(wire, request, found)
            return
        found.begin(int(time.time() * 1000))
        self.requests.append(Asked(request.method, request.path, request.headers, 200))
        self._changes.tell()
        await wire.reply(200, {name: value for name, value in found.headers.items() if value}, found.body)

    async def _response(self, wire: Wire, request: Request, request_id: str) -> None:
        headers = request.headers
        mode = headers.get("lambda-runtime-function-response-mode")
        found = self._machine.respond(request_id, headers.get(ATTEMPT), mode)
        if isinstance(found, Decision):
            if found.error_type == "InvalidFunctionResponseMode":
                call = self._machine.running[request_id]
                call.end("error", f"{found.message}: {mode}", error_type="Runtime.InvalidResponseModeHeader")
                self._over(call)
            if int(headers.get("content-length", MAX_DRAINED + 1)) <= MAX_DRAINED:
                await wire.body(MAX_DRAINED)  # so that the connection can be kept
            await self._decide(wire, request, found)
            return
        try:
            with found.reading:
                decision = await self._read(wire, request, found)
        finally:
            self._over(found)
        if found.reading.cancelled_caught:
            self.requests.append(Asked(request.method, request.path, headers, 0))
            raise anyio.EndOfStream
        await self._decide(wire, request, decision)

    async def _read(self, wire: Wire, request: Request, call: Call) -> Decision:
        """Read an answer to its end, or as far as it is taken."""
        headers = request.headers
        is_streamed = "lambda-runtime-function-response-mode" in headers or "transfer-encoding" in headers
        call.answer_begins(headers.get("content-type", ""), is_streamed=is_streamed)
        if call.pace.is_slow:
            wire.read_slowly(call.pace.piece)
        self._changes.tell()
        try:
            while isinstance(part := await wire.part(), bytes):
                refusal = call.take(part, is_streamed=is_streamed)
                if refusal is not None:
                    return refusal
                delay = call.pace.delay(len(part), anyio.current_time())
                if delay:
                    await anyio.sleep(delay)
        except (BrokenRequest, anyio.BrokenResourceError) as error:
            await self._sandbox.settle()
            if call.has_ended.is_set():
                raise anyio.EndOfStream from None  # the process has ended, or its time is over
            why = f"the connection was closed before the end of the answer: {error}"
            call.end("truncated", why, error_type="Runtime.TruncatedResponse")
            return Decision(400, "TruncatedHTTPRequest", "HTTP request detected as truncated")
        wanted = announced(headers)
        self._lost(request, [f"the trailer {name} was not announced" for name in part if name not in wanted])
        self._lost(request, call.answer_ends({name: value for name, value in part.items() if name in wanted}))
        return ACCEPTED

    async def _error(self, wire: Wire, request: Request, request_id: str, body: bytes) -> None:
        found = self._machine.fail(request_id, request.headers.get(ATTEMPT))
        if isinstance(found, Decision):
            await self._decide(wire, request, found)
            return
        cause = request.headers.get("lambda-runtime-function-xray-error-cause")
        self._lost(request, found.fail(body, request.headers.get(ERROR_TYPE, ""), cause))
        self._over(found)
        await self._decide(wire, request, ACCEPTED)

    def _over(self, call: Call) -> None:
        self._machine.answered(call)
        self._changes.tell()

    # ---- start and snapshots

    async def _init_error(self, wire: Wire, request: Request, body: bytes) -> None:
        await self._cannot_start(wire, request, self._machine.init_error(), body, ERROR_TYPE)

    async def _restore_error(self, wire: Wire, request: Request, body: bytes) -> None:
        await self._cannot_start(wire, request, self._machine.restore_error(), body, ERROR_TYPE)

    async def _cannot_start(
        self, wire: Wire, request: Request, decision: Decision, body: bytes, type_header: str
    ) -> None:
        if decision.is_accepted:
            try:
                document = json.loads(body)
            except ValueError:
                document = None
            self._sandbox.init_failed(document, request.headers.get(type_header, ""))
            self._changes.tell()
        await self._decide(wire, request, decision)

    async def _restore_next(self, wire: Wire, request: Request, body: bytes) -> None:
        await self._decide(wire, request, self._machine.restore_next(), b"")

    # ---- extensions

    async def _register(self, wire: Wire, request: Request, body: bytes) -> None:
        identifier = str(uuid.uuid4())
        decision = self._machine.register(request.headers.get("lambda-extension-name"), body, identifier)
        features = request.headers.get("lambda-extension-accept-feature", "")
        told = {name: value for name, value in self._function.items() if name != "accountId" or name in features}
        headers = {"Lambda-Extension-Identifier": identifier}
        await self._decide(wire, request, decision, json.dumps(told).encode(), **headers)

    async def _extension_next(self, wire: Wire, request: Request, body: bytes) -> None:
        found = self._machine.extension(request.headers.get("lambda-extension-identifier"))
        if isinstance(found, Decision):
            await self._decide(wire, request, found)
            return
        found.is_ready = True
        self._changes.tell()
        try:
            while not found.pending:  # there is never an event for those that subscribed to none
                await wire.wait(self._changes.next)
        except anyio.EndOfStream:
            self.requests.append(Asked(request.method, request.path, request.headers, 0))
            raise
        event = found.pending.popleft().as_extensions_see_it()
        headers = {"Lambda-Extension-Event-Identifier": str(uuid.uuid4())}
        await self._decide(wire, request, OK, json.dumps(event).encode(), **headers)

    async def _extension_init_error(self, wire: Wire, request: Request, body: bytes) -> None:
        found = self._machine.extension(request.headers.get("lambda-extension-identifier"))
        decision = found if isinstance(found, Decision) else self._machine.init_error()
        await self._cannot_start(wire, request, decision, body, "lambda-extension-function-error-type")

    async def _extension_exit_error(self, wire: Wire, request: Request, body: bytes) -> None:
        found = self._machine.extension(request.headers.get("lambda-extension-identifier"))
        await self._decide(wire, request, found if isinstance(found, Decision) else ACCEPTED)

    # ---- the rest

    async def _ping(self, wire: Wire, request: Request, body: bytes) -> None:
        await self._decide(wire, request, OK, b"pong")

    async def _subscribe(self, wire: Wire, request: Request, body: bytes) -> None:
        await self._decide(wire, request, ACCEPTED)

    async def _nothing(self, wire: Wire, request: Request, body: bytes) -> None:
        await self._decide(wire, request, NOT_FOUND)
