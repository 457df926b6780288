"""Direct invokes: any JSON that no service of AWS sends."""

from __future__ import annotations

from ..._sniff import sniff
from ._made import Payload, impossible, plain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...types import JsonValue


def direct(value: Payload = None) -> JsonValue:
    """What an SDK, Step Functions or another function invokes the function with.

    Args:
        value: Anything that has a JSON form, pydantic models too.

    Raises:
        ImpossibleEventError: It is what a service of AWS sends, so that no function can tell.

    Reference:
        https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
    """
    event = plain(value)
    found = sniff(event).name
    if found != "direct":
        raise impossible("direct(value)", type(value).__name__, f"it looks like what {found} sends")
    return event


def console_test() -> JsonValue:
    """What the Lambda console's Test button sends until something else is written there.

    Reference:
        https://docs.aws.amazon.com/lambda/latest/dg/testing-functions.html
    """
    return {"key1": "value1", "key2": "value2", "key3": "value3"}
