"""The input of a durable execution, typed. Powertools has no model of it.

https://docs.aws.amazon.com/lambda/latest/dg/durable-functions.html
"""

from __future__ import annotations

from typing import Annotated, Any, Generic

from pydantic import Field
from typing_extensions import TypeVar

from ._fields import JsonText, Model, Raw

Input = TypeVar("Input", default=str)


class DurableExecutionDetails(Model, Generic[Input]):
    """Of the execution itself: what it was started with, JSON of ``Input`` or the text where that is ``str``."""

    InputPayload: Annotated[Input, JsonText] | None = Field(None, repr=False)


class DurableOperation(Model, Generic[Input]):
    """One step, wait, callback, ... of the execution; the first one is the execution itself."""

    Id: str | None = None
    #: ``EXECUTION``, ``STEP``, ``WAIT``, ``CALLBACK``, ``CHAINED_INVOKE``, ``CONTEXT``.
    Type: str | None = None
    Status: str | None = None
    Name: str | None = None
    SubType: str | None = None
    ParentId: str | None = None
    #: Milliseconds since the epoch or ISO 8601: SDKs differ.
    StartTimestamp: Any = None
    EndTimestamp: Any = None
    ExecutionDetails: DurableExecutionDetails[Input] | None = None


class DurableExecutionState(Model, Generic[Input]):
    """The operations so far; where there are more, ``NextMarker`` is what to ask for."""

    Operations: list[DurableOperation[Input]] | None = None
    NextMarker: str | None = None


class DurableEvent(Raw, Model, Generic[Input]):
    """A durable execution that starts or goes on."""

    DurableExecutionArn: str
    CheckpointToken: str | None = Field(None, repr=False)
    InitialExecutionState: DurableExecutionState[Input] | None = Field(None, repr=False)
