"""An HTTP request to its route, and whatever becomes of it into an answer: the caller always gets one."""

from __future__ import annotations

from ._drive import on_loop
from ._json import dump
from ._raised import failure_of
from ._replies import JSON, PLAIN, TEXT, known_error, problem, to_response
from .errors import HTTPException, NoRouteError
from .request import request_of
from .response import BufferedResponse, Prelude, StreamingResponse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ._compile import HttpRoute
    from ._exception_handlers import ExceptionHandlers
    from ._mounts import Mount
    from ._paths import Paths
    from .context import Invocation
    from .request import Request
    from .response import FunctionResponse


async def answer(invocation: Invocation, paths: Paths[HttpRoute], handlers: ExceptionHandlers) -> FunctionResponse:
    """Answer a request; every error has an answer too.

    Raises:
        BaseException: What is no ``Exception``: an outer cancellation, ``SystemExit``, ``KeyboardInterrupt``.
    """
    shape = invocation.source.http
    assert shape is not None
    request = invocation._request
    if request is None:
        invocation._request = request = request_of(invocation)
    method, path = request.method, request.path
    invocation.is_head = method == "HEAD"
    if paths.hosts:
        paths = paths.at(request.host, path, is_decoded=shape.path_is_decoded)
    request.paths = paths
    found = paths.find(method, path, is_decoded=shape.path_is_decoded)
    if found is None:
        found = paths.find("GET", path, is_decoded=shape.path_is_decoded) if method == "HEAD" else None
        if found is None:
            return await _elsewhere(request, invocation, paths, handlers)
    route, request.path_params = found
    request.route = route.path
    host = invocation.host
    if host is not None:
        host.route = route.reply.response_stream
    try:
        if host is None or host.threads is None or route.is_ours or route.plan.waits:
            result: Any = route.call(invocation, request)
        else:
            result = await host.threads.call(invocation, route.call, invocation, request)
        if route.is_ours:
            result = await result
        elif type(result) is not dict and hasattr(result, "__await__"):
            await on_loop(invocation, result)
            result = await result
        if type(result) is dict and route.reply.is_plain and "statusCode" not in result:
            # What most handlers return, without the way through all that others may.
            response: FunctionResponse = BufferedResponse(dump(result), Prelude(200, (JSON,)))
        else:
            response = await to_response(result, route.reply, invocation)
    except Exception as error:
        response = await failed(error, request, invocation, handlers)
    except BaseException as error:
        failure = failure_of(error, invocation)
        if failure is None:
            raise
        response = await failed(failure, request, invocation, handlers)
    if invocation.tasks is not None:
        await _work_now(invocation, response)
    return response


async def _work_now(invocation: Invocation, response: FunctionResponse) -> None:
    """Do the background work of a request, unless whoever runs the invocation does it once the answer is sent."""
    host = invocation.host
    if host is None or not (host.is_deferred or isinstance(response, StreamingResponse)):
        await work(invocation)


async def _elsewhere(
    request: Request, invocation: Invocation, paths: Paths[HttpRoute], handlers: ExceptionHandlers
) -> FunctionResponse:
    """A request that no route takes: a mount's, or it is told what there is."""
    source, path = invocation.source, request.path
    assert source.http is not None
    is_decoded = source.http.path_is_decoded
    if source.name == "alb":
        from .sources.alb import is_health_check

        # A target that answers its health check with an error is taken out of service.
        if is_health_check(invocation.event):
            return BufferedResponse("OK", Prelude(200, (TEXT,)))
    mount = paths.mount_of(path, is_decoded=is_decoded)
    if mount is not None and request.method != "OPTIONS":
        return await _mounted(mount, request, invocation, handlers)
    allowed = allowed_methods(paths, path, is_decoded=is_decoded)
    if allowed and request.method == "OPTIONS":
        return BufferedResponse(None, Prelude(204, [("allow", ", ".join(allowed))]))
    if mount is not None:
        return await _mounted(mount, request, invocation, handlers)
    if allowed:
        error = HTTPException(405, "Method Not Allowed", {"allow": ", ".join(allowed)})
        error.code = "method_not_allowed"
    else:
        error = HTTPException(404, "Not Found")
        error.code = "not_found"
    return await failed(error, request, invocation, handlers)


def allowed_methods(paths: Paths[HttpRoute], path: str, *, is_decoded: bool) -> list[str]:
    """What a path answers to, in order; empty where it is nobody's. HEAD and OPTIONS are answered without a route."""
    found = paths.methods(path, is_decoded=is_decoded)
    return sorted({*found, "OPTIONS", *(("HEAD",) if "GET" in found else ())}) if found else []


async def _mounted(
    mount: Mount, request: Request, invocation: Invocation, handlers: ExceptionHandlers
) -> FunctionResponse:
    """The answer of an app of another framework."""
    request.route = mount.prefix or "/"
    try:
        response = await mount.serves.answer(invocation, request, mount.prefix)
    except Exception as error:
        response = await failed(error, request, invocation, handlers)
    except BaseException as error:
        failure = failure_of(error, invocation)
        if failure is None:
            raise
        response = await failed(failure, request, invocation, handlers)
    if invocation.tasks is not None:
        await _work_now(invocation, response)
    return response


async def failed(
    error: Exception, request: Request, invocation: Invocation, handlers: ExceptionHandlers
) -> FunctionResponse:
    """The answer to a request that failed: the exception handler's, the error's own, or a 500 that tells nothing."""
    if handlers:
        try:
            said = await handlers.answer(error, request, invocation)
            if said is not None:
                return await to_response(said, PLAIN, invocation)
        except Exception as raised:
            error = raised
    if invocation.host is not None:
        invocation.host.raised = error
    return error_answer(error, f"{request.method} {request.route or 'request'}")


def error_answer(error: Exception, what: str) -> BufferedResponse:
    """The answer that *error* carries in itself, else a 500; what is unexpected is logged with its traceback."""
    known = None if isinstance(error, NoRouteError) else known_error(error)
    if known is not None and known.prelude is not None and known.prelude.status_code < 500:
        return known
    from ._trace import log_error

    log_error(f"{what} failed", error)
    return known or problem(500, "Internal Server Error")


async def work(invocation: Invocation) -> None:
    """Do the background work of a request: it comes after the answer is made, so its failure is told to the log alone."""
    from ._calls import run_tasks

    tasks: Any = invocation.tasks
    invocation.tasks = None
    try:
        await run_tasks(tasks, invocation)
    except Exception as error:
        from ._trace import log_error

        log_error("background work failed after its request was answered", error)
