"""Lambda destinations: the record of another function's asynchronous invocation, or of a batch of a stream given up on.

The same record inside a queue's message or a topic's is that queue's or topic's event, and on an event bus it is the
detail of an event from ``lambda``.

What the other function was sent is ``requestPayload``. It is no payload here: a record says what became of something
and must not be taken for the thing itself, so a handler asks for it by name, ``LambdaDestinationEvent[...]``.

Record: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
Streams: https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html
"""

from __future__ import annotations

from ..source import Pattern, Source
from ._read import pasted, text_at

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Unpack

    from ..types import JsonObject, JsonValue, NameSpec, RouteOptions, Where


def detect(event: JsonValue) -> bool:
    return (
        type(event) is dict
        and type(context := event.get("requestContext")) is dict
        and type(context.get("functionArn")) is str
        and type(context.get("condition")) is str
        and (
            "requestPayload" in event
            or "responseContext" in event
            or "KinesisBatchInfo" in event
            or "DDBStreamBatchInfo" in event
            or "KafkaBatchInfo" in event
        )
    )


def keys(record: JsonObject) -> Mapping[str, str]:
    """The function whose invocation it was, and how it ended (``Success``, ``RetriesExhausted``, ...)."""
    arn = text_at(record, "requestContext", "functionArn")
    # arn:aws:lambda:REGION:ACCOUNT:function:NAME:QUALIFIER
    parts = arn.split(":")
    return {
        "function": parts[6] if len(parts) > 6 else "",
        "function_arn": arn,
        "condition": text_at(record, "requestContext", "condition"),
    }


def idempotency_key(record: JsonObject) -> str | None:
    """The id of the invocation that ended; one of a batch that was split has more than one record."""
    return text_at(record, "requestContext", "requestId") or None


def result(
    function: NameSpec = None,
    *,
    condition: NameSpec = None,
    where: Where | None = None,
    **options: Unpack[RouteOptions],
) -> Pattern:
    """Records of invocations that succeeded or were given up on.

    Args:
        function: The name or ARN of the function whose invocation it was: exact, a glob, ``${ENV}``; left out: all.
        condition: How it ended: ``Success``, ``RetriesExhausted``, ``EventAgeExceeded``, ...
        where: A condition on the record: an EventBridge pattern or a predicate.
    """
    return Pattern(
        "lambda_destination", [("function", function), ("condition", condition)], where=where, options=options
    )


SOURCE = Source(
    "lambda_destination",
    detect=detect,
    anchors=("requestPayload", "responseContext", "KinesisBatchInfo", "DDBStreamBatchInfo", "KafkaBatchInfo"),
    keys=keys,
    order=("function", "condition"),
    types={"eventrouter.models.lambda_destination:LambdaDestinationEvent": "event"},
    evidence=("requestContext.functionArn", "requestContext.condition"),
    model="eventrouter.models.lambda_destination:LambdaDestinationEvent",
    offer="LambdaDestinationEvent[...]",
    idempotency_key=idempotency_key,
    secret_paths=("requestPayload", "responsePayload", "payload"),
    paste=pasted("lambda_destination", "function"),
    acknowledges=True,
)
