"""Operations and functions that an agent of Amazon Bedrock calls."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ._made import check_one_of, impossible, json_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...types import JsonObject

_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def bedrock_agent(
    path: str = "/orders",
    method: str = "GET",
    *,
    parameters: Mapping[str, object] | None = None,
    properties: Mapping[str, object] | None = None,
    action_group: str = "Orders",
    agent: str = "shop-desk",
    input_text: str = "Which orders are open?",
    session_id: str = "410275639017",
    session_attributes: Mapping[str, str] | None = None,
    prompt_session_attributes: Mapping[str, str] | None = None,
) -> JsonObject:
    """An agent calls an operation of an action group that has an OpenAPI schema.

    Args:
        path: As in the schema: ``/orders/{order_id}``.
        method: As in the schema.
        parameters: Of path and query; their types follow their values.
        properties: Of the body; their types follow their values.
        action_group: Its name.
        agent: Its name.
        input_text: What the user said.
        session_id: Of the conversation.
        session_attributes: Kept for the conversation.
        prompt_session_attributes: Kept for this turn.

    Raises:
        ImpossibleEventError: There is no such operation.

    Reference:
        https://docs.aws.amazon.com/bedrock/latest/userguide/agents-lambda.html
    """
    if not path.startswith("/"):
        raise impossible("bedrock_agent(path)", path, "a path of a schema begins with a slash")
    check_one_of("bedrock_agent(method)", method.upper(), _METHODS)
    event = _event(
        action_group, agent, input_text, session_id, parameters, session_attributes, prompt_session_attributes
    )
    event |= {"apiPath": path, "httpMethod": method.upper()}
    if properties is not None:
        event["requestBody"] = {"content": {"application/json": {"properties": _typed(properties)}}}
    return event


def bedrock_agent_function(
    function: str = "open_orders",
    *,
    parameters: Mapping[str, object] | None = None,
    action_group: str = "Orders",
    agent: str = "shop-desk",
    input_text: str = "Which orders are open?",
    session_id: str = "410275639017",
    session_attributes: Mapping[str, str] | None = None,
    prompt_session_attributes: Mapping[str, str] | None = None,
) -> JsonObject:
    """An agent calls a function of an action group that has function details.

    Args:
        function: Its name.
        parameters: Their types follow their values.
        action_group: Its name.
        agent: Its name.
        input_text: What the user said.
        session_id: Of the conversation.
        session_attributes: Kept for the conversation.
        prompt_session_attributes: Kept for this turn.

    Reference:
        https://docs.aws.amazon.com/bedrock/latest/userguide/agents-lambda.html
    """
    event = _event(
        action_group, agent, input_text, session_id, parameters, session_attributes, prompt_session_attributes
    )
    return {**event, "function": function}


def _event(
    action_group: str,
    agent: str,
    input_text: str,
    session_id: str,
    parameters: Mapping[str, object] | None,
    session: Mapping[str, str] | None,
    prompt: Mapping[str, str] | None,
) -> JsonObject:
    return {
        "messageVersion": "1.0",
        "agent": {"name": agent, "id": "AG7XK2P1QQ", "alias": "LIVEALIAS1", "version": "3"},
        "inputText": input_text,
        "sessionId": session_id,
        "actionGroup": action_group,
        "parameters": _typed(parameters or {}),
        "sessionAttributes": dict(session or {}),
        "promptSessionAttributes": dict(prompt or {}),
    }


def _typed(values: Mapping[str, object]) -> list[dict[str, Any]]:
    """Values as an agent writes them: all of them text, beside what the schema calls their type."""
    return [{"name": name, "type": _type(value), "value": _text(value)} for name, value in values.items()]


def _type(value: object) -> str:
    for name, kinds in (("boolean", bool), ("integer", int), ("number", float), ("array", list), ("string", str)):
        if isinstance(value, kinds):
            return name
    return "object"


def _text(value: object) -> str:
    return value if isinstance(value, str) else json_of(value)
