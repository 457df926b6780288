"""What handlers return: sent back, warned of, or a failure; and what a direct caller is answered with."""

from __future__ import annotations

import functools
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import anyio
import pytest

from eventrouter import (
    DROPPED,
    App,
    BufferedResponse,
    EventStream,
    LambdaContext,
    NotReachedError,
    PayloadError,
    ProcessingFailed,
    ReplyError,
    Response,
    ResponseTooLargeError,
    ServerSentEvent,
)
from eventrouter.errors import RegistrationError
from tests.deliveries import (
    Countdown,
    Run,
    failed,
    sample,
    sns,
    sqs,
)
from tests.handlers import Order, Refused, orders

# ------------------------------------------------------------------------------------------------- what handlers return

IGNORED = [False, 0, "done", {"ok": True}, ("error", 500), [1], Response("fine", 200), {"batchItemFailures": []}]


@pytest.mark.parametrize("value", IGNORED, ids=repr)
def test_a_value_that_means_nothing_is_told_once_with_the_route_s_name(
    value: object, caplog: pytest.LogCaptureFixture
) -> None:
    app = App()

    @app.sqs("orders")
    def on_order(order: Order) -> object:
        return value

    assert app(sqs(*orders(0, 1)), LambdaContext()) == {"batchItemFailures": []}

    kind = type(value).__name__
    assert caplog.messages == [
        f"on_order returned a {kind}, which a sqs trigger ignores: raise to have the record delivered again"
    ]


def foreign_response(status: int) -> object:
    """A class that is called as Starlette's is, and is where that is."""
    kind = type("Response", (), {"__module__": "starlette.responses", "status_code": status})
    return type("JSONResponse", (kind,), {})()


@pytest.mark.parametrize(
    "value",
    [
        Response("no", 400),
        Response("no", 500),
        foreign_response(503),
        {"batchItemFailures": [{"itemIdentifier": "m-0"}]},
        iter([1]),
        EventStream([]),
    ],
    ids=["400", "500", "Starlette's", "batchItemFailures", "iterator", "EventStream"],
)
def test_a_value_that_says_failure_is_one(value: object) -> None:
    app = App(failures="report")

    @app.sqs("orders")
    def on_order(order: Order) -> object:
        return value

    assert app(sqs({"id": 0}), LambdaContext()) == failed("m-0")


@pytest.mark.parametrize("value", [Response("no", 500), foreign_response(500)], ids=["ours", "Starlette's"])
def test_a_response_that_says_failure_is_one_for_events_too(value: object) -> None:
    app = App()

    @app.sns("alerts")
    def on_alert(text: str) -> object:
        return value

    with pytest.raises(ReplyError, match="on_alert returned a Response with status 500"):
        app(sns("fire"), LambdaContext())


def test_a_response_that_says_success_is_not_sent_to_who_cannot_read_it() -> None:
    app = App()

    @app.sns("alerts")
    def on_alert(text: str) -> Any:
        return Response("fine")

    assert app(sns("fire"), LambdaContext()) is None


def test_a_response_is_no_answer_to_a_trigger_that_reads_another_shape() -> None:
    app = App()

    @app.connect()
    def on_call() -> object:
        return Response("fine")

    with pytest.raises(ReplyError, match="answers a connect trigger with a Response, which only HTTP callers read"):
        app(sample("connect"), LambdaContext())


def test_a_response_answers_a_web_socket() -> None:
    app = App()

    @app.websocket("$connect")
    def on_connect() -> Response:
        return Response("no", 403)

    assert app(sample("apigw_websocket"), LambdaContext())["statusCode"] == 403


@pytest.mark.parametrize(
    ("register", "word"),
    [
        (lambda app: app.sqs("orders")(yields), "yields"),
        (lambda app: app.s3("photos")(yields_async), "yields"),
        (lambda app: app.kinesis("clicks")(returns_response), "returns a Response"),
        (lambda app: app.sqs("orders")(returns_stream), "returns a EventStream"),
        (lambda app: app.cloudwatch_logs()(returns_either), "returns a Response"),
    ],
)
def test_a_handler_whose_answer_nobody_reads_is_refused(register: Callable[[App], object], word: str) -> None:
    with pytest.raises(RegistrationError, match=word):
        register(App())


def yields() -> Iterator[int]:
    yield 1


async def yields_async() -> AsyncIterator[int]:
    yield 1


def returns_response() -> Response:
    return Response()


def returns_stream() -> EventStream:
    return EventStream([])


def returns_either() -> Response | None:
    return None


def test_an_awaitable_is_awaited_however_the_handler_looked(run: Run) -> None:
    handled: list[int] = []
    app = App()

    async def later(order: Order) -> None:
        await anyio.lowlevel.checkpoint()
        handled.append(order.id)

    @app.sqs("orders")
    @functools.wraps(later)
    def wrapped(order: Order) -> object:
        return later(order)

    def plain(order: Order) -> object:
        return later(order)

    app.sqs("bills")(plain)

    run(app, sqs(*orders(0, 1)))
    run(app, sqs({"id": 2}, queue="bills"))

    assert handled == [0, 1, 2]


# ---- direct invokes


def direct(value: object) -> App:
    app = App()

    @app.direct()
    def on_event() -> object:
        return value

    return app


@pytest.mark.parametrize("value", [None, {"a": 1}, [1, "2"], "text", 7, True, Order(id=7)], ids=repr)
def test_a_direct_invoke_is_answered_with_the_json_value(value: object, run: Run) -> None:
    expected = {"id": 7} if isinstance(value, Order) else value

    assert run(direct(value), {}) == expected


@pytest.mark.parametrize(
    "value", [Response("x"), BufferedResponse("x"), foreign_response(200)], ids=["Response", "Buffered", "Starlette's"]
)
def test_a_response_is_no_answer_to_a_direct_invoke(value: object) -> None:
    with pytest.raises(ReplyError, match="on_event answers a direct invoke with a Response"):
        direct(value)({}, LambdaContext())


def test_body_and_status_are_no_answer_to_a_direct_invoke() -> None:
    with pytest.raises(ReplyError, match=r"with \(body, status\): return the JSON value itself"):
        direct(("x", 200))({}, LambdaContext())


@pytest.mark.parametrize(
    ("items", "answer"),
    [
        (["a", "b"], "ab"),
        ([1, {"b": 2}], [1, {"b": 2}]),
        (["a", 1], ["a", 1]),
        ([], []),
        ([ServerSentEvent("x", event="e")], "event: e\ndata: x\n\n"),
    ],
)
@pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])
def test_what_a_direct_handler_yields_is_collected(items: list[Any], answer: Any, is_async: bool, run: Run) -> None:
    app = App()

    def on_event() -> Iterator[Any]:
        yield from items

    async def on_event_async() -> AsyncIterator[Any]:
        for item in items:
            yield item

    app.direct()(on_event_async if is_async else on_event)

    assert run(app, {}) == answer


def test_a_stream_that_is_collected_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(2):
        direct(iter("ab"))({}, LambdaContext())

    (line,) = (line for line in caplog.messages if "yields its answer" in line)
    assert line.startswith(
        "on_event yields its answer, and a direct invoke does not stream here: it is collected first"
    )
    assert "response_stream=True" in line


def test_a_stream_of_events_has_no_end_that_a_direct_invoke_could_wait_for() -> None:
    with pytest.raises(ReplyError, match="on_event answers with an EventStream, and a direct invoke is not configured"):
        direct(EventStream(["a"]))({}, LambdaContext())


def test_a_stream_of_events_that_ends_soon_is_collected() -> None:
    assert direct(EventStream(["a"], buffer=True))({}, LambdaContext()) == "data: a\n\n"


def test_bytes_have_no_place_in_the_answer_to_a_direct_invoke() -> None:
    with pytest.raises(ReplyError, match="which has no bytes"):
        direct(iter([b"a"]))({}, LambdaContext())


def test_collecting_stops_at_the_limit_and_closes_the_stream() -> None:
    log: list[str] = []
    app = App()

    @app.direct()
    def on_event() -> Iterator[str]:
        try:
            while True:
                yield "x" * 1_000_000
        finally:
            log.append("closed")

    with pytest.raises(ResponseTooLargeError):
        app({}, LambdaContext())

    assert log == ["closed"]


def test_a_stream_that_breaks_is_the_handler_s_failure() -> None:
    app = App()

    @app.direct()
    def on_event() -> Iterator[str]:
        yield "a"
        raise Refused

    with pytest.raises(Refused):
        app({}, LambdaContext())


def test_an_exception_handler_answers_for_a_stream_that_breaks() -> None:
    app = App()

    @app.direct()
    def on_event() -> Iterator[str]:
        yield "a"
        raise Refused

    @app.exception_handler(Refused)
    def on_refused(error: Refused) -> str:
        return "instead"

    assert app({}, LambdaContext()) == "instead"


def test_a_stream_that_ends_the_process_ends_it() -> None:
    app = App()

    @app.direct()
    def on_event() -> Iterator[str]:
        yield "a"
        raise SystemExit

    with pytest.raises(SystemExit):
        app({}, LambdaContext())


# ------------------------------------------------------------------------------------- sources that are answered per record


def transforming(handler: Callable[..., object]) -> App:
    app = App()
    app.firehose()(handler)
    return app


def test_a_delivery_is_answered_with_the_data_of_every_record(run: Run) -> None:
    event = sample("firehose")
    seen: list[str] = []

    def transform(text: str) -> object:
        seen.append(text)
        if len(seen) == 1:
            return DROPPED
        if len(seen) == 2:
            raise ProcessingFailed
        return text.upper()

    answer = run(transforming(transform), event)

    assert [each["recordId"] for each in answer["records"]] == [each["recordId"] for each in event["records"]]
    assert [each["result"] for each in answer["records"]][:2] == ["Dropped", "ProcessingFailed"]
    assert all("data" in each for each in answer["records"])


def test_a_delivery_that_failed_for_now_is_raised_so_that_firehose_calls_again(run: Run) -> None:
    def transform(text: str) -> str:
        raise Refused

    with pytest.raises((Refused, ExceptionGroup)):
        run(transforming(transform), sample("firehose"))


def test_a_delivery_that_ran_out_of_time_is_raised_so_that_firehose_calls_again() -> None:
    context = Countdown(60)

    def transform(text: str) -> str:
        context.spend(58)
        return text

    with pytest.raises(NotReachedError):
        transforming(transform)(sample("firehose"), context)


def test_a_delivery_is_never_left_without_data() -> None:
    def transform(text: str) -> None: ...

    with pytest.raises(ReplyError, match="Firehose"):
        transforming(transform)(sample("firehose"), LambdaContext())


@pytest.mark.parametrize(
    ("error", "code"), [(None, "Succeeded"), (Refused(), "TemporaryFailure"), (PayloadError([]), "PermanentFailure")]
)
def test_a_task_is_answered_by_what_another_try_could_do(error: Exception | None, code: str, run: Run) -> None:
    app = App()

    @app.s3_batch()
    def on_task() -> str:
        if error is not None:
            raise error
        return "done"

    answer = run(app, sample("s3_batch"))

    assert {each["resultCode"] for each in answer["results"]} == {code}
    assert answer["treatMissingKeysAs"] == "PermanentFailure"


def test_an_error_that_is_returned_is_a_failure(run: Run) -> None:
    app = App()

    @app.direct()
    def handle(value: str) -> object:
        return ValueError("secret")

    with pytest.raises(ReplyError, match="handle returned a ValueError: raise it"):
        run(app, "x")
