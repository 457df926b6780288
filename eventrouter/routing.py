"""Routes and which of them takes a record: names first, then conditions on the record, then on its payload."""

from __future__ import annotations

from ._binding_payload import json_of, raw_reader
from ._names import ANYTHING, may_overlap, needs_environment, resolved, test_of
from ._signature import EMPTY
from .errors import NoRouteError, PayloadError, RegistrationError
from .source import NOTHING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
    from typing import Any

    from ._binding import Plan
    from ._names import NameTest, Nearness
    from .context import Invocation
    from .source import Extractor, Pattern, Source
    from .types import JsonValue, NameSpec, Record, RouteOptions

#: How many addresses (queue ARNs, ...) a table remembers the candidates of. An app that listens to more recomputes some.
MEMO_LIMIT = 256

_UNREADABLE: Any = object()


class Route:
    """A registered handler of records: its pattern, its compiled plan, its settings."""

    __slots__ = (
        "call", "conditions", "function", "index", "inner", "is_async", "is_conditional", "is_ours", "literals", "make_record",
        "matches", "name", "names", "nearness", "options", "parts", "pattern", "plan", "raw", "read", "takes_batch", "tests",
    )  # fmt: skip

    def __init__(
        self,
        pattern: Pattern,
        function: Callable[..., object],
        plan: Plan,
        *,
        index: int,
        read: Extractor | None = None,
        raw: Callable[[Record], Any] | None = None,
        literals: Mapping[str, tuple[object, ...]] | None = None,
        make_record: Extractor | None = None,
        inner: Callable[[], Iterable[Route]] | None = None,
    ) -> None:
        self.pattern = pattern
        self.function = function
        self.plan = plan
        self.index = index
        self.options: RouteOptions = pattern.options
        self.name = plan.name
        self.call = plan.call
        self.parts = plan.parts
        self.is_ours = plan.is_ours
        self.is_async = plan.kind == "async"
        self.takes_batch = plan.batch is not None
        #: From a record to its payload as this handler wants it; None where it does not ask.
        self.read = read
        #: From a record to the source's model of it, for handlers of batches.
        self.make_record = make_record or _as_delivered
        #: The routes of what is inside a record, where this one only opens it.
        self.inner = inner
        #: From a record to its payload after ``decode=`` and ``unwrap=``; None where there is neither.
        self.raw = raw
        self.literals = literals or {}
        try:
            self.matches = _condition(pattern, self.literals)
        except RegistrationError as error:
            raise RegistrationError(f"{self.name}() [{plan.location}]: where: {error}") from None
        self.is_conditional = bool(pattern.tests) or self.matches is not None
        self.tests: Sequence[NameTest] = ()
        #: The names, once the environment they are made of is known.
        self.names: Sequence[tuple[str, NameSpec]] = pattern.names
        self.nearness: tuple[Any, ...] = ()
        self.conditions = self._conditions()

    def run_by(self, call: Callable[[Invocation, Record], Any], *, is_ours: bool = False) -> None:
        """Have *call* stand for the handler from now on: something is put around it."""
        self.call, self.parts, self.is_ours = call, None, is_ours

    def _conditions(self) -> tuple[str, ...]:
        """What is asked of a record beside its names, in words."""
        found = [words for words, _ in self.pattern.tests]
        where = self.pattern.where
        if where is not None:
            if callable(where):
                found.append(f"where={getattr(where, '__qualname__', 'a predicate')}")
            else:
                from ._patterns import words

                found.append(f"payload matches {words(where)}")
        found.extend(f"{field} in {values!r}" for field, values in self.literals.items())
        return tuple(found)

    def functions(self) -> Sequence[Callable[..., object]]:
        """The handlers that a call of it may run."""
        if self.inner is None:
            return (self.function,)
        return [function for route in self.inner() for function in route.functions()]

    def claim(self) -> Hashable:
        """What it claims; two equal claims could never be told apart."""
        where = self.pattern.where
        return (
            tuple(sorted((test.words) for test in self.tests)),
            tuple(sorted(words for words, _ in self.pattern.tests)),
            where if callable(where) or where is None else self.conditions[len(self.pattern.tests)],
            tuple(sorted((field, tuple(sorted(map(repr, values)))) for field, values in self.literals.items())),
        )

    def resolve(self, source: Source, environment: Mapping[str, str]) -> None:
        """Compile the names, now that the environment is known, and say how near they are."""
        where = f"{self.name} [{self.plan.location}]"
        self.names = [(key, resolved(spec, environment, where)) for key, spec in self.pattern.names]
        self.tests = [test_of(key, spec) for key, spec in self.names]
        near: dict[str, Nearness] = {}
        for test in self.tests:
            key = test.key.removesuffix("_arn")
            near[key] = max(near.get(key, ANYTHING), test.nearness)
        named = tuple(near.get(key, ANYTHING) for key in source.order)
        others = tuple(sorted((value for key, value in near.items() if key not in source.order), reverse=True))
        tier = self.pattern.bind.get("rank", 0)
        self.nearness = (tier, named, others, self._kind(), bool(self.literals), -self.index)

    def _kind(self) -> int:
        """A pattern is tried before a predicate, that before the fields of a model, those before no condition."""
        where = self.pattern.where
        # Tests on the record itself (message attributes) count like a pattern on the payload.
        if self.pattern.tests or (where is not None and not callable(where)):
            return 3
        if where is not None:
            return 2
        return 1 if self.literals else 0

    def describe(self) -> str:
        """The route in a line: what it wants."""
        wants = [test.words for test in self.tests] or [f"{key}={spec!r}" for key, spec in self.pattern.names]
        return ", ".join([*wants, *self.conditions]) or "everything"


def _as_delivered(invocation: Invocation, record: Record) -> object:
    return record


def _condition(pattern: Pattern, literals: Mapping[str, tuple[object, ...]]) -> Callable[[JsonValue], bool] | None:
    """The condition on the decoded payload, or None."""
    where = pattern.where
    tests: list[Callable[[JsonValue], bool]] = []
    if callable(where):
        tests.append(where)
    elif where is not None:
        from ._patterns import compile_pattern

        tests.append(compile_pattern(where))
    if literals:
        tests.append(
            lambda value: isinstance(value, dict) and all(_one_of(value.get(k, EMPTY), v) for k, v in literals.items())
        )
    if not tests:
        return None
    return tests[0] if len(tests) == 1 else lambda value: all(test(value) for test in tests)


def _one_of(value: object, allowed: Sequence[object]) -> bool:
    return any(type(value) is type(each) and value == each for each in allowed)


class Table:
    """The routes of one source, nearest first."""

    __slots__ = ("_memo", "_raw", "_straight", "address", "has_batch", "keys", "routes", "source")

    def __init__(self, source: Source, routes: Sequence[Route], environment: Mapping[str, str]) -> None:
        claims: dict[Hashable, Route] = {}
        for index, route in enumerate(routes):
            route.resolve(source, environment)
            refuse_equal(source, route, claims)
            refuse_disagreement(source, route, routes[:index])
        self.source = source
        self.routes = sorted(routes, key=lambda route: route.nearness, reverse=True)
        self.keys = source.keys
        self.address: Callable[[Record], Hashable] = source.address or _nowhere
        self.has_batch = any(route.takes_batch for route in routes)
        self._raw: Callable[[Record], Any] = raw_reader(source, None, None) if source.payload is not None else _itself
        self._memo: dict[Hashable, tuple[Route, ...]] = {}
        #: The route that takes everything from an address, by addresses that were met before.
        self._straight: dict[Hashable, Route] = {}

    def candidates(self, record: Record) -> tuple[Route, ...]:
        """The routes whose names accept *record*, nearest first; remembered by the record's address."""
        address = self.address(record)
        try:
            found = self._memo.get(address)
        except TypeError:  # a hand-made record with a list for an ARN
            address = found = None
        if found is not None:
            return found
        keys = self.keys(record)
        found = tuple(route for route in self.routes if all(test.accepts(keys) for test in route.tests))
        if address is not None and len(self._memo) < MEMO_LIMIT:
            self._memo[address] = found
            if found and not found[0].is_conditional:
                self._straight[address] = found[0]
        return found

    def at_end(self, event: JsonValue) -> Route | None:
        """The route that a tumbling window ends with: the nearest without a condition, since there is no payload to look at."""
        candidates = self.candidates(event)
        plain = [route for route in candidates if not route.is_conditional]
        return next(iter(plain or candidates), None)

    def bind_of(self, record: Record) -> Mapping[str, object]:
        """What the route that takes *record* put into its pattern's ``bind``; nothing where none does."""
        if not any(route.pattern.bind for route in self.routes):
            return NOTHING
        try:
            return self.match(record).pattern.bind
        except Exception:  # told already, when the record was to be handled
            return NOTHING

    def find(self, record: Record, address: Hashable) -> tuple[Route, bool]:
        """The route that takes *record*, and whether it takes everything from *address*.

        Raises:
            NoRouteError, PayloadError: As :meth:`match`.
        """
        try:
            route = self._straight.get(address)
            if route is not None:
                return route, True
        except TypeError:  # a hand-made record with a list for an ARN
            pass
        return self.match(record), False

    def match(self, record: Record) -> Route:
        """The route that takes *record*.

        Raises:
            NoRouteError: None does.
            PayloadError: The routes that may take it look at its payload, and that is not JSON.
        """
        candidates = self.candidates(record)
        if candidates and not candidates[0].is_conditional:
            return candidates[0]
        route = self._conditional(candidates, record)
        if route is None:
            raise self.no_route(record)
        return route

    def _conditional(self, candidates: Sequence[Route], record: Record) -> Route | None:
        values: dict[Hashable, Any] = {}  # decoded once for all routes that read it in the same way
        unreadable: PayloadError | None = None
        for route in candidates:
            if not all(test(record) for _, test in route.pattern.tests):
                continue
            if route.matches is None:
                return route
            way = (route.options.get("decode"), route.pattern.bind.get("unwrap"))
            if way not in values:
                try:
                    values[way] = self.payload_value(record, route)
                except PayloadError as error:
                    unreadable = unreadable or error
                    values[way] = _UNREADABLE
            if values[way] is not _UNREADABLE and route.matches(values[way]):
                return route
        if unreadable is not None:
            raise unreadable
        return None

    def payload_value(self, record: Record, route: Route) -> JsonValue:
        """The record's payload as decoded JSON, for conditions on it."""
        raw = self._raw(record) if route.raw is None else route.raw(record)
        if self._raw is _itself or (self.source.payload_is_value and not isinstance(raw, bytes)):
            return raw
        return None if raw is None else json_of(raw, f"{self.source.name} record")

    def no_route(self, record: Record) -> NoRouteError:
        """The error for a record that no route takes: what it offers, the nearest route, a decorator to paste."""
        keys = self.keys(record)
        shown = {key: value for key, value in keys.items() if not key.endswith("_arn")}
        nearest = ""
        if self.routes:
            route = max(self.routes, key=lambda route: _likeness(route, keys))
            nearest = f"{route.name} wants {self.first_refusal(route, record, keys)}"
        paste = self.source.paste(keys) if self.source.paste else ""
        via = self.routes[0].options.get("via") if self.routes else None
        return NoRouteError(self.source.name, shown, nearest, with_via(paste, via) if via else paste)

    def first_refusal(self, route: Route, record: Record, keys: Mapping[str, str]) -> str:
        """The first condition of *route* that *record* does not meet, in words; empty if it meets all."""
        for name in route.tests:
            if not name.accepts(keys):
                return name.words
        for words, test in route.pattern.tests:
            if not test(record):
                return words
        if route.matches is not None:
            try:
                matched = route.matches(self.payload_value(record, route))
            except PayloadError:
                return "a payload that is JSON"
            if not matched:
                return " and ".join(route.conditions[len(route.pattern.tests) :])
        return ""


def _likeness(route: Route, keys: Mapping[str, str]) -> tuple[int, float]:
    """How near a route's names are to what a record offers: how many accept it, and how alike the others are."""
    from difflib import SequenceMatcher

    wanted = " ".join(str(spec) for _, spec in route.names)
    offered = " ".join(value for key, value in keys.items() if not key.endswith("_arn"))
    return sum(test.accepts(keys) for test in route.tests), SequenceMatcher(None, wanted, offered).ratio()


def _nowhere(record: Record) -> None:
    """The address of records that have none."""
    return


def _itself(record: Record) -> Record:
    """What conditions look at where a source has no payload."""
    return record


#: Settings that belong to the queue and not to one of its routes.
SETTINGS = ("failures", "concurrency", "margin", "invalid", "unmatched")


def with_via(paste: str, via: str) -> str:
    """A decorator to paste for events that arrive inside messages of *via*."""
    if not paste:
        return ""
    opened = paste.removesuffix(")")
    return f"{opened}{'' if opened.endswith('(') else ', '}via={via!r})"


def refuse_equal(source: Source, route: Route, claims: dict[Hashable, Route]) -> None:
    """Add the claim of *route*.

    Raises:
        RegistrationError: Another route has the same: they could never be told apart.
    """
    other = claims.setdefault(route.claim(), route)
    if other is not route:
        raise RegistrationError(
            f"{source.name}: {route.name}() [{route.plan.location}] and {other.name}() [{other.plan.location}] claim the "
            f"same records ({route.describe()}): narrow one by name, where= or a Literal field of its model"
        )


def refuse_disagreement(source: Source, route: Route, others: Sequence[Route]) -> None:
    """Hold the settings of *route* against those of every other route that may take records of the same batch.

    Raises:
        RegistrationError: They disagree on one that belongs to the queue.
    """
    mine = [route.options.get(setting) for setting in SETTINGS]
    for other in others:
        theirs = [other.options.get(setting) for setting in SETTINGS]
        if mine != theirs and other is not route and _may_meet(route, other):
            setting = next(name for name, one, two in zip(SETTINGS, mine, theirs, strict=True) if one != two)
            raise RegistrationError(
                f"{source.name}: {other.name}() [{other.plan.location}] and {route.name}() [{route.plan.location}] can take "
                f"records of the same batch, but disagree on {setting}=, which belongs to the whole queue"
            )


def _may_meet(one: Route, other: Route) -> bool:
    """Whether a batch, whose records share their address, may hold records of both.

    A name that the environment makes is told apart from others once it is known.
    """
    if any(needs_environment(spec) for _, spec in (*one.names, *other.names)):
        return False
    names = dict(other.names)
    return all(key not in names or may_overlap(spec, names[key]) for key, spec in one.names)


def is_late(pattern: Pattern) -> bool:
    """Whether the pattern's names are known only once the environment is."""
    return any(needs_environment(spec) for _, spec in pattern.names)
