"""Tasks of a job of Amazon S3 Batch Operations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal
from urllib.parse import quote_plus

from ._made import REGION, Ids, arn, check_length, check_name, check_one_of, impossible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...types import JsonObject


def s3_batch(
    bucket: str = "photos",
    *keys: str,
    version_id: str | None = None,
    schema: Literal["1.0", "2.0"] = "1.0",
    arguments: Mapping[str, str] | None = None,
    job_id: str | None = None,
    region: str = REGION,
    ids: Ids | None = None,
) -> JsonObject:
    """A task of a job. Several keys make several tasks, which S3 does not send now and may one day.

    Args:
        bucket: Its name.
        keys: As they are, not percent-encoded; default: ``"key"``.
        version_id: Of the objects.
        schema: ``invocationSchemaVersion``: ``"2.0"`` has user arguments, and names buckets in place of ARNs.
        arguments: Of the job.
        job_id: Default: made of ``ids``.
        region: Says the partition.
        ids: Default: made of what the event carries.

    Raises:
        ImpossibleEventError: S3 has no such task.

    Reference:
        https://docs.aws.amazon.com/AmazonS3/latest/userguide/batch-ops-invoke-lambda.html
    """
    check_name("s3_batch(bucket)", bucket, others=".-_", low=3, high=63)
    check_one_of("s3_batch(schema=)", schema, ("1.0", "2.0"))
    if arguments is not None and schema == "1.0":
        raise impossible("s3_batch(arguments=)", schema, 'only schema="2.0" has them')
    ids = ids or Ids.of(bucket, *keys)
    named = {"s3Bucket": bucket}
    if schema == "1.0":
        named = {"s3BucketArn": arn("s3", bucket, "", "", partition_region=region)}
    tasks: list[JsonObject] = []
    for key in keys or ("key",):
        check_length("s3_batch(key)", key, 1, 1024)
        told = {"taskId": ids.hex(), "s3Key": quote_plus(key, safe="/"), "s3VersionId": version_id}
        tasks.append({**told, **named})
    job: JsonObject = {"id": job_id or ids.uuid()}
    if arguments is not None:
        job["userArguments"] = dict(arguments)
    return {"invocationSchemaVersion": schema, "invocationId": ids.hex(), "job": job, "tasks": tasks}
