"""Amazon S3 Object Lambda: a function stands in for S3 when an object is read, asked about or listed.

HeadObject and the lists are answered with the return value. GetObject is answered by calling WriteGetObjectResponse; what
the function returns for it is never read.

Event: https://docs.aws.amazon.com/AmazonS3/latest/userguide/olap-event-context.html
Replies: https://docs.aws.amazon.com/AmazonS3/latest/userguide/olap-writing-lambda.html
"""

from __future__ import annotations

from ..errors import RegistrationError, ReplyError
from ..source import Pattern, Source
from ._answer import as_object, only_result, refused
from ._read import after_last, pasted, text_at

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Literal, TypeAlias, Unpack

    from ..source import Outcome
    from ..types import JsonObject, JsonValue, NameSpec, RouteOptions

    Operation: TypeAlias = Literal["GetObject", "HeadObject", "ListObjects", "ListObjectsV2"]

#: The key that an event of each operation has.
CONTEXTS = {
    "getObjectContext": "GetObject",
    "headObjectContext": "HeadObject",
    "listObjectsContext": "ListObjects",
    "listObjectsV2Context": "ListObjectsV2",
}
#: S3 gives up on the function after this many seconds, whatever its timeout is.
CALLER_LIMIT = 60.0


def detect(event: JsonValue) -> bool:
    if (
        type(event) is not dict
        or type(event.get("userRequest")) is not dict
        or type(event.get("configuration")) is not dict
    ):
        return False
    return any(type(event.get(context)) is dict for context in CONTEXTS)


def keys(record: JsonObject) -> Mapping[str, str]:
    arn = text_at(record, "configuration", "accessPointArn")
    return {"access_point": after_last(arn, "/"), "access_point_arn": arn, "operation": _operation(record)}


def _operation(record: JsonObject) -> str:
    for context, operation in CONTEXTS.items():
        if isinstance(record.get(context), dict):
            return operation
    return ""


def reply(outcome: Outcome) -> JsonValue:
    value = only_result(outcome)
    operation = _operation(outcome.records[0])
    if operation == "GetObject":
        if value is not None:
            from .._log import warn_once

            warn_once(
                "s3_object_lambda",
                "a handler of GetObject returned a %s, which S3 Object Lambda never reads: the caller gets what was given to "
                "WriteGetObjectResponse",
                type(value).__name__,
            )
        return None
    trigger = f"S3 Object Lambda's {operation}"
    answer = as_object(value)
    if answer is None:
        raise refused(trigger, value, "a dict with statusCode")
    status = answer.get("statusCode")
    if type(status) is not int or not 100 <= status <= 599:
        raise ReplyError(f"{trigger} cannot be answered without statusCode, a number from 100 to 599")
    return answer


def object_lambda(
    access_point: NameSpec = None,
    *,
    operation: Operation | None = None,
    complete: bool = True,
    **options: Unpack[RouteOptions],
) -> Pattern:
    """Requests to an S3 Object Lambda access point.

    A handler of ``HeadObject`` or of a list returns ``{"statusCode": ..., ...}``. A handler that may get ``GetObject``
    calls WriteGetObjectResponse itself, with ``outputRoute`` and ``outputToken`` of ``getObjectContext``, and is
    registered with ``complete=False`` to say so.

    Args:
        access_point: The access point's name or ARN; left out: every one.
        operation: What S3 was asked for; left out: every operation.
        complete: Whether ``GetObject`` is answered for the handler.
    """
    if operation is not None and operation not in CONTEXTS.values():
        raise RegistrationError(f"s3_object_lambda(operation=...) is one of {', '.join(CONTEXTS.values())}")
    return Pattern(
        "s3_object_lambda",
        [("access_point", access_point), ("operation", operation)],
        bind={"complete": complete and operation in (None, "GetObject")},
        options=options,
    )


def _paste(keys: Mapping[str, str]) -> str:
    tail = "complete=False" if keys.get("operation") == "GetObject" else ""
    return pasted("s3_object_lambda", "access_point", operation="operation", tail=tail)(keys)


SOURCE = Source(
    "s3_object_lambda",
    detect=detect,
    anchors=tuple(CONTEXTS),
    keys=keys,
    order=("access_point", "operation"),
    types={
        "eventrouter.models.s3_object_lambda:S3ObjectLambdaEvent": "event",
        "aws_lambda_powertools.utilities.parser.models.s3_object_event:S3ObjectLambdaEvent": "event",
        "aws_lambda_powertools.utilities.data_classes.s3_object_event:S3ObjectLambdaEvent": "event",
    },
    evidence=("protocolVersion", "configuration.accessPointArn"),
    model="eventrouter.models.s3_object_lambda:S3ObjectLambdaEvent",
    offer="S3ObjectLambdaEvent; GetObject is answered by calling WriteGetObjectResponse",
    reply=reply,
    completion="callback",
    caller_limit=CALLER_LIMIT,
    secret_paths=(
        "*.inputS3Url",
        "*.outputRoute",
        "*.outputToken",
        "configuration.payload",
        "userRequest.headers",
        "userIdentity.accessKeyId",
    ),
    paste=_paste,
)
