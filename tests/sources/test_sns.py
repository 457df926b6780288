"""SNS: a topic's messages, alone or in the body of a queue's message, and what a topic says about subscriptions."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from aws_lambda_powertools.utilities.parser.models.sns import SnsModel, SnsRecordModel
from pydantic import BaseModel, TypeAdapter, ValidationError

from eventrouter._sniff import sniff
from eventrouter.context import Invocation, LambdaContext
from eventrouter.errors import PayloadError
from eventrouter.models.s3 import S3Event
from eventrouter.models.sns import SnsEvent, SnsNotification, SnsRecord
from eventrouter.models.sqs import SqsRecord
from eventrouter.source import Outcome
from eventrouter.sources.sns import (
    SOURCE,
    address,
    detect,
    idempotency_key,
    is_control_message,
    is_notification,
    keys,
    payload,
    records,
    topic,
)

EVENTS = Path(__file__).parent / "events"
TOPIC_ARN = "arn:aws:sns:eu-central-1:210987654321:shop-alerts"


class Order(BaseModel):
    id: int
    total: float


def event(variant: str = "") -> Any:
    return json.loads((EVENTS / f"sns{variant}.json").read_text())


def in_queue(message: str = '{"id":7,"total":9.5}', **more: Any) -> dict[str, Any]:
    """What a topic puts into the body of a queue's message."""
    return {
        "Type": "Notification",
        "MessageId": "5f0b9c3e-7a41-5d28-9e63-c1a4f2d8b706",
        "TopicArn": TOPIC_ARN,
        "Message": message,
        "Timestamp": "2025-02-03T08:15:42.117Z",
        "SignatureVersion": "1",
        "Signature": "c2lnbmF0dXJl",
        "SigningCertURL": "https://sns.eu-central-1.amazonaws.com/cert.pem",
        "UnsubscribeURL": "https://sns.eu-central-1.amazonaws.com/?Action=Unsubscribe",
        **more,
    }


def confirmation(**more: Any) -> dict[str, Any]:
    return {
        "Type": "SubscriptionConfirmation",
        "MessageId": "0c8a7e3f-4a5e-4b37-9c1d-8e2f6a7b9d10",
        "Token": "2336412f37fb",
        "TopicArn": TOPIC_ARN,
        "Message": "You have chosen to subscribe",
        "SubscribeURL": "https://sns.eu-central-1.amazonaws.com/?Action=ConfirmSubscription",
        "Timestamp": "2025-02-03T08:15:42.117Z",
        **more,
    }


def queue_record(body: object) -> dict[str, Any]:
    return {
        "messageId": "e7c1a9d4-3b52-4f08-8a6e-91d0c2b7f345",
        "receiptHandle": "handle",
        "body": json.dumps(body),
        "attributes": {
            "ApproximateReceiveCount": "1",
            "SentTimestamp": "1738570542117",
            "SenderId": "AIDA7EXAMPLE",
            "ApproximateFirstReceiveTimestamp": "1738570542120",
        },
        "messageAttributes": {},
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:eu-central-1:210987654321:images",
        "awsRegion": "eu-central-1",
    }


def without(value: dict[str, Any], key: str) -> dict[str, Any]:
    return {name: item for name, item in value.items() if name != key}


def bound(annotation: Any, role: str, given: Any) -> Any:
    """What a handler that asks for one of Powertools' models is given."""
    make = SOURCE.types[f"aws_lambda_powertools.utilities.parser.models.sns:{role}"]
    assert callable(make)
    return make(annotation)(Invocation(given, LambdaContext(), SOURCE), records(given)[0])


# ---- what is one


@pytest.mark.parametrize("variant", ["", "-fifo-china"])
def test_a_message_is_told(variant: str) -> None:
    assert detect(event(variant))
    assert detect(event(variant)["Records"])
    assert sniff(event(variant)) is SOURCE


@pytest.mark.parametrize(
    "value",
    [None, [], {}, {"Records": []}, {"Records": [None]}, {"Records": [{"eventSource": "aws:sns"}]}, in_queue()],
    ids=lambda value: str(value)[:40],
)
def test_other_records_are_not_claimed(value: object) -> None:
    assert not detect(value)


def test_a_notification_is_told_by_all_that_a_topic_writes() -> None:
    assert is_notification(in_queue())
    assert is_notification(event()["Records"][0]["Sns"])


@pytest.mark.parametrize(
    "value",
    [
        None,
        "Notification",
        [],
        {},
        {"Type": "Notification"},
        {"Type": "Notification", "Message": "hello"},
        confirmation(),
        in_queue(TopicArn="shop-alerts"),
        in_queue(TopicArn="arn:aws:sqs:eu-central-1:210987654321:orders"),
        in_queue(TopicArn=None),
        in_queue(Message={"id": 7}),
        in_queue(MessageId=7),
        in_queue(TopicArn="arn:x"),
        in_queue(TopicArn="arn:"),
    ],
    ids=lambda value: str(value)[:60],
)
def test_what_merely_looks_like_a_notification_is_none(value: object) -> None:
    assert not is_notification(value)


@pytest.mark.parametrize("kind", ["SubscriptionConfirmation", "UnsubscribeConfirmation"])
def test_a_message_about_a_subscription_is_told(kind: str) -> None:
    assert is_control_message(confirmation(Type=kind))


@pytest.mark.parametrize(
    "value",
    [
        None,
        "SubscriptionConfirmation",
        [],
        {"Type": "SubscriptionConfirmation"},
        in_queue(Token="2336412f37fb"),
        without(confirmation(), "Token"),
        without(confirmation(), "TopicArn"),
        confirmation(TopicArn="arn:aws:iam::210987654321:role/x"),
        confirmation(Type=["SubscriptionConfirmation"]),
    ],
    ids=lambda value: str(value)[:60],
)
def test_only_an_exact_message_about_a_subscription_is_acknowledged(value: object) -> None:
    assert not is_control_message(value)


# ---- reading


def test_routes_match_topic_and_subject_in_every_partition() -> None:
    record, china = event()["Records"][0], event("-fifo-china")["Records"][0]

    assert keys(record) == {"topic": "shop-alerts", "topic_arn": TOPIC_ARN, "subject": "Stock is low"}
    assert keys(china) == {
        "topic": "shop-alerts.fifo",
        "topic_arn": "arn:aws-cn:sns:cn-north-1:210987654321:shop-alerts.fifo",
        "subject": "",
    }
    assert keys({}) == {"topic": "", "topic_arn": "", "subject": ""}
    assert address(record) == (TOPIC_ARN, "Stock is low")
    assert address({"Sns": None}) == ("", "")


def test_the_payload_is_the_message_as_sent() -> None:
    assert payload(event()["Records"][0]) == '{"id":7,"total":9.5}'
    assert payload(records(event("-fifo-china")["Records"])[0]) == "Plain text, with an umlaut: ü"


def test_a_message_keeps_its_id() -> None:
    assert idempotency_key(event()["Records"][0]) == "5f0b9c3e-7a41-5d28-9e63-c1a4f2d8b706"
    assert idempotency_key({}) is None


def test_what_the_handler_returned_is_sent_back_and_its_error_raised_unchanged() -> None:
    given, error = event(), KeyError("lost")
    invocation = Invocation(given, LambdaContext(), SOURCE)

    assert SOURCE.reply(Outcome(invocation, records(given), {0: "seen"}, {})) == "seen"
    with pytest.raises(KeyError) as raised:
        SOURCE.reply(Outcome(invocation, records(given), {}, {0: error}))
    assert raised.value is error


# ---- routes


def test_a_route_names_topic_and_subject() -> None:
    pattern = topic("shop-*", subject={"prefix": "Stock"}, where={"id": [7]}, failures="report")

    assert pattern.names == (("topic", "shop-*"), ("subject", {"prefix": "Stock"}))
    assert pattern.where == {"id": [7]}
    assert pattern.options == {"failures": "report"}
    assert pattern.tests == ()
    assert topic().names == ()


@pytest.mark.parametrize(
    ("attributes", "is_taken"),
    [
        ({"tenant": "north"}, True),
        ({"tenant": [{"prefix": "no"}], "priority": "3"}, True),
        ({"tenant": "south"}, False),
        ({"color": "blue"}, False),
    ],
    ids=str,
)
def test_a_route_may_want_attributes(attributes: dict[str, object], is_taken: bool) -> None:
    ((_, test),) = topic(attributes=attributes).tests

    assert test(event()["Records"][0]) is is_taken
    assert not test({})


# ---- models


def test_the_record_is_powertools_model_with_a_typed_message() -> None:
    given = event()["Records"][0]

    record = TypeAdapter(SnsRecord[Order]).validate_python(given)

    assert isinstance(record, SnsRecordModel)
    assert record.Sns.Message == Order(id=7, total=9.5)
    assert record.Sns.Subject == "Stock is low"
    assert record.Sns.MessageAttributes is not None
    assert record.Sns.MessageAttributes["tenant"].Value == "north"
    assert TypeAdapter(SnsRecord).validate_python(given).Sns.Message == '{"id":7,"total":9.5}'


def test_a_message_that_is_no_json_of_its_type_is_a_validation_error() -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(SnsRecord[Order]).validate_python(event("-fifo-china")["Records"][0])


def test_an_event_is_a_list_of_records_in_either_form() -> None:
    given = event()

    (one,) = TypeAdapter(SnsEvent[Order]).validate_python(given).Records
    (other,) = TypeAdapter(SnsEvent[Order]).validate_python(given["Records"]).Records

    assert one == other
    assert one.Sns.Message.id == 7


@pytest.mark.parametrize(
    "value", [None, 7, [None], {}, {"Records": [{"Sns": None}]}, {"Records": [{"Sns": [1]}]}], ids=repr
)
def test_a_broken_event_is_a_validation_error(value: object) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(SnsEvent).validate_python(value)


def test_a_notification_inside_a_queue_is_read_through_both_envelopes() -> None:
    s3_event = json.loads((EVENTS / "s3.json").read_text())
    given = queue_record(in_queue(json.dumps(s3_event)))

    record = TypeAdapter(SqsRecord[SnsNotification[S3Event]]).validate_python(given)

    assert record.body.UnsubscribeUrl == "https://sns.eu-central-1.amazonaws.com/?Action=Unsubscribe"
    assert record.body.SigningCertUrl == "https://sns.eu-central-1.amazonaws.com/cert.pem"
    assert record.body.Message.Records[0].key == "summer 2025/a+b 100% café.jpg"


def test_a_confirmation_is_no_notification() -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(SqsRecord[SnsNotification]).validate_python(queue_record(confirmation()))


def test_powertools_models_get_a_copy_since_they_write_into_what_they_read() -> None:
    given = {"Records": [{**event()["Records"][0], "Sns": in_queue()}]}
    before = copy.deepcopy(given)

    record, whole = bound(SnsRecordModel, "SnsRecordModel", given), bound(SnsModel, "SnsModel", given)

    assert record.Sns.Message == whole.Records[0].Sns.Message == '{"id":7,"total":9.5}'
    assert given == before


def test_powertools_models_fail_in_our_words() -> None:
    with pytest.raises(PayloadError, match="sns record"):
        bound(SnsRecordModel, "SnsRecordModel", {"Records": [{"EventSource": "aws:sns"}]})
