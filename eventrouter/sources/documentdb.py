"""Amazon DocumentDB: a poller hands over a change stream, in order, and retries the whole batch.

Event and reply: https://docs.aws.amazon.com/lambda/latest/dg/with-documentdb.html
"""

from __future__ import annotations

from ..errors import PayloadError
from ..source import Pattern, Source
from ._poller import CALLER_LIMIT, all_or_nothing, one_lane
from ._read import object_at, pasted, text_at

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence
    from typing import Unpack

    from ..types import JsonObject, JsonValue, NameSpec, RouteOptions, Where

#: Changes after which there is no document.
WITHOUT_DOCUMENT = ("delete", "drop", "dropDatabase", "rename", "invalidate")


def detect(event: JsonValue) -> bool:
    return type(event) is dict and event.get("eventSource") == "aws:docdb" and type(event.get("events")) is list


def records(event: JsonValue) -> Sequence[JsonObject]:
    """The change events, without the object that holds each."""
    return [object_at(change, "event") for change in event["events"]]


def address(record: JsonObject) -> Hashable:
    return text_at(record, "ns", "db"), text_at(record, "ns", "coll"), text_at(record, "operationType")


def keys(record: JsonObject) -> Mapping[str, str]:
    return {
        "database": text_at(record, "ns", "db"),
        "collection": text_at(record, "ns", "coll"),
        "event": text_at(record, "operationType"),
    }


def payload(record: JsonObject) -> JsonValue:
    """The whole document as it is after the change; None where there is none any more.

    MongoDB's extended JSON (``{"$oid": ...}``, ``{"$numberLong": ...}``, ``{"$date": ...}``) stays as it was delivered.
    """
    if "fullDocument" in record:
        return record["fullDocument"]
    if text_at(record, "operationType") in WITHOUT_DOCUMENT:
        return None
    # None would read as a deletion.
    missing = (
        "The change has no full document: set FullDocument to UpdateLookup on the event source mapping, "
        "or ask for DocumentDBRecord and read updateDescription"
    )
    raise PayloadError([{"type": "missing", "loc": ["fullDocument"], "msg": missing}], "documentdb record")


def idempotency_key(record: JsonObject) -> str | None:
    """The change's resume token."""
    return text_at(record, "_id", "_data") or None


def collection(
    name: str | None = None,
    /,
    *,
    database: NameSpec = None,
    event: NameSpec = None,
    where: Where | None = None,
    **options: Unpack[RouteOptions],
) -> Pattern:
    """Changes in the collection *name*, one call per change, in order; a failure brings the whole batch back.

    The payload is the full document, or None after a deletion: annotate it as ``T | None``, or take
    ``event="insert"`` only.

    Args:
        name: The collection's name: exact, a glob, ``${ENV}``; left out: every collection.
        database: The database's name.
        event: The kind of change: ``insert``, ``update``, ``replace``, ``delete``, ... or a list of them.
        where: A condition on the full document: an EventBridge pattern or a predicate.
    """
    names = [("collection", name), ("database", database), ("event", event)]
    return Pattern("documentdb", names, where=where, options=options)


SOURCE = Source(
    "documentdb",
    detect=detect,
    anchors=("events",),
    records=records,
    keys=keys,
    order=("collection", "database", "event"),
    address=address,
    payload=payload,
    payload_is_value=True,
    types={
        "eventrouter.models.documentdb:DocumentDBRecord": "record",
        "eventrouter.models.documentdb:DocumentDBEvent": "event",
    },
    evidence=("eventSource", "eventSourceArn"),
    model="eventrouter.models.documentdb:DocumentDBEvent",
    offer="a model of the document, DocumentDBRecord[...], Batch[...]",
    is_batch=True,
    lanes=one_lane,
    reply=all_or_nothing,
    returns="nothing",
    idempotency_key=idempotency_key,
    caller_limit=CALLER_LIMIT,
    secret_paths=("events.*.event.fullDocument", "events.*.event.updateDescription", "events.*.event.documentKey"),
    paste=pasted("documentdb", "collection", database="database"),
    acknowledges=True,
)
