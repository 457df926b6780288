"""Messages of an Amazon SQS queue."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import datetime
from hashlib import md5
from typing import Any, TypedDict, Unpack

from ..._sniff import sniff
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
    impossible,
    milliseconds,
    split_records,
    text_of,
    without_none,
)
from .sns import notification

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...types import JsonObject

#: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
MAX_MESSAGE = 1024 * 1024
MAX_ATTRIBUTES = 10
#: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
MAX_BATCH = {"standard": 10_000, "fifo": 10}


class SqsFields(TypedDict, total=False):
    """What can be said of a message beside its body.

    Attributes:
        message_id: Default: made of ``ids``.
        receipt_handle: Default: made of ``ids``.
        group: ``MessageGroupId``. In a FIFO queue every message has one, ``"group"`` unless it is given.
        deduplication_id: ``MessageDeduplicationId``, of FIFO queues alone; default: made of the body, as SQS does it.
        sequence_number: Of FIFO queues alone.
        receive_count: How often it has been received, this time included.
        sent: When it was sent, and first received.
        sender_id: Who sent it.
        attributes: Message attributes: ``str``, ``bytes``, ``int`` or ``float`` values, or the attribute as SQS writes it.
        trace_header: ``AWSTraceHeader``, of X-Ray.
        dead_letter_source: The ARN of the queue that this one is the dead-letter queue of, for a message that was moved.
        region: Of the queue.
        account: Of the queue.
        ids: Default: made of what the event carries.
    """

    message_id: str
    receipt_handle: str
    group: str
    deduplication_id: str
    sequence_number: str
    receive_count: int
    sent: datetime
    sender_id: str
    attributes: Mapping[str, object]
    trace_header: str
    dead_letter_source: str
    region: str
    account: str
    ids: Ids


def sqs(*bodies: Payload, queue: str = "orders", raw_delivery: bool = False, **fields: Unpack[SqsFields]) -> JsonObject:
    """A batch of messages from one queue.

    Args:
        bodies: Text, or anything that has a JSON form. An ``sns(...)`` event becomes the notifications that its topic puts
            into a queue; any other event is forwarded as it is. What :func:`sqs_record` made is taken as it is.
        queue: Its name; one that ends with ``.fifo`` is a FIFO queue.
        raw_delivery: The subscription of an ``sns(...)`` has raw message delivery: its messages come without an envelope.
        fields: Of every message.

    Raises:
        ImpossibleEventError: SQS has no such message, or Lambda no such batch.

    Reference:
        https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
    """
    split_records(bodies, fields, "sqs")
    fields.setdefault("ids", Ids.of(queue, *bodies))
    records: list[JsonObject] = []
    for body in bodies:
        if isinstance(body, Record):
            records.append(dict(body))
            continue
        for text, attributes in _messages(body, raw_delivery=raw_delivery):
            of_it: SqsFields = {**fields, "attributes": attributes} if attributes else fields
            records.append(dict(sqs_record(text, queue=queue, **of_it)))
    limit = MAX_BATCH["fifo" if queue.endswith(".fifo") else "standard"]
    if len(records) > limit:
        raise impossible("sqs()", f"{len(records)} messages", f"a batch of {queue} has at most {limit}")
    if not records:
        raise impossible("sqs()", "no messages", "a queue invokes nobody for nothing")
    return {"Records": records}


def sqs_record(body: Payload, *, queue: str = "orders", **fields: Unpack[SqsFields]) -> Record:
    """One message, for :func:`sqs`.

    Raises:
        ImpossibleEventError: SQS has no such message.

    Reference:
        https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
    """
    is_fifo = queue.endswith(".fifo")
    check_name("sqs(queue=)", queue.removesuffix(".fifo"), others="-_", high=80 - 5 * is_fifo)
    text = text_of("sqs(body)", body)
    _check_text(text)
    ids = fields.get("ids") or Ids.of(queue, text)
    region, account = fields.get("region", REGION), fields.get("account", ACCOUNT)
    return Record(
        messageId=fields.get("message_id") or ids.uuid(),
        receiptHandle=fields.get("receipt_handle") or f"AQEB{ids.hex()}",
        body=text,
        attributes=_system_attributes(text, fields, ids, is_fifo=is_fifo),
        messageAttributes=message_attributes(fields.get("attributes", {})),
        md5OfBody=md5(text.encode(), usedforsecurity=False).hexdigest(),
        eventSource="aws:sqs",
        eventSourceARN=arn("sqs", queue, region, account),
        awsRegion=region,
    )


def _messages(body: Payload, *, raw_delivery: bool) -> list[tuple[Payload, Mapping[str, object]]]:
    """What becomes of a body in a queue: its text, and its message attributes."""
    if type(body) is not dict or sniff(body).name != "sns":
        return [(body, {})]
    notices: list[JsonObject] = [record["Sns"] for record in body["Records"]]
    if raw_delivery:
        return [(notice["Message"], _as_sqs(notice["MessageAttributes"])) for notice in notices]
    return [(notification(notice), {}) for notice in notices]


def _as_sqs(attributes: Mapping[str, Mapping[str, str]]) -> JsonObject:
    """Attributes of a notification, as raw delivery hands them on."""
    return {
        name: {"dataType": each["Type"], "binaryValue" if each["Type"] == "Binary" else "stringValue": each["Value"]}
        for name, each in attributes.items()
    }


def _check_text(text: str) -> None:
    if not text:
        raise impossible("sqs(body)", text, "a message has at least one character")
    size = len(text.encode(errors="surrogatepass"))
    if size > MAX_MESSAGE:
        raise impossible("sqs(body)", f"of {size} bytes", f"a message has at most {MAX_MESSAGE} bytes")
    for character in text:
        code = ord(character)
        if (code < 0x20 and character not in "\t\n\r") or 0xD800 <= code <= 0xDFFF or code in (0xFFFE, 0xFFFF):
            raise impossible("sqs(body)", f"with the character U+{code:04X}", "a message holds what XML 1.0 can hold")


def _system_attributes(text: str, fields: SqsFields, ids: Ids, *, is_fifo: bool) -> JsonObject:
    count = fields.get("receive_count", 1)
    if count < 1:
        raise impossible("sqs(receive_count=)", count, "it counts this time too, so it is 1 at least")
    sent = milliseconds(fields.get("sent", MOMENT))
    group, deduplication_id = fields.get("group"), fields.get("deduplication_id")
    sequence_number = fields.get("sequence_number")
    if is_fifo:
        group = "group" if group is None else group
        deduplication_id = deduplication_id or md5(text.encode(), usedforsecurity=False).hexdigest() * 2
        sequence_number = sequence_number or ids.number(20)
    elif deduplication_id is not None or sequence_number is not None:
        name = "deduplication_id" if deduplication_id is not None else "sequence_number"
        given = deduplication_id or sequence_number
        raise impossible(f"sqs({name}=)", given, "only a FIFO queue has it, whose name ends with .fifo")
    for name, value in (("group", group), ("deduplication_id", deduplication_id)):
        if value is not None:
            check_length(f"sqs({name}=)", value, 1, 128)
    return without_none(
        ApproximateReceiveCount=str(count),
        SentTimestamp=str(sent),
        SenderId=fields.get("sender_id", "AROAEXAMPLEROLEID:sender"),
        ApproximateFirstReceiveTimestamp=str(sent + 8),
        MessageGroupId=group,
        MessageDeduplicationId=deduplication_id,
        SequenceNumber=sequence_number,
        AWSTraceHeader=fields.get("trace_header"),
        DeadLetterQueueSourceArn=fields.get("dead_letter_source"),
    )


def message_attributes(given: Mapping[str, object]) -> JsonObject:
    """Message attributes as SQS delivers them.

    Raises:
        ImpossibleEventError: There are too many, or one has a type that SQS does not know.
    """
    if len(given) > MAX_ATTRIBUTES:
        raise impossible("sqs(attributes=)", f"of {len(given)}", f"a message has at most {MAX_ATTRIBUTES} attributes")
    return {name: _attribute(name, value) for name, value in given.items()}


def _attribute(name: str, value: object) -> JsonObject:
    check_name("sqs(attributes=)", name, others="_-.", high=256)
    lists: dict[str, Any] = {"stringListValues": [], "binaryListValues": []}
    if isinstance(value, Mapping):
        return {**lists, **value}
    if isinstance(value, bool) or not isinstance(value, str | bytes | int | float):
        raise impossible("sqs(attributes=)", type(value).__name__, "an attribute is a str, bytes, int or float")
    if isinstance(value, bytes):
        return {"binaryValue": base64.b64encode(value).decode(), **lists, "dataType": "Binary"}
    if not value and isinstance(value, str):
        raise impossible("sqs(attributes=)", name, "an attribute's value is not empty")
    kind = "String" if isinstance(value, str) else "Number"
    return {"stringValue": str(value), **lists, "dataType": kind}
