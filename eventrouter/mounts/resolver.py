"""Powertools' resolvers, whatever HTTP trigger a request comes through: it is written in the shape that a resolver reads.

https://docs.powertools.aws.dev/lambda/python/latest/core/event_handler/api_gateway/
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from .._drive import on_loop
from ..errors import RegistrationError, ReplyError
from ..response import BufferedResponse, Prelude

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ..context import Invocation
    from ..request import Request
    from ..types import JsonObject


class PowertoolsResolver:
    """A mounted resolver."""

    kind = "Powertools"
    waits = False
    is_async = False

    def __init__(self, resolver: object) -> None:
        shape = getattr(getattr(resolver, "_proxy_type", None), "value", "")
        if shape not in _SHAPES or not hasattr(resolver, "resolve"):
            raise RegistrationError(
                f"app.mount_resolver takes one of Powertools' HTTP resolvers ({', '.join(_RESOLVERS)}), not a "
                f"{type(resolver).__name__}"
            )
        self._resolver: Any = resolver
        self._label, self._write = _SHAPES[shape]
        self._waits: bool | None = None

    async def start(self, invocation: Invocation) -> None:
        """Nothing: a resolver knows no lifespan."""

    async def stop(self, invocation: Invocation) -> None:
        """Nothing: a resolver knows no lifespan."""

    async def answer(self, invocation: Invocation, request: Request, prefix: str) -> BufferedResponse:
        """The resolver's answer.

        Raises:
            Exception: What a handler of it raised and it did not answer.
            ReplyError: It is no answer over HTTP.
        """
        # An HTTP API decodes the paths that its resolver sees, and no other trigger does.
        whole = _decoded(request) if self._label == "apigw_http" else request.raw_path
        path = whole[len(prefix) :] or "/"
        given = request.event if request.source.name == self._label else {}
        event = {**given, **self._write(request, path)}
        if self._waits is None:
            self._waits = self._has_async_routes()
        if self._waits:
            await on_loop(invocation)
            return _read(await self._resolver.resolve_async(event, invocation.context))
        host = invocation.host
        if host is not None and host.threads is not None:
            return _read(await host.threads.call(invocation, self._resolver.resolve, event, invocation.context))
        return _read(self._resolver.resolve(event, invocation.context))

    def _has_async_routes(self) -> bool:
        routes = [*getattr(self._resolver, "_static_routes", ()), *getattr(self._resolver, "_dynamic_routes", ())]
        return hasattr(self._resolver, "resolve_async") and any(
            inspect.iscoroutinefunction(getattr(route, "func", None)) for route in routes
        )


# -------------------------------------------------------------------------------------------------- requests, as they are read


def _rest(request: Request, path: str) -> JsonObject:
    context = _context(request)
    return {
        "resource": path,
        "path": path,
        "httpMethod": request.method,
        **_several(request),
        "pathParameters": None,
        "stageVariables": request.event.get("stageVariables"),
        "requestContext": {
            **context,
            "stage": context.get("stage", "$default"),
            "path": path,
            "resourcePath": path,
            "httpMethod": request.method,
            "identity": {**(context.get("identity") or {}), "sourceIp": request.client_host},
        },
        **_body(request),
    }


def _http(request: Request, path: str) -> JsonObject:
    context = _context(request)
    http = context.get("http")
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": request.query_string,
        "headers": _headers(request),
        "cookies": [f"{name}={value}" for name, value in request.cookies.multi_items()],
        "queryStringParameters": _joined(request),
        "requestContext": {
            **context,
            # Its path has no stage in front of it.
            "stage": "$default",
            "http": {
                "protocol": "HTTP/1.1",
                "sourceIp": request.client_host,
                "userAgent": request.headers.get("user-agent", ""),
                **(http if type(http) is dict else {}),
                "method": request.method,
                "path": path,
            },
        },
        **_body(request),
    }


def _alb(request: Request, path: str) -> JsonObject:
    context = _context(request)
    return {
        "httpMethod": request.method,
        "path": path,
        **_several(request),
        "requestContext": {**context, "elb": context.get("elb") or {"targetGroupArn": ""}},
        **_body(request),
    }


def _lattice(request: Request, path: str) -> JsonObject:
    query = request.query_string
    body = _body(request)
    return {
        "method": request.method,
        "raw_path": f"{path}?{query}" if query else path,
        "headers": _headers(request),
        "query_string_parameters": _joined(request),
        "body": body["body"],
        "is_base64_encoded": body["isBase64Encoded"],
    }


def _lattice_v2(request: Request, path: str) -> JsonObject:
    query = request.query_params
    return {
        "version": "2.0",
        "method": request.method,
        "path": path,
        "headers": {name: request.headers.getlist(name) for name in request.headers},
        "queryStringParameters": {name: query.getlist(name) for name in query},
        "requestContext": _context(request),
        **_body(request),
    }


#: By what a resolver reads: the label of its trigger, and how a request is written for it.
_SHAPES: Mapping[str, tuple[str, Callable[[Request, str], JsonObject]]] = {
    "APIGatewayProxyEvent": ("apigw_rest", _rest),
    "APIGatewayProxyEventV2": ("apigw_http", _http),
    "LambdaFunctionUrlEvent": ("function_url", _http),
    "ALBEvent": ("alb", _alb),
    "VPCLatticeEvent": ("vpc_lattice_v1", _lattice),
    "VPCLatticeEventV2": ("vpc_lattice_v2", _lattice_v2),
}
_RESOLVERS = (
    "APIGatewayRestResolver", "APIGatewayHttpResolver", "LambdaFunctionUrlResolver", "ALBResolver", "VPCLatticeResolver",
    "VPCLatticeV2Resolver",
)  # fmt: skip


def _decoded(request: Request) -> str:
    shape = request.source.http
    return request.path if shape is not None and shape.path_is_decoded else unquote(request.path)


def _context(request: Request) -> JsonObject:
    context = request.event.get("requestContext")
    return context if type(context) is dict else {}


def _several(request: Request) -> JsonObject:
    headers, query = request.headers, request.query_params
    return {
        "headers": _headers(request),
        "multiValueHeaders": {name: headers.getlist(name) for name in headers},
        "queryStringParameters": {name: query[name] for name in query} or None,
        "multiValueQueryStringParameters": {name: query.getlist(name) for name in query} or None,
    }


def _headers(request: Request) -> dict[str, str]:
    return {name: request.headers[name] for name in request.headers}


def _joined(request: Request) -> dict[str, str]:
    query = request.query_params
    return {name: ",".join(query.getlist(name)) for name in query}


def _body(request: Request) -> JsonObject:
    body = request.body
    try:
        return {"body": body.decode() if body else None, "isBase64Encoded": False}
    except UnicodeDecodeError:
        from base64 import b64encode

        return {"body": b64encode(body).decode(), "isBase64Encoded": True}


# ------------------------------------------------------------------------------------------------ answers, as they are written


def _read(answer: Any) -> BufferedResponse:
    if not isinstance(answer, dict) or type(answer.get("statusCode")) is not int:
        raise ReplyError("the mounted resolver returned no answer with a statusCode")
    prelude = Prelude(answer["statusCode"])
    for headers in (answer.get("headers"), answer.get("multiValueHeaders")):
        for name, values in (headers or {}).items():
            for value in values if isinstance(values, list) else (values,):
                if name.lower() == "set-cookie":
                    prelude.cookies.append(str(value))
                else:
                    prelude.headers.append((name.lower(), str(value)))
    prelude.cookies += answer.get("cookies") or ()
    body: str | bytes | None = answer.get("body")
    if answer.get("isBase64Encoded") and isinstance(body, str):
        from base64 import b64decode

        body = b64decode(body)
    return BufferedResponse(body, prelude)
