"""The records of one event while they are handled: each to its handler, its failure kept by its position.

Nothing is lost: what fails closes its lane on ordered sources, and what is not started counts as failed.
"""

from __future__ import annotations

from ._drive import on_loop
from ._raised import as_raised, failure_of, never_succeeds
from ._returned import checked, is_pair, status_of
from .answers import ACK
from .errors import HandlerCancelledError, HandlerStoppedError, NotReachedError, ReplyError
from .source import NOTHING, Outcome

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Sequence
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
        if invocation.host is not None:
            invocation.host.run = self
        self.now, self._before, self._ends = invocation.countdown()
        margin = settings.margin
        if margin is None:
            margin = default_margin(self._ends - self._before)
        #: The moment from which on no record is started, and what a record must exceed to bring it forward.
        self._latest = self._ends - margin
        self._longest = margin / LENGTHS

    @property
    def uses_threads(self) -> bool:
        """Whether synchronous handlers are called in worker threads, since others wait for the one they would hold up."""
        host = self.invocation.host
        return host is not None and host.threads is not None

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
            which = never_succeeds(error, self.table)
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
        if status_of(said) is not None or is_pair(said):
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
        failure = failure_of(error, self.invocation)
        if failure is not None:
            error = failure
            if not isinstance(failure, HandlerCancelledError):
                # The trigger is still told which records are done.
                self.stopped = "the invocation was cut short"
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


def _is_control(source: str, record: Record) -> bool:
    """Whether a body that did not validate is one of the two messages that AWS sends about a queue, not to its reader."""
    if source not in ("sqs", "sns"):
        return False
    from ._envelopes import control_message, log_control

    name = control_message(source, record)
    if name:
        log_control(name)
    return bool(name)
