"""Values from outside, validated: pydantic's compiled validators, built once per annotation, imported when first needed."""

from __future__ import annotations

import sys

from .errors import RegistrationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from pydantic import TypeAdapter

    from .types import JsonObject

#: The scalars that a query, header or path parameter may be without a marker, by where they are defined.
_SCALARS = frozenset(
    {"decimal.Decimal", "uuid.UUID", "datetime.datetime", "datetime.date", "datetime.time", "datetime.timedelta"}
)


class NoSchemaError(RegistrationError):
    """pydantic cannot validate an annotation; who knows where that stands says so."""


def validator_for(annotation: Any) -> Any:
    """The compiled validator of *annotation*: ``validate_json``, ``validate_python``, ``validate_strings``.

    Raises:
        NoSchemaError: pydantic has no schema for it.
    """
    return adapter_for(annotation).validator


def adapter_for(annotation: Any) -> TypeAdapter[Any]:
    """Validator and serializer of *annotation*.

    Raises:
        NoSchemaError: pydantic has no schema for it.
    """
    from pydantic import TypeAdapter
    from pydantic.errors import PydanticSchemaGenerationError, PydanticUndefinedAnnotation, PydanticUserError

    try:
        adapter: TypeAdapter[Any] = TypeAdapter(annotation)
        # Models may ask to be built late; a handler's are built when it is registered.
        adapter.rebuild()
        return adapter
    except (PydanticSchemaGenerationError, PydanticUndefinedAnnotation, PydanticUserError) as error:
        raise NoSchemaError(f"{annotation!r} cannot be validated: {str(error).splitlines()[0]}") from None


def problems_of(error: Exception, *prefix: str | int) -> list[JsonObject]:
    """What did not validate, without the input, each location starting with *prefix*."""
    from ._validation import problems

    found = problems(error)  # type: ignore[arg-type]
    return [{**problem, "loc": [*prefix, *problem["loc"]]} for problem in found] if prefix else found


def validation_error() -> type[Exception]:
    """pydantic's ``ValidationError``; only code that already loaded pydantic asks."""
    from pydantic_core import ValidationError

    return ValidationError


def is_scalar(annotation: object) -> bool:
    """Whether a parameter of this type comes from the query string when nothing else says so."""
    from ._signature import is_union, strip_annotated, union_members

    annotation, _ = strip_annotated(annotation)
    if is_union(annotation):
        members = [member for member in union_members(annotation) if member is not type(None)]
        return bool(members) and all(is_scalar(member) for member in members)
    if hasattr(annotation, "__supertype__"):  # NewType
        return is_scalar(annotation.__supertype__)
    if _is_literal(annotation):
        return True
    if not isinstance(annotation, type) or hasattr(annotation, "__origin__"):
        return False
    if issubclass(annotation, str | int | float):
        return True
    enum = sys.modules.get("enum")
    if enum is not None and issubclass(annotation, enum.Enum):
        return True
    if annotation.__module__ == "pydantic.networks":
        return True
    return any(f"{base.__module__}.{base.__qualname__}" in _SCALARS for base in annotation.__mro__)


def is_sequence_of_scalars(annotation: object) -> bool:
    """Whether it is ``list[int]`` and the like: several values of one name."""
    origin = getattr(annotation, "__origin__", annotation)
    if origin not in (list, set, frozenset, tuple):
        return False
    return all(argument is Ellipsis or is_scalar(argument) for argument in getattr(annotation, "__args__", ()))


def class_key(cls: type) -> str:
    return f"{cls.__module__}:{cls.__qualname__}"


def bases_of(annotation: object) -> tuple[type, ...]:
    """The classes of an annotation, nearest first; of ``Thing[X]`` those of ``Thing``."""
    origin = getattr(annotation, "__origin__", None)
    cls = annotation if isinstance(annotation, type) else origin
    return getattr(cls, "__mro__", ())


def from_strings(annotation: object) -> Callable[[str], object] | None:
    """A function from the text of a scalar to its value, or None where the text itself is the value."""
    if annotation is str:
        return None
    validator = validator_for(annotation)
    if _is_literal(annotation):
        # pydantic takes no "1" for Literal[1].
        numbers = {str(value): value for value in _literal_values(annotation) if type(value) is int}
        return lambda text: validator.validate_python(numbers.get(text, text))
    plain = annotation in (int, float, bool)
    return validator.validate_python if plain else validator.validate_strings  # type: ignore[no-any-return]


def literal_fields(annotation: object) -> dict[str, tuple[object, ...]]:
    """The required ``Literal`` fields of a model or TypedDict: key to allowed values. They choose among several handlers."""
    from ._signature import strip_annotated

    found: dict[str, tuple[object, ...]] = {}
    fields = getattr(annotation, "model_fields", None) or getattr(annotation, "__pydantic_fields__", None)
    if isinstance(annotation, type) and isinstance(fields, dict):
        for name, field in fields.items():
            values = _literal_values(field.annotation)
            if values and field.is_required():
                alias = field.validation_alias if isinstance(field.validation_alias, str) else field.alias
                found[alias or name] = values
    elif isinstance(annotation, type) and hasattr(annotation, "__required_keys__"):
        from typing import get_type_hints

        for name, hint in get_type_hints(annotation, include_extras=True).items():
            values = _literal_values(strip_annotated(hint)[0])
            if values and name in annotation.__required_keys__:
                found[name] = values
    return found


def _literal_values(annotation: object) -> tuple[object, ...]:
    return tuple(annotation.__args__) if _is_literal(annotation) else ()  # type: ignore[attr-defined]


def _is_literal(annotation: object) -> bool:
    return str(getattr(annotation, "__origin__", "")) == "typing.Literal"
