"""SQS messages as a factory makes them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from aws_lambda_powertools.utilities.data_classes import SQSEvent
from aws_lambda_powertools.utilities.parser.models import SqsModel
from pydantic import BaseModel

from eventrouter import parse, sniff
from eventrouter.errors import ImpossibleEventError
from eventrouter.testing.events import s3, sns, sqs, sqs_record


class Order(BaseModel):
    id: int


VARIANTS: dict[str, dict[str, Any]] = {
    "a text": sqs("hello"),
    "a model": sqs(Order(id=7)),
    "several": sqs("a", "b", "c"),
    "of a FIFO queue": sqs("a", queue="orders.fifo", group="customer-7"),
    "in China": sqs("a", region="cn-north-1"),
    "with attributes": sqs("a", attributes={"kind": "paid", "weight": 1.5, "seal": b"\x00"}),
    "moved to a dead-letter queue": sqs("a", dead_letter_source="arn:aws:sqs:eu-central-1:123456789012:orders"),
    "traced": sqs("a", trace_header="Root=1-696a0000-0123456789abcdef01234567"),
    "with a notification": sqs(sns(s3("photos", "a.jpg"))),
    "with a notification, raw": sqs(sns("a", attributes={"kind": "paid"}), raw_delivery=True),
}


@pytest.mark.parametrize("event", VARIANTS.values(), ids=VARIANTS)
def test_everybody_reads_it(event: dict[str, Any]) -> None:
    ours: Any = parse(event)
    theirs = SqsModel.model_validate(event)

    assert sniff(event).name == "sqs"
    assert [record.messageId for record in ours.Records] == [record.messageId for record in theirs.Records]
    assert [record.body for record in SQSEvent(event).records] == [record["body"] for record in event["Records"]]


def test_the_same_call_makes_the_same_event() -> None:
    assert sqs("a", "b") == sqs("a", "b")


def test_messages_have_ids_of_their_own() -> None:
    ids = {record["messageId"] for event in (sqs("a", "a"), sqs("b")) for record in event["Records"]}

    assert len(ids) == 3


def test_a_field_of_its_own_is_given_to_a_record() -> None:
    event = sqs(sqs_record("a", receive_count=3), "b")

    assert [record["attributes"]["ApproximateReceiveCount"] for record in event["Records"]] == ["3", "1"]


def test_a_topic_s_notification_is_the_body() -> None:
    event = sqs(sns("hello", subject="Greeting", topic="greetings"))

    body = json.loads(event["Records"][0]["body"])
    assert (body["Type"], body["Message"], body["Subject"]) == ("Notification", "hello", "Greeting")
    assert body["TopicArn"].endswith(":greetings")
    assert "SigningCertURL" in body


def test_raw_delivery_hands_on_message_and_attributes() -> None:
    event = sqs(sns("hello", attributes={"kind": "paid"}), raw_delivery=True)

    assert event["Records"][0]["body"] == "hello"
    assert event["Records"][0]["messageAttributes"]["kind"]["stringValue"] == "paid"


@pytest.mark.parametrize(
    ("make", "rule"),
    [
        (lambda: sqs("a", queue="a queue"), "ASCII letters, digits and - _"),
        (lambda: sqs("a", queue="q" * 81), "1 to 80 characters"),
        (lambda: sqs(""), "at least one character"),
        (lambda: sqs(b"bytes"), "it carries text"),
        (lambda: sqs("\x00"), "what XML 1.0 can hold"),
        (lambda: sqs("a" * (1024 * 1024 + 1)), "at most 1048576 bytes"),
        (lambda: sqs(), "invokes nobody for nothing"),
        (lambda: sqs(*"abcdefghijk", queue="orders.fifo"), "a batch of orders.fifo has at most 10"),
        (lambda: sqs("a", receive_count=0), "it is 1 at least"),
        (lambda: sqs("a", deduplication_id="d"), "only a FIFO queue has it"),
        (lambda: sqs("a", sequence_number="1"), "only a FIFO queue has it"),
        (lambda: sqs("a", group=""), "1 to 128 characters"),
        (lambda: sqs("a", attributes={str(number): "x" for number in range(11)}), "at most 10 attributes"),
        (lambda: sqs("a", attributes={"kind": True}), "an attribute is a str, bytes, int or float"),
        (lambda: sqs("a", attributes={"kind": ""}), "is not empty"),
        (lambda: sqs("a", account="12"), "twelve digits"),
        (lambda: sqs("a", region="Frankfurt"), "written like eu-central-1"),
    ],
)
def test_what_sqs_never_sends_is_refused_with_the_rule(make: Any, rule: str) -> None:
    with pytest.raises(ImpossibleEventError, match=rule):
        make()


def test_fields_for_all_do_not_go_beside_records_of_their_own() -> None:
    with pytest.raises(TypeError, match="group= goes to sqs_record"):
        sqs(sqs_record("a"), "b", group="g")
