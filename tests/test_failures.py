"""Failures of every kind: whatever a handler ends with, its record is never taken for a success."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Annotated, Any

import anyio
import pytest

from eventrouter import (
    ACK,
    App,
    BackgroundTasks,
    Depends,
    HandlerCancelledError,
    HandlerStoppedError,
    LambdaContext,
    SqsRecord,
)
from eventrouter.sources._batch import RAISED
from tests.deliveries import (
    Run,
    dispatch,
    failed,
    sqs,
)
from tests.handlers import Order, Refused, on_sqs, orders


@pytest.mark.parametrize("kind", [SystemExit, KeyboardInterrupt])
def test_what_ends_the_process_is_raised_and_nothing_is_started_after_it(kind: type[BaseException]) -> None:
    log: list[int] = []
    app = App(failures="report")

    @app.sqs("orders")
    def on_order(order: Order) -> None:
        log.append(order.id)
        raise kind

    with pytest.raises(kind):
        app(sqs(*orders(0, 1)), LambdaContext())

    assert log == [0]


@pytest.mark.parametrize("kind", [SystemExit, KeyboardInterrupt])
def test_what_ends_the_process_is_raised_from_an_async_handler_too(kind: type[BaseException]) -> None:
    log: list[int] = []
    app = App(failures="report")

    @app.sqs("orders")
    async def on_order(order: Order) -> None:
        log.append(order.id)
        raise kind

    with pytest.raises(kind):
        app(sqs(*orders(0, 1)), LambdaContext())

    assert log == [0]


def test_without_memory_nothing_more_is_started_and_all_of_it_comes_back(run: Run) -> None:
    log: list[int] = []
    asked: list[BaseException] = []
    app = App(failures="report")

    @app.exception_handler(Exception)
    def on_error(error: Exception) -> object:
        asked.append(error)
        return ACK

    @app.sqs("orders")
    def on_order(order: Order) -> None:
        log.append(order.id)
        if order.id == 1:
            raise MemoryError

    assert run(app, sqs(*orders(0, 1, 2, 3))) == failed("m-1", "m-2", "m-3")
    assert log == [0, 1]
    assert asked == []


def test_too_deep_a_recursion_fails_its_record_alone() -> None:
    app = App(failures="report")

    @app.sqs("orders")
    def on_order(order: Order) -> None:
        if order.id == 0:
            on_order(order)

    assert app(sqs(*orders(0, 1)), LambdaContext()) == failed("m-0")


def stopping(order: Order) -> None:
    next(iter(()))


async def stopping_async(order: Order) -> None:
    stopping(order)


def stopping_dependency() -> None:
    stopping(Order(id=0))


def with_a_dependency() -> Callable[..., None]:
    def on_order(order: Order, given: Annotated[None, Depends(stopping_dependency)]) -> None:
        raise AssertionError("never called")

    return on_order


@pytest.mark.parametrize(
    "handler", [stopping, stopping_async, with_a_dependency()], ids=["sync", "async", "dependency"]
)
def test_a_stray_stop_iteration_is_an_ordinary_failure(handler: Callable[..., Any], run: Run) -> None:
    seen: list[Exception] = []
    app = on_sqs(handler, failures="report")

    @app.exception_handler(StopIteration)
    def on_stop(error: StopIteration) -> None:
        seen.append(error)

    assert run(app, sqs(*orders(0, 1))) == failed("m-0", "m-1")
    assert [type(each) for each in seen] == [StopIteration, StopIteration]


@pytest.mark.parametrize(
    "handler", [stopping, stopping_async, with_a_dependency()], ids=["sync", "async", "dependency"]
)
def test_calling_the_app_raises_the_users_stop_iteration(handler: Callable[..., Any]) -> None:
    app = on_sqs(handler)

    with pytest.raises(StopIteration) as caught:
        app(sqs({"id": 1}), LambdaContext())

    assert RAISED in caught.value.__notes__


def test_the_async_door_raises_what_a_coroutine_can(run: Run) -> None:
    app = on_sqs(stopping)

    with pytest.raises(HandlerStoppedError) as caught:
        dispatch(app, sqs({"id": 1}))

    assert isinstance(caught.value.__cause__, StopIteration)


def test_a_runtime_error_of_the_users_own_is_left_as_it_is() -> None:
    problem = RuntimeError("coroutine raised")
    problem.__cause__ = StopIteration()
    app = App()

    @app.direct()
    def on_event() -> None:
        raise problem

    with pytest.raises(RuntimeError) as caught:
        app({}, LambdaContext())

    assert caught.value is problem


def test_a_handler_that_is_cancelled_from_inside_fails_its_record_alone(run: Run) -> None:
    app = App(failures="report")

    @app.sqs("orders")
    def on_order(order: Order) -> None:
        if order.id == 0:
            raise asyncio.CancelledError

    assert run(app, sqs(*orders(0, 1))) == failed("m-0")


def test_an_async_handler_that_is_cancelled_from_inside_fails_its_record_alone(run: Run) -> None:
    app = App()

    @app.sqs("orders")
    async def on_order(order: Order) -> None:
        raise asyncio.CancelledError

    with pytest.raises(HandlerCancelledError):
        run(app, sqs({"id": 0}))


def test_a_cancellation_from_outside_is_passed_on() -> None:
    log: list[int] = []
    app = App(failures="report")

    async def cancelled() -> None:
        with anyio.CancelScope() as scope:

            @app.sqs("orders")
            async def on_order(order: Order) -> None:
                log.append(order.id)
                scope.cancel()
                await anyio.lowlevel.checkpoint()

            await app.dispatch(sqs(*orders(0, 1)))
            log.append(-1)

    anyio.run(cancelled)

    assert log == [0]


def test_an_app_that_is_closed_half_way_closes_with_it() -> None:
    app = App()
    ended: list[str] = []

    @app.sqs("orders")
    async def on_order(order: Order) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("handler")

    async def closed() -> None:
        coroutine = app.dispatch(sqs({"id": 0}))
        coroutine.send(None)
        coroutine.close()

    anyio.run(closed)

    assert ended == ["handler"]


@pytest.mark.parametrize("scope", ["call", "invocation"])
def test_a_commit_that_fails_fails_its_record(scope: Any) -> None:
    app = App(failures="report")

    def session() -> Iterator[str]:
        yield "session"
        raise Refused

    @app.sqs("orders")
    def on_order(order: Order, session: Annotated[str, Depends(session, scope=scope)]) -> None: ...

    if scope == "call":
        assert app(sqs({"id": 0}), LambdaContext()) == failed("m-0")
    else:
        with pytest.raises(Refused):
            app(sqs({"id": 0}), LambdaContext())


def test_what_a_dependency_made_for_one_record_is_not_given_to_the_next() -> None:
    seen: list[str] = []
    app = App()

    def tenant(record: SqsRecord) -> str:
        return f"tenant of {record.messageId}"

    @app.sqs("orders")
    def on_order(order: Order, tenant: Annotated[str, Depends(tenant)]) -> None:
        seen.append(tenant)

    app(sqs(*orders(0, 1)), LambdaContext())

    assert seen == ["tenant of m-0", "tenant of m-1"]


def test_background_work_that_fails_fails_its_record() -> None:
    app = App(failures="report")

    def work(order: int) -> None:
        if order == 1:
            raise Refused

    @app.sqs("orders")
    def on_order(order: Order, tasks: BackgroundTasks) -> None:
        tasks.add_task(work, order.id)

    assert app(sqs(*orders(0, 1)), LambdaContext()) == failed("m-1")
