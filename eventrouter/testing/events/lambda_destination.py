"""What Lambda tells of an asynchronous invocation that succeeded, or failed for good."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from ._made import ACCOUNT, MOMENT, REGION, Ids, Payload, arn, check_one_of, impossible, plain, to_milliseconds

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...types import JsonObject

_CONDITIONS = ("Success", "RetriesExhausted", "EventAgeExceeded")


def lambda_destination(
    payload: Payload = None,
    *,
    function: str = "shop-thumbnails",
    condition: Literal["Success", "RetriesExhausted", "EventAgeExceeded"] = "RetriesExhausted",
    response: Payload = None,
    error: str = "LookupError",
    message: str = "no such thing",
    count: int = 3,
    qualifier: str = "$LATEST",
    request_id: str | None = None,
    time: datetime = MOMENT,
    region: str = REGION,
    account: str = ACCOUNT,
    ids: Ids | None = None,
) -> JsonObject:
    """A function that is the destination of another one's asynchronous invocations.

    Args:
        payload: The event of that invocation: what another factory makes, or anything that has a JSON form.
        function: That function's name.
        condition: How it ended.
        response: What it returned, if it succeeded.
        error: ``errorType`` of what it failed with.
        message: ``errorMessage`` of it.
        count: How often it was invoked.
        qualifier: Version or alias.
        request_id: Default: made of ``ids``.
        time: When it ended.
        region: Of that function.
        account: Of that function.
        ids: Default: made of what the event carries.

    Raises:
        ImpossibleEventError: Lambda tells no such thing.

    Reference:
        https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
    """
    check_one_of("lambda_destination(condition=)", condition, _CONDITIONS)
    if condition != "Success" and response is not None:
        raise impossible("lambda_destination(response=)", condition, "only a success has one")
    if not 1 <= count <= 3:
        raise impossible("lambda_destination(count=)", count, "Lambda tries an event once, and twice more")
    sent = plain(payload)
    has_succeeded = condition == "Success"
    context: JsonObject = {"statusCode": 200, "executedVersion": "$LATEST"}
    failed: JsonObject = {"errorMessage": message, "errorType": error}
    if not has_succeeded:
        context["functionError"] = "Unhandled"
    event: JsonObject = {
        "version": "1.0",
        "timestamp": to_milliseconds(time),
        "requestContext": {
            "requestId": request_id or (ids or Ids.of(function, condition, sent)).uuid(),
            "functionArn": f"{arn('lambda', f'function:{function}', region, account)}:{qualifier}",
            "condition": condition,
            "approximateInvokeCount": 1 if has_succeeded else count,
        },
        "requestPayload": sent,
    }
    if condition != "EventAgeExceeded":
        # What was too old was not invoked any more.
        event |= {"responseContext": context, "responsePayload": plain(response) if has_succeeded else failed}
    return event
