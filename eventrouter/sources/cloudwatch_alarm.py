"""Amazon CloudWatch alarms: an alarm action invokes the function when the alarm changes its state.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-actions-Lambda.html
"""

from __future__ import annotations

from ..source import Pattern, Source
from ._read import after_last, pasted, text_at

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Unpack

    from ..types import JsonObject, JsonValue, NameSpec, RouteOptions


def detect(event: JsonValue) -> bool:
    return (
        type(event) is dict
        and event.get("source") == "aws.cloudwatch"
        and type(event.get("alarmArn")) is str
        and type(event.get("alarmData")) is dict
    )


def keys(record: JsonObject) -> Mapping[str, str]:
    arn = text_at(record, "alarmArn")
    return {
        "alarm": text_at(record, "alarmData", "alarmName") or after_last(arn, ":alarm:"),
        "alarm_arn": arn,
        "state": text_at(record, "alarmData", "state", "value"),
        "previous_state": text_at(record, "alarmData", "previousState", "value"),
    }


def idempotency_key(record: JsonObject) -> str | None:
    """The alarm and the moment of its change."""
    arn, time = text_at(record, "alarmArn"), text_at(record, "time")
    return f"{arn}/{time}" if arn and time else None


def alarm(
    name: str | None = None,
    /,
    *,
    state: NameSpec = None,
    previous_state: NameSpec = None,
    **options: Unpack[RouteOptions],
) -> Pattern:
    """Changes of the alarm *name*.

    Args:
        name: The alarm's name: exact, a glob, an ARN, ``${ENV}``; left out: every alarm.
        state: What it is now: ``ALARM``, ``OK`` or ``INSUFFICIENT_DATA``, or a list of them.
        previous_state: What it was before.
    """
    names = [("alarm", name), ("state", state), ("previous_state", previous_state)]
    return Pattern("cloudwatch_alarm", names, options=options)


SOURCE = Source(
    "cloudwatch_alarm",
    detect=detect,
    anchors=("alarmData",),
    keys=keys,
    order=("alarm", "state", "previous_state"),
    types={
        "eventrouter.models.cloudwatch_alarm:CloudWatchAlarmEvent": "event",
        "aws_lambda_powertools.utilities.data_classes.cloud_watch_alarm_event:CloudWatchAlarmEvent": "event",
    },
    evidence=("source", "alarmArn", "alarmData.state.value"),
    model="eventrouter.models.cloudwatch_alarm:CloudWatchAlarmEvent",
    offer="CloudWatchAlarmEvent",
    idempotency_key=idempotency_key,
    secret_paths=("alarmData.configuration",),
    paste=pasted("cloudwatch_alarm", "alarm"),
    acknowledges=True,
)
