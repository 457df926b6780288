"""Amazon S3 Object Lambda's requests, typed: Powertools' model, with the operations beside GetObject.

Powertools takes GetObject alone, and rewrites the presigned URL, whose signature then need not hold.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/olap-event-context.html
"""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.parser.models import s3_object_event as powertools
from pydantic import ConfigDict, Field

from ._fields import Model, Raw

TOLERANT = ConfigDict(extra="allow", defer_build=True)


class S3ObjectContext(powertools.S3ObjectContext):
    """Where to read the object, and where to send what becomes of it."""

    model_config = TOLERANT

    inputS3Url: str = Field(repr=False)  # type: ignore[assignment]
    outputRoute: str = Field(repr=False)
    outputToken: str = Field(repr=False)


class S3InputContext(Model):
    """Where to ask S3 itself."""

    inputS3Url: str = Field(repr=False)


class S3ObjectConfiguration(powertools.S3ObjectConfiguration):
    """The access point; ``payload`` is the text that its configuration holds for the function."""

    model_config = TOLERANT

    payload: str = Field("", repr=False)


class S3ObjectUserRequest(powertools.S3ObjectUserRequest):
    """The request that S3 got."""

    model_config = TOLERANT

    headers: dict[str, str] = Field(default_factory=dict, repr=False)


class S3ObjectUserIdentity(Model):
    """Who asked, by kind (``Root``, ``IAMUser``, ``AssumedRole``, ...)."""

    type: str
    principalId: str | None = None
    arn: str | None = None
    accountId: str | None = None
    accessKeyId: str | None = Field(None, repr=False)
    userName: str | None = None
    sessionContext: dict[str, Any] | None = None


class S3ObjectLambdaEvent(Raw, powertools.S3ObjectLambdaEvent):
    """A request to an Object Lambda access point; the one context that is not None says which operation."""

    model_config = TOLERANT

    getObjectContext: S3ObjectContext | None = None  # type: ignore[assignment]
    headObjectContext: S3InputContext | None = None
    listObjectsContext: S3InputContext | None = None
    listObjectsV2Context: S3InputContext | None = None
    configuration: S3ObjectConfiguration
    userRequest: S3ObjectUserRequest
    userIdentity: S3ObjectUserIdentity | None = None  # type: ignore[assignment]
    xAmzRequestId: str = ""
    protocolVersion: str = ""
