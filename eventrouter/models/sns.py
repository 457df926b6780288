"""Amazon SNS messages, typed: Powertools' models, tolerant, with a typed message, and without changing their input.

https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html
https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, ClassVar, Generic

from aws_lambda_powertools.utilities.parser.models.sns import SnsMsgAttributeModel, SnsNotificationModel, SnsRecordModel
from pydantic import AliasChoices, ConfigDict, Field, model_validator
from typing_extensions import TypeVar

from ._fields import JsonText, Model, Raw

Message = TypeVar("Message", default=str)

TOLERANT = ConfigDict(extra="allow", populate_by_name=True, defer_build=True)


class SnsMessageAttribute(SnsMsgAttributeModel):
    """A message attribute."""

    model_config = TOLERANT


class SnsNotification(SnsNotificationModel, Generic[Message]):
    """A message with its envelope: ``record.Sns``, and what a topic puts into the body of a queue's message.

    ``Message`` is JSON of ``Message``, or the text as sent where that is ``str``.
    """

    model_config = TOLERANT

    Message: Annotated[Message, JsonText]  # type: ignore[assignment]
    Subject: str | None = None
    MessageAttributes: dict[str, SnsMessageAttribute] | None = None  # type: ignore[assignment]
    # In a queue these two end in ``URL``. Text, since that is what Powertools' URLs are compared with.
    UnsubscribeUrl: str | None = Field(  # type: ignore[assignment]
        None, validation_alias=AliasChoices("UnsubscribeUrl", "UnsubscribeURL"), repr=False
    )
    SigningCertUrl: str | None = Field(  # type: ignore[assignment]
        None, validation_alias=AliasChoices("SigningCertUrl", "SigningCertURL")
    )
    Signature: str | None = Field(None, repr=False)
    Timestamp: datetime | None = None  # type: ignore[assignment]

    @model_validator(mode="before")
    @classmethod
    def check_sqs_protocol(cls, values: Any) -> Any:
        """Takes the place of Powertools' own, which moves keys in the dict it is given."""
        return values


class SnsRecord(Raw, SnsRecordModel, Generic[Message]):
    """One SNS message: ``record.Sns.Subject``, ``record.Sns.Message``."""

    model_config = TOLERANT
    payload_at: ClassVar[str] = "Sns.Message"

    EventVersion: str = "1.0"
    EventSubscriptionArn: str = ""
    Sns: SnsNotification[Message]


class SnsEvent(Raw, Model, Generic[Message]):
    """The messages of one event; so far AWS sends one at a time."""

    Records: Sequence[SnsRecord[Message]]

    @model_validator(mode="before")
    @classmethod
    def _from_list(cls, value: Any) -> Any:
        return {"Records": value} if isinstance(value, list) else value
