"""A direct invoke: any JSON value that no AWS source claims, from the SDK, Step Functions, the console or a schedule's own input.

https://docs.aws.amazon.com/lambda/latest/dg/lambda-invocation.html
"""

from __future__ import annotations

from ..source import Pattern, Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Unpack

    from ..types import JsonValue, RouteOptions, Where


def detect(event: JsonValue) -> bool:
    """Never claims an event: ``direct`` is what is left when no source does."""
    return False


def payload(record: JsonValue) -> JsonValue:
    return record


def json_value(*, where: Where | None = None, **options: Unpack[RouteOptions]) -> Pattern:
    """Direct invokes whose JSON value matches *where*; the payload is the whole value."""
    return Pattern("direct", where=where, options=options)


SOURCE = Source(
    "direct",
    detect=detect,
    payload=payload,
    payload_is_value=True,
    model="eventrouter.models.direct:DirectEvent",
    offer="a model of the JSON value",
    paste=lambda keys: "@app.direct()",
)
