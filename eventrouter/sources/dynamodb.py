"""Amazon DynamoDB streams: a poller hands over the changes of one shard of a table, in order.

Event, reply, windows: https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html
Through EventBridge Pipes: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-dynamodb.html
"""

from __future__ import annotations

from ..errors import RegistrationError, quoted
from ..source import OfRecord, Pattern, Source
from ._read import pasted, text_at
from ._shard import checkpoint, idempotency_key, is_of, lanes, records, whole

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping, Sequence
    from typing import Unpack

    from ..source import Extractor, Outcome
    from ..types import JsonObject, JsonValue, NameSpec, Record, RouteOptions, Where

#: What follows a table's ARN in the ARN of its stream.
STREAM = "/stream/"
#: What can happen to an item.
KINDS = ("INSERT", "MODIFY", "REMOVE")


def detect(event: JsonValue) -> bool:
    return is_of(event, "dynamodb")


def address(record: JsonObject) -> Hashable:
    return text_at(record, "eventSourceARN"), text_at(record, "eventName")


def keys(record: JsonObject) -> Mapping[str, str]:
    """The table's; the call that ends a window has no records, and offers the same by itself."""
    arn = text_at(record, "eventSourceARN").partition(STREAM)[0]
    return {"table": arn.partition(":table/")[2], "table_arn": arn, "event": text_at(record, "eventName")}


def identify(record: JsonObject) -> JsonValue:
    return record["dynamodb"]["SequenceNumber"]


def reply(outcome: Outcome) -> JsonValue:
    return checkpoint(outcome, identify)


def table(
    name: str | None = None,
    /,
    *,
    event: NameSpec = None,
    where: Where | None = None,
    **options: Unpack[RouteOptions],
) -> Pattern:
    """Changes of the items of the table *name*, one call per change, in order; after a failure none is started.

    Args:
        name: The table's name: exact, a glob (``shop-*``), the table's ARN, ``${ENV}``; left out: every table.
        event: ``"INSERT"``, ``"MODIFY"`` or ``"REMOVE"``, or a list of them.
        where: A condition on the record as AWS delivers it, as in the filters of an event source:
            ``{"dynamodb": {"NewImage": {"status": {"S": ["paid"]}}}}``; or a predicate that is given the record.
    """
    if name is not None and name.startswith("arn:"):
        name = name.partition(STREAM)[0]
    return Pattern("dynamodb", [("table", name)], where=where, tests=_event_tests(event), options=options)


def _event_tests(event: NameSpec) -> Sequence[tuple[str, Callable[[Record], bool]]]:
    """The condition on the kind of change. It is no name: the end of a window has no kind, and is still the route's."""
    if event is None:
        return ()
    for each in event if isinstance(event, list) else [event]:
        if isinstance(each, str) and not set("*${").intersection(each) and each not in KINDS:
            raise RegistrationError(
                f"dynamodb: {quoted(each)} is no kind of change: event= is one of {', '.join(KINDS)}"
            )
    compiled: list[Callable[[str], bool]] = []

    def test(record: Record) -> bool:
        if not compiled:
            # The environment is known only when the function runs.
            from os import environ

            from .._names import name_test

            compiled.append(name_test("event", event, environment=environ, route=f"with event={event!r}").test)
        return compiled[0](text_at(record, "eventName"))

    return ((f"event={event!r}", test),)


def _change(annotation: type) -> Extractor:
    from ..models.dynamodb import change_of

    return change_of(annotation)


def _parsed_event(annotation: type) -> Extractor:
    from ..models._extract import extractor

    return extractor(
        annotation,
        "dynamodb event",
        lambda invocation, record: whole(invocation.event),
        lambda invocation, record: invocation.event,
    )


def _wrapped_event(annotation: type) -> Extractor:
    return lambda invocation, record: annotation(whole(invocation.event))


SOURCE = Source(
    "dynamodb",
    detect=detect,
    services=("aws:dynamodb",),
    records=records,
    keys=keys,
    order=("table",),
    address=address,
    # There is no payload, so ``where`` sees the record, which is a value.
    payload_is_value=True,
    types={
        "eventrouter.models.dynamodb:Change": OfRecord(_change),
        "eventrouter.models.dynamodb:DynamoDBRecord": "record",
        "eventrouter.models.dynamodb:DynamoDBEvent": "event",
        "aws_lambda_powertools.utilities.parser.models.dynamodb:DynamoDBStreamRecordModel": "record",
        "aws_lambda_powertools.utilities.parser.models.dynamodb:DynamoDBStreamModel": _parsed_event,
        "aws_lambda_powertools.utilities.data_classes.dynamo_db_stream_event:DynamoDBRecord": "record",
        "aws_lambda_powertools.utilities.data_classes.dynamo_db_stream_event:DynamoDBStreamEvent": _wrapped_event,
    },
    evidence=("Records.0.eventSource", "0.eventSource", "eventSourceARN"),
    model="eventrouter.models.dynamodb:DynamoDBEvent",
    offer="Change[...], DynamoDBRecord[...], list[Change[...]], Window[...]",
    is_batch=True,
    lanes=lanes,
    identify=identify,
    reply=reply,
    returns="nothing",
    idempotency_key=idempotency_key,
    secret_paths=(
        "Records.*.dynamodb.Keys", "Records.*.dynamodb.NewImage", "Records.*.dynamodb.OldImage",
        "*.dynamodb.Keys", "*.dynamodb.NewImage", "*.dynamodb.OldImage", "state",
    ),
    paste=pasted("dynamodb", "table"),
    acknowledges=True,
)  # fmt: skip
