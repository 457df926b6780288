"""Handlers of whole batches, ``Batch[T]`` and ``list[R]``: what they are given, and what becomes of each record."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable, Sequence
from typing import Annotated, Any

import anyio
import pytest
from pydantic import BaseModel

from eventrouter import (
    ACK,
    App,
    Batch,
    Body,
    Change,
    Depends,
    DynamoDBRecord,
    HandlerCancelledError,
    Invocation,
    KinesisRecord,
    LambdaContext,
    LogEvent,
    Pattern,
    PayloadError,
    RegistrationError,
    ReplyError,
    Source,
    SqsEvent,
    SqsRecord,
)
from tests.deliveries import (
    S3_TEST_EVENT,
    Countdown,
    Run,
    confirmation,
    documentdb,
    dynamodb,
    failed,
    kafka,
    kinesis,
    logs,
    pipes,
    rabbitmq,
    registered,
    sns,
    sqs,
)


class Order(BaseModel):
    id: int


class Refused(Exception):
    """What the handlers here raise."""


def orders(*ids: int) -> list[dict[str, int]]:
    return [{"id": each} for each in ids]


def ids_of(batch: Batch[Order]) -> list[int]:
    return [item.payload.id for item in batch]


def refusing(*bad: int, log: list[list[int]] | None = None) -> Callable[[Batch[Order]], None]:
    """A handler that fails the orders *bad* one by one."""

    def on_orders(batch: Batch[Order]) -> None:
        if log is not None:
            log.append(ids_of(batch))
        for item in batch:
            if item.payload.id in bad:
                item.fail(Refused(item.payload.id))

    return on_orders


def on_sqs(handler: Callable[..., object], **options: Any) -> App:
    app = App(**options)
    app.sqs("orders*")(handler)
    return app


# ------------------------------------------------------------------------------------------------------ what they are given


def test_a_batch_is_handed_over_whole(run: Run) -> None:
    log: list[list[int]] = []
    app = on_sqs(refusing(log=log))

    assert run(app, sqs(*orders(0, 1, 2))) == {"batchItemFailures": []}
    assert log == [[0, 1, 2]]


def test_a_batch_is_a_sequence_of_items() -> None:
    seen: list[Any] = []
    app = App()

    @app.sqs("orders")
    def on_orders(batch: Batch[Order]) -> None:
        first, second = batch
        assert batch[0] is first
        assert batch[:1] == [first]
        assert list(reversed(batch)) == [second, first]
        assert first in batch
        second.fail("no")
        seen.extend(
            [len(batch), repr(batch), repr(first), repr(second), first.record.messageId, first.raw["messageId"]]
        )

    with pytest.raises(RuntimeError, match="no"):
        app(sqs(*orders(0, 1)), LambdaContext())

    assert seen == [2, "<Batch of 2>", "<Item>", "<Item failed>", "m-0", "m-0"]


def test_an_item_s_record_is_made_once_and_is_the_source_s_own() -> None:
    records: list[SqsRecord[Any]] = []
    app = App()

    @app.sqs("orders")
    def on_orders(batch: Batch[Order]) -> None:
        records.extend([batch[0].record, batch[0].record, batch[1].record])

    app(sqs({"id": 1}, {"id": 2}), LambdaContext())

    assert records[0] is records[1]
    assert [record.messageId for record in records] == ["m-0", "m-0", "m-1"]
    assert isinstance(records[0], SqsRecord)


@pytest.mark.parametrize(
    ("route", "event"),
    [
        (lambda app: app.kafka("orders"), kafka({"orders-0": orders(0, 1)})),
        (lambda app: app.rabbitmq("orders"), rabbitmq(*orders(0, 1))),
        (lambda app: app.documentdb("orders"), documentdb(*orders(0, 1))),
        (lambda app: app.cloudwatch_logs(), logs(*orders(0, 1))),
        (lambda app: app.kinesis("clicks"), kinesis(*orders(0, 1))),
        (lambda app: app.kinesis("clicks"), pipes(kinesis(*orders(0, 1)))),
    ],
    ids=["kafka", "rabbitmq", "documentdb", "logs", "kinesis", "pipes"],
)
def test_every_source_that_delivers_batches_hands_them_over(route: Any, event: Any) -> None:
    log: list[list[int]] = []
    app = App()
    route(app)(refusing(log=log))

    app(event, LambdaContext())

    assert log == [[0, 1]]


def test_records_are_handed_over_as_a_list_of_the_source_s_own_type() -> None:
    seen: list[tuple[str, int]] = []
    app = App()

    @app.sqs("orders")
    def on_orders(records: list[SqsRecord[Order]]) -> None:
        seen.extend((record.messageId, record.body.id) for record in records)

    app(sqs(*orders(7, 8)), LambdaContext())

    assert seen == [("m-0", 7), ("m-1", 8)]


@pytest.mark.parametrize("annotation", [Batch[Change[Order]], list[Change[Order]]], ids=str)
def test_changes_of_a_table_are_handed_over_together(annotation: Any) -> None:
    seen: list[Any] = []
    app = App()

    def on_changes(changes: Any) -> None:
        seen.extend(getattr(each, "payload", each).new for each in changes)

    on_changes.__annotations__["changes"] = annotation
    app.dynamodb("orders")(on_changes)

    app(dynamodb(7, 8), LambdaContext())

    assert seen == [Order(id=7), Order(id=8)]


@pytest.mark.parametrize(
    ("route", "annotation", "event"),
    [
        (lambda app: app.kinesis("clicks"), list[KinesisRecord[Order]], kinesis(*orders(0, 1))),
        (lambda app: app.dynamodb("orders"), list[DynamoDBRecord[Order]], dynamodb(0, 1)),
        (lambda app: app.dynamodb("orders"), Batch[DynamoDBRecord[Order]], dynamodb(0, 1)),
        (lambda app: app.cloudwatch_logs(), list[LogEvent[Order]], logs(*orders(0, 1))),
    ],
    ids=["kinesis", "dynamodb", "Batch of records", "logs"],
)
def test_a_list_takes_any_record_type_of_the_source(route: Any, annotation: Any, event: Any) -> None:
    seen: list[object] = []
    app = App()

    def on_records(records: Any) -> None:
        seen.append(len(records))

    on_records.__annotations__["records"] = annotation
    route(app)(on_records)

    app(event, LambdaContext())

    assert seen == [2]


def test_the_event_and_dependencies_go_with_a_batch() -> None:
    seen: list[object] = []
    app = App()

    def store() -> str:
        return "store"

    @app.sqs("orders")
    def on_orders(
        batch: Batch[Order],
        event: SqsEvent[Any],
        invocation: Invocation,
        store: Annotated[str, Depends(store)],
    ) -> None:
        seen.extend([len(batch), len(event.Records), invocation.source.name, store])

    app(sqs(*orders(0, 1)), LambdaContext())

    assert seen == [2, 2, "sqs", "store"]


def test_a_json_array_in_each_message_is_asked_for_by_name() -> None:
    seen: list[list[int]] = []
    app = App()

    @app.sqs("orders")
    def on_numbers(numbers: Annotated[list[int], Body()]) -> None:
        seen.append(numbers)

    app(sqs("[1, 2]", "[3]"), LambdaContext())

    assert seen == [[1, 2], [3]]


def test_a_route_for_single_records_on_the_same_queue_may_return_and_await() -> None:
    log: list[int] = []
    app = App()

    def store() -> str:
        return "store"

    @app.sqs("orders", where={"id": [0]})
    def together(batch: Batch[Order]) -> None:
        log.extend(ids_of(batch))

    @app.sqs("orders", where={"id": [1]})
    async def alone(order: Order, store: Annotated[str, Depends(store)]) -> str:
        await anyio.lowlevel.checkpoint()
        log.append(order.id)
        return store

    @app.sqs("orders")
    def plain(order: Order) -> int:
        log.append(order.id)
        return order.id

    app(sqs(*orders(0, 1, 2)), LambdaContext())

    assert log == [0, 1, 2]


def test_a_source_of_somebody_else_s_hands_over_batches_too() -> None:
    def detect(event: Any) -> bool:
        return isinstance(event, dict) and "tickets" in event

    tickets = Source(
        "tickets",
        detect=detect,
        records=lambda event: event["tickets"],
        payload=lambda record: record["text"],
        is_batch=True,
    )

    with registered(tickets):
        seen: list[object] = []
        app = App()

        @app.on(Pattern("tickets"))
        def on_tickets(batch: Batch[Order]) -> None:
            seen.extend((item.payload.id, item.record) for item in batch)

        first, second = {"text": '{"id": 1}'}, {"text": '{"id": 2}'}
        app({"tickets": [first, second]}, LambdaContext())

        assert seen == [(1, first), (2, second)]


# ------------------------------------------------------------------------------------------------- what becomes of records


def test_a_failed_item_comes_back_alone(run: Run) -> None:
    app = on_sqs(refusing(1), failures="report")

    assert run(app, sqs(*orders(0, 1, 2))) == failed("m-1")


def test_a_failed_item_is_raised_unchanged_where_failures_raise(run: Run) -> None:
    with pytest.raises(Refused):
        run(on_sqs(refusing(1)), sqs(*orders(0, 1, 2)))


@pytest.mark.parametrize("error", [None, 7, Refused], ids=repr)
def test_an_item_is_failed_with_an_error_or_a_text_and_nothing_else(error: Any) -> None:
    app = App(failures="report")

    @app.sqs("orders")
    def on_orders(batch: Batch[Order]) -> None:
        batch[0].fail(error)

    assert app(sqs(*orders(0, 1)), LambdaContext()) == failed("m-0", "m-1")


def test_an_item_may_fail_with_what_is_no_exception() -> None:
    app = App(failures="report")

    @app.sqs("orders")
    def on_orders(batch: Batch[Order]) -> None:
        batch[0].fail(SystemExit())

    assert app(sqs(*orders(0, 1)), LambdaContext()) == failed("m-0")


def test_records_that_do_not_validate_have_failed_already_and_are_not_in_it() -> None:
    log: list[list[int]] = []
    app = on_sqs(refusing(log=log), failures="report")

    assert app(sqs({"id": 0}, "nope", {"id": 2}), LambdaContext()) == failed("m-1")
    assert log == [[0, 2]]


@pytest.mark.parametrize("annotation", [Batch[Order], list[SqsRecord[Order]]], ids=["Batch", "list"])
def test_a_handler_without_a_single_valid_record_is_not_called(annotation: Any) -> None:
    def on_orders(records: Any) -> None:
        raise AssertionError("never called")

    on_orders.__annotations__["records"] = annotation
    app = on_sqs(on_orders, failures="report")

    assert app(sqs("nope", {"id": "x"}), LambdaContext()) == failed("m-0", "m-1")


@pytest.mark.parametrize("body", [S3_TEST_EVENT, confirmation()], ids=["s3:TestEvent", "SubscriptionConfirmation"])
def test_a_control_message_in_a_batch_is_acknowledged(body: Any) -> None:
    log: list[list[int]] = []
    app = on_sqs(refusing(log=log), failures="report")

    assert app(sqs({"id": 0}, body), LambdaContext()) == {"batchItemFailures": []}
    assert log == [[0]]


def test_what_can_never_validate_is_dropped_where_the_app_says_so() -> None:
    app = on_sqs(refusing(), failures="report", invalid="drop")

    assert app(sqs({"id": 0}, "nope"), LambdaContext()) == {"batchItemFailures": []}


def test_what_a_handler_says_of_an_item_is_never_dropped() -> None:
    app = App(failures="report", invalid="drop", unmatched="drop")

    @app.sqs("orders")
    def on_orders(batch: Batch[Order]) -> None:
        batch[0].fail(PayloadError([]))

    assert app(sqs({"id": 0}), LambdaContext()) == failed("m-0")


def test_an_event_that_does_not_validate_beside_a_batch_fails_all_of_it() -> None:
    app = App(failures="report", invalid="drop")

    @app.sqs("orders")
    def on_orders(batch: Batch[Order], event: SqsEvent[Order]) -> None: ...

    assert app(sqs({"id": 0}, "nope"), LambdaContext()) == failed("m-0")


@pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])
def test_a_handler_that_raises_fails_all_of_its_records(is_async: bool, run: Run) -> None:
    def on_orders(batch: Batch[Order]) -> None:
        raise Refused

    async def on_orders_async(batch: Batch[Order]) -> None:
        await anyio.lowlevel.checkpoint()
        raise Refused

    app = on_sqs(on_orders_async if is_async else on_orders, failures="report")

    assert run(app, sqs(*orders(0, 1))) == failed("m-0", "m-1")


def test_one_exception_for_a_whole_batch_is_raised_unchanged() -> None:
    problem = Refused("no")
    app = App()

    @app.sqs("orders")
    def on_orders(batch: Batch[Order]) -> None:
        raise problem

    with pytest.raises(Refused) as caught:
        app(sqs(*orders(0, 1)), LambdaContext())

    assert caught.value is problem


def test_what_was_said_of_an_item_stands_though_the_handler_raised() -> None:
    app = App()

    @app.sqs("orders")
    def on_orders(batch: Batch[Order]) -> None:
        batch[0].fail(ValueError("of the item"))
        raise Refused("of all")

    with pytest.raises(ExceptionGroup) as caught:
        app(sqs(*orders(0, 1)), LambdaContext())

    assert [str(each) for each in caught.value.exceptions] == ["of the item", "of all"]


@pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])
def test_a_handler_that_is_cancelled_from_inside_fails_all_of_its_records(is_async: bool, run: Run) -> None:
    def on_orders(batch: Batch[Order]) -> None:
        raise asyncio.CancelledError

    async def on_orders_async(batch: Batch[Order]) -> None:
        raise asyncio.CancelledError

    app = on_sqs(on_orders_async if is_async else on_orders, failures="report")

    assert run(app, sqs(*orders(0, 1))) == failed("m-0", "m-1")


def test_a_cancellation_from_inside_is_raised_by_a_name_of_ours() -> None:
    app = App()

    @app.sqs("orders")
    def on_orders(batch: Batch[Order]) -> None:
        raise asyncio.CancelledError

    with pytest.raises(HandlerCancelledError):
        app(sqs({"id": 0}), LambdaContext())


def test_a_handler_that_ends_the_process_ends_it_before_anything_else_is_started() -> None:
    log: list[str] = []
    app = App(failures="report")

    @app.sqs("orders", where={"id": [0]})
    def on_orders(batch: Batch[Order]) -> None:
        log.append("batch")
        raise SystemExit

    @app.sqs("orders")
    def on_order(order: Order) -> None:
        log.append("record")

    with pytest.raises(SystemExit):
        app(sqs(*orders(0, 1)), LambdaContext())

    assert log == ["batch"]


def test_without_memory_nothing_more_is_started() -> None:
    app = App(failures="report")

    @app.sqs("orders", where={"id": [0]})
    def on_orders(batch: Batch[Order]) -> None:
        raise MemoryError

    @app.sqs("orders")
    def on_order(order: Order) -> None:
        raise AssertionError("never called")

    assert app(sqs(*orders(1, 0)[1:], *orders(1)), LambdaContext()) == failed("m-0", "m-1")


def test_a_model_that_runs_out_of_memory_stops_the_batch() -> None:
    class Large(BaseModel):
        id: int

        def model_post_init(self, context: object) -> None:
            if self.id == 1:
                raise MemoryError

    app = App(failures="report")

    @app.sqs("orders")
    def on_large(batch: Batch[Large]) -> None:
        raise AssertionError("never called")

    assert app(sqs(*orders(0, 1, 2)), LambdaContext()) == failed("m-0", "m-1", "m-2")


def test_no_batch_is_started_that_may_not_end_in_time() -> None:
    context, log = Countdown(60), list[str]()
    app = App(failures="report")

    @app.sqs("orders", where={"id": [0]})
    def first(batch: Batch[Order]) -> None:
        log.append("first")
        context.spend(40)

    @app.sqs("orders")
    def second(batch: Batch[Order]) -> None:
        log.append("second")

    assert app(sqs(*orders(0, 1, 2)), context) == failed("m-1", "m-2")
    assert log == ["first"]


# ---- exception handlers


def test_an_exception_handler_sees_a_batch_s_failure_once() -> None:
    seen: list[str] = []
    app = App(failures="report")

    @app.exception_handler(Refused)
    def on_refused(error: Refused) -> None:
        seen.append("seen")

    @app.sqs("orders")
    def on_orders(batch: Batch[Order]) -> None:
        raise Refused

    assert app(sqs(*orders(0, 1)), LambdaContext()) == failed("m-0", "m-1")
    assert seen == ["seen"]


@pytest.mark.parametrize("way", ["raises", "fails its items"])
def test_ack_counts_the_records_as_handled(way: str) -> None:
    app = App(failures="report")

    @app.exception_handler(Refused)
    def on_refused(error: Refused) -> object:
        return ACK

    @app.sqs("orders")
    def on_orders(batch: Batch[Order]) -> None:
        if way == "raises":
            raise Refused
        for item in batch:
            item.fail(Refused())

    assert app(sqs(*orders(0, 1)), LambdaContext()) == {"batchItemFailures": []}


@pytest.mark.parametrize("kind", [ValueError, SystemExit])
def test_an_exception_handler_that_raises_decides_what_is_raised(kind: type[BaseException]) -> None:
    app = App()

    @app.exception_handler(Refused)
    def on_refused(error: Refused) -> None:
        raise kind

    @app.sqs("orders")
    def on_orders(batch: Batch[Order]) -> None:
        raise Refused

    with pytest.raises(kind):
        app(sqs(*orders(0, 1)), LambdaContext())


# ---- a list of one's own


def naming(*ids: object) -> Callable[[Batch[Order]], object]:
    def on_orders(batch: Batch[Order]) -> object:
        return failed(*ids)

    return on_orders


@pytest.mark.parametrize(
    ("named", "answer"),
    [((), failed()), (("m-1",), failed("m-1")), (("m-2", "m-0"), failed("m-0", "m-2"))],
)
def test_records_that_a_handler_names_come_back(named: tuple[str, ...], answer: Any, run: Run) -> None:
    app = on_sqs(naming(*named), failures="report")

    assert run(app, sqs(*orders(0, 1, 2))) == answer


def test_named_records_raise_where_failures_raise() -> None:
    with pytest.raises(ReplyError, match="on_orders named the record in batchItemFailures"):
        on_sqs(naming("m-1"))(sqs(*orders(0, 1)), LambdaContext())


def test_named_records_are_merged_with_failed_items() -> None:
    app = App(failures="report")

    @app.sqs("orders")
    def on_orders(batch: Batch[Order]) -> object:
        batch[0].fail("no")
        return failed("m-2")

    assert app(sqs(*orders(0, 1, 2)), LambdaContext()) == failed("m-0", "m-2")


def test_a_list_handler_names_records_in_the_same_way() -> None:
    app = App(failures="report")

    @app.sqs("orders")
    def on_orders(records: list[SqsRecord[Order]]) -> object:
        return failed(records[1].messageId)

    assert app(sqs(*orders(0, 1)), LambdaContext()) == failed("m-1")


@pytest.mark.parametrize(
    "answer",
    [
        failed("unknown"),
        failed(""),
        failed(None),
        failed("m-0", "m-0"),
        {"batchItemFailures": "m-0"},
        {"batchItemFailures": ["m-0"]},
        {"batchItemFailures": [{"itemidentifier": "m-0"}]},
        {"batchitemfailures": [{"itemIdentifier": "m-0"}]},
        {"batchItemFailures": [{"itemIdentifier": "m-0"}], "more": 1},
    ],
    ids=str,
)
def test_a_list_that_lambda_would_misread_fails_the_whole_batch(answer: object) -> None:
    app = App(failures="report")

    @app.sqs("orders")
    def on_orders(batch: Batch[Order]) -> object:
        return answer

    assert app(sqs(*orders(0, 1)), LambdaContext()) == failed("m-0", "m-1")


@pytest.mark.parametrize("named", [["same"], ["same", "same"]], ids=len)
def test_copies_of_a_message_may_be_named_as_often_as_they_came(named: list[str]) -> None:
    app = on_sqs(naming(*named), failures="report")
    event = sqs(*orders(0, 1))
    for record in event["Records"]:
        record["messageId"] = "same"

    assert app(event, LambdaContext()) == failed("same")


def test_a_record_without_an_id_cannot_be_named_and_harms_nothing() -> None:
    app = on_sqs(naming("m-0"), failures="report")
    event = sqs(*orders(0, 1))
    del event["Records"][1]["messageId"]

    assert app(event, LambdaContext()) == failed("m-0")


@pytest.mark.parametrize("empty", [None, []], ids=repr)
def test_an_empty_list_is_success(empty: object) -> None:
    app = App(failures="report")

    @app.sqs("orders")
    def on_orders(batch: Batch[Order]) -> object:
        return {"batchItemFailures": empty}

    assert app(sqs({"id": 0}), LambdaContext()) == {"batchItemFailures": []}


@pytest.mark.parametrize(
    ("route", "event", "identifier"),
    [
        (lambda app: app.kinesis("clicks"), kinesis(*orders(0, 1)), "101"),
        (lambda app: app.kinesis("clicks"), pipes(kinesis(*orders(0, 1))), "shard:101"),
        (
            lambda app: app.kafka("orders"),
            kafka({"orders-0": orders(0, 1)}),
            {"offset": 11, "partition": "orders-0"},
        ),
    ],
    ids=["kinesis", "pipes", "kafka"],
)
def test_records_are_named_as_their_trigger_knows_them(route: Any, event: Any, identifier: Any) -> None:
    app = App(failures="report")
    route(app)(naming(identifier))

    assert app(event, LambdaContext()) == failed(identifier)


def test_changes_through_pipes_are_named_by_their_event_id() -> None:
    app = App(failures="report")

    @app.dynamodb("orders")
    def on_changes(changes: list[Change[Order]]) -> object:
        return failed("event-101")

    assert app(pipes(dynamodb(0, 1)), LambdaContext()) == failed("event-101")


def test_a_trigger_that_knows_no_such_list_is_not_answered_with_one() -> None:
    app = App()
    app.rabbitmq("orders")(naming("m-0"))

    with pytest.raises(ReplyError, match="mq_rabbit has no batchItemFailures: raise, or use Batch and item.fail"):
        app(rabbitmq({"id": 0}), LambdaContext())


@pytest.mark.parametrize("value", [{"ok": True}, "done", [1]], ids=repr)
def test_any_other_value_is_told_once(value: object, caplog: pytest.LogCaptureFixture) -> None:
    app = App()

    @app.sqs("orders")
    def on_orders(batch: Batch[Order]) -> object:
        return value

    for _ in range(2):
        app(sqs({"id": 0}), LambdaContext())

    assert len([line for line in caplog.messages if line.startswith("on_orders returned a")]) == 1


def test_an_awaitable_that_a_plain_function_returns_is_awaited(run: Run) -> None:
    log: list[int] = []

    async def later(batch: Batch[Order]) -> None:
        await anyio.lowlevel.checkpoint()
        log.extend(ids_of(batch))

    @functools.wraps(later)
    def on_orders(batch: Batch[Order]) -> object:
        return later(batch)

    run(on_sqs(on_orders), sqs(*orders(0, 1)))

    assert log == [0, 1]


# ------------------------------------------------------------------------------------------------------ sources in order


def fifo(*groups: str) -> dict[str, Any]:
    return sqs(*orders(*range(len(groups))), queue="orders.fifo", groups=list(groups))


def test_a_failed_item_brings_back_what_follows_it_in_its_group_and_no_other() -> None:
    app = on_sqs(refusing(0), failures="report")

    assert app(fifo("a", "b", "a", "b"), LambdaContext()) == failed("m-0", "m-2")


def test_what_came_before_a_failed_item_is_done() -> None:
    app = App(failures="report")
    app.kinesis("clicks")(refusing(1))

    assert app(kinesis(*orders(0, 1, 2)), LambdaContext()) == failed("101")


@pytest.mark.parametrize("bad", ["nope", '{"kind": "nobody takes"}'], ids=["invalid", "no route"])
def test_what_comes_before_a_hopeless_record_is_handed_over(bad: str) -> None:
    log: list[list[int]] = []
    app = App(failures="report")

    @app.kinesis("clicks", where={"id": [{"exists": True}]})
    def on_orders(batch: Batch[Order]) -> None:
        log.append(ids_of(batch))

    event = kinesis({"id": 0}, {"id": 1}, bad, {"id": 3})

    assert app(event, LambdaContext()) == failed("102")
    assert log == [[0, 1]]


def test_a_hopeless_record_of_a_group_stops_what_follows_it_there_alone() -> None:
    log: list[list[int]] = []
    app = on_sqs(refusing(log=log), failures="report")
    event = fifo("a", "a", "b", "a")
    event["Records"][1]["body"] = "nope"

    assert app(event, LambdaContext()) == failed("m-1", "m-3")
    assert log == [[0, 2]]


def test_on_an_ordered_queue_a_batch_is_a_run_of_neighbours() -> None:
    log: list[list[int]] = []
    app = App()

    @app.sqs("orders*", where={"id": [{"numeric": ["<", 10]}]})
    def small(batch: Batch[Order]) -> None:
        log.append(ids_of(batch))

    @app.sqs("orders*")
    def large(batch: Batch[Order]) -> None:
        log.append(ids_of(batch))

    app(sqs(*orders(1, 2, 11, 12, 3), queue="orders.fifo", groups=["a"] * 5), LambdaContext())

    assert log == [[1, 2], [11, 12], [3]]


def test_on_a_standard_queue_a_batch_is_all_of_a_route_s_records() -> None:
    log: list[list[int]] = []
    app = App()

    @app.sqs("orders", where={"id": [{"numeric": ["<", 10]}]})
    def small(batch: Batch[Order]) -> None:
        log.append(ids_of(batch))

    @app.sqs("orders")
    def large(order: Order) -> None:
        log.append([order.id])

    app(sqs(*orders(1, 11, 2, 12)), LambdaContext())

    assert log == [[1, 2], [11], [12]]


def test_a_run_is_not_started_after_its_order_has_failed() -> None:
    log: list[list[int]] = []
    app = App(failures="report")

    @app.kinesis("clicks", where={"id": [{"numeric": ["<", 10]}]})
    def small(batch: Batch[Order]) -> None:
        log.append(ids_of(batch))
        batch[1].fail("no")

    @app.kinesis("clicks")
    def large(order: Order) -> None:
        raise AssertionError("never called")

    assert app(kinesis(*orders(1, 2, 11, 3)), LambdaContext()) == failed("101")
    assert log == [[1, 2]]


def test_a_route_for_batches_does_not_change_how_another_queue_is_handled() -> None:
    log: list[object] = []
    app = App(failures="report")
    app.sqs("orders")(refusing())

    @app.sqs("bills", concurrency=2)
    async def on_bill(order: Order) -> None:
        log.append(order.id)
        await anyio.lowlevel.checkpoint()
        log.append("done")

    app(sqs(*orders(0, 1), queue="bills"), LambdaContext())

    assert log == [0, 1, "done", "done"]


# --------------------------------------------------------------------------------------------------- refused when registered


def bare(orders: list[Order]) -> None: ...
def bare_list(orders: list) -> None: ...  # type: ignore[type-arg]
def a_list_of_events(events: list[SqsEvent[Order]]) -> None: ...
def a_batch_of_nothing(batch: Batch) -> None: ...  # type: ignore[type-arg]
def a_batch_and_a_record(batch: Batch[Order], record: SqsRecord[Order]) -> None: ...
def two_payloads(batch: Batch[Order], order: Order) -> None: ...
def a_batch(batch: Batch[Order]) -> None: ...
def a_change_beside_them(batch: Batch[Change[Order]], change: Change[Order]) -> None: ...


@pytest.mark.parametrize(
    ("register", "words"),
    [
        (lambda app: app.sqs("q")(bare), r"list\[Order\] is ambiguous: write Batch\[Order\].*or Annotated\[list\[Order\], Body"),
        (lambda app: app.sqs("q")(bare_list), r"list\[T\] is ambiguous"),
        (lambda app: app.sqs("q")(a_list_of_events), r"list\[SqsEvent\[Order\]\] is ambiguous"),
        (lambda app: app.sqs("q")(a_batch_of_nothing), r"write Batch\[...\] with the type of the payload"),
        (lambda app: app.sqs("q")(a_batch_and_a_record), "'record' is one record, and the handler is called for a whole"),
        (lambda app: app.sqs("q")(two_payloads), "parameter 'order' and 'batch' would both be the payload"),
        (lambda app: app.sns("t")(a_batch), "sns events come one by one, so there is no Batch of them"),
        (lambda app: app.dynamodb("t")(a_batch), "dynamodb events have no payload of their own"),
        (lambda app: app.dynamodb("t")(a_change_beside_them), "'change' is one record"),
        (lambda app: app.sqs("q", concurrency=2)(a_batch), "concurrency= runs records side by side, and the handler takes a"),
    ],
)  # fmt: skip
def test_what_cannot_work_is_refused_with_what_to_write(register: Callable[[App], object], words: str) -> None:
    with pytest.raises(RegistrationError, match=words):
        register(App())


def test_a_list_of_json_is_a_payload_where_events_come_one_by_one() -> None:
    seen: list[Sequence[int]] = []
    app = App()

    @app.sns("alerts")
    def on_numbers(numbers: list[int]) -> None:
        seen.append(numbers)

    app(sns([1, 2]), LambdaContext())

    assert seen == [[1, 2]]
