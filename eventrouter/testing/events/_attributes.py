"""Plain Python as attributes of Amazon DynamoDB: ``{"id": 7}`` is ``{"id": {"N": "7"}}``.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from decimal import Context, Decimal, Inexact
from enum import Enum
from typing import Any

from ._made import encoded, impossible, plain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...types import JsonObject

#: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
MAX_ITEM = 400 * 1024
MAX_DEPTH = 32
#: The powers of ten of its numbers.
EXPONENTS = range(-130, 126)
_EXACT = Context(prec=38, traps=[Inexact])


def item(argument: str, value: object) -> JsonObject:
    """An item, or a key: a dict, a model, a dataclass.

    Raises:
        ImpossibleEventError: DynamoDB has no such item.
    """
    ((kind, found),) = attribute(argument, value, 0).items()
    if kind != "M":
        raise impossible(argument, type(value).__name__, "an item has named attributes: pass a dict or a model")
    size = size_of_item(found)
    if size > MAX_ITEM:
        raise impossible(argument, f"an item of {size} bytes", f"an item has at most {MAX_ITEM} bytes")
    return dict(found)


def attribute(argument: str, value: Any, depth: int) -> JsonObject:
    """One attribute, *depth* levels below its item."""
    if isinstance(value, Enum):
        value = value.value
    if value is None:
        return {"NULL": True}
    if isinstance(value, bool):
        return {"BOOL": value}
    if isinstance(value, str):
        return {"S": value}
    if isinstance(value, int | float | Decimal):
        return {"N": _number(argument, value)}
    if isinstance(value, bytes | bytearray | memoryview):
        return {"B": encoded(value)}
    if isinstance(value, set | frozenset):
        return _set(argument, value)
    if depth > MAX_DEPTH:
        raise impossible(argument, type(value).__name__, f"an item nests {MAX_DEPTH} levels deep at most")
    if isinstance(value, Mapping):
        return {"M": {_name(argument, name): attribute(argument, each, depth + 1) for name, each in value.items()}}
    if isinstance(value, list | tuple):
        return {"L": [attribute(argument, each, depth + 1) for each in value]}
    if hasattr(value, "model_dump"):
        return attribute(argument, value.model_dump(by_alias=True), depth)
    if is_dataclass(value):
        return attribute(argument, {field.name: getattr(value, field.name) for field in fields(value)}, depth)
    return attribute(argument, plain(value), depth)


def _name(argument: str, name: object) -> str:
    if not isinstance(name, str) or not name:
        raise impossible(argument, name, "an attribute's name is a str, and not empty")
    return name


def _number(argument: str, value: float | Decimal) -> str:
    """A number as DynamoDB writes it: exact, without zeros at its end."""
    number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    if not number.is_finite() or (number and number.adjusted() not in EXPONENTS):
        raise impossible(argument, type(value).__name__, "a number is finite, and from 1E-130 to 9.9E+125")
    if not number:
        return "0"
    try:
        return f"{_EXACT.normalize(number):f}"
    except Inexact:
        raise impossible(argument, type(value).__name__, "a number has at most 38 digits") from None


def _set(argument: str, values: Iterable[object]) -> JsonObject:
    attributes = [attribute(argument, each, MAX_DEPTH) for each in values]
    kinds = {kind for each in attributes for kind in each}
    if len(kinds) != 1 or not kinds <= {"S", "N", "B"}:
        raise impossible(argument, type(values).__name__, "a set is not empty, and all text, all numbers or all bytes")
    (kind,) = kinds
    # In the same order in every run, which a set of Python's is not.
    return {f"{kind}S": sorted(each[kind] for each in attributes)}


def size_of_item(found: Mapping[str, Any]) -> int:
    """Bytes, as DynamoDB counts them.

    Reference:
        https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
    """
    return sum(len(name.encode()) + _size(each) for name, each in found.items())


def _size(found: JsonObject) -> int:
    ((kind, value),) = found.items()
    match kind:
        case "M":
            return 3 + size_of_item(value) + len(value)
        case "L":
            return 3 + sum(map(_size, value)) + len(value)
        case "SS" | "NS" | "BS":
            return sum(_size({kind[0]: each}) for each in value)
        case "S" | "B" | "N":
            return _size_of_scalar(kind, value)
    return 1


def _size_of_scalar(kind: str, text: str) -> int:
    if kind == "S":
        return len(text.encode())
    if kind == "B":
        return len(text) // 4 * 3 - text.count("=")
    digits = len(Decimal(text).normalize(_EXACT).as_tuple().digits)
    return (digits + 1) // 2 + 1 + text.startswith("-")
