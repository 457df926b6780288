"""Firehose: every record is answered with its data, and only what can never succeed goes to the error prefix."""

from __future__ import annotations

import base64
import json
import logging
from pathlib import Path
from typing import Any

import pytest
from aws_lambda_powertools.utilities.parser.models.kinesis_firehose import KinesisFirehoseModel, KinesisFirehoseRecord
from pydantic import BaseModel, TypeAdapter, ValidationError

from eventrouter._sniff import sniff
from eventrouter.answers import DROPPED
from eventrouter.context import Invocation, LambdaContext
from eventrouter.errors import NotReachedError, PayloadError, ProcessingFailed, ReplyError
from eventrouter.models.firehose import FirehoseEvent, FirehoseRecord, FirehoseResult
from eventrouter.source import Outcome
from eventrouter.sources.firehose import SOURCE, address, detect, idempotency_key, keys, payload, records, reply, stream

EVENTS = Path(__file__).parent / "events"
VARIANTS = ["", "-kinesis", "-kafka"]


class Click(BaseModel):
    page: str
    ms: int


def event(variant: str = "") -> Any:
    return json.loads((EVENTS / f"firehose{variant}.json").read_text())


def answer(given: Any, results: dict[int, object], errors: dict[int, BaseException] | None = None) -> Any:
    return reply(Outcome(Invocation(given, LambdaContext(), SOURCE), records(given), results, errors or {}))["records"]


def data_for(result: object) -> bytes:
    """The data that is delivered for a handler's result."""
    (record,) = answer(event("-kinesis"), {0: result})
    assert record["result"] == "Ok"
    return base64.b64decode(record["data"], validate=True)


INVALID = PayloadError([{"type": "json_invalid", "loc": [], "msg": "The payload is not JSON"}], "firehose record")


# ---- what is one


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_call_is_told_whatever_feeds_the_stream(variant: str) -> None:
    assert sniff(event(variant)) is SOURCE


def test_a_call_may_name_only_its_region() -> None:
    given = event()
    del given["deliveryStreamArn"]

    assert detect(given)
    assert keys(records(given)[0]) == {"stream": "", "stream_arn": ""}


def test_a_call_without_records_is_told_by_its_stream() -> None:
    assert detect({**event(), "records": []})


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        {},
        {**event(), "invocationId": None},
        {**event(), "records": {}},
        {**event(), "records": [None]},
        {**event(), "records": [{"data": "e30="}]},
        {**event(), "records": [{"recordId": "1"}]},
        {"invocationId": "i", "region": "eu-central-1", "records": []},
        {"invocationId": "i", "applicationArn": "arn:aws:kinesisanalytics:x", "records": event()["records"]},
    ],
    ids=lambda value: str(value)[-60:],
)
def test_half_an_event_and_look_alikes_are_not_claimed(value: object) -> None:
    assert not detect(value)


# ---- reading


def test_routes_match_the_delivery_stream_that_only_the_event_names() -> None:
    arn = "arn:aws:firehose:eu-central-1:210987654321:deliverystream/clicks-to-lake"
    record = records(event())[0]

    assert keys(record) == {"stream": "clicks-to-lake", "stream_arn": arn}
    assert address(record) == arn
    assert keys({}) == {"stream": "", "stream_arn": ""}
    assert address({}) == ""
    assert record == event()["records"][0]


def test_a_route_names_a_delivery_stream() -> None:
    pattern = stream("clicks-*", where={"page": ["/"]}, margin=3.0)

    assert pattern.names == (("stream", "clicks-*"),)
    assert pattern.where == {"page": ["/"]}
    assert pattern.options == {"margin": 3.0}


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_payload_is_the_decoded_data_from_kafka_too(variant: str) -> None:
    assert payload(records(event(variant))[0]) == b'{"page":"/","ms":12}'


@pytest.mark.parametrize(
    ("text", "data"), [("YQ==", b"a"), ("YWI==", b"ab"), ("YWJj==", b"abc"), ("YQ", b"a"), ("", b"")]
)
def test_padding_is_no_reason_to_refuse_data(text: str, data: bytes) -> None:
    given = {"recordId": "1", "data": text}

    assert payload(given) == data
    assert TypeAdapter(FirehoseRecord).validate_python(given).data == data


@pytest.mark.parametrize("value", ["YQ==YQ==", "a", "?", 7, None], ids=repr)
def test_data_that_is_no_base64_fails_its_record(value: object) -> None:
    with pytest.raises(PayloadError, match="firehose record"):
        payload({"data": value})


def test_a_record_that_cannot_be_answered_makes_the_event_one_that_cannot_be_opened() -> None:
    with pytest.raises(PayloadError, match="firehose event"):
        records({**event(), "records": [event()["records"][0], None]})


def test_a_record_keeps_its_id() -> None:
    assert idempotency_key(records(event())[0]) == event()["records"][0]["recordId"]
    assert idempotency_key({}) is None


# ---- the reply


@pytest.mark.parametrize(
    ("result", "data"),
    [
        ("text ü", "text ü".encode()),
        (b"\x00\xff", b"\x00\xff"),
        (bytearray(b"ab"), b"ab"),
        (memoryview(b"ab"), b"ab"),
        ("", b""),
        ({"page": "/", "ms": [1]}, b'{"page":"/","ms":[1]}'),
        ({"result": "win"}, b'{"result":"win"}'),
        (Click(page="/", ms=1), b'{"page":"/","ms":1}'),
        (0, b"0"),
    ],
    ids=repr,
)
def test_a_result_becomes_the_new_data(result: object, data: bytes) -> None:
    assert data_for(result) == data


def test_every_record_is_answered_once_in_order_with_data() -> None:
    given = event()
    first, second = (record["recordId"] for record in given["records"])

    assert answer(given, {0: "new"}, {1: ProcessingFailed("no JSON")}) == [
        {"recordId": first, "result": "Ok", "data": "bmV3"},
        {"recordId": second, "result": "ProcessingFailed", "data": given["records"][1]["data"]},
    ]


def test_what_was_dropped_keeps_its_data_in_the_answer() -> None:
    given = event("-kinesis")
    (record,) = given["records"]

    assert answer(given, {0: DROPPED}) == [
        {"recordId": record["recordId"], "result": "Dropped", "data": record["data"]}
    ]


def test_a_record_from_kafka_is_answered_in_its_own_field() -> None:
    given = event("-kafka")
    (record,) = given["records"]

    (changed,), (failed,) = answer(given, {0: "new"}), answer(given, {}, {0: INVALID})

    assert changed == {"recordId": record["recordId"], "result": "Ok", "kafkaRecordValue": "bmV3"}
    assert failed == {**changed, "result": "ProcessingFailed", "kafkaRecordValue": record["kafkaRecordValue"]}


def test_partition_keys_go_with_the_data() -> None:
    (record,) = answer(event("-kinesis"), {0: FirehoseResult({"ms": 1}, {"customer": "7"})})

    assert record["metadata"] == {"partitionKeys": {"customer": "7"}}
    assert base64.b64decode(record["data"]) == b'{"ms":1}'


@pytest.mark.parametrize("keys_of", [{"customer": 7}, {7: "customer"}], ids=repr)
def test_partition_keys_are_text(keys_of: Any) -> None:
    with pytest.raises(TypeError, match="partition keys"):
        FirehoseResult("new", keys_of)


def test_a_result_shows_none_of_its_data() -> None:
    assert (
        repr(FirehoseResult("hunter2-secret", {"customer": "hunter2-secret"}))
        == "FirehoseResult(partition_keys=['customer'])"
    )


@pytest.mark.parametrize(
    "error", [TimeoutError("later"), NotReachedError(1, "there was not enough time left")], ids=repr
)
def test_a_failure_that_may_pass_is_raised_so_that_firehose_calls_again(error: Exception) -> None:
    with pytest.raises(type(error)) as raised:
        answer(event(), {}, {0: INVALID, 1: error})

    assert raised.value is error


def test_several_such_failures_are_raised_together() -> None:
    with pytest.raises(BaseExceptionGroup):
        answer(event(), {}, {0: TimeoutError("a"), 1: OSError("b")})


@pytest.mark.parametrize(
    ("result", "came"),
    [
        (None, "None"),
        (FirehoseResult(None, {}), "None"),
        ({"recordId": "#", "result": "Ok", "data": "secret"}, "a dict"),
    ],
    ids=["None", "None with keys", "a whole answer"],
)
def test_what_is_no_data_is_refused_in_words(result: Any, came: str) -> None:
    given = event("-kinesis")
    if isinstance(result, dict):
        result["recordId"] = given["records"][0]["recordId"]

    with pytest.raises(ReplyError, match=f"Firehose cannot be answered with {came}: return the new data") as raised:
        answer(given, {} if result is None else {0: result})

    assert "secret" not in str(raised.value)


@pytest.mark.parametrize("result", [object(), "\ud800"], ids=["object", "surrogate"])
def test_what_has_no_bytes_is_refused(result: object) -> None:
    with pytest.raises(ReplyError):
        answer(event("-kinesis"), {0: result})


def test_what_goes_to_the_error_prefix_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR, logger="eventrouter"):
        answer(event(), {0: "new"}, {1: ProcessingFailed("no click")})

    assert f"record {event()['records'][1]['recordId']} of Firehose goes to the error prefix" in caplog.text
    assert "no click" in caplog.text


# ---- models


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_record_is_powertools_model_with_typed_data(variant: str) -> None:
    given = records(event(variant))[0]

    record = TypeAdapter(FirehoseRecord[Click]).validate_python(given)

    assert isinstance(record, KinesisFirehoseRecord)
    assert record.data == Click(page="/", ms=12)
    assert TypeAdapter(FirehoseRecord).validate_python(given).data == payload(given)


def test_a_record_says_where_it_comes_from() -> None:
    stream_record = TypeAdapter(FirehoseRecord).validate_python(records(event("-kinesis"))[0])
    kafka_record = TypeAdapter(FirehoseRecord).validate_python(records(event("-kafka"))[0])

    assert stream_record.kinesisRecordMetadata is not None
    assert stream_record.kinesisRecordMetadata.shardId == "shardId-000000000002"
    assert kafka_record.mskRecordMetadata is not None
    assert kafka_record.mskRecordMetadata.offset == "41"


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_event_is_powertools_model(variant: str) -> None:
    found = TypeAdapter(FirehoseEvent).validate_python(event(variant))

    assert isinstance(found, KinesisFirehoseModel)
    assert [record.recordId for record in found.records] == [record["recordId"] for record in event(variant)["records"]]
    json.loads(found.model_dump_json())


def test_samples_with_a_time_in_words_are_taken() -> None:
    given = event("-kinesis")
    given["records"][0]["approximateArrivalTimestamp"] = "2025-02-03T08:15:42.117Z"
    given["records"][0]["kinesisRecordMetadata"].update(
        approximateArrivalTimestamp="2025-02-03T08:15:41Z", subsequenceNumber=""
    )

    assert TypeAdapter(FirehoseEvent).validate_python(given).records[0].data == b'{"page":"/","ms":12}'


@pytest.mark.parametrize(
    "value", [None, [], {}, {**event(), "records": [None]}, {**event(), "records": [{}]}], ids=lambda v: str(v)[-40:]
)
def test_anything_else_is_a_validation_error(value: object) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(FirehoseEvent).validate_python(value)
