"""Amazon MQ for RabbitMQ: a poller hands over messages by queue, and retries the whole batch until it succeeds.

Event and reply: https://docs.aws.amazon.com/lambda/latest/dg/with-mq.html
"""

from __future__ import annotations

from ..errors import PayloadError
from ..source import Pattern, Source
from ._base64 import from_base64
from ._poller import CALLER_LIMIT, all_or_nothing, one_lane
from ._read import pasted, text_at

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence
    from typing import Unpack

    from ..types import JsonObject, JsonValue, NameSpec, RouteOptions, Where


def detect(event: JsonValue) -> bool:
    if type(event) is dict:
        return event.get("eventSource") == "aws:rmq" and type(event.get("rmqMessagesByQueue")) is dict
    if type(event) is not list or not event or type(first := event[0]) is not dict:
        return False
    return first.get("eventSource") == "aws:rmq" and type(first.get("basicProperties")) is dict


def records(event: JsonValue) -> Sequence[JsonObject]:
    """The messages of all queues, each with its ``queue`` and ``virtualHost``, which the event has only in its keys."""
    if type(event) is list:
        return [_of_queue(text_at(message, "eventSourceKey"), message) for message in event]
    found: list[JsonObject] = []
    for place, batch in event["rmqMessagesByQueue"].items():
        if type(batch) is not list:
            raise _malformed()
        found += [_of_queue(place, message) for message in batch]
    return found


def _of_queue(place: str, message: JsonObject) -> JsonObject:
    """A message with its queue beside it. AWS writes ``orders::/``: the queue, two colons, the virtual host."""
    if type(message) is not dict:
        raise _malformed()
    queue, colons, virtual_host = place.rpartition("::")
    return {**message, "queue": queue if colons else place, "virtualHost": virtual_host if colons else ""}


def _malformed() -> PayloadError:
    problem = {
        "type": "rabbitmq",
        "loc": ["rmqMessagesByQueue"],
        "msg": "The messages of a queue are no list of objects",
    }
    return PayloadError([problem], "mq_rabbit event")


def address(record: JsonObject) -> Hashable:
    return text_at(record, "queue"), text_at(record, "virtualHost")


def keys(record: JsonObject) -> Mapping[str, str]:
    return {"queue": text_at(record, "queue"), "virtual_host": text_at(record, "virtualHost")}


def payload(record: JsonObject) -> bytes:
    return from_base64(record["data"], "mq_rabbit record")


def idempotency_key(record: JsonObject) -> str | None:
    """The message id, if the publisher gave it one: RabbitMQ itself does not."""
    return text_at(record, "basicProperties", "messageId") or None


def queue(
    name: str | None = None,
    /,
    *,
    virtual_host: NameSpec = None,
    where: Where | None = None,
    **options: Unpack[RouteOptions],
) -> Pattern:
    """Messages of the RabbitMQ queue *name*, one call per message, in order; a failure brings the whole batch back.

    Args:
        name: The queue's name, without its virtual host: exact, a glob, ``${ENV}``; left out: every queue.
        virtual_host: ``/``, or another one.
        where: A condition on the JSON body: an EventBridge pattern or a predicate.
    """
    return Pattern("mq_rabbit", [("queue", name), ("virtual_host", virtual_host)], where=where, options=options)


SOURCE = Source(
    "mq_rabbit",
    detect=detect,
    anchors=("rmqMessagesByQueue", "basicProperties"),
    records=records,
    keys=keys,
    order=("queue", "virtual_host"),
    address=address,
    payload=payload,
    types={
        "eventrouter.models.mq:RabbitMqRecord": "record",
        "eventrouter.models.mq:RabbitMqEvent": "event",
        "aws_lambda_powertools.utilities.data_classes.rabbit_mq_event:RabbitMessage": "record",
        "aws_lambda_powertools.utilities.data_classes.rabbit_mq_event:RabbitMQEvent": "event",
    },
    evidence=("eventSource", "0.eventSource"),
    model="eventrouter.models.mq:RabbitMqEvent",
    offer="a model of the body, RabbitMqRecord[...], Batch[...]",
    is_batch=True,
    lanes=one_lane,
    reply=all_or_nothing,
    returns="nothing",
    idempotency_key=idempotency_key,
    caller_limit=CALLER_LIMIT,
    secret_paths=(
        "rmqMessagesByQueue.*.*.data", "rmqMessagesByQueue.*.*.basicProperties.headers",
        "*.data", "*.basicProperties.headers",
    ),
    paste=pasted("rabbitmq", "queue"),
    acknowledges=True,
)  # fmt: skip
