"""Hypothesis strategies: events as AWS sends them, of every source, and hostile ones.

    from hypothesis import given
    from eventrouter.testing import strategies

    @given(strategies.sqs(Order))
    def test_any_order_is_taken(event): ...

Needs the extra ``testing``. Well-formed events are made by the factories of :mod:`~eventrouter.testing.events`, so they hold
nothing that AWS would not send; hostile ones are what an app must not be crashed with.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

from . import events as made
from .events._http import RequestFields
from .events.cognito import NAMES
from .events.iot import OPERATIONS

try:
    from hypothesis import strategies as st
    from hypothesis.strategies import DrawFn, SearchStrategy
except ModuleNotFoundError as error:
    raise ModuleNotFoundError(
        "eventrouter.testing.strategies needs hypothesis: pip install 'eventrouter[testing]'", name=error.name
    ) from None

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..types import JsonObject, JsonValue

#: What records carry: a strategy of payloads, or a type whose values they are (a pydantic model, ``int``).
Payloads: TypeAlias = SearchStrategy[Any] | type

__all__ = [
    "LABELS", "activemq", "alb", "any_event", "apigw_http", "apigw_rest", "cloudwatch_logs", "cognito", "damaged",
    "direct", "documentdb", "dynamodb", "eventbridge", "events_of", "firehose", "function_url", "hostile", "iot",
    "json_objects", "json_values", "kafka", "kinesis", "names", "paths", "queries", "rabbitmq", "s3", "schedule",
    "sns", "sqs", "texts", "vpc_lattice_v1", "vpc_lattice_v2", "websocket",
]  # fmt: skip

# ------------------------------------------------------------------------------------------------------------------- values


def texts(*, min_size: int = 1, max_size: int = 40) -> SearchStrategy[str]:
    """Text that a queue can carry: what XML 1.0 can hold."""
    characters = st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff")
    return st.text(characters | st.sampled_from("\t\n\r"), min_size=min_size, max_size=max_size)


def names(*, max_size: int = 20) -> SearchStrategy[str]:
    """Names of queues, topics, buckets and the like: lower-case letters, digits and hyphens, 3 characters at least."""
    return st.from_regex(rf"[a-z][a-z0-9-]{{1,{max_size - 2}}}[a-z0-9]", fullmatch=True)


def json_values() -> SearchStrategy[JsonValue]:
    """Any JSON value, not too large."""
    numbers = st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
    return st.recursive(
        st.none() | st.booleans() | numbers | texts(min_size=0),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts(max_size=8), inner, max_size=4),
        max_leaves=8,
    )


def json_objects() -> SearchStrategy[JsonObject]:
    """Any JSON object, not too large."""
    return st.dictionaries(texts(max_size=8), json_values(), max_size=4)


def paths() -> SearchStrategy[str]:
    """Paths of requests, as clients write them."""
    segment = st.text("abcdefghijklmnopqrstuvwxyzABC0123456789-._~ äß%/", min_size=1, max_size=8)
    return st.lists(segment, max_size=4).map(lambda parts: "/" + "/".join(part.replace("%", "%25") for part in parts))


def queries() -> SearchStrategy[list[tuple[str, str]]]:
    """Names and values of queries."""
    return st.lists(st.tuples(texts(max_size=8), texts(min_size=0, max_size=8)), max_size=4)


def _payloads(given: Payloads | None, default: SearchStrategy[Any]) -> SearchStrategy[Any]:
    if given is None:
        return default
    return given if isinstance(given, SearchStrategy) else st.from_type(given)


def _message_texts() -> SearchStrategy[object]:
    return texts() | json_values().filter(lambda value: value != "")


# ------------------------------------------------------------------------------------------------------------------ batches


def _batch(
    make: Callable[..., JsonObject], payloads: SearchStrategy[Any], max_size: int, **fields: Any
) -> SearchStrategy[JsonObject]:
    drawn = {name: value if isinstance(value, SearchStrategy) else st.just(value) for name, value in fields.items()}
    return st.builds(
        lambda items, **given: make(*items, **given), st.lists(payloads, min_size=1, max_size=max_size), **drawn
    )


def activemq(
    payloads: Payloads | None = None, *, queue: str | SearchStrategy[str] = "orders", max_size: int = 4
) -> SearchStrategy[JsonObject]:
    """Messages of an ActiveMQ queue."""
    return _batch(made.activemq, _payloads(payloads, texts() | st.binary(max_size=20)), max_size, queue=queue)


def cloudwatch_logs(
    payloads: Payloads | None = None, *, group: str | SearchStrategy[str] = "/aws/lambda/shop", max_size: int = 4
) -> SearchStrategy[JsonObject]:
    """Events of a log group."""
    return _batch(made.cloudwatch_logs, _payloads(payloads, texts()), max_size, group=group)


def documentdb(
    payloads: Payloads | None = None, *, collection: str | SearchStrategy[str] = "orders", max_size: int = 4
) -> SearchStrategy[JsonObject]:
    """Changes of a collection."""
    documents = st.dictionaries(st.from_regex("[a-z]{1,8}", fullmatch=True), json_values(), max_size=3)
    return _batch(made.documentdb, _payloads(payloads, documents), max_size, collection=collection)


def dynamodb(
    payloads: Payloads | None = None, *, table: str | SearchStrategy[str] = "orders", max_size: int = 4
) -> SearchStrategy[JsonObject]:
    """Changes of a table whose key is ``id``: new items."""
    attributes = st.none() | st.booleans() | st.integers(-(10**9), 10**9) | texts(min_size=0)
    items = st.fixed_dictionaries({"id": st.integers(0, 10**9)}, optional={"name": texts(), "more": attributes})
    return _batch(made.dynamodb, _payloads(payloads, items), max_size, table=table)


def firehose(
    payloads: Payloads | None = None, *, stream: str | SearchStrategy[str] = "clicks-to-lake", max_size: int = 4
) -> SearchStrategy[JsonObject]:
    """Records that a delivery stream has transformed."""
    return _batch(made.firehose, _payloads(payloads, st.binary(max_size=20) | texts()), max_size, stream=stream)


def kafka(
    payloads: Payloads | None = None, *, topic: str | SearchStrategy[str] = "orders", max_size: int = 4
) -> SearchStrategy[JsonObject]:
    """Records of a topic, tombstones too."""
    values = st.none() | st.binary(max_size=20) | texts()
    return _batch(made.kafka, _payloads(payloads, values), max_size, topic=topic)


def kinesis(
    payloads: Payloads | None = None, *, stream: str | SearchStrategy[str] = "clicks", max_size: int = 4
) -> SearchStrategy[JsonObject]:
    """Records of a stream."""
    return _batch(made.kinesis, _payloads(payloads, st.binary(max_size=20) | texts()), max_size, stream=stream)


def rabbitmq(
    payloads: Payloads | None = None, *, queue: str | SearchStrategy[str] = "orders", max_size: int = 4
) -> SearchStrategy[JsonObject]:
    """Messages of a RabbitMQ queue."""
    return _batch(made.rabbitmq, _payloads(payloads, texts() | st.binary(max_size=20)), max_size, queue=queue)


def s3(*, bucket: str | SearchStrategy[str] = "photos", max_size: int = 2) -> SearchStrategy[JsonObject]:
    """Notifications of a bucket."""
    happened = st.sampled_from(
        [
            "ObjectCreated:Put",
            "ObjectCreated:Copy",
            "ObjectRemoved:Delete",
            "ObjectRestore:Completed",
            "ObjectTagging:Put",
        ]
    )
    drawn = bucket if isinstance(bucket, SearchStrategy) else st.just(bucket)
    keys = st.lists(texts(max_size=20), min_size=1, max_size=max_size)
    return st.builds(lambda name, keys, event: made.s3(name, *keys, event=event), drawn, keys, happened)


def sns(payloads: Payloads | None = None, *, topic: str | SearchStrategy[str] = "alerts") -> SearchStrategy[JsonObject]:
    """A notification of a topic."""
    return _batch(made.sns, _payloads(payloads, _message_texts()), 1, topic=topic)


def sqs(
    payloads: Payloads | None = None, *, queue: str | SearchStrategy[str] = "orders", max_size: int = 4
) -> SearchStrategy[JsonObject]:
    """Messages of a queue; of a FIFO queue if its name ends with ``.fifo``."""
    return _batch(made.sqs, _payloads(payloads, _message_texts()), max_size, queue=queue)


# ------------------------------------------------------------------------------------------------------------------ requests

_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")


def _fields() -> SearchStrategy[RequestFields]:
    token = st.from_regex("[a-z][a-z-]{0,8}", fullmatch=True)
    value = st.text("abcXYZ 0123456789;=,%-_", max_size=12).map(str.strip)
    fields: dict[str, SearchStrategy[Any]] = {
        "params": queries(),
        "headers": st.dictionaries(token.map(lambda name: f"x-{name}"), value, max_size=3),
        "cookies": st.dictionaries(token, st.text("abc0123-_.", max_size=8), max_size=3),
        "content": texts(min_size=0) | st.binary(max_size=20),
    }
    return st.fixed_dictionaries({}, optional=fields)  # type: ignore[return-value]


def _requests(
    make: Callable[..., JsonObject], methods: SearchStrategy[str] | None, targets: SearchStrategy[str] | None
) -> SearchStrategy[JsonObject]:
    return st.builds(
        lambda method, path, fields: make(method, path, **fields),
        methods or st.sampled_from(_METHODS),
        targets or paths(),
        _fields(),
    )


def alb(
    *, methods: SearchStrategy[str] | None = None, paths: SearchStrategy[str] | None = None
) -> SearchStrategy[JsonObject]:
    """Requests through a load balancer."""
    return _requests(made.alb, methods, paths)


def apigw_http(
    *, methods: SearchStrategy[str] | None = None, paths: SearchStrategy[str] | None = None
) -> SearchStrategy[JsonObject]:
    """Requests through an HTTP API."""
    return _requests(made.apigw_http, methods, paths)


def apigw_rest(
    *, methods: SearchStrategy[str] | None = None, paths: SearchStrategy[str] | None = None
) -> SearchStrategy[JsonObject]:
    """Requests through a REST API."""
    return _requests(made.apigw_rest, methods, paths)


def function_url(
    *, methods: SearchStrategy[str] | None = None, paths: SearchStrategy[str] | None = None
) -> SearchStrategy[JsonObject]:
    """Requests through a function URL."""
    return _requests(made.function_url, methods, paths)


def vpc_lattice_v1(
    *, methods: SearchStrategy[str] | None = None, paths: SearchStrategy[str] | None = None
) -> SearchStrategy[JsonObject]:
    """Requests through VPC Lattice, version 1 of the event."""
    return _requests(made.vpc_lattice_v1, methods, paths)


def vpc_lattice_v2(
    *, methods: SearchStrategy[str] | None = None, paths: SearchStrategy[str] | None = None
) -> SearchStrategy[JsonObject]:
    """Requests through VPC Lattice, version 2 of the event."""
    return _requests(made.vpc_lattice_v2, methods, paths)


# ------------------------------------------------------------------------------------------------------------- single events


def cognito() -> SearchStrategy[JsonObject]:
    """Triggers of a user pool."""
    return st.builds(made.cognito, st.sampled_from(NAMES), user_name=texts(max_size=12))


def direct(payloads: Payloads | None = None) -> SearchStrategy[JsonValue]:
    """Direct invokes with any JSON."""
    return _payloads(payloads, json_objects() | json_values()).map(made.direct)


def eventbridge(
    payloads: Payloads | None = None, *, source: str = "shop.orders", detail_type: str = "OrderPlaced"
) -> SearchStrategy[JsonObject]:
    """Events of a bus."""
    return _payloads(payloads, json_objects()).map(
        lambda detail: made.eventbridge(detail, source=source, detail_type=detail_type)
    )


def iot() -> SearchStrategy[JsonObject]:
    """Events of IoT's registry."""
    return st.sampled_from([(kind, each) for kind, operations in OPERATIONS.items() for each in operations]).map(
        lambda pair: made.iot(pair[0], operation=pair[1])
    )


def schedule(name: str | SearchStrategy[str] = "nightly") -> SearchStrategy[JsonObject]:
    """What a schedule starts: by a rule, by EventBridge Scheduler, with an Input of its own."""
    drawn = name if isinstance(name, SearchStrategy) else st.just(name)
    by = st.sampled_from(["rule", "scheduler"])
    own = st.none() | json_objects().filter(lambda value: not any(key.startswith("eventrouter:") for key in value))
    return st.builds(lambda name, by, own: made.schedule(name, by=by, input=own), drawn, by, own)


def websocket() -> SearchStrategy[JsonObject]:
    """Connections and messages."""
    messages = st.builds(made.websocket, st.sampled_from(["$default", "send"]), texts() | st.binary(max_size=20))
    return messages | st.sampled_from(["$connect", "$disconnect"]).map(made.websocket)


def _choice(*values: str) -> SearchStrategy[str]:
    return st.sampled_from(values)


def _string_maps() -> SearchStrategy[dict[str, str]]:
    return st.dictionaries(texts(max_size=8), texts(min_size=0), max_size=3)


#: From each label to the strategy of its events.
_DRAWN: dict[str, Callable[[], SearchStrategy[Any]]] = {
    "alb": alb,
    "apigw_http": apigw_http,
    "apigw_rest": apigw_rest,
    "apigw_websocket": websocket,
    "apigw_authorizer_request": lambda: st.builds(
        made.apigw_authorizer_request, st.sampled_from(_METHODS), paths(), of=_choice("rest", "http", "websocket")
    ),
    "apigw_authorizer_token": lambda: st.builds(
        made.apigw_authorizer_token, st.sampled_from(_METHODS), paths(), token=texts()
    ),
    "apigw_authorizer_v2": lambda: st.builds(made.apigw_authorizer_v2, st.sampled_from(_METHODS), paths()),
    "appsync_authorizer": lambda: st.builds(made.appsync_authorizer, texts(), query=st.none() | texts()),
    "appsync_events": lambda: st.lists(json_values(), min_size=1, max_size=4).map(
        lambda payloads: made.appsync_events("/chat/room", *payloads)
    ),
    "appsync_resolver": lambda: st.builds(made.appsync, arguments=json_objects(), source=st.none() | json_objects()),
    "bedrock_agent": lambda: st.builds(made.bedrock_agent, parameters=_string_maps(), properties=json_objects()),
    "bedrock_agent_function": lambda: st.builds(made.bedrock_agent_function, parameters=json_objects()),
    "cloudformation_custom_resource": lambda: st.builds(
        made.cloudformation, request_type=_choice("Create", "Update", "Delete"), properties=json_objects()
    ),
    "cloudwatch_alarm": lambda: st.builds(
        made.cloudwatch_alarm, texts(), state=_choice("OK", "ALARM", "INSUFFICIENT_DATA"), reason=texts(min_size=0)
    ),
    "cloudwatch_logs": cloudwatch_logs,
    "codecommit": lambda: st.lists(names().map("refs/heads/{}".format), max_size=3).map(
        lambda refs: made.codecommit("shop-web", *refs)
    ),
    "codepipeline_job": lambda: st.builds(made.codepipeline_job, st.none() | texts()),
    "cognito": cognito,
    "config": lambda: st.builds(made.config, names(), configuration=json_objects(), parameters=_string_maps()),
    "connect": lambda: st.builds(
        made.connect, parameters=_string_maps(), attributes=_string_maps(), queue=st.none() | texts()
    ),
    "direct": direct,
    "documentdb": documentdb,
    "dynamodb": dynamodb,
    "durable": lambda: st.builds(made.durable, names(), json_values(), execution=names()),
    "eventbridge": eventbridge,
    "eventbridge_schedule": lambda: st.builds(made.schedule, names(), by=st.just("rule")),
    "eventbridge_scheduler": lambda: st.builds(made.schedule, names(), by=st.just("scheduler")),
    "firehose": firehose,
    "function_url": function_url,
    "iot": iot,
    "iot_authorizer": lambda: st.builds(
        made.iot_authorizer, token=st.none() | texts(), protocol=_choice("mqtt", "http"), user_name=st.none() | texts()
    ),
    "kafka": kafka,
    "kinesis": kinesis,
    "lambda_destination": lambda: st.builds(
        made.lambda_destination, json_values(), condition=_choice("Success", "RetriesExhausted", "EventAgeExceeded")
    ),
    "lex": lambda: st.builds(
        made.lex, slots=st.dictionaries(texts(max_size=8), st.none() | texts(), max_size=3), transcript=texts()
    ),
    "mq_active": activemq,
    "mq_rabbit": rabbitmq,
    "s3": s3,
    "s3_batch": lambda: st.lists(texts(max_size=20), min_size=1, max_size=2).map(
        lambda keys: made.s3_batch("photos", *keys)
    ),
    "s3_object_lambda": lambda: st.builds(
        made.s3_object_lambda, operation=_choice("GetObject", "HeadObject", "ListObjects", "ListObjectsV2"), key=texts()
    ),
    "secretsmanager_rotation": lambda: st.builds(
        made.secretsmanager_rotation, _choice("createSecret", "setSecret", "testSecret", "finishSecret"), secret=names()
    ),
    "ses": lambda: st.builds(made.ses, subject=st.none() | texts(), headers=_string_maps(), synchronous=st.booleans()),
    "sns": sns,
    "sqs": sqs,
    "transfer_family": lambda: st.builds(
        made.transfer_family, _choice("identity_provider", "workflow_step"), user=texts(), password=texts()
    ),
    "vpc_lattice_v1": vpc_lattice_v1,
    "vpc_lattice_v2": vpc_lattice_v2,
}

#: The labels of all sources that there are events of.
LABELS = tuple(sorted(_DRAWN))


def events_of(*labels: str) -> SearchStrategy[JsonValue]:
    """Events of these sources, by the labels that ``sniff`` gives them.

    Raises:
        ValueError: There is no such label.
    """
    for label in labels:
        if label not in LABELS:
            raise ValueError(f"{label!r} is no label: there are {', '.join(LABELS)}")
    return st.one_of([_DRAWN[label]() for label in labels])


def any_event() -> SearchStrategy[JsonValue]:
    """Events of any source."""
    return events_of(*LABELS)


# ------------------------------------------------------------------------------------------------------------------- hostile

#: What stands in place of a value: of another type, malformed, or what text formats have no way to write.
_ODD: tuple[Any, ...] = (
    None, True, 0, -1, 2**70, 1e308, "", "\x00", "\ud800", "%", "%zz", "a=b;c", "Ä" * 200, "../../etc/passwd", "{", "=====", [],
    {}, [[]], [None], {"a": None}, {"": {}},
)  # fmt: skip


def hostile(*labels: str) -> SearchStrategy[JsonValue]:
    """Events that are damaged: parts gone, of another type, repeated, deeply nested.

    Args:
        labels: The sources of the events before; default: all.
    """
    return _damaged(events_of(*labels) if labels else any_event())


def damaged(events: SearchStrategy[JsonValue]) -> SearchStrategy[JsonValue]:
    """The same of any events."""
    return _damaged(events)


@st.composite
def _damaged(draw: DrawFn, events: SearchStrategy[JsonValue]) -> JsonValue:
    event = copy.deepcopy(draw(events))
    for _ in range(draw(st.integers(1, 3))):
        places = list(_places(event))
        if not places:
            break
        # What is near the top decides more.
        top = [place for place in places if len(place) == 1]
        *way, last = draw(st.sampled_from(top) | st.sampled_from(places))
        holder: Any = event
        for step in way:
            holder = holder[step]
        _damage(draw, holder, last)
    return event


def _damage(draw: DrawFn, holder: Any, key: Any) -> None:
    match draw(st.sampled_from(["replace", "delete", "nest", "repeat"])):
        case "replace":
            holder[key] = copy.deepcopy(draw(st.sampled_from(_ODD)))
        case "delete":
            del holder[key]
        case "nest":
            for _ in range(draw(st.sampled_from([1, 60]))):
                holder[key] = [holder[key]]
        case _:
            value = holder[key]
            holder[key] = [*value, *copy.deepcopy(value)] if isinstance(value, list) else [value, copy.deepcopy(value)]


def _places(value: object, prefix: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    items: Any = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield (*prefix, key)
        yield from _places(item, (*prefix, key))
