"""Return annotations of plain JSON types, checked without pydantic: a function of such values never pays its import.

Only values are taken here that pydantic would give back unchanged; every other is left for it to convert or refuse.
"""

from __future__ import annotations

from ._signature import union_members

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    Accepts: TypeAlias = Callable[[object], bool]

_SCALARS = (str, int, float, bool, type(None))


def acceptor(annotation: object) -> Accepts | None:
    """A test whether a value is exactly of *annotation*; None where that takes pydantic to tell."""
    members = union_members(annotation)
    if all(member in _SCALARS for member in members):
        kinds = frozenset(members)
        return lambda value: type(value) in kinds
    if len(members) > 1:
        tests = [acceptor(member) for member in members]
        known = [test for test in tests if test is not None]
        return None if len(known) < len(tests) else lambda value: any(test(value) for test in known)
    origin = getattr(annotation, "__origin__", None)
    arguments: tuple[object, ...] = getattr(annotation, "__args__", ())
    if origin is list and len(arguments) == 1:
        return _list_of(_acceptor_of_part(arguments[0]))
    if origin is dict and len(arguments) == 2 and arguments[0] is str:
        return _dict_of(_acceptor_of_part(arguments[1]))
    return None


def _acceptor_of_part(annotation: object) -> Accepts | None:
    if annotation is object or str(annotation) == "typing.Any":
        return _anything
    return acceptor(annotation)


def _anything(value: object) -> bool:
    return True


def _list_of(test: Accepts | None) -> Accepts | None:
    if test is None:
        return None
    return lambda value: type(value) is list and all(map(test, value))


def _dict_of(test: Accepts | None) -> Accepts | None:
    if test is None:
        return None
    return lambda value: (
        type(value) is dict and all(type(key) is str for key in value) and all(map(test, value.values()))
    )
