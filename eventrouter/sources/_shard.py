"""Shared by the two streams whose shards Lambda reads in order: Kinesis and DynamoDB.

https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-windows.html
https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-batchfailurereporting.html
"""

from __future__ import annotations

from ._batch import batch_item_failures
from ._read import text_at

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

    from ..source import Outcome
    from ..types import JsonObject, JsonValue, Record


def is_of(event: JsonValue, service: str) -> bool:
    """Whether *event* is a batch of *service* (``"kinesis"``), or the call that ends one of its tumbling windows."""
    if type(event) is list:
        found = event
    elif type(event) is dict and type(event.get("Records")) is list:
        found = event["Records"]
        if not found:
            return ends_window(event, service)
    else:
        return False
    return bool(found) and type(first := found[0]) is dict and first.get("eventSource") == f"aws:{service}"


def ends_window(event: JsonObject, service: str) -> bool:
    """Whether an event without records carries the aggregate of a window; the stream's ARN is all that says whose."""
    return (
        type(event.get("window")) is dict
        and type(event.get("isFinalInvokeForWindow")) is bool
        and text_at(event, "eventSourceARN").split(":", 3)[2:3] == [service]
    )


def records(event: JsonValue) -> Sequence[JsonObject]:
    """The records, in order; none at the end of a window."""
    return event if type(event) is list else event["Records"]


def lanes(batch: Sequence[JsonObject]) -> Callable[[JsonObject], Hashable]:
    """The whole batch is one order with one checkpoint, whatever partition keys it holds."""
    return _the_lane


def _the_lane(record: JsonObject) -> Hashable:
    return "shard"


def checkpoint(outcome: Outcome, identify: Callable[[Record], JsonValue]) -> JsonObject:
    """Name the first failed record: everything after it is read again.

    Lambda knows records by their sequence number, EventBridge Pipes by their event id:
    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-batching-concurrency.html
    """
    in_pipe = outcome.invocation.delivery == "pipes"
    return batch_item_failures(outcome, event_id if in_pipe else identify, checkpoint=True)


def event_id(record: JsonObject) -> JsonValue:
    return record["eventID"]


def idempotency_key(record: JsonObject) -> str | None:
    """The event id, which stays the same when the record is read again."""
    return text_at(record, "eventID") or None


def whole(event: JsonValue) -> JsonValue:
    """The event in the form that Lambda delivers; EventBridge Pipes sends the bare list of records."""
    return {"Records": event} if type(event) is list else event
