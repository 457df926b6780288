"""Cross-origin requests: closed unless an origin is named.

https://fetch.spec.whatwg.org/#http-cors-protocol
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable
from typing import TYPE_CHECKING

from .._replies import problem
from ..errors import RegistrationError
from ..response import BufferedResponse, Prelude
from ..sources._http import remember
from ._headers import checked_value, vary_by, without
from ._layer import HttpLayer

if TYPE_CHECKING:
    from ..context import Invocation
    from ..request import Request
    from ..response import FunctionResponse

_METHODS = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")
#: What every browser sends without asking: https://fetch.spec.whatwg.org/#cors-safelisted-request-header
_SAFE_HEADERS = frozenset({"accept", "accept-language", "content-language", "content-type"})
#: Clients name origins: what is remembered of them is bounded.
_REMEMBERED = 256
_ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://[^/?#@\s]+", re.ASCII)


class CORS(HttpLayer):
    """Lets the pages of other origins read the answers, and answers their preflights.

    Args:
        allow_origins: ``"https://shop.example.com"``, with a port where it is not the scheme's own; ``"*"`` for all;
            ``"null"`` for pages of no origin. None by default.
        allow_origin_regex: A regular expression that a whole origin matches.
        allow_methods: The methods that may be used; ``"*"`` for all.
        allow_headers: The headers that may be sent beside the usual ones; ``"*"`` for all.
        allow_credentials: Whether pages may send cookies and read what is answered to them.
        expose_headers: The headers of an answer that pages may read beside the usual ones.
        max_age: Seconds for which a browser need not ask again.

    Raises:
        RegistrationError: A setting that browsers would not follow.

    Reference:
        https://fetch.spec.whatwg.org/#http-cors-protocol
    """

    def __init__(
        self,
        allow_origins: Iterable[str] = (),
        *,
        allow_origin_regex: str | None = None,
        allow_methods: Iterable[str] = ("GET", "HEAD", "POST"),
        allow_headers: Iterable[str] = (),
        allow_credentials: bool = False,
        expose_headers: Iterable[str] = (),
        max_age: int = 600,
    ) -> None:
        origins, methods = _listed("allow_origins", allow_origins), _listed("allow_methods", allow_methods)
        headers = _listed("allow_headers", allow_headers)
        _check_origins(origins, allow_credentials=allow_credentials)
        if type(max_age) is not int or max_age < 0:
            raise RegistrationError(f"CORS(max_age=...) is a whole number of seconds, not {max_age!r}")
        self._is_open = "*" in origins
        self._origins = frozenset(origins)
        self._matches = re.compile(allow_origin_regex).fullmatch if allow_origin_regex is not None else None
        self._methods = _METHODS if "*" in methods else tuple(sorted({each.upper() for each in methods}))
        self._takes_all_headers = "*" in headers
        self._headers = _SAFE_HEADERS.union(each.lower() for each in headers)
        self._of_answers = [("access-control-allow-credentials", "true")] if allow_credentials else []
        self._of_preflights = [
            *self._of_answers,
            ("access-control-allow-methods", ", ".join(self._methods)),
            ("access-control-max-age", str(max_age)),
        ]
        exposed = _listed("expose_headers", expose_headers)
        if exposed:
            self._of_answers = [*self._of_answers, ("access-control-expose-headers", ", ".join(exposed))]
        #: Caches keep an answer for each origin, unless it is the same for all.
        self._vary = [] if self._is_open else [("vary", "Origin")]
        #: What answers to an origin have, known so far; clients name origins, so it is bounded.
        self._known: dict[str, list[tuple[str, str]]] = {}
        self._ours = frozenset({"access-control-allow-origin", *(name for name, _ in self._of_answers)})

    async def __call__(
        self, invocation: Invocation, call_next: Callable[[Invocation], Awaitable[FunctionResponse]]
    ) -> FunctionResponse:
        if invocation.source.http is None:
            return await call_next(invocation)
        request = invocation.request
        origin = request.header("origin")
        if origin is not None and request.method == "OPTIONS":
            method = request.header("access-control-request-method")
            if method is not None:
                return self._preflight(request, origin, method)
        response = await call_next(invocation)
        prelude = response.prelude
        assert prelude is not None
        added = self._vary if origin is None else self._known.get(origin) or self._learnt(origin)
        if len(prelude.headers) == 1 and prelude.headers[0][0] == "content-type":
            prelude.headers += added
        elif added:
            if added is not self._vary:
                # What the handler or a mounted app says itself would stand there twice, which browsers refuse.
                prelude.headers = [*without(prelude, *self._ours), *added[:-1]]
            name, value = added[-1]
            vary_by(prelude, value) if name == "vary" else prelude.headers.append(added[-1])
        return response

    def _learnt(self, origin: str) -> list[tuple[str, str]]:
        """What answers to an origin have: Vary comes last."""
        added = self._vary
        if self._allows(origin):
            allowed = ("access-control-allow-origin", "*" if self._is_open else origin)
            added = [*self._of_answers, allowed, *self._vary]
        if len(self._known) < _REMEMBERED:
            self._known[origin] = added
            remember(added)
        return added

    def _allows(self, origin: str) -> bool:
        if self._is_open or origin in self._origins:
            return True
        return self._matches is not None and self._matches(origin) is not None

    def _preflight(self, request: Request, origin: str, method: str) -> BufferedResponse:
        wanted = request.header("access-control-request-headers") or ""
        names = [name.strip().lower() for name in wanted.split(",") if name.strip()]
        if not self._allows(origin):
            response = _refused("the origin")
        elif method not in self._methods:
            response = _refused("the method")
        elif not self._takes_all_headers and not self._headers.issuperset(names):
            response = _refused("a header")
        else:
            response = BufferedResponse(None, Prelude(204, self._of_preflights))
            prelude = response.prelude
            assert prelude is not None
            prelude.headers.append(("access-control-allow-origin", "*" if self._is_open else origin))
            if names and wanted.isprintable():
                prelude.headers.append(("access-control-allow-headers", ", ".join(names)))
        assert response.prelude is not None
        vary_by(response.prelude, "Origin, Access-Control-Request-Method, Access-Control-Request-Headers")
        return response


def _refused(what: str) -> BufferedResponse:
    return problem(400, f"Cross-origin requests: {what} is not allowed", code="cors")


def _listed(what: str, values: Iterable[str]) -> tuple[str, ...]:
    if isinstance(values, str):
        raise RegistrationError(f'CORS({what}=...) is a list: write ["{values}"]')
    return tuple(checked_value(f"each of CORS({what}=...)", value) for value in values)


def _check_origins(origins: tuple[str, ...], *, allow_credentials: bool) -> None:
    for origin in origins:
        if origin not in ("*", "null") and not _ORIGIN.fullmatch(origin):
            raise RegistrationError(
                f'CORS: an origin is a scheme, a host and perhaps a port, as in "https://shop.example.com", not {origin!r}'
            )
    if allow_credentials and "*" in origins:
        raise RegistrationError(
            'CORS: browsers take no answer to "*" that depends on cookies: name the origins, or give allow_origin_regex='
        )
