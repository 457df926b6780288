"""One invocation: Lambda's context, the event, and what the package knows of it."""

from __future__ import annotations

import time
from contextvars import ContextVar
from time import monotonic

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from ._host import Host
    from .request import Request
    from .source import Source
    from .types import AnyContext, JsonValue

#: The time a call without a Lambda context has: Lambda's longest.
NO_DEADLINE_MS = 900_000


class Client:
    """The mobile app that invoked the function."""

    __slots__ = ("app_package_name", "app_title", "app_version_code", "app_version_name", "installation_id")

    def __init__(self, given: Mapping[str, Any]) -> None:
        self.installation_id = given.get("installation_id")
        self.app_title = given.get("app_title")
        self.app_version_name = given.get("app_version_name")
        self.app_version_code = given.get("app_version_code")
        self.app_package_name = given.get("app_package_name")


class ClientContext:
    """What the caller passed beside the event.

    Attributes:
        client: The mobile app, if it is one.
        custom: Values of the caller's own.
        env: Of the AWS SDK's.
    """

    __slots__ = ("client", "custom", "env")

    def __init__(self, given: Mapping[str, Any]) -> None:
        client = given.get("client")
        self.client = Client(client) if isinstance(client, dict) else None
        self.custom = given.get("custom")
        self.env = given.get("env")


class CognitoIdentity:
    """The Amazon Cognito identity that authorized the request; its ids are None where there is none."""

    __slots__ = ("cognito_identity_id", "cognito_identity_pool_id")

    def __init__(self, given: Mapping[str, Any]) -> None:
        self.cognito_identity_id = given.get("cognitoIdentityId")
        self.cognito_identity_pool_id = given.get("cognitoIdentityPoolId")


class LambdaContext:
    """Lambda's context object, for runtimes and tests of our own. AWS's and Powertools' work just as well.

    Args:
        trace_context: W3C trace context, for :meth:`w3c`.
        deadline_ms: A moment, in milliseconds since the Unix epoch. Default: 15 minutes from now.

    Reference:
        https://docs.aws.amazon.com/lambda/latest/dg/python-context.html
    """

    __slots__ = (
        "aws_request_id", "client_context", "deadline_ms", "function_name", "function_version", "identity",
        "invoked_function_arn", "log_group_name", "log_stream_name", "memory_limit_in_mb", "tenant_id", "trace_context",
        "trace_id",
    )  # fmt: skip

    def __init__(
        self,
        aws_request_id: str = "",
        *,
        deadline_ms: int | None = None,
        invoked_function_arn: str = "",
        function_name: str = "",
        function_version: str = "$LATEST",
        memory_limit_in_mb: int = 128,
        log_group_name: str = "",
        log_stream_name: str = "",
        identity: object = None,
        client_context: object = None,
        tenant_id: str | None = None,
        trace_id: str | None = None,
        trace_context: Mapping[str, str] | None = None,
    ) -> None:
        self.aws_request_id = aws_request_id
        self.deadline_ms = int(time.time() * 1000) + NO_DEADLINE_MS if deadline_ms is None else deadline_ms
        self.invoked_function_arn = invoked_function_arn
        self.function_name = function_name
        self.function_version = function_version
        self.memory_limit_in_mb = memory_limit_in_mb
        self.log_group_name = log_group_name
        self.log_stream_name = log_stream_name
        self.identity = identity
        self.client_context = client_context
        self.tenant_id = tenant_id
        self.trace_id = trace_id
        self.trace_context = trace_context

    def w3c(self) -> dict[str, str]:
        """The W3C trace context, as AWS's own context gives it: ``traceparent``, ``tracestate``, ``baggage``."""
        return dict(self.trace_context or {})

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until Lambda ends this invocation; never negative."""
        return max(0, self.deadline_ms - int(time.time() * 1000))

    def __repr__(self) -> str:
        return f"LambdaContext(aws_request_id={self.aws_request_id!r}, function_name={self.function_name!r})"


class Invocation:
    """One event on its way through an app: what middleware sees.

    Attributes:
        event: The decoded event, never mutated.
        context: Lambda's context object.
        source: What the event is.
        delivery: ``"lambda"``, or ``"pipes"`` for the bare list that EventBridge Pipes delivers.
        state: For middleware and dependencies to pass things along; empty at the start, gone at the end.
    """

    __slots__ = (
        "_request",
        "_state",
        "base_paths",
        "by_hand",
        "cleanups",
        "context",
        "delivery",
        "event",
        "host",
        "is_head",
        "rest_binary",
        "settled",
        "source",
        "tasks",
        "told",
    )

    def __init__(self, event: JsonValue, context: AnyContext, source: Source, by_hand: bool = False) -> None:
        self.event = event
        self.context = context
        self.source = source
        self.delivery = "pipes" if type(event) is list and source.is_batch else "lambda"
        #: The coroutine is driven without an event loop; the gate in ``_drive`` reads and clears it.
        self.by_hand = by_hand
        #: What runs it; None for the plain handler.
        self.host: Host | None = None
        #: The stack of what ``Depends(scope="invocation")`` opened, made on first use.
        self.cleanups: object = None
        #: Work for after the answer, made on first use.
        self.tasks: object = None
        #: Whether it is a HEAD request; None until that is known.
        self.is_head: bool | None = None
        #: How its handling ended, a response or an error, for the guard around middleware.
        self.settled: Any = None
        #: What the source raised to tell its trigger of failed records; it is told by that.
        self.told: BaseException | None = None
        #: What may stand in front of the path of a request and is none of the routes' business.
        self.base_paths: tuple[str, ...] = ()
        #: Whether bytes come through a REST API whose answers are in one piece.
        self.rest_binary = False
        self._request: Request | None = None
        self._state: dict[str, object] | None = None

    @property
    def request(self) -> Request:
        """The HTTP request: for middleware and dependencies, which are given the invocation.

        Raises:
            TypeError: The event is no HTTP request; ``invocation.source.http`` is None then.
        """
        if self._request is None:
            global _request_of
            if _request_of is None:
                # Bound once: layers ask for it with every request.
                from .request import request_of as _request_of
            request: Request = _request_of(self)
            self._request = request
        return self._request

    @property
    def state(self) -> dict[str, object]:
        if self._state is None:
            self._state = {}
        return self._state

    @property
    def request_id(self) -> str:
        """Lambda's id of this invocation; retries of an asynchronous invocation keep it."""
        return str(getattr(self.context, "aws_request_id", "") or "")

    def remaining_seconds(self) -> float:
        """Seconds until Lambda, or whoever called it, gives up."""
        remaining = self._ask()() / 1000
        limit = self.source.caller_limit
        return remaining if limit is None or remaining < limit else limit

    def countdown(self) -> tuple[Callable[[], float], float, float]:
        """A clock in seconds, what it shows now, and what it shows when :meth:`remaining_seconds` are over."""
        context, limit = self.context, self.source.caller_limit
        kind = type(context)
        clock: Callable[[], float] = monotonic
        if kind is LambdaContext:
            remaining = max(0.0, context.deadline_ms / 1000 - time.time())  # type: ignore[attr-defined]
            now = monotonic()
        else:
            ask = self._ask()
            remaining = ask() / 1000
            if kind.__module__ == "awslambdaric.lambda_context":
                # It counts down with the clock and nothing else, so the clock is asked: before every record, and it is
                # five times cheaper.
                now = monotonic()
            else:
                now, clock = -remaining, lambda: -ask() / 1000
        return clock, now, now + (remaining if limit is None or remaining < limit else limit)

    def _ask(self) -> Callable[[], int]:
        try:
            return self.context.get_remaining_time_in_millis
        except AttributeError:
            raise TypeError(
                f"the context is a {type(self.context).__name__}, which does not tell the time that is left: pass Lambda's "
                "context, or LambdaContext() in a test"
            ) from None

    def __repr__(self) -> str:
        return f"<Invocation {self.source.name} {self.request_id}>"


_request_of: Any = None
_current: ContextVar[Invocation] = ContextVar("eventrouter.invocation")


def current_invocation() -> Invocation:
    """The invocation that this code runs for, from anywhere below it, worker threads included.

    Raises:
        LookupError: No invocation is running.
    """
    try:
        return _current.get()
    except LookupError:
        raise LookupError("no invocation is running: current_invocation() is for code that a handler calls") from None
