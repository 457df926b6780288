"""AWS AppSync Events: messages published to a channel, or a client that wants to subscribe to one.

Event and reply: https://docs.aws.amazon.com/appsync/latest/eventapi/direct-lambda-integrations.html
"""

from __future__ import annotations

from ..answers import DROPPED, Deny
from ..errors import NoRouteError, PayloadError
from ..source import Pattern, Source
from ._answer import only_result, refused
from ._batch import raise_failed
from ._read import pasted, text_at

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Literal, Unpack

    from ..source import Outcome
    from ..types import JsonObject, JsonValue, NameSpec, RouteOptions, Where

#: Where Powertools keeps its data class of these events.
DATA_CLASSES = "aws_lambda_powertools.utilities.data_classes.appsync_resolver_events_event"


def detect(event: JsonValue) -> bool:
    info = event.get("info") if type(event) is dict else None
    return (
        type(info) is dict
        and info.get("operation") in ("PUBLISH", "SUBSCRIBE")
        and type(info.get("channel")) is dict
        and type(info.get("channelNamespace")) is dict
    )


def records(event: JsonValue) -> Sequence[JsonObject]:
    """A subscribe as it is; a publish once per published event, which is then the only one in ``events``."""
    if _is_subscribe(event):
        return (event,)
    published = event.get("events") or []
    if not isinstance(published, list) or not all(isinstance(item, dict) and "id" in item for item in published):
        raise PayloadError(
            [{"type": "list_type", "loc": ["events"], "msg": "a list of published events, each with an id"}],
            "appsync_events event",
        )
    return [{**event, "events": [item]} for item in published]


def _is_subscribe(event: JsonObject) -> bool:
    return text_at(event, "info", "operation") == "SUBSCRIBE"


def keys(record: JsonObject) -> Mapping[str, str]:
    info = record.get("info")
    return {
        "channel": text_at(info, "channel", "path"),
        "namespace": text_at(info, "channelNamespace", "name"),
        "operation": text_at(info, "operation"),
    }


def payload(record: JsonObject) -> JsonValue:
    return None if _is_subscribe(record) else record["events"][0].get("payload")


def reply(outcome: Outcome) -> JsonValue:
    if _is_subscribe(outcome.invocation.event):
        return _subscribe_reply(only_result(outcome))
    for error in outcome.errors.values():
        # Nobody listens to the channel, or the process is being stopped: no fault of the published event.
        if isinstance(error, NoRouteError) or not isinstance(error, Exception):
            raise_failed(outcome)
    answers = (_publish_answer(outcome, index) for index in range(len(outcome.records)))
    return {"events": [answer for answer in answers if answer is not None]}


def _publish_answer(outcome: Outcome, index: int) -> JsonObject | None:
    """What becomes of one published event: its payload, the publisher's error, or None for one left out on purpose."""
    identifier = outcome.records[index]["events"][0]["id"]
    error = outcome.errors.get(index)
    if error is not None:
        from .._log import safe_text

        return {"id": identifier, "error": safe_text(error) or type(error).__name__}
    result = outcome.results.get(index)
    if result is DROPPED:
        return None
    if result is None:
        raise refused("a publish", result, "the payload to broadcast, or DROPPED to leave the event out")
    return {"id": identifier, "payload": result}


def _subscribe_reply(result: object) -> JsonValue:
    # Null lets the client in, so nothing else may turn into it.
    if result is None:
        return None
    if isinstance(result, Deny):
        return {"error": "Unauthorized"}
    if isinstance(result, dict) and isinstance(result.get("error"), str) and result["error"]:
        return result
    raise refused("a subscribe", result, 'None to let the client in, Deny() or {"error": "..."} to refuse it')


def channel(
    path: NameSpec = None,
    *,
    namespace: NameSpec = None,
    operation: Literal["PUBLISH", "SUBSCRIBE"] | None = None,
    where: Where | None = None,
    **options: Unpack[RouteOptions],
) -> Pattern:
    """Messages published to a channel, one call each, and clients that subscribe to it.

    For a publish the handler's value is broadcast in place of the payload; an exception is told to the publisher, and
    that message is not broadcast. For a subscribe None lets the client in.

    Args:
        path: The channel: ``/chat/room-1``, or a glob, ``/chat/*``; left out: every channel.
        namespace: The channel's namespace; left out: every namespace.
        operation: ``"PUBLISH"`` or ``"SUBSCRIBE"``; left out: both.
        where: A condition on the published payload: an EventBridge pattern or a predicate.
    """
    return Pattern(
        "appsync_events",
        [("channel", path), ("namespace", namespace), ("operation", operation)],
        where=where,
        options=options,
    )


SOURCE = Source(
    "appsync_events",
    detect=detect,
    anchors=("info",),
    records=records,
    keys=keys,
    order=("channel", "namespace", "operation"),
    payload=payload,
    payload_is_value=True,
    types={
        "eventrouter.models.appsync:AppSyncEventsEvent": "record",
        "aws_lambda_powertools.utilities.parser.models.appsync_events:AppSyncEventsModel": "record",
        f"{DATA_CLASSES}:AppSyncResolverEventsEvent": "record",
    },
    evidence=("info.operation", "info.channel.path", "info.channelNamespace.name"),
    model="eventrouter.models.appsync:AppSyncEventsEvent",
    offer="a model of the payload, AppSyncEventsEvent[...]",
    reply=reply,
    secret_paths=("identity", "request.headers", "events.*.payload", "stash", "prev"),
    paste=pasted("appsync_events", "channel", operation="operation"),
)
