"""Messages of a RabbitMQ broker of Amazon MQ."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TypedDict, Unpack

from ._made import (
    ACCOUNT,
    MOMENT,
    REGION,
    Payload,
    Record,
    batch_of,
    bytes_of,
    check_length,
    encoded,
    impossible,
    signed_bytes,
    split_records,
)
from .activemq import broker_arn

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...types import JsonObject

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class RabbitmqFields(TypedDict, total=False):
    """What can be said of a message beside its body. The words are those of AMQP.

    Attributes:
        headers: ``str`` and ``bytes`` become what Lambda makes of byte strings; numbers, ``bool``, None, lists and dicts too.
        content_type: Default: ``text/plain`` of text, ``application/octet-stream`` of bytes, ``application/json`` else.
        content_encoding: Left null unless it is given, like everything that follows and has no default.
        redelivered: It has been delivered before.
        persistent: It survives a restart of the broker.
        priority: From 0 to 255.
        correlation_id: What it is an answer to.
        reply_to: The queue that wants the answer.
        expires_in: How long it may wait.
        message_id: As the publisher says; RabbitMQ itself gives none.
        sent: As the publisher says; None where it does not.
        type: Of the message, as its publisher means it.
        user_id: Who published it.
        app_id: What published it.
        cluster_id: Not used any more.
    """

    headers: Mapping[str, object]
    content_type: str
    content_encoding: str
    redelivered: bool
    persistent: bool
    priority: int
    correlation_id: str
    reply_to: str
    expires_in: timedelta
    message_id: str
    sent: datetime | None
    type: str
    user_id: str
    app_id: str
    cluster_id: str


class Queued(Record):
    """A message that knows its queue, which only the event tells."""

    #: ``orders::/``: the queue, two colons, the virtual host.
    place: str


def rabbitmq(
    *bodies: Payload,
    queue: str = "orders",
    virtual_host: str = "/",
    broker: str = "shop",
    region: str = REGION,
    account: str = ACCOUNT,
    **fields: Unpack[RabbitmqFields],
) -> JsonObject:
    """A batch of messages, by queue.

    Args:
        bodies: Bytes, text, or anything that has a JSON form. What :func:`rabbitmq_record` made is taken as it is: so a batch
            has several queues.
        queue: Its name.
        virtual_host: Where the queue is.
        broker: The broker's name.
        region: Of the broker.
        account: Of the broker.
        fields: Of every message.

    Raises:
        ImpossibleEventError: RabbitMQ has no such message, or Lambda no such batch.

    Reference:
        https://docs.aws.amazon.com/lambda/latest/dg/with-mq.html
    """
    split_records(bodies, fields, "rabbitmq")
    messages = [
        each if isinstance(each, Queued) else rabbitmq_record(each, queue=queue, virtual_host=virtual_host, **fields)
        for each in bodies
    ]
    by_queue: dict[str, list[JsonObject]] = {}
    for message in messages:
        by_queue.setdefault(message.place, []).append(dict(message))
    event: JsonObject = {
        "eventSource": "aws:rmq",
        "eventSourceArn": broker_arn("rabbitmq", broker, region, account),
        "rmqMessagesByQueue": by_queue,
    }
    return batch_of("rabbitmq", messages, event)


def rabbitmq_record(
    body: Payload, *, queue: str = "orders", virtual_host: str = "/", **fields: Unpack[RabbitmqFields]
) -> Queued:
    """One message, for :func:`rabbitmq`.

    Raises:
        ImpossibleEventError: RabbitMQ has no such message.

    Reference:
        https://www.rabbitmq.com/docs/publishers#message-properties
    """
    check_length("rabbitmq(queue=)", queue, 1, 255)
    check_length("rabbitmq(virtual_host=)", virtual_host, 1, 255)
    priority, headers, sent = fields.get("priority", 0), fields.get("headers"), fields.get("sent", MOMENT)
    if not 0 <= priority <= 255:
        raise impossible("rabbitmq(priority=)", priority, "AMQP knows the priorities 0 to 255")
    message = Queued(
        basicProperties={
            "contentType": fields.get("content_type", _content_type(body)),
            "contentEncoding": fields.get("content_encoding"),
            "headers": None if headers is None else {name: _header(name, each) for name, each in headers.items()},
            "deliveryMode": 2 if fields.get("persistent", True) else 1,
            "priority": priority,
            "correlationId": fields.get("correlation_id"),
            "replyTo": fields.get("reply_to"),
            "expiration": _milliseconds(fields.get("expires_in")),
            "messageId": fields.get("message_id"),
            "timestamp": None if sent is None else _as_java_prints_it(sent),
            "type": fields.get("type"),
            "userId": fields.get("user_id"),
            "appId": fields.get("app_id"),
            "clusterId": fields.get("cluster_id"),
            "bodySize": len(bytes_of(body)),
        },
        redelivered=fields.get("redelivered", False),
        data=encoded(body),
    )
    message.place = f"{queue}::{virtual_host}"
    return message


def _content_type(body: Payload) -> str:
    if isinstance(body, bytes | bytearray | memoryview):
        return "application/octet-stream"
    return "text/plain" if isinstance(body, str) else "application/json"


def _header(name: str, value: object) -> object:
    if isinstance(value, str | bytes):
        return {"bytes": signed_bytes(value)}
    if isinstance(value, Mapping):
        return {key: _header(name, each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_header(name, each) for each in value]
    if not isinstance(value, int | float | None):
        raise impossible("rabbitmq(headers=)", name, "a header is text, bytes, a number, bool, None, a list or a dict")
    return value


def _milliseconds(time: timedelta | None) -> str | None:
    return None if time is None else str(time // timedelta(milliseconds=1))


def _as_java_prints_it(moment: datetime) -> str:
    """``Jan 15, 2026, 9:30:00 AM``."""
    moment = moment.astimezone(UTC)
    day = f"{MONTHS[moment.month - 1]} {moment.day}, {moment.year}"
    return f"{day}, {moment.hour % 12 or 12}:{moment:%M:%S} {'AM' if moment.hour < 12 else 'PM'}"
