"""What stands around the handling of an invocation: the user's layers, and what they can never do to it.

A layer may look, measure, change an answer, or answer a request or a direct invoke itself. It cannot make a success of
records that failed or were never handled.
"""

from __future__ import annotations

from ._drive import check_layer, not_async, on_loop
from ._replies import PLAIN, to_response
from ._signature import name_of
from .errors import RegistrationError, ReplyError
from .response import BufferedResponse, StreamingResponse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from typing import TypeAlias

    from .context import Invocation
    from .response import FunctionResponse
    from .source import Source

    Service: TypeAlias = Callable[[Invocation], Awaitable[FunctionResponse]]
    Layer: TypeAlias = Callable[[Invocation, Service], Awaitable[FunctionResponse]]


def layered(service: Service, layers: Sequence[tuple[Layer, bool]]) -> Service:
    """Put *layers* around *service*, the first outermost; each with whether it waits for more than ``call_next``."""
    inner = _recorded(service)
    for layer, waits in reversed(layers):
        inner = _layer(layer, waits, inner)
    return _guarded(inner)


def checked_layer(layer: object) -> None:
    """Refuse what is no layer.

    Raises:
        RegistrationError: The message says how one is written.
    """
    if not callable(layer):
        raise RegistrationError(
            f"app.middleware takes `async def layer(invocation, call_next)`, not {layer!r}: write @app.middleware above it"
        )
    check_layer(layer, "invocation", RegistrationError)


def _layer(layer: Layer, waits: bool, call_next: Service) -> Service:
    if not waits and getattr(layer, "is_ours", False):
        # It is a coroutine function that gives a response back, with a prelude where there is one: nothing is to be checked.
        return lambda invocation: layer(invocation, call_next)

    async def step(invocation: Invocation) -> FunctionResponse:
        if waits:
            await on_loop(invocation)
        waiting = layer(invocation, call_next)
        if not hasattr(waiting, "__await__"):
            raise not_async(layer, "invocation")
        response: object = await waiting
        if not isinstance(response, BufferedResponse | StreamingResponse):
            return await _as_response(response, layer, invocation)
        if response.prelude is None and invocation.source.http is not None:
            raise ReplyError(f"middleware {name_of(layer)} answered a request without a Prelude")
        return response

    return step


async def _as_response(value: object, layer: Layer, invocation: Invocation) -> FunctionResponse:
    """A layer's answer to a request may be anything that a handler may return; None is a forgotten ``return``."""
    if value is None or invocation.source.http is None:
        raise ReplyError(
            f"middleware {name_of(layer)} returned a {type(value).__name__}: return the response of call_next, or one of your own"
        )
    return await to_response(value, PLAIN, invocation)


def _recorded(service: Service) -> Service:
    """Keep what really became of the invocation, for :func:`_guarded`."""

    async def recorded(invocation: Invocation) -> FunctionResponse:
        try:
            response = await service(invocation)
        except BaseException as error:
            invocation.settled = error
            raise
        invocation.settled = response
        return response

    return recorded


def _guarded(service: Service) -> Service:
    async def guarded(invocation: Invocation) -> FunctionResponse:
        response = await service(invocation)
        if not _may_answer(invocation.source):
            _check(response, invocation)
        return response

    return guarded


def _may_answer(source: Source) -> bool:
    """Whether a layer may answer in place of the handler: where somebody waits who sees what it says."""
    return source.http is not None or source.name == "direct"


def _check(response: FunctionResponse, invocation: Invocation) -> None:
    settled = invocation.settled
    if settled is response:
        return
    if settled is None:
        raise ReplyError(
            f"middleware answered a {invocation.source.name} event without call_next: its records were not handled"
        )
    if isinstance(settled, BaseException):
        raise settled
    if not _failures(settled) <= _failures(response):
        raise ReplyError("middleware took a failed record out of batchItemFailures: it would be lost")


def _failures(response: object) -> set[str]:
    value = getattr(response, "value", None)
    entries = value.get("batchItemFailures") if isinstance(value, dict) else None
    return {repr(entry) for entry in entries} if isinstance(entries, list) else set()
