"""What runs an invocation, and what it offers: a caller who reads a stream, a place for work after the answer, threads.

The plain handler under AWS's own client has none of these, and no host.
"""

from __future__ import annotations

from .errors import RegistrationError, quoted
from .types import STREAM_TRIGGERS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Collection, Mapping
    from typing import Any, Protocol

    from ._run import Run
    from .context import Invocation

    class Threads(Protocol):
        """Worker threads."""

        async def call(
            self, invocation: Invocation, function: Callable[..., Any], /, *arguments: Any, **keywords: Any
        ) -> Any: ...


#: Which triggers are configured to stream: ``function_url,apigw_rest`` or ``function_url:live``, for an alias alone. Set, it
#: wins over code, since the template that sets it is what owns the fact.
STREAM_VARIABLE = "EVENTROUTER_RESPONSE_STREAM"

NOTHING: Mapping[str, str] = {}

#: Triggers of AWS that never stream; a local emulator of one may.
#: https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html
_NEVER = ("apigw_http", "alb", "vpc_lattice_v1", "vpc_lattice_v2")


class StreamSettings:
    """The triggers that are configured to stream, since an invocation does not say whether its caller reads a stream.

    Args:
        declared: What ``App(response_stream=...)`` says.
        environment: Where ``EVENTROUTER_RESPONSE_STREAM`` is looked up.
        first_item_timeout: Seconds after which an answer begins without its first item.
        has_filler: A streamed answer without a body is given a line break for one.

    Raises:
        RegistrationError: The variable names something that is no trigger.
    """

    __slots__ = ("_is_owned", "_labels", "first_item_timeout", "has_filler")

    def __init__(
        self,
        declared: Collection[str] = (),
        environment: Mapping[str, str] = NOTHING,
        *,
        first_item_timeout: float | None = None,
        has_filler: bool = False,
    ) -> None:
        self.first_item_timeout = first_item_timeout
        self.has_filler = has_filler
        variable = environment.get(STREAM_VARIABLE)
        self._is_owned = variable is not None
        #: From a label to the aliases it streams for; an empty name stands for all.
        self._labels: dict[str, set[str]] = {label: {""} for label in declared}
        if variable is None:
            return
        self._labels = {}
        for item in filter(None, (item.strip() for item in variable.split(","))):
            label, _, alias = item.partition(":")
            if label not in STREAM_TRIGGERS:
                raise RegistrationError(
                    f"{STREAM_VARIABLE} names {quoted(label)}, which is none of {', '.join(STREAM_TRIGGERS)}"
                )
            self._labels.setdefault(label, set()).add(alias.strip())

    def cover(self, invocation: Invocation, route: bool | None) -> bool:
        """Whether *invocation* came from one of them.

        Args:
            route: What the route's own ``response_stream=`` says; a REST API is configured for each of its methods.
        """
        label = invocation.source.name
        aliases = self._labels.get(label)
        is_listed = aliases is not None and ("" in aliases or _alias(invocation) in aliases)
        if route is not None and label in ("apigw_rest", "direct"):
            is_listed = route and (is_listed or not self._is_owned)
        if is_listed and label in _NEVER:
            from ._log import warn_once

            warn_once(
                ("never streams", label),
                "%s is named in response_stream, and AWS never streams there: its callers would be sent the status and "
                "the headers as part of the body",
                label,
            )
        return is_listed

    def __bool__(self) -> bool:
        return bool(self._labels)


def _alias(invocation: Invocation) -> str:
    """The alias or version that was invoked: the last part of its ARN, if it has one."""
    arn = str(getattr(invocation.context, "invoked_function_arn", "") or "").split(":")
    return arn[7] if len(arn) > 7 else ""


class Host:
    """What runs one invocation.

    Attributes:
        settings: Which triggers stream, and how.
        route: What the invocation's route says of streaming, once it is found.
        is_deferred: Background work and hooks are left to the host, who does them after the answer is sent.
        body: The stream that answers the invocation, once there is one; to be closed however it ends.
        by_hand: The invocation is driven without an event loop until it needs one.
        put: What a presigned URL is answered with, in place of the network: for tests.
        run: What becomes of the records, once they are handled.
        raised: What a request failed with that was answered with an error.
    """

    __slots__ = (
        "body",
        "by_hand",
        "fatal",
        "invocation",
        "is_deferred",
        "put",
        "raised",
        "route",
        "run",
        "settings",
        "threads",
    )

    def __init__(self, settings: StreamSettings, *, is_deferred: bool = False) -> None:
        self.settings = settings
        self.is_deferred = is_deferred
        self.route: bool | None = None
        self.body: AsyncIterator[bytes] | None = None
        #: Where synchronous handlers are called, since others would wait for one that is called here; None: here.
        self.threads: Threads | None = None
        #: What must end the process once the invocation is answered: ``SystemExit``, ``KeyboardInterrupt``.
        self.fatal: BaseException | None = None
        self.by_hand = False
        self.put: Callable[[str, bytes], None] | None = None
        self.run: Run | None = None
        self.raised: Exception | None = None
        self.invocation: Invocation | None = None

    @property
    def interruption(self) -> Exception | None:
        """Why the invocation was cut short, if it was: its time is over, or the process ends."""
        return None

    def streams(self, invocation: Invocation) -> bool:
        """Whether the caller reads a stream."""
        return self.settings.cover(invocation, self.route)


def streams(invocation: Invocation) -> bool:
    """Whether the caller of *invocation* reads a stream."""
    return invocation.host is not None and invocation.host.streams(invocation)
