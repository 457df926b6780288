"""Changes of the state of an Amazon CloudWatch alarm."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal, TypeAlias

from ._made import ACCOUNT, MOMENT, REGION, arn, check_length, check_one_of, json_of, to_milliseconds

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...types import JsonObject

State: TypeAlias = Literal["OK", "ALARM", "INSUFFICIENT_DATA"]
_STATES = ("OK", "ALARM", "INSUFFICIENT_DATA")


def cloudwatch_alarm(
    name: str = "orders-failing",
    *,
    state: State = "ALARM",
    previous_state: State = "OK",
    reason: str = "Threshold Crossed",
    rule: str | None = None,
    metric: str = "Failures",
    namespace: str = "Shop",
    threshold: float = 5.0,
    time: datetime = MOMENT,
    region: str = REGION,
    account: str = ACCOUNT,
) -> JsonObject:
    """An alarm changes its state.

    Args:
        name: Of the alarm.
        state: What it is in now.
        previous_state: What it was in before.
        reason: Why.
        rule: Of a composite alarm: ``ALARM(a) AND ALARM(b)``; default: it is about a metric.
        metric: Its name.
        namespace: Of the metric.
        threshold: Of the alarm.
        time: When it happened.
        region: Of the alarm.
        account: Of the alarm.

    Raises:
        ImpossibleEventError: CloudWatch knows no such alarm.

    Reference:
        https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-actions-Lambda.html
    """
    check_length("cloudwatch_alarm(name)", name, 1, 255)
    check_one_of("cloudwatch_alarm(state=)", state, _STATES)
    check_one_of("cloudwatch_alarm(previous_state=)", previous_state, _STATES)
    moment = to_milliseconds(time).replace("Z", "+0000")
    data = json_of({"version": "1.0", "threshold": threshold})
    configuration: dict[str, Any] = {"alarmRule": rule}
    if rule is None:
        told = {"namespace": namespace, "name": metric, "dimensions": {}}
        stat = {"metric": told, "period": 60, "stat": "Sum"}
        configuration = {"metrics": [{"id": "m1", "metricStat": stat, "returnData": True}]}
    return {
        "source": "aws.cloudwatch",
        "alarmArn": arn("cloudwatch", f"alarm:{name}", region, account),
        "accountId": account,
        "time": moment,
        "region": region,
        "alarmData": {
            "alarmName": name,
            "state": {"value": state, "reason": reason, "reasonData": data, "timestamp": moment},
            "previousState": {"value": previous_state, "reason": reason, "reasonData": data, "timestamp": moment},
            "configuration": configuration,
        },
    }
