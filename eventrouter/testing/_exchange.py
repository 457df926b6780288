"""One event through the one door of an app, and what is seen of it from outside."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Coroutine
from contextvars import Context, copy_context
from typing import Any, TypeVar

from .._drive import NEED_LOOP, not_by_hand, resumed
from .._host import Host, StreamSettings
from .._json import decode
from .._received import Chunk, Headers, Opening, body_of
from .._replies import known_error
from .._run import default_margin
from ..app import App
from ..context import _current
from ..errors import (
    FixtureError,
    HandlerStoppedError,
    HandlerTimeoutError,
    LoopError,
    NoRouteError,
    ReplyError,
    ResponseTooLargeError,
    ShutdownError,
)
from ..response import BufferedResponse
from ._clock import Clock
from ._results import BatchResult, EventResult, HttpResult, Result, records_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..context import Invocation
    from ..types import AnyContext, JsonValue

T = TypeVar("T")


class TestHost(Host):
    """A test, to one invocation: it reads streams, cuts what waits too long, and keeps what goes to presigned URLs."""

    __slots__ = ("callbacks", "scope")
    __test__ = False  # for pytest, which takes it for tests

    def __init__(self, settings: StreamSettings, *, by_hand: bool) -> None:
        super().__init__(settings)
        self.by_hand = by_hand
        self.put = self._keep
        self.callbacks: list[JsonValue] = []
        #: What cancels its asynchronous code; None while none has been reached.
        self.scope: Any = None

    @property
    def interruption(self) -> Exception | None:
        return HandlerTimeoutError() if self.scope is not None and self.scope.cancel_called else None

    def _keep(self, url: str, body: bytes) -> None:
        self.callbacks.append(decode(body))

    def seconds(self, margin: float | None) -> float:
        """Seconds until asynchronous code is cancelled, as the runtime does it before the deadline."""
        assert self.invocation is not None
        remaining = self.invocation.remaining_seconds()
        return remaining - (default_margin(remaining) if margin is None else min(margin, remaining / 2))


class Exchange:
    """Sends one event.

    Args:
        app: What it is sent to.
        event: The decoded event.
        context: Lambda's context object.
        clock: What chunks are timed by.
        leave_after: Chunks after which the client leaves; None: it stays to the end.
        by_hand: Without an event loop, until one is needed.
    """

    def __init__(
        self,
        app: App,
        event: JsonValue,
        context: AnyContext,
        clock: Clock,
        *,
        leave_after: int | None = None,
        by_hand: bool = False,
    ) -> None:
        self._app = app
        self._event = event
        self._context = context
        self._clock = clock
        self._leave_after = leave_after
        self.host = TestHost(app._stream_settings(), by_hand=by_hand)

    @property
    def invocation(self) -> Invocation:
        assert self.host.invocation is not None  # since the app has taken the event
        return self.host.invocation

    # ---- the two ways to run it

    def run(self) -> Result:
        """Send it, from code that is not asynchronous.

        Raises:
            LoopError: A loop is running, and the app needs one.
        """
        context = copy_context()
        coroutine = self.send()
        try:
            asked = context.run(coroutine.send, None)
        except StopIteration as done:
            return done.value  # type: ignore[no-any-return]
        if asked is not NEED_LOOP:
            raise context.run(not_by_hand, coroutine)
        from .._kept import kept_loop

        try:
            # In the one context: what it has set there it may take back.
            return kept_loop().run(self._limited(coroutine, context))
        except LoopError as error:
            context.run(coroutine.close)
            error.add_note("in an asynchronous test, write `async with AsyncTestClient(app) as client`")
            raise

    async def run_async(self) -> Result:
        """The same, under the event loop that is running."""
        return await self._limited(self.send(), copy_context())

    async def _limited(self, coroutine: Coroutine[Any, Any, T], context: Context) -> T:
        from anyio import CancelScope, current_time

        host = self.host
        if host.invocation is None:
            # The door has not been passed: the deadline is the context's.
            seconds = self._context.get_remaining_time_in_millis() / 1000
            seconds -= default_margin(seconds)
        else:
            seconds = host.seconds(self._app._settings.margin)
        with CancelScope(deadline=current_time() + seconds) as host.scope:
            return await resumed(coroutine, context)
        raise host.interruption or ShutdownError()

    # ---- the exchange

    async def send(self) -> Result:
        """Send the event and read all of the answer.

        Raises:
            BaseException: What is no failure of the app's: an interrupted test, a test that is failed or skipped.
        """
        began, failure = self._clock.now(), None
        response: Any = None
        try:
            response = await self._app.dispatch(self._event, self._context, host=self.host)
        except (Exception, SystemExit) as error:
            failure = error.__cause__ if isinstance(error, HandlerStoppedError) and error.__cause__ else error
            if self.host.invocation is None or self.invocation.source.http is not None:
                raise
        _current.set(self.invocation)
        if self.invocation.source.http is not None:
            return await self._http(response, began)
        if response is not None and not isinstance(response, BufferedResponse):
            return await self._stream(response.body, began)
        return self._settled(response, failure)

    def _settled(self, response: BufferedResponse | None, failure: BaseException | None) -> Result:
        invocation, host = self.invocation, self.host
        value: JsonValue = None
        if response is not None:
            try:
                value = self._app._wire(response)
            except (ReplyError, ResponseTooLargeError) as error:
                failure = error
        label, request_id = invocation.source.name, invocation.request_id
        result: Result
        if has_records(label, invocation.event):
            reports = host.run is not None and host.run.settings.reports
            records = records_of(invocation, host.run, self._table, failure)
            result = BatchResult(self._event, label, request_id, records, reports=reports)
        else:
            result = EventResult(self._event, label, request_id, self._route())
            result.callbacks = host.callbacks
        result.response = value
        result.exception = failure  # type: ignore[assignment]
        return result

    def _table(self) -> Any:
        invocation, registry = self.invocation, self._app._registry
        is_enrichment = invocation.delivery == "pipes" and invocation.source.name in registry.enrichments
        tables = registry.enrichments if is_enrichment else registry.tables
        return tables[invocation.source.name].ready()

    def _route(self) -> str | None:
        """The name of the handler that takes an event of one record."""
        invocation = self.invocation
        for record in invocation.source.records(invocation.event):
            try:
                return str(self._table().match(record).name)
            except NoRouteError:
                break
        return None

    # ---- HTTP

    async def _http(self, response: Any, began: float) -> HttpResult:
        invocation, host = self.invocation, self.host
        result = HttpResult(self._event, invocation.source.name, invocation.request_id, self._path_route)
        if host.raised is not None and known_error(host.raised) is None:
            result.exception = host.raised
        if isinstance(response, BufferedResponse):
            self._read_buffered(result, response, began)
            return result
        assert response._opening is not None
        result.prelude = decode(response._opening)
        self._open(result, Opening(result.prelude))
        await self._read(result, response.body, began)
        return result

    def _path_route(self) -> str | None:
        shape = self.invocation.source.http
        assert shape is not None
        method, path = shape.line(self._event)
        for each in (method, "GET") if method == "HEAD" else (method,):
            found = self._app._paths.find(each, path, is_decoded=shape.path_is_decoded)
            if found is not None:
                return found[0].name
        return None

    def _read_buffered(self, result: HttpResult, response: BufferedResponse, began: float) -> None:
        app = self._app
        try:
            wire = response.wire()
        except (ReplyError, ResponseTooLargeError) as error:
            result.exception = error
            wire = app._unsendable(error, response).wire()
        result.response = wire
        if self.host.streams(self.invocation):
            # Where callers read a stream, a small answer is one too: its prelude, and one chunk.
            from .._answered import sent_whole

            opening, body = sent_whole(app, response)
            result.prelude = decode(opening)
            self._open(result, Opening(result.prelude))
        else:
            self._open(result, Opening(wire))
            body = body_of(wire)
        if body:
            result.chunks = [Chunk(self._clock.now() - began, body)]

    @staticmethod
    def _open(result: HttpResult, opening: Opening) -> None:
        result.status_code, result.set_cookies, result.headers = opening.status, opening.cookies, opening.headers
        if opening.cookies:
            result.headers = Headers([pair for pair in opening.headers.pairs if pair[0] != "set-cookie"])

    async def _stream(self, body: AsyncIterator[bytes], began: float) -> HttpResult:
        """A direct invoke that is answered with a stream: bytes, with nothing in front."""
        result = HttpResult(self._event, self.invocation.source.name, self.invocation.request_id, self._route)
        result.prelude = {}
        result.status_code = 200
        await self._read(result, body, began)
        return result

    async def _read(self, result: HttpResult, body: Any, began: float) -> None:
        """Read a stream as its client does."""
        try:
            if self._leave_after != 0:
                async for chunk in body:
                    result.chunks.append(Chunk(self._clock.now() - began, bytes(chunk)))
                    if len(result.chunks) == self._leave_after:
                        result.ended = "closed"
                        break
            else:
                result.ended = "closed"
        except Exception as error:
            result.ended, result.exception = "error", error
        finally:
            await body.aclose()


#: Sources whose events hold records that succeed and fail one by one.
_WITH_RECORDS = frozenset({
    "cloudwatch_logs", "documentdb", "dynamodb", "firehose", "kafka", "kinesis", "mq_active", "mq_rabbit", "s3", "s3_batch",
    "sns", "sqs",
})  # fmt: skip


def has_records(label: str, event: JsonValue) -> bool:
    return label in _WITH_RECORDS and not (type(event) is dict and event.get("Event") == "s3:TestEvent")


def check_routed(app: App, event: JsonValue, file: str | os.PathLike[str]) -> None:
    """Refuse the event of a file whose source the app has no route for at all.

    Raises:
        FixtureError: It says what the event is, and what would take it.
    """
    explanation = app.explain(event)
    if explanation.count and explanation.unrouted == explanation.count and not _has_candidates(explanation):
        raise FixtureError(os.fspath(file), f"the app has no route for it\n{explanation}")


def _has_candidates(explanation: Any) -> bool:
    return any(record.candidates for record in explanation.records)
