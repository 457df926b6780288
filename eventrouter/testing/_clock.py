"""The time of an invocation, in the hands of a test."""

from __future__ import annotations

import time

from ..context import LambdaContext


class Clock:
    """What tells an invocation how much time it has left: it runs as the real one does, and a test moves it on.

    Args:
        is_frozen: It stands still unless it is moved.
    """

    __slots__ = ("_ahead", "_frozen_at")

    def __init__(self, *, is_frozen: bool = False) -> None:
        self._ahead = 0.0
        self._frozen_at = time.monotonic() if is_frozen else None

    def now(self) -> float:
        """Seconds from some moment on."""
        return (time.monotonic() if self._frozen_at is None else self._frozen_at) + self._ahead

    def advance(self, seconds: float) -> None:
        """Let time pass: what a handler, or a fake that it calls, seems to take.

        Raises:
            ValueError: Time does not run backwards.
        """
        if seconds < 0:
            raise ValueError(f"time does not run backwards, by {seconds} seconds")
        self._ahead += seconds


class TestContext(LambdaContext):
    """Lambda's context object.

    Attributes:
        clock: What tells its time.
    """

    __slots__ = ("_ends", "clock")
    __test__ = False  # for pytest, which takes it for tests

    def __init__(self, request_id: str, clock: Clock, timeout: float) -> None:
        super().__init__(
            request_id,
            deadline_ms=int((time.time() + timeout) * 1000),
            invoked_function_arn="arn:aws:lambda:eu-central-1:123456789012:function:function",
            function_name="function",
            log_group_name="/aws/lambda/function",
            log_stream_name="2026/01/15/[$LATEST]0123456789abcdef0123456789abcdef",
        )
        self.clock = clock
        self._ends = clock.now() + timeout

    def get_remaining_time_in_millis(self) -> int:
        return max(0, int((self._ends - self.clock.now()) * 1000))
