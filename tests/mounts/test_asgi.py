"""ASGI apps under a prefix: what they are told, and what becomes of what they send."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import anyio
import anyio.lowlevel
import pytest

from eventrouter import App, AsgiError, RegistrationError, current_invocation
from eventrouter._pump import spawn
from eventrouter.errors import NoRouteError, ReplyError
from eventrouter.testing import AsyncTestClient, TestClient, events
from tests.runtime.served import LIMIT, Api, Turn, serve, url_event

TRIGGERS = ["function_url", "apigw_http", "apigw_rest", "alb", "vpc_lattice_v1", "vpc_lattice_v2"]
LOOPS = ["asyncio", "trio"]
Messages = list[dict[str, Any]]
Asgi = Callable[[Any, Any, Any], Awaitable[None]]


def start(status: int = 200, *headers: tuple[bytes, bytes]) -> dict[str, Any]:
    return {"type": "http.response.start", "status": status, "headers": headers or [(b"content-type", b"text/plain")]}


def body(chunk: bytes = b"", *, more: bool = False) -> dict[str, Any]:
    return {"type": "http.response.body", "body": chunk, "more_body": more}


def says(*messages: dict[str, Any]) -> Asgi:
    """An app that answers with these messages, and knows no lifespan."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        assert scope["type"] == "http"
        for message in messages:
            await send(message)

    return app


def mounted(asgi: Asgi, prefix: str = "", **options: Any) -> App:
    app = App(**options)
    app.mount(prefix, asgi)
    return app


class Told:
    """An app that keeps what it is told, and answers 204."""

    def __init__(self) -> None:
        self.scopes: Messages = []
        self.received: Messages = []

    async def receive_nothing(self, scope: Any) -> None: ...

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            raise ValueError(scope["type"])
        self.scopes.append(scope)
        self.received.append(await receive())
        await send(start(204))
        await send(body())
        self.received.append(await receive())


# ------------------------------------------------------------------------------------------------------- what it is told


def test_a_request_is_told_whole() -> None:
    told = Told()
    client = TestClient(mounted(told, "/admin"))

    client.post(
        "/admin/a%20b/c", params=[("x", "1"), ("x", "ä")], headers={"X-One": "1"}, cookies={"sid": "s"}, json={"a": 1}
    )

    (scope,) = told.scopes
    event = scope.pop("aws.event")
    context = scope.pop("aws.context")
    headers = dict(scope.pop("headers"))
    assert event["rawPath"] == "/admin/a%20b/c"
    assert context.get_remaining_time_in_millis() > 0
    assert scope == {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "https",
        "path": "/admin/a b/c",
        "raw_path": b"/admin/a%20b/c",
        "query_string": b"x=1&x=%C3%A4",
        "root_path": "/admin",
        "server": (event["requestContext"]["domainName"], 443),
        "client": ("203.0.113.7", 0),
        "extensions": {"aws.event": event, "aws.context": context},
    }
    assert headers[b"x-one"] == b"1"
    assert headers[b"cookie"] == b"sid=s"
    assert headers[b"content-length"] == b"7"
    assert told.received[0] == {"type": "http.request", "body": b'{"a":1}', "more_body": False}


@pytest.mark.parametrize("as_", TRIGGERS)
def test_the_request_is_the_same_through_every_trigger(as_: Any) -> None:
    told = Told()
    client = TestClient(mounted(told, "/api"))

    result = client.put("/api/items/7", params={"q": "a b"}, headers={"x-one": "1"}, content=b"\x00\xff", as_=as_)

    (scope,) = told.scopes
    stage = "/prod" if as_ == "apigw_rest" else ""
    assert (scope["method"], scope["path"], scope["root_path"]) == ("PUT", f"{stage}/api/items/7", f"{stage}/api")
    assert scope["raw_path"] == f"{stage}/api/items/7".encode()
    assert scope["query_string"].replace(b"%20", b"+") == b"q=a+b"
    assert (b"x-one", b"1") in scope["headers"]
    assert told.received == [
        {"type": "http.request", "body": b"\x00\xff", "more_body": False},
        {"type": "http.disconnect"},
    ]
    assert result.status_code == 204


@pytest.mark.parametrize(("as_", "encoded"), [("apigw_rest", True), ("apigw_http", False)])
def test_the_name_of_a_stage_is_part_of_the_root_path(as_: Any, encoded: bool) -> None:
    told = Told()
    client = TestClient(mounted(told, "/api"))

    client.get("/api/items/a%20b", stage="prod", as_=as_)

    (scope,) = told.scopes
    assert scope["root_path"] == "/prod/api"
    assert scope["path"] == "/prod/api/items/a b"
    assert scope["raw_path"] == b"/prod/api/items/a%20b"


@pytest.mark.parametrize("as_", TRIGGERS)
@pytest.mark.parametrize(
    ("asked", "path", "raw_path"),
    [
        ("/api/items/7", "/items/7", b"/items/7"),
        ("/api/a%20b", "/a b", b"/a%20b"),
        ("/api", "/", b"/"),
        ("/%61pi/items", "/items", b"/items"),
    ],
)
def test_an_app_that_knows_no_root_path_is_told_of_none(as_: Any, asked: str, path: str, raw_path: bytes) -> None:
    told = Told()
    app = App()
    app.mount("/api", told, root_path=False)

    assert TestClient(app).get(asked, as_=as_).status_code == 204

    (scope,) = told.scopes
    assert (scope["path"], scope["raw_path"], scope["root_path"]) == (path, raw_path, "")


def test_a_base_path_is_part_of_the_root_path() -> None:
    told = Told()
    client = TestClient(mounted(told, "/api", base_path=["/v1", "/shop"]))

    client.get("/shop/api/items")

    assert told.scopes[0]["root_path"] == "/shop/api"
    assert told.scopes[0]["path"] == "/shop/api/items"


def test_an_encoded_slash_is_kept_in_the_raw_path() -> None:
    told = Told()

    TestClient(mounted(told)).get("/files/a%2Fb")

    assert told.scopes[0]["raw_path"] == b"/files/a%2Fb"
    assert told.scopes[0]["path"] == "/files/a/b"


def event_with(**changes: Any) -> dict[str, Any]:
    return {**url_event(), **changes}


@pytest.mark.parametrize(
    ("headers", "found"),
    [
        ({"x-a": "ä"}, (b"x-a", b"\xe4")),
        ({"x-a": "日本"}, (b"x-a", "日本".encode())),
        ({"X-A": "1"}, (b"x-a", b"1")),
        ({"x-a": "1\t2"}, (b"x-a", b"1\t2")),
        ({"x-a": "a\u00a0b"}, (b"x-a", b"a\xa0b")),
        ({"x-a": 7}, (b"x-a", b"7")),
        ({"x-a": "1", "transfer-encoding": "chunked"}, (b"x-a", b"1")),
    ],
)
def test_headers_of_every_kind_are_bytes(headers: dict[str, Any], found: tuple[bytes, bytes]) -> None:
    told = Told()

    TestClient(mounted(told)).send(event_with(headers=headers))

    assert told.scopes[0]["headers"] == [found]


def test_the_length_of_a_body_is_that_of_its_bytes() -> None:
    told = Told()
    event = event_with(headers={"content-length": "8"}, body="AAEC", isBase64Encoded=True)

    TestClient(mounted(told)).send(event)

    assert told.scopes[0]["headers"] == [(b"content-length", b"3")]


@pytest.mark.parametrize("headers", [{"x-a": "a\r\nx-b: 1"}, {"x-a\r\nx-b": "1"}, {"x-a": "\x7f"}])
def test_a_header_with_a_control_character_is_a_400(headers: dict[str, str]) -> None:
    told = Told()

    result = TestClient(mounted(told)).send(event_with(headers=headers))

    assert result.response["statusCode"] == 400
    assert told.scopes == []


@pytest.mark.parametrize(
    ("host", "server"),
    [
        ("shop.example:8443", ("shop.example", 8443)),
        ("shop.example:999999", ("shop.example:999999", 443)),
        ("[::1]", ("[::1]", 443)),
        ("evil/path", None),
        ("", None),
    ],
)
def test_the_server_is_the_host_that_was_asked_for(host: str, server: object) -> None:
    told = Told()

    TestClient(mounted(told)).send(event_with(headers={"host": host}))

    assert told.scopes[0]["server"] == server


@pytest.mark.parametrize(
    ("protocol", "version"), [("HTTP/1.1", "1.1"), ("HTTP/2.0", "2"), ("HTTP/1.0", "1.0"), ("?", "1.1"), (None, "1.1")]
)
def test_the_version_of_http_is_the_clients(protocol: str | None, version: str) -> None:
    told = Told()
    event = url_event()
    event["requestContext"]["http"]["protocol"] = protocol

    TestClient(mounted(told)).send(event)

    assert told.scopes[0]["http_version"] == version


def test_a_trigger_that_says_nothing_of_the_client_has_none() -> None:
    told = Told()

    TestClient(mounted(told)).get("/", as_="vpc_lattice_v1", headers={"x-forwarded-for": ""})

    assert told.scopes[0]["client"] is None
    assert told.scopes[0]["http_version"] == "1.1"


def test_the_invocation_is_at_hand_in_the_app() -> None:
    seen: list[str] = []

    async def asgi(scope: Any, receive: Any, send: Any) -> None:
        seen.append(current_invocation().source.name)
        await send(start())
        await send(body())

    TestClient(mounted(asgi, response_stream={"function_url"})).get("/")

    assert seen[-1] == "function_url"


# -------------------------------------------------------------------------------------------------------- who is asked


def test_own_routes_come_first_then_the_longest_prefix() -> None:
    app = App()
    app.mount("/", says(start(), body(b"root")))
    app.mount("/admin", says(start(), body(b"admin")))
    app.mount("/admin/deep", says(start(), body(b"deep")))

    @app.get("/admin/own")
    def own() -> str:
        return "own"

    client = TestClient(app)

    answers = [
        client.get(path).text for path in ("/", "/admin", "/admin/x", "/administrator", "/admin/deep/x", "/admin/own")
    ]
    assert answers == ["root", "admin", "admin", "root", "deep", "own"]


def test_another_method_of_an_own_path_is_the_mounts() -> None:
    app = mounted(says(start(), body(b"mount")))

    @app.get("/orders")
    def orders() -> str:
        return "own"

    client = TestClient(app)

    assert client.post("/orders").text == "mount"
    assert client.options("/orders").headers["allow"] == "GET, HEAD, OPTIONS"
    assert client.options("/elsewhere").text == "mount"


def test_a_prefix_is_found_however_the_client_encodes_it() -> None:
    client = TestClient(mounted(says(start(), body(b"admin")), "/admin"))

    assert client.get("/%61dmin/x").text == "admin"
    assert client.get("/admin%2Fx").status_code == 404


def test_a_mount_for_a_host_is_for_that_host_alone() -> None:
    app = App()
    app.mount("/", says(start(), body(b"admin")), host="admin.example.com")
    app.mount("/", says(start(), body(b"tenant")), host="*.example.com")
    app.mount("/", says(start(), body(b"any")))
    client = TestClient(app)

    hosts = ["admin.example.com", "ADMIN.example.com:8443", "blue.example.com", "example.com", "evil.test"]
    assert [client.get("/", headers={"host": host}).text for host in hosts] == [
        "admin",
        "admin",
        "tenant",
        "any",
        "any",
    ]


def test_an_authorizers_event_and_a_websocket_never_reach_a_mount() -> None:
    told = Told()
    client = TestClient(mounted(told))

    websocket = client.websocket("$default", "hello")

    assert websocket.response["statusCode"] == 404
    with pytest.raises(NoRouteError):
        client.app(events.apigw_authorizer_request())
    assert told.scopes == []


def test_a_load_balancers_health_check_is_answered_in_front_of_a_mount() -> None:
    told = Told()
    event = events.alb_health_check()

    answer = mounted(told)(event)

    assert answer["statusCode"] == 200
    assert told.scopes == []


# --------------------------------------------------------------------------------------------------- what it answers


@pytest.mark.parametrize("as_", TRIGGERS)
def test_an_answer_is_sent_as_it_is(as_: Any) -> None:
    asgi = says(
        start(
            201, (b"Content-Type", b"text/plain"), (b"X-A", b"1"), (b"set-cookie", b"a=1"), (b"content-length", b"4")
        ),
        body(b"ab", more=True),
        body(b"cd"),
    )

    result = TestClient(mounted(asgi)).get("/", as_=as_)

    assert (result.status_code, result.text) == (201, "abcd")
    assert result.headers["x-a"] == "1"
    assert result.set_cookies == ["a=1"]


def test_an_answer_to_head_has_its_length_and_no_body() -> None:
    asgi = says(start(200, (b"content-length", b"4")), body(b"abcd"))

    result = TestClient(mounted(asgi)).head("/")

    assert (result.headers.get("content-length"), result.content) == ("4", b"")


def test_a_body_is_streamed_as_it_is_made() -> None:
    asgi = says(start(), body(b"a", more=True), body(b"", more=True), body(b"b", more=True), body(b"c"))

    result = TestClient(mounted(asgi, response_stream={"function_url"})).get("/")

    assert [chunk.data for chunk in result.chunks] == [b"a", b"b", b"c"]
    assert result.prelude == {"statusCode": 200, "headers": {"content-type": "text/plain"}, "cookies": []}


@pytest.mark.parametrize("driver", LOOPS)
def test_a_chunk_arrives_while_the_app_is_still_running(driver: str) -> None:
    has_arrived = threading.Event()

    async def asgi(scope: Any, receive: Any, send: Any) -> None:
        await send(start())
        await send(body(b"first", more=True))
        await anyio.to_thread.run_sync(has_arrived.wait, LIMIT)
        await send(body(b"second" if has_arrived.is_set() else b"nobody has read the first"))

    def prepare(api: Api) -> None:
        api.on_chunk = lambda chunk: has_arrived.set() if chunk == b"first" else None

    app = mounted(http_only(asgi), response_stream={"function_url"})

    said = serve(app, Turn(url_event()), driver=driver, prepare=prepare).only

    assert said.content == b"firstsecond"


def http_only(asgi: Asgi) -> Asgi:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        assert scope["type"] == "http"
        await asgi(scope, receive, send)

    return app


@pytest.mark.parametrize("driver", LOOPS)
def test_the_next_chunk_is_made_when_the_one_before_is_taken(driver: str) -> None:
    sent: list[int] = []
    taken: list[int] = []

    async def asgi(scope: Any, receive: Any, send: Any) -> None:
        await send(start())
        for number in range(5):
            await send(body(b"%d" % number, more=True))
            sent.append(number)
        await send(body())

    app = mounted(http_only(asgi), response_stream={"function_url"})

    async def read() -> None:
        response: Any = await app.dispatch(url_event())
        async for chunk in response.body:
            if chunk:
                assert len(sent) <= len(taken)
                taken.append(int(chunk))

    anyio.run(read, backend=driver)

    assert taken == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("stream", [set(), {"function_url"}])
@pytest.mark.parametrize("driver", LOOPS)
def test_under_the_runtime_what_follows_the_answer_is_done_after_it(driver: str, stream: Any) -> None:
    has_arrived = threading.Event()
    order: list[str] = []

    async def asgi(scope: Any, receive: Any, send: Any) -> None:
        await send(start())
        await send(body(b"answer"))
        await anyio.to_thread.run_sync(has_arrived.wait, LIMIT)
        order.append("after" if has_arrived.is_set() else "before")

    def prepare(api: Api) -> None:
        api.on_said = lambda said: has_arrived.set()

    served = serve(mounted(http_only(asgi), response_stream=stream), Turn(url_event()), driver=driver, prepare=prepare)

    assert b"answer" in served.only.body
    assert order == ["after"]


def test_under_awss_client_what_follows_the_answer_is_done_before_it() -> None:
    done: list[str] = []

    async def asgi(scope: Any, receive: Any, send: Any) -> None:
        await send(start())
        await send(body(b"answer"))
        await anyio.lowlevel.checkpoint()
        done.append("work")

    answer = mounted(http_only(asgi))(url_event())

    assert (answer["body"], done) == ("answer", ["work"])


@pytest.mark.parametrize(
    "kind", ["http.response.trailers", "http.response.early_hint", "http.response.push", "http.response.debug"]
)
def test_messages_of_extensions_are_passed_over(kind: str) -> None:
    asgi = says(start(), {"type": kind}, body(b"ok"), {"type": kind})

    assert TestClient(mounted(asgi)).get("/").text == "ok"


# ---------------------------------------------------------------------------------------------------- what goes wrong

BROKEN = [
    ([body(b"x")], "before http.response.start"),
    ([start(), start()], "when the answer has begun"),
    ([start(), body(b"x"), body(b"y")], "after the end of its answer"),
    ([start(), {"type": "http.response.zerocopysend"}], "when the answer has begun"),
    ([], "ended without an answer"),
    ([start()], "ended before the end of its answer"),
    ([start(), body(b"x", more=True)], "ended before the end of its answer"),
]


@pytest.mark.parametrize(("messages", "words"), BROKEN)
def test_an_answer_out_of_order_is_a_500_that_says_why(messages: Messages, words: str) -> None:
    app = mounted(says(*messages))

    with pytest.raises(AsgiError, match=words):
        TestClient(app).get("/")
    assert TestClient(app, raise_exceptions=False).get("/").status_code == 500


@pytest.mark.parametrize(("messages", "words"), [case for case in BROKEN if case[0][1:2] != [body(b"x")]])
@pytest.mark.parametrize("driver", LOOPS)
def test_under_the_runtime_too_an_answer_out_of_order_is_a_500(
    driver: str, messages: Messages, words: str, caplog: pytest.LogCaptureFixture
) -> None:
    said = serve(mounted(says(*messages)), Turn(url_event()), driver=driver).only

    assert said.value["statusCode"] == 500
    assert words in caplog.text


@pytest.mark.parametrize("driver", LOOPS)
def test_what_comes_after_the_end_of_an_answer_that_is_sent_is_told_in_the_log(
    driver: str, caplog: pytest.LogCaptureFixture
) -> None:
    said = serve(mounted(says(start(), body(b"x"), body(b"y"))), Turn(url_event()), driver=driver).only

    assert said.value["body"] == "x"
    assert "after the end of its answer" in caplog.text


async def fails(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "http":
        await failing[scope["path"]](send)


async def at_once(send: Any) -> None:
    raise KeyError("secret")


async def begun(send: Any) -> None:
    await send(start())
    raise KeyError("secret")


async def after_a_chunk(send: Any) -> None:
    await send(start())
    await send(body(b"a", more=True))
    raise KeyError("secret")


async def answered(send: Any) -> None:
    await send(start(500))
    await send(body(b"sorry"))
    raise KeyError("secret")


failing: dict[str, Callable[[Any], Awaitable[None]]] = {
    "/at-once": at_once, "/begun": begun, "/after": after_a_chunk, "/answered": answered,
}  # fmt: skip


@pytest.mark.parametrize("stream", [set(), {"function_url"}])
@pytest.mark.parametrize("path", ["/at-once", "/begun", "/answered"])
def test_an_apps_exception_is_raised_in_tests_and_a_500_for_clients(path: str, stream: Any) -> None:
    app = mounted(fails, response_stream=stream)

    with pytest.raises(KeyError):
        TestClient(app).get(path)
    result = TestClient(app, raise_exceptions=False).get(path)
    assert result.status_code == 500
    assert result.text == "sorry" or result.json()["code"] == "internal_error"


def test_an_exception_after_a_collected_chunk_is_a_500() -> None:
    result = TestClient(mounted(fails), raise_exceptions=False).get("/after")

    assert result.status_code == 500


@pytest.mark.parametrize("driver", LOOPS)
def test_an_exception_after_the_first_byte_breaks_the_stream_off(driver: str) -> None:
    said = serve(mounted(fails, response_stream={"function_url"}), Turn(url_event("/after")), driver=driver).only

    assert said.content == b"a"
    assert said.error["errorType"] == "KeyError"


@pytest.mark.parametrize("driver", LOOPS)
def test_an_exception_after_the_answer_is_told_in_the_log(driver: str, caplog: pytest.LogCaptureFixture) -> None:
    said = serve(mounted(fails), Turn(url_event("/answered")), driver=driver).only

    assert said.value["body"] == "sorry"
    assert "KeyError" in caplog.text


def test_under_awss_client_an_exception_after_the_answer_is_told_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    answer = mounted(fails)(url_event("/answered"))

    assert answer["body"] == "sorry"
    assert "KeyError" in caplog.text


def test_a_chunk_that_an_app_leaves_behind_is_sent_and_the_stream_broken_off() -> None:
    async def asgi(scope: Any, receive: Any, send: Any) -> None:
        await send(start())
        spawn(partial(send, body(b"left behind", more=True)))
        await anyio.lowlevel.checkpoint()

    said = serve(mounted(http_only(asgi), response_stream={"function_url"}), Turn(url_event())).only

    assert said.content == b"left behind"
    assert said.error["errorType"] == "AsgiError"


def test_all_that_wait_for_the_client_to_leave_are_told() -> None:
    told: list[str] = []

    async def asgi(scope: Any, receive: Any, send: Any) -> None:
        await receive()

        async def wait() -> None:
            told.append((await receive())["type"])

        async with anyio.create_task_group() as group:
            group.start_soon(wait)
            group.start_soon(wait)
            await anyio.lowlevel.checkpoint()
            await send(start())
            await send(body(b"answer"))

    mounted(http_only(asgi))(url_event())

    assert told == ["http.disconnect"] * 2


def test_an_exception_handler_of_the_app_sees_a_mounts_exception() -> None:
    app = mounted(fails)

    @app.exception_handler(KeyError)
    def missing(error: KeyError) -> tuple[str, int]:
        return "handled", 404

    assert TestClient(app).get("/at-once").status_code == 404


def test_an_answer_that_grows_too_large_is_stopped_even_where_the_app_goes_on() -> None:
    sent: list[int] = []

    async def asgi(scope: Any, receive: Any, send: Any) -> None:
        await send(start())
        try:
            for number in range(100):
                await send(body(b"x" * 1_000_000, more=True))
                sent.append(number)
        except Exception:
            await send(body(b"all is well"))

    result = TestClient(mounted(http_only(asgi))).get("/")

    assert (result.status_code, result.json()["code"]) == (500, "response_too_large")
    assert len(sent) == 6


def test_an_event_stream_is_refused_where_it_would_be_collected() -> None:
    asgi = says(start(200, (b"content-type", b"text/event-stream")), body(b"data: 1\n\n"))

    with pytest.raises(ReplyError, match="not configured to stream"):
        TestClient(mounted(asgi)).get("/")


def test_an_event_stream_is_collected_where_that_is_meant() -> None:
    app = App()
    asgi = says(start(200, (b"content-type", b"text/event-stream")), body(b"data: 1\n\n"))
    app.mount("/", asgi, buffer_events=True)

    assert TestClient(app).get("/").text == "data: 1\n\n"


def test_a_stream_that_is_collected_is_told_of_once(caplog: pytest.LogCaptureFixture) -> None:
    client = TestClient(mounted(says(start(), body(b"a", more=True), body(b"b", more=True), body(b"c"))))

    client.get("/")
    client.get("/")

    assert [record.getMessage() for record in caplog.records if "collected first" in record.getMessage()] != []
    assert caplog.text.count("collected first") == 1


@pytest.mark.parametrize("driver", LOOPS)
def test_an_app_that_takes_too_long_is_cut_off(driver: str) -> None:
    ended: list[str] = []

    async def asgi(scope: Any, receive: Any, send: Any) -> None:
        try:
            await anyio.sleep(LIMIT)
        finally:
            ended.append("closed")

    headers = {"Lambda-Runtime-Deadline-Ms": str(int((time.time() + 0.3) * 1000))}

    said = serve(mounted(http_only(asgi), margin=0.2), Turn(url_event(), headers=headers), driver=driver).only

    assert said.value["statusCode"] == 504
    assert ended == ["closed"]


def test_in_a_test_an_app_that_takes_too_long_is_cut_off() -> None:
    async def asgi(scope: Any, receive: Any, send: Any) -> None:
        await anyio.sleep(LIMIT)

    client = TestClient(mounted(http_only(asgi), response_stream={"function_url"}, margin=0.2))

    assert client.get("/", timeout=0.3).status_code == 504


# --------------------------------------------------------------------------------------------------- the client leaves


def test_an_app_is_told_that_its_client_has_left_and_may_end_in_order() -> None:
    seen: list[str] = []

    async def asgi(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send(start())
        try:
            while True:
                await send(body(b"a", more=True))
        except OSError:
            seen.append("send raises")
        seen.append((await receive())["type"])
        try:
            await send(body(b"c", more=True))
        except OSError:
            seen.append("send raises again")

    client = TestClient(mounted(http_only(asgi), response_stream={"function_url"}))

    result = client.get("/", leave_after=1)

    assert result.ended == "closed"
    assert seen == ["send raises", "http.disconnect", "send raises again"]


def test_an_app_that_goes_on_without_its_client_is_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("eventrouter.mounts.asgi.GRACE", 0.01)
    seen: list[str] = []

    async def asgi(scope: Any, receive: Any, send: Any) -> None:
        await send(start())
        try:
            while True:
                await send(body(b"a", more=True))
        except OSError:
            await anyio.sleep(LIMIT)
        finally:
            seen.append("cancelled")

    client = TestClient(mounted(http_only(asgi), response_stream={"function_url"}))

    client.get("/", leave_after=1)

    assert seen == ["cancelled"]


def test_an_app_is_cancelled_with_the_loop_it_runs_in() -> None:
    seen: list[str] = []

    async def asgi(scope: Any, receive: Any, send: Any) -> None:
        await send(start())
        await send(body(b"a", more=True))
        try:
            await anyio.sleep(LIMIT)
        finally:
            seen.append("cancelled")

    app = mounted(http_only(asgi), response_stream={"function_url"})

    asyncio.run(app.dispatch(events.function_url("GET", "/")))

    assert seen == ["cancelled"]


@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", LOOPS)
async def test_what_an_app_raises_for_a_client_who_left_is_nobodys_business(
    anyio_backend: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with AsyncTestClient(
        mounted(says(start(), *[body(b"x", more=True)] * 9), response_stream={"function_url"})
    ) as client:
        result = await client.get("/", leave_after=1)

    assert result.ended == "closed"
    assert result.exception is None
    assert "OSError" not in caplog.text


# ------------------------------------------------------------------------------------------------------- at registration


async def plain(scope: Any, receive: Any, send: Any) -> None: ...


def wsgi(environ: Any, start_response: Any) -> list[bytes]:
    return []


class Flask:
    wsgi_app = wsgi

    def __call__(self, environ: Any, start_response: Any) -> list[bytes]:
        return []


@pytest.mark.parametrize(
    ("prefix", "asgi", "options", "words"),
    [
        ("/a", 7, {}, "takes an ASGI app, not a int"),
        ("/a", wsgi, {}, "is WSGI: write app.mount_wsgi"),
        ("/a", Flask(), {}, "Flask is WSGI: write app.mount_wsgi"),
        ("/a", Flask().__call__, {}, "method is WSGI: write app.mount_wsgi"),
        ("/a", Told, {}, "not the class Told: call it"),
        ("/a", lambda: 1, {}, "`async def app(scope, receive, send)`, and <lambda>() ["),
        ("/a", Told().receive_nothing, {}, "takes fewer arguments"),
        ("/a", App(), {}, "put its routes on a Router"),
        ("a", plain, {}, 'a prefix starts with "/"'),
        ("/a/", plain, {}, "ends without one"),
        ("/a", plain, {"host": "https://example.com"}, "without scheme and port"),
        ("/taken", plain, {}, "function and function are both mounted at /taken"),
    ],
)
def test_what_cannot_be_mounted_is_refused(prefix: str, asgi: Any, options: Any, words: str) -> None:
    app = App()
    app.mount("/taken", lambda scope, receive, send: plain(scope, receive, send))

    with pytest.raises(RegistrationError) as caught:
        app.mount(prefix, asgi, **options)

    assert words.replace("function and function", "<lambda> and plain") in str(caught.value)


def test_a_mount_is_listed_and_explained() -> None:
    app = App()
    app.mount("/admin", Told(), host="admin.example.com")
    app.mount("/", Told())

    (admin, root) = app.routes()
    explained = app.explain(events.function_url("GET", "/x"))

    assert (admin.wants, admin.handler, admin.location) == (
        "requests under /admin on admin.example.com",
        "Told",
        "ASGI",
    )
    assert root.wants == "requests under /"
    assert explained.is_routed
    assert repr(app._registry.mounts[1]) == "<Mount / ASGI>"
