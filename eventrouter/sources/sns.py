"""Amazon SNS: a topic pushes a message to the function, asynchronously; AWS sends one record per event.

Event: https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html
What a topic puts into a queue: https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html
"""

from __future__ import annotations

from ..source import Pattern, Source
from ._read import after_last, attribute_tests, object_at, pasted, text_at

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping, Sequence
    from typing import Unpack

    from ..source import Extractor
    from ..types import JsonObject, JsonValue, NameSpec, Record, RouteOptions, Where

#: What a topic sends about a subscription. Whoever confirms one does so by hand: the URL in it is never fetched.
CONTROL_TYPES = ("SubscriptionConfirmation", "UnsubscribeConfirmation")


def detect(event: JsonValue) -> bool:
    match event:
        case {"Records": [{"EventSource": "aws:sns"}, *_]} | [{"EventSource": "aws:sns"}, *_]:
            return True
    return False


def is_notification(value: JsonValue) -> bool:
    """Whether *value* is what a topic puts into the body of a queue's message (without raw message delivery)."""
    return (
        type(value) is dict
        and value.get("Type") == "Notification"
        and type(value.get("Message")) is str
        and type(value.get("MessageId")) is str
        and _is_topic(value.get("TopicArn"))
    )


def is_control_message(value: JsonValue) -> bool:
    """Whether *value* is about a subscription: topics send these to queues too, for example of another account."""
    return (
        type(value) is dict
        and value.get("Type") in CONTROL_TYPES
        and type(value.get("Token")) is str
        and _is_topic(value.get("TopicArn"))
    )


def _is_topic(arn: JsonValue) -> bool:
    return type(arn) is str and arn.startswith("arn:") and arn.split(":", 3)[2:3] == ["sns"]


def records(event: JsonValue) -> Sequence[JsonObject]:
    return event if type(event) is list else event["Records"]


def address(record: JsonObject) -> Hashable:
    return text_at(record, "Sns", "TopicArn"), text_at(record, "Sns", "Subject")


def keys(record: JsonObject) -> Mapping[str, str]:
    arn = text_at(record, "Sns", "TopicArn")
    return {"topic": after_last(arn, ":"), "topic_arn": arn, "subject": text_at(record, "Sns", "Subject")}


def payload(record: JsonObject) -> str:
    return record["Sns"]["Message"]  # type: ignore[no-any-return]


def idempotency_key(record: JsonObject) -> str | None:
    """The message id, which is the same for every subscriber and in a queue behind the topic."""
    return text_at(record, "Sns", "MessageId") or None


def topic(
    name: str | None = None,
    /,
    *,
    subject: NameSpec = None,
    attributes: Mapping[str, object] | None = None,
    where: Where | None = None,
    **options: Unpack[RouteOptions],
) -> Pattern:
    """Messages of the topic *name*.

    Args:
        name: The topic's name: exact, a glob (``alerts-*``), an ARN, ``${ENV}``; left out: every topic.
        subject: The message's subject; a message without one has the empty text.
        attributes: Message attributes that must match: a value, or an EventBridge pattern list.
        where: A condition on the JSON message: an EventBridge pattern or a predicate.
    """
    return Pattern(
        "sns",
        [("topic", name), ("subject", subject)],
        where=where,
        tests=[
            (words, _on_message(test))
            for words, test in attribute_tests(attributes, "MessageAttributes", value="Value")
        ],
        options=options,
    )


def _on_message(test: Callable[[Record], bool]) -> Callable[[Record], bool]:
    return lambda record: test(object_at(record, "Sns"))


def _record_of_powertools(annotation: type) -> Extractor:
    from ..models._copied import copied_record

    return copied_record(annotation, "sns record")


def _event_of_powertools(annotation: type) -> Extractor:
    from ..models._copied import copied_event

    return copied_event(annotation, "sns event")


SOURCE = Source(
    "sns",
    detect=detect,
    services=("aws:sns",),
    records=records,
    keys=keys,
    order=("topic", "subject"),
    address=address,
    payload=payload,
    types={
        "eventrouter.models.sns:SnsRecord": "record",
        "eventrouter.models.sns:SnsEvent": "event",
        # These write into what they read.
        "aws_lambda_powertools.utilities.parser.models.sns:SnsRecordModel": _record_of_powertools,
        "aws_lambda_powertools.utilities.parser.models.sns:SnsModel": _event_of_powertools,
        "aws_lambda_powertools.utilities.data_classes.sns_event:SNSEventRecord": "record",
        "aws_lambda_powertools.utilities.data_classes.sns_event:SNSEvent": "event",
    },
    evidence=("Records.0.EventSource",),
    model="eventrouter.models.sns:SnsEvent",
    offer="str or a model of the message, SnsRecord[...]",
    idempotency_key=idempotency_key,
    secret_paths=(
        "Records.*.Sns.Message",
        "Records.*.Sns.MessageAttributes",
        "Records.*.Sns.UnsubscribeUrl",
        "Records.*.Sns.Signature",
    ),
    paste=pasted("sns", "topic"),
    acknowledges=True,
)
