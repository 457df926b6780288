"""Settings for the tests of the emulator."""

from __future__ import annotations

import pytest


@pytest.fixture(params=["asyncio", "trio"])
def backend(request: pytest.FixtureRequest) -> str:
    """The event loops that it runs on."""
    name: str = request.param
    return name
