"""Amazon Bedrock agents: an action group with function details calls one of its functions.

Event and reply: https://docs.aws.amazon.com/bedrock/latest/userguide/agents-lambda.html
"""

from __future__ import annotations

from ..source import Pattern, Source
from ._bedrock import MAX_RESPONSE, SECRET_PATHS, answered, is_action
from ._read import pasted, text_at

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Unpack

    from ..source import Outcome
    from ..types import JsonObject, JsonValue, NameSpec, RouteOptions


def detect(event: JsonValue) -> bool:
    return is_action(event) and type(event.get("function")) is str and "apiPath" not in event


def keys(record: JsonObject) -> Mapping[str, str]:
    return {
        "function": text_at(record, "function"),
        "action_group": text_at(record, "actionGroup"),
        "agent": text_at(record, "agent", "name"),
    }


def reply(outcome: Outcome) -> JsonValue:
    event = outcome.records[0]

    def write(value: object) -> JsonObject:
        from .._json import dump

        text = value if isinstance(value, str) else dump(value)
        return {"function": event["function"], "functionResponse": {"responseBody": {"TEXT": {"body": text}}}}

    return answered(outcome, write)


def function(
    function: NameSpec = None,
    *,
    action_group: NameSpec = None,
    agent: NameSpec = None,
    **options: Unpack[RouteOptions],
) -> Pattern:
    """Functions that a Bedrock agent calls; the agent reads the handler's value, a ``str`` as it is, others as JSON.

    For a reprompt, session attributes and the like, return the whole answer (``messageVersion``, ``response``). An
    exception fails the agent's call.

    Args:
        function: The function's name; left out: every function.
        action_group: The action group's name.
        agent: The agent's name.
    """
    names = [("function", function), ("action_group", action_group), ("agent", agent)]
    return Pattern("bedrock_agent_function", names, options=options)


SOURCE = Source(
    "bedrock_agent_function",
    detect=detect,
    anchors=("actionGroup",),
    keys=keys,
    order=("function", "action_group", "agent"),
    types={
        "eventrouter.models.bedrock_agent:BedrockAgentFunctionEvent": "event",
        "aws_lambda_powertools.utilities.parser.models.bedrock_agent:BedrockAgentFunctionEventModel": "event",
        "aws_lambda_powertools.utilities.data_classes.bedrock_agent_function_event:BedrockAgentFunctionEvent": "event",
    },
    evidence=("actionGroup", "function"),
    model="eventrouter.models.bedrock_agent:BedrockAgentFunctionEvent",
    offer="BedrockAgentFunctionEvent",
    reply=reply,
    max_response=MAX_RESPONSE,
    secret_paths=SECRET_PATHS,
    paste=pasted("bedrock_agent_function", "function"),
)
