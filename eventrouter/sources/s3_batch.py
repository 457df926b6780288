"""Amazon S3 Batch Operations: a job calls the function for each object of a list, and is told how each went.

Event and reply: https://docs.aws.amazon.com/AmazonS3/latest/userguide/batch-ops-invoke-lambda.html
"""

from __future__ import annotations

from ..errors import NoRouteError, PayloadError
from ..source import Pattern, Source
from ._read import after_last, pasted, text_at
from ._s3 import decoded_key

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Unpack

    from ..source import Extractor, Outcome
    from ..types import JsonObject, JsonValue, NameSpec, RouteOptions

#: What the completion report keeps of a result.
MAX_RESULT = 1024


def detect(event: JsonValue) -> bool:
    return (
        type(event) is dict
        and type(event.get("invocationSchemaVersion")) is str
        and type(event.get("invocationId")) is str
        and type(event.get("tasks")) is list
    )


def records(event: JsonValue) -> Sequence[JsonObject]:
    """The tasks; so far S3 sends one at a time."""
    return event["tasks"]  # type: ignore[no-any-return]


def keys(record: JsonObject) -> Mapping[str, str]:
    arn = text_at(record, "s3BucketArn")
    return {
        # Version 2.0 of the schema, which directory buckets need, names the bucket and has no ARN.
        "bucket": text_at(record, "s3Bucket") or after_last(arn, ":"),
        "bucket_arn": arn,
        "key": decoded_key(text_at(record, "s3Key")),
    }


def reply(outcome: Outcome) -> JsonValue:
    """One result per task: what can never succeed fails for good, anything else is tried again by S3.

    The function's answer is a success for Lambda whatever is in it, so failures are logged here.
    """
    if outcome.errors:
        _log(outcome)
    event = outcome.invocation.event
    return {
        "invocationSchemaVersion": event["invocationSchemaVersion"],
        # A task that an answer does not name must never count as done.
        "treatMissingKeysAs": "PermanentFailure",
        "invocationId": event["invocationId"],
        "results": [_result(outcome, index, record) for index, record in enumerate(outcome.records)],
    }


def _result(outcome: Outcome, index: int, record: JsonObject) -> JsonObject:
    error = outcome.errors.get(index)
    if error is None:
        value = outcome.results.get(index)
        code, text = "Succeeded", "" if value is None else str(value)[:MAX_RESULT]
    else:
        code = "PermanentFailure" if isinstance(error, PayloadError | NoRouteError) else "TemporaryFailure"
        # The completion report is a file in a bucket: it gets no text of errors, which may hold anything.
        text = f"The task failed with {type(error).__name__}"[:MAX_RESULT]
    return {"taskId": text_at(record, "taskId"), "resultCode": code, "resultString": text}


def _log(outcome: Outcome) -> None:
    from .._log import describe, logger

    for index, error in sorted(outcome.errors.items()):
        logger().error("task %s of S3 Batch failed: %s", text_at(outcome.records[index], "taskId"), describe(error))


def idempotency_key(record: JsonObject) -> str | None:
    """The task's id."""
    return text_at(record, "taskId") or None


def job(
    name: str | None = None,
    /,
    *,
    key: NameSpec = None,
    prefix: str | None = None,
    suffix: str | None = None,
    **options: Unpack[RouteOptions],
) -> Pattern:
    """Tasks of jobs on the objects of the bucket *name*; what the handler returns goes into the job's report.

    Args:
        name: The bucket's name: exact, a glob, ``${ENV}``, an ARN (which schema 2.0 does not send); left out: any.
        key: The object's key, decoded: exact, a glob (``photos/*``), ``${ENV}``, a pattern item or a list of them.
        prefix: What the key starts with.
        suffix: What it ends with.
    """
    return Pattern(
        "s3_batch",
        [
            ("bucket", name),
            ("key", key),
            ("key", None if prefix is None else {"prefix": prefix}),
            ("key", None if suffix is None else {"suffix": suffix}),
        ],
        options=options,
    )


def _copied_task(annotation: type) -> Extractor:
    from ..models._copied import copied_record

    return copied_record(annotation, "s3_batch record")


def _copied_event(annotation: type) -> Extractor:
    from ..models._copied import copied_event

    return copied_event(annotation, "s3_batch event")


SOURCE = Source(
    "s3_batch",
    detect=detect,
    anchors=("invocationSchemaVersion",),
    records=records,
    keys=keys,
    order=("bucket", "key"),
    types={
        "eventrouter.models.s3_batch:S3BatchTask": "record",
        "eventrouter.models.s3_batch:S3BatchEvent": "event",
        # These write into what they read.
        "aws_lambda_powertools.utilities.parser.models.s3_batch_operation:S3BatchOperationTaskModel": _copied_task,
        "aws_lambda_powertools.utilities.parser.models.s3_batch_operation:S3BatchOperationModel": _copied_event,
        "aws_lambda_powertools.utilities.data_classes.s3_batch_operation_event:S3BatchOperationTask": "record",
        "aws_lambda_powertools.utilities.data_classes.s3_batch_operation_event:S3BatchOperationEvent": "event",
    },
    evidence=("invocationSchemaVersion",),
    model="eventrouter.models.s3_batch:S3BatchEvent",
    offer="S3BatchTask, S3BatchEvent",
    reply=reply,
    idempotency_key=idempotency_key,
    secret_paths=("job.userArguments",),
    paste=pasted("s3_batch", "bucket"),
)
