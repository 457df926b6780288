"""The user's exception handlers, found by the class of an error."""

from __future__ import annotations

from ._drive import on_loop
from ._signature import kind_of, location_of, name_of, read_signature
from .errors import HTTPException, RegistrationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from .context import Invocation


class ExceptionHandlers:
    """Functions of an error, or of a subject and an error; the nearest class in the error's own order of bases wins."""

    __slots__ = ("_by_class", "_by_status", "waits")

    def __init__(self) -> None:
        self._by_class: dict[type[BaseException], Callable[[object, BaseException], Any]] = {}
        self._by_status: dict[int, Callable[[object, BaseException], Any]] = {}
        #: One of them is async.
        self.waits = False

    def add(self, kind: type[Exception] | int, handler: Callable[..., Any], namespace: Mapping[str, object]) -> None:
        """Register *handler*.

        Raises:
            RegistrationError: *kind* is no class of exceptions and no status, or the handler takes something else.
        """
        what = f"exception handler {name_of(handler)}() [{location_of(handler)}]"
        call = _called(handler, namespace, what)
        self.waits = self.waits or kind_of(handler).startswith("async")
        if isinstance(kind, int) and not isinstance(kind, bool):
            self._by_status[kind] = call
        elif isinstance(kind, type) and issubclass(kind, Exception):
            self._by_class[kind] = call
        else:
            raise RegistrationError(
                f"{what} is for a class of exceptions, or the status of an HTTPException, not {kind!r}"
            )

    def __bool__(self) -> bool:
        return bool(self._by_class) or bool(self._by_status)

    async def answer(self, error: Exception, subject: object, invocation: Invocation) -> object:
        """What the handler of *error* returns; None where there is none, or it leaves the error as it is.

        Args:
            subject: The ``Request`` for HTTP, else the ``Invocation``.
        """
        call = self._by_status.get(error.status_code) if isinstance(error, HTTPException) else None
        for kind in type(error).__mro__:
            if call is not None:
                break
            call = self._by_class.get(kind)
        if call is None:
            return None
        result = call(subject, error)
        if hasattr(result, "__await__"):
            await on_loop(invocation, result)
            result = await result
        return result


def _called(
    handler: Callable[..., Any], namespace: Mapping[str, object], what: str
) -> Callable[[object, BaseException], Any]:
    parameters = [parameter for parameter in read_signature(handler, namespace).parameters if parameter.is_required]
    if len(parameters) == 1:
        return lambda subject, error: handler(error)
    if len(parameters) == 2:
        return handler
    raise RegistrationError(f"{what} takes (error), or (request, error); it has {len(parameters)} parameters")
