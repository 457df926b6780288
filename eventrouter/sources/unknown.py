"""What has the shape of an AWS batch and names no one source that has a label: nothing can be routed on it.

An empty batch is acknowledged, since there is nothing in it to lose; anything else is an error, so that it is delivered again.
"""

from __future__ import annotations

from ..source import Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..types import JsonValue, Record


def detect(event: JsonValue) -> bool:
    """Never claims an event: ``unknown`` is what is left of the batches."""
    return False


def records(event: JsonValue) -> Sequence[Record]:
    if isinstance(event, dict) and event.get("Records") == []:
        return ()
    return (event,)


SOURCE = Source("unknown", detect=detect, records=records, model="eventrouter.models.direct:UnknownEvent")
