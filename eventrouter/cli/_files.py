"""Events from files and standard input."""

from __future__ import annotations

import sys
from pathlib import Path

from .._json import decode
from ..errors import EventDecodeError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..types import JsonValue


class UsageError(Exception):
    """A command that cannot be carried out as written; its text is all that the user needs to see."""


def read_event(name: str) -> JsonValue:
    """The event in a file; ``-`` is standard input.

    Raises:
        UsageError: There is no such file, or it holds no JSON.
    """
    try:
        data = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    except OSError as error:
        raise UsageError(f"{printable(name)}: {error.strerror or type(error).__name__}") from None
    except ValueError:
        raise UsageError(f"{printable(name)}: no file can have this name") from None
    try:
        return decode(data)
    except EventDecodeError as error:
        raise UsageError(f"{'standard input' if name == '-' else printable(name)}: {error}") from None


def printable(text: str) -> str:
    """*text* for a terminal: what would move its cursor or change its colours is escaped."""
    return "".join(
        character if character.isprintable() or character == "\n" else ascii(character)[1:-1] for character in text
    )
