"""Kinesis records as a factory makes them."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from hashlib import md5
from typing import Any

import pytest
from aws_lambda_powertools.utilities.data_classes import KinesisStreamEvent
from aws_lambda_powertools.utilities.data_classes.kinesis_stream_event import extract_cloudwatch_logs_from_event
from aws_lambda_powertools.utilities.parser.models import KinesisDataStreamModel
from pydantic import BaseModel

from eventrouter import parse, sniff
from eventrouter.errors import ImpossibleEventError, PayloadError
from eventrouter.sources.kinesis import payload
from eventrouter.testing.events import Ids
from eventrouter.testing.events.cloudwatch_logs import cloudwatch_logs
from eventrouter.testing.events.kinesis import kinesis, kinesis_record, kpl_aggregate
from tests.testing.events.reading import at


class Click(BaseModel):
    page: str


VARIANTS: dict[str, dict[str, Any]] = {
    "a text": kinesis("hello"),
    "bytes": kinesis(b"\xff\x00"),
    "nothing": kinesis(b""),
    "a model": kinesis(Click(page="/")),
    "several": kinesis("a", "b", "c"),
    "with fields of their own": kinesis(kinesis_record("a", partition_key="visitor-3"), "b"),
    "to a consumer with enhanced fan-out, in China": kinesis("a", consumer="reports", region="cn-north-1"),
    "encrypted": kinesis("a", encryption_type="KMS"),
    "an aggregate": kinesis(kpl_aggregate("a", "b" * 300)),
    "log events": kinesis(cloudwatch_logs("a")),
}


@pytest.mark.parametrize("event", VARIANTS.values(), ids=VARIANTS)
def test_everybody_reads_it(event: dict[str, Any]) -> None:
    ours: Any = parse(event)
    theirs = KinesisDataStreamModel.model_validate(event)

    data = [base64.b64decode(record["kinesis"]["data"]) for record in event["Records"]]
    assert sniff(event).name == "kinesis"
    assert [record.kinesis.data for record in ours.Records] == data
    assert [record.kinesis.data for record in theirs.Records] == data
    assert [record.kinesis.data_as_bytes() for record in KinesisStreamEvent(event).records] == data


def test_the_same_call_makes_the_same_event() -> None:
    assert kinesis("a", "b") == kinesis("a", "b")


def test_records_have_sequence_numbers_of_their_own() -> None:
    events = kinesis("a", "a"), kinesis("b"), kinesis(kinesis_record("c"), kinesis_record("c"))

    assert len({record["eventID"] for event in events for record in event["Records"]}) == 5


def test_sequence_numbers_grow_whoever_made_the_records() -> None:
    event = kinesis(kinesis_record("a"), "b", kinesis_record("c"), "d")

    numbers = [int(record["kinesis"]["sequenceNumber"]) for record in event["Records"]]
    assert numbers == sorted(set(numbers))


def test_a_given_sequence_number_is_the_first_record_s() -> None:
    event = kinesis("a", "b", sequence_number="49")

    assert [record["eventID"] for record in event["Records"]] == ["shardId-000000000000:49", "shardId-000000000000:50"]


def test_a_record_keeps_the_sequence_number_it_was_given() -> None:
    event = kinesis(kinesis_record("a", sequence_number="7"))

    assert at(event, "Records.0.kinesis.sequenceNumber") == "7"
    assert at(event, "Records.0.eventID") == "shardId-000000000000:7"


def test_a_record_can_be_in_two_events() -> None:
    record = kinesis_record("a")

    first, second = kinesis(record), kinesis("before", record)

    assert first["Records"][0]["eventID"] != second["Records"][1]["eventID"]
    assert kinesis(record) == first


def test_a_subscription_filter_puts_log_events_into_the_stream() -> None:
    event = kinesis(cloudwatch_logs("hello", group="/shop"))

    (decoded,) = extract_cloudwatch_logs_from_event(KinesisStreamEvent(event))
    assert (decoded.log_group, [each.message for each in decoded.log_events]) == ("/shop", ["hello"])


def test_an_aggregate_is_known_as_one() -> None:
    (record,) = kinesis(kpl_aggregate("a"))["Records"]

    with pytest.raises(PayloadError, match="aggregate"):
        payload(record)


def test_an_aggregate_holds_all_of_its_records() -> None:
    data = kpl_aggregate({"page": "/"}, b"b" * 300, partition_key="visitor")

    key, first, second = b"\x0a\x07visitor", b"\x1a\x10\x08\x00\x1a\x0c", b"\x1a\xb1\x02\x08\x00\x1a\xac\x02"
    packed = key + first + b'{"page":"/"}' + second + b"b" * 300
    assert data == b"\xf3\x89\x9a\xc2" + packed + md5(packed).digest()


#: What no field takes.
OTHER: Any = "other"
WHEN = datetime(2026, 3, 4, 5, 6, 7, 250_000, UTC)


@pytest.mark.parametrize(
    ("event", "path", "expected"),
    [
        (kinesis("a", stream="s"), "Records.0.eventSourceARN", "arn:aws:kinesis:eu-central-1:123456789012:stream/s"),
        (kinesis("a", partition_key="k"), "Records.0.kinesis.partitionKey", "k"),
        (kinesis("a", arrived=WHEN), "Records.0.kinesis.approximateArrivalTimestamp", WHEN.timestamp()),
        (kinesis("a", shard=2, sequence_number="7"), "Records.0.eventID", "shardId-000000000002:7"),
        (kinesis("a", encryption_type="NONE"), "Records.0.kinesis.encryptionType", "NONE"),
        (kinesis("a", role="reader"), "Records.0.invokeIdentityArn", "arn:aws:iam::123456789012:role/reader"),
        (
            kinesis("a", region="cn-north-1", consumer="c"),
            "Records.0.eventSourceARN",
            "arn:aws-cn:kinesis:cn-north-1:123456789012:stream/clicks/consumer/c:1768469400",
        ),
        (
            kinesis("a", region="cn-north-1"),
            "Records.0.invokeIdentityArn",
            "arn:aws-cn:iam::123456789012:role/stream-reader",
        ),
        (kinesis("a", region="us-gov-west-1"), "Records.0.awsRegion", "us-gov-west-1"),
        (
            kinesis("a", account="210987654321"),
            "Records.0.eventSourceARN",
            "arn:aws:kinesis:eu-central-1:210987654321:stream/clicks",
        ),
        (kinesis("a", ids=Ids("x")), "Records.0.eventID", kinesis("b", ids=Ids("x"))["Records"][0]["eventID"]),
    ],
)
def test_a_field_is_where_lambda_has_it(event: Any, path: str, expected: object) -> None:
    assert at(event, path) == expected


@pytest.mark.parametrize(
    ("make", "rule"),
    [
        (lambda: kinesis(), "invoked for nothing"),
        (lambda: kinesis("a", stream="a stream"), "ASCII letters, digits and _ . -"),
        (lambda: kinesis("a", stream="s" * 129), "1 to 128 characters"),
        (lambda: kinesis("a", partition_key=""), "1 to 256 characters"),
        (lambda: kinesis("a", shard=-1), "at most twelve digits"),
        (lambda: kinesis("a", consumer="a b"), "ASCII letters, digits and _ . -"),
        (lambda: kinesis("a", encryption_type=OTHER), "one of NONE, KMS"),
        (lambda: kinesis("a", sequence_number="one"), "made of digits"),
        (lambda: kinesis_record("a", sequence_number="one"), "made of digits"),
        (lambda: kinesis(kinesis_record("a", shard=1), "b"), "from one shard of one stream"),
        (lambda: kinesis(kinesis_record("a", stream="s"), "b"), "from one shard of one stream"),
        (lambda: kinesis(b"a" * 5_000_000), "at most 6291456"),
        (lambda: kinesis(*["a"] * 10_001), "at most 10000"),
    ],
)
def test_what_kinesis_never_sends_is_refused_with_the_rule(make: Any, rule: str) -> None:
    with pytest.raises(ImpossibleEventError, match=rule):
        make()


def test_fields_for_all_do_not_go_beside_records_of_their_own() -> None:
    with pytest.raises(TypeError, match="shard= goes to kinesis_record"):
        kinesis(kinesis_record("a"), "b", shard=1)
