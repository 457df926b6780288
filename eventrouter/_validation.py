"""What pydantic found wrong, for messages, replies and logs: types, places and sentences, never the input."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic import ValidationError

    from .types import JsonObject

#: More entries than this help nobody, and a hostile request can make millions.
MAX_PROBLEMS = 100
#: The longest key of the input that a place quotes.
MAX_KEY = 40
#: The most characters of a refused value that are looked through to see whether a message quotes them.
MAX_CHARACTERS = 10_000
#: A shorter value, or a shorter word of one, says nothing about it.
MIN_VALUE, MIN_WORD = 3, 5

#: Messages of pydantic's own that quote the input, or what an exception said of it.
PLAIN = {
    "bytes_invalid_encoding": "Data should be valid in its encoding",
    "get_attribute_error": "An attribute could not be read",
    "import_error": "Invalid python path",
    "iteration_error": "The input could not be iterated over",
    "mapping_type": "Input should be a valid mapping",
    "union_tag_invalid": "The tag is none of the expected ones",
    "uuid_parsing": "Input should be a valid UUID",
}
#: How messages begin whose rest a validator wrote.
WRITTEN = {"value_error": "Value error, ", "assertion_error": "Assertion failed, "}


def problems(error: ValidationError) -> list[JsonObject]:
    """The entries of *error* as ``{"type", "loc", "msg"}``, at most :data:`MAX_PROBLEMS`, without the input.

    What a validator of the user's says is kept, unless it quotes the value that was refused.
    """
    entries = error.errors(include_input=False, include_url=False, include_context=False)[:MAX_PROBLEMS]
    found: list[JsonObject] = [
        {
            "type": entry["type"],
            "loc": [_place(step) for step in entry["loc"]],
            "msg": PLAIN.get(entry["type"], entry["msg"]),
        }
        for entry in entries
    ]
    written = [index for index, entry in enumerate(found) if _is_written(entry["type"])]
    if written:
        # Each entry gets its own copy of the value: too much work where there are many.
        values = error.errors(include_url=False, include_context=False) if error.error_count() <= MAX_PROBLEMS else None
        for index in written:
            found[index]["msg"] = _unquoted(
                found[index],
                values and values[index]["input"],
                is_known=values is not None,
            )
    return found


def _place(step: int | str) -> int | str:
    """A step of a location: a key may be the input's own, so it is cut, and what cannot be printed is escaped."""
    if isinstance(step, int):
        return step
    if len(step) > MAX_KEY:
        step = step[: MAX_KEY - 1] + "…"
    return step if step.isprintable() else "".join(c if c.isprintable() else ascii(c)[1:-1] for c in step)


def _is_written(kind: str) -> bool:
    """Whether a validator wrote the message: any kind for which pydantic-core has none of its own."""
    from pydantic_core import PydanticKnownError

    if kind in WRITTEN:
        return True
    try:
        PydanticKnownError(kind, {})  # type: ignore[arg-type]
    except KeyError:
        return True
    except TypeError:  # known, and its message needs a context
        return False
    return False


def _unquoted(problem: JsonObject, value: object, *, is_known: bool) -> str:
    """The message of *problem*, or a plain one where it quotes *value*."""
    text: str = problem["msg"]
    start = WRITTEN.get(problem["type"], "")
    if not text.startswith(start):
        start = ""
    if is_known and not _quotes(text[len(start) :].casefold(), value):
        return text
    return f"{start}the value was refused" if start else "The value was refused"


def _quotes(said: str, value: object) -> bool:
    """Whether *said* holds a word of *value*; true where *value* is too large to tell."""
    left = MAX_CHARACTERS
    for part in _parts(value):
        left -= len(part) + 1
        if left < 0:
            return True
        if any(word in said for word in _words(part.casefold())):
            return True
    return False


def _words(part: str) -> Iterator[str]:
    if len(part) >= MIN_VALUE:
        yield part
    for word in "".join(c if c.isalnum() else " " for c in part).split():
        if len(word) >= MIN_WORD:
            yield word


def _parts(value: object) -> Iterator[str]:
    """The values inside *value*, as text. Keys are not: those are mostly the model's own names."""
    waiting = [value]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            waiting.extend(value.values())
        elif isinstance(value, list | tuple | set | frozenset):
            waiting.extend(value)
        elif isinstance(value, bytes | bytearray):
            yield value.decode("utf-8", "replace")
        else:
            yield "" if value is None or isinstance(value, bool) else str(value)
