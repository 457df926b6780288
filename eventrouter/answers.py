"""What handlers return when a plain value does not say it."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Literal


class Word:
    """A value that means only itself."""

    __slots__ = ("_name", "_says")

    def __init__(self, name: str, says: str) -> None:
        self._name = name
        self._says = says

    def __repr__(self) -> str:
        return self._name

    def __reduce__(self) -> str:
        return self._name


ACK = Word("ACK", "an exception handler has dealt with the record: it counts as handled")
DROPPED = Word("DROPPED", "Firehose shall leave this record out, on purpose")


class Allow:
    """What an authorizer returns to let the request through.

    API Gateway may cache the answer and use it for other routes, so what it covers has to be written.

    Args:
        resources: ``"this_route"``: the route that was asked for, and nothing else while the answer is cached.
            ``"all"``: every route of this API's stage. Or a list of what to allow: ``"GET /orders/*"``, a method and a path
            of this API's stage, in which ``*`` stands for any of them, or whole ARNs (``arn:aws:execute-api:...``). A
            simple answer cannot carry it: cached, it allows every route.
        context: Handed on to the integration or resolver. REST and WebSocket take strings, numbers and booleans,
            AppSync strings, an HTTP API with payload 2.0 any JSON.
        principal_id: Who it is; REST shows it in access logs.
        usage_identifier_key: One of the usage plan's API keys, where a REST API takes them from its authorizer.
        denied_fields: AppSync only: fields that are null for this caller, ``Type.field`` or ARNs.
        ttl_seconds: AppSync only: how long the answer is cached; 0: not at all.
    """

    __slots__ = ("context", "denied_fields", "principal_id", "resources", "ttl_seconds", "usage_identifier_key")

    def __init__(
        self,
        *,
        resources: Literal["this_route", "all"] | Sequence[str],
        context: Mapping[str, object] | None = None,
        principal_id: str = "user",
        usage_identifier_key: str | None = None,
        denied_fields: Sequence[str] = (),
        ttl_seconds: int | None = None,
    ) -> None:
        self.resources = resources
        self.context = context
        self.principal_id = principal_id
        self.usage_identifier_key = usage_identifier_key
        self.denied_fields = denied_fields
        self.ttl_seconds = ttl_seconds

    def __repr__(self) -> str:
        return f"Allow(resources={self.resources!r})"


class Deny:
    """What an authorizer returns to refuse the request: a 403, and every other route too while the answer is cached.

    Args:
        context: As for :class:`Allow`.
        principal_id: Who it is.
    """

    __slots__ = ("context", "principal_id")

    def __init__(self, *, context: Mapping[str, object] | None = None, principal_id: str = "user") -> None:
        self.context = context
        self.principal_id = principal_id

    def __repr__(self) -> str:
        return "Deny()"


class AllowDevice:
    """What an AWS IoT custom authorizer returns to let a device connect.

    Args:
        principal_id: Who it is: 1 to 128 letters and digits.
        policies: IoT policy documents, at most 10 of at most 2,048 characters each: what the connection may do.
        disconnect_after_seconds: When the connection is closed, 300 to 86,400.
        refresh_after_seconds: How long the policies hold before the authorizer is asked again, 300 to 86,400.
    """

    __slots__ = ("disconnect_after_seconds", "policies", "principal_id", "refresh_after_seconds")

    def __init__(
        self,
        *,
        principal_id: str,
        policies: Sequence[Mapping[str, object]],
        disconnect_after_seconds: int = 86_400,
        refresh_after_seconds: int = 300,
    ) -> None:
        self.principal_id = principal_id
        self.policies = policies
        self.disconnect_after_seconds = disconnect_after_seconds
        self.refresh_after_seconds = refresh_after_seconds

    def __repr__(self) -> str:
        return f"AllowDevice({len(self.policies)} policies)"
