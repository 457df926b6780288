"""DocumentDB changes as a factory makes them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import BaseModel, Field

from eventrouter import parse, sniff
from eventrouter.errors import ImpossibleEventError
from eventrouter.sources.documentdb import payload
from eventrouter.testing.events import Ids
from eventrouter.testing.events.documentdb import documentdb, documentdb_record
from tests.testing.events.reading import at


class Order(BaseModel):
    id: dict[str, str] = Field(alias="_id")
    number: int


OID = {"$oid": "67a0b22e5d3c1f0a9b8e7d6c"}

#: Powertools has no models of these.
VARIANTS: dict[str, dict[str, Any]] = {
    "an insertion": documentdb({"number": 7}),
    "of a model": documentdb(Order(_id=OID, number=7)),
    "several": documentdb({"number": 7}, {"number": 8}),
    "an update": documentdb(documentdb_record(event="update", updated={"number": 8}, removed=["note"])),
    "an update with the whole document": documentdb({"_id": 7, "number": 8}, event="update", updated={"number": 8}),
    "an update that cuts": documentdb(
        documentdb_record(event="update", truncated=[{"field": "lines", "newSize": 2}], key=OID)
    ),
    "a replacement": documentdb({"number": 8}, event="replace", key=OID),
    "a deletion": documentdb(documentdb_record(event="delete", key=OID)),
    "a dropped collection": documentdb(documentdb_record(event="drop")),
    "a renamed collection": documentdb(documentdb_record(event="rename", to="archive")),
    "a dropped database": documentdb(documentdb_record(event="dropDatabase")),
    "an invalidation": documentdb(documentdb_record(event="invalidate")),
    "in China": documentdb({"number": 7}, region="cn-north-1"),
}


@pytest.mark.parametrize("event", VARIANTS.values(), ids=VARIANTS)
def test_we_read_it(event: dict[str, Any]) -> None:
    ours: Any = parse(event)

    assert sniff(event).name == "documentdb"
    assert [each.event.operationType for each in ours.events] == [
        each["event"]["operationType"] for each in event["events"]
    ]


def test_the_same_call_makes_the_same_event() -> None:
    assert documentdb({"number": 7}) == documentdb({"number": 7})


def test_changes_have_ids_and_times_of_their_own() -> None:
    events = documentdb({"number": 7}, {"number": 7}), documentdb({"number": 8})

    changes = [each["event"] for event in events for each in event["events"]]
    assert len({change["_id"]["_data"] for change in changes}) == 3
    assert [change["clusterTime"]["$timestamp"]["i"] for change in changes] == [1, 2, 1]


@pytest.mark.parametrize(
    ("event", "has"),
    [
        ("insert", {"ns", "documentKey", "fullDocument"}),
        ("replace", {"ns", "documentKey", "fullDocument"}),
        ("update", {"ns", "documentKey", "updateDescription"}),
        ("delete", {"ns", "documentKey"}),
        ("drop", {"ns"}),
        ("rename", {"ns", "to"}),
        ("dropDatabase", {"ns"}),
        ("invalidate", set[str]()),
    ],
)
def test_a_change_tells_what_its_kind_does(event: Any, has: set[str]) -> None:
    more: dict[str, Any] = {"to": "archive"} if event == "rename" else {}

    change = documentdb_record({"number": 7} if "fullDocument" in has else None, event=event, **more)

    assert set(change) == {"_id", "clusterTime", "operationType"} | has


def test_a_deletion_has_no_document() -> None:
    assert payload(documentdb_record(event="delete")) is None


@pytest.mark.parametrize(
    ("change", "key"),
    [
        (documentdb_record({"_id": 7}), 7),
        (documentdb_record({"number": 7}, key=OID), OID),
        (documentdb_record({"_id": OID}, key=OID), OID),
        (documentdb_record(event="delete", key="a"), "a"),
    ],
)
def test_a_document_has_its_key(change: dict[str, Any], key: object) -> None:
    assert change["documentKey"] == {"_id": key}
    assert change.get("fullDocument", {"_id": key})["_id"] == key


def test_a_document_without_key_gets_one() -> None:
    change = documentdb_record({"number": 7})

    assert list(change["fullDocument"]) == ["_id", "number"]
    assert len(change["fullDocument"]["_id"]["$oid"]) == 24


WHEN = datetime(2026, 3, 4, 5, 6, 7, 250_000, UTC)
FIRST = "events.0.event."
#: What no field takes.
OTHER: Any = "other"


@pytest.mark.parametrize(
    ("event", "path", "expected"),
    [
        (documentdb({}, database="d", collection="c"), FIRST + "ns", {"db": "d", "coll": "c"}),
        (documentdb(documentdb_record(event="dropDatabase", database="d")), FIRST + "ns", {"db": "d"}),
        (
            documentdb(documentdb_record(event="rename", database="d", to="c")),
            FIRST + "to",
            {"db": "d", "coll": "c"},
        ),
        (
            documentdb({}, cluster="c", region="cn-north-1", account="210987654321"),
            "eventSourceArn",
            "arn:aws-cn:rds:cn-north-1:210987654321:cluster:c",
        ),
        (documentdb({}, event="replace"), FIRST + "operationType", "replace"),
        (documentdb({}, token="t"), FIRST + "_id", {"_data": "t"}),
        (documentdb({}, time=WHEN), FIRST + "clusterTime.$timestamp.t", 1772600767),
        (documentdb({}, {}, ordinal=5), "events.1.event.clusterTime.$timestamp.i", 6),
        (
            documentdb(
                {}, event="update", updated={"a": WHEN}, removed=["b"], truncated=[{"field": "c", "newSize": 1}]
            ),
            FIRST + "updateDescription",
            {
                "updatedFields": {"a": "2026-03-04T05:06:07.250000Z"},
                "removedFields": ["b"],
                "truncatedArrays": [{"field": "c", "newSize": 1}],
            },
        ),
        (documentdb({}, ids=Ids("x")), FIRST + "_id", documentdb({"a": 1}, ids=Ids("x"))["events"][0]["event"]["_id"]),
    ],
)
def test_a_field_is_where_lambda_has_it(event: Any, path: str, expected: object) -> None:
    assert at(event, path) == expected


REFUSED: list[tuple[Callable[[], object], str]] = [
    (lambda: documentdb(), "invoked for nothing"),
    (lambda: documentdb({}, cluster="a_b"), "ASCII letters, digits and -"),
    (lambda: documentdb({}, collection=""), "1 to 255 characters"),
    (lambda: documentdb({}, database="d" * 64), "1 to 63 characters"),
    (lambda: documentdb("text"), "a JSON object"),
    (lambda: documentdb({}, event=OTHER), "one of insert, update"),
    (lambda: documentdb({}, event="delete"), "such a change has no document"),
    (lambda: documentdb({}, updated={"a": 1}), "such a change has no updated fields"),
    (lambda: documentdb({}, to="archive"), "such a change has no new name"),
    (lambda: documentdb_record(), "such a change has a document"),
    (lambda: documentdb_record(event="rename"), "such a change has a new name"),
    (lambda: documentdb_record(event="drop", key=OID), "such a change has no document's key"),
    (lambda: documentdb({"_id": 7}, key=8), "a document keeps its _id"),
]


@pytest.mark.parametrize(("make", "rule"), REFUSED)
def test_what_documentdb_never_sends_is_refused_with_the_rule(make: Callable[[], object], rule: str) -> None:
    with pytest.raises(ImpossibleEventError, match=rule):
        make()


def test_fields_for_all_do_not_go_beside_records_of_their_own() -> None:
    with pytest.raises(TypeError, match="token= goes to documentdb_record"):
        documentdb(documentdb_record({}), {}, token="t")
