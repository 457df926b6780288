"""What Amazon EventBridge starts by the clock: a rule's schedule, a schedule of EventBridge Scheduler, one with its own Input."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from ._made import (
    ACCOUNT,
    MOMENT,
    REGION,
    Ids,
    Payload,
    arn,
    check_name,
    check_one_of,
    impossible,
    plain_object,
    to_seconds,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...types import JsonObject


def schedule(
    name: str = "nightly",
    *,
    by: Literal["rule", "scheduler"] | None = None,
    group: str = "default",
    input: Payload = None,
    time: datetime = MOMENT,
    event_id: str | None = None,
    region: str = REGION,
    account: str = ACCOUNT,
    ids: Ids | None = None,
) -> JsonObject:
    """A schedule starts the function.

    Args:
        name: Of the rule or schedule; ``group/name`` is a schedule of EventBridge Scheduler.
        by: ``"rule"``: a rule with a schedule expression; ``"scheduler"``: EventBridge Scheduler. Default: by its name.
        group: Of a schedule, unless its name has it.
        input: The schedule's own Input, an object: the function then gets that and nothing else, with the name in the key
            ``eventrouter:schedule``, as a template writes it. It may be empty.
        time: When it was due; told in whole seconds.
        event_id: Default: made of ``ids``.
        region: Of the schedule.
        account: Of the schedule.
        ids: Default: made of the name and the time.

    Raises:
        ImpossibleEventError: There is no such schedule.

    Reference:
        https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-rule-schedule.html
        https://docs.aws.amazon.com/lambda/latest/dg/with-eventbridge-scheduler.html
    """
    if name.startswith(("rate(", "cron(", "at(")):
        raise impossible("schedule(name)", name, "that is when it runs, and no name")
    own_group, slash, own_name = name.rpartition("/")
    if by is not None:
        check_one_of("schedule(by=)", by, ("rule", "scheduler"))
        if by == "rule" and slash:
            raise impossible("schedule(name)", name, "a rule has no group")
    for part in (own_group if slash else group, own_name):
        check_name("schedule(name)", part, others="._-", high=64)
    if input is not None:
        return {
            "eventrouter:schedule": name,
            "eventrouter:time": to_seconds(time),
            **plain_object("schedule(input=)", input),
        }
    is_rule = not slash if by is None else by == "rule"
    path = f"rule/{name}" if is_rule else f"schedule/{own_group or group}/{own_name}"
    return {
        "version": "0",
        "id": event_id or (ids or Ids.of(name, to_seconds(time))).uuid(),
        "detail-type": "Scheduled Event",
        "source": "aws.events" if is_rule else "aws.scheduler",
        "account": account,
        "time": to_seconds(time),
        "region": region,
        "resources": [arn("events" if is_rule else "scheduler", path, region, account)],
        # As EventBridge Scheduler writes it, which knows it as text.
        "detail": {} if is_rule else "{}",
    }
