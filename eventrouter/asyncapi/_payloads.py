"""What the messages of a route hold: the type of the payload, wherever in the handler's annotations it stands."""

from __future__ import annotations

from importlib import import_module
from itertools import combinations
from typing import TYPE_CHECKING, Annotated, Any, Generic, Literal, TypeVar, Union

from pydantic import BaseModel, Field

from .._binding_payload import WINDOWED
from .._signature import EMPTY, is_union, strip_annotated, union_members, without_none
from .._validators import bases_of, class_key, literal_fields
from ..source import OfRecord

if TYPE_CHECKING:
    from ..routing import Route
    from ..source import Source

Item = TypeVar("Item")

#: Where a record's own model holds the payload. A source that is not here has none apart from the record.
_PAYLOAD_AT = {
    "apigw_websocket": ("body",),
    "cloudwatch_logs": ("message",),
    "documentdb": ("fullDocument",),
    "eventbridge": ("detail",),
    "eventbridge_schedule": ("detail",),
    "firehose": ("data",),
    "kafka": ("value",),
    "kinesis": ("kinesis", "data"),
    "mq_active": ("data",),
    "mq_rabbit": ("data",),
    "sns": ("Sns", "Message"),
    "sqs": ("body",),
}
#: Where an event's model holds the records.
_RECORDS_AT = {
    "cloudwatch_logs": ("logEvents",),
    "documentdb": ("events", "event"),
    "firehose": ("records",),
    "kafka": ("records",),
    "kinesis": ("Records",),
    "mq_active": ("messages",),
    "mq_rabbit": ("rmqMessagesByQueue",),
    "sns": ("Records",),
    "sqs": ("Records",),
}
#: Sources that hand over JSON of any kind, which nothing describes unless the handler does.
_ANYTHING = ("codepipeline_job", "direct")


class Change(BaseModel, Generic[Item]):
    """A change of an item, the items as plain JSON: the stream itself writes the type of every attribute beside it."""

    kind: Literal["INSERT", "MODIFY", "REMOVE"]
    old: Item | None = None
    new: Item | None = None
    keys: dict[str, Any] = Field(default_factory=dict)


def payload_of(route: Route, source: Source) -> Any:
    """The annotation that says what a message holds; ``EMPTY`` where nothing does.

    Args:
        route: The route; of one with ``via=`` the payload is that of the inner event.
        source: The first of the sources that it listens to.
    """
    plan = route.plan
    if plan.payload is not EMPTY:
        # None stands for the record that the last call of a window has not.
        return without_none(plan.payload)[0] if plan.window and source.name in WINDOWED else plan.payload
    if source.name == "dynamodb":
        return _change(plan.model)
    if source.name in _PAYLOAD_AT:
        return _inside(plan.model, source.name)
    if source.name in _ANYTHING and plan.model is EMPTY:
        return EMPTY
    return _whole(route, source)


def cases_of(annotation: Any) -> list[Any]:
    """The types of which a message is exactly one: the members of a union that are told apart, and None."""
    bare, metadata = strip_annotated(annotation)
    if not is_union(bare):
        return [annotation]
    members = union_members(bare)
    rest = [member for member in members if member is not type(None)]
    nothing = [type(None)] if len(rest) < len(members) else []
    if len(rest) > 1 and _are_told_apart(rest, metadata):
        return [case for member in rest for case in cases_of(member)] + nothing
    if not nothing:
        return [annotation]
    alone: Any = Union[tuple(rest)]  # noqa: UP007 - made of values
    return [*cases_of(Annotated[(alone, *metadata)] if metadata else alone), *nothing]


def _are_told_apart(members: list[Any], metadata: tuple[object, ...]) -> bool:
    """Whether a discriminator, or a required ``Literal`` field with other values in each, says which member it is."""
    if any(getattr(each, "discriminator", None) is not None for each in metadata):
        return True
    fields = [literal_fields(strip_annotated(member)[0]) for member in members]
    shared = set.intersection(*(set(each) for each in fields))
    return any(
        all(not set(map(repr, one[key])) & set(map(repr, other[key])) for one, other in combinations(fields, 2))
        for key in shared
    )


def _change(model: Any) -> Any:
    """``Change[T]`` of a handler that takes one, or a record with items of ``T``."""
    from ..models.dynamodb import Change as Taken, DynamoDBRecord, _item_of

    item: Any = dict[str, Any]
    if any(base is Taken for base in bases_of(model)):
        item = _item_of(model)
    elif isinstance(model, type) and issubclass(model, DynamoDBRecord):
        item = without_none(_at(model, ("dynamodb", "NewImage")))[0]
    return Change[item]


def _inside(model: Any, label: str) -> Any:
    """The payload's type in a record's model, or in that of an event with records."""
    path = _PAYLOAD_AT[label]
    found = _at(model, path)
    return found if found is not EMPTY else _at(model, (*_RECORDS_AT.get(label, ()), *path))


def _at(model: Any, path: tuple[str, ...]) -> Any:
    """The annotation of a field of a field; ``EMPTY`` where there is none, or one of Powertools' that says nothing."""
    found = model
    for step in path:
        found = _element(found)
        field = getattr(found, "model_fields", {}).get(step)
        if field is None or _owner(found, step).startswith("aws_lambda_powertools."):
            return EMPTY
        # How the field is encoded in the record is no part of what it holds.
        metadata = [each for each in field.metadata if not _is_encoding(each)]
        found = Annotated[(field.annotation, *metadata)] if metadata else field.annotation
    return found


def _owner(model: type, field: str) -> str:
    """The module of the class that declares *field*."""
    return next(base.__module__ for base in model.__mro__ if field in vars(base).get("__annotations__", {}))


def _element(annotation: Any) -> Any:
    """What a list, or a mapping to lists, holds in the end; of anything else it itself."""
    while (arguments := getattr(strip_annotated(annotation)[0], "__args__", ())) and not isinstance(annotation, type):
        annotation = arguments[-1]
    return annotation


def _is_encoding(metadata: object) -> bool:
    cls = metadata if isinstance(metadata, type) else type(metadata)
    return cls.__module__.startswith("eventrouter.models.") or class_key(cls) == "pydantic.types:Json"


def _whole(route: Route, source: Source) -> Any:
    """The model of the record, of a source whose records hold no payload of their own."""
    model = route.plan.model
    roles = [source.types.get(class_key(base)) for base in bases_of(model)]
    is_record = "record" in roles or any(isinstance(role, OfRecord) for role in roles)
    ours = next((key for key, role in source.types.items() if role == "record" and key.startswith("eventrouter.")), "")
    if hasattr(model, "model_fields") and (is_record or not ours):
        return model
    key = ours or source.model
    if key is None or len(route.pattern.sources) > 1:
        return EMPTY
    module, _, name = key.partition(":")
    return getattr(import_module(module), name)
