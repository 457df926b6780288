"""Replies of an HTTP/1.1 server, read whole, byte by byte and with something behind them."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, strategies as st

from eventrouter import RuntimeApiError
from eventrouter.runtime._http import MAX_BODY, MAX_CHUNK_LINE, MAX_HEAD, Reply, ReplyReader

OK = b"HTTP/1.1 200 OK\r\n"

#: What the server sends, and status, body and whether the connection is kept.
REPLIES = {
    "length": (OK + b"Content-Length: 5\r\n\r\nhello", 200, b"hello", True),
    "no body": (OK + b"Content-Length: 0\r\n\r\n", 200, b"", True),
    "chunked": (OK + b"Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n", 200, b"hello", True),
    "chunk extension": (OK + b"Transfer-Encoding: Chunked\r\n\r\n5 ;a=b\r\nhello\r\n0\r\n\r\n", 200, b"hello", True),
    "trailers": (OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX: y\r\nZ:\r\n\r\n", 200, b"hello", True),
    "nothing in chunks": (OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 200, b"", True),
    "204": (b"HTTP/1.1 204 No Content\r\nContent-Length: 7\r\n\r\n", 204, b"", True),
    "304": (b"HTTP/1.1 304 Not Modified\r\n\r\n", 304, b"", True),
    "announced": (b"HTTP/1.1 100 Continue\r\n\r\n" + OK + b"Content-Length: 2\r\n\r\n{}", 200, b"{}", True),
    "no reason": (b"HTTP/1.1 202\r\nContent-Length: 2\r\n\r\n{}", 202, b"{}", True),
    "closing": (OK + b"Connection: Close\r\nContent-Length: 2\r\n\r\n{}", 200, b"{}", False),
    "HTTP/1.0": (b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n{}", 200, b"{}", False),
    "kept HTTP/1.0": (b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\n{}", 200, b"{}", True),
    "twice the same length": (OK + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}", 200, b"{}", True),
    "empty header": (OK + b"X-Empty:\r\nContent-Length: 2\r\n\r\n{}", 200, b"{}", True),
}  # fmt: skip


def in_pieces(data: bytes, size: int) -> tuple[Reply | None, ReplyReader]:
    reader = ReplyReader()
    reply = None
    for start in range(0, len(data), size):
        reply = reader.receive_data(data[start : start + size])
        assert reply is None or start + size >= len(data), "a reply before its end"
    return reply, reader


@pytest.mark.parametrize("size", [1, 2, 7, 10_000])
@pytest.mark.parametrize("name", REPLIES)
def test_a_reply_is_the_same_however_it_arrives(name: str, size: int) -> None:
    data, status, body, keeps_open = REPLIES[name]

    reply, reader = in_pieces(data, size)

    assert reply is not None
    assert (reply.status, reply.body, reply.keeps_open) == (status, body, keeps_open)
    assert reader.is_idle
    assert repr(reply) == f"<Reply {status}, {len(body)} bytes>"


@pytest.mark.parametrize("name", REPLIES)
def test_a_connection_on_which_more_arrives_than_was_asked_for_is_not_kept(name: str) -> None:
    data, status, body, _ = REPLIES[name]

    reply = ReplyReader().receive_data(data + b"HTTP/1.1 ")

    assert reply is not None
    assert (reply.status, reply.body, reply.keeps_open) == (status, body, False)


@pytest.mark.parametrize("name", REPLIES)
def test_a_reader_reads_one_reply_after_the_other(name: str) -> None:
    data, status, body, _ = REPLIES[name]
    reader = ReplyReader()

    replies = [reader.receive_data(data) for _ in range(3)]

    assert [(reply.status, reply.body) for reply in replies if reply is not None] == [(status, body)] * 3


def test_headers_have_lower_case_names_and_no_space_around_their_values() -> None:
    reply = ReplyReader().receive_data(OK + b"X-A: \t b \t\r\nx-a: c\r\nContent-Length: 0\r\n\r\n")

    assert reply is not None
    assert reply.headers == {"x-a": "c", "content-length": "0"}


def test_a_body_without_a_length_ends_with_the_connection() -> None:
    reader = ReplyReader()

    before = [reader.receive_data(OK + b"\r\nhel"), reader.receive_data(b"lo")]
    reply = reader.receive_eof()

    assert before == [None, None]
    assert reply is not None
    assert (reply.body, reply.keeps_open) == (b"hello", False)


def test_an_end_between_two_replies_is_no_reply() -> None:
    reader = ReplyReader()
    reader.receive_data(REPLIES["length"][0])

    assert reader.receive_eof() is None


@pytest.mark.parametrize("size", [1, 20, 40])
def test_an_end_in_the_middle_of_a_reply_is_an_error(size: int) -> None:
    reader = ReplyReader()
    reader.receive_data((OK + b"Content-Length: 5\r\n\r\nhello")[:size])

    with pytest.raises(RuntimeApiError, match="in the middle of a reply"):
        reader.receive_eof()


def test_the_rest_of_a_body_of_known_length_is_known() -> None:
    reader = ReplyReader()
    before = reader.wants
    reader.receive_data(OK + b"Content-Length: 1000000\r\n\r\nx")

    assert (before, reader.wants) == (0, 999_999)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"what is this\r\n\r\n", "no HTTP/1.1 reply"),
        (b"HTTP/2 200 OK\r\n\r\n", "no HTTP/1.1 reply"),
        (b"HTTP/1.1 2000 OK\r\n\r\n", "no HTTP/1.1 reply"),
        (b"HTTP/1.1 abc OK\r\n\r\n", "no HTTP/1.1 reply"),
        ("HTTP/1.1 ²00 OK\r\n\r\n".encode("latin-1"), "no HTTP/1.1 reply"),
        (b"HTTP/1.1 20\r\n\r\n", "no HTTP/1.1 reply"),
        (b"HTTP/1.1 101 Switching\r\n\r\n", "another protocol"),
        (OK + b"X-A\r\n\r\n", "a header that is none"),
        (OK + b": x\r\n\r\n", "a header that is none"),
        (OK + b"X-A : b\r\n\r\n", "a header that is none"),
        (OK + b"X-A: b\r\n folded: c\r\n\r\n", "a header that is none"),
        (OK + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n", "two lengths"),
        (OK + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", "two lengths"),
        (OK + b"Transfer-Encoding: gzip\r\n\r\n", "other than chunked"),
        (OK + b"Content-Length: -1\r\n\r\n", "no number"),
        (OK + b"Content-Length: 1e3\r\n\r\n", "no number"),
        (OK + b"Content-Length: 9999999999999\r\n\r\n", "no number"),
        (OK + b"Content-Length: %d\r\n\r\n" % (MAX_BODY + 1), "more than"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\nxyz\r\n", "no number"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n\r\n", "no number"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n-1\r\n", "no number"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n123456789\r\n", "no number"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\nfffffff\r\n", "more than"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n", "longer than it says"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n" + b"1" * (MAX_CHUNK_LINE + 2), "not to be found"),
        (OK + b"X: " + b"x" * MAX_HEAD, "head has more than"),
        (OK + b"X: " + b"x" * MAX_HEAD + b"\r\n\r\n", "head has more than"),
        (OK + b"\r\n" + b"x" * (MAX_BODY + 1), "more than"),
    ],
)
def test_what_http_does_not_allow_is_an_error(data: bytes, words: str) -> None:
    with pytest.raises(RuntimeApiError, match=words):
        ReplyReader().receive_data(data)


@given(data=st.binary(max_size=200), cut=st.integers(0, 200))
def test_nothing_else_is_ever_raised(data: bytes, cut: int) -> None:
    said: list[bytes] = []
    for prefix in (b"", OK, OK + b"Transfer-Encoding: chunked\r\n\r\n"):
        whole = prefix + data
        reader = ReplyReader()
        try:
            reader.receive_data(whole[:cut])
            reader.receive_data(whole[cut:])
            reader.receive_eof()
        except RuntimeApiError:
            said.append(whole)
    assert len(said) <= 3


@given(
    chunks=st.lists(st.binary(min_size=1, max_size=40), max_size=6),
    is_chunked=st.booleans(),
    cuts=st.lists(st.integers(0, 400), max_size=6),
)
def test_any_body_is_read_from_any_pieces(chunks: list[bytes], is_chunked: bool, cuts: list[int]) -> None:
    body = b"".join(chunks)
    if is_chunked:
        parts = b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks)
        data = OK + b"Transfer-Encoding: chunked\r\n\r\n" + parts + b"0\r\n\r\n"
    else:
        data = OK + b"Content-Length: %d\r\n\r\n" % len(body) + body
    places = sorted({0, len(data), *(min(cut, len(data)) for cut in cuts)})
    reader = ReplyReader()

    replies = [reader.receive_data(data[start:stop]) for start, stop in pairwise(places)]

    assert replies[:-1] == [None] * (len(replies) - 1)
    assert replies[-1] is not None
    assert replies[-1].body == body


def test_a_large_event_is_read_from_many_pieces() -> None:
    body = b"x" * 6_000_000

    reply, _ = in_pieces(OK + b"Content-Length: %d\r\n\r\n" % len(body) + body, 65536)

    assert reply is not None
    assert reply.body == body
