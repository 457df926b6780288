"""Schedules: by the name of the rule or schedule, whoever delivers them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, TypeAdapter

from eventrouter._names import name_test
from eventrouter._sniff import sniff
from eventrouter.errors import RegistrationError
from eventrouter.models.eventbridge import EventBridgeEvent, ScheduledEvent
from eventrouter.source import Pattern
from eventrouter.sources import eventbridge_scheduler
from eventrouter.sources.eventbridge_schedule import SOURCE, own_input_record, own_input_schedule, schedule

EVENTS = Path(__file__).parent / "events"


class Report(BaseModel):
    month: str


def sample(name: str = "eventbridge_schedule") -> Any:
    return json.loads((EVENTS / f"{name}.json").read_text())


def accepts(pattern: Pattern, record: Any) -> bool:
    keys = SOURCE.keys(record)
    return all(name_test(key, spec, {"NAME": "nightly"}, "test").accepts(keys) for key, spec in pattern.names)


@pytest.mark.parametrize("name", ["eventbridge_schedule", "eventbridge_schedule-abridged"])
def test_a_rule_s_schedule_is_told_even_without_a_version(name: str) -> None:
    assert sniff(sample(name)) is SOURCE


@pytest.mark.parametrize("name", ["eventbridge_scheduler", "eventbridge_scheduler-object"])
def test_the_scheduler_is_told(name: str) -> None:
    assert sniff(sample(name)) is eventbridge_scheduler.SOURCE


@pytest.mark.parametrize(
    ("resource", "name", "path", "arn"),
    [
        ("arn:aws:events:eu-central-1:1:rule/nightly", "nightly", "nightly", True),
        ("arn:aws-cn:events:cn-north-1:1:rule/shop/nightly", "nightly", "shop/nightly", True),
        ("arn:aws:scheduler:eu-central-1:1:schedule/reports/morning", "morning", "reports/morning", True),
        ("reports/morning", "morning", "reports/morning", False),
        ("nightly", "nightly", "nightly", False),
    ],
)
def test_the_name_is_read_from_the_resource(resource: str, name: str, path: str, arn: bool) -> None:
    keys = SOURCE.keys({"resources": [resource]})

    assert (keys["schedule"], keys["schedule_path"]) == (name, path)
    assert keys["schedule_arn"] == (resource if arn else "")


@pytest.mark.parametrize("record", [{}, {"resources": []}, {"resources": None}, {"resources": [1]}])
def test_keys_never_fail(record: dict[str, Any]) -> None:
    assert SOURCE.keys(record)["schedule"] == ""


@pytest.mark.parametrize(
    ("pattern", "nightly", "morning"),
    [
        (schedule(), True, True),
        (schedule("nightly"), True, False),
        (schedule("night*"), True, False),
        (schedule("${NAME}"), True, False),
        (schedule("morning"), False, True),
        (schedule("reports/morning"), False, True),
        (schedule("reports/*"), False, True),
        (schedule("default/morning"), False, False),
        (schedule("arn:aws:events:eu-central-1:210987654321:rule/nightly"), True, False),
        (schedule("arn:aws:scheduler:eu-central-1:210987654321:schedule/reports/morning"), False, True),
        (schedule(["nightly", "morning"]), True, True),
        (schedule([{"prefix": "reports/"}, "x/y"]), False, True),
        (schedule({"suffix": "ly"}), True, False),
    ],
)
def test_a_route_takes_a_name_a_name_with_its_group_or_an_arn(pattern: Pattern, nightly: bool, morning: bool) -> None:
    assert accepts(pattern, sample()) is nightly
    assert accepts(pattern, sample("eventbridge_scheduler")) is morning


def test_schedule_routes_come_before_eventbridge_routes() -> None:
    assert schedule("nightly").bind == {"rank": 1}
    assert schedule("nightly").sources == ("eventbridge_schedule", "eventbridge_scheduler")


@pytest.mark.parametrize(
    "name", ["rate(1 day)", "cron(0 2 * * ? *)", "at(2026-01-01T00:00:00)", ["nightly", "rate(1 hour)"]]
)
def test_when_it_runs_is_no_name(name: Any) -> None:
    with pytest.raises(RegistrationError, match="the template says"):
        schedule(name)


def test_a_list_names_the_group_everywhere_or_nowhere() -> None:
    with pytest.raises(RegistrationError, match="group/name, or none"):
        schedule(["nightly", "reports/morning"])


def test_the_scheduler_s_detail_may_be_json_text() -> None:
    payload = eventbridge_scheduler.SOURCE.payload
    assert payload is not None

    assert payload(sample("eventbridge_scheduler")) == {}
    assert payload(sample("eventbridge_scheduler-object")) == {"dry_run": True}
    assert payload({"source": "aws.scheduler", "detail": "not json"}) == "not json"
    assert payload(sample()) == {}


def test_an_own_input_is_told_by_its_key() -> None:
    event = {"eventrouter:schedule": "monthly", "eventrouter:time": "2026-03-01T00:00:00Z", "month": "2026-02"}

    assert own_input_schedule(event) == ("monthly", {"month": "2026-02"})


@pytest.mark.parametrize(
    "event", [None, [], "eventrouter:schedule", {}, {"eventrouter:schedule": ""}, {"eventrouter:schedule": 1}], ids=repr
)
def test_any_other_direct_event_is_no_own_input(event: object) -> None:
    assert own_input_schedule(event) is None
    assert own_input_record(event) is None


def test_an_own_input_is_routed_and_typed_like_a_scheduled_event() -> None:
    record = own_input_record({"eventrouter:schedule": "reports/monthly", "month": "2026-02"})

    assert record is not None
    assert accepts(schedule("monthly"), record)
    assert accepts(schedule("reports/monthly"), record)
    assert SOURCE.payload is not None
    assert SOURCE.payload(record) == {"month": "2026-02"}
    assert SOURCE.idempotency_key is not None
    assert SOURCE.idempotency_key(record) is None
    model = ScheduledEvent[Report].model_validate(record)
    assert model.detail == Report(month="2026-02")
    assert model.time is None


def test_an_own_input_may_say_its_time() -> None:
    record = own_input_record({"eventrouter:schedule": "monthly", "eventrouter:time": "2026-03-01T00:00:00Z"})

    model = ScheduledEvent.model_validate(record)

    assert model.time is not None
    assert model.time.month == 3


@pytest.mark.parametrize("name", ["eventbridge_schedule", "eventbridge_schedule-abridged", "eventbridge_scheduler"])
def test_a_scheduled_event_is_typed(name: str) -> None:
    model = TypeAdapter[Any](ScheduledEvent).validate_python(sample(name))

    assert isinstance(model, EventBridgeEvent)
    assert model.detail == {}
    assert model.time is not None


def test_an_unrouted_schedule_names_its_decorator() -> None:
    assert SOURCE.paste is not None
    assert SOURCE.paste(SOURCE.keys(sample())) == '@app.schedule("nightly")'
    assert SOURCE.paste({}) == "@app.schedule()"
