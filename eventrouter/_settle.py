"""The records of one event, each to its handler, and what became of them: nothing is lost.

One loop serves every source that is not HTTP; a source that is no batch is a batch of one. A failure is kept by its
position, closes its lane on ordered sources, and is told to the trigger in the source's own way at the end.
"""

from __future__ import annotations

import sys

from ._drive import on_loop
from ._signature import called_function
from .answers import ACK
from .errors import (
    HandlerCancelledError,
    HandlerStoppedError,
    NoRouteError,
    NotReachedError,
    PayloadError,
    RegistrationError,
    ReplyError,
    ResponseTooLargeError,
)
from .response import BufferedResponse, Response, StreamingResponse
from .source import NOTHING, Outcome
from .streams import EventStream, ServerSentEvent

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Sequence
    from typing import Any, Protocol

    from .context import Invocation
    from .routing import Route, Table
    from .source import Source
    from .types import JsonValue, OnRecord, Record

    class Settings(Protocol):
        """What a batch is handled under; the app's, or its queue's own."""

        @property
        def reports(self) -> bool: ...
        @property
        def concurrency(self) -> int: ...
        @property
        def invalid(self) -> str | OnRecord: ...
        @property
        def unmatched(self) -> str | OnRecord: ...
        @property
        def margin(self) -> float | None: ...
        async def observe(self, error: Exception, invocation: Invocation) -> object: ...


#: How many times as long as the longest record so far the time left must be for another one.
LENGTHS = 1.5
#: Why records are not started.
NO_TIME = "there was not enough time left"
LANE_FAILED = "an earlier record of its order failed"


def default_margin(remaining: float) -> float:
    """Seconds to keep for the answer: a tenth of the time, 1 to 5 s, never more than half."""
    if remaining >= 50:
        return 5.0
    return min(max(1.0, remaining / 10), remaining / 2)


class Run(Outcome):
    """The state of one batch while its records are handled, and in the end what became of them.

    Attributes:
        stopped: Why no further record may be started; empty while they may.
        fatal: What must be raised once the bookkeeping is done: an outer cancellation, SystemExit, ...
        now: A clock in seconds.
    """

    __slots__ = (
        "_before", "_closed", "_ends", "_latest", "_longest", "fatal", "lane_of", "now", "settings", "source", "stopped",
        "table",
    )  # fmt: skip
    errors: dict[int, BaseException]
    results: dict[int, object]
    source: Source
    fatal: BaseException | None
    _closed: set[Hashable] | None

    def __init__(self, invocation: Invocation, records: Sequence[Record], table: Table, settings: Settings) -> None:
        # Not by way of ``super``, and the slots in one go: every batch pays for it.
        self.invocation = invocation
        self.records = records
        self.results = {}
        self.errors = {}
        self.reports = settings.reports
        self.bind = NOTHING
        self.source = source = invocation.source
        self.table = table
        self.settings = settings
        self.stopped = ""
        self.fatal = None
        self.lane_of = None if source.lanes is None else source.lanes(records)
        self._closed = None
        self.now, self._before, self._ends = invocation.countdown()
        margin = settings.margin
        if margin is None:
            margin = default_margin(self._ends - self._before)
        #: The moment from which on no record is started, and what a record must exceed to bring it forward.
        self._latest = self._ends - margin
        self._longest = margin / LENGTHS

    # ---- time and lanes

    def has_time(self) -> bool:
        """Whether another record may be started after the one that has just ended.

        One that overruns takes the whole batch with it, so what is left must exceed the margin, and one and a half times
        the longest record so far.
        """
        now = self.now()
        spent = now - self._before
        self._before = now
        self.took(spent)
        return now < self._latest

    def may_start(self) -> bool:
        """The same where records run side by side, and each says by :meth:`took` how long it was."""
        return self.now() < self._latest

    def took(self, spent: float) -> None:
        if spent > self._longest:
            self._longest = spent
            self._latest = self._ends - LENGTHS * spent

    def leave(self, indexes: Iterable[int], why: str) -> None:
        """Count records as not started, unless they failed already."""
        for index in indexes:
            self.errors.setdefault(index, NotReachedError(index, why))

    def is_closed(self, index: int) -> bool:
        """Whether the record's lane has failed; the record then counts as failed too."""
        if self.lane_of is None or not self._closed or self.lane_of(self.records[index]) not in self._closed:
            return False
        self.leave((index,), LANE_FAILED)
        return True

    def fail(self, index: int, error: BaseException) -> None:
        self.errors[index] = error
        if self.lane_of is not None:
            if self._closed is None:
                self._closed = set()
            self._closed.add(self.lane_of(self.records[index]))

    # ---- one record

    async def one(self, index: int, route: Route) -> None:
        """Have *route* handle one record; whatever goes wrong is kept, nothing is raised."""
        try:
            await self.take(index, route, route.call(self.invocation, self.records[index]))
        except Exception as error:
            await self.failed(index, error)
        except BaseException as error:
            self.died((index,), error)

    async def take(self, index: int, route: Route, result: Any) -> None:
        """Keep what a handler returned, after waiting for it if it has to be waited for."""
        if result is not None:
            if route.is_ours:
                result = await result
            elif hasattr(result, "__await__"):
                await on_loop(self.invocation, result)
                result = await result
            if result is not None and (kept := checked(result, route, self.source)) is not None:
                self.results[index] = kept

    async def failed(self, index: int, error: Exception) -> None:
        """Decide what a failure means: the policies for what can never succeed, then the user's exception handlers."""
        error = as_raised(error)
        record = self.records[index]
        try:
            which = _never_succeeds(error, self.table)
            if which == "invalid" and _is_control(self.source.name, record):
                return
            policy = getattr(self.settings, which) if which else "retry"
            if policy != "retry":
                await self._apply(policy, record, error, which)
                return
            if which and self.lane_of is not None:
                self._warn_of_blocking(which)
            if self._is_dealt_with(index, await self.observe(error)):
                return
        except Exception as raised:
            error = as_raised(raised)
        except BaseException as raised:
            self.died((index,), raised)
            return
        self.fail(index, error)

    def _warn_of_blocking(self, which: str) -> None:
        from ._log import warn_once

        warn_once(
            ("blocks", self.source.name, which),
            "a %s record that can never succeed holds up what follows it in its order until its retries are over: %s='drop', or "
            "a function that puts it aside, lets the rest go on; else give the trigger finite retries and a place for what fails",
            self.source.name,
            which,
        )

    async def observe(self, error: Exception) -> object:
        """Show a failure to the user's exception handlers, once; what they say of it."""
        if isinstance(error, MemoryError):
            # Whatever runs now may run into the same wall.
            self.stopped = "the process ran out of memory"
            return None
        return await self.settings.observe(error, self.invocation)

    def _is_dealt_with(self, index: int, said: object) -> bool:
        """Whether what an exception handler returned stands for the record: ``ACK``, or a direct caller's answer."""
        if said is None:
            return False
        if said is ACK:
            return self.is_acknowledged(said)
        if self.source.name != "direct":
            return False
        if _status_of(said) is not None or is_pair(said):
            raise ReplyError("an exception handler answers a direct invoke with the JSON value itself, not a Response")
        self.results[index] = said
        return True

    def is_acknowledged(self, said: object) -> bool:
        """Whether an exception handler said ``ACK``, to a trigger that takes nothing for an answer."""
        if said is ACK and not self.source.acknowledges:
            raise ReplyError(f"an exception handler returned ACK, and a {self.source.name} trigger waits for an answer")
        return said is ACK

    async def _apply(self, policy: str | OnRecord, record: Record, error: Exception, which: str) -> None:
        if callable(policy):
            result: Any = policy(record, error)
            if hasattr(result, "__await__"):
                await on_loop(self.invocation, result)
                await result
            return
        from ._report import log_dropped

        log_dropped(self.source, record, error, which)

    def died(self, indexes: Sequence[int], error: BaseException) -> BaseException:
        """Something that is no ordinary failure: nothing else is started, and it goes on once the books are done.

        Returns:
            What the records failed with.
        """
        if isinstance(error, GeneratorExit):
            raise error
        if is_cancelled_from_inside(error, self.invocation):
            error = HandlerCancelledError()
        else:
            self.fatal = error
            self.stopped = f"{type(error).__name__} ended the invocation"
        for index in indexes:
            self.fail(index, error)
        return error

    # ---- the whole

    async def in_order(self) -> None:
        """One record after the other: the hot path of every queue, where a call more is a tenth of what a record costs."""
        invocation, results, source, table = self.invocation, self.results, self.source, self.table
        address, now, before = table.address, self.now, self._before
        alarm = min(before + self._longest, self._latest)
        is_ordered = self.lane_of is not None
        here: object = self  # the address of the record before, where all from there go the same way; nobody's at first
        for index, record in enumerate(self.records):
            if index:
                # ``has_time`` in fewer steps: before the alarm no record since it was set can have been longer than the
                # longest.
                moment = now()
                if moment >= alarm:
                    self.took(moment - before)
                    if moment >= self._latest:
                        self.leave(range(index, len(self.records)), NO_TIME)
                        return
                    alarm = min(moment + self._longest, self._latest)
                before = moment
            if is_ordered and self.is_closed(index):
                continue
            try:
                if (where := address(record)) != here:
                    here = self
                    route, is_straight = table.find(record, where)
                    call, parts, is_ours, is_async = route.call, route.parts, route.is_ours, route.is_async
                    if is_straight:
                        here = where
                if parts is None:
                    result = call(invocation, record)
                else:
                    validate, payload, handler = parts
                    try:
                        value = validate(payload(record))
                    except Exception:
                        result = call(invocation, record)  # reads it again, and says what is wrong
                    else:
                        result = handler(value)
                if result is not None:
                    if is_ours:
                        result = await result
                    elif is_async or hasattr(result, "__await__"):
                        if invocation.by_hand:
                            await on_loop(invocation, result)
                        result = await result
                    if result is not None and (result := checked(result, route, source)) is not None:
                        results[index] = result
            except Exception as error:
                await self.failed(index, error)
            except BaseException as error:
                self.died((index,), error)
            else:
                continue
            if self.stopped:
                self.leave(range(index + 1, len(self.records)), self.stopped)
                return

    def answer(self) -> JsonValue:
        """What the trigger is told.

        Raises:
            BaseException: What it lets the trigger see raised: the user's exception unchanged, or a group.
        """
        source = self.source
        if source.returns == "value" and self.records:
            self.bind = self.table.bind_of(self.records[0])
        try:
            return source.reply(self)
        except StopIteration as error:
            raise HandlerStoppedError from error
        except Exception as error:
            self.invocation.told = error
            raise


def raisable(error: BaseException) -> BaseException:
    """*error* as a coroutine can raise it: ``StopIteration`` means something else there."""
    if not isinstance(error, StopIteration):
        return error
    stopped = HandlerStoppedError()
    stopped.__cause__ = error
    return stopped


def as_raised(error: Exception) -> Exception:
    """What a handler raised: of a ``StopIteration`` Python makes a RuntimeError on its way through coroutines of ours."""
    cause = error.__cause__
    if (
        isinstance(cause, StopIteration)
        and type(error) is RuntimeError
        and str(error) == "coroutine raised StopIteration"
    ):
        return cause
    return error


def _never_succeeds(error: Exception, table: Table) -> str:
    """The policy for an error of a record that no other try can help: ``"invalid"`` or ``"unmatched"``; else empty.

    The same errors out of a handler's own code (it parsed something, it called an app) are failures like any other: what
    the handler did is not known.
    """
    # What is in a message may hold several records, which fail as a group.
    errors = error.exceptions if isinstance(error, ExceptionGroup) else (error,)
    kinds = {
        "unmatched" if isinstance(each, NoRouteError) else "invalid" if isinstance(each, PayloadError) else ""
        for each in errors
    }
    which = kinds.pop()
    if kinds or not which or any(_is_raised_by(each, table.routes) for each in (error, *errors)):
        return ""
    return which


def _is_raised_by(error: Exception, routes: Iterable[Route]) -> bool:
    """Whether *error* comes from the code of a handler, and not from what is around it."""
    codes = {getattr(called_function(function), "__code__", None) for route in routes for function in route.functions()}
    traceback = error.__traceback__
    while traceback is not None:
        if traceback.tb_frame.f_code in codes:
            return True
        traceback = traceback.tb_next
    return False


def checked(result: object, route: Route, source: Source) -> object:
    """A handler's value, where it may mean something; None where it means nothing.

    Raises:
        ReplyError: It says failure, or cannot be sent back: it must never be taken for a success.
    """
    status_code = _status_of(result)
    if status_code is not None:
        if source.name == "apigw_websocket":
            return result
        if source.name == "direct":
            raise ReplyError(f"{route.name} answers a direct invoke with a Response: return the JSON value itself")
        if status_code >= 400:
            raise ReplyError(f"{route.name} returned a Response with status {status_code}")
        if not source.acknowledges:
            raise ReplyError(
                f"{route.name} answers a {source.name} trigger with a Response, which only HTTP callers read"
            )
    elif _is_stream(result):
        return _stream_for(result, route, source)
    elif source.returns == "value":
        if source.name == "direct" and is_pair(result):
            raise ReplyError(f"{route.name} answers a direct invoke with (body, status): return the JSON value itself")
        return result
    elif type(result) is dict and result.get("batchItemFailures"):
        raise ReplyError(
            f"{route.name} is called once per record and returned batchItemFailures: raise to have the record delivered "
            "again, or take a Batch"
        )
    from ._log import warn_once

    warn_once(
        ("ignored", route.name),
        "%s returned a %s, which a %s trigger ignores: raise to have the record delivered again",
        route.name,
        type(result).__name__,
        source.name,
    )
    return None


def _status_of(result: Any) -> int | None:
    """The status of an HTTP answer, of ours, Powertools' or Starlette's; None for any other value."""
    if isinstance(result, Response):
        return result.status_code
    if isinstance(result, BufferedResponse | StreamingResponse):
        return 200 if result.prelude is None else result.prelude.status_code
    for kind in type(result).__mro__:
        if kind.__name__ == "Response" and kind.__module__.startswith(("starlette.", "aws_lambda_powertools.")):
            return int(result.status_code)
    return None


def _is_stream(result: object) -> bool:
    return hasattr(result, "__next__") or hasattr(result, "__anext__") or isinstance(result, EventStream)


def _stream_for(stream: object, route: Route, source: Source) -> object:
    """A stream that a direct caller is answered with; for now it is collected. No other trigger would read one."""
    if source.name != "direct":
        raise ReplyError(f"{route.name} returned an iterator, which a {source.name} trigger never reads")
    if isinstance(stream, EventStream) and not stream.buffer:
        from ._stream import refuse_endless

        raise refuse_endless(route.name, "a direct invoke")
    from ._log import warn_once

    warn_once(
        ("collected", route.name),
        "%s yields its answer, and a direct invoke does not stream here: it is collected first, up to %d bytes",
        route.name,
        source.max_response,
    )
    return stream


def is_pair(value: object) -> bool:
    """Whether it is ``(body, status)``, which means something to HTTP only."""
    return type(value) is tuple and len(value) == 2 and type(value[1]) is int


def is_cancelled_from_inside(error: BaseException, invocation: Invocation) -> bool:
    """A ``CancelledError`` that nobody outside asked for is the handler's failure, not the end of the invocation."""
    asyncio = sys.modules.get("asyncio")
    if asyncio is None or not isinstance(error, asyncio.CancelledError):
        return False
    if invocation.by_hand or asyncio._get_running_loop() is None:
        return True
    task = asyncio.current_task()
    return task is None or not task.cancelling()


def _is_control(source: str, record: Record) -> bool:
    """Whether a body that did not validate is one of the two messages that AWS sends about a queue, not to its reader."""
    if source not in ("sqs", "sns"):
        return False
    from ._envelopes import control_message, log_control

    name = control_message(source, record)
    if name:
        log_control(name)
    return bool(name)


async def settle(
    invocation: Invocation, table: Table, settings_for: Callable[[Table, Record], Settings]
) -> BufferedResponse:
    """Handle every record of the invocation and make the answer.

    Raises:
        BaseException: What the source lets the trigger see raised: the user's exception unchanged, or a group.
    """
    source = invocation.source
    records = source.records(invocation.event)
    if not records:
        from ._log import logger

        logger().info("a %s event without records is acknowledged", source.name)
        return BufferedResponse(source.reply(Outcome(invocation, records, {}, {})))
    settings = settings_for(table, records[0])
    run = Run(invocation, records, table, settings)
    if table.has_batch and any(route.takes_batch for record in records for route in table.candidates(record)):
        from ._runs import in_runs

        await in_runs(run)
    elif settings.concurrency > 1 and len(records) > 1 and (source.concurrent == "lanes" or run.lane_of is None):
        from ._concurrent import side_by_side

        await side_by_side(run)
    else:
        await run.in_order()
    if source.name == "direct" and _is_stream(run.results.get(0)):
        await _collect(run)
    return BufferedResponse(ended(run))


def ended(run: Run) -> JsonValue:
    """What the trigger is told of a run that is over.

    Raises:
        BaseException: What it lets the trigger see raised, and what ended the run.
    """
    if run.fatal is not None:
        raise raisable(run.fatal)
    if run.errors and run.settings.reports:
        from ._report import log_failures

        log_failures(run)
    return run.answer()


async def _collect(run: Run) -> None:
    """Read a direct caller's stream to its end; what goes wrong there went wrong in the handler."""
    try:
        run.results[0] = await _collected(run.results[0], run.invocation)
    except Exception as error:
        del run.results[0]
        await run.failed(0, error)
    except BaseException as error:
        run.died((0,), error)


async def _collected(stream: Any, invocation: Invocation) -> object:
    """One string of text, or a list of JSON values.

    Raises:
        ResponseTooLargeError: It grew past what the caller takes; reading stops there.
        ReplyError: It yields bytes.
    """
    from ._stream import as_async, encode_item

    limit = invocation.source.max_response
    as_events = isinstance(stream, EventStream)
    items = as_async(stream.events if as_events else stream, invocation)
    kept: list[object] = []
    size = 0
    try:
        async for item in items:
            if isinstance(item, bytes | bytearray | memoryview):
                raise ReplyError(
                    "a direct invoke that is not streamed is answered with JSON, which has no bytes: yield text or values"
                )
            encoded = encode_item(item, as_events=as_events)
            size += len(encoded)
            if size > limit:
                raise ResponseTooLargeError(invocation.source.name, size, limit)
            kept.append(encoded.decode() if as_events or isinstance(item, ServerSentEvent) else item)
    finally:
        await items.aclose()  # type: ignore[attr-defined]
    return "".join(map(str, kept)) if kept and all(isinstance(item, str) for item in kept) else kept


def refuse_callback(source: Source, what: str) -> None:
    """A returned value is a silent no-op where something must be called."""
    if source.completion == "callback" and source.complete is None:
        raise RegistrationError(
            f"{what}: a {source.name} event is not completed by a return value: {source.offer}; register it with "
            "complete=False if the handler makes that call itself"
        )
