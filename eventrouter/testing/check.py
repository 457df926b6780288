"""Tests that an app gets for nothing: its routes, tried with events made for them.

    def test_the_app_is_sound():
        assert check_app(app) == []

No handler and no dependency is called: functions of the same signatures stand in for them, in an app of its own with the same
routes. Exception handlers are called with an error of the check's own, since what they answer decides what becomes of a record.
"""

from __future__ import annotations

import copy
import functools
import os
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from typing import Annotated, Any

from .. import _log
from .._envelopes import Envelope
from .._names import resolved
from .._registration import HttpRegistration, Registration, Surroundings
from .._settings import FAILURES_VARIABLE
from .._signature import EMPTY, location_of, name_of, read_signature, without_none
from .._validators import bases_of, class_key
from ..app import App
from ..errors import ImpossibleEventError, NameResolutionError
from ..source import Pattern
from . import events
from ._made_for import NO_PAYLOAD, event_for, inside, request_for
from ._results import BatchResult
from ._values import NoValueError, adapter_of, examples_of, matching, name_for, schema_of, value_of
from .client import TestClient

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .._compile import HttpRoute
    from .._registry import Tables
    from .._settings import AppSettings
    from ..routing import Route
    from ..types import JsonValue


class Finding:
    """Something that is wrong with a route, or looks like it.

    Attributes:
        code: What kind of thing, for ``ignore=``: ``unreachable``, ``shadowed``, ``unresolved-name``, ``bad-example``,
            ``loses-records``, ``failures-unset``, ``cannot-stream``.
        route: The name of its handler.
        location: Where that stands.
        message: What is wrong, and what to write instead.
    """

    __slots__ = ("code", "location", "message", "route")

    def __init__(self, code: str, route: str, location: str, message: str) -> None:
        self.code = code
        self.route = route
        self.location = location
        self.message = message

    def __repr__(self) -> str:
        return f"{self.code}: {self.route}() [{self.location}] {self.message}"


class Findings(list[Finding]):
    """What was found; empty where all is well.

    Attributes:
        unchecked: What could not be tried, and why: a condition that is a function, a payload that cannot be made up.
    """

    def __init__(self) -> None:
        super().__init__()
        self.unchecked: list[Finding] = []

    def __repr__(self) -> str:
        return "\n".join(map(repr, self)) or "[]"


def check_app(app: App, *, ignore: Collection[str] = ()) -> Findings:
    """Try every route of *app* with events made for it.

    Args:
        app: The app, with all its routes.
        ignore: Codes of findings that are meant to be so.

    Returns:
        The findings, as a list. They are about

        - handlers that no event can reach: a name that AWS gives nothing, conditions that exclude each other, another route
          that takes all of it, an environment variable that is not set;
        - payload models whose own examples do not validate;
        - records that are lost when their handler raises;
        - routes of batches that neither say ``failures=`` nor are named in ``EVENTROUTER_BATCH_FAILURES``;
        - streams on triggers that do not stream.

    Raises:
        ValueError: A code in *ignore* is none.
    """
    unknown = set(ignore) - set(_CODES)
    if unknown:
        raise ValueError(f"ignore= names {', '.join(sorted(unknown))}; there are {', '.join(_CODES)}")
    check = _Check(app, ignore)
    with _silence():
        check.run()
    return check.findings


_CODES = (
    "bad-example", "cannot-stream", "failures-unset", "loses-records", "shadowed", "unreachable", "unresolved-name",
)  # fmt: skip


class _ProbeError(Exception):
    """What a stand-in raises in place of whatever the handler might."""


class _NoDependencies(dict[Any, Any]):
    """Nothing in place of every dependency."""

    def __bool__(self) -> bool:
        return True

    def get(self, key: Any, default: Any = None) -> Any:
        return _nothing


def _nothing() -> None:
    return None


class _Check:
    def __init__(self, app: App, ignore: Collection[str]) -> None:
        self._app = app
        self._ignore = ignore
        self.findings = Findings()
        #: The handlers that were reached by the event at hand.
        self._reached: list[Callable[..., object]] = []
        self._shadow = self._shadow_of(app)
        self._client = TestClient(self._shadow, raise_exceptions=False)

    # ---- an app like it

    def _shadow_of(self, app: App) -> App:
        shadow = App()
        shadow._settings = shadow._registry._settings = _without_effects(app._settings)
        shadow._handlers = app._handlers
        shadow._scopes.overrides = _NoDependencies()
        for registration, around in app._registry.registrations:
            if self._has_names(registration):
                bare = Surroundings(around.prefix, around.failures)
                shadow._take(self._stand_in(registration), bare)
        return shadow

    def _has_names(self, registration: Registration | HttpRegistration) -> bool:
        """Whether every name of the route is known; one that is not would spoil the others of its source."""
        if isinstance(registration, HttpRegistration):
            return True
        name, location = name_of(registration.function), _near(location_of(registration.function))
        via = registration.pattern.options.get("via", "").partition(":")[2]
        try:
            for spec in (via, *(spec for _, spec in registration.pattern.names)):
                resolved(spec, os.environ, name)
        except NameResolutionError as error:
            self._add("unresolved-name", name, location, f"is reached by nothing: {error}")
            return False
        return True

    def _stand_in(self, registration: Registration | HttpRegistration) -> Registration | HttpRegistration:
        """The same registration of a function that only says that it was reached."""
        probe = self._probe(registration.function)
        if isinstance(registration, HttpRegistration):
            options: Any = {name: value for name, value in registration.options.items() if name not in _WITH_EFFECTS}
            return HttpRegistration(probe, registration.namespace, registration.path, registration.methods, options)
        pattern = registration.pattern
        options = {name: value for name, value in pattern.options.items() if name not in _WITH_EFFECTS}
        for name in ("invalid", "unmatched"):
            if callable(options.get(name)):
                options[name] = "retry"
        bare = Pattern(
            pattern.sources, pattern.names, where=pattern.where, tests=pattern.tests, bind=pattern.bind, options=options
        )
        return Registration(
            probe, registration.namespace, bare, registration.decorator, is_enrichment=registration.is_enrichment
        )

    def _probe(self, function: Callable[..., object]) -> Callable[..., object]:
        @functools.wraps(function)
        def probe(**arguments: object) -> object:
            self._reached.append(function)
            raise _ProbeError

        return probe

    # ---- what is looked at

    def run(self) -> None:
        registry = self._shadow._registry
        for registration, _ in self._app._registry.registrations:
            self._examples(registration)
        requests = [each for each, _ in registry.registrations if isinstance(each, HttpRegistration)]
        for registration, route in zip(requests, registry.http, strict=True):
            self._request(registration, route)
        for label, each in _routes_of(registry.tables):
            self._says_failures(label, each)
            self._record(label, each)
        for label, each in _routes_of(registry.enrichments):
            self._record(label, each, is_enrichment=True)
        for (outer, name), tables in registry.vias.items():
            for label, each in _routes_of(tables):
                self._record(label, each, outer=outer, outer_name=name)

    def _add(self, code: str, name: str, location: str, message: str) -> None:
        if code not in self._ignore:
            self.findings.append(Finding(code, name, location, message))

    def _found(self, code: str, route: Route | HttpRoute, message: str) -> None:
        self._add(code, route.plan.name, _near(route.plan.location), message)

    def _left(self, route: Route | HttpRoute, why: str) -> None:
        self.findings.unchecked.append(Finding("unchecked", route.plan.name, _near(route.plan.location), why))

    # ---- examples

    def _examples(self, registration: Registration | HttpRegistration) -> None:
        """Hold the examples that models give of themselves, and of their fields, against the models."""
        signature = read_signature(registration.function, registration.namespace)
        for parameter in signature.parameters:
            for what, annotation, examples in _declared(parameter.full, parameter.name):
                for number, example in enumerate(examples, 1):
                    try:
                        adapter_of(annotation).validate_python(example)
                    except ValueError as error:
                        places = ", ".join(".".join(map(str, each["loc"])) or "(whole)" for each in _errors_of(error))
                        message = f"takes {what}, whose own example {number} does not validate: {places}"
                        self._add("bad-example", signature.name, _near(signature.location), message)

    # ---- requests

    def _request(self, registration: HttpRegistration, route: HttpRoute) -> None:
        """Send a request that *route* should take, by each of its methods."""
        signature = read_signature(registration.function, registration.namespace)
        wanted = [each for each in signature.parameters if each.is_required]
        try:
            path, fields = request_for(route.path, wanted)
        except NoValueError as error:
            self._left(route, str(error))
        else:
            for method in route.methods:
                self._reached.clear()
                answer = self._client.request(method, path, **fields)
                if _original(route) not in self._reached:
                    self._left(route, f"a request made for it, {method} {path}, is answered {answer.status_code}")
        self._streams(route)

    def _streams(self, route: HttpRoute) -> None:
        """Find streams that no trigger of the app reads."""
        is_endless = any(class_key(base) in _EVENT_STREAMS for base in _named_in(route.plan.returns))
        if not route.plan.stream and not is_endless:
            return
        settings = self._app._stream_settings()
        if settings or route.reply.response_stream:
            return
        what = (
            "an event stream, which is an error where nothing streams"
            if is_endless
            else "a stream, which is collected first"
        )
        self._found(
            "cannot-stream",
            route,
            f"answers with {what}: name the triggers that are configured to stream, App(response_stream={{...}})",
        )

    # ---- records

    def _record(
        self, label: str, route: Route, *, is_enrichment: bool = False, outer: str = "", outer_name: str = ""
    ) -> None:
        try:
            event = self._event(label, route, outer=outer, outer_name=outer_name)
        except ImpossibleEventError as error:
            self._found("unreachable", route, f"waits for what AWS never sends: {error}")
            return
        except NoValueError as error:
            self._left(route, str(error))
            return
        if is_enrichment:
            event = events.pipes(event)
        self._deliver(label, route, event, refusal="" if outer else self._refusal(label, route, event, is_enrichment))

    def _event(self, label: str, route: Route, *, outer: str, outer_name: str) -> JsonValue:
        """An event that *route* should take; two records of it, where it is a batch."""
        route.resolve(self._source(label), os.environ)
        names: dict[str, str] = {}
        for key, spec in route.names:
            # A key has a second condition where S3's objects have a suffix too.
            names[key] = name_for(spec) if key not in names else f"{names[key]}{name_for(spec)}"
        payload = self._payload(route)
        event = event_for(label, names, payload, 1 if outer else 2)
        if not outer:
            return event
        return inside(outer, name_for(outer_name), event)

    def _source(self, label: str) -> Any:
        return self._shadow._registry.tables[label].source

    def _payload(self, route: Route) -> JsonValue:
        where = route.pattern.where
        if callable(where):
            raise NoValueError(f"where={getattr(where, '__qualname__', 'a function')} is a function")
        payload: JsonValue = NO_PAYLOAD
        if route.plan.payload is not EMPTY:
            annotation, _ = without_none(route.plan.payload)
            schema = schema_of(annotation)
            if schema is None:
                raise NoValueError("its payload has no JSON Schema")
            payload = value_of(schema)
            for field, values in route.literals.items():
                payload[field] = values[0]
        if where is not None:
            payload = matching(where, {} if payload is NO_PAYLOAD else payload)
        return payload

    def _refusal(self, label: str, route: Route, event: JsonValue, is_enrichment: bool) -> str:
        """What of its own conditions *route* refuses the event for; empty if it takes it."""
        registry = self._shadow._registry
        table = (registry.enrichments if is_enrichment else registry.tables)[label].ready()
        source = self._source(label)
        record = source.records(event)[0]
        return table.first_refusal(route, record, source.keys(record))

    def _deliver(self, label: str, route: Route, event: JsonValue, *, refusal: str) -> None:
        self._reached.clear()
        result = self._client.send(event)
        if _original(route) not in self._reached:
            self._missed(route, result, refusal)
        elif self._source(result.source).acknowledges and (
            result.succeeded if isinstance(result, BatchResult) else result.exception is None
        ):
            self._found(
                "loses-records",
                route,
                "raises and the record counts as handled: an exception handler returns ACK for any exception",
            )

    def _missed(self, route: Route, result: Any, refusal: str) -> None:
        if refusal and any(refusal.startswith(words) for words, _ in route.pattern.tests):
            self._left(route, f"its condition cannot be made up: {refusal}")
        elif refusal:
            self._found("unreachable", route, f"refuses an event with its own names and conditions for {refusal}")
        elif self._reached:
            other = self._reached[0]
            self._found(
                "shadowed", route, f"gets nothing: {getattr(other, '__name__', other)}() takes its events first"
            )
        else:
            error = result.exception or next((each.exception for each in getattr(result, "failed", [])), None)
            self._left(route, f"an event made for it fails before it: {type(error).__name__}")

    def _says_failures(self, label: str, route: Route) -> None:
        """Find batches whose app leaves it open whether their trigger has ReportBatchItemFailures."""
        source = self._source(label)
        if source.identify is None or os.environ.get(FAILURES_VARIABLE) is not None:
            return
        if route.options.get("failures") == "report" or self._is_said(route):
            return
        self._found(
            "failures-unset",
            route,
            'has all of a batch delivered again when one record fails: write failures="report" where the trigger has '
            'ReportBatchItemFailures, or failures="raise" on the route where it has not',
        )

    def _is_said(self, route: Route) -> bool:
        """Whether the route itself, or its router, says ``failures=``."""
        return any(
            registration.function is _original(route)
            and isinstance(registration, Registration)
            and ("failures" in registration.pattern.options or around.failures is not None)
            for registration, around in self._app._registry.registrations
        )


def _routes_of(tables: Tables) -> Iterator[tuple[str, Route]]:
    """Every route that has a handler, once, with the first of its sources."""
    for label, routes in list(tables.items()):
        for route in routes.routes:
            if label == route.pattern.sources[0] and not isinstance(route.pattern.bind.get("opens"), Envelope):
                yield label, route


#: Options that would call code of the user's, or write somewhere.
_WITH_EFFECTS = ("idempotent", "middleware")
_EVENT_STREAMS = ("eventrouter.streams:EventStream", "eventrouter.streams:ServerSentEvent")


def _without_effects(settings: AppSettings) -> AppSettings:
    """The same settings, without functions that put records aside."""
    settings = copy.copy(settings)
    settings.invalid = "retry" if callable(settings.invalid) else settings.invalid
    settings.unmatched = "retry" if callable(settings.unmatched) else settings.unmatched
    return settings


def _original(route: Route | HttpRoute) -> Callable[..., object]:
    """The handler that *route* has in the app itself."""
    return route.function.__wrapped__  # type: ignore[attr-defined, no-any-return]


def _declared(annotation: object, name: str) -> Iterator[tuple[str, object, list[JsonValue]]]:
    """What an annotation and the fields of its model give as examples, each with its own annotation."""
    schema = schema_of(annotation)
    if schema is None:
        return
    yield name, annotation, examples_of(schema)
    for field, info in getattr(annotation, "model_fields", {}).items():
        if info.examples:
            kind = Annotated[(info.annotation, *info.metadata)] if info.metadata else info.annotation
            yield f"{name}.{field}", kind, info.examples


def _errors_of(error: Any) -> list[dict[str, Any]]:
    return error.errors(include_input=False, include_url=False)  # type: ignore[no-any-return]


def _named_in(annotation: object) -> Iterator[type]:
    """A class and those it is made of: ``AsyncIterator[ServerSentEvent]`` names both."""
    yield from (base for base in bases_of(annotation) if isinstance(base, type))
    for argument in getattr(annotation, "__args__", ()):
        yield from _named_in(argument)


def _near(location: str) -> str:
    path, _, line = location.rpartition(":")
    return f"{os.path.relpath(path)}:{line}" if path else location


@contextmanager
def _silence() -> Iterator[None]:
    """Nothing in the log of what is only a check, and nothing that counts as said."""
    logger = _log.logger()
    was_disabled, said = logger.disabled, set(_log._said)
    logger.disabled = True
    try:
        yield
    finally:
        logger.disabled = was_disabled
        _log._said.clear()
        _log._said.update(said)
