"""Middleware: around every invocation and around the calls of a route, and what it can never make of a failure."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator, Iterator
from typing import Annotated, Any

import pytest
from anyio.lowlevel import checkpoint

from eventrouter import (
    App,
    BufferedResponse,
    Call,
    Depends,
    FunctionResponse,
    HTTPException,
    Invocation,
    LambdaContext,
    LoopError,
    RegistrationError,
    ReplyError,
    Response,
)
from eventrouter.response import Prelude
from eventrouter.testing import TestClient
from tests.deliveries import Run, failed, request, sns, sqs
from tests.handlers import Order, Refused, on_sqs, orders, refusing

Service = Callable[[Invocation], Awaitable[FunctionResponse]]
Next = Callable[[Call], Awaitable[object]]


def shop(*bad: int) -> App:
    """An app with a queue, whose orders *bad* are refused, a topic, a page and a direct invoke."""
    app = App(failures="report")
    app.sqs("orders")(refusing(*bad))

    @app.sns()
    def on_alert(text: str) -> None: ...

    @app.get("/")
    def home() -> dict[str, str]:
        return {"page": "home"}

    @app.direct()
    def echo(value: int) -> int:
        return value

    return app


# ------------------------------------------------------------------------------------------------- around the invocation


def test_the_layer_registered_first_is_the_outermost(run: Run) -> None:
    log: list[str] = []
    app = shop()

    @app.middleware
    async def outer(invocation: Invocation, call_next: Service) -> FunctionResponse:
        log.append("outer in")
        response = await call_next(invocation)
        log.append("outer out")
        return response

    @app.middleware
    async def inner(invocation: Invocation, call_next: Service) -> FunctionResponse:
        log.append("inner in")
        response = await call_next(invocation)
        log.append("inner out")
        return response

    assert run(app, 7) == 7
    assert log == ["outer in", "inner in", "inner out", "outer out"]


def test_a_layer_stands_around_the_invocation_and_not_around_each_record(run: Run) -> None:
    seen: list[str] = []
    app = shop()

    @app.middleware
    async def count(invocation: Invocation, call_next: Service) -> FunctionResponse:
        await checkpoint()
        seen.append(invocation.source.name)
        return await call_next(invocation)

    run(app, sqs(*orders(0, 1, 2)))

    assert seen == ["sqs"]


def test_a_layer_passes_things_along_in_the_state(run: Run) -> None:
    app = App()

    @app.middleware
    async def tell(invocation: Invocation, call_next: Service) -> FunctionResponse:
        invocation.state["tenant"] = "shop"
        return await call_next(invocation)

    @app.direct()
    def tenant(invocation: Invocation) -> object:
        return invocation.state["tenant"]

    assert run(app, {}) == "shop"


@pytest.mark.parametrize(
    ("value", "status", "body"),
    [
        (Response("closed", 503), 503, "closed"),
        ({"open": False}, 200, '{"open":false}'),
        ("closed", 200, "closed"),
    ],
    ids=["Response", "dict", "str"],
)
def test_a_layer_may_answer_a_request_with_what_a_handler_may_return(
    value: Any, status: int, body: str, run: Run
) -> None:
    app = shop()

    @app.middleware
    async def closed(invocation: Invocation, call_next: Service) -> FunctionResponse:
        return value  # type: ignore[no-any-return]

    answer = run(app, request())

    assert (answer["statusCode"], answer["body"]) == (status, body)


def test_a_layer_may_refuse_a_request_with_an_error(run: Run) -> None:
    app = shop()

    @app.middleware
    async def closed(invocation: Invocation, call_next: Service) -> FunctionResponse:
        raise HTTPException(401, "who are you?")

    answer = run(app, request())

    assert (answer["statusCode"], answer["body"]) == (401, '{"detail":"who are you?"}')


def test_a_layer_may_answer_a_direct_invoke(run: Run) -> None:
    app = shop()

    @app.middleware
    async def cached(invocation: Invocation, call_next: Service) -> FunctionResponse:
        return BufferedResponse(42)

    assert run(app, 7) == 42


def test_a_layer_may_change_an_answer(run: Run) -> None:
    app = shop()

    @app.middleware
    async def twice(invocation: Invocation, call_next: Service) -> FunctionResponse:
        response = await call_next(invocation)
        assert isinstance(response, BufferedResponse)
        return BufferedResponse([response.value, response.value])

    assert run(app, 7) == [7, 7]


def test_a_layer_that_forgets_to_return_is_told(run: Run) -> None:
    app = shop()

    @app.middleware
    async def forgetful(invocation: Invocation, call_next: Service) -> FunctionResponse:  # type: ignore[return]
        await call_next(invocation)

    with pytest.raises(ReplyError, match="middleware forgetful returned a NoneType: return the response of call_next"):
        run(app, 7)


def test_to_a_caller_a_layer_that_forgets_to_return_is_a_500(run: Run, caplog: pytest.LogCaptureFixture) -> None:
    app = shop()

    @app.middleware
    async def forgetful(invocation: Invocation, call_next: Service) -> FunctionResponse:  # type: ignore[return]
        await call_next(invocation)

    assert run(app, request())["statusCode"] == 500
    assert "middleware forgetful returned a NoneType" in caplog.text


def test_an_answer_that_is_no_json_is_a_500_that_the_log_explains(caplog: pytest.LogCaptureFixture) -> None:
    app = shop()

    @app.middleware
    async def odd(invocation: Invocation, call_next: Service) -> FunctionResponse:
        return BufferedResponse(object(), Prelude())

    answer: Any = app(request(), LambdaContext())

    assert answer["statusCode"] == 500
    assert "the answer to a function_url request failed" in caplog.text


@pytest.mark.parametrize("event", [sqs(*orders(0)), sns("hello")], ids=["sqs", "sns"])
def test_a_layer_cannot_leave_records_unhandled(event: Any, run: Run) -> None:
    app = shop()

    @app.middleware
    async def lazy(invocation: Invocation, call_next: Service) -> FunctionResponse:
        return BufferedResponse({"batchItemFailures": []})

    with pytest.raises(ReplyError, match="without call_next: its records were not handled"):
        run(app, event)


def test_a_layer_cannot_take_a_failed_record_out_of_the_answer(run: Run) -> None:
    app = shop(1)

    @app.middleware
    async def rosy(invocation: Invocation, call_next: Service) -> FunctionResponse:
        await call_next(invocation)
        return BufferedResponse({"batchItemFailures": []})

    with pytest.raises(ReplyError, match="took a failed record out of batchItemFailures"):
        run(app, sqs(*orders(0, 1)))


@pytest.mark.parametrize("answer", [None, [], {"batchItemFailures": None}], ids=repr)
def test_a_layer_cannot_answer_in_another_shape_when_a_record_failed(answer: Any, run: Run) -> None:
    app = shop(0)

    @app.middleware
    async def odd(invocation: Invocation, call_next: Service) -> FunctionResponse:
        await call_next(invocation)
        return BufferedResponse(answer)

    with pytest.raises(ReplyError, match="took a failed record out of batchItemFailures"):
        run(app, sqs(*orders(0)))


def test_a_layer_may_report_more_records_than_failed(run: Run) -> None:
    app = shop(1)

    @app.middleware
    async def wary(invocation: Invocation, call_next: Service) -> FunctionResponse:
        await call_next(invocation)
        return BufferedResponse(failed("m-0", "m-1"))

    assert run(app, sqs(*orders(0, 1))) == failed("m-0", "m-1")


def test_a_layer_may_change_the_answer_where_nothing_failed(run: Run) -> None:
    app = shop()

    @app.middleware
    async def tidy(invocation: Invocation, call_next: Service) -> FunctionResponse:
        await call_next(invocation)
        return BufferedResponse({})

    assert run(app, sqs(*orders(0))) == {}


def test_a_layer_cannot_swallow_the_failure_of_a_batch(run: Run) -> None:
    app = on_sqs(refusing(0))

    @app.middleware
    async def soothing(invocation: Invocation, call_next: Service) -> FunctionResponse:
        try:
            return await call_next(invocation)
        except Refused:
            return BufferedResponse({"batchItemFailures": []})

    with pytest.raises(Refused):
        run(app, sqs(*orders(0)))


def test_a_layer_sees_what_ends_an_invocation_and_may_raise_another_error(run: Run) -> None:
    app = on_sqs(refusing(0))

    @app.middleware
    async def telling(invocation: Invocation, call_next: Service) -> FunctionResponse:
        try:
            return await call_next(invocation)
        except Refused as error:
            raise ValueError("the batch") from error

    with pytest.raises(ValueError, match="the batch"):
        run(app, sqs(*orders(0)))


def test_a_layer_may_answer_for_a_direct_handler_that_failed(run: Run) -> None:
    app = App()

    @app.direct()
    def broken() -> int:
        raise Refused

    @app.middleware
    async def soothing(invocation: Invocation, call_next: Service) -> FunctionResponse:
        try:
            return await call_next(invocation)
        except Refused:
            return BufferedResponse("sorry")

    assert run(app, {}) == "sorry"


def test_a_layer_that_promises_not_to_wait_needs_no_event_loop(without_a_loop: None) -> None:
    app = shop()

    @app.middleware(waits=False)
    async def quick(invocation: Invocation, call_next: Service) -> FunctionResponse:
        return await call_next(invocation)

    assert app(7, LambdaContext()) == 7


def test_a_layer_that_breaks_its_promise_not_to_wait_is_told() -> None:
    app = shop()

    @app.middleware(waits=False)
    async def slow(invocation: Invocation, call_next: Service) -> FunctionResponse:
        await Pause()
        return await call_next(invocation)

    with pytest.raises(LoopError, match="waits=False awaited something other than call_next"):
        app(7, LambdaContext())


def plain(subject: Any, call_next: Any) -> Any:
    return call_next(subject)


async def alone(subject: Any) -> Any: ...


async def crowd(subject: Any, call_next: Any, more: Any) -> Any: ...


async def relaxed(subject: Any, call_next: Any, more: Any = None) -> Any:
    return await call_next(subject)


class Stateful:
    """A layer that is a method, or an object."""

    async def layer(self, subject: Any, call_next: Any) -> Any:
        return await call_next(subject)

    async def __call__(self, subject: Any, call_next: Any) -> Any:
        return await call_next(subject)


class Plain:
    """One that is an object and not async."""

    def __call__(self, subject: Any, call_next: Any) -> Any:
        return 7


@pytest.mark.parametrize(
    ("layer", "words"),
    [
        (plain, "is not async: write `async def plain({0}, call_next)` and `await call_next({0})`"),
        (alone, "takes two arguments: `async def alone({0}, call_next)`"),
        (crowd, "takes two arguments: `async def crowd({0}, call_next)`"),
        (Stateful, "Stateful a class: write Stateful(...), if its objects are called with ({0}, call_next)"),
    ],
)
def test_what_cannot_be_a_layer_is_refused_when_it_is_registered(layer: Any, words: str) -> None:
    with pytest.raises(RegistrationError) as around_all:
        App().middleware(layer)
    with pytest.raises(RegistrationError) as around_one:
        App().direct(middleware=[layer])(answer_nothing)

    assert words.format("invocation") in str(around_all.value)
    assert words.format("call") in str(around_one.value)


def answer_nothing() -> None: ...


@pytest.mark.parametrize("layer", [relaxed, Stateful().layer, Stateful()], ids=["a default", "a method", "an object"])
def test_whatever_takes_two_arguments_and_is_async_is_a_layer(layer: Any, run: Run) -> None:
    app = shop()
    app.middleware(layer)

    assert run(app, 7) == 7


def test_an_object_that_is_no_async_layer_is_told_when_it_is_called() -> None:
    around_all, around_one = shop(), App()
    around_all.middleware(Plain())
    around_one.direct(middleware=[Plain()])(answer_nothing)

    for app in (around_all, around_one):
        with pytest.raises(ReplyError, match=r"\[.*test_middleware.py.*\] is not async"):
            app(7, LambdaContext())


class Pause:
    """Something to await that is not ready."""

    def __await__(self) -> Generator[None, None, None]:
        yield


def test_a_layer_that_promised_not_to_wait_may_be_around_a_handler_that_does() -> None:
    app = App()

    @app.middleware(waits=False)
    async def quick(invocation: Invocation, call_next: Service) -> FunctionResponse:
        return await call_next(invocation)

    @app.direct()
    async def slow() -> str:
        await checkpoint()
        return "slow"

    assert app({}, LambdaContext()) == "slow"


@pytest.fixture
def without_a_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise AssertionError("an event loop was made")

    monkeypatch.setattr("asyncio.new_event_loop", refuse)
    monkeypatch.setattr("eventrouter._kept._of_thread.owner", None)


def test_what_is_no_layer_is_refused() -> None:
    with pytest.raises(RegistrationError, match="write @app.middleware above it"):
        App().middleware(7)  # type: ignore[call-overload]


# ------------------------------------------------------------------------------------------------------- around the calls


def layer_named(name: str, log: list[str]) -> Callable[[Call, Next], Awaitable[object]]:
    async def layer(call: Call, call_next: Next) -> object:
        log.append(f"{name} in")
        value = await call_next(call)
        log.append(f"{name} out")
        return value

    return layer


def test_layers_of_a_route_stand_around_each_call_the_first_outermost(run: Run) -> None:
    log: list[str] = []
    app = App()

    @app.sqs("orders", middleware=[layer_named("outer", log), layer_named("inner", log)])
    def on_order(order: Order) -> None:
        log.append(f"order {order.id}")

    run(app, sqs(*orders(0, 1)))

    around = ["outer in", "inner in", "order {}", "inner out", "outer out"]
    assert log == [line.format(0) for line in around] + [line.format(1) for line in around]


def test_a_layer_of_a_route_sees_the_record_and_the_handler_s_value(run: Run) -> None:
    seen: list[object] = []
    app = App()

    async def look(call: Call, call_next: Next) -> object:
        value = await call_next(call)
        seen.append((call.route, call.invocation.source.name, call.record, value))
        return value

    @app.direct(middleware=[look])
    async def echo(value: int) -> int:
        return value

    assert run(app, 7) == 7
    assert seen == [("echo", "direct", 7, 7)]


def test_a_layer_of_a_route_is_around_that_route_alone(run: Run) -> None:
    log: list[str] = []
    app = App()

    @app.get("/", middleware=[layer_named("layer", log)])
    def home() -> str:
        return "home"

    @app.get("/other")
    def other() -> str:
        return "other"

    run(app, request("/other"))
    before = [*log]
    run(app, request("/"))

    assert (before, log) == ([], ["layer in", "layer out"])


def test_a_layer_of_a_route_may_change_the_value_and_answer_for_the_handler(run: Run) -> None:
    app = App()

    async def short(call: Call, call_next: Next) -> object:
        return 0 if call.record == 7 else [await call_next(call)]

    @app.direct(middleware=[short])
    def echo(value: int) -> Any:
        return value

    assert [run(app, 7), run(app, 8)] == [0, [8]]


async def swallow(call: Call, call_next: Next) -> object:
    try:
        return await call_next(call)
    except Exception:
        return "swallowed"


def test_a_layer_of_a_route_cannot_turn_a_failed_record_into_a_success(run: Run) -> None:
    app = App(failures="report")
    app.sqs("orders", middleware=[swallow])(refusing(0))

    assert run(app, sqs(*orders(0, 1))) == failed("m-0")


@pytest.mark.parametrize("body", ["not json", {"id": "seven"}], ids=["no JSON", "no order"])
def test_a_layer_of_a_route_cannot_make_a_success_of_a_payload_that_is_none(body: object, run: Run) -> None:
    app = App(failures="report")
    app.sqs("orders", middleware=[swallow])(refusing())

    assert run(app, sqs(body)) == failed("m-0")


def test_a_layer_of_a_route_cannot_make_a_success_of_a_dependency_that_failed(run: Run) -> None:
    app = App(failures="report")

    def session() -> str:
        raise Refused

    @app.sqs("orders", middleware=[swallow])
    def on_order(order: Order, session: Annotated[str, Depends(session)]) -> None: ...

    assert run(app, sqs(*orders(0))) == failed("m-0")


def test_a_layer_of_a_route_may_try_again(run: Run) -> None:
    tries: list[int] = []
    app = App(failures="report")

    async def again(call: Call, call_next: Next) -> object:
        try:
            return await call_next(call)
        except Refused:
            return await call_next(call)

    @app.sqs("orders", middleware=[again])
    def on_order(order: Order) -> None:
        tries.append(order.id)
        if len(tries) == 1:
            raise Refused

    assert run(app, sqs(*orders(0))) == failed()
    assert tries == [0, 0]


def test_a_layer_of_a_route_may_answer_for_a_request_that_failed(run: Run) -> None:
    app = App()

    @app.get("/", middleware=[swallow])
    def home() -> str:
        raise Refused

    answer = run(app, request())

    assert (answer["statusCode"], answer["body"]) == (200, "swallowed")


def test_a_layer_s_answer_for_a_request_that_failed_commits_nothing(run: Run) -> None:
    log: list[str] = []
    app = App()

    def session() -> Iterator[str]:
        try:
            yield "session"
        except Refused:
            log.append("rollback")
            raise
        log.append("commit")

    @app.get("/", middleware=[swallow])
    def home(session: Annotated[str, Depends(session)]) -> str:
        raise Refused

    answer = run(app, request())

    assert (answer["statusCode"], answer["body"]) == (200, "swallowed")
    assert log == ["rollback"]


def test_a_layer_of_a_route_that_fails_fails_its_record(run: Run) -> None:
    app = App(failures="report")

    async def broken(call: Call, call_next: Next) -> object:
        await call_next(call)
        raise Refused

    app.sqs("orders", middleware=[broken])(refusing())

    assert run(app, sqs(*orders(0))) == failed("m-0")


def test_layers_of_the_app_are_outside_those_of_a_route(run: Run) -> None:
    log: list[str] = []
    app = App()

    @app.middleware
    async def door(invocation: Invocation, call_next: Service) -> FunctionResponse:
        log.append("door in")
        response = await call_next(invocation)
        log.append("door out")
        return response

    @app.direct(middleware=[layer_named("route", log)])
    def echo(value: int) -> int:
        return value

    run(app, 7)

    assert log == ["door in", "route in", "route out", "door out"]


def test_a_layers_answer_to_a_request_needs_a_prelude() -> None:
    app = App()
    app.get("/")(lambda: "home")

    @app.middleware
    async def forgetful(invocation: Any, call_next: Any) -> BufferedResponse:
        return BufferedResponse("home")

    with pytest.raises(ReplyError, match=r"middleware .*forgetful.* answered a request without a Prelude"):
        TestClient(app).get("/")
