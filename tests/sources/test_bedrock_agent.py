"""Bedrock agents' action groups with an OpenAPI schema."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from aws_lambda_powertools.utilities.parser.models.bedrock_agent import BedrockAgentEventModel
from pydantic import BaseModel

from eventrouter._sniff import sniff
from eventrouter.context import Invocation, LambdaContext
from eventrouter.errors import ReplyError
from eventrouter.models.bedrock_agent import BedrockAgentEvent
from eventrouter.source import Outcome
from eventrouter.sources.bedrock_agent import SOURCE, detect, keys, operation, reply

EVENTS = Path(__file__).parent / "events"


class Trip(BaseModel):
    to: str


def event(variant: str = "") -> Any:
    return json.loads((EVENTS / f"bedrock_agent{variant}.json").read_text())


def answer(result: object) -> Any:
    record = event()
    results = {} if result is None else {0: result}
    return reply(Outcome(Invocation(record, LambdaContext(), SOURCE), [record], results, {}))


@pytest.mark.parametrize("variant", ["", "-post"])
def test_a_call_is_no_http_request(variant: str) -> None:
    assert sniff(event(variant)).name == "bedrock_agent"


@pytest.mark.parametrize("missing", ["actionGroup", "agent", "messageVersion", "apiPath", "httpMethod"])
def test_half_an_event_is_not_claimed(missing: str) -> None:
    half = event()
    del half[missing]

    assert not detect(half)
    assert not detect([half])


def test_routes_can_name_the_operation() -> None:
    assert keys(event()) == {
        "path": "/trips/{tripId}",
        "method": "GET",
        "action_group": "Trips",
        "agent": "travel-desk",
    }
    assert keys({"agent": None}) == {"path": "", "method": "", "action_group": "", "agent": ""}


@pytest.mark.parametrize(
    ("value", "body"),
    [
        ({"to": "Oslo"}, '{"to":"Oslo"}'),
        (Trip(to="Oslo"), '{"to":"Oslo"}'),
        ("Oslo", '"Oslo"'),
        ([], "[]"),
        (None, "null"),
    ],
    ids=repr,
)
def test_the_value_is_the_json_body_of_a_200(value: object, body: str) -> None:
    assert answer(value) == {
        "messageVersion": "1.0",
        "response": {
            "actionGroup": "Trips",
            "apiPath": "/trips/{tripId}",
            "httpMethod": "GET",
            "httpStatusCode": 200,
            "responseBody": {"application/json": {"body": body}},
        },
    }


def test_a_complete_answer_is_sent_as_it_is() -> None:
    complete = {
        "messageVersion": "1.0",
        "response": {"actionGroup": "Trips", "httpStatusCode": 404},
        "sessionAttributes": {},
    }

    assert answer(complete) == complete


def test_a_value_without_json_form_is_an_error() -> None:
    with pytest.raises(ReplyError, match="no JSON form"):
        answer(object())


def test_a_failure_is_raised_unchanged() -> None:
    record = event()

    with pytest.raises(LookupError):
        reply(Outcome(Invocation(record, LambdaContext(), SOURCE), [record], {}, {0: LookupError("x")}))


def test_routes_name_path_and_method() -> None:
    pattern = operation("/trips/{tripId}", "get", action_group="Trips", agent="travel-*")

    assert pattern.names == (
        ("path", "/trips/{tripId}"),
        ("method", "GET"),
        ("action_group", "Trips"),
        ("agent", "travel-*"),
    )
    assert operation().names == ()
    assert SOURCE.paste is not None
    assert SOURCE.paste(keys(event())) == '@app.bedrock_agent("/trips/{tripId}", "GET")'


@pytest.mark.parametrize("variant", ["", "-post"])
def test_the_model_is_powertools_own(variant: str) -> None:
    model = BedrockAgentEvent.model_validate(event(variant))

    assert isinstance(model, BedrockAgentEventModel)
    assert model.action_group == "Trips"
