"""Bodies that are too large are refused before anybody reads them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from .._replies import problem
from ..errors import RegistrationError
from ._layer import HttpLayer

if TYPE_CHECKING:
    from ..context import Invocation
    from ..response import FunctionResponse
    from ..types import JsonObject


class RequestSizeLimit(HttpLayer):
    """Answers 413 to requests whose body has more bytes; base64 is counted as what it holds, without being decoded.

    Args:
        max_bytes: The most that is taken. AWS itself takes 6 MB of a whole event, and 1 MB behind a load balancer.

    Raises:
        RegistrationError: It is no number of bytes.

    Reference:
        https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
    """

    def __init__(self, max_bytes: int) -> None:
        if type(max_bytes) is not int or max_bytes < 0:
            raise RegistrationError(f"RequestSizeLimit takes a whole number of bytes, not {max_bytes!r}")
        self._max = max_bytes

    async def __call__(
        self, invocation: Invocation, call_next: Callable[[Invocation], Awaitable[FunctionResponse]]
    ) -> FunctionResponse:
        if invocation.source.http is not None:
            body = invocation.event.get("body")
            # A character has at most four bytes.
            if body and type(body) is str and len(body) * 4 > self._max and _size(invocation.event, body) > self._max:
                return problem(413, f"The body has more than {self._max} bytes", code="too_large")
        return await call_next(invocation)


def _size(event: JsonObject, body: str) -> int:
    if event.get("isBase64Encoded") or event.get("is_base64_encoded"):
        text = body.rstrip("=")
        return len(text) * 3 // 4
    return len(body) if body.isascii() else len(body.encode("utf-8", "surrogatepass"))
