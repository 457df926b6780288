"""Events that arrive inside messages: opened only on routes that say so, never to find out what a message is.

Whoever may send to a queue could write such a body, so an app opens only the queues it names.
"""

from __future__ import annotations

from ._binding import Plan
from ._binding_payload import json_of
from ._drive import on_loop
from ._settle import checked
from ._signature import EMPTY, Signature
from ._sniff import sniff
from .context import Invocation
from .errors import NoRouteError, PayloadError, RegistrationError
from .routing import SETTINGS, Route
from .source import Pattern, failure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from .routing import Table
    from .source import Source
    from .types import JsonValue, Record

#: How many envelopes deep an event is looked for: S3 in SNS in SQS is two.
MAX_DEPTH = 3

#: The sources whose payload may be an event, with one call per message and no answer to make of it.
_CARRIERS = ("sqs", "sns", "kinesis", "kafka", "mq_active", "mq_rabbit")


def outer_of(via: str, what: str) -> tuple[str, str]:
    """``"sqs:images"`` as label and name.

    Raises:
        RegistrationError: It is not of that form, or its source carries no events.
    """
    label, colon, name = via.partition(":")
    if label not in _CARRIERS or not colon or not name:
        raise RegistrationError(f'{what}: via= is "sqs:QUEUE" or "sns:TOPIC" (a label, a colon, a name), not {via!r}')
    return label, name


def unwrapper(kind: object, what: str) -> Callable[[JsonValue], JsonValue] | None:
    """What ``unwrap=`` does to a payload before it is validated."""
    if kind is None:
        return None
    if kind != "sns":
        raise RegistrationError(f'{what}: unwrap= is "sns", not {kind!r}; for a whole event inside a message use via=')
    return _out_of_sns


def _out_of_sns(raw: Any) -> Any:
    """The message of an SNS notification; any other body is left as it came (raw delivery)."""
    from .sources.sns import is_notification

    try:
        value = json_of(raw, "sns notification")
    except PayloadError:
        return raw
    return value["Message"] if is_notification(value) else raw


def control_message(source: str, record: Record) -> str | None:
    """The name of the control message that a record's body is: S3's test event, SNS's confirmations; else None.

    Exact recognition, and the URLs in them are never fetched.
    """
    from .sources.s3 import is_test_event
    from .sources.sns import is_control_message

    body = record.get("body") if source == "sqs" else (record.get("Sns") or {}).get("Message")
    if not isinstance(body, str):
        return None
    try:
        value = json_of(body, source)
        if (
            isinstance(value, dict)
            and isinstance(value.get("Message"), str)
            and source == "sqs"
            and not is_control_message(value)
        ):
            value = json_of(value["Message"], source)
    except PayloadError:
        return None
    if is_test_event(value):
        return "s3:TestEvent"
    return str(value["Type"]) if is_control_message(value) else None


class Envelope:
    """The inner routes of one queue or topic: what a message of it may carry."""

    __slots__ = ("name", "outer", "tables")

    def __init__(self, outer: Source, name: str, tables: Callable[[], Mapping[str, Table]]) -> None:
        self.outer = outer
        self.name = name
        self.tables = tables

    def as_route(self, first: Route, index: int) -> Route:
        """The route that takes the queue's messages, with the settings of the first of its inner routes."""
        signature = Signature(f"via {self.outer.name}:{self.name}", first.plan.location, (), EMPTY, "sync")
        plan = Plan(signature, ())
        plan.call = self.open
        plan.is_ours = True
        options: Any = {key: value for key, value in first.options.items() if key in SETTINGS}
        pattern = Pattern(self.outer.name, [(self.outer.order[0], self.name)], bind={"opens": True}, options=options)
        return Route(pattern, self.open, plan, index=index)

    async def open(self, invocation: Invocation, record: Record) -> None:
        """Hand everything inside one message to its routes.

        Raises:
            BaseException: Any inner failure, or nothing inside that a route takes: the message failed.
        """
        assert self.outer.payload is not None
        event = self._inner(self.outer.payload(record))
        if event is None:
            return
        source = sniff(event)
        records = source.records(event)
        if not records:
            return
        table = self.tables().get(source.name)
        if table is None:
            raise NoRouteError(source.name, {"via": f"{self.outer.name}:{self.name}"})
        inner = Invocation(event, invocation.context, source, by_hand=invocation.by_hand)
        inner.delivery = invocation.delivery
        errors: dict[int, BaseException] = {}
        for index, each in enumerate(records):
            try:
                route = table.match(each)
                result: Any = route.call(inner, each)
                if hasattr(result, "__await__"):
                    if not route.is_ours:
                        await on_loop(invocation)
                        inner.by_hand = invocation.by_hand
                    result = await result
                if result is not None:
                    checked(result, route, source)
            except Exception as error:
                errors[index] = error
        if errors:
            raise failure(errors)

    def _inner(self, raw: Any) -> JsonValue:
        """The event inside a message's body; None for a control message."""
        from .sources.sns import is_control_message, is_notification

        where = f"{self.outer.name} record"
        for _ in range(MAX_DEPTH):
            value = json_of(raw, where)
            if is_control_message(value):
                from ._log import logger

                logger().info("acknowledged a control message: %s", value["Type"])
                return None
            if is_notification(value):
                if "sns" in self.tables():
                    return {
                        "Records": [
                            {"EventSource": "aws:sns", "EventVersion": "1.0", "EventSubscriptionArn": "", "Sns": value}
                        ]
                    }
                raw = value["Message"]
                continue
            inner = sniff(value)
            if inner.name == "sqs" and len(value["Records"]) == 1:
                raw = value["Records"][0].get("body")
                continue
            return value
        raise PayloadError([{"type": "too_deep", "loc": [], "msg": f"More than {MAX_DEPTH} envelopes"}], where)
