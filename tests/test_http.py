"""What a handler of requests is given: path, query, headers, cookies and body, by name and by type."""

from __future__ import annotations

import json
from typing import Annotated, Any
from urllib.parse import urlencode

import pytest
from hypothesis import given, strategies as st
from pydantic import BaseModel, ConfigDict, Field, JsonValue

from eventrouter import App, Body, Cookie, Header, LambdaContext, Path, Query, RegistrationError, Request
from tests.deliveries import Run, request


class Order(BaseModel):
    id: int
    note: str = ""


class Filter(BaseModel):
    limit: int = Field(10, ge=1, le=50)
    tags: list[str] = []
    order_by: str = Field("id", alias="orderBy")


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")
    limit: int = 10


class Tracing(BaseModel):
    x_request_id: str
    x_hops: list[int] = []


def asked(
    path: str = "/",
    method: str = "GET",
    query: str = "",
    headers: dict[str, str] | None = None,
    cookies: list[str] | None = None,
    body: str | None = None,
) -> dict[str, Any]:
    event = request(path, method)
    return {**event, "rawQueryString": query, "headers": headers or {}, "cookies": cookies or [], "body": body}


def answer(app: App, event: Any) -> tuple[int, Any]:
    reply = app(event, LambdaContext())
    return reply["statusCode"], json.loads(reply["body"])


def invalid(*problems: tuple[str, list[object], str]) -> tuple[int, Any]:
    """A 422 in FastAPI's shape: type, place and sentence of each problem, and never the input."""
    detail = [{"type": kind, "loc": loc, "msg": sentence} for kind, loc, sentence in problems]
    return 422, {"detail": detail, "code": "invalid_request"}


NOT_AN_INT = "Input should be a valid integer, unable to parse string as an integer"


# ---- path


def reading_path() -> App:
    app = App()

    @app.get("/orders/{order_id}/items/{name}")
    def read(order_id: int, name: str) -> list[object]:
        return [order_id, name]

    @app.get("/named/{order_id}")
    def named(number: Annotated[int, Path(alias="order_id", ge=1)]) -> int:
        return number

    return app


def test_path_parameters_are_read_by_name_and_type(run: Run) -> None:
    assert json.loads(run(reading_path(), asked("/orders/7/items/blue%20mug"))["body"]) == [7, "blue mug"]


def test_a_path_parameter_may_have_another_name_and_constraints() -> None:
    assert answer(reading_path(), asked("/named/7")) == (200, 7)
    assert answer(reading_path(), asked("/named/0")) == invalid(
        ("greater_than_equal", ["path", "order_id"], "Input should be greater than or equal to 1")
    )


def test_a_path_parameter_that_does_not_validate_is_told_at_its_place() -> None:
    assert answer(reading_path(), asked("/orders/x/items/a")) == invalid(
        ("int_parsing", ["path", "order_id"], NOT_AN_INT)
    )


# ---- query, headers, cookies


def reading_names() -> App:
    app = App()

    @app.get("/")
    def read(
        number: int,
        flag: bool = False,
        tags: Annotated[list[str], Query(alias="tag", max_length=2)] = [],  # noqa: B006 - each request gets a copy
        user_agent: Annotated[str | None, Header()] = None,
        hops: Annotated[list[int], Header(alias="x-hop")] = [],  # noqa: B006 - each request gets a copy
        sid: Annotated[str, Cookie()] = "none",
    ) -> list[object]:
        tags.append("more")
        return [number, flag, tags, user_agent, hops, sid]

    return app


def test_names_are_read_from_where_they_belong() -> None:
    event = asked(
        query="number=7&flag=yes&tag=a&tag=b", headers={"user-agent": "shop/1", "x-hop": "3"}, cookies=["sid=s-1"]
    )

    assert answer(reading_names(), event) == (200, [7, True, ["a", "b", "more"], "shop/1", [3], "s-1"])


def test_defaults_stand_for_what_was_not_sent_and_are_never_shared() -> None:
    app = reading_names()

    answers = [answer(app, asked(query="number=7")) for _ in range(2)]

    assert answers == [(200, [7, False, ["more"], None, [], "none"])] * 2


def test_everything_that_is_wrong_is_told_at_once() -> None:
    event = asked(query="flag=perhaps&tag=a&tag=b&tag=c", headers={"x-hop": "x"})

    assert answer(reading_names(), event) == invalid(
        ("missing", ["query", "number"], "Field required"),
        ("bool_parsing", ["query", "flag"], "Input should be a valid boolean, unable to interpret input"),
        ("too_long", ["query", "tag"], "List should have at most 2 items after validation, not 3"),
        ("int_parsing", ["header", "x-hop", 0], NOT_AN_INT),
    )


def test_of_a_scalar_that_repeats_the_last_counts() -> None:
    assert answer(reading_names(), asked(query="number=1&number=2"))[1][0] == 2


def test_what_may_be_none_is_required_unless_it_has_a_default() -> None:
    app = App()

    @app.get("/")
    def read(number: int | None, names: Annotated[list[str], Query()], agent: Annotated[str, Header()]) -> None: ...

    assert answer(app, asked()) == invalid(
        ("missing", ["query", "number"], "Field required"),
        ("missing", ["query", "names"], "Field required"),
        ("missing", ["header", "agent"], "Field required"),
    )


@given(st.dictionaries(st.sampled_from(["a", "b", "c"]), st.text(), min_size=3, max_size=3))
def test_text_is_read_as_it_was_sent(values: dict[str, str]) -> None:
    app = App()

    @app.get("/")
    def read(a: str, b: str, c: str) -> dict[str, str]:
        return {"a": a, "b": b, "c": c}

    assert answer(app, asked(query=urlencode(values))) == (200, values)


# ---- models as groups


def grouping(marker: Any, model: type[BaseModel]) -> App:
    app = App()

    def read(group: Any) -> dict[str, Any]:
        shown: dict[str, Any] = group.model_dump()
        return shown

    read.__annotations__["group"] = Annotated[model, marker]
    app.get("/")(read)
    return app


def test_a_model_takes_the_whole_query() -> None:
    app = grouping(Query(), Filter)

    read = answer(app, asked(query="limit=5&tags=a&tags=b&orderBy=total&other=x"))

    assert read == (200, {"limit": 5, "tags": ["a", "b"], "order_by": "total"})
    assert answer(app, asked()) == (200, {"limit": 10, "tags": [], "order_by": "id"})


def test_a_model_s_fields_are_told_at_their_places() -> None:
    assert answer(grouping(Query(), Filter), asked(query="limit=99")) == invalid(
        ("less_than_equal", ["query", "limit"], "Input should be less than or equal to 50")
    )


def test_a_model_that_forbids_more_refuses_more() -> None:
    app = grouping(Query(), Strict)

    assert answer(app, asked(query="limit=5")) == (200, {"limit": 5})
    assert answer(app, asked(query="limit=5&other=x")) == invalid(
        ("extra_forbidden", ["query", "other"], "Extra inputs are not permitted")
    )


def test_a_model_of_headers_reads_names_with_hyphens() -> None:
    event = asked(headers={"X-Request-Id": "r-1", "x-hops": "1"})

    assert answer(grouping(Header(), Tracing), event) == (200, {"x_request_id": "r-1", "x_hops": [1]})


def test_a_model_of_cookies_reads_all_of_them() -> None:
    assert answer(grouping(Cookie(), Strict), asked(cookies=["limit=3"])) == (200, {"limit": 3})


# ---- body


def taking(annotation: Any, default: Any = ...) -> App:
    app = App()

    def take(body: Any) -> JsonValue:
        shown: JsonValue = body.decode() if isinstance(body, bytes) else body
        return [shown.model_dump()] if isinstance(shown, BaseModel) else [shown]

    take.__annotations__["body"] = annotation
    if default is not ...:
        take.__defaults__ = (default,)
    app.post("/")(take)
    return app


@pytest.mark.parametrize(
    ("annotation", "body", "value"),
    [
        (Order, '{"id": 7}', {"id": 7, "note": ""}),
        (list[int], "[1, 2]", [1, 2]),
        (dict[str, int], '{"a": 1}', {"a": 1}),
        (bytes, '{"id"', '{"id"'),
        (bytes, None, ""),
        (Annotated[str, Body()], "plain ü", "plain ü"),
        (Annotated[int, Body()], "7", 7),
        (Annotated[int, Body(ge=7)], "7", 7),
        (JsonValue, "null", None),
        (Order | None, "null", None),
    ],
    ids=str,
)
def test_a_body_is_json_of_its_type_and_bytes_are_as_sent(annotation: Any, body: str | None, value: object) -> None:
    assert answer(taking(annotation), asked(method="POST", body=body)) == (200, [value])


@pytest.mark.parametrize(
    ("annotation", "body", "problem"),
    [
        (Order, None, ("missing", ["body"], "Field required")),
        (Order, "{}", ("missing", ["body", "id"], "Field required")),
        (
            Annotated[int, Body(ge=7)],
            "6",
            ("greater_than_equal", ["body"], "Input should be greater than or equal to 7"),
        ),
    ],
    ids=str,
)
def test_a_body_that_does_not_validate_is_told_at_its_place(annotation: Any, body: str | None, problem: Any) -> None:
    assert answer(taking(annotation), asked(method="POST", body=body)) == invalid(problem)


def test_a_body_that_is_no_json_is_told_without_its_text() -> None:
    status, reply = answer(taking(Order), asked(method="POST", body="secret"))

    assert (status, reply["detail"][0]["type"], reply["detail"][0]["loc"]) == (422, "json_invalid", ["body"])
    assert "secret" not in json.dumps(reply)


def test_a_body_with_a_default_may_be_left_out() -> None:
    assert answer(taking(Order | None, None), asked(method="POST")) == (200, [None])


def test_a_body_on_get_is_read_where_it_is_marked() -> None:
    app = App()

    @app.get("/")
    def search(order: Annotated[Order, Body()]) -> int:
        return order.id

    assert answer(app, asked(body='{"id": 7}')) == (200, 7)


def test_a_request_gives_all_of_it() -> None:
    app = App()

    @app.post("/")
    def show(request: Request) -> list[object]:
        return [request.method, request.path, request.json(), request.headers["x-a"], request.query_params["b"]]

    event = asked(method="POST", body="[1]", headers={"X-A": "1"}, query="b=2")

    assert answer(app, event) == (200, ["POST", "/", [1], "1", "2"])


# ---- at registration


def no_annotation(value) -> None: ...  # type: ignore[no-untyped-def]
def no_class(request) -> None: ...  # type: ignore[no-untyped-def]
def model_on_get(order: Order) -> None: ...
def list_on_get(numbers: list[int]) -> None: ...
def two_bodies(order: Order, other: Order) -> None: ...
def anything(body: Any) -> None: ...
def either(body: str | Order) -> None: ...
def not_in_path(order_id: Annotated[int, Path()]) -> None: ...
def default_in_path(order_id: int = 7) -> None: ...
def model_in_query(orders: Annotated[dict[str, int], Query()]) -> None: ...


REFUSED: list[tuple[str, str, Any, str]] = [
    ("get", "/", no_annotation, "has no annotation: write the type of the query parameter"),
    ("get", "/", no_class, "parameter 'request' has no annotation: write `request: Request`"),
    ("get", "/", model_on_get, "would be the body, which GET requests do not have: write Annotated[..., Query()]"),
    ("head", "/", list_on_get, "write Annotated[list[int], Query()] for the query string"),
    ("post", "/", two_bodies, "parameter 'other' and 'order' would both be the body: put them into one model"),
    ("post", "/", anything, "would be the body, and Any does not say what that is: write `bytes`"),
    ("post", "/", either, "does not say what that is"),
    ("get", "/orders/{number}", not_in_path, "is not in the path; its parameters are: number"),
    ("get", "/orders", not_in_path, "is not in the path; its parameters are: none"),
    ("get", "/orders/{order_id}", default_in_path, "is in the path, where it always has a value: take out the default"),
    ("get", "/", model_in_query, "cannot be read from one piece of text"),
]


@pytest.mark.parametrize("status_code", [0, 99, 199, 600, "201"])
def test_a_status_that_no_answer_has_is_refused(status_code: Any) -> None:
    with pytest.raises(
        RegistrationError, match=f"GET /: an answer has a status from 200 to 599, not status_code={status_code!r}"
    ):
        App().get("/", status_code=status_code)(lambda: None)


@pytest.mark.parametrize(("method", "path", "handler", "words"), REFUSED, ids=[row[2].__name__ for row in REFUSED])
def test_what_cannot_be_read_from_a_request_is_refused(method: str, path: str, handler: Any, words: str) -> None:
    with pytest.raises(RegistrationError) as caught:
        getattr(App(), method)(path)(handler)

    assert words in str(caught.value)


def test_a_body_is_allowed_where_one_of_the_methods_has_one() -> None:
    app = App()

    @app.route("/", methods=["GET", "POST"])
    def either_way(order: Order) -> int:
        return order.id

    assert answer(app, asked(method="POST", body='{"id": 7}')) == (200, 7)
    assert answer(app, asked()) == invalid(("missing", ["body"], "Field required"))


def test_a_parameter_of_the_path_may_go_unasked() -> None:
    app = App()

    @app.get("/{tenant}/orders")
    def search(words: str) -> str:
        return words

    @app.get("/{tenant}/orders/{order_id}")
    def read(request: Request, id: int) -> list[object]:
        return [request.path_params["order_id"], id]

    assert json.loads(app(asked("/a/orders/7", query="id=1"), LambdaContext())["body"]) == ["7", 1]
    assert app(asked("/a/orders", query="words=mug"), LambdaContext())["body"] == "mug"
