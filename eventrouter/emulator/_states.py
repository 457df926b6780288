"""What a strict Runtime API says to each request: one state machine for the function, without sockets, clocks or processes.

Ids come in as arguments, decisions go out. The statuses and types of errors are those of AWS's own core.

Reference:
    https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
    https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html
"""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, Literal, TypeVar

#: Bytes of an answer in one piece, and of a streamed one.
MAX_RESPONSE = 6 * 1024 * 1024 + 100
MAX_STREAM = 200 * 1024 * 1024
#: Bytes of an error's document, where several invocations run at once.
MAX_ERROR = 1024 * 1024
MAX_EXTENSIONS = 10
#: How many attempts that are over are still known by their ids.
MAX_LATE = 10_000

#: What the type of an error is to look like; others are told to callers as Runtime.Unknown.
ERROR_TYPE = re.compile(r"(Runtime|Function)\.[A-Z][a-zA-Z]+")

Stage = Literal["waiting", "handed over", "answering", "answered", "late"]
#: Of a runtime's process. Extensions are registered before it has started.
Phase = Literal["starting", "restoring", "started", "failed"]


@dataclass(frozen=True)
class Decision:
    """What a request is replied: a status, and the type and message of an error."""

    status: int
    error_type: str = ""
    message: str = ""

    @property
    def is_accepted(self) -> bool:
        return self.status < 300

    @property
    def document(self) -> dict[str, str]:
        if self.is_accepted:
            return {"status": "OK"}
        return {"errorMessage": self.message, "errorType": self.error_type}


ACCEPTED = Decision(202)
OK = Decision(200)
NOT_FOUND = Decision(404, "NotFound", "404 page not found")
INVALID_ID = Decision(400, "InvalidRequestID", "Invalid request ID")
INVALID_MODE = Decision(400, "InvalidFunctionResponseMode", "Invalid function response mode")
LATE = Decision(410, "InvokeTimeout", "the invocation is over, or the answer is another attempt's")
ERROR_TOO_LARGE = Decision(
    413, "RequestEntityTooLarge", f"Exceeded maximum allowed payload size ({MAX_ERROR} bytes)."
)  # fmt: skip


def refused(error_type: str, message: str) -> Decision:
    """What most refusals are: 403."""
    return Decision(403, error_type, message)


def out_of_turn(what: str, state: str) -> Decision:
    return refused("InvalidStateTransition", f"State transition from {state} to {what} failed for runtime")


@dataclass(eq=False)
class Attempt:
    """One invocation on its way through a runtime.

    Attributes:
        request_id: Stays the same when the invocation is tried again.
        attempt_id: Does not; None where the server does not send one.
    """

    request_id: str
    attempt_id: str | None = None
    stage: Stage = "waiting"


A = TypeVar("A", bound=Attempt)


@dataclass
class Extension(Generic[A]):
    """A registered extension.

    Attributes:
        pending: What it is to be told of.
        is_ready: It waits for its next event.
    """

    name: str
    events: Sequence[str]
    pending: deque[A] = field(default_factory=deque)
    is_ready: bool = False


class Machine(Generic[A]):
    """The state of a function: its attempts, its extensions, and how its start went.

    Args:
        concurrency: How many invocations a runtime may have at once; None: one, and another poll is given the same again.
        has_snapshots: The endpoints around a snapshot are there.
    """

    def __init__(self, concurrency: int | None = None, *, has_snapshots: bool = False) -> None:
        self.concurrency = concurrency
        self.has_snapshots = has_snapshots
        self.phase: Phase = "starting"
        self.waiting: deque[A] = deque()
        #: Handed over, by request id; of a runtime with one at a time the last one stays until it polls again.
        self.running: dict[str, A] = {}
        self.extensions: dict[str, Extension[A]] = {}
        self._late: deque[str] = deque(maxlen=MAX_LATE)

    @property
    def is_ready(self) -> bool:
        """Whether the start is over and nobody is busy with an earlier invocation: the extensions wait for an event too."""
        return self.phase == "started" and all(extension.is_ready for extension in self.extensions.values())

    # ---- the caller's side

    def invoke(self, attempt: A) -> None:
        """Put an invocation in the queue."""
        self.waiting.append(attempt)

    def is_busy_with(self, request_id: str) -> bool:
        """Whether an invocation of that id is not over; another one of it is not taken meanwhile."""
        running = self.running.get(request_id)
        is_waiting = any(attempt.request_id == request_id for attempt in self.waiting)
        return is_waiting or (running is not None and running.stage != "answered")

    def give_up(self, attempt: A) -> None:
        """Whoever waited for *attempt* does not wait any more: its answer will come too late."""
        if attempt.stage == "waiting":
            self.waiting.remove(attempt)
        else:
            self._forget(attempt)
        attempt.stage = "late"
        self._late.append(attempt.request_id)

    def answered(self, attempt: A) -> None:
        """The answer to *attempt* is there, or all that will ever be of it."""
        if attempt.stage == "late":
            return
        attempt.stage = "answered"
        if self.concurrency is not None:
            self._forget(attempt)

    def _forget(self, attempt: A) -> None:
        if self.running.get(attempt.request_id) is attempt:
            del self.running[attempt.request_id]

    def restarted(self) -> None:
        """The process has ended; another one begins anew."""
        self.phase = "starting"
        self.extensions.clear()
        for attempt in self.running.values():
            attempt.stage = "late"
            self._late.append(attempt.request_id)
        self.running.clear()

    # ---- the runtime's side

    def poll(self) -> A | Decision | None:
        """A runtime asks for an invocation: one, why it gets none, or None while there is none, to be had by :meth:`take`."""
        if self.phase == "failed":
            return out_of_turn("Ready", "InitError")
        self.phase = "started"
        if self.concurrency is None:
            for attempt in self.running.values():
                if attempt.stage == "handed over":
                    return attempt
                if attempt.stage == "answering":
                    return out_of_turn("Ready", "InvocationResponse")
            self.running.clear()
        return self.take()

    def take(self) -> A | None:
        """The next invocation for a poller that waits; None while it has to wait longer."""
        if not self.waiting or not self.is_ready:
            return None
        if self.concurrency is None and any(attempt.stage != "answered" for attempt in self.running.values()):
            return None
        attempt = self.waiting.popleft()
        attempt.stage = "handed over"
        self.running[attempt.request_id] = attempt
        for extension in self.extensions.values():
            if "INVOKE" in extension.events:
                extension.pending.append(attempt)
                extension.is_ready = False
        return attempt

    def respond(self, request_id: str, attempt_id: str | None, mode: str | None) -> A | Decision:
        """A runtime begins to answer; the attempt, or why not."""
        found = self._answerable(request_id, attempt_id)
        if isinstance(found, Decision):
            return found
        if found.stage == "answering":
            return (
                INVALID_ID if self.concurrency is not None else out_of_turn("InvocationResponse", "InvocationResponse")
            )
        found.stage = "answering"
        return found if mode in (None, "streaming") else INVALID_MODE

    def fail(self, request_id: str, attempt_id: str | None) -> A | Decision:
        """A runtime tells that an invocation failed; the attempt, or why that is not taken."""
        found = self._answerable(request_id, attempt_id)
        if isinstance(found, Decision):
            return found
        if found.stage == "answering" and self.concurrency is None:
            return out_of_turn("InvocationErrorResponse", "InvocationResponse")
        return found

    def _answerable(self, request_id: str, attempt_id: str | None) -> A | Decision:
        found = self.running.get(request_id)
        if found is None:
            return LATE if request_id in self._late else INVALID_ID
        if found.attempt_id != attempt_id:
            return LATE
        if found.stage == "answered":
            return out_of_turn("InvocationResponse", "ResponseSent")
        return found

    def init_error(self) -> Decision:
        """A runtime tells that it cannot start."""
        if self.phase != "starting":
            return out_of_turn("InitError", self.phase)
        self.phase = "failed"
        return ACCEPTED

    def restore_next(self) -> Decision:
        """A runtime says that a snapshot may be taken."""
        if not self.has_snapshots:
            return NOT_FOUND
        if self.phase != "starting":
            return out_of_turn("RestoreReady", self.phase)
        self.phase = "restoring"
        return OK

    def restore_error(self) -> Decision:
        """A runtime tells that it cannot go on after a snapshot."""
        if not self.has_snapshots:
            return NOT_FOUND
        if self.phase != "restoring":
            return out_of_turn("RestoreError", self.phase)
        self.phase = "failed"
        return ACCEPTED

    # ---- extensions: all are internal ones, since the runtime's process has started them

    def register(self, name: str | None, body: bytes, identifier: str) -> Decision:
        """An extension asks to be registered, under an *identifier* of ours."""
        if not name:
            return refused("Extension.InvalidExtensionName", "Empty extension name")
        events = _events(body)
        if events is None:
            return refused("InvalidRequestFormat", 'the body is not {"events": [...]}')
        if not {"INVOKE"}.issuperset(events):
            return refused(
                "Extension.InvalidEventType", "an internal extension may subscribe to INVOKE, and to nothing else"
            )
        if self.phase != "starting":
            return refused("Extension.RegistrationClosed", "Extension registration closed already")
        if any(extension.name == name for extension in self.extensions.values()):
            return refused("Extension.InvalidExtensionState", "Extension with this name already registered")
        if len(self.extensions) == MAX_EXTENSIONS:
            return refused("Extension.TooManyExtensions", f"Extension limit ({MAX_EXTENSIONS}) reached")
        self.extensions[identifier] = Extension(name, events)
        return OK

    def extension(self, identifier: str | None) -> Extension[A] | Decision:
        """Who asks."""
        if not identifier:
            return refused("Extension.MissingExtensionIdentifier", "Missing Lambda-Extension-Identifier header")
        found = self.extensions.get(identifier)
        return found or refused("Extension.UnknownExtensionIdentifier", "Unknown extension")


def _events(body: bytes) -> list[str] | None:
    try:
        value = json.loads(body)
    except ValueError:
        return None
    events = value.get("events", []) if isinstance(value, dict) else None
    if not isinstance(events, list) or not all(isinstance(event, str) for event in events):
        return None
    return events


def announced(headers: Mapping[str, str]) -> set[str]:
    """The trailers that a request announced; others are lost."""
    return {name.strip().lower() for name in headers.get("trailer", "").split(",") if name.strip()}


def told_type(error_type: str) -> str:
    """The type of an error as its caller is told it."""
    return error_type if ERROR_TYPE.search(error_type) else "Runtime.Unknown"
