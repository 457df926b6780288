"""Where a field of an event is."""

from __future__ import annotations

from typing import Any


def at(event: Any, path: str) -> Any:
    """What is at ``Records.0.eventSource``."""
    for part in path.split("."):
        event = event[int(part)] if isinstance(event, list) else event[part]
    return event
