"""The Runtime API over HTTP: one task for each connection, and the state machine's word for every request."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import anyio
from anyio.abc import SocketStream

try:
    import h11
except ModuleNotFoundError as error:
    raise ModuleNotFoundError("the emulator needs h11: pip install 'eventrouter[testing]'", name="h11") from error

from ._calls import Call
from ._results import PreludeError
from ._states import ACCEPTED, Attempt, Decision, Machine, announced, refused

RUNTIME, EXTENSIONS = "/2018-06-01/runtime", "/2020-01-01/extension"
#: Bytes of a request's head: the cause for X-Ray in it may have 64 KB.
MAX_HEAD = 1024 * 1024
#: Bytes of an answer that are read although it is refused.
MAX_DRAINED = 256 * 1024


@dataclass(frozen=True)
class Asked:
    """A request of the runtime's and what it was replied; status 0 where it never was."""

    method: str
    path: str
    headers: dict[str, str]
    status: int


class Server:
    """Answers runtimes and extensions."""

    def __init__(self, machine: Machine, *, on_init_error: Callable[[Any, str], None]) -> None:
        self.machine = machine
        self.requests: list[Asked] = []
        self.violations: list[str] = []
        self._calls: dict[int, Call] = {}
        self._changed = anyio.Event()
        self._on_init_error = on_init_error

    # ---- the caller's side

    def invoke(self, call: Call) -> None:
        self._calls[id(call.attempt)] = call
        self.machine.invoke(call.attempt)
        self.changed()

    def forget(self, call: Call) -> None:
        self._calls.pop(id(call.attempt), None)

    def running(self) -> list[Call]:
        """What has been handed over and is not over."""
        return [call for call in self._calls.values() if call.has_begun.is_set() and not call.has_ended.is_set()]

    def changed(self) -> None:
        """Have whoever waits for something look again."""
        self._changed.set()
        self._changed = anyio.Event()

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until *condition* holds."""
        while not condition():
            await self._changed.wait()

    # ---- one connection

    async def serve(self, stream: SocketStream) -> None:
        """Answer the requests of one connection until it is closed."""
        async with stream:
            try:
                await _Connection(self, stream).run()
            except (anyio.BrokenResourceError, anyio.ClosedResourceError, anyio.EndOfStream):
                pass  # whoever asked has gone

    def call_of(self, attempt: Attempt) -> Call:
        return self._calls[id(attempt)]

    def note(self, method: str, path: str, headers: dict[str, str], decision: Decision) -> None:
        self.requests.append(Asked(method, path, headers, decision.status))
        if not decision.is_accepted:
            self.violations.append(f"{method} {path}: {decision.status} {decision.error_type}, {decision.message}")

    def init_error(self, document: bytes, error_type: str) -> Decision:
        decision = self.machine.init_error()
        if decision.is_accepted:
            try:
                told = json.loads(document)
            except ValueError:
                told = None
            self._on_init_error(told, error_type)
        self.changed()
        return decision


class _Connection:
    def __init__(self, server: Server, stream: SocketStream) -> None:
        self.server = server
        self.stream = stream
        self.http = h11.Connection(h11.SERVER, max_incomplete_event_size=MAX_HEAD)
        self.piece = 65536
        self.has_gone = False

    async def run(self) -> None:
        while True:
            try:
                request = await self._event()
            except h11.RemoteProtocolError as error:
                self.server.violations.append(f"no HTTP request: {error}")
                return
            if not isinstance(request, h11.Request):
                return
            headers = {name.decode().lower(): value.decode("latin-1") for name, value in request.headers}
            method, path = request.method.decode(), request.target.decode("latin-1")
            await self._handle(method, path, headers)
            if self.http.our_state is not h11.DONE or self.http.their_state is not h11.DONE:
                return
            self.http.start_next_cycle()

    async def _event(self) -> Any:
        while True:
            event = self.http.next_event()
            if event is not h11.NEED_DATA:
                return event
            if self.http.they_are_waiting_for_100_continue:
                await self._send(h11.InformationalResponse(status_code=100, headers=[]))
            try:
                data = await self.stream.receive(self.piece)
            except anyio.EndOfStream:
                data = b""
            self.http.receive_data(data)

    async def _handle(self, method: str, path: str, headers: dict[str, str]) -> None:
        route, _, request_id = "", "", ""
        if path.startswith(f"{RUNTIME}/invocation/") and method == "POST":
            request_id, _, route = path.removeprefix(f"{RUNTIME}/invocation/").rpartition("/")
        if route == "response":
            await self._response(method, path, headers, _unquoted(request_id))
            return
        body = await self._body()
        if body is None:
            return
        if method == "GET" and path == f"{RUNTIME}/invocation/next":
            await self._next(method, path, headers)
        elif route == "error":
            await self._error(method, path, headers, _unquoted(request_id), body)
        elif method == "POST" and path == f"{RUNTIME}/init/error":
            decision = self.server.init_error(body, headers.get("lambda-runtime-function-error-type", ""))
            await self._decide(method, path, headers, decision)
        elif path == f"{RUNTIME}/restore/next" and method == "GET":
            decision = self.server.machine.may_restore()
            await self._decide(method, path, headers, decision, document=b"")
        elif path == f"{RUNTIME}/restore/error" and method == "POST":
            await self._decide(method, path, headers, self.server.init_error(body, "Runtime.AfterRestoreError"))
        elif path == f"{EXTENSIONS}/register" and method == "POST":
            await self._register(method, path, headers, body)
        elif path == f"{EXTENSIONS}/event/next" and method == "GET":
            await self._extension_next(method, path, headers)
        elif path in (f"{EXTENSIONS}/init/error", f"{EXTENSIONS}/exit/error") and method == "POST":
            await self._decide(method, path, headers, ACCEPTED)
        elif path in ("/2018-06-01/ping", "/ping"):
            await self._decide(method, path, headers, Decision(200), document=b"pong")
        elif method == "PUT" and path.startswith(("/2020-08-15/logs", "/2022-07-01/telemetry")):
            await self._decide(method, path, headers, ACCEPTED)
        else:
            await self._decide(method, path, headers, refused(404, "NotFound", "404 page not found"))

    async def _body(self) -> bytes | None:
        """The body of a request; None where the connection broke before its end."""
        parts: list[bytes] = []
        while True:
            try:
                event = await self._event()
            except h11.RemoteProtocolError as error:
                self.server.violations.append(f"a request broke off: {error}")
                self.server.changed()
                return None
            if isinstance(event, h11.EndOfMessage):
                return b"".join(parts)
            parts.append(bytes(event.data))

    # ---- the endpoints

    async def _next(self, method: str, path: str, headers: dict[str, str]) -> None:
        server = self.server
        found = server.machine.poll()
        server.changed()
        while found is None:
            # Whoever waits may go, and must not be handed an invocation then.
            async with anyio.create_task_group() as group:
                group.start_soon(self._watch, group.cancel_scope)
                await server._changed.wait()
                group.cancel_scope.cancel()
            if self.has_gone:
                raise anyio.EndOfStream
            found = server.machine.poll()
        if isinstance(found, Decision):
            await self._decide(method, path, headers, found)
            return
        call = server.call_of(found)
        server.requests.append(Asked(method, path, headers, 200))
        call.begin()
        server.changed()
        await self._reply(200, call.headers, call.body)

    async def _watch(self, scope: anyio.CancelScope) -> None:
        """End a wait when the other side closes its connection."""
        while data := await self._rest():
            self.http.receive_data(data)
        self.has_gone = True
        scope.cancel()

    async def _rest(self) -> bytes:
        try:
            return await self.stream.receive()
        except (anyio.EndOfStream, anyio.BrokenResourceError):
            return b""

    async def _response(self, method: str, path: str, headers: dict[str, str], request_id: str) -> None:
        server, mode = self.server, headers.get("lambda-runtime-function-response-mode")
        found = server.machine.respond(request_id, headers.get("lambda-runtime-invocation-id"), mode)
        if isinstance(found, Decision):
            known = server.machine.attempts.get(request_id)
            if found.error_type == "InvalidFunctionResponseMode" and known is not None:
                server.call_of(known).end("error", found.message, error_type="Runtime.InvalidResponseModeHeader")
            if int(headers.get("content-length", MAX_DRAINED + 1)) <= MAX_DRAINED:
                await self._body()  # so that the connection can be kept
            await self._decide(method, path, headers, found)
            return
        call, is_streamed = server.call_of(found), mode == "streaming" or "transfer-encoding" in headers
        call.answer_begins(headers.get("content-type", ""), is_streamed=is_streamed)
        self.piece = call.pace.piece
        server.changed()
        decision = ACCEPTED
        try:
            while not isinstance(event := await self._event(), h11.EndOfMessage):
                data = bytes(event.data)
                if not call.take(data, is_streamed=is_streamed):
                    left = refused(410, "Gone", "the caller left")
                    too_large = refused(413, "RequestEntityTooLarge", call.result.why)
                    decision = too_large if call.has_ended.is_set() else left
                    break
                await call.pace.took(len(data))
            else:
                wanted = announced(headers)
                trailers = {name.decode().lower(): value.decode("latin-1") for name, value in event.headers}
                call.answer_ends({name: value for name, value in trailers.items() if name in wanted})
        except h11.RemoteProtocolError as error:
            why = f"the connection was closed before the end of the answer: {error}"
            call.end("truncated", why, error_type="Runtime.TruncatedResponse")
            decision = refused(400, "TruncatedHTTPRequest", "HTTP request detected as truncated")
        except PreludeError as error:
            call.bad_prelude(error)
            decision = refused(400, "InvalidPrelude", str(error))
        self.piece = 65536
        if found.stage == "answering":
            found.stage = "answered"
        if call.has_left and not call.has_ended.is_set():
            call.end("complete")
        server.changed()
        if decision.status == 410 and call.hangs_up:
            server.note(method, path, headers, Decision(0, "", "the caller left, and the connection is cut"))
            raise anyio.ClosedResourceError
        await self._decide(method, path, headers, decision)

    async def _error(self, method: str, path: str, headers: dict[str, str], request_id: str, body: bytes) -> None:
        found = self.server.machine.fail(request_id, headers.get("lambda-runtime-invocation-id"), len(body))
        if isinstance(found, Decision):
            await self._decide(method, path, headers, found)
            return
        call = self.server.call_of(found)
        cause = headers.get("lambda-runtime-function-xray-error-cause")
        call.fail(body, headers.get("lambda-runtime-function-error-type", ""), cause)
        self.server.changed()
        await self._decide(method, path, headers, ACCEPTED)

    async def _register(self, method: str, path: str, headers: dict[str, str], body: bytes) -> None:
        try:
            events = json.loads(body).get("events", [])
        except (ValueError, AttributeError):
            events = None
        identifier = str(uuid.uuid4())
        decision = self.server.machine.register(headers.get("lambda-extension-name"), events, identifier)
        document = json.dumps({"functionName": "function", "functionVersion": "$LATEST", "handler": ""}).encode()
        extra = {"Lambda-Extension-Identifier": identifier} if decision.is_accepted else {}
        await self._decide(method, path, headers, decision, document=document, extra=extra)

    async def _extension_next(self, method: str, path: str, headers: dict[str, str]) -> None:
        decision = self.server.machine.extension_ready(headers.get("lambda-extension-identifier"))
        self.server.changed()
        if not decision.is_accepted:
            await self._decide(method, path, headers, decision)
            return
        self.server.requests.append(Asked(method, path, headers, 0))
        # There is never an event for it.
        await self._rest()
        raise anyio.EndOfStream

    # ---- replies

    async def _decide(
        self,
        method: str,
        path: str,
        headers: dict[str, str],
        decision: Decision,
        *,
        document: bytes | None = None,
        extra: dict[str, str] | None = None,
    ) -> None:
        self.server.note(method, path, headers, decision)
        if document is None or not decision.is_accepted:
            document = json.dumps(decision.document).encode()
        await self._reply(decision.status, {"Content-Type": "application/json", **(extra or {})}, document)

    async def _reply(self, status: int, headers: dict[str, str], body: bytes) -> None:
        pairs = [*headers.items(), ("Content-Length", str(len(body)))]
        if self.http.their_state is not h11.DONE:
            pairs.append(("Connection", "close"))
        await self._send(h11.Response(status_code=status, headers=pairs))
        if body:
            await self._send(h11.Data(data=body))
        await self._send(h11.EndOfMessage())

    async def _send(self, event: Any) -> None:
        await self.stream.send(self.http.send(event) or b"")


def _unquoted(text: str) -> str:
    from urllib.parse import unquote

    return unquote(text)
