"""An app by its name on the command line."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from importlib import import_module
from traceback import FrameSummary
from types import ModuleType
from typing import Any, NamedTuple

import eventrouter

from .._trace import trace
from ..app import App
from ..router import Router
from ._files import UsageError

#: What a traceback leaves out: the ways of this package, of the import system and of the event loop to the user's code.
_OURS = os.path.join(os.path.dirname(eventrouter.__file__), "")
_MACHINERY = (
    os.path.join("importlib", "__init__.py"),
    os.path.join("asyncio", "base_events.py"),
    "<frozen importlib._bootstrap>",
    "<frozen importlib._bootstrap_external>",
)


class Named(NamedTuple):
    """What a name on the command line stands for.

    Attributes:
        app: The app.
        handler: What Lambda would call: the app, or what decorators have put around it.
    """

    app: App
    handler: Callable[..., Any]


def add_app(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "app", metavar="APP", help="where the app is: module:attribute or module.attribute, as in main:app"
    )


def load(name: str) -> Named:
    """Import what ``module:attribute``, ``module.attribute`` or ``folder/module.attribute`` names.

    Raises:
        UsageError: There is no such module or attribute, it is no app, or its module cannot be imported.
    """
    module, attributes = _found(name)
    found: Any = module
    for done, attribute in enumerate(attributes):
        if not hasattr(found, attribute):
            owner = ".".join([module.__name__, *attributes[:done]])
            raise UsageError(f"{name}: {owner} has no attribute {attribute!r}{_apps_of(module)}")
        found = getattr(found, attribute)
    handler, seen = found, set()
    # A decorator of another package (a tracer, a logger) may stand around it.
    while not isinstance(found, App) and hasattr(found, "__wrapped__") and id(found) not in seen:
        seen.add(id(found))
        found = found.__wrapped__
    if isinstance(found, App):
        return Named(found, handler)
    if isinstance(found, Router):
        raise UsageError(f"{name} is a Router: name the App that includes it{_apps_of(module)}")
    raise UsageError(f"{name} is a {type(found).__name__}, not an App of eventrouter{_apps_of(module)}")


def _found(name: str) -> tuple[ModuleType, list[str]]:
    """The module that *name* begins with, and the attributes that follow."""
    # Lambda's own setting of a handler writes folders with slashes.
    path, colon, attribute = name.removeprefix("./").replace("/", ".").partition(":")
    steps = path.split(".")
    if not all(step.isidentifier() for step in [*steps, *(attribute.split(".") if colon else ())]):
        raise UsageError(f"{name!r}: an app is named module:attribute, as in main:app")
    if colon:
        module = _imported(path)
        if module is None:
            hint = ", and an app is named without the .py" if steps[-1] == "py" else ""
            raise UsageError(f"{name}: there is no module {path} in {os.getcwd()} or on Python's path{hint}")
        return module, attribute.split(".")
    if len(steps) == 1:
        raise UsageError(f"{name}: which attribute? An app is named module:attribute, as in {name}:app")
    # The longest module: what follows its name are attributes.
    for end in range(len(steps) - 1, 0, -1):
        module = _imported(".".join(steps[:end]))
        if module is not None:
            return module, steps[end:]
    raise UsageError(f"{name}: there is no module {steps[0]} in {os.getcwd()} or on Python's path")


def _imported(name: str) -> ModuleType | None:
    """A module; None where there is none of that name.

    Raises:
        UsageError: The module itself raises; the text has the user's part of the traceback.
    """
    try:
        # Standard output is for the answer of the command.
        with redirect_stdout(sys.stderr):
            return import_module(name)
    except ModuleNotFoundError as error:
        # What is missing may be something that the module imports, which is the module's own affair.
        if error.name is not None and f"{name}.".startswith(f"{error.name}."):
            return None
        raise _broken(name, error) from None
    except (Exception, SystemExit) as error:
        raise _broken(name, error) from None


def _broken(name: str, error: BaseException) -> UsageError:
    return UsageError(f"{name} cannot be imported:\n{user_trace(error)}")


def user_trace(error: BaseException) -> str:
    """The traceback of *error* without the frames that are not the user's."""
    return trace(error, _is_users)


def _is_users(frame: FrameSummary) -> bool:
    return not frame.filename.startswith(_OURS) and not frame.filename.endswith(_MACHINERY)


def _apps_of(module: ModuleType) -> str:
    names = [name for name, value in vars(module).items() if isinstance(value, App)]
    return f"; {module.__name__} has {', '.join(f'{module.__name__}:{each}' for each in names)}" if names else ""
