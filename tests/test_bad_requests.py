"""Requests that no browser sends: a correct reading or a 4xx with a reason through every trigger, and never a 500.

Each is sent to a route that reads everything, to a mounted ASGI app, and through all the middleware that ships.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Annotated, Any

import pytest
from hypothesis import given, strategies as st
from pydantic import JsonValue
from starlette.applications import Starlette
from starlette.requests import Request as StarletteRequest
from starlette.responses import JSONResponse
from starlette.routing import Route

from eventrouter import App, Body, Cookie, File, Form, Header, Query, Request
from eventrouter.middleware import (
    CORS,
    Compress,
    ETag,
    RequestSizeLimit,
    SecurityHeaders,
    ServerTiming,
    TrustedHosts,
)
from eventrouter.testing import events

TRIGGERS = ["function_url", "apigw_http", "apigw_rest", "alb", "vpc_lattice_v1", "vpc_lattice_v2"]
Event = dict[str, Any]


def read_all(request: Request) -> dict[str, Any]:
    """Everything that a request can be asked for."""
    return {
        "path": request.path,
        "raw_path": request.raw_path,
        "query": len(request.query_params.multi_items()),
        "headers": len(request.headers.multi_items()),
        "cookies": request.cookies.multi_items(),
        "url": request.url,
        "body": len(request.body),
        "identity": repr(request.identity),
        "client": request.client_host,
    }


def own() -> App:
    app = App()
    app.route("/{rest:path}", methods=["GET", "POST"])(read_all)
    app.route("/", methods=["GET", "POST"])(read_all)
    return app


def typed() -> App:
    app = App()

    @app.post("/json")
    def take_json(
        body: Annotated[JsonValue, Body()],
        q: Annotated[list[int], Query()] = [],  # noqa: B006
        x: Annotated[str, Header()] = "",
        sid: Annotated[str, Cookie()] = "",
    ) -> int:
        return len(q)

    @app.post("/form")
    def take_form(name: Annotated[str, Form()], image: Annotated[bytes, File()] = b"") -> int:
        return len(image)

    return app


def mounted() -> App:
    async def endpoint(request: StarletteRequest) -> JSONResponse:
        body = await request.body()
        return JSONResponse(
            {"path": request.url.path, "query": len(request.query_params.multi_items()), "body": len(body)}
        )

    app = App()
    app.mount("/", Starlette(routes=[Route("/{rest:path}", endpoint, methods=["GET", "POST"])]))
    return app


def layered() -> App:
    app = own()
    for layer in (
        ServerTiming(),
        SecurityHeaders(),
        TrustedHosts(["*.on.aws", "*.com"]),
        CORS(["https://a.example"]),
        RequestSizeLimit(10_000_000),
        Compress(minimum_size=0),
        ETag(),
    ):
        app.middleware(layer)
    return app


APPS = {"own": own(), "typed": typed(), "mounted": mounted(), "layered": layered()}


def event_of(trigger: str, method: str = "POST", path: str = "/json", content: bytes = b"{}", **fields: Any) -> Event:
    return getattr(events, trigger)(method, path, content=content, **fields)  # type: ignore[no-any-return]


def set_path(event: Event, trigger: str, path: str) -> None:
    """Write *path* wherever a trigger has it, as it stands."""
    context = event.get("requestContext", {})
    if trigger in ("function_url", "apigw_http"):
        event["rawPath"] = context["http"]["path"] = path
    elif trigger == "vpc_lattice_v1":
        event["raw_path"] = path
    else:
        event["path"] = path
    if trigger == "apigw_rest":
        context["path"] = path


def set_headers(event: Event, headers: dict[str, Any]) -> None:
    for key, several in (("headers", False), ("multiValueHeaders", True)):
        if isinstance(event.get(key), dict):
            many = several or any(isinstance(value, list) for value in event[key].values())
            there = {name: value for name, value in event[key].items() if name.lower() not in headers}
            event[key] = there | {name: [value] if many else value for name, value in headers.items()}


def set_query(event: Event, trigger: str, count: int) -> None:
    text = "&".join(f"q={number}" for number in range(count))
    if trigger in ("function_url", "apigw_http"):
        event["rawQueryString"] = text
    elif trigger == "vpc_lattice_v1":
        event["raw_path"] += f"?{text}"
    elif trigger == "vpc_lattice_v2":
        event["queryStringParameters"] = {"q": [str(number) for number in range(count)]}
    else:
        event["queryStringParameters"] = {"q": "1"}
        event["multiValueQueryStringParameters"] = {"q": [str(number) for number in range(count)]}


def status_of(answer: Any) -> int:
    """The status of an answer that its trigger could send on."""
    json.dumps(answer, allow_nan=False)
    status = answer["statusCode"]
    assert isinstance(status, int)
    return status


def never_a_500(event: Event) -> list[int]:
    """The statuses of all apps, each of which answers in order."""
    statuses = [status_of(app(event, None)) for app in APPS.values()]
    assert max(statuses) < 500
    return statuses


PATHS = [
    "", "/%", "/%zz", "/%2", "/%ff%fe", "/%c3%28", "/%00", "/a\x00b", "/../../etc/passwd", "/%2e%2e/%2e%2e/etc",
    "//evil.example/x", "/a//b///", "/.", "/\\..\\x", "/é/ü", "/" + "a/" * 5_000, "/%25%32%35",
    "no-slash", "/ a", "/a?b=c#d", "/\r\nx: y",
]  # fmt: skip


@pytest.mark.parametrize("path", PATHS, ids=ascii)
@pytest.mark.parametrize("trigger", TRIGGERS)
def test_a_path_may_be_anything(trigger: str, path: str) -> None:
    event = event_of(trigger)
    set_path(event, trigger, path)

    never_a_500(event)


@given(st.sampled_from(TRIGGERS), st.text(max_size=30), st.sampled_from(["GET", "POST"]))
def test_any_text_may_be_a_path(trigger: str, path: str, method: str) -> None:
    event = event_of(trigger, method)
    set_path(event, trigger, f"/{path}")

    never_a_500(event)


@pytest.mark.parametrize("trigger", TRIGGERS)
def test_ten_thousand_headers_are_read(trigger: str) -> None:
    event = event_of(trigger)
    before = status_of(APPS["own"](event, None))
    set_headers(event, {f"x-{number}": "v" for number in range(10_000)})

    answer: Any = APPS["own"](event, None)
    never_a_500(event)

    assert before == 200
    assert json.loads(answer["body"])["headers"] >= 10_000


HEADERS: list[dict[str, Any]] = [
    {"": "v"},
    {"a b": "v"},
    {"é": "v"},
    {"x\r\ny": "v"},
    {"x:": "v"},
    {"x": "\x00"},
    {"x": "a\r\nset-cookie: b=1"},
    {"x": "\ud800"},
    {"x": None},
    {"x": 1},
    {"x": ["a", "b"]},
    {"x": {}},
    {"content-type": "text/plain, application/json"},
    {"content-type": ";;;"},
    {"content-type": "application/json; charset=nonsense"},
    {"content-type": "multipart/form-data"},
    {"content-length": "-5"},
    {"content-length": "abc"},
    {"transfer-encoding": "chunked"},
    {"host": "a b/c@d"},
    {"host": "x" * 5_000},
    {"origin": "null\r\n"},
    {"accept-encoding": "gzip;q=" + "9" * 400},
    {"accept-encoding": "," * 5_000},
    {"if-none-match": '"' * 5_000},
    {"if-modified-since": "Mon, 99 Abc 99999 99:99:99 GMT"},
    {"x-forwarded-proto": "gopher"},
    {"authorization": "Basic %%%"},
    {"cookie": ";;;"},
    {"cookie": "=v; a; b=; c=\x00; é=ü; " + "d=1; " * 5_000},
    {"expect": "100-continue"},
    {"range": "bytes=" + "0-1," * 5_000},
    {"access-control-request-method": "\x00"},
]


@pytest.mark.parametrize("headers", HEADERS, ids=lambda headers: ascii(headers)[:60])
@pytest.mark.parametrize("trigger", TRIGGERS)
def test_a_header_may_be_anything(trigger: str, headers: dict[str, Any]) -> None:
    event = event_of(trigger)
    set_headers(event, headers)

    never_a_500(event)


@given(
    st.sampled_from(TRIGGERS),
    st.dictionaries(st.text(max_size=12), st.one_of(st.none(), st.integers(), st.text(max_size=20)), max_size=4),
)
def test_any_text_may_be_a_header(trigger: str, headers: dict[str, Any]) -> None:
    event = event_of(trigger, "GET")
    set_headers(event, headers)

    never_a_500(event)


@pytest.mark.parametrize(
    "cookies", [["a=\x00"], [""], [";"], ["é=ü"], [None], [1], "a=1", {"a": 1}, ["a=" + "x" * 100_000]], ids=str
)
@pytest.mark.parametrize("trigger", ["function_url", "apigw_http"])
def test_cookies_may_be_anything(trigger: str, cookies: Any) -> None:
    event = event_of(trigger)
    event["cookies"] = cookies

    never_a_500(event)


@pytest.mark.parametrize("trigger", TRIGGERS)
def test_a_hundred_thousand_query_pairs_are_read(trigger: str) -> None:
    event = event_of(trigger)
    set_query(event, trigger, 100_000)

    answer: Any = APPS["own"](event, None)
    statuses = never_a_500(event)

    assert json.loads(answer["body"])["query"] == 100_000
    assert statuses[1] == 200


@pytest.mark.parametrize(
    "query", ["%", "%zz", "&&&&", "=&=", "a=%ff", "a=\x00", "a=\ud800", "+", "a" * 100_000, "a=1;b=2"], ids=ascii
)
@pytest.mark.parametrize("trigger", ["function_url", "apigw_http", "vpc_lattice_v1"])
def test_a_query_may_be_anything(trigger: str, query: str) -> None:
    event = event_of(trigger)
    if trigger == "vpc_lattice_v1":
        event["raw_path"] = f"/json?{query}"
    else:
        event["rawQueryString"] = query

    never_a_500(event)


@pytest.mark.parametrize("trigger", TRIGGERS)
@pytest.mark.parametrize(
    "content", [b"x" * 6_000_000, b"[" * 1_000_000, b'{"a":' * 100_000, b"9" * 1_000_000, b"\xff" * 4_000_000]
)
def test_a_large_body_is_read_or_refused(trigger: str, content: bytes) -> None:
    event = event_of(trigger, content=b"{}")
    event["body"] = base64.b64encode(content).decode()
    event["isBase64Encoded" if trigger != "vpc_lattice_v1" else "is_base64_encoded"] = True

    answer: Any = APPS["own"](event, None)
    statuses = never_a_500(event)

    assert json.loads(answer["body"])["body"] == len(content)
    assert statuses[1] == 422


@pytest.mark.parametrize("body", ["not base64!", "a", "====", "é", "YQ", "\x00", 5, {}, ["x"], True])
@pytest.mark.parametrize("trigger", TRIGGERS)
def test_a_flag_that_lies_is_a_reason_and_no_crash(trigger: str, body: Any) -> None:
    event = event_of(trigger)
    event["body"] = body
    event["isBase64Encoded" if trigger != "vpc_lattice_v1" else "is_base64_encoded"] = True

    never_a_500(event)


PART = b'--b\r\nContent-Disposition: form-data; name="name"\r\n\r\nAnn\r\n'
FORMS: list[tuple[str, bytes, int]] = [
    ("multipart/form-data; boundary=b", PART + b"--b--\r\n", 200),
    (
        "multipart/form-data; boundary=b",
        b'--b\r\nContent-Disposition: form-data; name="name"\r\nContent-Length: 99999\r\n\r\nAnn\r\n--b--\r\n',
        200,
    ),
    (
        "multipart/form-data; boundary=b",
        b'--b\r\nContent-Disposition: form-data; name="name"\r\nContent-Length: -1\r\n\r\nAnn\r\n--b--\r\n',
        200,
    ),
    ("multipart/form-data; boundary=b", PART, 400),
    ("multipart/form-data; boundary=other", PART + b"--b--\r\n", 400),
    ("multipart/form-data; boundary=", PART, 400),
    ("multipart/form-data", PART, 400),
    ("multipart/form-data; boundary=" + "b" * 10_000, PART, 400),
    ("multipart/form-data; boundary=b", b"--b\r\n\r\n\r\n--b--\r\n", 400),
    ("multipart/form-data; boundary=b", b"--b\r\nx: y\r\n\r\nz\r\n--b--\r\n", 400),
    ("multipart/form-data; boundary=b", b"", 422),
    ("application/x-www-form-urlencoded", b"name=%zz&&=&name", 200),
    ("application/x-www-form-urlencoded", b"name=%ff", 422),
    ("application/x-www-form-urlencoded", b"&" * 1_000_000, 422),
    ("application/x-www-form-urlencoded; charset=nonsense", b"name=a", 200),
    ("text/plain", b"name=a", 400),
]


@pytest.mark.parametrize(("content_type", "body", "status"), FORMS)
@pytest.mark.parametrize("trigger", TRIGGERS)
def test_a_form_is_read_or_refused_with_a_reason(trigger: str, content_type: str, body: bytes, status: int) -> None:
    event = event_of(trigger, path="/form", content=b"x")
    event["body"] = base64.b64encode(body).decode()
    event["isBase64Encoded" if trigger != "vpc_lattice_v1" else "is_base64_encoded"] = True
    set_headers(event, {"content-type": content_type})

    found = status_of(APPS["typed"](event, None))

    assert found == status if status == 200 else 400 <= found < 500


@given(st.sampled_from(TRIGGERS), st.binary(max_size=200))
def test_any_bytes_may_be_a_form(trigger: str, body: bytes) -> None:
    event = event_of(trigger, path="/form", content=body)
    set_headers(event, {"content-type": "multipart/form-data; boundary=b"})

    never_a_500(event)


def sent_twice(event: Event) -> None:
    event["multiValueHeaders"]["content-type"] = ["application/json", "text/plain"]


@pytest.mark.parametrize("change", [sent_twice])
@pytest.mark.parametrize("trigger", ["apigw_rest", "alb"])
def test_two_content_types_are_no_reason_to_fail(trigger: str, change: Callable[[Event], None]) -> None:
    fields: Any = {"multi_value": True} if trigger == "alb" else {}
    event = event_of(trigger, **fields)
    change(event)

    never_a_500(event)
