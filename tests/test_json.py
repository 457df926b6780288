"""JSON in and out: two encoders that write the same, and a decoder that refuses in our words."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pydantic_core
import pytest
from hypothesis import example, given, strategies as st
from pydantic import BaseModel

from eventrouter import _json
from eventrouter._json import decode, dump, dump_bytes, to_plain
from eventrouter.errors import EventDecodeError, ReplyError


@contextmanager
def without_pydantic_core() -> Iterator[None]:
    """As in a function that has not loaded it."""
    core = sys.modules.pop("pydantic_core")
    _json._to_json = None
    try:
        yield
    finally:
        sys.modules["pydantic_core"] = core
        _json._to_json = None


def both(value: object) -> tuple[str, str]:
    with without_pydantic_core():
        plain = dump(value)
    assert sys.modules["pydantic_core"] is pydantic_core
    return plain, dump(value)


TEXT = st.text(st.characters(exclude_categories=["Cs"]))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(TEXT, inner, max_size=5),
    max_leaves=30,
)


def without_nan(value: Any) -> Any:
    """What JSON makes of a value: NaN and the infinities are null."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, list):
        return [without_nan(item) for item in value]
    if isinstance(value, dict):
        return {key: without_nan(item) for key, item in value.items()}
    return value


@given(JSON)
@example({"": [10**400, -0.0, 5e-324, 1.7976931348623157e308, 1e16, '\x00\x1f\x7f  \U0001f600"\\/']})
@example([float("nan"), {"a": float("-inf")}])
def test_both_encoders_write_the_same(value: Any) -> None:
    plain, core = both(value)

    assert json.loads(plain) == json.loads(core) == without_nan(value)


@given(JSON)
def test_keys_keep_their_order_and_nothing_is_padded(value: Any) -> None:
    plain, core = both({"b": value, "a": 1})

    for text in (plain, core):
        assert text.startswith('{"b":') and text.endswith(',"a":1}')


@pytest.mark.parametrize("value", ["é", {"ключ": "日本"}, "<script>"])
def test_both_write_characters_and_not_escapes(value: Any) -> None:
    plain, core = both(value)

    assert plain == core == json.dumps(value, ensure_ascii=False, separators=(",", ":"))


class Order(BaseModel):
    id: int


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Order(id=7), '{"id":7}'),
        ({"at": datetime(2025, 2, 4, tzinfo=UTC)}, '{"at":"2025-02-04T00:00:00Z"}'),
        ([UUID(int=1), Decimal("9.50")], '["00000000-0000-0000-0000-000000000001","9.50"]'),
        ((1, 2), "[1,2]"),
        ({1: "one"}, '{"1":"one"}'),
        (True, "true"),
    ],
)
def test_what_is_not_plain_is_left_to_pydantic_core(value: object, text: str) -> None:
    assert both(value) == (text, text)


def test_a_kind_of_int_is_written_as_an_int() -> None:
    class Level(int):
        pass

    assert both([Level(3)]) == ("[3]", "[3]")


def test_a_function_of_plain_values_never_loads_pydantic_core() -> None:
    with without_pydantic_core():
        dump({"a": [1, "b", None, True, 1.5]})

        assert "pydantic_core" not in sys.modules


def _nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


def test_depth_that_one_encoder_takes_is_taken_by_both() -> None:
    plain, core = both(_nested(150))

    assert plain == core


@pytest.mark.parametrize(
    "value", [object(), {"a": {"b": object()}}, print, _nested(100_000)], ids=["object", "inside", "function", "deep"]
)
def test_what_has_no_json_form_is_an_error_without_the_value(value: object) -> None:
    for serializer in (nullcontext, without_pydantic_core):
        with serializer(), pytest.raises(ReplyError, match="has no JSON form") as caught:
            dump(value)
        assert "0x" not in str(caught.value)


def test_a_number_that_python_will_not_write_out_is_left_to_pydantic_core() -> None:
    plain, core = both({"n": 10**5_000})

    assert plain == core == '{"n":1' + "0" * 5_000 + "}"


def test_a_circle_has_no_json_form() -> None:
    circle: list[object] = []
    circle.append(circle)

    with pytest.raises(ReplyError, match="a list has no JSON form"):
        dump(circle)
    with without_pydantic_core(), pytest.raises(ReplyError, match="a list has no JSON form"):
        dump(circle)


def test_half_of_a_surrogate_pair_has_no_bytes() -> None:
    for value in ("\ud800", {"a": "\udfff"}):
        with pytest.raises(ReplyError):
            dump_bytes(value)
        with without_pydantic_core(), pytest.raises(ReplyError):
            dump_bytes(value)


def test_bytes_are_utf8() -> None:
    assert dump_bytes({"a": "é"}) == '{"a":"é"}'.encode()


def test_plain_values_are_given_back_as_they_are() -> None:
    value = {"a": [1, 2.5, None, True, "x"]}

    assert to_plain(value) is value


def test_other_values_are_given_back_as_json_makes_them() -> None:
    assert to_plain(Order(id=7)) == {"id": 7}
    assert to_plain({"a": (1, Decimal("2.5"))}) == {"a": [1, "2.5"]}
    assert to_plain([float("nan")]) == [None]


@given(JSON)
def test_what_is_plain_can_be_written_by_json(value: Any) -> None:
    assert json.loads(json.dumps(to_plain(value), allow_nan=False)) == without_nan(value)


# ---- in


@pytest.mark.parametrize("data", [b'{"a": 1}', bytearray(b'{"a": 1}'), b' \r\n{"a":1}\t'])
def test_json_text_is_decoded(data: bytes) -> None:
    assert decode(data) == {"a": 1}


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "not JSON"),
        (b"hunter2", r"not JSON text \(at character 0\)"),
        (b'{"password": "hunter2",}', r"not JSON text \(at character \d+\)"),
        (b'{"password": "hunter2"} x', r"not JSON text \(at character 24\)"),
        (b'{"password": "hunter2\xff"}', "not JSON"),
        (b'"\xed\xa0\x80"', "not JSON"),
        (b"9" * 5_000, "not JSON"),
        (b'{"password": "hunter2", "n": -' + b"9" * 5_000 + b"}", "not JSON"),
        ('{"a": 1}'.encode("utf-16"), "not JSON"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "nested too deeply"),
        (b"NaN", "not JSON"),
        (b'{"password": "hunter2", "n": NaN}', "not JSON"),
        (b"[Infinity]", "not JSON"),
        (b"[-Infinity]", "not JSON"),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_what_is_not_json_is_an_error_that_quotes_nothing(data: bytes, words: str) -> None:
    with pytest.raises(EventDecodeError, match=words) as caught:
        decode(data)

    assert caught.value.__suppress_context__ and caught.value.__cause__ is None
    assert "hunter2" not in str(caught.value) and "999" not in str(caught.value)


@given(st.binary(max_size=200))
def test_any_bytes_are_decoded_or_refused(data: bytes) -> None:
    try:
        expected = repr(json.loads(data.decode(), parse_constant=int))  # which refuses NaN
    except ValueError:
        expected = ""

    with nullcontext() if expected else pytest.raises(EventDecodeError):
        assert repr(decode(data)) == expected


@given(JSON)
def test_what_is_written_can_be_read(value: Any) -> None:
    assert decode(dump_bytes(value)) == without_nan(value)


def test_plain_values_are_written_as_bytes_by_either_encoder(monkeypatch: pytest.MonkeyPatch) -> None:
    value = {"a": [1, "ä", None]}
    with_pydantic = _json.dump_plain(value)
    monkeypatch.delitem(sys.modules, "pydantic_core")

    assert _json.dump_plain(value) == with_pydantic == '{"a":[1,"ä",null]}'.encode()
    with pytest.raises(ReplyError, match="surrogate"):
        _json.dump_plain("\ud800")
