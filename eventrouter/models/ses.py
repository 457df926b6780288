"""Incoming mail of Amazon SES, typed: Powertools' models, which refuse synchronous rules and mails without a subject.

https://docs.aws.amazon.com/ses/latest/dg/receiving-email-action-lambda-event.html
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from aws_lambda_powertools.utilities.parser.models import ses
from pydantic import ConfigDict, Field

from ._fields import Model, Raw

_TOLERANT = ConfigDict(extra="allow", populate_by_name=True, defer_build=True)


class SesReceiptVerdict(ses.SesReceiptVerdict):
    """``PASS``, ``FAIL``, ``GRAY``, ``PROCESSING_FAILED`` or ``DISABLED``."""

    model_config = _TOLERANT

    status: str  # type: ignore[assignment]


class SesReceiptAction(ses.SesReceiptAction):
    """The rule's action; a Lambda action has a function and an invocation type, the others what they need."""

    model_config = _TOLERANT

    type: str  # type: ignore[assignment]
    invocationType: str | None = None  # type: ignore[assignment]
    functionArn: str | None = None  # type: ignore[assignment]
    topicArn: str | None = None


class SesReceipt(ses.SesReceipt):
    """What SES found out about the mail."""

    model_config = _TOLERANT

    processingTimeMillis: int
    spamVerdict: SesReceiptVerdict | None = None  # type: ignore[assignment]
    virusVerdict: SesReceiptVerdict | None = None  # type: ignore[assignment]
    spfVerdict: SesReceiptVerdict | None = None  # type: ignore[assignment]
    dkimVerdict: SesReceiptVerdict | None = None
    dmarcVerdict: SesReceiptVerdict | None = None  # type: ignore[assignment]
    dmarcPolicy: str | None = None
    action: SesReceiptAction


class SesMailCommonHeaders(ses.SesMailCommonHeaders):
    """The headers that most mails have."""

    model_config = _TOLERANT

    header_from: list[str] | None = Field(None, alias="from")  # type: ignore[assignment]
    to: list[str] | None = None  # type: ignore[assignment]
    returnPath: str | None = None  # type: ignore[assignment]
    messageId: str | None = None  # type: ignore[assignment]
    date: str | None = None  # type: ignore[assignment]
    subject: str | None = None  # type: ignore[assignment]


class SesMail(ses.SesMail):
    """The mail's envelope and headers; SES does not send the body."""

    model_config = _TOLERANT

    source: str | None = None  # type: ignore[assignment]
    headersTruncated: bool | None = None  # type: ignore[assignment]
    headers: list[ses.SesMailHeaders] = Field(default_factory=list)
    commonHeaders: SesMailCommonHeaders


class SesMessage(ses.SesMessage):
    """A mail and its receipt."""

    model_config = _TOLERANT

    mail: SesMail
    receipt: SesReceipt


class SesRecord(Raw, ses.SesRecordModel):
    """One incoming mail."""

    model_config = _TOLERANT

    eventSource: Literal["aws:ses"]
    eventVersion: str | None = None  # type: ignore[assignment]
    ses: SesMessage


class SesEvent(Raw, Model):
    """An incoming mail, in the list that SES puts it in."""

    Records: Sequence[SesRecord]
