"""eventrouter beside a hand-written handler, Powertools, Chalice and Mangum, in one process and one run.

    python -m benchmarks.dispatch [--only WORD] [--rounds N] [--readme]

Every figure that the design set is a row with its verdict; every peer does the same work and its answer is checked before it is
timed. ``--readme`` writes the table between the markers in README.md.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from . import contenders as make, events, imports
from .measure import Case, Handler, Timing, calls_per_sample, interleaved, sample
from .report import ROOT, US, Line, machine, parse, publish, say

MARKERS = ("<!-- bench -->", "<!-- /bench -->")
PACKAGES = ("pydantic", "aws-lambda-powertools", "chalice", "mangum", "starlette", "fastapi")
HAND = "written by hand"


class Entry(NamedTuple):
    """One contender of a race: how to make it, and what to send it."""

    who: str
    maker: Callable[[], Handler]
    event: Any
    figure: float | None = None


def build(entries: Sequence[Entry], check: Callable[[Any], None]) -> dict[str, Case]:
    """The contenders whose library is installed, each with its answer checked."""
    context = make.lambda_context()
    cases = {}
    for entry in entries:
        try:
            handler = entry.maker()
        except ModuleNotFoundError as error:
            if (error.name or "").partition(".")[0] == "eventrouter":
                raise
            say(f"  {entry.who}: {error.name} is not installed")
            continue
        case = Case(handler, (entry.event, context))
        check(case())
        cases[entry.who] = case
    return cases


def race(
    work: str, floor: Entry, entries: Sequence[Entry], check: Callable[[Any], None], rounds: int
) -> Iterator[Line]:
    """Time *entries* against *floor*, and judge those that have a figure to reach."""
    say(work)
    (base,) = build([floor], check).values()
    timings = interleaved(base, build(entries, check), rounds)
    floors = [timing.micros.median / timing.ratio.median for timing in timings.values()]
    yield Line(work, floor.who, None, median(floors), "µs")
    figures = {entry.who: entry.figure for entry in entries}
    for who, timing in timings.items():
        yield Line(
            work, who, timing.ratio, timing.micros.median, "µs", *verdict(timing.ratio.median, figures[who], "≤ {} ×")
        )


def verdict(value: float, figure: float | None, wording: str) -> tuple[str, bool | None]:
    return ("", None) if figure is None else (wording.format(f"{figure:g}"), value <= figure)


# --- the rows


def sniffing(rounds: int) -> Iterator[Line]:
    """Our own sample events, and those of the folder that EVENTROUTER_SAMPLE_EVENTS names."""
    from eventrouter import sniff

    paths = sorted((ROOT / "tests" / "sources" / "events").glob("*.json"))
    folder = os.environ.get("EVENTROUTER_SAMPLE_EVENTS")
    if folder:
        rows = [json.loads(line) for line in (Path(folder) / "index.jsonl").read_text().splitlines()]
        paths += [Path(folder) / row["file"] for row in rows if row["kind"] == "event"]
    say(f"sniff, {len(paths)} events")

    cases = [Case(sniff, (json.loads(path.read_bytes()),)) for path in paths]
    labels = [case().name for case in cases]
    number = calls_per_sample(cases[0]) // 2
    micros = [median(sample(case, number) for _ in range(max(5, rounds // 8))) for case in cases]
    slowest = max(range(len(cases)), key=micros.__getitem__)
    work = f"`sniff`, {len(cases)} events"
    yield Line(work, f"{US}, median", None, median(micros), "µs", *verdict(median(micros), 0.5, "≤ {} µs"))
    yield Line(
        work,
        f"{US}, the slowest ({labels[slowest]})",
        None,
        micros[slowest],
        "µs",
        *verdict(micros[slowest], 2.5, "≤ {} µs"),
    )


def http(rounds: int) -> Iterator[Line]:
    event = events.http_get("/orders/42")
    rest = events.rest_get("/orders/{order_id}", "/orders/42", {"order_id": "42"})
    yield from race(
        "HTTP GET, a path parameter, dict out",
        Entry(HAND, make.by_hand_get, event),
        [
            Entry(US, make.eventrouter_get, event, 3),
            Entry("Powertools", make.powertools_get, event),
            Entry("Powertools, validating", partial(make.powertools_get, enable_validation=True), event),
            Entry("Chalice (REST event)", make.chalice_get, rest),
            Entry("Mangum + Starlette", make.starlette_get, event),
            Entry("Mangum + FastAPI", make.fastapi_get, event),
        ],
        make.check_get,
        rounds,
    )


def mounted(rounds: int) -> Iterator[Line]:
    """A Starlette app's lifespan is run once per process here, by Mangum once per event unless it is switched off."""
    event = events.http_get("/orders/42")
    yield from race(
        "The same GET of a Starlette app",
        Entry("`Mangum(app)`", partial(make.starlette_get, lifespan="auto"), event),
        [
            Entry(f"{US}, mounted", make.eventrouter_mounted, event, 0.6),
            Entry('`Mangum(app, lifespan="off")`', make.starlette_get, event),
        ],
        make.check_get,
        rounds,
    )


def typed(rounds: int) -> Iterator[Line]:
    event = events.http_get("/orders/42", "verbose=true")
    yield from race(
        "HTTP GET, an int and a bool validated",
        Entry(HAND, make.by_hand_typed, event),
        [
            Entry(US, make.eventrouter_typed, event, 4),
            Entry("Powertools, validating", make.powertools_typed, event),
            Entry("Mangum + FastAPI", make.fastapi_typed, event),
        ],
        make.check_typed,
        rounds,
    )


def routes(rounds: int) -> Iterator[Line]:
    event = events.http_get("/orders/42")
    yield from race(
        "The same GET behind other routes",
        Entry(f"{US}, alone", make.eventrouter_get, event),
        [
            Entry(f"{US}, 50 others", partial(make.eventrouter_get, others=50), event, 1.05),
            Entry(f"{US}, 5,000 others", partial(make.eventrouter_get, others=5000), event, 1.05),
        ],
        make.check_get,
        rounds,
    )


def sqs(rounds: int) -> Iterator[Line]:
    event = events.sqs_batch(make.QUEUE, 10)
    bad = events.sqs_batch(make.QUEUE, 10)
    bad["Records"][3]["body"] = "not JSON"

    def check(reply: Any) -> None:
        make.check_batch(reply)

    entries = [
        Entry(f"{US}, body", make.eventrouter_sqs, event, 2),
        Entry(f"{US}, body and record model", make.eventrouter_sqs_record, event, 7.5),
        Entry(f"{US}, async handler", make.eventrouter_sqs_async, event, 3.5),
        Entry("Powertools batch, body validated by the handler", make.powertools_sqs_untyped, event),
        Entry("Powertools batch, record model", make.powertools_sqs, event),
        Entry("Powertools batch, record model, async", make.powertools_sqs_async, event),
    ]
    floor = Entry(HAND, make.by_hand_sqs, event)
    # A peer that let a bad message through would be doing less work.
    failed = bad["Records"][3]["messageId"]
    build(
        [entry._replace(event=bad) for entry in (floor, *entries)], partial(make.check_failed_batch, message_id=failed)
    )
    yield from race("SQS, 10 messages, typed", floor, entries, check, rounds)


def asynchronous(rounds: int) -> Iterator[Line]:
    event = events.http_get("/orders/42")
    work = "An async handler over a sync one, HTTP GET"
    say(work)
    floor = build([Entry("sync", make.eventrouter_get, event)], make.check_get)["sync"]
    ours = build([Entry(US, make.eventrouter_get_async, event)], make.check_get)
    loops = build([Entry("kept", make.kept_loop, None), Entry("fresh", make.fresh_loop, None)], lambda reply: None)
    timings: Mapping[str, Timing] = interleaved(floor, {**ours, **loops}, rounds)
    over = timings[US].over.median
    yield Line(work, US, timings[US].ratio, over, "µs more", *verdict(over, 11.5, "≤ {} µs"))
    yield Line(work, "a kept event loop, doing nothing", None, timings["kept"].micros.median, "µs")
    yield Line(work, "`asyncio.run`, doing nothing", None, timings["fresh"].micros.median, "µs")


def importing(rounds: int) -> Iterator[Line]:
    say("imports")
    spent, ratios = imports.times(max(5, rounds // 3))
    package, app, four = spent["package"].median, spent["app"].median, ratios["four triggers"]
    work = "Import, over a bare interpreter"
    yield Line(work, f"{US}, `import eventrouter`", None, package, "ms", *verdict(package, 3, "≤ {} ms"))
    yield Line(work, f"{US}, `from eventrouter import App`", None, app, "ms", *verdict(app, 10, "≤ {} ms"))
    work = "Import of an app, against its two models alone"
    yield Line(work, "pydantic and the two models", None, spent["models"].median, "ms")
    yield Line(
        work, f"{US}, four triggers", four, spent["four triggers"].median, "ms", *verdict(four.median, 1.1, "≤ {} ×")
    )
    peers = {
        "powertools": "Powertools, the same four",
        "fastapi": "FastAPI and Mangum, HTTP alone",
        "chalice": "Chalice, HTTP alone, no models",
    }
    for name, who in peers.items():
        if name in spent:
            yield Line(work, who, ratios[name], spent[name].median, "ms")


GROUPS: dict[str, Callable[[int], Iterator[Line]]] = {
    "sniff": sniffing,
    "http": http,
    "mounted": mounted,
    "typed": typed,
    "routes": routes,
    "sqs": sqs,
    "async": asynchronous,
    "imports": importing,
}


def note(rounds: int) -> str:
    return (
        f"{machine(*PACKAGES)} Processor time; {rounds} interleaved rounds in one process; "
        "a ratio is the median over pairs of neighbouring samples, so compare ratios rather than times. "
        "`make bench` prints this table."
    )


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.dispatch", description=__doc__.partition("\n")[0])
    options = parse(parser, GROUPS, 60, arguments)
    # What a library writes to a terminal is not what it costs.
    logging.disable(logging.CRITICAL)

    names = options.only or list(GROUPS)
    lines = [line for name in names for line in GROUPS[name](options.rounds)]
    publish(lines, note(options.rounds), MARKERS, in_readme=options.readme)
    return 0


if __name__ == "__main__":
    sys.exit(main())
