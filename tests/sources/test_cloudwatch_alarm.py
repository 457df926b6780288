"""CloudWatch alarms: routed by name and state."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from eventrouter._sniff import sniff
from eventrouter.context import Invocation, LambdaContext
from eventrouter.models.cloudwatch_alarm import CloudWatchAlarmEvent
from eventrouter.source import Outcome
from eventrouter.sources.cloudwatch_alarm import SOURCE, alarm, detect, idempotency_key, keys

EVENTS = Path(__file__).parent / "events"


def event(variant: str = "") -> Any:
    return json.loads((EVENTS / f"cloudwatch_alarm{variant}.json").read_text())


@pytest.mark.parametrize("variant", ["", "-composite"])
def test_an_alarm_is_told(variant: str) -> None:
    assert sniff(event(variant)) is SOURCE


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        {"alarmData": {}},
        {"source": "aws.cloudwatch", "alarmArn": "a", "alarmData": []},
        {"source": "aws.cloudwatch", "detail-type": "CloudWatch Alarm State Change", "detail": {"alarmData": {}}},
        {"source": "shop", "alarmArn": "a", "alarmData": {}},
    ],
    ids=repr,
)
def test_the_event_bus_and_half_an_event_are_not_claimed(value: object) -> None:
    assert not detect(value)


def test_routes_match_name_and_states() -> None:
    assert keys(event()) == {
        "alarm": "orders-failing",
        "alarm_arn": "arn:aws:cloudwatch:eu-west-1:210987654321:alarm:orders-failing",
        "state": "ALARM",
        "previous_state": "OK",
    }
    assert keys({}) == {"alarm": "", "alarm_arn": "", "state": "", "previous_state": ""}


def test_an_alarm_without_a_name_has_one_in_its_arn() -> None:
    arn = event("-composite")["alarmArn"]

    assert keys({"alarmArn": arn})["alarm"] == "shop-down"


def test_a_change_that_comes_again_keeps_its_key() -> None:
    assert idempotency_key(event()) == f"{event()['alarmArn']}/2025-02-03T08:15:42.117+0000"
    assert idempotency_key({"alarmArn": "a"}) is None


def test_what_the_handler_returns_is_sent_back_and_a_failure_raised() -> None:
    invocation = Invocation(event(), LambdaContext(), SOURCE)

    assert SOURCE.reply(Outcome(invocation, [event()], {0: "seen"}, {})) == "seen"
    with pytest.raises(LookupError):
        SOURCE.reply(Outcome(invocation, [event()], {}, {0: LookupError()}))


def test_routes_name_what_they_want() -> None:
    pattern = alarm("orders-*", state="ALARM", previous_state=["OK"])

    assert pattern.names == (("alarm", "orders-*"), ("state", "ALARM"), ("previous_state", ["OK"]))
    assert SOURCE.paste is not None
    assert SOURCE.paste(keys(event())) == '@app.cloudwatch_alarm("orders-failing")'


def test_metric_and_composite_alarms_are_typed() -> None:
    metric, composite = (TypeAdapter[Any](CloudWatchAlarmEvent).validate_python(event(v)) for v in ("", "-composite"))

    assert metric.alarmData.configuration.metrics[0]["id"] == "m1"
    assert composite.alarmData.state.actionsSuppressedBy == "WaitPeriod"
    assert composite.alarmData.previousState.value == "INSUFFICIENT_DATA"


@pytest.mark.parametrize(
    "value", [None, [], {}, {"source": "aws.cloudwatch", "alarmArn": "a", "alarmData": {}}], ids=repr
)
def test_anything_else_is_a_validation_error(value: object) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter[Any](CloudWatchAlarmEvent).validate_python(value)
