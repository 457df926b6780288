"""The event loop that is kept between invocations."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator
from typing import Any

import pytest

from eventrouter import App, LambdaContext
from eventrouter._kept import KeptLoop
from eventrouter.testing import events


@pytest.fixture(params=["its first step taken here", "all of it run by the loop", "under debugging"])
def kept(request: pytest.FixtureRequest) -> Iterator[KeptLoop]:
    """A kept loop in every way it runs a coroutine."""
    found = KeptLoop()
    if request.param == "all of it run by the loop":
        found._ready = None  # as of a loop that is not asyncio's own
    found.loop.set_debug(request.param == "under debugging")
    yield found
    found.loop.close()


def test_a_coroutine_finds_its_loop_and_its_task(kept: KeptLoop) -> None:
    async def handler() -> tuple[bool, bool, bool]:
        loop = asyncio.get_running_loop()
        return loop is kept.loop, loop.is_running(), asyncio.current_task() is not None

    assert kept.run(handler()) == (True, True, True)
    assert asyncio._get_running_loop() is None
    assert not kept.loop.is_running()


def test_a_coroutine_that_waits_is_waited_for(kept: KeptLoop) -> None:
    async def handler() -> str:
        await asyncio.sleep(0)
        async with asyncio.timeout(20):
            return await asyncio.to_thread(lambda: "from a thread")

    assert kept.run(handler()) == "from a thread"


def test_what_is_to_be_called_soon_is_called_before_the_next_one(kept: KeptLoop) -> None:
    called: list[int] = []

    async def handler() -> None:
        asyncio.get_running_loop().call_soon(called.append, 1)

    kept.run(handler())

    assert called == [1]


@pytest.mark.parametrize("error", [ValueError, SystemExit, KeyboardInterrupt, asyncio.CancelledError])
def test_what_a_coroutine_raises_comes_out_and_the_loop_goes_on(kept: KeptLoop, error: type[BaseException]) -> None:
    async def fails() -> None:
        raise error

    async def works() -> int:
        return 7

    with pytest.raises(error):
        kept.run(fails())
    assert kept.run(works()) == 7


def test_a_loop_that_is_asked_to_stop_runs_the_next_coroutine_whole(kept: KeptLoop) -> None:
    async def stops() -> str:
        asyncio.get_running_loop().stop()
        return "stopped"

    async def waits() -> str:
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        return "waited"

    assert kept.run(stops()) == "stopped"
    assert kept.run(waits()) == "waited"


def test_a_task_that_is_left_behind_is_cancelled_and_named(kept: KeptLoop, caplog: pytest.LogCaptureFixture) -> None:
    ended: list[str] = []

    async def lingers() -> None:
        try:
            await asyncio.sleep(20)
        finally:
            ended.append("lingers")

    async def handler() -> None:
        task = asyncio.create_task(lingers(), name="the one that lingers")
        await asyncio.sleep(0)
        assert not task.done()

    kept.run(handler())

    assert ended == ["lingers"]
    assert "the one that lingers" in caplog.text


def test_a_generator_that_is_left_open_is_closed(kept: KeptLoop) -> None:
    closed: list[str] = []
    opened: list[AsyncGenerator[int, None]] = []

    async def numbers() -> AsyncGenerator[int, None]:
        try:
            yield 1
        finally:
            closed.append("numbers")

    async def handler() -> None:
        opened.append(numbers())
        await anext(opened[0])

    kept.run(handler())

    assert closed == ["numbers"]


def test_a_loop_of_another_make_is_kept_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    class Loop:
        def set_task_factory(self, factory: Callable[..., object]) -> None:
            self.factory = factory

    loop: Any = Loop()
    monkeypatch.setattr(asyncio, "new_event_loop", lambda: loop)

    kept = KeptLoop()

    assert kept.loop is loop
    assert kept._ready is None


def test_an_async_handler_that_waits_for_nothing_is_answered_every_time() -> None:
    app = App()

    @app.get("/")
    async def home() -> str:
        return asyncio.current_task().__class__.__name__

    answers = [app(events.function_url("GET", "/"), LambdaContext())["body"] for _ in range(3)]

    assert answers == ["Task"] * 3
