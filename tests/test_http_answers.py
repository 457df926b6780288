"""What a handler's value becomes for an HTTP caller: status, headers, cookies, body."""

from __future__ import annotations

import gc
import json
from collections.abc import AsyncIterator, Iterator
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
import starlette.background
import starlette.exceptions
import starlette.responses
from aws_lambda_powertools.event_handler import Response as PowertoolsResponse
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.shared.cookies import Cookie
from aws_lambda_powertools.utilities.idempotency.exceptions import IdempotencyAlreadyInProgressError
from pydantic import BaseModel, Field
from typing_extensions import TypedDict

from eventrouter import (
    App,
    BackgroundTasks,
    BufferedResponse,
    EventStream,
    FileResponse,
    HTTPException,
    LambdaContext,
    Prelude,
    RedirectResponse,
    ReplyError,
    Response,
    ServerSentEvent,
    StreamingResponse,
)
from eventrouter.sources.function_url import SOURCE as FUNCTION_URL
from eventrouter.testing import TestClient
from tests.deliveries import Run, request, sample

JSON = "application/json"
TEXT = "text/plain; charset=utf-8"
NOTHING: dict[str, Any] = {}


class Order(BaseModel):
    id: int
    total: float = 1.5
    note: Annotated[str | None, Field(alias="remark")] = None


class Colour(str, Enum):  # noqa: UP042 - what users have, and whose str() is not its value
    RED = "red"


class Row(TypedDict):
    id: int


def returning(value: object, annotation: object = NOTHING, **options: Any) -> App:
    """An app whose one handler returns *value*, and says that it returns *annotation*."""
    app = App()

    def handler() -> object:
        return value

    handler.__annotations__["return"] = annotation
    if annotation is NOTHING:
        del handler.__annotations__["return"]
    app.get("/", **options)(handler)
    return app


def answer(app: App, event: Any = None) -> Any:
    return app(request() if event is None else event, LambdaContext())


def seen(reply: Any) -> tuple[int, str | None, str]:
    return reply["statusCode"], reply["headers"].get("content-type"), reply["body"]


@pytest.mark.parametrize(
    ("value", "status", "content_type", "body"),
    [
        ({"id": 7}, 200, JSON, '{"id":7}'),
        ([1, None], 200, JSON, "[1,null]"),
        ("hello", 200, TEXT, "hello"),
        ("", 200, TEXT, ""),
        (7, 200, JSON, "7"),
        (True, 200, JSON, "true"),
        (None, 200, JSON, "null"),
        (Decimal("1.50"), 200, JSON, '"1.50"'),
        (Order(id=7), 200, JSON, '{"id":7,"total":1.5,"remark":null}'),
        (({"id": 7}, 201), 201, JSON, '{"id":7}'),
        ((None, 404), 404, JSON, "null"),
        ((1, 2, 3), 200, JSON, "[1,2,3]"),
        ((1, "2"), 200, JSON, '[1,"2"]'),
    ],
    ids=repr,
)
def test_a_value_is_answered_by_what_it_is(value: object, status: int, content_type: str, body: str, run: Run) -> None:
    assert seen(run(returning(value), request())) == (status, content_type, body)


def test_bytes_are_octets_and_leave_as_they_are() -> None:
    reply = answer(returning(bytearray(b"\xff\x00")))

    assert (reply["headers"]["content-type"], reply["isBase64Encoded"], reply["body"]) == (
        "application/octet-stream",
        True,
        "/wA=",
    )


@pytest.mark.parametrize(
    ("value", "annotation", "body"),
    [
        (Order(id=7), Order, '{"id":7,"total":1.5,"remark":null}'),
        ({"id": "7", "secret": "s"}, Order, '{"id":7,"total":1.5,"remark":null}'),
        ([{"id": 7, "secret": "s"}], list[Order], '[{"id":7,"total":1.5,"remark":null}]'),
        ({"id": 7}, Row, '{"id":7}'),
        (({"id": 7, "secret": "s"}, 200), tuple[Order, int], '{"id":7,"total":1.5,"remark":null}'),
        (None, Order | None, "null"),
        ({"id": 7, "secret": "s"}, Order | Response, '{"id":7,"total":1.5,"remark":null}'),
        ({"id": 7, "secret": "s"}, Order | None | Response, '{"id":7,"total":1.5,"remark":null}'),
        ({"id": 7}, dict[str, Any], '{"id":7}'),
        ({"id": 7}, dict[str, int], '{"id":7}'),
        ({"id": 7}, dict[str, object], '{"id":7}'),
        (7, int, "7"),
        ("7", int, "7"),
        (Colour.RED, Colour, '"red"'),
        ("red", Colour, '"red"'),
        (Colour.RED, NOTHING, '"red"'),
        ([1], list[int], "[1]"),
    ],
    ids=str,
)
def test_the_return_annotation_filters_and_validates(value: object, annotation: object, body: str) -> None:
    assert seen(answer(returning(value, annotation))) == (200, JSON, body)


@pytest.mark.parametrize(
    ("value", "annotation"),
    [({"id": "x"}, Order), (None, Order), ("x", int), ([{}], list[Order]), (Order(id=1), Row), ({"id": None}, Row)],
    ids=str,
)
def test_a_value_that_breaks_its_annotation_is_a_500_that_tells_nothing(
    value: object, annotation: object, caplog: pytest.LogCaptureFixture
) -> None:
    app = returning(value, annotation)

    for reply in (answer(app), answer(app)):
        assert seen(reply) == (500, JSON, '{"detail":"Internal Server Error","code":"internal_error"}')
    assert "ResponseValidationError: response of handler does not validate" in caplog.text


def test_a_model_that_has_no_json_form_is_a_500(caplog: pytest.LogCaptureFixture) -> None:
    class Odd(BaseModel):
        value: Any

    reply = answer(returning(Odd(value=object()), Odd))

    assert reply["statusCode"] == 500
    assert "the answer has no JSON form: PydanticSerializationError" in caplog.text


@pytest.mark.parametrize("annotation", [str, Literal["ok"], str | Order, str | None])
def test_text_stays_text_where_the_annotation_has_it(annotation: object) -> None:
    assert seen(answer(returning("ok", annotation))) == (200, TEXT, "ok")


def test_a_response_model_stands_for_the_annotation_and_none_turns_it_off() -> None:
    value = {"id": 7, "secret": "s"}

    filtered = answer(returning(value, dict, response_model=Order))
    unfiltered = answer(returning(value, Order, response_model=None))

    assert filtered["body"] == '{"id":7,"total":1.5,"remark":null}'
    assert unfiltered["body"] == '{"id":7,"secret":"s"}'


@pytest.mark.parametrize(
    ("annotation", "options", "status", "body"),
    [
        (None, {}, 204, ""),
        (None, {"status_code": 202}, 202, "null"),
        (NOTHING, {"status_code": 204}, 204, ""),
        (NOTHING, {}, 200, "null"),
    ],
)
def test_nothing_is_204_where_nothing_is_promised(
    annotation: object, options: dict[str, Any], status: int, body: str
) -> None:
    reply = answer(returning(None, annotation, **options))

    assert (reply["statusCode"], reply["body"]) == (status, body)


def test_a_route_says_status_headers_and_type() -> None:
    app = returning("a,b", status_code=201, headers={"x-shop": "1"}, media_type="text/csv")

    reply = answer(app)

    assert seen(reply) == (201, "text/csv", "a,b")
    assert reply["headers"]["x-shop"] == "1"


def test_a_route_s_headers_may_hold_the_type() -> None:
    assert seen(answer(returning("<a/>", headers={"Content-Type": "text/xml"})))[1] == "text/xml"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({"statusCode": 404, "body": "none"}, "handler returned the answer of a bare Lambda function"),
        (HTTPException(404), "handler returned a HTTPException: raise it"),
    ],
)
def test_what_looks_like_an_answer_and_is_none_is_a_500(
    value: object, words: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert answer(returning(value))["statusCode"] == 500
    assert words in caplog.text


def test_a_body_may_have_a_status_code_of_its_own() -> None:
    assert answer(returning({"statusCode": 404, "orders": []}))["body"] == '{"statusCode":404,"orders":[]}'


# ---- answers that are spelled out


@pytest.mark.parametrize(
    ("response", "status", "content_type", "body"),
    [
        (Response(), 200, None, ""),
        (Response("x"), 200, TEXT, "x"),
        (Response({"id": 7}, 201), 201, JSON, '{"id":7}'),
        (Response("<a/>", media_type="text/xml"), 200, "text/xml", "<a/>"),
        (Response("a", headers={"Content-Type": "text/csv"}, media_type="text/xml"), 200, "text/csv", "a"),
        (Response("a", headers=[("content-type", "text/csv")]), 200, "text/csv", "a"),
        (Response(b"ok", media_type="text/plain"), 200, "text/plain", "ok"),
        (Response(iter(["a", "b"])), 200, TEXT, "ab"),
        (Response(iter([])), 200, "application/octet-stream", ""),
        (Response(iter([{"a": 1}, [2]])), 200, "application/x-ndjson", '{"a":1}\n[2]\n'),
        (BufferedResponse("x", Prelude(418, [("content-type", "text/tea")])), 418, "text/tea", "x"),
    ],
)
def test_a_response_is_what_it_says(response: Any, status: int, content_type: str | None, body: str) -> None:
    assert seen(answer(returning(response))) == (status, content_type, body)


def test_a_response_gets_its_route_s_headers_and_type_where_it_has_none_of_its_own() -> None:
    options: dict[str, Any] = {"headers": {"x-a": "route", "x-b": "route"}, "media_type": "text/csv"}

    reply = answer(returning(Response("x", headers={"X-A": "mine"}), **options))

    assert reply["headers"] == {"x-b": "route", "x-a": "mine", "content-type": "text/csv"}
    assert "content-type" not in answer(returning(Response(), **options))["headers"]


def test_a_response_does_its_work_after_the_answer() -> None:
    log: list[str] = []
    tasks = BackgroundTasks()
    tasks.add_task(log.append, "work")

    answer(returning(Response("x", background=tasks)))

    assert log == ["work"]


def test_an_answer_for_others_than_http_needs_a_prelude(caplog: pytest.LogCaptureFixture) -> None:
    reply = answer(returning(BufferedResponse("x")))

    assert reply["statusCode"] == 500
    assert "handler answers HTTP, so its BufferedResponse needs a Prelude" in caplog.text


def test_powertools_responses_are_answers() -> None:
    response: Any = PowertoolsResponse(
        201, "text/csv", "a,b", headers={"X-A": ["1", "2"], "X-B": "3"}, cookies=[Cookie("sid", "s-1")]
    )

    reply = answer(returning(response))

    assert seen(reply) == (201, "text/csv", "a,b")
    assert (reply["headers"]["x-a"], reply["headers"]["x-b"]) == ("1, 2", "3")
    assert reply["cookies"] == ["sid=s-1; Secure"]


def test_a_powertools_response_s_own_content_type_header_counts() -> None:
    response: Any = PowertoolsResponse(200, body="a", headers={"Content-Type": "text/csv"})

    assert seen(answer(returning(response))) == (200, "text/csv", "a")


def test_starlette_responses_are_answers() -> None:
    response = starlette.responses.JSONResponse({"id": 7}, 201, headers={"x-a": "1"})
    response.set_cookie("a", "1")
    response.set_cookie("b", "2")

    reply = answer(returning(response))

    assert seen(reply) == (201, JSON, '{"id":7}')
    assert reply["headers"] == {"x-a": "1", "content-type": JSON}
    assert [cookie.partition(";")[0] for cookie in reply["cookies"]] == ["a=1", "b=2"]


def test_a_streamed_starlette_response_is_collected(run: Run) -> None:
    def pieces() -> Iterator[str]:
        yield "a"
        yield "b"

    response = starlette.responses.StreamingResponse(pieces(), media_type="text/csv")

    assert seen(run(returning(response), request())) == (200, "text/csv; charset=utf-8", "ab")


# ---- streams


async def aiter_of(*items: object) -> AsyncIterator[object]:
    for item in items:
        yield item


EVENTS = [ServerSentEvent("a\nb", event="tick", id="1"), ServerSentEvent({"n": 1})]
WRITTEN = 'event: tick\nid: 1\ndata: a\ndata: b\n\ndata: {"n":1}\n\n'


@pytest.mark.parametrize("wrap", [iter, lambda items: aiter_of(*items)], ids=["plain", "async"])
@pytest.mark.parametrize(
    ("items", "content_type", "body"),
    [
        (["a", "b"], TEXT, "ab"),
        ([], TEXT, ""),
        ([{"a": 1}, [2], None], "application/x-ndjson", '{"a":1}\n[2]\nnull\n'),
        ([{"a": "b\nc"}, "d\n"], "application/x-ndjson", '{"a":"b\\nc"}\n"d\\n"\n'),
        (EVENTS, "text/event-stream", WRITTEN),
    ],
    ids=["text", "nothing", "JSON lines", "text among JSON lines", "events"],
)
def test_what_a_handler_yields_is_collected(
    items: list[object], content_type: str, body: str, wrap: Any, run: Run
) -> None:
    assert seen(run(returning(wrap(items)), request())) == (200, content_type, body)


def test_octets_are_collected_too() -> None:
    reply = answer(returning(iter([b"\xff", memoryview(b"\x00")])))

    assert (reply["headers"]["content-type"], reply["body"]) == ("application/octet-stream", "/wA=")


def test_values_become_events_where_the_route_says_so() -> None:
    app = returning(iter(["a", {"n": 1}]), media_type="text/event-stream")

    assert seen(answer(app)) == (200, "text/event-stream", 'data: a\n\ndata: {"n":1}\n\n')


def test_a_stream_that_is_collected_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    app = App()

    @app.get("/")
    def export() -> Iterator[str]:
        yield "a"

    answer(app)
    answer(app)

    (told,) = caplog.messages
    assert told.startswith("export yields its answer, and function_url does not stream here: it is collected first")


def test_a_stream_that_grows_past_the_limit_is_closed_and_a_500(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(FUNCTION_URL, "max_response", 2000)
    closed: list[bool] = []

    def endless() -> Iterator[str]:
        try:
            while True:
                yield "0123456789"
        finally:
            closed.append(True)

    reply = answer(returning(endless()))

    assert (reply["statusCode"], closed) == (500, [True])
    assert "ResponseTooLargeError" in caplog.text


def test_a_stream_that_breaks_is_a_500(run: Run) -> None:
    def broken() -> Iterator[str]:
        yield "a"
        raise ValueError

    assert run(returning(broken()), request())["statusCode"] == 500


def test_an_endless_stream_is_refused_at_once_and_closed(caplog: pytest.LogCaptureFixture) -> None:
    events = aiter_of(*EVENTS)

    reply = answer(returning(EventStream(events)))

    assert reply["statusCode"] == 500
    assert "write EventStream(..., buffer=True) if it ends soon" in caplog.text
    gc.collect()  # a generator that was left open would be told of now


def test_an_event_stream_that_ends_soon_is_collected(run: Run) -> None:
    log: list[str] = []
    tasks = BackgroundTasks()
    tasks.add_task(log.append, "work")
    stream = EventStream(EVENTS, status_code=202, headers={"x-a": "1"}, buffer=True, background=tasks)

    reply = run(returning(stream), request())

    assert seen(reply) == (202, "text/event-stream", WRITTEN)
    assert (reply["headers"]["x-a"], log) == ("1", ["work"])


# ---- files


def test_a_file_is_answered_with_the_type_of_its_name(tmp_path: Path, run: Run) -> None:
    path = tmp_path / "list.csv"
    path.write_text("a,b\n")

    assert seen(run(returning(FileResponse(path)), request())) == (200, "text/csv; charset=utf-8", "a,b\n")


def test_a_file_may_be_offered_for_download(tmp_path: Path) -> None:
    path = tmp_path / "data"
    path.write_bytes(b"ok")
    response = FileResponse(
        str(path), status_code=201, headers={"x-a": "1"}, media_type="text/plain", filename='a"ü\r\n.txt'
    )

    reply = answer(returning(response))

    assert seen(reply) == (201, "text/plain", "ok")
    assert reply["headers"]["content-disposition"] == "attachment; filename*=UTF-8''a%22%C3%BC%0D%0A.txt"


def test_headers_of_a_file_s_own_stand(tmp_path: Path) -> None:
    path = tmp_path / "data.bin"
    path.write_bytes(b"ok")
    headers = {"Content-Type": "text/x", "Content-Disposition": "inline"}

    reply = answer(returning(FileResponse(path, headers=headers, filename="b")))

    assert reply["headers"]["content-type"] == "text/x"
    assert reply["headers"]["content-disposition"] == "inline"


def test_a_file_of_no_known_type_is_octets(tmp_path: Path) -> None:
    path = tmp_path / "data"
    path.write_bytes(b"\xff")

    assert answer(returning(FileResponse(path)))["headers"]["content-type"] == "application/octet-stream"


def test_a_file_that_is_not_there_is_a_500_without_its_path(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    reply = answer(returning(FileResponse(tmp_path / "none")))

    assert seen(reply) == (500, JSON, '{"detail":"Internal Server Error","code":"internal_error"}')
    assert "the file of an answer cannot be read: FileNotFoundError" in caplog.text


def test_a_file_of_starlette_s_is_a_file(tmp_path: Path, run: Run) -> None:
    path = tmp_path / "list.csv"
    path.write_text("a,b\n")
    response = starlette.responses.FileResponse(path, 203, headers={"x-a": "1"}, filename="b.csv")
    response.set_cookie("a", "1")

    reply = run(returning(response), request())

    assert seen(reply) == (203, "text/csv; charset=utf-8", "a,b\n")
    assert reply["headers"]["content-disposition"] == 'attachment; filename="b.csv"'
    assert reply["headers"]["x-a"] == "1"
    assert [cookie.partition(";")[0] for cookie in reply["cookies"]] == ["a=1"]


def test_a_file_of_starlette_s_is_answered_in_parts(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("a,b\n")

    result = TestClient(returning(starlette.responses.FileResponse(path))).get("/", headers={"range": "bytes=2-"})

    assert (result.status_code, result.text) == (206, "b\n")
    assert result.headers.pairs.count(("accept-ranges", "bytes")) == 1


@pytest.mark.parametrize("is_file", [False, True])
def test_the_background_work_of_a_starlette_response_is_done(tmp_path: Path, is_file: bool, run: Run) -> None:
    path, done = tmp_path / "a", list[str]()
    path.write_text("x")
    work = starlette.background.BackgroundTask(done.append, "work")
    response = (
        starlette.responses.FileResponse(path, background=work)
        if is_file
        else starlette.responses.PlainTextResponse("x", background=work)
    )

    reply = run(returning(response), request())

    assert (reply["statusCode"], done) == (200, ["work"])


def test_the_work_of_a_response_does_not_take_the_place_of_the_handler_s() -> None:
    app, done = App(), list[str]()

    @app.get("/")
    def home(tasks: BackgroundTasks) -> Response:
        tasks.add_task(done.append, "handler's")
        others = BackgroundTasks()
        others.add_task(done.append, "response's")
        return Response("x", background=others)

    @app.get("/same")
    def same(tasks: BackgroundTasks) -> Response:
        tasks.add_task(done.append, "once")
        return Response("x", background=tasks)

    client = TestClient(app)
    client.get("/")
    client.get("/same")

    assert done == ["handler's", "response's", "once"]


# ---- redirects


@pytest.mark.parametrize(
    ("url", "location"),
    [
        ("/orders/7?q=1#top", "/orders/7?q=1#top"),
        ("https://example.com:8443/ä b", "https://example.com:8443/%C3%A4%20b"),
        ("/a%20b", "/a%20b"),
        ("/\r\nset-cookie: a=1", "/%0D%0Aset-cookie:%20a=1"),
        ('/\0\x7f\\"<>', "/%00%7F%5C%22%3C%3E"),
        (Path("/orders"), "/orders"),
    ],
)
def test_a_redirect_says_where_as_starlette_says_it(url: object, location: str, run: Run) -> None:
    peer = starlette.responses.RedirectResponse(str(url))

    reply = run(returning(RedirectResponse(url)), request())

    assert (reply["statusCode"], reply["headers"], reply["body"]) == (307, {"location": location}, "")
    assert location == peer.headers["location"]


def test_a_redirect_has_one_location_and_other_headers_of_its_own() -> None:
    tasks, done = BackgroundTasks(), list[str]()
    tasks.add_task(done.append, "work")
    response = RedirectResponse("/a", 303, headers={"Location": "/b", "cache-control": "no-store"}, background=tasks)
    response.set_cookie("a", "1")

    reply = answer(returning(response))

    assert reply["statusCode"] == 303
    assert reply["headers"] == {"cache-control": "no-store", "location": "/a"}
    assert len(reply["cookies"]) == 1
    assert done == ["work"]


@pytest.mark.parametrize("status_code", [200, 300, 304, 306, 399])
def test_a_redirect_that_sends_nobody_anywhere_is_refused(status_code: int) -> None:
    with pytest.raises(ValueError, match="a redirect has status 301, 302, 303, 307 or 308"):
        RedirectResponse("/", status_code)


def test_a_redirect_to_half_a_character_is_refused() -> None:
    with pytest.raises(ReplyError, match="the URL of a redirect holds half of a surrogate pair"):
        RedirectResponse("/a\udc80")


# ---- paths and methods


def shop() -> App:
    app = App()

    @app.get("/orders")
    def orders() -> dict[str, str]:
        return {"at": "orders"}

    @app.post("/orders")
    def create() -> dict[str, str]:
        return {"at": "create"}

    @app.delete("/orders/{order_id}")
    def delete(order_id: int) -> None: ...

    return app


def test_a_path_of_no_route_is_a_404() -> None:
    assert seen(answer(shop(), request("/nope"))) == (404, JSON, '{"detail":"Not Found","code":"not_found"}')


@pytest.mark.parametrize(
    ("path", "method", "allow"),
    [("/orders", "PUT", "GET, HEAD, OPTIONS, POST"), ("/orders/7", "GET", "DELETE, OPTIONS")],
)
def test_another_method_is_a_405_that_says_which_there_are(path: str, method: str, allow: str) -> None:
    reply = answer(shop(), request(path, method))

    assert seen(reply) == (405, JSON, '{"detail":"Method Not Allowed","code":"method_not_allowed"}')
    assert reply["headers"]["allow"] == allow


def test_options_says_what_a_path_answers_to() -> None:
    reply = answer(shop(), request("/orders", "OPTIONS"))

    assert seen(reply) == (204, None, "")
    assert reply["headers"] == {"allow": "GET, HEAD, OPTIONS, POST"}


def test_an_options_route_of_your_own_answers_itself() -> None:
    app = shop()

    @app.options("/orders")
    def describe() -> str:
        return "mine"

    assert seen(answer(app, request("/orders", "OPTIONS")))[2] == "mine"


def test_head_is_get_without_the_body() -> None:
    reply = answer(shop(), request("/orders", "HEAD"))

    assert seen(reply) == (200, JSON, "")


def test_a_load_balancer_s_health_check_needs_no_route() -> None:
    event = sample("alb")
    event["headers"] = {"user-agent": "ELB-HealthChecker/2.0"}
    event["httpMethod"], event["path"] = "GET", "/health"

    assert answer(App(), event)["statusCode"] == 200


@pytest.mark.parametrize("name", ["alb", "apigw_rest", "apigw_http", "function_url", "vpc_lattice_v2"])
def test_an_event_of_a_request_finds_its_route_whatever_brings_it(name: str) -> None:
    app = App()

    @app.route("/{rest:path}", methods=["GET", "POST", "PUT", "DELETE"])
    def any_of_them(rest: str) -> Response:
        return Response({"here": True}, 299)

    assert answer(app, sample(name))["statusCode"] == 299


# ---- errors


@pytest.mark.parametrize(
    ("error", "status", "body"),
    [
        (HTTPException(404, "no such order"), 404, '{"detail":"no such order"}'),
        (HTTPException(409), 409, '{"detail":"Conflict"}'),
        (HTTPException(418, {"tea": ["pot"]}), 418, '{"detail":{"tea":["pot"]}}'),
        (HTTPException(599), 599, '{"detail":"status 599"}'),
        (NotFoundError("no such order"), 404, '{"detail":"no such order"}'),
        (starlette.exceptions.HTTPException(403, "not yours"), 403, '{"detail":"not yours"}'),
        (
            IdempotencyAlreadyInProgressError("key"),
            409,
            '{"detail":"A request with this Idempotency-Key is in progress","code":"in_progress"}',
        ),
        (ValueError("secret"), 500, '{"detail":"Internal Server Error","code":"internal_error"}'),
    ],
    ids=repr,
)
def test_an_error_says_its_status_or_nothing(error: Exception, status: int, body: str, run: Run) -> None:
    app = App()

    @app.get("/")
    def home() -> None:
        raise error

    assert seen(run(app, request())) == (status, JSON, body)


def test_an_error_s_headers_are_sent() -> None:
    app = App()

    @app.get("/")
    async def home() -> None:
        raise HTTPException(401, headers={"WWW-Authenticate": "Bearer"})

    assert answer(app)["headers"]["www-authenticate"] == "Bearer"


def test_headers_of_a_starlette_exception_are_sent() -> None:
    app = App()

    @app.get("/")
    def home() -> None:
        raise starlette.exceptions.HTTPException(401, headers={"WWW-Authenticate": "Bearer"})

    assert answer(app)["headers"]["www-authenticate"] == "Bearer"


def test_an_async_handler_s_value_is_answered_in_the_same_way(run: Run) -> None:
    app = App()

    @app.get("/")
    async def home() -> dict[str, int]:
        return {"id": 7}

    assert seen(run(app, request())) == (200, JSON, '{"id":7}')


def test_a_request_that_is_cancelled_from_inside_is_a_500(run: Run) -> None:
    import asyncio

    app = App()

    @app.get("/")
    def home() -> None:
        raise asyncio.CancelledError

    assert run(app, request())["statusCode"] == 500


def test_what_ends_the_process_is_no_answer(run: Run) -> None:
    app = App()

    @app.get("/")
    def home() -> None:
        raise SystemExit(3)

    with pytest.raises(SystemExit):
        run(app, request())


# ---- as values


def test_answers_show_no_contents() -> None:
    shown = [
        repr(BufferedResponse("secret")),
        repr(BufferedResponse("secret", Prelude(201))),
        repr(StreamingResponse(aiter_of())),  # type: ignore[arg-type]
        repr(StreamingResponse(aiter_of(), Prelude(201))),  # type: ignore[arg-type]
        repr(Response("secret", 201)),
        repr(Prelude(201, [("x-a", "1")], ["sid=secret"])),
    ]

    assert shown == [
        "<BufferedResponse value>",
        "<BufferedResponse 201>",
        "<StreamingResponse raw>",
        "<StreamingResponse 201>",
        "<Response 201>",
        "Prelude(201, [('x-a', '1')], 1 cookies)",
    ]


def test_preludes_are_equal_by_what_they_say() -> None:
    assert Prelude(201, [("x-a", "1")]) == Prelude(201, [("x-a", "1")])
    assert Prelude(201) != Prelude(200)
    assert Prelude(201) != 201


def test_an_answer_that_was_not_dispatched_has_a_plain_form() -> None:
    response = BufferedResponse("x", Prelude(201, [("x-a", "1")]))

    assert json.loads(response.payload) == {"statusCode": 201, "headers": {"x-a": "1"}, "body": "x"}
