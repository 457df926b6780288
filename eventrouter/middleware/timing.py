"""How long an answer took, for the developer tools of browsers: https://www.w3.org/TR/server-timing/"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from time import perf_counter
from typing import TYPE_CHECKING

from ..errors import RegistrationError
from ._layer import HttpLayer

if TYPE_CHECKING:
    from ..context import Invocation
    from ..response import FunctionResponse


class ServerTiming(HttpLayer):
    """Adds ``Server-Timing: app;dur=12.3``: the milliseconds until the answer was there; of a stream, until it began.

    Args:
        name: What is measured. Handlers may send a Server-Timing of their own, which stands beside it.

    Raises:
        RegistrationError: It is no name.
    """

    def __init__(self, name: str = "app") -> None:
        if not name.isascii() or not name.replace("-", "").replace("_", "").isalnum():
            raise RegistrationError(f"ServerTiming: a name has letters, digits, - and _, which {name!r} is not made of")
        self._name = name

    async def __call__(
        self, invocation: Invocation, call_next: Callable[[Invocation], Awaitable[FunctionResponse]]
    ) -> FunctionResponse:
        started = perf_counter()
        response = await call_next(invocation)
        if response.prelude is not None:
            took = (perf_counter() - started) * 1000
            response.prelude.headers.append(("server-timing", f"{self._name};dur={took:.1f}"))
        return response
