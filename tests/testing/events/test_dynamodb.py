"""DynamoDB changes as a factory makes them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

import pytest
from aws_lambda_powertools.utilities.data_classes import DynamoDBStreamEvent
from aws_lambda_powertools.utilities.parser.models import DynamoDBStreamModel
from pydantic import BaseModel, Field

from eventrouter import App, Change, LambdaContext, parse, sniff
from eventrouter.errors import ImpossibleEventError
from eventrouter.testing.events import Ids
from eventrouter.testing.events.dynamodb import dynamodb, dynamodb_record
from tests.testing.events.reading import at


class Status(Enum):
    PAID = "paid"


class Order(BaseModel):
    id: int
    total: Decimal = Field(default=Decimal("9.50"), alias="sum")
    status: Status = Status.PAID
    placed: date = date(2026, 1, 15)


@dataclass
class Line:
    id: int
    sku: str


#: One value of every type.
EVERYTHING: dict[str, Any] = {
    "id": 7,
    "note": None,
    "is_gift": True,
    "status": Status.PAID,
    "total": Decimal("9.50"),
    "weight": 1.5,
    "photo": b"\x89PNG",
    "tags": {"gift", "fast"},
    "sizes": {1, Decimal("2.5")},
    "chunks": frozenset({b"b", b"a"}),
    "lines": [Line(id=1, sku="mug"), {"count": 2}],
    "refund": -120,
    "nothing": 0,
}

VARIANTS: dict[str, dict[str, Any]] = {
    "an insertion": dynamodb({"id": 7}),
    "of a model": dynamodb(Order(id=7)),
    "of everything": dynamodb(EVERYTHING),
    "a modification": dynamodb(dynamodb_record({"id": 7, "status": "paid"}, {"id": 7, "status": "new"})),
    "a removal": dynamodb(dynamodb_record(old={"id": 7})),
    "a removal by time to live": dynamodb(dynamodb_record(old={"id": 7}, expired=True)),
    "several": dynamodb({"id": 7}, {"id": 8}),
    "of two keys": dynamodb({"shop": "north", "number": 7}, key=("shop", "number")),
    "in the GovCloud": dynamodb({"id": 7}, region="us-gov-west-1"),
    "keys alone": dynamodb(dynamodb_record(keys={"id": 7}, kind="MODIFY", view="KEYS_ONLY")),
    "new images": dynamodb(dynamodb_record({"id": 7}, kind="MODIFY", view="NEW_IMAGE")),
    "old images": dynamodb(dynamodb_record(keys={"id": 7}, kind="INSERT", view="OLD_IMAGE")),
}


@pytest.mark.parametrize("event", VARIANTS.values(), ids=VARIANTS)
def test_everybody_reads_it(event: dict[str, Any]) -> None:
    ours: Any = parse(event)
    theirs = DynamoDBStreamModel.model_validate(event)

    kinds = [record["eventName"] for record in event["Records"]]
    assert sniff(event).name == "dynamodb"
    assert [record.eventName for record in ours.Records] == kinds
    assert [record.eventName for record in theirs.Records] == kinds
    assert [record.dynamodb.keys for record in DynamoDBStreamEvent(event).records if record.dynamodb] == [
        record.dynamodb.Keys for record in ours.Records
    ]


def test_the_same_call_makes_the_same_event() -> None:
    assert dynamodb(EVERYTHING) == dynamodb(EVERYTHING)


def test_a_handler_gets_what_was_given() -> None:
    app, got = App(), list[dict[str, Any] | None]()

    @app.dynamodb("orders")
    def on_change(change: Change[dict[str, Any]]) -> None:
        got.append(change.new)

    app(dynamodb(EVERYTHING), LambdaContext())

    assert got == [{**EVERYTHING, "status": "paid", "lines": [{"id": 1, "sku": "mug"}, {"count": 2}]}]


def test_a_handler_gets_the_model_that_was_given() -> None:
    app, got = App(), list[Order | None]()

    @app.dynamodb("orders")
    def on_change(change: Change[Order]) -> None:
        got.append(change.new)

    app(dynamodb(Order(id=7)), LambdaContext())

    assert got == [Order(id=7)]


@pytest.mark.parametrize(
    ("value", "attribute"),
    [
        (None, {"NULL": True}),
        (False, {"BOOL": False}),
        ("", {"S": ""}),
        (Status.PAID, {"S": "paid"}),
        (0, {"N": "0"}),
        (-0.0, {"N": "0"}),
        (Decimal("2.500"), {"N": "2.5"}),
        (100, {"N": "100"}),
        (1e-7, {"N": "0.0000001"}),
        (10**38 - 1, {"N": "9" * 38}),
        (bytearray(b"a"), {"B": "YQ=="}),
        ({"b", "a"}, {"SS": ["a", "b"]}),
        ({10, 9}, {"NS": ["10", "9"]}),
        ({b"a"}, {"BS": ["YQ=="]}),
        ((1, None), {"L": [{"N": "1"}, {"NULL": True}]}),
        ({"a": {"b": 1}}, {"M": {"a": {"M": {"b": {"N": "1"}}}}}),
        (date(2026, 1, 15), {"S": "2026-01-15"}),
    ],
)
def test_plain_python_becomes_an_attribute(value: object, attribute: object) -> None:
    event = dynamodb({"id": 7, "value": value})

    assert at(event, "Records.0.dynamodb.NewImage.value") == attribute


def test_a_model_is_written_by_its_aliases() -> None:
    event = dynamodb(Order(id=7))

    assert at(event, "Records.0.dynamodb.NewImage") == {
        "id": {"N": "7"},
        "sum": {"N": "9.5"},
        "status": {"S": "paid"},
        "placed": {"S": "2026-01-15"},
    }


@pytest.mark.parametrize(
    ("change", "size"),
    [
        (dynamodb_record({"Id": 101, "Text": "abcdef"}, key="Id"), 5 + 5 + 10),
        (dynamodb_record({"id": 1, "a": True, "b": None, "c": b"abc", "d": {"x"}}), 4 + 4 + 2 + 2 + 4 + 2),
        (dynamodb_record({"id": 1, "l": ["a", "b"], "m": {"n": -12}}), 4 + 4 + (1 + 3 + 2 + 2) + (1 + 3 + 1 + 3 + 1)),
        (dynamodb_record(keys={"id": 1}, kind="INSERT", view="KEYS_ONLY"), 4),
    ],
)
def test_the_size_is_counted(change: dict[str, Any], size: int) -> None:
    assert change["dynamodb"]["SizeBytes"] == size


@pytest.mark.parametrize(
    ("view", "images"),
    [
        ("NEW_AND_OLD_IMAGES", {"NewImage", "OldImage"}),
        ("NEW_IMAGE", {"NewImage"}),
        ("OLD_IMAGE", {"OldImage"}),
        ("KEYS_ONLY", set[str]()),
    ],
)
def test_a_stream_tells_what_its_view_says(view: Any, images: set[str]) -> None:
    record = dynamodb_record({"id": 7, "a": 1}, {"id": 7, "a": 2}, view=view)

    assert set(record["dynamodb"]).intersection({"NewImage", "OldImage"}) == images
    assert record["dynamodb"]["Keys"] == {"id": {"N": "7"}}
    assert record["dynamodb"]["StreamViewType"] == view


def test_changes_have_ids_and_sequence_numbers_of_their_own() -> None:
    changes = [*dynamodb({"id": 7}, {"id": 7})["Records"], *dynamodb({"id": 8})["Records"]]

    assert len({change["eventID"] for change in changes}) == 3
    assert len({change["dynamodb"]["SequenceNumber"] for change in changes}) == 3


def test_sequence_numbers_grow_whoever_made_the_records() -> None:
    event = dynamodb(dynamodb_record({"id": 7}), {"id": 8}, dynamodb_record(old={"id": 9}))

    numbers = [int(record["dynamodb"]["SequenceNumber"]) for record in event["Records"]]
    assert numbers == sorted(set(numbers))


def test_a_given_sequence_number_is_the_first_change_s() -> None:
    event = dynamodb({"id": 7}, {"id": 8}, sequence_number="41")

    assert [record["dynamodb"]["SequenceNumber"] for record in event["Records"]] == ["41", "42"]


def test_a_removal_by_time_to_live_is_dynamodb_s_own() -> None:
    event = dynamodb(dynamodb_record(old={"id": 7}, expired=True))

    assert at(event, "Records.0.userIdentity") == {"type": "Service", "principalId": "dynamodb.amazonaws.com"}


WHEN = datetime(2026, 3, 4, 5, 6, 7, 250_000, UTC)
ITEM = {"id": 7}
#: What no field takes.
OTHER: Any = "other"


@pytest.mark.parametrize(
    ("event", "path", "expected"),
    [
        (dynamodb(ITEM), "Records.0.eventName", "INSERT"),
        (dynamodb({"a": 1, "b": 2}, key="b"), "Records.0.dynamodb.Keys", {"b": {"N": "2"}}),
        (dynamodb(ITEM, event_id="e-1"), "Records.0.eventID", "e-1"),
        (dynamodb(ITEM, created=WHEN), "Records.0.dynamodb.ApproximateCreationDateTime", 1772600767.0),
        (dynamodb(ITEM, size=61), "Records.0.dynamodb.SizeBytes", 61),
        (dynamodb(ITEM, view="NEW_IMAGE"), "Records.0.dynamodb.StreamViewType", "NEW_IMAGE"),
        (dynamodb(ITEM, region="eu-west-1"), "Records.0.awsRegion", "eu-west-1"),
        (
            dynamodb(ITEM, table="shop", region="cn-north-1", account="210987654321", stream_created=WHEN),
            "Records.0.eventSourceARN",
            "arn:aws-cn:dynamodb:cn-north-1:210987654321:table/shop/stream/2026-03-04T05:06:07.250",
        ),
        (
            dynamodb(ITEM, ids=Ids("x")),
            "Records.0.eventID",
            dynamodb({"id": 8}, ids=Ids("x"))["Records"][0]["eventID"],
        ),
        (
            dynamodb(dynamodb_record(ITEM, sequence_number="5")),
            "Records.0.dynamodb.SequenceNumber",
            "5",
        ),
        (
            dynamodb(dynamodb_record({"id": 7, "a": 1}, keys={"id": 7})),
            "Records.0.dynamodb.Keys",
            {"id": {"N": "7"}},
        ),
    ],
)
def test_a_field_is_where_lambda_has_it(event: Any, path: str, expected: object) -> None:
    assert at(event, path) == expected


def nested(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


def test_an_item_nests_as_deep_as_dynamodb_lets_it() -> None:
    event = dynamodb({"id": 7, "deep": nested(32)})

    ours: Any = parse(event)
    assert "deep" in ours.Records[0].dynamodb.NewImage


REFUSED: list[tuple[Callable[[], object], str]] = [
    (lambda: dynamodb(), "invoked for nothing"),
    (lambda: dynamodb(ITEM, table="ab"), "3 to 255 characters"),
    (lambda: dynamodb(ITEM, table="a table"), "ASCII letters, digits and _ - ."),
    (lambda: dynamodb("text"), "an item has named attributes"),
    (lambda: dynamodb({7: "id"}), "an attribute's name is a str"),
    (lambda: dynamodb({"id": 7, "": 1}), "an attribute's name is a str"),
    (lambda: dynamodb({"id": 7, "tags": set()}), "a set is not empty"),
    (lambda: dynamodb({"id": 7, "tags": {"a", 1}}), "a set is not empty, and all text"),
    (lambda: dynamodb({"id": 7, "tags": {None}}), "a set is not empty, and all text"),
    (lambda: dynamodb({"id": 7, "sum": float("nan")}), "a number is finite"),
    (lambda: dynamodb({"id": 7, "sum": Decimal("1E126")}), "a number is finite"),
    (lambda: dynamodb({"id": 7, "sum": 10**38 + 1}), "at most 38 digits"),
    (lambda: dynamodb({"id": 7, "deep": nested(33)}), "32 levels deep at most"),
    (lambda: dynamodb({"id": 7, "text": "a" * 409_600}), "an item has at most 409600 bytes"),
    (lambda: dynamodb({"name": "a"}), "an item has its key"),
    (lambda: dynamodb({"id": 7}, key=("id", "sort")), "an item has its key"),
    (lambda: dynamodb({"id": ""}), "a key is text, a number or bytes, and not empty"),
    (lambda: dynamodb({"id": None}), "a key is text, a number or bytes, and not empty"),
    (lambda: dynamodb({"a": 1, "b": 2, "c": 3}, key=("a", "b", "c")), "one attribute, or two"),
    (lambda: dynamodb(ITEM, view=OTHER), "it is one of NEW_AND_OLD_IMAGES"),
    (lambda: dynamodb(ITEM, expired=True), "only a removal is DynamoDB's own"),
    (lambda: dynamodb(ITEM, sequence_number="one"), "made of digits"),
    (lambda: dynamodb_record(ITEM, sequence_number="one"), "made of digits"),
    (lambda: dynamodb_record(), "pass new= or old="),
    (lambda: dynamodb_record(ITEM, ITEM), "what changes nothing is not in the stream"),
    (lambda: dynamodb_record({"id": 7}, {"id": 8}), "an item has its key, and keeps it"),
    (lambda: dynamodb_record({"id": 7}, keys={"id": 8}), "an item has its key, and keeps it"),
    (lambda: dynamodb_record(kind="MODIFY", view="KEYS_ONLY"), "pass keys="),
    (lambda: dynamodb_record(ITEM, kind=OTHER), "it is one of INSERT, MODIFY, REMOVE"),
    (lambda: dynamodb_record(ITEM, kind="REMOVE"), "such a change has no new item"),
    (lambda: dynamodb_record(ITEM, kind="MODIFY"), "has the old item of it: pass old="),
    (lambda: dynamodb(dynamodb_record(ITEM, table="shop"), ITEM), "from one stream, which tells one view"),
    (lambda: dynamodb(dynamodb_record(ITEM, view="NEW_IMAGE"), ITEM), "from one stream, which tells one view"),
]


@pytest.mark.parametrize(("make", "rule"), REFUSED)
def test_what_dynamodb_never_sends_is_refused_with_the_rule(make: Callable[[], object], rule: str) -> None:
    with pytest.raises(ImpossibleEventError, match=rule):
        make()


def test_fields_for_all_do_not_go_beside_records_of_their_own() -> None:
    with pytest.raises(TypeError, match="view= goes to dynamodb_record"):
        dynamodb(dynamodb_record(ITEM), view="NEW_IMAGE")
