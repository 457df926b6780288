"""Events made for a route: of its source, with the names that it asks for, and a payload that it takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from ..params import Body, Cookie, Depends, File, Form, Header, Marker, Query
from . import events
from ._values import ANY, NoValueError, schema_of, value_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .._signature import Parameter
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
#: What factories call a key of routes that they know by another name.
_KEYWORDS = {
    "appsync_resolver": {"type": "type_name", "field": "field_name"},
    "cloudwatch_alarm": {"alarm": "name"},
}
#: Sources whose factory takes a payload by name.
_PAYLOADS = {
    "apigw_websocket": "body",
    "codepipeline_job": "user_parameters",
    "durable": "input",
    "lambda_destination": "payload",
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
    renamed = {_KEYWORDS.get(label, {}).get(key, key): name for key, name in names.items()}
    if label in _PAYLOADS and payload is not NO_PAYLOAD:
        renamed[_PAYLOADS[label]] = payload
    return _call(_FACTORIES.get(label, label), [], {**renamed, **place})


def request_for(template: str, parameters: Sequence[Parameter]) -> tuple[str, dict[str, Any]]:
    """A request: its path, and what else the client is given.

    Args:
        template: The route's path.
        parameters: What its handler needs.

    Raises:
        NoValueError: There is no telling what would do.
    """
    named = {segment[1:-1].removesuffix(":path") for segment in template.split("/") if segment.startswith("{")}
    values: dict[str, Any] = {}
    fields: dict[str, Any] = {}
    for parameter in parameters:
        marker = next((each for each in parameter.metadata if isinstance(each, Marker)), None)
        schema = None if any(isinstance(each, Depends) for each in parameter.metadata) else schema_of(parameter.full)
        if schema is None:
            continue  # a dependency, or what is injected
        if marker is not None and not isinstance(marker, Body) and schema.get("type") == "array":
            schema["minItems"] = max(1, schema.get("minItems", 0))  # none at all would be as good as left out
        value = value_of(schema)
        name = (marker.alias if marker is not None else None) or parameter.name
        if parameter.name in named:
            values[name] = value
        elif marker is None and isinstance(value, dict | list):
            fields["json"] = value
        elif isinstance(value, dict):
            fields.setdefault(_PLACES[type(marker or Query())], {}).update(value)
        else:
            _put(fields, marker or Query(), name, value)
    return "/".join(_segment(part, values) for part in template.split("/")) or "/", fields


#: By which keyword the client takes what a marker asks for.
_PLACES: dict[type[Marker], str] = {
    Body: "json",
    Cookie: "cookies",
    File: "files",
    Form: "data",
    Header: "headers",
    Query: "params",
}


def _put(fields: dict[str, Any], marker: Marker, name: str, value: JsonValue) -> None:
    place = _PLACES[type(marker)]
    if place == "json":
        fields[place] = value
        return
    if place == "headers":
        name = name.replace("_", "-")
    if place == "files":
        value = b"content"
    elif place in ("headers", "cookies"):
        value = str(value)
    fields.setdefault(place, {})[name] = value


def _segment(part: str, values: Mapping[str, JsonValue]) -> str:
    """A part of a path, with its parameter's value in its place."""
    if not part.startswith("{"):
        return quote(part, safe="")
    return quote(str(values.get(part[1:-1].removesuffix(":path"), ANY)), safe="")


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


def _appsync_events(names: dict[str, str], payload: JsonValue, count: int, place: dict[str, str]) -> JsonValue:
    channel = names.get("channel", f"/{names.get('namespace', 'default')}/room")
    if names.get("operation") == "SUBSCRIBE":
        return events.appsync_events(channel, operation="SUBSCRIBE")
    return events.appsync_events(channel, *[{} if payload is NO_PAYLOAD else payload] * count)


def _documents(factory: str) -> Callable[[dict[str, str], JsonValue, int, dict[str, str]], JsonValue]:
    """What carries documents of the user's: of tables and collections, whose changes are told."""

    def make(names: dict[str, str], payload: JsonValue, count: int, place: dict[str, str]) -> JsonValue:
        return _call(factory, [{"id": number} for number in range(1, count + 1)], {**names, **place})

    return make


def _s3_batch(names: dict[str, str], payload: JsonValue, count: int, place: dict[str, str]) -> JsonValue:
    return events.s3_batch(names.get("bucket", "photos"), *[names.get("key", "key")] * count)


def _transfer_family(names: dict[str, str], payload: JsonValue, count: int, place: dict[str, str]) -> JsonValue:
    given = {key: name for key, name in names.items() if key != "contract"}
    return _call("transfer_family", [names.get("contract", "identity_provider")], {"password": "password", **given})


def _s3(names: dict[str, str], payload: JsonValue, count: int, place: dict[str, str]) -> JsonValue:
    event = names.get("event", "ObjectCreated:Put").replace(ANY, "Put")
    return events.s3(names.get("bucket", "photos"), *[names.get("key", "key")] * count, event=event)


def _eventbridge(names: dict[str, str], payload: JsonValue, count: int, place: dict[str, str]) -> JsonValue:
    named = {key: name for key, name in names.items() if key != "bus"}
    event = _call("eventbridge", [{} if payload is NO_PAYLOAD else payload], {**named, "is_aws": True})
    if "bus" in names:
        event["eventBusName"] = names["bus"]  # as an input transformer adds it
    return event


def _schedule(names: dict[str, str], payload: JsonValue, count: int, place: dict[str, str]) -> JsonValue:
    name = names.get("schedule_path", names.get("schedule", "nightly"))
    own = {} if payload is NO_PAYLOAD or payload == {} else {"input": payload}
    return events.schedule(name, **own)


def _direct(names: dict[str, str], payload: JsonValue, count: int, place: dict[str, str]) -> JsonValue:
    return events.direct({} if payload is NO_PAYLOAD else payload)


_SPECIAL: dict[str, Callable[[dict[str, str], Any, int, dict[str, str]], Any]] = {
    "appsync_events": _appsync_events,
    "direct": _direct,
    "documentdb": _documents("documentdb"),
    "dynamodb": _documents("dynamodb"),
    "eventbridge": _eventbridge,
    "eventbridge_schedule": _schedule,
    "eventbridge_scheduler": _schedule,
    "s3": _s3,
    "s3_batch": _s3_batch,
    "transfer_family": _transfer_family,
}
