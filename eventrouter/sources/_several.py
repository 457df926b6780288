"""Shared by the sources whose records hold several values to route on: a mail's recipients, a push's branches."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ..types import NameSpec, Record


def any_of(
    key: str, spec: NameSpec, values: Callable[[Record], Sequence[str]]
) -> Sequence[tuple[str, Callable[[Record], bool]]]:
    """The condition that one of a record's *values* is what *spec* says, for :class:`~eventrouter.source.Pattern`.

    Args:
        key: What the values are, for messages.
        spec: A name, a pattern item or a list of them; None is no condition.
        values: Reads them from a record. Never raises.
    """
    if spec is None:
        return ()

    def test(record: Record) -> bool:
        # The environment is known only when the function runs, so the name is compiled here. These records are rare.
        from os import environ

        from .._names import name_test

        matches = name_test(key, spec, environ, f"with {key}={spec!r}").test
        return any(matches(value) for value in values(record))

    return ((f"{key}={spec!r}", test),)
