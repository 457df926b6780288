"""Headers that tell browsers to be careful: https://owasp.org/www-project-secure-headers/"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING

from ..errors import RegistrationError
from ..sources._http import remember
from ._headers import checked_value
from ._layer import HttpLayer

if TYPE_CHECKING:
    from ..context import Invocation
    from ..response import FunctionResponse

_TOKEN = frozenset("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz")


class SecurityHeaders(HttpLayer):
    """Adds headers that an answer does not have itself. None leaves one out.

    Args:
        hsts: Strict-Transport-Security: two years, with what is below the host.
        content_type_options: X-Content-Type-Options.
        frame_options: X-Frame-Options: who may show the answer in a frame.
        referrer_policy: Referrer-Policy.
        opener_policy: Cross-Origin-Opener-Policy.
        content_security_policy: Content-Security-Policy; for an API ``"default-src 'none'; frame-ancestors 'none'"``.
        permissions_policy: Permissions-Policy.
        more: Others, by name.

    Raises:
        RegistrationError: A name or value that no header can have.

    Reference:
        https://cheatsheetseries.owasp.org/cheatsheets/HTTP_Headers_Cheat_Sheet.html
    """

    def __init__(
        self,
        *,
        hsts: str | None = "max-age=63072000; includeSubDomains",
        content_type_options: str | None = "nosniff",
        frame_options: str | None = "DENY",
        referrer_policy: str | None = "strict-origin-when-cross-origin",
        opener_policy: str | None = "same-origin",
        content_security_policy: str | None = None,
        permissions_policy: str | None = None,
        more: Mapping[str, str] | None = None,
    ) -> None:
        given = {
            "strict-transport-security": hsts,
            "x-content-type-options": content_type_options,
            "x-frame-options": frame_options,
            "referrer-policy": referrer_policy,
            "cross-origin-opener-policy": opener_policy,
            "content-security-policy": content_security_policy,
            "permissions-policy": permissions_policy,
            **{name.lower(): value for name, value in (more or {}).items()},
        }
        for name in given:
            if not name or not _TOKEN.issuperset(name):
                raise RegistrationError(f"SecurityHeaders(more=...): {name!r} is no name for a header")
        self._headers = [
            (name, checked_value(f"SecurityHeaders: {name}", value))
            for name, value in given.items()
            if value is not None
        ]
        self._names = frozenset(name for name, _ in self._headers)
        remember(self._headers)

    async def __call__(
        self, invocation: Invocation, call_next: Callable[[Invocation], Awaitable[FunctionResponse]]
    ) -> FunctionResponse:
        response = await call_next(invocation)
        prelude = response.prelude
        if prelude is not None:
            there = prelude.headers
            # Most answers have a content type and nothing else.
            if len(there) == 1 and there[0][0] not in self._names:
                there += self._headers
            else:
                names = {name.lower() for name, _ in there}
                there += [pair for pair in self._headers if pair[0] not in names]
        return response
