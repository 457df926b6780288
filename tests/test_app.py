"""The app as Lambda sees it: one function, one event loop that is kept, and hooks around every invocation."""

from __future__ import annotations

import asyncio
import gc
import sys
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from contextvars import ContextVar
from typing import Any

import anyio
import anyio.to_thread
import pytest
import snapshot_restore_py  # type: ignore[import-untyped]
from anyio.lowlevel import checkpoint
from pydantic import BaseModel, JsonValue, TypeAdapter

from eventrouter import (
    App,
    BackgroundTasks,
    BufferedResponse,
    EventDecodeError,
    FunctionResponse,
    HandlerCancelledError,
    Invocation,
    LambdaContext,
    LoopError,
    NoRouteError,
    Pattern,
    Prelude,
    RegistrationError,
    ReplyError,
    Response,
    Source,
    StreamingResponse,
    current_invocation,
)
from tests.deliveries import Run, registered, request, sample, schedule, sqs
from tests.handlers import Refused, on_sqs, orders, refusing

Service = Callable[[Invocation], Awaitable[FunctionResponse]]


def echoing() -> App:
    app = App()

    @app.direct()
    def echo(value: JsonValue) -> JsonValue:
        return value

    return app


# ------------------------------------------------------------------------------------------------- the function of Lambda


def test_an_app_is_named_after_the_module_that_makes_it() -> None:
    app = App()

    assert (app.__name__, app.__qualname__, app.__module__) == ("app", "app", __name__)
    assert repr(app) == f"<App {__name__}.app>"


def test_an_event_may_be_the_bytes_that_lambda_got(run: Run) -> None:
    assert run(echoing(), b'{"id": 7}') == {"id": 7}
    assert run(echoing(), bytearray(b"[7]")) == [7]


def test_bytes_that_are_no_json_are_told(run: Run) -> None:
    with pytest.raises(EventDecodeError):
        run(echoing(), b"{")


def test_an_app_is_called_without_a_context_by_hand() -> None:
    assert echoing()({"id": 7}) == {"id": 7}


@pytest.mark.parametrize(
    "arguments",
    [
        ({"type": "http", "asgi": {"version": "3.0"}}, None, None),
        ({"type": "lifespan", "asgi": {"version": "3.0"}},),
        ({"REQUEST_METHOD": "GET"}, lambda status, headers: None, None),
    ],
    ids=["ASGI 3", "ASGI 2", "too many"],
)
def test_a_web_server_is_told_what_to_do_instead(arguments: tuple[Any, ...]) -> None:
    with pytest.raises(TypeError, match="this is a Lambda handler, not an ASGI or WSGI application"):
        echoing()(*arguments)


def test_who_wants_to_run_the_app_is_told_what_to_do_instead() -> None:
    with pytest.raises(TypeError, match="this is a Lambda handler"):
        echoing().run(port=8000)


def test_a_schedule_s_own_input_is_a_scheduled_event(run: Run) -> None:
    seen: list[str] = []
    app = App()

    @app.schedule("nightly")
    def nightly() -> None:
        seen.append(current_invocation().source.name)

    run(app, {"eventrouter:schedule": "nightly"})
    run(app, schedule("nightly"))

    assert seen == ["eventbridge_schedule", "eventbridge_schedule"]


def test_a_schedule_s_own_input_that_names_none_is_a_direct_invoke(run: Run) -> None:
    assert run(echoing(), {"eventrouter:schedule": 7}) == {"eventrouter:schedule": 7}


def test_an_explanation_reads_bytes_too() -> None:
    app = echoing()

    assert str(app.explain(b"7")) == str(app.explain(7))


def test_code_below_a_handler_reaches_its_invocation(run: Run) -> None:
    app = App()

    @app.direct()
    def name() -> str:
        return current_invocation().request_id

    assert run(app, {}, LambdaContext("r-7")) == "r-7"
    with pytest.raises(LookupError, match="no invocation is running"):
        current_invocation()


def test_what_a_handler_sets_in_a_context_variable_is_gone_with_the_next_event() -> None:
    tenant: ContextVar[str] = ContextVar("tenant", default="nobody")
    app = App()

    @app.direct()
    def whose(value: str) -> str:
        before = tenant.get()
        tenant.set(value)
        return before

    assert [app("one", LambdaContext()), app("two", LambdaContext())] == ["nobody", "nobody"]


def test_an_answer_that_cannot_be_sent_is_a_500_that_the_log_explains(caplog: pytest.LogCaptureFixture) -> None:
    app = App()

    @app.get("/")
    def split() -> Response:
        return Response("fine", headers={"x-name": "a\r\nb"})

    answer: Any = app(request(), LambdaContext())

    assert answer["statusCode"] == 500
    assert "the answer to a function_url request failed" in caplog.text


@pytest.mark.parametrize(("rest_binary", "warnings"), [(False, 1), (True, 0)])
def test_a_rest_api_with_binary_media_types_may_answer_with_bytes(
    rest_binary: bool, warnings: int, run: Run, caplog: pytest.LogCaptureFixture
) -> None:
    event = sample("apigw_rest")
    app = App(rest_binary=rest_binary)

    @app.route("/{path:path}", methods=[event["httpMethod"]])
    def picture(path: str) -> Response:
        return Response(b"\xff", media_type="image/png")

    answer = run(app, event)

    assert (answer["isBase64Encoded"], answer["body"]) == (True, "/w==")
    assert len(caplog.messages) == warnings


# --------------------------------------------------------------------------------------------- no loop unless it is needed


@pytest.fixture
def no_loop_yet(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A thread that has not had an event loop so far; what the test makes is closed after it."""
    from eventrouter import _kept

    monkeypatch.setattr(_kept._of_thread, "owner", None)
    yield
    asyncio.set_event_loop(None)


def test_a_synchronous_handler_starts_no_event_loop(no_loop_yet: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> asyncio.AbstractEventLoop:
        raise AssertionError("an event loop was made")

    monkeypatch.setattr(asyncio, "new_event_loop", refuse)

    assert echoing()(7, LambdaContext()) == 7


def test_a_synchronous_handler_works_where_a_loop_is_running() -> None:
    async def inside() -> object:
        return echoing()(7, LambdaContext())

    assert anyio.run(inside) == 7


def test_async_code_where_a_loop_is_running_is_told_of_the_other_way_in() -> None:
    app = echoing()

    @app.middleware
    async def look(invocation: Invocation, call_next: Service) -> FunctionResponse:
        return await call_next(invocation)

    async def inside() -> object:
        return app(7, LambdaContext())

    with pytest.raises(LoopError, match=r"use `await app.dispatch\(event, context\)`"):
        anyio.run(inside)


def looking(seen: list[asyncio.AbstractEventLoop]) -> App:
    app = App()

    @app.direct()
    async def look() -> None:
        await checkpoint()
        seen.append(asyncio.get_running_loop())

    return app


def test_async_handlers_run_on_one_loop_which_stays_open_and_current(no_loop_yet: None) -> None:
    seen: list[asyncio.AbstractEventLoop] = []
    app = looking(seen)

    app({}, LambdaContext())
    between = asyncio.get_event_loop()
    app({}, LambdaContext())

    assert seen == [between, between]
    assert not between.is_closed()


def test_apps_share_the_loop(no_loop_yet: None) -> None:
    seen: list[asyncio.AbstractEventLoop] = []

    looking(seen)({}, LambdaContext())
    looking(seen)({}, LambdaContext())

    assert seen[0] is seen[1]


def test_a_loop_that_was_closed_is_replaced(no_loop_yet: None) -> None:
    seen: list[asyncio.AbstractEventLoop] = []
    app = looking(seen)

    app({}, LambdaContext())
    asyncio.get_event_loop().close()
    app({}, LambdaContext())

    assert seen[0] is not seen[1]
    assert asyncio.get_event_loop() is seen[1]


@pytest.mark.parametrize("replace", [lambda: asyncio.run(checkpoint()), lambda: asyncio.set_event_loop(None)])
def test_the_kept_loop_is_current_again_after_somebody_replaced_it(
    replace: Callable[[], object], no_loop_yet: None
) -> None:
    seen: list[asyncio.AbstractEventLoop] = []
    app = looking(seen)

    app({}, LambdaContext())
    replace()
    app({}, LambdaContext())

    assert asyncio.get_event_loop() is seen[0] is seen[1]


def test_a_synchronous_handler_may_use_the_kept_loop_by_hand(no_loop_yet: None) -> None:
    app = App()

    @app.direct()
    def old() -> str:
        loop = asyncio.get_event_loop()
        return loop.run_until_complete(asyncio.sleep(0, "done"))

    looking([])({}, LambdaContext())

    assert app({}, LambdaContext()) == "done"


@pytest.mark.parametrize("waits", [False, True], ids=["and returns", "and waits"])
def test_a_handler_that_stops_the_loop_spoils_no_later_event(waits: bool, no_loop_yet: None) -> None:
    app = App()

    @app.direct()
    async def stop(value: str) -> str:
        if value == "stop":
            asyncio.get_running_loop().stop()
            if waits:
                await asyncio.Event().wait()
        for _ in range(5):
            await checkpoint()
        return value

    with pytest.raises(LoopError, match="the handler stopped the event loop that it runs on"):
        app("stop", LambdaContext())

    assert app("go", LambdaContext()) == "go"


def test_a_handler_that_stops_the_loop_when_it_is_done_spoils_no_later_event(no_loop_yet: None) -> None:
    app = App()

    @app.direct()
    async def stop(value: str) -> str:
        for _ in range(5):
            await checkpoint()
        if value == "stop":
            asyncio.get_running_loop().stop()
        return value

    assert [app("stop", LambdaContext()), app("go", LambdaContext())] == ["stop", "go"]


@pytest.mark.parametrize("kind", [SystemExit, KeyboardInterrupt])
def test_what_ends_the_process_spoils_no_later_event_and_is_not_logged(
    kind: type[BaseException], no_loop_yet: None, caplog: pytest.LogCaptureFixture
) -> None:
    app = App()

    @app.direct()
    async def end(value: str) -> str:
        await checkpoint()
        if value == "end":
            raise kind
        for _ in range(5):
            await checkpoint()
        return value

    with pytest.raises(kind):
        app("end", LambdaContext())

    assert app("go", LambdaContext()) == "go"
    gc.collect()
    assert caplog.messages == []


def test_a_task_that_ends_the_process_ends_what_waits_for_it(no_loop_yet: None) -> None:
    ended: list[str] = []
    tasks: list[asyncio.Task[None]] = []
    app = App()

    async def end() -> None:
        raise SystemExit(3)

    @app.direct()
    async def wait() -> None:
        tasks.append(asyncio.get_running_loop().create_task(end()))
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("wait")

    with pytest.raises(SystemExit):
        app({}, LambdaContext())

    assert ended == ["wait"]
    assert isinstance(tasks[0].exception(), SystemExit)


# ------------------------------------------------------------------------------------ what an invocation leaves behind


def test_tasks_left_behind_are_cancelled_awaited_and_named(caplog: pytest.LogCaptureFixture) -> None:
    log: list[str] = []
    app = App()

    async def forgotten() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            log.append("cancelled")

    @app.direct()
    async def start() -> str:
        asyncio.get_running_loop().create_task(forgotten(), name="forgotten")
        await checkpoint()
        return "started"

    assert app({}, LambdaContext()) == "started"
    assert log == ["cancelled"]
    assert caplog.messages == ["cancelled 1 tasks that the invocation left behind: forgotten"]


def test_tasks_that_ended_are_no_news(caplog: pytest.LogCaptureFixture) -> None:
    app = App()

    @app.direct()
    async def start() -> str:
        return await asyncio.get_running_loop().create_task(asyncio.sleep(0, "ended"))

    assert app({}, LambdaContext()) == "ended"
    assert caplog.messages == []


def test_async_generators_left_open_are_closed(caplog: pytest.LogCaptureFixture) -> None:
    log: list[str] = []
    left: list[object] = []
    app = App()

    async def pages() -> AsyncIterator[int]:
        try:
            yield 1
            yield 2
        finally:
            log.append("closed")

    @app.direct()
    async def first() -> int:
        left.append(pages())
        return await anext(left[0])  # type: ignore[call-overload,no-any-return]

    assert app({}, LambdaContext()) == 1
    assert log == ["closed"]


def test_an_async_generator_that_cannot_be_closed_is_told_and_changes_nothing(caplog: pytest.LogCaptureFixture) -> None:
    left: list[object] = []
    app = App()

    async def pages() -> AsyncIterator[int]:
        try:
            yield 1
        finally:
            raise Refused("the connection")

    @app.direct()
    async def first() -> int:
        left.append(pages())
        return await anext(left[0])  # type: ignore[call-overload,no-any-return]

    assert app({}, LambdaContext()) == 1
    assert len(caplog.messages) == 1
    assert caplog.messages[0].startswith(
        "an async generator that the invocation left open failed to close: Refused: the connection at "
    )


# --------------------------------------------------------------------------------------------- hooks after the invocation


def test_hooks_run_after_every_invocation_in_order(run: Run) -> None:
    log: list[str] = []
    app = App()

    @app.direct()
    def handle() -> None:
        log.append("handled")

    @app.after_invocation
    def flush() -> None:
        log.append("flush")

    @app.after_invocation
    async def flush_later(invocation: Invocation) -> None:
        await checkpoint()
        log.append(f"flush {invocation.request_id}")

    @app.after_invocation
    def flush_perhaps(invocation: Invocation | None = None) -> None:
        log.append(f"flush {invocation}")

    run(app, {}, LambdaContext("r-1"))

    assert log == ["handled", "flush", "flush r-1", "flush None"]


@pytest.mark.parametrize("event", [sqs(*orders(0)), request("/"), {}], ids=["queue", "request", "no route"])
def test_hooks_run_after_a_failure_too(event: Any, run: Run) -> None:
    log: list[str] = []
    app = on_sqs(refusing(0), failures="report")

    @app.after_invocation
    def flush() -> None:
        log.append("flush")

    try:
        run(app, event)
    except NoRouteError:
        log.append("raised")

    assert log[0] == "flush"


@pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])
@pytest.mark.parametrize("kind", [Refused, asyncio.CancelledError])
def test_a_hook_that_fails_is_told_and_changes_nothing(
    is_async: bool, kind: type[BaseException], run: Run, caplog: pytest.LogCaptureFixture
) -> None:
    log: list[str] = []
    app = echoing()

    def flush() -> None:
        raise kind("the metrics")

    async def flush_later() -> None:
        await checkpoint()
        raise kind("the metrics")

    app.after_invocation(flush_later if is_async else flush)

    @app.after_invocation
    def other() -> None:
        log.append("other")

    assert run(app, 7) == 7
    assert log == ["other"]
    assert "a hook after the invocation failed" in caplog.messages[0]
    assert caplog.messages[0].endswith("the metrics")


def test_a_hook_that_ends_the_process_ends_it(run: Run) -> None:
    app = echoing()

    @app.after_invocation
    def end() -> None:
        raise SystemExit(3)

    with pytest.raises(SystemExit):
        run(app, 7)


def test_a_hook_takes_nothing_or_the_invocation() -> None:
    def flush(invocation: Invocation, result: object) -> None: ...

    with pytest.raises(RegistrationError, match=r"flush\(\) .*takes nothing, or the Invocation, and not 2 parameters"):
        App().after_invocation(flush)


SECRET = "s3cr3t"


class Secret(BaseModel):
    pin: int


def raise_validation_error() -> None:
    Secret.model_validate({"pin": SECRET})


def raise_nested_group() -> None:
    same = Refused("the first")
    raise ExceptionGroup("several", [same, ExceptionGroup("inner", [same, Refused("the second")])])


def raise_many() -> None:
    raise ExceptionGroup("many", [Refused(f"number {number}") for number in range(20)])


def raise_circle() -> None:
    one, two = Refused("one"), Refused("two")
    one.__cause__, two.__cause__ = two, one
    raise one


def raise_schema_error() -> None:
    TypeAdapter[Any](object())  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("hook", "told", "untold"),
    [
        (raise_validation_error, "ValidationError: pin: int_parsing", SECRET),
        (raise_schema_error, "PydanticSchemaGenerationError", "Unable to generate"),
        (raise_nested_group, "one of them:", None),
        (raise_many, "number 8", "number 9"),
        (raise_circle, "which led to:", None),
    ],
)
def test_the_log_says_what_a_hook_failed_with_and_quotes_no_input(
    hook: Callable[[], None], told: str, untold: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    app = echoing()
    app.after_invocation(hook)

    app(7, LambdaContext())

    (message,) = caplog.messages
    assert told in message
    assert untold is None or untold not in message


def test_the_log_tells_an_error_once_however_often_it_is_in_a_group(caplog: pytest.LogCaptureFixture) -> None:
    app = echoing()
    app.after_invocation(raise_nested_group)

    app(7, LambdaContext())

    assert [caplog.text.count(f"Refused: {text}") for text in ("the first", "the second")] == [1, 1]


# ------------------------------------------------------------------------------------------------------- restore hooks


def test_hooks_after_a_restore_are_lambda_s_own() -> None:
    app = App()
    hooks = snapshot_restore_py.get_after_restore()
    before = [*hooks]

    @app.on_restore
    def reseed() -> None: ...

    assert [hook for hook, *_ in hooks if hook not in [each for each, *_ in before]] == [reseed]
    hooks[:] = before


def test_where_nothing_is_restored_a_hook_is_kept_quietly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "snapshot_restore_py", None)
    app = App()

    def reseed() -> None: ...

    assert app.on_restore(reseed) is reseed


# -------------------------------------------------------------------------------- failures of the invocation as a whole


def broken(app: App) -> AbstractContextManager[None]:
    raise Refused("no database")


def test_a_trigger_that_is_answered_in_its_own_words_is_told_of_a_failure_in_them(run: Run) -> None:
    event = sample("s3_batch")
    app = App(lifespan=broken)

    answer = run(app, event)

    assert [each["resultCode"] for each in answer["results"]] == ["TemporaryFailure"] * len(event["tasks"])


def given_up(app: App) -> AbstractContextManager[None]:
    raise asyncio.CancelledError


def test_a_start_that_is_cancelled_from_inside_is_an_ordinary_failure(run: Run) -> None:
    with pytest.raises(HandlerCancelledError):
        run(App(lifespan=given_up), sqs(*orders(0)))


async def pieces(*chunks: bytes) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


def streaming(body: AsyncIterator[bytes]) -> App:
    """An app whose middleware answers with a stream."""
    app = echoing()

    @app.middleware
    async def stream(invocation: Invocation, call_next: Service) -> FunctionResponse:
        return StreamingResponse(body)

    return app


def test_the_stream_of_a_layer_is_collected(run: Run) -> None:
    assert run(streaming(pieces(b"a ", b"piece")), 7) == "a piece"


def test_a_stream_that_is_no_text_is_no_answer_to_a_direct_call(run: Run) -> None:
    with pytest.raises(ReplyError, match="a direct event is answered with JSON"):
        run(streaming(pieces(b"\xff")), 7)


def test_a_stream_with_a_prelude_is_collected_for_http(run: Run) -> None:
    app = App()

    @app.get("/")
    def home() -> StreamingResponse:
        return StreamingResponse(pieces(b"a,b\n", b"1,2\n"), Prelude(201, [("content-type", "text/csv")]))

    answer = run(app, request())

    assert (answer["statusCode"], answer["headers"], answer["body"]) == (
        201,
        {"content-type": "text/csv"},
        "a,b\n1,2\n",
    )


def test_a_plain_call_in_a_running_loop_leaves_nothing_unawaited() -> None:
    app = App()

    @app.direct()
    async def handle() -> None: ...

    async def inside() -> None:
        app({}, LambdaContext())

    with pytest.raises(LoopError, match="await app.dispatch"):
        asyncio.run(inside())
    gc.collect()  # a coroutine that was never awaited warns now, and a warning is an error


# ------------------------------------------------------------------------------------------ events answered by a call


class Completed:
    """How events of a source that is answered by a call ended."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def complete(self, invocation: Invocation) -> Completed:
        self.lines.append("begun")
        return self

    def succeeded(self, response: BufferedResponse) -> BufferedResponse:
        self.lines.append(f"succeeded with {response.value}")
        return response

    def failed(self, error: BaseException) -> BufferedResponse:
        self.lines.append(f"failed with {type(error).__name__}")
        return BufferedResponse("told")

    def source(self) -> Source:
        return Source("jobs", detect=lambda event: isinstance(event, dict) and "job" in event, complete=self.complete)


def test_an_event_that_is_answered_by_a_call_is_answered_once(run: Run) -> None:
    completed = Completed()
    with registered(completed.source()):
        app = App()

        @app.on(Pattern("jobs"))
        def work() -> str:
            return "worked"

        @app.after_invocation
        def flush() -> None:
            completed.lines.append("flushed")

        run(app, {"job": 1})

    assert completed.lines == ["begun", "flushed", "succeeded with worked"]


@contextmanager
def quiet(app: App) -> Iterator[None]:
    yield


@pytest.mark.parametrize(
    ("lifespan", "lines"),
    [
        (quiet, ["begun", "succeeded with worked"]),
        (broken, ["begun", "failed with Refused"]),
        (given_up, ["begun", "failed with CancelledError"]),
    ],
    ids=["started", "not started", "given up"],
)
def test_a_start_is_part_of_an_event_that_is_answered_by_a_call(lifespan: Any, lines: list[str], run: Run) -> None:
    completed = Completed()
    with registered(completed.source()):
        app = App(lifespan=lifespan)

        @app.on(Pattern("jobs"))
        def work() -> str:
            return "worked"

        run(app, {"job": 1})

    assert completed.lines == lines


def test_the_end_of_the_process_is_told_before_it_comes(run: Run) -> None:
    completed = Completed()
    with registered(completed.source()):
        app = App()

        @app.on(Pattern("jobs"))
        def work() -> str:
            raise SystemExit(3)

        with pytest.raises(SystemExit):
            run(app, {"job": 1})

    assert completed.lines == ["begun", "failed with SystemExit"]


def test_an_event_that_is_answered_by_a_call_is_not_answered_with_a_stream(run: Run) -> None:
    completed = Completed()
    with registered(completed.source()):
        app = App()

        @app.on(Pattern("jobs"))
        def work() -> str:
            return "worked"

        @app.middleware
        async def stream(invocation: Invocation, call_next: Service) -> FunctionResponse:
            await call_next(invocation)
            return StreamingResponse(pieces())

        assert run(app, {"job": 1}) == "told"

    assert completed.lines == ["begun", "failed with ReplyError"]


# ------------------------------------------------------------------------------------------------------ background work


def test_a_request_s_background_work_comes_after_its_answer_is_made(run: Run) -> None:
    log: list[str] = []
    app = App()

    @app.get("/")
    def home(tasks: BackgroundTasks) -> str:
        tasks.add_task(log.append, "work")
        log.append("handled")
        return "home"

    assert run(app, request())["body"] == "home"
    assert log == ["handled", "work"]


def test_background_work_of_a_request_that_fails_is_told_to_the_log(run: Run, caplog: pytest.LogCaptureFixture) -> None:
    app = App()

    def work() -> None:
        raise Refused("the mail")

    @app.get("/")
    def home(tasks: BackgroundTasks) -> str:
        tasks.add_task(work)
        return "home"

    assert run(app, request())["statusCode"] == 200
    assert "background work failed after its request was answered" in caplog.text


# ------------------------------------------------------------------------------------------------------- several threads


def test_every_thread_has_a_loop_of_its_own() -> None:
    app = App()
    meeting = threading.Barrier(2)

    @app.direct()
    async def handle(value: str) -> list[object]:
        await anyio.to_thread.run_sync(meeting.wait, 10)
        return [value, id(asyncio.get_running_loop())]

    with ThreadPoolExecutor(2) as threads:
        answers = list(threads.map(lambda value: app(value, LambdaContext()), ["a", "b"]))

    assert [value for value, _ in answers] == ["a", "b"]
    assert len({loop for _, loop in answers}) == 2


def test_a_lifespan_that_another_thread_is_starting_is_waited_for() -> None:
    started, may_go_on = threading.Event(), threading.Event()
    log: list[str] = []

    @asynccontextmanager
    async def lifespan(app: App) -> AsyncIterator[None]:
        started.set()
        await anyio.to_thread.run_sync(may_go_on.wait, 10)
        log.append("started")
        yield

    app = App(lifespan=lifespan)

    @app.direct()
    def handle(value: str) -> None:
        log.append(value)

    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(app, "a", LambdaContext())
        started.wait(10)
        second = threads.submit(app, "b", LambdaContext())
        may_go_on.set()
        first.result(10)
        second.result(10)

    assert log[0] == "started"
    assert sorted(log[1:]) == ["a", "b"]
