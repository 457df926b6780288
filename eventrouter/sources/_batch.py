"""Shared by the sources that hand over a batch: which failed records the trigger is told, and how."""

from __future__ import annotations

from ..source import failure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from ..source import Outcome
    from ..types import JsonObject, JsonValue, Record

#: Said once on an error that brings a whole batch back because the app does not say that the trigger takes a list.
RAISED = (
    "the whole batch will be delivered again; to get back only what failed, turn on ReportBatchItemFailures on the "
    'trigger and write App(failures="report")'
)


def raise_failed(outcome: Outcome, note: str = "") -> None:
    """Raise what failed, if anything did: one failure unchanged, several as one group."""
    if outcome.errors:
        error = failure(outcome.errors)
        if note and note not in getattr(error, "__notes__", ()):
            error.add_note(note)
        raise error


def silence(outcome: Outcome) -> JsonValue:
    """Answer null, or raise what failed: for triggers that know no partial failure."""
    raise_failed(outcome)
    return None


def batch_item_failures(
    outcome: Outcome, identify: Callable[[Record], JsonValue], *, checkpoint: bool = False
) -> JsonObject:
    """Answer ``{"batchItemFailures": [...]}``, or raise where the app does not report.

    An identifier that is not usable would make Lambda either retry everything or, worse, take the failure for a
    success: then the whole batch is raised.

    Args:
        outcome: By position.
        identify: A failed record's ``itemIdentifier``.
        checkpoint: A stream: only the first failed record is named, since everything after it comes back anyway.
    """
    if not outcome.errors:
        return {"batchItemFailures": []}
    if not outcome.reports:
        raise_failed(outcome, RAISED)
    failed = sorted(outcome.errors)
    # In order, each once; by its text, since Kafka's are objects.
    identifiers: dict[str, JsonValue] = {}
    for index in failed[:1] if checkpoint else failed:
        try:
            identifier = identify(outcome.records[index])
        except (KeyError, TypeError, ValueError, IndexError):
            identifier = None
        if not identifier or not isinstance(identifier, str | dict):
            raise_failed(outcome, "a failed record has no identifier, so the whole batch will be delivered again")
        identifiers.setdefault(repr(identifier), identifier)
    return {"batchItemFailures": [{"itemIdentifier": identifier} for identifier in identifiers.values()]}
