"""Amazon EventBridge Pipes, which delivers the bare list of what it reads."""

from __future__ import annotations

from ..._sniff import sniff
from ._made import impossible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ...types import JsonObject


def pipes(event: JsonObject) -> list[JsonObject]:
    """The same records as a pipe delivers them: ``pipes(sqs(Order(id=7)))``.

    Args:
        event: Made by ``sqs``, ``kinesis``, ``dynamodb``, ``kafka``, ``activemq`` or ``rabbitmq``.

    Raises:
        ImpossibleEventError: Pipes does not read that, or not so.

    Reference:
        https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-event-source.html
    """
    source = sniff(event).name
    if source not in READERS or type(event) is not dict:
        raise impossible("pipes(event)", source, f"a pipe reads one of {', '.join(READERS)}, as Lambda reads it")
    if "window" in event:
        raise impossible("pipes(event)", "a window", "a pipe has no windows")
    return READERS[source](event)


def _as_they_are(event: JsonObject) -> list[JsonObject]:
    return [dict(record) for record in event["Records"]]


def _kinesis(event: JsonObject) -> list[JsonObject]:
    return [
        {**record["kinesis"], **{name: value for name, value in record.items() if name != "kinesis"}}
        for record in event["Records"]
    ]


def _kafka(event: JsonObject) -> list[JsonObject]:
    shared = {name: value for name, value in event.items() if name != "records"}
    if "eventSourceArn" in shared:
        del shared["bootstrapServers"]
    return [
        {**shared, "eventSourceKey": place, **record, "partition": str(record["partition"])}
        for place, batch in event["records"].items()
        for record in batch
    ]


def _activemq(event: JsonObject) -> list[JsonObject]:
    shared = {name: value for name, value in event.items() if name != "messages"}
    # AWS writes the key of a destination in two ways.
    return [
        {**shared, "eventSourceKey": queue, **message}
        for message in event["messages"]
        for queue in message["destination"].values()
    ]


def _rabbitmq(event: JsonObject) -> list[JsonObject]:
    shared = {name: value for name, value in event.items() if name != "rmqMessagesByQueue"}
    return [
        {**shared, "eventSourceKey": place, **message}
        for place, batch in event["rmqMessagesByQueue"].items()
        for message in batch
    ]


READERS: Mapping[str, Callable[[JsonObject], list[JsonObject]]] = {
    "sqs": _as_they_are,
    "kinesis": _kinesis,
    "dynamodb": _as_they_are,
    "kafka": _kafka,
    "mq_active": _activemq,
    "mq_rabbit": _rabbitmq,
}
