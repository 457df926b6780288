"""Markers for parameters: where a value comes from, when its type does not say so."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Literal

    from .types import JsonObject


class Marker:
    """Stands in ``Annotated[T, ...]``.

    Args:
        alias: The name on the wire, where it is not the parameter's.
        title: For the OpenAPI document, as are *description*, *examples* and *deprecated*.
        include_in_schema: Whether the OpenAPI document has the parameter.
        constraints: pydantic's (``gt``, ``max_length``, ``pattern``, ...).
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
