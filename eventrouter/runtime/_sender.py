"""A streamed answer on its way: piece by piece, as fast as it is taken, and ended in whatever way it ends.

It goes over a connection of its own, so that closing that is all it takes to break off.
"""

from __future__ import annotations

import time

from anyio import CancelScope, current_time
from anyio.lowlevel import checkpoint

from .._log import logger
from .._report import count
from .._stream import close
from .._trace import log_error
from ..errors import RuntimeApiError
from ._connection import UnreachableError
from ._diagnostics import Diagnosis

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..context import Invocation
    from ..response import StreamingResponse
    from ._connection import Connection
    from ._hosted import RuntimeHost
    from ._http import Reply
    from ._poller import Poller

#: A send that does not have to wait lets nothing else run; after so many bytes, or seconds, the others get their turn.
TURN_BYTES = 64 * 1024
TURN_SECONDS = 0.01
#: Seconds to end a stream that is cut short, and to close what it reads from.
CLOSING_TIME = 2.0


class _RefusedError(Exception):
    """The server answered before the body was at its end: it does not want the rest."""

    def __init__(self, reply: Reply) -> None:
        self.reply = reply
        super().__init__(reply.status)


async def send(poller: Poller, response: StreamingResponse, host: RuntimeHost) -> None:
    """Send *response* to its end, whichever that is. The body is closed in every case.

    Raises:
        BaseException: What its body raised before the first chunk, so that nothing was sent; what means to end the process.
    """
    connection = poller.runtime.driver.connection(poller.runtime.address)
    try:
        await _send(poller, connection, response, host)
    finally:
        connection.close()
        await _close(response, host)


async def _send(poller: Poller, connection: Connection, response: StreamingResponse, host: RuntimeHost) -> None:
    conversation, received, body = poller.conversation, host.received, response.body
    # Its first item is made already, so nothing is waited for here, and the two go out together.
    first = await anext(body, b"")
    pieces = [*conversation.begin_stream(response._media_type, response._opening), *conversation.chunk(first)]
    error: BaseException | None = None
    try:
        connection.open()
        await _push(connection, pieces)
        try:
            await _rest(poller, connection, response)
        except (UnreachableError, _RefusedError):
            raise
        except BaseException as raised:
            error = host.interruption or raised
        with CancelScope(shield=True, deadline=_soon(error)):
            reply = await _end(poller, connection, error, host)
        verdict = conversation.answered(reply)
        if not verdict.is_accepted:
            _log_refusal(received.request_id, verdict.status, verdict.why)
    except _RefusedError as refused:
        verdict = conversation.answered(refused.reply)
        _log_refusal(received.request_id, verdict.status, verdict.why)
    except RuntimeApiError as lost:
        conversation.dropped()
        logger().error("the stream that answers invocation %s was broken off: %s", received.request_id, lost)
    if error is not None and not isinstance(error, Exception):
        raise error


async def _rest(poller: Poller, connection: Connection, response: StreamingResponse) -> None:
    """Everything after the first chunk."""
    size, turn = 0, time.monotonic()
    async for chunk in response.body:
        await _push(connection, poller.conversation.chunk(chunk))
        refusal = connection.refusal()
        if refusal is not None:
            raise _RefusedError(refusal)
        size += len(chunk)
        if size >= TURN_BYTES or time.monotonic() - turn >= TURN_SECONDS:
            await checkpoint()
            size, turn = 0, time.monotonic()


async def _push(connection: Connection, pieces: list[bytes]) -> None:
    refusal = await connection.send(pieces)
    if refusal is not None:
        raise _RefusedError(refusal)


async def _end(poller: Poller, connection: Connection, error: BaseException | None, host: RuntimeHost) -> Reply:
    """End the body, with the error that broke it off, if one did, and wait until the server has all of it."""
    if error is None:
        await _push(connection, [poller.conversation.end_stream()])
    else:
        log_error(f"the stream that answers invocation {host.received.request_id} failed after it had begun", error)
        count(_invocation_of(host).source, {"StreamFailed": 1})
        diagnosis = Diagnosis(error)
        await _push(connection, [poller.conversation.end_stream(diagnosis.kind, diagnosis.document)])
    return await connection.reply(poller.patience(host.received))


async def _close(response: StreamingResponse, host: RuntimeHost) -> None:
    """Close the body, and the one that a layer may have put its own around."""
    seconds = None if host.interruption is not None else host.seconds(0)
    with CancelScope(shield=True, deadline=current_time() + (seconds or CLOSING_TIME)):
        for body in (response.body, host.body):
            try:
                await close(body, _invocation_of(host))
            except Exception as error:
                log_error(f"the stream that answers invocation {host.received.request_id} failed to close", error)


def _invocation_of(host: RuntimeHost) -> Invocation:
    assert host.invocation is not None
    return host.invocation


def _soon(error: BaseException | None) -> float:
    """A deadline, where there is an error and so little time may be left; else none."""
    return float("inf") if error is None else current_time() + CLOSING_TIME


def _log_refusal(request_id: str, status: int, why: str) -> None:
    logger().error("the stream that answers invocation %s was refused with %d: %s", request_id, status, why)
