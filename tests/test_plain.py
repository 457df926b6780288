"""Plain return annotations: what is taken without pydantic is what pydantic would give back unchanged."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies as st
from pydantic import TypeAdapter, ValidationError

from eventrouter._plain import acceptor

PLAIN = [
    str,
    int,
    float,
    bool,
    type(None),
    str | None,
    int | str,
    list[int],
    dict[str, str],
    dict[str, Any],
    dict[str, object],
    list[dict[str, int | None]],
    dict[str, list[str] | int],
    list[str] | None,
]
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)


@pytest.mark.parametrize("annotation", PLAIN, ids=str)
@given(value=values)
def test_what_is_taken_is_what_pydantic_gives_back(annotation: Any, value: object) -> None:
    accepts = acceptor(annotation)
    assert accepts is not None

    if accepts(value):
        given_back = TypeAdapter(annotation).validate_python(value)
        assert (given_back, type(given_back)) == (value, type(value))


@pytest.mark.parametrize("annotation", PLAIN, ids=str)
@given(value=values)
def test_what_is_of_the_type_is_taken(annotation: Any, value: object) -> None:
    accepts = acceptor(annotation)
    assert accepts is not None

    try:
        TypeAdapter(annotation).validate_python(value, strict=True)
    except ValidationError:
        assert not accepts(value)


@pytest.mark.parametrize(
    "annotation",
    [
        list,
        dict,
        tuple[int, str],
        dict[int, str],
        set[int],
        bytes,
        list[bytes],
        dict[str, bytes],
        str | bytes,
        list[set[int]],
    ],
    ids=str,
)
def test_anything_else_is_left_to_pydantic(annotation: object) -> None:
    assert acceptor(annotation) is None


def test_a_value_that_is_not_json_is_left_to_pydantic_at_any_depth() -> None:
    accepts = acceptor(dict[str, list[int]])
    assert accepts is not None

    assert accepts({"a": [1, 2]})
    assert not accepts({"a": [1, 2.0]})
    assert not accepts({1: [1]})
    assert not accepts({"a": (1,)})
