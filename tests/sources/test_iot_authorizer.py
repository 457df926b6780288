"""AWS IoT Core's custom authorizers."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from eventrouter._sniff import sniff
from eventrouter.answers import Allow, AllowDevice, Deny
from eventrouter.context import Invocation, LambdaContext
from eventrouter.errors import ReplyError
from eventrouter.models.iot import IotAuthorizerEvent
from eventrouter.source import Outcome
from eventrouter.sources.iot_authorizer import SOURCE, authorizer, detect, keys, reply

EVENTS = Path(__file__).parent / "events"
POLICY = {"Version": "2012-10-17", "Statement": [{"Action": "iot:Connect", "Effect": "Allow", "Resource": "*"}]}
YES = {
    "isAuthenticated": True,
    "principalId": "pump04",
    "disconnectAfterInSeconds": 3600,
    "refreshAfterInSeconds": 300,
    "policyDocuments": [POLICY],
}
NO = {
    "isAuthenticated": False,
    "principalId": "denied",
    "disconnectAfterInSeconds": 86_400,
    "refreshAfterInSeconds": 300,
    "policyDocuments": [],
}


def event(variant: str = "") -> Any:
    return json.loads((EVENTS / f"iot_authorizer{variant}.json").read_text())


def answer(result: object) -> Any:
    record = event()
    results = {} if result is None else {0: result}
    return reply(Outcome(Invocation(record, LambdaContext(), SOURCE), [record], results, {}))


@pytest.mark.parametrize("variant", ["", "-http"])
def test_a_connection_is_told_whatever_its_protocol(variant: str) -> None:
    assert sniff(event(variant)).name == "iot_authorizer"


@pytest.mark.parametrize("half", [{}, {"protocols": []}, {"protocolData": {}, "protocols": []}, [], None])
def test_half_an_event_is_not_claimed(half: object) -> None:
    assert not detect(half)


def test_routes_can_name_the_endpoint() -> None:
    assert keys(event("-http")) == {"endpoint": "fleet.example.com"}
    assert keys({"protocolData": {"tls": None}}) == {"endpoint": ""}
    assert authorizer("fleet.example.com").names == (("endpoint", "fleet.example.com"),)


def test_a_device_can_be_allowed() -> None:
    allow = AllowDevice(principal_id="pump04", policies=[POLICY], disconnect_after_seconds=3600)

    assert answer(allow) == YES
    assert repr(allow) == "AllowDevice(1 policies)"


@pytest.mark.parametrize("no", [False, Deny()])
def test_a_device_can_be_refused(no: object) -> None:
    assert answer(no) == NO


def test_a_complete_answer_is_sent_as_it_is() -> None:
    class Answer(BaseModel):
        isAuthenticated: bool = True
        principalId: str = "pump04"
        disconnectAfterInSeconds: int = 3600
        refreshAfterInSeconds: int = 300
        policyDocuments: list[dict[str, Any]] = [POLICY]

    @dataclass
    class No:
        isAuthenticated: bool = False

    assert answer(dict(YES)) == YES
    assert answer(Answer()) == YES
    assert answer(No()) == {"isAuthenticated": False}


@pytest.mark.parametrize(
    "value", [None, True, 1, "yes", [], {}, {"isAuthenticated": 1}, Allow(resources="all")], ids=repr
)
def test_truthy_values_let_nobody_in(value: object) -> None:
    with pytest.raises(ReplyError, match="an IoT authorizer cannot be answered with"):
        answer(value)


@pytest.mark.parametrize(
    "broken",
    [
        {"principalId": "pump-04"},
        {"principalId": ""},
        {"principalId": "pömp"},
        {"principalId": "x" * 129},
        {"principalId": None},
        {"disconnectAfterInSeconds": 299},
        {"disconnectAfterInSeconds": True},
        {"refreshAfterInSeconds": 86_401},
        {"refreshAfterInSeconds": "300"},
        {"policyDocuments": POLICY},
        {"policyDocuments": [POLICY] * 11},
        {"policyDocuments": [json.dumps(POLICY) + " " * 2_048]},
        {"policyDocuments": [POLICY | {"Id": "x" * 2_048}]},
    ],
    ids=lambda broken: str(broken)[:40],
)
def test_an_answer_against_iots_rules_is_an_error_in_words(broken: dict[str, Any]) -> None:
    with pytest.raises(ReplyError):
        answer(YES | broken)


def test_the_users_exception_is_raised_unchanged() -> None:
    record = event()

    with pytest.raises(LookupError):
        reply(Outcome(Invocation(record, LambdaContext(), SOURCE), [record], {}, {0: LookupError("who?")}))


def test_the_model_decodes_the_password_and_does_not_show_it() -> None:
    model = IotAuthorizerEvent.model_validate(event())

    assert model.protocolData.mqtt is not None
    assert model.protocolData.mqtt.password == b"open sesame"
    assert "sesame" not in repr(model) and "dev-token" not in repr(model)


def test_a_password_that_is_no_base64_is_a_validation_error() -> None:
    broken = event()
    broken["protocolData"]["mqtt"]["password"] = "%%%"

    with pytest.raises(ValidationError):
        IotAuthorizerEvent.model_validate(broken)


def test_a_decorator_can_be_pasted() -> None:
    assert SOURCE.paste is not None
    assert SOURCE.paste(keys(event())) == "@app.iot_authorizer()"
