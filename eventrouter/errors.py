"""Every exception of the package: one tree, few leaves.

No message carries a payload or a secret: errors end up in CloudWatch, dead-letter queues and other people's consoles.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .types import JsonObject, JsonValue

#: The longest piece of foreign text (a key, a queue name) that a message quotes.
QUOTE_LIMIT = 120


def quoted(text: object, limit: int = QUOTE_LIMIT) -> str:
    """Foreign text for a message: escaped, and cut at *limit* characters."""
    shown = str(text)
    return ascii(shown if len(shown) <= limit else shown[: limit - 1] + "…")


class EventRouterError(Exception):
    """The root of every error that eventrouter raises."""


class EventDecodeError(EventRouterError, ValueError):
    """The bytes of an event are not JSON (or not JSON that Python can hold)."""


class RegistrationError(EventRouterError, TypeError):
    """A handler, a route or a setting that cannot work, found while it is registered."""


class NameResolutionError(EventRouterError):
    """A route's name asks for an environment variable that is not set, or holds no name."""

    def __init__(self, variable: str, route: str, why: str = "is not set") -> None:
        self.variable = variable
        self.route = route
        self.why = why
        super().__init__(variable, route, why)

    def __str__(self) -> str:
        return f"environment variable {self.variable} {self.why}, and route {self.route} is named by it"


class NoRouteError(EventRouterError):
    """The event was recognised, but no registered route accepts its keys.

    ``keys`` are what the record offers to routes, ``nearest`` is the closest route and why it refused, ``paste`` a
    decorator that would have taken it.
    """

    def __init__(self, source: str, keys: Mapping[str, str], nearest: str = "", paste: str = "") -> None:
        self.source = source
        self.keys = dict(keys)
        self.nearest = nearest
        self.paste = paste
        super().__init__(source, self.keys, nearest, paste)

    def __str__(self) -> str:
        offered = ", ".join(f"{key}={quoted(value)}" for key, value in self.keys.items() if value)
        text = f"no {self.source} route accepts {offered}" if offered else f"no route accepts a {self.source} event"
        if self.nearest:
            text += f"; nearest: {self.nearest}"
        if self.paste:
            text += f"; to take it: {self.paste}"
        return text


class _ValidationFailure(EventRouterError):
    """Shared by the three errors that list what did not validate, each entry ``{"type", "loc", "msg"}``."""

    what = "value"

    def __init__(self, errors: Sequence[JsonObject], where: str = "") -> None:
        self.errors = list(errors)
        self.where = where
        super().__init__(self.errors, where)

    def __str__(self) -> str:
        # Types and places only: pydantic's own text quotes the input.
        found = "; ".join(f"{'.'.join(map(str, e['loc'])) or '(whole)'}: {e['type']}" for e in self.errors[:10])
        more = f" and {len(self.errors) - 10} more" if len(self.errors) > 10 else ""
        return f"{self.what}{' of ' + self.where if self.where else ''} does not validate: {found}{more}"


class PayloadError(_ValidationFailure, ValueError):
    """A record's payload (or the record itself) is not what the handler asked for. That record fails."""

    what = "payload"


class RequestValidationError(_ValidationFailure, ValueError):
    """An HTTP request's path, query, headers or body are not what the handler asked for: a 422."""

    what = "request"


class ResponseValidationError(_ValidationFailure):
    """A handler's return value breaks its own return annotation: a 500."""

    what = "response"


class NotReachedError(EventRouterError):
    """A record was not started: its lane had failed, or there was not enough time left. It will be delivered again."""

    def __init__(self, index: int, why: str) -> None:
        self.index = index
        self.why = why
        super().__init__(index, why)

    def __str__(self) -> str:
        return f"record {self.index} was not started: {self.why}"


class ReplyError(EventRouterError):
    """A handler returned something that its trigger cannot be answered with."""


class AsgiError(EventRouterError):
    """A mounted app answered in a way that no server could send on: out of order, or not to its end."""


class ResponseTooLargeError(EventRouterError):
    """An answer is larger than its trigger takes."""

    def __init__(self, source: str, size: int, limit: int) -> None:
        self.source = source
        self.size = size
        self.limit = limit
        super().__init__(source, size, limit)

    def __str__(self) -> str:
        return (
            f"the answer has {self.size} bytes and {self.source} takes at most {self.limit}: "
            "answer with a link to an object in S3, answer in pages, or stream it"
        )


class DependencyError(EventRouterError):
    """A dependency broke the rules of its kind, for example a generator that yields twice."""


class LoopError(EventRouterError, RuntimeError):
    """Asynchronous work was reached from where it cannot be run."""


class HandlerCancelledError(EventRouterError):
    """A handler raised ``CancelledError`` though nothing cancelled it: its record failed."""

    def __str__(self) -> str:
        return "the handler was cancelled from inside"


class HandlerTimeoutError(EventRouterError, TimeoutError):
    """A handler was still running when the time of its invocation was over, less the margin, and was cancelled."""

    def __str__(self) -> str:
        return "the handler did not end in the time that the invocation has"


class HandlerStoppedError(EventRouterError, RuntimeError):
    """A handler raised ``StopIteration``, which no coroutine can pass on; that is its cause.

    Calling the app raises the ``StopIteration`` itself; only ``await app.dispatch(...)`` raises this.
    """

    def __str__(self) -> str:
        return "the handler raised StopIteration, which nothing asynchronous can pass on"


class ShutdownError(EventRouterError):
    """The process was told to end while a handler was running, and the handler was given no more time."""

    def __str__(self) -> str:
        return "the process was told to end before the handler had ended"


class RuntimeApiError(EventRouterError):
    """Lambda's Runtime API said something that a runtime cannot go on from, or cannot be reached."""


class ImpossibleEventError(EventRouterError, ValueError):
    """An event factory was asked for something that AWS never sends.

    Attributes:
        argument: The factory and its parameter: ``sqs(queue=)``.
        given: What was given, in short.
        rule: What AWS does instead.
    """

    def __init__(self, argument: str, given: str, rule: str) -> None:
        self.argument = argument
        self.given = given
        self.rule = rule
        super().__init__(argument, given, rule)

    def __str__(self) -> str:
        return f"{self.argument} {self.given}: {self.rule}"


class FixtureError(EventRouterError):
    """A file that should hold an event holds none, or one that the app does not handle.

    Attributes:
        file: Its name.
        why: What is wrong with it.
    """

    def __init__(self, file: str, why: str) -> None:
        self.file = file
        self.why = why
        super().__init__(file, why)

    def __str__(self) -> str:
        return f"{self.file}: {self.why}"


class HTTPException(EventRouterError):
    """Answer this HTTP request with *status_code* and ``{"detail": detail}``.

    For every trigger that is not HTTP it is an ordinary failure.
    """

    #: The ``"code"`` beside the detail, where eventrouter itself raised it: ``not_found``, ``method_not_allowed``.
    code: str | None = None

    def __init__(self, status_code: int, detail: JsonValue = None, headers: Mapping[str, str] | None = None) -> None:
        if not isinstance(status_code, int):
            raise TypeError(f"the status comes first, as in HTTPException(404, {status_code!r})")
        self.status_code = status_code
        self.detail = _phrase(status_code) if detail is None else detail
        self.headers = dict(headers) if headers else None
        super().__init__(status_code, self.detail, self.headers)

    def __str__(self) -> str:
        return f"{self.status_code}: {self.detail}"


class ProcessingFailed(EventRouterError):
    """Say that a Firehose record cannot be transformed: it goes to the error prefix and is never tried again."""


class CognitoError(EventRouterError):
    """A message for the person who is signing in. Cognito shows the text of a trigger's error to the end user."""


class Unauthorized(EventRouterError):
    """Raised by an authorizer: API Gateway answers 401. Arguments are for your own logs only."""

    def __str__(self) -> str:
        # API Gateway answers 401 to exactly this text, and 500 to any other.
        return "Unauthorized"


def _phrase(status_code: int) -> str:
    from http import HTTPStatus

    try:
        return HTTPStatus(status_code).phrase
    except ValueError:
        return f"status {status_code}"
