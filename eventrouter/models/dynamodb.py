"""Amazon DynamoDB changes, typed: items as plain Python, and as a model of them.

Powertools' models are kept, but read an image that is null, and binary values as bytes.

https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_StreamRecord.html
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Generic, Literal, get_args, get_origin

from aws_lambda_powertools.utilities.parser.models import dynamodb as powertools
from pydantic import ConfigDict, Field, field_validator
from pydantic_core import PydanticCustomError
from typing_extensions import TypeVar

from ._extract import extractor
from ._fields import Model, Raw, decode_base64
from ._shard import Windowed

if TYPE_CHECKING:
    from ..context import Invocation
    from ..source import Extractor
    from ..types import JsonObject, Record

Item = TypeVar("Item", default=dict[str, Any])

#: Items nest 32 levels: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
MAX_DEPTH = 32
#: The powers of ten of DynamoDB's numbers. A greater one would cost gigabytes as an integer.
EXPONENTS = range(-130, 126)

TOLERANT = ConfigDict(extra="allow", populate_by_name=True, defer_build=True)


def plain_item(value: Any) -> Any:
    """An item of DynamoDB's attributes as plain Python: numbers are ``Decimal``, sets are sets, binaries ``bytes``.

    What is no object passes, for the next validator to judge.
    """
    if not isinstance(value, dict):
        return value
    return {name: _plain(attribute, 1) for name, attribute in value.items()}


def _plain(attribute: Any, depth: int) -> Any:
    try:
        ((kind, value),) = attribute.items()
        if kind == "M" and depth <= MAX_DEPTH:
            return {name: _plain(each, depth + 1) for name, each in value.items()}
        if kind == "L" and depth <= MAX_DEPTH:
            return [_plain(each, depth + 1) for each in _list(value)]
        return READERS[kind](value)
    except (AttributeError, KeyError, TypeError, ValueError):
        raise PydanticCustomError("dynamodb_attribute", "Value should be an item of DynamoDB attributes") from None


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    raise TypeError


def _number(value: object) -> Decimal:
    try:
        number = Decimal(_text(value))
    except InvalidOperation:
        raise ValueError from None
    if not number.is_finite() or number.adjusted() not in EXPONENTS:
        raise ValueError
    return number


def _binary(value: object) -> object:
    return decode_base64(_text(value))


def _truth(value: object) -> bool:
    if isinstance(value, bool):
        return value
    raise TypeError


def _nothing(value: object) -> None:
    return None


def _list(value: object) -> list[Any]:
    if isinstance(value, list):
        return value
    raise TypeError


def _set_of(read: Callable[[object], object]) -> Callable[[object], set[object]]:
    return lambda values: {read(value) for value in _list(values)}


#: How the value of an attribute is read, by the attribute's type.
READERS: dict[str, Callable[[object], object]] = {
    "S": _text,
    "N": _number,
    "B": _binary,
    "BOOL": _truth,
    "NULL": _nothing,
    "SS": _set_of(_text),
    "NS": _set_of(_number),
    "BS": _set_of(_binary),
}


class DynamoDBUserIdentity(Model):
    """Who deleted the item: ``dynamodb.amazonaws.com`` where its time to live was over."""

    type: str | None = None
    principalId: str | None = None


class DynamoDBChangedRecord(powertools.DynamoDBStreamChangedRecordModel, Generic[Item]):
    """What changed. ``NewImage`` and ``OldImage`` are of ``Item``; a stream of keys alone has neither."""

    model_config = TOLERANT

    ApproximateCreationDateTime: datetime | None = None
    Keys: dict[str, Any] = Field(default_factory=dict)
    NewImage: Item | None = None  # type: ignore[assignment]
    OldImage: Item | None = None  # type: ignore[assignment]
    SequenceNumber: str | None = None  # type: ignore[assignment]
    SizeBytes: int | None = None  # type: ignore[assignment]
    StreamViewType: str | None = None  # type: ignore[assignment]

    @field_validator("Keys", "NewImage", "OldImage", mode="before")
    @classmethod
    def deserialize_field(cls, value: Any) -> Any:
        """Takes the place of Powertools' own, which fails on null and leaves binary values as base64."""
        return plain_item(value)


class DynamoDBRecord(Raw, powertools.DynamoDBStreamRecordModel, Generic[Item]):
    """One change: ``record.eventName``, ``record.dynamodb.NewImage``."""

    model_config = TOLERANT

    eventID: str | None = None  # type: ignore[assignment]
    eventVersion: str | None = None  # type: ignore[assignment]
    awsRegion: str | None = None  # type: ignore[assignment]
    dynamodb: DynamoDBChangedRecord[Item]
    userIdentity: DynamoDBUserIdentity | None = None  # type: ignore[assignment]


class DynamoDBEvent(Windowed, Generic[Item]):
    """The changes of a batch, with the state of a tumbling window if the stream has one."""

    Records: Sequence[DynamoDBRecord[Item]]


class Change(Generic[Item]):
    """One change of an item, typed: what most handlers want of a record.

    Attributes:
        kind: What happened.
        old: The item before; None for an insertion, and where the stream has no old images.
        new: The item after; None for a removal, and where the stream has no new images.
        keys: The item's key, as plain Python.
        record: The record as it was delivered.
    """

    __slots__ = ("keys", "kind", "new", "old", "record")

    def __init__(
        self,
        *,
        kind: Literal["INSERT", "MODIFY", "REMOVE"],
        old: Item | None = None,
        new: Item | None = None,
        keys: dict[str, Any] | None = None,
        record: JsonObject | None = None,
    ) -> None:
        self.kind: Literal["INSERT", "MODIFY", "REMOVE"] = kind
        self.old = old
        self.new = new
        self.keys = keys or {}
        self.record = record or {}

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.kind}>"


def change_of(annotation: Any) -> Extractor:
    """Make the :class:`Change` that *annotation* says, which may be a subclass, from a record."""
    model_of: Any = DynamoDBRecord
    make = extractor(
        model_of[_item_of(annotation)],
        "dynamodb record",
        lambda invocation, record: record,
        lambda invocation, record: record,
    )
    build = get_origin(annotation) or annotation

    def extract(invocation: Invocation, record: Record) -> object:
        model: Any = make(invocation, record)
        found = model.dynamodb
        return build(kind=model.eventName, old=found.OldImage, new=found.NewImage, keys=found.Keys, record=record)

    return extract


def _item_of(annotation: Any) -> Any:
    """The ``T`` of ``Change[T]``, or of the ``Change[T]`` that a class is made from."""
    for candidate in (annotation, *getattr(annotation, "__orig_bases__", ())):
        if get_origin(candidate) is not None and issubclass(get_origin(candidate), Change):
            return get_args(candidate)[0]
    return dict[str, Any]
