"""One connection to the Runtime API: bytes out, replies in. How it waits is its driver's business.

The server is on the same machine and trusted, but it may close a kept connection whenever it is idle, answer before it was
told everything, or not at all.
"""

from __future__ import annotations

# The module that ``socket`` is built on: the rest of that, and what it imports, is a tenth of a cold start.
import _socket as socket
from abc import ABC, abstractmethod
from select import POLLIN, POLLOUT, poll
from struct import pack
from time import monotonic

from ..errors import RuntimeApiError
from ._http import ReplyReader

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from ._http import Reply
    from ._protocol import Address

#: Bytes asked for at a time. More costs a large allocation at every call; an event of known length is asked for in pieces
#: of MAX_RECEIVE.
RECEIVE = 64 * 1024
MAX_RECEIVE = 1024 * 1024
#: Seconds to connect, to a server that is on the same machine.
CONNECT_TIMEOUT = 5.0
#: Seconds after which a blocking read comes up for air.
BREATH = 5.0
#: Buffers of one send; the system takes at most 1,024.
MAX_BUFFERS = 512


class UnreachableError(RuntimeApiError):
    """The Runtime API cannot be connected to, or has closed the connection instead of replying."""


class Connection(ABC):
    """A kept connection, opened when it is needed, and again when the server has closed it between two requests.

    Subclasses wait.
    """

    __slots__ = ("_address", "_early", "_reader", "_socket")

    def __init__(self, address: Address) -> None:
        self._address = address
        self._socket: socket.socket | None = None
        self._reader = ReplyReader()
        #: A reply that accepts what has not been sent to its end.
        self._early: Reply | None = None

    # ---- what a driver does in its own way

    @abstractmethod
    async def reply(self, patience: float | None) -> Reply:
        """Wait for the reply to what was sent, at most *patience* seconds.

        Raises:
            UnreachableError: The server closed the connection instead.
            RuntimeApiError: It said nothing in time, or what is no reply.
        """

    @abstractmethod
    async def writable(self, patience: float) -> None:
        """Wait until something can be sent, at most *patience* seconds."""

    # ---- a request and its reply

    async def exchange(self, request: bytes, *, patience: float | None = None, may_repeat: bool = False) -> Reply:
        """Send *request* and wait for its reply.

        Args:
            patience: Seconds to wait for the reply; None: for ever.
            may_repeat: The request may be sent twice. One that is sent on a kept connection is then sent again if the
                server closed that meanwhile.

        Raises:
            UnreachableError: There is no server, or it went away.
            RuntimeApiError: What it said is no reply, or it said nothing in time.
        """
        while True:
            is_fresh = self.open(may_be_stale=may_repeat)
            try:
                return await self._asked(request, patience)
            except BaseException as error:
                # Whatever arrives later must not be taken for the reply to another request.
                self.close()
                if is_fresh or not may_repeat or not isinstance(error, UnreachableError):
                    raise

    async def _asked(self, request: bytes, patience: float | None) -> Reply:
        refusal = await self._send_all((request,))
        reply = await self.reply(patience) if refusal is None else refusal
        if refusal is not None or not reply.keeps_open:
            self.close()
        return reply

    def said(self, flags: int = socket.MSG_DONTWAIT) -> Reply | None:
        """The reply, as far as it is here."""
        early, self._early = self._early, None
        return self._receive(flags) if early is None else early

    def refusal(self) -> Reply | None:
        """The reply of a server that does not want the rest of what is being sent.

        One that accepts it before its end, as an emulator does, is kept for :meth:`reply`.

        Raises:
            UnreachableError: The server closed the connection.
        """
        reply = None if self._early is not None else self._receive()
        if reply is not None and reply.status < 300:
            self._early = reply
            return None
        return reply

    def _receive(self, flags: int = socket.MSG_DONTWAIT) -> Reply | None:
        """Read what there is. A reply after which the server closes is the last of this connection."""
        assert self._socket is not None
        wanted = self._reader.wants
        try:
            data = self._socket.recv(RECEIVE if wanted <= RECEIVE else min(wanted, MAX_RECEIVE), flags)
        except (BlockingIOError, InterruptedError):
            return None
        except OSError as error:
            raise UnreachableError(f"the connection to the Runtime API broke: {error.strerror}") from error
        reply = self._reader.receive_data(data) if data else self._reader.receive_eof()
        if reply is None and not data:
            raise UnreachableError("the Runtime API closed the connection")
        return reply

    # ---- sending

    async def _send_all(self, pieces: Sequence[bytes]) -> Reply | None:
        """Send all of *pieces*; give the reply of a server that does not want them all."""
        try:
            return await self.send(pieces)
        except UnreachableError:
            # It may have said why before it closed.
            try:
                said = None if self._socket is None else self._receive()
            except RuntimeApiError:
                said = None
            if said is None:
                raise
            return said

    async def send(self, pieces: Sequence[bytes]) -> Reply | None:
        """Send *pieces*, as fast as the server takes them; give its reply, if it does not want them all.

        Raises:
            UnreachableError: The server closed the connection.
        """
        assert self._socket is not None
        buffers = list(pieces)
        while buffers:
            try:
                if len(buffers) == 1:
                    sent = self._socket.send(buffers[0], socket.MSG_DONTWAIT)
                else:
                    sent = self._socket.sendmsg(buffers[:MAX_BUFFERS], (), socket.MSG_DONTWAIT)
            except (BlockingIOError, InterruptedError):
                refusal = self.refusal()
                if refusal is not None:
                    return refusal
                await self.writable(0.25)
                continue
            except OSError as error:
                raise UnreachableError(f"the connection to the Runtime API broke: {error.strerror}") from error
            while buffers and sent >= len(buffers[0]):
                sent -= len(buffers.pop(0))
            if sent:
                buffers[0] = memoryview(buffers[0])[sent:]  # type: ignore[call-overload]  # as good as bytes, and no copy
        return None

    # ---- opening and closing

    def open(self, *, may_be_stale: bool = False) -> bool:
        """Make sure of a connection; whether it is a fresh one.

        Args:
            may_be_stale: Whoever asks can do it again, so that a kept one need not be looked at.

        Raises:
            UnreachableError: There is no server.
        """
        if self._socket is not None:
            if may_be_stale or not self._is_stale():
                return False
            self.close()
        self._socket = _connected(self._address)
        self._reader = ReplyReader()
        return True

    def _is_stale(self) -> bool:
        """Whether the server has closed the connection, or said something that nobody asked for."""
        assert self._socket is not None
        try:
            self._socket.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        except (BlockingIOError, InterruptedError):
            return False
        except OSError:
            return True
        return True

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = self._early = None


def silent(patience: float | None) -> RuntimeApiError:
    """The error for a server that does not reply."""
    return RuntimeApiError(f"the server did not reply in {patience or 0:.0f} s")


def _connected(address: Address) -> socket.socket:
    failed: OSError | None = None
    try:
        # As bytes, since the codec that a string is given costs 3 ms of a cold start.
        found = socket.getaddrinfo(address.host.encode("ascii"), address.port, 0, socket.SOCK_STREAM)
        for family, kind, protocol, _, where in found:
            opened = socket.socket(family, kind, protocol)
            try:
                opened.settimeout(CONNECT_TIMEOUT)
                opened.connect(where)
                opened.settimeout(None)
                opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                return opened
            except OSError as error:
                opened.close()
                failed = error
    except OSError as error:
        failed = error
    why = "it has no address" if failed is None else failed.strerror or failed
    raise UnreachableError(f"the Runtime API at {address.authority} cannot be reached: {why}") from failed


class BlockingConnection(Connection):
    """A connection of a process that does nothing else meanwhile.

    Args:
        breath: Seconds after which a read that waits looks whether it is to wait on.
    """

    __slots__ = ("_breath",)

    def __init__(self, address: Address, breath: float = BREATH) -> None:
        super().__init__(address)
        self._breath = breath

    def open(self, *, may_be_stale: bool = False) -> bool:
        is_fresh = super().open(may_be_stale=may_be_stale)
        if is_fresh and self._socket is not None:
            # Reads wait in the system, which costs nothing beside them.
            self._socket.setsockopt(
                socket.SOL_SOCKET, socket.SO_RCVTIMEO, pack("ll", int(self._breath), int(self._breath % 1 * 1e6))
            )
        return is_fresh

    async def reply(self, patience: float | None) -> Reply:
        waits_until = None if patience is None else monotonic() + patience
        while (reply := self.said(0)) is None:
            if waits_until is not None and monotonic() >= waits_until:
                raise silent(patience)
        return reply

    async def writable(self, patience: float) -> None:
        assert self._socket is not None
        waiting = poll()
        waiting.register(self._socket, POLLIN | POLLOUT)
        waiting.poll(patience * 1000)
