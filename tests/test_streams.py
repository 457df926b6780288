"""Server-sent events: lines that mean what was said, whatever was said."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies as st

from eventrouter import EventStream, ReplyError, ServerSentEvent


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


def test_a_stream_is_not_collected_unless_it_says_so() -> None:
    stream = EventStream([])

    assert (stream.status_code, stream.headers, stream.buffer, stream.background) == (200, [], False, None)
