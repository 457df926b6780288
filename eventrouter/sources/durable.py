"""Lambda durable functions: a durable execution starts, or goes on where its last checkpoint left it.

The handler gives the event to AWS's durable execution SDK and returns the SDK's answer, an object with a ``Status``.
Anything else would be a failed execution, so it is an error here.

Event and answer: https://docs.aws.amazon.com/lambda/latest/dg/durable-functions.html
"""

from __future__ import annotations

from ..source import Pattern, Source
from ._answer import as_object, only_result, refused
from ._read import pasted, text_at

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Unpack

    from ..source import Outcome
    from ..types import JsonObject, JsonValue, NameSpec, RouteOptions, Where

STATUSES = ("SUCCEEDED", "FAILED", "PENDING")


def detect(event: JsonValue) -> bool:
    return (
        type(event) is dict
        and type(event.get("DurableExecutionArn")) is str
        and (type(event.get("CheckpointToken")) is str or type(event.get("InitialExecutionState")) is dict)
    )


def keys(record: JsonObject) -> Mapping[str, str]:
    """The function and the execution's name, from its ARN.

    ``arn:aws:lambda:REGION:ACCOUNT:function:NAME:VERSION/durable-execution/EXECUTION/ID``
    """
    arn = text_at(record, "DurableExecutionArn")
    function_arn, _, execution = arn.partition("/durable-execution/")
    parts = function_arn.split(":")
    return {
        "function": parts[6] if len(parts) > 6 else "",
        "function_arn": function_arn,
        "execution": execution.partition("/")[0],
        "execution_arn": arn,
    }


def payload(record: JsonObject) -> str | None:
    """What the execution was started with, as JSON text; None where its state is too large to be sent along."""
    return text_at(record, "InitialExecutionState", "Operations", 0, "ExecutionDetails", "InputPayload") or None


def reply(outcome: Outcome) -> JsonValue:
    value = only_result(outcome)
    answer = as_object(value)
    if answer is None or answer.get("Status") not in STATUSES:
        raise refused(
            "a durable execution", value, "what AWS's durable execution SDK returned, an object with a Status"
        )
    return answer


def execution(
    function: NameSpec = None,
    *,
    execution: NameSpec = None,
    where: Where | None = None,
    **options: Unpack[RouteOptions],
) -> Pattern:
    """Durable executions of this function.

    Args:
        function: The function's name or ARN: exact, a glob, ``${ENV}``; left out: every one.
        execution: The execution's name, in the same forms.
        where: A condition on what the execution was started with: an EventBridge pattern or a predicate.
    """
    return Pattern("durable", [("function", function), ("execution", execution)], where=where, options=options)


SOURCE = Source(
    "durable",
    detect=detect,
    anchors=("DurableExecutionArn",),
    keys=keys,
    order=("execution", "function"),
    payload=payload,
    types={"eventrouter.models.durable:DurableEvent": "event"},
    evidence=("DurableExecutionArn",),
    model="eventrouter.models.durable:DurableEvent",
    offer="DurableEvent[...], whose .raw is for AWS's durable execution SDK",
    reply=reply,
    secret_paths=("CheckpointToken", "InitialExecutionState"),
    paste=pasted("durable", "function"),
)
