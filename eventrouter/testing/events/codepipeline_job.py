"""Jobs that AWS CodePipeline has a Lambda function do."""

from __future__ import annotations

from collections.abc import Sequence

from ._made import ACCOUNT, MOMENT, Ids, Payload, check_length, milliseconds, text_of, without_none

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...types import JsonObject


def codepipeline_job(
    user_parameters: Payload = None,
    *,
    function: str = "function",
    inputs: Sequence[str] = ("Source",),
    outputs: Sequence[str] = (),
    bucket: str = "codepipeline-artifacts",
    continuation_token: str | None = None,
    job_id: str | None = None,
    account: str = ACCOUNT,
    ids: Ids | None = None,
) -> JsonObject:
    """An action of a pipeline is to be done.

    Args:
        user_parameters: Of the action: text, or anything that has a JSON form; default: it has none.
        function: The function's name.
        inputs: The names of the artifacts that go in.
        outputs: The names of those that come out.
        bucket: Where they are.
        continuation_token: What the function answered when it was not done yet.
        job_id: Default: made of ``ids``.
        account: Of the pipeline.
        ids: Default: made of what the event carries.

    Raises:
        ImpossibleEventError: CodePipeline has no such job.

    Reference:
        https://docs.aws.amazon.com/codepipeline/latest/userguide/actions-invoke-lambda-function.html
    """
    text = None
    if user_parameters is not None:
        text = text_of("codepipeline_job(user_parameters)", user_parameters)
        check_length("codepipeline_job(user_parameters)", text, 1, 1000)
    ids = ids or Ids.of(function, text or "")

    def artifact(name: str) -> JsonObject:
        where = {"bucketName": bucket, "objectKey": f"pipeline/{name}/{ids.hex(7)}"}
        return {"name": name, "revision": None, "location": {"type": "S3", "s3Location": where}}

    return {
        "CodePipeline.job": {
            "id": job_id or ids.uuid(),
            "accountId": account,
            "data": without_none(
                actionConfiguration={"configuration": without_none(FunctionName=function, UserParameters=text)},
                inputArtifacts=[artifact(name) for name in inputs],
                outputArtifacts=[artifact(name) for name in outputs],
                artifactCredentials={
                    "accessKeyId": "ASIAEXAMPLEKEY",
                    "secretAccessKey": "not-a-real-secret",
                    "sessionToken": "not-a-real-token",
                    "expirationTime": milliseconds(MOMENT) + 3_600_000,
                },
                continuationToken=continuation_token,
            ),
        }
    }
