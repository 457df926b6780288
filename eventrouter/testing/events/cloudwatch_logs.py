"""Log events of Amazon CloudWatch Logs, as a subscription filter sends them."""

from __future__ import annotations

import base64
import gzip
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TypedDict, Unpack

from ._made import (
    ACCOUNT,
    MOMENT,
    Ids,
    Payload,
    Record,
    arn,
    batch_of,
    check_length,
    check_name,
    impossible,
    json_of,
    milliseconds,
    split_records,
    text_of,
    without_none,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...types import JsonObject

#: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html
MAX_MESSAGE = 1024 * 1024
STREAM = "2026/01/15/[$LATEST]0123456789abcdef0123456789abcdef"


class CloudwatchLogsFields(TypedDict, total=False):
    """What can be said of a log event beside its message.

    Attributes:
        id: Default: made of ``ids``.
        time: When it was logged.
        extracted: What the filter's pattern has found, and the system fields that the filter emits: text by name.
        ids: Default: made of what the event carries.
    """

    id: str
    time: datetime
    extracted: Mapping[str, str]
    ids: Ids


def cloudwatch_logs(
    *messages: Payload,
    group: str = "/aws/lambda/shop",
    stream: str = STREAM,
    filters: Sequence[str] = ("all",),
    policy_level: str | None = None,
    account: str = ACCOUNT,
    **fields: Unpack[CloudwatchLogsFields],
) -> JsonObject:
    """Log events of one stream of one log group.

    Args:
        messages: Text, or anything that has a JSON form. What :func:`cloudwatch_logs_record` made is taken as it is.
        group: The name of the log group.
        stream: The name of the log stream.
        filters: The names of the subscription filters.
        policy_level: ``"ACCOUNT_LEVEL_POLICY"`` where the subscription is the account's; default: it is not told.
        account: The log group's.
        fields: Of every log event.

    Raises:
        ImpossibleEventError: CloudWatch has no such log event.

    Reference:
        https://docs.aws.amazon.com/lambda/latest/dg/services-cloudwatchlogs.html
        https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters-AccountLevel.html
    """
    split_records(messages, fields, "cloudwatch_logs")
    check_name("cloudwatch_logs(group=)", group, others="_-/.#", high=512)
    check_length("cloudwatch_logs(stream=)", stream, 1, 512)
    if not {":", "*"}.isdisjoint(stream):
        raise impossible("cloudwatch_logs(stream=)", stream, "a log stream's name has no : and no *")
    fields.setdefault("ids", Ids.of(group, stream, *messages))
    # Of no region or service: only to refuse what is no account.
    arn("logs", group, "", account)
    events = [
        dict(each) if isinstance(each, Record) else dict(cloudwatch_logs_record(each, **fields)) for each in messages
    ]
    event = _delivery(
        without_none(
            messageType="DATA_MESSAGE",
            owner=account,
            logGroup=group,
            logStream=stream,
            subscriptionFilters=[*filters],
            policyLevel=policy_level,
            logEvents=events,
        )
    )
    return batch_of("cloudwatch_logs", events, event, limit=None)


def cloudwatch_logs_record(message: Payload, **fields: Unpack[CloudwatchLogsFields]) -> Record:
    """One log event, for :func:`cloudwatch_logs`.

    Raises:
        ImpossibleEventError: CloudWatch has no such log event.

    Reference:
        https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_InputLogEvent.html
    """
    text = text_of("cloudwatch_logs(message)", message)
    if not text:
        raise impossible("cloudwatch_logs(message)", text, "a log event is not empty")
    size = len(text.encode())
    if size > MAX_MESSAGE:
        raise impossible("cloudwatch_logs(message)", f"of {size} bytes", f"a log event has at most {MAX_MESSAGE} bytes")
    ids = fields.get("ids") or Ids.of(text)
    extracted = fields.get("extracted")
    return Record(
        without_none(
            id=fields.get("id") or ids.number(56),
            timestamp=milliseconds(fields.get("time", MOMENT)),
            message=text,
            extractedFields=None if extracted is None else dict(extracted),
        )
    )


def cloudwatch_logs_control(*, time: datetime = MOMENT) -> JsonObject:
    """What CloudWatch sends to find out whether the function can be reached; it has no log events.

    Reference:
        https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html
    """
    return _delivery(
        {
            "messageType": "CONTROL_MESSAGE",
            "owner": "CloudwatchLogs",
            "logGroup": "",
            "logStream": "",
            "subscriptionFilters": [],
            "logEvents": [
                {
                    "id": "",
                    "timestamp": milliseconds(time),
                    "message": "CWL CONTROL MESSAGE: Checking health of destination Lambda function.",
                }
            ],
        }
    )


def _delivery(decoded: JsonObject) -> JsonObject:
    # Without the time: the same call makes the same event.
    packed = gzip.compress(json_of(decoded).encode(), mtime=0)
    return {"awslogs": {"data": base64.b64encode(packed).decode()}}
