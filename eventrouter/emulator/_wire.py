"""HTTP/1.1 over one connection, from the server's side: requests as they arrive, and replies to them."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import anyio
from anyio.abc import SocketAttribute, SocketStream

try:
    import h11
except ModuleNotFoundError as error:
    raise ModuleNotFoundError("the emulator needs h11: pip install 'eventrouter[testing]'", name="h11") from error

#: Bytes of a request's head: the cause for X-Ray in it may have a megabyte.
MAX_HEAD = 2 * 1024 * 1024
#: Seconds in which whoever was replied in the middle of its request may go on sending, and read the reply.
LINGERING = 2.0
PIECE = 65536
#: Bytes that the system holds for a reader that is slow on purpose.
HELD = 65536
#: Whoever was at the other end is there no more.
GONE = (anyio.BrokenResourceError, anyio.ClosedResourceError, anyio.EndOfStream, OSError)


@dataclass(frozen=True)
class Request:
    """The head of a request; header names are in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]


class BrokenRequest(Exception):
    """What arrives is no HTTP, or ends in the middle."""


class Wire:
    """One connection."""

    def __init__(self, stream: SocketStream) -> None:
        self._piece = PIECE
        self._stream = stream
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=MAX_HEAD)

    # ---- reading

    def read_slowly(self, piece: int) -> None:
        """Read *piece* bytes of this request at a time, and have little held for us: whoever sends is to feel it."""
        self._piece = piece
        self._stream.extra(SocketAttribute.raw_socket).setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, HELD)

    async def request(self) -> Request | None:
        """The next request; None where the other side has closed the connection.

        Raises:
            BrokenRequest: What arrives is none.
        """
        event = await self._event()
        if not isinstance(event, h11.Request):
            return None
        headers = {name.decode().lower(): value.decode("latin-1") for name, value in event.headers}
        return Request(event.method.decode(), event.target.decode("latin-1"), headers)

    async def part(self) -> bytes | dict[str, str]:
        """The next of a request's body; at its end the trailers, names in lower case.

        Raises:
            BrokenRequest: It ends in the middle, or what arrives is no part of it.
        """
        event = await self._event()
        if isinstance(event, h11.Data):
            return bytes(event.data)
        return {name.decode().lower(): value.decode("latin-1") for name, value in event.headers}

    async def _event(self) -> Any:
        while True:
            try:
                event = self._http.next_event()
            except h11.RemoteProtocolError as error:
                raise BrokenRequest(str(error)) from None
            if event is not h11.NEED_DATA:
                return event
            if self._http.they_are_waiting_for_100_continue:
                await self._send(h11.InformationalResponse(status_code=100, headers=[]))
            self._http.receive_data(await self._receive(self._piece))

    async def body(self, limit: int) -> bytes | None:
        """The rest of a request; None where it is larger than *limit*."""
        parts: list[bytes] = []
        left = limit
        while left >= 0:
            part = await self.part()
            if isinstance(part, dict):
                return b"".join(parts)
            parts.append(part)
            left -= len(part)
        return None

    async def wait(self, event: anyio.Event) -> None:
        """Wait for *event*.

        Raises:
            EndOfStream: The other side has gone meanwhile, and must not be replied any more.
        """
        has_gone = False

        async def watch() -> None:
            nonlocal has_gone
            while data := await self._receive(PIECE):
                self._http.receive_data(data)
            has_gone = True
            group.cancel_scope.cancel()

        async with anyio.create_task_group() as group:
            group.start_soon(watch)
            await event.wait()
            group.cancel_scope.cancel()
        if has_gone:
            raise anyio.EndOfStream

    async def _receive(self, size: int) -> bytes:
        try:
            return await self._stream.receive(size)
        except anyio.EndOfStream:
            return b""

    # ---- replying

    async def reply(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        """Answer the request; one that has not arrived whole is the last on its connection."""
        # AWS writes UTF-8 where a client context has it.
        pairs = [(name.encode(), value.encode()) for name, value in headers.items()]
        pairs.append((b"Content-Length", b"%d" % len(body)))
        if self._http.their_state is not h11.DONE:
            pairs.append((b"Connection", b"close"))
        head = h11.Response(status_code=status, headers=pairs)
        await self._send(head, h11.Data(data=body), h11.EndOfMessage())

    async def _send(self, *events: Any) -> None:
        await self._stream.send(b"".join([self._http.send(event) or b"" for event in events]))

    def again(self) -> bool:
        """Whether the connection is good for another request."""
        if self._http.our_state is not h11.DONE or self._http.their_state is not h11.DONE:
            return False
        self._http.start_next_cycle()
        self._piece = PIECE
        return True

    async def linger(self) -> None:
        """Have the reply read: a connection that is closed while bytes of it are unread is reset, and the reply is lost."""
        with anyio.move_on_after(LINGERING):
            await self._stream.send_eof()
            while await self._receive(PIECE):
                pass
