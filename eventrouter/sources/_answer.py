"""Shared by the sources that are answered with one value in a shape of their own."""

from __future__ import annotations

from ..errors import ReplyError
from ._batch import raise_failed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..source import Outcome
    from ..types import JsonValue


def only_result(outcome: Outcome) -> object:
    """What the handler of a single event returned; its failure is raised unchanged."""
    raise_failed(outcome)
    return outcome.results.get(0)


def refused(trigger: str, value: object, wanted: str) -> ReplyError:
    """The error for a return value that *trigger* cannot be answered with: its type is named, never its content."""
    came = "None" if value is None else f"a {type(value).__name__}"
    return ReplyError(f"{trigger} cannot be answered with {came}: return {wanted}")


def as_object(value: object) -> dict[str, JsonValue] | None:
    """*value* as a JSON object: a dict as it is, a model or dataclass as its fields; None if it is none of them."""
    if isinstance(value, dict):
        return value
    if hasattr(type(value), "model_dump") or hasattr(type(value), "__dataclass_fields__"):
        from .._json import to_plain

        plain = to_plain(value)
        return plain if isinstance(plain, dict) else None
    return None
