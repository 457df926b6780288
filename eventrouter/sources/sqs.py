"""Amazon SQS: a poller hands over a batch of messages, all from one queue.

Event and reply: https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
"""

from __future__ import annotations

from ..errors import RegistrationError, quoted
from ..source import Pattern, Source
from ._batch import batch_item_failures
from ._read import after_last, attribute_tests, pasted, text_at

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping, Sequence
    from typing import Unpack

    from ..source import Outcome
    from ..types import JsonObject, JsonValue, RouteOptions, Where


def detect(event: JsonValue) -> bool:
    match event:
        case {"Records": [{"eventSource": "aws:sqs"}, *_]} | [{"eventSource": "aws:sqs"}, *_]:
            return True
    return False


def records(event: JsonValue) -> Sequence[JsonObject]:
    return event if type(event) is list else event["Records"]


def address(record: JsonObject) -> Hashable:
    return record.get("eventSourceARN")


def keys(record: JsonObject) -> Mapping[str, str]:
    arn = text_at(record, "eventSourceARN")
    return {"queue": after_last(arn, ":"), "queue_arn": arn}


def payload(record: JsonObject) -> str:
    return record["body"]  # type: ignore[no-any-return]


def lanes(batch: Sequence[JsonObject]) -> Callable[[JsonObject], Hashable] | None:
    """A FIFO queue's records stay in order within their message group; a record without a group joins one common group."""
    # A batch is of one queue.
    arn = batch[0].get("eventSourceARN")
    return _group if type(arn) is str and arn.endswith(".fifo") else None


def _group(record: JsonObject) -> Hashable:
    return text_at(record.get("attributes"), "MessageGroupId")


def identify(record: JsonObject) -> JsonValue:
    return record["messageId"]


def reply(outcome: Outcome) -> JsonValue:
    # SQS deletes every message that is not named, so silence means success.
    return batch_item_failures(outcome, identify)


def idempotency_key(record: JsonObject) -> str | None:
    """The message id; for FIFO the deduplication id with its group, which a producer's retry keeps."""
    attributes = record.get("attributes")
    if text_at(record, "eventSourceARN").endswith(".fifo") and (
        deduplication := text_at(attributes, "MessageDeduplicationId")
    ):
        return f"{text_at(attributes, 'MessageGroupId')}/{deduplication}"
    return text_at(record, "messageId") or None


def queue(
    name: str | None = None,
    /,
    *,
    attributes: Mapping[str, object] | None = None,
    where: Where | None = None,
    unwrap: str | None = None,
    **options: Unpack[RouteOptions],
) -> Pattern:
    """Messages from the queue *name*, one call per message, or per batch for ``Batch[T]``.

    Args:
        name: The queue's name: exact, a glob (``orders-*``), an ARN, ``${ENV}``; left out: every queue.
        attributes: Message attributes that must match: a value, or an EventBridge pattern list.
        where: A condition on the JSON body: an EventBridge pattern or a predicate.
        unwrap: ``"sns"``: the body may be an SNS notification; the payload is then its message.
    """
    if isinstance(name, str) and "/" in name and not name.startswith("arn:"):
        raise RegistrationError(
            f"sqs: {quoted(name)} is no name of a queue: write its name or ARN, which a template has as "
            "!GetAtt Queue.QueueName or !GetAtt Queue.Arn (!Ref is the URL)"
        )
    return Pattern(
        "sqs",
        [("queue", name)],
        where=where,
        tests=attribute_tests(attributes, "messageAttributes", value="stringValue"),
        bind={"unwrap": unwrap},
        options=options,
    )


SOURCE = Source(
    "sqs",
    detect=detect,
    services=("aws:sqs",),
    records=records,
    keys=keys,
    order=("queue",),
    address=address,
    payload=payload,
    types={
        "eventrouter.models.sqs:SqsRecord": "record",
        "eventrouter.models.sqs:SqsEvent": "event",
        "aws_lambda_powertools.utilities.parser.models.sqs:SqsRecordModel": "record",
        "aws_lambda_powertools.utilities.parser.models.sqs:SqsModel": "event",
        "aws_lambda_powertools.utilities.data_classes.sqs_event:SQSRecord": "record",
        "aws_lambda_powertools.utilities.data_classes.sqs_event:SQSEvent": "event",
    },
    evidence=("Records.0.eventSource", "0.eventSource"),
    model="eventrouter.models.sqs:SqsEvent",
    offer="a model of the body, SqsRecord[...], Batch[...]",
    is_batch=True,
    lanes=lanes,
    concurrent="records",
    identify=identify,
    reply=reply,
    returns="nothing",
    idempotency_key=idempotency_key,
    secret_paths=(
        "Records.*.body", "Records.*.receiptHandle", "Records.*.messageAttributes",
        "*.body", "*.receiptHandle", "*.messageAttributes",
    ),
    paste=pasted("sqs", "queue"),
    acknowledges=True,
)  # fmt: skip
