"""Why an event goes where it goes, in words and as data: the deciding keys, every route, the first condition it failed.

Nothing is told but what routes match on: no payload, no header, no token.
"""

from __future__ import annotations

import os

from ._settings import FAILURES_VARIABLE, Queues
from .errors import EventRouterError, quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from ._compile import HttpRoute
    from ._exception_handlers import ExceptionHandlers
    from ._registry import Registry, Routes
    from ._settings import AppSettings
    from .context import Invocation
    from .routing import Route, Table
    from .source import Source
    from .types import JsonObject, JsonValue, Record

#: How many records of a batch are explained one by one.
MAX_RECORDS = 10


class RouteInfo:
    """One registered route.

    Attributes:
        source: The label of its trigger; ``http`` for requests, whatever HTTP trigger they come through.
        wants: What it takes, in words.
        handler: Its name.
        location: File and line of the handler.
    """

    __slots__ = ("handler", "location", "source", "wants")

    def __init__(self, source: str, wants: str, handler: str, location: str) -> None:
        self.source = source
        self.wants = wants
        self.handler = handler
        self.location = location

    def as_dict(self) -> dict[str, str]:
        return {"source": self.source, "wants": self.wants, "handler": self.handler, "location": self.location}

    def __repr__(self) -> str:
        return f"<RouteInfo {self.source} {self.handler}>"


class Candidate:
    """A route that was considered for a record, and the first condition that failed; ``""`` where none did."""

    __slots__ = ("refusal", "route")

    def __init__(self, route: RouteInfo, refusal: str) -> None:
        self.route = route
        self.refusal = refusal

    def as_dict(self) -> JsonObject:
        return {**self.route.as_dict(), "refusal": self.refusal}


class RecordExplanation:
    """One record: what it offers to routes, the route that takes it (or None), and all that were considered."""

    __slots__ = ("candidates", "keys", "paste", "problem", "route")

    def __init__(
        self,
        keys: Mapping[str, str],
        route: RouteInfo | None,
        candidates: Sequence[Candidate],
        *,
        problem: str = "",
        paste: str = "",
    ) -> None:
        self.keys = dict(keys)
        self.route = route
        self.candidates = list(candidates)
        #: Why no route takes it.
        self.problem = problem
        #: A decorator, as text, that would take it.
        self.paste = paste

    def as_dict(self) -> JsonObject:
        return {
            "keys": self.keys,
            "route": None if self.route is None else self.route.as_dict(),
            "candidates": [candidate.as_dict() for candidate in self.candidates],
            "problem": self.problem,
            "paste": self.paste,
        }


class Explanation:
    """What an event is, why, and where it goes; ``str()`` says it in words.

    Attributes:
        source: The label.
        evidence: The deciding keys with their values.
        delivery: ``"lambda"`` or ``"pipes"``.
        count: How many records the event has.
        records: The first of them, explained.
        failure: What becomes of a record that fails.
        hints: What else might help.
    """

    __slots__ = ("count", "delivery", "evidence", "failure", "hints", "records", "source")

    def __init__(
        self,
        source: str,
        evidence: Sequence[tuple[str, str]],
        delivery: str,
        count: int,
        records: Sequence[RecordExplanation],
        failure: str,
        hints: Sequence[str],
    ) -> None:
        self.source = source
        self.evidence = list(evidence)
        self.delivery = delivery
        self.count = count
        self.records = list(records)
        self.failure = failure
        self.hints = list(hints)

    @property
    def is_routed(self) -> bool:
        """Whether every record that was looked at has a route."""
        return all(record.route is not None for record in self.records)

    def as_dict(self) -> JsonObject:
        """The explanation as a JSON value."""
        return {
            "source": self.source,
            "evidence": dict(self.evidence),
            "delivery": self.delivery,
            "count": self.count,
            "records": [record.as_dict() for record in self.records],
            "failure": self.failure,
            "hints": self.hints,
        }

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        yield f"source    {self.source}"
        for path, value in self.evidence:
            yield f"          because {path} = {value}"
        if self.delivery == "pipes":
            yield "delivery  a bare list of records: EventBridge Pipes"
        if self.count != 1:
            yield f"records   {self.count}"
        for index, record in enumerate(self.records):
            yield from _record_lines(record, "record" if self.count == 1 else f"record {index}")
        if self.count > len(self.records):
            yield f"          and {self.count - len(self.records)} more"
        if self.failure:
            yield f"failure   {self.failure}"
        for hint in self.hints:
            yield f"hint      {hint}"


def _record_lines(record: RecordExplanation, name: str) -> Iterator[str]:
    offers = ", ".join(f"{key}={quoted(value)}" for key, value in record.keys.items())
    yield f"{name:<9} offers {offers}" if offers else f"{name:<9} offers nothing to match on"
    if record.route is not None:
        yield f"  → {record.route.handler}  [{record.route.location}]  wants {record.route.wants}"
    else:
        yield f"  → no route: {record.problem}"
    for candidate in record.candidates:
        if candidate.refusal:
            yield f"    {candidate.route.handler}: refuses, wants {candidate.refusal}"
        elif candidate.route is not record.route:
            yield f"    {candidate.route.handler}: would take it, but a nearer route does"
    if record.paste:
        yield f"  to take it: {record.paste}"


def explain(
    registry: Registry, settings: AppSettings, handlers: ExceptionHandlers, invocation: Invocation
) -> Explanation:
    """Explain an invocation, without running anything but conditions on records."""
    source = invocation.source
    hints: list[str] = []
    records: Sequence[Record] = ()
    try:
        records = source.records(invocation.event)
    except EventRouterError as error:
        hints.append(f"its records cannot be read: {error}")
    if source.http is not None:
        explained = [_request(registry, invocation)]
        failure = "the caller gets a status: HTTPException says which, anything else is a 500"
    else:
        routes, is_enrichment = _routes_for(registry, invocation)
        explained = [_record(routes, record) for record in records[:MAX_RECORDS]]
        failure = _failure(routes, records, settings, handlers, is_enrichment=is_enrichment)
    return Explanation(
        source.name,
        list(_evidence(source, invocation.event)),
        invocation.delivery,
        len(records),
        explained,
        failure,
        [*hints, *_hints(source, invocation.event, records, explained)],
    )


def _routes_for(registry: Registry, invocation: Invocation) -> tuple[Routes, bool]:
    label = invocation.source.name
    if invocation.delivery == "pipes" and label in registry.enrichments:
        return registry.enrichments[label], True
    return registry.tables[label], False


def _evidence(source: Source, event: JsonValue) -> Iterator[tuple[str, str]]:
    """The deciding keys that the event has; a source lists only those whose values are safe to show."""
    for path in source.evidence:
        value = event
        for step in path.split("."):
            try:
                value = value[int(step)] if isinstance(value, list) else value[step]
            except (KeyError, IndexError, TypeError, ValueError):
                break
        else:
            yield path, quoted(value) if isinstance(value, str | int | float | None) else f"<{type(value).__name__}>"


def _record(routes: Routes, record: Record) -> RecordExplanation:
    source = routes.source
    keys = {key: value for key, value in source.keys(record).items() if not key.endswith("_arn")}
    paste = source.paste(source.keys(record)) if source.paste is not None else ""
    try:
        table = routes.ready()
    except EventRouterError as error:
        infos = [Candidate(info(source.name, route), "") for route in routes.routes]
        return RecordExplanation(keys, None, infos, problem=str(error))
    found: Route | None = None
    problem = f"no {source.name} routes" if not table.routes else ""
    try:
        found = table.match(record)
    except Exception as error:  # a predicate of the user's may raise anything, and that is what would happen
        problem = problem or _problem(error)
    candidates = [Candidate(info(source.name, route), _refusal(table, route, record)) for route in table.routes]
    taken = next((c.route for c, route in zip(candidates, table.routes, strict=True) if route is found), None)
    return RecordExplanation(keys, taken, candidates, problem=problem, paste="" if taken else paste)


def _problem(error: Exception) -> str:
    nearest = getattr(error, "nearest", None)
    if nearest is not None:
        return f"nearest is {nearest}" if nearest else "none accepts it"
    return str(error) if isinstance(error, EventRouterError) else f"a condition raised {type(error).__name__}"


def _refusal(table: Table, route: Route, record: Record) -> str:
    try:
        return table.first_refusal(route, record, table.keys(record))
    except Exception as error:  # see above
        return f"a condition that raises {type(error).__name__}"


def _request(registry: Registry, invocation: Invocation) -> RecordExplanation:
    shape = invocation.source.http
    assert shape is not None
    method, path = shape.line(invocation.event)
    keys = {"method": method, "path": path}
    found = registry.paths.find(method, path, is_decoded=shape.path_is_decoded)
    if found is None and method == "HEAD":
        found = registry.paths.find("GET", path, is_decoded=shape.path_is_decoded)
    infos = {id(route): http_info(route) for route in registry.http}
    if found is not None:
        return RecordExplanation(keys, infos[id(found[0])], [])
    allowed = registry.paths.methods(path, is_decoded=shape.path_is_decoded)
    problem = f"405, the path is there for {', '.join(allowed)}" if allowed else "404, no route has this path"
    near = sorted(registry.http, key=lambda route: -_alike(route.path, path))[:5]
    candidates = [Candidate(infos[id(route)], f"{'/'.join(route.methods)} {route.path}") for route in near]
    paste = invocation.source.paste(keys) if invocation.source.paste is not None else ""
    return RecordExplanation(keys, None, candidates, problem=problem, paste=paste)


def _alike(template: str, path: str) -> int:
    """How many leading segments of a path a template has."""
    count = 0
    for one, other in zip(template.split("/"), path.split("/"), strict=False):
        if one != other and not one.startswith("{"):
            break
        count += 1
    return count


def _failure(
    routes: Routes,
    records: Sequence[Record],
    settings: AppSettings,
    handlers: ExceptionHandlers,
    *,
    is_enrichment: bool,
) -> str:
    source = routes.source
    if is_enrichment:
        return "an enrichment: any failure raises, and the pipe tries all of its records again"
    if source.identify is None:
        if source.acknowledges:
            return "raises: whoever delivers decides about another try"
        return "the trigger is told in its own way; nothing that failed reads as a success"
    declared = os.environ.get(FAILURES_VARIABLE)
    by = f"{FAILURES_VARIABLE}={quoted(declared)}" if declared is not None else "failures= in code"
    try:
        reports = bool(records) and Queues(settings, handlers, os.environ).of(routes.ready(), records[0]).reports
    except EventRouterError as error:
        return f"cannot be told: {error}"
    if reports:
        return f"its identifier goes into batchItemFailures ({by}): the trigger must have ReportBatchItemFailures"
    return f"raises, so that the whole batch comes back ({by})"


def _hints(
    source: Source, event: JsonValue, records: Sequence[Record], explained: Sequence[RecordExplanation]
) -> Iterator[str]:
    if source.name == "direct" and not all(record.route for record in explained):
        yield (
            'a schedule with an input of its own arrives as a direct invoke; {"eventrouter:schedule": "NAME", ...} in that '
            'input makes it an event for @app.schedule("NAME")'
        )
    if source.name == "unknown":
        yield (
            "it has the shape of an AWS batch, and its records name no one source that eventrouter knows"
            if records
            else "a batch without records is acknowledged"
        )
    elif not records:
        yield "there is nothing in it to route: it is acknowledged"


def info(label: str, route: Route) -> RouteInfo:
    """A route of records, for people."""
    return RouteInfo(label, route.describe(), route.name, route.plan.location)


def http_info(route: HttpRoute) -> RouteInfo:
    """A route of requests, for people."""
    return RouteInfo("http", f"{'/'.join(route.methods)} {route.path}", route.name, route.plan.location)


def listed(registry: Registry) -> list[RouteInfo]:
    """Every route: requests first, then records by source, each in the order of registration."""
    found = [http_info(route) for route in registry.http]
    for tables, suffix in ((registry.tables, ""), (registry.enrichments, " (enrichment)")):
        for label, routes in tables.items():
            found.extend(info(label + suffix, route) for route in routes.routes if not route.pattern.bind.get("opens"))
    for (label, name), tables in registry.vias.items():
        for inner, routes in tables.items():
            found.extend(info(f"{inner} via {label}:{name}", route) for route in routes.routes)
    return found
