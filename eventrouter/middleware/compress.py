"""Answers are compressed as clients take them: https://www.rfc-editor.org/rfc/rfc9110#section-12.5.3"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from functools import lru_cache
from typing import TYPE_CHECKING

from ..errors import RegistrationError
from ..response import BufferedResponse
from ..sources._http import is_text
from ._codings import CODINGS, installed
from ._headers import header_of, vary_by, without
from ._layer import HttpLayer

if TYPE_CHECKING:
    from ..context import Invocation
    from ..response import FunctionResponse, Prelude, StreamingResponse
    from ._codings import Coding

#: Beside text: types that are worth it.
_TYPES = frozenset({"application/wasm", "font/ttf", "font/otf", "application/vnd.ms-fontobject", "image/bmp"})
_LEFT_ALONE = (204, 205, 206)


class Compress(HttpLayer):
    """Compresses text, buffered or streamed, in the coding that the client likes best.

    Server-sent events, partial answers, what is compressed already and what is marked ``no-transform`` are left as they are;
    so are buffered answers of a REST API, whose clients would be sent base64, unless ``App(rest_binary=True)`` says that it has
    binary media types.

    Args:
        minimum_size: Bodies with fewer bytes are sent as they are.
        codings: ``"zstd"``, ``"br"`` and ``"gzip"``, best first, for clients that like several equally; default: those that
            are installed (``pip install 'eventrouter[http]'``).

    Raises:
        RegistrationError: There is no such coding, or it is not installed.

    Reference:
        https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-payload-encodings.html
    """

    def __init__(self, *, minimum_size: int = 500, codings: Iterable[str] | None = None) -> None:
        if type(minimum_size) is not int or minimum_size < 0:
            raise RegistrationError(f"Compress(minimum_size=...) is a whole number of bytes, not {minimum_size!r}")
        if isinstance(codings, str):
            raise RegistrationError(f'Compress(codings=...) is a list: write ["{codings}"]')
        self._minimum_size = minimum_size
        self._codings = installed() if codings is None else {name: _coding(name) for name in codings}
        # Clients write few different ones; the cache is bounded all the same.
        self._choose = lru_cache(256)(self._chosen)

    async def __call__(
        self, invocation: Invocation, call_next: Callable[[Invocation], Awaitable[FunctionResponse]]
    ) -> FunctionResponse:
        response = await call_next(invocation)
        prelude = response.prelude
        if prelude is None:
            return response
        if prelude.status_code == 304:
            # It says what the answer itself would have said: https://www.rfc-editor.org/rfc/rfc9110#section-15.4.5
            vary_by(prelude, "Accept-Encoding")
            return response
        if isinstance(response, BufferedResponse) and (self._is_small(response.value) or not _takes_bytes(invocation)):
            return response
        if not _may(prelude):
            return response
        vary_by(prelude, "Accept-Encoding")
        request = invocation.request
        name = self._choose(request.header("accept-encoding") or "")
        if name is None or request.method == "HEAD":
            return response
        if isinstance(response, BufferedResponse):
            return _whole(response, prelude, name, self._codings[name])
        return _streamed(response, prelude, name, self._codings[name])

    def _is_small(self, value: object) -> bool:
        size = len(value) if isinstance(value, str | bytes | bytearray | memoryview) else 0
        return size < self._minimum_size or size == 0

    def _chosen(self, accepted: str) -> str | None:
        """The coding for a client; None for none."""
        weights = _weights(accepted)
        other = weights.get("*", 0.0)
        best, found = 0.0, None
        for name in self._codings:
            weight = weights.get(name, weights.get("x-gzip", other) if name == "gzip" else other)
            if weight > best:
                best, found = weight, name
        # Some ask for the answer as it is rather than compressed.
        return found if best >= weights.get("identity", 0.0) else None


def _coding(name: str) -> Coding:
    if name not in CODINGS:
        raise RegistrationError(f"Compress(codings=...): there are {', '.join(CODINGS)}, not {name!r}")
    found = installed().get(name)
    if found is None:
        raise RegistrationError(f"Compress: {name} is not installed: pip install 'eventrouter[http]'")
    return found


def _weights(accepted: str) -> dict[str, float]:
    weights: dict[str, float] = {}
    for part in accepted.split(","):
        name, _, parameter = part.partition(";")
        key, _, text = parameter.strip().partition("=")
        weight = 1.0
        if key.strip().lower() == "q":
            try:
                weight = float(text)
            except ValueError:
                weight = 0.0  # what cannot be read is not what was asked for
        weights[name.strip().lower()] = weight
    return weights


def _may(prelude: Prelude) -> bool:
    if prelude.status_code < 200 or prelude.status_code in _LEFT_ALONE:
        return False
    media_type = header_of(prelude, "content-type") or ""
    media = media_type.partition(";")[0].strip().lower()
    if media == "text/event-stream" or not (media and (is_text(media_type) or media in _TYPES)):
        return False
    if len(prelude.headers) == 1:
        return True
    encoding = (header_of(prelude, "content-encoding") or "identity").lower()
    return encoding == "identity" and "no-transform" not in (header_of(prelude, "cache-control") or "").lower()


def _takes_bytes(invocation: Invocation) -> bool:
    """Whether clients are sent the bytes of a body that is base64 in the answer; an HTTP API is, with any payload format."""
    return invocation.source.name != "apigw_rest" or invocation.rest_binary or invocation.event.get("version") == "1.0"


def _encoded(prelude: Prelude, name: str) -> None:
    tag = header_of(prelude, "etag")
    prelude.headers = without(prelude, "content-length", "content-encoding", "etag", "accept-ranges")
    if tag is not None:
        # The bytes are others, what they mean is the same: https://www.rfc-editor.org/rfc/rfc9110#section-8.8.1
        prelude.headers.append(("etag", tag if tag.startswith("W/") else f"W/{tag}"))
    prelude.headers.append(("content-encoding", name))


def _whole(response: BufferedResponse, prelude: Prelude, name: str, coding: Coding) -> BufferedResponse:
    value = response.value
    data = value.encode() if isinstance(value, str) else bytes(value)
    compressor = coding()
    packed = compressor.compress(data) + compressor.finish()
    if len(packed) < len(data):
        response.value = packed
        _encoded(prelude, name)
    return response


def _streamed(response: StreamingResponse, prelude: Prelude, name: str, coding: Coding) -> StreamingResponse:
    _encoded(prelude, name)
    response.body = _packed(response.body, coding)
    return response


async def _packed(body: AsyncIterator[bytes], coding: Coding) -> AsyncIterator[bytes]:
    """Each chunk is sent on with all that it holds, so that nothing waits for the next one."""
    compressor = coding()
    try:
        async for chunk in body:
            # What is empty is passed over by who sends it.
            yield compressor.compress(chunk) + compressor.flush()
        yield compressor.finish()
    finally:
        await body.aclose()  # type: ignore[attr-defined]  # every body of ours has it
