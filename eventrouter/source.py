"""The contract of an event source: one frozen value of plain functions and facts, no base class to study."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping, Sequence
    from typing import Literal, Protocol, TypeAlias

    from .context import Invocation
    from .response import BufferedResponse
    from .types import JsonValue, NameSpec, Record, RouteOptions, Where

    #: Makes one argument of a handler from the record at hand.
    Extractor: TypeAlias = Callable[[Invocation, Record], object]
    #: ``"record"``/``"event"``: the class is validated from (or, for a plain class, called with) the raw record or event.
    #: A callable gets the annotation and returns the extractor; one that reads the record at hand is an :class:`OfRecord`.
    Role: TypeAlias = Literal["record", "event"] | Callable[[type], Extractor]
    Reply: TypeAlias = Callable[["Outcome"], JsonValue]

    class Completion(Protocol):
        """Answers one invocation of a ``"callback"`` source, whatever happens to it."""

        def succeeded(self, response: BufferedResponse) -> BufferedResponse: ...

        def failed(self, error: BaseException) -> BufferedResponse: ...


#: Lambda's limit for a buffered answer: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
MAX_RESPONSE = 6 * 1024 * 1024

NOTHING: Mapping[str, object] = {}


class OfRecord:
    """A role whose argument is made from the record, so that it exists only where there is one: not for a whole batch."""

    __slots__ = ("_make",)

    def __init__(self, make: Callable[[type], Extractor]) -> None:
        self._make = make

    def __call__(self, annotation: type) -> Extractor:
        return self._make(annotation)


class Outcome:
    """What became of the records of one invocation; a source's ``reply`` turns it into the answer.

    ``results`` and ``errors`` are by position: a queue may deliver one message twice in a batch, so ids are no keys.
    A position in neither succeeded and returned None.
    """

    __slots__ = ("bind", "errors", "invocation", "records", "reports", "results")

    def __init__(
        self,
        invocation: Invocation,
        records: Sequence[Record],
        results: Mapping[int, object],
        errors: Mapping[int, BaseException],
        reports: bool = False,
        bind: Mapping[str, object] = NOTHING,
    ) -> None:
        self.invocation = invocation
        self.records = records
        self.results: Mapping[int, object] = results
        self.errors: Mapping[int, BaseException] = errors
        #: The trigger has ReportBatchItemFailures: name the failed records instead of raising.
        self.reports = reports
        #: What the route of the first record put into its pattern's ``bind``.
        self.bind = bind


def single(event: JsonValue) -> Sequence[Record]:
    """The records of a source that is no batch: a batch of one."""
    return (event,)


def no_keys(record: Record) -> Mapping[str, str]:
    """The keys of a source whose routes match everything."""
    return {}


def returned(outcome: Outcome) -> JsonValue:
    """Answer with what the handler returned, for several records a list by position; failures are raised unchanged."""
    if outcome.errors:
        raise failure(outcome.errors)
    if len(outcome.records) == 1:
        return outcome.results.get(0)
    if not outcome.results:
        return None
    return [outcome.results.get(index) for index in range(len(outcome.records))]


def failure(errors: Mapping[int, BaseException]) -> BaseException:
    """The one exception that stands for *errors*: the only one unchanged, several as one group.

    Records that were never started do not count beside one that failed: they are its consequence.
    """
    from .errors import NotReachedError

    causes = [error for error in errors.values() if not isinstance(error, NotReachedError)] or list(errors.values())[:1]
    # One exception object may stand for a whole run of records (a handler of a ``Batch`` that raised).
    causes = list({id(error): error for error in causes}.values())
    if len(causes) == 1:
        return causes[0]
    return BaseExceptionGroup(f"{len(errors)} records failed", causes)


class Source:
    """One kind of event. Every field is a plain function or a fact; see ``eventrouter/sources/sqs.py`` for the order.

    Args:
        name: The label, as ``sniff(event).name`` gives it.
        detect: Whether a decoded event is of this source. Disjoint from every other source: order never matters.
            Never raises on a JSON value and never looks inside bodies.
        anchors: Keys of which every event of this source has at least one (top level). ``sniff`` asks ``detect`` only
            when it meets one. Third-party sources may leave it empty: they are asked when no built-in claims the event.
        services: Values of ``Records[0].eventSource`` that name this source; ``detect`` is not asked then.
        records: The event's routable parts, in order, not copied.
        keys: What a record offers routes to match names on; the route factory's words. Never raises on a real event.
        order: The keys in the order in which a more specific one wins.
        address: The raw value from which ``keys`` derives everything, so that a match is remembered by it. None where
            a record has no such value.
        payload: The user's part of the record; None where the source has none. ``str``/``bytes`` hold JSON *text*
            unless ``payload_is_value``.
        payload_is_value: ``payload`` returns a decoded JSON value.
        encoded: The payload before anything of its content is looked at: what a ``decode=`` hook is given. None where
            that is ``payload`` itself.
        types: Annotations bound by class: ``"module:Class"`` to its role. Subclasses are found by their bases, so
            nothing is imported to find out.
        evidence: Dotted paths of the keys that decide; their values are safe to print.
        model: ``"module:Class"`` of the typed model of a whole event, for ``parse``.
        offer: The annotations to suggest to a user whose handler asks for something else.
        is_batch: ``Batch[T]`` and ``list[R]`` handlers make sense.
        lanes: For ordered sources: given the records, a function from a record to its lane (or None: this batch is
            not ordered). After a failure nothing later in that lane is started.
        concurrent: What ``concurrency=`` runs side by side: ``"records"``, ``"lanes"`` or nothing.
        identify: The ``itemIdentifier`` of a record in ``batchItemFailures``; None where the trigger has none.
        reply: Makes the answer; raises what the trigger must see raised.
        returns: ``"nothing"``: a handler's value has no meaning and warns. ``"value"``: it is sent back.
        acknowledges: An answer of nothing tells the trigger that the records are taken care of, so that a record may be
            dropped. Where the answer decides something (an authorizer's, a sign-in's) nothing must never stand for one.
        idempotency_key: What stays the same when this record is delivered again; None if nothing does.
        completion: ``"return"``: the answer is the return value. ``"callback"``: something must be called.
        caller_limit: Seconds after which whoever invokes gives up, whatever the function's timeout is.
        max_response: Bytes of encoded JSON that the trigger takes.
        secret_paths: Dotted paths of values to redact (``*`` for any key or index).
        http: How requests are read and answers written, for the HTTP labels.
        complete: For ``"callback"``: called before the invocation is handled, and told how it ended.
        paste: A decorator, as text, that takes the given keys.

    Reference:
        https://docs.aws.amazon.com/lambda/latest/dg/lambda-services.html
    """

    __slots__ = (
        "acknowledges", "address", "anchors", "caller_limit", "complete", "completion", "concurrent", "detect", "encoded",
        "evidence", "http", "idempotency_key", "identify", "is_batch", "keys", "lanes", "max_response", "model", "name",
        "offer", "order", "paste", "payload", "payload_is_value", "records", "reply", "returns", "secret_paths", "services",
        "types",
    )  # fmt: skip

    def __init__(
        self,
        name: str,
        *,
        detect: Callable[[JsonValue], bool],
        anchors: tuple[str, ...] = (),
        services: tuple[str, ...] = (),
        records: Callable[[JsonValue], Sequence[Record]] = single,
        keys: Callable[[Record], Mapping[str, str]] = no_keys,
        order: tuple[str, ...] = (),
        address: Callable[[Record], Hashable] | None = None,
        payload: Callable[[Record], object] | None = None,
        payload_is_value: bool = False,
        encoded: Callable[[Record], object] | None = None,
        types: Mapping[str, Role] | None = None,
        evidence: tuple[str, ...] = (),
        model: str | None = None,
        offer: str = "",
        is_batch: bool = False,
        lanes: Callable[[Sequence[Record]], Callable[[Record], Hashable] | None] | None = None,
        concurrent: Literal["records", "lanes"] | None = None,
        identify: Callable[[Record], JsonValue] | None = None,
        reply: Reply = returned,
        returns: Literal["nothing", "value"] = "value",
        acknowledges: bool = False,
        idempotency_key: Callable[[Record], str | None] | None = None,
        completion: Literal["return", "callback"] = "return",
        caller_limit: float | None = None,
        max_response: int = MAX_RESPONSE,
        secret_paths: tuple[str, ...] = (),
        http: HttpShape | None = None,
        complete: Callable[[Invocation], Completion] | None = None,
        paste: Callable[[Mapping[str, str]], str] | None = None,
    ) -> None:
        self.name = name
        self.detect = detect
        self.anchors = anchors
        self.services = services
        self.records = records
        self.keys = keys
        self.order = order
        self.address = address
        self.payload = payload
        self.payload_is_value = payload_is_value
        self.encoded = encoded or payload
        self.types = types or {}
        self.evidence = evidence
        self.model = model
        self.offer = offer
        self.is_batch = is_batch
        self.lanes = lanes
        self.concurrent = concurrent
        self.identify = identify
        self.reply = reply
        self.returns = returns
        self.acknowledges = acknowledges
        self.idempotency_key = idempotency_key
        self.completion = completion
        self.caller_limit = caller_limit
        self.max_response = max_response
        self.secret_paths = secret_paths
        self.http = http
        self.complete = complete
        self.paste = paste

    def __repr__(self) -> str:
        return f"<Source {self.name}>"

    def __str__(self) -> str:
        return self.name


class HttpShape:
    """How one HTTP trigger writes a request and reads an answer.

    Args:
        line: Method (upper case) and path to route on. Never decoded twice: see ``path_is_decoded``.
        method: The method alone, upper case; what ``line`` says of it.
        path_is_decoded: The path that ``line`` gives is percent-decoded already (HTTP APIs do that), so it is left as it is.
        query: The query's pairs, decoded, in order.
        headers: The request's headers, lower-case names, repeats kept.
        cookies: The request's cookies in the order they were sent.
        body: The body's bytes. Raises RequestValidationError where the event holds none that can be read.
        client: The caller's address, from where it cannot be forged.
        write: The JSON answer; gets status, headers (names lower case, never Set-Cookie), cookies, text body, whether
            that is base64, and the event.
        max_headers: Bytes of names and values that the trigger takes in all headers of an answer; None: no limit is known.
        full_path: The path as the client sent it, where ``line`` cuts the name of a stage off; written as ``line`` writes it.
        query_string: The query as it stands in the URL; None: made again from ``query``.
        has_lower_names: The event's headers are one object whose names are in lower case already.
    """

    __slots__ = (
        "body",
        "client",
        "cookies",
        "full_path",
        "has_lower_names",
        "headers",
        "line",
        "max_headers",
        "method",
        "path_is_decoded",
        "query",
        "query_string",
        "write",
    )

    def __init__(
        self,
        *,
        line: Callable[[JsonValue], tuple[str, str]],
        method: Callable[[JsonValue], str],
        path_is_decoded: bool,
        query: Callable[[JsonValue], list[tuple[str, str]]],
        headers: Callable[[JsonValue], list[tuple[str, str]]],
        cookies: Callable[[JsonValue], list[tuple[str, str]]],
        body: Callable[[JsonValue], bytes],
        client: Callable[[JsonValue], str | None],
        write: Callable[[int, list[tuple[str, str]], list[str], str, bool, JsonValue], JsonValue],
        max_headers: int | None = None,
        full_path: Callable[[JsonValue], str] | None = None,
        query_string: Callable[[JsonValue], str] | None = None,
        has_lower_names: bool = False,
    ) -> None:
        self.line = line
        self.method = method
        self.path_is_decoded = path_is_decoded
        self.query = query
        self.headers = headers
        self.cookies = cookies
        self.body = body
        self.client = client
        self.write = write
        self.max_headers = max_headers
        self.full_path = full_path
        self.query_string = query_string
        self.has_lower_names = has_lower_names


class Pattern:
    """What a route wants of a record: the sources it listens to and its conditions.

    Args:
        source: The label it takes, or several.
        names: Pairs of a key and what it must be: a name (exact, glob, ARN, ``${ENV}``), an EventBridge pattern item
            (``{"prefix": "a/"}``), a list of those of which one must match, or None for anything. A name that is an ARN
            is held against ``<key>_arn``.
        where: A condition on the JSON payload: an EventBridge pattern or a predicate.
        tests: Conditions on the raw record, each with words that say all of it (two equal words are one claim).
        bind: Facts that the source's own file wants back when it replies (an authorizer's response form).
        options: The route's settings, checked by ``App.on``.
    """

    __slots__ = ("bind", "names", "options", "sources", "tests", "where")

    def __init__(
        self,
        source: str | tuple[str, ...],
        names: Sequence[tuple[str, NameSpec]] = (),
        *,
        where: Where | None = None,
        tests: Sequence[tuple[str, Callable[[Record], bool]]] = (),
        bind: Mapping[str, object] | None = None,
        options: RouteOptions | None = None,
    ) -> None:
        self.sources = (source,) if isinstance(source, str) else source
        self.names = tuple((key, spec) for key, spec in names if spec is not None)
        self.where = where
        self.tests = tuple(tests)
        self.bind = dict(bind or {})
        self.options: RouteOptions = options or {}
