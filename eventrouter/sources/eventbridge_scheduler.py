"""Amazon EventBridge Scheduler: a schedule without an input of its own starts the function with this envelope.

Routes: ``schedule``, the same as for schedule rules.

Event: https://docs.aws.amazon.com/lambda/latest/dg/with-eventbridge-scheduler.html
"""

from __future__ import annotations

from ..source import Source
from ._eventbridge import (
    ANCHOR,
    EVIDENCE,
    ORDER,
    TYPES,
    idempotency_key,
    is_envelope,
    is_scheduler,
    paste_schedule,
    payload,
    schedule_keys,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..types import JsonValue


def detect(event: JsonValue) -> bool:
    return is_envelope(event) and is_scheduler(event)


SOURCE = Source(
    "eventbridge_scheduler",
    detect=detect,
    anchors=(ANCHOR,),
    keys=schedule_keys,
    order=("schedule_path", "schedule", *ORDER),
    payload=payload,
    payload_is_value=True,
    types={
        "eventrouter.models.eventbridge:ScheduledEvent": "record",
        **TYPES,  # type: ignore[dict-item]
    },
    evidence=EVIDENCE,
    model="eventrouter.models.eventbridge:ScheduledEvent",
    offer="ScheduledEvent",
    idempotency_key=idempotency_key,
    secret_paths=("detail",),
    paste=paste_schedule,
    acknowledges=True,
)
