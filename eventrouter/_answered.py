"""What leaves the app for a caller who reads a stream: an opening that is known to be good, and a body that ends everything
that was kept open for it, however it ends."""

from __future__ import annotations

from ._stream import close
from ._streaming import Begun, begin
from .errors import ReplyError, ResponseTooLargeError
from .response import BufferedResponse
from .sources._http import body_bytes, has_body, opening

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator

    from .app import App
    from .context import Invocation
    from .response import FunctionResponse, StreamingResponse


async def opened(app: App, response: StreamingResponse, invocation: Invocation) -> FunctionResponse:
    """*response*, ready to be sent; without its body where an answer like it has none.

    Raises:
        ReplyError: It cannot be sent. Its body is closed.
        BaseException: What its body raised before the first item.
    """
    source, host, body, prelude = invocation.source, invocation.host, response.body, response.prelude
    assert host is not None
    try:
        if source.http is not None:
            assert prelude is not None  # middleware's are held to it, ours have it
            response._opening = opening(prelude, source)
            if not has_body(prelude, is_head=source.http.method(invocation.event) == "HEAD"):
                await close(body, invocation)
                await _end(app, invocation, None)
                return BufferedResponse(None, prelude)
        if not isinstance(body, Begun):
            # A layer's own.
            body = await begin(body, invocation, first_within=host.settings.first_item_timeout)
        response._media_type = body.media_type or response._media_type
    except BaseException as error:
        await close(body, invocation)
        await _end(app, invocation, error)
        raise
    filler = b"\n" if host.settings.has_filler and prelude is not None else b""
    response.body = host.body = _to_the_end(app, body, invocation, filler)
    return response


async def _end(app: App, invocation: Invocation, error: BaseException | None) -> None:
    """Close what was opened for the invocation, now that nothing of its answer is to be made any more.

    Raises:
        BaseException: What a clean-up raised.
    """
    if invocation.cleanups is not None:
        await app._close(invocation, error)


async def _to_the_end(
    app: App, body: AsyncIterator[bytes], invocation: Invocation, filler: bytes
) -> AsyncGenerator[bytes, None]:
    """The chunks of *body*; then, however it ends, the end of all that was kept open for it."""
    host = invocation.host
    try:
        try:
            async for chunk in body:
                if chunk:
                    filler = b""
                    yield chunk
            if filler:
                yield filler
        except BaseException as error:
            await close(body, invocation)
            await _end(app, invocation, error)
            raise
        await _end(app, invocation, None)
    finally:
        if host is None or not host.is_deferred:
            await app._finish(invocation)


def sent_whole(app: App, response: BufferedResponse) -> tuple[bytes, bytes]:
    """A complete answer to an HTTP caller who reads a stream: its opening and its body.

    What cannot be sent is a 500 that says why in the log.
    """
    source = response._source
    assert source is not None
    prelude = response.prelude
    assert prelude is not None
    try:
        start = opening(prelude, source)
        if not has_body(prelude, is_head=response._is_head is True):
            return start, b""
        body = body_bytes(response.value)
    except (ReplyError, ResponseTooLargeError) as error:
        return sent_whole(app, app._unsendable(error, response))
    return start, body or (b"\n" if app._stream_settings().has_filler else b"")
