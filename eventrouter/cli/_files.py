"""Events from files and standard input."""

from __future__ import annotations

import sys

from .. import _event_file
from .._event_file import event_in
from ..errors import FixtureError

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
        return event_in(name, sys.stdin.buffer.read()) if name == "-" else _event_file.read_event(name)
    except FixtureError as error:
        raise UnreadableError(name, error.why) from None
