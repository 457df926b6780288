"""Changes of Amazon DocumentDB, as a change stream tells them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal, TypeAlias, TypedDict, Unpack

from ._made import (
    ACCOUNT,
    MOMENT,
    REGION,
    Ids,
    Payload,
    Record,
    arn,
    batch_of,
    check_length,
    check_name,
    check_one_of,
    impossible,
    plain,
    plain_object,
    split_records,
    without_none,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...types import JsonObject, JsonValue

Kind: TypeAlias = Literal["insert", "update", "replace", "delete", "drop", "rename", "dropDatabase", "invalidate"]

#: What each kind of change tells beside its id and its time; in parentheses, what it may tell.
#: https://www.mongodb.com/docs/v4.0/reference/change-events/
TELLS: dict[str, tuple[str, ...]] = {
    "insert": ("db", "coll", "key", "document"),
    "update": ("db", "coll", "key", "update", "(document)"),
    "replace": ("db", "coll", "key", "document"),
    "delete": ("db", "coll", "key"),
    "drop": ("db", "coll"),
    "rename": ("db", "coll", "to"),
    "dropDatabase": ("db",),
    "invalidate": (),
}


class DocumentdbFields(TypedDict, total=False):
    """What can be said of a change beside its document.

    Attributes:
        event: What happened: ``insert``, ``update``, ``replace``, ``delete``, ``drop``, ``rename``, ``dropDatabase`` or
            ``invalidate``.
        key: The document's ``_id``; default: the document's, or made of ``ids``.
        updated: The fields that an update has set.
        removed: The fields that an update has removed.
        truncated: The arrays that an update has cut: ``{"field": "lines", "newSize": 2}``.
        to: The new name of a renamed collection.
        token: The resume token; default: made of ``ids``.
        time: When it happened.
        ordinal: Which of the changes of that second it was.
        ids: Default: made of what the event carries.
    """

    event: Kind
    key: Payload
    updated: Mapping[str, object]
    removed: Sequence[str]
    truncated: Sequence[Mapping[str, object]]
    to: str
    token: str
    time: datetime
    ordinal: int
    ids: Ids


def documentdb(
    *documents: Payload,
    collection: str = "orders",
    database: str = "shop",
    cluster: str = "shop",
    region: str = REGION,
    account: str = ACCOUNT,
    **fields: Unpack[DocumentdbFields],
) -> JsonObject:
    """A batch of changes, in order.

    Args:
        documents: The whole documents after the changes, which are insertions unless ``event`` says otherwise: a dict or a
            model. Extended JSON (``{"$date": ...}``) is sent as it is; a document without ``_id`` gets one. What
            :func:`documentdb_record` made is taken as it is.
        collection: Its name.
        database: Its name.
        cluster: The cluster's identifier.
        region: Of the cluster.
        account: Of the cluster.
        fields: Of every change.

    Raises:
        ImpossibleEventError: DocumentDB has no such change, or Lambda no such batch.

    Reference:
        https://docs.aws.amazon.com/lambda/latest/dg/with-documentdb.html
    """
    split_records(documents, fields, "documentdb")
    check_name("documentdb(cluster=)", cluster, others="-", high=63)
    fields.setdefault("ids", Ids.of(database, collection, *documents))
    first = fields.pop("ordinal", 1)
    changes: list[JsonObject] = []
    for index, each in enumerate(documents):
        of_it: DocumentdbFields = {**fields, "ordinal": first + index}
        if not isinstance(each, Record):
            each = documentdb_record(each, collection=collection, database=database, **of_it)
        changes.append(dict(each))
    event: JsonObject = {
        "eventSourceArn": arn("rds", f"cluster:{cluster}", region, account),
        "events": [{"event": change} for change in changes],
        "eventSource": "aws:docdb",
    }
    return batch_of("documentdb", changes, event)


def documentdb_record(
    document: Payload = None,
    *,
    collection: str = "orders",
    database: str = "shop",
    **fields: Unpack[DocumentdbFields],
) -> Record:
    """One change, for :func:`documentdb`.

    Args:
        document: The whole document after it. An update tells it where the event source mapping says ``UpdateLookup``.
        collection: Its name.
        database: Its name.
        fields: All else.

    Raises:
        ImpossibleEventError: DocumentDB has no such change.

    Reference:
        https://docs.aws.amazon.com/documentdb/latest/developerguide/change_streams.html
    """
    check_length("documentdb(collection=)", collection, 1, 255)
    check_length("documentdb(database=)", database, 1, 63)
    event = fields.get("event", "insert")
    check_one_of("documentdb(event=)", event, TELLS)
    tells = TELLS[event]
    full = None if document is None else plain_object("documentdb(document)", document)
    _check(event, full, fields)
    ids = fields.get("ids") or Ids.of(database, collection, event, full)
    key = _key(full, fields, ids) if "key" in tells else None
    time = fields.get("time", MOMENT)
    return Record(
        without_none(
            _id={"_data": fields.get("token") or f"01{ids.hex()}"},
            clusterTime={"$timestamp": {"t": int(time.timestamp()), "i": fields.get("ordinal", 1)}},
            documentKey=None if key is None else {"_id": key},
            fullDocument=None if full is None else {"_id": key, **full},
            ns=without_none(db=database, coll=collection if "coll" in tells else None) if "db" in tells else None,
            to={"db": database, "coll": fields["to"]} if "to" in tells else None,
            operationType=event,
            updateDescription=_update(fields) if "update" in tells else None,
        )
    )


def _check(event: str, document: JsonObject | None, fields: DocumentdbFields) -> None:
    given = {
        "document": document is not None,
        "key": "key" in fields,
        "to": "to" in fields,
        "update": not {"updated", "removed", "truncated"}.isdisjoint(fields),
    }
    for name, is_given in given.items():
        if is_given and name not in TELLS[event] and f"({name})" not in TELLS[event]:
            raise impossible("documentdb(event=)", event, f"such a change has no {NAMES[name]}")
    for name in ("document", "to"):
        if name in TELLS[event] and not given[name]:
            raise impossible("documentdb(event=)", event, f"such a change has a {NAMES[name]}")


#: What messages call it.
NAMES = {"document": "document", "key": "document's key", "to": "new name (to=)", "update": "updated fields"}


def _key(document: JsonObject | None, fields: DocumentdbFields, ids: Ids) -> JsonValue:
    key = plain(fields["key"]) if "key" in fields else None
    if document is None or "_id" not in document:
        return {"$oid": ids.hex(24)} if key is None else key
    if key is not None and key != document["_id"]:
        raise impossible("documentdb(key=)", "another than the document's", "a document keeps its _id")
    return document["_id"]


def _update(fields: DocumentdbFields) -> JsonObject:
    found: JsonObject = {
        "updatedFields": plain_object("documentdb(updated=)", fields.get("updated", {})),
        "removedFields": [*fields.get("removed", ())],
    }
    if "truncated" in fields:
        found["truncatedArrays"] = plain([*fields["truncated"]])
    return found
