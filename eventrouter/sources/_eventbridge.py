"""Shared by the three labels that come in EventBridge's envelope: events, schedule rules, EventBridge Scheduler.

Envelope: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-structure.html
"""

from __future__ import annotations

from ._read import after_last, pasted, text_at

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..types import JsonObject, JsonValue

#: Every envelope has it and nothing else does.
ANCHOR = "detail-type"
#: The orders in which nearer routes are tried.
ORDER = ("source", "detail_type", "bus")
TYPES = {
    "eventrouter.models.eventbridge:EventBridgeEvent": "record",
    "aws_lambda_powertools.utilities.parser.models.event_bridge:EventBridgeModel": "record",
    "aws_lambda_powertools.utilities.data_classes.event_bridge_event:EventBridgeEvent": "record",
}
EVIDENCE = ("source", "detail-type")


def is_envelope(event: JsonValue) -> bool:
    return (
        type(event) is dict
        and type(event.get("detail-type")) is str
        and type(event.get("source")) is str
        and "detail" in event
    )


def is_rule_schedule(event: JsonObject) -> bool:
    """Whether the envelope was made by a rule with a schedule expression."""
    return bool(event["source"] == "aws.events" and event["detail-type"] == "Scheduled Event")


def is_scheduler(event: JsonObject) -> bool:
    """Whether the envelope was made by EventBridge Scheduler, for a schedule without an input of its own."""
    return bool(event["source"] == "aws.scheduler")


def envelope_keys(record: JsonObject) -> Mapping[str, str]:
    bus = bus_arn(record)
    return {
        "source": text_at(record, "source"),
        "detail_type": text_at(record, "detail-type"),
        "bus": after_last(bus, "/"),
        "bus_arn": bus if bus.startswith("arn:") else "",
    }


def bus_arn(record: JsonObject) -> str:
    """The event bus, where the event says it.

    EventBridge does not tell a target which bus an event came over. It is known where a rule's input transformer writes
    it (``"eventBusName"``, a name or an ARN), and where the event is about a bus and has its ARN among its resources.
    """
    if name := text_at(record, "eventBusName"):
        return name
    resources = record.get("resources")
    if isinstance(resources, list):
        for resource in resources:
            if isinstance(resource, str) and ":event-bus/" in resource:
                return resource
    return ""


def schedule_keys(record: JsonObject) -> Mapping[str, str]:
    """The envelope's keys and the schedule's name; ``schedule_path`` has its group in front (``group/name``)."""
    arn = text_at(record, "resources", 0)
    is_arn = arn.startswith("arn:")
    # arn:aws:events:...:rule/NAME, arn:aws:scheduler:...:schedule/GROUP/NAME; without an ARN the name itself.
    path = arn.partition("/")[2] if is_arn else arn
    return {
        "schedule": after_last(path, "/"),
        "schedule_arn": arn if is_arn else "",
        "schedule_path": path,
        **envelope_keys(record),
    }


def payload(record: JsonObject) -> JsonValue:
    """The detail. EventBridge Scheduler may write it as JSON text (``"{}"``), which is decoded."""
    detail = record["detail"]
    if isinstance(detail, str) and record.get("source") == "aws.scheduler":
        from .._json import decode
        from ..errors import EventDecodeError

        try:
            return decode(detail.encode("utf-8", "surrogatepass"))
        except EventDecodeError:
            return detail
    return detail


def idempotency_key(record: JsonObject) -> str | None:
    """The event's id, which retries and redrives keep."""
    return text_at(record, "id") or None


paste_schedule = pasted("schedule", "schedule")
