"""The document: every operation, the schemas they share, and who may call them."""

from __future__ import annotations

import warnings
from inspect import cleandoc
from typing import TYPE_CHECKING, Any

from .._binding_http import BODYLESS
from .._calls import Scopes
from .._compile import http_compiler
from .._registration import HttpRegistration
from ..errors import RegistrationError
from ._request import Described, parameters, path_parameters, request_body
from ._response import responses
from ._schemas import Schemas

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from .._compile import HttpRoute
    from .._registration import Registration, Surroundings
    from .._registry import Registry
    from ..types import HttpOptions, JsonObject
    from ._request import Taken

VERSION = "3.1.1"
#: https://spec.openapis.org/oas/v3.1.1.html#path-item-object
_METHODS = frozenset({"GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD", "PATCH", "TRACE"})


def document(
    registry: Registry,
    *,
    title: str,
    version: str,
    summary: str | None,
    description: str | None,
    servers: Sequence[str | Mapping[str, Any]],
    tags: Sequence[Mapping[str, Any]],
    security: Sequence[Mapping[str, Sequence[str]]] | None,
    security_schemes: Mapping[str, Mapping[str, Any]] | None,
) -> JsonObject:
    """The OpenAPI document of the routes in *registry*."""
    about = {"title": title, "summary": summary, "description": description, "version": version}
    found: JsonObject = {
        "openapi": VERSION,
        "info": {key: value for key, value in about.items() if value is not None},
    }
    if servers:
        found["servers"] = [{"url": each} if isinstance(each, str) else dict(each) for each in servers]
    authorizers = _schemes(registry.registrations)
    if security is None:
        security = [{name: []} for name in authorizers]
    builder = _Builder()
    for registration, around, route in _routes(registry):
        if registration.options.get("include_in_schema", True):
            builder.add(registration, around, route)
    found["paths"] = builder.paths
    components: JsonObject = {
        "schemas": dict(sorted(builder.schemas.finish().items())),
        "securitySchemes": authorizers | {name: dict(each) for name, each in (security_schemes or {}).items()},
    }
    components = {name: each for name, each in components.items() if each}
    if components:
        found["components"] = components
    if security:
        found["security"] = [dict(each) for each in security]
    if tags:
        found["tags"] = [dict(tag) for tag in tags]
    return found


class _Builder:
    """Adds operations to the paths of a document."""

    def __init__(self) -> None:
        self.schemas = Schemas()
        self.paths: dict[str, JsonObject] = {}
        #: Paths that differ in the names of their parameters alone are one to OpenAPI: the first one's names are used.
        self._spelled: dict[str, str] = {}
        self._ids: dict[str, str] = {}

    def add(self, registration: HttpRegistration, around: Surroundings, route: HttpRoute) -> None:
        """Add the operations of one route, one for each of its methods.

        Raises:
            RegistrationError: A type has no JSON Schema, or two operations were given one id.
        """
        what, compiler = http_compiler(registration, around, Scopes(), Described)
        described: Any = compiler.rest
        compiler.compile(registration.function)
        plain = _plain(route.path)
        path = self._spelled.setdefault(_shape(plain), plain)
        for method in registration.methods:
            if method not in _METHODS:
                _warn(f"{what}: OpenAPI knows no method {method}")
            elif method.lower() in self.paths.get(path, {}):
                _warn(f"{what}: the document has {method} {path} already, of another host or converter")
            else:
                operation = self._operation(registration, around, route, described.taken, what, method)
                _rename(operation, route.path, path)
                self.paths.setdefault(path, {})[method.lower()] = operation

    def _operation(
        self,
        registration: HttpRegistration,
        around: Surroundings,
        route: HttpRoute,
        taken: list[Taken],
        what: str,
        method: str,
    ) -> JsonObject:
        options = registration.options
        summary, description = _told(registration.function, route.name)
        operation: JsonObject = {
            "tags": [*around.tags, *options.get("tags", ())],
            "summary": options.get("summary", summary),
            "description": options.get("description", description),
            "operationId": self._id(options, route, what, method),
            "parameters": parameters(taken, route.path, self.schemas),
            "requestBody": None if method in BODYLESS else request_body(taken, self.schemas),
            "deprecated": options.get("deprecated", False),
            "servers": _servers(route.host),
        }
        operation = {key: value for key, value in operation.items() if value}
        operation["responses"] = responses(route, options, taken, self.schemas, what)
        if (security := options.get("security")) is not None:
            operation["security"] = [dict(each) for each in security]
        return operation | dict(options.get("openapi_extra", {}))

    def _id(self, options: HttpOptions, route: HttpRoute, what: str, method: str) -> str:
        wanted = options.get("operation_id")
        if wanted is not None:
            if wanted in self._ids:
                raise RegistrationError(f"{what}: {self._ids[wanted]} has operation_id={wanted!r} too")
            self._ids[wanted] = what
            return wanted
        found = route.name if len(route.methods) == 1 else f"{route.name}_{method.lower()}"
        if found in self._ids:
            words = "".join(each if each.isalnum() else " " for each in f"{route.host} {route.path}").split()
            found = "_".join([route.name, method.lower(), *words])
        self._ids[found] = what
        return found


def _plain(template: str) -> str:
    """A path as OpenAPI writes it: without converters."""
    for name, kind in path_parameters(template):
        template = template.replace(f"{{{name}:{kind}}}", f"{{{name}}}")
    return template


def _shape(path: str) -> str:
    return "/".join("{}" if segment.startswith("{") else segment for segment in path.split("/"))


def _rename(operation: JsonObject, template: str, path: str) -> None:
    names = [name for name, _ in path_parameters(template)]
    new = dict(zip(names, (name for name, _ in path_parameters(path)), strict=True))
    for parameter in operation.get("parameters", ()):
        if parameter["in"] == "path":
            parameter["name"] = new[parameter["name"]]


def _told(function: Any, name: str) -> tuple[str, str]:
    """Summary and description: the first line of the docstring, or the handler's name, and what follows it."""
    first, _, rest = cleandoc(getattr(function, "__doc__", None) or "").partition("\n")
    return first or name.replace("_", " ").strip().capitalize(), rest.strip()


def _servers(host: str) -> list[JsonObject]:
    if not host:
        return []
    if not host.startswith("*."):
        return [{"url": f"https://{host}"}]
    return [{"url": f"https://{{name}}{host[1:]}", "variables": {"name": {"default": "www"}}}]


def _warn(message: str) -> None:
    warnings.warn(message, stacklevel=4)


def _routes(registry: Registry) -> Iterable[tuple[HttpRegistration, Surroundings, HttpRoute]]:
    routes = iter(registry.http)
    for registration, around in registry.registrations:
        if isinstance(registration, HttpRegistration):
            yield registration, around, next(routes)


def _schemes(registrations: Iterable[tuple[Registration | HttpRegistration, Surroundings]]) -> dict[str, JsonObject]:
    """A Security Scheme Object for each Lambda authorizer of an API.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-authtype.html
    """
    found: dict[str, JsonObject] = {}
    for registration, _ in registrations:
        if not isinstance(registration, HttpRegistration) and registration.decorator == "authorizer":
            found[registration.function.__name__] = {
                "type": "apiKey",
                "in": "header",
                "name": "Authorization",
                "x-amazon-apigateway-authtype": "custom",
            }
    return found
