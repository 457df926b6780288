"""eventrouter's runtime beside AWS's own client, awslambdaric: starts, invocations, streams and memory, on one core.

    python -m benchmarks.runtime [--only WORD] [--rounds N] [--soak] [--readme]

Every figure that the design set is a row with its verdict; every contender's answer is checked before it is timed, and a run with
one bad answer counts for nothing. ``--readme`` writes the table between the markers in README.md.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from . import contenders, events, rtload
from .measure import Spread
from .report import US, Line, machine, parse, publish, say
from .rtload import Load, Runtime, awslambdaric, eventrouter, floor, interleaved
from .runtimes.streams import CHUNK

MARKERS = ("<!-- bench-runtime -->", "<!-- /bench-runtime -->")
AWS = "awslambdaric, bare handler"
THREADED = "awslambdaric as AWS's Python 3.12 and later run it"
ASYNC = f"{US}, async handler"
FLOOR = "a blocking socket, by hand"

#: Invocations of one run, and those before it.
COUNT, WARMUP = 8000, 800
#: Chunks of 64 KB in 100 MB, and in one.
MANY, FEW = 1600, 16

#: What a figure says: at most (≤) or at least (≥), how much, and of what; of × it speaks of the ratio.
Figure = tuple[str, float, str]


class Entry(NamedTuple):
    """A runtime, the event it is sent, and what its answer is held against."""

    runtime: Runtime
    event: Path
    check: Callable[[Any], None]


def function_url(path: str) -> dict[str, Any]:
    """The same GET as elsewhere, from a trigger that streams."""
    event = events.http_get(path)
    domain = "q7w8e9r0t1q7w8e9r0t1q7w8e9r0t1q7.lambda-url.eu-west-1.on.aws"
    event["headers"]["host"] = event["requestContext"]["domainName"] = domain
    return event


def checked(entries: dict[str, Entry]) -> dict[str, Entry]:
    """The entries, each of which has answered rightly, and so is compiled as well."""
    for entry in entries.values():
        entry.check(json.loads(rtload.answer(entry.runtime, entry.event)))
    return entries


def compared(
    work: str, floor: str, taken: Mapping[str, Sequence[float]], unit: str, figures: Mapping[str, Figure]
) -> Iterator[Line]:
    """A line for each contender, with the ratios to *floor* in the same round."""
    yield Line(work, floor, None, median(taken[floor]), unit)
    for who in taken:
        if who != floor:
            ratio = Spread.of([own / base for own, base in zip(taken[who], taken[floor], strict=True)])
            line = Line(work, who, ratio, median(taken[who]), unit)
            yield judged(line, figures[who]) if who in figures else line


def judged(line: Line, figure: Figure) -> Line:
    sign, limit, unit = figure
    value = line.ratio.median if unit == "×" and line.ratio else line.time
    is_met = value <= limit if sign == "≤" else value >= limit
    return line._replace(figure=f"{sign} {limit:g} {unit}", is_met=is_met)


# --- the rows


def orders(load: Load) -> dict[str, Entry]:
    event = load.event("order", function_url("/orders/42"))
    return {
        AWS: Entry(awslambdaric("order"), event, contenders.check_get),
        THREADED: Entry(awslambdaric("order", in_thread=True), event, contenders.check_get),
        US: Entry(eventrouter("orders"), event, contenders.check_get),
        ASYNC: Entry(eventrouter("orders_async"), event, contenders.check_get),
        FLOOR: Entry(floor(), event, contenders.check_get),
    }


def starting(load: Load, rounds: int) -> Iterator[Line]:
    say("starts")
    entries = checked(orders(load))
    # They take next to no time, and vary more than the rest.
    taken = interleaved(
        {who: partial(load.start_ms, entry.runtime, entry.event) for who, entry in entries.items()}, rounds * 3
    )
    yield from compared("From exec to the first `/next`", AWS, taken, "ms", {US: ("≤", 1, "×")})


def invoking(load: Load, rounds: int) -> Iterator[Line]:
    yield from loaded(load, "HTTP GET of 1 KB, routed", orders(load), {US: ("≥", 1.8, "×")}, rounds)


def batching(load: Load, rounds: int) -> Iterator[Line]:
    event = load.event("batch", events.sqs_batch(contenders.QUEUE, 10))
    yield from loaded(
        load,
        "SQS, 10 messages of 8 KB, validated",
        {
            AWS: Entry(awslambdaric("batch"), event, contenders.check_batch),
            THREADED: Entry(awslambdaric("batch", in_thread=True), event, contenders.check_batch),
            US: Entry(eventrouter("messages"), event, contenders.check_batch),
        },
        {},
        rounds,
    )


def loaded(
    load: Load, work: str, entries: dict[str, Entry], figures: Mapping[str, Figure], rounds: int
) -> Iterator[Line]:
    """Invocations a second, and the processor time of each, start excluded."""
    say(work)
    checked(entries)
    starts = {who: load.start_cpu_s(entry.runtime, entry.event) for who, entry in entries.items()}
    runs = interleaved(
        {
            who: partial(load.run, entry.runtime, entry.event, count=COUNT, warmup=WARMUP)
            for who, entry in entries.items()
        },
        rounds,
    )
    rates = {who: [float(report["inv_per_s"]) for report in reports] for who, reports in runs.items()}
    micros = {
        who: [(report["cpu_s"] - starts[who]) / (COUNT + WARMUP) * 1e6 for report in reports]
        for who, reports in runs.items()
    }
    yield from compared(work, THREADED, rates, "/s", figures)
    yield from compared("Its processor time", THREADED, micros, "µs", {})


def streaming(load: Load, rounds: int) -> Iterator[Line]:
    say("streams")
    runtime = eventrouter("streams")
    for path, body in {"/async/3": CHUNK * 3, "/sync/3": CHUNK * 3, "/late": b"firstsecond"}.items():
        assert rtload.answer(runtime, load.event("small", function_url(path))).partition(bytes(8))[2] == body, path

    large = load.event("large", function_url(f"/async/{MANY}"))
    iterated = load.event("iterated", function_url(f"/sync/{MANY}"))
    small = load.event("small", function_url(f"/async/{FEW}"))
    late = load.event("late", function_url("/late"))
    generator, iterator = f"{US}, async generator", f"{US}, generator"
    few = partial(load.run, count=4, warmup=1, is_streamed=True)
    runs = interleaved(
        {
            FLOOR: partial(few, floor(MANY), large),
            generator: partial(few, runtime, large),
            iterator: partial(few, runtime, iterated),
            "small": partial(few, runtime, small),
            "late": partial(load.run, runtime, late, count=100, warmup=10, is_streamed=True),
        },
        rounds,
    )
    rates = {who: [report["mb_per_s"] / 1000 for report in runs[who]] for who in (FLOOR, generator, iterator)}
    for who in rates:
        # Beside the chunks there is a prelude of some hundred bytes.
        assert all(0 < report["body_bytes"] - 4 * MANY * len(CHUNK) < 4 * 1000 for report in runs[who]), who
    figure = ("≥", 1.5, "GB/s")
    yield from compared(
        "A body of 100 MB, streamed in chunks of 64 KB", FLOOR, rates, "GB/s", {generator: figure, iterator: figure}
    )
    first = median(report["ttfb_us"]["p50"] / 1000 for report in runs["late"])
    yield judged(
        Line("From the event to the first byte of a body whose second item is late", US, None, first, "ms"),
        ("≤", 0.3, "ms"),
    )
    pairs = zip(runs[generator], runs["small"], strict=True)
    growth = median((hundred["rss_kib"] - one["rss_kib"]) / 1024 for hundred, one in pairs)
    yield judged(Line("Peak memory of 100 MB streamed over 1 MB", US, None, growth, "MB more"), ("≤", 2, "MB"))


def soaking(load: Load, rounds: int) -> Iterator[Line]:
    event = load.event("order", function_url("/orders/42"))
    batch = load.event("batch", events.sqs_batch(contenders.QUEUE, 10))
    for who, module, sent in (
        (f"{US}, HTTP GET", "orders", event),
        (f"{US}, HTTP GET, async handler", "orders_async", event),
        (f"{US}, SQS, 10 messages", "messages", batch),
    ):
        say(f"a million invocations: {module}")
        growth = load.growth_mb(eventrouter(module), sent, count=1_000_000, warmup=10_000)
        line = Line("Memory after a million invocations over that after 10,000", who, None, growth, "MB more")
        yield judged(line, ("≤", 2, "MB"))


GROUPS: dict[str, Callable[[Load, int], Iterator[Line]]] = {
    "start": starting,
    "http": invoking,
    "sqs": batching,
    "stream": streaming,
    "soak": soaking,
}


# --- the table


def note(rounds: int) -> str:
    return (
        f"{machine('awslambdaric')} The runtime and the server it talks to share one core. {rounds} rounds, in each of which "
        "every contender runs once, in random order; a ratio is the median of the rounds' own ratios, so compare ratios rather "
        "than times. `make bench-runtime` prints this table."
    )


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.runtime", description=__doc__.partition("\n")[0])
    parser.add_argument("--soak", action="store_true", help="a million invocations of each app as well: minutes")
    options = parse(parser, GROUPS, 12, arguments)
    if reason := rtload.missing():
        say(f"the benchmark of the runtime {reason}; nothing was measured")
        return 0
    rtload.build()
    rtload.share_one_core()

    names = options.only or [name for name in GROUPS if name != "soak" or options.soak]
    with TemporaryDirectory() as folder:
        load = Load(Path(folder))
        lines = [line for name in names for line in GROUPS[name](load, options.rounds)]
    publish(lines, note(options.rounds), MARKERS, in_readme=options.readme)
    return 0


if __name__ == "__main__":
    sys.exit(main())
