"""Changes of an Amazon DynamoDB table, as its stream tells them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Literal, TypeAlias, TypedDict, Unpack

from ._attributes import item, size_of_item
from ._made import (
    ACCOUNT,
    MOMENT,
    REGION,
    Ids,
    Payload,
    Record,
    arn,
    batch_of,
    check_name,
    check_one_of,
    impossible,
    split_records,
    without_none,
)
from ._stream import Unnumbered, check_number, in_order

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...types import JsonObject

Kind: TypeAlias = Literal["INSERT", "MODIFY", "REMOVE"]
View: TypeAlias = Literal["NEW_AND_OLD_IMAGES", "NEW_IMAGE", "OLD_IMAGE", "KEYS_ONLY"]

#: How long sequence numbers are: 21 to 40 digits.
#: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_StreamRecord.html
DIGITS = 24
#: What there is of an item after a change of each kind.
IMAGES = {"INSERT": ("new",), "MODIFY": ("new", "old"), "REMOVE": ("old",)}
#: What streams tell of it.
VIEWS = {"NEW_AND_OLD_IMAGES": ("new", "old"), "NEW_IMAGE": ("new",), "OLD_IMAGE": ("old",), "KEYS_ONLY": ()}


class DynamodbFields(TypedDict, total=False):
    """What can be said of a change beside its item.

    Attributes:
        key: The names of the item's key: one, or two with the sort key. Default: ``"id"``.
        view: What the stream tells of items; what it does not tell is left out of the record.
        expired: The item's time to live was over, and DynamoDB removed it.
        event_id: Default: made of ``ids``.
        sequence_number: Of the first change; each later one's is one more. Default: made of ``ids``.
        created: When it happened; DynamoDB tells whole seconds.
        stream_created: When the stream was switched on, which its ARN tells.
        size: Bytes of the record; default: counted.
        region: Of the table.
        account: Of the table.
        ids: Default: made of what the event carries.
    """

    key: str | Sequence[str]
    view: View
    expired: bool
    event_id: str
    sequence_number: str
    created: datetime
    stream_created: datetime
    size: int
    region: str
    account: str
    ids: Ids


def dynamodb(*items: Payload, table: str = "orders", **fields: Unpack[DynamodbFields]) -> JsonObject:
    """A batch of changes of one table, in order.

    Args:
        items: New items, each an insertion: plain Python, or models. Numbers (``Decimal`` too) become ``N``, bytes ``B``,
            sets ``SS``, ``NS`` or ``BS``. Every other change is made by :func:`dynamodb_record`.
        table: Its name.
        fields: Of every change.

    Raises:
        ImpossibleEventError: DynamoDB has no such change, or Lambda no such batch.

    Reference:
        https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html
    """
    split_records(items, fields, "dynamodb")
    first = fields.pop("sequence_number", None)
    if first is not None:
        check_number("dynamodb(sequence_number=)", first)
    images = [each if isinstance(each, Record) else item("dynamodb(items)", each) for each in items]
    ids = fields.setdefault("ids", Ids.of(table, *images))
    made = [each if isinstance(each, Record) else _change({"new": each}, None, None, table, fields) for each in images]
    records = in_order(made, first, ids, DIGITS, _numbered)
    if len({(record["eventSourceARN"], record["dynamodb"]["StreamViewType"]) for record in records}) > 1:
        raise impossible("dynamodb()", "changes of several", "a batch is from one stream, which tells one view")
    return batch_of("dynamodb", records, {"Records": records})


def dynamodb_record(
    new: Payload = None,
    old: Payload = None,
    *,
    keys: Payload = None,
    kind: Kind | None = None,
    table: str = "orders",
    **fields: Unpack[DynamodbFields],
) -> Record:
    """One change, for :func:`dynamodb`.

    Args:
        new: The item after it: alone, it has been inserted; beside *old*, modified.
        old: The item before: alone, it has been removed.
        keys: The item's key; default: taken out of the item, by the names in ``key``.
        kind: What happened; default: as the items tell. Needed where the stream tells neither.
        table: Its name.
        fields: All else.

    Raises:
        ImpossibleEventError: DynamoDB has no such change.

    Reference:
        https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_Record.html
    """
    given = {
        name: item(f"dynamodb_record({name}=)", value)
        for name, value in (("new", new), ("old", old))
        if value is not None
    }
    return _change(given, None if keys is None else item("dynamodb_record(keys=)", keys), kind, table, fields)


def _change(
    given: Mapping[str, JsonObject], keys: JsonObject | None, kind: Kind | None, table: str, fields: DynamodbFields
) -> Record:
    check_name("dynamodb(table=)", table, others="_-.", low=3, high=255)
    view, expired = fields.get("view", "NEW_AND_OLD_IMAGES"), fields.get("expired", False)
    check_one_of("dynamodb(view=)", view, VIEWS)
    kind = kind or _kind_of(given)
    _check_images(given, kind, view)
    if expired and kind != "REMOVE":
        raise impossible("dynamodb(expired=)", kind, "only a removal is DynamoDB's own: pass old= alone")
    key = _key(given, keys, fields.get("key", "id"))
    images = {name: image for name, image in given.items() if name in VIEWS[view]}
    ids = fields.get("ids") or Ids.of(table, kind, key, images)
    region = fields.get("region", REGION)
    record = Record(
        eventID=fields.get("event_id") or ids.hex(),
        eventName=kind,
        eventVersion="1.1",
        eventSource="aws:dynamodb",
        awsRegion=region,
        dynamodb=without_none(
            ApproximateCreationDateTime=float(int(fields.get("created", MOMENT).timestamp())),
            Keys=key,
            NewImage=images.get("new"),
            OldImage=images.get("old"),
            SizeBytes=fields.get("size", size_of_item(key) + sum(map(size_of_item, images.values()))),
            StreamViewType=view,
        ),
        eventSourceARN=arn("dynamodb", _stream(table, fields), region, fields.get("account", ACCOUNT)),
    )
    if expired:
        record["userIdentity"] = {"type": "Service", "principalId": "dynamodb.amazonaws.com"}
    number = fields.get("sequence_number")
    if number is None:
        return Unnumbered(_numbered(record, ids.number(DIGITS)))
    check_number("dynamodb(sequence_number=)", number)
    return Record(_numbered(record, number))


def _kind_of(given: Mapping[str, JsonObject]) -> Kind:
    if not given:
        raise impossible(
            "dynamodb_record()", "no item", "a change is of an item: pass new= or old=, or keys= and kind="
        )
    if len(given) == 2:
        return "MODIFY"
    return "INSERT" if "new" in given else "REMOVE"


def _check_images(given: Mapping[str, JsonObject], kind: Kind, view: View) -> None:
    check_one_of("dynamodb_record(kind=)", kind, IMAGES)
    for name in given:
        if name not in IMAGES[kind]:
            raise impossible("dynamodb_record(kind=)", kind, f"such a change has no {name} item")
    for name in VIEWS[view]:
        if name in IMAGES[kind] and name not in given:
            raise impossible(
                "dynamodb_record(kind=)", kind, f"a stream of {view} has the {name} item of it: pass {name}="
            )
    if len(given) == 2 and given["new"] == given["old"]:
        raise impossible("dynamodb_record(new, old)", "two equal items", "what changes nothing is not in the stream")


def _key(given: Mapping[str, JsonObject], keys: JsonObject | None, names: str | Sequence[str]) -> JsonObject:
    """The item's key, which all there is of the item has."""
    names = [names] if isinstance(names, str) else names
    for image in given.values():
        found = {name: image[name] for name in (names if keys is None else keys) if name in image}
        if len(found) < len(names) and keys is None:
            raise impossible("dynamodb(key=)", ", ".join(names), "an item has its key: name the attributes that are it")
        keys = found if keys is None else keys
        if found != keys:
            raise impossible("dynamodb_record(keys=)", ", ".join(keys), "an item has its key, and keeps it")
    if keys is None:
        raise impossible("dynamodb_record()", "no key", "a change has the item's key: pass keys=")
    if not 1 <= len(keys) <= 2:
        raise impossible("dynamodb(key=)", ", ".join(keys), "a key is one attribute, or two with the sort key")
    if any(kind not in ("S", "N", "B") or not value for kind, value in _values(keys)):
        raise impossible("dynamodb(key=)", ", ".join(keys), "a key is text, a number or bytes, and not empty")
    return keys


def _values(keys: JsonObject) -> list[tuple[str, object]]:
    return [pair for each in keys.values() for pair in each.items()]


def _stream(table: str, fields: DynamodbFields) -> str:
    since = fields.get("stream_created", MOMENT).astimezone(UTC).replace(tzinfo=None)
    return f"table/{table}/stream/{since.isoformat(timespec='milliseconds')}"


def _numbered(record: Record, number: str) -> JsonObject:
    return {**record, "dynamodb": {**record["dynamodb"], "SequenceNumber": number}}
