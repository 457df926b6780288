"""The OpenAPI document: valid, and true to how requests are bound and answered."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Annotated, Any

import pytest
from aws_lambda_powertools.utilities.idempotency import BasePersistenceLayer
from fastapi import FastAPI
from openapi_spec_validator import validate
from pydantic import BaseModel, Field
from pydantic_core import CoreSchema, core_schema
from typing_extensions import TypedDict

from eventrouter import (
    App,
    Body,
    Cookie,
    EventStream,
    FileResponse,
    Form,
    Header,
    Path,
    Query,
    RegistrationError,
    Request,
    Response,
    Router,
    ServerSentEvent,
)
from eventrouter.forms import UploadFile
from tests.openapi import shop


class Order(BaseModel):
    id: int
    note: str | None = None


class Pair(TypedDict):
    a: int


class Tracing(BaseModel):
    x_trace: str


class Opaque:
    """pydantic can take it, and cannot tell how."""

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> CoreSchema:
        return core_schema.is_instance_schema(cls)


def operation_of(handler: Callable[..., object], *, method: str = "post", path: str = "/", **options: Any) -> Any:
    """The operation of a handler, in a document that is valid."""
    app = App()
    app.route(path, methods=[method.upper()], **options)(handler)
    document = app.openapi()
    validate(document)
    ((found,),) = (list(item.values()) for item in document["paths"].values())
    return found


# ------------------------------------------------------------------------------------------------------------ the whole


def test_a_document_of_everything_is_valid() -> None:
    document = shop.app.openapi(
        title="Shop",
        version="2.1.0",
        summary="A shop",
        description="Of *all* kinds",
        servers=["https://shop.example.com", {"url": "https://test.example.com", "description": "for tests"}],
        tags=[{"name": "orders", "description": "What was ordered"}],
    )

    validate(document)
    assert document["openapi"] == "3.1.1"
    assert document["info"] == {
        "title": "Shop",
        "version": "2.1.0",
        "summary": "A shop",
        "description": "Of *all* kinds",
    }
    assert [server["url"] for server in document["servers"]] == ["https://shop.example.com", "https://test.example.com"]
    assert document["tags"] == [{"name": "orders", "description": "What was ordered"}]


def test_a_document_without_routes_is_valid() -> None:
    document = App().openapi()

    validate(document)
    assert document == {"openapi": "3.1.1", "info": {"title": "API", "version": "0.1.0"}, "paths": {}}


def test_operations_are_those_that_fastapi_would_tell_of() -> None:
    def read_order(order_id: int, verbose: bool = False, q: str | None = None) -> Order: ...  # type: ignore[empty-body]

    def add_order(order: Order) -> Order: ...  # type: ignore[empty-body]

    ours, theirs = App(), FastAPI()
    ours.get("/orders/{order_id}")(read_order)
    ours.post("/orders", status_code=201)(add_order)
    theirs.get("/orders/{order_id}")(read_order)
    theirs.post("/orders", status_code=201)(add_order)

    found, expected = ours.openapi(), theirs.openapi()

    assert found["paths"].keys() == expected["paths"].keys()
    order = found["components"]["schemas"]["Order"]
    del order["properties"]["note"]["default"]  # None, which FastAPI does not say
    assert order == expected["components"]["schemas"]["Order"]
    for path, item in expected["paths"].items():
        for method, operation in item.items():
            ours_ = found["paths"][path][method]
            assert ours_["responses"].keys() == operation["responses"].keys()
            assert _names(ours_) == _names(operation)
            assert ours_.get("requestBody") == operation.get("requestBody")


def _names(operation: Any) -> list[tuple[str, str, bool]]:
    return [(each["name"], each["in"], each.get("required", False)) for each in operation.get("parameters", ())]


def test_mounts_and_what_is_left_out_are_not_in_it() -> None:
    app = App()
    app.mount("/admin", FastAPI())
    app.get("/hidden", include_in_schema=False)(lambda: None)
    app.get("/seen")(lambda: None)

    assert list(app.openapi()["paths"]) == ["/seen"]


# ------------------------------------------------------------------------------------------------------- names and words


def test_a_docstring_is_summary_and_description() -> None:
    def handler() -> None:
        """Do it.

        All
            of it.
        """

    found = operation_of(handler)

    assert (found["summary"], found["description"]) == ("Do it.", "All\n    of it.")


def test_without_a_docstring_the_name_is_the_summary() -> None:
    def read_all() -> None: ...

    found = operation_of(read_all)

    assert found["summary"] == "Read all"
    assert "description" not in found


def test_options_say_it_otherwise() -> None:
    def handler() -> None:
        """Not this."""

    found = operation_of(
        handler,
        summary="S",
        description="D",
        operation_id="do-it",
        deprecated=True,
        tags=["a"],
        openapi_extra={"x-internal": True},
    )

    assert found == {
        "tags": ["a"],
        "summary": "S",
        "description": "D",
        "operationId": "do-it",
        "deprecated": True,
        "responses": {"204": {"description": "No Content"}},
        "x-internal": True,
    }


def test_the_tags_of_routers_come_first() -> None:
    inner, outer, app = Router(tags=["inner"]), Router(tags=["outer"]), App()
    inner.get("/", tags=["own"])(lambda: None)
    outer.include(inner)
    app.include(outer)

    assert app.openapi()["paths"]["/"]["get"]["tags"] == ["outer", "inner", "own"]


def test_ids_are_unique() -> None:
    def read() -> None: ...

    app = App()
    app.get("/a")(read)
    app.get("/b/{c}")(read)
    app.route("/d", methods=["GET", "PUT"])(read)

    document = app.openapi()

    validate(document)
    ids = [each["operationId"] for item in document["paths"].values() for each in item.values()]
    assert ids == ["read", "read_get_b_c", "read_get", "read_put"]


def test_an_id_that_is_given_twice_is_refused() -> None:
    app = App()
    app.get("/a", operation_id="x")(lambda: None)
    app.get("/b", operation_id="x")(lambda: None)

    with pytest.raises(RegistrationError, match="GET /b: GET /a has operation_id='x' too"):
        app.openapi()


# ----------------------------------------------------------------------------------------------------------------- paths


def test_converters_are_types_and_no_part_of_a_path() -> None:
    app = App()
    app.get("/{a:int}/{b:float}/{c:uuid}/{d:str}/{e:path}")(lambda: None)

    (path,) = (document := app.openapi())["paths"]
    parameters = document["paths"][path]["get"]["parameters"]

    validate(document)
    assert path == "/{a}/{b}/{c}/{d}/{e}"
    assert [parameter["schema"] for parameter in parameters] == [
        {"type": "integer"},
        {"type": "number"},
        {"type": "string", "format": "uuid"},
        {"type": "string"},
        {"type": "string"},
    ]
    assert all(parameter["required"] for parameter in parameters)
    assert "404" in document["paths"][path]["get"]["responses"]


def test_paths_that_differ_in_names_alone_are_one() -> None:
    app = App()
    app.get("/{id}/{x}")(lambda: None)

    @app.put("/{key}/{y:int}")
    def write(key: str, y: int) -> None: ...

    document = app.openapi()

    validate(document)
    assert list(document["paths"]) == ["/{id}/{x}"]
    assert _names(document["paths"]["/{id}/{x}"]["put"]) == [("id", "path", True), ("x", "path", True)]


def test_an_operation_that_the_document_cannot_hold_is_told_of() -> None:
    app = App()
    app.get("/{id:int}")(lambda: None)
    app.get("/{name}")(lambda: None)

    with pytest.warns(UserWarning, match=r"GET /\{name\}: the document has GET /\{id\} already"):
        document = app.openapi()

    assert list(document["paths"]) == ["/{id}"]


def test_a_method_that_openapi_does_not_know_is_told_of() -> None:
    app = App()
    app.route("/", methods=["PURGE"])(lambda: None)

    with pytest.warns(UserWarning, match="PURGE /: OpenAPI knows no method PURGE"):
        assert app.openapi()["paths"] == {}


@pytest.mark.parametrize(
    ("host", "servers"),
    [
        ("", None),
        ("api.example.com", [{"url": "https://api.example.com"}]),
        ("*.example.com", [{"url": "https://{name}.example.com", "variables": {"name": {"default": "www"}}}]),
    ],
)
def test_the_routes_of_a_host_have_it_as_their_server(host: str, servers: Any) -> None:
    router, app = Router(), App()
    router.get("/")(lambda: None)
    app.include(router, host=host)

    document = app.openapi()

    validate(document)
    assert document["paths"]["/"]["get"].get("servers") == servers


# ------------------------------------------------------------------------------------------------------------ parameters


class Paging(BaseModel):
    number: int = Field(1, ge=1, description="From 1 on", title="No.", deprecated=True, examples=[2])
    sizes: list[int] = Field(default_factory=list)
    q: str | None = None
    sort_by: str = Field(alias="sortBy")


@pytest.mark.parametrize(
    ("annotation", "default", "expected"),
    [
        (int, ..., {"name": "value", "in": "query", "required": True, "schema": {"type": "integer"}}),
        (int | None, None, {"name": "value", "in": "query", "schema": {"type": "integer"}}),
        (
            Annotated[int, Query(gt=3)],
            5,
            {"name": "value", "in": "query", "schema": {"type": "integer", "exclusiveMinimum": 3, "default": 5}},
        ),
        (Annotated[str, Header("X-Key")], ..., {"name": "X-Key", "in": "header", "required": True, "schema": {"type": "string"}}),
        (Annotated[str, Cookie()], "", {"name": "value", "in": "cookie", "schema": {"type": "string", "default": ""}}),
        (
            Annotated[list[int], Query()],
            [],
            {"name": "value", "in": "query", "schema": {"type": "array", "items": {"type": "integer"}, "default": []}},
        ),
        (
            Annotated[int, Field(le=9), Query(title="T", description="D", examples=[1], deprecated=True)],
            ...,
            {
                "name": "value", "in": "query", "required": True, "description": "D", "deprecated": True,
                "examples": {"1": {"value": 1}}, "schema": {"type": "integer", "maximum": 9, "title": "T"},
            },
        ),
    ],
)  # fmt: skip
def test_a_parameter_is_told_whole(annotation: Any, default: Any, expected: Any) -> None:
    def handler(value: Any) -> None: ...

    handler.__annotations__["value"] = annotation
    handler.__defaults__ = None if default is ... else (default,)

    assert operation_of(handler)["parameters"] == [expected]


def test_a_model_of_the_query_is_a_parameter_for_each_field() -> None:
    def handler(page: Annotated[Paging, Query()]) -> None: ...

    assert operation_of(handler)["parameters"] == [
        {
            "name": "number",
            "in": "query",
            "description": "From 1 on",
            "deprecated": True,
            "examples": {"1": {"value": 2}},
            "schema": {"type": "integer", "minimum": 1, "default": 1, "title": "No."},
        },
        {"name": "sizes", "in": "query", "schema": {"type": "array", "items": {"type": "integer"}}},
        {"name": "q", "in": "query", "schema": {"type": "string"}},
        {"name": "sortBy", "in": "query", "required": True, "schema": {"type": "string"}},
    ]


def test_a_model_of_headers_has_their_names() -> None:
    def handler(headers: Annotated[Tracing, Header()]) -> None: ...

    assert _names(operation_of(handler)) == [("x-trace", "header", True)]


def test_headers_that_openapi_tells_of_elsewhere_and_hidden_parameters_are_left_out() -> None:
    def handler(
        authorization: Annotated[str, Header()], secret: Annotated[str, Query(include_in_schema=False)]
    ) -> None: ...

    assert "parameters" not in operation_of(handler)


def test_what_is_bound_by_class_is_no_parameter() -> None:
    def handler(request: Request) -> None: ...

    assert "parameters" not in operation_of(handler)


def test_a_marker_shows_what_it_says() -> None:
    marker = Query("q", title="T", ge=1, include_in_schema=False)

    assert repr(marker) == "Query('q', title='T', ge=1, include_in_schema=False)"


# ---------------------------------------------------------------------------------------------------------------- bodies


@pytest.mark.parametrize(
    ("annotation", "body"),
    [
        (bytes, {"content": {"application/octet-stream": {}}}),
        (Annotated[str, Body()], {"content": {"text/plain": {"schema": {"type": "string"}}}}),
        (Pair, {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Pair"}}}, "required": True}),
        (
            Annotated[list[int], Body(min_length=1, description="D", title="T")],
            {
                "content": {
                    "application/json": {
                        "schema": {"type": "array", "items": {"type": "integer"}, "minItems": 1, "title": "T"}
                    }
                },
                "description": "D",
                "required": True,
            },
        ),
        (
            Annotated[int, Form(ge=0, description="D")],
            {
                "content": {
                    "application/x-www-form-urlencoded": {
                        "schema": {
                            "type": "object",
                            "properties": {"value": {"type": "integer", "minimum": 0, "description": "D"}},
                            "required": ["value"],
                        }
                    }
                },
                "required": True,
            },
        ),
        (
            Annotated[Order, Form()],
            {
                "content": {"application/x-www-form-urlencoded": {"schema": {"$ref": "#/components/schemas/Order"}}},
                "required": True,
            },
        ),
        (
            list[UploadFile],
            {
                "content": {
                    "multipart/form-data": {
                        "schema": {
                            "type": "object",
                            "properties": {
                                "value": {
                                    "type": "array",
                                    "items": {"type": "string", "contentMediaType": "application/octet-stream"},
                                }
                            },
                            "required": ["value"],
                        }
                    }
                },
                "required": True,
            },
        ),
    ],
)
def test_a_body_is_told_with_its_content_type(annotation: Any, body: Any) -> None:
    def handler(value: Any) -> None: ...

    handler.__annotations__["value"] = annotation

    assert operation_of(handler)["requestBody"] == body


def test_a_body_that_may_be_absent_is_not_required() -> None:
    def with_json(order: Order | None = None) -> None: ...

    def with_form(name: Annotated[str, Form()] = "") -> None: ...

    assert "required" not in operation_of(with_json)["requestBody"]
    assert "required" not in operation_of(with_form)["requestBody"]


def test_the_body_of_a_route_is_none_of_its_methods_without_one() -> None:
    app = App()

    @app.route("/", methods=["GET", "POST"])
    def handler(body: bytes) -> None: ...

    item = app.openapi()["paths"]["/"]

    assert "requestBody" in item["post"]
    assert "requestBody" not in item["get"]


def test_a_type_without_a_json_schema_is_refused_where_it_stands() -> None:
    app = App()

    @app.post("/")
    def handler(value: Opaque) -> None: ...

    with pytest.raises(RegistrationError, match=r"POST /: handler\(\) \[.*\]: parameter 'value': .*WithJsonSchema"):
        app.openapi()


# --------------------------------------------------------------------------------------------------------------- answers


ORDER = {"schema": {"$ref": "#/components/schemas/Order"}}
TEXT = {"text/plain": {"schema": {"type": "string"}}}
EVENTS: Any = {"text/event-stream": {}}


@pytest.mark.parametrize(
    ("returns", "options", "status", "content"),
    [
        (Order, {}, "200", {"application/json": ORDER}),
        (Order, {"status_code": 201}, "201", {"application/json": ORDER}),
        (Order | None, {}, "200", {"application/json": {"schema": {"anyOf": [ORDER["schema"], {"type": "null"}]}}}),
        (tuple[Order, int], {}, "200", {"application/json": ORDER}),
        (Order | Response, {}, "200", {"application/json": ORDER}),
        (
            Order | Pair,
            {},
            "200",
            {"application/json": {"schema": {"anyOf": [ORDER["schema"], {"$ref": "#/components/schemas/Pair"}]}}},
        ),
        (Order | str, {}, "200", {"application/json": ORDER, **TEXT}),
        (None, {}, "204", None),
        (None, {"status_code": 202}, "202", None),
        (str, {}, "200", TEXT),
        (str, {"media_type": "text/html"}, "200", {"text/html": TEXT["text/plain"]}),
        (bytes, {}, "200", {"application/octet-stream": {}}),
        (Response, {}, "200", None),
        (FileResponse, {}, "200", None),
        (Response, {"media_type": "image/png"}, "200", {"image/png": {}}),
        (EventStream, {}, "200", EVENTS),
        (Any, {"response_model": Order}, "200", {"application/json": ORDER}),
        (Order, {"response_model": None}, "200", {"application/json": {}}),
        (..., {}, "200", {"application/json": {}}),
        (..., {"media_type": "text/csv"}, "200", {"text/csv": {}}),
    ],
)
def test_an_answer_is_told_by_the_return_annotation(returns: Any, options: Any, status: str, content: Any) -> None:
    def handler() -> Any: ...

    if returns is ...:
        del handler.__annotations__["return"]
    else:
        handler.__annotations__["return"] = returns

    responses = operation_of(handler, **options)["responses"]

    assert list(responses) == [status]
    assert responses[status].get("content") == content


@pytest.mark.parametrize(
    ("returns", "content"),
    [
        (Iterator[Order], {"application/x-ndjson": ORDER}),
        (Iterator[str], TEXT),
        (Iterator[bytes], {"application/octet-stream": {}}),
        (Iterator[ServerSentEvent], EVENTS),
        (Iterator, None),
        (Iterator[Any], None),
        (..., None),
    ],
)
def test_a_stream_is_told_by_its_items(returns: Any, content: Any) -> None:
    def handler() -> Any:
        yield

    if returns is ...:
        del handler.__annotations__["return"]
    else:
        handler.__annotations__["return"] = returns

    assert operation_of(handler)["responses"]["200"].get("content") == content


def test_an_answer_to_head_has_no_content() -> None:
    def handler() -> Order: ...  # type: ignore[empty-body]

    assert operation_of(handler, method="head")["responses"] == {"200": {"description": "OK"}}


@pytest.mark.parametrize(
    ("annotation", "statuses"),
    [
        (Annotated[int, Path()], ["204", "422"]),
        (Annotated[str, Path()], ["204"]),
        (Annotated[str, Path(max_length=3)], ["204", "422"]),
        (Annotated[str, Field(max_length=3)], ["204", "422"]),
    ],
)
def test_a_422_is_told_of_where_something_can_be_wrong(annotation: Any, statuses: list[str]) -> None:
    def handler(value: Any) -> None: ...

    handler.__annotations__["value"] = annotation

    assert list(operation_of(handler, path="/{value}")["responses"]) == statuses


@pytest.mark.parametrize("annotation", [bytes, str | None, Annotated[str | None, Header()]])
def test_what_takes_anything_is_never_wrong(annotation: Any) -> None:
    def handler(value: Any = None) -> None: ...

    handler.__annotations__["value"] = annotation

    assert list(operation_of(handler)["responses"]) == ["204"]


class Kept(BasePersistenceLayer):
    """Keeps nothing: no route is called here."""

    def _get_record(self, idempotency_key: str) -> Any: ...

    def _put_record(self, data_record: Any) -> None: ...

    def _update_record(self, data_record: Any) -> None: ...

    def _delete_record(self, data_record: Any) -> None: ...


def test_an_idempotent_route_tells_what_becomes_of_the_key() -> None:
    found = operation_of(lambda: None, idempotent=Kept())  # type: ignore[no-untyped-call]

    assert list(found["responses"]) == ["200", "400", "409"]


def test_more_answers_are_declared_by_status() -> None:
    found = operation_of(
        lambda: None,
        responses={
            404: {"model": Order},
            "4XX": {"description": "Wrong", "content": {"text/plain": {}}},
            "default": {},
            599: {"headers": {"x-why": {"schema": {"type": "string"}}}},
        },
    )["responses"]

    assert found == {
        "200": {"description": "OK", "content": {"application/json": {}}},
        "404": {"description": "Not Found", "content": {"application/json": ORDER}},
        "4XX": {"description": "Wrong", "content": {"text/plain": {}}},
        "599": {"description": "Status 599", "headers": {"x-why": {"schema": {"type": "string"}}}},
        "default": {"description": "Another answer"},
    }


@pytest.mark.parametrize("status", [99, "60X", "abc", 1000])
def test_a_status_that_is_none_is_refused(status: Any) -> None:
    with pytest.raises(RegistrationError, match=f'responses= has statuses, "4XX" or "default", not {status!r}'):
        operation_of(lambda: None, responses={status: {}})


def test_a_model_is_told_as_it_is_taken_and_as_it_is_sent() -> None:
    class Money(BaseModel):
        amount: Decimal

    app = App()

    @app.post("/")
    def handler(money: Money) -> Money: ...  # type: ignore[empty-body]

    assert {"Money-Input", "Money-Output"} <= app.openapi()["components"]["schemas"].keys()


# -------------------------------------------------------------------------------------------------------------- security


def secured(**options: Any) -> App:
    app = App()
    app.get("/", **options)(lambda: None)

    @app.authorizer()
    def check_token() -> bool:
        return False

    return app


SCHEME = {"type": "apiKey", "in": "header", "name": "Authorization", "x-amazon-apigateway-authtype": "custom"}


def test_an_authorizer_of_the_app_secures_its_routes() -> None:
    document = secured().openapi()

    validate(document)
    assert document["components"]["securitySchemes"] == {"check_token": SCHEME}
    assert document["security"] == [{"check_token": []}]


def test_a_route_may_be_open_to_all() -> None:
    assert secured(security=[]).openapi()["paths"]["/"]["get"]["security"] == []


def test_schemes_and_requirements_may_be_given() -> None:
    scheme = {"type": "http", "scheme": "bearer"}

    document = secured().openapi(security=[{"jwt": ["read"]}], security_schemes={"jwt": scheme, "check_token": scheme})

    validate(document)
    assert document["components"]["securitySchemes"] == {"jwt": scheme, "check_token": scheme}
    assert document["security"] == [{"jwt": ["read"]}]
