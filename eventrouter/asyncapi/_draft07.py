"""JSON Schemas as AsyncAPI 3.0 has them: a superset of draft-07, where pydantic writes 2020-12.

https://www.asyncapi.com/docs/reference/specification/v3.0.0#schemaObject
https://json-schema.org/draft-07/json-schema-release-notes
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..types import JsonObject, JsonValue

#: Keywords whose value is a schema, a list of schemas, or an object of schemas.
_ONE = (
    "additionalItems",
    "additionalProperties",
    "contains",
    "contentSchema",
    "else",
    "if",
    "not",
    "propertyNames",
    "then",
)
_LISTS = ("allOf", "anyOf", "oneOf")
_OBJECTS = ("definitions", "patternProperties", "properties")


def draft07(schema: JsonValue) -> JsonValue:
    """*schema* with what differs between the two drafts put the older way."""
    if not isinstance(schema, dict):
        return schema
    found: JsonObject = {key: _converted(key, value) for key, value in schema.items() if key != "discriminator"}
    if "prefixItems" in schema:
        rest = found.pop("items", None)
        found["items"] = found.pop("prefixItems")
        if rest is not None:
            found["additionalItems"] = rest
    if "$ref" in found and len(found) > 1:
        # Draft-07 ignores what stands beside a reference.
        found["allOf"] = [{"$ref": found.pop("$ref")}, *found.get("allOf", [])]
    return found


def _converted(key: str, value: JsonValue) -> JsonValue:
    convert: Callable[[Any], Any] = draft07
    if key in _OBJECTS:
        return {name: convert(each) for name, each in value.items()}
    if key in _LISTS or key == "prefixItems" or (key == "items" and isinstance(value, list)):
        return [convert(each) for each in value]
    return convert(value) if key in _ONE or key == "items" else value
