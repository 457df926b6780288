"""What a test sees of an invocation: what its trigger is answered, and what became of every record."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Literal, TypeAlias

from .._envelopes import Envelope
from .._json import decode, dump
from .._received import Chunk, Headers
from .._sniff import sniff
from ..errors import NoRouteError, NotReachedError, PayloadError
from ._redelivery import redelivered

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .._run import Run
    from ..context import Invocation
    from ..routing import Table
    from ..types import JsonObject, JsonValue, Record

End: TypeAlias = Literal["complete", "error", "closed"]


class Result:
    """What came of one event.

    Attributes:
        event: What was sent.
        source: Its label.
        response: The JSON value that the trigger is answered with; None where the invocation failed, or is a stream.
        exception: What the invocation failed with, as its trigger sees it, unchanged.
        request_id: Lambda's id of the invocation.
    """

    def __init__(self, event: JsonValue, source: str, request_id: str) -> None:
        self.event = event
        self.source = source
        self.request_id = request_id
        self.response: JsonValue = None
        self.exception: Exception | None = None

    @property
    def error_type(self) -> str:
        """The class of the exception; empty where there is none."""
        return "" if self.exception is None else type(self.exception).__name__

    def redelivered(self, *, report_batch_item_failures: bool | None = None) -> Sequence[int]:
        """The positions of the records that AWS delivers again; the whole event is the one position 0.

        Args:
            report_batch_item_failures: Whether the trigger has ReportBatchItemFailures; default: what the app says.

        Raises:
            TypeError: It has a trigger that delivers nothing again: whoever called sees the answer.
        """
        return redelivered(self, (self.event,), reports=bool(report_batch_item_failures))


class EventResult(Result):
    """What came of an event that is handled as one.

    Attributes:
        value: What the trigger is answered with.
    """

    def __init__(self, event: JsonValue, source: str, request_id: str, route: str | None) -> None:
        super().__init__(event, source, request_id)
        self.route = route
        #: What was sent to a presigned URL of the event: to CloudFormation, for one.
        self.callbacks: list[JsonValue] = []

    @property
    def value(self) -> JsonValue:
        return self.response

    @property
    def succeeded(self) -> bool:
        return self.exception is None

    @property
    def failed(self) -> bool:
        return self.exception is not None

    def __repr__(self) -> str:
        what = "succeeded" if self.exception is None else f"failed: {_described(self.exception)}"
        return f"<{self.source} {self.route or 'without a route'} {what}>"


class HttpResult(Result):
    """What the client of an HTTP trigger receives.

    Attributes:
        status_code: The status.
        headers: By name, whatever its case; ``headers.pairs`` has repeated ones one by one.
        set_cookies: The Set-Cookie headers, one by one.
        chunks: The body as it arrived: of a streamed answer piece by piece, of a buffered one in one.
        prelude: Status, headers and cookies of a streamed answer, as they are sent before its body; None for a buffered one.
        ended: ``complete``, ``error`` (a stream that broke off, with ``exception``), ``closed`` (the client left).
    """

    def __init__(self, event: JsonValue, source: str, request_id: str, find_route: Callable[[], str | None]) -> None:
        super().__init__(event, source, request_id)
        self.status_code = 0
        self.headers = Headers()
        self.set_cookies: list[str] = []
        self.chunks: list[Chunk] = []
        self.prelude: JsonObject | None = None
        self.ended: End = "complete"
        #: Looks the route up when a test asks for it.
        self._find_route = find_route

    @property
    def route(self) -> str | None:
        """The name of the handler; None where no route takes it."""
        return self._find_route()

    @property
    def status(self) -> int:
        return self.status_code

    @property
    def is_streamed(self) -> bool:
        return self.prelude is not None

    @property
    def is_success(self) -> bool:
        """Whether the status is 2xx and nothing broke off."""
        return 200 <= self.status_code < 300 and self.ended == "complete"

    @property
    def cookies(self) -> dict[str, str]:
        """The cookies that the answer sets, by their names."""
        found: dict[str, str] = {}
        for line in self.set_cookies:
            name, _, value = line.partition(";")[0].partition("=")
            found[name.strip()] = value.strip().strip('"')
        return found

    @property
    def content(self) -> bytes:
        """The whole body."""
        return b"".join(chunk.data for chunk in self.chunks)

    @property
    def text(self) -> str:
        """The body as text, in the charset of its content type."""
        _, _, charset = self.headers.get("content-type", "").lower().partition("charset=")
        return self.content.decode(charset.partition(";")[0].strip(" \"'") or "utf-8")

    def json(self) -> Any:
        """The body as JSON.

        Raises:
            EventDecodeError: It is none.
        """
        return decode(self.content)

    def json_lines(self) -> list[Any]:
        """The body as JSON lines, one value for each.

        Raises:
            EventDecodeError: A line is no JSON.
        """
        return [decode(line) for line in self.content.splitlines() if line.strip()]

    def events(self) -> list[Event]:
        """The body as server-sent events; comments, as heartbeats are, are left out."""
        return [event for block in self.text.replace("\r\n", "\n").split("\n\n") if (event := _read_event(block))]

    def __repr__(self) -> str:
        ended = "" if self.ended == "complete" else f", {self.ended}"
        return f"<HTTP {self.status_code} of {self.source}, {len(self.content)} bytes{ended}>"


class Event:
    """A server-sent event as a browser reads it."""

    __slots__ = ("data", "event", "id", "retry")

    def __init__(self, data: str, event: str, id: str | None, retry: int | None) -> None:
        self.data = data
        self.event = event
        self.id = id
        self.retry = retry

    def json(self) -> Any:
        """The data as JSON.

        Raises:
            EventDecodeError: It is none.
        """
        return decode(self.data.encode())

    def __repr__(self) -> str:
        return f"<Event {self.event} {self.data!r}>"


def _read_event(block: str) -> Event | None:
    # https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
    data: list[str] = []
    fields: dict[str, str] = {}
    for line in block.split("\n"):
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "data":
            data.append(value)
        elif name:
            fields[name] = value
    if not data:
        return None
    retry = fields.get("retry", "")
    return Event(
        "\n".join(data), fields.get("event", "message"), fields.get("id"), int(retry) if retry.isdecimal() else None
    )


class RecordResult:
    """What became of one record of a batch.

    Attributes:
        index: Its position in the event.
        record: The raw record.
        id: What its trigger knows it by: a message id, a sequence number; None where it has no name.
        exception: What it failed with; None: it succeeded.
        value: What its handler returned.
    """

    def __init__(
        self, index: int, record: Record, id: JsonValue, exception: BaseException | None, value: object, route: Find
    ) -> None:
        self.index = index
        self.record = record
        self.id = id
        self.exception = exception
        self.value = value
        self._route = route

    @property
    def route(self) -> str | None:
        """The name of the handler that it goes to; None where no route takes it."""
        return self._route(self.record)

    @property
    def error_type(self) -> str:
        """The class of the exception; empty where there is none."""
        return "" if self.exception is None else type(self.exception).__name__

    @property
    def was_reached(self) -> bool:
        """Whether it was started at all: an earlier failure of its order, or a lack of time, may have been in its way."""
        return not isinstance(self.exception, NotReachedError)

    def __repr__(self) -> str:
        what = "succeeded" if self.exception is None else f"failed: {_described(self.exception)}"
        return f"<record {self.index} {self.route or 'without a route'} {what}>"


Find: TypeAlias = Callable[[Any], str | None]


class BatchResult(Result):
    """What came of an event with records.

    Attributes:
        records: Every record, in the order of the event.
    """

    def __init__(
        self, event: JsonValue, source: str, request_id: str, records: Sequence[RecordResult], *, reports: bool
    ) -> None:
        super().__init__(event, source, request_id)
        self.records = records
        #: Whether the app takes it that the trigger has ReportBatchItemFailures.
        self._reports = reports

    @property
    def succeeded(self) -> list[RecordResult]:
        return [record for record in self.records if record.exception is None]

    @property
    def failed(self) -> list[RecordResult]:
        return [record for record in self.records if record.exception is not None]

    def redelivered(self, *, report_batch_item_failures: bool | None = None) -> Sequence[int]:
        reports = self._reports if report_batch_item_failures is None else report_batch_item_failures
        return redelivered(self, [record.record for record in self.records], reports=reports)

    def lost(self, *, report_batch_item_failures: bool | None = None) -> list[RecordResult]:
        """The records that failed and will never be delivered again.

        Args:
            report_batch_item_failures: Whether the trigger has ReportBatchItemFailures; default: what the app says.
        """
        again = self.redelivered(report_batch_item_failures=report_batch_item_failures)
        return [record for record in self.failed if record.index not in again]

    def doubled(self, *, report_batch_item_failures: bool | None = None) -> list[RecordResult]:
        """The records that succeeded and will be delivered again.

        Args:
            report_batch_item_failures: Whether the trigger has ReportBatchItemFailures; default: what the app says.
        """
        again = self.redelivered(report_batch_item_failures=report_batch_item_failures)
        return [record for record in self.succeeded if record.index in again]

    def __len__(self) -> int:
        return len(self.records)

    def __iter__(self) -> Iterator[RecordResult]:
        return iter(self.records)

    def __str__(self) -> str:
        lines = [repr(self), *(f"  {record!r}" for record in self.records)]
        if self.exception is not None:
            lines.append(f"  the invocation raised {_described(self.exception)}")
        else:
            lines.append(f"  the trigger is answered {dump(self.response)}")
        return "\n".join(lines)

    def __repr__(self) -> str:
        return f"<{self.source} batch: {len(self.succeeded)} succeeded, {len(self.failed)} failed>"


def _described(error: BaseException) -> str:
    text = str(error)
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def records_of(
    invocation: Invocation, run: Run | None, table: Callable[[], Table], failure: BaseException | None
) -> list[RecordResult]:
    """What became of every record.

    Args:
        invocation: What the event was made of.
        run: Their handling, if it came to that.
        table: The routes that they were looked up in.
        failure: What the invocation raised.
    """
    source = invocation.source
    records: Sequence[Record] = ()
    try:
        records = source.records(invocation.event) if run is None else run.records
    except PayloadError:
        pass  # the event itself is malformed, which is what the invocation failed with
    errors: Mapping[int, BaseException] = {} if run is None else run.errors
    results: Mapping[int, object] = {} if run is None else run.results
    if failure is not None and not errors:
        # Nothing of it counts as done: its trigger delivers all of it again.
        errors = dict.fromkeys(range(len(records)), failure)
    find = _finder(table)
    return [
        RecordResult(index, record, _id_of(source, record), errors.get(index), results.get(index), find)
        for index, record in enumerate(records)
    ]


def _id_of(source: Any, record: Record) -> JsonValue:
    if source.identify is None:
        return None
    try:
        return source.identify(record)
    except (KeyError, TypeError, ValueError):  # a record made by hand, without what names it
        return None


def _finder(table: Callable[[], Table]) -> Find:
    def route_of(record: Record) -> str | None:
        try:
            route = table().match(record)
        except NoRouteError:
            return None
        envelope = route.pattern.bind.get("opens")
        if not isinstance(envelope, Envelope):
            return route.name
        return ", ".join(dict.fromkeys(_names_inside(envelope, record))) or None

    return route_of


def _names_inside(envelope: Envelope, record: Record) -> Iterator[str]:
    """The handlers of what is inside a message."""
    try:
        event, control = envelope.opened(record)
        source = sniff(event)
        table = None if control else envelope.tables().get(source.name)
        inner = () if table is None else source.records(event)
    except PayloadError:
        return
    find = _finder(lambda: table)  # type: ignore[arg-type, return-value]
    yield from filter(None, map(find, inner))
