"""The request that handlers and middleware see."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from eventrouter._sniff import sniff
from eventrouter.errors import RequestValidationError
from eventrouter.request import Headers, MultiDict, Request
from eventrouter.sources.apigw_http import SOURCE as HTTP_API
from eventrouter.sources.function_url import SOURCE as FUNCTION_URL
from eventrouter.sources.sqs import SOURCE as SQS

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
