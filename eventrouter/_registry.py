"""All routes of an app: paths for requests, and per source a table, resolved when the first event of it arrives."""

from __future__ import annotations

import os

from ._compile import compile_http, compile_records
from ._paths import Paths
from ._registration import HttpRegistration, Registration, Surroundings
from ._sniff import source_named, sources
from .errors import RegistrationError
from .routing import SETTINGS, Table, is_late, refuse_disagreement, refuse_equal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Mapping

    from ._binding import Plan
    from ._calls import Scopes
    from ._compile import HttpRoute
    from ._mounts import Mount
    from ._settings import AppSettings
    from .routing import Route
    from .source import Source


class Routes:
    """The routes of one source that are told apart by one table."""

    __slots__ = ("claims", "routes", "source", "table")

    def __init__(self, source: Source) -> None:
        self.source = source
        self.routes: list[Route] = []
        self.claims: dict[Hashable, Route] = {}
        #: Built on first use, when the environment holds what names are made of.
        self.table: Table | None = None

    def add(self, route: Route) -> None:
        """Add a route; one whose names are known already is held against the others at once."""
        for other in self.routes:
            if (
                route.pattern.bind.get("opens") != other.pattern.bind.get("opens")
                and route.pattern.names == other.pattern.names
            ):
                raise RegistrationError(
                    f"{route.name} [{route.plan.location}] and {other.name} [{other.plan.location}]: either a route takes the "
                    f"messages of {route.describe()}, or routes with via= take what is inside them"
                )
        if not is_late(route.pattern):
            route.resolve(self.source, {})
            refuse_equal(self.source, route, self.claims)
        refuse_disagreement(self.source, route, self.routes)
        self.routes.append(route)
        self.table = None

    def ready(self) -> Table:
        """The table.

        Raises:
            NameResolutionError: A name asks for an environment variable that is not set.
            RegistrationError: Two routes turn out to claim the same, now that their names are known.
        """
        if self.table is None:
            self.table = Table(self.source, self.routes, os.environ)
        return self.table


class Tables(dict[str, Routes]):
    """Routes by the label of their source; of a source without any there is an empty table."""

    def __missing__(self, label: str) -> Routes:
        self[label] = Routes(sources[label])
        return self[label]

    def ready(self) -> Mapping[str, Table]:
        return {label: routes.ready() for label, routes in self.items()}


class Registry:
    """Compiles registrations and keeps the routes."""

    __slots__ = (
        "_count", "_included", "_scopes", "_settings", "enrichments", "http", "mounts", "paths", "registrations", "tables",
        "vias",
    )  # fmt: skip

    def __init__(self, settings: AppSettings, scopes: Scopes) -> None:
        self._settings = settings
        self._scopes = scopes
        self._count = 0
        #: Registrations of records, which count once however often their router is included.
        self._included: list[Registration] = []
        #: All of them with where they came through, in their order: what another app could be made of.
        self.registrations: list[tuple[Registration | HttpRegistration, Surroundings]] = []
        #: Routes for what is inside the messages of a queue or topic, by its label and name.
        self.vias: dict[tuple[str, str], Tables] = {}
        self.paths: Paths[HttpRoute] = Paths()
        self.http: list[HttpRoute] = []
        self.mounts: list[Mount] = []
        self.tables = Tables()
        self.enrichments = Tables()

    def add(self, registration: Registration | HttpRegistration, around: Surroundings) -> None:
        """Compile a registration and keep its route.

        Raises:
            RegistrationError: It cannot work, or claims what another route has.
        """
        if isinstance(registration, HttpRegistration):
            self._add_http(compile_http(registration, around, self._scopes))
            self.registrations.append((registration, around))
            return
        if any(each is registration for each in self._included):
            return
        self._count += 1
        route = compile_records(registration, around, self._scopes, self._settings, self._count)
        via = registration.pattern.options.get("via")
        if via is not None:
            self._add_inner(route, via)
        else:
            for label in route.pattern.sources:
                (self.enrichments if registration.is_enrichment else self.tables)[label].add(route)
        self._included.append(registration)
        self.registrations.append((registration, around))

    def plans(self) -> Iterator[Plan]:
        """How the handler of every route is called."""
        yield from (route.plan for route in self.http)
        for tables in (self.tables, self.enrichments, *self.vias.values()):
            yield from (route.plan for table in tables.values() for route in table.routes)

    def streams(self) -> bool:
        """Whether a route says of itself that it streams."""
        return any(route.reply.response_stream for route in self.http) or any(
            route.options.get("response_stream") for route in self.tables["direct"].routes
        )

    def unresolve(self) -> None:
        """Have every name resolved anew, with the next event."""
        for tables in (self.tables, self.enrichments, *self.vias.values()):
            for routes in tables.values():
                routes.table = None

    def mount(self, mount: Mount) -> None:
        """Keep an app of another framework.

        Raises:
            RegistrationError: Another one has its prefix.
        """
        paths = self.paths.of_host(mount.host) if mount.host else self.paths
        other = paths.mount(mount)
        if other is not None:
            raise RegistrationError(f"{other.name} and {mount.name} are both mounted at {mount.prefix or '/'}")
        self.mounts.append(mount)

    def _add_http(self, route: HttpRoute) -> None:
        paths = self.paths.of_host(route.host) if route.host else self.paths
        paths.name(route.name, route.path)
        for method in route.methods:
            other = paths.add(method, route.path, route, f"{method} {route.path}")
            if other is not None:
                raise RegistrationError(
                    f"{method} {route.path}: {route.name}() [{route.plan.location}] and {other.name}() "
                    f"[{other.plan.location}] have the same path"
                )
        self.http.append(route)

    def _add_inner(self, route: Route, via: str) -> None:
        """Add a route for events that arrive inside the messages of a queue or topic."""
        from ._envelopes import Envelope, outer_of

        what = f"{route.name}() [{route.plan.location}]"
        label, name = outer_of(via, what)
        if route.takes_batch:
            raise RegistrationError(f"{what}: what is inside a message is handled one by one, so via= knows no batches")
        tables = self.vias.get((label, name))
        if tables is None:
            outer = source_named(label)
            assert outer is not None
            tables = Tables()
            envelope = Envelope(outer, name, tables.ready)
            self.tables[label].add(envelope.as_route(route, -len(self.vias) - 1))
            self.vias[label, name] = tables
        else:
            self._refuse_other_settings(tables, route, via, what)
        for inner in route.pattern.sources:
            tables[inner].add(route)

    @staticmethod
    def _refuse_other_settings(tables: Tables, route: Route, via: str, what: str) -> None:
        for routes in tables.values():
            for other in routes.routes:
                for setting in SETTINGS:
                    if other.options.get(setting) != route.options.get(setting):
                        raise RegistrationError(
                            f"{what} and {other.name}() [{other.plan.location}] are both via {via!r} but disagree on {setting}=, "
                            "which belongs to the whole queue"
                        )
