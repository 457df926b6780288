"""Lifespans: entered once per process before the first event, tried again after a failure, left at shutdown."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from types import TracebackType
from typing import Any

import anyio
import pytest
from anyio.lowlevel import checkpoint

from eventrouter import App, LambdaContext, RegistrationError
from tests.deliveries import Run, call, sample, sqs
from tests.handlers import Refused, orders, refusing

Lifespan = Callable[[App], Any]


def a_lifespan(log: list[str]) -> Lifespan:
    @contextmanager
    def lifespan(app: App) -> Iterator[None]:
        log.append("start")
        yield
        log.append("stop")

    return lifespan


def an_async_lifespan(log: list[str]) -> Lifespan:
    @asynccontextmanager
    async def lifespan(app: App) -> AsyncIterator[None]:
        await checkpoint()
        log.append("start")
        yield
        await checkpoint()
        log.append("stop")

    return lifespan


class Manager:
    """A context manager that is no generator, of either kind."""

    def __init__(self, log: list[str]) -> None:
        self.log = log

    async def __aenter__(self) -> None:
        self.log.append("start")

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.log.append("stop")


def a_class(log: list[str]) -> Lifespan:
    return lambda app: Manager(log)


KINDS = [a_lifespan, an_async_lifespan, a_class]


def echoing(lifespan: Lifespan) -> App:
    app = App(lifespan=lifespan)

    @app.direct()
    def echo(value: int) -> int:
        return value

    return app


@pytest.mark.parametrize("kind", KINDS)
def test_a_lifespan_starts_once_and_before_the_first_event(kind: Callable[[list[str]], Lifespan], run: Run) -> None:
    log: list[str] = []
    app = App(lifespan=kind(log))

    @app.direct()
    def echo(value: int) -> int:
        log.append(f"event {value}")
        return value

    run(app, 1)
    run(app, 2)

    assert log[:3] == ["start", "event 1", "event 2"]


def test_a_lifespan_does_not_start_before_an_event_arrives() -> None:
    log: list[str] = []

    echoing(a_lifespan(log))

    assert log == []


def test_a_lifespan_is_given_its_app() -> None:
    seen: list[App] = []

    @contextmanager
    def lifespan(app: App) -> Iterator[None]:
        seen.append(app)
        yield

    app = echoing(lifespan)

    app(7, LambdaContext())

    assert seen == [app]


@pytest.mark.parametrize("kind", KINDS)
def test_a_lifespan_stops_at_shutdown(kind: Callable[[list[str]], Lifespan]) -> None:
    log: list[str] = []
    app = echoing(kind(log))

    async def life() -> None:
        await app.dispatch(7)
        await app.shutdown()
        await app.shutdown()

    anyio.run(life)

    assert log == ["start", "stop"]


@pytest.mark.parametrize("kind", KINDS)
def test_what_never_started_is_not_stopped(kind: Callable[[list[str]], Lifespan]) -> None:
    log: list[str] = []

    anyio.run(echoing(kind(log)).shutdown)

    assert log == []


@pytest.mark.parametrize("kind", KINDS)
def test_an_app_that_was_shut_down_starts_again_with_the_next_event(kind: Callable[[list[str]], Lifespan]) -> None:
    log: list[str] = []
    app = echoing(kind(log))

    async def lives() -> None:
        await app.dispatch(7)
        await app.shutdown()
        await app.dispatch(7)
        await app.shutdown()

    anyio.run(lives)

    assert log == ["start", "stop", "start", "stop"]


# --------------------------------------------------------------------------------------------------------- a bad start


def failing_at_first(tries: list[int], *, is_async: bool) -> Lifespan:
    def enter() -> None:
        tries.append(0)
        if len(tries) == 1:
            raise Refused("no database")

    @contextmanager
    def lifespan(app: App) -> Iterator[None]:
        enter()
        yield

    @asynccontextmanager
    async def lifespan_later(app: App) -> AsyncIterator[None]:
        await checkpoint()
        enter()
        yield

    return lifespan_later if is_async else lifespan


@pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])
def test_a_start_that_fails_fails_its_event_and_is_tried_again_with_the_next(is_async: bool, run: Run) -> None:
    tries: list[int] = []
    app = echoing(failing_at_first(tries, is_async=is_async))

    with pytest.raises(Refused, match="no database"):
        run(app, 7)

    assert run(app, 8) == 8
    assert tries == [0, 0]


def test_nothing_runs_on_an_app_that_did_not_start(run: Run) -> None:
    log: list[int] = []
    app = App(lifespan=failing_at_first([], is_async=False), failures="report")
    app.sqs("orders")(refusing(log=log))

    with pytest.raises(Refused):
        run(app, sqs(*orders(0)))

    assert log == []


def test_to_a_caller_a_start_that_fails_is_a_500(run: Run, caplog: pytest.LogCaptureFixture) -> None:
    app = App(lifespan=failing_at_first([], is_async=False))

    @app.post("/{path:path}")
    def page(path: str) -> str:
        return path

    answers = [run(app, sample("function_url"))["statusCode"] for _ in range(2)]

    assert answers == [500, 200]
    assert "no database" in caplog.text


def test_events_side_by_side_wait_for_one_start() -> None:
    log: list[str] = []

    @asynccontextmanager
    async def lifespan(app: App) -> AsyncIterator[None]:
        log.append("starting")
        for _ in range(5):
            await checkpoint()
        log.append("started")
        yield

    app = App(lifespan=lifespan)

    @app.direct()
    async def echo(value: int) -> None:
        log.append("event")

    async def three() -> None:
        async with anyio.create_task_group() as group:
            for each in range(3):
                group.start_soon(app.dispatch, each)

    anyio.run(three)

    assert log == ["starting", "started", "event", "event", "event"]


def test_when_a_start_fails_the_next_of_the_waiting_events_tries_again() -> None:
    tries: list[int] = []
    outcomes: list[object] = []
    app = echoing(failing_at_first(tries, is_async=True))

    async def one(value: int) -> None:
        try:
            await app.dispatch(value)
        except Refused:
            outcomes.append("refused")
        else:
            outcomes.append("answered")

    async def three() -> None:
        async with anyio.create_task_group() as group:
            for each in range(3):
                group.start_soon(one, each)

    anyio.run(three)

    assert sorted(map(str, outcomes)) == ["answered", "answered", "refused"]
    assert len(tries) == 2


# ------------------------------------------------------------------------------------------------- what is no lifespan


def bare(app: App) -> Iterator[None]:
    yield


async def bare_later(app: App) -> AsyncIterator[None]:
    yield


@pytest.mark.parametrize("lifespan", [bare, bare_later])
def test_a_generator_without_its_decorator_is_refused(lifespan: Any) -> None:
    with pytest.raises(RegistrationError, match=r"bare.*yields: decorate it with contextlib.asynccontextmanager"):
        App(lifespan=lifespan)


def test_what_gives_no_context_manager_is_told_with_the_first_event(run: Run) -> None:
    def nothing(app: App) -> None: ...

    app = echoing(nothing)

    with pytest.raises(RegistrationError, match=r"nothing\(\) .*test_lifespan.py.* returned a NoneType"):
        run(app, 7)


# ----------------------------------------------------------------------------------------------------- what it leaves open


def test_tasks_of_a_lifespan_live_on_between_plain_calls() -> None:
    tasks: list[asyncio.Task[None]] = []

    async def refresh() -> None:
        await asyncio.Event().wait()

    @asynccontextmanager
    async def lifespan(app: App) -> AsyncIterator[None]:
        tasks.append(asyncio.get_running_loop().create_task(refresh()))
        yield
        tasks[0].cancel()

    app = App(lifespan=lifespan)

    @app.direct()
    async def answer() -> bool:
        await checkpoint()
        return tasks[0].done()

    answers = [call(app, {}), call(app, {})]
    tasks[0].cancel()

    assert answers == [False, False]
