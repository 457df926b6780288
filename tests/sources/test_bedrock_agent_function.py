"""Bedrock agents' action groups with function details."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from aws_lambda_powertools.utilities.parser.models.bedrock_agent import BedrockAgentFunctionEventModel

from eventrouter._sniff import sniff
from eventrouter.context import Invocation, LambdaContext
from eventrouter.models.bedrock_agent import BedrockAgentFunctionEvent
from eventrouter.source import Outcome
from eventrouter.sources.bedrock_agent_function import SOURCE, detect, function, keys, reply

EVENTS = Path(__file__).parent / "events"


def event() -> Any:
    return json.loads((EVENTS / "bedrock_agent_function.json").read_text())


def answer(result: object) -> Any:
    record = event()
    return reply(Outcome(Invocation(record, LambdaContext(), SOURCE), [record], {0: result}, {}))


def test_a_function_call_is_told() -> None:
    assert sniff(event()).name == "bedrock_agent_function"


@pytest.mark.parametrize("missing", ["actionGroup", "agent", "messageVersion", "function"])
def test_half_an_event_is_not_claimed(missing: str) -> None:
    half = event()
    del half[missing]

    assert not detect(half)


def test_an_api_operation_is_not_claimed() -> None:
    assert not detect(event() | {"apiPath": "/trips"})


def test_routes_can_name_the_function() -> None:
    assert keys(event()) == {"function": "open_trips", "action_group": "Trips", "agent": "travel-desk"}


@pytest.mark.parametrize(("value", "text"), [("none open", "none open"), (["t-9"], '["t-9"]'), ({"n": 1}, '{"n":1}')])
def test_the_agent_reads_text_as_it_is_and_the_rest_as_json(value: object, text: str) -> None:
    assert answer(value) == {
        "messageVersion": "1.0",
        "response": {
            "actionGroup": "Trips",
            "function": "open_trips",
            "functionResponse": {"responseBody": {"TEXT": {"body": text}}},
        },
    }


def test_a_complete_answer_is_sent_as_it_is() -> None:
    reprompt = {"messageVersion": "1.0", "response": {"functionResponse": {"responseState": "REPROMPT"}}}

    assert answer(reprompt) == reprompt


def test_a_value_that_only_looks_like_an_answer_is_a_value() -> None:
    reply = answer({"messageVersion": "1.0", "response": "yes"})

    assert reply["response"]["function"] == "open_trips"


def test_routes_name_function_group_and_agent() -> None:
    pattern = function("open_trips", action_group="Trips", agent="travel-desk")

    assert pattern.names == (("function", "open_trips"), ("action_group", "Trips"), ("agent", "travel-desk"))
    assert SOURCE.paste is not None
    assert SOURCE.paste(keys(event())) == '@app.bedrock_agent_function("open_trips")'


def test_the_model_is_powertools_own() -> None:
    model = BedrockAgentFunctionEvent.model_validate(event())

    assert isinstance(model, BedrockAgentFunctionEventModel)
    assert model.parameters is not None and model.parameters[0].value == "5"
