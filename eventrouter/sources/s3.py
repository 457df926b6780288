"""Amazon S3: a bucket notifies the function of what happened to objects, asynchronously.

Event: https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
Event names: https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-event-types-and-destinations.html
"""

from __future__ import annotations

from ..source import Pattern, Source
from ._read import object_at, pasted, text_at
from ._s3 import decoded_key

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Unpack

    from ..types import JsonObject, JsonValue, NameSpec, RouteOptions

#: A bucket's configuration writes it before the event's name, and so do some of the events.
PREFIX = "s3:"


def detect(event: JsonValue) -> bool:
    match event:
        case {"Records": [{"eventSource": "aws:s3"}, *_]} | [{"eventSource": "aws:s3"}, *_]:
            return True
    return is_test_event(event)


def is_test_event(value: JsonValue) -> bool:
    """Whether *value* is what S3 sends once when a notification is configured: it is acknowledged, and never routed."""
    return (
        type(value) is dict
        and value.get("Event") == "s3:TestEvent"
        and value.get("Service") == "Amazon S3"
        and type(value.get("Bucket")) is str
        and "Records" not in value
    )


def records(event: JsonValue) -> Sequence[JsonObject]:
    """The notifications; a test event has none."""
    return event if type(event) is list else event.get("Records", ())


def keys(record: JsonObject) -> Mapping[str, str]:
    return {
        "bucket": text_at(record, "s3", "bucket", "name"),
        "bucket_arn": text_at(record, "s3", "bucket", "arn"),
        "event": text_at(record, "eventName").removeprefix(PREFIX),
        "key": decoded_key(raw_key(record)),
    }


def raw_key(record: JsonObject) -> str:
    """The object's key as the record has it, form-encoded; ``""`` where the event is about no object."""
    # Some events of Intelligent-Tiering call it ``get_object``.
    message = object_at(record, "s3")
    return text_at(message, "object", "key") or text_at(message, "get_object", "key")


def idempotency_key(record: JsonObject) -> str | None:
    """Bucket, key, version, sequencer and event name: S3 gives a notification no id."""
    message = object_at(record, "s3")
    thing = object_at(message, "object") or object_at(message, "get_object")
    bucket, key = text_at(message, "bucket", "name"), text_at(thing, "key")
    if not bucket or not key:
        return None
    return "/".join(
        (bucket, key, text_at(thing, "versionId"), text_at(thing, "sequencer"), text_at(record, "eventName"))
    )


def bucket(
    name: str | None = None,
    /,
    *,
    event: NameSpec = None,
    prefix: str | None = None,
    suffix: str | None = None,
    **options: Unpack[RouteOptions],
) -> Pattern:
    """What happened to objects of the bucket *name*, one call per object.

    Args:
        name: The bucket's name: exact, a glob (``photos-*``), an ARN, ``${ENV}``; left out: every bucket.
        event: The event's name, with or without ``s3:``: exact (``ObjectCreated:Put``), a glob (``ObjectRemoved:*``).
        prefix: What the object's key starts with: the key as it is, not as the notification encodes it.
        suffix: What it ends with.
    """
    return Pattern(
        "s3",
        [
            ("bucket", name),
            ("event", _without_prefix(event)),
            ("key", None if prefix is None else {"prefix": prefix}),
            ("key", None if suffix is None else {"suffix": suffix}),
        ],
        options=options,
    )


def _without_prefix(event: NameSpec) -> NameSpec:
    if isinstance(event, str):
        return event.removeprefix(PREFIX)
    if isinstance(event, list | tuple):
        return [item.removeprefix(PREFIX) if isinstance(item, str) else item for item in event]
    return event


SOURCE = Source(
    "s3",
    detect=detect,
    anchors=("Service",),
    services=("aws:s3",),
    records=records,
    keys=keys,
    order=("bucket", "key", "event"),
    types={
        "eventrouter.models.s3:S3Record": "record",
        "eventrouter.models.s3:S3Event": "event",
        "aws_lambda_powertools.utilities.parser.models.s3:S3RecordModel": "record",
        "aws_lambda_powertools.utilities.parser.models.s3:S3Model": "event",
        "aws_lambda_powertools.utilities.data_classes.s3_event:S3EventRecord": "record",
        "aws_lambda_powertools.utilities.data_classes.s3_event:S3Event": "event",
    },
    evidence=("Records.0.eventSource", "Service", "Event"),
    model="eventrouter.models.s3:S3Event",
    offer="S3Record",
    idempotency_key=idempotency_key,
    paste=pasted("s3", "bucket"),
    acknowledges=True,
)
