"""EventBridge's envelope, typed: Powertools' model, tolerant and with a typed detail.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-structure.html
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Generic

from aws_lambda_powertools.utilities.parser.models.event_bridge import EventBridgeModel
from pydantic import BeforeValidator, ConfigDict, Field, ValidationInfo, field_validator
from typing_extensions import TypeVar

from ._fields import Raw, loads

Detail = TypeVar("Detail", default=dict[str, Any])


def _version(value: object) -> object:
    # Hand-made events often have the number.
    return str(value) if isinstance(value, int) else value


class EventBridgeEvent(Raw, EventBridgeModel, Generic[Detail]):
    """One event. What an abridged one may lack is empty."""

    model_config = ConfigDict(extra="allow", populate_by_name=True, defer_build=True)

    version: Annotated[str, BeforeValidator(_version)] = "0"
    id: str = ""
    account: str = ""
    region: str = ""
    resources: list[str] = Field(default_factory=list)
    detail: Detail  # type: ignore[assignment]

    @field_validator("detail", mode="before")
    def validate_detail(cls, v: Any, fields: ValidationInfo) -> Any:
        """EventBridge Scheduler may write the detail as JSON text."""
        return loads(v) if isinstance(v, str) and fields.data.get("source") == "aws.scheduler" else v


class ScheduledEvent(EventBridgeEvent[Detail], Generic[Detail]):
    """What a schedule starts. ``time`` is None for a schedule with its own input whose template does not write it."""

    time: datetime | None = None  # type: ignore[assignment]
