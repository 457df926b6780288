"""Kinesis: one shard in order, its windows, its records through EventBridge Pipes, and aggregates."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from aws_lambda_powertools.utilities.data_classes.kinesis_stream_event import KinesisStreamEvent, KinesisStreamRecord
from aws_lambda_powertools.utilities.parser.models.kinesis import KinesisDataStreamModel, KinesisDataStreamRecord
from pydantic import BaseModel, TypeAdapter, ValidationError

from eventrouter._sniff import sniff
from eventrouter.context import Invocation, LambdaContext
from eventrouter.errors import NotReachedError, PayloadError
from eventrouter.models.kinesis import KinesisEvent, KinesisRecord
from eventrouter.source import Outcome
from eventrouter.sources._shard import idempotency_key, lanes, records
from eventrouter.sources.kinesis import (
    KPL_MAGIC,
    SOURCE,
    data,
    detect,
    identify,
    keys,
    nested,
    payload,
    reply,
    stream,
)

EVENTS = Path(__file__).parent / "events"
VARIANTS = ["", "-fan-out-china", "-pipes", "-aggregated", "-window", "-window-end"]
POWERTOOLS = "aws_lambda_powertools.utilities."


class Click(BaseModel):
    page: str
    ms: int


def event(variant: str = "") -> Any:
    return json.loads((EVENTS / f"kinesis{variant}.json").read_text())


def answer(given: Any, errors: dict[int, BaseException], *, reports: bool = True) -> Any:
    return reply(Outcome(Invocation(given, LambdaContext(), SOURCE), records(given), {}, errors, reports=reports))


def bound(annotation: Any, module: str, given: Any) -> Any:
    """What a handler that asks for one of Powertools' classes is given for the first record."""
    make = SOURCE.types[f"{POWERTOOLS}{module}:{annotation.__name__}"]
    assert callable(make)
    return make(annotation)(Invocation(given, LambdaContext(), SOURCE), records(given)[0])


def encoded(value: bytes) -> dict[str, Any]:
    record = records(event())[0]
    return {**record, "kinesis": {**record["kinesis"], "data": base64.b64encode(value).decode()}}


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
        [None],
        {},
        "aws:kinesis",
        {"Records": None},
        {"Records": []},
        {"Records": [None]},
        {"Records": [{"eventSource": "aws:dynamodb"}]},
        {"Records": [{"eventSource": ["aws:kinesis"]}]},
        {**event("-window-end"), "window": None},
        {**event("-window-end"), "isFinalInvokeForWindow": "true"},
        {**event("-window-end"), "eventSourceARN": "arn:aws:dynamodb:eu-central-1:1:table/t"},
        {**event("-window-end"), "eventSourceARN": None},
        {**event("-window-end"), "eventSourceARN": "kinesis"},
    ],
    ids=lambda value: str(value)[:60],
)
def test_look_alikes_are_not_claimed(value: object) -> None:
    assert not detect(value)


def test_a_window_ends_without_records_and_is_still_the_streams() -> None:
    given = event("-window-end")

    assert list(records(given)) == []
    assert keys(given) == keys(records(event())[0])


# ---- reading


def test_routes_match_the_stream_behind_a_consumer_too() -> None:
    assert keys(records(event())[0]) == {
        "stream": "clicks",
        "stream_arn": "arn:aws:kinesis:eu-central-1:210987654321:stream/clicks",
    }
    assert keys(records(event("-fan-out-china"))[0]) == {
        "stream": "clicks",
        "stream_arn": "arn:aws-cn:kinesis:cn-north-1:210987654321:stream/clicks",
    }
    assert keys({}) == {"stream": "", "stream_arn": ""}
    assert SOURCE.address is not None
    assert SOURCE.address({}) is None


def test_a_route_names_a_stream() -> None:
    pattern = stream("clicks-*", where={"page": ["/"]}, failures="report")

    assert pattern.names == (("stream", "clicks-*"),)
    assert pattern.where == {"page": ["/"]}
    assert pattern.options == {"failures": "report"}


@pytest.mark.parametrize(("variant", "expected"), [("", b'{"page":"/","ms":12}'), ("-pipes", b'{"page":"/","ms":5}')])
def test_the_payload_is_the_decoded_data(variant: str, expected: bytes) -> None:
    assert payload(records(event(variant))[0]) == expected


@pytest.mark.parametrize("value", ["not base64", 7, None], ids=repr)
def test_data_that_is_no_base64_fails_its_record(value: object) -> None:
    with pytest.raises(PayloadError, match="kinesis record") as raised:
        payload({"kinesis": {"data": value}})

    assert raised.value.errors[0]["type"] == "base64"


def test_an_aggregate_is_named_with_the_way_out() -> None:
    (record,) = records(event("-aggregated"))

    with pytest.raises(PayloadError) as raised:
        payload(record)

    assert raised.value.errors[0]["type"] == "kpl_aggregated"
    assert "KPL" in raised.value.errors[0]["msg"]
    assert "decode=" in raised.value.errors[0]["msg"]
    assert data(record).startswith(KPL_MAGIC)


def test_a_batch_is_one_lane_whatever_its_partition_keys() -> None:
    batch = records(event())

    lane_of = lanes(batch)

    assert len({lane_of(record) for record in batch}) == 1
    assert SOURCE.concurrent is None


def test_a_record_keeps_its_event_id() -> None:
    assert idempotency_key(records(event())[0]) == records(event("-pipes"))[0]["eventID"].replace("518005", "518001")
    assert idempotency_key({}) is None


# ---- the reply


def test_silence_is_success() -> None:
    assert answer(event(), {}) == {"batchItemFailures": []}


def test_the_first_failed_sequence_number_is_the_checkpoint() -> None:
    given = event()
    errors: dict[int, BaseException] = {2: NotReachedError(2, "its lane had failed"), 1: ValueError("no")}

    assert answer(given, errors) == {
        "batchItemFailures": [{"itemIdentifier": given["Records"][1]["kinesis"]["sequenceNumber"]}]
    }


def test_pipes_knows_a_record_by_its_event_id() -> None:
    given = event("-pipes")

    assert answer(given, {1: ValueError("no")}) == {"batchItemFailures": [{"itemIdentifier": given[1]["eventID"]}]}
    assert identify(given[1]) == given[1]["eventID"]


def test_without_a_report_the_failure_is_raised_unchanged() -> None:
    error = ValueError("no")

    with pytest.raises(ValueError, match="^no") as raised:
        answer(event(), {1: error}, reports=False)

    assert raised.value is error
    assert "ReportBatchItemFailures" in raised.value.__notes__[0]


@pytest.mark.parametrize("number", [None, "", 7], ids=repr)
def test_a_failed_record_without_a_number_brings_the_whole_batch_back(number: object) -> None:
    given = event()
    given["Records"][0]["kinesis"]["sequenceNumber"] = number

    with pytest.raises(ValueError, match="^no"):
        answer(given, {0: ValueError("no")})


# ---- models


@pytest.mark.parametrize("variant", ["", "-pipes", "-window"])
def test_a_record_is_powertools_model_with_typed_data(variant: str) -> None:
    given = records(event(variant))[0]

    record = TypeAdapter(KinesisRecord[Click]).validate_python(given)

    assert isinstance(record, KinesisDataStreamRecord)
    assert record.kinesis.data.page == "/"
    assert record.kinesis.partitionKey == "visitor-3"
    assert TypeAdapter(KinesisRecord).validate_python(given).kinesis.data == payload(given)


def test_text_is_taken_as_sent() -> None:
    given = records(event("-fan-out-china"))[0]

    assert TypeAdapter(KinesisRecord[str]).validate_python(given).kinesis.data == "plain text"
    assert TypeAdapter(KinesisRecord[Click]).validate_python(encoded(b'{"page":"/","ms":1}')).kinesis.data.ms == 1


def test_a_model_names_an_aggregate_and_bytes_take_it() -> None:
    (given,) = records(event("-aggregated"))

    with pytest.raises(ValidationError, match="KPL"):
        TypeAdapter(KinesisRecord[Click]).validate_python(given)
    assert TypeAdapter(KinesisRecord[bytes]).validate_python(given).kinesis.data.startswith(KPL_MAGIC)


def test_an_event_has_its_window() -> None:
    found = TypeAdapter(KinesisEvent[Click]).validate_python(event("-window"))

    assert found.window is not None
    assert found.window.start == "2025-02-03T08:14:00Z"
    assert found.state == {"count": 2}
    assert found.isFinalInvokeForWindow is False
    assert found.Records[0].kinesis.data.ms == 4


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_event_is_one_of_the_model(variant: str) -> None:
    given = event(variant)

    found = TypeAdapter(KinesisEvent).validate_python(given)

    assert len(found.Records) == len(records(given))
    json.loads(found.model_dump_json())


@pytest.mark.parametrize(
    "value", [None, 7, {}, [None], {"Records": [{"data": "e30="}]}, {"Records": [{"kinesis": 1}]}], ids=repr
)
def test_anything_else_is_a_validation_error(value: object) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(KinesisEvent).validate_python(value)


@pytest.mark.parametrize("variant", ["", "-pipes"])
def test_powertools_classes_are_given_lambdas_form_of_a_record(variant: str) -> None:
    given = event(variant)
    expected = payload(records(given)[0])

    parsed = bound(KinesisDataStreamRecord, "parser.models.kinesis", given)
    parsed_event = bound(KinesisDataStreamModel, "parser.models.kinesis", given)
    wrapped = bound(KinesisStreamRecord, "data_classes.kinesis_stream_event", given)
    wrapped_event = bound(KinesisStreamEvent, "data_classes.kinesis_stream_event", given)

    assert parsed.kinesis.data == parsed_event.Records[0].kinesis.data == expected
    assert wrapped.kinesis.data_as_bytes() == next(iter(wrapped_event.records)).kinesis.data_as_bytes() == expected


def test_a_record_from_pipes_is_rearranged_without_changing_it() -> None:
    given = event("-pipes")[0]

    found = nested(given)

    assert found["kinesis"]["data"] == given["data"]
    assert "data" not in found
    assert "kinesis" not in given
    assert nested(found) is found
