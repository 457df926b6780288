"""Events out of files."""

from __future__ import annotations

import os
from codecs import BOM_UTF8

from ._json import decode
from .errors import EventDecodeError, FixtureError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .types import JsonValue


def read_event(file: str | os.PathLike[str]) -> JsonValue:
    """The event in a file.

    Raises:
        FixtureError: There is no such file, or it holds no event.
    """
    name = os.fspath(file)
    try:
        with open(name, "rb") as opened:
            data = opened.read()
    except OSError as error:
        raise FixtureError(name, error.strerror or type(error).__name__) from None
    except ValueError:
        raise FixtureError(name, "no file can have this name") from None
    return event_in(name, data)


def event_in(name: str, data: bytes) -> JsonValue:
    """The event in the bytes of what is called *name*.

    Raises:
        FixtureError: There is none.
    """
    # Editors put a mark before the text, which no trigger sends.
    data = data.removeprefix(BOM_UTF8)
    if not data.strip():
        raise FixtureError(name, "it is empty, and an event is JSON text")
    try:
        return decode(data)
    except EventDecodeError as error:
        raise FixtureError(name, str(error)) from None
