"""Shared by all sources: look-ups that never raise, for detectors and keys."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ..types import JsonValue, Record


def text_at(value: JsonValue, *path: str | int) -> str:
    """The string at *path*, or ``""`` where there is none."""
    for step in path:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return ""
    return value if isinstance(value, str) else ""


def object_at(value: JsonValue, *path: str | int) -> dict[str, JsonValue]:
    """The object at *path*, or ``{}`` where there is none."""
    for step in path:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return {}
    return value if isinstance(value, dict) else {}


def after_last(text: str, separator: str) -> str:
    """What follows the last *separator*; all of *text* where there is none."""
    return text.rpartition(separator)[2]


def attribute_tests(
    wanted: Mapping[str, object] | None, field: str, value: str
) -> Sequence[tuple[str, Callable[[Record], bool]]]:
    """Conditions on message attributes, for :class:`~eventrouter.source.Pattern`.

    Args:
        wanted: Per attribute a value, or a list of EventBridge pattern items of which one must match.
        field: Where the record keeps its attributes.
        value: The key that holds an attribute's value.
    """
    if not wanted:
        return ()
    from .._patterns import compile_pattern, words

    pattern = {name: spec if isinstance(spec, list) else [spec] for name, spec in wanted.items()}
    matches = compile_pattern(pattern)

    def test(record: Record) -> bool:
        found = object_at(record, field)
        return matches({name: found[name].get(value) for name in pattern if isinstance(found.get(name), dict)})

    return ((f"attributes match {words(pattern)}", test),)


def pasted(decorator: str, /, *keys: str, tail: str = "", **keywords: str) -> Callable[[Mapping[str, str]], str]:
    """A function from a record's keys to the decorator that takes it, as text to paste.

    Args:
        decorator: Its name on ``app``.
        keys: Which keys it takes by position; those after one that the record does not offer are left out.
        tail: Arguments that are always there.
        keywords: Which keys it takes by which name.
    """

    def paste(offered: Mapping[str, str]) -> str:
        arguments: list[str] = []
        for key in keys:
            if not offered.get(key):
                break
            arguments.append(literal(offered[key]))
        arguments += [f"{name}={literal(offered[key])}" for name, key in keywords.items() if offered.get(key)]
        return f"@app.{decorator}({', '.join([*arguments, *([tail] if tail else [])])})"

    return paste


def literal(text: str) -> str:
    """*text* as a string literal of Python in double quotes, whatever is in it."""
    return '"' + ascii(text)[1:-1].replace('"', '\\"') + '"'
