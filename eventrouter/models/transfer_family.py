"""AWS Transfer Family's logins and workflow steps, typed. Powertools has the login, with a closed list of protocols.

https://docs.aws.amazon.com/transfer/latest/userguide/custom-lambda-idp.html
https://docs.aws.amazon.com/transfer/latest/userguide/custom-step-details.html
"""

from __future__ import annotations

from typing import Annotated, Any

from aws_lambda_powertools.utilities.parser.models.transfer_family import TransferFamilyAuthorizer
from pydantic import ConfigDict, Discriminator, Field, Tag

from ._fields import Model, Raw


class TransferFamilyAuthorizerEvent(Raw, TransferFamilyAuthorizer):
    """A user who logs in; no password where the client proves itself with a key."""

    model_config = ConfigDict(extra="allow", populate_by_name=True, defer_build=True)

    password: str | None = Field(None, repr=False)
    protocol: str  # type: ignore[assignment]
    source_ip: str = Field(alias="sourceIp")  # type: ignore[assignment]


class TransferFamilyExecution(Model):
    """The workflow and its run: two of the arguments of SendWorkflowStepState."""

    workflowId: str
    executionId: str


class TransferFamilyTransfer(Model):
    """The session in which the file was uploaded."""

    sessionId: str | None = None
    userName: str | None = None
    serverId: str | None = None


class TransferFamilyMetadata(Model):
    """Where a workflow step stands."""

    executionDetails: TransferFamilyExecution
    transferDetails: TransferFamilyTransfer | None = None


class TransferFamilyFile(Model):
    """The file: ``bucket`` and ``key`` where the domain is ``S3``, ``fileSystemId`` and ``path`` where it is ``EFS``."""

    domain: str
    bucket: str | None = None
    key: str | None = None
    eTag: str | None = None
    versionId: str | None = None
    fileSystemId: str | None = None
    path: str | None = None


class TransferFamilyWorkflowEvent(Raw, Model):
    """A custom step of a workflow. ``token`` goes back with SendWorkflowStepState."""

    token: str | None = Field(None, repr=False)
    serviceMetadata: TransferFamilyMetadata
    fileLocation: TransferFamilyFile


def _tag(value: Any) -> str:
    is_step = "serviceMetadata" in value if isinstance(value, dict) else hasattr(value, "serviceMetadata")
    return "workflow_step" if is_step else "identity_provider"


#: Whatever Transfer Family asks.
AnyTransferFamilyEvent = Annotated[
    Annotated[TransferFamilyAuthorizerEvent, Tag("identity_provider")]
    | Annotated[TransferFamilyWorkflowEvent, Tag("workflow_step")],
    Discriminator(_tag),
]
