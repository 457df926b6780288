"""Tumbling windows: the state goes from record to record and from batch to batch, and is always answered."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated, Any

import anyio
import pytest
from pydantic import BaseModel

from eventrouter import (
    ACK,
    App,
    Batch,
    Change,
    Depends,
    DynamoDBRecord,
    HandlerCancelledError,
    Invocation,
    KinesisRecord,
    LambdaContext,
    NoRouteError,
    RegistrationError,
    ReplyError,
    Response,
    ResponseValidationError,
    Window,
)
from eventrouter._window import MAX_STATE
from tests.deliveries import Countdown, Run, failed, kinesis, sample, window


class Click(BaseModel):
    ms: int


class Total(BaseModel):
    ms: int = 0
    clicks: int = 0


@dataclass
class Pages:
    seen: list[int] = field(default_factory=list)


class Refused(Exception):
    """What the handlers here raise."""


def clicks(*ms: object) -> dict[str, Any]:
    return kinesis(*[{"ms": each} for each in ms])


def summing(*bad: int) -> Callable[[Click | None, Window[Total]], Total]:
    """A handler that adds up, and refuses the clicks *bad*."""

    def on_click(click: Click | None, window: Window[Total]) -> Total:
        if click is None:
            return window.state
        if click.ms in bad:
            window.state.ms = -1
            raise Refused
        return Total(ms=window.state.ms + click.ms, clicks=window.state.clicks + 1)

    return on_click


def on_clicks(handler: Callable[..., object], **options: Any) -> App:
    app = App(**options)
    app.kinesis("clicks")(handler)
    return app


# ---- state


def test_each_record_s_value_is_the_state_of_the_next(run: Run) -> None:
    app = on_clicks(summing())

    answer = run(app, window(clicks(1, 2, 3), state={"ms": 10, "clicks": 1}))

    assert answer == {"state": {"ms": 16, "clicks": 4}, "batchItemFailures": []}


@pytest.mark.parametrize("state", [None, {}], ids=repr)
def test_a_window_starts_with_a_state_made_of_nothing(state: object) -> None:
    event = window(clicks(5))
    event["state"] = state

    assert on_clicks(summing())(event, LambdaContext())["state"] == {"ms": 5, "clicks": 1}


def test_a_state_that_cannot_be_made_of_nothing_starts_as_none() -> None:
    seen: list[object] = []

    def on_click(click: Click | None, window: Window[Click]) -> Click:
        seen.append(window.state)
        assert click is not None
        return click

    assert on_clicks(on_click)(window(clicks(1, 2)), LambdaContext())["state"] == {"ms": 2}
    assert seen == [None, Click(ms=1)]


def test_a_state_of_a_plain_class_starts_as_one() -> None:
    def on_click(click: Click | None, window: Window[Pages]) -> Pages:
        assert click is not None
        window.state.seen.append(click.ms)
        return window.state

    assert on_clicks(on_click)(window(clicks(1, 2)), LambdaContext())["state"] == {"seen": [1, 2]}


@pytest.mark.parametrize("annotation", [Window, Window[dict[str, Any]], Window[dict]], ids=str)  # type: ignore[type-arg]
def test_a_state_may_be_any_json_object(annotation: Any) -> None:
    def on_click(click: Click | None, window: Any) -> Any:
        assert click is not None
        return {**window.state, str(click.ms): True}

    on_click.__annotations__["window"] = annotation

    assert on_clicks(on_click)(window(clicks(1, 2)), LambdaContext())["state"] == {"1": True, "2": True}


def test_a_state_that_is_changed_in_place_is_kept_as_well(run: Run) -> None:
    async def on_click(click: Click | None, window: Window[Total]) -> None:
        await anyio.lowlevel.checkpoint()
        assert click is not None
        window.state.ms += click.ms

    assert run(on_clicks(on_click), window(clicks(1, 2)))["state"] == {"ms": 3, "clicks": 0}


def test_no_state_at_all_is_an_empty_one() -> None:
    def on_click(click: Click | None, window: Window[Total | None]) -> None:
        window.state = None

    assert on_clicks(on_click)(window(clicks(1)), LambdaContext()) == {"state": {}, "batchItemFailures": []}


def test_the_window_tells_its_bounds() -> None:
    seen: list[object] = []

    def on_click(click: Click | None, window: Window[Total]) -> None:
        seen.extend([window.start, window.end, window.shard, window.arn, window.early, window.event["Records"]])

    event = window(clicks(1), early=True)
    on_clicks(on_click)(event, LambdaContext())

    assert seen == [
        "2025-02-03T08:14:00Z",
        "2025-02-03T08:16:00Z",
        "shardId-000000000002",
        "arn:aws:kinesis:eu-central-1:123456789012:stream/clicks",
        True,
        event["Records"],
    ]


def test_the_event_s_own_state_is_not_touched() -> None:
    def on_click(click: Click | None, window: Window) -> None:  # type: ignore[type-arg]
        window.state["list"].append(1)

    event = window(clicks(1), state={"list": []})
    answer = on_clicks(on_click)(event, LambdaContext())

    assert event["state"] == {"list": []}
    assert answer["state"] == {"list": [1]}


# ---- the end


def test_a_window_ends_with_one_more_call_whose_value_is_the_result(run: Run) -> None:
    seen: list[tuple[object, bool]] = []

    def on_click(click: Click | None, window: Window[Total]) -> Total:
        seen.append((click, window.final))
        return summing()(click, window) if click else Total(ms=window.state.ms * 100)

    answer = run(on_clicks(on_click), window(clicks(1, 2), final=True))

    assert answer == {"state": {"ms": 300, "clicks": 0}, "batchItemFailures": []}
    assert seen == [(Click(ms=1), False), (Click(ms=2), False), (None, True)]


def test_an_end_without_records_carries_the_aggregate(run: Run) -> None:
    answer = run(on_clicks(summing()), window(kinesis(), state={"ms": 7, "clicks": 2}, final=True))

    assert answer == {"state": {"ms": 7, "clicks": 2}, "batchItemFailures": []}


def test_a_table_s_window_ends_too() -> None:
    seen: list[object] = []
    app = App()

    @app.dynamodb("orders", event="INSERT")
    def on_visit(change: Change[dict[str, Any]] | None, window: Window[Total]) -> Total:
        seen.append(change)
        return window.state

    answer = app({**sample("dynamodb-window-end"), "state": {"ms": 7}}, LambdaContext())

    assert answer["state"] == {"ms": 7, "clicks": 0}
    assert seen == [None]


def test_an_end_that_nobody_takes_is_an_error() -> None:
    with pytest.raises(NoRouteError, match=r'no kinesis route accepts stream=.clicks.*@app.kinesis\("clicks"\)'):
        App()(window(kinesis(), final=True), LambdaContext())


def test_a_window_ends_with_the_route_that_has_no_condition() -> None:
    log: list[str] = []
    app = App()

    @app.kinesis("clicks", where={"ms": [1]})
    def on_one(click: Click | None, window: Window[Total]) -> None:
        log.append("one")

    @app.kinesis("clicks")
    def on_click(click: Click | None, window: Window[Total]) -> None:
        log.append("any")

    app(window(clicks(1), final=True), LambdaContext())

    assert log == ["one", "any"]


def test_a_window_ends_with_a_conditional_route_where_there_is_no_other() -> None:
    log: list[object] = []
    app = App()

    @app.kinesis("clicks", where={"ms": [1]})
    def on_one(click: Click | None, window: Window[Total]) -> None:
        log.append(click)

    app(window(kinesis(), final=True), LambdaContext())

    assert log == [None]


@pytest.mark.parametrize("failures", ["raise", "report"])
@pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])
def test_an_end_that_fails_is_raised_since_it_has_no_record_to_name(failures: Any, is_async: bool, run: Run) -> None:
    def on_click(click: Click | None, window: Window[Total]) -> None:
        raise Refused

    async def on_click_async(click: Click | None, window: Window[Total]) -> None:
        raise Refused

    app = on_clicks(on_click_async if is_async else on_click, failures=failures)

    with pytest.raises(Refused):
        run(app, window(kinesis(), final=True))


def test_an_exception_handler_sees_an_end_that_fails_and_may_deal_with_it() -> None:
    seen: list[str] = []

    def on_click(click: Click | None, window: Window[Total]) -> None:
        raise Refused

    app = on_clicks(on_click)

    @app.exception_handler(Refused)
    def on_refused(invocation: Invocation, error: Refused) -> object:
        seen.append(invocation.source.name)
        return ACK

    answer = app(window(kinesis(), state={"ms": 1}, final=True), LambdaContext())

    assert answer == {"state": {"ms": 1}, "batchItemFailures": []}
    assert seen == ["kinesis"]


def test_an_end_that_is_cancelled_from_inside_is_a_failure() -> None:
    def on_click(click: Click | None, window: Window[Total]) -> None:
        raise asyncio.CancelledError

    with pytest.raises(HandlerCancelledError):
        on_clicks(on_click)(window(kinesis(), final=True), LambdaContext())


@pytest.mark.parametrize("kind", [SystemExit, StopIteration])
def test_an_end_raises_what_its_handler_raises(kind: type[BaseException]) -> None:
    def on_click(click: Click | None, window: Window[Total]) -> None:
        raise kind("mine")

    with pytest.raises(kind, match="mine"):
        on_clicks(on_click)(window(kinesis(), final=True), LambdaContext())


def test_a_window_does_not_end_while_a_record_of_it_failed() -> None:
    log: list[object] = []

    def on_click(click: Click | None, window: Window[Total]) -> None:
        log.append(click)
        raise Refused

    app = on_clicks(on_click, failures="report")

    assert app(window(clicks(1, 2), final=True), LambdaContext()) == {"state": {}, **failed("100")}
    assert log == [Click(ms=1)]


# ---- failures


def test_a_failed_record_leaves_the_state_of_the_last_good_one(run: Run) -> None:
    app = on_clicks(summing(2), failures="report")

    assert run(app, window(clicks(1, 2, 3))) == {"state": {"ms": 1, "clicks": 1}, **failed("101")}


def test_what_a_handler_changed_before_it_failed_does_not_stay() -> None:
    def on_click(click: Click | None, window: Window[dict[str, Any]]) -> None:
        assert click is not None
        window.state.setdefault("seen", []).append(click.ms)
        if click.ms == 2:
            raise Refused

    app = on_clicks(on_click, failures="report")

    assert app(window(clicks(1, 2)), LambdaContext()) == {"state": {"seen": [1]}, **failed("101")}


def test_a_failed_record_is_raised_where_failures_raise(run: Run) -> None:
    with pytest.raises(Refused):
        run(on_clicks(summing(2)), window(clicks(1, 2, 3)))


def test_a_record_that_does_not_validate_stops_the_shard() -> None:
    app = on_clicks(summing(), failures="report")

    assert app(window(clicks(1, "x", 3)), LambdaContext()) == {"state": {"ms": 1, "clicks": 1}, **failed("101")}


def test_a_dropped_record_lets_the_window_go_on() -> None:
    app = on_clicks(summing(), failures="report", invalid="drop")

    assert app(window(clicks(1, "x", 3)), LambdaContext()) == {"state": {"ms": 4, "clicks": 2}, "batchItemFailures": []}


def test_an_exception_handler_may_deal_with_a_record() -> None:
    app = on_clicks(summing(2), failures="report")

    @app.exception_handler(Refused)
    def on_refused(error: Refused) -> object:
        return ACK

    assert app(window(clicks(1, 2, 3)), LambdaContext()) == {"state": {"ms": 4, "clicks": 2}, "batchItemFailures": []}


def test_a_record_that_nobody_takes_stops_the_shard() -> None:
    app = App(failures="report")
    app.kinesis("clicks", where={"ms": [1]})(summing())

    assert app(window(clicks(1, 2)), LambdaContext()) == {"state": {"ms": 1, "clicks": 1}, **failed("101")}


def test_a_record_that_is_cancelled_from_inside_fails_and_leaves_the_state() -> None:
    def on_click(click: Click | None, window: Window[Total]) -> None:
        raise asyncio.CancelledError

    app = on_clicks(on_click, failures="report")

    assert app(window(clicks(1), state={"ms": 3}), LambdaContext()) == {"state": {"ms": 3}, **failed("100")}


def test_without_memory_nothing_more_is_started() -> None:
    log: list[object] = []

    def on_click(click: Click | None, window: Window[Total]) -> None:
        log.append(click)
        raise MemoryError

    app = on_clicks(on_click, failures="report")

    assert app(window(clicks(1, 2), final=True), LambdaContext()) == {"state": {}, **failed("100")}
    assert log == [Click(ms=1)]


def test_what_ends_the_process_ends_it() -> None:
    log: list[object] = []

    def on_click(click: Click | None, window: Window[Total]) -> None:
        log.append(click)
        raise SystemExit

    with pytest.raises(SystemExit):
        on_clicks(on_click)(window(clicks(1, 2), final=True), LambdaContext())

    assert log == [Click(ms=1)]


def test_no_record_is_started_that_may_not_end_in_time() -> None:
    context = Countdown(60)

    def on_click(click: Click | None, window: Window[Total]) -> Total:
        context.spend(40)
        return summing()(click, window)

    app = on_clicks(on_click, failures="report")

    assert app(window(clicks(1, 2, 3), final=True), context) == {"state": {"ms": 1, "clicks": 1}, **failed("101")}


@pytest.mark.parametrize("final", [False, True])
def test_a_handler_that_does_not_ask_for_the_window_is_told_to(final: bool) -> None:
    log: list[object] = []
    app = App(failures="report")

    @app.kinesis("clicks")
    def on_click(click: Click) -> None:
        log.append(click)

    with pytest.raises(
        ReplyError, match=r"on_click handles a stream with a tumbling window.*`window: Window\[State\]`"
    ):
        app(window(kinesis() if final else clicks(1, 2), final=final), LambdaContext())

    assert log == []


@pytest.mark.parametrize("value", [7, "text", [1], Response("no", 500)], ids=repr)
def test_a_value_that_is_no_state_fails_its_record(value: object) -> None:
    def on_click(click: Click | None, window: Window[Total]) -> object:
        return value

    app = on_clicks(on_click, failures="report")

    assert app(window(clicks(1)), LambdaContext()) == {"state": {}, **failed("100")}


@pytest.mark.parametrize("size", [MAX_STATE // 2, MAX_STATE + 1])
def test_a_state_that_lambda_does_not_keep_is_an_error(size: int) -> None:
    def on_click(click: Click | None, window: Window[dict[str, str]]) -> dict[str, str]:
        return {"text": "x" * size}

    app = on_clicks(on_click)

    if size < MAX_STATE:
        assert len(app(window(clicks(1)), LambdaContext())["state"]["text"]) == size
    else:
        with pytest.raises(ReplyError, match="the state of a window has more than 1048576 bytes"):
            app(window(clicks(1)), LambdaContext())


def test_a_state_that_no_longer_validates_is_no_reason_to_drop_records() -> None:
    app = on_clicks(summing(), failures="report", invalid="drop")

    assert app(window(clicks(1), state={"ms": "x"}), LambdaContext()) == {"state": {"ms": "x"}, **failed("100")}


def test_a_state_that_no_longer_validates_is_told_by_place_and_type() -> None:
    with pytest.raises(ResponseValidationError, match="response of an earlier call of the window .* ms: int_parsing"):
        on_clicks(summing())(window(clicks(1), state={"ms": "hunter2"}), LambdaContext())


def test_failures_of_a_window_are_told(caplog: pytest.LogCaptureFixture) -> None:
    on_clicks(summing(2), failures="report")(window(clicks(1, 2)), LambdaContext())

    assert "1 of 2 kinesis records failed and will be delivered again: shard:101: Refused" in caplog.text


# ---- beside other parameters


def test_dependencies_and_records_go_with_a_window(run: Run) -> None:
    seen: list[object] = []

    async def opened() -> str:
        await anyio.lowlevel.checkpoint()
        return "session"

    app = App()

    @app.kinesis("clicks")
    def on_click(
        record: KinesisRecord[Click] | None,
        click: Click | None,
        window: Window[Total],
        session: Annotated[str, Depends(opened)],
    ) -> Total:
        seen.append((record and record.kinesis.partitionKey, click and click.ms, session))
        return window.state

    run(app, window(clicks(4), final=True))

    assert seen == [("visitor-3", 4, "session"), (None, None, "session")]


def test_a_window_alone_is_enough() -> None:
    def on_click(window: Window[Total]) -> Total:
        return Total(clicks=window.state.clicks + (not window.final))

    assert on_clicks(on_click)(window(clicks(1, 2), final=True), LambdaContext())["state"] == {"ms": 0, "clicks": 2}


def payload_without_none(click: Click, window: Window[Total]) -> None: ...
def record_without_none(record: KinesisRecord[Click], window: Window[Total]) -> None: ...
def change_without_none(change: Change[Click], window: Window[Total]) -> None: ...
def row_without_none(record: DynamoDBRecord[Click], window: Window[Total]) -> None: ...
def batch(batch: Batch[Click], window: Window[Total]) -> None: ...
def only_a_window(window: Window[Total]) -> None: ...
def counting(window: Window[int]) -> None: ...
def listing(window: Window[list[int]]) -> None: ...


@pytest.mark.parametrize(
    ("register", "words"),
    [
        (lambda app: app.kinesis("c")(payload_without_none), r"annotate 'click' as `Click \| None`"),
        (lambda app: app.kinesis("c")(record_without_none), r"annotate 'record' with `\| None`"),
        (lambda app: app.dynamodb("t")(change_without_none), r"annotate 'change' with `\| None`"),
        (lambda app: app.dynamodb("t")(row_without_none), r"annotate 'record' with `\| None`"),
        (lambda app: app.kinesis("c")(batch), "Window and Batch do not go together"),
        (lambda app: app.sqs("q")(only_a_window), "only Kinesis and DynamoDB streams have tumbling windows"),
        (lambda app: app.kinesis("c")(counting), r"a window's state is a JSON object.*not Window\[int\]"),
        (lambda app: app.kinesis("c")(listing), r"a window's state is a JSON object.*not Window\[list\[int\]\]"),
    ],
)
def test_what_cannot_work_is_refused(register: Callable[[App], object], words: str) -> None:
    with pytest.raises(RegistrationError, match=words):
        register(App())
