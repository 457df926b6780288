"""DocumentDB: a change stream in order; the payload is the document, or None once it is gone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from eventrouter._sniff import sniff
from eventrouter.context import Invocation, LambdaContext
from eventrouter.errors import PayloadError
from eventrouter.models.documentdb import DocumentDBEvent, DocumentDBRecord
from eventrouter.source import Outcome
from eventrouter.sources.documentdb import SOURCE, collection, detect, idempotency_key, keys, payload, records

EVENTS = Path(__file__).parent / "events"


class Order(BaseModel):
    id: dict[str, str] = Field(alias="_id")
    number: int


def event(variant: str = "") -> Any:
    return json.loads((EVENTS / f"documentdb{variant}.json").read_text())


def answer(errors: dict[int, BaseException]) -> Any:
    given = event()
    return SOURCE.reply(Outcome(Invocation(given, LambdaContext(), SOURCE), records(given), {}, errors, reports=True))


@pytest.mark.parametrize("variant", ["", "-partial-update"])
def test_a_change_stream_is_told(variant: str) -> None:
    assert sniff(event(variant)) is SOURCE


@pytest.mark.parametrize(
    "value",
    [None, [], {"events": []}, {"eventSource": "aws:docdb"}, {"eventSource": "aws:docdb", "events": {}}],
    ids=repr,
)
def test_half_an_event_is_not_claimed(value: object) -> None:
    assert not detect(value)


def test_routes_match_collection_database_and_kind_of_change() -> None:
    assert [keys(each) for each in records(event())] == [
        {"database": "shop", "collection": "orders", "event": kind} for kind in ("insert", "update", "delete")
    ]
    assert keys({}) == {"database": "", "collection": "", "event": ""}


def test_the_payload_is_the_whole_document_in_extended_json() -> None:
    insert, update, _ = records(event())

    assert payload(insert)["placed"] == {"$date": 1738570542117}
    assert payload(update)["number"] == 8
    assert SOURCE.payload_is_value


def test_a_document_that_is_gone_is_none() -> None:
    assert payload(records(event())[2]) is None
    assert payload({"operationType": "update", "fullDocument": None}) is None


def test_an_update_without_its_document_is_not_taken_for_a_deletion() -> None:
    with pytest.raises(PayloadError) as caught:
        payload(records(event("-partial-update"))[0])

    assert "UpdateLookup" in caught.value.errors[0]["msg"]


def test_a_malformed_change_fails_alone() -> None:
    (broken,) = records({"eventSource": "aws:docdb", "events": [None]})

    with pytest.raises(PayloadError):
        payload(broken)
    with pytest.raises(ValidationError):
        DocumentDBRecord.model_validate(broken)


def test_nothing_is_started_after_a_failure() -> None:
    batch = records(event())
    assert SOURCE.lanes is not None
    lane_of = SOURCE.lanes(batch)

    assert lane_of is not None
    assert len({lane_of(each) for each in batch}) == 1


def test_success_is_silence_and_a_failure_is_raised() -> None:
    assert answer({}) is None
    with pytest.raises(LookupError):
        answer({1: LookupError()})


def test_a_redelivered_change_keeps_its_token() -> None:
    first, second, _ = (idempotency_key(each) for each in records(event()))

    assert first
    assert first != second
    assert idempotency_key({"_id": "x"}) is None


def test_routes_name_what_they_want() -> None:
    pattern = collection("orders", database="shop", event=["insert", "update"], where={"number": [7]})

    assert pattern.names == (("collection", "orders"), ("database", "shop"), ("event", ["insert", "update"]))
    assert pattern.where == {"number": [7]}
    assert SOURCE.address is not None
    assert SOURCE.address(records(event())[0]) == ("shop", "orders", "insert")
    assert SOURCE.paste is not None
    assert SOURCE.paste(keys(records(event())[0])) == '@app.documentdb("orders", database="shop")'
    assert SOURCE.caller_limit == 840


def test_a_change_is_typed() -> None:
    insert, update, delete = (DocumentDBRecord[Order].model_validate(each) for each in records(event()))

    assert insert.fullDocument is not None
    assert insert.fullDocument.id == {"$oid": "67a0b22e5d3c1f0a9b8e7d6c"}
    assert update.updateDescription is not None
    assert update.updateDescription.updatedFields == {"number": 8}
    assert delete.fullDocument is None
    assert delete.ns is not None
    assert delete.ns.coll == "orders"


@pytest.mark.parametrize("variant", ["", "-partial-update"])
def test_the_event_is_typed(variant: str) -> None:
    model = TypeAdapter[Any](DocumentDBEvent).validate_python(event(variant))

    assert model.events[0].event.operationType in ("insert", "update")


@pytest.mark.parametrize("value", [None, [], {}, {"eventSource": "aws:docdb", "events": [{}]}], ids=repr)
def test_anything_else_is_a_validation_error(value: object) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter[Any](DocumentDBEvent).validate_python(value)
