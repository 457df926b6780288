"""An HTTP request to its route, and whatever becomes of it into an answer: the caller always gets one."""

from __future__ import annotations

from ._drive import on_loop
from ._json import dump
from ._raised import failure_of
from ._replies import JSON, PLAIN, TEXT, known_error, problem, to_response
from .errors import HTTPException, NoRouteError
from .request import Request
from .response import BufferedResponse, Prelude, StreamingResponse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ._compile import HttpRoute
    from ._exception_handlers import ExceptionHandlers
    from ._paths import Paths
    from .context import Invocation
    from .response import FunctionResponse


async def answer(invocation: Invocation, paths: Paths[HttpRoute], handlers: ExceptionHandlers) -> FunctionResponse:
    """Answer a request; every error has an answer too.

    Raises:
        BaseException: What is no ``Exception``: an outer cancellation, ``SystemExit``, ``KeyboardInterrupt``.
    """
    event, source = invocation.event, invocation.source
    shape = source.http
    assert shape is not None
    method, path = shape.line(event)
    invocation.is_head = method == "HEAD"
    found = paths.find(method, path, is_decoded=shape.path_is_decoded)
    if found is None:
        found = paths.find("GET", path, is_decoded=shape.path_is_decoded) if method == "HEAD" else None
        if found is None:
            return await _missed(invocation, paths, handlers, method, path)
    route, parameters = found
    request = Request(event, source, method, path, parameters, route.path)
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
    if invocation.tasks is not None and (
        host is None or not (host.is_deferred or isinstance(response, StreamingResponse))
    ):
        await work(invocation)
    return response


async def _missed(
    invocation: Invocation, paths: Paths[HttpRoute], handlers: ExceptionHandlers, method: str, path: str
) -> FunctionResponse:
    """A path of no route: 404; of routes for other methods: 405, which says for which."""
    event, source = invocation.event, invocation.source
    assert source.http is not None
    allowed = paths.methods(path, is_decoded=source.http.path_is_decoded)
    if source.name == "alb":
        from .sources.alb import is_health_check

        # A target that answers its health check with an error is taken out of service.
        if is_health_check(event):
            return BufferedResponse("OK", Prelude(200, (TEXT,)))
    if allowed:
        names = {*allowed, "HEAD"} if "GET" in allowed else set(allowed)
        error = HTTPException(405, "Method Not Allowed", {"allow": ", ".join(sorted(names))})
        error.code = "method_not_allowed"
    else:
        error = HTTPException(404, "Not Found")
        error.code = "not_found"
    return await failed(error, Request(event, source, method, path, {}), invocation, handlers)


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
