"""The models of events that have no shape of their own."""

from __future__ import annotations

from pydantic import JsonValue, RootModel


class DirectEvent(RootModel[JsonValue]):
    """Any JSON value that no AWS source claims."""


class UnknownEvent(RootModel[JsonValue]):
    """An AWS batch of no source that has a label."""
