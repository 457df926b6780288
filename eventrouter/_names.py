"""Names as routes write them: exact, globs, ARNs, ``${ENV}`` and EventBridge pattern items; and which of two is nearer."""

from __future__ import annotations

from .errors import NameResolutionError, RegistrationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import TypeAlias

    from .types import NameSpec

    #: Compared from left to right, greater is nearer: kind of match, then how much of the name is fixed.
    Nearness: TypeAlias = tuple[int, int]

ANYTHING: Nearness = (0, 0)


class NameTest:
    """One key of a record and what it must be."""

    __slots__ = ("key", "nearness", "test", "words")

    def __init__(self, key: str, words: str, nearness: Nearness, test: Callable[[str], bool]) -> None:
        self.key = key
        self.words = words
        self.nearness = nearness
        self.test = test

    def accepts(self, keys: Mapping[str, str]) -> bool:
        value = keys.get(self.key)
        return value is not None and self.test(value)


def needs_environment(spec: NameSpec) -> bool:
    """Whether *spec* names an environment variable, so that it can be resolved only when the function runs."""
    if isinstance(spec, str):
        return "${" in spec
    if isinstance(spec, list | tuple):
        return any(needs_environment(item) for item in spec)
    return False


def resolve(text: str, environment: Mapping[str, str], route: str) -> str:
    """Put the values of environment variables into a name.

    Raises:
        NameResolutionError: One is not set, is empty, or holds a URL.
    """
    found = ""
    while (start := text.find("${")) >= 0 and (end := text.find("}", start)) >= 0:
        variable = text[start + 2 : end]
        value = environment.get(variable)
        if not value:
            raise NameResolutionError(variable, route)
        if "://" in value:
            raise NameResolutionError(variable, route, "holds a URL, where a name or an ARN belongs")
        # Otherwise a value is taken as it is, whatever is in it.
        found += text[:start] + value
        text = text[end + 1 :]
    return found + text


def resolved(spec: NameSpec, environment: Mapping[str, str], route: str) -> NameSpec:
    """*spec* with the values of environment variables in it.

    Raises:
        NameResolutionError: One is not set, or is empty.
    """
    if isinstance(spec, str):
        return resolve(spec, environment, route)
    if isinstance(spec, list | tuple):
        return [resolve(item, environment, route) if isinstance(item, str) else item for item in spec]
    return spec


def name_test(key: str, spec: NameSpec, environment: Mapping[str, str], route: str) -> NameTest:
    """Compile one condition of a pattern."""
    return test_of(key, resolved(spec, environment, route))


def test_of(key: str, spec: NameSpec) -> NameTest:
    """Compile a condition whose names are resolved."""
    if isinstance(spec, str):
        return _text_test(key, spec)
    if isinstance(spec, int | float):
        # What a record offers is text, so no record could ever have this one.
        raise RegistrationError(f'{key}: a name is a str, as in "orders", and not {spec!r}')
    from ._patterns import compile_pattern, words

    items = spec if isinstance(spec, list) else [spec]
    matches = compile_pattern({key: items})
    fixed = min((_fixed(item) for item in items), default=0)
    return NameTest(key, f"{key} matches {words({key: items})}", (1, fixed), lambda value: matches({key: value}))


def _text_test(key: str, name: str) -> NameTest:
    if name.startswith("arn:"):
        key = f"{key}_arn"
    if "*" not in name:
        return NameTest(key, f"{key}={name!r}", (2, len(name)), name.__eq__)
    parts = name.split("*")
    return NameTest(key, f"{key}={name!r}", (1, len(name) - len(parts) + 1), lambda value: glob(parts, value))


def glob(parts: list[str], value: str) -> bool:
    """Whether *value* is the fixed *parts* with any run of characters between them."""
    first, *middle, last = parts
    if len(value) < len(first) + len(last) or not value.startswith(first) or not value.endswith(last):
        return False
    at, end = len(first), len(value) - len(last)
    for part in middle:
        at = value.find(part, at, end)
        if at < 0:
            return False
        at += len(part)
    return True


def _fixed(item: object) -> int:
    """How many characters a pattern item fixes."""
    if isinstance(item, str):
        return len(item)
    if isinstance(item, dict):
        for operator in ("prefix", "suffix", "wildcard", "equals-ignore-case"):
            if isinstance(item.get(operator), str):
                return len(item[operator])
    return 0


def may_overlap(one: NameSpec, other: NameSpec) -> bool:
    """Whether one name could satisfy both; true when it cannot be told."""
    if not isinstance(one, str) or not isinstance(other, str) or "${" in one or "${" in other:
        return True
    if one.startswith("arn:") != other.startswith("arn:"):
        return True
    if "*" in one and "*" in other:
        # The stars take whatever stands between the ends, so only those can contradict each other.
        (head, _, tail), (start, _, end) = (each.partition("*") for each in (one, other))
        tail, end = tail.rpartition("*")[2], end.rpartition("*")[2]
        return (head.startswith(start) or start.startswith(head)) and (tail.endswith(end) or end.endswith(tail))
    if "*" in one:
        return glob(one.split("*"), other)
    if "*" in other:
        return glob(other.split("*"), one)
    return one == other
