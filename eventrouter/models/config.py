"""AWS Config's requests for an evaluation, typed. Powertools has a data class of them, but no model.

https://docs.aws.amazon.com/config/latest/developerguide/evaluate-config_develop-rules_example-events.html
"""

from __future__ import annotations

from typing import Annotated, Any, Generic

from pydantic import BeforeValidator, Field, GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema
from typing_extensions import TypeVar

from ._fields import JsonText, Model, Raw

Parameters = TypeVar("Parameters", default=dict[str, Any])


class ParametersText:
    """``Annotated[T, ParametersText]``: JSON text of a ``T``; ``str`` is left as sent.

    Without a parameter it is still JSON: the default is an object.
    """

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        inner = handler(source)
        return inner if source is str else core_schema.json_schema(inner)


class ConfigInvokingEvent(Model):
    """What made Config ask: ``messageType`` says which of the others are there."""

    messageType: str
    awsAccountId: str | None = None
    notificationCreationTime: str | None = None
    recordVersion: str | None = None
    #: The resource as it is now, and what changed.
    configurationItem: dict[str, Any] | None = None
    configurationItemDiff: dict[str, Any] | None = None
    #: In place of both where they would be too large for the event.
    configurationItemSummary: dict[str, Any] | None = None
    #: Of a snapshot that was delivered.
    s3Bucket: str | None = None
    s3ObjectKey: str | None = None
    configSnapshotId: str | None = None


def _none_if_empty(value: object) -> object:
    return None if value == "" else value


class ConfigEvent(Raw, Model, Generic[Parameters]):
    """A request to evaluate. ``resultToken`` is what ``PutEvaluations`` wants."""

    version: str | None = None
    invokingEvent: Annotated[ConfigInvokingEvent, JsonText]
    ruleParameters: Annotated[Annotated[Parameters, ParametersText] | None, BeforeValidator(_none_if_empty)] = None
    resultToken: str = Field(repr=False)
    eventLeftScope: bool | None = None
    executionRoleArn: str | None = None
    configRuleArn: str | None = None
    configRuleName: str
    configRuleId: str | None = None
    accountId: str | None = None
    evaluationMode: str | None = None
