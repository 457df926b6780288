"""Messages of Amazon MQ as the factories of its two brokers make them."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aws_lambda_powertools.utilities.data_classes.active_mq_event import ActiveMQEvent
from aws_lambda_powertools.utilities.data_classes.rabbit_mq_event import RabbitMQEvent
from pydantic import BaseModel

from eventrouter import parse, sniff
from eventrouter.errors import ImpossibleEventError
from eventrouter.testing.events import Ids
from eventrouter.testing.events.activemq import activemq, activemq_record
from eventrouter.testing.events.rabbitmq import rabbitmq, rabbitmq_record
from tests.testing.events.reading import at


class Order(BaseModel):
    id: int


WHEN = datetime(2026, 3, 4, 15, 6, 7, 250_000, UTC)
#: What no field takes.
OTHER: Any = "other"

ACTIVE: dict[str, dict[str, Any]] = {
    "a text": activemq("hello"),
    "bytes": activemq(b"\xff\x00"),
    "a model": activemq(Order(id=7)),
    "several": activemq("a", activemq_record("b", redelivered=True)),
    "as AWS writes it too": activemq("a", event_source="aws:amq", connection_id="c-1", persistent=False),
    "with properties": activemq("a", properties={"shop": "north", "attempt": 2, "is_gift": True}),
    "in China": activemq("a", region="cn-north-1"),
}
RABBIT: dict[str, dict[str, Any]] = {
    "a text": rabbitmq("hello"),
    "bytes": rabbitmq(b"\xff\x00"),
    "a model": rabbitmq(Order(id=7)),
    "of several queues": rabbitmq("a", rabbitmq_record("b", queue="Shop:Refunds", virtual_host="north")),
    "with headers": rabbitmq("a", headers={"tenant": "nord", "attempt": 2, "death": [{"count": 1, "at": None}]}),
    "without a time": rabbitmq("a", sent=None),
    "in China": rabbitmq("a", region="cn-north-1"),
}


@pytest.mark.parametrize("event", ACTIVE.values(), ids=ACTIVE)
def test_everybody_reads_activemq_s(event: dict[str, Any]) -> None:
    ours: Any = parse(event)

    data = [message["data"] for message in event["messages"]]
    assert sniff(event).name == "mq_active"
    assert [record.data for record in ours.messages] == [base64.b64decode(each) for each in data]
    assert [message.data for message in ActiveMQEvent(event).messages] == data
    assert {message.destination_physicalname for message in ActiveMQEvent(event).messages} == {"orders"}


def test_we_read_the_other_key_of_a_destination() -> None:
    # Powertools knows one of the two.
    ours: Any = parse(activemq("a", destination_key="physicalname"))

    assert ours.messages[0].destination.physicalName == "orders"


@pytest.mark.parametrize("event", RABBIT.values(), ids=RABBIT)
def test_everybody_reads_rabbitmq_s(event: dict[str, Any]) -> None:
    ours: Any = parse(event)
    theirs = RabbitMQEvent(event).rmq_messages_by_queue

    assert sniff(event).name == "mq_rabbit"
    assert {place: [record.data for record in batch] for place, batch in ours.rmqMessagesByQueue.items()} == {
        place: [base64.b64decode(message.data) for message in batch] for place, batch in theirs.items()
    }


def test_the_same_call_makes_the_same_event() -> None:
    assert activemq("a", "b") == activemq("a", "b")
    assert rabbitmq("a", headers={"a": 1}) == rabbitmq("a", headers={"a": 1})


def test_messages_of_activemq_have_ids_of_their_own() -> None:
    ids = {message["messageID"] for event in (activemq("a", "a"), activemq("b")) for message in event["messages"]}

    assert len(ids) == 3


def test_messages_of_rabbitmq_are_by_queue_and_virtual_host() -> None:
    event = rabbitmq("a", rabbitmq_record("b", queue="refunds", virtual_host="north"), "c")

    assert {place: len(batch) for place, batch in event["rmqMessagesByQueue"].items()} == {
        "orders::/": 2,
        "refunds::north": 1,
    }


def test_headers_of_any_bytes_come_back() -> None:
    event = rabbitmq("a", headers={"tenant": "nörd", "seal": b"\xfe\x00", "attempt": 2})

    ours: Any = parse(event)
    (record,) = ours.rmqMessagesByQueue["orders::/"]
    assert record.basicProperties.headers == {"tenant": "nörd".encode(), "seal": b"\xfe\x00", "attempt": 2}


@pytest.mark.parametrize(
    ("event", "path", "expected"),
    [
        (activemq("a", queue="q"), "messages.0.destination.physicalName", "q"),
        (activemq("a", destination_key="physicalname"), "messages.0.destination.physicalname", "orders"),
        (activemq("a", event_source="aws:amq"), "eventSource", "aws:amq"),
        (activemq("a"), "messages.0.messageType", "jms/text-message"),
        (activemq(b"a"), "messages.0.messageType", "jms/bytes-message"),
        (activemq("a", message_id="m"), "messages.0.messageID", "m"),
        (activemq("a", properties={"a": 1}), "messages.0.properties", {"a": 1}),
        (activemq("a", redelivered=True), "messages.0.redelivered", True),
        (activemq("a", sent=WHEN), "messages.0.timestamp", 1772636767250),
        (activemq("a", sent=WHEN), "messages.0.brokerOutTime", 1772636767258),
        (activemq("a", persistent=False), "messages.0.persistent", False),
        (activemq("a", persistent=False), "messages.0.deliveryMode", 1),
        (activemq("a", persistent=True), "messages.0.deliveryMode", 2),
        (activemq("a", correlation_id="c"), "messages.0.correlationID", "c"),
        (activemq("a", reply_to="r"), "messages.0.replyTo", "r"),
        (activemq("a", type="t"), "messages.0.type", "t"),
        (activemq("a", expiration=WHEN), "messages.0.expiration", 1772636767250),
        (activemq("a"), "messages.0.expiration", 0),
        (activemq("a", priority=9), "messages.0.priority", 9),
        (activemq("a", connection_id="c"), "messages.0.connectionId", "c"),
        (
            activemq("a", ids=Ids("x")),
            "messages.0.messageID",
            activemq("b", ids=Ids("x"))["messages"][0]["messageID"],
        ),
    ],
)
def test_a_field_is_where_lambda_has_it_of_activemq(event: Any, path: str, expected: object) -> None:
    assert at(event, path) == expected


@pytest.mark.parametrize(
    ("event", "field", "expected"),
    [
        (rabbitmq("a"), "contentType", "text/plain"),
        (rabbitmq(b"a"), "contentType", "application/octet-stream"),
        (rabbitmq([1]), "contentType", "application/json"),
        (rabbitmq("a", content_type="text/csv"), "contentType", "text/csv"),
        (rabbitmq("a", content_encoding="gzip"), "contentEncoding", "gzip"),
        (rabbitmq("a"), "headers", None),
        (rabbitmq("a", headers={"a": "x"}), "headers", {"a": {"bytes": [120]}}),
        (rabbitmq("a", headers={"a": [True, {"b": b"\xff"}]}), "headers", {"a": [True, {"b": {"bytes": [-1]}}]}),
        (rabbitmq("a"), "deliveryMode", 2),
        (rabbitmq("a", persistent=False), "deliveryMode", 1),
        (rabbitmq("a", priority=34), "priority", 34),
        (rabbitmq("a", correlation_id="c"), "correlationId", "c"),
        (rabbitmq("a", reply_to="r"), "replyTo", "r"),
        (rabbitmq("a", expires_in=timedelta(minutes=1)), "expiration", "60000"),
        (rabbitmq("a"), "expiration", None),
        (rabbitmq("a", message_id="m"), "messageId", "m"),
        (rabbitmq("a"), "timestamp", "Jan 15, 2026, 9:30:00 AM"),
        (rabbitmq("a", sent=WHEN), "timestamp", "Mar 4, 2026, 3:06:07 PM"),
        (rabbitmq("a", sent=datetime(1970, 1, 1, 0, 33, 41, 0, UTC)), "timestamp", "Jan 1, 1970, 12:33:41 AM"),
        (rabbitmq("a", sent=None), "timestamp", None),
        (rabbitmq("a", type="t"), "type", "t"),
        (rabbitmq("a", user_id="u"), "userId", "u"),
        (rabbitmq("a", app_id="a"), "appId", "a"),
        (rabbitmq("a", cluster_id="c"), "clusterId", "c"),
        (rabbitmq("ä"), "bodySize", 2),
    ],
)
def test_a_field_is_where_lambda_has_it_of_rabbitmq(event: Any, field: str, expected: object) -> None:
    assert event["rmqMessagesByQueue"]["orders::/"][0]["basicProperties"][field] == expected


def test_a_message_that_comes_again_says_so() -> None:
    (message,) = rabbitmq("a", redelivered=True)["rmqMessagesByQueue"]["orders::/"]

    assert message["redelivered"] is True


@pytest.mark.parametrize("make", [activemq, rabbitmq])
def test_a_broker_is_in_its_region_and_account(make: Callable[..., dict[str, Any]]) -> None:
    event = make("a", broker="stock", region="cn-north-1", account="210987654321")

    assert event["eventSourceArn"].startswith("arn:aws-cn:mq:cn-north-1:210987654321:broker:stock:b-")


REFUSED: list[tuple[Callable[[], object], str]] = [
    (lambda: activemq(), "invoked for nothing"),
    (lambda: activemq("a", queue=""), "1 to 1000 characters"),
    (lambda: activemq("a", broker="a broker"), "ASCII letters, digits and - _"),
    (lambda: activemq("a", event_source=OTHER), "one of aws:mq, aws:amq"),
    (lambda: activemq("a", destination_key=OTHER), "one of physicalName, physicalname"),
    (lambda: activemq("a", priority=10), "priorities 0 to 9"),
    (lambda: activemq("a", properties={"": 1}), "a property has a name"),
    (lambda: activemq("a", properties={"a": None}), "a property has a name, and is a str"),  # type: ignore[dict-item]
    (lambda: rabbitmq(), "invoked for nothing"),
    (lambda: rabbitmq("a", queue="q" * 256), "1 to 255 characters"),
    (lambda: rabbitmq("a", virtual_host=""), "1 to 255 characters"),
    (lambda: rabbitmq("a", broker="b" * 51), "1 to 50 characters"),
    (lambda: rabbitmq("a", priority=256), "priorities 0 to 255"),
    (lambda: rabbitmq("a", headers={"a": object()}), "a header is text, bytes"),
]


@pytest.mark.parametrize(("make", "rule"), REFUSED)
def test_what_the_brokers_never_send_is_refused_with_the_rule(make: Callable[[], object], rule: str) -> None:
    with pytest.raises(ImpossibleEventError, match=rule):
        make()


def test_fields_for_all_do_not_go_beside_records_of_their_own() -> None:
    with pytest.raises(TypeError, match="priority= goes to activemq_record"):
        activemq(activemq_record("a"), "b", priority=1)
    with pytest.raises(TypeError, match="priority= goes to rabbitmq_record"):
        rabbitmq(rabbitmq_record("a"), "b", priority=1)
