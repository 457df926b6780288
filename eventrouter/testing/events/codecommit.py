"""What happens in a repository of AWS CodeCommit."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from ._made import ACCOUNT, MOMENT, REGION, Ids, arn, check_name, impossible, to_milliseconds, without_none

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...types import JsonObject


def codecommit(
    repository: str = "shop-web",
    *refs: str,
    created: Sequence[str] = (),
    deleted: Sequence[str] = (),
    event: Literal["ReferenceChanges", "TriggerEventTest"] = "ReferenceChanges",
    trigger: str = "build",
    custom_data: str | None = None,
    user_arn: str | None = None,
    time: datetime = MOMENT,
    region: str = REGION,
    account: str = ACCOUNT,
    ids: Ids | None = None,
) -> JsonObject:
    """References of a repository change.

    Args:
        repository: Its name.
        refs: Those that are moved: ``refs/heads/main``, ``refs/tags/v1``; default: ``refs/heads/main``, if no other is given.
        created: Those that are new.
        deleted: Those that are gone.
        event: ``TriggerEventTest``: the trigger is tried out.
        trigger: Its name.
        custom_data: Of the trigger.
        user_arn: Who did it.
        time: When.
        region: Of the repository.
        account: Of the repository.
        ids: Default: made of what the event carries.

    Raises:
        ImpossibleEventError: There is no such repository or reference.

    Reference:
        https://docs.aws.amazon.com/lambda/latest/dg/services-codecommit.html
    """
    check_name("codecommit(repository)", repository, others="._-", high=100)
    moved = refs or (() if created or deleted else ("refs/heads/main",))
    ids = ids or Ids.of(repository, *moved, *created, *deleted)
    changes: list[JsonObject] = []
    for kind, names in (("", moved), ("created", created), ("deleted", deleted)):
        for name in names:
            if not name.startswith(("refs/heads/", "refs/tags/")):
                raise impossible("codecommit(refs)", name, "a reference begins with refs/heads/ or refs/tags/")
            changes.append({"commit": f"{ids.hex()}{ids.hex(8)}", "ref": name, **({kind: True} if kind else {})})
    record = without_none(
        awsRegion=region,
        codecommit={"references": changes},
        eventId=ids.uuid(),
        eventName=event,
        eventPartNumber=1,
        eventSource="aws:codecommit",
        eventSourceARN=arn("codecommit", repository, region, account),
        eventTime=to_milliseconds(time).replace("Z", "+0000"),
        eventTotalParts=1,
        eventTriggerConfigId=ids.uuid(),
        eventTriggerName=trigger,
        eventVersion="1.0",
        userIdentityARN=user_arn or arn("iam", "user/ada", "", account, partition_region=region),
        customData=custom_data,
    )
    return {"Records": [record]}
