"""Which annotations are one value of the query string, which are several, which are the body, and which are none."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum, IntEnum
from typing import Annotated, Any, Literal, NewType, Optional, Union
from uuid import UUID

import pytest
from pydantic import AnyUrl, BaseModel, Field, HttpUrl
from typing_extensions import TypedDict

from eventrouter import App, Header, LambdaContext, Path, Query, RegistrationError
from tests.deliveries import sample

OrderId = NewType("OrderId", int)
Code = NewType("Code", OrderId)


class Colour(Enum):
    RED = "red"


class Size(IntEnum):
    SMALL = 1


class Length(Decimal):
    """A user's own kind of a scalar."""


class Order(BaseModel):
    id: int


class Line(TypedDict):
    a: int


def request(query: str = "", *, method: str = "GET") -> dict[str, Any]:
    event: dict[str, Any] = sample("function_url")
    event["requestContext"]["http"] |= {"method": method, "path": "/"}
    return {**event, "rawPath": "/", "rawQueryString": query, "body": None, "isBase64Encoded": False}


def given(annotation: object, event: dict[str, Any], decorator: str = "get") -> object:
    """What a handler is given for its one parameter, ``value``."""
    found: list[object] = []

    def on_request(value: object) -> None:
        found.append(value)

    on_request.__annotations__ = {"value": annotation}
    app = App()
    getattr(app, decorator)("/")(on_request)

    answer = app(event, LambdaContext())

    assert answer["statusCode"] == 200, answer
    (value,) = found
    return value


@pytest.mark.parametrize(
    ("annotation", "text", "value"),
    [
        (str, "7", "7"),
        (int, "7", 7),
        (float, "7.5", 7.5),
        (bool, "true", True),
        (Decimal, "7.50", Decimal("7.50")),
        (UUID, "12345678-1234-5678-1234-567812345678", UUID("12345678-1234-5678-1234-567812345678")),
        (date, "2025-02-03", date(2025, 2, 3)),
        (datetime, "2025-02-03T08:15:42", datetime(2025, 2, 3, 8, 15, 42)),
        (time, "08:15", time(8, 15)),
        (timedelta, "PT5M", timedelta(minutes=5)),
        (Colour, "red", Colour.RED),
        (Size, "1", Size.SMALL),
        (Literal["red", "green"], "green", "green"),
        (Literal[1, 2], "2", 2),
        (Literal["all", 1] | None, "all", "all"),
        (OrderId, "7", 7),
        (Code, "7", 7),
        (Optional[OrderId], "7", 7),  # noqa: UP045 - an old spelling
        (int | None, "7", 7),
        (Union[int, Literal["all"]], "all", "all"),  # noqa: UP007 - an old spelling
        (Annotated[int, Field(gt=0)], "7", 7),
        (Annotated[Colour | None, "a note"], "red", Colour.RED),
        (HttpUrl, "https://example.com/", HttpUrl("https://example.com/")),
        (AnyUrl, "ftp://example.com/", AnyUrl("ftp://example.com/")),
    ],
    ids=str,
)
def test_a_scalar_is_a_query_parameter(annotation: object, text: str, value: object) -> None:
    assert given(annotation, request(f"value={text}")) == value


@pytest.mark.parametrize(
    ("annotation", "query", "value"),
    [
        (list[int], "value=1&value=2", [1, 2]),
        (list[Colour], "value=red", [Colour.RED]),
        (list[Size], "value=1", [Size.SMALL]),
        (list[Decimal], "value=1.50", [Decimal("1.50")]),
        (list[Annotated[int, Field(gt=0)]], "value=1", [1]),
        (list[int] | None, "value=1", [1]),
        (set[str], "value=a&value=a", {"a"}),
        (frozenset[int], "value=1", frozenset({1})),
        (tuple[int, ...], "value=1&value=2", (1, 2)),
        (tuple[int, str], "value=1&value=b", (1, "b")),
        (list, "value=a", ["a"]),
    ],
    ids=str,
)
def test_several_scalars_are_marked(annotation: object, query: str, value: object) -> None:
    assert given(Annotated[annotation, Query()], request(query)) == value


@pytest.mark.parametrize(
    ("annotation", "body"),
    [
        (Order, {"id": 7}),
        (Order | None, {"id": 7}),
        (list[int], [1, 2]),
        (dict[str, int], {"a": 1}),
        (Line, {"a": 1}),
        (Order | dict[str, str], {"a": "b"}),
        (None, None),
    ],
    ids=str,
)
def test_anything_else_is_the_body(annotation: Any, body: object) -> None:
    event = {**request(method="POST"), "body": json.dumps(body)}

    value = given(annotation, event, decorator="post")

    assert (value.model_dump() if isinstance(value, BaseModel) else value) == body


@pytest.mark.parametrize(
    ("annotation", "hint"), [(list[int], r"Annotated\[list\[int\], Query\(\)\]"), (Order, "Annotated")]
)
def test_a_body_where_there_is_none_is_refused_with_what_to_write(annotation: object, hint: str) -> None:
    app = App()

    def on_request(value: object) -> None: ...

    on_request.__annotations__ = {"value": annotation}
    with pytest.raises(RegistrationError, match=f"would be the body, which GET requests do not have: write {hint}"):
        app.get("/")(on_request)


@pytest.mark.parametrize("marker", [Query(), Header()])
@pytest.mark.parametrize("annotation", [dict[str, int], Sequence[int], object])
def test_what_is_in_no_piece_of_text_is_refused(annotation: Any, marker: Any) -> None:
    app = App()

    def on_request(value: object) -> None: ...

    on_request.__annotations__ = {"value": Annotated[annotation, marker]}
    with pytest.raises(RegistrationError, match="'value': .* cannot be read from one piece of text"):
        app.get("/")(on_request)


def test_a_list_is_in_no_path() -> None:
    app = App()

    def on_request(value: Annotated[list[int], Path()]) -> None: ...

    with pytest.raises(RegistrationError, match=r"list\[int\] cannot be read from one piece of text"):
        app.get("/{value}")(on_request)


class Lock:
    """No model."""


@pytest.mark.parametrize(
    "register",
    [
        lambda app, handler: app.post("/")(handler),
        lambda app, handler: app.sqs()(handler),
        lambda app, handler: app.direct()(handler),
    ],
    ids=["http", "sqs", "direct"],
)
def test_what_pydantic_knows_no_schema_of_is_refused_with_the_place(register: Any) -> None:
    def on_lock(lock: Lock) -> None: ...

    with pytest.raises(
        RegistrationError,
        match=r"on_lock\(\) \[.*test_validators.py:\d+\]: parameter 'lock': <class '.*Lock'> cannot be validated",
    ):
        register(App(), on_lock)
