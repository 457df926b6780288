"""The request that handlers and middleware see."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from eventrouter import App, Invocation, LambdaContext
from eventrouter._sniff import sniff
from eventrouter.errors import RegistrationError, RequestValidationError
from eventrouter.request import Headers, MultiDict, Request
from eventrouter.sources.apigw_http import SOURCE as HTTP_API
from eventrouter.sources.function_url import SOURCE as FUNCTION_URL
from eventrouter.sources.sqs import SOURCE as SQS
from eventrouter.testing import TestClient, events

EVENTS = Path(__file__).parent / "sources" / "events"


def request(name: str, **changes: Any) -> Request:
    event = {**json.loads((EVENTS / f"{name}.json").read_text()), **changes}
    source = sniff(event)
    assert source.http is not None
    method, path = source.http.line(event)
    return Request(event, source, method, path, {"order_id": "42"})


def test_a_request_reads_the_same_through_every_trigger() -> None:
    read = request("function_url")

    assert (read.method, read.path, read.path_params, read.route) == (
        "POST", "/orders/blue%20mug", {"order_id": "42"}, "",
    )  # fmt: skip
    assert read.query_params.multi_items() == [("tag", "new"), ("tag", "50% off"), ("flag", "")]
    assert read.headers["Content-Type"] == read.content_type == "application/json"
    assert read.cookies == {"sid": "s-4711", "theme": "dark"}
    assert read.body == b'{"id":7,"n":1.5}'
    assert read.text == '{"id":7,"n":1.5}'
    assert read.json() == {"id": 7, "n": 1.5}
    assert read.client_host == "198.51.100.17"


def test_what_was_read_once_is_kept() -> None:
    read = request("function_url")

    assert read.query_params is read.query_params
    assert read.headers is read.headers
    assert read.cookies is read.cookies
    assert read.body is read.body
    assert read.text is read.text
    assert read.json() is read.json()


def test_a_body_in_base64_is_given_as_bytes() -> None:
    assert request("function_url-iam").body == b"\x89PNG\r\n\x1a\n"


@pytest.mark.parametrize("body", ["{", "[1,2", "NaN?", "[" * 100_000], ids=["cut", "open", "word", "deep"])
def test_a_body_that_is_no_json_is_told_without_its_content(body: str) -> None:
    with pytest.raises(RequestValidationError) as caught:
        request("function_url", body=body).json()

    assert caught.value.errors == [{"type": "json_invalid", "loc": ["body"], "msg": "Body should be JSON"}]
    assert caught.value.__cause__ is None


def test_a_missing_body_is_no_json_null() -> None:
    with pytest.raises(RequestValidationError) as caught:
        request("function_url", body=None).json()

    assert caught.value.errors[0]["type"] == "missing"
    assert request("function_url", body="null").json() is None


def test_json_may_be_sent_in_any_unicode_encoding() -> None:
    assert request("function_url", body="//57AH0A", isBase64Encoded=True).json() == {}


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("text/plain", "w6k="),
        ("text/plain; charset=utf-8", "w6k="),
        ('text/plain; format=flowed; Charset="ISO-8859-1"', "6Q=="),
        ("text/plain; charset=", "w6k="),
    ],
)
def test_text_follows_the_charset_of_its_content_type(content_type: str, body: str) -> None:
    read = request("function_url", body=body, isBase64Encoded=True, headers={"content-type": content_type})

    assert read.text == "é"


@pytest.mark.parametrize("charset", ["utf-8", "no-such-charset", "hex", "a\0b"])
def test_bytes_that_are_no_text_are_told(charset: str) -> None:
    headers = {"content-type": f"text/plain; charset={charset}"}

    with pytest.raises(RequestValidationError) as caught:
        _ = request("function_url", body="6Q==", isBase64Encoded=True, headers=headers).text

    assert caught.value.errors[0]["type"] == "string_unicode"


def test_a_request_without_content_type_has_an_empty_one() -> None:
    assert request("function_url", headers=None).content_type == ""


def test_the_raw_path_is_percent_encoded_whatever_the_trigger_did_to_it() -> None:
    event = json.loads((EVENTS / "apigw_http.json").read_text())

    assert request("function_url").raw_path == "/orders/blue%20mug"
    assert request("apigw_http").raw_path == "/orders/blue%20mug"
    assert Request(event, HTTP_API, "GET", "/100%/\ud800;a=b", {}).raw_path == "/100%25/?;a=b".replace("?", "%3F")


def test_a_request_does_not_show_what_was_sent() -> None:
    read = request("function_url")

    shown = f"{read!r} {read.headers!r} {read.query_params!r}"

    assert repr(read) == "<Request POST '/orders/blue%20mug' function_url>"
    assert "curl" not in shown and "50%" not in shown and "s-4711" not in shown
    assert "'content-type'" in shown and "'tag'" in shown


def test_an_event_that_is_no_request_is_refused_in_words() -> None:
    with pytest.raises(TypeError, match="a sqs event is no HTTP request"):
        _ = Request({}, SQS, "GET", "/", {}).headers


def test_the_event_is_never_changed() -> None:
    read = request("function_url")
    before = json.dumps(read.event)

    _ = (read.query_params, read.headers, read.cookies, read.text, read.json(), read.client_host)

    assert json.dumps(read.event) == before
    assert read.source is FUNCTION_URL


def test_a_mapping_of_repeated_names_gives_the_last_and_all() -> None:
    values = MultiDict([("a", "1"), ("b", "2"), ("a", "3")])

    assert values["a"] == values.get("a") == "3"
    assert values.getlist("a") == ["1", "3"]
    assert values.getlist("z") == []
    assert values.get("z") is None
    assert values.get("z", "default") == "default"
    assert list(values) == ["a", "b"] and len(values) == 2 and "b" in values and "z" not in values
    assert dict(values) == {"a": "3", "b": "2"}
    assert values.multi_items() == [("a", "1"), ("b", "2"), ("a", "3")]
    with pytest.raises(KeyError):
        values["z"]


def test_a_list_given_out_is_nobody_elses() -> None:
    values = MultiDict([("a", "1")])

    values.getlist("a").append("2")

    assert values.getlist("a") == ["1"]


def test_headers_are_found_in_any_case_and_repeats_are_joined() -> None:
    headers = Headers([("x-shop", "a"), ("x-shop", "b"), ("cookie", "c=1"), ("cookie", "d=2"), ("host", "h")])

    assert headers["X-Shop"] == headers.get("x-SHOP") == "a, b"
    assert headers["Cookie"] == "c=1; d=2"
    assert headers.getlist("X-SHOP") == ["a", "b"]
    assert headers.get("HOST") == "h"
    assert headers.get("absent") is None
    assert headers.get("absent", "x") == "x"
    assert "Host" in headers and "absent" not in headers and 7 not in headers  # type: ignore[comparison-overlap]
    assert list(headers) == ["x-shop", "cookie", "host"]


# --------------------------------------------------------------------------------------------------------------- the URL


def asked(as_: Any, path: str = "/orders/7", *, base_path: Any = (), **fields: Any) -> Request:
    """The request as a handler of an app is given it."""
    seen: list[Request] = []
    app = App(base_path=base_path)

    @app.get("/orders/{order_id}", name="order")
    @app.get("/", name="home")
    def handler(request: Request) -> None:
        seen.append(request)

    TestClient(app).get(path, as_=as_, headers={"host": "Shop.example.com"}, **fields)
    return seen[0]


@pytest.mark.parametrize(
    ("as_", "fields", "base", "url"),
    [
        ("function_url", {}, "", "https://shop.example.com/orders/a%20b?q=1&q=%C3%A4"),
        ("alb", {"multi_value": True}, "", "https://shop.example.com/orders/a%20b?q=1&q=%C3%A4"),
        ("vpc_lattice_v1", {}, "", "https://shop.example.com/orders/a%20b?q=%C3%A4"),
        ("vpc_lattice_v2", {}, "", "https://shop.example.com/orders/a%20b?q=1&q=%C3%A4"),
        ("apigw_rest", {}, "/prod", "https://shop.example.com/prod/orders/a%20b?q=1&q=%C3%A4"),
        ("apigw_http", {}, "", "https://shop.example.com/orders/a%20b?q=1&q=%C3%A4"),
        ("apigw_http", {"stage": "prod"}, "/prod", "https://shop.example.com/prod/orders/a%20b?q=1&q=%C3%A4"),
        ("apigw_rest", {"payload": "1.0"}, "/prod", "https://shop.example.com/prod/orders/a%20b?q=1&q=%C3%A4"),
    ],
)
def test_the_url_is_the_clients(as_: str, fields: dict[str, Any], base: str, url: str) -> None:
    read = asked(as_, "/orders/a%20b?q=1&q=%C3%A4", **fields)

    assert (read.base_path, read.path_params) == (base, {"order_id": "a b"})
    assert read.url == url


@pytest.mark.parametrize("path", ["/shop", "/shop/"])
@pytest.mark.parametrize(
    ("as_", "fields"), [("function_url", {}), ("apigw_http", {"stage": "prod"}), ("apigw_rest", {})]
)
def test_a_base_path_is_cut_off_on_the_border_of_a_segment(as_: str, fields: dict[str, Any], path: str) -> None:
    read = asked(as_, path, base_path="/shop", **fields)

    assert read.path == "/"
    assert read.base_path.endswith("/shop")
    assert read.url_for("order", order_id="7").endswith("/shop/orders/7")


def test_another_path_keeps_what_looks_like_a_base_path() -> None:
    app = App(base_path=["/shop", "/orders"])

    assert TestClient(app).get("/shopping").status_code == 404
    assert asked("function_url", "/orders/orders/7", base_path="/orders").path == "/orders/7"


@pytest.mark.parametrize("base_path", ["shop", "/shop/", 7, ["/a", "b"]])
def test_a_base_path_that_is_none_is_refused(base_path: Any) -> None:
    with pytest.raises((RegistrationError, TypeError)):
        App(base_path=base_path)


@pytest.mark.parametrize(
    ("headers", "scheme"),
    [
        ({}, "https"),
        ({"x-forwarded-proto": "http"}, "http"),
        ({"x-forwarded-proto": "https, HTTP"}, "http"),
        ({"x-forwarded-proto": "javascript"}, "https"),
    ],
)
def test_the_scheme_is_what_the_last_hop_says(headers: dict[str, str], scheme: str) -> None:
    assert request("alb", headers=headers, multiValueHeaders=None).scheme == scheme


@pytest.mark.parametrize(
    ("headers", "host"),
    [
        ({"host": "Shop.example.com:8443"}, "shop.example.com:8443"),
        ({"host": "evil.com/path?"}, ""),
        ({"host": "evil.com\r\nx: y"}, ""),
        ({}, "q1w2e3.lambda-url.eu-central-1.on.aws"),
        (None, "q1w2e3.lambda-url.eu-central-1.on.aws"),
    ],
)
def test_a_host_that_is_none_is_empty(headers: Any, host: str) -> None:
    read = request("function_url", headers=headers)
    read.event["requestContext"]["domainName"] = "q1w2e3.lambda-url.eu-central-1.on.aws"

    assert read.host == host


def test_a_host_that_the_event_does_not_say_is_empty() -> None:
    assert request("alb", headers={}, multiValueHeaders=None).host == ""


@pytest.mark.parametrize("raw", ["q=ä&b=1", "q=a b", "q=a\nb"])
def test_a_query_string_that_is_not_encoded_is(raw: str) -> None:
    read = request("function_url", rawQueryString=raw)

    assert read.query_string.isascii()
    assert read.query_string.isprintable()
    assert " " not in read.query_string


@pytest.mark.parametrize("name", ["function_url", "apigw_http", "vpc_lattice_v2"])
def test_a_query_without_its_string_is_written_anew(name: str) -> None:
    changes: dict[str, Any] = {"rawQueryString": None, "queryStringParameters": {"a": "1 2"}}
    if name == "vpc_lattice_v2":
        changes["path"] = "/orders"
    read = request(name, **changes)

    assert read.query_string == "a=1+2"


def test_without_a_query_there_is_no_query_string() -> None:
    assert request("function_url", rawQueryString="", queryStringParameters=None).query_string == ""
    assert request("apigw_rest", multiValueQueryStringParameters=None, queryStringParameters=None).query_string == ""


def test_the_url_of_a_route_is_known_once_the_routes_are() -> None:
    read = asked("apigw_rest", "/orders/7")

    assert read.url_for("order", order_id="a b") == "https://shop.example.com/prod/orders/a%20b"
    with pytest.raises(LookupError, match="not been looked for yet"):
        request("function_url").url_for("order")


# --------------------------------------------------------------------------------------------------------- and the rest


def test_one_header_is_read_without_the_others() -> None:
    read = request("function_url", headers={"x-a": "1", "x-b": 7}, cookies=["a=1"])

    assert (read.header("x-a"), read.header("x-b"), read.header("x-c")) == ("1", "7", None)
    assert read.headers["x-a"] == "1"
    assert read.header("x-a") == "1"
    assert request("apigw_rest").header("host") == request("apigw_rest").headers["host"]
    assert request("function_url", headers=None).header("x-a") is None


def test_of_repeated_cookies_the_first_counts_and_all_are_kept() -> None:
    cookies = request("function_url", cookies=["a=1", "b=2", "a=3"]).cookies

    assert (cookies["a"], cookies.get("a"), cookies.get("c"), cookies.get("c", "no")) == ("1", "1", None, "no")
    assert cookies.getlist("a") == ["1", "3"]


def test_a_request_and_its_trace_have_ids() -> None:
    read = asked("function_url")

    assert read.request_id == read.event["requestContext"]["requestId"]
    assert read.trace_id.startswith("Root=1-")
    assert request("alb").request_id == ""


def test_middleware_and_handlers_see_one_request() -> None:
    seen: list[Request] = []
    app = App()

    @app.middleware
    async def layer(invocation: Invocation, call_next: Any) -> Any:
        seen.append(invocation.request)
        return await call_next(invocation)

    @app.get("/")
    def home(request: Request) -> None:
        seen.append(request)

    TestClient(app).get("/")

    assert seen[0] is seen[1]
    assert seen[0].route == "/"


def test_every_layer_sees_one_request() -> None:
    seen: list[Request] = []
    app = App()
    app.get("/")(lambda: None)

    async def layer(invocation: Invocation, call_next: Any) -> Any:
        seen.append(invocation.request)
        return await call_next(invocation)

    app.middleware(layer)
    app.middleware(layer)

    TestClient(app).get("/")

    assert seen[0] is seen[1]


def test_a_rest_event_that_does_not_say_its_full_path_has_no_base_path() -> None:
    event = events.apigw_rest("GET", "/orders")
    del event["requestContext"]["path"]
    seen: list[str] = []
    app = App()

    @app.get("/orders")
    def orders(request: Request) -> None:
        seen.append(request.base_path)

    app(event)

    assert seen == [""]


def test_an_invocation_that_is_no_request_has_none() -> None:
    invocation = Invocation({}, LambdaContext(), SQS)

    with pytest.raises(TypeError, match="no HTTP request"):
        invocation.request  # noqa: B018 - it is made when it is asked for


@pytest.mark.parametrize("trigger", ["alb", "vpc_lattice_v1", "vpc_lattice_v2"])
@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("198.51.100.17", "198.51.100.17"),
        ("10.0.0.1, 198.51.100.17", "198.51.100.17"),
        ("10.0.0.1,198.51.100.17:4711", "198.51.100.17"),
        ("10.0.0.1, 2001:db8::7", "2001:db8::7"),
        ("[2001:db8::7]:4711", "2001:db8::7"),
        ("", None),
        ("10.0.0.1,", None),
    ],
)
def test_behind_a_balancer_the_caller_is_the_address_that_it_added(
    trigger: str, written: str, address: str | None
) -> None:
    event = getattr(events, trigger)("GET", "/", headers={"x-forwarded-for": written})

    source = sniff(event)
    assert Request(event, source, "GET", "/", {}).client_host == address


@pytest.mark.parametrize("trigger", ["function_url", "apigw_http"])
def test_an_emulator_that_leaves_header_names_as_they_were_is_read_the_same(trigger: str) -> None:
    event = getattr(events, trigger)("GET", "/")
    event["headers"] = {"Host": "localhost:3000", "X-Forwarded-Proto": "http", "Cookie": "sid=s-4711; theme=dark"}
    event["cookies"] = []

    read = Request(event, sniff(event), "GET", "/", {})
    assert (read.header("origin"), read.header("x-forwarded-proto"), read.header("host")) == (
        None,
        "http",
        "localhost:3000",
    )
    assert read.url == "http://localhost:3000/"
    assert read.cookies == {"sid": "s-4711", "theme": "dark"}


@pytest.mark.parametrize("headers", [None, {}, [], ["Host"]], ids=repr)
def test_headers_that_are_none_are_missing(headers: Any) -> None:
    event = {**events.function_url("GET", "/"), "headers": headers}

    assert Request(event, sniff(event), "GET", "/", {}).header("host") is None
