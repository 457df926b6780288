"""AWS CodeCommit: a repository's trigger invokes the function when branches or tags change.

https://docs.aws.amazon.com/lambda/latest/dg/services-codecommit.html
"""

from __future__ import annotations

from ..source import Pattern, Source
from ._read import after_last, object_at, pasted, text_at
from ._several import any_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence
    from typing import Unpack

    from ..types import JsonObject, JsonValue, NameSpec, RouteOptions


def detect(event: JsonValue) -> bool:
    match event:
        case {"Records": [{"eventSource": "aws:codecommit"}, *_]}:
            return True
    return False


def records(event: JsonValue) -> Sequence[JsonObject]:
    return event["Records"]  # type: ignore[no-any-return]


def address(record: JsonObject) -> Hashable:
    return text_at(record, "eventSourceARN"), text_at(record, "eventName"), text_at(record, "eventTriggerName")


def keys(record: JsonObject) -> Mapping[str, str]:
    arn = text_at(record, "eventSourceARN")
    return {
        "repository": after_last(arn, ":"),
        "repository_arn": arn,
        "event": text_at(record, "eventName"),
        "trigger": text_at(record, "eventTriggerName"),
    }


def _branches(record: JsonObject) -> Sequence[str]:
    return _named(record, "refs/heads/")


def _tags(record: JsonObject) -> Sequence[str]:
    return _named(record, "refs/tags/")


def _named(record: JsonObject, prefix: str) -> Sequence[str]:
    references = object_at(record, "codecommit").get("references")
    names = [text_at(reference, "ref") for reference in references] if isinstance(references, list) else []
    return [name.removeprefix(prefix) for name in names if name.startswith(prefix)]


def idempotency_key(record: JsonObject) -> str | None:
    """The event's id, time and part: the id alone is the trigger's, and comes again with every push."""
    identifier, time = text_at(record, "eventId"), text_at(record, "eventTime")
    return f"{identifier}/{time}/{record.get('eventPartNumber')}" if identifier and time else None


def repository(
    name: str | None = None,
    /,
    *,
    event: NameSpec = None,
    trigger: NameSpec = None,
    branch: NameSpec = None,
    tag: NameSpec = None,
    **options: Unpack[RouteOptions],
) -> Pattern:
    """Changes in the repository *name*.

    Args:
        name: The repository's name: exact, a glob, an ARN, ``${ENV}``; left out: every repository.
        event: ``ReferenceChanges``, or ``TriggerEventTest`` for the console's test.
        trigger: The trigger's name.
        branch: One of the branches that changed, without ``refs/heads/``.
        tag: One of the tags that changed, without ``refs/tags/``.
    """
    return Pattern(
        "codecommit",
        [("repository", name), ("event", event), ("trigger", trigger)],
        tests=(*any_of("branch", branch, _branches), *any_of("tag", tag, _tags)),
        options=options,
    )


SOURCE = Source(
    "codecommit",
    detect=detect,
    services=("aws:codecommit",),
    records=records,
    keys=keys,
    order=("repository", "event", "trigger"),
    address=address,
    types={
        "eventrouter.models.codecommit:CodeCommitRecord": "record",
        "eventrouter.models.codecommit:CodeCommitEvent": "event",
    },
    evidence=("Records.0.eventSource", "Records.0.eventSourceARN"),
    model="eventrouter.models.codecommit:CodeCommitEvent",
    offer="CodeCommitRecord, CodeCommitEvent",
    idempotency_key=idempotency_key,
    secret_paths=("Records.*.customData",),
    paste=pasted("codecommit", "repository"),
    acknowledges=True,
)
