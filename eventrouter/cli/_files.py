"""Events from files and standard input."""

from __future__ import annotations

import sys
from codecs import BOM_UTF8
from pathlib import Path

from .._json import decode
from ..errors import EventDecodeError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..types import JsonValue


class UsageError(Exception):
    """A command that cannot be carried out as written; its text is all that the user needs to see."""


class UnreadableError(UsageError):
    """A file that holds no event, and why."""

    def __init__(self, name: str, why: str) -> None:
        self.why = why
        super().__init__(f"{called(name)}: {why}")


def called(name: str) -> str:
    """A file's name in a sentence."""
    return "standard input" if name == "-" else name


def read_event(name: str) -> JsonValue:
    """The event in a file; ``-`` is standard input.

    Raises:
        UnreadableError: There is no such file, or it holds no JSON.
    """
    try:
        data = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    except OSError as error:
        raise UnreadableError(name, error.strerror or type(error).__name__) from None
    except ValueError:
        raise UnreadableError(name, "no file can have this name") from None
    # Editors put a mark before the text, which no trigger sends.
    data = data.removeprefix(BOM_UTF8)
    if not data.strip():
        raise UnreadableError(name, "it is empty, and an event is JSON text")
    try:
        return decode(data)
    except EventDecodeError as error:
        raise UnreadableError(name, str(error)) from None
