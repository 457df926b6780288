"""Events made for a route: of its source, with the names that it asks for, and a payload that it takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from . import events
from ._values import ANY, NoValueError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..types import JsonValue

#: What carries no payload of the user's is given this one.
NO_PAYLOAD: Any = object()

#: Sources whose factory takes payloads, and by which keyword it takes the name of the resource.
_CARRIERS: dict[str, tuple[str, str]] = {
    "sqs": ("sqs", "queue"),
    "sns": ("sns", "topic"),
    "kinesis": ("kinesis", "stream"),
    "firehose": ("firehose", "stream"),
    "kafka": ("kafka", "topic"),
    "mq_active": ("activemq", "queue"),
    "mq_rabbit": ("rabbitmq", "queue"),
    "cloudwatch_logs": ("cloudwatch_logs", "group"),
}
#: Sources whose factory has another name than their label.
_FACTORIES = {
    "apigw_websocket": "websocket",
    "appsync_resolver": "appsync",
    "cloudformation_custom_resource": "cloudformation",
    "eventbridge_schedule": "schedule",
    "eventbridge_scheduler": "schedule",
}


def event_for(label: str, names: Mapping[str, str], payload: JsonValue, count: int = 1) -> JsonValue:
    """An event of a source.

    Args:
        label: The source.
        names: What its records are called, by the keys of routes.
        payload: What each of them carries; ``NO_PAYLOAD``: whatever.
        count: How many records it has, where it is a batch.

    Raises:
        NoValueError: There is no way to make one.
        ImpossibleEventError: AWS never sends such an event.
    """
    names, place = _places(names)
    if label in _CARRIERS:
        factory, name = _CARRIERS[label]
        given = {name: names.pop(name)} if name in names else {}
        value = {} if payload is NO_PAYLOAD else payload
        return _call(factory, [value] * count, {**given, **names, **place})
    special = _SPECIAL.get(label)
    if special is not None:
        return special(names, payload, count, place)
    return _call(_FACTORIES.get(label, label), [], {**names, **place})


def inside(label: str, name: str, event: JsonValue) -> JsonValue:
    """A message of the queue, topic or stream *name* that carries *event*."""
    return event_for(label, {_CARRIERS[label][1]: name}, event)


def _call(factory: str, arguments: list[Any], keywords: Mapping[str, Any]) -> JsonValue:
    try:
        return getattr(events, factory)(*arguments, **keywords)
    except TypeError as error:
        raise NoValueError(f"its events cannot be made with {', '.join(keywords)}") from error


def _places(names: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """The names without ARNs, and the region and account that an ARN says."""
    plain: dict[str, str] = {}
    place: dict[str, str] = {}
    for key, name in names.items():
        parts = name.split(":", 5)
        if parts[0] == "arn" and len(parts) == 6:
            place = {name: value for name, value in (("region", parts[3]), ("account", parts[4])) if value}
            plain[key] = _resource(parts[5])
        else:
            plain[key] = name
    return plain, place


def _resource(text: str) -> str:
    """``orders`` of ``orders``, ``table/orders/stream/...``, ``stream/orders``, ``log-group:orders:*``."""
    parts = text.replace(":", "/").split("/")
    return parts[1] if len(parts) > 1 else parts[0]


def _s3(names: dict[str, str], payload: JsonValue, count: int, place: dict[str, str]) -> JsonValue:
    event = names.get("event", "ObjectCreated:Put").replace(ANY, "Put")
    return events.s3(names.get("bucket", "photos"), *[names.get("key", "key")] * count, event=event)


def _eventbridge(names: dict[str, str], payload: JsonValue, count: int, place: dict[str, str]) -> JsonValue:
    event = events.eventbridge(
        {} if payload is NO_PAYLOAD else payload,
        source="shop.orders",
        detail_type=names.get("detail_type", "OrderPlaced"),
        **place,
    )
    if "source" in names:
        # Those of AWS too, which a factory makes for their own kinds of events alone.
        event["source"] = names["source"]
    if "bus" in names:
        event["eventBusName"] = names["bus"]
    return event


def _schedule(names: dict[str, str], payload: JsonValue, count: int, place: dict[str, str]) -> JsonValue:
    name = names.get("schedule_path", names.get("schedule", "nightly"))
    if "schedule_path" in names:
        return events.schedule(name, by="scheduler")
    if payload is NO_PAYLOAD or payload == {}:
        return events.schedule(name)
    return events.schedule(name, by="input", input=payload)


def _direct(names: dict[str, str], payload: JsonValue, count: int, place: dict[str, str]) -> JsonValue:
    return events.direct({} if payload is NO_PAYLOAD else payload)


_SPECIAL: dict[str, Callable[[dict[str, str], Any, int, dict[str, str]], Any]] = {
    "direct": _direct,
    "eventbridge": _eventbridge,
    "eventbridge_schedule": _schedule,
    "eventbridge_scheduler": _schedule,
    "s3": _s3,
}
