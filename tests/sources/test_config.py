"""AWS Config rules: routed by rule, message and resource, answered by an API call."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError

from eventrouter._sniff import sniff
from eventrouter.context import Invocation, LambdaContext
from eventrouter.models.config import ConfigEvent
from eventrouter.source import Outcome
from eventrouter.sources.config import SOURCE, detect, keys, rule

EVENTS = Path(__file__).parent / "events"
ARN = "arn:aws:config:eu-west-1:210987654321:config-rule/config-rule-k3x9aa"


class Limits(BaseModel):
    maxAgeDays: int


def event(variant: str = "") -> Any:
    return json.loads((EVENTS / f"config{variant}.json").read_text())


@pytest.mark.parametrize("variant", ["", "-oversized", "-scheduled"])
def test_an_evaluation_is_told(variant: str) -> None:
    assert sniff(event(variant)) is SOURCE


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        {"invokingEvent": "{}"},
        {"invokingEvent": "{}", "resultToken": "t"},
        {"invokingEvent": {}, "resultToken": "t", "configRuleName": "r"},
    ],
    ids=repr,
)
def test_half_an_event_is_not_claimed(value: object) -> None:
    assert not detect(value)


@pytest.mark.parametrize(
    ("variant", "message_type", "resource_type"),
    [
        ("", "ConfigurationItemChangeNotification", "AWS::IAM::User"),
        ("-oversized", "OversizedConfigurationItemChangeNotification", "AWS::IAM::User"),
        ("-scheduled", "ScheduledNotification", ""),
    ],
)
def test_routes_match_rule_message_and_resource(variant: str, message_type: str, resource_type: str) -> None:
    assert keys(event(variant)) == {
        "rule": "keys-are-rotated",
        "rule_arn": ARN,
        "message_type": message_type,
        "resource_type": resource_type,
    }


@pytest.mark.parametrize("text", [None, "", "not JSON", "[]", "[" * 100_000, "9" * 5000, '{"messageType":1}', "\ud800"])
def test_keys_never_fail(text: object) -> None:
    assert keys({"invokingEvent": text}) == {"rule": "", "rule_arn": "", "message_type": "", "resource_type": ""}


def test_a_returned_value_reports_nothing() -> None:
    given = event()

    assert SOURCE.completion == "callback"
    assert SOURCE.complete is None
    assert "put_evaluations" in SOURCE.offer
    assert SOURCE.reply(Outcome(Invocation(given, LambdaContext(), SOURCE), [given], {}, {})) is None


def test_a_failure_is_raised() -> None:
    given = event()

    with pytest.raises(LookupError):
        SOURCE.reply(Outcome(Invocation(given, LambdaContext(), SOURCE), [given], {}, {0: LookupError()}))


def test_routes_name_what_they_want() -> None:
    pattern = rule("keys-*", message_type="ScheduledNotification", resource_type={"prefix": "AWS::IAM::"})

    assert pattern.names == (
        ("rule", "keys-*"),
        ("message_type", "ScheduledNotification"),
        ("resource_type", {"prefix": "AWS::IAM::"}),
    )
    assert SOURCE.paste is not None
    assert SOURCE.paste(keys(event())) == '@app.config("keys-are-rotated", complete=False)'


def test_an_evaluation_is_typed_and_hides_its_token() -> None:
    model = ConfigEvent[Limits].model_validate(event())

    assert model.invokingEvent.configurationItem is not None
    assert model.invokingEvent.configurationItem["resourceType"] == "AWS::IAM::User"
    assert model.ruleParameters == Limits(maxAgeDays=90)
    assert model.resultToken == "not-a-real-result-token"
    assert "not-a-real" not in repr(model)


def test_parameters_are_an_object_unless_asked_for_as_text() -> None:
    assert TypeAdapter[Any](ConfigEvent).validate_python(event()).ruleParameters == {"maxAgeDays": "90"}
    assert ConfigEvent[str].model_validate(event()).ruleParameters == '{"maxAgeDays":"90"}'
    assert TypeAdapter[Any](ConfigEvent).validate_python(event("-scheduled")).ruleParameters is None


def test_an_oversized_change_has_a_summary() -> None:
    model = TypeAdapter[Any](ConfigEvent).validate_python(event("-oversized"))

    assert model.invokingEvent.configurationItemSummary["changeType"] == "UPDATE"


@pytest.mark.parametrize(
    "value",
    [None, [], {}, {"resultToken": "t", "configRuleName": "r", "invokingEvent": "[" * 10_000}],
    ids=lambda value: repr(value)[:40],
)
def test_anything_else_is_a_validation_error(value: object) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter[Any](ConfigEvent).validate_python(value)
