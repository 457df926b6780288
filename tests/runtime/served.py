"""A Runtime API of threads and plain sockets that says what a test has it say, right or wrong, and a runtime against it."""

from __future__ import annotations

import json
import socket
import threading
from base64 import b64decode
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from eventrouter import App
from eventrouter.runtime._anyio import AnyioDriver
from eventrouter.runtime._blocking import BlockingDriver
from eventrouter.runtime._hosted import Threads
from eventrouter.runtime._protocol import Address
from eventrouter.runtime._runtime import Runtime

API = "/2018-06-01/runtime"
ACCEPTED = b'HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nContent-Length: 15\r\n\r\n{"status":"OK"}'
#: Seconds after which whoever says nothing is taken for hung.
LIMIT = 20


def url_event(path: str = "/", method: str = "GET", body: str | None = None) -> dict[str, Any]:
    """What a function URL sends."""
    host = "abcdefg.lambda-url.eu-central-1.on.aws"
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {"host": host},
        "requestContext": {
            "accountId": "anonymous",
            "apiId": "abcdefg",
            "domainName": host,
            "http": {"method": method, "path": path, "sourceIp": "192.0.2.1"},
            "requestId": "r",
            "stage": "$default",
        },
        "body": body,
        "isBase64Encoded": False,
    }


def status(code: int, reason: str = "No") -> bytes:
    return f"HTTP/1.1 {code} {reason}\r\nContent-Length: 0\r\n\r\n".encode()


@dataclass
class Turn:
    """One invocation as it is handed over, and what is said to its answer.

    Attributes:
        raw: Sent in place of a proper invocation.
        hangs_up: The connection is closed after it.
        reply: To the answer; None: nothing is ever said.
        accepts_early: The reply is sent as soon as the answer's head is there, and all of it is read.
        resets: The connection is closed as by a server that has crashed.
        hangs_up_then: After such a refusal the connection is closed.
        refuses_early: The reply is sent as soon as the answer's head is there, and nothing more is read.
        reads: Bytes of the answer's body after which the connection is reset.
    """

    event: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    hangs_up: bool = False
    reply: bytes | None = ACCEPTED
    accepts_early: bool = False
    refuses_early: bool = False
    resets: bool = False
    hangs_up_then: bool = False
    reads: int | None = None
    request_id: str = "r-1"

    def handed_over(self) -> bytes:
        if self.raw is not None:
            return self.raw
        body = self.event if isinstance(self.event, bytes) else json.dumps(self.event).encode()
        headers = {
            "Content-Type": "application/json",
            "Lambda-Runtime-Aws-Request-Id": self.request_id,
            "Content-Length": str(len(body)),
            **self.headers,
        }
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        return f"HTTP/1.1 200 OK\r\n{head}\r\n".encode("latin-1") + body


@dataclass
class Said:
    """What the runtime sent."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes = b""
    chunks: list[bytes] = field(default_factory=list)
    trailers: dict[str, str] = field(default_factory=dict)
    is_whole: bool = True

    @property
    def kind(self) -> str:
        return self.path.rpartition("/")[2]

    @property
    def value(self) -> Any:
        return json.loads(self.body)

    @property
    def prelude(self) -> Any:
        return json.loads(self.body.partition(b"\0" * 8)[0])

    @property
    def content(self) -> bytes:
        return self.body.partition(b"\0" * 8)[2]

    @property
    def error(self) -> Any:
        return json.loads(b64decode(self.trailers["lambda-runtime-function-error-body"], validate=True))


class Api:
    """Hands over *turns*, one after the other, and hangs up when there are no more."""

    def __init__(self, turns: Sequence[Turn], *, has_extensions: bool = True) -> None:
        self.turns = list(turns)
        self.has_extensions = has_extensions
        self.said: list[Said] = []
        self.polls = 0
        self.registered: list[Said] = []
        self.current: Turn | None = None
        #: Set when there is nothing more to hand over and the runtime asks.
        self.is_idle = threading.Event()
        #: Set when a connection has been closed.
        self.has_hung_up = threading.Event()
        #: What is said to an error at the start.
        self.init_reply = ACCEPTED
        self.restore_reply = status(200)
        #: Whether a poll without a turn waits, as it does on AWS, until :meth:`close`.
        self.waits = False
        #: Called with each piece of a streamed body as it arrives.
        self.on_chunk: Callable[[bytes], object] = lambda chunk: None
        #: Called with what was said, as soon as it is.
        self.on_said: Callable[[Said], object] = lambda said: None
        #: The first invocation is handed over when so many pollers wait.
        self.holds_until = 1
        self._changed = threading.Condition()
        self.on_poll: Callable[[int], object] = lambda count: None
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = Address("127.0.0.1", self._listener.getsockname()[1])
        self._open: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._is_closed = threading.Event()
        self._spawn(self._accept)

    def _spawn(self, target: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=target, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            connection.settimeout(LIMIT)
            self._open.append(connection)
            self._spawn(self._converse, connection)

    def _converse(self, connection: socket.socket) -> None:
        with connection:
            reader = connection.makefile("rb")
            try:
                while self._turn(connection, reader):
                    pass
            except OSError:
                pass  # the runtime has gone, which the test finds in what it said
            finally:
                reader.close()
        self.has_hung_up.set()

    def _turn(self, connection: socket.socket, reader: Any) -> bool:
        """Answer one request; whether another may follow."""
        said = _head(reader)
        if said is None:
            return False
        if said.path.startswith("/2020-01-01/extension"):
            with self._changed:
                self.registered.append(_body(said, reader))
                self._changed.notify_all()
            return self._extension(connection, said)
        if said.method == "GET" and said.path == f"{API}/invocation/next":
            return self._next(connection)
        if said.method == "GET":
            self.said.append(said)
            connection.sendall(self.restore_reply)
            return True
        turn = self.current if "/invocation/" in said.path else Turn(reply=self.init_reply)
        assert turn is not None
        if turn.refuses_early:
            assert turn.reply is not None
            self.said.append(said)
            connection.sendall(turn.reply)
            if not turn.hangs_up_then:
                self._is_closed.wait(LIMIT)
            return False
        if turn.accepts_early:
            assert turn.reply is not None
            connection.sendall(turn.reply)
        limit = turn.reads
        whole = _body(said, reader, self.on_chunk, limit)
        with self._changed:
            self.said.append(whole)
            self._changed.notify_all()
        self.on_said(whole)
        if limit is not None or not whole.is_whole:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            return False
        if turn.reply is None:
            self._is_closed.wait(LIMIT)
            return False
        if not turn.accepts_early:
            connection.sendall(turn.reply)
        return True

    def _next(self, connection: socket.socket) -> bool:
        with self._lock:
            self.polls += 1
            count = self.polls
            turn = self.turns.pop(0) if self.turns else None
            if turn is not None:
                self.current = turn
        with self._changed:
            self._changed.notify_all()
            self._changed.wait_for(lambda: self.polls >= self.holds_until, LIMIT)
        self.on_poll(count)
        if turn is None:
            self.is_idle.set()
            if self.waits:
                self._is_closed.wait(LIMIT)
            else:
                self._stop_listening()
            return False
        connection.sendall(turn.handed_over())
        if turn.resets:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        return not turn.hangs_up

    def has_registered(self, count: int = 2) -> bool:
        """Wait until an extension has been registered and has asked for its next event."""
        with self._changed:
            return self._changed.wait_for(lambda: len(self.registered) >= count, LIMIT)

    def has_polled(self, count: int) -> bool:
        """Wait until the runtime has asked for an invocation so many times."""
        with self._changed:
            return self._changed.wait_for(lambda: self.polls >= count, LIMIT)

    def has_said(self, count: int) -> bool:
        """Wait until the runtime has said *count* things."""
        with self._changed:
            return self._changed.wait_for(lambda: len(self.said) >= count, LIMIT)

    def _extension(self, connection: socket.socket, said: Said) -> bool:
        if not self.has_extensions:
            connection.sendall(status(404))
            return True
        if said.path.endswith("/register"):
            connection.sendall(b"HTTP/1.1 200 OK\r\nLambda-Extension-Identifier: e-1\r\nContent-Length: 2\r\n\r\n{}")
            return True
        self._is_closed.wait(LIMIT)
        return False

    def _stop_listening(self) -> None:
        try:
            self._listener.shutdown(socket.SHUT_RDWR)  # closing alone does not wake who accepts
        except OSError:
            pass  # it has been done
        self._listener.close()

    def close(self) -> None:
        self._is_closed.set()
        self._stop_listening()
        for connection in self._open:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # it is closed already
        for thread in self._threads:
            thread.join(LIMIT)


def _head(reader: Any) -> Said | None:
    line = reader.readline().decode("latin-1").split()
    if len(line) != 3:
        return None
    return Said(line[0], line[1], _fields(reader))


def _fields(reader: Any) -> dict[str, str]:
    found = {}
    while (line := reader.readline().decode("latin-1").rstrip("\r\n")) != "":
        name, _, value = line.partition(":")
        found[name.lower()] = value.strip()
    return found


def _body(
    said: Said, reader: Any, on_chunk: Callable[[bytes], object] = lambda chunk: None, limit: int | None = None
) -> Said:
    if said.headers.get("transfer-encoding") != "chunked":
        said.body = reader.read(int(said.headers.get("content-length", 0)))
        return said
    while True:
        line = reader.readline()
        if not line:
            said.is_whole = False
            break
        size = int(line, 16)
        if size == 0:
            said.trailers = _fields(reader)
            break
        chunk = reader.read(size)
        reader.read(2)
        said.chunks.append(chunk)
        on_chunk(chunk)
        if limit is not None and sum(map(len, said.chunks)) >= limit:
            said.is_whole = False
            break
    said.body = b"".join(said.chunks)
    return said


@dataclass
class Served:
    """How a runtime ended, and what it said until then."""

    exit_code: int
    said: list[Said]
    api: Api

    @property
    def only(self) -> Said:
        (said,) = self.said
        return said


def serve(
    app: App,
    *turns: Turn,
    driver: str = "asyncio",
    pollers: int = 1,
    threads: bool = False,
    environment: dict[str, str] | None = None,
    patience: float = 5.0,
    margin: float | None = None,
    prepare: Callable[[Api], object] = lambda api: None,
    has_extensions: bool = True,
) -> Served:
    """Run *app* until it has handled every turn: it ends then, since the server hangs up and cannot be reached again."""
    api = Api(turns, has_extensions=has_extensions)
    prepare(api)
    try:
        chosen: Any = BlockingDriver(breath=0.05) if driver == "blocking" else AnyioDriver(driver, margin=margin)
        runtime = Runtime(app, api.address, environment or {}, chosen, patience=patience)
        runtime.sets_trace = pollers == 1
        runtime.threads = Threads(pollers) if threads else None
        exit_code = chosen.start(lambda: runtime.main(pollers))
    finally:
        api.close()
    return Served(exit_code, api.said, api)
