"""What ``app.explain`` answers with: what an event is, who takes it and why the others do not, as data and in words.

It holds what routes match on and what decides which source an event is from; never a payload, a header or a token.
"""

from __future__ import annotations

import os

from .errors import quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from .types import JsonObject, JsonValue

#: How many of the routes that do not take a record are written out. All of them are in the data.
MAX_SHOWN = 20


class RouteInfo:
    """One registered route.

    Attributes:
        sources: The labels of its triggers; ``http`` for requests, whatever HTTP trigger they come through.
        wants: What it takes, in words.
        handler: Its name.
        location: File and line of the handler.
        via: The queue or topic whose messages carry its events (``sqs:images``); empty where they come by themselves.
        is_enrichment: It answers EventBridge Pipes with the records' new values.
    """

    __slots__ = ("handler", "is_enrichment", "location", "sources", "via", "wants")

    def __init__(
        self,
        sources: tuple[str, ...],
        wants: str,
        handler: str,
        location: str,
        *,
        via: str = "",
        is_enrichment: bool = False,
    ) -> None:
        self.sources = sources
        self.wants = wants
        self.handler = handler
        self.location = location
        self.via = via
        self.is_enrichment = is_enrichment

    @property
    def source(self) -> str:
        """The label of its trigger, of several the first: the one its decorator is named after."""
        return self.sources[0]

    def as_dict(self) -> JsonObject:
        return {
            "source": self.source,
            "sources": list(self.sources),
            "wants": self.wants,
            "handler": self.handler,
            "location": self.location,
            "via": self.via,
            "is_enrichment": self.is_enrichment,
        }

    def __str__(self) -> str:
        return f"{self.handler} [{nearby(self.location)}]"

    def __repr__(self) -> str:
        return f"<RouteInfo {self.source} {self.handler}>"


class Candidate:
    """A route that was considered for a record.

    Attributes:
        route: The route.
        refusal: The first condition that the record does not meet; empty where it meets all of them.
        inner: Of the messages of a queue whose routes have ``via=``: those routes.
    """

    __slots__ = ("inner", "refusal", "route")

    def __init__(self, route: RouteInfo, refusal: str, inner: Sequence[RouteInfo] = ()) -> None:
        self.route = route
        self.refusal = refusal
        self.inner = tuple(inner)

    def as_dict(self) -> JsonObject:
        return {
            **self.route.as_dict(),
            "refusal": self.refusal,
            "inner": [route.as_dict() for route in self.inner],
        }


class RecordExplanation:
    """One record: what it offers, the route that takes it, and all that were considered.

    Attributes:
        index: Its position in the event.
        keys: What it offers to routes.
        candidates: Every route that was considered, nearest first.
        route: The route that takes it, or None.
        parameters: Of a request: the names of the path's parameters.
        problem: Why no route takes it, or why it fails although one does; empty where neither is so.
        nearest: The closest route and what it wants, where none takes it.
        paste: A decorator, as text, that would take it, where none does.
        inside: Of a message that carries an event: that event, explained.
    """

    __slots__ = ("candidates", "index", "inside", "keys", "nearest", "parameters", "paste", "problem", "route")

    def __init__(self, index: int, keys: Mapping[str, str], candidates: Sequence[Candidate] = ()) -> None:
        self.index = index
        self.keys = dict(keys)
        self.candidates = list(candidates)
        self.route: RouteInfo | None = None
        self.parameters: tuple[str, ...] = ()
        self.problem = ""
        self.nearest = ""
        self.paste = ""
        self.inside: Explanation | None = None

    @property
    def is_routed(self) -> bool:
        """Whether a route takes it, and one takes what is inside it."""
        return self.route is not None and not self.problem and (self.inside is None or self.inside.is_routed)

    def as_dict(self) -> JsonObject:
        return {
            "index": self.index,
            "keys": self.keys,
            "route": None if self.route is None else self.route.as_dict(),
            "parameters": list(self.parameters),
            "problem": self.problem,
            "nearest": self.nearest,
            "paste": self.paste,
            "candidates": [candidate.as_dict() for candidate in self.candidates],
            "inside": None if self.inside is None else self.inside.as_dict(),
        }


class Failure:
    """What becomes of a record that fails.

    Attributes:
        reports: It is named to the trigger, which delivers it, and not the whole batch, again.
        decided_by: What says so: the environment variable, ``failures=``, or the source itself.
        words: All of it in a sentence.
    """

    __slots__ = ("decided_by", "reports", "words")

    def __init__(self, words: str, *, reports: bool = False, decided_by: str = "the source") -> None:
        self.reports = reports
        self.decided_by = decided_by
        self.words = words

    def as_dict(self) -> JsonObject:
        return {"reports": self.reports, "decided_by": self.decided_by, "words": self.words}


class Explanation:
    """What an event is, by which keys, and where it goes; ``str()`` says it in words.

    Attributes:
        source: The label.
        evidence: The deciding keys, as dotted paths, with their values; None where only the key counts.
        delivery: ``"lambda"``, or ``"pipes"`` for the bare list that EventBridge Pipes delivers.
        answer: What Pipes takes the answer for: a ``"target"``'s or an ``"enrichment"``'s; empty for Lambda's own triggers.
        count: How many records the event has.
        unrouted: How many of them no route takes, or fail before a handler is called.
        records: Some of them, explained; those that no route takes come before others are left out.
        problem: Why none of them can be handled at all; empty where they can.
        failure: What becomes of a record that fails; None for an event inside a message, which fails with the message.
        hints: What else there is to know.
    """

    __slots__ = (
        "answer", "count", "delivery", "evidence", "failure", "hints", "problem", "records", "source", "unrouted",
    )  # fmt: skip

    def __init__(self, source: str, delivery: str, evidence: Sequence[tuple[str, JsonValue]] = ()) -> None:
        self.source = source
        self.delivery = delivery
        self.evidence = list(evidence)
        self.answer = ""
        self.count = 0
        self.unrouted = 0
        self.records: list[RecordExplanation] = []
        self.problem = ""
        self.failure: Failure | None = None
        self.hints: list[str] = []

    @property
    def is_routed(self) -> bool:
        """Whether every record has a route; an event without records has nothing left to route."""
        return not self.problem and self.unrouted == 0

    @property
    def nearest(self) -> str:
        """For the first record that no route takes: the closest route, and what it wants."""
        return next((record.nearest for record in self.records if record.nearest), "")

    @property
    def paste(self) -> str:
        """A decorator, as text, that would take the first record that no route takes."""
        return next((record.paste for record in self.records if record.paste), "")

    def as_dict(self) -> JsonObject:
        """The explanation as a JSON value."""
        return {
            "source": self.source,
            "delivery": self.delivery,
            "answer": self.answer,
            "evidence": [{"path": path, "value": value} for path, value in self.evidence],
            "is_routed": self.is_routed,
            "count": self.count,
            "unrouted": self.unrouted,
            "records": [record.as_dict() for record in self.records],
            "problem": self.problem,
            "nearest": self.nearest,
            "paste": self.paste,
            "failure": None if self.failure is None else self.failure.as_dict(),
            "hints": list(self.hints),
        }

    def __str__(self) -> str:
        return "\n".join(printable(line) for line in self._lines())

    def __repr__(self) -> str:
        return f"<Explanation {self.source}: {self.count - self.unrouted} of {self.count} records routed>"

    # ------------------------------------------------------------------------------------------------------- in words

    def _lines(self) -> Iterator[str]:
        why = ", ".join(path if value is None else f"{path}={_value(value)}" for path, value in self.evidence)
        yield _line("source", f"{self.source}, by {why}" if why else self.source)
        if self.delivery == "pipes":
            yield _line("delivery", f"EventBridge Pipes, a bare list of records; {_ANSWERS[self.answer]}")
        if self.problem:
            yield _line("problem", self.problem)
        if self.count > 1 or (self.count == 0 and not self.problem):
            yield _line("records", f"{self.count}, {self.unrouted or 'none'} without a route" if self.count else "none")
        yield from self._record_lines()
        if self.nearest:
            yield _line("nearest", self.nearest)
        if self.paste:
            yield _line("to take it", self.paste)
        if self.failure is not None:
            yield _line("a failure", self.failure.words)
        for hint in self.hints:
            yield _line("note", hint)

    def _record_lines(self) -> Iterator[str]:
        """The records; neighbours of which the same is to be said are told once."""
        said: list[tuple[int, int, list[str]]] = []
        for record in self.records:
            lines = list(_about(record))
            if said and said[-1][1] == record.index - 1 and said[-1][2] == lines:
                said[-1] = (said[-1][0], record.index, lines)
            else:
                said.append((record.index, record.index, lines))
        for first, last, lines in said:
            numbers = "" if self.count == 1 else f" {first}" if first == last else f"s {first}-{last}"
            yield _line(f"record{numbers}", lines[0])
            yield from (f"{'':{_INDENT}}{line}" for line in lines[1:])
        if self.count > len(self.records):
            yield _line("", f"and {self.count - len(self.records)} more")


#: Where what is said of a word begins.
_INDENT = 14
_ANSWERS = {
    "target": "the app is the pipe's target",
    "enrichment": "the app is the pipe's enrichment, whose answer goes on to the target",
}


def _line(word: str, text: str) -> str:
    return f"{word:<{_INDENT}}{text}" if len(word) < _INDENT else f"{word}  {text}"


def _about(record: RecordExplanation) -> Iterator[str]:
    # An ARN is long, and says what the name says: told where a route is named by one.
    wanted = " ".join(candidate.route.wants for candidate in record.candidates)
    offers = [
        f"{key}={quoted(value)}"
        for key, value in record.keys.items()
        if value and (not key.endswith("_arn") or f"{key}=" in wanted)
    ]
    yield f"offers {', '.join(offers) or 'no names'}"
    if record.route is not None:
        named = f", path parameters {', '.join(record.parameters)}" if record.parameters else ""
        yield f"-> {record.route}, which takes {record.route.wants}{named}"
    if record.problem:
        yield f"-> {'but ' if record.route is not None else 'no route: '}{record.problem}"
    others = [each for each in record.candidates if each.route is not record.route]
    for candidate in others[:MAX_SHOWN]:
        yield f"   {candidate.route} {_verdict(candidate, record)}"
        yield from (f"     {route} takes {route.wants}" for route in candidate.inner)
    if len(others) > MAX_SHOWN:
        yield f"   and {len(others) - MAX_SHOWN} more"
    if record.inside is not None:
        yield "inside:"
        yield from (f"   {line}" for line in record.inside._lines())


def _verdict(candidate: Candidate, record: RecordExplanation) -> str:
    if candidate.refusal:
        return f"refuses: it wants {candidate.refusal}"
    return "would take it" if record.route is None else "would take it, but a nearer route does"


def _value(value: JsonValue) -> str:
    return quoted(value) if isinstance(value, str) else str(value)


def nearby(location: str) -> str:
    """A file and line as seen from the current directory, where that is shorter."""
    try:
        here = os.path.join(os.getcwd(), "")
    except FileNotFoundError:  # the directory has been deleted
        return location
    return location.removeprefix(here)


def printable(text: str) -> str:
    """*text* for a terminal: what would move its cursor, turn its direction or change its colours is escaped."""
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in text)
