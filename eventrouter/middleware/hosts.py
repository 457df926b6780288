"""Requests for other hosts are refused: https://owasp.org/www-project-web-security-testing-guide/ (host header injection)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import TYPE_CHECKING

from .._replies import problem
from .._settings import checked_host
from ..errors import RegistrationError
from ..sources.alb import is_health_check
from ._layer import HttpLayer

if TYPE_CHECKING:
    from ..context import Invocation
    from ..response import FunctionResponse

#: Clients name hosts: what is remembered of them is bounded.
_REMEMBERED = 256


class TrustedHosts(HttpLayer):
    """Answers 400 to requests for any other host than these. A load balancer's health checks, which name none, pass.

    Args:
        hosts: ``"api.example.com"``, ``"*.example.com"`` for every host below it; their ports do not matter.

    Raises:
        RegistrationError: One is none, or there are none.
    """

    def __init__(self, hosts: Iterable[str]) -> None:
        if isinstance(hosts, str):
            raise RegistrationError(f'TrustedHosts takes a list: write ["{hosts}"]')
        names = [checked_host(host) for host in hosts]
        if not all(names):
            raise RegistrationError("TrustedHosts: a host is not an empty text")
        if not names:
            raise RegistrationError("TrustedHosts([]) would refuse every request: name the hosts")
        self._hosts = frozenset(name for name in names if not name.startswith("*."))
        self._endings = tuple(name[1:] for name in names if name.startswith("*."))
        self._trusted: set[str] = set()

    async def __call__(
        self, invocation: Invocation, call_next: Callable[[Invocation], Awaitable[FunctionResponse]]
    ) -> FunctionResponse:
        if invocation.source.http is None:
            return await call_next(invocation)
        given = invocation.request.header("host")
        if given in self._trusted or self._trusts(invocation):
            return await call_next(invocation)
        return problem(400, "The host is none of this API's", code="host")

    def _trusts(self, invocation: Invocation) -> bool:
        request = invocation.request
        host, colon, port = request.host.rpartition(":")
        name = host if colon and port.isdigit() else request.host
        if name in self._hosts or name.endswith(self._endings):
            given = request.header("host")
            if given is not None and len(self._trusted) < _REMEMBERED:
                self._trusted.add(given)
            return True
        return invocation.source.name == "alb" and is_health_check(invocation.event)
