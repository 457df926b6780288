"""Events that other projects have published, none of which is kept here: the folder that EVENTROUTER_SAMPLE_EVENTS names.

Its ``index.jsonl`` has a line per file: ``file``, ``source`` (the label), ``also_ok`` (other defensible labels) and ``kind``:
``event``, ``response`` (what a function answers), ``fragment`` (a part of an event) or ``broken`` (not JSON).
"""

from __future__ import annotations

import copy
import json
import os
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st
from pydantic import BaseModel, TypeAdapter, ValidationError

import eventrouter.sources
from eventrouter._sniff import LEFT_OVER, sniff
from eventrouter.errors import EventDecodeError
from eventrouter.source import Source
from eventrouter.testing import strategies

FOLDER = os.environ.get("EVENTROUTER_SAMPLE_EVENTS")
WHY = "EVENTROUTER_SAMPLE_EVENTS does not name a folder of public sample events"
INDEX: list[dict[str, Any]] = (
    [json.loads(line) for line in (Path(FOLDER) / "index.jsonl").read_text().splitlines()] if FOLDER else []
)
SOURCES: dict[str, Source] = {
    module.name: import_module(f"eventrouter.sources.{module.name}").SOURCE
    for module in iter_modules(eventrouter.sources.__path__)
    if not module.name.startswith("_")
}

pytestmark = pytest.mark.skipif(not FOLDER, reason=WHY)


def rows(*kinds: str) -> pytest.MarkDecorator:
    found = [row for row in INDEX if row["kind"] in kinds]
    return pytest.mark.parametrize("row", found, ids=[row["file"].removesuffix(".json") for row in found])


def raw(row: dict[str, Any]) -> bytes:
    return _bytes(row["file"])


@cache
def _bytes(file: str) -> bytes:
    assert FOLDER is not None
    return (Path(FOLDER) / file).read_bytes()


def claims(event: object) -> list[str]:
    return [name for name, source in SOURCES.items() if source.detect(event)]


@cache
def model_of(label: str) -> TypeAdapter[Any]:
    model = SOURCES[label].model
    assert model is not None
    module, _, name = model.partition(":")
    adapter: TypeAdapter[Any] = TypeAdapter(getattr(import_module(module), name))
    adapter.rebuild()
    return adapter


def parse(event: object) -> Any:
    return model_of(sniff(event).name).validate_python(event)


@rows("event")
def test_an_event_is_what_its_project_says(row: dict[str, Any]) -> None:
    event = json.loads(raw(row))
    labels = {row["source"], *row.get("also_ok", ())}

    label = sniff(event).name

    assert label in labels
    assert sniff(raw(row)).name == label
    assert claims(event) == ([] if label in LEFT_OVER else [label])


@rows("event")
def test_an_event_parses_to_a_typed_model(row: dict[str, Any]) -> None:
    event = json.loads(raw(row))
    before = copy.deepcopy(event)

    model = parse(event)

    assert all(isinstance(part, BaseModel) for part in (model if isinstance(model, list) else [model]))
    assert event == before


@rows("event")
def test_the_records_of_an_event_can_be_routed(row: dict[str, Any]) -> None:
    event = json.loads(raw(row))
    source = sniff(event)

    for record in source.records(event):
        assert all(type(value) is str for value in source.keys(record).values())
        if source.identify is not None:
            assert source.identify(record)
        if source.address is not None:
            hash(source.address(record))


@rows("fragment", "response")
def test_what_is_no_event_is_sniffed_and_parsed_without_a_crash(row: dict[str, Any]) -> None:
    event = json.loads(raw(row))

    assert len(claims(event)) <= 1
    sniff(event)
    try:
        parse(event)
    except ValidationError:
        pass


@rows("broken")
def test_what_is_not_json_is_a_decode_error(row: dict[str, Any]) -> None:
    with pytest.raises(EventDecodeError):
        sniff(raw(row))


@given(st.data())
@settings(max_examples=500, deadline=None)
def test_a_damaged_event_is_sniffed_and_read_without_a_crash(data: st.DataObject) -> None:
    files = [row["file"] for row in INDEX if row["kind"] != "broken"]
    event = data.draw(strategies.damaged(st.sampled_from(files).map(_bytes).map(json.loads)))

    source = sniff(event)
    try:
        model_of(source.name).validate_python(event)
    except ValidationError:
        pass
