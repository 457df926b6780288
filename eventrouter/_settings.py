"""The settings of an app, of its routes, and of the queue that several routes share."""

from __future__ import annotations

from ._signature import kind_of
from ._sniff import source_named
from .errors import RegistrationError, quoted
from .routing import MEMO_LIMIT, SETTINGS
from .types import STREAM_TRIGGERS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Hashable, Mapping, Sequence
    from typing import Any

    from ._exception_handlers import ExceptionHandlers
    from .context import Invocation
    from .routing import Route, Table
    from .source import Source
    from .types import Decoder, Failures, OnRecord, Record, RouteOptions, StreamTrigger

#: Which triggers have ReportBatchItemFailures: ``sqs,kinesis`` or ``sqs:orders``. Set, it wins over code, since the
#: template that sets it is what owns the fact; every source it leaves out raises.
FAILURES_VARIABLE = "EVENTROUTER_BATCH_FAILURES"

#: Lambda's longest timeout: https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html
MAX_MARGIN = 900

#: Every option that a route of records takes.
_OPTIONS = frozenset({*SETTINGS, "decode", "idempotent", "middleware", "response_stream", "via"})
_HTTP_OPTIONS = frozenset(
    {
        "deprecated", "description", "headers", "idempotent", "include_in_schema", "media_type", "middleware", "name",
        "openapi_extra", "operation_id", "response_model", "response_stream", "responses", "security", "status_code",
        "summary", "tags",
    }
)  # fmt: skip


class AppSettings:
    """What ``App(...)`` was given, checked."""

    __slots__ = (
        "base_paths",
        "decode",
        "empty_stream_filler",
        "failures",
        "first_item_timeout",
        "invalid",
        "margin",
        "response_stream",
        "rest_binary",
        "thread_safe",
        "unmatched",
    )

    def __init__(
        self,
        *,
        failures: Failures = "raise",
        response_stream: Collection[StreamTrigger] = (),
        margin: float | None = None,
        invalid: str | OnRecord = "retry",
        unmatched: str | OnRecord = "retry",
        thread_safe: bool = False,
        rest_binary: bool = False,
        base_path: str | Sequence[str] = (),
        empty_stream_filler: bool = False,
        first_item_timeout: float | None = None,
        decode: Decoder | None = None,
    ) -> None:
        check_setting("App", "failures", failures)
        check_setting("App", "first_item_timeout", first_item_timeout)
        check_setting("App", "margin", margin)
        check_setting("App", "invalid", invalid)
        check_setting("App", "unmatched", unmatched)
        check_setting("App", "decode", decode)
        self.failures = failures
        self.response_stream = _streams("App(response_stream=...)", response_stream)
        self.margin = margin
        self.invalid = invalid
        self.unmatched = unmatched
        self.thread_safe = thread_safe
        self.rest_binary = rest_binary
        paths = (base_path,) if isinstance(base_path, str) else base_path
        self.base_paths = tuple(checked_prefix(path, "base_path") for path in paths if path)
        self.empty_stream_filler = empty_stream_filler
        self.first_item_timeout = first_item_timeout
        self.decode = decode

    def of_route(self, options: RouteOptions, failures: str | None) -> RouteOptions:
        """A route's options, with the router's and the app's where it says nothing."""
        merged: RouteOptions = {
            "failures": failures or self.failures,  # type: ignore[typeddict-item]
            "concurrency": 1,
            "invalid": self.invalid,  # type: ignore[typeddict-item]
            "unmatched": self.unmatched,  # type: ignore[typeddict-item]
        }
        if self.margin is not None:
            merged["margin"] = self.margin
        return {**merged, **options}


def _streams(what: str, triggers: Collection[str]) -> frozenset[str]:
    if isinstance(triggers, str):
        raise RegistrationError(f'{what} is a collection of triggers: write {{"{triggers}"}}')
    for trigger in triggers:
        if trigger not in STREAM_TRIGGERS:
            raise RegistrationError(f"{what}: {trigger!r} is none of {', '.join(STREAM_TRIGGERS)}")
    return frozenset(triggers)


def checked_prefix(prefix: str, what: str = "a prefix") -> str:
    """A prefix as it may stand in front of a path.

    Raises:
        RegistrationError: It is none.
    """
    if prefix and (not isinstance(prefix, str) or not prefix.startswith("/") or prefix.endswith("/")):
        raise RegistrationError(f'{what} starts with "/" and ends without one, as in "/shop", not {prefix!r}')
    return prefix


def checked_host(host: str) -> str:
    """The hosts that routes are for, as they are compared.

    Raises:
        RegistrationError: It is none.
    """
    name = host[2:] if isinstance(host, str) and host.startswith("*.") else host
    if not isinstance(name, str) or any(character in "*/:@ " for character in name):
        raise RegistrationError(f'host= is "api.example.com" or "*.example.com", without scheme and port, not {host!r}')
    return host.lower()


def check_setting(what: str, name: str, value: Any) -> None:
    """Refuse a value that a setting cannot have.

    Raises:
        RegistrationError: The message says what it may be.
    """
    wanted = ""
    if name == "failures" and value not in ("raise", "report"):
        wanted = '"raise" or "report"'
    elif name in ("invalid", "unmatched") and value not in ("retry", "drop") and not callable(value):
        wanted = '"retry", "drop" or a function of a record and its error'
    elif name == "margin" and value is not None and (type(value) not in (int, float) or not 0 <= value < MAX_MARGIN):
        wanted = f"a number of seconds below {MAX_MARGIN}"
    elif name == "first_item_timeout" and value is not None and (type(value) not in (int, float) or not value > 0):
        wanted = "a number of seconds above 0"
    elif name == "concurrency" and (type(value) is not int or value < 1):
        wanted = "a whole number from 1 on"
    elif name == "decode" and value is not None and (not callable(value) or kind_of(value) != "sync"):
        wanted = "a function from bytes to bytes, and not an async one"
    elif name == "middleware" and (callable(value) or not all(callable(each) for each in value)):
        wanted = "a list of `async def layer(call, call_next)`"
    if wanted:
        raise RegistrationError(f"{what}: {name}= is {wanted}, not {value!r}")


def check_tags(what: str, tags: Sequence[str]) -> None:
    """Refuse tags that are one text: each of its letters would be one.

    Raises:
        RegistrationError: It says what to write.
    """
    if isinstance(tags, str):
        raise RegistrationError(f'{what}: tags= is a list: write tags=["{tags}"]')


def check_options(what: str, options: Mapping[str, object], *, is_http: bool = False) -> None:
    """Refuse options that no route has, and values that they cannot have.

    Raises:
        RegistrationError: The message says what there is instead.
    """
    known = _HTTP_OPTIONS if is_http else _OPTIONS
    for name, value in options.items():
        if name not in known:
            hint = (
                'a name comes first and without a keyword, as in @app.sqs("orders")'
                if name in ("name", "queue", "topic", "bucket", "table", "stream")
                else f"there are {', '.join(sorted(known))}"
            )
            raise RegistrationError(f"{what}: there is no option {name}=: {hint}")
        check_setting(what, name, value)
        if name == "tags":
            check_tags(what, value)  # type: ignore[arg-type]


def check_source_options(what: str, source: Source, options: RouteOptions) -> None:
    """Refuse what a route asks of a source that does not have it.

    Raises:
        RegistrationError: The message says why.
    """
    if options.get("failures") == "report" and source.identify is None:
        raise RegistrationError(
            f"{what}: {source.name} triggers take no list of failed records, so failures= must raise"
        )
    for name in ("invalid", "unmatched"):
        if options.get(name, "retry") != "retry" and not source.acknowledges:
            raise RegistrationError(
                f"{what}: {name}= would leave a record out, and whoever sends a {source.name} event waits for its answer"
            )
    if options.get("concurrency", 1) > 1 and source.concurrent is None:
        raise RegistrationError(
            f"{what}: concurrency= is for SQS (messages) and Kafka (partitions); {source.name} records "
            + ("keep their order" if source.lanes is not None else "are handled one after the other")
        )
    if options.get("decode") is not None and (source.payload is None or source.payload_is_value):
        raise RegistrationError(f"{what}: decode= works on bytes, and {source.name} events hold none")
    if options.get("idempotent") is not None and source.idempotency_key is None and source.name != "direct":
        raise RegistrationError(f"{what}: nothing in a {source.name} event stays the same when it is delivered again")
    if options.get("response_stream") is not None and source.name != "direct":
        raise RegistrationError(f"{what}: a {source.name} trigger is never streamed to")


class Queue:
    """What the records of one batch are handled under: the settings that its routes agree on."""

    __slots__ = ("_handlers", "concurrency", "invalid", "margin", "reports", "unmatched")

    def __init__(self, source: Source, options: RouteOptions, reports: bool, handlers: ExceptionHandlers) -> None:
        self.reports = reports and source.identify is not None
        self.concurrency = options.get("concurrency", 1)
        self.invalid: str | OnRecord = options.get("invalid", "retry") if source.acknowledges else "retry"
        self.unmatched: str | OnRecord = options.get("unmatched", "retry") if source.acknowledges else "retry"
        self.margin = options.get("margin")
        self._handlers = handlers

    async def observe(self, error: Exception, invocation: Invocation) -> object:
        """What the user's exception handlers say of *error*; None where there is none, or it leaves the error as it is."""
        return await self._handlers.answer(error, invocation, invocation) if self._handlers else None


class Queues:
    """The settings of every queue, by the nearest of its routes; made on first use."""

    __slots__ = ("_app", "_by_address", "_declared", "_handlers", "_made", "_named")

    def __init__(self, app: AppSettings, handlers: ExceptionHandlers, environment: Mapping[str, str]) -> None:
        self._app = app
        self._handlers = handlers
        self._made: dict[tuple[Table, Route | None, bool], Queue] = {}
        self._by_address: dict[tuple[Table, Hashable], Queue] = {}
        #: The labels that the environment declares to report, and the names it declares so; None where it is silent.
        self._declared: frozenset[str] | None = None
        self._named: frozenset[tuple[str, str]] = frozenset()
        declared = environment.get(FAILURES_VARIABLE)
        if declared is not None:
            items = [item.strip() for item in declared.split(",") if item.strip()]
            self._declared = frozenset(item for item in items if ":" not in item)
            self._named = frozenset((item.partition(":")[0], item.partition(":")[2]) for item in items if ":" in item)
            for label in sorted({*self._declared, *(label for label, _ in self._named)}):
                _check_declared(label)

    def of(self, table: Table, record: Record) -> Queue:
        """The settings for a batch that *record* is the first of; remembered by the record's address."""
        address = table.address(record)
        try:
            found = self._by_address.get((table, address))
        except TypeError:  # a hand-made record with a list for an ARN
            address = found = None
        if found is not None:
            return found
        queue = self._of(table, record)
        if address is not None and len(self._by_address) < MEMO_LIMIT:
            self._by_address[table, address] = queue
        return queue

    def _of(self, table: Table, record: Record) -> Queue:
        candidates = table.candidates(record)
        route: Route | None = candidates[0] if candidates else None
        options = route.options if route is not None else self._app.of_route({}, None)
        reports = options.get("failures") == "report"
        if self._declared is not None:
            reports = table.source.name in self._declared or self._is_named(table, record)
        key = (table, route, reports)
        queue = self._made.get(key)
        if queue is None:
            queue = self._made[key] = Queue(table.source, options, reports, self._handlers)
        return queue

    def _is_named(self, table: Table, record: Record) -> bool:
        """Whether the environment names the queue, stream or topic, by its name or its ARN."""
        source = table.source
        if not any(label == source.name for label, _ in self._named):
            return False
        keys = table.keys(record)
        wanted = [f"{key}{suffix}" for key in source.order[:1] for suffix in ("", "_arn")]
        return any((source.name, keys.get(key)) in self._named for key in wanted)


def _check_declared(label: str) -> None:
    source = source_named(label)
    if source is None:
        raise RegistrationError(f"{FAILURES_VARIABLE} names {quoted(label)}, which is the label of no source")
    if source.identify is None:
        raise RegistrationError(
            f"{FAILURES_VARIABLE} names {label}, whose triggers take no list of failed records: leave it out"
        )
