"""Shared by the events of the two streams: the tumbling window that a batch may be part of.

https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-windows.html
"""

from __future__ import annotations

from typing import Any

from pydantic import Field, model_validator

from ..sources._shard import whole
from ._fields import Model, Raw


class StreamWindow(Model):
    """The times between which a window's records were put into the stream."""

    start: str
    end: str


class Windowed(Raw, Model):
    """A batch; without a tumbling window all of this is None."""

    window: StreamWindow | None = None
    state: dict[str, Any] | None = Field(None, repr=False)
    shardId: str | None = None
    eventSourceARN: str | None = None
    isFinalInvokeForWindow: bool | None = None
    isWindowTerminatedEarly: bool | None = None

    @model_validator(mode="before")
    @classmethod
    def _from_pipes(cls, value: Any) -> Any:
        """EventBridge Pipes delivers a bare list of records."""
        return whole(value)
