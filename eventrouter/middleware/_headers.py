"""Headers of an answer, whatever the case of their names."""

from __future__ import annotations

from ..errors import RegistrationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..response import Prelude


def header_of(prelude: Prelude, name: str) -> str | None:
    """The first value of a header by its lower-case name."""
    for key, value in prelude.headers:
        if key == name or key.lower() == name:
            return value
    return None


def without(prelude: Prelude, *names: str) -> list[tuple[str, str]]:
    """The headers but those of the lower-case *names*."""
    return [pair for pair in prelude.headers if pair[0].lower() not in names]


def vary_by(prelude: Prelude, name: str) -> None:
    """Say that the answer depends on a request header; caches keep one for each of its values then."""
    there = header_of(prelude, "vary")
    if there is None:
        prelude.headers.append(("vary", name))
    elif there != "*" and name.lower() not in {each.strip().lower() for each in there.split(",")}:
        prelude.headers = [*without(prelude, "vary"), ("vary", f"{there}, {name}")]


def checked_value(what: str, value: object) -> str:
    """A header's value as it may be sent.

    Raises:
        RegistrationError: It is none.
    """
    if not isinstance(value, str) or not value.isprintable() or not value.isascii():
        raise RegistrationError(f"{what} is the text of a header, in ASCII and one line, not {value!r}")
    return value
