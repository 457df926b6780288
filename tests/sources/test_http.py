"""What all HTTP triggers share: answers that cannot be broken out of, and requests read leniently."""

from __future__ import annotations

import json
import logging
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest

from eventrouter import _log
from eventrouter._sniff import sniff
from eventrouter.errors import ReplyError, RequestValidationError, ResponseTooLargeError
from eventrouter.response import BufferedResponse, Prelude
from eventrouter.source import Source
from eventrouter.sources import _http
from eventrouter.sources._http import clean, description, is_text, write
from eventrouter.sources._http_request import (
    body_bytes,
    pairs,
    parse_cookies,
    parse_query,
    paste,
    without_stage,
)
from eventrouter.sources.alb import SOURCE as ALB
from eventrouter.sources.apigw_http import SOURCE as HTTP_API
from eventrouter.sources.apigw_rest import SOURCE as REST
from eventrouter.sources.apigw_websocket import SOURCE as WEBSOCKET
from eventrouter.sources.function_url import SOURCE as FUNCTION_URL
from eventrouter.sources.sqs import SOURCE as SQS
from eventrouter.sources.vpc_lattice_v1 import SOURCE as LATTICE_V1
from eventrouter.sources.vpc_lattice_v2 import SOURCE as LATTICE_V2

EVENTS = Path(__file__).parent / "events"
JSON = ("content-type", "application/json")

ALL = [
    (REST, "apigw_rest"),
    (HTTP_API, "apigw_http"),
    (FUNCTION_URL, "function_url"),
    (ALB, "alb"),
    (LATTICE_V1, "vpc_lattice_v1"),
    (LATTICE_V2, "vpc_lattice_v2"),
]
every_trigger = pytest.mark.parametrize(("source", "name"), ALL, ids=[name for _, name in ALL])


def event(name: str) -> Any:
    return json.loads((EVENTS / f"{name}.json").read_text())


def answer(
    value: object = None,
    *headers: tuple[str, str],
    status: int = 200,
    cookies: list[str] | None = None,
    source: Source = FUNCTION_URL,
    on: Any = None,
    rest_binary: bool = True,
) -> Any:
    response = BufferedResponse(value, Prelude(status, headers, cookies or []))
    return write(response, source, on or event(source.name), rest_binary=rest_binary)


@pytest.fixture(autouse=True)
def nothing_said_or_remembered_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_log, "_said", set())
    monkeypatch.setattr(_http, "_plain", set())
    monkeypatch.setattr(_http, "_fit", set())
    for name in ("_names", "_text_types"):
        monkeypatch.setattr(_http, name, {})


# ---- names and values


@pytest.mark.parametrize("value", ["a\r\nset-cookie: b=c", "a\nb", "a\0b", "a\x1bb", "a\x7fb"])
def test_a_value_that_would_end_its_header_is_refused_without_being_told(value: str) -> None:
    with pytest.raises(ReplyError, match="the header x-shop") as caught:
        answer("", ("X-Shop", value))

    assert "set-cookie" not in str(caught.value)


@pytest.mark.parametrize("name", ["", "a b", "a:b", "a\r\nb", "é", "(a)", None, 7])
def test_a_name_that_is_none_is_refused(name: Any) -> None:
    with pytest.raises(ReplyError, match="is no name for a header"):
        answer("", (name, "value"))


def test_a_value_that_is_no_string_is_refused_by_its_type() -> None:
    with pytest.raises(ReplyError, match="the header retry-after is a int, not a str"):
        answer("", ("retry-after", 5))  # type: ignore[arg-type]


@pytest.mark.parametrize("count", [1, 2, 40])
def test_headers_that_were_sent_before_are_sent_alike(count: int) -> None:
    headers = [JSON, *((f"x-{number}", "value") for number in range(count))]

    first = answer("{}", *headers)
    again = answer("{}", *headers)
    _http.remember(headers)

    assert first == again == answer("{}", *headers)
    assert first["headers"] == dict(headers)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("x-shop", "a\r\nset-cookie: b=c", "holds a line break"),
        ("x-shop", ["a"], "is a list, not a str"),
        ("x-shop", 7, "is a int, not a str"),
        ("x-bad\r\n", "a", "is no name for a header"),
    ],
)
def test_a_name_that_was_sent_before_makes_no_value_good(name: str, value: Any, words: str) -> None:
    _http.remember([("x-shop", "good"), ("x-shop", "bad\r\n"), ("connection", "close")])
    answer("{}", JSON, ("x-shop", "good"))
    answer("{}", JSON, ("x-shop", "other"))

    with pytest.raises(ReplyError, match=words):
        answer("{}", JSON, (name, value))
    assert "connection" not in answer("{}", JSON, ("connection", "close"))["headers"]


def test_a_tab_and_characters_beyond_ascii_are_values() -> None:
    assert answer("", ("x-shop", "a\tb"), ("x-name", "zoë\u2028"))["headers"] == {
        "x-shop": "a\tb",
        "x-name": "zoë\u2028",
    }


@pytest.mark.parametrize("cookie", ["sid=s-4711\r\nlocation: x", "sid=s-4711\n", 7])
def test_a_cookie_that_would_end_its_header_is_refused_by_name(cookie: Any) -> None:
    with pytest.raises(ReplyError, match=r"the cookie '(sid|7)'") as caught:
        answer("", cookies=[cookie])

    assert "s-4711" not in str(caught.value)


@pytest.mark.parametrize(
    "name",
    [
        "Connection",
        "Keep-Alive",
        "Proxy-Authenticate",
        "Proxy-Authorization",
        "TE",
        "Trailer",
        "Transfer-Encoding",
        "Upgrade",
    ],
)
def test_headers_of_the_connection_are_dropped(name: str) -> None:
    assert answer("", (name, "x"), ("X-Shop", "y"))["headers"] == {"x-shop": "y"}


def test_a_content_length_is_left_to_the_trigger_unless_there_is_no_body() -> None:
    head = event("function_url")
    head["requestContext"]["http"]["method"] = "HEAD"

    assert answer("four", ("content-length", "3"))["headers"] == {}
    assert answer("four", ("content-length", "4"), on=head) == {
        "statusCode": 200,
        "headers": {"content-length": "4"},
        "cookies": [],
        "body": "",
        "isBase64Encoded": False,
    }


def test_set_cookie_among_the_headers_joins_the_cookies() -> None:
    cookie = "b=2; Expires=Wed, 21 Oct 2026 07:28:00 GMT"
    prelude = Prelude(200, [("Set-Cookie", cookie)], ["a=1"])

    headers, cookies = clean(prelude)

    assert (headers, cookies) == ([], ["a=1", cookie])
    assert prelude.cookies == ["a=1"]


def test_repeated_headers_are_joined_where_a_name_has_one_value() -> None:
    written = answer("", ("Vary", "Origin"), ("vary", "Accept"), ("x-shop", "a"))

    assert written["headers"] == {"vary": "Origin, Accept", "x-shop": "a"}


@pytest.mark.parametrize(("source", "limit"), [(REST, 10_240), (HTTP_API, 10_240), (ALB, 32_768)], ids=lambda v: str(v))
def test_headers_that_the_trigger_would_refuse_are_an_error(source: Source, limit: int) -> None:
    with pytest.raises(ReplyError, match=f"{source.name} takes at most {limit}"):
        answer("", ("x-shop", "a" * (limit // 2)), cookies=["a=" + "b" * (limit // 2)], source=source)

    answer("", ("x-shop", "a" * (limit // 2)), source=source)


def test_what_is_remembered_of_names_and_types_is_bounded() -> None:
    for number in range(_http._REMEMBERED + 10):
        answer(b"x", (f"x-{number}", "v"), ("content-type", f"text/x-{number}"))

    assert len(_http._names) <= _http._REMEMBERED
    assert len(_http._fit) <= _http._REMEMBERED
    assert len(_http._text_types) <= _http._REMEMBERED
    assert len(_http._plain) <= _http._REMEMBERED
    assert answer(b"x", ("x-9999", "v"), ("content-type", "text/x-9999"))["body"] == "x"


def test_an_answer_is_the_same_once_its_headers_are_known() -> None:
    assert answer("a", JSON) == answer("a", JSON) == answer("a", ("Content-Type", "application/json"))


# ---- status and body


@pytest.mark.parametrize("status", [204, 205, 304, 103, HTTPStatus.NO_CONTENT])
@every_trigger
def test_statuses_without_a_body_have_none(source: Source, name: str, status: int) -> None:
    written = answer("body", JSON, status=status, source=source)

    assert (written["statusCode"], written["body"], written["isBase64Encoded"]) == (int(status), "", False)
    assert type(written["statusCode"]) is int


@pytest.mark.parametrize("status", [0, 99, 600, True, "200", None])
def test_a_status_that_is_none_is_refused(status: Any) -> None:
    with pytest.raises(ReplyError, match="is no HTTP status"):
        answer("", status=status)


@pytest.mark.parametrize(
    ("content_type", "encoding", "expected"),
    [
        ("text/html; charset=utf-8", "", True),
        ("Application/JSON", "", True),
        ("application/problem+json", "", True),
        ("image/svg+xml", "", True),
        ("application/javascript", "identity", True),
        ("application/x-www-form-urlencoded", "", True),
        ("application/graphql", "", True),
        ("application/json", "gzip", False),
        ("image/png", "", False),
        ("application/octet-stream", "", False),
        ("", "", True),
        ("", "br", False),
    ],
)
def test_content_type_and_encoding_say_what_is_text(content_type: str, encoding: str, expected: bool) -> None:
    assert is_text(content_type, encoding) is expected
    assert is_text(content_type, encoding) is expected


@pytest.mark.parametrize(
    ("value", "headers", "text", "is_base64"),
    [
        ("zoë", [], "zoë", False),
        (None, [JSON], "", False),
        (b"", [("content-type", "image/png")], "", False),
        (b'{"a":1}', [JSON], '{"a":1}', False),
        ("zoë".encode(), [("content-type", "text/plain; charset=latin-1")], "zoë", False),
        (b"\xe9", [("content-type", "text/plain; charset=latin-1")], "6Q==", True),
        (b"\x89PNG", [("content-type", "image/png")], "iVBORw==", True),
        (b"{}", [JSON, ("Content-Encoding", "br")], "e30=", True),
        (b"{}", [], "{}", False),
        (bytearray(b"{}"), [JSON], "{}", False),
        (memoryview(b"{}"), [JSON], "{}", False),
    ],
)
def test_bytes_are_text_only_where_that_loses_nothing(
    value: object, headers: list[tuple[str, str]], text: str, is_base64: bool
) -> None:
    written = answer(value, *headers)

    assert (written["body"], written["isBase64Encoded"]) == (text, is_base64)


def test_a_body_that_is_none_is_refused_by_its_type() -> None:
    with pytest.raises(ReplyError, match="not a dict"):
        answer({"secret": 1})


def test_an_event_that_is_no_request_cannot_be_answered_with_a_status() -> None:
    with pytest.raises(ReplyError, match="a sqs event"):
        write(BufferedResponse("", Prelude(200)), SQS, {})
    with pytest.raises(ReplyError, match="needs a Prelude"):
        write(BufferedResponse(""), FUNCTION_URL, {})


@pytest.mark.parametrize(
    ("source", "limit"),
    [(ALB, 1_000_000), (REST, 6 * 1024 * 1024), (HTTP_API, 6 * 1024 * 1024), (FUNCTION_URL, 6 * 1024 * 1024)],
    ids=lambda value: str(value),
)
def test_an_answer_may_fill_the_limit_and_not_pass_it(source: Source, limit: int) -> None:
    frame = len(BufferedResponse(answer("", JSON, source=source)).payload)

    assert len(answer("a" * (limit - frame), JSON, source=source)["body"]) == limit - frame
    with pytest.raises(ResponseTooLargeError) as caught:
        answer("a" * (limit - frame + 1), JSON, source=source)
    assert (caught.value.source, caught.value.size, caught.value.limit) == (source.name, limit + 1, limit)


def test_size_is_counted_as_json_and_base64_with_the_headers() -> None:
    with pytest.raises(ResponseTooLargeError):
        answer("", ("x-shop", "a" * 6 * 1024 * 1024))
    with pytest.raises(ResponseTooLargeError):
        answer("\x01" * 200_000, source=ALB)
    with pytest.raises(ResponseTooLargeError):
        answer(b"\x89" * 750_000, source=ALB)
    assert answer(b"\x89" * 700_000, source=ALB)["isBase64Encoded"]


def test_a_binary_answer_of_a_rest_api_is_warned_of_once(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "eventrouter"):
        for _ in range(2):
            answer(b"\x89", source=REST, rest_binary=False)

    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "rest_binary=True" in caplog.text


def test_a_binary_answer_elsewhere_is_nothing_to_warn_of(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "eventrouter"):
        answer(b"\x89", source=REST)
        answer("text", source=REST, rest_binary=False)
        answer(b"\x89", source=REST, on=event("apigw_rest-http-payload-1"), rest_binary=False)
        answer(b"\x89", source=FUNCTION_URL, rest_binary=False)

    assert not caplog.records


@every_trigger
def test_a_buffered_response_is_written_in_its_triggers_shape(source: Source, name: str) -> None:
    response = BufferedResponse('{"a":1}', Prelude(201, [JSON]))
    response._source, response._event = source, event(name)

    wire = response.wire()

    assert wire == json.loads(response.payload)
    assert (wire["statusCode"], wire["body"], wire["isBase64Encoded"]) == (201, '{"a":1}', False)
    assert ("headers" in wire) != ("multiValueHeaders" in wire)


def test_every_status_has_a_description() -> None:
    assert description(200) == "200 OK"
    assert description(404) == "404 Not Found"
    assert description(599) == "599 Unknown"


# ---- reading


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("a=1&a=2&b", [("a", "1"), ("a", "2"), ("b", "")]),
        ("&&a=&=b", [("a", ""), ("", "b")]),
        ("q=a+b%2Bc&n%20m=%C3%A9", [("q", "a b+c"), ("n m", "é")]),
        ("a=%&b=%zz&c=%ff", [("a", "%"), ("b", "%zz"), ("c", "\ufffd")]),
        ("a=b=c", [("a", "b=c")]),
    ],
)
def test_a_query_string_is_read_as_a_form(text: str, expected: list[tuple[str, str]]) -> None:
    assert parse_query(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("a=1; b=2", [("a", "1"), ("b", "2")]),
        ("a=1;a=2", [("a", "1"), ("a", "2")]),
        ("a = 1 ;; ;=x; nameless; b=c=d", [("a", "1"), ("b", "c=d")]),
        (r'q="two\054 words"; r="half', [("q", "two, words"), ("r", '"half')]),
        ("[bad]name=1; ok=2", [("[bad]name", "1"), ("ok", "2")]),
    ],
)
def test_cookies_are_read_without_ever_failing(text: str, expected: list[tuple[str, str]]) -> None:
    assert parse_cookies(text) == expected


def test_names_and_values_of_any_shape_are_read() -> None:
    assert pairs(None) == pairs("") == pairs([1]) == []
    assert pairs({"a": "1", "b": ["2", None, 3], "c": None, "d": 4}) == [("a", "1"), ("b", "2"), ("b", "3"), ("d", "4")]


@pytest.mark.parametrize(
    ("value", "is_base64", "kind"),
    [
        ("not base64!", True, "base64"),
        ("YQ", True, "base64"),
        ("YQ==YQ==", True, "base64"),
        ("é===", True, "base64"),
        ("\ud800", False, "string_unicode"),
        ({"a": "secret"}, False, "string_type"),
    ],
)
def test_a_body_that_cannot_be_read_is_told_without_its_content(value: object, is_base64: bool, kind: str) -> None:
    with pytest.raises(RequestValidationError) as caught:
        body_bytes(value, is_base64)

    assert [error["type"] for error in caught.value.errors] == [kind]
    assert caught.value.__cause__ is None and (caught.value.__suppress_context__ or caught.value.__context__ is None)
    assert "secret" not in repr(caught.value.errors)


def test_a_body_is_read_as_bytes() -> None:
    assert body_bytes(None, True) == b""
    assert body_bytes("zoë", False) == "zoë".encode()
    assert body_bytes("AAEC", True) == b"\0\1\2"


@pytest.mark.parametrize(
    ("path", "template", "parameters", "expected"),
    [
        ("/dev/orders", "", None, "/orders"),
        ("/dev", "", None, "/"),
        ("/dev/", "", None, "/"),
        ("/developers", "", None, "/developers"),
        ("/orders/dev", "", None, "/orders/dev"),
        ("/dev/orders", "/orders", None, "/orders"),
        ("/dev/orders", "/dev/orders", None, "/dev/orders"),
        ("/dev/dev/orders", "/dev/orders", None, "/dev/orders"),
        ("/dev/developers", "/dev/{name}", None, "/dev/developers"),
        ("/dev/orders", "/{proxy+}", {"proxy": "orders"}, "/orders"),
        ("/dev/orders", "/{proxy+}", {"proxy": "dev/orders"}, "/dev/orders"),
        ("/dev/dev/orders", "/{proxy+}", {"proxy": "dev/orders"}, "/dev/orders"),
        ("/dev/orders", "/{proxy+}", None, "/orders"),
        ("/dev", "$default", None, "/"),
    ],
)
def test_a_stage_is_cut_off_only_where_it_is_one(path: str, template: str, parameters: object, expected: str) -> None:
    assert without_stage(path, "dev", template, parameters) == expected


def test_the_decorator_to_paste_is_python() -> None:
    assert paste({"method": "GET", "path": "/orders"}) == "@app.get('/orders')"
    assert paste({"method": "PROPFIND", "path": "/"}) == "@app.route('/', methods=['PROPFIND'])"
    assert paste({}) == "@app.get('/')"


# ---- look-alikes


def not_http(value: object) -> bool:
    return sniff(value).http is None and sniff(value).name != "apigw_websocket"


def test_only_the_top_level_of_an_event_counts() -> None:
    inner = json.dumps({"Records": [{"eventSource": "aws:sqs", "messageId": "m-1", "body": "{}"}]})
    detail = {"version": "0", "id": "1", "detail-type": "x", "source": "shop", "detail": event("apigw_rest")}

    for source, name in ALL:
        assert sniff({**event(name), "body": inner}) is source
    assert not_http(detail)
    assert not_http({"detail": {"Records": []}, "body": event("function_url")})


@pytest.mark.parametrize(
    "name",
    [
        "apigw_rest",
        "apigw_rest-http-payload-1",
        "apigw_http",
        "function_url",
        "alb",
        "apigw_websocket",
        "vpc_lattice_v2",
    ],
)
@pytest.mark.parametrize(
    "asks",
    [
        {"type": "REQUEST", "methodArn": "arn:aws:execute-api:eu-central-1:210987654321:k3x9w1qz7b/prod/GET/orders"},
        {"type": "REQUEST", "routeArn": "arn:aws:execute-api:eu-central-1:210987654321:m2n4b6v8c0/$default/GET/orders"},
    ],
    ids=["methodArn", "routeArn"],
)
def test_an_authorizer_event_is_never_a_request(name: str, asks: dict[str, str]) -> None:
    assert not_http({**event(name), **asks})


def test_a_lambda_destination_record_is_never_a_request() -> None:
    record = {
        "version": "1.0",
        "timestamp": "2025-09-02T13:40:00.000Z",
        "requestContext": {
            "requestId": "5d0c7a3e-9c1b-4a56-8f2d-1e3b5a7c9d0f",
            "functionArn": "arn:aws:lambda:eu-central-1:210987654321:function:shop:$LATEST",
            "condition": "RetriesExhausted",
            "approximateInvokeCount": 3,
        },
        "requestPayload": event("apigw_rest"),
        "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
    }

    assert not_http(record)
    assert not_http({**record, "httpMethod": "GET", "path": "/"})


@pytest.mark.parametrize(
    "half",
    [
        {},
        [],
        None,
        "GET /",
        {"requestContext": None},
        {"requestContext": {}},
        {"requestContext": {"http": {}}},
        {"requestContext": {"http": None}, "version": "2.0", "rawPath": "/"},
        {"requestContext": {"http": {"method": None}}, "version": "2.0", "rawPath": "/"},
        {"requestContext": {"http": {"method": "GET"}}, "version": "2.0"},
        {"requestContext": {"http": {"method": "GET"}}, "version": "1.0", "rawPath": "/"},
        {"requestContext": {"elb": {}}, "httpMethod": "GET"},
        {"requestContext": {"elb": {}}, "path": "/"},
        {"requestContext": {"connectionId": "c"}},
        {"requestContext": {}, "httpMethod": "GET"},
        {"requestContext": {}, "path": "/"},
        {"httpMethod": "GET", "path": "/"},
        {"requestContext": {"serviceArn": "arn"}, "method": "GET"},
        {"requestContext": {}, "method": "GET", "path": "/"},
        {"raw_path": "/", "method": "GET"},
        {"raw_path": None, "method": "GET", "headers": {}},
        {"raw_path": "/", "method": "GET", "headers": {}, "requestContext": {}},
        {"rawPath": "/", "requestContext": []},
    ],
    ids=repr,
)
def test_half_a_request_is_none(half: object) -> None:
    assert not_http(half)


@pytest.mark.parametrize(
    "nulls",
    [
        {
            "httpMethod": None,
            "resource": None,
            "type": None,
            "methodArn": None,
            "routeArn": None,
            "identitySource": None,
        },
        {"raw_path": None, "method": None, "is_base64_encoded": None},
        {"multiValueHeaders": None, "multiValueQueryStringParameters": None, "stageVariables": None},
    ],
)
@every_trigger
def test_nulls_of_other_shapes_change_nothing(source: Source, name: str, nulls: dict[str, None]) -> None:
    whole = event(name)

    filled = {**{key: value for key, value in nulls.items() if key not in whole}, **whole}

    assert sniff(filled) is source
    assert source.http is not None
    assert source.http.line(filled) == source.http.line(whole)


def test_what_two_shapes_claim_is_of_the_more_specific() -> None:
    v2 = {**event("apigw_http"), "httpMethod": "GET", "path": "/", "resource": "/"}
    lattice = {**event("vpc_lattice_v2"), "httpMethod": "GET"}
    socket = {**event("apigw_websocket"), "httpMethod": "GET", "path": "/"}

    assert sniff(v2).name == "apigw_http"
    assert sniff(lattice).name == "apigw_rest"
    assert sniff(socket).name == "apigw_websocket"
    mixed = event("apigw_websocket")
    mixed["requestContext"]["elb"] = {}
    assert not_http(mixed)


@pytest.mark.parametrize("value", [None, [], "GET /", 7, {"requestContext": "x"}], ids=repr)
def test_every_detector_takes_any_json_value(value: object) -> None:
    for source in (*(source for source, _ in ALL), WEBSOCKET):
        assert source.detect(value) is False
