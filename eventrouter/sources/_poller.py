"""Shared by the sources whose poller hands over messages in order: Kafka, Amazon MQ, DocumentDB.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventsourcemapping.html
"""

from __future__ import annotations

from ._batch import raise_failed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

    from ..source import Outcome
    from ..types import JsonObject, JsonValue

#: These pollers give up on an invocation after 14 minutes, whatever the function's timeout is.
CALLER_LIMIT = 840


def one_lane(batch: Sequence[JsonObject]) -> Callable[[JsonObject], Hashable]:
    """The whole batch is one order: after a failure nothing later is started, since all of it comes back."""
    return _the_lane


def _the_lane(record: JsonObject) -> Hashable:
    return ""


def all_or_nothing(outcome: Outcome) -> JsonValue:
    """Raise what failed, for the whole batch is delivered again; else say success as whoever delivered it reads it."""
    raise_failed(outcome)
    return {"batchItemFailures": []} if outcome.invocation.delivery == "pipes" else None
