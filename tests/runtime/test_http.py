"""Replies of an HTTP/1.1 server, read whole, byte by byte and with something behind them."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import h11
import pytest
from hypothesis import example, given, strategies as st

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
    "two connection options": (
        OK + b"Connection: close\r\nConnection: x\r\nContent-Length: 2\r\n\r\n{}", 200, b"{}", False
    ),
    "announced twice": (
        b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 102 \r\n\r\n" + OK + b"Content-Length: 0\r\n\r\n",
        200, b"", True,
    ),
    "longest head": (
        OK + b"Content-Length: 0\r\nX: " + b"x" * (MAX_HEAD - len(OK) - 22) + b"\r\n\r\n", 200, b"", True
    ),
    "longest chunk line": (
        OK + b"Transfer-Encoding: chunked\r\n\r\n1;" + b"x" * (MAX_CHUNK_LINE - 2) + b"\r\na\r\n0\r\n\r\n", 200, b"a", True
    ),
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


def test_a_body_without_a_length_has_a_limit_too() -> None:
    reader = ReplyReader()
    reader.receive_data(OK + b"\r\n" + b"x" * MAX_BODY)

    with pytest.raises(RuntimeApiError, match="more than"):
        reader.receive_data(b"x")


def test_an_end_between_two_replies_is_no_reply() -> None:
    reader = ReplyReader()
    reader.receive_data(REPLIES["length"][0])

    assert reader.receive_eof() is None


@pytest.mark.parametrize("name", ["length", "chunked", "chunk extension", "trailers", "longest chunk line"])
@pytest.mark.parametrize("part", [0.01, 0.3, 0.7, 0.99])
def test_an_end_in_the_middle_of_a_reply_is_an_error(name: str, part: float) -> None:
    data = REPLIES[name][0]
    reader = ReplyReader()
    reader.receive_data(data[: max(1, int(len(data) * part))])

    with pytest.raises(RuntimeApiError, match="in the middle of a reply"):
        reader.receive_eof()


def test_the_rest_of_a_body_of_known_length_is_known() -> None:
    reader = ReplyReader()
    before = reader.wants
    reader.receive_data(OK + b"Content-Length: 1000000\r\n\r\nx")

    assert (before, reader.wants) == (0, 999_999)


@pytest.mark.parametrize("size", [100, 100_000_000])
@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"\r\n\r\n", "no HTTP/1.1 reply"),
        (b"HTTP/1.1 099 Low\r\n\r\n", "no HTTP/1.1 reply"),
        (OK + b"X A: b\r\n\r\n", "a header that is none"),
        (OK + b"X: a\nY: b\r\n\r\n", "a character that no line"),
        (OK + b"X: a\rY: b\r\n\r\n", "a character that no line"),
        (OK + b"X: a\0\r\n\r\n", "a character that no line"),
        (OK + b"Content-Length:\r\n\r\n", "no number"),
        (OK + b"Content-Length: 5, 5\r\n\r\nhello", "no number"),
        (OK + b"Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "other than chunked"),
        (OK + b"Content-Length: %d\r\n\r\n" % (MAX_BODY + 1) + b"x" * (MAX_BODY + 1), "more than"),
        (OK + b"X: " + b"x" * (MAX_HEAD - len(OK) - 2) + b"\r\n\r\n", "head has more than"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n1;" + b"x" * (MAX_CHUNK_LINE - 1) + b"\r\n", "not to be found"),
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
def test_what_http_does_not_allow_is_an_error(data: bytes, words: str, size: int) -> None:
    with pytest.raises(RuntimeApiError, match=words):
        in_pieces(data, size)


def said(data: bytes, cut: int) -> object:
    """What comes of *data* in two pieces, and of the end of the connection after it."""
    reader = ReplyReader()
    try:
        replies = [reader.receive_data(data[:cut]), reader.receive_data(data[cut:]), reader.receive_eof()]
    except RuntimeApiError:
        return "an error"
    return [(reply.status, dict(reply.headers), reply.body) for reply in replies if reply is not None]


#: A reply of the table, some of which is replaced.
SHORT = sorted(data for data, *_ in REPLIES.values() if len(data) < 200)
SPOILED = st.tuples(st.sampled_from(SHORT), st.integers(0, 120), st.integers(0, 9), st.binary(max_size=9)).map(
    lambda given: given[0][: given[1]] + given[3] + given[0][given[1] + given[2] :]
)
AFTER = st.sampled_from([b"", OK, OK + b"\r\n", OK + b"Transfer-Encoding: chunked\r\n\r\n"])


@given(data=SPOILED | st.tuples(AFTER, st.binary(max_size=200)).map(b"".join))
@example(data=b"\r\n\r\n")
def test_whatever_arrives_is_a_reply_or_our_error_and_nothing_else_is_raised(data: bytes) -> None:
    whole = said(data, len(data))

    assert whole == "an error" or isinstance(whole, list)


NAMES = st.from_regex(r"X-[A-Za-z0-9-]{1,10}", fullmatch=True)
VALUES = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), max_size=20)


@st.composite
def replies(draw: st.DrawFn) -> tuple[bytes, bytes, dict[str, str]]:
    """What a server sends, its body, and the headers that are its own."""
    headers = draw(st.dictionaries(NAMES, VALUES, max_size=4))
    chunks = draw(st.lists(st.binary(min_size=1, max_size=40), max_size=6))
    body = b"".join(chunks)
    space = draw(st.sampled_from(["", " ", "\t  "]))
    lines = "".join(f"{name}:{space}{value}{space}\r\n" for name, value in headers.items()).encode()
    interim = draw(st.sampled_from([b"", b"HTTP/1.1 100 Continue\r\n\r\n"]))
    if draw(st.booleans()):
        extension = draw(st.sampled_from([b"", b";a", b";a=b"]))
        trailers = draw(st.sampled_from([b"", b"X-T: u\r\n"]))
        framing = b"Transfer-Encoding: chunked\r\n\r\n"
        sent = b"".join(b"%x%b\r\n%b\r\n" % (len(chunk), extension, chunk) for chunk in chunks)
        sent += b"0\r\n" + trailers + b"\r\n"
    else:
        framing, sent = b"Content-Length: %d\r\n\r\n" % len(body), body
    return interim + OK + lines + framing + sent, body, {name.lower(): value for name, value in headers.items()}


@given(reply=replies())
def test_a_reply_is_what_another_reader_takes_it_for(reply: tuple[bytes, bytes, dict[str, str]]) -> None:
    data, body, _ = reply
    client = h11.Connection(h11.CLIENT)
    client.send(h11.Request(method="GET", target="/", headers=[("Host", "h")]))
    client.send(h11.EndOfMessage())
    client.receive_data(data)
    theirs = b""
    while not isinstance(event := client.next_event(), h11.EndOfMessage):
        theirs += bytes(event.data) if isinstance(event, h11.Data) else b""

    ours = ReplyReader().receive_data(data)

    assert ours is not None
    assert ours.body == theirs == body


@given(reply=replies(), cuts=st.lists(st.integers(0, 600), max_size=6))
def test_any_reply_is_read_from_any_pieces(reply: tuple[bytes, bytes, dict[str, str]], cuts: list[int]) -> None:
    data, body, headers = reply
    places = sorted({0, len(data), *(min(cut, len(data)) for cut in cuts)})
    reader = ReplyReader()

    *early, last = [reader.receive_data(data[start:stop]) for start, stop in pairwise(places)]

    assert not any(early)
    assert last is not None
    assert (last.status, last.body, last.keeps_open) == (200, body, True)
    assert headers.items() <= last.headers.items()


@pytest.mark.parametrize("size", [1024, 65536])
@pytest.mark.parametrize("chunk", [0, 16, 6_000_000])
def test_a_large_event_is_read_from_many_pieces(chunk: int, size: int) -> None:
    body = b"x" * 6_000_000
    if chunk:
        head = OK + b"Transfer-Encoding: chunked\r\n\r\n"
        data = head + b"%x\r\n%b\r\n" % (chunk, b"x" * chunk) * (len(body) // chunk) + b"0\r\n\r\n"
    else:
        data = OK + b"Content-Length: %d\r\n\r\n" % len(body) + body

    reply, _ = in_pieces(data, size)

    assert reply is not None
    assert reply.body == body


class Counted(bytearray):
    """Counts the bytes that a search of it may pass over."""

    passed = 0

    def find(self, sub: Any, start: Any = 0, end: Any = None) -> int:
        Counted.passed += len(self) - start
        return super().find(sub, start)


def test_a_long_head_that_arrives_byte_by_byte_is_searched_once() -> None:
    reader = ReplyReader()
    reader._data = Counted()
    data = OK + b"X: " + b"x" * 20_000 + b"\r\nContent-Length: 0\r\n\r\n"
    Counted.passed = 0

    replies = [reader.receive_data(data[at : at + 1]) for at in range(len(data))]

    assert replies[-1] is not None
    assert Counted.passed <= 4 * len(data)
