"""Values made to measure: one that a type takes, one that a pattern takes, a name that a route asks for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..types import JsonObject, JsonValue

#: Text that is valid for what JSON Schema calls its format.
_FORMATS = {
    "date-time": "2026-01-15T09:30:00Z",
    "date": "2026-01-15",
    "time": "09:30:00Z",
    "duration": "PT1H",
    "uuid": "5d0c7a3e-9c1b-4a56-8f2d-1e3b5a7c9d0f",
    "uri": "https://example.org/",
    "email": "ada@example.org",
    "ipv4": "203.0.113.7",
    "ipv6": "2001:db8::7",
    "ipvanyaddress": "203.0.113.7",
    "ipv4network": "203.0.113.0/24",
    "ipv6network": "2001:db8::/32",
    "ipvanynetwork": "203.0.113.0/24",
    "json-string": "{}",
    "base64url": "YQ==",
}
#: What stands for any run of characters in a name.
ANY = "x7q"
#: How deep models may refer to themselves before a value is left out.
_DEPTH = 6


class NoValueError(Exception):
    """There is no telling what value would do; the text says why."""


# ------------------------------------------------------------------------------------------------------------------- types


def adapter_of(annotation: object) -> Any:
    """What validates an annotation.

    Raises:
        PydanticUserError: Nothing does.
    """
    from pydantic import TypeAdapter

    return TypeAdapter(annotation)  # type: ignore[arg-type]  # whatever a handler says


def schema_of(annotation: object) -> JsonObject | None:
    """The JSON Schema of what an annotation says; None where it has none."""
    from pydantic import PydanticUserError

    try:
        schema: JsonObject = adapter_of(annotation).json_schema()
    except (PydanticUserError, TypeError, ValueError):
        return None
    return schema


def examples_of(schema: JsonObject) -> list[JsonValue]:
    """The examples that a model or a type gives of itself.

    Args:
        schema: Its JSON Schema.
    """
    declared = _resolved(schema, schema.get("$defs", {})).get("examples", [])
    return list(declared) if isinstance(declared, list) else []


def value_of(schema: JsonObject) -> JsonValue:
    """A small value that a JSON Schema accepts, of what it requires and nothing else.

    Raises:
        NoValueError: It asks for something that cannot be made up, as a regular expression does.
    """
    return _value(schema, schema.get("$defs", {}), 0)


def _resolved(schema: JsonObject, definitions: Mapping[str, JsonObject]) -> JsonObject:
    while "$ref" in schema:
        found = definitions[schema["$ref"].rpartition("/")[2]]
        schema = {**found, **{key: value for key, value in schema.items() if key != "$ref"}}
    return schema


def _value(schema: JsonObject, definitions: Mapping[str, JsonObject], depth: int) -> JsonValue:
    if depth > _DEPTH:
        raise NoValueError("it refers to itself without an end")
    schema = _resolved(schema, definitions)
    for key in ("examples", "enum"):
        if schema.get(key):
            return schema[key][0]
    for key in ("const", "default"):
        if key in schema:
            return schema[key]
    for key in ("anyOf", "oneOf", "allOf"):
        if key in schema:
            return _first(schema[key], definitions, depth)
    make = _MAKERS.get(schema.get("type", ""))
    return {} if make is None else make(schema, definitions, depth)


def _first(choices: Sequence[JsonObject], definitions: Mapping[str, JsonObject], depth: int) -> JsonValue:
    """A value for the first choice that there is one for; null only where it is the last."""
    why = NoValueError("it has no choices")
    for choice in sorted(choices, key=lambda each: each.get("type") == "null"):
        try:
            return _value(choice, definitions, depth + 1)
        except NoValueError as error:
            why = error
    raise why


def _object(schema: JsonObject, definitions: Mapping[str, JsonObject], depth: int) -> JsonValue:
    properties = schema.get("properties", {})
    return {name: _value(properties.get(name, {}), definitions, depth + 1) for name in schema.get("required", ())}


def _array(schema: JsonObject, definitions: Mapping[str, JsonObject], depth: int) -> JsonValue:
    fixed = schema.get("prefixItems", ())
    count = max(schema.get("minItems", 0), len(fixed))
    made = [_value(each, definitions, depth + 1) for each in fixed]
    return made + [_value(schema.get("items", {}), definitions, depth + 1) for _ in range(count - len(made))]


def _string(schema: JsonObject, definitions: Mapping[str, JsonObject], depth: int) -> JsonValue:
    if "pattern" in schema:
        raise NoValueError(f"it asks for text that matches {schema['pattern']}")
    text = _FORMATS.get(schema.get("format", ""), "text")
    return (text + "x" * (schema.get("minLength", 0) - len(text)))[: schema.get("maxLength", None)]


def _number(schema: JsonObject, definitions: Mapping[str, JsonObject], depth: int) -> JsonValue:
    step = schema.get("multipleOf", 1)
    low = schema.get("minimum", schema.get("exclusiveMinimum"))
    high = schema.get("maximum", schema.get("exclusiveMaximum"))
    if low is not None:
        value = low + -low % step
        return value + step if value == schema.get("exclusiveMinimum") else value
    if high is not None:
        value = high - high % step
        return value - step if value == schema.get("exclusiveMaximum") else value
    return step


def _boolean(schema: JsonObject, definitions: Mapping[str, JsonObject], depth: int) -> JsonValue:
    return True


def _null(schema: JsonObject, definitions: Mapping[str, JsonObject], depth: int) -> JsonValue:
    return None


_MAKERS = {
    "object": _object,
    "array": _array,
    "string": _string,
    "integer": _number,
    "number": _number,
    "boolean": _boolean,
    "null": _null,
}


# ---------------------------------------------------------------------------------------------------------------- patterns


def matching(pattern: Mapping[str, Any], base: JsonValue) -> JsonValue:
    """*base* with what a pattern of EventBridge's language asks for in its place.

    Raises:
        NoValueError: It asks for something that cannot be made up.
    """
    value: JsonObject = dict(base) if isinstance(base, dict) else {}
    for key, wanted in pattern.items():
        if key == "$or":
            value = matching(wanted[0], value)
        elif isinstance(wanted, Mapping):
            value[key] = matching(wanted, value.get(key))
        else:
            found = leaf(wanted)
            if found is _ABSENT:
                value.pop(key, None)
            else:
                value[key] = found
    return value


_ABSENT: Any = object()


def leaf(items: Sequence[object]) -> JsonValue:
    """A value that one of *items* accepts: a value, or an operator of EventBridge's pattern language."""
    for item in items:
        if not isinstance(item, Mapping):
            return item
    return _accepted(items[0])


def _accepted(item: Any) -> JsonValue:
    (operator, wanted), *_ = item.items()
    if isinstance(wanted, Mapping) and "equals-ignore-case" in wanted:
        wanted = wanted["equals-ignore-case"]
    match operator:
        case "exists":
            return "text" if wanted else _ABSENT
        case "prefix":
            return f"{wanted}text"
        case "suffix":
            return f"text{wanted}"
        case "equals-ignore-case":
            return wanted
        case "wildcard":
            return str(wanted).replace("\\*", "\0").replace("*", "text").replace("\0", "*")
        case "numeric":
            return _in_range(wanted)
        case "cidr":
            return wanted.partition("/")[0]
        case "anything-but":
            return _other_than(wanted)
    raise NoValueError(f"the operator {operator} is not known")


def _in_range(wanted: Sequence[Any]) -> float:
    limits: dict[str, float] = dict(zip(wanted[::2], wanted[1::2], strict=True))
    if "=" in limits:
        return limits["="]
    low, high = limits.get(">=", limits.get(">")), limits.get("<=", limits.get("<"))
    if low is not None and high is not None:
        if low > high or (low == high and not {">=", "<="} <= limits.keys()):
            raise NoValueError("no number is in that range")
        return low if low == high else (low + high) / 2
    return high - 1 if low is None and high is not None else (low or 0) + 1


def _other_than(wanted: Any) -> JsonValue:
    """A text that is none of those, and neither begins nor ends as they do."""
    refused = wanted
    if isinstance(wanted, Mapping):
        (refused,) = wanted.values()
    texts = [str(each).lower() for each in (refused if isinstance(refused, list | tuple) else [refused])]
    for candidate in ("text", "other", "0", "qqq"):
        if not any(
            candidate == text or candidate.startswith(text) or candidate.endswith(text) for text in texts if text
        ):
            return candidate
    raise NoValueError("it refuses whatever was tried")


def name_for(spec: object) -> str:
    """A name that one of a route's names accepts: an exact one, a glob, an ARN's last part, a pattern item or a list.

    Raises:
        NoValueError: It cannot be made up.
    """
    if isinstance(spec, str):
        return spec.replace("*", ANY)
    found = leaf(spec if isinstance(spec, list | tuple) else [spec])
    return found.replace("*", ANY) if isinstance(found, str) else str(found)
