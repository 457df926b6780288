"""Kafka: partitions keep their order, tombstones are payloads, and every record that failed is named."""

from __future__ import annotations

import base64
import copy
import json
from pathlib import Path
from typing import Any

import pytest
from aws_lambda_powertools.utilities.parser.models.kafka import KafkaMskEventModel, KafkaRecordModel
from pydantic import BaseModel, TypeAdapter, ValidationError

from eventrouter._sniff import sniff
from eventrouter.context import Invocation, LambdaContext
from eventrouter.errors import NotReachedError, PayloadError
from eventrouter.models.kafka import KafkaEvent, KafkaRecord
from eventrouter.source import Outcome
from eventrouter.sources.kafka import (
    SOURCE,
    detect,
    idempotency_key,
    identify,
    keys,
    lanes,
    payload,
    records,
    reply,
    topic,
)

EVENTS = Path(__file__).parent / "events"


class Order(BaseModel):
    id: int
    total: float


def event(variant: str = "") -> Any:
    return json.loads((EVENTS / f"kafka{variant}.json").read_text())


def record(value: object = None, **more: Any) -> dict[str, Any]:
    text = base64.b64encode(json.dumps(value).encode()).decode()
    return {"topic": "orders", "partition": 0, "offset": 1, "timestamp": 1738570542117, "value": text, **more}


def answer(given: Any, errors: dict[int, BaseException], *, reports: bool = True) -> Any:
    invocation = Invocation(given, LambdaContext(), SOURCE)
    return reply(Outcome(invocation, records(given), {}, errors, reports=reports))


def bound(annotation: Any, role: str, given: Any, each: Any) -> Any:
    """What a handler that asks for one of Powertools' models is given."""
    make = SOURCE.types[f"aws_lambda_powertools.utilities.parser.models.kafka:{role}"]
    assert callable(make)
    return make(annotation)(Invocation(given, LambdaContext(), SOURCE), each)


@pytest.mark.parametrize("variant", ["", "-self-managed", "-pipes"])
def test_every_way_of_delivery_is_told(variant: str) -> None:
    assert sniff(event(variant)) is SOURCE


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        [None],
        "aws:kafka",
        {"eventSource": "aws:kafka"},
        {"eventSource": "aws:kafka", "records": []},
        {"eventSource": ["aws:kafka"], "records": {}},
        {"records": {"orders-0": []}},
        [{"topic": "orders", "offset": 1}],
        [{"eventSource": "aws:kafka"}],
        {"Records": [{"eventSource": "aws:kafka"}]},
    ],
    ids=repr,
)
def test_half_an_event_is_not_claimed(value: object) -> None:
    assert not detect(value)
    assert sniff(value) is not SOURCE


def test_records_come_partition_by_partition_in_order() -> None:
    given = event()
    before = copy.deepcopy(given)

    places = [(each["topic"], each["partition"], each["offset"]) for each in records(given)]

    assert places == [("orders", 0, 41), ("orders", 0, 42), ("orders", 2, 107), ("refunds", 1, 5)]
    assert given == before


def test_a_partition_that_is_no_list_cannot_be_opened() -> None:
    with pytest.raises(PayloadError, match="kafka event"):
        records({"eventSource": "aws:kafka", "records": {"orders-0": None}})


def test_routes_match_the_topic() -> None:
    assert keys(records(event())[0]) == {"topic": "orders"}
    assert keys({}) == {"topic": ""}
    assert SOURCE.address is not None
    assert SOURCE.address(records(event())[3]) == "refunds"


def test_the_payload_is_the_decoded_value() -> None:
    assert payload(records(event())[0]) == b'{"id":7,"total":9.5}'
    assert payload(records(event("-self-managed"))[0]) == b"\xff\x00\xfe"


def test_a_tombstone_is_a_payload() -> None:
    assert payload(records(event("-self-managed"))[1]) is None


@pytest.mark.parametrize("value", ["not base64!", "YQ", "YQ==YQ==", 7, ["YQ=="], "é"], ids=repr)
def test_wrong_base64_fails_that_record_without_its_text(value: object) -> None:
    with pytest.raises(PayloadError) as caught:
        payload({"value": value})

    assert caught.value.errors[0]["type"] == "base64"
    assert "not base64!" not in str(caught.value)
    assert caught.value.__suppress_context__


def test_each_partition_is_an_order_of_its_own() -> None:
    batch = records(event())

    lane_of = lanes(batch)

    assert [lane_of(each) for each in batch] == ["orders-0", "orders-0", "orders-2", "refunds-1"]


def test_records_that_do_not_say_where_they_are_from_share_an_order() -> None:
    lane_of = lanes([])

    assert lane_of({}) == lane_of({"topic": "orders"}) == lane_of({"topic": ["x"], "partition": 0}) == ""


def test_success_is_an_empty_list() -> None:
    assert answer(event(), {}) == {"batchItemFailures": []}


def test_the_failed_record_and_those_after_it_are_named_by_partition_and_offset() -> None:
    errors: dict[int, BaseException] = {
        0: ValueError("bad total"),
        1: NotReachedError(1, "an earlier record of its order failed"),
    }

    assert answer(event(), errors) == {
        "batchItemFailures": [
            {"itemIdentifier": {"partition": "orders-0", "offset": 41}},
            {"itemIdentifier": {"partition": "orders-0", "offset": 42}},
        ]
    }


def test_without_reports_the_failure_is_raised_unchanged() -> None:
    error = ValueError("bad total")

    with pytest.raises(ValueError, match="bad total") as caught:
        answer(event(), {0: error}, reports=False)

    assert caught.value is error


@pytest.mark.parametrize("broken", [{"offset": "41"}, {"offset": None}, {"partition": None}, {"topic": ""}], ids=repr)
def test_a_failed_record_that_cannot_be_named_brings_the_batch_back(broken: dict[str, Any]) -> None:
    given = {"eventSource": "aws:kafka", "records": {"orders-0": [record(1, **broken)]}}

    with pytest.raises(LookupError):
        answer(given, {0: LookupError("x")})


def test_pipes_knows_no_partial_failure() -> None:
    assert answer(event("-pipes"), {}) == {"batchItemFailures": []}
    with pytest.raises(LookupError):
        answer(event("-pipes"), {1: LookupError("x")})


def test_a_pipe_names_the_partition_as_lambda_does() -> None:
    assert identify(records(event("-pipes"))[0]) == {"partition": "orders-0", "offset": 50}


def test_a_redelivered_record_keeps_its_key() -> None:
    assert idempotency_key(records(event())[0]) == "orders-0-41"
    assert idempotency_key({"topic": "orders", "partition": 0}) is None
    assert idempotency_key({"offset": 1}) is None


def test_routes_name_what_they_want() -> None:
    pattern = topic("orders-*", where={"id": [7]}, concurrency=4)

    assert pattern.sources == ("kafka",)
    assert pattern.names == (("topic", "orders-*"),)
    assert pattern.where == {"id": [7]}
    assert pattern.options == {"concurrency": 4}
    assert SOURCE.paste is not None
    assert SOURCE.paste({"topic": "orders"}) == '@app.kafka("orders")'


def test_partitions_may_run_side_by_side_and_the_poller_waits_14_minutes() -> None:
    assert SOURCE.concurrent == "lanes"
    assert SOURCE.caller_limit == 840


# ---- models


def test_a_record_is_decoded() -> None:
    model = KafkaRecord[Order].model_validate(records(event())[0])

    assert model.value == Order(id=7, total=9.5)
    assert model.key == b"customer-3"
    assert model.headers == [{"trace": b"t-1"}, {"signature": b"\xfe\x00\x7f\x80"}]
    assert model.timestamp is not None


def test_a_bare_record_takes_any_value_as_bytes() -> None:
    binary, tombstone = (KafkaRecord.model_validate(each) for each in records(event("-self-managed")))

    assert (binary.value, binary.key) == (b"\xff\x00\xfe", b"\x00\x01")
    assert tombstone.value is None


def test_a_key_may_be_null() -> None:
    assert KafkaRecord.model_validate(records(event())[1]).key is None


@pytest.mark.parametrize("annotation", [KafkaRecord[Order], KafkaRecord[str], KafkaRecord[bytes]], ids=repr)
@pytest.mark.parametrize("given", [record(value=None) | {"value": None}, {"topic": "t", "partition": 0, "offset": 1}])
def test_a_tombstone_is_refused_in_words_where_the_type_does_not_take_none(annotation: Any, given: Any) -> None:
    with pytest.raises(ValidationError, match=r"KafkaRecord\[T \| None\]"):
        annotation.model_validate(given)


def test_a_tombstone_is_taken_where_the_type_says_so() -> None:
    tombstone = records(event("-self-managed"))[1]

    assert KafkaRecord[Order | None].model_validate(tombstone).value is None
    assert KafkaRecord[str | None].model_validate(tombstone).value is None
    assert KafkaRecord[Order | None].model_validate(record({"id": 1, "total": 2})).value == Order(id=1, total=2)
    assert KafkaRecord[str | None].model_validate(record("x")).value == '"x"'


@pytest.mark.parametrize(
    "headers", [[{"trace": [300]}], [{"trace": ["a"]}], [{"trace": [True]}], [{"trace": 7}], "x", [1]]
)
def test_wrong_headers_are_validation_errors(headers: object) -> None:
    with pytest.raises(ValidationError):
        KafkaRecord.model_validate(record(1, headers=headers))


def test_headers_may_be_absent_or_null() -> None:
    assert KafkaRecord.model_validate(record(1)).headers == []
    assert KafkaRecord.model_validate(record(1, headers=None)).headers == []


def test_the_event_has_its_records_by_partition() -> None:
    model = KafkaEvent[Order | dict[str, int]].model_validate(event())

    assert list(model.records) == ["orders-0", "orders-2", "refunds-1"]
    assert model.bootstrapServers is not None
    assert len(model.bootstrapServers) == 2
    assert model.records["refunds-1"][0].valueSchemaMetadata is not None
    assert model.records["refunds-1"][0].valueSchemaMetadata.dataFormat == "AVRO"


def test_the_list_of_a_pipe_becomes_the_same_event() -> None:
    model = TypeAdapter[Any](KafkaEvent).validate_python(event("-pipes"))

    assert model.eventSource == "aws:kafka"
    assert [each.offset for each in model.records["orders-0"]] == [50, 51]


def test_bytes_have_a_json_form() -> None:
    model = KafkaRecord.model_validate(records(event("-self-managed"))[0])

    assert json.loads(model.model_dump_json())["value"] == "_wD-"


@pytest.mark.parametrize(
    "value", [None, [], [1], {}, "x", {"eventSource": "aws:kafka", "records": {"a": [{}]}}], ids=repr
)
def test_anything_else_is_a_validation_error(value: object) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter[Any](KafkaEvent).validate_python(value)


def test_models_of_powertools_are_made_without_touching_the_event() -> None:
    given = event()
    before = copy.deepcopy(given)
    each = records(given)[0]

    one = bound(KafkaRecordModel, "KafkaRecordModel", given, each)
    whole = bound(KafkaMskEventModel, "KafkaBaseEventModel", given, each)

    assert json.loads(one.value) == {"id": 7, "total": 9.5}
    assert one.headers[0] == {"trace": b"t-1"}
    assert whole.records["orders-0"][0] == one
    assert given == before


def test_a_value_that_powertools_cannot_read_fails_the_record_without_its_text() -> None:
    with pytest.raises(PayloadError) as caught:
        bound(KafkaRecordModel, "KafkaRecordModel", event(), record(1, topic=["canary"]))

    assert "canary" not in str(caught.value)
    assert caught.value.where == "kafka record"
