"""ASGI apps: a server for one request at a time, without a socket.

Only ``http`` and ``lifespan`` are spoken. API Gateway's WebSocket events are invocations of their own, one per message, with
nothing that lasts between them: they have routes (``@app.websocket``), and are no ASGI ``websocket``.

https://asgi.readthedocs.io/en/latest/specs/www.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import anyio

from .._drive import on_loop
from .._host import streams
from .._kept import outlives_invocation
from .._pump import spawn
from .._signature import VARARGS, location_of, name_of
from .._trace import log_error
from ..batch import BackgroundTasks
from ..errors import AsgiError, RegistrationError
from ..response import BufferedResponse, StreamingResponse
from ._exchange import Collected, Exchange, HandedOn
from ._lifespan import Lifespan
from ._scope import scope_of
from ._strays import Strays

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import TypeAlias

    from ..context import Invocation
    from ..request import Request
    from ..response import FunctionResponse

    _App: TypeAlias = Callable[[Any, Any, Any], Awaitable[None]]

#: Seconds that an app may go on after the client has left, before it is cancelled: whoever left is not told of, and waits no
#: longer, but the function's time is billed.
GRACE = 1.0


class AsgiApp:
    """A mounted ASGI app."""

    kind = "ASGI"
    waits = True
    is_async = True

    def __init__(self, app: _App, *, buffer_events: bool = False, has_root: bool = True, name: str = "") -> None:
        _check(app)
        self._app = app
        self._has_root = has_root
        self._buffers_events = buffer_events
        self._name = name or f"the mounted {type(app).__name__}"
        self._lifespan = Lifespan(app, self._name)

    async def start(self, invocation: Invocation) -> None:
        await self._lifespan.start(invocation)

    async def stop(self, invocation: Invocation) -> None:
        await self._lifespan.stop(invocation)

    async def answer(self, invocation: Invocation, request: Request, prefix: str) -> FunctionResponse:
        """The app's answer.

        Raises:
            Exception: The app's own, where it sent no answer.
            AsgiError: It ended without one, or sent one that is none.
        """
        await on_loop(invocation)
        if self._lifespan.is_lost:
            await self._lifespan.start(invocation)
        scope = scope_of(invocation, request, prefix, self._lifespan.state, has_root=self._has_root)
        if streams(invocation):
            handed_on = HandedOn()
            exchange = Exchange(request.body, handed_on)
            return await _Running(self._app, self._name, scope, exchange, invocation).handed_on(handed_on)
        sink = Collected(invocation, self._name, buffers_events=self._buffers_events)
        exchange = Exchange(request.body, sink)
        if invocation.host is not None and invocation.host.is_deferred:
            return await _Running(self._app, self._name, scope, exchange, invocation).collected(sink)
        # What the app does after its answer is done first, so it needs no task of its own.
        failure: Exception | None = None
        strays = Strays()
        token = outlives_invocation.set(strays)
        try:
            await self._app(scope, exchange.receive, exchange.send)
        except Exception as error:
            failure = error
        finally:
            outlives_invocation.reset(token)
        exchange.over()
        await strays.settled(invocation, self._name)
        if failure is not None:
            _after_its_answer(exchange, failure, invocation)
        if exchange.error is not None or not exchange.is_complete:
            raise exchange.error or _incomplete(exchange)
        return sink.answer()


def _check(app: object) -> None:
    if not callable(app):
        raise RegistrationError(f"app.mount takes an ASGI app, not a {type(app).__name__}")
    code = getattr(app, "__code__", None)
    takes = 3 if code is None or code.co_flags & VARARGS else code.co_argcount - hasattr(app, "__self__")
    if hasattr(app, "wsgi_app") or takes == 2:
        raise RegistrationError(f"app.mount takes an ASGI app, and {type(app).__name__} is WSGI: write app.mount_wsgi")
    if isinstance(app, type):
        raise RegistrationError(f"app.mount takes an ASGI app, not the class {app.__name__}: call it")
    if takes < 3:
        raise RegistrationError(
            "app.mount takes an ASGI app, `async def app(scope, receive, send)`, and "
            f"{name_of(app)}() [{location_of(app)}] takes fewer arguments"
        )
    from ..app import App

    if isinstance(app, App):
        raise RegistrationError("app.mount takes an ASGI app, not an App of eventrouter: put its routes on a Router")


def _after_its_answer(exchange: Exchange, error: Exception, invocation: Invocation) -> None:
    """An exception of the app's: what became of the request, or, once that is answered, a matter for the log.

    Raises:
        Exception: *error*, or what made the app raise it.
    """
    if exchange.error is not None:
        raise exchange.error
    if not exchange.is_complete:
        raise error
    log_error("a mounted app failed after it had sent its answer", error)
    _keep(error, invocation)


def _keep(error: BaseException, invocation: Invocation) -> None:
    """Keep what went wrong although a request was answered: tests raise it."""
    if invocation.host is not None and isinstance(error, Exception):
        invocation.host.raised = error


def _incomplete(exchange: Exchange) -> AsgiError:
    when = "without an answer" if exchange.prelude is None else "before the end of its answer"
    return AsgiError(f"the mounted app ended {when}")


class _Running:
    """An app that runs in a task of its own: its answer is sent while it goes on, or before it has ended."""

    __slots__ = ("_app", "_end", "_error", "_exchange", "_invocation", "_name", "_scope", "_under")

    def __init__(self, app: _App, name: str, scope: dict[str, Any], exchange: Exchange, invocation: Invocation) -> None:
        self._app = app
        self._name = name
        self._scope = scope
        self._exchange = exchange
        self._invocation = invocation
        self._error: BaseException | None = None
        self._end = anyio.Event()
        self._under = anyio.CancelScope()
        # It is waited for, once its answer is sent.
        token = outlives_invocation.set(True)
        try:
            spawn(self._run)
        finally:
            outlives_invocation.reset(token)

    async def _run(self) -> None:
        strays = Strays()
        outlives_invocation.set(strays)
        cancelled = anyio.get_cancelled_exc_class()
        exchange = self._exchange
        try:
            with self._under:
                try:
                    await self._app(self._scope, exchange.receive, exchange.send)
                except Exception as error:
                    self._error = error  # for whoever waits for the answer: nobody waits for this task
                finally:
                    exchange.over()
                    exchange.sink.close()
                await strays.settled(self._invocation, self._name)
        except cancelled:
            raise  # the whole event loop is being ended
        except BaseException as error:
            self._error = error
        finally:
            self._end.set()

    async def collected(self, sink: Collected) -> BufferedResponse:
        """The answer in one piece, as soon as it is whole."""
        try:
            await self._exchange.ended()
        except BaseException:
            await self.leave()
            raise
        if not self._exchange.is_complete:
            raise await self._failure()
        self._work_later()
        return sink.answer()

    async def handed_on(self, sink: HandedOn) -> FunctionResponse:
        """The answer as soon as its first chunk is there."""
        try:
            first = await sink.take()
        except BaseException:
            await self.leave()
            raise
        if first is None:
            raise await self._failure()
        self._work_later()
        chunk, is_last = first
        prelude = self._exchange.prelude
        if is_last:
            return BufferedResponse(chunk, prelude)
        return StreamingResponse(_Body(self, sink, chunk), prelude)

    async def _failure(self) -> BaseException:
        """Why there is no answer, or no end of it."""
        await self._end.wait()
        return self._exchange.error or self._error or _incomplete(self._exchange)

    def _work_later(self) -> None:
        """Have what the app does after its answer done before the invocation ends."""
        tasks = self._invocation.tasks = BackgroundTasks()
        tasks.add_task(self._finished)

    async def _finished(self) -> None:
        await self._end.wait()
        if self._error is not None and self._exchange.is_complete:
            _keep(self._error, self._invocation)
            raise self._error

    async def next(self, sink: HandedOn) -> tuple[bytes, bool]:
        """The next chunk of the body, and whether it is the last."""
        found = await sink.take()
        if found is None:
            raise await self._failure()
        return found

    async def leave(self) -> None:
        """End the app, which nobody reads any more: it is told, and after a grace cancelled."""
        if self._exchange.is_complete:
            return
        self._exchange.leave()
        with anyio.CancelScope(shield=True):
            with anyio.move_on_after(GRACE):
                await self._end.wait()
            self._under.cancel()
            await self._end.wait()


class _Body:
    """The body of an answer that is handed on."""

    __slots__ = ("_first", "_is_over", "_running", "_sink")

    def __init__(self, running: _Running, sink: HandedOn, first: bytes) -> None:
        self._running = running
        self._sink = sink
        self._first: bytes | None = first
        self._is_over = False

    def __aiter__(self) -> _Body:
        return self

    async def __anext__(self) -> bytes:
        if self._first is not None:
            first, self._first = self._first, None
            return first
        if self._is_over:
            raise StopAsyncIteration
        chunk, self._is_over = await self._running.next(self._sink)
        return chunk

    async def aclose(self) -> None:
        self._is_over, self._first = True, None
        await self._running.leave()
