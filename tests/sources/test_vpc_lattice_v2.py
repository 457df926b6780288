"""VPC Lattice, event structure V2."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest
from pydantic import TypeAdapter, ValidationError

from eventrouter._sniff import sniff
from eventrouter.models.vpc_lattice import VpcLatticeV2Event
from eventrouter.source import HttpShape
from eventrouter.sources.vpc_lattice_v2 import SOURCE

EVENTS = Path(__file__).parent / "events"
SHAPE = cast(HttpShape, SOURCE.http)


def event() -> Any:
    return json.loads((EVENTS / "vpc_lattice_v2.json").read_text())


def test_a_request_is_told_and_read() -> None:
    assert sniff(event()) is SOURCE
    assert SOURCE.keys(event()) == {"method": "GET", "path": "/orders/42"}
    assert SHAPE.query(event()) == [("tag", "new"), ("tag", "a b")]
    assert [value for name, value in SHAPE.headers(event()) if name == "accept"] == ["text/html", "application/json"]
    assert SHAPE.cookies(event()) == [("sid", "s-4711")]
    assert SHAPE.body(event()) == b""


def test_either_arn_of_lattice_will_do() -> None:
    record = event()
    del record["requestContext"]["targetGroupArn"]

    assert sniff(record) is SOURCE


def model(**changes: object) -> VpcLatticeV2Event:
    adapter = TypeAdapter(VpcLatticeV2Event)
    adapter.rebuild()
    record = event()
    record["requestContext"].update(changes)
    return adapter.validate_python(record)


def test_lists_of_values_are_typed() -> None:
    assert model().headers["accept"] == ["text/html", "application/json"]
    assert model().query_string_parameters == {"tag": ["new", "a b"]}


def test_the_time_counts_microseconds() -> None:
    moment = datetime(2025, 9, 2, 13, 33, 20, 321_000, tzinfo=UTC)

    assert model().request_context.time_epoch_as_datetime == moment
    assert model(timeEpoch=1756820000321456).request_context.time_epoch_as_datetime == moment
    assert model(timeEpoch=None).request_context.time_epoch_as_datetime is None


def test_a_time_that_is_none_is_a_validation_error_and_nothing_else() -> None:
    with pytest.raises(ValidationError):
        model(timeEpoch="soon")
    with pytest.raises(ValidationError):
        model(timeEpoch=[1])
