"""JSON Schemas of annotations, of many at once: each model has one name in all of them, however often it is met."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter
from pydantic.errors import PydanticInvalidForJsonSchema
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, JsonSchemaWarningKind

from ._validators import adapter_for
from .errors import RegistrationError

if TYPE_CHECKING:
    from .types import JsonObject


class NoJsonSchemaError(RegistrationError):
    """pydantic has no JSON Schema for an annotation.

    Attributes:
        index: The annotation's place in what was asked for, so that who asked can say where it stands.
        reason: What pydantic says.
    """

    def __init__(self, index: int, reason: str) -> None:
        self.index = index
        self.reason = reason
        super().__init__(index, reason)  # both in args: copies and pickles intact

    def __str__(self) -> str:
        return f"{self.reason}: give it one with pydantic's WithJsonSchema"


class _Generator(GenerateJsonSchema):
    # A default that is no JSON value is left out, about which nobody can do anything.
    ignored_warning_kinds: set[JsonSchemaWarningKind] = {"skipped-choice", "non-serializable-default"}  # noqa: RUF012


def json_schemas(
    wanted: Sequence[tuple[Any, JsonSchemaMode]], *, ref_template: str
) -> tuple[list[JsonObject], dict[str, JsonObject]]:
    """The JSON Schema (2020-12, as pydantic writes it) of every annotation.

    Args:
        wanted: Pairs of an annotation and ``"validation"`` (what is taken) or ``"serialization"`` (what is given). A model
            that looks different in the two has two names, which end in ``-Input`` and ``-Output``.
        ref_template: What a reference to a definition looks like: ``"#/components/schemas/{model}"``.

    Returns:
        A schema for each annotation, in their order, and the definitions that they refer to, by name. Names consist of
        ``A-Z a-z 0-9 . - _`` and are those of the classes; where two classes share a name, with their modules before it.

    Raises:
        NoJsonSchemaError: pydantic has none for one of them.

    Reference:
        https://docs.pydantic.dev/latest/concepts/json_schema/
    """
    adapters = [(index, mode, adapter_for(annotation)) for index, (annotation, mode) in enumerate(wanted)]
    for index, mode, adapter in adapters:
        # All at once, pydantic does not say which of them it was.
        try:
            adapter.json_schema(mode=mode, schema_generator=_Generator)
        except PydanticInvalidForJsonSchema as error:
            raise NoJsonSchemaError(index, str(error).splitlines()[0]) from None
    found, shared = TypeAdapter.json_schemas(adapters, ref_template=ref_template, schema_generator=_Generator)
    return [found[index, mode] for index, mode, _ in adapters], shared.get("$defs", {})
