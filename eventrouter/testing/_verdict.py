"""Whether an answer tells its trigger of a failure."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..source import Source
    from ..types import JsonValue


def tells_failure(source: Source, answer: JsonValue) -> bool:
    """Whether *answer*, in the shape that the trigger gets, says that something failed."""
    if not isinstance(answer, dict):
        return False
    if source.http is not None or source.name == "apigw_websocket":
        return int(answer.get("statusCode", 200)) >= 400
    if source.name == "firehose":
        return any(record["result"] == "ProcessingFailed" for record in answer["records"])
    if source.name == "s3_batch":
        return any(result["resultCode"] != "Succeeded" for result in answer["results"])
    return source.identify is not None and bool(answer.get("batchItemFailures"))
