"""Routes of one part of an application, in a file of their own, until an app includes them."""

from __future__ import annotations

from ._decorators import Routes
from ._registration import HttpRegistration, Registration, Surroundings
from ._settings import check_setting, check_tags, checked_host, checked_prefix
from .errors import RegistrationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .types import Failures, RouteMiddleware


class Router(Routes):
    """Takes the same decorators as an ``App``; ``app.include(router, prefix="/shop")`` adds its routes.

    Args:
        failures: As for ``App``, for the routes of this router.
        middleware: Layers around each call of its routes, outermost first.
        tags: For the OpenAPI document: the groups that its HTTP routes belong to.
    """

    def __init__(
        self,
        *,
        failures: Failures | None = None,
        middleware: Sequence[RouteMiddleware] = (),
        tags: Sequence[str] = (),
    ) -> None:
        check_tags("Router", tags)
        for name, value in (("failures", failures), ("middleware", middleware)):
            if value is not None:
                check_setting("Router", name, value)
        self._surroundings = Surroundings("", failures, middleware, tags=tags)
        self._registrations: list[tuple[Registration | HttpRegistration, Surroundings]] = []
        self._owners: list[Callable[[Registration | HttpRegistration, Surroundings], None]] = []
        self._included: list[Router] = []

    def include(self, router: Router, prefix: str = "", *, host: str = "") -> None:
        """Add the routes of another router to this one.

        Args:
            router: The other router; what it registers later is added too.
            prefix: In front of the paths of its HTTP routes.
            host: The hosts that its HTTP routes are for: ``api.example.com``, ``*.example.com``; default: all.

        Raises:
            RegistrationError: It is no router, or one that includes this one.
        """
        if not isinstance(router, Router):
            raise RegistrationError(f"router.include takes a Router, not a {type(router).__name__}")
        if router._holds(self):
            raise RegistrationError("a router cannot include itself, nor one that includes it")
        router.join(self._take, prefix, host)
        self._included.append(router)

    def join(
        self, take: Callable[[Registration | HttpRegistration, Surroundings], None], prefix: str, host: str
    ) -> None:
        """Hand every route over, those of now and those of later: none is lost for being registered after the include."""
        around = Surroundings(checked_prefix(prefix), host=checked_host(host))

        def owner(registration: Registration | HttpRegistration, inner: Surroundings) -> None:
            take(registration, inner.inside(around))

        for registration, inner in self._registrations:
            owner(registration, inner)
        self._owners.append(owner)

    def _holds(self, other: Router) -> bool:
        return self is other or any(each._holds(other) for each in self._included)

    def _register(self, registration: Registration | HttpRegistration) -> None:
        self._take(registration, Surroundings())

    def _take(self, registration: Registration | HttpRegistration, inner: Surroundings) -> None:
        seen = inner.inside(self._surroundings)
        self._registrations.append((registration, seen))
        for owner in self._owners:
            owner(registration, seen)
