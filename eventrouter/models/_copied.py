"""Shared by the sources for which Powertools' models write into what they read: they are given a copy."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING

from ._extract import extractor

if TYPE_CHECKING:
    from ..source import Extractor


def copied_record(annotation: type, where: str) -> Extractor:
    """Make an argument by validating a copy of the record."""
    return extractor(annotation, where, lambda invocation, record: deepcopy(record), lambda invocation, record: record)


def copied_event(annotation: type, where: str) -> Extractor:
    """Make an argument by validating a copy of the event."""
    return extractor(
        annotation,
        where,
        lambda invocation, record: deepcopy(invocation.event),
        lambda invocation, record: invocation.event,
    )
