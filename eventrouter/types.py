"""Names for the shapes that cross module borders. Nothing here costs anything at run time."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from typing import Any, Literal, Protocol, TypeAlias, TypedDict, TypeVar

    #: A decoded JSON object. ``Any`` on purpose: what AWS sends is known per source, not in general.
    JsonObject: TypeAlias = dict[str, Any]
    #: A decoded JSON value.
    JsonValue: TypeAlias = Any
    #: One routable part of an event: an SQS message, an S3 record, or the event itself. An HTTP record is a ``Request``.
    Record: TypeAlias = Any

    Handler = TypeVar("Handler", bound=Callable[..., object])

    Failures: TypeAlias = Literal["raise", "report"]
    #: Called with a record and its error; returning acknowledges the record, raising fails it.
    OnRecord: TypeAlias = Callable[[Record, BaseException], object]
    OnInvalid: TypeAlias = OnRecord
    OnUnmatched: TypeAlias = OnRecord
    #: Bytes to bytes, before validation: gunzip, KPL, pointers.
    Decoder: TypeAlias = Callable[[bytes], bytes]

    class AnyContext(Protocol):
        """What every Lambda context has, AWS's own included."""

        @property
        def aws_request_id(self) -> str: ...

        def get_remaining_time_in_millis(self) -> int: ...

    #: A condition on a JSON payload: an EventBridge pattern, or a predicate on the decoded value.
    Where: TypeAlias = Mapping[str, Any] | Callable[[Any], bool]
    #: What one key of a record must be: a name, a pattern item, or a list of which one must match.
    NameSpec: TypeAlias = str | Mapping[str, Any] | Sequence[Any] | None

    class RouteOptions(TypedDict, total=False):
        """Settings that every route of a source other than HTTP takes."""

        #: Name the failed records to the trigger (``"report"``) or raise (``"raise"``); default: the app's.
        failures: Failures
        #: How many records of a standard queue, or partitions of a topic, run side by side. Default 1.
        concurrency: int
        #: Seconds that must be left for another record to be started; default: the app's.
        margin: float
        #: What becomes of a payload that can never validate; default: the app's.
        invalid: Literal["retry", "drop"] | OnInvalid
        #: What becomes of a record that no route takes; default: the app's.
        unmatched: Literal["retry", "drop"] | OnUnmatched
        #: Layers around each call, outermost first; they see the handler's value.
        middleware: Sequence[RouteMiddleware]
        #: A Powertools persistence layer: each record is handled once.
        idempotent: Any
        #: Bytes to bytes before validation (gunzip, KPL, pointers); default: the app's.
        decode: Decoder
        #: Deliver through another source: ``"sqs:images"`` takes events that arrive inside messages of that queue.
        via: str
        #: Stream what a ``direct`` route yields, where the caller asked for a stream.
        response_stream: bool

    class HttpOptions(TypedDict, total=False):
        """Settings of an HTTP route."""

        #: The status of an answer that does not say its own; default 200, or 204 for ``-> None``.
        status_code: int
        #: What the answer is validated and filtered by, in place of the return annotation; None: nothing.
        response_model: Any
        #: Headers of every answer.
        headers: Mapping[str, str]
        #: The content type of an answer that does not say its own.
        media_type: str
        #: Layers around the call, outermost first; they see the handler's value.
        middleware: Sequence[RouteMiddleware]
        #: The route's name in ``routes``, ``explain`` and logs; default: the function's.
        name: str
        #: Whether this method of a REST API is configured to stream; other triggers are configured as a whole.
        response_stream: bool
        #: A Powertools persistence layer: a request that is sent again with its Idempotency-Key is answered again.
        idempotent: Any
        #: Whether the OpenAPI document has the route; what follows is for that document alone.
        include_in_schema: bool
        #: Groups of operations; added to those of the routers.
        tags: Sequence[str]
        #: One line; default: the first of the handler's docstring, or its name.
        summary: str
        #: In Markdown; default: the rest of the docstring.
        description: str
        #: The operation's unique name; default: the route's name, made unique.
        operation_id: str
        deprecated: bool
        #: More answers, by status: ``{404: {"description": "No such order", "model": Problem}}``.
        responses: Mapping[int | str, Mapping[str, Any]]
        #: Security Requirement Objects; ``[]`` for a route that is open to all.
        security: Sequence[Mapping[str, Sequence[str]]]
        #: Whatever else the Operation Object is to have; it wins over what was found.
        openapi_extra: Mapping[str, Any]

    RouteMiddleware: TypeAlias = Callable[[Any, Callable[[Any], Awaitable[Any]]], Awaitable[Any]]

    StreamTrigger: TypeAlias = Literal[
        "function_url", "apigw_rest", "apigw_http", "alb", "vpc_lattice_v1", "vpc_lattice_v2", "direct"
    ]

STREAM_TRIGGERS = ("function_url", "apigw_rest", "apigw_http", "alb", "vpc_lattice_v1", "vpc_lattice_v2", "direct")


def __getattr__(name: str) -> object:
    if name == "StreamTrigger":
        # ``typing`` costs 11 ms at import and only people who annotate with this name need it.
        from typing import Literal

        globals()[name] = Literal[STREAM_TRIGGERS]
        return globals()[name]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
