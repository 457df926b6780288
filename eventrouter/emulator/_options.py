"""What may be said of an invocation beside its event."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TypedDict


class InvokeOptions(TypedDict, total=False):
    """What :meth:`Emulator.open` and :meth:`Emulator.invoke` take."""

    request_id: str | None
    client_context: str | Mapping[str, object] | None
    identity: str | Mapping[str, object] | None
    tenant_id: str | None
    trace_id: str | None
    invocation_id: str | None
    deadline_ms: int | None
    content_type: str
    headers: Mapping[str, str] | None
    read_rate: float | None


def json_text(value: str | Mapping[str, object] | None) -> str | None:
    """JSON as text, which it may be already; never with a character that a header cannot hold."""
    return value if value is None or isinstance(value, str) else json.dumps(value)


def handed_over(told: Mapping[str, str | None], given: Mapping[str, str]) -> dict[str, str]:
    """The headers of an invocation: what is *given* instead of what is *told*, whatever the case of its name.

    Raises:
        ValueError: One of them cannot be sent.
    """
    instead = {name.lower(): value for name, value in given.items()}
    found = {name: instead.pop(name.lower(), value) for name, value in told.items()} | instead
    for name, value in found.items():
        if value and not {"\r", "\n", "\0"}.isdisjoint(value):
            raise ValueError(f"the header {name} has a line break or a NUL in it")
    return {name: value for name, value in found.items() if value is not None}
