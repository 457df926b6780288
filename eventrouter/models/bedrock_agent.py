"""Bedrock agents' calls, typed: Powertools' models, which keep unknown fields here and take what AWS leaves out.

https://docs.aws.amazon.com/bedrock/latest/userguide/agents-lambda.html
"""

from __future__ import annotations

from aws_lambda_powertools.utilities.parser.models.bedrock_agent import (
    BedrockAgentEventModel,
    BedrockAgentFunctionEventModel,
)
from pydantic import ConfigDict, Field

from ._fields import Raw

_TOLERANT = ConfigDict(extra="allow", populate_by_name=True, defer_build=True)


class BedrockAgentEvent(Raw, BedrockAgentEventModel):
    """One API operation that an agent calls."""

    model_config = _TOLERANT

    input_text: str = Field("", alias="inputText", repr=False)
    session_id: str = Field("", alias="sessionId")
    session_attributes: dict[str, str] | None = Field(None, alias="sessionAttributes", repr=False)  # type: ignore[assignment]
    prompt_session_attributes: dict[str, str] | None = Field(None, alias="promptSessionAttributes", repr=False)  # type: ignore[assignment]


class BedrockAgentFunctionEvent(Raw, BedrockAgentFunctionEventModel):
    """One function that an agent calls."""

    model_config = _TOLERANT

    input_text: str = Field("", alias="inputText", repr=False)
    session_id: str = Field("", alias="sessionId")
    session_attributes: dict[str, str] | None = Field(None, alias="sessionAttributes", repr=False)  # type: ignore[assignment]
    prompt_session_attributes: dict[str, str] | None = Field(None, alias="promptSessionAttributes", repr=False)  # type: ignore[assignment]
