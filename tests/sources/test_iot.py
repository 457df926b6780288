"""AWS IoT's own messages: registry events, the pre-provisioning hook, buttons."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from aws_lambda_powertools.utilities.parser.models.iot_registry_events import IoTCoreRegistryEventsBase
from pydantic import TypeAdapter, ValidationError

from eventrouter._sniff import sniff
from eventrouter.answers import Deny
from eventrouter.context import Invocation, LambdaContext
from eventrouter.errors import ReplyError
from eventrouter.models.iot import AnyIotEvent, IotThingEvent
from eventrouter.source import Outcome
from eventrouter.sources.iot import SOURCE, detect, idempotency_key, keys, message, reply

EVENTS = Path(__file__).parent / "events"
REGISTRY = [
    "thing", "thing-type", "thing-type-association", "thing-group", "thing-group-membership", "thing-group-hierarchy",
]  # fmt: skip
OTHERS = ["provisioning", "button", "one-click"]


def event(variant: str) -> Any:
    return json.loads((EVENTS / f"iot-{variant}.json").read_text())


def answer(variant: str, result: object) -> Any:
    record = event(variant)
    results = {} if result is None else {0: result}
    return reply(Outcome(Invocation(record, LambdaContext(), SOURCE), [record], results, {}))


@pytest.mark.parametrize("variant", REGISTRY + OTHERS)
def test_every_message_of_aws_is_told(variant: str) -> None:
    assert sniff(event(variant)).name == "iot"


@pytest.mark.parametrize(
    "value",
    [
        {"temperature": 21.5},
        {"eventType": "THING_EVENT"},
        {"eventType": ["THING_EVENT"], "eventId": "1", "operation": "CREATED"},
        {"clickType": "SINGLE", "serialNumber": "1"},
        {"templateArn": "arn:aws:iot:eu-west-1:1:provisioningtemplate/x"},
        {"deviceEvent": {}, "deviceInfo": {}},
        [],
        None,
    ],
    ids=repr,
)
def test_what_a_device_sends_is_its_own(value: object) -> None:
    assert not detect(value)


@pytest.mark.parametrize(
    ("variant", "expected"),
    [
        ("thing", {"kind": "registry", "thing": "pump-04", "event": "THING_EVENT", "operation": "CREATED"}),
        (
            "thing-group-membership",
            {"kind": "registry", "thing": "pump-04", "event": "THING_GROUP_MEMBERSHIP_EVENT", "operation": "ADDED"},
        ),
        (
            "provisioning",
            {
                "kind": "provisioning",
                "template": "pumps",
                "template_arn": "arn:aws:iot:eu-west-1:210987654321:provisioningtemplate/pumps",
            },
        ),
        ("button", {"kind": "button", "thing": "G030JF055364TEST", "event": "DOUBLE"}),
        ("one-click", {"kind": "one_click", "thing": "G030MD045678TEST", "event": "LONG"}),
    ],
)
def test_routes_can_name_what_happened_to_what(variant: str, expected: dict[str, str]) -> None:
    assert keys(event(variant)) == expected


def test_keys_of_anything_else_are_none() -> None:
    assert keys({}) == {}


@pytest.mark.parametrize("yes", [True, {"allowProvisioning": True}])
def test_a_hook_allows_only_in_words(yes: object) -> None:
    assert answer("provisioning", yes) == {"allowProvisioning": True}


@pytest.mark.parametrize("no", [False, Deny(), {"allowProvisioning": False}])
def test_a_hook_can_refuse(no: object) -> None:
    assert answer("provisioning", no) == {"allowProvisioning": False}


def test_a_hook_can_change_parameters() -> None:
    decision = {"allowProvisioning": True, "parameterOverrides": {"Site": "south"}}

    assert answer("provisioning", decision) == decision


@pytest.mark.parametrize("value", [None, 1, "yes", {}, {"allowProvisioning": "true"}, [True]], ids=repr)
def test_nothing_else_allows(value: object) -> None:
    with pytest.raises(ReplyError, match="a pre-provisioning hook cannot be answered with"):
        answer("provisioning", value)


@pytest.mark.parametrize("overrides", [[], {"Site": 1}, {1: "south"}])
def test_parameters_are_text(overrides: Any) -> None:
    with pytest.raises(ReplyError, match="strings to strings"):
        answer("provisioning", {"allowProvisioning": True, "parameterOverrides": overrides})


def test_a_rule_gets_what_the_handler_returned() -> None:
    assert answer("thing", {"seen": 1}) == {"seen": 1}
    assert answer("button", None) is None


def test_a_failure_is_raised_unchanged() -> None:
    record = event("thing")

    with pytest.raises(LookupError):
        reply(Outcome(Invocation(record, LambdaContext(), SOURCE), [record], {}, {0: LookupError("x")}))


def test_registry_events_keep_their_id_when_they_come_twice() -> None:
    assert idempotency_key(event("thing")) == "1f7c7a54-7b36-4ac5-a7b5-2b8a7d4d1c4d"
    assert idempotency_key(event("button")) is None


def test_routes_name_what_they_want() -> None:
    pattern = message("registry", thing="pump-*", event="THING_EVENT", operation="CREATED")

    assert pattern.names == (
        ("kind", "registry"),
        ("thing", "pump-*"),
        ("event", "THING_EVENT"),
        ("operation", "CREATED"),
    )
    assert SOURCE.paste is not None
    assert SOURCE.paste(keys(event("button"))) == '@app.iot("button")'


@pytest.mark.parametrize("variant", REGISTRY + OTHERS)
def test_the_models_take_every_message(variant: str) -> None:
    model = TypeAdapter[Any](AnyIotEvent).validate_python(event(variant))

    assert isinstance(model, IoTCoreRegistryEventsBase) == (variant in REGISTRY)
    assert "CERTIFICATE" not in repr(model)


def test_a_built_event_is_told_apart_too() -> None:
    model = IotThingEvent.model_validate(event("thing"))

    assert TypeAdapter[Any](IotThingEvent).validate_python(model) is model


@pytest.mark.parametrize("value", [None, [], "x", {}, {"eventType": "OTHER"}, {"clickType": "SINGLE"}], ids=repr)
def test_anything_else_is_a_validation_error(value: object) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter[Any](AnyIotEvent).validate_python(value)
