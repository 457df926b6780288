"""Validation errors in our words: nothing of the input gets out, and nothing useful is lost."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal
from uuid import UUID

import pytest
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
)
from pydantic_core import PydanticCustomError

from eventrouter._validation import MAX_CHARACTERS, MAX_KEY, MAX_PROBLEMS, problems

SECRET = "hunter2-secret"


def found(annotation: Any, value: object) -> list[dict[str, Any]]:
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(annotation).validate_python(value)
    return problems(caught.value)


def refusing(make: Any) -> Any:
    """A type whose validator raises what *make* makes of the value."""

    def refuse(value: object) -> object:
        raise make(value)

    return Annotated[Any, AfterValidator(refuse)]


class Order(BaseModel):
    id: int
    total: float


class Cat(BaseModel):
    kind: Literal["cat"]


class Dog(BaseModel):
    kind: Literal["dog"]


def test_a_problem_has_type_place_and_sentence_and_nothing_else() -> None:
    assert found(Order, {"id": SECRET}) == [
        {
            "type": "int_parsing",
            "loc": ["id"],
            "msg": "Input should be a valid integer, unable to parse string as an integer",
        },
        {"type": "missing", "loc": ["total"], "msg": "Field required"},
    ]


def test_problems_are_json() -> None:
    assert json.loads(json.dumps(found(dict[str, list[int]], {"a": [1, "x"]}))) == found(
        dict[str, list[int]], {"a": [1, "x"]}
    )


@pytest.mark.parametrize(
    ("annotation", "value"),
    [
        (Annotated[Cat | Dog, Field(discriminator="kind")], {"kind": SECRET}),
        (UUID, SECRET),
        (int, SECRET),
        (refusing(lambda value: ValueError(f"no such customer: {value}")), SECRET),
        (
            refusing(lambda value: ValueError(f"no such customer: {value.upper()}")),
            SECRET,
        ),
        (refusing(lambda value: ValueError(f"it begins with {value[:7]}")), SECRET),
        (
            refusing(lambda value: ValueError(f"{value!r} is wrong")),
            {"deep": [{"er": SECRET}]},
        ),
        (refusing(lambda value: ValueError(f"{value!r} is wrong")), SECRET.encode()),
        (refusing(lambda value: ValueError(f"{value!r} is wrong")), {SECRET}),
        (refusing(lambda value: AssertionError(f"{value} is wrong")), SECRET),
        (
            refusing(lambda value: PydanticCustomError("shop", "{value} is wrong", {"value": value})),
            SECRET,
        ),
    ],
    ids=lambda value: "" if value is SECRET else str(value)[-30:],
)
def test_no_message_quotes_the_input(annotation: Any, value: object) -> None:
    text = json.dumps(found(annotation, value)).casefold()

    assert "hunter2" not in text
    assert "secret" not in text


def test_a_secret_after_the_wrong_tag_is_not_told_but_the_problem_is() -> None:
    problem = {
        "type": "union_tag_invalid",
        "loc": [],
        "msg": "The tag is none of the expected ones",
    }

    assert found(Annotated[Cat | Dog, Field(discriminator="kind")], {"kind": SECRET}) == [problem]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda value: ValueError("end must be after start"),
            "Value error, end must be after start",
        ),
        (
            lambda value: AssertionError("end must be after start"),
            "Assertion failed, end must be after start",
        ),
        (
            lambda value: PydanticCustomError("shop", "closed on Sundays"),
            "closed on Sundays",
        ),
        (
            lambda value: PydanticCustomError("value_error", "closed on Sundays"),
            "closed on Sundays",
        ),
    ],
    ids=["ValueError", "AssertionError", "custom", "custom value_error"],
)
def test_what_a_validator_says_is_kept_where_it_does_not_quote(make: Any, message: str) -> None:
    value = {"start": 12, "end": 7, "note": None, "open": True, "tags": ["a", ("be",)]}

    assert found(refusing(make), value)[0]["msg"] == message


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda value: ValueError(f"not {value}"),
            "Value error, the value was refused",
        ),
        (
            lambda value: PydanticCustomError("shop", "not {value}", {"value": value}),
            "The value was refused",
        ),
    ],
    ids=["ValueError", "custom"],
)
def test_a_message_that_quotes_becomes_a_plain_one(make: Any, message: str) -> None:
    assert found(refusing(make), SECRET)[0]["msg"] == message


def test_a_value_too_large_to_look_through_counts_as_quoted() -> None:
    refused = refusing(lambda value: ValueError("closed on Sundays"))

    assert found(refused, "x" * (MAX_CHARACTERS - 1))[0]["msg"] == "Value error, closed on Sundays"
    assert found(refused, "x" * MAX_CHARACTERS)[0]["msg"] == "Value error, the value was refused"


def test_there_is_an_end_to_the_problems() -> None:
    assert len(found(list[int], ["x"] * (MAX_PROBLEMS + 5))) == MAX_PROBLEMS


def test_among_too_many_problems_written_messages_are_plain() -> None:
    refused: Any = list.__class_getitem__(refusing(lambda value: ValueError("closed on Sundays")))

    assert {each["msg"] for each in found(refused, [1] * MAX_PROBLEMS)} == {"Value error, closed on Sundays"}
    assert {each["msg"] for each in found(refused, [1] * (MAX_PROBLEMS + 1))} == {"Value error, the value was refused"}


def test_a_place_is_cut_and_escaped() -> None:
    class Strict(BaseModel):
        model_config = ConfigDict(extra="forbid")

    places = [each["loc"] for each in found(Strict, {"k" * 500: 1, "line\nbreak \u202e": 2, "größe": 3})]

    assert places == [["k" * (MAX_KEY - 1) + "…"], ["line\\nbreak \\u202e"], ["größe"]]


def test_a_position_is_a_number() -> None:
    assert found(list[int], [1, "x"])[0]["loc"] == [1]
