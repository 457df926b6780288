"""AWS CodePipeline jobs, typed. Powertools has a data class of them, but no model.

https://docs.aws.amazon.com/codepipeline/latest/userguide/actions-invoke-lambda-function.html
"""

from __future__ import annotations

from typing import Annotated, Generic

from pydantic import Field
from typing_extensions import TypeVar

from ._fields import JsonText, Model, Raw

Parameters = TypeVar("Parameters", default=str)


class CodePipelineConfiguration(Model, Generic[Parameters]):
    """The action's configuration. ``UserParameters`` is JSON of ``Parameters``, or the text where that is ``str``."""

    FunctionName: str
    UserParameters: Annotated[Parameters, JsonText] | None = None


class CodePipelineActionConfiguration(Model, Generic[Parameters]):
    """The object that holds the configuration."""

    configuration: CodePipelineConfiguration[Parameters]


class CodePipelineS3Location(Model):
    """An object in the pipeline's bucket."""

    bucketName: str
    objectKey: str


class CodePipelineLocation(Model):
    """Where an artifact is."""

    type: str
    s3Location: CodePipelineS3Location | None = None


class CodePipelineArtifact(Model):
    """What the action reads or writes."""

    name: str
    revision: str | None = None
    location: CodePipelineLocation


class CodePipelineArtifactCredentials(Model):
    """The keys to the pipeline's bucket."""

    accessKeyId: str = Field(repr=False)
    secretAccessKey: str = Field(repr=False)
    sessionToken: str = Field(repr=False)
    #: Milliseconds since the epoch.
    expirationTime: int | None = None


class CodePipelineEncryptionKey(Model):
    """The key that the artifacts are encrypted with."""

    id: str
    type: str


class CodePipelineData(Model, Generic[Parameters]):
    """What the job is about."""

    actionConfiguration: CodePipelineActionConfiguration[Parameters]
    inputArtifacts: list[CodePipelineArtifact] = Field(default_factory=list)
    outputArtifacts: list[CodePipelineArtifact] = Field(default_factory=list)
    artifactCredentials: CodePipelineArtifactCredentials | None = None
    continuationToken: str | None = Field(None, repr=False)
    encryptionKey: CodePipelineEncryptionKey | None = None


class CodePipelineJob(Model, Generic[Parameters]):
    """The job. Its ``id`` is what ``PutJobSuccessResult`` and ``PutJobFailureResult`` want."""

    id: str
    accountId: str | None = None
    data: CodePipelineData[Parameters]


class CodePipelineJobEvent(Raw, Model, Generic[Parameters]):
    """A job that an invoke action hands over."""

    job: CodePipelineJob[Parameters] = Field(alias="CodePipeline.job")
