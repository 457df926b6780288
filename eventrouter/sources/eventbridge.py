"""Amazon EventBridge: a rule hands over one event.

Event: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-structure.html
Patterns: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html
"""

from __future__ import annotations

from ..errors import RegistrationError
from ..source import Pattern, Source
from ._eventbridge import (
    ANCHOR,
    EVIDENCE,
    ORDER,
    TYPES,
    envelope_keys,
    idempotency_key,
    is_envelope,
    is_rule_schedule,
    is_scheduler,
    payload,
)
from ._read import pasted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, Unpack

    from ..types import JsonValue, NameSpec, RouteOptions, Where


def detect(event: JsonValue) -> bool:
    return is_envelope(event) and not is_scheduler(event) and not is_rule_schedule(event)


def event(
    *,
    source: NameSpec = None,
    detail_type: NameSpec = None,
    detail: Mapping[str, Any] | None = None,
    bus: NameSpec = None,
    where: Where | None = None,
    **options: Unpack[RouteOptions],
) -> Pattern:
    """Events of a bus. Scheduled events that no ``schedule`` route takes are seen too.

    Args:
        source: Who sent it: exact, a glob (``shop.*``), ``${ENV}``, an EventBridge pattern item or a list of them.
        detail_type: What it is, in the same forms.
        detail: An EventBridge pattern on the detail.
        bus: The event bus, a name or an ARN. EventBridge does not say it: it is only known where the rule's input
            transformer adds ``"eventBusName"`` to the event.
        where: A condition on the detail: a predicate, or the same as *detail*.
    """
    if detail is not None and where is not None:
        raise RegistrationError("eventbridge: detail= and where= are both conditions on the detail: write one of them")
    return Pattern(
        ("eventbridge", "eventbridge_schedule", "eventbridge_scheduler"),
        [("source", source), ("detail_type", detail_type), ("bus", bus)],
        where=where if detail is None else detail,
        options=options,
    )


SOURCE = Source(
    "eventbridge",
    detect=detect,
    anchors=(ANCHOR,),
    keys=envelope_keys,
    order=ORDER,
    payload=payload,
    payload_is_value=True,
    types=TYPES,  # type: ignore[arg-type]
    evidence=EVIDENCE,
    model="eventrouter.models.eventbridge:EventBridgeEvent",
    offer="a model of the detail, EventBridgeEvent[...]",
    idempotency_key=idempotency_key,
    secret_paths=("detail",),
    paste=pasted("eventbridge", source="source", detail_type="detail_type"),
    acknowledges=True,
)
