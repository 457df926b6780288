"""Amazon MQ for ActiveMQ: a poller hands over messages of one queue, and retries the whole batch until it succeeds.

Event and reply: https://docs.aws.amazon.com/lambda/latest/dg/with-mq.html
"""

from __future__ import annotations

from ..source import Pattern, Source
from ._base64 import from_base64
from ._poller import CALLER_LIMIT, all_or_nothing, one_lane
from ._read import pasted, text_at

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence
    from typing import Unpack

    from ..types import JsonObject, JsonValue, RouteOptions, Where

#: AWS documents both.
EVENT_SOURCES = ("aws:mq", "aws:amq")


def detect(event: JsonValue) -> bool:
    if type(event) is dict:
        return event.get("eventSource") in EVENT_SOURCES and type(event.get("messages")) is list
    if type(event) is not list or not event or type(first := event[0]) is not dict:
        return False
    return first.get("eventSource") in EVENT_SOURCES and type(first.get("messageID")) is str


def records(event: JsonValue) -> Sequence[JsonObject]:
    return event if type(event) is list else event["messages"]


def address(record: JsonObject) -> Hashable:
    # AWS writes the key both ways.
    return text_at(record, "destination", "physicalName") or text_at(record, "destination", "physicalname")


def keys(record: JsonObject) -> Mapping[str, str]:
    return {"queue": str(address(record))}


def payload(record: JsonObject) -> bytes:
    return from_base64(record["data"], "mq_active record")


def idempotency_key(record: JsonObject) -> str | None:
    """The JMS message id, which a redelivery keeps."""
    return text_at(record, "messageID") or None


def queue(name: str | None = None, /, *, where: Where | None = None, **options: Unpack[RouteOptions]) -> Pattern:
    """Messages of the ActiveMQ queue *name*, one call per message, in order; a failure brings the whole batch back.

    Args:
        name: The queue's name: exact, a glob (``orders.*``), ``${ENV}``; left out: every queue.
        where: A condition on the JSON body: an EventBridge pattern or a predicate.
    """
    return Pattern("mq_active", [("queue", name)], where=where, options=options)


SOURCE = Source(
    "mq_active",
    detect=detect,
    anchors=("messages", "messageID"),
    records=records,
    keys=keys,
    order=("queue",),
    address=address,
    payload=payload,
    types={
        "eventrouter.models.mq:ActiveMqRecord": "record",
        "eventrouter.models.mq:ActiveMqEvent": "event",
        "aws_lambda_powertools.utilities.data_classes.active_mq_event:ActiveMQMessage": "record",
        "aws_lambda_powertools.utilities.data_classes.active_mq_event:ActiveMQEvent": "event",
    },
    evidence=("eventSource", "0.eventSource"),
    model="eventrouter.models.mq:ActiveMqEvent",
    offer="a model of the body, ActiveMqRecord[...], Batch[...]",
    is_batch=True,
    lanes=one_lane,
    reply=all_or_nothing,
    returns="nothing",
    idempotency_key=idempotency_key,
    caller_limit=CALLER_LIMIT,
    secret_paths=("messages.*.data", "messages.*.properties", "*.data", "*.properties"),
    paste=pasted("activemq", "queue"),
    acknowledges=True,
)
