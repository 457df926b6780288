"""VPC Lattice, event structure V1."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any, cast

import pytest
from pydantic import TypeAdapter

from eventrouter import _log
from eventrouter._sniff import sniff
from eventrouter.models.vpc_lattice import VpcLatticeEvent
from eventrouter.response import BufferedResponse, Prelude
from eventrouter.source import HttpShape
from eventrouter.sources._http import write
from eventrouter.sources.vpc_lattice_v1 import SOURCE, line

EVENTS = Path(__file__).parent / "events"
SHAPE = cast(HttpShape, SOURCE.http)


def event() -> Any:
    return json.loads((EVENTS / "vpc_lattice_v1.json").read_text())


def test_a_request_is_told_and_read() -> None:
    assert sniff(event()) is SOURCE
    assert SOURCE.keys(event()) == {"method": "POST", "path": "/orders/42"}
    assert SHAPE.method(event()) == "POST"
    assert SHAPE.cookies(event()) == [("sid", "s-4711")]
    assert SHAPE.body(event()) == b'{"id":7}'


def test_a_query_on_the_path_is_no_part_of_the_path() -> None:
    assert line({**event(), "raw_path": "?a=1"}) == ("POST", "/")
    assert SHAPE.query(event()) == [("page", "2"), ("tag", "a b")]


def test_a_query_beside_the_path_is_taken_as_it_is() -> None:
    assert SHAPE.query({**event(), "raw_path": "/", "query_string_parameters": {"a": "b%20c"}}) == [("a", "b%20c")]


def test_the_client_is_the_address_that_lattice_adds() -> None:
    headers = {"x-forwarded-for": "10.0.0.1, 198.51.100.17"}

    assert SHAPE.client({**event(), "headers": headers}) == "198.51.100.17"


def test_an_answer_has_one_value_of_a_name(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr(_log, "_said", set())

    with caplog.at_level(logging.WARNING, "eventrouter"):
        written = write(
            BufferedResponse("a", Prelude(200, [("vary", "a"), ("vary", "b")], ["a=1", "b=2"])), SOURCE, event()
        )

    assert written == {
        "statusCode": 200,
        "headers": {"vary": "a, b", "set-cookie": "a=1"},
        "body": "a",
        "isBase64Encoded": False,
    }
    assert "VPC Lattice takes one Set-Cookie" in caplog.text


def test_every_request_has_a_typed_model() -> None:
    adapter = TypeAdapter(VpcLatticeEvent[dict[str, int]])
    adapter.rebuild()

    assert adapter.validate_python(event()).body == {"id": 7}
    assert adapter.validate_python({**event(), "query_string_parameters": None}).query_string_parameters == {}
