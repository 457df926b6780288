"""The lifespans of mounted apps: once per process, and loud where they fail."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import anyio
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from eventrouter import App, AsgiError
from eventrouter.testing import AsyncTestClient, TestClient
from tests.runtime.served import Turn, serve, url_event

LOOPS = ["asyncio", "trio"]
Asgi = Callable[[Any, Any, Any], Awaitable[None]]


def starlette(seen: list[str]) -> Starlette:
    @asynccontextmanager
    async def lifespan(app: object) -> AsyncIterator[dict[str, str]]:
        seen.append("up")
        yield {"pool": "open"}
        seen.append("down")

    async def home(request: Request) -> JSONResponse:
        seen.append("request")
        request.state.mine = "of this request"
        return JSONResponse({"pool": request.state.pool, "mine": request.state.mine})

    return Starlette(routes=[Route("/", home)], lifespan=lifespan)


def mounted(asgi: Asgi, **options: Any) -> App:
    app = App(**options)
    app.mount("/", asgi)
    return app


def test_a_lifespan_is_run_once_around_all_requests() -> None:
    seen: list[str] = []

    with TestClient(mounted(starlette(seen))) as client:
        answers = [client.get("/").json() for _ in range(3)]

    assert answers == [{"pool": "open", "mine": "of this request"}] * 3
    assert seen == ["up", "request", "request", "request", "down"]


@pytest.mark.parametrize("driver", LOOPS)
def test_under_the_runtime_it_is_run_before_the_first_invocation(driver: str) -> None:
    seen: list[str] = []

    serve(mounted(starlette(seen)), Turn(url_event()), Turn(url_event()), driver=driver)

    assert seen == ["up", "request", "request", "down"]


def test_under_awss_client_it_is_run_with_the_first_invocation_and_stays_open() -> None:
    seen: list[str] = []
    app = mounted(starlette(seen))

    app(url_event())
    app(url_event())

    assert seen == ["up", "request", "request"]


def test_it_runs_inside_the_lifespan_of_the_app() -> None:
    seen: list[str] = []

    @asynccontextmanager
    async def outer(app: App) -> AsyncIterator[None]:
        seen.append("outer up")
        yield
        seen.append("outer down")

    with TestClient(mounted(starlette(seen), lifespan=outer)) as client:
        client.get("/")

    assert seen == ["outer up", "up", "request", "down", "outer down"]


def test_the_state_of_a_request_is_its_own() -> None:
    states: list[dict[str, Any]] = []

    async def asgi(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            scope["state"]["pool"] = "open"
            await receive()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await send({"type": "lifespan.shutdown.complete"})
            return
        states.append(scope["state"])
        scope["state"]["mine"] = 1
        await send({"type": "http.response.start", "status": 204})
        await send({"type": "http.response.body"})

    with TestClient(mounted(asgi)) as client:
        client.get("/")
        client.get("/")

    assert states == [{"pool": "open", "mine": 1}] * 2
    assert states[0] is not states[1]


async def knows_none(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] != "http":
        raise ValueError(f"secret {scope['type']}")
    await send({"type": "http.response.start", "status": 204})
    await send({"type": "http.response.body"})


async def ignores_it(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "http":
        await knows_none(scope, receive, send)


@pytest.mark.parametrize("asgi", [knows_none, ignores_it])
def test_an_app_that_knows_no_lifespan_goes_without(asgi: Asgi, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "eventrouter")

    with TestClient(mounted(asgi)) as client:
        result = client.get("/")

    assert result.status_code == 204
    assert [record.getMessage() for record in caplog.records] == (
        ["the mounted function has no lifespan: it raised ValueError for it"] if asgi is knows_none else []
    )


def says(*messages: dict[str, Any], error: Exception | None = None) -> Asgi:
    """An app with a lifespan that answers its start with the first message, and its end with the others."""

    async def asgi(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            await knows_none(scope, receive, send)
            return
        for message in messages:
            await receive()
            await send(message)
        if error is not None:
            raise error

    return asgi


FAILED = {"type": "lifespan.startup.failed", "message": "secret: no database"}
COMPLETE = {"type": "lifespan.startup.complete"}


@pytest.mark.parametrize(
    ("asgi", "words"),
    [
        (says(FAILED), "the mounted function did not start: its lifespan failed"),
        (says(FAILED, error=OSError("secret")), "the mounted function did not start: its lifespan failed"),
    ],
)
def test_a_start_that_fails_fails_every_invocation(asgi: Asgi, words: str) -> None:
    app = mounted(asgi)

    for _ in range(2):
        with pytest.raises(AsgiError, match=words) as caught:
            TestClient(app).__enter__()
        assert "secret" not in str(caught.value)
    assert app(url_event())["statusCode"] == 500


def test_a_start_that_failed_is_tried_again() -> None:
    attempts: list[int] = []

    async def asgi(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            attempts.append(1)
            await says(FAILED if len(attempts) == 1 else COMPLETE)(scope, receive, send)
            await receive()
            return
        await knows_none(scope, receive, send)

    app = mounted(asgi)

    answers = [app(url_event())["statusCode"] for _ in range(3)]

    assert answers == [500, 204, 204]
    assert len(attempts) == 2


@pytest.mark.parametrize("driver", LOOPS)
def test_under_the_runtime_a_start_that_fails_is_an_init_error(driver: str) -> None:
    served = serve(mounted(says(FAILED)), driver=driver)

    assert served.only.kind == "error"
    assert served.only.value["errorType"] == "AsgiError"


@pytest.mark.parametrize(
    ("asgi", "words"),
    [
        (says(COMPLETE, {"type": "lifespan.shutdown.failed"}), "did not shut down in order$"),
        (says(COMPLETE, {"type": "lifespan.shutdown.complete"}, error=OSError("secret")), "in order: OSError"),
        (says(COMPLETE, {"type": "lifespan.nonsense"}), "in order: AsgiError"),
    ],
)
def test_a_shutdown_that_fails_says_so(asgi: Asgi, words: str) -> None:
    closed: list[str] = []

    @asynccontextmanager
    async def outer(app: App) -> AsyncIterator[None]:
        yield
        closed.append("outer")

    client = TestClient(mounted(asgi, lifespan=outer))
    client.__enter__()

    with pytest.raises(AsgiError, match=words):
        client.__exit__(None, None, None)
    assert closed == ["outer"]


def test_an_app_that_ends_its_lifespan_by_itself_is_started_again() -> None:
    starts: list[int] = []

    async def asgi(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            starts.append(1)
            await says(COMPLETE)(scope, receive, send)
            return
        await knows_none(scope, receive, send)

    with TestClient(mounted(asgi)) as client:
        client.get("/")
        client.get("/")

    assert len(starts) == 3


def test_what_one_event_loop_took_with_it_is_started_again_on_the_next() -> None:
    seen: list[str] = []
    app = mounted(starlette(seen))

    asyncio.run(_dispatched(app))
    asyncio.run(_dispatched(app))

    assert [each for each in seen if each != "down"] == ["up", "request", "up", "request"]


async def _dispatched(app: App) -> None:
    response: Any = await app.dispatch(url_event())
    assert response.prelude.status_code == 200


@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", LOOPS)
async def test_a_start_that_is_cut_off_is_cancelled(anyio_backend: str) -> None:
    ended: list[str] = []

    async def asgi(scope: Any, receive: Any, send: Any) -> None:
        try:
            await anyio.sleep_forever()
        finally:
            ended.append(scope["type"])

    client = AsyncTestClient(mounted(asgi, margin=0.2))

    result = await client.get("/", timeout=0.3)

    assert result.status_code == 504
    assert ended == ["lifespan"]


def test_tasks_and_generators_of_a_lifespan_outlive_the_invocation(caplog: pytest.LogCaptureFixture) -> None:
    beats: list[int] = []

    async def numbers() -> AsyncIterator[int]:
        while True:
            yield len(beats)

    @asynccontextmanager
    async def lifespan(app: object) -> AsyncIterator[None]:
        source = numbers()

        async def beat() -> None:
            async for number in source:
                beats.append(number)
                await asyncio.sleep(0)

        task = asyncio.create_task(beat())
        yield
        task.cancel()
        await asyncio.wait([task])
        await source.aclose()  # type: ignore[attr-defined]

    async def home(request: Request) -> JSONResponse:
        before = len(beats)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert len(beats) > before
        return JSONResponse({})

    app = mounted(Starlette(routes=[Route("/", home)], lifespan=lifespan))
    with TestClient(app) as client:
        assert [client.get("/").status_code for _ in range(3)] == [200, 200, 200]

    assert "left behind" not in caplog.text
    assert len(beats) >= 3
