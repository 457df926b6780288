"""Values made to measure."""

from __future__ import annotations

import enum
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from ipaddress import IPv4Address, IPv6Address
from typing import Annotated, Any, Literal
from uuid import UUID

import pytest
from annotated_types import Ge, Gt, Le, Len, Lt, MultipleOf
from pydantic import BaseModel, Field, HttpUrl, TypeAdapter

from eventrouter._patterns import compile_pattern
from eventrouter.testing._values import NoValueError, examples_of, matching, name_for, value_of


class Colour(enum.Enum):
    RED = "red"


class Line(BaseModel):
    sku: str = Field(min_length=8, max_length=9)
    count: int = Field(ge=1)


class Order(BaseModel):
    id: int
    lines: list[Line] = Field(min_length=2)
    colour: Colour
    note: str | None
    comment: str = ""


class Node(BaseModel):
    children: list[Node]
    next: Node | None


class Endless(BaseModel):
    next: Endless


@pytest.mark.parametrize(
    "annotation",
    [
        int, float, str, bool, None, date, datetime, time, timedelta, UUID, Decimal, IPv4Address, IPv6Address, HttpUrl, Colour,
        Any, dict[str, int], list[int], set[int], tuple[int, str], tuple[int, ...], Order, Node, list[Order], Order | None,
        None | int, Literal["a", 2], int | str,
        Annotated[int, Ge(7)], Annotated[int, Gt(7)], Annotated[int, Le(-7)], Annotated[int, Lt(-7)],
        Annotated[int, Gt(7), MultipleOf(5)], Annotated[int, Ge(10), MultipleOf(5)], Annotated[int, Lt(-7), MultipleOf(5)],
        Annotated[float, Gt(0), Lt(1)] if False else Annotated[float, Ge(0)],
        Annotated[str, Len(10, 10)], Annotated[str, Len(0, 2)], Annotated[list[int], Len(3)],
        Annotated[int, Field(examples=[41])],
    ],
    ids=str,
)  # fmt: skip
def test_a_value_made_for_a_type_is_one(annotation: Any) -> None:
    adapter: TypeAdapter[Any] = TypeAdapter(annotation)

    value = value_of(adapter.json_schema())

    adapter.validate_json(__import__("json").dumps(value))


def test_an_example_is_preferred_to_anything_made_up() -> None:
    schema = TypeAdapter(Annotated[int, Field(examples=[41])]).json_schema()

    assert (value_of(schema), examples_of(schema)) == (41, [41])


def test_examples_that_are_no_list_are_none() -> None:
    assert examples_of({"examples": {"a": 1}}) == []


@pytest.mark.parametrize(
    ("annotation", "why"),
    [(Annotated[str, Field(pattern="^a$")], "text that matches"), (Endless, "refers to itself without an end")],
)
def test_what_cannot_be_made_up_says_why(annotation: Any, why: str) -> None:
    with pytest.raises(NoValueError, match=why):
        value_of(TypeAdapter(annotation).json_schema())


def test_a_choice_that_cannot_be_made_up_leaves_the_others() -> None:
    assert value_of({"anyOf": [{"type": "string", "pattern": "a"}, {"type": "integer"}]}) == 1
    with pytest.raises(NoValueError):
        value_of({"anyOf": [{"type": "string", "pattern": "a"}]})


@pytest.mark.parametrize(
    "pattern",
    [
        {"kind": ["paid", "open"]},
        {"kind": [{"prefix": "pa"}, "paid"]},
        {"order": {"total": [{"numeric": [">=", 5]}]}},
        {"total": [{"numeric": ["<", 5]}]},
        {"total": [{"numeric": [">", 5, "<=", 7]}]},
        {"total": [{"numeric": [">=", 5, "<=", 5]}]},
        {"total": [{"numeric": ["=", 5]}]},
        {"name": [{"prefix": "a/"}]},
        {"name": [{"suffix": ".jpg"}]},
        {"name": [{"prefix": {"equals-ignore-case": "A"}}]},
        {"name": [{"equals-ignore-case": "Ada"}]},
        {"name": [{"wildcard": "a*b\\*c"}]},
        {"name": [{"anything-but": "text"}]},
        {"name": [{"anything-but": ["text", "other"]}]},
        {"name": [{"anything-but": {"prefix": "te"}}]},
        {"name": [{"anything-but": 5}]},
        {"name": [{"exists": True}]},
        {"gone": [{"exists": False}]},
        {"address": [{"cidr": "10.0.0.0/24"}]},
        {"$or": [{"a": [1]}, {"b": [2]}]},
    ],
    ids=str,
)
def test_a_value_made_for_a_pattern_matches_it(pattern: dict[str, Any]) -> None:
    value = matching(pattern, {"gone": 1, "kept": 2, "order": {"id": 1}})

    assert compile_pattern(pattern)(value)
    assert value["kept"] == 2


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        ({"a": [{"numeric": [">", 5, "<", 5]}]}, "no number is in that range"),
        ({"a": [{"numeric": [">=", 6, "<=", 5]}]}, "no number is in that range"),
        ({"a": [{"anything-but": ["text", "other", "0", "qqq"]}]}, "it refuses whatever was tried"),
        ({"a": [{"unheard-of": 1}]}, "the operator unheard-of is not known"),
    ],
)
def test_a_pattern_that_nothing_matches_says_why(pattern: dict[str, Any], why: str) -> None:
    with pytest.raises(NoValueError, match=why):
        matching(pattern, None)


@pytest.mark.parametrize(
    ("spec", "name"),
    [("orders", "orders"), ("orders-*", "orders-x7q"), (["a", "b"], "a"), ([{"prefix": "a-"}], "a-text"), ([5], "5")],
)
def test_a_name_made_for_a_route_s_name_is_one(spec: Any, name: str) -> None:
    assert name_for(spec) == name
