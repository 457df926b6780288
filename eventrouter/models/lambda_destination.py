"""Records of Lambda destinations, typed. Powertools has no model of them.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Generic

from pydantic import Field
from typing_extensions import TypeVar

from ._fields import Model, Raw

Request = TypeVar("Request", default=Any)
Response = TypeVar("Response", default=Any)


class LambdaDestinationRequestContext(Model):
    """Which invocation it was, and how it ended."""

    requestId: str | None = None
    functionArn: str
    #: ``Success``, ``RetriesExhausted``, ``EventAgeExceeded``, ``RetryAttemptsExhausted``, ...
    condition: str
    approximateInvokeCount: int | None = None


class LambdaDestinationResponseContext(Model):
    """What the function answered; absent where it was never invoked."""

    statusCode: int | None = None
    executedVersion: str | None = None
    #: ``Handled`` or ``Unhandled`` where it failed.
    functionError: str | None = None


class LambdaDestinationBatchInfo(Model):
    """Where the records of a stream's batch are. The records themselves are not sent."""

    shardId: str | None = None
    startSequenceNumber: str | None = None
    endSequenceNumber: str | None = None
    approximateArrivalOfFirstRecord: datetime | None = None
    approximateArrivalOfLastRecord: datetime | None = None
    batchSize: int | None = None
    streamArn: str | None = None


class LambdaDestinationEvent(Raw, Model, Generic[Request, Response]):
    """What became of an invocation. ``requestPayload`` is what the other function was sent."""

    version: str = "1.0"
    timestamp: datetime | None = None
    requestContext: LambdaDestinationRequestContext
    requestPayload: Request | None = Field(None, repr=False)
    responseContext: LambdaDestinationResponseContext | None = None
    responsePayload: Response | None = Field(None, repr=False)
    KinesisBatchInfo: LambdaDestinationBatchInfo | None = None
    DDBStreamBatchInfo: LambdaDestinationBatchInfo | None = None
