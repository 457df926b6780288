"""Server-sent events: lines that mean what was said, whatever was said."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from typing import Annotated, Any

import pytest
from hypothesis import given, strategies as st

from eventrouter import App, Depends, EventStream, Header, ReplyError, ServerSentEvent
from eventrouter.testing import Clock, TestClient


@pytest.mark.parametrize(
    ("event", "written"),
    [
        (ServerSentEvent("a"), "data: a\n\n"),
        (ServerSentEvent(""), "data: \n\n"),
        (ServerSentEvent("a\r\nb\rc\nd"), "data: a\ndata: b\ndata: c\ndata: d\n\n"),
        (ServerSentEvent({"n": [1, None]}), 'data: {"n":[1,null]}\n\n'),
        (ServerSentEvent(event="done"), "event: done\n\n"),
        (ServerSentEvent(7, id="7", retry=500, event="tick"), "event: tick\nid: 7\nretry: 500\ndata: 7\n\n"),
        (ServerSentEvent(comment="still\nhere"), ": still\n: here\n\n"),
        (ServerSentEvent(), "\n\n"),
    ],
)
def test_an_event_is_written_line_by_line(event: ServerSentEvent, written: str) -> None:
    assert event.encode() == written.encode()


def parsed(text: str) -> dict[str, str]:
    """The fields of one event as a browser reads them; lines of data joined."""
    fields: dict[str, str] = {}
    for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        name, _, value = line.partition(":")
        if name == "data" and "data" in fields:
            fields["data"] += "\n" + value.removeprefix(" ")
        elif name:
            fields[name] = value.removeprefix(" ")
    return fields


@given(st.text(st.characters(codec="utf-8")))
def test_data_cannot_become_another_field(data: str) -> None:
    written = ServerSentEvent(data).encode().decode()

    assert parsed(written) == {"data": data.replace("\r\n", "\n").replace("\r", "\n")}


@pytest.mark.parametrize("field", ["event", "id"])
@pytest.mark.parametrize("value", ["a\nb", "a\rb", "a\0b"])
def test_a_name_or_id_that_would_start_another_field_is_refused(field: str, value: str) -> None:
    options: dict[str, Any] = {field: value}

    with pytest.raises(ReplyError, match=f"the {field} of a server-sent event holds a line break"):
        ServerSentEvent("x", **options).encode()


@given(st.text(st.characters(codec="utf-8")))
def test_a_comment_cannot_become_a_field(comment: str) -> None:
    written = ServerSentEvent(comment=comment).encode().decode()

    assert all(line.startswith(":") for line in written.replace("\r", "\n").rstrip("\n").split("\n"))


@pytest.mark.parametrize("retry", [-1, -0.5])
def test_a_retry_before_now_is_refused(retry: Any) -> None:
    with pytest.raises(ReplyError, match="the retry of a server-sent event is a number of milliseconds, not -"):
        ServerSentEvent("x", retry=retry).encode()


@pytest.mark.parametrize("seconds", [0, -1, float("nan")])
@pytest.mark.parametrize("name", ["heartbeat", "max_duration"])
def test_times_that_are_none_are_refused(name: str, seconds: float) -> None:
    options: dict[str, Any] = {name: seconds}

    with pytest.raises(ValueError, match=f"{name}= is a number of seconds above 0, or None, not"):
        EventStream([], **options)


def streaming(handler: Callable[..., Any]) -> TestClient:
    app = App(response_stream={"function_url", "apigw_rest", "direct"})
    app.get("/")(handler)
    app.direct()(handler)
    return TestClient(app, raise_exceptions=False)


@pytest.mark.parametrize("as_", ["function_url", "apigw_rest"])
def test_nothing_on_the_way_may_keep_an_event_stream(as_: Any) -> None:
    def yields() -> Iterator[ServerSentEvent]:
        yield ServerSentEvent("a")

    for handler in (yields, lambda: EventStream(["a"])):
        headers = streaming(handler).get("/", as_=as_).headers

        assert headers["content-type"] == "text/event-stream"
        assert (headers["cache-control"], headers["x-accel-buffering"]) == ("no-cache", "no")


def test_headers_of_the_stream_and_then_of_the_route_stand_in_front_of_those() -> None:
    app = App(response_stream={"function_url"})

    @app.get("/", headers={"cache-control": "no-store", "x-a": "route"})
    def events() -> EventStream:
        return EventStream(["a"], headers={"X-A": "stream"})

    headers = TestClient(app).get("/").headers

    assert (headers["cache-control"], headers["x-a"], headers["x-accel-buffering"]) == ("no-store", "stream", "no")


def test_other_streams_may_be_kept() -> None:
    assert "cache-control" not in streaming(lambda: iter("abc")).get("/").headers


def test_a_client_that_comes_back_says_which_event_it_had_last() -> None:
    def events(last_event_id: Annotated[int | None, Header()] = None) -> EventStream:
        first = 0 if last_event_id is None else last_event_id + 1
        return EventStream(ServerSentEvent("x", id=str(number)) for number in range(first, 4))

    app = App(response_stream={"function_url"})
    app.get("/")(events)

    result = TestClient(app).get("/", headers={"Last-Event-ID": "2"})

    assert result.text == "id: 3\ndata: x\n\n"


def ticking(clock: Clock, *, is_async: bool) -> Callable[[], Any]:
    """A handler whose every event takes a minute, as the clock has it."""

    async def later() -> AsyncIterator[str]:
        while True:
            clock.advance(60)
            yield "tick"

    def now() -> Iterator[str]:
        while True:
            clock.advance(60)
            yield "tick"

    return later if is_async else now


@pytest.mark.parametrize("is_async", [False, True])
@pytest.mark.parametrize(
    ("max_duration", "timeout", "most"), [(150, 900, 3), (10_000, 900, 15), (60, 900, 1), (10_000, 20, 1)]
)
def test_a_stream_ends_in_time_after_a_whole_event(
    is_async: bool, max_duration: float, timeout: float, most: int
) -> None:
    clock = Clock(is_frozen=True)
    make = ticking(clock, is_async=is_async)
    app = App(response_stream={"function_url"})
    app.get("/")(lambda: EventStream(make(), max_duration=max_duration))

    result = TestClient(app, clock=clock, timeout=timeout).get("/")

    assert result.ended == "complete"
    # An asynchronous one makes an event while the one before it is read, and that is not lost.
    assert 1 <= len(result.chunks) <= most + is_async
    assert result.text == "data: tick\n\n" * len(result.chunks)


@pytest.mark.parametrize("is_async", [False, True])
@pytest.mark.parametrize("as_", ["function_url", "apigw_http", "apigw_rest", "alb", "vpc_lattice_v1", "vpc_lattice_v2"])
def test_a_collected_stream_ends_in_time_too(is_async: bool, as_: Any) -> None:
    clock = Clock(is_frozen=True)
    make = ticking(clock, is_async=is_async)
    app = App()
    app.get("/")(lambda: EventStream(make(), max_duration=5, buffer=True))

    result = TestClient(app, clock=clock, timeout=900).get("/", as_=as_)

    assert (result.status_code, result.text) == (200, "data: tick\n\n" * (1 + is_async))


def test_a_direct_caller_s_stream_ends_in_time_too() -> None:
    clock = Clock(is_frozen=True)
    make = ticking(clock, is_async=True)
    app = App()
    app.direct()(lambda: EventStream(make(), max_duration=5, buffer=True))

    result = TestClient(app, clock=clock, timeout=900).direct({})

    assert result.value == "data: tick\n\n" * 2


def test_a_direct_caller_who_reads_a_stream_has_it_end_in_time() -> None:
    clock = Clock(is_frozen=True)
    make = ticking(clock, is_async=True)
    app = App(response_stream={"direct"})
    app.direct()(lambda: EventStream(make(), max_duration=5))

    result: Any = TestClient(app, clock=clock, timeout=900).direct({})

    assert result.text == "data: tick\n\n" * 2


def test_the_end_of_a_stream_closes_what_it_was_made_of() -> None:
    clock = Clock(is_frozen=True)
    ended: list[str] = []

    async def events() -> AsyncIterator[str]:
        try:
            while True:
                clock.advance(60)
                yield "tick"
        finally:
            ended.append("closed")

    app = App(response_stream={"function_url"})
    app.get("/")(lambda: EventStream(events(), max_duration=100))

    TestClient(app, clock=clock, timeout=900).get("/")

    assert ended == ["closed"]


def test_an_error_of_a_collected_stream_is_an_error() -> None:
    async def events() -> AsyncIterator[str]:
        yield "a"
        raise ValueError("secret")

    app = App()
    app.get("/")(lambda: EventStream(events(), max_duration=5, buffer=True))

    result = TestClient(app, raise_exceptions=False).get("/")

    assert result.status_code == 500
    assert "secret" not in result.text


def test_a_stream_is_not_collected_unless_it_says_so() -> None:
    stream = EventStream([])

    assert (stream.status_code, stream.headers, stream.buffer, stream.background) == (200, [], False, None)


def test_what_would_have_been_read_is_closed_though_it_never_was() -> None:
    closed: list[str] = []

    class Rows:
        def __iter__(self) -> Rows:
            return self

        def __next__(self) -> str:
            raise AssertionError("nobody reads it")

        def close(self) -> None:
            closed.append("rows")

    def session() -> Iterator[str]:
        yield "session"
        closed.append("session")

    app = App()

    @app.get("/")
    def endless(session: Annotated[str, Depends(session)]) -> EventStream:
        return EventStream(Rows())

    answer = TestClient(app, raise_exceptions=False).get("/")

    assert answer.status_code == 500
    assert closed[0] == "rows"
