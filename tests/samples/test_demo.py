"""``make demo``: an event of every kind, and an exit code that can be believed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import samples.shop

EVENTS = Path(samples.shop.__file__).parent / "events"
ROOT = EVENTS.parent.parent.parent


def run(**settings: str) -> subprocess.CompletedProcess[str]:
    """The demo with these settings of the package, whatever the environment of the tests has."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("EVENTROUTER_")} | settings
    command = [sys.executable, "-m", "samples.shop.demo"]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=environment)


@pytest.fixture(scope="module")
def demo() -> subprocess.CompletedProcess[str]:
    return run()


def test_every_event_comes_out_as_expected(demo: subprocess.CompletedProcess[str]) -> None:
    assert demo.returncode == 0, demo.stdout + demo.stderr


def test_there_is_an_event_of_every_kind(demo: subprocess.CompletedProcess[str]) -> None:
    shown = {line.split()[1] for line in demo.stdout.splitlines() if line.startswith("  source ")}

    assert shown == {
        "apigw_rest", "function_url", "apigw_http", "alb", "sqs", "eventbridge", "sns", "eventbridge_schedule", "s3", "dynamodb",
    }  # fmt: skip


def test_no_event_is_left_out(demo: subprocess.CompletedProcess[str]) -> None:
    shown = demo.stdout.count("\n  source ")

    assert shown == len(list(EVENTS.glob("*.json")))


@pytest.mark.parametrize("label", ["source", "why", "route", "answer"])
def test_it_says_the_same_things_of_every_event(demo: subprocess.CompletedProcess[str], label: str) -> None:
    told = [block for block in demo.stdout.split("\n\n") if "\n  source " in block]

    assert [block for block in told if f"\n  {label} " not in block] == []


def test_an_event_that_nobody_takes_is_loud(demo: subprocess.CompletedProcess[str]) -> None:
    assert "raises NoRouteError" in demo.stdout


def test_it_fits_a_terminal_of_80_columns(demo: subprocess.CompletedProcess[str]) -> None:
    assert [line for line in demo.stdout.splitlines() if len(line) > 80] == []


def test_an_event_that_does_not_come_out_as_expected_is_named_and_fails_the_demo() -> None:
    # The variable wins over failures="report" in the code: the batch of payments is raised, not reported.
    demo = run(EVENTROUTER_BATCH_FAILURES="dynamodb")

    assert demo.returncode == 1
    assert demo.stderr == "Not as expected: 05-payments-sqs.json\n"
