"""The conversation with the Runtime API: every request's bytes, and what may come after what."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

import h11
import pytest
from hypothesis import given, strategies as st

from eventrouter import RuntimeApiError
from eventrouter.runtime._http import Reply
from eventrouter.runtime._protocol import MAX_CAUSE, MAX_CHUNK, Address, Conversation, Received, Verdict

ADDRESS = Address("127.0.0.1", 9001)
COMMON = "HTTP/1.1\r\nHost: 127.0.0.1:9001\r\nUser-Agent: test\r\n"


def conversation(address: Address = ADDRESS) -> Conversation:
    return Conversation(address, "test")


def handed_over(event: bytes = b"{}", /, **headers: str) -> Reply:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(200, {"lambda-runtime-aws-request-id": "r-1", **named}, event, True)


def handling(**headers: str) -> Conversation:
    talk = conversation()
    talk.poll()
    talk.received(handed_over(**headers))
    return talk


def parsed(data: bytes) -> tuple[Any, bytes, list[tuple[str, str]]]:
    """The request that a server reads: its head, body and trailers; nothing may be left."""
    server = h11.Connection(h11.SERVER, max_incomplete_event_size=1_000_000)
    server.receive_data(data)
    request, body = server.next_event(), b""
    while not isinstance(event := server.next_event(), h11.EndOfMessage):
        assert isinstance(event, h11.Data)
        body += bytes(event.data)
    assert server.trailing_data == (b"", False)
    return request, body, [(name.decode(), value.decode("latin-1")) for name, value in event.headers]


def headers_of(request: Any) -> dict[str, str]:
    return {name.decode().lower(): value.decode("latin-1") for name, value in request.headers}


# ---- addresses


@pytest.mark.parametrize(
    ("text", "host", "port", "prefix"),
    [
        ("127.0.0.1:9001", "127.0.0.1", 9001, ""),
        ("localhost", "localhost", 80, ""),
        ("http://127.0.0.1:9000/.rt/shop/", "127.0.0.1", 9000, "/.rt/shop"),
        ("HTTP://host:1", "host", 1, ""),
        (" host:1 ", "host", 1, ""),
        ("host:1/", "host", 1, ""),
        ("[::1]:9001", "::1", 9001, ""),
        ("[::1]", "::1", 80, ""),
        ("http://[::1]:9001/x/y//", "::1", 9001, "/x/y"),
        ("host:", "host", 80, ""),
        ("http://host//", "host", 80, ""),
    ],
)
def test_an_address_is_read_as_servers_of_every_kind_write_it(text: str, host: str, port: int, prefix: str) -> None:
    address = Address.parse(text)

    assert (address.host, address.port, address.prefix) == (host, port, prefix)
    assert Address.parse(f"{address.authority}{prefix}").host == host
    assert repr(address) == f"<Address {address.authority}{prefix}>"


@pytest.mark.parametrize(
    "text",
    [
        "",
        ":80",
        "host:0",
        "host:65536",
        "host:x",
        "host:²",
        "https://host",
        "a b:1",
        "host:1/\r\nX: y",
        "hö:1",
        "host:-1",
        "host:" + "9" * 5000,
        "ftp://host",
        "http://",
        "http://http://host",
        "[::1",
        "[]:80",
        "[::1]9001",
        "::1:9001",
        "user@host:1",
        "host?x",
        "host:1/a?b",
        "host:1/a#b",
        "host:1/a b",
        "host:1/ü",
        "ho\x00st",
        "host\r\nX: y",
    ],
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(RuntimeApiError, match="AWS_LAMBDA_RUNTIME_API"):
        Address.parse(text)


# ---- requests


def test_a_poll_is_a_get() -> None:
    talk = conversation(Address("h", 80, "/.rt"))

    assert talk.poll().decode() == (
        "GET /.rt/2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: h:80\r\nUser-Agent: test\r\n\r\n"
    )


def test_an_answer_in_one_piece_is_a_post_of_its_bytes() -> None:
    assert handling().respond(b'{"a":1}').decode() == (
        f"POST /2018-06-01/runtime/invocation/r-1/response {COMMON}"
        'Content-Type: application/json\r\nContent-Length: 7\r\n\r\n{"a":1}'
    )


def test_a_failure_is_a_post_of_its_document_with_type_and_cause() -> None:
    assert handling(lambda_runtime_invocation_id="a-1").fail(b"{}", "Function.X", "{}").decode() == (
        f"POST /2018-06-01/runtime/invocation/r-1/error {COMMON}Content-Type: application/json\r\n"
        "Lambda-Runtime-Function-Error-Type: Function.X\r\nLambda-Runtime-Function-XRay-Error-Cause: {}\r\n"
        "Lambda-Runtime-Invocation-Id: a-1\r\nContent-Length: 2\r\n\r\n{}"
    )


@pytest.mark.parametrize("address", [Address("::1", 80), Address("h", 65535, "/.rt/a")])
def test_every_request_goes_below_the_prefix_and_names_the_host(address: Address) -> None:
    talk = conversation(address)
    sent = [talk.poll()]
    talk.received(handed_over())
    sent += [
        talk.respond(b""),
        talk.init_error(b"{}", "Runtime.X"),
        talk.restore_next(),
        talk.restore_error(b"{}", "Runtime.X"),
        talk.register_extension("e"),
        talk.extension_next("i"),
    ]

    requests = [parsed(data)[0] for data in sent]

    assert {headers_of(request)["host"] for request in requests} == {address.authority}
    assert all(request.target.decode().startswith(f"{address.prefix}/20") for request in requests)


def test_an_answer_keeps_its_content_type() -> None:
    request, body, _ = parsed(handling().respond(b"\0\xff", "application/unknown"))

    assert (headers_of(request)["content-type"], body) == ("application/unknown", b"\0\xff")


ANSWERS: dict[str, Callable[[Conversation], bytes]] = {
    "respond": lambda talk: talk.respond(b"{}"),
    "fail": lambda talk: talk.fail(b"{}", "Function.X"),
    "stream": lambda talk: b"".join([*talk.begin_stream("text/plain"), talk.end_stream()]),
}


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
@pytest.mark.parametrize(
    ("headers", "echoed"),
    [({}, None), ({"lambda_runtime_invocation_id": ""}, None), ({"lambda_runtime_invocation_id": "a-1"}, "a-1")],
)
def test_an_answer_names_the_attempt_if_the_server_did(
    answer: Callable[[Conversation], bytes], headers: dict[str, str], echoed: str | None
) -> None:
    request, _, _ = parsed(answer(handling(**headers)))

    assert headers_of(request).get("lambda-runtime-invocation-id") == echoed


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
@pytest.mark.parametrize(
    ("request_id", "shown"),
    [
        ("8476a536-e9f4-11e8-9739-2dfe598c3fcd", "8476a536-e9f4-11e8-9739-2dfe598c3fcd"),
        ("a/../b?c d#e%", "a%2F..%2Fb%3Fc%20d%23e%25"),
        ("\xc3\xa4", "%C3%A4"),
        ("a HTTP/1.1\r\nX: y", "a%20HTTP%2F1.1%0D%0AX%3A%20y"),
        ("---", "---"),
    ],
)
def test_a_request_id_of_the_caller_s_stays_one_step_of_the_path(
    answer: Callable[[Conversation], bytes], request_id: str, shown: str
) -> None:
    talk = conversation()
    talk.poll()
    talk.received(Reply(200, {"lambda-runtime-aws-request-id": request_id}, b"{}", True))

    request, _, _ = parsed(answer(talk))

    assert request.target.decode().split("/")[-2] == shown


def test_a_cause_as_long_as_the_server_takes_is_sent() -> None:
    data = handling().fail(b"{}", "Function.X", "x" * MAX_CAUSE)

    assert headers_of(parsed(data)[0])["lambda-runtime-function-xray-error-cause"] == "x" * MAX_CAUSE


@pytest.mark.parametrize("cause", [None, "x" * (MAX_CAUSE + 1)])
def test_a_cause_that_the_server_would_drop_is_not_sent(cause: str | None) -> None:
    assert b"XRay" not in handling().fail(b"{}", "Function.X", cause)


def test_a_stream_is_a_prelude_its_delimiter_and_chunks() -> None:
    talk = handling()

    sent = b"".join(
        [*talk.begin_stream("", b'{"statusCode":200}'), *talk.chunk(b"one"), *talk.chunk(b""), talk.end_stream()]
    )

    head, _, body = sent.partition(b"\r\n\r\n")
    assert head.decode().split("\r\n")[3:] == [
        "Content-Type: application/vnd.awslambda.http-integration-response",
        "Lambda-Runtime-Function-Response-Mode: streaming",
        "Transfer-Encoding: chunked",
        "Trailer: Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body",
    ]
    assert body == b'12\r\n{"statusCode":200}\r\n8\r\n' + b"\0" * 8 + b"\r\n3\r\none\r\n0\r\n\r\n"


def test_a_server_reads_a_stream_as_prelude_delimiter_and_items() -> None:
    talk = handling()
    items = [b"a", b"x" * MAX_CHUNK, b"y" * (MAX_CHUNK + 1)]

    sent = [*talk.begin_stream("", b"{}"), *[piece for item in items for piece in talk.chunk(item)], talk.end_stream()]

    request, body, trailers = parsed(b"".join(sent))
    assert headers_of(request)["transfer-encoding"] == "chunked"
    assert body == b"{}" + b"\0" * 8 + b"".join(items)
    assert trailers == []


def test_a_raw_stream_keeps_its_content_type_and_an_error_ends_it_with_trailers() -> None:
    talk = handling()

    sent = b"".join([*talk.begin_stream("text/csv"), *talk.chunk(b"a,b"), talk.end_stream("Function.X", b'{"a":"x"}')])

    request, body, trailers = parsed(sent)
    assert headers_of(request)["content-type"] == "text/csv"
    assert body == b"a,b"
    assert trailers == [
        ("lambda-runtime-function-error-type", "Function.X"),
        ("lambda-runtime-function-error-body", b64encode(b'{"a":"x"}').decode()),
    ]


def test_a_long_item_is_sent_in_chunks_and_not_copied() -> None:
    talk = handling()
    talk.begin_stream("text/plain")
    data = b"x" * (2 * MAX_CHUNK + 1)

    pieces: list[Any] = talk.chunk(data)

    assert [len(piece) for piece in pieces[1::3]] == [MAX_CHUNK, MAX_CHUNK, 1]
    assert all(piece.obj is data for piece in pieces[1::3])


def test_what_is_asked_once_has_its_paths() -> None:
    talk = conversation()

    requests = [
        talk.init_error(b"{}", "Runtime.X"),
        talk.restore_next(),
        talk.restore_error(b"{}", "Runtime.X"),
        talk.register_extension("e"),
        talk.extension_next("ïd\r\nX: y"),
    ]

    heads = [parsed(request)[0] for request in requests]
    assert [f"{head.method.decode()} {head.target.decode()}" for head in heads] == [
        "POST /2018-06-01/runtime/init/error",
        "GET /2018-06-01/runtime/restore/next",
        "POST /2018-06-01/runtime/restore/error",
        "POST /2020-01-01/extension/register",
        "GET /2020-01-01/extension/event/next",
    ]
    assert headers_of(heads[3])["lambda-extension-name"] == "e"
    assert headers_of(heads[4])["lambda-extension-identifier"] == "ïdX: y"


#: Of every kind of character, and often of those that end something.
TEXT = st.text(st.characters() | st.sampled_from("\r\n\0\t :\x7f"), max_size=40)
#: Of a header of a reply, whose bytes stand for themselves.
READ = st.text(st.characters(max_codepoint=0xFF), max_size=40)


def sendable(value: str) -> str:
    return "".join(c for c in value if " " <= c <= "~" or "\xa0" <= c <= "\xff").strip(" ")


@given(request_id=READ.filter(bool), attempt=READ, error_type=TEXT, cause=TEXT, content_type=TEXT)
def test_nothing_breaks_out_of_its_place(
    request_id: str, attempt: str, error_type: str, cause: str, content_type: str
) -> None:
    def begun() -> Conversation:
        talk = conversation()
        talk.poll()
        headers = {"lambda-runtime-aws-request-id": request_id, "lambda-runtime-invocation-id": attempt}
        talk.received(Reply(200, headers, b"{}", True))
        return talk

    streaming = begun()
    stream = b"".join([*streaming.begin_stream(content_type), streaming.end_stream(error_type or "X", b"{}")])
    common = {"host": "127.0.0.1:9001", "user-agent": "test"}
    echoed = {"lambda-runtime-invocation-id": sendable(attempt)} if attempt else {}
    expected: list[tuple[bytes, bytes, dict[str, str], list[str]]] = [
        (
            begun().respond(b"{}", content_type),
            b"{}",
            {"content-type": sendable(content_type), "content-length": "2"},
            [],
        ),
        (
            begun().fail(b"[]", error_type, cause),
            b"[]",
            {
                "content-type": "application/json",
                "content-length": "2",
                "lambda-runtime-function-error-type": sendable(error_type),
                "lambda-runtime-function-xray-error-cause": sendable(cause),
            },
            [],
        ),
        (
            stream,
            b"",
            {
                "content-type": sendable(content_type),
                "lambda-runtime-function-response-mode": "streaming",
                "transfer-encoding": "chunked",
                "trailer": "Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body",
            },
            [sendable(error_type or "X"), "e30="],
        ),
    ]
    for data, body, headers, trailers in expected:
        request, sent, after = parsed(data)
        path = request.target.decode().split("/")
        assert path[:4] == ["", "2018-06-01", "runtime", "invocation"]
        assert len(path) == 6
        assert unquote(path[4], encoding="latin-1") == request_id
        assert len(request.headers) == len(headers_of(request))
        assert headers_of(request) == {**common, **headers, **echoed}
        assert (sent, [value for _, value in after]) == (body, trailers)


# ---- what comes after what

Step = Callable[[Conversation], object]
STEPS: dict[str, Step] = {
    "poll": lambda talk: talk.poll(),
    "received": lambda talk: talk.received(handed_over()),
    "respond": lambda talk: talk.respond(b""),
    "fail": lambda talk: talk.fail(b"", "Function.X"),
    "begin": lambda talk: talk.begin_stream(""),
    "chunk": lambda talk: talk.chunk(b"x"),
    "end": lambda talk: talk.end_stream(),
    "answered": lambda talk: talk.answered(Reply(202, {}, b"", True)),
}


@pytest.mark.parametrize(
    ("before", "allowed"),
    [
        ([], {"poll"}),
        (["poll"], {"received"}),
        (["poll", "received"], {"respond", "fail", "begin"}),
        (["poll", "received", "respond"], {"answered"}),
        (["poll", "received", "begin"], {"chunk", "end", "answered"}),
        (["poll", "received", "begin", "end"], {"answered"}),
        (["poll", "received", "fail", "answered"], {"poll"}),
    ],
)
def test_the_conversation_has_an_order(before: list[str], allowed: set[str]) -> None:
    taken = set()
    for name, step in STEPS.items():
        talk = conversation()
        for each in before:
            STEPS[each](talk)
        try:
            step(talk)
        except RuntimeApiError:
            continue
        taken.add(name)

    assert taken == allowed


def test_what_is_dropped_is_over() -> None:
    talk = handling()
    talk.dropped()

    assert talk.state == "ready"
    assert talk.poll()


# ---- replies


def test_an_invocation_is_what_the_server_said() -> None:
    talk = conversation()
    talk.poll()

    received = talk.received(handed_over(b"[1]", lambda_runtime_deadline_ms="1700000000000", x_empty=""))

    assert isinstance(received, Received)
    assert (received.request_id, received.body, received.deadline_ms) == ("r-1", b"[1]", 1_700_000_000_000)
    assert (received.get("x-empty"), received.get("missing")) == (None, None)
    assert repr(received) == "<Received r-1, 3 bytes>"


@pytest.mark.parametrize("text", ["", "x", "600000", "-1", "²", "9" * 19])
def test_a_deadline_that_is_none_is_left_out(text: str) -> None:
    talk = conversation()
    talk.poll()

    received = talk.received(handed_over(lambda_runtime_deadline_ms=text))

    assert received is not None
    assert received.deadline_ms is None


def test_no_invocation_yet_is_none() -> None:
    talk = conversation()
    talk.poll()

    assert talk.received(Reply(204, {}, b"", True)) is None
    assert talk.poll()


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"errorType":"Denied","errorMessage":"not now"}', "replied 403, 'Denied', 'not now'"),
        (b'{"errorMessage":"' + b"x" * 500 + b'"}', "xxx"),
        (b'{"errorMessage":"' + b"x" * 5000 + b'"}', "replied 403$"),
        (b'{"errorType":{"a":["b\\n\\ud800"]}}', r"replied 403, .*b"),
        (b"", "replied 403$"),
        (b"[]", "replied 403$"),
        (b"<html>", "replied 403$"),
    ],
)
def test_a_refusal_is_told_in_the_servers_words(body: bytes, words: str) -> None:
    talk = conversation()
    talk.poll()

    with pytest.raises(RuntimeApiError, match=words) as raised:
        talk.received(Reply(403, {}, body, True))

    assert len(str(raised.value)) < 300
    assert str(raised.value).isprintable()
    assert talk.poll()


@pytest.mark.parametrize("headers", [{}, {"lambda-runtime-aws-request-id": ""}])
def test_an_invocation_without_an_id_cannot_be_answered(headers: dict[str, str]) -> None:
    talk = conversation()
    talk.poll()

    with pytest.raises(RuntimeApiError, match="without lambda-runtime-aws-request-id"):
        talk.received(Reply(200, headers, b"{}", True))


@pytest.mark.parametrize(
    ("status", "is_accepted", "why"),
    [
        (200, True, ""),
        (202, True, ""),
        (299, True, ""),
        (400, False, "another invocation"),
        (403, False, "already"),
        (410, False, "too late"),
        (413, False, "larger than its caller takes"),
        (500, False, "the server failed"),
        (301, False, "the server failed"),
    ],
)
def test_any_success_accepts_an_answer_and_every_refusal_has_a_reason(status: int, is_accepted: bool, why: str) -> None:
    verdict = Verdict(status)

    assert verdict.is_accepted is is_accepted
    assert why in verdict.why and bool(verdict.why) is not is_accepted
    assert repr(verdict) == f"<Verdict {status}>"
