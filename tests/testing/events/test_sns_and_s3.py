"""Notifications of topics and buckets as their factories make them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from aws_lambda_powertools.utilities.data_classes import S3Event, SNSEvent
from aws_lambda_powertools.utilities.parser.models import S3Model
from aws_lambda_powertools.utilities.parser.models.sns import SnsModel

from eventrouter import parse, sniff
from eventrouter.errors import ImpossibleEventError
from eventrouter.testing.events import Ids, s3, s3_record, s3_test_event, sns, sns_record, sqs
from tests.testing.events.reading import at

TOPICS: dict[str, Any] = {
    "a text": sns("hello"),
    "a subject": sns("hello", subject="Greeting"),
    "of a FIFO topic": sns("hello", topic="alerts.fifo"),
    "in China": sns("hello", region="cn-north-1"),
    "with attributes": sns("hello", attributes={"kind": "paid", "n": 3, "b": b"\x00", "list": ["a", 1]}),
    "of a bucket": sns(s3("photos", "a.jpg")),
}
BUCKETS: dict[str, Any] = {
    "a new object": s3("photos", "summer 2025/a+b.jpg"),
    "a removed object": s3("photos", "a.jpg", event="ObjectRemoved:Delete"),
    "several": s3("photos", "a", "b"),
    "of GovCloud": s3("photos", "a", region="us-gov-west-1", version_id="v-1"),
    "nothing said": s3(),
}


@pytest.mark.parametrize("event", TOPICS.values(), ids=TOPICS)
def test_everybody_reads_a_notification(event: dict[str, Any]) -> None:
    ours: Any = parse(event)

    assert sniff(event).name == "sns"
    assert ours.Records[0].Sns.MessageId == SNSEvent(event).record.sns.message_id
    # Powertools' model writes into what it reads.
    assert (
        SnsModel.model_validate(json.loads(json.dumps(event))).Records[0].Sns.TopicArn == ours.Records[0].Sns.TopicArn
    )


@pytest.mark.parametrize("event", BUCKETS.values(), ids=BUCKETS)
def test_everybody_reads_what_a_bucket_says(event: dict[str, Any]) -> None:
    ours: Any = parse(event)

    assert sniff(event).name == "s3"
    assert [record.s3.bucket.name for record in ours.Records] == [
        record.s3.bucket.name for record in S3Event(event).records
    ]
    assert S3Model.model_validate(event).Records[0].eventName == ours.Records[0].eventName


def test_keys_are_encoded_as_s3_encodes_them() -> None:
    event = s3("photos", "summer 2025/a+b ü.jpg")

    assert at(event, "Records.0.s3.object.key") == "summer+2025/a%2Bb+%C3%BC.jpg"
    assert S3Event(event).object_key == "summer 2025/a+b ü.jpg"


def test_a_test_event_has_no_records() -> None:
    event = s3_test_event("photos")

    assert (sniff(event).name, event["Bucket"], "Records" in event) == ("s3", "photos", False)


@pytest.mark.parametrize(
    ("event", "path", "value"),
    [
        (sns("a", message_id="m-1"), "Records.0.Sns.MessageId", "m-1"),
        (sns("a"), "Records.0.Sns.Subject", None),
        (
            sns("a", subscription="s-1"),
            "Records.0.EventSubscriptionArn",
            "arn:aws:sns:eu-central-1:123456789012:alerts:s-1",
        ),
        (sns("a", topic="t.fifo", sequence_number="7"), "Records.0.Sns.SequenceNumber", "7"),
        (sns("a", sent=datetime(2026, 1, 2, tzinfo=UTC)), "Records.0.Sns.Timestamp", "2026-01-02T00:00:00.000Z"),
        (
            sns("a", attributes={"x": {"Type": "Custom", "Value": "y"}}),
            "Records.0.Sns.MessageAttributes.x.Type",
            "Custom",
        ),
        (sns("a", attributes={"x": ["a"]}), "Records.0.Sns.MessageAttributes.x.Value", '["a"]'),
        (sns(sns_record("a", subject="s"), "b"), "Records.0.Sns.Subject", "s"),
        (s3("photos", "a", size=7), "Records.0.s3.object.size", 7),
        (s3("photos", "a", etag="e"), "Records.0.s3.object.eTag", "e"),
        (s3("photos", "a", sequencer="0A"), "Records.0.s3.object.sequencer", "0A"),
        (s3("photos", "a", event="s3:ObjectCreated:Copy"), "Records.0.eventName", "ObjectCreated:Copy"),
        (
            s3("photos", "a", principal="p", source_ip="1.2.3.4"),
            "Records.0.requestParameters.sourceIPAddress",
            "1.2.3.4",
        ),
        (s3("photos", "a", configuration_id="c"), "Records.0.s3.configurationId", "c"),
        (s3("photos", s3_record("photos", "a", size=9)), "Records.0.s3.object.size", 9),
        (s3("photos", "a", region="cn-north-1"), "Records.0.s3.bucket.arn", "arn:aws-cn:s3:::photos"),
    ],
)
def test_a_field_is_where_it_belongs(event: Any, path: str, value: object) -> None:
    assert at(event, path) == value


@pytest.mark.parametrize(
    ("make", "rule"),
    [
        (lambda: sns(), "invokes nobody for nothing"),
        (lambda: sns(""), "a message is not empty"),
        (lambda: sns("a" * 300_000), "at most 262144 bytes"),
        (lambda: sns("a", topic="a b"), "ASCII letters"),
        (lambda: sns("a", subject="s" * 101), "1 to 100 characters"),
        (lambda: sns("a", subject="a\nb"), "no line breaks"),
        (lambda: sns("a", sequence_number="7"), "only a FIFO topic has it"),
        (lambda: sns("a", attributes={"x": True}), "an attribute is a str"),
        (lambda: s3("ab", "a"), "3 to 63 characters"),
        (lambda: s3("photos", ""), "1 to 1024 characters"),
        (lambda: s3("photos", "a", event="Created"), "starts with one of ObjectCreated"),
        (lambda: s3("photos", "a", event="ObjectCreated:*"), "it is one event"),
        (lambda: s3_test_event("a b c"), "ASCII letters"),
    ],
)
def test_what_aws_never_sends_is_refused_with_the_rule(make: Any, rule: str) -> None:
    with pytest.raises(ImpossibleEventError, match=rule):
        make()


def test_the_attributes_of_a_notification_go_with_raw_delivery() -> None:
    event = sqs(sns("a", attributes={"b": b"\x00", "n": 3}), raw_delivery=True)

    assert at(event, "Records.0.messageAttributes.b.binaryValue") == "AA=="
    assert at(event, "Records.0.messageAttributes.n.stringValue") == "3"


def test_ids_may_be_shared() -> None:
    ids = Ids("shared")

    assert sns("a", ids=ids) != sns("a", ids=ids)
