"""What is left of a handler's parameters on HTTP: path, query, headers, cookies, form fields and the body.

The first rule that applies: a marker; the name is in the path; a scalar is a query parameter; anything else is the body.
"""

from __future__ import annotations

from ._signature import EMPTY, LAMBDA, Parameter, Signature, is_union, type_name, without_none
from ._validators import (
    class_key,
    from_strings,
    is_scalar,
    is_sequence_of_scalars,
    problems_of,
    validation_error,
    validator_for,
)
from .errors import RegistrationError, RequestValidationError
from .params import Body, File, Form, Header, Marker, Path, Query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from .context import Invocation
    from .request import Request
    from .source import Extractor

_UPLOAD = "eventrouter.forms:UploadFile"
#: Methods whose requests carry no body that means anything: https://www.rfc-editor.org/rfc/rfc9110#section-9.3
BODYLESS = frozenset({"GET", "HEAD", "OPTIONS"})


class RequestRest:
    """Binds what no shared rule took, for one HTTP route."""

    is_http = True

    def __init__(self, methods: Sequence[str], path_parameters: Sequence[str]) -> None:
        self.methods = methods
        self.path_parameters = path_parameters
        self._bound: set[str] = set()
        self._body = ""
        self._form = ""
        #: What of the path is asked for, and what is taken for a query parameter though nothing says so.
        self._asked: set[str] = set()
        self._guessed: list[str] = []

    def extractor(self, parameter: Parameter, marker: Marker | None, what: str) -> Extractor:
        if marker is None and parameter.annotation is EMPTY and parameter.name not in self.path_parameters:
            if parameter.name in LAMBDA:
                raise RegistrationError(f"{what} {LAMBDA[parameter.name]}")
            if parameter.name in ("request", "req"):
                raise RegistrationError(f"{what} has no annotation: write `{parameter.name}: Request`")
            raise RegistrationError(
                f"{what} has no annotation: write the type of the query parameter (`str`, `int`, ...) or of the body (a model)"
            )
        place = self.place_of(parameter, marker)
        if isinstance(place, Path):
            return self._path(parameter, marker, what)
        if isinstance(place, Body):
            return self._body_extractor(parameter, marker, what)
        if isinstance(place, Form | File):
            self._take_form(parameter, what)
        if isinstance(place, File):
            return _files(parameter, place, what)
        if marker is None and parameter.is_required:
            self._guessed.append(parameter.name)
        return _named_values(parameter, place, what, wire_name(parameter, place), _VALUES[place.place])

    def place_of(self, parameter: Parameter, marker: Marker | None) -> Marker:
        """Where a parameter's value comes from: its marker, or the one that it might have been given."""
        if marker is not None:
            return marker
        if parameter.name in self.path_parameters:
            return Path()
        if _is_upload(parameter.annotation):
            return File()
        return Query() if is_scalar(parameter.annotation) else Body()

    def finished(self, signature: Signature, *, takes_request: bool) -> None:
        """A parameter of the path may go unasked, unless one of the query looks as if it were meant to take it."""
        for name in self.path_parameters:
            meant = [guessed for guessed in self._guessed if _is_like(guessed, name)]
            if meant and name not in self._asked and not takes_request:
                raise RegistrationError(
                    f"{signature.name}() [{signature.location}]: nothing takes {name!r} of the path, and {meant[0]!r} would be a "
                    "query parameter: give it the name in the path, or mark it as Annotated[..., Query()]"
                )

    def _path(self, parameter: Parameter, marker: Marker | None, what: str) -> Extractor:
        name = (marker.alias if marker else None) or parameter.name
        if name not in self.path_parameters:
            known = ", ".join(self.path_parameters) or "none"
            raise RegistrationError(f"{what} is not in the path; its parameters are: {known}")
        if not parameter.is_required:
            raise RegistrationError(f"{what} is in the path, where it always has a value: take out the default")
        if parameter.annotation is EMPTY:
            raise RegistrationError(f"{what} has no annotation: write `str`, or the type that it is to be read as")
        self._asked.add(name)
        convert = _converter(parameter, marker, what)
        if convert is None:
            return lambda invocation, request: request.path_params[name]
        failed = validation_error()

        def extract(invocation: Invocation, request: Request) -> object:
            try:
                return convert(request.path_params[name])
            except failed as error:
                raise RequestValidationError(problems_of(error, "path", name)) from None

        return extract

    def _refuse_bodyless(self, what: str, annotation: object) -> None:
        bodyless = BODYLESS.intersection(self.methods)
        if bodyless and set(self.methods) <= BODYLESS:
            hint = (
                f"write Annotated[{type_name(annotation)}, Query()] for the query string"
                if is_sequence_of_scalars(annotation)
                else "write Annotated[..., Query()] for the query string, or Annotated[..., Body()] if you mean it"
            )
            raise RegistrationError(
                f"{what} would be the body, which {'/'.join(self.methods)} requests do not have: {hint}"
            )

    def _take_form(self, parameter: Parameter, what: str) -> None:
        if self._body:
            raise RegistrationError(f"{what}: {self._body!r} takes the body already, which a form would be too")
        self._refuse_bodyless(what, parameter.annotation)
        self._form = parameter.name

    def _body_extractor(self, parameter: Parameter, marker: Marker | None, what: str) -> Extractor:
        annotation = parameter.annotation
        if marker is None:
            self._refuse_bodyless(what, annotation)
        if self._body or self._form:
            raise RegistrationError(
                f"{what} and {(self._body or self._form)!r} would both be the body: put them into one model, or mark one "
                "as Query, Header, Form or Depends"
            )
        self._body = parameter.name
        bare, _ = without_none(annotation)
        vague = annotation is EMPTY or bare is object or str(bare) == "typing.Any"
        if vague or (is_union(bare) and (str in bare.__args__ or bytes in bare.__args__)):  # type: ignore[attr-defined]
            raise RegistrationError(
                f"{what} would be the body, and {type_name(annotation)} does not say what that is: write `bytes` for the "
                "body as sent, a model for JSON of that type, or `JsonValue` of pydantic for any JSON"
            )
        absent = parameter.default
        if bare is bytes:
            return lambda invocation, request: request.body
        if bare is str and isinstance(marker, Body):
            return lambda invocation, request: request.text
        validate = validator_for(_constrained(parameter, marker)).validate_json
        failed = validation_error()

        def extract(invocation: Invocation, request: Request) -> object:
            body = request.body
            if not body:
                if absent is EMPTY:
                    raise RequestValidationError([_missing("body")])
                return absent
            try:
                return validate(body)
            except failed as error:
                raise RequestValidationError(problems_of(error, "body")) from None

        return extract


def _constrained(parameter: Parameter, marker: Marker | None) -> Any:
    """The annotation with the marker's constraints in it."""
    if marker is None or not marker.constraints:
        return parameter.full
    from typing import Annotated

    from pydantic import Field

    return Annotated[parameter.full, Field(**marker.constraints)]


def _converter(parameter: Parameter, marker: Marker | None, what: str) -> Callable[[str], object] | None:
    others = [item for item in parameter.metadata if not isinstance(item, Marker)]
    bare, _ = without_none(parameter.annotation)
    if not others and (marker is None or not marker.constraints):
        if not is_scalar(bare):
            raise RegistrationError(f"{what}: {type_name(bare)} cannot be read from one piece of text")
        return from_strings(bare)
    return validator_for(_constrained(parameter, marker)).validate_strings  # type: ignore[no-any-return]


def wire_name(parameter: Parameter, place: Marker) -> str:
    """The name that clients use."""
    return place.alias or (parameter.name.replace("_", "-") if isinstance(place, Header) else parameter.name)


def _is_like(guessed: str, name: str) -> bool:
    """Whether one may have been written for the other: ``id`` or ``orderId`` for ``order_id``."""
    one, other = guessed.replace("_", "").lower(), name.replace("_", "").lower()
    return one in other or other in one


def _query_values(request: Request, name: str) -> Sequence[str]:
    return request.query_params.getlist(name)


def _header_values(request: Request, name: str) -> Sequence[str]:
    return request.headers.getlist(name)


def _cookie_values(request: Request, name: str) -> Sequence[str]:
    value = request.cookies.get(name)
    return () if value is None else (value,)


def _form_values(request: Request, name: str) -> Sequence[str]:
    # An input that nothing was written into is sent as "": for a form, that is absent.
    return [value for value in request.form().fields.getlist(name) if value]


_VALUES = {"query": _query_values, "header": _header_values, "cookie": _cookie_values, "body": _form_values}
_ALL: Mapping[str, Callable[[Request], Mapping[str, Any]]] = {
    "query": lambda request: {name: request.query_params.getlist(name) for name in request.query_params},
    "header": lambda request: {name: request.headers.getlist(name) for name in request.headers},
    "cookie": lambda request: {name: [value] for name, value in request.cookies.items()},
    "body": lambda request: {name: values for name in request.form().fields if (values := _form_values(request, name))},
}


def _named_values(
    parameter: Parameter,
    marker: Marker,
    what: str,
    name: str,
    values: Callable[[Request, str], Sequence[str]],
) -> Extractor:
    place = marker.place
    bare, _ = without_none(parameter.annotation)
    default = parameter.default  # required stays required, `X | None` or not
    if is_sequence_of_scalars(bare):
        return _several(parameter, marker, name, values, default)
    if hasattr(bare, "model_fields"):
        return _model(bare, place)
    convert = _converter(parameter, marker, what)
    failed = validation_error() if convert is not None else ()

    def extract(invocation: Invocation, request: Request) -> object:
        found = values(request, name)
        if not found:
            if default is EMPTY:
                raise RequestValidationError([_missing(place, name)])
            return default
        if convert is None:
            return found[-1]
        try:
            return convert(found[-1])
        except failed as error:
            raise RequestValidationError(problems_of(error, place, name)) from None

    return extract


def _several(
    parameter: Parameter,
    marker: Marker,
    name: str,
    values: Callable[[Request, str], Sequence[str]],
    default: object,
) -> Extractor:
    place = marker.place
    # ``validate_strings`` knows no lists; this one reads each item from its text.
    validate = validator_for(_constrained(parameter, marker)).validate_python
    failed = validation_error()

    def extract(invocation: Invocation, request: Request) -> object:
        found = values(request, name)
        if not found:
            if default is EMPTY:
                raise RequestValidationError([_missing(place, name)])
            # A mutable default would be shared between requests.
            return default.copy() if isinstance(default, list | set) else default
        try:
            return validate(list(found))
        except failed as error:
            raise RequestValidationError(problems_of(error, place, name)) from None

    return extract


def _model(model: Any, place: str) -> Extractor:
    """A model of the whole query, of all headers, cookies or form fields: its fields are read by name or alias."""
    validate = validator_for(model).validate_python
    failed = validation_error()
    fields: list[tuple[str, str, bool]] = []
    for field_name, field in model.model_fields.items():
        alias = field.alias or (field_name.replace("_", "-") if place == "header" else field_name)
        fields.append((alias, field.alias or field_name, is_sequence_of_scalars(without_none(field.annotation)[0])))
    forbids = model.model_config.get("extra") in ("forbid", "allow")

    def extract(invocation: Invocation, request: Request) -> object:
        found = _ALL[place](request)
        given: dict[str, object] = {}
        for wire, key, is_list in fields:
            if wire in found:
                given[key] = list(found[wire]) if is_list else found[wire][-1]
        if forbids:
            known = {wire for wire, _, _ in fields}
            given.update({wire: each[-1] for wire, each in found.items() if wire not in known})
        try:
            return validate(given)
        except failed as error:
            raise RequestValidationError(problems_of(error, place)) from None

    return extract


def upload_of(annotation: object) -> tuple[type | None, bool]:
    """What a file parameter is given, ``UploadFile`` or ``bytes``, and whether in a list; None where it is neither."""
    bare, _ = without_none(annotation)
    is_list = getattr(bare, "__origin__", None) is list
    if is_list:
        (bare,) = bare.__args__  # type: ignore[attr-defined]
    if bare is bytes or (isinstance(bare, type) and class_key(bare) == _UPLOAD):
        return bare, is_list
    return None, is_list


def _is_upload(annotation: object) -> bool:
    kind, _ = upload_of(annotation)
    return kind is not None and kind is not bytes


def _files(parameter: Parameter, marker: Marker, what: str) -> Extractor:
    from .forms import require_multipart

    kind, is_list = upload_of(parameter.annotation)
    if kind is None:
        raise RegistrationError(f"{what}: a file is `UploadFile` or `bytes`, or a list of them")
    if marker.constraints:
        raise RegistrationError(f"{what}: File takes no constraints: look at the file's size in the handler")
    try:
        require_multipart(what)
    except RuntimeError as error:
        raise RegistrationError(str(error)) from None
    name, default, is_bytes = marker.alias or parameter.name, parameter.default, kind is bytes

    def extract(invocation: Invocation, request: Request) -> object:
        form = request.form()
        found = form.files.get(name)
        if not found:
            if any(form.fields.getlist(name)):
                problem = {
                    "type": "value_error",
                    "loc": ["body", name],
                    "msg": "Value error, Expected a file, received text",
                }
                raise RequestValidationError([problem])
            if default is EMPTY:
                raise RequestValidationError([_missing("body", name)])
            return default.copy() if isinstance(default, list) else default
        given = [file.content if is_bytes else file for file in found]
        return given if is_list else given[-1]

    return extract


def _missing(*place: str) -> dict[str, object]:
    return {"type": "missing", "loc": list(place), "msg": "Field required"}
