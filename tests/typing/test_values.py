"""What a type checker makes of the values that handlers are given: the user's own types, however deep they are."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Literal, assert_type

import pytest
from pydantic import BaseModel

from eventrouter import (
    App,
    Batch,
    Change,
    EventBridgeEvent,
    Item,
    KafkaRecord,
    KinesisRecord,
    LogEvent,
    S3Event,
    S3Record,
    ScheduledEvent,
    SnsNotification,
    SnsRecord,
    SqsEvent,
    SqsRecord,
    Window,
)


class Order(BaseModel):
    id: int


class Count(BaseModel):
    orders: int = 0


RECORD = {
    "messageId": "4c5d1f1e-8a51-4b8e-9d55-000000000001",
    "receiptHandle": "AQEBexample",
    "body": '{"id": 7}',
    "attributes": {
        "ApproximateReceiveCount": "1",
        "SentTimestamp": "1756820000123",
        "SenderId": "AROAEXAMPLE",
        "ApproximateFirstReceiveTimestamp": "1756820000131",
    },
    "messageAttributes": {},
    "md5OfBody": "",
    "eventSource": "aws:sqs",
    "eventSourceARN": "arn:aws:sqs:eu-central-1:210987654321:orders",
    "awsRegion": "eu-central-1",
}


def test_the_body_of_a_message_is_what_the_record_says() -> None:
    typed = SqsRecord[Order].model_validate(RECORD)
    bare = SqsRecord.model_validate(RECORD)

    assert assert_type(typed.body, Order) == Order(id=7)
    assert assert_type(typed.messageId, str).endswith("1")
    assert bare.body == '{"id": 7}'


def of_bare_records(
    message: SqsRecord, notification: SnsRecord, event: EventBridgeEvent, tick: ScheduledEvent, line: LogEvent
) -> None:
    """Only for the type checker: a record without its parameter has the payload as it is sent."""
    assert_type(message.body, str)
    assert_type(notification.Sns.Message, str)
    assert_type(event.detail, dict[str, Any])
    assert_type(tick.detail, dict[str, Any])
    assert_type(line.message, str)


def of_typed_records(
    notification: SnsRecord[Order],
    event: EventBridgeEvent[Order],
    tick: ScheduledEvent[Order],
    line: LogEvent[Order],
    click: KinesisRecord[Order],
    value: KafkaRecord[Order],
) -> None:
    """Only for the type checker."""
    assert_type(notification.Sns.Message, Order)
    assert_type(event.detail, Order)
    assert_type(tick.detail, Order)
    assert_type(line.message, Order)
    assert_type(click.kinesis.data, Order)
    assert_type(value.value, Order)


def of_nested_envelopes(message: SqsRecord[SnsNotification[S3Event]], event: SqsEvent[Order]) -> None:
    """Only for the type checker: every envelope is open."""
    notification = message.body
    assert_type(notification, SnsNotification[S3Event])
    assert_type(notification.Message, S3Event)
    for record in notification.Message.Records:
        assert_type(record, S3Record)
        assert_type(record.key, str)
    assert_type(event.Records, Sequence[SqsRecord[Order]])


def test_the_items_of_a_batch_have_payloads() -> None:
    app = App(failures="report")
    seen: list[int] = []

    @app.sqs("orders")
    def on_orders(batch: Batch[Order]) -> None:
        for item in batch:
            assert_type(item, Item[Order])
            seen.append(assert_type(item.payload, Order).id)
        assert_type(batch[0].payload, Order)
        assert_type(len(batch), int)
        batch[0].fail("out of stock")

    answer = app({"Records": [RECORD]})

    assert seen == [7]
    assert answer == {"batchItemFailures": [{"itemIdentifier": RECORD["messageId"]}]}


def test_the_state_of_a_window_is_what_the_handler_says() -> None:
    window: Window[Count] = Window(Count(orders=3), {"isFinalInvokeForWindow": True})

    assert assert_type(window.state, Count) == Count(orders=3)
    assert assert_type(window.final, bool) is True
    assert assert_type(window.early, bool) is False


def test_a_change_has_the_item_before_and_after_or_none() -> None:
    change = Change(kind="INSERT", new=Order(id=7))

    assert_type(change, Change[Order])
    assert_type(change.old, Order | None)
    assert assert_type(change.new, Order | None) == Order(id=7)
    assert assert_type(change.kind, Literal["INSERT", "MODIFY", "REMOVE"]) == "INSERT"


def of_bare_changes(change: Change) -> None:
    """Only for the type checker: without a model an item is plain Python."""
    assert_type(change.new, dict[str, Any] | None)


def test_an_item_that_may_be_absent_must_be_asked_for() -> None:
    change = Change[Order](kind="REMOVE", old=Order(id=7))

    with pytest.raises(AttributeError):
        change.new.id  # type: ignore[union-attr]  # noqa: B018


def test_a_handler_may_be_called_with_values_of_its_own() -> None:
    app = App()

    @app.dynamodb("orders")
    def on_change(change: Change[Order]) -> Decimal:
        return Decimal(change.new.id if change.new else 0)

    assert assert_type(on_change(Change(kind="INSERT", new=Order(id=7))), Decimal) == 7
