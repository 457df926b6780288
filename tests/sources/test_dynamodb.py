"""DynamoDB streams: items as plain Python, changes in order, and what becomes of a stream of keys alone."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from aws_lambda_powertools.utilities.data_classes.dynamo_db_stream_event import DynamoDBStreamEvent
from aws_lambda_powertools.utilities.parser.models.dynamodb import DynamoDBStreamModel, DynamoDBStreamRecordModel
from pydantic import BaseModel, TypeAdapter, ValidationError

from eventrouter._sniff import sniff
from eventrouter.context import Invocation, LambdaContext
from eventrouter.errors import NameResolutionError, PayloadError
from eventrouter.models.dynamodb import MAX_DEPTH, Change, DynamoDBEvent, DynamoDBRecord, plain_item
from eventrouter.source import Outcome
from eventrouter.sources._shard import idempotency_key, lanes, records
from eventrouter.sources.dynamodb import (
    SOURCE,
    address,
    detect,
    identify,
    keys,
    reply,
    table,
)

EVENTS = Path(__file__).parent / "events"
VARIANTS = ["", "-keys-only-gov", "-pipes", "-window", "-window-end"]
POWERTOOLS = "aws_lambda_powertools.utilities"
TABLE_ARN = "arn:aws:dynamodb:eu-central-1:210987654321:table/orders"


class Order(BaseModel):
    id: int
    total: float
    status: str


class OrderChange(Change[Order]):
    def is_payment(self) -> bool:
        return self.new is not None and self.new.status == "paid"


def event(variant: str = "") -> Any:
    return json.loads((EVENTS / f"dynamodb{variant}.json").read_text())


def answer(given: Any, errors: dict[int, BaseException], *, reports: bool = True) -> Any:
    return reply(Outcome(Invocation(given, LambdaContext(), SOURCE), records(given), {}, errors, reports=reports))


def bound(annotation: Any, given: Any, role: str = "eventrouter.models.dynamodb:Change") -> Any:
    """What a handler with a parameter of *annotation* is given for a record."""
    make = SOURCE.types[role]
    assert callable(make)
    delivered = {"Records": [given]} if "eventName" in given or "dynamodb" in given else given
    return make(annotation)(Invocation(delivered, LambdaContext(), SOURCE), records(delivered)[0])


def takes(event_spec: Any, record: object) -> bool:
    return all(test(record) for _, test in table(event=event_spec).tests)


# ---- what is one


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_way_of_delivery_is_told(variant: str) -> None:
    assert detect(event(variant))
    assert sniff(event(variant)) is SOURCE


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        {},
        {"Records": []},
        {"Records": {}},
        {"Records": [{"eventSource": "aws:kinesis"}]},
        {**event("-window-end"), "eventSourceARN": "arn:aws:kinesis:eu-central-1:1:stream/s"},
    ],
    ids=lambda value: str(value)[:60],
)
def test_look_alikes_are_not_claimed(value: object) -> None:
    assert not detect(value)


# ---- reading


def test_routes_match_the_table() -> None:
    assert keys(records(event())[0]) == {"table": "orders", "table_arn": TABLE_ARN, "event": "INSERT"}
    assert keys(records(event("-keys-only-gov"))[0])["table_arn"] == TABLE_ARN.replace("arn:aws:", "arn:aws-us-gov:")
    assert keys(event("-window-end")) == {"table": "orders", "table_arn": TABLE_ARN, "event": ""}
    assert keys({}) == {"table": "", "table_arn": "", "event": ""}
    assert address({}) == ("", "")


def test_a_route_names_a_table_by_name_by_its_arn_or_by_its_streams() -> None:
    stream = f"{TABLE_ARN}/stream/2025-01-07T10:21:33.482"

    assert table("orders-*").names == (("table", "orders-*"),)
    assert table(TABLE_ARN).names == table(stream).names == (("table", TABLE_ARN),)
    assert table(where={"eventName": ["INSERT"]}, margin=2.0).where == {"eventName": ["INSERT"]}
    assert table(margin=2.0).options == {"margin": 2.0}


@pytest.mark.parametrize(
    ("spec", "is_taken"),
    [(None, True), ("INSERT", True), (["MODIFY", "INSERT"], True), ("REMOVE", False), ({"prefix": "INS"}, True)],
    ids=str,
)
def test_a_route_may_want_one_kind_of_change(spec: Any, is_taken: bool) -> None:
    assert takes(spec, records(event())[0]) is is_taken


def test_the_end_of_a_window_is_the_route_s_whatever_kind_it_wants() -> None:
    assert table("orders", event="INSERT").names == table("orders").names


def test_the_kind_of_change_is_compiled_once_when_the_environment_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    ((words, test),) = table(event="${KIND_OF_CHANGE}").tests
    first, second, _ = records(event())

    with pytest.raises(NameResolutionError, match="KIND_OF_CHANGE"):
        test(first)
    monkeypatch.setenv("KIND_OF_CHANGE", "MODIFY")

    assert words == "event='${KIND_OF_CHANGE}'"
    assert not test(first)
    assert test(second)


def test_a_condition_sees_the_record_since_there_is_no_payload() -> None:
    assert SOURCE.payload is None
    assert SOURCE.payload_is_value


def test_a_batch_is_one_lane() -> None:
    batch = records(event())
    lane_of = lanes(batch)

    assert len({lane_of(record) for record in batch}) == 1


def test_a_change_keeps_its_event_id() -> None:
    assert idempotency_key(records(event())[0]) == "b1d4c7e90a2f4e5d8c3b6a7f9e0d1001"
    assert idempotency_key({}) is None


# ---- the reply


def test_the_first_failed_sequence_number_is_the_checkpoint() -> None:
    given = event()
    errors: dict[int, BaseException] = {1: ValueError("no"), 2: ValueError("neither")}

    assert answer(given, {}) == {"batchItemFailures": []}
    assert answer(given, errors) == {"batchItemFailures": [{"itemIdentifier": identify(given["Records"][1])}]}


def test_pipes_knows_a_change_by_its_event_id() -> None:
    given = event("-pipes")

    assert answer(given, {0: ValueError("no")}) == {"batchItemFailures": [{"itemIdentifier": given[0]["eventID"]}]}


def test_without_a_report_the_failure_is_raised_unchanged() -> None:
    error = ValueError("no")

    with pytest.raises(ValueError, match="^no") as raised:
        answer(event(), {1: error}, reports=False)

    assert raised.value is error


def test_a_change_without_a_sequence_number_brings_the_whole_batch_back() -> None:
    given = event()
    del given["Records"][0]["dynamodb"]["SequenceNumber"]

    with pytest.raises(ValueError, match="^no"):
        answer(given, {0: ValueError("no")})


# ---- items


def test_attributes_become_plain_python() -> None:
    assert plain_item(records(event())[1]["dynamodb"]["NewImage"]) == {
        "id": Decimal(7),
        "total": Decimal("9.5"),
        "status": "paid",
        "tags": {"gift", "fast"},
        "sizes": {Decimal(1), Decimal("2.5")},
        "photo": b"\x89PNG",
        "chunks": {b"a", b"b"},
        "lines": [{"sku": "mug", "count": Decimal(2)}],
        "note": None,
        "is_gift": True,
    }


@pytest.mark.parametrize("number", ["0", "-1.5E-130", "9.9999999999999999999999999999999999999E+125"])
def test_every_number_of_dynamodb_is_read_exactly(number: str) -> None:
    assert plain_item({"n": {"N": number}}) == {"n": Decimal(number)}


def nested_lists(levels: int) -> dict[str, Any]:
    value: dict[str, Any] = {"N": "1"}
    for _ in range(levels):
        value = {"L": [value]}
    return value


def test_items_nest_as_deep_as_dynamodb_lets_them() -> None:
    plain_item({"n": nested_lists(MAX_DEPTH)})

    with pytest.raises(ValueError, match="DynamoDB attributes"):
        plain_item({"n": nested_lists(MAX_DEPTH + 1)})


@pytest.mark.parametrize(
    "attribute",
    [
        None,
        "text",
        7,
        [],
        {},
        {"S": "a", "N": "1"},
        {"X": "a"},
        {"S": 7},
        {"N": 7},
        {"N": "seven"},
        {"N": "NaN"},
        {"N": "Infinity"},
        {"N": "1E+999999999"},
        {"N": "1E-131"},
        {"B": "not base64!"},
        {"B": None},
        {"BOOL": "true"},
        {"M": []},
        {"M": {"a": "b"}},
        {"L": {}},
        {"L": None},
        {"SS": "ab"},
        {"NS": [1]},
        {"BS": ["?"]},
    ],
    ids=repr,
)
def test_what_is_no_attribute_is_a_validation_error_and_nothing_else(attribute: object) -> None:
    record = {"eventName": "INSERT", "dynamodb": {"NewImage": {"a": attribute}}}

    with pytest.raises(PayloadError, match="dynamodb record") as raised:
        bound(Change, record)

    assert "seven" not in str(raised.value)


# ---- changes


def test_a_change_has_both_images_typed() -> None:
    _, modified, _ = records(event())

    change = bound(Change[Order], modified)

    assert change.kind == "MODIFY"
    assert change.old == Order(id=7, total=9.5, status="new")
    assert change.new == Order(id=7, total=9.5, status="paid")
    assert change.keys == {"id": Decimal(7)}
    assert change.record is modified


def test_an_insertion_has_no_old_item_and_a_removal_no_new_one() -> None:
    inserted, _, removed = records(event())

    assert (bound(Change[Order], inserted).old, bound(Change[Order], removed).new) == (None, None)
    assert bound(Change[Order], inserted).new.status == "new"
    assert bound(Change[Order], removed).old.status == "paid"
    assert bound(Change[Order], removed).kind == "REMOVE"


def test_without_a_type_items_are_dicts() -> None:
    assert bound(Change, records(event())[0]).new == {"id": Decimal(7), "total": Decimal("9.5"), "status": "new"}


def test_a_stream_of_keys_alone_has_neither_image() -> None:
    change = bound(Change[Order], records(event("-keys-only-gov"))[0])

    assert change.old is None
    assert change.new is None
    assert change.keys == {"id": Decimal(7)}


def test_an_image_that_is_null_is_none() -> None:
    record = records(event())[0]
    record["dynamodb"]["OldImage"] = None

    assert bound(Change[Order], record).old is None


def test_a_subclass_knows_its_item() -> None:
    change = bound(OrderChange, records(event())[1])

    assert type(change) is OrderChange
    assert change.is_payment()


def test_a_change_can_be_made_by_hand() -> None:
    change = Change(kind="INSERT", new=Order(id=1, total=2.0, status="new"))

    assert (change.old, change.keys, change.record) == (None, {}, {})
    assert repr(change) == "<Change INSERT>"


@pytest.mark.parametrize(
    "damage",
    [
        {"eventName": "RENAME"},
        {"eventName": None},
        {"dynamodb": None},
        {"dynamodb": {"NewImage": {"id": {"S": "hunter2-secret"}, "total": {"N": "1"}, "status": {"S": "x"}}}},
        {"dynamodb": {"NewImage": "hunter2-secret"}},
    ],
    ids=str,
)
def test_a_change_that_does_not_validate_says_so_without_the_item(damage: dict[str, Any]) -> None:
    with pytest.raises(PayloadError) as raised:
        bound(Change[Order], {**records(event())[0], **damage})

    assert raised.value.__cause__ is None
    assert raised.value.__suppress_context__
    assert "hunter2" not in repr(raised.value.errors)


# ---- models


def test_a_record_is_powertools_model_with_typed_images() -> None:
    record = TypeAdapter(DynamoDBRecord[Order]).validate_python(records(event())[1])

    assert isinstance(record, DynamoDBStreamRecordModel)
    assert record.dynamodb.NewImage == Order(id=7, total=9.5, status="paid")
    assert record.dynamodb.Keys == {"id": Decimal(7)}


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_event_is_one_of_the_model(variant: str) -> None:
    found = TypeAdapter(DynamoDBEvent).validate_python(event(variant))

    assert len(found.Records) == len(records(event(variant)))


@pytest.mark.parametrize("value", [None, 7, {}, [None], {"Records": [{"dynamodb": None}]}, {"Records": {}}], ids=repr)
def test_anything_else_is_a_validation_error(value: object) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(DynamoDBEvent).validate_python(value)


@pytest.mark.parametrize("variant", ["", "-pipes"])
def test_powertools_classes_of_the_event_are_given_lambdas_form(variant: str) -> None:
    given = event(variant)

    parsed = bound(DynamoDBStreamModel, given, f"{POWERTOOLS}.parser.models.dynamodb:DynamoDBStreamModel")
    wrapped = bound(DynamoDBStreamEvent, given, f"{POWERTOOLS}.data_classes.dynamo_db_stream_event:DynamoDBStreamEvent")

    assert [record.eventName for record in parsed.Records] == [record["eventName"] for record in records(given)]
    assert len(list(wrapped.records)) == len(records(given))
