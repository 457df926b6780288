"""What Lambda is told of an error: a document, a type, and a cause for X-Ray. None of them quotes what pydantic quotes."""

from __future__ import annotations

import os
import sys

from .._json import dump_bytes
from .._log import is_foreign, safe_text
from ..errors import EventDecodeError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType

#: Characters of a message, and frames of a stack: the document of an error must not be larger than 1 MB.
MAX_MESSAGE = 64 * 1024
MAX_FRAMES = 100
#: Characters of a line of code: some are generated, and hold a whole file.
MAX_CODE = 1024

#: Types that AWS's own clients use, by which its pages explain them.
_KNOWN: tuple[tuple[type[BaseException], str], ...] = ((EventDecodeError, "Runtime.UnmarshalError"),)


class Diagnosis:
    """An error as Lambda is told of it.

    Attributes:
        kind: ``Runtime.X`` or ``Function.X``, in letters.
        document: JSON: ``errorMessage``, ``errorType``, ``stackTrace``.
    """

    __slots__ = ("_error", "document", "kind")

    def __init__(self, error: BaseException, *, kind: str = "") -> None:
        self._error = error
        self.kind = kind or _kind(error)
        lines = [] if error.__traceback__ is None else _lines(error.__traceback__)
        self.document = _encoded(
            {"errorMessage": _message(error), "errorType": type(error).__name__, "stackTrace": lines}
        )

    def cause(self) -> str:
        """The cause that X-Ray shows: one line of ASCII JSON.

        Reference:
            https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
        """
        from json import dumps

        frames = _frames(self._error.__traceback__)
        return dumps(
            {
                "working_directory": _directory(),
                "exceptions": [
                    {
                        "type": type(self._error).__name__,
                        "message": _message(self._error)[:4096],
                        "stack": [{"path": path, "line": line, "label": label} for path, line, label in frames[-50:]],
                    }
                ],
                "paths": sorted({path for path, _, _ in frames}),
            },
            separators=(",", ":"),
        )


def _kind(error: BaseException) -> str:
    for known, kind in _KNOWN:
        if isinstance(error, known):
            return kind
    letters = "".join(character for character in type(error).__name__ if character.isascii() and character.isalpha())
    return f"Function.{letters[:1].upper()}{letters[1:120]}" if len(letters) > 1 else "Function.Unhandled"


def _message(error: BaseException) -> str:
    try:
        return safe_text(error)[:MAX_MESSAGE]
    except Exception as broken:  # a class of the user's whose text cannot be made
        return f"({type(broken).__name__} while its text was made)"


def _frames(traceback: TracebackType | None) -> list[tuple[str, int, str]]:
    """The user's frames, or all where none is theirs; innermost last."""
    frames: list[tuple[str, int, str]] = []
    own: list[tuple[str, int, str]] = []
    while traceback is not None:
        code = traceback.tb_frame.f_code
        frame = (code.co_filename, traceback.tb_lineno or 0, code.co_name)
        frames.append(frame)
        if not is_foreign(code.co_filename):
            own.append(frame)
        traceback = traceback.tb_next
    return (own or frames)[-MAX_FRAMES:]


def _lines(traceback: TracebackType) -> list[str]:
    """The stack as Python writes it, with the lines of code and without what is in their variables."""
    from linecache import getline

    shown = []
    for path, line, label in _frames(traceback):
        code = getline(path, line).strip()[:MAX_CODE]
        shown.append(f'  File "{path}", line {line}, in {label}\n' + (f"    {code}\n" if code else ""))
    return shown


def _encoded(document: dict[str, object]) -> bytes:
    try:
        return dump_bytes(document)
    except Exception:
        # Half of a surrogate pair in a message, which UTF-8 cannot write.
        from json import dumps

        return dumps(document).encode("ascii")


def _directory() -> str:
    try:
        return os.getcwd()
    except OSError:
        return sys.path[0] if sys.path else ""
