"""EventBridge's pattern language, on any JSON value: one condition per field, all fields, any value of a list.

A pattern mirrors the value: objects nest, and each leaf is a list of items of which one must match. An item is a value
(equal: numbers by their worth, so 5 is 5.0, and true is not 1) or an object with one operator. A leaf looks at scalars:
an object in that place is no value, as AWS says of ``exists``. An array in the value stands for each of its elements,
arrays in arrays too; all fields of one nested pattern must be found in one and the same element. A field that must be
absent is looked for in that element, or, where nothing else was asked of the elements, in all of them.

It takes a little more than EventBridge does: numbers of any size, and ``anything-but`` of true, false, null and lists
of mixed values.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
"""

from __future__ import annotations

from collections.abc import Mapping
from math import isnan

from ._names import glob
from .errors import RegistrationError, quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any, TypeAlias

    from .types import JsonValue

    #: Whether a scalar is what one item wants.
    Test: TypeAlias = Callable[[Any], bool]
    #: How a value meets a part of a pattern: one of the three below.
    Part: TypeAlias = Callable[[Any], int]

NO, BY_ABSENCE, YES = 0, 1, 2

#: What stands where the value has no such field.
_NOTHING: Any = object()

#: What the operator ``numeric`` compares by.
COMPARISONS = ("=", "<", "<=", ">", ">=")


def compile_pattern(pattern: Mapping[str, Any]) -> Callable[[JsonValue], bool]:
    """Turn *pattern* into a function that says whether a JSON value matches; it never raises.

    Raises:
        RegistrationError: The pattern is malformed; the message names the path.
    """
    part = _object(pattern, "")
    return lambda value: part(value) != NO


def words(pattern: Mapping[str, Any]) -> str:
    """The pattern as compact JSON, the same text for patterns that say the same in another order."""
    return _text(_canonical(pattern))


def _text(value: object) -> str:
    import json

    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def _canonical(value: object) -> object:
    if isinstance(value, Mapping):
        return {
            # The pairs of a range are in order.
            key: [*map(_canonical, inner)]
            if key == "numeric" and isinstance(inner, list | tuple)
            else _canonical(inner)
            for key, inner in value.items()
        }
    if isinstance(value, list | tuple):
        # The order of alternatives says nothing.
        return sorted(map(_canonical, value), key=_text)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


# ---- objects and lists


def _object(pattern: object, path: str) -> Part:
    if not isinstance(pattern, Mapping) or not pattern:
        raise _malformed(path, "a pattern is an object with at least one field")
    parts: list[tuple[str, Part]] = []
    alternatives: list[Part] = []
    for key, wanted in pattern.items():
        here = f"{path}.{key}" if path else str(key)
        if key == "numeric" and isinstance(wanted, list | tuple) and wanted and wanted[0] in COMPARISONS:
            raise _malformed(path or "numeric", f"an operator stands in a list: [{{'numeric': {list(wanted)!r}}}]")
        if not isinstance(key, str):
            raise _malformed(here, "a field's name is a string")
        if key == "$or":
            alternatives.append(_or(wanted, here))
        else:
            parts.append((key, _field(wanted, here)))

    def one(value: dict[str, Any]) -> int:
        found = BY_ABSENCE
        for key, part in parts:
            if (met := part(value.get(key, _NOTHING))) == NO:
                return NO
            found = max(found, met)
        for alternative in alternatives:
            if (met := alternative(value)) == NO:
                return NO
            found = max(found, met)
        return found

    def match(value: Any) -> int:
        if isinstance(value, dict):
            return one(value)
        is_absent = True
        elements = 0
        for element in _elements(value):
            if isinstance(element, dict):
                elements += 1
                met = one(element)
                if met == YES:
                    return YES
                is_absent = is_absent and met == BY_ABSENCE
        return (BY_ABSENCE if is_absent else NO) if elements else one({})

    return match


def _or(wanted: object, path: str) -> Part:
    if not isinstance(wanted, list | tuple) or len(wanted) < 2:
        raise _malformed(path, "$or wants a list of two or more patterns")
    parts = [_object(pattern, f"{path}[{index}]") for index, pattern in enumerate(wanted)]
    return lambda value: max(part(value) for part in parts)


def _field(wanted: object, path: str) -> Part:
    if isinstance(wanted, Mapping):
        return _object(wanted, path)
    if not isinstance(wanted, list | tuple):
        raise _malformed(path, f"wants a list of values or operators, or a nested pattern, not {_kind(wanted)}")
    if not wanted:
        raise _malformed(path, "an empty list matches nothing")
    return _leaf(wanted, path)


def _leaf(items: Sequence[object], path: str) -> Part:
    takes_absence = False
    values: list[object] = []
    tests: list[Test] = []
    for item in items:
        if not isinstance(item, Mapping):
            values.append(_scalar(item, path))
        elif _operator(item, path) == "exists":
            if not isinstance(item["exists"], bool):
                raise _malformed(path, "exists wants true or false")
            if item["exists"]:
                tests.append(_anything)
            else:
                takes_absence = True
        else:
            tests.append(_test(item, path))
    if values:
        tests.insert(0, _equals(values))

    def match(value: Any) -> int:
        is_absent = True
        for scalar in _elements(value):
            if not isinstance(scalar, dict):
                is_absent = False
                for test in tests:
                    if test(scalar):
                        return YES
        return BY_ABSENCE if is_absent and takes_absence else NO

    return match


def _elements(value: Any) -> Iterator[Any]:
    """The value, or what its arrays hold at any depth. Without recursion: an event may be nested deeply."""
    if value is _NOTHING:
        return
    if not isinstance(value, list):
        yield value
        return
    waiting = [iter(value)]
    while waiting:
        for element in waiting[-1]:
            if isinstance(element, list):
                waiting.append(iter(element))
                break
            yield element
        else:
            waiting.pop()


# ---- items


def _equals(values: Sequence[object]) -> Test:
    # Python's True equals 1, JSON's does not.
    constants = [value for value in values if value is None or isinstance(value, bool)]
    others = frozenset(
        value for value in values if isinstance(value, str | int | float) and not isinstance(value, bool)
    )

    def test(value: Any) -> bool:
        if value is None or isinstance(value, bool):
            return any(value is constant for constant in constants)
        return value in others

    return test


def _anything(value: object) -> bool:
    return True


def _test(item: Mapping[str, Any], path: str) -> Test:
    """The test of an object with one operator."""
    operator = _operator(item, path)
    return OPERATORS[operator](item[operator], path)


def _prefix(wanted: object, path: str) -> Test:
    return _affix(wanted, path, "prefix", str.startswith)


def _suffix(wanted: object, path: str) -> Test:
    return _affix(wanted, path, "suffix", str.endswith)


def _affix(wanted: object, path: str, operator: str, has: Callable[[str, str], bool]) -> Test:
    if isinstance(wanted, Mapping) and list(wanted) == ["equals-ignore-case"]:
        folded = _string(wanted["equals-ignore-case"], path, f"{operator} equals-ignore-case").lower()
        return lambda value: isinstance(value, str) and has(value.lower(), folded)
    text = _string(wanted, path, operator)
    return lambda value: isinstance(value, str) and has(value, text)


def _ignore_case(wanted: object, path: str) -> Test:
    folded = _string(wanted, path, "equals-ignore-case").lower()
    return lambda value: isinstance(value, str) and value.lower() == folded


def _wildcard(wanted: object, path: str) -> Test:
    parts = _wildcard_parts(_string(wanted, path, "wildcard"), path)
    if len(parts) == 1:
        return lambda value: isinstance(value, str) and value == parts[0]
    return lambda value: isinstance(value, str) and glob(parts, value)


def _wildcard_parts(text: str, path: str) -> list[str]:
    """The fixed text between the stars; ``\\*`` and ``\\\\`` stand for themselves."""
    parts = [""]
    was_star = False
    characters = iter(text)
    for character in characters:
        if character == "*":
            if was_star:
                raise _malformed(path, "wildcard takes no two stars in a row")
            parts.append("")
            was_star = True
            continue
        was_star = False
        if character == "\\":
            character = next(characters, "")
            if character not in ("*", "\\"):
                raise _malformed(path, "in a wildcard a backslash stands before a star or a backslash")
        parts[-1] += character
    return parts


def _numeric(wanted: object, path: str) -> Test:
    if not isinstance(wanted, list | tuple) or not wanted or len(wanted) % 2:
        raise _malformed(path, "numeric wants pairs of an operator and a number")
    low, high = float("-inf"), float("inf")
    takes_low = takes_high = True
    for operator, bound in zip(wanted[::2], wanted[1::2], strict=True):
        if operator not in COMPARISONS:
            raise _malformed(path, f"numeric knows =, <, <=, > and >=, not {quoted(operator)}")
        if not _is_number(bound):
            raise _malformed(path, "numeric wants pairs of an operator and a number")
        includes = "=" in operator
        if operator[0] in ">=" and (bound > low or (bound == low and not includes)):
            low, takes_low = bound, includes
        if operator[0] in "<=" and (bound < high or (bound == high and not includes)):
            high, takes_high = bound, includes
    if low > high or (low == high and not (takes_low and takes_high)):
        raise _malformed(path, "no number is in that numeric range")

    def test(value: Any) -> bool:
        if not _is_number(value):
            return False
        above = low <= value if takes_low else low < value
        return bool(above and (value <= high if takes_high else value < high))

    return test


def _cidr(wanted: object, path: str) -> Test:
    from ipaddress import ip_address, ip_network

    try:
        network = ip_network(_string(wanted, path, "cidr"), strict=False)
    except ValueError:
        raise _malformed(path, "cidr wants a block of addresses such as 10.0.0.0/24") from None

    def test(value: Any) -> bool:
        if not isinstance(value, str):
            return False
        try:
            return ip_address(value) in network
        except ValueError:
            return False

    return test


def _anything_but(wanted: object, path: str) -> Test:
    values: list[object] = []
    tests: list[Test] = []
    for each in _listed(wanted, path, "anything-but"):
        if not isinstance(each, Mapping):
            values.append(_scalar(each, path))
            continue
        operator = _operator(each, path)
        if operator not in NEGATABLE:
            raise _malformed(path, f"anything-but goes with {_or_list(NEGATABLE)}, not with {operator}")
        tests.extend(OPERATORS[operator](one, path) for one in _listed(each[operator], path, operator))
    if values:
        tests.append(_equals(values))
    return lambda value: not any(test(value) for test in tests)


OPERATORS: dict[str, Callable[[Any, str], Test]] = {
    "prefix": _prefix,
    "suffix": _suffix,
    "equals-ignore-case": _ignore_case,
    "wildcard": _wildcard,
    "numeric": _numeric,
    "cidr": _cidr,
    "anything-but": _anything_but,
}
NEGATABLE = ("prefix", "suffix", "equals-ignore-case", "wildcard")


# ---- words for what is wrong


def _operator(item: Mapping[str, Any], path: str) -> str:
    if len(item) != 1:
        raise _malformed(path, "an operator is an object with one key")
    operator = next(iter(item))
    if operator != "exists" and operator not in OPERATORS:
        raise _malformed(path, f"there is no operator {quoted(operator)}, but {_or_list((*OPERATORS, 'exists'))}")
    return operator


def _listed(wanted: object, path: str, operator: str) -> Sequence[object]:
    if not isinstance(wanted, list | tuple):
        return [wanted]
    if not wanted:
        raise _malformed(path, f"{operator} wants a value or a list of values")
    return wanted


def _string(wanted: object, path: str, operator: str) -> str:
    if not isinstance(wanted, str):
        raise _malformed(path, f"{operator} wants a string, not {_kind(wanted)}")
    return wanted


def _scalar(wanted: object, path: str) -> object:
    if wanted is None or isinstance(wanted, str | bool) or _is_number(wanted):
        return wanted
    raise _malformed(path, f"wants strings, numbers, true, false, null or an operator, not {_kind(wanted)}")


def _is_number(value: object) -> bool:
    return (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and not (isinstance(value, float) and isnan(value))
    )


def _kind(value: object) -> str:
    kinds = {
        bool: "true or false",
        str: "a string",
        int: "a number",
        float: "a number",
        list: "a list",
        dict: "an object",
    }
    return "null" if value is None else kinds.get(type(value), f"a {type(value).__name__}")


def _or_list(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} or {names[-1]}"


def _malformed(path: str, what: str) -> RegistrationError:
    return RegistrationError(f"{path}: {what}" if path else what)
