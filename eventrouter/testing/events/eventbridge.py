"""Events of an Amazon EventBridge bus."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ..._sniff import sniff
from ._made import ACCOUNT, MOMENT, REGION, Ids, Payload, check_length, impossible, json_of, plain_object, to_seconds

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...types import JsonObject

#: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
MAX_EVENT = 1024 * 1024

#: What EventBridge calls the kinds of S3's events.
#: https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
_OF_S3 = {
    "ObjectCreated": "Object Created",
    "ObjectRemoved": "Object Deleted",
    "LifecycleExpiration": "Object Deleted",
    "ObjectRestore:Post": "Object Restore Initiated",
    "ObjectRestore:Completed": "Object Restore Completed",
    "ObjectRestore:Delete": "Object Restore Expired",
    "LifecycleTransition": "Object Storage Class Changed",
    "IntelligentTiering": "Object Access Tier Changed",
    "ObjectAcl": "Object ACL Updated",
    "ObjectTagging:Put": "Object Tags Added",
    "ObjectTagging:Delete": "Object Tags Deleted",
}
_REASONS = {
    "Put": "PutObject",
    "Post": "POST Object",
    "Copy": "CopyObject",
    "CompleteMultipartUpload": "CompleteMultipartUpload",
    "Delete": "DeleteObject",
    "DeleteMarkerCreated": "DeleteObject",
}


def eventbridge(
    detail: Payload = None,
    *,
    source: str | None = None,
    detail_type: str | None = None,
    event_id: str | None = None,
    resources: Sequence[str] = (),
    time: datetime = MOMENT,
    replay: str | None = None,
    is_aws: bool = False,
    region: str = REGION,
    account: str = ACCOUNT,
    ids: Ids | None = None,
) -> JsonObject:
    """An event of a bus.

    Args:
        detail: Anything that has a JSON form and is an object there; default: an empty one. An ``s3(...)`` event of one record
            becomes what S3 sends to EventBridge.
        source: Who sent it; default: ``shop.orders``.
        detail_type: What it is; default: ``OrderPlaced``.
        event_id: Default: made of ``ids``.
        resources: ARNs of what it is about.
        time: When it happened; EventBridge tells whole seconds.
        replay: The name of the replay that sends it again, out of an archive.
        is_aws: A service of AWS sends it, so that its source may begin with ``aws.``.
        region: Of the bus.
        account: Of whoever sent it.
        ids: Default: made of what the event carries.

    Raises:
        ImpossibleEventError: EventBridge takes no such event.

    Reference:
        https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-structure.html
    """
    if type(detail) is dict and sniff(detail).name == "s3":
        if source is not None or detail_type is not None:
            raise impossible("eventbridge(s3())", source or detail_type, "S3 says itself who it is and what happened")
        source, detail_type, detail, resources = _of_s3(detail)
        is_aws = True
    source = "shop.orders" if source is None else source
    detail_type = "OrderPlaced" if detail_type is None else detail_type
    check_length("eventbridge(source=)", source, 1, 256)
    check_length("eventbridge(detail_type=)", detail_type, 1, 128)
    if source.startswith("aws.") and not is_aws:
        raise impossible(
            "eventbridge(source=)", source, "only services of AWS send that: say is_aws=True if it is one of theirs"
        )
    value = plain_object("eventbridge(detail)", {} if detail is None else detail)
    event: JsonObject = {
        "version": "0",
        "id": event_id or (ids or Ids.of(source, detail_type, value)).uuid(),
        "detail-type": detail_type,
        "source": source,
        "account": account,
        "time": to_seconds(time),
        "region": region,
        "resources": [*resources],
        "detail": value,
    }
    if replay is not None:
        check_length("eventbridge(replay=)", replay, 1, 64)
        event["replay-name"] = replay
    size = len(json_of(event).encode())
    if size > MAX_EVENT:
        raise impossible("eventbridge()", f"an event of {size} bytes", f"it has at most {MAX_EVENT}")
    return event


def _of_s3(event: JsonObject) -> tuple[str, str, JsonObject, Sequence[str]]:
    """Source, kind, detail and resources of what S3 sends to a bus in place of a notification."""
    records = event.get("Records", [])
    if len(records) != 1:
        raise impossible("eventbridge(s3())", f"{len(records)} records", "S3 sends one event for each object")
    (record,) = records
    name, told = record["eventName"], record["s3"]
    kind, _, how = name.partition(":")
    detail_type = _OF_S3.get(name) or _OF_S3.get(kind)
    if detail_type is None:
        raise impossible("eventbridge(s3())", name, "S3 sends no such event to EventBridge")
    thing = told["object"]
    from urllib.parse import unquote_plus

    written = {
        # Not encoded here, unlike in a notification.
        "key": unquote_plus(thing["key"]),
        "size": thing.get("size"),
        "etag": thing.get("eTag"),
        "version-id": thing.get("versionId"),
        "sequencer": thing.get("sequencer"),
    }
    detail = {
        "version": "0",
        "bucket": {"name": told["bucket"]["name"]},
        "object": {key: value for key, value in written.items() if value is not None},
        "request-id": record["responseElements"]["x-amz-request-id"],
        "requester": ACCOUNT,
        "source-ip-address": record["requestParameters"]["sourceIPAddress"],
        "reason": _REASONS.get(how, how),
    }
    return "aws.s3", detail_type, detail, [told["bucket"]["arn"]]
