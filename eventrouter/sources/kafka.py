"""Apache Kafka, Amazon MSK or self-managed: a poller hands over records by topic and partition, each in order.

Event: https://docs.aws.amazon.com/lambda/latest/dg/with-msk.html and .../with-kafka.html
Reply: https://docs.aws.amazon.com/lambda/latest/dg/kafka-retry-configurations.html
"""

from __future__ import annotations

from ..errors import PayloadError
from ..source import OfRecord, Pattern, Source
from ._base64 import from_base64
from ._batch import batch_item_failures
from ._poller import CALLER_LIMIT, all_or_nothing
from ._read import pasted, text_at

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping, Sequence
    from typing import Unpack

    from ..source import Extractor, Outcome
    from ..types import JsonObject, JsonValue, RouteOptions, Where

#: What AWS writes into ``eventSource``; the last one is in samples only.
EVENT_SOURCES = ("aws:kafka", "SelfManagedKafka", "aws:SelfManagedKafka")


def detect(event: JsonValue) -> bool:
    if type(event) is dict:
        return event.get("eventSource") in EVENT_SOURCES and type(event.get("records")) is dict
    if type(event) is not list or not event or type(first := event[0]) is not dict:
        return False
    return first.get("eventSource") in EVENT_SOURCES and "topic" in first and "offset" in first


def records(event: JsonValue) -> Sequence[JsonObject]:
    """The records of all partitions, one partition after the other, each in order."""
    if type(event) is list:
        return event
    found: list[JsonObject] = []
    for batch in event["records"].values():
        if type(batch) is not list:
            problem = {"type": "list_type", "loc": ["records"], "msg": "The records of a partition are no list"}
            raise PayloadError([problem], "kafka event")
        found += batch
    return found


def address(record: JsonObject) -> Hashable:
    return text_at(record, "topic")


def keys(record: JsonObject) -> Mapping[str, str]:
    return {"topic": text_at(record, "topic")}


def payload(record: JsonObject) -> bytes | None:
    """The decoded value; None for a tombstone, which says that its key was deleted."""
    value = record.get("value")
    return None if value is None else from_base64(value, "kafka record")


def lanes(batch: Sequence[JsonObject]) -> Callable[[JsonObject], Hashable]:
    """A topic-partition stops at its first failure; the others go on."""
    return topic_partition


def topic_partition(record: JsonObject) -> str:
    """``<topic>-<partition>``, as Lambda writes it; ``""`` for a record that does not say."""
    topic = text_at(record, "topic")
    # EventBridge Pipes writes the partition as text.
    partition = record.get("partition") if topic else None
    return f"{topic}-{partition}" if isinstance(partition, int | str) else ""


def identify(record: JsonObject) -> JsonValue:
    place, offset = topic_partition(record), record["offset"]
    if not place or type(offset) is not int:
        raise ValueError("a Kafka record is named by its topic, its partition and its offset")
    return {"partition": place, "offset": offset}


def reply(outcome: Outcome) -> JsonValue:
    if outcome.invocation.delivery == "pipes":
        # Pipes knows no partial failure for Kafka.
        return all_or_nothing(outcome)
    # Every failed record is named, those not started after it too: AWS does not say that the lowest is enough.
    return batch_item_failures(outcome, identify)


def idempotency_key(record: JsonObject) -> str | None:
    """Topic, partition and offset."""
    try:
        place = identify(record)
    except (KeyError, ValueError):
        return None
    return f"{place['partition']}-{place['offset']}"


def topic(name: str | None = None, /, *, where: Where | None = None, **options: Unpack[RouteOptions]) -> Pattern:
    """Records of the topic *name*, one call per record, in order within a partition.

    A payload type without ``| None`` refuses tombstones (records whose value is null): they fail, so say ``T | None``
    on a compacted topic.

    Args:
        name: The topic's name: exact, a glob (``orders-*``), ``${ENV}``; left out: every topic.
        where: A condition on the JSON value: an EventBridge pattern or a predicate.
    """
    return Pattern("kafka", [("topic", name)], where=where, options=options)


def _powertools_record(annotation: type) -> Extractor:
    from ..models.kafka import powertools_model

    return powertools_model(annotation, "record")


def _powertools_event(annotation: type) -> Extractor:
    from ..models.kafka import powertools_model

    return powertools_model(annotation, "event")


SOURCE = Source(
    "kafka",
    detect=detect,
    anchors=("records", "offset"),
    records=records,
    keys=keys,
    order=("topic",),
    address=address,
    payload=payload,
    types={
        "eventrouter.models.kafka:KafkaRecord": "record",
        "eventrouter.models.kafka:KafkaEvent": "event",
        "aws_lambda_powertools.utilities.parser.models.kafka:KafkaRecordModel": OfRecord(_powertools_record),
        "aws_lambda_powertools.utilities.parser.models.kafka:KafkaBaseEventModel": _powertools_event,
        "aws_lambda_powertools.utilities.data_classes.kafka_event:KafkaEventRecord": "record",
        "aws_lambda_powertools.utilities.data_classes.kafka_event:KafkaEvent": "event",
        "aws_lambda_powertools.utilities.kafka.consumer_records:ConsumerRecordRecords": "record",
        "aws_lambda_powertools.utilities.kafka.consumer_records:ConsumerRecords": "event",
    },
    evidence=("eventSource", "0.eventSource"),
    model="eventrouter.models.kafka:KafkaEvent",
    offer="a model of the value, KafkaRecord[...], Batch[...]",
    is_batch=True,
    lanes=lanes,
    concurrent="lanes",
    identify=identify,
    reply=reply,
    returns="nothing",
    idempotency_key=idempotency_key,
    caller_limit=CALLER_LIMIT,
    secret_paths=(
        "records.*.*.value", "records.*.*.key", "records.*.*.headers",
        "*.value", "*.key", "*.headers",
    ),
    paste=pasted("kafka", "topic"),
    acknowledges=True,
)  # fmt: skip
