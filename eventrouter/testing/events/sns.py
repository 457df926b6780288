"""Notifications of an Amazon SNS topic."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import datetime
from typing import TypedDict, Unpack

from ._made import (
    ACCOUNT,
    MOMENT,
    REGION,
    Ids,
    Payload,
    Record,
    arn,
    check_length,
    check_name,
    domain_of,
    impossible,
    json_of,
    split_records,
    text_of,
    to_milliseconds,
    without_none,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...types import JsonObject

#: https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
MAX_MESSAGE = 256 * 1024


class SnsFields(TypedDict, total=False):
    """What can be said of a notification beside its message.

    Attributes:
        message_id: Default: made of ``ids``.
        subject: At most 100 characters, without line breaks; default: the notification has none.
        attributes: Message attributes: ``str``, ``bytes``, ``int``, ``float`` or lists, or the attribute as SNS writes it.
        subscription: The end of the subscription's ARN.
        sent: When it was published.
        sequence_number: Of FIFO topics alone.
        region: Of the topic.
        account: Of the topic.
        ids: Default: made of what the event carries.
    """

    message_id: str
    subject: str
    attributes: Mapping[str, object]
    subscription: str
    sent: datetime
    sequence_number: str
    region: str
    account: str
    ids: Ids


def sns(*messages: Payload, topic: str = "alerts", **fields: Unpack[SnsFields]) -> JsonObject:
    """A notification of one topic. Lambda gets one at a time; several are for ``sqs(sns(...))``.

    Args:
        messages: Text, or anything that has a JSON form, as an ``s3(...)`` event has.
        topic: Its name; one that ends with ``.fifo`` is a FIFO topic.
        fields: Of every notification.

    Raises:
        ImpossibleEventError: SNS has no such notification.

    Reference:
        https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html
    """
    split_records(messages, fields, "sns")
    if not messages:
        raise impossible("sns()", "no messages", "a topic invokes nobody for nothing")
    fields.setdefault("ids", Ids.of(topic, *messages))
    return {
        "Records": [
            dict(each) if isinstance(each, Record) else dict(sns_record(each, topic=topic, **fields))
            for each in messages
        ]
    }


def sns_record(message: Payload, *, topic: str = "alerts", **fields: Unpack[SnsFields]) -> Record:
    """One notification, for :func:`sns`.

    Raises:
        ImpossibleEventError: SNS has no such notification.

    Reference:
        https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html
    """
    is_fifo = topic.endswith(".fifo")
    check_name("sns(topic=)", topic.removesuffix(".fifo"), others="-_", high=256 - 5 * is_fifo)
    text = text_of("sns(message)", message)
    _check_message(text)
    subject = fields.get("subject")
    if subject is not None:
        _check_subject(subject)
    sequence_number = fields.get("sequence_number")
    if sequence_number is not None and not is_fifo:
        raise impossible(
            "sns(sequence_number=)", sequence_number, "only a FIFO topic has it, whose name ends with .fifo"
        )
    ids = fields.get("ids") or Ids.of(topic, text)
    region = fields.get("region", REGION)
    message_id = fields.get("message_id") or ids.uuid()
    place = arn("sns", topic, region, fields.get("account", ACCOUNT))
    subscription = f"{place}:{fields.get('subscription') or ids.uuid()}"
    endpoint = f"https://sns.{region}.{domain_of(region)}"
    notice: JsonObject = without_none(
        Type="Notification",
        MessageId=message_id,
        TopicArn=place,
        Message=text,
        Timestamp=to_milliseconds(fields.get("sent", MOMENT)),
        SignatureVersion="1",
        Signature=base64.b64encode(ids.hex().encode()).decode(),
        SigningCertUrl=f"{endpoint}/SimpleNotificationService-{ids.hex()}.pem",
        UnsubscribeUrl=f"{endpoint}/?Action=Unsubscribe&SubscriptionArn={subscription}",
        MessageAttributes=_attributes(fields.get("attributes", {})),
    )
    # Where there is none, Lambda is told so, and a queue is told nothing.
    notice["Subject"] = subject
    if is_fifo:
        notice["SequenceNumber"] = sequence_number or ids.number(20)
    return Record(EventSource="aws:sns", EventVersion="1.0", EventSubscriptionArn=subscription, Sns=notice)


def notification(notice: Mapping[str, object]) -> str:
    """The text that a topic puts into a queue for what it would have handed to Lambda.

    Reference:
        https://docs.aws.amazon.com/sns/latest/dg/sns-sqs-as-subscriber.html
    """
    renamed = {"SigningCertUrl": "SigningCertURL", "UnsubscribeUrl": "UnsubscribeURL"}
    said = {renamed.get(name, name): value for name, value in notice.items() if value is not None and value != {}}
    return json_of(said)


def _check_message(text: str) -> None:
    if not text:
        raise impossible("sns(message)", text, "a message is not empty")
    size = len(text.encode())
    if size > MAX_MESSAGE:
        raise impossible("sns(message)", f"of {size} bytes", f"a message has at most {MAX_MESSAGE} bytes")


def _check_subject(subject: str) -> None:
    check_length("sns(subject=)", subject, 1, 100)
    if any(ord(character) < 0x20 or ord(character) == 0x7F for character in subject):
        raise impossible("sns(subject=)", subject, "it has no line breaks and no control characters")


def _attributes(given: Mapping[str, object]) -> JsonObject:
    return {name: _attribute(name, value) for name, value in given.items()}


def _attribute(name: str, value: object) -> object:
    check_name("sns(attributes=)", name, others="_-.", high=256)
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, bytes):
        return {"Type": "Binary", "Value": base64.b64encode(value).decode()}
    if isinstance(value, list | tuple):
        return {"Type": "String.Array", "Value": json_of(list(value))}
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise impossible("sns(attributes=)", type(value).__name__, "an attribute is a str, bytes, int, float or list")
    return {"Type": "String" if isinstance(value, str) else "Number", "Value": str(value)}
