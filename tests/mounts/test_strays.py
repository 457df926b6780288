"""Tasks that a mounted app starts for a request and does not wait for: they are waited for, told of, and never cancelled."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import anyio
import anyio.lowlevel
import pytest
from anyio.abc import TaskGroup

from eventrouter import App, LambdaContext
from eventrouter._log import _said
from eventrouter.testing import TestClient
from tests.runtime.served import Turn, serve, url_event

Answer = Callable[[Any], Awaitable[None]]
Asgi = Callable[[Any, Any, Any], Awaitable[None]]

START = {"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]}


async def answer(send: Any, text: bytes = b"done") -> None:
    await send(START)
    await send({"type": "http.response.body", "body": text})


class Server:
    """An app whose requests run tasks in a group of its lifespan, as servers of sessions do."""

    def __init__(self, job: Callable[[], Coroutine[Any, Any, None]]) -> None:
        self.job = job
        self.group: TaskGroup | None = None
        self.starts = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await receive()
            self.starts += 1
            async with anyio.create_task_group() as self.group:
                await send({"type": "lifespan.startup.complete"})
                await receive()
                self.group.cancel_scope.cancel()
            await send({"type": "lifespan.shutdown.complete"})
        else:
            assert self.group is not None
            self.group.start_soon(self.job)
            await answer(send)


def mounted(asgi: Asgi, **options: Any) -> App:
    app = App(**options)
    app.mount("", asgi)
    return app


def http_only(handle: Asgi) -> Asgi:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        assert scope["type"] == "http"
        await handle(scope, receive, send)

    return app


def starting(
    job: Callable[[], Awaitable[None]], tasks: list[asyncio.Task[None]], error: Exception | None = None
) -> Asgi:
    """An app that starts *job* without waiting for it, and answers, or fails."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        tasks.append(asyncio.get_running_loop().create_task(run(), name="letter"))
        if error is not None:
            raise error
        await answer(send)

    async def run() -> None:
        await job()

    return http_only(app)


def short_of_time() -> LambdaContext:
    return LambdaContext(deadline_ms=int(time.time() * 1000) + 100)


@pytest.fixture(autouse=True)
def _nothing_was_said() -> None:
    _said.clear()


@pytest.mark.parametrize("options", [{}, {"response_stream": {"function_url"}}], ids=["buffered", "streamed"])
@pytest.mark.parametrize("driver", ["asyncio", "trio"])
def test_a_task_in_a_group_of_the_lifespan_is_left_alone_by_the_runtime(
    driver: str, options: Any, caplog: pytest.LogCaptureFixture
) -> None:
    server = Server(anyio.lowlevel.checkpoint)

    api = serve(mounted(server, **options), Turn(url_event()), Turn(url_event()), driver=driver)

    assert [(each.path.rpartition("/")[2], each.is_whole) for each in api.said] == [("response", True)] * 2
    assert server.starts == 1
    assert "left" not in caplog.text


def test_a_session_that_never_ends_lives_from_one_invocation_to_the_next(caplog: pytest.LogCaptureFixture) -> None:
    ticks: list[int] = []

    async def session() -> None:
        while True:
            ticks.append(len(ticks))
            await asyncio.sleep(0)

    server = Server(session)
    app = mounted(server)

    answers = [app(url_event(), short_of_time())]
    before = len(ticks)
    answers.append(app(url_event(), short_of_time()))

    assert [each["body"] for each in answers] == ["done", "done"]
    assert server.starts == 1
    assert len(ticks) > before + 1
    (said,) = caplog.messages
    assert said.startswith("the mounted Server left 1 tasks running after its answer: ")


def test_what_an_app_sends_after_its_answer_is_waited_for(caplog: pytest.LogCaptureFixture) -> None:
    sent: list[str] = []

    async def follow_up() -> None:
        await asyncio.sleep(0)
        sent.append("another")

    async def letter() -> None:
        await asyncio.sleep(0)
        sent.append("letter")
        tasks.append(asyncio.get_running_loop().create_task(follow_up()))

    tasks: list[asyncio.Task[None]] = []
    app = mounted(starting(letter, tasks))

    assert app(url_event(), LambdaContext())["body"] == "done"
    assert sent == ["letter", "another"]
    assert caplog.text == ""


@pytest.mark.parametrize("options", [{}, {"response_stream": {"function_url"}}], ids=["buffered", "streamed"])
def test_the_runtime_waits_for_it_after_it_has_sent_the_answer(options: Any) -> None:
    log: list[str] = []

    async def letter() -> None:
        await asyncio.sleep(0)
        log.append("letter")

    tasks: list[asyncio.Task[None]] = []
    serve(
        mounted(starting(letter, tasks), **options),
        Turn(url_event()),
        prepare=lambda api: setattr(api, "on_poll", lambda count: log.append(f"poll {count}")),
    )

    assert log[:3] == ["poll 1", "letter", "poll 2"]


def test_what_a_request_that_fails_has_started_is_waited_for_too() -> None:
    sent: list[str] = []

    async def letter() -> None:
        await asyncio.sleep(0)
        sent.append("letter")

    tasks: list[asyncio.Task[None]] = []
    app = mounted(starting(letter, tasks, KeyError("no")))

    assert app(url_event(), LambdaContext())["statusCode"] == 500
    assert serve(app, Turn(url_event())).only.value["statusCode"] == 500
    assert sent == ["letter", "letter"]


def test_what_is_not_done_in_time_is_told_once_and_goes_on_with_the_next_invocation(
    caplog: pytest.LogCaptureFixture,
) -> None:
    posted: list[str] = []
    is_open = asyncio.Event()

    async def letter() -> None:
        await is_open.wait()
        posted.append("letter")

    tasks: list[asyncio.Task[None]] = []
    app = mounted(starting(letter, tasks))

    assert app(url_event(), short_of_time())["body"] == "done"
    assert app(url_event(), short_of_time())["body"] == "done"
    assert [task.done() for task in tasks] == [False, False]
    is_open.set()
    assert app(url_event(), LambdaContext())["body"] == "done"
    assert posted == ["letter"] * 3
    assert (
        caplog.text.count("the mounted function left 1 tasks running after its answer: letter. They stand still") == 1
    )


@pytest.mark.parametrize("error", [None, KeyError("no")], ids=["answered", "failed"])
def test_a_task_that_waits_for_the_client_to_leave_is_told_when_the_answer_is_over(error: Exception | None) -> None:
    told: list[str] = []
    tasks: list[asyncio.Task[None]] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()

        async def watch() -> None:
            told.append((await receive())["type"])

        await starting(watch, tasks, error)(scope, receive, send)

    with TestClient(mounted(http_only(app)), raise_exceptions=False) as client:
        client.get("/")

    assert told == ["http.disconnect"]
