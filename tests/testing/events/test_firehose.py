"""Firehose records as a factory makes them."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from aws_lambda_powertools.utilities.data_classes import KinesisFirehoseEvent
from aws_lambda_powertools.utilities.parser.models import KinesisFirehoseModel, KinesisFirehoseSqsModel
from pydantic import BaseModel

from eventrouter import parse, sniff
from eventrouter.errors import ImpossibleEventError
from eventrouter.testing.events import Ids, sqs
from eventrouter.testing.events.cloudwatch_logs import cloudwatch_logs
from eventrouter.testing.events.firehose import firehose, firehose_record
from eventrouter.testing.events.kafka import kafka, kafka_record
from eventrouter.testing.events.kinesis import kinesis
from eventrouter.testing.events.window import window, window_end
from tests.testing.events.reading import at


class Click(BaseModel):
    page: str


VARIANTS: dict[str, dict[str, Any]] = {
    "a text": firehose("hello"),
    "bytes": firehose(b"\xff\x00"),
    "a model": firehose(Click(page="/")),
    "several": firehose("a", "b"),
    "with fields of their own": firehose(firehose_record("a", record_id="7"), "b"),
    "in China": firehose("a", region="cn-north-1"),
    "out of a Kinesis stream": firehose(kinesis("a", "b")),
    "log events": firehose(cloudwatch_logs("a")),
}
#: Powertools wants ``data``, which records from Kafka have elsewhere.
OF_KAFKA: dict[str, dict[str, Any]] = {
    "out of a Kafka topic": firehose(kafka("a", kafka_record("b", partition=2))),
}


@pytest.mark.parametrize("event", VARIANTS.values(), ids=VARIANTS)
def test_everybody_reads_it(event: dict[str, Any]) -> None:
    ours: Any = parse(event)
    theirs = KinesisFirehoseModel.model_validate(event)

    data = [base64.b64decode(record["data"]) for record in event["records"]]
    assert sniff(event).name == "firehose"
    assert [record.data for record in ours.records] == data
    assert [record.data for record in theirs.records] == data
    assert [record.data_as_bytes for record in KinesisFirehoseEvent(event).records] == data


@pytest.mark.parametrize("event", OF_KAFKA.values(), ids=OF_KAFKA)
def test_we_read_what_comes_from_kafka(event: dict[str, Any]) -> None:
    ours: Any = parse(event)

    assert sniff(event).name == "firehose"
    assert [record.data for record in ours.records] == [b"a", b"b"]


def test_a_queue_s_message_is_read_as_one() -> None:
    event = firehose(sqs("hello")["Records"][0])

    assert KinesisFirehoseSqsModel.model_validate(event).records[0].data.body == "hello"


def test_the_same_call_makes_the_same_event() -> None:
    assert firehose("a", "b") == firehose("a", "b")


def test_records_have_ids_of_their_own() -> None:
    ids = {record["recordId"] for event in (firehose("a", "a"), firehose("b")) for record in event["records"]}

    assert len(ids) == 3


def test_a_subscription_filter_puts_log_events_packed() -> None:
    event = firehose(cloudwatch_logs("hello", group="/shop"))

    assert json.loads(gzip.decompress(base64.b64decode(event["records"][0]["data"])))["logGroup"] == "/shop"


def test_the_place_in_a_stream_is_told() -> None:
    stream = kinesis("a", stream="clicks", partition_key="visitor-3", shard=2, sequence_number="49", consumer="lake")

    event = firehose(stream, kinesis("b", stream="clicks"))

    assert event["sourceKinesisStreamArn"] == "arn:aws:kinesis:eu-central-1:123456789012:stream/clicks"
    assert event["records"][0]["recordId"] == "49"
    assert event["records"][0]["kinesisRecordMetadata"] == {
        "shardId": "shardId-000000000002",
        "partitionKey": "visitor-3",
        "approximateArrivalTimestamp": 1768469400117,
        "sequenceNumber": "49",
        "subsequenceNumber": 0,
    }


def test_the_place_in_a_topic_is_told() -> None:
    topic = kafka("a", partition=2, offset=41)

    event = firehose(topic)

    assert event["sourceMSKArn"] == topic["eventSourceArn"]
    assert event["records"][0]["recordId"] == "00000000000000000041000000000002"
    assert event["records"][0]["mskRecordMetadata"] == {
        "offset": "41",
        "partitionId": "2",
        "approximateArrivalTimestamp": 1768469400117,
    }


WHEN = datetime(2026, 3, 4, 5, 6, 7, 250_000, UTC)


@pytest.mark.parametrize(
    ("event", "path", "expected"),
    [
        (
            firehose("a", stream="lake", region="cn-north-1", account="210987654321"),
            "deliveryStreamArn",
            "arn:aws-cn:firehose:cn-north-1:210987654321:deliverystream/lake",
        ),
        (firehose("a", region="eu-west-1"), "region", "eu-west-1"),
        (firehose("a", invocation_id="i"), "invocationId", "i"),
        (firehose("a", record_id="7"), "records.0.recordId", "7"),
        (firehose("a", arrived=WHEN), "records.0.approximateArrivalTimestamp", 1772600767250),
        (firehose(kinesis("a"), record_id="7"), "records.0.recordId", "7"),
        (firehose(kinesis("a"), arrived=WHEN), "records.0.approximateArrivalTimestamp", 1772600767250),
        (firehose(kafka("a"), record_id="7"), "records.0.recordId", "7"),
        (firehose(kafka("a"), arrived=WHEN), "records.0.approximateArrivalTimestamp", 1772600767250),
        (firehose("a", ids=Ids("x")), "invocationId", firehose("b", ids=Ids("x"))["invocationId"]),
    ],
)
def test_a_field_is_where_firehose_has_it(event: Any, path: str, expected: object) -> None:
    assert at(event, path) == expected


REFUSED: list[tuple[Callable[[], object], str]] = [
    (lambda: firehose(), "invoked for nothing"),
    (lambda: firehose("a", stream="s" * 65), "1 to 64 characters"),
    (lambda: firehose("a", stream="a stream"), "ASCII letters, digits and _ . -"),
    (lambda: firehose(b"a" * 1_024_001), "a record has at most 1024000 bytes"),
    (lambda: firehose(*[b"a" * 1_000_000] * 5), "invoked with at most 6291456"),
    (lambda: firehose("a", kinesis("b")), "has one source"),
    (lambda: firehose(kinesis("a", stream="s"), kinesis("b", stream="t")), "has one source"),
    (lambda: firehose(window_end(window(kinesis("a")))), "Firehose reads records"),
    (lambda: firehose(kafka("a", self_managed=True)), "from Amazon MSK alone"),
    (lambda: firehose(kafka(None)), "that have a value"),
]


@pytest.mark.parametrize(("make", "rule"), REFUSED)
def test_what_firehose_never_sends_is_refused_with_the_rule(make: Callable[[], object], rule: str) -> None:
    with pytest.raises(ImpossibleEventError, match=rule):
        make()


def test_fields_for_all_do_not_go_beside_records_of_their_own() -> None:
    with pytest.raises(TypeError, match="record_id= goes to firehose_record"):
        firehose(firehose_record("a"), "b", record_id="7")
