"""WSGI apps, through a2wsgi: each request in a thread of its own, its body streamed as the app makes it.

https://peps.python.org/pep-3333/
"""

from __future__ import annotations

from inspect import CO_COROUTINE
from typing import TYPE_CHECKING, Any

from ..errors import RegistrationError
from .asgi import AsgiApp

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..context import Invocation


def _is_async(function: object) -> bool:
    code = getattr(function, "__code__", None)
    return code is not None and code.co_flags & CO_COROUTINE != 0


class WsgiApp(AsgiApp):
    """A mounted WSGI app; it needs asyncio, which a2wsgi is written for."""

    kind = "WSGI"
    #: Its requests run in threads, which not every app bears beside each other.
    is_async = False

    def __init__(self, app: Callable[..., Any], *, threads: int = 10) -> None:
        if not callable(app) or isinstance(app, type):
            raise RegistrationError(
                f"app.mount_wsgi takes a WSGI app, a function of environ and start_response, not {app!r}"
            )
        if _is_async(app) or _is_async(type(app).__call__):
            raise RegistrationError(
                f"app.mount_wsgi takes a WSGI app, and {type(app).__name__} is ASGI: write app.mount"
            )
        try:
            from a2wsgi import WSGIMiddleware
        except ModuleNotFoundError:
            raise RegistrationError("app.mount_wsgi needs a2wsgi: pip install 'eventrouter[wsgi]'") from None
        super().__init__(WSGIMiddleware(app, workers=threads), name=f"the mounted {type(app).__name__}")

    async def start(self, invocation: Invocation) -> None:
        """Nothing: WSGI knows no lifespan."""

    async def stop(self, invocation: Invocation) -> None:
        """Nothing: WSGI knows no lifespan."""
