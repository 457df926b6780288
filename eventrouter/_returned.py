"""What a handler of records returned: a value for the trigger, nothing, or something that must not be taken for a success."""

from __future__ import annotations

from .errors import ReplyError
from .response import BufferedResponse, Response, StreamingResponse
from .streams import EventStream

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .routing import Route
    from .source import Source


def checked(result: object, route: Route, source: Source) -> object:
    """A handler's value, where it may mean something; None where it means nothing.

    Raises:
        ReplyError: It says failure, or cannot be sent back: it must never be taken for a success.
    """
    if isinstance(result, BaseException):
        raise ReplyError(f"{route.name} returned a {type(result).__name__}: raise it")
    status_code = status_of(result)
    if status_code is not None:
        if source.name == "apigw_websocket":
            return result
        if source.name == "direct":
            if isinstance(result, StreamingResponse) and result.prelude is None:
                return result.body
            raise ReplyError(f"{route.name} answers a direct invoke with a Response: return the JSON value itself")
        if status_code >= 400:
            raise ReplyError(f"{route.name} returned a Response with status {status_code}")
        if not source.acknowledges:
            raise ReplyError(
                f"{route.name} answers a {source.name} trigger with a Response, which only HTTP callers read"
            )
    elif is_stream(result):
        if source.name == "direct":
            return result
        raise ReplyError(f"{route.name} returned an iterator, which a {source.name} trigger never reads")
    elif source.returns == "value":
        if source.name == "direct" and is_pair(result):
            raise ReplyError(f"{route.name} answers a direct invoke with (body, status): return the JSON value itself")
        return result
    elif type(result) is dict and result.get("batchItemFailures"):
        raise ReplyError(
            f"{route.name} is called once per record and returned batchItemFailures: raise to have the record delivered "
            "again, or take a Batch"
        )
    from ._log import warn_once

    warn_once(
        ("ignored", route.name),
        "%s returned a %s, which a %s trigger ignores: raise to have the record delivered again",
        route.name,
        type(result).__name__,
        source.name,
    )
    return None


def status_of(result: Any) -> int | None:
    """The status of an HTTP answer, of ours, Powertools' or Starlette's; None for any other value."""
    if isinstance(result, Response):
        return result.status_code
    if isinstance(result, BufferedResponse | StreamingResponse):
        return 200 if result.prelude is None else result.prelude.status_code
    for kind in type(result).__mro__:
        if kind.__name__ == "Response" and kind.__module__.startswith(("starlette.", "aws_lambda_powertools.")):
            return int(result.status_code)
    return None


def is_stream(result: object) -> bool:
    return hasattr(result, "__next__") or hasattr(result, "__anext__") or isinstance(result, EventStream)


def is_pair(value: object) -> bool:
    """Whether it is ``(body, status)``, which means something to HTTP only."""
    return type(value) is tuple and len(value) == 2 and type(value[1]) is int
