"""Text for a terminal: what would move its cursor, turn its direction or change its colours is escaped."""

from __future__ import annotations

import json
import sys
from typing import TextIO

from .._explanation import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..types import JsonValue


def say(text: str, to: TextIO | None = None) -> None:
    """Write *text*, which may be several lines, to standard output or *to*."""
    stream = sys.stdout if to is None else to
    shown = "\n".join(printable(line) for line in text.expandtabs(4).split("\n"))
    encoding = stream.encoding or "utf-8"
    # A terminal that cannot show a character still gets the line.
    print(shown.encode(encoding, "backslashreplace").decode(encoding), file=stream)


def complain(text: str) -> None:
    """Write what went wrong to standard error."""
    say(f"eventrouter: {text}", sys.stderr)


def say_json(value: JsonValue, *, indent: int | None = None) -> None:
    """Write *value* as JSON, in which everything but ASCII is escaped."""
    print(json.dumps(value, indent=indent))
