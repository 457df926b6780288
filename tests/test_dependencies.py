"""Dependencies: made once for each call, event or process, and closed before the outcome is settled."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Annotated, Any

import anyio
import pytest
from anyio.lowlevel import checkpoint

from eventrouter import (
    App,
    BackgroundTasks,
    BufferedResponse,
    DependencyError,
    Depends,
    HandlerCancelledError,
    Invocation,
    LambdaContext,
    RegistrationError,
    Request,
    SqsRecord,
)
from tests.deliveries import Run, failed, request, sqs
from tests.handlers import Order, Refused, orders


class Log:
    """What dependencies did, in order."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def __call__(self, line: str) -> None:
        self.lines.append(line)


def a_function(log: Log) -> Callable[..., object]:
    def session() -> str:
        log("open")
        return "session"

    return session


def an_async_function(log: Log) -> Callable[..., object]:
    async def session() -> str:
        await checkpoint()
        log("open")
        return "session"

    return session


def a_generator(log: Log) -> Callable[..., object]:
    def session() -> Iterator[str]:
        log("open")
        try:
            yield "session"
        except Exception as error:
            log(f"rollback {type(error).__name__}")
            raise
        else:
            log("commit")
        finally:
            log("close")

    return session


def an_async_generator(log: Log) -> Callable[..., object]:
    async def session() -> AsyncIterator[str]:
        await checkpoint()
        log("open")
        try:
            yield "session"
        except Exception as error:
            await checkpoint()
            log(f"rollback {type(error).__name__}")
            raise
        else:
            await checkpoint()
            log("commit")
        finally:
            log("close")

    return session


KINDS = [a_function, an_async_function, a_generator, an_async_generator]
GENERATORS = [a_generator, an_async_generator]


# ------------------------------------------------------------------------------------------------------- made and closed


@pytest.mark.parametrize("kind", KINDS)
def test_a_handler_is_given_what_its_dependency_makes(kind: Callable[[Log], Callable[..., str]], run: Run) -> None:
    session = kind(Log())
    app = App()

    @app.direct()
    def greet(session: Annotated[str, Depends(session)]) -> str:
        return f"hello {session}"

    assert run(app, {}) == "hello session"


@pytest.mark.parametrize("kind", GENERATORS)
def test_a_dependency_is_closed_after_its_call_and_before_the_next(
    kind: Callable[[Log], Callable[..., str]], run: Run
) -> None:
    log = Log()
    session = kind(log)

    app = App()

    @app.sqs("orders")
    def on_order(order: Order, session: Annotated[str, Depends(session)]) -> None:
        log(f"order {order.id}")

    run(app, sqs(*orders(0, 1)))

    assert log.lines == ["open", "order 0", "commit", "close", "open", "order 1", "commit", "close"]


@pytest.mark.parametrize("kind", GENERATORS)
def test_what_the_handler_raises_is_thrown_into_its_dependencies(
    kind: Callable[[Log], Callable[..., str]], run: Run
) -> None:
    log = Log()
    session = kind(log)

    app = App(failures="report")

    @app.sqs("orders")
    def on_order(order: Order, session: Annotated[str, Depends(session)]) -> None:
        raise Refused

    assert run(app, sqs(*orders(0))) == failed("m-0")
    assert log.lines == ["open", "rollback Refused", "close"]


@pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])
def test_a_clean_up_cannot_turn_a_failure_into_a_success(is_async: bool, run: Run) -> None:
    def forgiving() -> Iterator[str]:
        try:
            yield "session"
        except Refused:
            return

    async def forgiving_later() -> AsyncIterator[str]:
        try:
            yield "session"
        except Refused:
            return

    session: Callable[..., object] = forgiving_later if is_async else forgiving

    app = App(failures="report")

    @app.sqs("orders")
    def on_order(order: Order, session: Annotated[str, Depends(session)]) -> None:
        raise Refused

    assert run(app, sqs(*orders(0))) == failed("m-0")


def test_a_commit_that_fails_is_a_500(run: Run, caplog: pytest.LogCaptureFixture) -> None:
    app = App()

    def session() -> Iterator[str]:
        yield "session"
        raise Refused("commit")

    @app.get("/")
    def home(session: Annotated[str, Depends(session)]) -> str:
        return "fine"

    assert run(app, request())["statusCode"] == 500
    assert "GET / failed" in caplog.text


def test_dependencies_are_closed_last_first_and_all_of_them_even_if_one_fails(run: Run) -> None:
    log = Log()

    def first() -> Iterator[str]:
        try:
            yield "first"
        except Refused as error:
            log(f"first saw {error}")
            raise

    def second(first: Annotated[str, Depends(first)]) -> Iterator[str]:
        yield f"second of {first}"
        log("second closes")
        raise Refused("the commit")

    def third(second: Annotated[str, Depends(second)]) -> Iterator[str]:
        yield f"third of {second}"
        log("third closes")

    app = App(failures="report")

    @app.sqs("orders")
    def on_order(order: Order, third: Annotated[str, Depends(third)]) -> None:
        log(third)

    assert run(app, sqs(*orders(0))) == failed("m-0")
    assert log.lines == ["third of second of first", "third closes", "second closes", "first saw the commit"]


@pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])
def test_what_could_not_be_opened_fails_the_record_and_closes_what_was_open(is_async: bool, run: Run) -> None:
    log = Log()
    session = (an_async_generator if is_async else a_generator)(log)

    def cart(session: Annotated[str, Depends(session)]) -> str:
        raise Refused

    app = App(failures="report")

    @app.sqs("orders")
    def on_order(order: Order, cart: Annotated[str, Depends(cart)]) -> None:
        log("handled")

    assert run(app, sqs(*orders(0))) == failed("m-0")
    assert log.lines == ["open", "rollback Refused", "close"]


def twice() -> Iterator[str]:
    yield "one"
    yield "two"


async def twice_later() -> AsyncIterator[str]:
    yield "one"
    yield "two"


def never() -> Iterator[str]:
    yield from ()


async def never_later() -> AsyncIterator[str]:
    nothing: tuple[str, ...] = ()
    for each in nothing:
        yield each


@pytest.mark.parametrize(
    ("dependency", "words"),
    [
        (twice, "twice yielded twice: a dependency yields exactly once"),
        (twice_later, "twice_later yielded twice: a dependency yields exactly once"),
        (never, "never yielded nothing: a dependency yields exactly once"),
        (never_later, "never_later yielded nothing: a dependency yields exactly once"),
    ],
)
def test_a_dependency_yields_exactly_once(dependency: Callable[..., object], words: str) -> None:
    app = App()

    @app.direct()
    def answer(value: Annotated[str, Depends(dependency)]) -> str:
        return value

    with pytest.raises(DependencyError, match=words):
        app({}, LambdaContext())


@pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])
def test_what_yields_twice_and_does_not_end_well_hinders_no_other_clean_up(is_async: bool, run: Run) -> None:
    log = Log()
    session = a_generator(log)

    def stubborn(session: Annotated[str, Depends(session)]) -> Iterator[str]:
        try:
            yield "one"
            yield "two"
        finally:
            raise Refused

    async def stubborn_later(session: Annotated[str, Depends(session)]) -> AsyncIterator[str]:
        try:
            yield "one"
            yield "two"
        finally:
            raise Refused

    dependency: Callable[..., object] = stubborn_later if is_async else stubborn

    app = App(failures="report")

    @app.sqs("orders")
    def on_order(order: Order, value: Annotated[str, Depends(dependency)]) -> None: ...

    assert run(app, sqs(*orders(0))) == failed("m-0")
    assert log.lines == ["open", "rollback Refused", "close"]


@pytest.mark.parametrize("decorator", [contextmanager, asynccontextmanager])
def test_a_context_manager_is_refused_where_a_generator_is_meant(decorator: Any) -> None:
    session = decorator(twice)

    def handler(session: Annotated[str, Depends(session)]) -> None: ...

    with pytest.raises(RegistrationError, match=r"handler\(\) .*take the context manager's decorator off it"):
        App().direct()(handler)


@pytest.mark.parametrize("scope", ["call", "invocation"])
def test_a_clean_up_that_is_cancelled_from_inside_is_an_ordinary_failure(scope: Any, run: Run) -> None:
    async def session() -> AsyncIterator[str]:
        yield "session"
        raise asyncio.CancelledError

    app = App()

    @app.direct()
    def name(session: Annotated[str, Depends(session, scope=scope)]) -> str:
        return session

    with pytest.raises(HandlerCancelledError):
        run(app, {})


# ------------------------------------------------------------------------------------------------------------- once per


def counter() -> Callable[..., object]:
    made: list[int] = []

    def count() -> int:
        made.append(0)
        return len(made)

    return count


@pytest.mark.parametrize(("scope", "seen"), [("call", [1, 2]), ("invocation", [1, 1]), ("app", [1, 1])])
def test_a_scope_says_how_long_a_value_lives_within_an_event(scope: Any, seen: list[int], run: Run) -> None:
    count = counter()
    found: list[int] = []

    app = App()

    @app.sqs("orders")
    def on_order(order: Order, number: Annotated[int, Depends(count, scope=scope)]) -> None:
        found.append(number)

    run(app, sqs(*orders(0, 1)))

    assert found == seen


@pytest.mark.parametrize(("scope", "seen"), [("call", [1, 2]), ("invocation", [1, 2]), ("app", [1, 1])])
def test_a_scope_says_how_long_a_value_lives_between_events(scope: Any, seen: list[int], run: Run) -> None:
    count = counter()
    app = App()

    @app.direct()
    def number(number: Annotated[int, Depends(count, scope=scope)]) -> int:
        return number

    assert [run(app, {}), run(app, {})] == seen


def test_what_two_need_is_made_once_per_call(run: Run) -> None:
    count = counter()

    def left(number: Annotated[int, Depends(count)]) -> int:
        return number

    def right(number: Annotated[int, Depends(count)]) -> int:
        return number

    app = App()

    @app.direct()
    def numbers(left: Annotated[int, Depends(left)], right: Annotated[int, Depends(right)]) -> list[int]:
        return [left, right]

    assert run(app, {}) == [1, 1]


@pytest.mark.parametrize("kind", GENERATORS)
def test_what_lives_as_long_as_the_event_is_closed_after_its_last_record(
    kind: Callable[[Log], Callable[..., str]], run: Run
) -> None:
    log = Log()
    session = kind(log)

    app = App()

    @app.sqs("orders")
    def on_order(order: Order, session: Annotated[str, Depends(session, scope="invocation")]) -> None:
        log(f"order {order.id}")

    run(app, sqs(*orders(0, 1)))

    assert log.lines == ["open", "order 0", "order 1", "commit", "close"]


@pytest.mark.parametrize("kind", GENERATORS)
def test_what_lives_as_long_as_the_event_is_told_how_it_ended(
    kind: Callable[[Log], Callable[..., str]], run: Run
) -> None:
    log = Log()
    session = kind(log)

    app = App()

    @app.sqs("orders")
    def on_order(order: Order, session: Annotated[str, Depends(session, scope="invocation")]) -> None:
        raise Refused

    with pytest.raises(Refused):
        run(app, sqs(*orders(0)))

    assert log.lines == ["open", "rollback Refused", "close"]


@pytest.mark.parametrize("kind", GENERATORS)
def test_what_lives_as_long_as_the_app_is_closed_at_its_end(
    kind: Callable[[Log], Callable[..., str]],
) -> None:
    log = Log()
    session = kind(log)

    app = App()

    @app.sqs("orders")
    def on_order(order: Order, session: Annotated[str, Depends(session, scope="app")]) -> None:
        log(f"order {order.id}")

    async def life() -> None:
        await app.dispatch(sqs(*orders(0)))
        await app.dispatch(sqs(*orders(1)))
        log("shutdown")
        await app.shutdown()

    anyio.run(life)

    assert log.lines == ["open", "order 0", "order 1", "shutdown", "commit", "close"]


def test_what_lives_as_long_as_the_app_stays_open_between_plain_calls() -> None:
    log = Log()
    session = an_async_generator(log)

    app = App()

    @app.sqs("orders")
    def on_order(order: Order, session: Annotated[str, Depends(session, scope="app")]) -> None:
        log(f"order {order.id}")

    app(sqs(*orders(0)), LambdaContext())
    app(sqs(*orders(1)), LambdaContext())

    assert log.lines == ["open", "order 0", "order 1"]


def test_a_shutdown_tells_of_a_clean_up_that_failed() -> None:
    def pool() -> Iterator[str]:
        yield "pool"
        raise Refused

    app = App()

    @app.direct()
    def name(pool: Annotated[str, Depends(pool, scope="app")]) -> str:
        return pool

    async def life() -> None:
        await app.dispatch({})
        await app.shutdown()

    with pytest.raises(Refused):
        anyio.run(life)


def test_what_failed_to_open_is_tried_again_with_the_next_event(run: Run) -> None:
    tries: list[int] = []

    def pool() -> str:
        tries.append(0)
        if len(tries) == 1:
            raise Refused
        return "pool"

    app = App()

    @app.direct()
    def name(pool: Annotated[str, Depends(pool, scope="app")]) -> str:
        return pool

    with pytest.raises(Refused):
        run(app, {})

    assert run(app, {}) == "pool"


@pytest.mark.parametrize("waiting", [1, 3])
def test_events_side_by_side_wait_for_what_one_of_them_opens(waiting: int) -> None:
    made: list[int] = []

    async def pool() -> int:
        made.append(0)
        for _ in range(5):
            await checkpoint()
        return len(made)

    app = App()

    @app.direct()
    async def number(pool: Annotated[int, Depends(pool, scope="app")]) -> int:
        return pool

    answers: list[object] = []

    async def one() -> None:
        response = await app.dispatch({})
        assert isinstance(response, BufferedResponse)
        answers.append(response.wire())

    async def all_of_them() -> None:
        async with anyio.create_task_group() as group:
            for _ in range(1 + waiting):
                group.start_soon(one)

    anyio.run(all_of_them)

    assert answers == [1] * (1 + waiting)


def test_a_shared_value_is_told_apart_from_another_event_s(run: Run) -> None:
    app = App()

    def caller(invocation: Invocation) -> str:
        return invocation.request_id

    @app.direct()
    def name(caller: Annotated[str, Depends(caller, scope="invocation")]) -> str:
        return caller

    assert [run(app, {}, LambdaContext("r-1")), run(app, {}, LambdaContext("r-2"))] == ["r-1", "r-2"]


# ------------------------------------------------------------------------------------------------------ their parameters


def test_a_dependency_takes_what_is_injected_by_class(run: Run) -> None:
    seen: list[str] = []

    def caller(record: SqsRecord, context: LambdaContext) -> str:
        return f"{record.messageId} of {context.aws_request_id}"

    app = App()

    @app.sqs("orders")
    def on_order(order: Order, caller: Annotated[str, Depends(caller)]) -> None:
        seen.append(caller)

    run(app, sqs(*orders(0)), LambdaContext("r-1"))

    assert seen == ["m-0 of r-1"]


def test_a_dependency_of_a_request_takes_what_a_handler_takes(run: Run) -> None:
    app = App()

    def item(item_id: int, request: Request) -> str:
        return f"{request.method} {item_id}"

    @app.get("/items/{item_id}")
    def read(item: Annotated[str, Depends(item)]) -> dict[str, str]:
        return {"item": item}

    assert run(app, request("/items/7"))["body"] == '{"item":"GET 7"}'


def test_what_a_dependency_cannot_read_is_the_caller_s_fault(run: Run) -> None:
    app = App()

    def item(item_id: int) -> int:
        return item_id

    @app.get("/items/{item_id}")
    def read(item: Annotated[int, Depends(item)]) -> dict[str, int]:
        return {"item": item}

    assert run(app, request("/items/seven"))["statusCode"] == 422


# ------------------------------------------------------------------------------------------------------------- overrides


@pytest.mark.parametrize("kind", KINDS)
def test_a_test_may_put_another_function_in_a_dependency_s_place(
    kind: Callable[[Log], Callable[..., str]], run: Run
) -> None:
    def session() -> str:
        raise AssertionError("the real one is not called")

    app = App()

    @app.direct()
    def name(session: Annotated[str, Depends(session)]) -> str:
        return session

    app.dependency_overrides[session] = kind(Log())

    assert [run(app, {}), run(app, {})] == ["session", "session"]


def test_an_override_reaches_dependencies_of_dependencies(run: Run) -> None:
    def session() -> str:
        return "real"

    def other() -> str:
        return "other"

    def cart(session: Annotated[str, Depends(session)], other: Annotated[str, Depends(other)]) -> str:
        return f"{session}, {other}"

    app = App()

    @app.direct()
    def name(cart: Annotated[str, Depends(cart)]) -> str:
        return cart

    app.dependency_overrides[session] = lambda: "fake"

    assert run(app, {}) == "fake, other"


def test_an_override_that_is_taken_back_is_gone(run: Run) -> None:
    def session() -> str:
        return "real"

    app = App()

    @app.direct()
    def name(session: Annotated[str, Depends(session)]) -> str:
        return session

    app.dependency_overrides[session] = lambda: "fake"
    before = run(app, {})
    app.dependency_overrides.clear()

    assert [before, run(app, {})] == ["fake", "real"]


@pytest.mark.parametrize("scope", ["call", "invocation", "app"])
def test_an_override_that_needs_what_it_replaces_is_an_error(scope: Any, run: Run) -> None:
    def session() -> str:
        return "real"

    def fake(session: Annotated[str, Depends(session, scope=scope)]) -> str:
        return f"fake of {session}"

    app = App()

    @app.direct()
    def name(session: Annotated[str, Depends(session, scope=scope)]) -> str:
        return session

    app.dependency_overrides[session] = fake

    with pytest.raises(DependencyError, match="session needs itself, through an override"):
        run(app, {})


# ------------------------------------------------------------------------------------------------------- work and streams


@pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])
def test_background_work_is_done_before_what_it_may_use_is_closed(is_async: bool, run: Run) -> None:
    log = Log()
    session = a_generator(log)

    async def later(order: int) -> None:
        await checkpoint()
        log(f"work {order}")

    def now(order: int) -> None:
        log(f"work {order}")

    app = App()

    @app.sqs("orders")
    def on_order(order: Order, session: Annotated[str, Depends(session)], tasks: BackgroundTasks) -> None:
        tasks.add_task(later if is_async else now, order.id)

    run(app, sqs(*orders(0)))

    assert log.lines == ["open", "work 0", "commit", "close"]


def test_a_handler_and_its_dependency_add_to_the_same_work(run: Run) -> None:
    log = Log()

    def audit(tasks: BackgroundTasks) -> None:
        tasks.add_task(log, "audit")

    app = App()

    @app.sqs("orders")
    def on_order(order: Order, audit: Annotated[None, Depends(audit)], tasks: BackgroundTasks) -> None:
        tasks.add_task(log, "order")

    run(app, sqs(*orders(0)))

    assert sorted(log.lines) == ["audit", "order"]


def test_all_background_work_is_done_even_if_a_piece_fails(run: Run) -> None:
    log = Log()

    def broken(name: str) -> None:
        log(name)
        raise Refused(name)

    app = App()

    @app.direct()
    def start(tasks: BackgroundTasks) -> None:
        tasks.add_task(broken, "one")
        tasks.add_task(broken, "two")

    with pytest.raises(Refused, match="one"):
        run(app, {})

    assert log.lines == ["one", "two"]


def test_a_handler_that_fails_leaves_its_background_work_undone(run: Run) -> None:
    log = Log()

    app = App(failures="report")

    @app.sqs("orders")
    def on_order(order: Order, tasks: BackgroundTasks) -> None:
        tasks.add_task(log, "work")
        raise Refused

    run(app, sqs(*orders(0)))

    assert log.lines == []


@pytest.mark.parametrize("kind", GENERATORS)
@pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])
def test_a_stream_s_dependencies_are_closed_after_its_last_item(
    kind: Callable[[Log], Callable[..., str]], is_async: bool, run: Run, caplog: pytest.LogCaptureFixture
) -> None:
    log = Log()
    session = kind(log)
    app = App()

    def items(session: Annotated[str, Depends(session)]) -> Iterator[int]:
        for each in (1, 2):
            log(f"item {each}")
            yield each

    async def items_later(session: Annotated[str, Depends(session)]) -> AsyncIterator[int]:
        for each in (1, 2):
            log(f"item {each}")
            yield each

    app.direct()(items_later if is_async else items)

    with caplog.at_level(logging.CRITICAL):
        answer = run(app, {})

    assert answer == [1, 2]
    assert log.lines == ["open", "item 1", "item 2", "commit", "close"]


def test_a_stream_that_breaks_tells_its_dependencies(run: Run) -> None:
    log = Log()
    session = a_generator(log)
    app = App()

    @app.direct()
    def items(session: Annotated[str, Depends(session)]) -> Iterator[int]:
        yield 1
        raise Refused

    with pytest.raises(Refused):
        run(app, {})

    assert log.lines == ["open", "rollback Refused", "close"]


def test_a_stream_s_commit_that_fails_fails_it(run: Run) -> None:
    def session() -> Iterator[str]:
        yield "session"
        raise Refused

    app = App()

    @app.direct()
    def items(session: Annotated[str, Depends(session)]) -> Iterator[int]:
        yield 1

    with pytest.raises(Refused):
        run(app, {})
