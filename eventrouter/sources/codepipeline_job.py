"""AWS CodePipeline: an invoke action hands the function a job, which lasts until an API call ends it.

The call is ``PutJobSuccessResult`` (with a ``continuationToken``: be invoked again later) or ``PutJobFailureResult``,
with the job's id. Without it the action runs into its timeout; what the handler returns is not read.

Event: https://docs.aws.amazon.com/codepipeline/latest/userguide/actions-invoke-lambda-function.html
"""

from __future__ import annotations

from ..source import Pattern, Source
from ._batch import silence
from ._read import object_at, text_at
from ._several import any_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Unpack

    from ..types import JsonObject, JsonValue, NameSpec, RouteOptions, Where

JOB = "CodePipeline.job"


def detect(event: JsonValue) -> bool:
    return (
        type(event) is dict
        and type(job := event.get(JOB)) is dict
        and type(job.get("id")) is str
        and type(job.get("data")) is dict
    )


def _configuration(record: JsonObject) -> JsonObject:
    return object_at(record, JOB, "data", "actionConfiguration", "configuration")


def keys(record: JsonObject) -> Mapping[str, str]:
    """The event names neither pipeline nor action; actions are told apart by their user parameters."""
    return {"function": text_at(_configuration(record), "FunctionName")}


def payload(record: JsonObject) -> JsonValue:
    """The action's user parameters, as they were written; None if it has none."""
    return _configuration(record).get("UserParameters")


def _user_parameters(record: JsonObject) -> Sequence[str]:
    return (text_at(_configuration(record), "UserParameters"),)


def idempotency_key(record: JsonObject) -> str | None:
    """The job's id; of a continued job, which comes again on purpose, with a digest of its continuation token."""
    identifier = text_at(record, JOB, "id")
    token = text_at(record, JOB, "data", "continuationToken")
    if not token:
        return identifier or None
    from hashlib import sha256

    return f"{identifier}/{sha256(token.encode('utf-8', 'surrogatepass')).hexdigest()[:16]}"


def action(
    user_parameters: NameSpec = None,
    *,
    where: Where | None = None,
    complete: bool = True,
    **options: Unpack[RouteOptions],
) -> Pattern:
    """Jobs of an invoke action. The handler ends them: ``PutJobSuccessResult`` or ``PutJobFailureResult``.

    Args:
        user_parameters: What the action's ``UserParameters`` say: exact, a glob, ``${ENV}``, a pattern item or a list.
        where: A condition on user parameters that are JSON: an EventBridge pattern or a predicate.
        complete: A returned value ends no job, so it must be False: it says that the handler makes the call.
    """
    tests = any_of("user_parameters", user_parameters, _user_parameters)
    return Pattern("codepipeline_job", where=where, tests=tests, bind={"complete": complete}, options=options)


SOURCE = Source(
    "codepipeline_job",
    detect=detect,
    anchors=(JOB,),
    keys=keys,
    payload=payload,
    types={
        "eventrouter.models.codepipeline_job:CodePipelineJobEvent": "event",
        "aws_lambda_powertools.utilities.data_classes.code_pipeline_job_event:CodePipelineJobEvent": "event",
    },
    model="eventrouter.models.codepipeline_job:CodePipelineJobEvent",
    offer="CodePipelineJobEvent, and end the job with boto3's put_job_success_result or put_job_failure_result",
    reply=silence,
    returns="nothing",
    idempotency_key=idempotency_key,
    completion="callback",
    # The job's key has a dot in it, so that a dotted path cannot name it.
    secret_paths=(
        "*.data.artifactCredentials", "*.data.continuationToken",
        "*.data.actionConfiguration.configuration.UserParameters",
    ),
    paste=lambda keys: "@app.codepipeline_job(complete=False)",
)  # fmt: skip
