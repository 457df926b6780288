"""What a strict Runtime API says to each request: one state machine for the function, without sockets, clocks or processes.

Time and ids come in as arguments, decisions go out. The statuses and types of errors are those of AWS's own core.

Reference:
    https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
    https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

#: Bytes of an answer in one piece, and of a streamed one.
MAX_RESPONSE = 6 * 1024 * 1024 + 100
MAX_STREAM = 200 * 1024 * 1024
#: Bytes of an error's document, where several invocations run at once.
MAX_ERROR = 1024 * 1024

#: What the type of an error is to look like; others are told to callers as Runtime.Unknown.
ERROR_TYPE = re.compile(r"(Runtime|Function)\.[A-Z][a-zA-Z]+")

Stage = Literal["waiting", "handed over", "answering", "answered", "late"]


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


def refused(status: int, error_type: str, message: str) -> Decision:
    return Decision(status, error_type, message)


@dataclass
class Attempt:
    """One invocation on its way through a runtime.

    Attributes:
        request_id: Stays the same when the invocation is tried again.
        attempt_id: Does not; None where the server does not send one.
    """

    request_id: str
    attempt_id: str | None = None
    stage: Stage = "waiting"


@dataclass
class Extension:
    """A registered extension."""

    name: str
    events: Sequence[str]
    is_ready: bool = False


@dataclass
class Machine:
    """The state of a function: its attempts, its extensions, and how its start went.

    Args:
        concurrency: How many invocations a runtime may have at once; None: one, and another poll is given the same again.
        has_snapshots: The endpoints around a snapshot are there.
    """

    concurrency: int | None = None
    has_snapshots: bool = False
    has_started: bool = False
    has_failed: bool = False
    waiting: list[Attempt] = field(default_factory=list)
    attempts: dict[str, Attempt] = field(default_factory=dict)
    extensions: dict[str, Extension] = field(default_factory=dict)

    # ---- the caller's side

    def invoke(self, attempt: Attempt) -> None:
        """Put an invocation in the queue."""
        self.waiting.append(attempt)

    def is_running(self, request_id: str) -> bool:
        """Whether an invocation of that id is being handled; another one of it is not taken meanwhile."""
        known = self.attempts.get(request_id)
        return known is not None and known.stage in ("handed over", "answering")

    def give_up(self, attempt: Attempt) -> None:
        """Whoever waited for *attempt* does not wait any more: its answer will come too late."""
        if attempt in self.waiting:
            self.waiting.remove(attempt)
        attempt.stage = "late"

    def restarted(self) -> None:
        """The process has ended; another one begins anew."""
        self.has_started = self.has_failed = False
        self.extensions.clear()
        for attempt in self.attempts.values():
            if attempt.stage in ("handed over", "answering"):
                attempt.stage = "late"

    # ---- the runtime's side

    def poll(self) -> Attempt | Decision | None:
        """A runtime asks for an invocation: one, why it gets none, or None while there is none."""
        if self.has_failed:
            return refused(403, "InvalidStateTransition", "State transition from RuntimeInitError to Ready failed")
        self.has_started = True
        if self.concurrency is None:
            for attempt in self.attempts.values():
                if attempt.stage == "handed over":
                    return attempt
        if not self.waiting:
            return None
        attempt = self.waiting.pop(0)
        attempt.stage = "handed over"
        self.attempts[attempt.request_id] = attempt
        return attempt

    def respond(self, request_id: str, attempt_id: str | None, mode: str | None) -> Attempt | Decision:
        """A runtime begins to answer; the attempt, or why not."""
        found = self._answerable(request_id, attempt_id)
        if isinstance(found, Decision):
            return found
        if found.stage == "answering":
            return refused(403, "InvalidStateTransition", "the invocation is being answered")
        if mode not in (None, "streaming"):
            found.stage = "answered"
            return refused(400, "InvalidFunctionResponseMode", f"Invalid function response mode: {mode[:60]}")
        found.stage = "answering"
        return found

    def fail(self, request_id: str, attempt_id: str | None, size: int) -> Attempt | Decision:
        """A runtime tells that an invocation failed; the attempt, or why that is not taken."""
        found = self._answerable(request_id, attempt_id)
        if isinstance(found, Decision):
            return found
        if found.stage == "answering" and self.concurrency is None:
            return refused(403, "InvalidStateTransition", "the invocation is being answered")
        found.stage = "answered"
        if self.concurrency is not None and size > MAX_ERROR:
            return refused(413, "RequestEntityTooLarge", f"Exceeded maximum allowed payload size ({MAX_ERROR} bytes).")
        return found

    def _answerable(self, request_id: str, attempt_id: str | None) -> Attempt | Decision:
        found = self.attempts.get(request_id)
        if found is None:
            return refused(400, "InvalidRequestID", "Invalid request ID")
        if found.stage == "late" or attempt_id != found.attempt_id:
            return refused(410, "InvokeTimeout", "the invocation is over")
        if found.stage == "answered":
            return refused(403, "InvalidStateTransition", "the invocation has been answered")
        return found

    def init_error(self) -> Decision:
        """A runtime tells that it cannot start."""
        if self.has_started or self.has_failed:
            return refused(403, "InvalidStateTransition", "State transition to InitError failed")
        self.has_failed = True
        return ACCEPTED

    def may_restore(self) -> Decision:
        """A runtime says that a snapshot may be taken."""
        if not self.has_snapshots:
            return refused(404, "NotFound", "there are no snapshots")
        if self.has_started or self.has_failed:
            return refused(403, "InvalidStateTransition", "State transition to RestoreReady failed")
        return Decision(200)

    # ---- extensions

    def register(self, name: str | None, events: object, identifier: str, *, is_internal: bool = True) -> Decision:
        """An extension asks to be registered."""
        if self.has_started:
            return refused(403, "Extension.RegistrationClosed", "Extension registration closed already")
        if not name:
            return refused(403, "Extension.InvalidExtensionName", "Empty extension name")
        if any(extension.name == name for extension in self.extensions.values()):
            return refused(403, "Extension.AlreadyRegistered", "Extension with this name already registered")
        if len(self.extensions) >= 10:
            return refused(403, "Extension.TooManyExtensions", "Extension limit (10) reached")
        if not isinstance(events, list) or not all(event in ("INVOKE", "SHUTDOWN") for event in events):
            return refused(403, "Extension.InvalidEventType", "Invalid event type")
        if is_internal and "SHUTDOWN" in events:
            return refused(403, "Extension.InvalidEventType", "SHUTDOWN is for external extensions")
        self.extensions[identifier] = Extension(name, events)
        return Decision(200)

    def extension_ready(self, identifier: str | None) -> Decision:
        """An extension asks for its next event, which those without events never get."""
        extension = self.extensions.get(identifier or "")
        if extension is None:
            return refused(403, "Extension.UnknownExtensionIdentifier", "Unknown extension identifier")
        extension.is_ready = True
        return Decision(200)

    @property
    def is_ready(self) -> bool:
        """Whether the start is over: the runtime has polled, and so has every extension."""
        return self.has_started and all(extension.is_ready for extension in self.extensions.values())


def announced(headers: Mapping[str, str]) -> set[str]:
    """The trailers that a request announced; others are lost."""
    return {name.strip().lower() for name in headers.get("trailer", "").split(",") if name.strip()}


def told_type(error_type: str) -> str:
    """The type of an error as its caller is told it."""
    return error_type if ERROR_TYPE.search(error_type) else "Runtime.Unknown"
