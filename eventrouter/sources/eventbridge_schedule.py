"""Schedules: a rule with a schedule expression, and, in the same words, EventBridge Scheduler.

A schedule whose target has an input of its own delivers that input and nothing else. It is told apart from any other
direct invoke by the key ``"eventrouter:schedule"`` (see :func:`own_input_record`).

Event: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-rule-schedule.html
"""

from __future__ import annotations

from ..errors import RegistrationError, quoted
from ..source import Pattern, Source
from ._eventbridge import (
    ANCHOR,
    EVIDENCE,
    ORDER,
    TYPES,
    idempotency_key,
    is_envelope,
    is_rule_schedule,
    paste_schedule,
    payload,
    schedule_keys,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Unpack

    from ..types import JsonObject, JsonValue, NameSpec, RouteOptions, Where

#: Keys that our templates write into a schedule's own input.
OWN = "eventrouter:"
OWN_NAME = "eventrouter:schedule"
OWN_TIME = "eventrouter:time"


def detect(event: JsonValue) -> bool:
    return is_envelope(event) and is_rule_schedule(event)


def own_input_schedule(event: JsonValue) -> tuple[str, JsonObject] | None:
    """The schedule's name and the payload, where *event* is the own input of a schedule; else None."""
    if type(event) is not dict or type(name := event.get(OWN_NAME)) is not str or not name:
        return None
    return name, {key: value for key, value in event.items() if not key.startswith(OWN)}


def own_input_record(event: JsonValue) -> JsonObject | None:
    """The own input of a schedule as a record of this source, so that it is routed and bound like any scheduled event.

    Its ``time`` is None unless the schedule's template writes ``"eventrouter:time"``; it has no id and no account.
    """
    found = own_input_schedule(event)
    if found is None:
        return None
    name, rest = found
    return {
        "detail-type": "Scheduled Event",
        "source": "aws.scheduler",
        "time": event.get(OWN_TIME),
        "resources": [name],
        "detail": rest,
    }


def schedule(name: NameSpec = None, /, *, where: Where | None = None, **options: Unpack[RouteOptions]) -> Pattern:
    """What a schedule rule, or a schedule of EventBridge Scheduler, starts.

    Args:
        name: The rule's or schedule's name; ``group/name`` where groups matter; an ARN, a glob, ``${ENV}``; left out:
            every schedule.
        where: A condition on the payload: an EventBridge pattern or a predicate.
    """
    _refuse_expression(name)
    # Tried before every ``eventbridge`` route, which takes the scheduled events that are left.
    return Pattern(
        ("eventbridge_schedule", "eventbridge_scheduler"),
        [(_key(name), name)],
        where=where,
        bind={"rank": 1},
        options=options,
    )


def _refuse_expression(name: NameSpec) -> None:
    for each in name if isinstance(name, list | tuple) else [name]:
        if isinstance(each, str) and each.startswith(("rate(", "cron(", "at(")):
            raise RegistrationError(
                f"schedule: {quoted(each)} is when it runs, which the template says; a route takes the schedule's name"
            )


def _key(name: NameSpec) -> str:
    """``schedule_path`` for a name with its group, ``schedule`` for one without (an ARN has its own key)."""
    if isinstance(name, str):
        return "schedule_path" if "/" in name and not name.startswith("arn:") else "schedule"
    with_group = {"/" in str(each) for each in (name if isinstance(name, list | tuple) else [name])}
    if len(with_group) > 1:
        raise RegistrationError("schedule: write all names of a list as group/name, or none")
    return "schedule_path" if True in with_group else "schedule"


SOURCE = Source(
    "eventbridge_schedule",
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
    offer="ScheduledEvent, or a model of the schedule's own input",
    idempotency_key=idempotency_key,
    secret_paths=("detail",),
    paste=paste_schedule,
    acknowledges=True,
)
