"""Amazon S3 notifications, typed: Powertools' models, tolerant, with the key as the object has it.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from aws_lambda_powertools.utilities.parser.models import s3 as powertools
from pydantic import ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from ..sources._s3 import decoded_key
from ..sources.s3 import is_test_event
from ._fields import Model, Raw

TOLERANT = ConfigDict(extra="allow", populate_by_name=True, defer_build=True)


class S3Identity(powertools.S3Identity):
    """Who caused the event."""

    model_config = TOLERANT

    principalId: str | None = None  # type: ignore[assignment]


class S3RequestParameters(powertools.S3RequestParameters):
    """Where the request came from: an address, or the name of a service of AWS."""

    model_config = TOLERANT

    sourceIPAddress: str | None = None  # type: ignore[assignment]


class S3ResponseElements(powertools.S3ResponseElements):
    """What AWS support asks for."""

    model_config = TOLERANT

    x_amz_request_id: str | None = Field(None, alias="x-amz-request-id")  # type: ignore[assignment]
    x_amz_id_2: str | None = Field(None, alias="x-amz-id-2")  # type: ignore[assignment]


class S3Bucket(powertools.S3Bucket):
    """The bucket."""

    model_config = TOLERANT

    ownerIdentity: S3Identity | None = None  # type: ignore[assignment]
    arn: str | None = None  # type: ignore[assignment]


class S3Object(powertools.S3Object):
    """The object; its ``key`` is form-encoded, see ``S3Record.key``."""

    model_config = TOLERANT


class S3Message(powertools.S3Message):
    """What happened, to which object of which bucket."""

    model_config = TOLERANT

    s3SchemaVersion: str | None = None  # type: ignore[assignment]
    configurationId: str | None = None  # type: ignore[assignment]
    bucket: S3Bucket
    object: S3Object | None = None
    get_object: S3Object | None = None


class S3Record(Raw, powertools.S3RecordModel):
    """One notification."""

    model_config = TOLERANT

    eventVersion: str | None = None  # type: ignore[assignment]
    awsRegion: str | None = None  # type: ignore[assignment]
    eventTime: datetime | None = None  # type: ignore[assignment]
    userIdentity: S3Identity | None = None  # type: ignore[assignment]
    requestParameters: S3RequestParameters | None = None  # type: ignore[assignment]
    responseElements: S3ResponseElements | None = None  # type: ignore[assignment]
    s3: S3Message
    # Kept as they came: the events that carry them differ from what Powertools wants of them.
    glacierEventData: dict[str, Any] | None = None  # type: ignore[assignment]
    intelligentTieringEventData: dict[str, Any] | None = None  # type: ignore[assignment]

    @model_validator(mode="before")
    @classmethod
    def validate_s3_object(cls, values: Any) -> Any:
        """Takes the place of Powertools' own, which fails on records that are not complete, and not always politely."""
        return values

    @property
    def key(self) -> str:
        """The object's key, as S3's own API takes it; ``""`` where the event is about no object."""
        return decoded_key(self.raw_key)

    @property
    def raw_key(self) -> str:
        """The object's key as the notification has it: form-encoded, a space as ``+``."""
        found = self.s3.object or self.s3.get_object
        return found.key if found is not None else ""

    @property
    def bucket_name(self) -> str:
        """The bucket's name."""
        return self.s3.bucket.name


class S3Event(Raw, Model):
    """The notifications of one event; none in the test event that S3 sends when notifications are configured."""

    Records: Sequence[S3Record] = ()

    @model_validator(mode="before")
    @classmethod
    def _from_list_or_test(cls, value: Any) -> Any:
        if isinstance(value, list):
            return {"Records": value}
        if isinstance(value, dict) and "Records" not in value and not is_test_event(value):
            raise PydanticCustomError("s3_event", "Value should have Records, or be the test event")
        return value
