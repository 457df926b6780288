"""AWS CodeCommit triggers, typed. Powertools has no model of them.

https://docs.aws.amazon.com/lambda/latest/dg/services-codecommit.html
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from pydantic import Field

from ._fields import Model, Raw


class CodeCommitReference(Model):
    """A branch or tag (``refs/heads/main``) and the commit it is at now."""

    ref: str
    commit: str | None = None
    created: bool | None = None
    deleted: bool | None = None


class CodeCommitChange(Model):
    """The references that changed."""

    references: list[CodeCommitReference] = Field(default_factory=list)


class CodeCommitRecord(Raw, Model):
    """One change in a repository."""

    eventId: str
    eventVersion: str | None = None
    eventTime: datetime | None = None
    eventTriggerName: str | None = None
    eventTriggerConfigId: str | None = None
    eventPartNumber: int | None = None
    eventTotalParts: int | None = None
    codecommit: CodeCommitChange
    eventName: str | None = None
    eventSource: str
    eventSourceARN: str
    userIdentityARN: str | None = None
    awsRegion: str | None = None
    customData: str | None = None


class CodeCommitEvent(Raw, Model):
    """Changes in a repository."""

    Records: Sequence[CodeCommitRecord]
