"""Amazon S3 Batch Operations, typed: Powertools' models, tolerant, and without changing their input.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/batch-ops-invoke-lambda.html
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aws_lambda_powertools.utilities.parser.models import s3_batch_operation as powertools
from pydantic import ConfigDict, Field, model_validator

from ..sources._s3 import decoded_key
from ._fields import Raw

TOLERANT = ConfigDict(extra="allow", populate_by_name=True, defer_build=True)


class S3BatchTask(Raw, powertools.S3BatchOperationTaskModel):
    """One object that the job is to do something with."""

    model_config = TOLERANT

    @model_validator(mode="before")
    @classmethod
    def validate_s3bucket(cls, values: Any) -> Any:
        """Takes the place of Powertools' own, which writes the bucket's name into the dict it is given."""
        return values

    @property
    def key(self) -> str:
        """The object's key, as S3's own API takes it."""
        return decoded_key(self.s3Key)

    @property
    def raw_key(self) -> str:
        """The object's key as the task has it: form-encoded, a space as ``+``."""
        return self.s3Key

    @property
    def bucket_name(self) -> str:
        """The bucket's name; version 1.0 of the schema has only its ARN."""
        return self.s3Bucket or (self.s3BucketArn or "").rpartition(":")[2]


class S3BatchJob(powertools.S3BatchOperationJobModel):
    """The job, with the arguments that its author gave it (schema 2.0)."""

    model_config = TOLERANT

    userArguments: dict[str, Any] | None = Field(None, repr=False)


class S3BatchEvent(Raw, powertools.S3BatchOperationModel):
    """Some tasks of a job; so far S3 sends one at a time."""

    model_config = TOLERANT

    invocationSchemaVersion: str  # type: ignore[assignment]
    job: S3BatchJob
    tasks: Sequence[S3BatchTask]  # type: ignore[assignment]
