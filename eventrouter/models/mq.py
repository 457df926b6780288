"""Amazon MQ messages, typed: ActiveMQ's and RabbitMQ's. Powertools has no models of them.

https://docs.aws.amazon.com/lambda/latest/dg/with-mq.html
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Generic

from pydantic import AliasChoices, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError
from typing_extensions import TypeVar

from ._fields import Base64Json, Model, Raw

#: Without a parameter: the body as bytes, since JMS and AMQP bodies need not be text.
Body = TypeVar("Body", default=bytes)


class ActiveMqDestination(Model):
    """The queue or topic that a message was sent to."""

    physicalName: str | None = Field(None, validation_alias=AliasChoices("physicalName", "physicalname"))


class ActiveMqRecord(Raw, Model, Generic[Body]):
    """One ActiveMQ message. ``data`` is JSON of ``Body``, or what was sent for ``str`` and ``bytes``."""

    model_config = ConfigDict(ser_json_bytes="base64")

    messageID: str
    messageType: str | None = None
    data: Annotated[Body, Base64Json]
    connectionId: str | None = None
    redelivered: bool | None = None
    persistent: bool | None = None
    destination: ActiveMqDestination | None = None
    #: Milliseconds since the epoch, like the two others.
    timestamp: int | None = None
    brokerInTime: int | None = None
    brokerOutTime: int | None = None
    deliveryMode: int | None = None
    correlationID: str | None = None
    replyTo: str | None = None
    type: str | None = None
    expiration: int | None = None
    priority: int | None = None
    properties: dict[str, Any] | None = None


def _from_pipes(value: Any, key: str) -> Any:
    """EventBridge Pipes delivers a bare list of messages, and the event's own keys in each of them."""
    if not isinstance(value, list) or not value or not all(isinstance(message, dict) for message in value):
        return value
    return {"eventSource": value[0].get("eventSource"), "eventSourceArn": value[0].get("eventSourceArn"), key: value}


class ActiveMqEvent(Raw, Model, Generic[Body]):
    """A batch of ActiveMQ messages."""

    eventSource: str
    eventSourceArn: str | None = None
    messages: Sequence[ActiveMqRecord[Body]]

    @model_validator(mode="before")
    @classmethod
    def _take_list(cls, value: Any) -> Any:
        return _from_pipes(value, "messages")


def _decode_headers(value: Any) -> Any:
    """Headers that are byte strings come as ``{"bytes": [...]}``; they become bytes, the others stay."""
    if not isinstance(value, dict):
        return value
    return {name: _decode_header(header) for name, header in value.items()}


def _decode_header(value: Any) -> Any:
    if not isinstance(value, dict) or value.keys() != {"bytes"} or not isinstance(value["bytes"], list):
        return value
    if not all(type(byte) is int and -128 <= byte <= 255 for byte in value["bytes"]):
        raise PydanticCustomError("rabbitmq_header", "Header should be a list of bytes")
    return bytes(byte & 0xFF for byte in value["bytes"])


class RabbitMqProperties(Model):
    """AMQP's properties of a message."""

    model_config = ConfigDict(ser_json_bytes="base64")

    contentType: str | None = None
    contentEncoding: str | None = None
    headers: Annotated[dict[str, Any], BeforeValidator(_decode_headers)] | None = None
    deliveryMode: int | None = None
    priority: int | None = None
    correlationId: str | None = None
    replyTo: str | None = None
    #: Milliseconds, as text.
    expiration: str | None = None
    messageId: str | None = None
    #: As Java prints it: ``Jan 1, 1970, 12:33:41 AM``.
    timestamp: str | None = None
    type: str | None = None
    userId: str | None = None
    appId: str | None = None
    clusterId: str | None = None
    bodySize: int | None = None


class RabbitMqRecord(Raw, Model, Generic[Body]):
    """One RabbitMQ message. ``data`` is JSON of ``Body``, or what was sent for ``str`` and ``bytes``.

    ``queue`` and ``virtualHost`` are the event's keys, which are put beside the message; ``.raw`` has them too.
    """

    model_config = ConfigDict(ser_json_bytes="base64")

    basicProperties: RabbitMqProperties
    redelivered: bool | None = None
    data: Annotated[Body, Base64Json]
    queue: str = ""
    virtualHost: str = ""


class RabbitMqEvent(Raw, Model, Generic[Body]):
    """A batch of RabbitMQ messages, by ``<queue>::<virtual host>``."""

    eventSource: str
    eventSourceArn: str | None = None
    rmqMessagesByQueue: dict[str, list[RabbitMqRecord[Body]]]

    @model_validator(mode="before")
    @classmethod
    def _take_list(cls, value: Any) -> Any:
        event = _from_pipes(value, "messages")
        if event is value:
            return value
        by_queue: dict[str, list[Any]] = {}
        for message in event.pop("messages"):
            by_queue.setdefault(str(message.get("eventSourceKey", "")), []).append(message)
        return {**event, "rmqMessagesByQueue": by_queue}
