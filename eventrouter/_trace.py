"""Errors in the log: where they happened, and their text unless it quotes input."""

from __future__ import annotations

from traceback import extract_tb, format_list

from ._log import logger, safe_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from traceback import FrameSummary


#: How many errors of one chain, or of one group, are written.
MAX_ERRORS = 10


def log_error(what: str, error: BaseException) -> None:
    """Log *error* with its traceback and what caused it."""
    logger().error("%s: %s", what, trace(error))


def trace(error: BaseException, keep: Callable[[FrameSummary], bool] = lambda frame: True) -> str:
    """The traceback of *error* and of what caused it, the cause first; of the frames those to *keep*."""
    parts: list[str] = []
    seen: set[int] = set()
    _write(error, parts, seen, keep)
    return "".join(parts).rstrip()


def _write(error: BaseException, parts: list[str], seen: set[int], keep: Callable[[FrameSummary], bool]) -> None:
    seen.add(id(error))
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None and id(cause) not in seen and len(seen) < MAX_ERRORS:
        _write(cause, parts, seen, keep)
        parts.append("which led to:\n")
    kind = type(error)
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    text = safe_text(error)
    parts.extend(format_list([frame for frame in extract_tb(error.__traceback__) if keep(frame)]))
    parts.append(f"{name}: {text}\n" if text else f"{name}\n")
    if isinstance(error, BaseExceptionGroup):
        for each in error.exceptions:
            if id(each) not in seen and len(seen) < MAX_ERRORS:
                parts.append("one of them:\n")
                _write(each, parts, seen, keep)
