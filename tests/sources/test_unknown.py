"""Batches of no source that has a label: an empty one is acknowledged, any other is an error."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import pytest

from eventrouter import App, LambdaContext, NoRouteError, UnknownEvent, parse
from eventrouter._sniff import sniff
from eventrouter.sources.unknown import SOURCE, detect, records

EVENTS = Path(__file__).parent / "events"


def event(variant: str = "") -> Any:
    return json.loads((EVENTS / f"unknown{variant}.json").read_text())


@pytest.mark.parametrize(
    "value",
    [
        event(),
        event("-mixed"),
        event("-empty"),
        {"Records": [None]},
        {"Records": [{}]},
        {"Records": [{"eventSource": "aws:sqs"}, None]},
        {"Records": [{"eventSource": "aws:sqs"}, {"eventSource": "aws:s3"}]},
        {"Records": [{"eventSource": 7}]},
        {"Records": [["aws:sqs"]]},
    ],
    ids=lambda value: str(value)[:60],
)
def test_a_batch_that_names_no_one_source_is_unknown(value: object) -> None:
    assert sniff(value) is SOURCE
    assert not detect(value)


@pytest.mark.parametrize("variant", ["", "-mixed"])
def test_a_batch_that_nobody_understands_is_an_error_and_never_a_success(variant: str) -> None:
    with pytest.raises(NoRouteError, match="no route accepts a unknown event"):
        App(failures="report", unmatched="drop")(event(variant), LambdaContext())


def test_an_empty_batch_is_acknowledged_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)

    assert App()(event("-empty"), LambdaContext()) is None
    assert caplog.messages == ["a unknown event without records is acknowledged"]


def test_a_batch_is_one_record_unless_it_is_empty() -> None:
    assert list(records(event())) == [event()]
    assert list(records(event("-empty"))) == []
    assert list(records(None)) == [None]


@pytest.mark.parametrize("variant", ["", "-mixed", "-empty"])
def test_any_of_them_parses(variant: str) -> None:
    model = parse(event(variant))

    assert isinstance(model, UnknownEvent)
    assert model.root == event(variant)
