"""Notifications of an Amazon S3 bucket."""

from __future__ import annotations

from datetime import datetime
from typing import TypedDict, Unpack
from urllib.parse import quote_plus

from ._made import (
    MOMENT,
    REGION,
    Ids,
    Record,
    arn,
    check_length,
    check_name,
    impossible,
    split_records,
    to_milliseconds,
    without_none,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...types import JsonObject

#: The first parts of the names of events.
#: https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-event-types-and-destinations.html
EVENTS = (
    "ObjectCreated",
    "ObjectRemoved",
    "ObjectRestore",
    "ReducedRedundancyLostObject",
    "Replication",
    "LifecycleExpiration",
    "LifecycleTransition",
    "IntelligentTiering",
    "ObjectTagging",
    "ObjectAcl",
)
#: Events after which there is no object, so that its size and its tag are not told.
_GONE = ("ObjectRemoved", "LifecycleExpiration")


class S3Fields(TypedDict, total=False):
    """What can be said of a notification beside bucket and key.

    Attributes:
        event: Without ``s3:``: ``ObjectCreated:Put``.
        size: Bytes.
        etag: Default: made of ``ids``.
        version_id: Of a bucket with versions.
        sequencer: Default: made of ``ids``, so that later ones are larger.
        time: When it happened.
        principal: Who did it.
        source_ip: From where.
        configuration_id: The name of the notification's configuration.
        region: Of the bucket.
        ids: Default: made of what the event carries.
    """

    event: str
    size: int
    etag: str
    version_id: str
    sequencer: str
    time: datetime
    principal: str
    source_ip: str
    configuration_id: str
    region: str
    ids: Ids


def s3(bucket: str = "photos", *keys: str | Record, **fields: Unpack[S3Fields]) -> JsonObject:
    """What a bucket says of one object. Several keys make several records, which S3 may send and hardly ever does.

    Args:
        bucket: Its name.
        keys: Keys as they are, not percent-encoded: S3 encodes them, and so does this. What :func:`s3_record` made is taken
            as it is. Default: one key, ``"key"``.
        fields: Of every record.

    Raises:
        ImpossibleEventError: S3 has no such bucket, key or event.

    Reference:
        https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
    """
    split_records(keys, fields, "s3")
    fields.setdefault("ids", Ids.of(bucket, *keys))
    return {
        "Records": [
            dict(key) if isinstance(key, Record) else dict(s3_record(bucket, key, **fields)) for key in keys or ("key",)
        ]
    }


def s3_record(bucket: str, key: str, **fields: Unpack[S3Fields]) -> Record:
    """One record, for :func:`s3`.

    Raises:
        ImpossibleEventError: S3 has no such bucket, key or event.
    """
    check_name("s3(bucket)", bucket, others=".-_", low=3, high=63)
    check_length("s3(key)", key, 1, 1024)
    event = fields.get("event", "ObjectCreated:Put").removeprefix("s3:")
    if event.partition(":")[0] not in EVENTS or "*" in event:
        raise impossible("s3(event=)", event, f"it is one event, and starts with one of {', '.join(EVENTS)}")
    ids = fields.get("ids") or Ids.of(bucket, key)
    region = fields.get("region", REGION)
    is_gone = event.startswith(_GONE)
    return Record(
        eventVersion="2.1",
        eventSource="aws:s3",
        awsRegion=region,
        eventTime=to_milliseconds(fields.get("time", MOMENT)),
        eventName=event,
        userIdentity={"principalId": fields.get("principal", "AWS:AROAEXAMPLEROLEID:uploader")},
        requestParameters={"sourceIPAddress": fields.get("source_ip", "203.0.113.7")},
        responseElements={"x-amz-request-id": ids.letters(16), "x-amz-id-2": ids.hex()},
        s3={
            "s3SchemaVersion": "1.0",
            "configurationId": fields.get("configuration_id", "all"),
            "bucket": {
                "name": bucket,
                "ownerIdentity": {"principalId": "AEXAMPLEOWNERID"},
                "arn": arn("s3", bucket, "", "", partition_region=region),
            },
            "object": without_none(
                key=quote_plus(key, safe="/"),
                size=None if is_gone else fields.get("size", 1024),
                eTag=None if is_gone else fields.get("etag") or ids.hex(),
                versionId=fields.get("version_id"),
                sequencer=fields.get("sequencer") or ids.number(18),
            ),
        },
    )


def s3_test_event(bucket: str = "photos", *, region: str = REGION, time: datetime = MOMENT) -> JsonObject:
    """What S3 sends once, when notifications are set up; it has no records.

    Reference:
        https://docs.aws.amazon.com/AmazonS3/latest/userguide/how-to-enable-disable-notification-intro.html
    """
    check_name("s3_test_event(bucket)", bucket, others=".-_", low=3, high=63)
    ids = Ids.of(bucket)
    return {
        "Service": "Amazon S3",
        "Event": "s3:TestEvent",
        "Time": to_milliseconds(time),
        "Bucket": bucket,
        "RequestId": ids.letters(16),
        "HostId": ids.hex(),
    }
