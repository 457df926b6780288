"""Executions of a durable function."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ._made import ACCOUNT, MOMENT, REGION, Ids, Payload, arn, bytes_of, check_name, milliseconds

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...types import JsonObject


def durable(
    function: str = "function",
    input: Payload = None,
    *,
    execution: str = "execution-1",
    operations: Sequence[JsonObject] = (),
    version: str = "$LATEST",
    checkpoint_token: str | None = None,
    next_marker: str | None = None,
    started: datetime = MOMENT,
    region: str = REGION,
    account: str = ACCOUNT,
    ids: Ids | None = None,
) -> JsonObject:
    """An execution is started, or goes on.

    Args:
        function: Its name.
        input: Of the execution: anything that has a JSON form.
        execution: Its name.
        operations: What has been done already, as Lambda writes it.
        version: Of the function.
        checkpoint_token: Default: made of ``ids``.
        next_marker: There are more operations, to be asked for.
        started: When the execution was started.
        region: Of the function.
        account: Of the function.
        ids: Default: made of what the event carries.

    Raises:
        ImpossibleEventError: There is no such execution.

    Reference:
        https://docs.aws.amazon.com/lambda/latest/dg/durable-functions.html
    """
    check_name("durable(execution=)", execution, others="-_", high=64)
    sent = "null" if input is None else bytes_of(input).decode()
    ids = ids or Ids.of(function, execution, sent)
    number = ids.uuid()
    first: JsonObject = {
        "Id": number,
        "Type": "EXECUTION",
        "Status": "STARTED",
        "StartTimestamp": milliseconds(started),
        "ExecutionDetails": {"InputPayload": sent},
    }
    state: JsonObject = {"Operations": [first, *operations]}
    if next_marker is not None:
        state["NextMarker"] = next_marker
    place = arn("lambda", f"function:{function}", region, account)
    return {
        "DurableExecutionArn": f"{place}:{version}/durable-execution/{execution}/{number}",
        "CheckpointToken": checkpoint_token or ids.hex(),
        "InitialExecutionState": state,
    }
