"""The records of one event, each to its handler, and what became of them: nothing is lost.

One loop serves every source that is not HTTP; a source that is no batch is a batch of one. A failure is kept by its
position, closes its lane on ordered sources, and is told to the trigger in the source's own way at the end.
"""

from __future__ import annotations

import sys
from time import monotonic

from ._drive import on_loop
from .answers import ACK
from .errors import HandlerCancelledError, NoRouteError, NotReachedError, PayloadError, ReplyError, RegistrationError
from .response import BufferedResponse, Response
from .source import NOTHING, Outcome

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence
    from typing import Any, Protocol

    from .context import Invocation
    from .routing import Route, Table
    from .source import Source
    from .types import OnRecord, Record

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
        def margin(self, remaining: float) -> float: ...
        async def observe(self, error: Exception, invocation: Invocation, record: Record) -> object: ...


def default_margin(remaining: float) -> float:
    """Seconds to keep for the answer: a tenth of the time, 1 to 5 s, never more than half."""
    return min(max(1.0, remaining / 10), 5.0, remaining / 2)


class Run:
    """The state of one batch while its records are handled."""

    __slots__ = (
        "_before", "_closed", "_ends", "_longest", "_margin", "errors", "fatal", "invocation", "is_over", "lane_of", "records", "results",
        "settings", "source", "table",
    )  # fmt: skip

    def __init__(self, invocation: Invocation, records: Sequence[Record], table: Table, settings: Settings) -> None:
        self.invocation = invocation
        self.source: Source = invocation.source
        self.records = records
        self.table = table
        self.settings = settings
        self.errors: dict[int, BaseException] = {}
        self.results: dict[int, object] = {}
        #: What must be raised once the bookkeeping is done: an outer cancellation, SystemExit, ...
        self.fatal: BaseException | None = None
        #: Nothing else is started.
        self.is_over = False
        self.lane_of = self.source.lanes(records) if self.source.lanes is not None else None
        self._closed: set[Hashable] = set()
        remaining = invocation.remaining_seconds()
        self._before = monotonic()
        self._ends = self._before + remaining
        self._margin = settings.margin(remaining)
        self._longest = 0.0

    # ---- time and lanes

    def has_time(self) -> bool:
        """Whether another record may be started: a record that overruns takes the whole batch with it."""
        now = monotonic()
        spent = now - self._before
        self._before = now
        if spent > self._longest:
            self._longest = spent
        left = self._ends - now
        return left > self._margin and left > 1.5 * self._longest

    def stop(self, start: int, why: str) -> None:
        """Count every record from *start* on as not started, and start none of them."""
        self.is_over = True
        for index in range(start, len(self.records)):
            if index not in self.errors:
                self.errors[index] = NotReachedError(index, why)

    def is_closed(self, index: int) -> bool:
        """Whether the record's lane has failed; the record then counts as failed too."""
        if self.lane_of is None or not self._closed or self.lane_of(self.records[index]) not in self._closed:
            return False
        self.errors[index] = NotReachedError(index, "an earlier record of its order failed")
        return True

    def fail(self, index: int, error: BaseException) -> None:
        self.errors[index] = error
        if self.lane_of is not None:
            self._closed.add(self.lane_of(self.records[index]))

    # ---- one record

    async def one(self, index: int) -> None:
        """Handle one record; whatever goes wrong is kept, nothing is raised but a closing of the coroutine."""
        record = self.records[index]
        try:
            route = self.table.match(record)
            await self.take(index, route, route.call(self.invocation, record))
        except Exception as error:
            await self.failed(index, error)
        except BaseException as error:
            self.died(index, error)

    async def take(self, index: int, route: Route, result: Any) -> None:
        if result is not None:
            if route.is_ours:
                result = await result
            elif hasattr(result, "__await__"):
                await on_loop(self.invocation)
                result = await result
            if result is not None and (kept := checked(result, route, self.source)) is not None:
                self.results[index] = kept

    async def failed(self, index: int, error: Exception) -> None:
        """Decide what a failure means: the policies for what can never succeed, then the user's exception handlers."""
        record = self.records[index]
        try:
            if isinstance(error, MemoryError):
                self.fail(index, error)
                self.stop(index + 1, "the process ran out of memory")
                return
            if isinstance(error, PayloadError) and _is_control(self.source.name, record):
                return
            if isinstance(error, NoRouteError | PayloadError):
                which = "unmatched" if isinstance(error, NoRouteError) else "invalid"
                policy = self.settings.unmatched if which == "unmatched" else self.settings.invalid
                if policy != "retry":
                    await self._apply(policy, record, error, which)
                    return
            if await self._is_observed(index, error):
                return
        except Exception as raised:
            error = raised
        except BaseException as raised:
            self.died(index, raised)
            return
        self.fail(index, error)

    async def _is_observed(self, index: int, error: Exception) -> bool:
        """Tell the user's exception handlers; whether what they say stands for the record."""
        try:
            said = await self.settings.observe(error, self.invocation, self.records[index])
        except Exception as raised:
            if self.source.name == "direct":
                raise  # a caller waits for an answer, and this is what the handler made of it
            # Whoever retries or catches by class wants the record's own failure.
            if raised is not error:
                error.add_note(f"its exception handler raised {type(raised).__name__}")
            return False
        return said is not None and self._is_dealt_with(index, said)

    def _is_dealt_with(self, index: int, said: object) -> bool:
        """Whether what an exception handler returned stands for the record: ``ACK``, or a direct caller's answer."""
        if said is ACK:
            if self.source.acknowledges:
                return True
            raise ReplyError(f"an exception handler returned ACK, and a {self.source.name} trigger waits for an answer")
        if self.source.name != "direct":
            return False
        if isinstance(said, Response) or is_pair(said):
            raise ReplyError("an exception handler answers a direct invoke with the JSON value itself, not a Response")
        self.results[index] = said
        return True

    async def _apply(self, policy: str | OnRecord, record: Record, error: Exception, which: str) -> None:
        from ._log import logger

        if callable(policy):
            result: Any = policy(record, error)
            if hasattr(result, "__await__"):
                await on_loop(self.invocation)
                await result
            return
        key = self.source.idempotency_key(record) if self.source.idempotency_key is not None else None
        logger().error(
            "dropped a %s record, as %s='drop' says: id %s, %s", self.source.name, which, key, type(error).__name__
        )

    def died(self, index: int, error: BaseException) -> None:
        """Something that is no ordinary failure: nothing else is started, and it goes on once the books are done."""
        if isinstance(error, GeneratorExit):
            raise error
        if is_cancelled_from_inside(error, self.invocation):
            self.fail(index, HandlerCancelledError())
            return
        self.fail(index, error)
        self.fatal = error
        self.stop(index + 1, f"{type(error).__name__} ended the invocation")

    # ---- the whole

    async def in_order(self) -> None:
        """One record after the other: the hot path of every queue."""
        invocation, match, results = self.invocation, self.table.match, self.results
        is_ordered = self.lane_of is not None
        for index, record in enumerate(self.records):
            if index and not self.has_time():
                self.stop(index, "there was not enough time left")
                return
            if is_ordered and self.is_closed(index):
                continue
            try:
                route = match(record)
                result = route.call(invocation, record)
                if result is not None:
                    if route.is_ours:
                        result = await result
                    elif hasattr(result, "__await__"):
                        await on_loop(invocation)
                        result = await result
                    if result is not None and (result := checked(result, route, self.source)) is not None:
                        results[index] = result
            except Exception as error:
                await self.failed(index, error)
            except BaseException as error:
                self.died(index, error)
            if self.is_over:
                return

    def outcome(self) -> Outcome:
        bind = self.table.bind_of(self.records[0]) if self.records and self.source.returns == "value" else NOTHING
        return Outcome(
            self.invocation, self.records, self.results, self.errors, reports=self.settings.reports, bind=bind
        )


def checked(result: Any, route: Route, source: Source) -> object:
    """A handler's value, where it may mean something; None where it means nothing.

    Raises:
        ReplyError: It says failure, or cannot be sent back: it must never be taken for a success.
    """
    if isinstance(result, Response):
        if source.name == "direct":
            raise ReplyError(f"{route.name} answers a direct invoke with a Response: return the JSON value itself")
        if source.name == "apigw_websocket":
            return result
        if result.status_code >= 400:
            raise ReplyError(f"{route.name} returned a Response with status {result.status_code}")
        if not source.acknowledges:
            raise ReplyError(
                f"{route.name} answers a {source.name} trigger with a Response, which only HTTP callers read"
            )
        return None
    if hasattr(result, "__next__") or hasattr(result, "__anext__"):
        if source.name == "direct":
            return result
        raise ReplyError(f"{route.name} returned an iterator, which a {source.name} trigger never reads")
    if source.returns == "nothing":
        from ._log import warn_once

        warn_once(
            ("ignored", route.name),
            "%s returned a %s, which a %s trigger ignores: raise to have the record delivered again",
            route.name,
            type(result).__name__,
            source.name,
        )
        return None
    if source.name == "direct" and is_pair(result):
        raise ReplyError(f"{route.name} answers a direct invoke with (body, status): return the JSON value itself")
    return result  # type: ignore[no-any-return]


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
    from ._envelopes import control_message

    name = control_message(source, record)
    if name is None:
        return False
    from ._log import logger

    logger().info("acknowledged a control message: %s", name)
    return True


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
    if table.has_batch:
        from ._runs import in_runs

        await in_runs(run)
    elif (
        settings.concurrency > 1
        and len(records) > 1
        and not (source.concurrent == "records" and run.lane_of is not None)
    ):
        from ._concurrent import side_by_side

        await side_by_side(run)
    else:
        await run.in_order()
    if run.fatal is not None:
        raise run.fatal
    if run.errors and settings.reports:
        from ._report import log_failures

        log_failures(run)
    return BufferedResponse(await _answer(run))


async def _answer(run: Run) -> object:
    result = run.source.reply(run.outcome())
    if hasattr(result, "__next__") or hasattr(result, "__anext__"):
        return await _collected(result, run.invocation)
    return result


async def _collected(stream: Any, invocation: Invocation) -> object:
    """A direct caller's stream, collected: one string of text, or a list of JSON values."""
    from ._stream import as_async

    items = [item async for item in as_async(stream, invocation)]
    if items and all(isinstance(item, str) for item in items):
        return "".join(items)
    if any(isinstance(item, bytes) for item in items):
        raise ReplyError(
            "a direct invoke that is not streamed is answered with JSON, which has no bytes: yield text or values"
        )
    return items


def refuse_callback(source: Source, what: str) -> None:
    """A returned value is a silent no-op where something must be called."""
    if source.completion == "callback" and source.complete is None:
        raise RegistrationError(
            f"{what}: a {source.name} event is not completed by a return value: {source.offer}; register it with "
            "complete=False if the handler makes that call itself"
        )
