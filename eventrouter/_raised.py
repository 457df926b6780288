"""What a handler raised, and what it says about the records it was to handle."""

from __future__ import annotations

import sys

from ._signature import called_function
from .errors import HandlerCancelledError, HandlerStoppedError, NoRouteError, PayloadError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from .context import Invocation
    from .routing import Route, Table


#: What asyncio and trio raise where something is cancelled.
_CANCELLED = ("CancelledError", "Cancelled")


def raisable(error: BaseException) -> BaseException:
    """*error* as a coroutine can raise it: ``StopIteration`` means something else there."""
    if not isinstance(error, StopIteration):
        return error
    stopped = HandlerStoppedError()
    stopped.__cause__ = error
    return stopped


def as_raised(error: Exception) -> Exception:
    """What a handler raised: of a ``StopIteration`` Python makes a RuntimeError on its way through coroutines of ours."""
    cause = error.__cause__
    if (
        isinstance(cause, StopIteration)
        and type(error) is RuntimeError
        and str(error) == "coroutine raised StopIteration"
    ):
        return cause
    return error


def is_cancelled_from_inside(error: BaseException, invocation: Invocation) -> bool:
    """A ``CancelledError`` that nobody outside asked for is the handler's failure, not the end of the invocation."""
    asyncio = sys.modules.get("asyncio")
    if asyncio is None or not isinstance(error, asyncio.CancelledError):
        return False
    if invocation.by_hand or asyncio._get_running_loop() is None:
        return True
    task = asyncio.current_task()
    return task is None or not task.cancelling()


def failure_of(error: BaseException, invocation: Invocation) -> Exception | None:
    """What an invocation failed with that was cancelled: by its own handler, or because it is cut short; else None."""
    host = invocation.host
    if host is not None and type(error).__name__ in _CANCELLED and (interruption := host.interruption) is not None:
        return interruption
    return HandlerCancelledError() if is_cancelled_from_inside(error, invocation) else None


def never_succeeds(error: Exception, table: Table) -> str:
    """The policy for an error of a record that no other try can help: ``"invalid"`` or ``"unmatched"``; else empty.

    The same errors out of a handler's own code (it parsed something, it called an app) are failures like any other: what
    the handler did is not known.
    """
    # What is in a message may hold several records, which fail as a group.
    errors = error.exceptions if isinstance(error, ExceptionGroup) else (error,)
    kinds = {
        "unmatched" if isinstance(each, NoRouteError) else "invalid" if isinstance(each, PayloadError) else ""
        for each in errors
    }
    which = kinds.pop()
    if kinds or not which or any(_is_raised_by(each, table.routes) for each in (error, *errors)):
        return ""
    return which


def _is_raised_by(error: Exception, routes: Iterable[Route]) -> bool:
    """Whether *error* comes from the code of a handler, and not from what is around it."""
    codes = {getattr(called_function(function), "__code__", None) for route in routes for function in route.functions()}
    traceback = error.__traceback__
    while traceback is not None:
        if traceback.tb_frame.f_code in codes:
            return True
        traceback = traceback.tb_next
    return False
