"""CloudWatch alarms, typed. Powertools has a data class of them, but no model.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-actions-Lambda.html
"""

from __future__ import annotations

from typing import Any

from ._fields import Model, Raw


class CloudWatchAlarmState(Model):
    """A state of the alarm: ``OK``, ``ALARM`` or ``INSUFFICIENT_DATA``. ``reasonData`` is JSON text."""

    value: str
    reason: str | None = None
    reasonData: str | None = None
    timestamp: str | None = None
    actionsSuppressedBy: str | None = None
    actionsSuppressedReason: str | None = None


class CloudWatchAlarmConfiguration(Model):
    """What the alarm looks at: metrics, or for a composite alarm a rule over other alarms."""

    description: str | None = None
    metrics: list[dict[str, Any]] | None = None
    alarmRule: str | None = None
    actionsSuppressor: str | None = None
    actionsSuppressorWaitPeriod: int | None = None
    actionsSuppressorExtensionPeriod: int | None = None


class CloudWatchAlarmData(Model):
    """The alarm, its state and the one before."""

    alarmName: str
    state: CloudWatchAlarmState
    previousState: CloudWatchAlarmState | None = None
    configuration: CloudWatchAlarmConfiguration | None = None


class CloudWatchAlarmEvent(Raw, Model):
    """An alarm changed its state."""

    source: str
    alarmArn: str
    alarmData: CloudWatchAlarmData
    accountId: str | None = None
    time: str | None = None
    region: str | None = None
