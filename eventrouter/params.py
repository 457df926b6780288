"""Markers for parameters: where a value comes from, when its type does not say so."""

from __future__ import annotations

from .errors import RegistrationError, quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Literal

    from .types import JsonObject


#: What pydantic's ``Field`` takes that says which values are valid, or how they are read.
_CONSTRAINTS = frozenset(
    {
        "allow_inf_nan", "coerce_numbers_to_str", "decimal_places", "discriminator", "fail_fast", "ge", "gt",
        "json_schema_extra", "le", "lt", "max_digits", "max_length", "min_length", "multiple_of", "pattern", "strict",
        "union_mode",
    }
)  # fmt: skip
#: What other frameworks take, and is written in another way here.
_ELSEWHERE = {
    "convert_underscores": "name the header with alias=",
    "default": "write the default behind the parameter: `= ...`",
    "default_factory": "write the default behind the parameter: `= ...`",
    "embed": "write a model with one field, or a TypedDict",
    "example": "write examples=[...]",
    "media_type": "the body is read as what its type says",
    "regex": "write pattern=",
    "serialization_alias": "write alias=",
    "validation_alias": "write alias=",
}


class Marker:
    """Stands in ``Annotated[T, ...]``.

    Args:
        alias: The name on the wire, where it is not the parameter's.
        title: For the OpenAPI document, as are *description*, *examples* and *deprecated*.
        include_in_schema: Whether the OpenAPI document has the parameter.
        constraints: pydantic's (``gt``, ``max_length``, ``pattern``, ...).

    Raises:
        RegistrationError: One of them is no constraint: it would be ignored in silence.
    """

    __slots__ = ("alias", "constraints", "documented", "include_in_schema")

    #: The first word of an error's location, as FastAPI writes it.
    place = "query"

    def __init__(
        self,
        alias: str | None = None,
        *,
        title: str | None = None,
        description: str | None = None,
        examples: list[Any] | None = None,
        deprecated: bool | None = None,
        include_in_schema: bool = True,
        **constraints: Any,
    ) -> None:
        _check(type(self).__name__, alias, constraints)
        self.alias = alias
        self.constraints: JsonObject = constraints
        given = {"title": title, "description": description, "examples": examples, "deprecated": deprecated}
        #: What the OpenAPI document says of it.
        self.documented: JsonObject = {name: value for name, value in given.items() if value is not None}
        self.include_in_schema = include_in_schema

    def __repr__(self) -> str:
        given = [repr(self.alias)] if self.alias else []
        given += [f"{name}={value!r}" for name, value in {**self.documented, **self.constraints}.items()]
        if not self.include_in_schema:
            given.append("include_in_schema=False")
        return f"{type(self).__name__}({', '.join(given)})"


def _check(marker: str, alias: object, constraints: JsonObject) -> None:
    if alias is not None and not isinstance(alias, str):
        default = "" if alias is ... else f" = {quoted(repr(alias))[1:-1]}"
        raise RegistrationError(
            f"{marker}({alias!r}): the first argument is the name that clients use, and a default stands behind the parameter: "
            f"Annotated[..., {marker}()]{default}"
        )
    for name in constraints:
        if name not in _CONSTRAINTS:
            raise RegistrationError(f"{marker}({name}=...): {_better(name)}")


def _better(name: str) -> str:
    if name in _ELSEWHERE:
        return _ELSEWHERE[name]
    from difflib import get_close_matches

    near = get_close_matches(name, _CONSTRAINTS, 1)
    return f"did you mean {near[0]}=?" if near else f"{quoted(name)} is no constraint of pydantic's"


class Query(Marker):
    """From the query string; a list takes every value of the name, a model takes the whole query."""

    __slots__ = ()


class Header(Marker):
    """From a request header; ``user_agent`` reads ``user-agent``."""

    __slots__ = ()
    place = "header"


class Cookie(Marker):
    """From a cookie."""

    __slots__ = ()
    place = "cookie"


class Path(Marker):
    """From the path template."""

    __slots__ = ()
    place = "path"


class Form(Marker):
    """From a form field of the body; a list takes every value of the name, a model the whole form. ``""`` is absent."""

    __slots__ = ()
    place = "body"


class File(Marker):
    """From an uploaded file of a multipart body: ``bytes``, or ``UploadFile`` for its name and type (extra ``http``)."""

    __slots__ = ()
    place = "body"


class Body(Marker):
    """The body (HTTP) or the payload (every other source), where the type alone would mean something else."""

    __slots__ = ()
    place = "body"


class Depends:
    """A value made by calling *dependency* for each call, with its own parameters bound the same way.

    Args:
        dependency: A function, an async function, or a generator of either kind that yields once; what follows the
            ``yield`` runs before the outcome is settled.
        scope: ``"call"``: once per request, record or batch. ``"invocation"``: once per event. ``"app"``: opened once
            per process and closed at shutdown.
    """

    __slots__ = ("dependency", "scope")

    def __init__(
        self, dependency: Callable[..., object], *, scope: Literal["call", "invocation", "app"] = "call"
    ) -> None:
        self.dependency = dependency
        self.scope = scope

    def __repr__(self) -> str:
        name = getattr(self.dependency, "__qualname__", repr(self.dependency))
        return f"Depends({name})" if self.scope == "call" else f"Depends({name}, scope={self.scope!r})"
