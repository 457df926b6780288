"""EventBridge: routed by source, detail type, bus and detail."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aws_lambda_powertools.utilities.parser.models.event_bridge import EventBridgeModel
from pydantic import BaseModel, TypeAdapter, ValidationError

from eventrouter._names import name_test
from eventrouter._patterns import compile_pattern
from eventrouter._sniff import sniff
from eventrouter.context import Invocation, LambdaContext
from eventrouter.errors import RegistrationError
from eventrouter.models._fields import keep_raw
from eventrouter.models.eventbridge import EventBridgeEvent
from eventrouter.source import Outcome, Pattern
from eventrouter.sources.eventbridge import SOURCE, detect, event

EVENTS = Path(__file__).parent / "events"


class Order(BaseModel):
    id: int
    total: float


def sample(variant: str = "") -> Any:
    return json.loads((EVENTS / f"eventbridge{variant}.json").read_text())


def accepts(pattern: Pattern, record: Any) -> bool:
    keys = SOURCE.keys(record)
    if not all(name_test(key, spec, {}, "test").accepts(keys) for key, spec in pattern.names):
        return False
    assert SOURCE.payload is not None
    if pattern.where is None:
        return True
    matches = pattern.where if callable(pattern.where) else compile_pattern(pattern.where)
    return bool(matches(SOURCE.payload(record)))


def outcome(results: dict[int, object], errors: dict[int, BaseException]) -> Outcome:
    given = sample()
    return Outcome(Invocation(given, LambdaContext(), SOURCE), [given], results, errors)


@pytest.mark.parametrize("variant", ["", "-replay", "-records-in-detail"])
def test_an_event_is_told(variant: str) -> None:
    assert sniff(sample(variant)) is SOURCE


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        {"detail-type": "x"},
        {"detail-type": "x", "source": "y"},
        {"detail-type": "x", "source": ["y"], "detail": {}},
        {"detail-type": ["x"], "source": "y", "detail": {}},
        {"source": ["aws.ec2"]},
        {"detail-type": "Scheduled Event", "source": "aws.events", "detail": {}},
        {"detail-type": "Scheduled Event", "source": "aws.scheduler", "detail": {}},
    ],
    ids=repr,
)
def test_half_an_event_or_a_scheduled_one_is_not_claimed(value: object) -> None:
    assert not detect(value)


def test_another_event_of_the_service_itself_is_no_schedule() -> None:
    assert detect({"detail-type": "Rule Disabled", "source": "aws.events", "detail": None})


def test_keys_say_who_and_what() -> None:
    assert SOURCE.keys(sample()) == {"source": "shop.orders", "detail_type": "OrderPlaced", "bus": "", "bus_arn": ""}
    assert SOURCE.keys({}) == {"source": "", "detail_type": "", "bus": "", "bus_arn": ""}


@pytest.mark.parametrize(
    ("record", "bus", "arn"),
    [
        ({"eventBusName": "shop"}, "shop", ""),
        (
            {"eventBusName": "arn:aws:events:eu-west-1:1:event-bus/shop"},
            "shop",
            "arn:aws:events:eu-west-1:1:event-bus/shop",
        ),
        (
            {"resources": [None, "arn:aws-cn:events:cn-north-1:1:event-bus/partner"]},
            "partner",
            "arn:aws-cn:events:cn-north-1:1:event-bus/partner",
        ),
        ({"resources": "event-bus/x"}, "", ""),
        ({"resources": ["arn:aws:s3:::b"], "eventBusName": None}, "", ""),
    ],
)
def test_the_bus_is_known_where_the_event_says_it(record: dict[str, Any], bus: str, arn: str) -> None:
    keys = SOURCE.keys(record)

    assert (keys["bus"], keys["bus_arn"]) == (bus, arn)


@pytest.mark.parametrize(
    ("pattern", "wanted"),
    [
        (event(), True),
        (event(source="shop.orders", detail_type="OrderPlaced"), True),
        (event(source="shop.*"), True),
        (event(source=[{"prefix": "shop."}]), True),
        (event(source="aws.ec2"), False),
        (event(detail_type=["OrderPlaced", "OrderPaid"]), True),
        (event(detail_type="OrderPaid"), False),
        (event(bus="shop"), False),
        (event(detail={"total": [{"numeric": [">", 50]}]}), True),
        (event(detail={"total": [{"numeric": [">", 100]}]}), False),
        (event(detail={"lines": {"sku": ["TEA-1"]}}), True),
        (event(where=lambda detail: detail["id"] == 4711), True),
    ],
)
def test_routes_match_in_eventbridge_s_own_language(pattern: Pattern, wanted: bool) -> None:
    assert accepts(pattern, sample()) is wanted


def test_a_bus_matches_by_name_and_by_arn() -> None:
    record = sample("-records-in-detail")

    assert accepts(event(bus="shop"), record)
    assert accepts(event(bus="arn:aws:events:eu-central-1:210987654321:event-bus/shop"), record)
    assert not accepts(event(bus="default"), record)


def test_a_pattern_sees_scheduled_events_too_after_every_schedule_route() -> None:
    pattern = event(source="aws.events")

    assert pattern.sources == ("eventbridge", "eventbridge_schedule", "eventbridge_scheduler")
    assert "rank" not in pattern.bind


def test_two_conditions_on_the_detail_are_refused() -> None:
    with pytest.raises(RegistrationError, match="detail= and where="):
        event(detail={"a": [1]}, where={"b": [1]})


def test_the_payload_is_the_detail_as_it_is() -> None:
    assert SOURCE.payload is not None
    assert SOURCE.payload_is_value
    assert SOURCE.payload(sample()) == sample()["detail"]
    assert SOURCE.payload({"source": "shop", "detail": "{}"}) == "{}"


def test_what_the_handler_returns_is_sent_back() -> None:
    assert SOURCE.reply(outcome({0: {"seen": True}}, {})) == {"seen": True}
    assert SOURCE.reply(outcome({}, {})) is None


def test_a_failure_is_raised_unchanged() -> None:
    error = LookupError("stock")

    with pytest.raises(LookupError) as caught:
        SOURCE.reply(outcome({}, {0: error}))

    assert caught.value is error


def test_the_event_id_stays_the_same_on_retries() -> None:
    assert SOURCE.idempotency_key is not None
    assert SOURCE.idempotency_key(sample()) == "0c6a4b1e-52f7-4d0a-9a41-6f1be6a1d0c3"
    assert SOURCE.idempotency_key({}) is None


def test_an_unrouted_event_names_its_decorator() -> None:
    assert SOURCE.paste is not None
    assert SOURCE.paste(SOURCE.keys(sample())) == '@app.eventbridge(source="shop.orders", detail_type="OrderPlaced")'
    assert SOURCE.paste({}) == "@app.eventbridge()"


def test_an_event_is_typed() -> None:
    given = sample()

    model = EventBridgeEvent[Order].model_validate(given)
    keep_raw(model, given)

    assert model.detail == Order(id=4711, total=99.5)
    assert isinstance(model, EventBridgeModel)
    assert model.detail_type == "OrderPlaced"
    assert model.time == datetime(2026, 3, 14, 9, 26, 53, tzinfo=UTC)
    assert model.raw is given


def test_a_bare_event_keeps_its_detail_as_an_object() -> None:
    model = TypeAdapter[Any](EventBridgeEvent).validate_python(sample("-replay"))

    assert model.detail["operation"] == "Update"
    assert model.replay_name == "after-the-incident"


def test_an_abridged_event_is_typed() -> None:
    given = {"version": 0, "source": "s", "detail-type": "t", "time": "2026-01-01T00:00:00Z", "detail": {}, "new": 1}

    model = EventBridgeEvent.model_validate(given)

    assert (model.version, model.id, model.resources) == ("0", "", [])
    assert model.model_extra == {"new": 1}


@pytest.mark.parametrize(
    "value", [None, [], {}, {"source": "s", "detail-type": "t", "detail": {}, "time": "soon"}], ids=repr
)
def test_anything_else_is_a_validation_error(value: object) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter[Any](EventBridgeEvent).validate_python(value)
