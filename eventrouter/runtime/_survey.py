"""What an app has registered, as far as it decides how it is run."""

from __future__ import annotations

from .._signature import kind_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..app import App

_ASYNC_GENERATOR = 0x200


def needs_loop(app: App) -> bool:
    """Whether anything of *app* is asynchronous, or streams: it is then run on an event loop from the start.

    What cannot be told from here (a plain function that returns something to await) reaches a loop when it comes up.
    """
    settings = app._settings
    return (
        bool(app._stream_settings())
        or any(plan.waits for plan in app._registry.plans())
        or any(waits for _, waits in app._layers)
        or any(kind_of(hook).startswith("async") for hook, _ in app._after)
        or app._handlers.waits
        or any(mount.serves.waits for mount in app._registry.mounts)
        or any(callable(policy) and kind_of(policy) == "async" for policy in (settings.invalid, settings.unmatched))
        or _is_async(app._started.lifespan)
        or app._registry.streams()
    )


def is_async(app: App) -> bool:
    """Whether every handler of *app* is async, so that one process can handle several invocations at once."""
    return all(plan.kind.startswith("async") for plan in app._registry.plans()) and all(
        mount.serves.is_async for mount in app._registry.mounts
    )


def _is_async(lifespan: object) -> bool:
    if lifespan is None:
        return False
    code = getattr(getattr(lifespan, "__wrapped__", lifespan), "__code__", None)
    return hasattr(lifespan, "__aenter__") or bool(getattr(code, "co_flags", 0) & _ASYNC_GENERATOR)
