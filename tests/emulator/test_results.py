"""What callers see of an answer."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, strategies as st

from eventrouter._received import Chunk, Headers, Opening, PreludeError
from eventrouter.emulator._results import Invoked, PreludeReader, is_http

PRELUDE = {"statusCode": 201, "headers": {"a": "1"}, "cookies": ["c=1"]}
SENT = json.dumps(PRELUDE).encode() + b"\0" * 8


@given(body=st.binary(max_size=50), cuts=st.lists(st.integers(0, 120), max_size=8))
def test_a_prelude_is_read_off_any_chunking(body: bytes, cuts: list[int]) -> None:
    data = SENT + body
    reader = PreludeReader()
    places = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]

    rest = b"".join(reader.feed(data[start:stop]) for start, stop in pairwise(places))
    reader.end()

    assert (reader.value, rest) == (PRELUDE, body)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"{" + b"\0" * 8, "not JSON"),
        (b"[]" + b"\0" * 8, "is an object"),
        (b'{"body":1}' + b"\0" * 8, "and nothing else"),
        (b'{"headers":{"a":"' + b"x" * 17_000, "within 16384 bytes"),
        (b"{}", "before the delimiter"),
    ],
)
def test_a_prelude_that_is_none_is_refused(data: bytes, words: str) -> None:
    reader = PreludeReader()

    def read() -> None:
        reader.feed(data)
        reader.end()

    with pytest.raises(PreludeError, match=words):
        read()


def test_headers_are_found_whatever_their_case_and_repeated_ones_kept() -> None:
    headers = Headers([("A", "1"), ("a", "2"), ("B", "3")])

    assert headers["a"] == headers["A"] == "1, 2"
    assert headers.get("missing") is None
    assert (list(headers), len(headers)) == (["a", "b"], 2)
    assert "('a', '1')" in repr(headers)


HTTP: dict[str, Any] = {"requestContext": {"http": {"method": "GET"}}}


@pytest.mark.parametrize(
    ("value", "status", "body", "cookies"),
    [
        ({"statusCode": 201, "body": "x", "cookies": ["a=1"]}, 201, b"x", ["a=1"]),
        ({"statusCode": 200, "body": "eA==", "isBase64Encoded": True}, 200, b"x", []),
        ({"statusCode": 200}, 200, b"", []),
        ({"statusCode": 200, "body": {"a": 1}}, 200, b'{"a": 1}', []),
        ({"statusCode": 200, "multiValueHeaders": {"Set-Cookie": ["a=1", "b=2"]}, "headers": {"x": "1"}}, 200, b"",
         ["a=1", "b=2"]),
        ({"hello": 1}, 200, b'{"hello": 1}', []),
        ([1], 200, b"[1]", []),
    ],
)  # fmt: skip
def test_a_buffered_answer_is_read_as_a_function_url_reads_it(
    value: object, status: int, body: bytes, cookies: list[str]
) -> None:
    result = Invoked("r", "buffered", payload=json.dumps(value).encode(), ended="complete")

    result.read_buffered(HTTP)

    assert (result.status, result.body, result.cookies) == (status, body, cookies)


@pytest.mark.parametrize(
    "payload",
    [
        b"what",
        b'{"statusCode":"200"}',
        b'{"statusCode":999}',
        b'{"statusCode":true}',
        b'{"statusCode":200,"headers":"x"}',
        b'{"statusCode":200,"headers":{"a":null}}',
        b'{"statusCode":200,"multiValueHeaders":["x"]}',
        b'{"statusCode":200,"cookies":"a=1"}',
        b'{"statusCode":200,"cookies":[1]}',
        b'{"statusCode":200,"body":"%%%","isBase64Encoded":true}',
    ],
)
def test_a_buffered_answer_that_is_no_http_answer_is_a_bad_gateway(payload: bytes) -> None:
    result = Invoked("r", "buffered", payload=payload, content_type="text/plain", ended="complete")

    result.read_buffered(HTTP)

    assert (result.status, result.headers["content-type"]) == (502, "text/plain")
    assert result.why.startswith("the answer is no HTTP answer: ")


def test_headers_may_be_numbers_and_lists() -> None:
    opening = Opening({"headers": {"a": 1, "b": True, "c": ["2", 3]}})

    assert opening.headers.pairs == [("a", "1"), ("b", "true"), ("c", "2"), ("c", "3")]


def test_other_callers_see_the_payload() -> None:
    result = Invoked("r", "buffered", payload=b'{"statusCode": 404}', ended="complete")

    result.read_buffered({"Records": []})

    assert (result.status, result.json(), result.text, result.failed) == (
        200,
        {"statusCode": 404},
        '{"statusCode": 404}',
        False,
    )
    assert result.chunks == [Chunk(0.0, b'{"statusCode": 404}')]


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (HTTP, True),
        ({"httpMethod": "GET", "requestContext": {}}, True),
        ({"requestContext": {"elb": {}}}, True),
        ({"requestContext": 1}, False),
        ({}, False),
        ([], False),
    ],
)
def test_requests_are_told_from_other_events(event: object, expected: bool) -> None:
    assert is_http(event) is expected
