"""Shared by the two kinds of Bedrock agent action groups.

https://docs.aws.amazon.com/bedrock/latest/userguide/agents-lambda.html
"""

from __future__ import annotations

from ._answer import as_object, only_result
from ._read import text_at

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from ..source import Outcome
    from ..types import JsonObject, JsonValue

#: Bedrock takes no longer answer from an action group's function.
MAX_RESPONSE = 25 * 1024

SECRET_PATHS = ("inputText", "parameters", "requestBody", "sessionAttributes", "promptSessionAttributes")


def is_action(event: JsonValue) -> bool:
    """Whether an agent sends this; which kind of action group it is, the caller looks up."""
    return (
        type(event) is dict
        and type(event.get("actionGroup")) is str
        and type(event.get("agent")) is dict
        and type(event.get("messageVersion")) is str
    )


def answered(outcome: Outcome, write: Callable[[object], JsonObject]) -> JsonValue:
    """The handler's value in Bedrock's envelope; a value that is the whole envelope already passes as it is."""
    value = only_result(outcome)
    answer = as_object(value)
    if answer is not None and "messageVersion" in answer and isinstance(answer.get("response"), dict):
        return answer
    event = outcome.records[0]
    response = {"actionGroup": text_at(event, "actionGroup"), **write(value)}
    return {"messageVersion": text_at(event, "messageVersion"), "response": response}
