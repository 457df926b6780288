"""Messages of an ActiveMQ broker of Amazon MQ."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal, TypedDict, Unpack

from ._made import (
    ACCOUNT,
    MOMENT,
    REGION,
    Ids,
    Payload,
    Record,
    arn,
    batch_of,
    check_length,
    check_name,
    check_one_of,
    encoded,
    impossible,
    milliseconds,
    split_records,
    without_none,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...types import JsonObject

#: AWS documents both, as it does the two keys of a destination.
EVENT_SOURCES = ("aws:mq", "aws:amq")
DESTINATION_KEYS = ("physicalName", "physicalname")


class ActivemqFields(TypedDict, total=False):
    """What can be said of a message beside its body. The words are those of JMS.

    Attributes:
        message_id: Default: made of ``ids``.
        properties: ``str``, ``int``, ``float`` or ``bool`` values.
        redelivered: It has been delivered before.
        sent: When it was sent; the broker got it and passed it on some milliseconds later.
        persistent: It survives a restart of the broker.
        correlation_id: What it is an answer to.
        reply_to: The queue that wants the answer.
        type: ``JMSType``.
        expiration: When it expires; default: never.
        priority: From 0 to 9.
        connection_id: Left out unless it is given.
        destination_key: Where the queue's name is; AWS documents it in both ways.
        ids: Default: made of what the event carries.
    """

    message_id: str
    properties: Mapping[str, str | float | bool]
    redelivered: bool
    sent: datetime
    persistent: bool
    correlation_id: str
    reply_to: str
    type: str
    expiration: datetime
    priority: int
    connection_id: str
    destination_key: Literal["physicalName", "physicalname"]
    ids: Ids


def activemq(
    *bodies: Payload,
    queue: str = "orders",
    broker: str = "shop",
    event_source: Literal["aws:mq", "aws:amq"] = "aws:mq",
    region: str = REGION,
    account: str = ACCOUNT,
    **fields: Unpack[ActivemqFields],
) -> JsonObject:
    """A batch of messages from a queue.

    Args:
        bodies: Bytes are a bytes message; text, or anything that has a JSON form, a text message. What
            :func:`activemq_record` made is taken as it is.
        queue: Its name.
        broker: The broker's name.
        event_source: As AWS documents it, in both ways.
        region: Of the broker.
        account: Of the broker.
        fields: Of every message.

    Raises:
        ImpossibleEventError: ActiveMQ has no such message, or Lambda no such batch.

    Reference:
        https://docs.aws.amazon.com/lambda/latest/dg/with-mq.html
    """
    split_records(bodies, fields, "activemq")
    check_one_of("activemq(event_source=)", event_source, EVENT_SOURCES)
    fields.setdefault("ids", Ids.of(queue, *bodies))
    messages = [
        dict(each) if isinstance(each, Record) else dict(activemq_record(each, queue=queue, **fields))
        for each in bodies
    ]
    event: JsonObject = {
        "eventSource": event_source,
        "eventSourceArn": broker_arn("activemq", broker, region, account),
        "messages": messages,
    }
    return batch_of("activemq", messages, event)


def activemq_record(body: Payload, *, queue: str = "orders", **fields: Unpack[ActivemqFields]) -> Record:
    """One message, for :func:`activemq`.

    Raises:
        ImpossibleEventError: ActiveMQ has no such message.

    Reference:
        https://activemq.apache.org/components/classic/documentation/activemq-message-properties
    """
    check_length("activemq(queue=)", queue, 1, 1000)
    priority = fields.get("priority", 4)
    if not 0 <= priority <= 9:
        raise impossible("activemq(priority=)", priority, "JMS knows the priorities 0 to 9")
    destination_key = fields.get("destination_key", "physicalName")
    check_one_of("activemq(destination_key=)", destination_key, DESTINATION_KEYS)
    ids = fields.get("ids") or Ids.of(queue, body)
    sent = milliseconds(fields.get("sent", MOMENT))
    is_bytes = isinstance(body, bytes | bytearray | memoryview)
    expiration, persistent = fields.get("expiration"), fields.get("persistent")
    return Record(
        without_none(
            messageID=fields.get("message_id") or f"ID:producer-40217-{sent}-2:1:1:1:{ids.number(12)}",
            messageType="jms/bytes-message" if is_bytes else "jms/text-message",
            timestamp=sent,
            deliveryMode=1 if persistent is False else 2,
            correlationID=fields.get("correlation_id", ""),
            replyTo=fields.get("reply_to", "null"),
            destination={destination_key: queue},
            redelivered=fields.get("redelivered", False),
            type=fields.get("type", ""),
            expiration=0 if expiration is None else milliseconds(expiration),
            priority=priority,
            data=encoded(body),
            brokerInTime=sent + 3,
            brokerOutTime=sent + 8,
            properties={name: _property(name, value) for name, value in fields.get("properties", {}).items()},
            connectionId=fields.get("connection_id"),
            persistent=persistent,
        )
    )


def broker_arn(factory: str, broker: str, region: str, account: str) -> str:
    """The ARN of a broker of Amazon MQ.

    Reference:
        https://docs.aws.amazon.com/amazon-mq/latest/api-reference/brokers.html
    """
    check_name(f"{factory}(broker=)", broker, others="-_", high=50)
    return arn("mq", f"broker:{broker}:b-{Ids(broker).uuid()}", region, account)


def _property(name: str, value: object) -> object:
    if not name or not isinstance(value, str | int | float):
        raise impossible("activemq(properties=)", name, "a property has a name, and is a str, int, float or bool")
    return value
