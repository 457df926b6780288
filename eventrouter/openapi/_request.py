"""What an operation takes: its parameters and its request body, as the handler's signature declares them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field
from pydantic.fields import FieldInfo

from .._binding_http import RequestRest, upload_of, wire_name
from .._signature import EMPTY, without_none
from .._validators import is_sequence_of_scalars
from ..params import Body, File, Form, Marker, Path

if TYPE_CHECKING:
    from .._signature import Parameter
    from ..source import Extractor
    from ..types import JsonObject
    from ._schemas import Schemas

#: The schema of a path parameter that the handler does not take, by its converter.
_CONVERTED: dict[str, JsonObject] = {
    "int": {"type": "integer"},
    "float": {"type": "number"},
    "uuid": {"type": "string", "format": "uuid"},
}
_FILE: JsonObject = {"type": "string", "contentMediaType": "application/octet-stream"}
#: Headers that OpenAPI describes elsewhere, so that a parameter of the name is ignored.
#: https://spec.openapis.org/oas/v3.1.1.html#parameter-object
_RESERVED = frozenset({"accept", "content-type", "authorization"})


class Taken:
    """A parameter of the handler's, or of one of its dependencies, with where its value comes from."""

    def __init__(self, parameter: Parameter, place: Marker, what: str) -> None:
        self.parameter = parameter
        self.place = place
        self.what = what


class Described(RequestRest):
    """Binds as every HTTP route is bound, and keeps what was bound."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.taken: list[Taken] = []

    def extractor(self, parameter: Parameter, marker: Marker | None, what: str) -> Extractor:
        extract = super().extractor(parameter, marker, what)
        self.taken.append(Taken(parameter, self.place_of(parameter, marker), what))
        return extract


def parameters(taken: list[Taken], template: str, schemas: Schemas) -> list[JsonObject]:
    """The Parameter Objects, those of the path first, as the path has them."""
    found: dict[tuple[str, str], JsonObject] = {}
    for name, kind in path_parameters(template):
        schema = _CONVERTED.get(kind, {"type": "string"})
        found["path", name] = {"name": name, "in": "path", "required": True, "schema": dict(schema)}
    for each in taken:
        if isinstance(each.place, Body | File | Form) or not each.place.include_in_schema:
            continue
        for parameter in _parameters(each, schemas):
            if parameter["in"] != "header" or parameter["name"].lower() not in _RESERVED:
                found[parameter["in"], parameter["name"]] = parameter
    return list(found.values())


def path_parameters(template: str) -> list[tuple[str, str]]:
    """Name and converter of each parameter of a path template."""
    segments = [segment[1:-1].partition(":") for segment in template.split("/") if segment.startswith("{")]
    return [(name, kind) for name, _, kind in segments]


def _parameters(taken: Taken, schemas: Schemas) -> list[JsonObject]:
    parameter, place = taken.parameter, taken.place
    bare, _ = without_none(parameter.annotation)
    fields = getattr(bare, "model_fields", None)
    if fields is None or isinstance(place, Path):
        described = _documented(place, wire_name(parameter, place), required=parameter.is_required)
        described["schema"] = schemas.taken(_annotation(parameter, place), taken.what)
        return [described]
    return [_of_field(name, field, place, schemas, taken.what) for name, field in fields.items()]


def _of_field(name: str, field: FieldInfo, place: Marker, schemas: Schemas, what: str) -> JsonObject:
    wire = field.alias or (name.replace("_", "-") if place.place == "header" else name)
    marker = type(place)(
        description=field.description, deprecated=True if field.deprecated else None, examples=field.examples
    )
    described = _documented(marker, wire, required=field.is_required())
    described["schema"] = schemas.taken(_of_info(field), what)
    return described


def _documented(place: Marker, name: str, *, required: bool) -> JsonObject:
    described: JsonObject = {"name": name, "in": place.place}
    if required:
        described["required"] = True
    for key in ("description", "deprecated"):
        if place.documented.get(key):
            described[key] = place.documented[key]
    examples = place.documented.get("examples")
    if examples:
        described["examples"] = {str(index + 1): {"value": value} for index, value in enumerate(examples)}
    return described


def _annotation(parameter: Parameter, place: Marker) -> Any:
    """The type with all that limits it. None is what an absent value is, and cannot be sent."""
    bare, _ = without_none(parameter.annotation)
    metadata = [item for item in parameter.metadata if not isinstance(item, Marker)]
    limits = {**place.constraints, **{key: place.documented[key] for key in ("title",) if key in place.documented}}
    if parameter.default is not EMPTY and parameter.default is not None:
        limits["default"] = parameter.default
    if limits:
        metadata.append(Field(**limits))
    return _annotated(bare, metadata)


def _of_info(field: FieldInfo) -> Any:
    bare, _ = without_none(field.annotation)
    metadata: list[Any] = list(field.metadata)
    limits: JsonObject = {"title": field.title} if field.title else {}
    if not field.is_required() and field.default is not None and field.default_factory is None:
        limits["default"] = field.default
    if limits:
        metadata.append(Field(**limits))
    return _annotated(bare, metadata)


def _annotated(annotation: Any, metadata: list[Any]) -> Any:
    return Annotated[(annotation, *metadata)] if metadata else annotation


def request_body(taken: list[Taken], schemas: Schemas) -> JsonObject | None:
    """The Request Body Object; None where the operation takes no body."""
    for each in taken:
        if isinstance(each.place, Body):
            return _body(each, schemas)
    fields = [each for each in taken if isinstance(each.place, Form | File)]
    return _form(fields, schemas) if fields else None


def _body(taken: Taken, schemas: Schemas) -> JsonObject:
    parameter, place = taken.parameter, taken.place
    bare, _ = without_none(parameter.annotation)
    if bare is bytes:
        content: JsonObject = {"application/octet-stream": {}}
    elif bare is str:
        content = {"text/plain": {"schema": {"type": "string"}}}
    else:
        limits = {**place.constraints, **place.documented}
        limits.pop("description", None)  # it is the body's
        annotation = Annotated[parameter.full, Field(**limits)] if limits else parameter.full
        content = {"application/json": {"schema": schemas.taken(annotation, taken.what)}}
    body: JsonObject = {"content": content}
    if "description" in place.documented:
        body["description"] = place.documented["description"]
    if parameter.is_required and bare is not bytes and bare is not str:
        body["required"] = True
    return body


def _form(taken: list[Taken], schemas: Schemas) -> JsonObject:
    has_files = any(isinstance(each.place, File) for each in taken)
    media_type = "multipart/form-data" if has_files else "application/x-www-form-urlencoded"
    (first, *others) = taken
    bare, _ = without_none(first.parameter.annotation)
    if not others and hasattr(bare, "model_fields"):
        return {"content": {media_type: {"schema": schemas.taken(bare, first.what)}}, "required": True}
    properties: JsonObject = {}
    required: list[str] = []
    for each in taken:
        name = wire_name(each.parameter, each.place)
        is_file = isinstance(each.place, File)
        field = _file(each) if is_file else schemas.taken(_annotation(each.parameter, each.place), each.what)
        field.update(each.place.documented)
        properties[name] = field
        if each.parameter.is_required:
            required.append(name)
    schema = {"type": "object", "properties": properties}
    body: JsonObject = {"content": {media_type: {"schema": schema}}}
    if required:
        schema["required"] = required
        body["required"] = True
    return body


def _file(taken: Taken) -> JsonObject:
    _, is_list = upload_of(taken.parameter.annotation)
    return {"type": "array", "items": dict(_FILE)} if is_list else dict(_FILE)


def can_fail(taken: list[Taken]) -> bool:
    """Whether a request may be refused for what is in it: any text is a value for a plain ``str`` of the path."""
    return any(
        not isinstance(each.place, Path)
        or each.place.constraints
        or each.parameter.annotation is not str
        or any(not isinstance(item, Marker) for item in each.parameter.metadata)
        for each in taken
        if not _is_raw(each)
    )


def _is_raw(taken: Taken) -> bool:
    """Whether it takes whatever there is."""
    bare, _ = without_none(taken.parameter.annotation)
    if isinstance(taken.place, Body):
        return bare is bytes
    plain = bare is str and not taken.place.constraints and not taken.parameter.is_required
    return plain and not is_sequence_of_scalars(bare)
