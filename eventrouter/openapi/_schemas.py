"""Schemas of a document under construction: asked for one by one, and made all at once, so that names are shared."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .._schemas import NoJsonSchemaError, json_schemas
from ..errors import RegistrationError

if TYPE_CHECKING:
    from pydantic.json_schema import JsonSchemaMode

    from ..types import JsonObject

_TEMPLATE = "#/components/schemas/{model}"


class Schemas:
    """Gives out empty schemas, which :meth:`finish` fills."""

    def __init__(self) -> None:
        self._wanted: list[tuple[Any, JsonSchemaMode]] = []
        self._given: list[JsonObject] = []
        self._where: list[str] = []

    def taken(self, annotation: Any, where: str) -> JsonObject:
        """The schema of what clients send; *where* it stands is for messages."""
        return self._schema(annotation, "validation", where)

    def sent(self, annotation: Any, where: str) -> JsonObject:
        """The schema of what clients are sent."""
        return self._schema(annotation, "serialization", where)

    def finish(self) -> dict[str, JsonObject]:
        """Fill every schema that was given out.

        Returns:
            The definitions that they refer to.

        Raises:
            RegistrationError: There is no JSON Schema for a type; the message says where it stands.
        """
        try:
            found, definitions = json_schemas(self._wanted, ref_template=_TEMPLATE)
        except NoJsonSchemaError as error:
            raise RegistrationError(f"{self._where[error.index]}: {error}") from None
        for given, schema in zip(self._given, found, strict=True):
            given.update({**schema, **given})
        return definitions

    def _schema(self, annotation: Any, mode: JsonSchemaMode, where: str) -> JsonObject:
        given: JsonObject = {}
        self._wanted.append((annotation, mode))
        self._where.append(where)
        self._given.append(given)
        return given
