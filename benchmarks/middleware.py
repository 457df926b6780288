"""What each layer of ``eventrouter.middleware`` adds to a request that it has nothing to do for, or its usual work.

    python -m benchmarks.middleware [--only WORD] [--rounds N] [--readme]

A layer stands inside one that does nothing, beside the same app with that one alone: the first layer of an app opens the way
for all others, which is a row of its own.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

from . import contenders as make, events
from .measure import Case, interleaved
from .report import US, Line, machine, parse, publish, say

MARKERS = ("<!-- bench-middleware -->", "<!-- /bench-middleware -->")
PACKAGES = ("pydantic", "starlette", "brotli", "zstandard")
#: Microseconds that a layer may add to a request.
MOST = 1.5
HEADERS = {"host": "shop.example.com", "origin": "https://www.example.com", "accept-encoding": "gzip, br, zstd"}


class Nothing:
    """A layer that hands on what it is given."""

    waits = False

    async def __call__(self, invocation: Any, call_next: Any) -> Any:
        return await call_next(invocation)


def app_with(*layers: Any) -> Case:
    """An app that answers a GET, with these layers around it."""
    from eventrouter import App

    app = App()
    for layer in layers:
        app.middleware(layer)

    @app.get("/orders/{order_id}")
    def read_order(order_id: str) -> dict[str, object]:
        return {"id": order_id, "total": 9.5}

    event = events.http_get("/orders/42")
    event["headers"] = {**event["headers"], **HEADERS}
    case = Case(app, (event, make.lambda_context()))
    make.check_get(case())
    return case


def layers() -> dict[str, Callable[[], Any]]:
    from eventrouter.middleware import (
        CORS,
        Compress,
        ETag,
        RequestSizeLimit,
        SecurityHeaders,
        ServerTiming,
        TrustedHosts,
    )

    return {
        "`CORS`, an allowed origin": partial(CORS, ["https://www.example.com"]),
        "`CORS`, open to all": partial(CORS, ["*"]),
        "`Compress`, a small body": Compress,
        "`TrustedHosts`": partial(TrustedHosts, ["shop.example.com"]),
        "`SecurityHeaders`": SecurityHeaders,
        "`RequestSizeLimit`": partial(RequestSizeLimit, 100_000),
        "`ETag`": ETag,
        "`ServerTiming`": ServerTiming,
    }


def each(rounds: int) -> Iterator[Line]:
    work = "HTTP GET, dict out, one more layer"
    say(work)
    floor = app_with(Nothing())
    cases = {name: app_with(Nothing(), made()) for name, made in layers().items()}
    cases["a layer that does nothing"] = app_with(Nothing(), Nothing())
    timings = interleaved(floor, cases, rounds)
    base = next(iter(timings.values()))
    yield Line(work, f"{US} with one layer", None, base.micros.median / base.ratio.median, "µs")
    for name, timing in timings.items():
        added = timing.over.median
        is_ours = name.startswith("`")
        yield Line(
            work,
            f"+ {name}",
            timing.ratio,
            added,
            "µs more",
            f"≤ {MOST} µs" if is_ours else "",
            added <= MOST if is_ours else None,
        )


def first(rounds: int) -> Iterator[Line]:
    work = "The first layer of an app"
    say(work)
    (timing,) = interleaved(app_with(), {"nothing": app_with(Nothing())}, rounds).values()
    yield Line(work, f"{US} without layers", None, timing.micros.median / timing.ratio.median, "µs")
    yield Line(work, "+ a layer that does nothing", timing.ratio, timing.over.median, "µs more")


GROUPS: dict[str, Callable[[int], Iterator[Line]]] = {"first": first, "each": each}


def note(rounds: int) -> str:
    return (
        f"{machine(*PACKAGES)} Processor time; {rounds} interleaved rounds in one process; what is added is the median over "
        "pairs of neighbouring samples."
    )


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.middleware", description=__doc__)
    options = parse(parser, GROUPS, 60, arguments)
    names = options.only or list(GROUPS)
    lines = [line for name in names for line in GROUPS[name](options.rounds)]
    publish(lines, note(options.rounds), MARKERS, in_readme=options.readme)
    return 0


if __name__ == "__main__":
    sys.exit(main())
