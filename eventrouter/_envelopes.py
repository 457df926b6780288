"""Events that arrive inside messages: opened only on routes that say so, never to find out what a message is.

Whoever may send to a queue could write such a body, so an app opens only the queues it names.
"""

from __future__ import annotations

from ._binding import Plan
from ._binding_payload import json_of, raw_reader
from ._drive import on_loop
from ._raised import as_raised
from ._returned import checked
from ._signature import EMPTY, Signature
from ._sniff import sniff
from ._validators import bases_of, class_key
from .context import Invocation
from .errors import NoRouteError, PayloadError, RegistrationError
from .routing import SETTINGS, Route
from .source import Pattern, failure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import Any

    from .routing import Table
    from .source import Source
    from .types import Decoder, JsonObject, JsonValue, Record

#: How many envelopes deep an event is looked for: S3 in SNS in SQS is in two.
MAX_DEPTH = 3

#: The sources whose payload may be an event, with one call per message and no answer to make of it.
_CARRIERS = ("sqs", "sns", "kinesis", "kafka", "mq_active", "mq_rabbit")
#: What a topic's message is called in the body of a queue's, ours and Powertools'.
_NOTIFICATIONS = frozenset(
    {
        "eventrouter.models.sns:SnsNotification",
        "aws_lambda_powertools.utilities.parser.models.sns:SnsNotificationModel",
    }
)


def outer_of(via: str, what: str) -> tuple[str, str]:
    """``"sqs:images"`` as label and name.

    Raises:
        RegistrationError: It is not of that form, or its source carries no events.
    """
    label, colon, name = via.partition(":") if isinstance(via, str) else ("", "", "")
    if label not in _CARRIERS or not colon or not name:
        raise RegistrationError(
            f'{what}: via= is a label ({", ".join(_CARRIERS)}), a colon and a name, as in "sqs:QUEUE" or "sns:TOPIC", not {via!r}'
        )
    return label, name


def refuse_inner(sources: Sequence[Source], what: str) -> None:
    """Refuse to take out of messages what somebody waits for the answer of, or what any JSON is.

    Raises:
        RegistrationError: Nobody would get the answer, and whoever may send to the queue would choose the handler.
    """
    for source in sources:
        if not source.acknowledges:
            raise RegistrationError(
                f"{what}: via= takes events out of messages, and nobody would be answered: a {source.name} event is never in one"
            )


def unwrapper(kind: object, what: str) -> Callable[[JsonValue], JsonValue]:
    """What ``unwrap=`` does to a payload before it is validated."""
    if kind != "sns":
        raise RegistrationError(f'{what}: unwrap= is "sns", not {kind!r}; for a whole event inside a message use via=')
    return _out_of_sns


def _out_of_sns(raw: Any) -> Any:
    """The message of an SNS notification; any other body is left as it came (raw delivery).

    Raises:
        PayloadError: It is a control message, which no handler is to see.
    """
    try:
        value = json_of(raw, "sqs record")
    except PayloadError:
        return raw
    if _control_in(value):
        raise PayloadError(
            [{"type": "control_message", "loc": [], "msg": "The body is a control message"}], "sqs record"
        )
    return value["Message"] if _is_notification(value) else raw


def _is_notification(value: JsonValue) -> bool:
    from .sources.sns import is_notification

    return is_notification(value)


def _control_name(value: JsonValue) -> str:
    """What a control message is called: S3's test event, SNS's confirmations; empty for anything else.

    Exact recognition, and the URLs in them are never fetched.
    """
    from .sources.s3 import is_test_event
    from .sources.sns import is_control_message

    if is_test_event(value):
        return "s3:TestEvent"
    return str(value["Type"]) if is_control_message(value) else ""


def _control_in(value: JsonValue) -> str:
    """The same, also for one that a topic has passed on."""
    name = _control_name(value)
    if name or not _is_notification(value):
        return name
    try:
        return _control_name(json_of(value["Message"], "sns record"))
    except PayloadError:
        return ""


def control_message(source: str, record: Record) -> str:
    """The name of the control message that a record's body is; empty if it is none."""
    try:
        value = json_of(record["body"] if source == "sqs" else record["Sns"]["Message"], source)
    except (PayloadError, KeyError, TypeError):
        return ""
    return _control_in(value) if source == "sqs" else _control_name(value)


def log_control(name: str) -> None:
    from ._log import logger

    logger().info("acknowledged a control message: %s", name)


def names_notification(annotation: object) -> bool:
    """Whether an annotation says that a topic's notification is in the record: ``SqsRecord[SnsNotification[...]]``."""
    if any(class_key(base) in _NOTIFICATIONS for base in bases_of(annotation)):
        return True
    # pydantic's generic models keep their arguments in a place of their own.
    made_of: Any = getattr(annotation, "__pydantic_generic_metadata__", None) or {}
    return any(names_notification(each) for each in (*getattr(annotation, "__args__", ()), *made_of.get("args", ())))


def notification_key(source: Source, decoder: Decoder | None) -> Callable[[Invocation, Record], str | None]:
    """The id of a notification in a record, which it keeps in every queue and every delivery; else that of the record."""
    read = raw_reader(source, decoder, None)

    def key_of(invocation: Invocation, record: Record) -> str | None:
        try:
            value = json_of(read(record), source.name)
        except PayloadError:
            value = None
        if _is_notification(value):
            return str(value["MessageId"])
        return None if source.idempotency_key is None else source.idempotency_key(record)

    return key_of


class Envelope:
    """The inner routes of one queue or topic: what a message of it may carry."""

    __slots__ = ("_read", "name", "outer", "tables")

    def __init__(self, outer: Source, name: str, tables: Callable[[], Mapping[str, Table]]) -> None:
        self.outer = outer
        self.name = name
        self.tables = tables
        self._read = raw_reader(outer, None, None)

    def as_route(self, first: Route, index: int) -> Route:
        """The route that takes the queue's messages, with the settings of the first of its inner routes."""
        signature = Signature(f"via {self.outer.name}:{self.name}", first.plan.location, (), EMPTY, "sync")
        plan = Plan(signature, ())
        plan.call = self.open
        plan.is_ours = True
        options: Any = {key: value for key, value in first.options.items() if key in SETTINGS}
        pattern = Pattern(self.outer.name, [(self.outer.order[0], self.name)], bind={"opens": self}, options=options)
        return Route(pattern, self.open, plan, index=index, inner=self._routes)

    def _routes(self) -> Iterator[Route]:
        for table in self.tables().values():
            yield from table.routes

    async def open(self, invocation: Invocation, record: Record) -> None:
        """Hand everything inside one message to its routes.

        Raises:
            BaseException: Any inner failure, or nothing inside that a route takes: the message failed.
        """
        event, control = self.opened(record)
        if control:
            log_control(control)
            return
        source = sniff(event)
        records = source.records(event)
        if not records:
            from ._log import logger

            logger().info("a %s event without records, in a message, is acknowledged", source.name)
            return
        table = self.tables().get(source.name)
        if table is None:
            raise NoRouteError(source.name, {"via": f"{self.outer.name}:{self.name}"})
        inner = Invocation(event, invocation.context, source, by_hand=invocation.by_hand)
        inner.delivery = invocation.delivery
        # What middleware left for handlers is there for these too, and what they open is closed with the outer one.
        inner._state, inner.cleanups = invocation.state, invocation.cleanups
        try:
            await _handled(inner, table, records)
        finally:
            invocation.cleanups = inner.cleanups
            invocation.by_hand = inner.by_hand

    def opened(self, record: Record) -> tuple[JsonValue, str]:
        """The event inside a message, or the name of the control message that is there in its place.

        Raises:
            PayloadError: There is none.
        """
        raw = self._read(record)
        where = f"{self.outer.name} record"
        tables = self.tables()
        for _ in range(MAX_DEPTH):
            value = json_of(raw, where)
            if name := _control_name(value):
                return None, name
            if not _is_notification(value):
                return value, ""
            event = _delivered(value)
            # A route for the topic's messages takes it; else what is in the message may have one.
            if "sns" in tables and (len(tables) == 1 or tables["sns"].candidates(event["Records"][0])):
                return event, ""
            raw = value["Message"]
        raise PayloadError([{"type": "too_deep", "loc": [], "msg": f"More than {MAX_DEPTH} envelopes"}], where)


def _delivered(notification: JsonObject) -> JsonObject:
    """A notification as the event that its topic would deliver to a function."""
    record = {"EventSource": "aws:sns", "EventVersion": "1.0", "EventSubscriptionArn": "", "Sns": notification}
    return {"Records": [record]}


async def _handled(invocation: Invocation, table: Table, records: Sequence[Record]) -> None:
    """Hand each record of an inner event to its route.

    Raises:
        BaseException: What failed; several as one group.
    """
    errors: dict[int, BaseException] = {}
    for index, record in enumerate(records):
        try:
            route = table.match(record)
            result: Any = route.call(invocation, record)
            if hasattr(result, "__await__"):
                if not route.is_ours:
                    await on_loop(invocation, result)
                result = await result
            if result is not None:
                checked(result, route, invocation.source)
        except MemoryError:
            raise
        except Exception as error:
            errors[index] = as_raised(error)
    if errors:
        raise failure(errors)
