"""What AWS delivers again after an invocation, trigger by trigger.

https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-batchfailurereporting.html
https://docs.aws.amazon.com/lambda/latest/dg/kafka-retry-configurations.html
https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Collection, Sequence
from typing import Any

from .._sniff import sources
from .events._made import Ids

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..types import JsonObject, JsonValue, Record
    from ._results import Result

#: Streams, whose shard is read again from the first failed record on.
_SHARDS = ("kinesis", "dynamodb")
#: Sources whose pollers and services deliver all of an event again when its invocation fails, and never a part of it.
_WHOLE = ("mq_active", "mq_rabbit", "documentdb", "cloudwatch_logs", "firehose")
#: Services that invoke asynchronously and take no answer from the invocation itself.
_RETRIED = ("cloudformation_custom_resource", "codepipeline_job", "config", "secretsmanager_rotation", "ses")


def redelivered(result: Result, records: Sequence[Record], *, reports: bool) -> Sequence[int]:
    """The positions of the records that are delivered again.

    Args:
        result: What came of the invocation.
        records: Its records.
        reports: The trigger has ReportBatchItemFailures.

    Raises:
        TypeError: Nobody delivers such an event again.
    """
    label, everything = result.source, range(len(records))
    source = sources[label]
    if label == "s3_batch":
        return everything if result.exception is not None else _temporary(result.response)
    if not (source.acknowledges or label in _WHOLE or label in _RETRIED):
        raise TypeError(f"a {label} event is not delivered again: whoever sent it sees how it ended")
    if result.exception is not None:
        return everything
    if not reports or source.identify is None:
        return ()
    if isinstance(result.event, list) and label == "kafka":
        return ()  # Pipes knows no partial failure for it
    return _reported(result, records)


def _temporary(response: JsonValue) -> Sequence[int]:
    results = response["results"]
    return [index for index, each in enumerate(results) if each["resultCode"] == "TemporaryFailure"]


def _reported(result: Result, records: Sequence[Record]) -> Sequence[int]:
    """The records that the answer names; all of them where it cannot be read: no failure is taken for a success."""
    everything = range(len(records))
    response = result.response
    entries = response.get("batchItemFailures") if isinstance(response, dict) else None
    if entries is None:
        return () if response is None or isinstance(response, dict) else everything
    positions = _positions(result, records)
    found: list[int] = []
    for entry in entries if isinstance(entries, list) else [None]:
        named = entry.get("itemIdentifier") if isinstance(entry, dict) else None
        if not named or _name(named) not in positions:
            return everything
        found += positions[_name(named)]
    if not found:
        return ()
    if result.source in _SHARDS:
        return range(min(found), len(records))
    if result.source == "kafka":
        return _from_offsets(records, found)
    return sorted(set(found))


def _positions(result: Result, records: Sequence[Record]) -> dict[str, list[int]]:
    """Where each name stands; a queue may deliver one message twice in a batch."""
    identify = sources[result.source].identify
    if isinstance(result.event, list) and result.source in _SHARDS:
        identify = _event_id
    assert identify is not None
    positions: dict[str, list[int]] = {}
    for index, record in enumerate(records):
        positions.setdefault(_name(identify(record)), []).append(index)
    return positions


def _name(identifier: JsonValue) -> str:
    """An identifier, which Kafka writes as an object, as a key."""
    return repr(sorted(identifier.items()) if isinstance(identifier, dict) else identifier)


def _event_id(record: Record) -> JsonValue:
    return record["eventID"]


def _from_offsets(records: Sequence[Record], failed: Collection[int]) -> Sequence[int]:
    """Of each partition all from its first failed offset on."""
    first: dict[tuple[str, int], int] = {}
    for index in failed:
        record = records[index]
        place = record["topic"], record["partition"]
        first[place] = min(first.get(place, record["offset"]), record["offset"])
    return [
        index
        for index, record in enumerate(records)
        if (place := (record["topic"], record["partition"])) in first and record["offset"] >= first[place]
    ]


# --------------------------------------------------------------------------------------------------- the event of next time


def delivered_again(event: JsonValue, label: str, positions: Sequence[int], ids: Ids) -> JsonValue:
    """*event* as it is delivered again, with the records at *positions* alone."""
    event = copy.deepcopy(event)
    narrow = _NARROW.get(label)
    if narrow is not None:
        event = narrow(event, frozenset(positions))
    if label == "sqs":
        for message in event if isinstance(event, list) else event["Records"]:
            count = int(message["attributes"].get("ApproximateReceiveCount", "1"))
            message["attributes"]["ApproximateReceiveCount"] = str(count + 1)
            message["receiptHandle"] = f"AQEB{ids.hex()}"
    if label == "mq_rabbit":
        for message in event if isinstance(event, list) else _flat(event["rmqMessagesByQueue"]):
            message["redelivered"] = True
    return event


def _flat(batches: dict[str, list[JsonObject]]) -> list[JsonObject]:
    return [message for batch in batches.values() for message in batch]


def _narrow_records(event: Any, positions: Collection[int]) -> JsonValue:
    if isinstance(event, list):
        return [record for index, record in enumerate(event) if index in positions]
    return {**event, "Records": _narrow_records(event["Records"], positions)}


def _narrow_kafka(event: Any, positions: Collection[int]) -> JsonValue:
    if isinstance(event, list):
        return _narrow_records(event, positions)
    kept: dict[str, list[JsonObject]] = {}
    index = 0
    for place, batch in event["records"].items():
        for record in batch:
            if index in positions:
                kept.setdefault(place, []).append(record)
            index += 1
    return {**event, "records": kept}


def _narrow_tasks(event: Any, positions: Collection[int]) -> JsonValue:
    return {**event, "tasks": _narrow_records(event["tasks"], positions)}


_NARROW: dict[str, Callable[[Any, Collection[int]], JsonValue]] = {
    "sqs": _narrow_records,
    "kinesis": _narrow_records,
    "dynamodb": _narrow_records,
    "kafka": _narrow_kafka,
    "s3_batch": _narrow_tasks,
}
