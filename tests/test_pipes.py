"""EventBridge Pipes: a bare list of records, as the target of a pipe and as its enrichment."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Annotated, Any

import anyio
import pytest
from pydantic import BaseModel

from eventrouter import (
    ACK,
    DROPPED,
    App,
    Batch,
    Change,
    Depends,
    HandlerCancelledError,
    HandlerStoppedError,
    Invocation,
    KinesisRecord,
    LambdaContext,
    NoRouteError,
    NotReachedError,
    PayloadError,
    RegistrationError,
    ReplyError,
    Response,
    SqsEvent,
    Window,
)
from tests.deliveries import Countdown, Run, dispatch, dynamodb, failed, kafka, kinesis, pipes, sample, sqs


class Order(BaseModel):
    id: int


class Refused(Exception):
    """What the handlers here raise."""


def orders(*ids: int) -> list[dict[str, int]]:
    return [{"id": each} for each in ids]


def enriching(handler: Callable[..., object], **options: Any) -> App:
    app = App(**options)
    app.pipe_enrichment("sqs:orders")(handler)
    return app


def doubled(order: Order) -> dict[str, int]:
    return {"double": order.id * 2}


# ---- the target


@pytest.mark.parametrize(
    "name", ["kinesis-pipes", "dynamodb-pipes", "kafka-pipes", "mq_active-pipes", "mq_rabbit-pipes", "sqs-pipes"]
)
def test_an_invocation_says_who_delivers_it(name: str) -> None:
    seen: list[str] = []
    app = App()

    def on_record(invocation: Invocation) -> None:
        seen.append(invocation.delivery)

    for route in (app.kinesis(), app.dynamodb(), app.kafka(), app.activemq(), app.rabbitmq(), app.sqs()):
        route(on_record)
    event = sample(name)

    assert app(event, LambdaContext()) == {"batchItemFailures": []}
    assert seen == ["pipes"] * len(event)


def test_lambda_s_own_pollers_are_told_apart() -> None:
    seen: list[str] = []
    app = App()

    @app.sqs("orders")
    def on_order(invocation: Invocation) -> None:
        seen.append(invocation.delivery)

    app(sqs({"id": 1}), LambdaContext())

    assert seen == ["lambda"]


@pytest.mark.parametrize(
    ("event", "answer"),
    [
        (pipes(sqs(*orders(0, 1, 2))), failed("m-1")),
        (pipes(kinesis(*orders(0, 1, 2))), failed("shard:101")),
    ],
    ids=["sqs", "kinesis"],
)
def test_a_target_names_records_as_pipes_knows_them(event: Any, answer: Any, run: Run) -> None:
    app = App(failures="report")

    def on_order(order: Order) -> None:
        if order.id == 1:
            raise Refused

    app.sqs("orders")(on_order)
    app.kinesis("clicks")(on_order)

    assert run(app, event) == answer


def test_a_batch_handler_that_returns_nothing_answers_as_a_target() -> None:
    app = App(failures="report")

    @app.sqs("orders")
    def on_orders(batch: Batch[Order]) -> None: ...

    assert app(pipes(sqs(*orders(0, 1))), LambdaContext()) == {"batchItemFailures": []}


def test_the_typed_event_takes_the_bare_list() -> None:
    seen: list[object] = []
    app = App()

    @app.sqs("orders")
    def on_order(order: Order, event: SqsEvent[Order]) -> None:
        seen.append((len(event.Records), event.raw))

    event = pipes(sqs(*orders(1)))
    app(event, LambdaContext())

    assert seen == [(1, event)]


# ---- the enrichment


@pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])
def test_an_enrichment_answers_with_every_record_s_new_value(is_async: bool, run: Run) -> None:
    async def doubled_async(order: Order) -> dict[str, int]:
        await anyio.lowlevel.checkpoint()
        return doubled(order)

    app = enriching(doubled_async if is_async else doubled)

    assert run(app, pipes(sqs(*orders(1, 2)))) == [{"double": 2}, {"double": 4}]


def test_typed_values_go_on_as_json() -> None:
    def enriched(order: Order) -> Order:
        return Order(id=order.id + 1)

    assert enriching(enriched)(pipes(sqs({"id": 1})), LambdaContext()) == [{"id": 2}]


def test_only_what_is_dropped_by_name_is_left_out() -> None:
    def enriched(order: Order) -> object:
        return DROPPED if order.id == 1 else order.id

    app = enriching(enriched)

    assert app(pipes(sqs(*orders(0, 1, 2))), LambdaContext()) == [0, 2]
    assert app(pipes(sqs(*orders(1))), LambdaContext()) == []


@pytest.mark.parametrize("value", [0, False, "", [], {}], ids=repr)
def test_a_value_that_is_false_goes_on(value: object) -> None:
    def enriched(order: Order) -> object:
        return value

    assert enriching(enriched)(pipes(sqs({"id": 1})), LambdaContext()) == [value]


@pytest.mark.parametrize(
    ("route", "annotation", "event", "answer"),
    [
        ("kinesis:clicks", Order, pipes(kinesis(*orders(3))), [3]),
        ("kinesis", KinesisRecord[Order], pipes(kinesis(*orders(3))), ["visitor-3"]),
        ("dynamodb:orders", Change[Order], pipes(dynamodb(3)), ["INSERT"]),
        ("kafka:orders", Order, pipes(kafka({"orders-0": orders(3)})), [3]),
    ],
    ids=["kinesis", "kinesis record", "dynamodb", "kafka"],
)
def test_every_source_of_a_pipe_is_enriched(route: str, annotation: Any, event: Any, answer: list[object]) -> None:
    app = App()

    def enriched(value: Any) -> object:
        if isinstance(value, Order):
            return value.id
        return value.kind if isinstance(value, Change) else value.kinesis.partitionKey

    enriched.__annotations__["value"] = annotation
    app.pipe_enrichment(route)(enriched)

    assert app(event, LambdaContext()) == answer


def test_an_enrichment_does_not_take_what_lambda_delivers() -> None:
    handled: list[int] = []
    app = enriching(doubled, failures="report")

    @app.sqs("orders")
    def on_order(order: Order) -> None:
        handled.append(order.id)

    assert app(sqs({"id": 1}), LambdaContext()) == {"batchItemFailures": []}
    assert handled == [1]


def test_an_enrichment_alone_takes_nothing_from_lambda() -> None:
    with pytest.raises(NoRouteError):
        enriching(doubled)(sqs({"id": 1}), LambdaContext())


def test_conditions_choose_among_enrichments() -> None:
    app = App()

    @app.pipe_enrichment("sqs", where={"id": [1]})
    def one() -> str:
        return "one"

    @app.pipe_enrichment("sqs")
    def other() -> str:
        return "other"

    assert app(pipes(sqs(*orders(1, 2))), LambdaContext()) == ["one", "other"]


def test_dependencies_and_layers_go_with_an_enrichment(run: Run) -> None:
    app = App()

    def factor() -> int:
        return 3

    async def layer(call: Any, call_next: Any) -> object:
        return {"wrapped": await call_next(call)}

    @app.pipe_enrichment("sqs:orders", middleware=[layer])
    def enriched(order: Order, factor: Annotated[int, Depends(factor)]) -> int:
        return order.id * factor

    assert run(app, pipes(sqs({"id": 2}))) == [{"wrapped": 6}]


# ---- what goes wrong


def test_none_would_drop_the_record_and_is_an_error() -> None:
    def enriched(order: Order) -> None: ...

    with pytest.raises(ReplyError, match="enriched returned None for a record of a pipe, which would drop it"):
        enriching(enriched)(pipes(sqs({"id": 1})), LambdaContext())


@pytest.mark.parametrize("value", [Response("x"), iter([1])], ids=["Response", "iterator"])
def test_what_is_no_json_is_an_error(value: object) -> None:
    def enriched(order: Order) -> object:
        return value

    with pytest.raises(ReplyError, match="and a pipe goes on with JSON values"):
        enriching(enriched)(pipes(sqs({"id": 1})), LambdaContext())


@pytest.mark.parametrize("failures", ["raise", "report"])
def test_the_first_failure_is_raised_unchanged_and_nothing_is_started_after_it(failures: Any, run: Run) -> None:
    problem = Refused("no")
    handled: list[int] = []

    def enriched(order: Order) -> int:
        handled.append(order.id)
        if order.id == 1:
            raise problem
        return order.id

    app = enriching(enriched, failures=failures)

    with pytest.raises(Refused) as caught:
        run(app, pipes(sqs(*orders(0, 1, 2))))

    assert caught.value is problem
    assert handled == [0, 1]


@pytest.mark.parametrize(("body", "kind"), [("nope", PayloadError), ({"kind": "x"}, NoRouteError)], ids=str)
def test_nothing_is_dropped_though_the_app_drops_elsewhere(body: object, kind: type[Exception]) -> None:
    app = App(invalid="drop", unmatched="drop")
    app.pipe_enrichment("sqs:orders", where={"id": [{"exists": True}]})(doubled)

    with pytest.raises(kind):
        app(pipes(sqs({"id": 1}, body)), LambdaContext())


def test_an_exception_handler_sees_a_failure_and_cannot_leave_the_record_out() -> None:
    seen: list[str] = []

    def enriched(order: Order) -> int:
        raise Refused

    app = enriching(enriched)

    @app.exception_handler(Refused)
    def on_refused(invocation: Invocation, error: Refused) -> object:
        seen.append(invocation.delivery)
        return ACK

    with pytest.raises(Refused):
        app(pipes(sqs({"id": 1})), LambdaContext())

    assert seen == ["pipes"]


def stopping(order: Order) -> int:
    raise StopIteration("mine")


def test_a_stray_stop_iteration_is_raised_as_the_user_s_own() -> None:
    with pytest.raises(StopIteration, match="mine"):
        enriching(stopping)(pipes(sqs({"id": 1})), LambdaContext())


def test_the_async_door_raises_what_a_coroutine_can() -> None:
    with pytest.raises(HandlerStoppedError) as caught:
        dispatch(enriching(stopping), pipes(sqs({"id": 1})))

    assert isinstance(caught.value.__cause__, StopIteration)


def test_a_handler_that_is_cancelled_from_inside_has_failed() -> None:
    def enriched(order: Order) -> int:
        raise asyncio.CancelledError

    with pytest.raises(HandlerCancelledError):
        enriching(enriched)(pipes(sqs({"id": 1})), LambdaContext())


def test_what_ends_the_process_ends_it() -> None:
    def enriched(order: Order) -> int:
        raise SystemExit

    with pytest.raises(SystemExit):
        enriching(enriched)(pipes(sqs({"id": 1})), LambdaContext())


def test_no_record_is_started_that_may_not_end_in_time() -> None:
    context = Countdown(60)
    handled: list[int] = []

    def enriched(order: Order) -> int:
        handled.append(order.id)
        context.spend(40)
        return order.id

    with pytest.raises(NotReachedError, match="record 1 was not started"):
        enriching(enriched)(pipes(sqs(*orders(0, 1))), context)

    assert handled == [0]


# ---- refused when registered


def whole_batch(batch: Batch[Order]) -> None: ...
def windowed(window: Window[dict[str, Any]]) -> None: ...
def yielding(order: Order) -> Iterator[int]:
    yield 1


@pytest.mark.parametrize(
    ("register", "words"),
    [
        (lambda app: app.pipe_enrichment("sns:alerts")(doubled), r"for the source of a pipe \(sqs, .*, not 'sns:alerts'"),
        (lambda app: app.pipe_enrichment("documentdb")(doubled), "not 'documentdb'"),
        (lambda app: app.pipe_enrichment("nothing")(doubled), "not 'nothing'"),
        (lambda app: app.pipe_enrichment(7)(doubled), "not 7"),
        (lambda app: app.pipe_enrichment(doubled), "is called: write @app.pipe_enrichment"),
        (lambda app: app.pipe_enrichment("sqs", invalid="drop")(doubled), "invalid= has no meaning"),
        (lambda app: app.pipe_enrichment("sqs", unmatched="drop")(doubled), "unmatched= has no meaning"),
        (lambda app: app.pipe_enrichment("sqs", failures="report")(doubled), "failures= has no meaning"),
        (lambda app: app.pipe_enrichment("sqs", concurrency=2)(doubled), "concurrency= has no meaning"),
        (lambda app: app.pipe_enrichment("sqs", via="sqs:q")(doubled), "via= has no meaning"),
        (lambda app: app.pipe_enrichment("sqs")(whole_batch), "takes a whole batch, and an enrichment is called once per"),
        (lambda app: app.pipe_enrichment("kinesis")(windowed), "takes a window's state, and an enrichment is called once"),
        (lambda app: app.pipe_enrichment("sqs")(yielding), "yields"),
    ],
)  # fmt: skip
def test_what_cannot_work_is_refused(register: Callable[[App], object], words: str) -> None:
    with pytest.raises(RegistrationError, match=words):
        register(App())


def test_two_equal_enrichments_are_refused() -> None:
    app = enriching(doubled)

    with pytest.raises(RegistrationError, match="claim the same records"):
        app.pipe_enrichment("sqs:orders")(stopping)
