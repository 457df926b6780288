"""Settings for every test."""

from __future__ import annotations

import os

from hypothesis import settings

# A busy machine is no failure. In continuous integration the examples are the same each time, so that a change is not blamed
# for what an earlier one broke.
settings.register_profile("eventrouter", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("eventrouter")
