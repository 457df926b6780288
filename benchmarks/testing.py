"""What a test costs: the client beside the app's own door and other clients, and a suite of a thousand tests.

python -m benchmarks.testing [--only WORD] [--rounds N] [--readme]
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

from .measure import Case, Spread, interleaved
from .report import US, Line, machine, parse, publish, say

MARKERS = ("<!-- bench-testing -->", "<!-- /bench-testing -->")
PACKAGES = ("pytest", "pydantic", "chalice", "starlette", "fastapi")
#: Microseconds that the client may add, and seconds that a thousand tests may take.
MOST_ADDED, MOST_SECONDS = 30, 3
TESTS = 1_000

SUITE = """
import pytest
from pydantic import BaseModel

from eventrouter import App
from eventrouter.testing import TestClient

app = App(failures="report")


class Order(BaseModel):
    id: int


@app.get("/orders/{order_id}")
def read_order(order_id: int) -> dict:
    return {"id": order_id}


@app.sqs("orders")
def on_order(order: Order) -> None: ...


@pytest.fixture
def client():
    with TestClient(app) as client:
        yield client


@pytest.mark.parametrize("number", range(%(half)d))
def test_a_request(client, number):
    assert client.get(f"/orders/{number}").json() == {"id": number}


@pytest.mark.parametrize("number", range(%(half)d))
def test_a_message(client, number):
    assert client.sqs("orders", Order(id=number)).failed == []
"""
EMPTY = """
import pytest


@pytest.mark.parametrize("number", range(%(half)d))
def test_a_request(number):
    assert number >= 0


@pytest.mark.parametrize("number", range(%(half)d))
def test_a_message(number):
    assert number >= 0
"""


def client_of_ours() -> tuple[Case, Case]:
    """The app's door, and the client in front of it, for the same request."""
    from eventrouter import App
    from eventrouter._drive import drive
    from eventrouter.testing import TestClient, events

    app = App()

    @app.get("/orders/{order_id}")
    def read_order(order_id: str) -> dict[str, object]:
        return {"id": order_id, "total": 9.5}

    client, event = TestClient(app), events.function_url("GET", "/orders/7")
    return Case(lambda: drive(app.dispatch(event)), ()), Case(client.get, ("/orders/7",))


def client_of_fastapi() -> Case:
    from fastapi import FastAPI
    from fastapi.testclient import TestClient

    app = FastAPI()

    @app.get("/orders/{order_id}")  # type: ignore[untyped-decorator,unused-ignore]
    def read_order(order_id: str) -> dict[str, object]:
        return {"id": order_id, "total": 9.5}

    return Case(TestClient(app).get, ("/orders/7",))


def client_of_chalice() -> Case:
    from chalice.app import Chalice
    from chalice.test import Client

    app = Chalice("orders", configure_logs=False)

    def read_order(order_id: str) -> dict[str, object]:
        return {"id": order_id, "total": 9.5}

    app.route("/orders/{order_id}")(read_order)
    return Case(Client(app).http.get, ("/orders/7",))


def clients(rounds: int) -> Iterator[Line]:
    work = "A GET in a test"
    say(work)
    door, ours = client_of_ours()
    cases = {US: ours}
    for who, make in (("FastAPI's TestClient", client_of_fastapi), ("Chalice's test client", client_of_chalice)):
        try:
            cases[who] = make()
            _check(cases[who]())
        except (ModuleNotFoundError, RuntimeError) as error:
            say(f"  {who}: {error}")
            cases.pop(who, None)
    _check(ours())
    timings = interleaved(door, cases, rounds)
    yield Line(work, "`app.dispatch` alone", None, median(_floor(each) for each in timings.values()), "µs")
    for who, timing in timings.items():
        added = timing.over.median
        verdict = (f"≤ {MOST_ADDED} µs", added <= MOST_ADDED) if who == US else ("", None)
        yield Line(work, who, timing.ratio, added, "µs more", *verdict)


def _floor(timing: Any) -> float:
    return float(timing.micros.median - timing.over.median)


def _check(answer: Any) -> None:
    found = answer.json() if callable(getattr(answer, "json", None)) else answer.json_body
    if found != {"id": "7", "total": 9.5}:
        raise AssertionError(f"another answer than the others': {found}")


def suite(rounds: int) -> Iterator[Line]:
    work = f"A suite of {TESTS:,} tests, pytest and all"
    say(work)
    with TemporaryDirectory() as folder:
        files = {}
        for name, text in (("ours", SUITE), ("empty", EMPTY)):
            files[name] = Path(folder) / name / f"test_{name}.py"
            files[name].parent.mkdir()
            files[name].write_text(text % {"half": TESTS // 2})
            run(files[name])  # compiles what it imports
        times: dict[str, list[float]] = {name: [] for name in files}
        for turn in range(max(3, rounds // 10)):
            for name in list(files)[:: 1 if turn % 2 else -1]:
                times[name].append(run(files[name]))
    ratio = Spread.of([mine / base for mine, base in zip(times["ours"], times["empty"], strict=True)])
    seconds = median(times["ours"])
    yield Line(work, "tests that do nothing", None, median(times["empty"]), "s")
    yield Line(
        work, f"{US}, half requests, half messages", ratio, seconds, "s", f"≤ {MOST_SECONDS} s", seconds <= MOST_SECONDS
    )


def run(file: Path) -> float:
    """Seconds of a run of pytest."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(file.parent), str(file)]
    began = perf_counter()
    result = subprocess.run(command, capture_output=True, text=True, cwd=file.parent)
    took = perf_counter() - began
    if f"{TESTS} passed" not in result.stdout:
        raise AssertionError(result.stdout + result.stderr)
    return took


GROUPS: dict[str, Callable[[int], Iterator[Line]]] = {"client": clients, "suite": suite}


def note(rounds: int) -> str:
    return (
        f"{machine(*PACKAGES)} The client: processor time, {rounds} interleaved rounds in one process; the time is what a "
        "client adds to `app.dispatch`. The suite: wall time, taking turns. `make bench-testing` prints this table."
    )


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.testing", description=(__doc__ or "").partition("\n")[0]
    )
    options = parse(parser, GROUPS, 60, arguments)
    lines = [line for name in options.only or GROUPS for line in GROUPS[name](options.rounds)]
    publish(lines, note(options.rounds), MARKERS, in_readme=options.readme)
    return 0


if __name__ == "__main__":
    sys.exit(main())
