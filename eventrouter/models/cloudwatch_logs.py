"""CloudWatch log events, decoded and typed: Powertools' models of the decoded event.

Its model of the encoded one unpacks without a limit; ours opens the event as the source does.

https://docs.aws.amazon.com/lambda/latest/dg/services-cloudwatchlogs.html
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Generic

from aws_lambda_powertools.utilities.parser.models.cloudwatch import CloudWatchLogsDecode, CloudWatchLogsLogEvent
from pydantic import ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError
from typing_extensions import TypeVar

from ..errors import PayloadError
from ..sources.cloudwatch_logs import opened
from ._extract import extractor
from ._fields import JsonText, Raw

if TYPE_CHECKING:
    from ..context import Invocation
    from ..source import Extractor
    from ..types import JsonObject, Record

Message = TypeVar("Message", default=str)

_TOLERANT = ConfigDict(extra="allow", populate_by_name=True, defer_build=True)


class LogEvent(Raw, CloudWatchLogsLogEvent, Generic[Message]):
    """One log event and where it comes from. ``message`` is JSON of ``Message``, or the text where that is ``str``."""

    model_config = _TOLERANT

    message: Annotated[Message, JsonText]  # type: ignore[assignment]
    extractedFields: dict[str, Any] | None = None
    owner: str = ""
    logGroup: str = ""
    logStream: str = ""
    subscriptionFilters: list[str] = Field(default_factory=list)


class LogsEvent(Raw, CloudWatchLogsDecode, Generic[Message]):
    """The log events of one delivery, decoded. Its ``logEvents`` leave the log group to the event itself."""

    model_config = _TOLERANT

    logEvents: Sequence[LogEvent[Message]] = ()  # type: ignore[assignment]
    owner: str = ""
    logGroup: str = ""
    logStream: str = ""
    subscriptionFilters: list[str] = Field(default_factory=list)

    @model_validator(mode="before")
    @classmethod
    def _open(cls, value: Any) -> Any:
        """Take the event as it was delivered, too."""
        if not isinstance(value, dict) or "awslogs" not in value:
            return value
        try:
            return opened(value)
        except PayloadError as error:
            problem = error.errors[0]
            raise PydanticCustomError(problem["type"], problem["msg"]) from None


def model_of_decoded(annotation: type, decoded_of: Callable[[Invocation, Record], JsonObject]) -> Extractor:
    """Make an argument of a model of the decoded event, without decoding it again."""
    return extractor(annotation, "cloudwatch_logs event", decoded_of, lambda invocation, record: invocation.event)
