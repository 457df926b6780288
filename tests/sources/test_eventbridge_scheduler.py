"""EventBridge Scheduler: its default envelope, whose detail may be JSON text, and the schedules it is told apart by."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from eventrouter import App, EventBridgeEvent, LambdaContext, NoRouteError, PayloadError, ScheduledEvent
from eventrouter._sniff import sniff
from eventrouter.sources import eventbridge, eventbridge_schedule
from eventrouter.sources.eventbridge_scheduler import SOURCE, detect

EVENTS = Path(__file__).parent / "events"


class Cleanup(BaseModel):
    dry_run: bool = False


def event(variant: str = "", **changes: Any) -> Any:
    return {**json.loads((EVENTS / f"eventbridge_scheduler{variant}.json").read_text()), **changes}


@pytest.mark.parametrize("variant", ["", "-object"])
def test_the_scheduler_is_told_by_its_source(variant: str) -> None:
    assert detect(event(variant))
    assert sniff(event(variant)) is SOURCE


@pytest.mark.parametrize(
    ("changes", "label"),
    [
        ({"source": "aws.events"}, "eventbridge_schedule"),
        ({"source": "shop.scheduler"}, "eventbridge"),
        ({"source": None}, "direct"),
        ({"detail-type": None}, "direct"),
    ],
)
def test_look_alikes_are_not_claimed(changes: dict[str, Any], label: str) -> None:
    assert not detect(event(**changes))
    assert sniff(event(**changes)).name == label


@pytest.mark.parametrize(
    ("variant", "offered"),
    [
        ("", {"schedule": "morning", "schedule_path": "reports/morning"}),
        ("-object", {"schedule": "cleanup", "schedule_path": "default/cleanup"}),
    ],
)
def test_a_schedule_is_known_by_its_name_and_group(variant: str, offered: dict[str, str]) -> None:
    keys = SOURCE.keys(event(variant))

    assert {key: keys[key] for key in offered} == offered
    assert keys["schedule_arn"] == event(variant)["resources"][0]


@pytest.mark.parametrize(
    ("detail", "value"),
    [("{}", {}), ('{"dry_run": true}', {"dry_run": True}), ({"dry_run": True}, {"dry_run": True}), ("plain", "plain")],
)
def test_a_detail_that_is_json_text_is_decoded(detail: object, value: object) -> None:
    assert SOURCE.payload is not None
    assert SOURCE.payload(event(detail=detail)) == value


@pytest.mark.parametrize("name", ["morning", "reports/morning", "reports/*", "m*", None])
def test_a_route_for_schedules_takes_it(name: str | None) -> None:
    seen: list[object] = []
    app = App()

    @app.schedule(name)
    def on_schedule(event: ScheduledEvent[dict[str, Any]]) -> None:
        seen.append((event.resources, event.detail))

    app(event(), LambdaContext())

    assert seen == [(["arn:aws:scheduler:eu-central-1:210987654321:schedule/reports/morning"], {})]


@pytest.mark.parametrize("variant", ["", "-object"])
def test_the_payload_is_typed(variant: str) -> None:
    seen: list[Cleanup] = []
    app = App()

    @app.schedule()
    def on_schedule(detail: Cleanup) -> None:
        seen.append(detail)

    app(event(variant), LambdaContext())

    assert seen == [Cleanup(dry_run=variant == "-object")]


def test_what_a_handler_returns_is_sent_back() -> None:
    app = App()

    @app.schedule("morning")
    def on_schedule() -> dict[str, int]:
        return {"rows": 3}

    assert app(event(), LambdaContext()) == {"rows": 3}


def test_an_event_pattern_sees_what_no_schedule_takes() -> None:
    taken: list[str] = []
    app = App()

    @app.schedule("morning")
    def morning() -> None:
        taken.append("schedule")

    @app.eventbridge(source="aws.scheduler")
    def on_event(event: EventBridgeEvent[dict[str, Any]]) -> None:
        taken.append("event")

    app(event(), LambdaContext())
    app(event("-object"), LambdaContext())

    assert taken == ["schedule", "event"]


def test_a_schedule_that_nobody_takes_is_an_error_so_that_it_is_tried_again() -> None:
    with pytest.raises(NoRouteError, match="no eventbridge_scheduler route accepts .*schedule='morning'"):
        App()(event(), LambdaContext())


def test_a_failure_is_raised_unchanged() -> None:
    app = App(failures="report")

    @app.schedule("morning")
    def morning() -> None:
        raise LookupError

    with pytest.raises(LookupError):
        app(event(), LambdaContext())


def test_a_detail_of_another_shape_is_an_error() -> None:
    app = App()

    @app.schedule()
    def on_schedule(detail: Cleanup) -> None: ...

    with pytest.raises(PayloadError, match="dry_run: bool_parsing"):
        app(event(detail='{"dry_run": "perhaps"}'), LambdaContext())


def test_a_redelivered_event_keeps_its_id() -> None:
    assert SOURCE.idempotency_key is not None
    assert SOURCE.idempotency_key(event()) == "d2a8c2bb-6b0a-4f8e-9a2f-8f2a4f2f6f10"
    assert SOURCE.idempotency_key({}) is None


def test_a_decorator_that_would_take_it_can_be_pasted() -> None:
    assert SOURCE.paste is not None
    assert SOURCE.paste(SOURCE.keys(event())) == '@app.schedule("morning")'


def test_the_three_kinds_of_envelope_share_their_shape() -> None:
    sources = (SOURCE, eventbridge_schedule.SOURCE, eventbridge.SOURCE)

    assert [sum(source.detect(event(variant)) for source in sources) for variant in ("", "-object")] == [1, 1]
