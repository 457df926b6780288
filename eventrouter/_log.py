"""The package's log lines. ``logging`` costs 15 ms to import: it is loaded when the first line is written."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    import logging
    from collections.abc import Callable

#: Configures logging, for a runtime whose app has not loaded it: called when the first line is written.
before_first: Callable[[], None] | None = None

_said: set[object] = set()
#: Where this package's files lie, and Python's own.
_HERE = os.path.dirname(__file__)
_PYTHON = os.path.dirname(os.__file__)


def logger() -> logging.Logger:
    """The logger ``eventrouter``."""
    global before_first
    import logging

    if before_first is not None:
        configure, before_first = before_first, None
        configure()
    return logging.getLogger("eventrouter")


def warn_once(key: object, message: str, *arguments: object) -> None:
    """Log a warning the first time *key* is met in this process."""
    if key not in _said:
        _said.add(key)
        logger().warning(message, *arguments)


def describe(error: BaseException) -> str:
    """*error* in a line: its class, its text and where the user's code was. Never the input that pydantic quotes."""
    name = type(error).__name__
    text = safe_text(error)
    where = ""
    traceback = error.__traceback__
    while traceback is not None:
        code = traceback.tb_frame.f_code
        if not is_foreign(code.co_filename):
            where = f" at {code.co_filename}:{traceback.tb_lineno} in {code.co_name}"
        traceback = traceback.tb_next
    return f"{name}: {text}{where}" if text else f"{name}{where}"


def is_foreign(filename: str) -> bool:
    """Whether a file is this package's, an installed package's or Python's own."""
    return filename.startswith((_HERE, _PYTHON, "<")) or "site-packages" in filename or "dist-packages" in filename


def safe_text(error: BaseException) -> str:
    """The text of *error*; of a validation error only types and places, since pydantic's own text quotes the input."""
    if type(error).__module__.startswith("pydantic"):
        from ._validation import problems

        errors = getattr(error, "errors", None)
        if errors is None:
            return ""
        return "; ".join(f"{'.'.join(map(str, e['loc'])) or '(whole)'}: {e['type']}" for e in problems(error)[:10])  # type: ignore[arg-type]
    return str(error)
