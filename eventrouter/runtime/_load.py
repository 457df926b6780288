"""The app that a function's handler names, and Lambda's names for what can be wrong with it."""

from __future__ import annotations

import sys
from importlib import import_module

from ..app import App
from ..errors import EventRouterError, quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any


class LoadError(EventRouterError):
    """The handler's name leads to no app. ``kind`` is what Lambda calls that."""

    def __init__(self, kind: str, text: str) -> None:
        self.kind = kind
        self.text = text
        super().__init__(kind, text)

    def __str__(self) -> str:
        return self.text


def load(name: str) -> App:
    """Import the app that ``module:attribute``, ``module.attribute`` or ``folder/module.attribute`` names.

    Raises:
        LoadError: There is none, or decorators stand around it that would be passed by.
        BaseException: What the module raised while it was imported.
    """
    path, colon, attribute = name.strip().removeprefix("./").replace("/", ".").partition(":")
    if not colon:
        path, _, attribute = path.rpartition(".")
    if not path or not attribute or not all(step.isidentifier() for step in [*path.split("."), *attribute.split(".")]):
        raise LoadError(
            "Runtime.MalformedHandlerName",
            f"the handler is {quoted(name)}: an app is named module:attribute, as in main:app",
        )
    found: Any = _imported(path, name)
    for step in attribute.split("."):
        if not hasattr(found, step):
            raise LoadError(
                "Runtime.HandlerNotFound", f"{name}: {getattr(found, '__name__', path)} has no attribute {step!r}"
            )
        found = getattr(found, step)
    if isinstance(found, App):
        return found
    inner, seen = found, set()
    while not isinstance(inner, App) and hasattr(inner, "__wrapped__") and id(inner) not in seen:
        seen.add(id(inner))
        inner = inner.__wrapped__
    if isinstance(inner, App):
        raise LoadError(
            "Runtime.HandlerNotFound",
            f"{name} is an App with a decorator around it, which this runtime would pass by: make the decorator "
            "@app.middleware, or leave it off",
        )
    raise LoadError("Runtime.HandlerNotFound", f"{name} is a {type(found).__name__}, not an App of eventrouter")


def _imported(path: str, name: str) -> ModuleType:
    try:
        return import_module(path)
    except ModuleNotFoundError as error:
        # What is missing may be something that the module imports, which is the module's own affair.
        if error.name is None or not f"{path}.".startswith(f"{error.name}."):
            raise
        raise LoadError(
            "Runtime.ImportModuleError",
            f"{name}: there is no module {path} on Python's path: {', '.join(sys.path[:5])}",
        ) from None


def kind_of(error: BaseException) -> str:
    """What Lambda calls an error that keeps a process from starting."""
    if isinstance(error, LoadError):
        return error.kind
    if isinstance(error, SyntaxError):
        return "Runtime.UserCodeSyntaxError"
    if isinstance(error, ImportError):
        return "Runtime.ImportModuleError"
    letters = "".join(character for character in type(error).__name__ if character.isascii() and character.isalpha())
    return f"Runtime.{letters[:1].upper()}{letters[1:]}" if len(letters) > 1 else "Runtime.InitError"
