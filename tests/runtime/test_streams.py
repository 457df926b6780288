"""Answers that leave the process piece by piece: what is sent, when, and how each of them ends."""

from __future__ import annotations

import json
import threading
import time
from base64 import b64decode
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Annotated, Any

import anyio
import pytest
from pydantic import JsonValue

from eventrouter import (
    App,
    BackgroundTasks,
    BufferedResponse,
    Depends,
    EventStream,
    FileResponse,
    HTTPException,
    Prelude,
    Response,
    ServerSentEvent,
    StreamingResponse,
    _streaming,
)
from tests.runtime.served import LIMIT, Api, Turn, serve, status, url_event

LOOPS = ["asyncio", "trio"]


def app_of(handler: Any, **options: Any) -> App:
    app = App(response_stream={"function_url"})
    app.get("/", **options)(handler)
    return app


async def letters() -> AsyncIterator[str]:
    for letter in "abc":
        yield letter


def raised(error: Exception) -> str:
    raise error


def in_ms(seconds: float) -> dict[str, str]:
    return {"Lambda-Runtime-Deadline-Ms": str(int((time.time() + seconds) * 1000))}


@pytest.mark.parametrize("driver", LOOPS)
def test_what_a_handler_yields_is_sent_piece_by_piece_after_its_prelude(driver: str) -> None:
    async def home() -> AsyncIterator[str]:
        for letter in "abc":
            yield letter

    said = serve(app_of(home, headers={"x-a": "1"}), Turn(url_event()), driver=driver).only

    assert json.loads(said.chunks[0]) == {
        "statusCode": 200,
        "headers": {"content-type": "text/plain; charset=utf-8", "x-a": "1"},
        "cookies": [],
    }
    assert said.chunks[1:] == [b"\0" * 8, b"a", b"b", b"c"]
    assert said.headers["content-type"] == "application/vnd.awslambda.http-integration-response"
    assert said.headers["lambda-runtime-function-response-mode"] == "streaming"
    assert said.headers["trailer"] == "Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body"
    assert said.trailers == {}


@pytest.mark.parametrize("driver", LOOPS)
def test_a_piece_arrives_while_the_handler_is_still_running(driver: str) -> None:
    has_arrived = threading.Event()

    async def home() -> AsyncIterator[str]:
        yield "first"
        await anyio.to_thread.run_sync(has_arrived.wait, LIMIT)
        yield "second" if has_arrived.is_set() else "nobody has read the first"

    def prepare(api: Api) -> None:
        api.on_chunk = lambda chunk: has_arrived.set() if chunk == b"first" else None

    said = serve(app_of(home), Turn(url_event()), driver=driver, prepare=prepare).only

    assert said.content == b"firstsecond"


@pytest.mark.parametrize("driver", LOOPS)
@pytest.mark.parametrize(
    ("items", "body", "media_type"),
    [
        (["ä", ""], "ä".encode(), "text/plain; charset=utf-8"),
        ([b"\0\1", bytearray(b"2"), memoryview(b"3")], b"\0\1" + b"23", "application/octet-stream"),
        ([{"a": 1}, [2]], b'{"a":1}\n[2]\n', "application/x-ndjson"),
        ([{"a": 1}, "b"], b'{"a":1}\n"b"\n', "application/x-ndjson"),
        (
            [ServerSentEvent("x", event="e", id="1"), "y"],
            b"event: e\nid: 1\ndata: x\n\ndata: y\n\n",
            "text/event-stream",
        ),
        ([], b"", "text/plain; charset=utf-8"),
        (["", ""], b"", "text/plain; charset=utf-8"),
    ],
    ids=["text", "bytes", "values", "text among values", "events", "nothing", "only empty ones"],
)
def test_items_of_every_kind_are_sent(driver: str, items: list[Any], body: bytes, media_type: str) -> None:
    def home() -> Iterator[Any]:
        yield from items

    said = serve(app_of(home), Turn(url_event()), driver=driver).only

    assert said.content == body
    assert said.prelude["headers"]["content-type"] == media_type
    assert b"" not in said.chunks


@pytest.mark.parametrize("driver", LOOPS)
def test_a_small_value_is_sent_as_a_stream_where_the_trigger_takes_nothing_else(driver: str) -> None:
    app = app_of(lambda: {"a": 1})

    served = serve(app, Turn(url_event()), Turn(url_event("/nowhere")), driver=driver)

    assert [(said.prelude["statusCode"], json.loads(said.content)) for said in served.said] == [
        (200, {"a": 1}),
        (404, {"detail": "Not Found", "code": "not_found"}),
    ]
    assert {said.headers["lambda-runtime-function-response-mode"] for said in served.said} == {"streaming"}


@pytest.mark.parametrize("driver", LOOPS)
def test_queues_are_answered_as_ever_in_the_same_function(driver: str) -> None:
    app = app_of(letters)

    @app.sqs()
    def on_message(text: str) -> None: ...

    record = {"messageId": "m", "body": "x", "eventSource": "aws:sqs", "eventSourceARN": "arn:aws:sqs:eu-west-1:1:q"}

    served = serve(app, Turn({"Records": [record]}), Turn(url_event()), driver=driver)

    assert served.said[0].body == b'{"batchItemFailures":[]}'
    assert served.said[0].headers["content-type"] == "application/json"
    assert served.said[1].content == b"abc"


def test_cookies_and_repeated_headers_are_in_the_prelude() -> None:
    def home() -> Response:
        response = Response(iter("x"), 201, headers=[("x-a", "1"), ("x-a", "2"), ("content-length", "99")])
        response.set_cookie("a", "1")
        response.set_cookie("b", "2")
        return response

    said = serve(app_of(home), Turn(url_event())).only

    assert said.prelude["statusCode"] == 201
    assert said.prelude["headers"]["x-a"] == "1, 2"
    assert "content-length" not in said.prelude["headers"]
    assert [cookie.partition(";")[0] for cookie in said.prelude["cookies"]] == ["a=1", "b=2"]


def rest_event(method: str = "GET") -> dict[str, Any]:
    return {
        "resource": "/",
        "path": "/",
        "httpMethod": method,
        "headers": None,
        "multiValueHeaders": None,
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "pathParameters": None,
        "requestContext": {
            "path": "/",
            "stage": "prod",
            "httpMethod": method,
            "identity": {},
            "apiId": "a",
            "requestId": "r",
        },
        "body": None,
        "isBase64Encoded": False,
    }


def test_a_rest_api_is_given_repeated_headers_as_lists() -> None:
    app = App(response_stream={"apigw_rest"})

    @app.get("/")
    def home() -> Response:
        return Response(iter("x"), headers=[("x-a", "1"), ("x-a", "2"), ("x-b", "3")])

    said = serve(app, Turn(rest_event())).only

    assert said.prelude["multiValueHeaders"] == {"x-a": ["1", "2"]}
    assert said.prelude["headers"] == {"x-b": "3", "content-type": "text/plain; charset=utf-8"}


@pytest.mark.parametrize("driver", LOOPS)
def test_a_rest_api_streams_method_by_method(driver: str) -> None:
    app = App()

    @app.get("/", response_stream=True)
    def home() -> Iterator[str]:
        yield "streamed"

    @app.post("/")
    def post() -> Iterator[str]:
        yield "buffered"

    served = serve(app, Turn(rest_event()), Turn(rest_event("POST")), driver=driver)

    assert served.said[0].content == b"streamed"
    assert served.said[1].value["body"] == "buffered"


@pytest.mark.parametrize(
    ("declared", "code", "arn", "streams"),
    [
        ("function_url", False, "", True),
        ("function_url:live", False, ":function:shop:live", True),
        ("function_url:live", False, ":function:shop:test", False),
        ("function_url:live", False, ":function:shop", False),
        ("function_url:live, function_url:test", False, ":function:shop:test", True),
        ("apigw_rest", True, "", False),
        ("", True, "", False),
        (None, True, "", True),
    ],
)
def test_the_environment_says_which_trigger_streams_and_wins_over_code(
    declared: str | None, code: bool, arn: str, streams: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if declared is not None:
        monkeypatch.setenv("EVENTROUTER_RESPONSE_STREAM", declared)
    app = App(response_stream={"function_url"} if code else ())
    app.get("/")(lambda: "home")

    said = serve(
        app, Turn(url_event(), {"Lambda-Runtime-Invoked-Function-Arn": f"arn:aws:lambda:eu-west-1:1{arn}"})
    ).only

    assert (said.headers.get("lambda-runtime-function-response-mode") == "streaming") is streams


def test_an_unknown_trigger_in_the_environment_keeps_the_process_from_starting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVENTROUTER_RESPONSE_STREAM", "sqs")
    app = App()

    with pytest.raises(TypeError, match="EVENTROUTER_RESPONSE_STREAM names 'sqs', which is none of function_url"):
        app._stream_settings()


def test_a_trigger_that_aws_never_streams_to_is_told_of(caplog: pytest.LogCaptureFixture) -> None:
    app = App(response_stream={"apigw_http"})
    app.get("/")(lambda: "home")
    event = url_event()
    event["requestContext"]["domainName"] = "abcdefg.execute-api.eu-central-1.amazonaws.com"

    said = serve(app, Turn(event)).only

    assert said.content == b"home"
    assert "apigw_http is named in response_stream, and AWS never streams there" in caplog.text


# ---- bodies that must not be


@pytest.mark.parametrize("driver", LOOPS)
@pytest.mark.parametrize(("code", "method"), [(204, "GET"), (304, "GET"), (205, "GET"), (200, "HEAD")])
def test_an_answer_without_a_body_is_ended_after_its_prelude_and_the_stream_closed_unread(
    driver: str, code: int, method: str
) -> None:
    closed: list[str] = []

    class Body:
        def __iter__(self) -> Iterator[str]:
            return self

        def __next__(self) -> str:
            closed.append("read")
            return "never sent"

        def close(self) -> None:
            closed.append("closed")

    app = app_of(lambda: Response(Body(), code))

    said = serve(app, Turn(url_event(method=method)), driver=driver).only

    assert said.prelude["statusCode"] == code
    assert said.content == b""
    assert closed[-1] == "closed"


@pytest.mark.parametrize("driver", LOOPS)
def test_an_empty_stream_is_given_a_line_break_where_the_app_asks_for_it(driver: str) -> None:
    app = App(response_stream={"function_url"}, empty_stream_filler=True)
    app.get("/empty")(lambda: iter(()))
    app.get("/nothing")(lambda: Response(None, 200))
    app.get("/none")(lambda: Response(None, 204))
    app.get("/some")(lambda: iter("x"))

    paths = ["/empty", "/nothing", "/none", "/some"]
    served = serve(app, *[Turn(url_event(path)) for path in paths], driver=driver)

    assert [said.content for said in served.said] == [b"\n", b"\n", b"", b"x"]


# ---- what goes wrong


@pytest.mark.parametrize("driver", LOOPS)
def test_an_error_before_the_first_item_is_an_ordinary_one(driver: str) -> None:
    async def home() -> AsyncIterator[str]:
        yield raised(HTTPException(418, "teapot"))

    def broken() -> Iterator[str]:
        yield raised(ValueError("early"))

    app = app_of(home)
    app.get("/broken")(broken)

    served = serve(app, Turn(url_event()), Turn(url_event("/broken")), driver=driver)

    assert [said.prelude["statusCode"] for said in served.said] == [418, 500]
    assert [said.trailers for said in served.said] == [{}, {}]


@pytest.mark.parametrize("driver", LOOPS)
def test_an_error_after_the_first_item_ends_the_stream_with_trailers(
    driver: str, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVENTROUTER_METRICS_NAMESPACE", "Shop")

    async def home() -> AsyncIterator[bytes]:
        yield b"first"
        raise ValueError("late")

    served = serve(app_of(home), Turn(url_event()), Turn(url_event()), driver=driver)

    for said in served.said:
        assert said.content == b"first"
        assert said.trailers["lambda-runtime-function-error-type"] == "Function.ValueError"
        assert (said.error["errorType"], said.error["errorMessage"]) == ("ValueError", "late")
    assert "failed after it had begun" in caplog.text
    assert json.loads(capsys.readouterr().out.splitlines()[0])["StreamFailed"] == 1


@pytest.mark.parametrize("driver", LOOPS)
def test_formats_with_a_place_for_it_tell_of_an_error_in_the_body(driver: str) -> None:
    async def lines() -> AsyncIterator[dict[str, int]]:
        yield {"a": 1}
        raise ValueError("secret")

    async def events() -> AsyncIterator[ServerSentEvent]:
        yield ServerSentEvent("x")
        raise ValueError("secret")

    app = app_of(lines)
    app.get("/events")(events)

    served = serve(app, Turn(url_event()), Turn(url_event("/events")), driver=driver)

    assert served.said[0].content == b'{"a":1}\n{"detail":"Internal Server Error","code":"internal_error"}\n'
    assert served.said[1].content == (
        b'data: x\n\nevent: error\ndata: {"detail":"Internal Server Error","code":"internal_error"}\n\n'
    )
    assert all(said.error["errorType"] == "ValueError" for said in served.said)


@pytest.mark.parametrize("driver", LOOPS)
def test_an_item_that_cannot_be_sent_ends_the_stream(driver: str) -> None:
    def home() -> Iterator[object]:
        yield {"a": 1}
        yield object()

    said = serve(app_of(home), Turn(url_event()), driver=driver).only

    assert said.error["errorType"] == "ReplyError"


@pytest.mark.parametrize("driver", LOOPS)
@pytest.mark.parametrize(("error", "exit_code"), [(SystemExit(5), 5), (KeyboardInterrupt(), 130)])
def test_what_means_to_end_the_process_does_so_once_the_stream_is_ended(
    driver: str, error: BaseException, exit_code: int
) -> None:
    async def home() -> AsyncIterator[str]:
        yield "first"
        raise error

    served = serve(app_of(home), Turn(url_event()), Turn(url_event()), driver=driver)

    assert served.only.error["errorType"] == type(error).__name__
    assert served.exit_code == exit_code


@pytest.mark.parametrize("driver", LOOPS)
def test_a_clean_up_that_fails_after_the_last_item_ends_the_stream_with_trailers(driver: str) -> None:
    async def home() -> AsyncIterator[str]:
        try:
            yield "all"
        finally:
            raise ValueError("in the clean-up")

    said = serve(app_of(home), Turn(url_event()), driver=driver).only

    assert said.content == b"all"
    assert said.error["errorMessage"] == "in the clean-up"


@pytest.mark.parametrize("driver", LOOPS)
def test_a_prelude_over_16_kb_is_a_500_that_says_so_in_the_log(driver: str, caplog: pytest.LogCaptureFixture) -> None:
    closed: list[str] = []

    async def home() -> AsyncIterator[str]:
        try:
            yield "x"
        finally:
            closed.append("closed")

    app = app_of(home, headers={"x-large": "x" * 20_000})
    app.get("/small", headers={"x-large": "x" * 20_000})(lambda: "x")

    served = serve(app, Turn(url_event()), Turn(url_event("/small")), driver=driver)

    assert [said.prelude["statusCode"] for said in served.said] == [500, 500]
    assert caplog.text.count("a streamed answer takes at most 16376") == 2
    assert closed == ["closed"]


@pytest.mark.parametrize("driver", LOOPS)
@pytest.mark.parametrize("value", ["a\r\nx: 1", "\0"])
def test_a_header_that_would_break_out_is_refused(driver: str, value: str) -> None:
    app = app_of(lambda: Response(iter("x"), headers={"x-a": value}))

    said = serve(app, Turn(url_event()), driver=driver).only

    assert said.prelude["statusCode"] == 500
    assert "x-a" not in said.prelude["headers"]


# ---- whoever reads it


def endless(ended: list[str]) -> Any:
    async def home() -> AsyncIterator[bytes]:
        try:
            while True:
                yield b"x" * 65536
        except BaseException as error:
            ended.append(type(error).__name__)
            raise

    return home


@pytest.mark.parametrize("driver", LOOPS)
@pytest.mark.parametrize("reads", [1, 200_000, 3_000_000])
def test_a_reader_who_leaves_ends_the_stream_and_nothing_else(
    driver: str, reads: int, caplog: pytest.LogCaptureFixture
) -> None:
    ended: list[str] = []

    served = serve(app_of(endless(ended)), Turn(url_event(), reads=reads), Turn(url_event("/next")), driver=driver)

    assert ended == ["GeneratorExit"]
    assert served.said[1].prelude["statusCode"] == 404
    assert "was broken off" in caplog.text


@pytest.mark.parametrize("driver", LOOPS)
@pytest.mark.parametrize("code", [400, 403, 410, 413])
def test_a_stream_that_is_refused_while_it_is_sent_is_ended(
    driver: str, code: int, caplog: pytest.LogCaptureFixture
) -> None:
    ended: list[str] = []
    turns = [Turn(url_event(), reply=status(code), refuses_early=True), Turn(url_event("/next"))]

    served = serve(app_of(endless(ended)), *turns, driver=driver)

    assert ended == ["GeneratorExit"]
    assert served.said[1].prelude["statusCode"] == 404
    assert f"was refused with {code}" in caplog.text


@pytest.mark.parametrize("driver", LOOPS)
def test_a_stream_that_is_accepted_before_its_end_is_sent_to_it(driver: str) -> None:
    async def home() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b"x" * 65536
            await anyio.sleep(0.001)

    served = serve(app_of(home), Turn(url_event(), accepts_early=True), Turn(url_event()), driver=driver)

    assert [len(said.content) for said in served.said] == [6_553_600, 6_553_600]


@pytest.mark.parametrize("driver", LOOPS)
def test_a_stream_that_is_refused_at_its_end_is_told_of(driver: str, caplog: pytest.LogCaptureFixture) -> None:
    served = serve(app_of(letters), Turn(url_event(), reply=status(410)), Turn(url_event()), driver=driver)

    assert [said.content for said in served.said] == [b"abc", b"abc"]
    assert "was refused with 410" in caplog.text


@pytest.mark.parametrize("driver", LOOPS)
def test_the_end_of_a_stream_that_is_not_acknowledged_is_told_of(driver: str, caplog: pytest.LogCaptureFixture) -> None:
    served = serve(app_of(letters), Turn(url_event(), reply=None), Turn(url_event()), driver=driver, patience=0.1)

    assert len(served.said) == 2
    assert "the server did not reply" in caplog.text


@pytest.mark.parametrize("driver", LOOPS)
def test_a_clean_up_that_fails_for_a_reader_who_left_is_told_in_the_log(
    driver: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def home() -> AsyncIterator[bytes]:
        try:
            while True:
                yield b"x" * 65536
        finally:
            raise ValueError("in the clean-up")

    served = serve(app_of(home), Turn(url_event(), reads=1), Turn(url_event("/next")), driver=driver)

    assert len(served.said) == 2
    assert "in the clean-up" in caplog.text


@pytest.mark.parametrize("driver", LOOPS)
def test_a_slow_reader_slows_the_handler_down(driver: str) -> None:
    made: list[int] = []
    may_read = threading.Event()

    async def home() -> AsyncIterator[bytes]:
        for number in range(400):
            made.append(number)
            yield b"x" * 65536

    seen: list[int] = []

    def on_chunk(chunk: bytes) -> None:
        if not seen and len(chunk) == 65536:
            # Whatever the system holds between the two is full by then.
            stalled, previous = 0, -1
            while stalled < 5:
                stalled = stalled + 1 if len(made) == previous else 0
                previous = len(made)
                may_read.wait(0.02)
            seen.append(len(made))

    said = serve(
        app_of(home), Turn(url_event()), driver=driver, prepare=lambda api: setattr(api, "on_chunk", on_chunk)
    ).only

    assert len(said.content) == 400 * 65536
    assert seen[0] < 400


@pytest.mark.parametrize("driver", LOOPS)
def test_a_stream_that_is_over_time_ends_with_trailers_and_its_generator_closed(driver: str) -> None:
    ended: list[str] = []

    async def home() -> AsyncIterator[str]:
        yield "first"
        try:
            await anyio.sleep(60)
        finally:
            ended.append("closed")

    served = serve(app_of(home), Turn(url_event(), in_ms(0.4)), Turn(url_event("/next")), driver=driver)

    assert served.said[0].content == b"first"
    assert served.said[0].error["errorType"] == "HandlerTimeoutError"
    assert ended == ["closed"]
    assert served.said[1].prelude["statusCode"] == 404


@pytest.mark.parametrize("driver", LOOPS)
def test_a_reader_who_never_reads_does_not_hold_the_stream_past_its_time(driver: str) -> None:
    ended: list[str] = []
    turn = Turn(url_event(), in_ms(0.6), reply=b"", refuses_early=True)

    served = serve(app_of(endless(ended)), turn, Turn(url_event("/next")), driver=driver)

    assert len(ended) == 1
    assert served.said[-1].prelude["statusCode"] == 404


@pytest.mark.parametrize("driver", LOOPS)
def test_one_item_of_100_mb_and_a_hundred_thousand_tiny_ones_arrive(driver: str) -> None:
    app = app_of(lambda: iter([b"x" * 100_000_000]))
    app.get("/tiny")(lambda: ("x" for _ in range(100_000)))

    served = serve(app, Turn(url_event()), Turn(url_event("/tiny")), driver=driver)

    assert [len(said.content) for said in served.said] == [100_000_000, 100_000]
    assert max(map(len, served.said[0].chunks)) == 1024 * 1024


@pytest.mark.parametrize("driver", LOOPS)
@pytest.mark.parametrize("is_streaming", [False, True])
def test_folders_and_parts_of_files_are_sent_by_every_driver(tmp_path: Path, driver: str, is_streaming: bool) -> None:
    (tmp_path / "a.txt").write_bytes(b"abc" * 50_000)
    app = App(response_stream={"function_url"} if is_streaming else ())
    app.static("/static", tmp_path)
    part = url_event("/static/a.txt")
    part["headers"]["range"] = "bytes=1-3,149999-"

    served = serve(app, Turn(url_event("/static/a.txt")), Turn(part), Turn(url_event("/static/../a")), driver=driver)

    if is_streaming:
        statuses = [said.prelude["statusCode"] for said in served.said]
        whole, parts = served.said[0].content, served.said[1].content
    else:
        statuses = [said.value["statusCode"] for said in served.said]
        whole, parts = served.said[0].value["body"].encode(), b64decode(served.said[1].value["body"])
    assert statuses == [200, 206, 404]
    assert whole == b"abc" * 50_000
    assert b"bytes 1-3/150000\r\n\r\nbca\r\n" in parts
    assert b"bytes 149999-149999/150000\r\n\r\nc\r\n" in parts


# ---- event streams


@pytest.mark.parametrize("driver", LOOPS)
def test_an_event_stream_opens_with_a_comment_where_its_first_event_takes_too_long(driver: str) -> None:
    app = App(response_stream={"function_url"}, first_item_timeout=0.05)

    @app.get("/events")
    async def events() -> EventStream:
        async def made() -> AsyncIterator[str]:
            await anyio.sleep(0.3)
            yield "late"

        return EventStream(made())

    @app.get("/text")
    async def text() -> AsyncIterator[str]:
        await anyio.sleep(0.3)
        yield "late"

    served = serve(app, Turn(url_event("/events")), Turn(url_event("/text")), driver=driver)

    assert [said.content for said in served.said] == [b": \n\ndata: late\n\n", b"late"]
    assert served.said[0].prelude["headers"]["content-type"] == "text/event-stream"


@pytest.mark.parametrize("driver", LOOPS)
def test_a_silent_event_stream_is_sent_comments(driver: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_streaming, "HEARTBEAT", 0.05)

    async def home() -> AsyncIterator[ServerSentEvent]:
        yield ServerSentEvent("a")
        await anyio.sleep(0.3)
        yield ServerSentEvent("b")

    said = serve(app_of(home), Turn(url_event()), driver=driver).only

    assert said.content.startswith(b"data: a\n\n: \n\n")
    assert said.content.endswith(b": \n\ndata: b\n\n")


@pytest.mark.parametrize("driver", LOOPS)
@pytest.mark.parametrize(("heartbeat", "has_beats"), [(0.05, True), (None, False)])
def test_a_stream_says_how_long_it_may_be_silent(driver: str, heartbeat: float | None, has_beats: bool) -> None:
    async def events() -> AsyncIterator[str]:
        yield "a"
        await anyio.sleep(0.3)
        yield "b"

    said = serve(app_of(lambda: EventStream(events(), heartbeat=heartbeat)), Turn(url_event()), driver=driver).only

    assert (b": \n\n" in said.content) is has_beats
    assert said.content.replace(b": \n\n", b"") == b"data: a\n\ndata: b\n\n"


@pytest.mark.parametrize("driver", LOOPS)
@pytest.mark.parametrize("heartbeat", [0.05, 15.0, None])
@pytest.mark.parametrize("items", [["a"], []])
def test_a_silent_stream_ends_after_its_longest_duration(
    driver: str, heartbeat: float | None, items: list[str]
) -> None:
    ended: list[str] = []

    async def events() -> AsyncIterator[str]:
        try:
            for item in items:
                yield item
            await anyio.sleep_forever()
        finally:
            ended.append("closed")

    app = app_of(lambda: EventStream(events(), heartbeat=heartbeat, max_duration=0.2))

    served = serve(app, Turn(url_event()), Turn(url_event("/next")), driver=driver)

    said = served.said[0]
    assert said.content.replace(b": \n\n", b"") == b"".join(f"data: {item}\n\n".encode() for item in items)
    assert said.trailers == {}
    assert ended == ["closed"]
    assert served.said[1].prelude["statusCode"] == 404


@pytest.mark.parametrize("driver", LOOPS)
def test_a_stream_with_a_longest_duration_ends_before_the_function_s_time_is_over(driver: str) -> None:
    async def events() -> AsyncIterator[str]:
        yield "a"
        await anyio.sleep_forever()

    app = app_of(lambda: EventStream(events(), max_duration=600))

    said = serve(app, Turn(url_event(), in_ms(1.5)), driver=driver).only

    assert (said.content, said.trailers) == (b"data: a\n\n", {})


@pytest.mark.parametrize("driver", LOOPS)
@pytest.mark.parametrize("reads", [1, None])
def test_an_event_stream_is_closed_however_it_ends(driver: str, reads: int | None) -> None:
    ended: list[str] = []

    async def home() -> AsyncIterator[ServerSentEvent]:
        try:
            for _ in range(3):
                yield ServerSentEvent("x" * 3_000_000)
            if reads is None:
                await anyio.sleep(60)
        finally:
            ended.append("closed")

    served = serve(app_of(home), Turn(url_event(), in_ms(1.0), reads=reads), Turn(url_event("/next")), driver=driver)

    assert ended == ["closed"]
    assert served.said[1].prelude["statusCode"] == 404


@pytest.mark.parametrize("driver", LOOPS)
def test_an_event_stream_of_a_plain_iterator_is_sent(driver: str) -> None:
    app = app_of(lambda: EventStream(iter(["a", {"b": 1}])))

    said = serve(app, Turn(url_event()), driver=driver).only

    assert said.content == b'data: a\n\ndata: {"b":1}\n\n'


@pytest.mark.parametrize("driver", LOOPS)
def test_an_event_stream_that_fails_before_its_first_event_is_an_ordinary_error(driver: str) -> None:
    async def home() -> AsyncIterator[ServerSentEvent]:
        yield ServerSentEvent(raised(HTTPException(403, "no")))

    served = serve(app_of(home), Turn(url_event()), driver=driver)

    assert served.only.prelude["statusCode"] == 403


@pytest.mark.parametrize("driver", LOOPS)
def test_an_empty_event_stream_has_its_content_type(driver: str) -> None:
    async def home() -> AsyncIterator[ServerSentEvent]:
        for text in list[str]():
            yield ServerSentEvent(text)

    said = serve(app_of(home), Turn(url_event()), driver=driver).only

    assert said.prelude["headers"]["content-type"] == "text/event-stream"
    assert said.content == b""


# ---- raw streams


@pytest.mark.parametrize("driver", LOOPS)
def test_a_direct_caller_who_reads_a_stream_is_sent_the_bytes_alone(driver: str) -> None:
    app = App()

    @app.direct(response_stream=True)
    async def on_event(event: JsonValue) -> AsyncIterator[str]:
        yield "a"
        yield "b"

    said = serve(app, Turn(1), driver=driver).only

    assert said.chunks == [b"a", b"b"]
    assert said.headers["content-type"] == "text/plain; charset=utf-8"
    assert said.headers["lambda-runtime-function-response-mode"] == "streaming"


@pytest.mark.parametrize("driver", LOOPS)
def test_what_a_direct_route_returns_in_one_piece_is_answered_so(driver: str) -> None:
    app = App(response_stream={"direct"})

    @app.direct()
    def on_event(event: JsonValue) -> dict[str, int]:
        return {"a": 1}

    said = serve(app, Turn(1), driver=driver).only

    assert said.value == {"a": 1}
    assert "lambda-runtime-function-response-mode" not in said.headers


@pytest.mark.parametrize("driver", LOOPS)
def test_a_raw_stream_that_fails_before_its_first_item_is_a_function_error(driver: str) -> None:
    app = App(response_stream={"direct"})

    @app.direct()
    async def on_event(event: JsonValue) -> AsyncIterator[str]:
        yield raised(ValueError("early"))

    said = serve(app, Turn(1), driver=driver).only

    assert said.kind == "error"
    assert said.value["errorMessage"] == "early"


@pytest.mark.parametrize("driver", LOOPS)
def test_a_direct_route_may_spell_its_stream_out(driver: str) -> None:
    app = App(response_stream={"direct"})

    async def pieces() -> AsyncIterator[bytes]:
        yield b"a"

    @app.direct(where={"how": ["stream"]})
    def on_stream(event: JsonValue) -> StreamingResponse:
        return StreamingResponse(pieces())

    @app.direct(where={"how": ["events"]})
    def on_events(event: JsonValue) -> EventStream:
        return EventStream(pieces())

    served = serve(app, Turn({"how": "stream"}), Turn({"how": "events"}), driver=driver)

    assert [said.body for said in served.said] == [b"a", b'data: "a"\n\n']


# ---- what stands around it


@pytest.mark.parametrize("driver", LOOPS)
def test_dependencies_hooks_and_background_work_end_after_the_stream(driver: str) -> None:
    order: list[str] = []

    def session() -> Iterator[str]:
        yield "session"
        order.append("session closed")

    async def shared() -> AsyncIterator[str]:
        yield "shared"
        order.append("shared closed")

    app = App(response_stream={"function_url"})

    @app.get("/")
    async def home(
        tasks: BackgroundTasks,
        a: Annotated[str, Depends(session)],
        b: Annotated[str, Depends(shared, scope="invocation")],
    ) -> AsyncIterator[str]:
        tasks.add_task(order.append, "background")
        yield f"{a} {b}"
        order.append("last item")

    @app.after_invocation
    async def hook() -> None:
        order.append("hook")

    said = serve(app, Turn(url_event()), driver=driver).only

    assert said.content == b"session shared"
    assert order == ["last item", "session closed", "shared closed", "background", "hook"]


@pytest.mark.parametrize("driver", LOOPS)
def test_a_commit_that_fails_after_the_last_item_ends_the_stream_with_trailers(driver: str) -> None:
    def session() -> Iterator[str]:
        yield "session"
        raise ValueError("commit failed")

    def shared() -> Iterator[str]:
        yield "shared"
        raise ValueError("shared commit failed")

    app = App(response_stream={"function_url"})

    @app.get("/")
    def home(a: Annotated[str, Depends(session)]) -> Response:
        return Response(iter("x"))

    @app.get("/shared")
    def with_shared(a: Annotated[str, Depends(shared, scope="invocation")]) -> Iterator[str]:
        yield a

    served = serve(app, Turn(url_event()), Turn(url_event("/shared")), driver=driver)

    assert [said.error["errorMessage"] for said in served.said] == ["commit failed", "shared commit failed"]


@pytest.mark.parametrize("driver", LOOPS)
def test_a_file_is_sent_in_pieces(driver: str, tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_bytes(b"x" * 200_000)
    app = app_of(lambda: FileResponse(path, filename="ä.csv"))
    app.get("/missing")(lambda: FileResponse(tmp_path / "missing"))

    served = serve(app, Turn(url_event()), Turn(url_event("/missing")), driver=driver)

    assert [len(chunk) for chunk in served.said[0].chunks[2:]] == [65536, 65536, 65536, 3392]
    assert served.said[0].prelude["headers"]["content-disposition"] == "attachment; filename*=UTF-8''%C3%A4.csv"
    assert served.said[1].prelude["statusCode"] == 500


@pytest.mark.parametrize("driver", LOOPS)
def test_a_layer_may_change_a_stream_and_make_one(driver: str) -> None:
    app = app_of(letters)
    closed: list[str] = []

    @app.get("/own")
    def own() -> str:
        return "not sent"

    async def upper(body: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        async for chunk in body:
            yield chunk.upper()

    async def made() -> AsyncIterator[bytes]:
        try:
            yield b"made"
        finally:
            closed.append("closed")

    @app.middleware
    async def layer(invocation: Any, call_next: Any) -> Any:
        response = await call_next(invocation)
        if isinstance(response, StreamingResponse):
            response.body = upper(response.body)
            return response
        return StreamingResponse(made(), Prelude(202))

    served = serve(app, Turn(url_event()), Turn(url_event("/own")), driver=driver)

    assert [(said.prelude["statusCode"], said.content) for said in served.said] == [(200, b"ABC"), (202, b"made")]
    assert closed == ["closed"]


@pytest.mark.parametrize("driver", LOOPS)
def test_a_layers_stream_without_a_prelude_is_refused(driver: str, caplog: pytest.LogCaptureFixture) -> None:
    app = app_of(letters)

    @app.middleware
    async def layer(invocation: Any, call_next: Any) -> Any:
        await call_next(invocation)
        return StreamingResponse(letters().__aiter__())  # type: ignore[arg-type]

    said = serve(app, Turn(url_event()), driver=driver).only

    assert said.prelude["statusCode"] == 500
    assert "answered a request without a Prelude" in caplog.text


@pytest.mark.parametrize("driver", LOOPS)
@pytest.mark.parametrize(
    ("made", "words"),
    [
        (BufferedResponse("x"), "answered a request without a Prelude"),
        (BufferedResponse(1, Prelude(200)), "str, bytes or None, not a int"),
        (BufferedResponse("\ud800", Prelude(200)), "half of a surrogate pair"),
        (BufferedResponse("x", Prelude(99)), "99' is no HTTP status"),
    ],
    ids=["no prelude", "no body", "no UTF-8", "no status"],
)
def test_a_layers_answer_that_cannot_be_sent_is_a_500(
    driver: str, made: BufferedResponse, words: str, caplog: pytest.LogCaptureFixture
) -> None:
    app = app_of(letters)

    @app.middleware
    async def layer(invocation: Any, call_next: Any) -> Any:
        return made

    said = serve(app, Turn(url_event()), driver=driver).only

    assert said.prelude["statusCode"] == 500
    assert words in caplog.text


def test_a_layers_answer_may_be_bytes() -> None:
    app = app_of(letters)

    @app.middleware
    async def layer(invocation: Any, call_next: Any) -> Any:
        return BufferedResponse(b"\0", Prelude(200))

    assert serve(app, Turn(url_event())).only.content == b"\0"


@pytest.mark.parametrize("driver", LOOPS)
@pytest.mark.parametrize("wraps", ["file", "pair", "events", "stream"])
def test_what_a_stream_reads_from_stays_open_until_its_end(driver: str, wraps: str, tmp_path: Path) -> None:
    app = App(response_stream={"function_url"})
    path = tmp_path / "data"

    def data() -> Iterator[Path]:
        path.write_bytes(b"data")
        yield path
        path.unlink()

    @app.get("/")
    def home(file: Annotated[Path, Depends(data)]):  # type: ignore[no-untyped-def]  # pairs are for those without
        def lines() -> Iterator[bytes]:
            yield file.read_bytes()

        async def pieces() -> AsyncIterator[bytes]:
            yield file.read_bytes()

        if wraps == "file":
            return FileResponse(file)
        if wraps == "pair":
            return lines(), 201
        return EventStream(lines()) if wraps == "events" else StreamingResponse(pieces(), Prelude(200))

    said = serve(app, Turn(url_event()), driver=driver).only

    assert b"data" in said.content or b'"ZGF0YQ' in said.content
    assert not path.exists()


def test_a_file_that_cannot_be_read_is_a_500(caplog: pytest.LogCaptureFixture) -> None:
    app = app_of(lambda: FileResponse("/proc/self/mem", media_type="text/plain"))

    assert serve(app, Turn(url_event())).only.prelude["statusCode"] == 500
    assert "the file of an answer cannot be read" in caplog.text


@pytest.mark.parametrize("driver", LOOPS)
def test_an_event_streams_clean_up_that_fails_for_a_reader_who_left_is_told(
    driver: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def home() -> AsyncIterator[ServerSentEvent]:
        try:
            while True:
                yield ServerSentEvent("x" * 100_000)
        finally:
            raise ValueError("in the clean-up")

    served = serve(app_of(home), Turn(url_event(), reads=1), Turn(url_event("/next")), driver=driver)

    assert len(served.said) == 2
    assert "in the clean-up" in caplog.text


@pytest.mark.parametrize("backend", LOOPS)
def test_an_event_stream_that_nobody_closes_ends_with_its_event_loop(backend: str) -> None:
    ended: list[str] = []

    async def home() -> AsyncIterator[ServerSentEvent]:
        try:
            while True:
                yield ServerSentEvent("x")
        finally:
            ended.append("closed")

    async def ask() -> None:
        response = await app_of(home).dispatch(url_event())
        assert isinstance(response, StreamingResponse)
        assert await anext(response.body) == b"data: x\n\n"

    anyio.run(ask, backend=backend)

    assert ended == ["closed"]


def test_dispatch_does_what_is_left_once_the_stream_has_ended() -> None:
    order: list[str] = []
    app = App(response_stream={"function_url"})

    @app.get("/")
    async def home(tasks: BackgroundTasks) -> AsyncIterator[str]:
        tasks.add_task(order.append, "background")
        yield "a"
        order.append("end")

    @app.after_invocation
    def hook() -> None:
        order.append("hook")

    async def ask() -> bytes:
        response = await app.dispatch(url_event())
        assert isinstance(response, StreamingResponse)
        order.append("dispatched")
        return b"".join([chunk async for chunk in response.body])

    assert anyio.run(ask) == b"a"
    assert order == ["dispatched", "end", "background", "hook"]


@pytest.mark.parametrize("timeout", [0, -1, "1", True])
def test_a_first_item_timeout_is_a_number_of_seconds(timeout: Any) -> None:
    with pytest.raises(TypeError, match="first_item_timeout= is a number of seconds above 0"):
        App(first_item_timeout=timeout)


def test_a_layers_stream_of_bytes_is_no_answer_to_a_direct_call_that_is_not_streamed() -> None:
    app = App()

    @app.direct()
    def on_event(event: JsonValue) -> None: ...

    async def pieces() -> AsyncIterator[bytes]:
        yield b"\xff"

    @app.middleware
    async def layer(invocation: Any, call_next: Any) -> Any:
        await call_next(invocation)
        return StreamingResponse(pieces())

    said = serve(app, Turn(1)).only

    assert said.value["errorType"] == "ReplyError"


@pytest.mark.parametrize("driver", LOOPS)
def test_a_large_item_that_is_refused_while_it_is_sent_ends_the_stream(
    driver: str, caplog: pytest.LogCaptureFixture
) -> None:
    app = app_of(lambda: iter([b"x" * 30_000_000]))
    turns = [Turn(url_event(), reply=status(413), refuses_early=True), Turn(url_event("/next"))]

    served = serve(app, *turns, driver=driver)

    assert served.said[1].prelude["statusCode"] == 404
    assert "was refused with 413" in caplog.text


def test_a_layers_stream_is_sent_in_one_piece_where_the_trigger_does_not_stream() -> None:
    app = App()
    app.get("/")(lambda: "not sent")

    @app.middleware
    async def layer(invocation: Any, call_next: Any) -> Any:
        await call_next(invocation)
        return StreamingResponse((letter.encode() async for letter in letters()), Prelude(202))

    said = serve(app, Turn(url_event())).only

    assert (said.value["statusCode"], said.value["body"]) == (202, "abc")


def test_what_an_answer_that_is_refused_would_have_read_from_is_closed() -> None:
    closed: list[str] = []
    app = App()

    def session() -> Iterator[str]:
        try:
            yield "session"
        finally:
            closed.append("closed")

    @app.get("/")
    def home(name: Annotated[str, Depends(session)]) -> EventStream:
        return EventStream(letters())

    said = serve(app, Turn(url_event())).only

    assert said.value["statusCode"] == 500
    assert closed == ["closed"]
