"""Answers that the client has already are not sent again: https://www.rfc-editor.org/rfc/rfc9110#section-13"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from email.utils import parsedate_to_datetime
from hashlib import blake2b
from typing import TYPE_CHECKING

from ..response import BufferedResponse
from ._headers import header_of, without
from ._layer import HttpLayer

if TYPE_CHECKING:
    from ..context import Invocation
    from ..response import FunctionResponse

#: What describes a body that is not sent: https://www.rfc-editor.org/rfc/rfc9110#section-15.4.5
_OF_BODIES = ("content-type", "content-length", "content-encoding", "content-language", "content-range")

_BYTES = (bytes, bytearray, memoryview)


class ETag(HttpLayer):
    """Gives answers to GET and HEAD an ETag, and answers 304 where the client's copy is that one, or is not older.

    An ETag or Last-Modified of the handler's own is used as it is. Streams, other statuses than 200 and what is marked
    ``no-store`` are left alone.

    Reference:
        https://www.rfc-editor.org/rfc/rfc9110#section-13.1
    """

    async def __call__(
        self, invocation: Invocation, call_next: Callable[[Invocation], Awaitable[FunctionResponse]]
    ) -> FunctionResponse:
        response = await call_next(invocation)
        prelude = response.prelude
        if prelude is None or prelude.status_code != 200 or not isinstance(response, BufferedResponse):
            return response
        request = invocation.request
        if request.method not in ("GET", "HEAD"):
            return response
        tag = modified = None
        # Most answers have a content type and nothing else.
        if len(prelude.headers) > 1:
            if "no-store" in (header_of(prelude, "cache-control") or "").lower():
                return response
            tag, modified = header_of(prelude, "etag"), header_of(prelude, "last-modified")
        if tag is None:
            value = response.value
            data = value.encode("utf-8", "surrogatepass") if type(value) is str else value
            if not data or not isinstance(data, _BYTES):
                return response
            # A part of the digest takes less time than a shorter one.
            tag = f'"{blake2b(data).hexdigest()[:32]}"'
            prelude.headers.append(("etag", tag))
        known = request.header("if-none-match")
        if known is None and modified is None:
            return response
        if _has(known, tag) if known is not None else _is_newer(request.header("if-modified-since"), modified):
            prelude.status_code = 304
            prelude.headers = without(prelude, *_OF_BODIES)
            response.value = None
        return response


def _has(known: str, tag: str) -> bool:
    """Whether If-None-Match names the tag: https://www.rfc-editor.org/rfc/rfc9110#section-13.1.2"""
    wanted = tag.removeprefix("W/")
    return known.strip() == "*" or any(each.strip().removeprefix("W/") == wanted for each in known.split(","))


def _is_newer(since: str | None, modified: str | None) -> bool:
    """Whether the client's copy is not older: https://www.rfc-editor.org/rfc/rfc9110#section-13.1.3"""
    if since is None or modified is None:
        return False
    try:
        return parsedate_to_datetime(modified) <= parsedate_to_datetime(since)
    except (ValueError, TypeError):
        return False  # no date, or one without a zone beside one with it: as if it had not been sent
