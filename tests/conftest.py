"""Settings for every test."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from eventrouter import _log
from tests.deliveries import Run, call, dispatch

# A busy machine is no failure. In continuous integration the examples are the same each time, so that a change is not blamed
# for what an earlier one broke.
settings.register_profile(
    "eventrouter", deadline=None, derandomize="CI" in os.environ, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("eventrouter")


@pytest.fixture(autouse=True)
def nothing_was_said_before() -> Iterator[None]:
    """What is logged once per process is logged once per test."""
    _log._said.clear()
    yield
    _log._said.clear()


@pytest.fixture(params=[call, dispatch], ids=["app(event)", "app.dispatch(event)"])
def run(request: pytest.FixtureRequest) -> Run:
    """The two ways into an app."""
    way: Run = request.param
    return way
