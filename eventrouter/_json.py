"""JSON in and out. Out goes through pydantic-core once a handler has loaded it, and through ``json`` until then: a function
of plain values never pays the import, which is longer than its whole cold start. Both write the same JSON."""

from __future__ import annotations

import sys

from .errors import EventDecodeError, ReplyError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from .types import JsonValue

_PLAIN = (str, int, float, bool, type(None))

_encode: Callable[[object], str] | None = None
_decode: Callable[[str], Any] | None = None
#: Of pydantic-core, once somebody has loaded that.
_to_json: Any = None


def _encoder() -> Callable[[object], str]:
    global _encode
    if _encode is None:
        # When it is needed: ``json`` brings ``re``, half of what importing an app costs.
        from json import JSONEncoder

        # JSON has no NaN: refused here, so that such a value goes to pydantic-core, which writes null.
        _encode = JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode
    return _encode


def _decoder() -> Callable[[str], Any]:
    global _decode
    if _decode is None:
        from json import JSONDecoder

        # Python's decoder takes NaN and Infinity, which no other one does.
        _decode = JSONDecoder(parse_constant=_refuse).decode
    return _decode


def _refuse(constant: str) -> None:
    raise ValueError("JSON has no such number")


def decode(data: bytes | bytearray) -> JsonValue:
    """Decode an event's JSON text.

    Raises:
        EventDecodeError: It is not UTF-8, not JSON, nested too deeply, or holds a number too long for Python.
    """
    try:
        return _decoder()(str(data, "utf-8"))
    except RecursionError:
        raise EventDecodeError("the event is nested too deeply") from None
    except ValueError as error:
        # Never the decoder's own text: it may quote the event. Its position may be told.
        if hasattr(error, "pos"):
            why = f" (at character {error.pos})"
        elif isinstance(error, UnicodeDecodeError):
            why = f": it is not UTF-8 (at byte {error.start})"
        else:
            why = ": it holds a number that JSON does not have, or that has too many digits"
        raise EventDecodeError(f"the event is not JSON text{why}") from None


def dump(value: JsonValue) -> str:
    """Encode *value* as compact JSON text.

    Raises:
        ReplyError: It holds something that has no JSON form.
    """
    global _to_json
    if _to_json is None:
        if "pydantic_core" not in sys.modules and _is_plain(value):
            try:
                return _encoder()(value)
            except (ValueError, RecursionError):
                pass  # NaN, or deeper than Python's encoder goes: pydantic-core decides
        from pydantic_core import to_json as _to_json
    try:
        text: str = _to_json(value, inf_nan_mode="null").decode()
        return text
    except (ValueError, TypeError, RecursionError) as error:
        raise ReplyError(f"a {type(value).__name__} has no JSON form: {_reason(error)}") from None


def dump_plain(value: JsonValue) -> bytes:
    """Encode *value*, which is known to be plain, as compact JSON in UTF-8.

    Raises:
        ReplyError: It holds half of a surrogate pair.
    """
    if "pydantic_core" in sys.modules:
        return dump_bytes(value)
    try:
        return _encoder()(value).encode()
    except UnicodeEncodeError:
        raise ReplyError("a string holds half of a surrogate pair, which UTF-8 cannot write") from None


def dump_bytes(value: JsonValue) -> bytes:
    """Encode *value* as compact JSON in UTF-8."""
    try:
        return dump(value).encode()
    except UnicodeEncodeError:
        raise ReplyError("a string holds half of a surrogate pair, which UTF-8 cannot write") from None


def to_plain(value: JsonValue) -> JsonValue:
    """*value* in the types that ``json`` writes, as AWS's runtime client will; plain values are given back as they are."""
    if _is_plain(value):
        return value
    plain: JsonValue = _decoder()(dump(value))
    return plain


def _is_plain(value: object, depth: int = 0) -> bool:
    """Whether *value* is made of exactly the types ``json`` knows, with ``str`` keys."""
    kind = type(value)
    if kind in _PLAIN:
        return kind is not float or value - value == 0.0  # type: ignore[operator]  # not NaN, not infinite
    if depth > 100:
        return False
    if kind is dict:
        return all(type(key) is str and _is_plain(item, depth + 1) for key, item in value.items())  # type: ignore[attr-defined]
    if kind is list:
        return all(_is_plain(item, depth + 1) for item in value)  # type: ignore[attr-defined]
    return False


def _reason(error: Exception) -> str:
    """Why serialisation failed, without the value: pydantic-core's messages quote types, not contents."""
    name = type(error).__name__
    text = str(error)
    return text if text.startswith(("Unable to serialize unknown type", "Circular reference")) else name
