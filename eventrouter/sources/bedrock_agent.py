"""Amazon Bedrock agents: an action group with an OpenAPI schema calls one of its operations.

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
    return is_action(event) and type(event.get("apiPath")) is str and type(event.get("httpMethod")) is str


def keys(record: JsonObject) -> Mapping[str, str]:
    return {
        "path": text_at(record, "apiPath"),
        "method": text_at(record, "httpMethod").upper(),
        "action_group": text_at(record, "actionGroup"),
        "agent": text_at(record, "agent", "name"),
    }


def reply(outcome: Outcome) -> JsonValue:
    event = outcome.records[0]

    def write(value: object) -> JsonObject:
        from .._json import dump

        return {
            "apiPath": event["apiPath"],
            "httpMethod": event["httpMethod"],
            "httpStatusCode": 200,
            "responseBody": {"application/json": {"body": dump(value)}},
        }

    return answered(outcome, write)


def operation(
    path: NameSpec = None,
    method: str | None = None,
    *,
    action_group: NameSpec = None,
    agent: NameSpec = None,
    **options: Unpack[RouteOptions],
) -> Pattern:
    """Operations that a Bedrock agent calls; the handler's value is the JSON body of a 200.

    For another status, session attributes and the like, return the whole answer (``messageVersion``, ``response``). An
    exception fails the agent's call.

    Args:
        path: The path as the OpenAPI schema has it, ``/claims/{claimId}``; left out: every path.
        method: The HTTP method; left out: every method.
        action_group: The action group's name.
        agent: The agent's name.
    """
    names = [("path", path), ("method", method and method.upper()), ("action_group", action_group), ("agent", agent)]
    return Pattern("bedrock_agent", names, options=options)


SOURCE = Source(
    "bedrock_agent",
    detect=detect,
    anchors=("actionGroup",),
    keys=keys,
    order=("path", "method", "action_group", "agent"),
    types={
        "eventrouter.models.bedrock_agent:BedrockAgentEvent": "event",
        "aws_lambda_powertools.utilities.parser.models.bedrock_agent:BedrockAgentEventModel": "event",
        "aws_lambda_powertools.utilities.data_classes.bedrock_agent_event:BedrockAgentEvent": "event",
    },
    evidence=("actionGroup", "apiPath", "httpMethod"),
    model="eventrouter.models.bedrock_agent:BedrockAgentEvent",
    offer="BedrockAgentEvent",
    reply=reply,
    max_response=MAX_RESPONSE,
    secret_paths=SECRET_PATHS,
    paste=pasted("bedrock_agent", "path", "method"),
)
