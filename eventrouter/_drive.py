"""One asynchronous pipeline, run by hand until user code that may wait is reached. No asyncio here.

The pipeline itself never waits. Every place where it lets in code that may (an async handler, middleware, a lifespan)
first awaits :func:`on_loop`, which yields once when the coroutine is driven by hand; :func:`drive` then gives the same,
already started coroutine to the kept event loop. So a synchronous handler never starts a loop, and there is one path.
"""

from __future__ import annotations

import types

from ._signature import VARARGS, kind_of, location_of, name_of
from .errors import HandlerStoppedError, LoopError, ReplyError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Generator
    from contextvars import Context
    from typing import Any, TypeVar

    from .context import Invocation

    T = TypeVar("T")

#: What a coroutine that is driven by hand yields to be given to an event loop.
NEED_LOOP = object()
_kept_loop: Any = None


@types.coroutine
def on_loop(invocation: Invocation, awaited: Any = None) -> Generator[object, None, None]:
    """Go on under an event loop: the only gate through which code that may wait is let in, for *awaited* perhaps."""
    if invocation.by_hand:
        invocation.by_hand = False
        try:
            yield NEED_LOOP
        except GeneratorExit:
            # There is no loop to be had, so it is not awaited, of which Python would warn.
            if hasattr(awaited, "close"):
                awaited.close()
            raise


def drive(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run *coroutine* here; at its first :func:`on_loop` hand it to the kept loop.

    Raises:
        LoopError: It awaited something before it asked for a loop, or a loop is running in this thread already.
        StopIteration: A handler's own, which coroutines could only pass on wrapped.
    """
    try:
        asked = coroutine.send(None)
        if asked is NEED_LOOP:
            global _kept_loop
            if _kept_loop is None:
                # With the first event that needs it, since asyncio is most of a cold start; bound once, since the import
                # statement costs as much as a step of the loop.
                from ._kept import kept_loop as _kept_loop
            return _kept_loop().run(coroutine)  # type: ignore[no-any-return]
    except StopIteration as done:
        return done.value  # type: ignore[no-any-return]
    except HandlerStoppedError as error:
        stop = error.__cause__
        assert stop is not None
    else:
        raise not_by_hand(coroutine)
    raise stop


@types.coroutine
def resumed(coroutine: Coroutine[Any, Any, T], context: Context) -> Generator[Any, Any, T]:
    """Await a coroutine that has been started by hand, in a context of its own: a task that costs no task.

    What it sets in context variables stays there, and everything it starts inherits them.
    """
    step, value = coroutine.send, None
    while True:
        try:
            waits_for = context.run(step, value)
        except StopIteration as done:
            return done.value  # type: ignore[no-any-return]
        try:
            step, value = coroutine.send, (yield waits_for)
        except BaseException as error:
            step, value = coroutine.throw, error


def not_by_hand(coroutine: Coroutine[Any, Any, object]) -> LoopError:
    """The error for a coroutine that awaited something before it asked for a loop; it is closed."""
    coroutine.close()
    return LoopError(
        "middleware registered with waits=False awaited something other than call_next: register it without waits=False"
    )


def not_async(layer: Callable[..., object], subject: str) -> ReplyError:
    """The error for middleware that was called and gave nothing to await."""
    return ReplyError(
        f"middleware {name_of(layer)}() [{location_of(layer)}] is not async: write `async def {name_of(layer)}({subject}, "
        f"call_next)` and `await call_next({subject})`"
    )


def check_layer(layer: Callable[..., object], subject: str, refusal: type[Exception]) -> None:
    """Refuse middleware that is a class, a plain function and not async, or does not take two arguments.

    A synchronous one that returns ``call_next(...)`` would work, and measure, catch and close nothing.
    """
    if isinstance(layer, type):
        raise refusal(
            f"middleware is a function or an object, and {layer.__name__} a class: write {layer.__name__}(...), if its objects "
            f"are called with ({subject}, call_next); ASGI middleware goes around a mounted app"
        )
    code = getattr(layer, "__code__", None)
    if code is None or hasattr(layer, "__wrapped__"):
        return
    if kind_of(layer) != "async":
        raise refusal(str(not_async(layer, subject)))
    required = code.co_argcount - len(getattr(layer, "__defaults__", None) or ()) - hasattr(layer, "__self__")
    takes_any = code.co_flags & VARARGS
    if required > 2 or (code.co_argcount - hasattr(layer, "__self__") < 2 and not takes_any):
        raise refusal(
            f"middleware {name_of(layer)}() [{location_of(layer)}] takes two arguments: `async def {name_of(layer)}({subject}, "
            "call_next)`"
        )
