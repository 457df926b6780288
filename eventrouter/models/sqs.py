"""Amazon SQS messages, typed: Powertools' model, tolerant and with a typed body.

https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, ClassVar, Generic

from aws_lambda_powertools.utilities.parser.models.sqs import SqsMsgAttributeModel, SqsRecordModel
from pydantic import ConfigDict, Field, model_validator
from typing_extensions import TypeVar

from ._fields import JsonText, Model, Raw

Body = TypeVar("Body", default=str)


class SqsMessageAttribute(SqsMsgAttributeModel):
    """A message attribute."""

    # Powertools' defaults are mutable, and pydantic copies those for every attribute: 2 µs each.
    stringListValues: list[str] = Field(default_factory=list)
    binaryListValues: list[str] = Field(default_factory=list)


class SqsRecord(Raw, SqsRecordModel, Generic[Body]):
    """One SQS message. ``body`` is JSON of ``Body``, or the text as sent where that is ``str``."""

    model_config = ConfigDict(extra="allow", defer_build=True)
    payload_at: ClassVar[str] = "body"

    body: Annotated[Body, JsonText]  # type: ignore[assignment]
    messageAttributes: dict[str, SqsMessageAttribute] = Field(default_factory=dict)  # type: ignore[assignment]
    md5OfBody: str = ""
    md5OfMessageAttributes: str | None = None


class SqsEvent(Raw, Model, Generic[Body]):
    """A batch of SQS messages; EventBridge Pipes delivers the bare list of them."""

    Records: Sequence[SqsRecord[Body]]

    @model_validator(mode="before")
    @classmethod
    def _from_pipes(cls, value: Any) -> Any:
        return {"Records": value} if isinstance(value, list) else value
