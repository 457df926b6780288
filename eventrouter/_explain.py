"""Why an event goes where it goes: the deciding keys, every route, the first condition that it failed.

Nothing is run but the conditions of routes, and they may raise: that is told, as what would happen. Values are taken from
where routes and detectors look, and from nowhere else.
"""

from __future__ import annotations

import os

from ._answer import allowed_methods
from ._binding_payload import WINDOWED
from ._envelopes import Envelope
from ._explanation import Candidate, Explanation, Failure, RecordExplanation, RouteInfo
from ._registry import Routes
from ._settings import FAILURES_VARIABLE, Queues
from ._signature import name_of
from ._sniff import sniff
from .context import Invocation, LambdaContext
from .errors import QUOTE_LIMIT, NameResolutionError, NoRouteError, PayloadError, RegistrationError, quoted
from .routing import Table, with_via

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ._compile import HttpRoute
    from ._exception_handlers import ExceptionHandlers
    from ._mounts import Mount
    from ._registry import Registry, Tables
    from ._settings import AppSettings
    from .routing import Route
    from .source import Source
    from .types import JsonValue, Record

#: How many records of a batch are explained one by one, and how many paths are shown beside one that is not there.
MAX_RECORDS = 10
MAX_PATHS = 5

_OWN_INPUT = "eventrouter:schedule"
_NOTHING = "there is nothing in it to route, so it is acknowledged"

#: The errors whose text is ours, and says nothing of a payload. Others may be anybody's.
_KNOWN = (NameResolutionError, PayloadError, RegistrationError)


def explain(
    registry: Registry, settings: AppSettings, handlers: ExceptionHandlers, event: JsonValue, invocation: Invocation
) -> Explanation:
    """Explain an event.

    Args:
        registry: The app's routes.
        settings: The app's settings.
        handlers: The app's exception handlers.
        event: The decoded event as it came.
        invocation: What the app makes of it.
    """
    source, label = invocation.source, invocation.source.name
    told = Explanation(label, invocation.delivery)
    if invocation.event is not event:
        told.evidence = [(_OWN_INPUT, _cut(event[_OWN_INPUT]))]
        told.hints.append("it is a schedule's own Input, which is routed like any scheduled event")
    else:
        told.evidence = list(_evidence(source, event))
    if source.http is not None:
        _explain_request(told, registry, invocation)
        told.failure = Failure("the caller is answered with a status: HTTPException says which, anything else is a 500")
        return told
    is_enrichment = invocation.delivery == "pipes" and label in registry.enrichments
    if invocation.delivery == "pipes":
        told.answer = "enrichment" if is_enrichment else "target"
    routes = (registry.enrichments if is_enrichment else registry.tables)[label]
    considered = _Considered(routes, registry.vias, is_enrichment=is_enrichment)
    records = _explain_records(told, considered, invocation)
    if is_enrichment:
        told.failure = Failure("an enrichment raises what went wrong, so that the pipe tries all of its records again")
    else:
        told.failure = _failure(considered, records, settings, handlers)
    told.hints.extend(_hints(told, event))
    return told


def _evidence(source: Source, event: JsonValue) -> Iterator[tuple[str, JsonValue]]:
    """The deciding keys that the event has. A source lists only those whose values are safe to show."""
    has_value = False
    for path in source.evidence:
        value = event
        for step in path.split("."):
            try:
                value = value[int(step)] if isinstance(value, list) else value[step]
            except (KeyError, IndexError, TypeError, ValueError):
                break
        else:
            has_value = True
            yield path, _cut(value)
    if not has_value and isinstance(event, dict):
        # There is no value that may be shown; a key that only this source's events have says as much.
        yield from ((anchor, None) for anchor in source.anchors if anchor in event)


def _cut(value: JsonValue) -> JsonValue:
    """A value to show: a scalar, and not too long. What holds others is not what a source decides by."""
    if isinstance(value, str):
        return value if len(value) <= QUOTE_LIMIT else value[: QUOTE_LIMIT - 1] + "…"
    return value if value is None or isinstance(value, bool | int | float) else f"({type(value).__name__})"


# ---------------------------------------------------------------------------------------------------------------- requests


def _explain_request(told: Explanation, registry: Registry, invocation: Invocation) -> None:
    shape = invocation.source.http
    assert shape is not None
    request = invocation.request
    method, path = request.method, request.path
    record = RecordExplanation(0, {"method": method, "path": path})
    told.count = 1
    told.records.append(record)
    is_decoded = shape.path_is_decoded
    paths = registry.paths.at(request.host, path, is_decoded=is_decoded)
    found = paths.find(method, path, is_decoded=is_decoded)
    if found is None and method == "HEAD":
        found = paths.find("GET", path, is_decoded=is_decoded)
    if found is not None:
        record.route = _http_info(found[0])
        record.parameters = tuple(found[1])
        return
    if _is_health_check(invocation):
        record.problem = "it is a load balancer's health check, which is answered with 200 all the same"
        return
    allowed = allowed_methods(paths, path, is_decoded=is_decoded)
    if allowed and method == "OPTIONS":
        record.problem = f"it is answered with 204 all the same: this path answers {', '.join(allowed)}"
        return
    mount = paths.mount_of(path, is_decoded=is_decoded)
    if mount is not None:
        record.route = _mount_info(mount)
        return
    told.unrouted = 1
    if allowed:
        record.problem = f"405, this path answers {', '.join(allowed)}"
        here = [paths.find(each, path, is_decoded=is_decoded) for each in allowed]
        near = list(dict.fromkeys(each[0] for each in here if each is not None))
        record.candidates = [Candidate(_http_info(route), f"the method {' or '.join(route.methods)}") for route in near]
    else:
        record.problem = "404, no route has this path" if registry.http else "404, the app has no HTTP routes"
        near = sorted(registry.http, key=lambda route: -_likeness(route.path, path))[:MAX_PATHS]
        record.candidates = [Candidate(_http_info(route), f"the path {route.path}") for route in near]
    record.nearest = next((f"{each.route.handler} wants {each.route.wants}" for each in record.candidates), "")
    record.paste = _paste(invocation.source, record.keys)


def _is_health_check(invocation: Invocation) -> bool:
    if invocation.source.name != "alb":
        return False
    from .sources.alb import is_health_check

    return is_health_check(invocation.event)


def _likeness(template: str, path: str) -> float:
    """How like a path a template is, from 0 to 1. A parameter is like anything, but less than the word itself."""
    from difflib import SequenceMatcher

    wanted, given = template.strip("/").split("/"), path.strip("/").split("/")
    alike = sum(
        0.9 if one.startswith("{") else SequenceMatcher(None, one, other).ratio()
        for one, other in zip(wanted, given, strict=False)
    )
    return alike / max(len(wanted), len(given))


# ----------------------------------------------------------------------------------------------------------------- records


class _Considered:
    """The routes that may take the records of one source, as far as their names can be resolved."""

    __slots__ = ("infos", "problem", "routes", "source", "table", "vias")

    def __init__(self, routes: Routes, vias: Mapping[tuple[str, str], Tables], *, is_enrichment: bool = False) -> None:
        self.source: Source = routes.source
        self.vias = vias
        self.problem = ""
        self.table: Table | None = None
        try:
            self.table = routes.ready()
        except _KNOWN as error:  # a variable that is not set; two routes that turn out to be one
            self.problem = str(error)
        self.routes: Sequence[Route] = routes.routes if self.table is None else self.table.routes
        self.infos = {route.index: _info(route, is_enrichment=is_enrichment) for route in self.routes}

    def candidates(self, record: Record, keys: Mapping[str, str]) -> list[Candidate]:
        """Every route with the first condition that *record* does not meet."""
        return [
            Candidate(self.infos[route.index], self._refusal(route, record, keys), self._inner(route))
            for route in self.routes
        ]

    def _refusal(self, route: Route, record: Record, keys: Mapping[str, str]) -> str:
        try:
            # Where one route spoils the table, a table of another one tells what that refuses.
            table = Table(self.source, [route], os.environ) if self.table is None else self.table
            return table.first_refusal(route, record, keys)
        except NameResolutionError as error:
            return f"a name that is not known: {error}"
        except Exception as error:  # a predicate of the user's
            return f"{' and '.join(route.conditions)}, which raises {type(error).__name__}"

    def _inner(self, route: Route) -> list[RouteInfo]:
        envelope = route.pattern.bind.get("opens")
        if not isinstance(envelope, Envelope):
            return []
        found = _infos(self.vias[envelope.outer.name, envelope.name])
        return [found[index] for index in sorted(found)]

    def nearest(self, candidates: Sequence[Candidate], keys: Mapping[str, str]) -> str:
        """The route of whose names most are met, and what it wants."""
        near = [sum(test.accepts(keys) for test in route.tests) for route in self.routes]
        if not near:
            return ""
        candidate = candidates[near.index(max(near))]
        return f"{candidate.route.handler} wants {candidate.refusal}"


def _explain_records(told: Explanation, considered: _Considered, invocation: Invocation) -> Sequence[Record]:
    """Find the route of every record, and tell of some of them.

    Returns:
        The records, for the settings they are handled under.
    """
    source, event = considered.source, invocation.event
    told.problem = considered.problem
    records: Sequence[Record] = ()
    try:
        records = source.records(event)
    except _KNOWN as error:
        told.problem = told.problem or f"its records cannot be read: {error}"
    is_end = _is_windowed(invocation) and event.get("isFinalInvokeForWindow") is True
    if is_end:
        told.hints.append("it ends a tumbling window: the stream's route is called once more, without a record")
        # Routes are found by the stream's ARN, which the event carries even when it has no records.
        records = records or (event,)
    explained = [
        _explain_record(index, record, considered, invocation, is_end=record is event and is_end)
        for index, record in enumerate(records)
    ]
    missed = [each for each in explained if not each.is_routed]
    shown = {each.index for each in (*missed, *explained)[:MAX_RECORDS]}
    told.count, told.unrouted = len(explained), len(missed)
    told.records = [each for each in explained if each.index in shown]
    for each in told.records:
        each.candidates = considered.candidates(records[each.index], each.keys)
        if each.route is None and not each.problem and considered.table is not None:
            each.problem = "none accepts it" if considered.routes else f"the app has none for {source.name} events"
            each.nearest = considered.nearest(each.candidates, each.keys)
            each.paste = _paste(source, each.keys)
    return records


def _explain_record(
    index: int, record: Record, considered: _Considered, invocation: Invocation, *, is_end: bool
) -> RecordExplanation:
    told = RecordExplanation(index, considered.source.keys(record))
    table = considered.table
    if table is None:
        return told
    try:
        route = table.at_end(record) if is_end else table.match(record)
    except NoRouteError:
        return told
    except _KNOWN as error:
        told.problem = str(error)
        return told
    except Exception as error:  # a predicate of the user's
        told.problem = f"a condition raises {type(error).__name__}"
        return told
    if route is None:
        return told
    told.route = considered.infos[route.index]
    if _is_windowed(invocation) and route.plan.window is None:
        told.problem = "it does not ask for the window's state: add a parameter `window: Window[State]`"
    envelope = route.pattern.bind.get("opens")
    if isinstance(envelope, Envelope):
        _open(told, envelope, record, considered.vias)
    return told


def _open(told: RecordExplanation, envelope: Envelope, record: Record, vias: Mapping[tuple[str, str], Tables]) -> None:
    """Explain the event inside a message, which the app's own routes ask to be opened."""
    tables = vias[envelope.outer.name, envelope.name]
    try:
        event, control = envelope.opened(record)
    except _KNOWN as error:
        told.problem = f"it carries no event: {error}"
        return
    if control:
        told.inside = inside = Explanation(envelope.outer.name, "lambda")
        inside.hints.append(f"it is a control message ({control}), which is acknowledged")
        return
    source, via = sniff(event), f"{envelope.outer.name}:{envelope.name}"
    told.inside = inside = Explanation(source.name, "lambda", list(_evidence(source, event)))
    routes = tables[source.name] if source.name in tables else Routes(source)
    _explain_records(inside, _Considered(routes, vias), Invocation(event, LambdaContext(), source))
    if not inside.count:
        inside.hints.append(_NOTHING)
    elif not routes.routes:
        inside.hints.append(f"the routes with via={via!r} are for {', '.join(tables)} events")
    for each in inside.records:
        # Where somebody waits for an answer, no route takes events out of messages.
        each.paste = with_via(each.paste, via) if source.acknowledges else ""


def _is_windowed(invocation: Invocation) -> bool:
    event = invocation.event
    return type(event) is dict and "window" in event and invocation.source.name in WINDOWED


def _paste(source: Source, keys: Mapping[str, str]) -> str:
    return source.paste(keys) if source.paste is not None else ""


# ---------------------------------------------------------------------------------------------------------------- failures


def _failure(
    considered: _Considered, records: Sequence[Record], settings: AppSettings, handlers: ExceptionHandlers
) -> Failure | None:
    """What becomes of a record that fails; None where there is none."""
    source, table = considered.source, considered.table
    if not records:
        return None
    if source.complete is not None:
        return Failure("the service is told of it by a call, and the log why; the invocation itself succeeds")
    if not source.acknowledges and source.name not in ("direct", "unknown"):
        return Failure(f"a {source.name} trigger is told in its own way, and never of a success")
    if table is None:
        return Failure("the invocation raises")
    try:
        queue = Queues(settings, handlers, os.environ).of(table, records[0])
    except RegistrationError as error:  # the variable names what is no source
        return Failure(f"the invocation raises: {error}", decided_by=FAILURES_VARIABLE)
    words = [_words(source, records, reports=queue.reports)]
    decided_by = "the source"
    if source.identify is not None:
        declared = os.environ.get(FAILURES_VARIABLE)
        decided_by = "failures=" if declared is None else FAILURES_VARIABLE
        code = f"failures={'report' if queue.reports else 'raise'!r} in code"
        words.append(f"as {code if declared is None else f'{FAILURES_VARIABLE}={quoted(declared)}'} says")
    for setting, what in (
        (queue.unmatched, "a record without a route"),
        (queue.invalid, "a payload that does not validate"),
    ):
        if callable(setting):
            words.append(f"{what} is handed to {name_of(setting)}()")
        elif setting == "drop":
            words.append(f"{what} is dropped")
    return Failure("; ".join(words), reports=queue.reports, decided_by=decided_by)


def _words(source: Source, records: Sequence[Record], *, reports: bool) -> str:
    if reports:
        is_ordered = source.lanes is not None and source.lanes(records) is not None
        back = "it and what follows it in its order come back" if is_ordered else "it comes back alone"
        return f"it is named in batchItemFailures, so that {back} (the trigger must have ReportBatchItemFailures)"
    if source.is_batch:
        return "the invocation raises, so that the whole batch comes back"
    return "the invocation raises the handler's exception" + (", several as one group" if len(records) > 1 else "")


def _hints(told: Explanation, event: JsonValue) -> Iterator[str]:
    if told.source == "direct" and not told.is_routed:
        yield (
            "a direct invoke is any JSON that no AWS source claims; a schedule with an Input of its own looks like "
            '{"eventrouter:schedule": "name", ...} and goes to @app.schedule("name")'
        )
    if told.source == "unknown" and told.count:
        yield f"it has the shape of an AWS batch, but {_why_unknown(event)}"
    if not told.count and not told.problem:
        yield _NOTHING


def _why_unknown(event: JsonValue) -> str:
    records = event["Records"]
    services = {
        service if isinstance(service := each.get("eventSource", each.get("EventSource")), str) else ""
        for each in records
        if isinstance(each, dict)
    }
    if "" in services or not all(isinstance(each, dict) for each in records):
        return "not every record names the service it is from (eventSource)"
    return "its records are of different services" if len(services) > 1 else "its service is none that has a label"


# ------------------------------------------------------------------------------------------------------------------ routes


def _info(route: Route, *, is_enrichment: bool = False) -> RouteInfo:
    return RouteInfo(
        route.pattern.sources,
        route.describe(),
        route.name,
        route.plan.location,
        via=route.options.get("via", ""),
        is_enrichment=is_enrichment,
    )


def _http_info(route: HttpRoute) -> RouteInfo:
    on_host = f" on {route.host}" if route.host else ""
    return RouteInfo(("http",), f"{'/'.join(route.methods)} {route.path}{on_host}", route.name, route.plan.location)


def _mount_info(mount: Mount) -> RouteInfo:
    on_host = f" on {mount.host}" if mount.host else ""
    return RouteInfo(("http",), f"requests under {mount.prefix or '/'}{on_host}", mount.name, mount.serves.kind)


def _infos(tables: Tables, *, is_enrichment: bool = False) -> dict[int, RouteInfo]:
    """Every route of the tables, once, by its place in the order of registration."""
    return {
        route.index: _info(route, is_enrichment=is_enrichment)
        for routes in tables.values()
        for route in routes.routes
        # What stands for the routes with via= is none of the user's.
        if not isinstance(route.pattern.bind.get("opens"), Envelope)
    }


def listed(registry: Registry) -> list[RouteInfo]:
    """Every route: requests first, then records, each in the order of registration."""
    found = {**_infos(registry.tables), **_infos(registry.enrichments, is_enrichment=True)}
    for tables in registry.vias.values():
        found |= _infos(tables)
    return [
        *map(_http_info, registry.http),
        *map(_mount_info, registry.mounts),
        *(found[index] for index in sorted(found)),
    ]
