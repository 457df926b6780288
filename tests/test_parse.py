"""Whole events as typed models."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pydantic import BaseModel

import eventrouter._sniff as sniffing
from eventrouter import DirectEvent, EventDecodeError, PayloadError, Source, SqsEvent, UnknownEvent, parse, register

EVENTS = sorted((Path(__file__).parent / "sources" / "events").glob("*.json"))


@pytest.mark.parametrize("path", EVENTS, ids=[path.stem for path in EVENTS])
def test_every_sample_event_has_a_model(path: Path) -> None:
    assert isinstance(parse(json.loads(path.read_text())), BaseModel)


@pytest.mark.parametrize("data", [b'{"a": 1}', bytearray(b'{"a": 1}')], ids=["bytes", "bytearray"])
def test_json_text_is_decoded_first(data: bytes) -> None:
    event = parse(data)

    assert isinstance(event, DirectEvent)
    assert event.root == {"a": 1}


def test_bytes_that_are_no_json_are_refused() -> None:
    with pytest.raises(EventDecodeError, match="not JSON"):
        parse(b"{")


def test_a_batch_of_nobody_is_an_unknown_event() -> None:
    assert isinstance(parse({"Records": [{"eventSource": "aws:new"}]}), UnknownEvent)


def test_what_has_the_keys_and_not_the_shape_is_an_error_that_quotes_nothing() -> None:
    event = {"Records": [{"eventSource": "aws:sqs", "body": ["hunter2"]}]}

    with pytest.raises(PayloadError) as caught:
        parse(event)

    assert "payload of sqs event does not validate" in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_a_source_without_a_model_gives_its_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sniffing, "_third_party", [])
    monkeypatch.setattr(sniffing, "sources", type(sniffing.sources)(sniffing.sources))
    register(Source("acme_orders", detect=lambda event: type(event) is dict and "acmeOrder" in event))

    event = parse({"acmeOrder": 7})

    assert isinstance(event, DirectEvent)
    assert event.root == {"acmeOrder": 7}


def test_a_model_is_its_source_s_own() -> None:
    path = next(path for path in EVENTS if path.stem.startswith("sqs"))

    assert isinstance(parse(json.loads(path.read_text())), SqsEvent)
