"""Records side by side: started in order, failing alone, and never where their order matters."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Annotated, Any

import anyio
import pytest
from anyio.lowlevel import checkpoint
from pydantic import BaseModel

from eventrouter import (
    ACK,
    App,
    Depends,
    HandlerCancelledError,
    LambdaContext,
    LoopError,
    Pattern,
    RegistrationError,
    Source,
    current_invocation,
)
from tests.deliveries import Countdown, Run, dynamodb, failed, kafka, kinesis, rabbitmq, registered, sqs


class Order(BaseModel):
    id: int


class Refused(Exception):
    """What the handlers here raise."""


def orders(*ids: int) -> list[dict[str, int]]:
    return [{"id": each} for each in ids]


def on_sqs(handler: Callable[..., object], concurrency: int, **options: Any) -> App:
    app = App(failures="report", **options)
    app.sqs("orders*", concurrency=concurrency)(handler)
    return app


class Traffic:
    """Counts who is inside at the same time."""

    def __init__(self) -> None:
        self.inside = 0
        self.most = 0
        self.started: list[int] = []
        self.ended: list[int] = []

    async def pass_through(self, order: Order, *, turns: int = 3) -> None:
        self.started.append(order.id)
        self.inside += 1
        self.most = max(self.most, self.inside)
        for _ in range(turns):
            await checkpoint()
        self.inside -= 1
        self.ended.append(order.id)


# ---- side by side


@pytest.mark.parametrize(("concurrency", "most"), [(1, 1), (2, 2), (5, 5), (100, 6)])
def test_as_many_records_run_side_by_side_as_the_route_says(concurrency: int, most: int, run: Run) -> None:
    traffic = Traffic()

    async def on_order(order: Order) -> None:
        await traffic.pass_through(order)

    app = on_sqs(on_order, concurrency)

    assert run(app, sqs(*orders(*range(6)))) == {"batchItemFailures": []}
    assert traffic.most == most


def test_records_are_started_in_order() -> None:
    traffic = Traffic()

    async def on_order(order: Order) -> None:
        await traffic.pass_through(order, turns=10 - order.id)

    on_sqs(on_order, 3)(sqs(*orders(*range(6))), LambdaContext())

    assert traffic.started == [0, 1, 2, 3, 4, 5]
    assert traffic.ended != traffic.started


def test_a_failing_record_harms_no_other(run: Run) -> None:
    traffic = Traffic()

    async def on_order(order: Order) -> None:
        if order.id == 1:
            raise Refused
        await traffic.pass_through(order)

    app = on_sqs(on_order, 3)

    assert run(app, sqs(*orders(0, 1, 2, 3))) == failed("m-1")
    assert sorted(traffic.ended) == [0, 2, 3]


@pytest.mark.parametrize("body", ["nope", '{"paid": false}'], ids=["invalid", "no route"])
def test_a_hopeless_record_fails_alone(body: str) -> None:
    app = App(failures="report")

    @app.sqs("orders", where={"paid": [{"exists": False}]}, concurrency=2)
    async def on_order(order: Order) -> None:
        await checkpoint()

    assert app(sqs({"id": 0}, body, {"id": 2}), LambdaContext()) == failed("m-1")


def test_an_exception_handler_may_deal_with_a_failure() -> None:
    async def on_order(order: Order) -> None:
        raise Refused

    app = on_sqs(on_order, 2)

    @app.exception_handler(Refused)
    async def on_refused(error: Refused) -> object:
        await checkpoint()
        return ACK

    assert app(sqs(*orders(0, 1, 2)), LambdaContext()) == {"batchItemFailures": []}


def test_each_call_has_dependencies_of_its_own() -> None:
    seen: list[object] = []

    async def opened() -> object:
        await checkpoint()
        return object()

    async def on_order(order: Order, session: Annotated[object, Depends(opened)]) -> None:
        await checkpoint()
        seen.append(session)

    app = App()
    app.sqs("orders", concurrency=3)(on_order)
    app(sqs(*orders(0, 1, 2)), LambdaContext())

    assert len(set(map(id, seen))) == 3


def test_one_record_needs_no_worker() -> None:
    handled: list[int] = []

    def on_order(order: Order) -> None:
        handled.append(threading.get_ident())

    on_sqs(on_order, 5, thread_safe=True)(sqs({"id": 0}), LambdaContext())

    assert handled == [threading.get_ident()]


# ---- synchronous handlers


def test_synchronous_handlers_run_in_threads_where_the_app_bears_that(run: Run) -> None:
    together = threading.Barrier(3, timeout=10)
    sources: list[str] = []

    def on_order(order: Order) -> None:
        together.wait()
        sources.append(current_invocation().source.name)

    app = on_sqs(on_order, 3, thread_safe=True)

    assert run(app, sqs(*orders(0, 1, 2))) == {"batchItemFailures": []}
    assert sources == ["sqs"] * 3


def test_no_more_threads_run_than_the_route_says() -> None:
    lock = threading.Lock()
    inside: list[int] = []
    most: list[int] = []

    def on_order(order: Order) -> None:
        with lock:
            inside.append(order.id)
            most.append(len(inside))
        with lock:
            inside.remove(order.id)

    on_sqs(on_order, 2, thread_safe=True)(sqs(*orders(*range(20))), LambdaContext())

    assert max(most) <= 2


@pytest.mark.parametrize("kind", [Refused, StopIteration, RecursionError, asyncio.CancelledError])
def test_whatever_a_thread_raises_fails_its_record_alone(kind: type[BaseException], run: Run) -> None:
    def on_order(order: Order) -> None:
        if order.id == 1:
            raise kind

    app = on_sqs(on_order, 2, thread_safe=True)

    assert run(app, sqs(*orders(0, 1, 2))) == failed("m-1")


def test_a_thread_s_stop_iteration_is_raised_as_the_user_s_own() -> None:
    app = App(thread_safe=True)

    @app.sqs("orders", concurrency=2)
    def on_order(order: Order) -> None:
        if order.id == 1:
            raise StopIteration("mine")

    with pytest.raises(StopIteration, match="mine"):
        app(sqs(*orders(0, 1)), LambdaContext())


def test_what_a_synchronous_handler_hands_back_is_awaited_on_the_loop() -> None:
    threads: list[int] = []

    async def later(order: Order) -> None:
        await checkpoint()
        threads.append(threading.get_ident())

    def on_order(order: Order) -> object:
        return later(order)

    on_sqs(on_order, 2, thread_safe=True)(sqs(*orders(0, 1)), LambdaContext())

    assert threads == [threading.get_ident()] * 2


# ---- what ends it


@pytest.mark.parametrize("kind", [SystemExit, KeyboardInterrupt])
@pytest.mark.parametrize("is_async", [True, False], ids=["async", "threads"])
def test_what_ends_the_process_is_raised_and_nothing_is_started_after_it(
    kind: type[BaseException], is_async: bool, run: Run
) -> None:
    started: list[int] = []

    async def on_order(order: Order) -> None:
        started.append(order.id)
        raise kind

    def on_order_in_a_thread(order: Order) -> None:
        started.append(order.id)
        raise kind

    app = on_sqs(on_order if is_async else on_order_in_a_thread, 2, thread_safe=True)

    with pytest.raises(kind):
        run(app, sqs(*orders(*range(10))))

    assert len(started) <= 2


def test_without_memory_nothing_more_is_started_and_what_is_done_is_done() -> None:
    traffic = Traffic()

    async def on_order(order: Order) -> None:
        if order.id == 0:
            await checkpoint()
            raise MemoryError
        await traffic.pass_through(order, turns=5)

    app = on_sqs(on_order, 2)

    assert app(sqs(*orders(0, 1, 2, 3)), LambdaContext()) == failed("m-0", "m-2", "m-3")
    assert traffic.ended == [1]


def test_a_record_that_is_cancelled_from_inside_fails_alone(run: Run) -> None:
    async def on_order(order: Order) -> None:
        await checkpoint()
        if order.id == 1:
            raise asyncio.CancelledError

    app = on_sqs(on_order, 2)

    assert run(app, sqs(*orders(0, 1, 2))) == failed("m-1")


def test_a_cancellation_from_inside_is_raised_by_a_name_of_ours() -> None:
    app = App()

    @app.sqs("orders", concurrency=2)
    async def on_order(order: Order) -> None:
        raise asyncio.CancelledError

    with pytest.raises(ExceptionGroup) as caught:
        app(sqs(*orders(0, 1)), LambdaContext())

    assert [type(each) for each in caught.value.exceptions] == [HandlerCancelledError] * 2


def test_a_cancellation_from_outside_ends_all_of_it() -> None:
    log: list[str] = []

    async def on_order(order: Order) -> None:
        log.append(f"start {order.id}")
        if order.id == 1:
            scopes[0].cancel()
        await asyncio.Event().wait()
        log.append("never")

    app = on_sqs(on_order, 2)
    scopes: list[anyio.CancelScope] = []

    async def cancelled() -> None:
        with anyio.CancelScope() as scope:
            scopes.append(scope)
            await app.dispatch(sqs(*orders(0, 1, 2)))
            log.append("never")

    anyio.run(cancelled)

    assert log == ["start 0", "start 1"]


def test_a_task_that_is_cancelled_from_outside_is_cancelled() -> None:
    async def on_order(order: Order) -> None:
        await asyncio.Event().wait()

    app = on_sqs(on_order, 2)

    async def cancelled() -> None:
        task = asyncio.create_task(app.dispatch(sqs(*orders(0, 1, 2))))
        await asyncio.sleep(0)
        task.cancel()
        await task

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(cancelled())


# ---- time


def test_no_record_is_started_that_may_not_end_in_time() -> None:
    context = Countdown(60)
    started: list[int] = []

    async def on_order(order: Order) -> None:
        started.append(order.id)
        await checkpoint()
        context.spend(15)

    app = on_sqs(on_order, 2)

    # The first took 15 s, and 45 s are left; the second 30 s, since time goes on for all, and then 45 s would have to be left.
    assert app(sqs(*orders(0, 1, 2, 3)), context) == failed("m-3")
    assert started == [0, 1, 2]


def test_the_longest_record_counts_though_others_end_in_between() -> None:
    context = Countdown(100)
    started: list[int] = []
    others = threading.Event()

    async def on_order(order: Order) -> None:
        started.append(order.id)
        if order.id == 0:
            while not others.is_set():
                await checkpoint()
            return
        context.spend(10)
        if order.id == 4:
            others.set()
        await checkpoint()

    app = on_sqs(on_order, 2)

    # Record 0 took 40 s, so that 60 s would have to be left for the next. The others took 10 s each.
    assert app(sqs(*orders(*range(8))), context) == failed("m-5", "m-6", "m-7")
    assert started == [0, 1, 2, 3, 4]


def test_the_first_record_is_started_however_little_time_is_left() -> None:
    started: list[int] = []

    async def on_order(order: Order) -> None:
        started.append(order.id)
        await checkpoint()

    app = on_sqs(on_order, 2)

    assert app(sqs(*orders(0, 1)), Countdown(0)) == failed("m-1")
    assert started == [0]


# ---- where order matters


def test_a_fifo_queue_that_is_met_at_run_time_is_handled_in_order() -> None:
    traffic = Traffic()

    async def on_order(order: Order) -> None:
        await traffic.pass_through(order, turns=5 - order.id)

    app = on_sqs(on_order, 5)

    app(sqs(*orders(0, 1, 2), queue="orders.fifo", groups=["a", "b", "c"]), LambdaContext())

    assert traffic.most == 1
    assert traffic.ended == [0, 1, 2]


def test_partitions_run_side_by_side_and_their_records_in_order() -> None:
    traffic = Traffic()
    app = App()

    @app.kafka("orders", concurrency=5)
    async def on_order(order: Order) -> None:
        await traffic.pass_through(order)

    app(kafka({"orders-0": orders(0, 1), "orders-1": orders(10, 11), "orders-2": orders(20)}), LambdaContext())

    assert traffic.most == 3
    assert [each for each in traffic.started if each < 10] == [0, 1]
    assert [each for each in traffic.started if 10 <= each < 20] == [10, 11]


def test_a_partition_stops_at_its_first_failure_and_the_others_go_on() -> None:
    traffic = Traffic()
    app = App(failures="report")

    @app.kafka("orders", concurrency=2)
    async def on_order(order: Order) -> None:
        await traffic.pass_through(order)
        if order.id == 0:
            raise Refused

    event = kafka({"orders-0": orders(0, 1), "orders-1": orders(10, 11)})

    assert app(event, LambdaContext()) == failed(
        {"partition": "orders-0", "offset": 10}, {"partition": "orders-0", "offset": 11}
    )
    assert sorted(traffic.ended) == [0, 10, 11]


def test_what_handlers_return_is_kept_by_position() -> None:
    def detect(event: Any) -> bool:
        return isinstance(event, dict) and "tickets" in event

    tickets = Source(
        "tickets",
        detect=detect,
        records=lambda event: event["tickets"],
        payload=lambda record: record,
        concurrent="records",
    )

    with registered(tickets):
        app = App(thread_safe=True)

        @app.on(Pattern("tickets", options={"concurrency": 3}))
        def on_ticket(text: str) -> str | None:
            return None if text == "b" else text.upper()

        assert app({"tickets": ["a", "b", "c"]}, LambdaContext()) == ["A", None, "C"]


# ---- refused


async def on_order(order: Order) -> None: ...
def on_order_sync(order: Order) -> None: ...
def shared() -> str:
    return "one for all"


async def on_order_shared(order: Order, given: Annotated[str, Depends(shared, scope="invocation")]) -> None: ...  # fmt: skip


@pytest.mark.parametrize(
    ("register", "words"),
    [
        (lambda app: app.kinesis("c", concurrency=2)(on_order), "for SQS .messages. and Kafka .partitions.; kinesis records"),
        (lambda app: app.dynamodb("t", concurrency=2)(on_order), "dynamodb records keep their order"),
        (lambda app: app.rabbitmq("q", concurrency=2)(on_order), "mq_rabbit records keep their order"),
        (lambda app: app.sns("t", concurrency=2)(on_order), "sns records are handled one after the other"),
        (lambda app: app.sqs("q", concurrency=2)(on_order_sync), r"write App\(thread_safe=True\) if its globals"),
        (lambda app: app.sqs("q", concurrency=2)(on_order_shared), "a dependency of scope 'invocation' would be shared by"),
        (lambda app: app.sqs("q", concurrency=0)(on_order), "concurrency= is a whole number from 1 on, not 0"),
        (lambda app: app.sqs("q", concurrency=True)(on_order), "concurrency= is a whole number from 1 on, not True"),
    ],
)  # fmt: skip
def test_what_cannot_work_is_refused(register: Callable[[App], object], words: str) -> None:
    with pytest.raises(RegistrationError, match=words):
        register(App())


def test_a_loop_that_is_running_already_is_told_what_to_await() -> None:
    app = on_sqs(on_order, 2)

    async def calls() -> None:
        app(sqs(*orders(0, 1)), LambdaContext())

    with pytest.raises(LoopError, match="await app.dispatch"):
        anyio.run(calls)


@pytest.mark.parametrize(
    "event", [kinesis({"id": 1}), dynamodb(1), rabbitmq({"id": 1})], ids=["kinesis", "dynamodb", "mq"]
)
def test_concurrency_is_of_no_account_to_other_sources(event: Any) -> None:
    app = App(failures="report")
    app.kinesis("clicks")(on_order)
    app.dynamodb("orders")(lambda: None)
    app.rabbitmq("orders")(on_order)
    app.sqs("orders", concurrency=3)(on_order)

    assert app(event, LambdaContext()) in (None, {"batchItemFailures": []})
