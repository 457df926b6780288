"""An app by its name on the command line."""

from __future__ import annotations

import os
import sys
from importlib import import_module

from ..app import App
from ._files import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any


def load_app(name: str) -> App:
    """Import the app that ``module:attribute`` or ``module.attribute`` names; the current directory can be imported from.

    Raises:
        UsageError: There is no such module, no such attribute, or it is no app.
        BaseException: What the module itself raises.
    """
    module_name, attributes = _split(name)
    if os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())
    found: Any = _imported(module_name, name)
    for attribute in attributes:
        try:
            found = getattr(found, attribute)
        except AttributeError:
            raise UsageError(f"{name}: {module_name} has no {'.'.join(attributes)}{_apps_of(found)}") from None
    # A decorator of another package (a tracer, a logger) may stand around it.
    while not isinstance(found, App) and hasattr(found, "__wrapped__"):
        found = found.__wrapped__
    if not isinstance(found, App):
        raise UsageError(f"{name} is a {type(found).__name__}, not an App of eventrouter")
    return found


def _split(name: str) -> tuple[str, list[str]]:
    # Lambda's own handler setting writes folders with slashes.
    text = name.removesuffix(".py").replace("/", ".")
    module, colon, attribute = text.partition(":")
    if not colon:
        module, _, attribute = text.rpartition(".")
    if not all(part.isidentifier() for part in (*module.split("."), *attribute.split("."))):
        raise UsageError(f"{name!r}: an app is named module:attribute, as in main:app")
    return module, attribute.split(".")


def _imported(module_name: str, name: str) -> ModuleType:
    try:
        return import_module(module_name)
    except ModuleNotFoundError as error:
        # A module that it imports itself may be missing, which is the module's own affair.
        if error.name is None or not (module_name == error.name or module_name.startswith(f"{error.name}.")):
            raise _broken(module_name, error) from None
        raise UsageError(f"{name}: there is no module {error.name} in {os.getcwd()} or on the path") from None
    except Exception as error:
        raise _broken(module_name, error) from None


def _broken(module_name: str, error: Exception) -> UsageError:
    """What the user's module raised, with the user's frames: those of the import machinery and ours say nothing."""
    from traceback import extract_tb, format_list

    frames = [
        frame
        for frame in extract_tb(error.__traceback__)
        if "importlib" not in frame.filename and os.path.dirname(__file__) not in frame.filename
    ]
    where = "".join(format_list(frames)).rstrip()
    return UsageError(f"{module_name} cannot be imported:\n{where}\n{type(error).__name__}: {error}")


def _apps_of(module: object) -> str:
    names = (
        [name for name, value in vars(module).items() if isinstance(value, App)] if hasattr(module, "__dict__") else []
    )
    return f"; it has {', '.join(names)}" if names else ""
