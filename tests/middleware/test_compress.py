"""Compressed answers: in the coding the client likes, and the same bytes once they are unpacked."""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator, Iterator
from typing import Any

import brotli
import pytest
import zstandard
from hypothesis import given, strategies as st

from eventrouter import App, EventStream, RegistrationError, Response
from eventrouter.middleware import Compress, ETag
from eventrouter.testing import TestClient
from tests.runtime.served import Turn, serve, url_event

TEXT = "the quick brown fox " * 200
UNPACK: Any = {
    "gzip": lambda data: zlib.decompress(data, 31),
    "br": brotli.decompress,
    "zstd": lambda data: zstandard.ZstdDecompressor().decompressobj().decompress(data),
}


def client(
    content: Any = TEXT, *, app: dict[str, Any] | None = None, answer: Any = None, **settings: Any
) -> TestClient:
    made = App(**(app or {}))
    made.middleware(Compress(**settings))
    made.get("/")(lambda: content if answer is None else Response(content, **answer))
    return TestClient(made)


@pytest.mark.parametrize("coding", UNPACK)
@pytest.mark.parametrize("as_", ["function_url", "apigw_http", "alb", "vpc_lattice_v1", "vpc_lattice_v2"])
def test_an_answer_is_the_same_once_it_is_unpacked(coding: str, as_: Any) -> None:
    answer = client().get("/", headers={"accept-encoding": coding}, as_=as_)

    assert answer.headers["content-encoding"] == coding
    assert answer.headers["vary"] == "Accept-Encoding"
    assert len(answer.content) < len(TEXT)
    assert UNPACK[coding](answer.content) == TEXT.encode()


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("gzip, deflate, br, zstd", "zstd"),
        ("gzip, deflate, br", "br"),
        ("x-gzip", "gzip"),
        ("GZIP", "gzip"),
        ("*", "zstd"),
        ("*;q=0.1, gzip", "gzip"),
        ("zstd;q=0, *", "br"),
        ("gzip;q=0.5, br;q=0.6", "br"),
        ("gzip;q=0.5, identity", None),
        ("identity;q=0.1, gzip;q=0.5", "gzip"),
        ("gzip;q=0", None),
        ("gzip;q=x", None),
        ("gzip;level=9", "gzip"),
        ("deflate", None),
        ("", None),
    ],
)
def test_the_coding_is_the_one_that_the_client_likes_best(accepted: str, coding: str | None) -> None:
    answer = client().get("/", headers={"accept-encoding": accepted})

    assert answer.headers.get("content-encoding") == coding
    assert answer.headers["vary"] == "Accept-Encoding"


@given(st.text(st.characters(codec="ascii", categories=("L", "N", "P", "S", "Zs")), max_size=60))
def test_whatever_the_client_says_it_gets_an_answer_that_it_can_read(accepted: str) -> None:
    answer = client().get("/", headers={"accept-encoding": accepted.strip()})
    coding = answer.headers.get("content-encoding")

    assert (UNPACK[coding](answer.content) if coding else answer.content) == TEXT.encode()


@pytest.mark.parametrize(
    ("content", "answer"),
    [
        ("x" * 499, {}),
        (b"", {}),
        (TEXT.encode(), {"media_type": "image/png"}),
        (TEXT, {"headers": {"Content-Encoding": "br"}}),
        (TEXT, {"headers": {"Cache-Control": "public, No-Transform"}}),
        (TEXT, {"status_code": 206}),
        (None, {"status_code": 204}),
    ],
)
def test_what_gains_nothing_or_must_not_be_changed_is_left(content: Any, answer: Any) -> None:
    found = client(content, answer=answer).get("/", headers={"accept-encoding": "gzip"})

    assert found.headers.get("content-encoding") != "gzip"
    assert "vary" not in found.headers


def test_what_would_grow_is_left() -> None:
    noise = "".join(chr(33 + (index * 7919 + index**2) % 90) for index in range(40))

    found = client(noise, minimum_size=0).get("/", headers={"accept-encoding": "gzip"})

    assert (found.text, found.headers.get("content-encoding")) == (noise, None)


def test_the_length_goes_and_the_tag_becomes_weak() -> None:
    headers = {"ETag": '"a"', "Content-Length": "4000", "Accept-Ranges": "bytes"}

    found = client(TEXT, answer={"headers": headers}).get("/", headers={"accept-encoding": "gzip"}).headers

    assert found["etag"] == 'W/"a"'
    assert "accept-ranges" not in found


def test_an_answer_that_is_not_sent_again_varies_alike() -> None:
    app = App()
    app.middleware(Compress())
    app.middleware(ETag())
    app.get("/")(lambda: TEXT)
    client = TestClient(app)
    first = client.get("/", headers={"accept-encoding": "gzip"})

    again = client.get("/", headers={"accept-encoding": "gzip", "if-none-match": first.headers["etag"]})

    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["vary"] == first.headers["vary"] == "Accept-Encoding"


def test_a_weak_tag_stays_as_it_is() -> None:
    answer = {"headers": {"etag": 'W/"a"', "content-encoding": "identity"}}

    found = client(TEXT, answer=answer).get("/", headers={"accept-encoding": "gzip"}).headers

    assert (found["etag"], found["content-encoding"]) == ('W/"a"', "gzip")


def test_an_answer_to_head_varies_as_that_to_get() -> None:
    found = client().head("/", headers={"accept-encoding": "gzip"})

    assert (found.content, found.headers["vary"]) == (b"", "Accept-Encoding")


@pytest.mark.parametrize(
    ("rest_binary", "payload", "coding"), [(False, "rest", None), (True, "rest", "gzip"), (False, "1.0", "gzip")]
)
def test_a_rest_api_is_sent_bytes_only_where_it_takes_them(rest_binary: bool, payload: Any, coding: str | None) -> None:
    test = client(app={"rest_binary": rest_binary})

    answer = test.get("/", headers={"accept-encoding": "gzip"}, as_="apigw_rest", payload=payload)

    assert answer.headers.get("content-encoding") == coding


# -------------------------------------------------------------------------------------------------------------- streams


def streaming(handler: Any) -> App:
    app = App(response_stream={"function_url", "apigw_rest"})
    app.middleware(Compress())
    app.get("/")(handler)
    return app


def lines() -> Iterator[str]:
    for number in range(3):
        yield f"line {number}\n"


@pytest.mark.parametrize("coding", UNPACK)
@pytest.mark.parametrize("as_", ["function_url", "apigw_rest"])
def test_a_stream_is_packed_chunk_by_chunk(coding: str, as_: Any) -> None:
    answer = TestClient(streaming(lines)).get("/", headers={"accept-encoding": coding}, as_=as_)

    assert answer.headers["content-encoding"] == coding
    assert len(answer.chunks) >= 3
    assert UNPACK[coding](answer.content) == b"line 0\nline 1\nline 2\n"


def test_no_chunk_waits_for_the_next_one() -> None:
    answer = TestClient(streaming(lines)).get("/", headers={"accept-encoding": "gzip"})
    unpacker = zlib.decompressobj(31)

    assert [unpacker.decompress(chunk.data) for chunk in answer.chunks[:3]] == [b"line 0\n", b"line 1\n", b"line 2\n"]


@pytest.mark.parametrize("driver", ["asyncio", "trio"])
def test_an_asynchronous_stream_is_packed_under_the_runtime(driver: str) -> None:
    async def letters() -> AsyncIterator[str]:
        for letter in "abc":
            yield letter

    event = url_event()
    event["headers"]["accept-encoding"] = "gzip"

    said = serve(streaming(letters), Turn(event), driver=driver).only

    assert zlib.decompress(said.content, 31) == b"abc"


def test_an_empty_chunk_is_no_end() -> None:
    answer = TestClient(streaming(lambda: iter(["a", "", "b"]))).get("/", headers={"accept-encoding": "gzip"})

    assert zlib.decompress(answer.content, 31) == b"ab"


def test_a_stream_that_its_reader_leaves_is_closed() -> None:
    closed: list[str] = []

    def endless() -> Iterator[str]:
        try:
            while True:
                yield TEXT
        finally:
            closed.append("closed")

    TestClient(streaming(endless)).get("/", headers={"accept-encoding": "gzip"}, leave_after=2)

    assert closed == ["closed"]


def test_server_sent_events_are_left_alone() -> None:
    async def events() -> AsyncIterator[str]:
        yield TEXT

    app = streaming(lambda: EventStream(events(), headers={"Content-Type": "Text/Event-Stream ; charset=utf-8"}))

    answer = TestClient(app).get("/", headers={"accept-encoding": "gzip"})

    assert "content-encoding" not in answer.headers
    assert TEXT in answer.text


def test_events_that_are_no_requests_pass() -> None:
    app = App()
    app.middleware(Compress())
    app.direct()(lambda: TEXT)

    assert TestClient(app).direct({}).value == TEXT


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"minimum_size": -1}, "a whole number of bytes, not -1"),
        ({"codings": "gzip"}, r'is a list: write \["gzip"\]'),
        ({"codings": ["deflate"]}, "there are zstd, br, gzip, not 'deflate'"),
    ],
)
def test_settings_that_cannot_be_are_refused(settings: Any, words: str) -> None:
    with pytest.raises(RegistrationError, match=words):
        Compress(**settings)


def test_a_coding_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("eventrouter.middleware._codings.find_spec", lambda name: None if name == "brotli" else name)

    assert (
        client(codings=["gzip"]).get("/", headers={"accept-encoding": "br, gzip"}).headers["content-encoding"] == "gzip"
    )
    assert client().get("/", headers={"accept-encoding": "br, gzip"}).headers["content-encoding"] == "gzip"
    with pytest.raises(RegistrationError, match=r"br is not installed: pip install 'eventrouter\[http\]'"):
        Compress(codings=["br"])
