"""What becomes of records that can never succeed, and what an exception handler may say of a failure."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import Any

import anyio
import pytest

from eventrouter import (
    ACK,
    App,
    HTTPException,
    Invocation,
    LambdaContext,
    NoRouteError,
    Pattern,
    PayloadError,
    ReplyError,
    Response,
    Source,
    parse,
)
from eventrouter._report import NAMESPACE_VARIABLE
from tests.deliveries import (
    S3_TEST_EVENT,
    Run,
    confirmation,
    failed,
    kinesis,
    registered,
    sns,
    sqs,
)
from tests.handlers import Order, Refused, on_sqs, orders, refusing

# -------------------------------------------------------------------------------------- what can never succeed: policies


def policies(which: str, policy: Any, **options: Any) -> App:
    """An app for orders that are paid; ``which`` of them is left to *policy*."""
    app = App(failures="report", **{which: policy}, **options)

    @app.sqs("orders", where={"paid": [True]})
    def on_paid(order: Order) -> None: ...

    return app


#: A body that the one route of :func:`policies` can never take, per policy.
HOPELESS = {"invalid": {"paid": True, "id": "secret"}, "unmatched": {"paid": False, "id": "secret"}}
every_policy = pytest.mark.parametrize("which", ["invalid", "unmatched"])


@every_policy
def test_what_can_never_succeed_is_retried_unless_it_is_said_otherwise(which: str) -> None:
    app = policies(which, "retry")

    assert app(sqs(HOPELESS[which]), LambdaContext()) == failed("m-0")


@every_policy
def test_a_dropped_record_is_acknowledged_and_told_by_its_id_and_the_kind_of_error(
    which: str, caplog: pytest.LogCaptureFixture
) -> None:
    app = policies(which, "drop")

    assert app(sqs(HOPELESS[which]), LambdaContext()) == {"batchItemFailures": []}

    kind = "PayloadError (int_parsing)" if which == "invalid" else "NoRouteError"
    assert caplog.messages == [f"dropped a sqs record, as {which}='drop' says: id m-0, {kind}"]


@every_policy
def test_a_dropped_record_is_counted(
    which: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(NAMESPACE_VARIABLE, "Shop")
    app = policies(which, "drop")

    app(sqs(HOPELESS[which]), LambdaContext())

    line = json.loads(capsys.readouterr().out)
    assert (line["BatchItemsDropped"], line["Source"]) == (1, "sqs")
    assert line["_aws"]["CloudWatchMetrics"][0]["Namespace"] == "Shop"


@every_policy
@pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])
def test_a_function_that_returns_acknowledges_the_record(which: str, is_async: bool, run: Run) -> None:
    given: list[tuple[str, str]] = []

    def dead_letter(record: Any, error: BaseException) -> str:
        given.append((record["messageId"], type(error).__name__))
        return "what it returns means nothing"

    async def dead_letter_async(record: Any, error: BaseException) -> None:
        await anyio.lowlevel.checkpoint()
        dead_letter(record, error)

    app = policies(which, dead_letter_async if is_async else dead_letter)

    assert run(app, sqs(HOPELESS[which])) == {"batchItemFailures": []}
    assert given == [("m-0", "PayloadError" if which == "invalid" else "NoRouteError")]


@every_policy
@pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])
def test_a_function_that_raises_fails_the_record(which: str, is_async: bool) -> None:
    def dead_letter(record: Any, error: BaseException) -> None:
        raise Refused("the dead-letter queue is full")

    async def dead_letter_async(record: Any, error: BaseException) -> None:
        dead_letter(record, error)

    app = policies(which, dead_letter_async if is_async else dead_letter)

    assert app(sqs(HOPELESS[which]), LambdaContext()) == failed("m-0")


@every_policy
def test_a_function_that_ends_the_process_ends_it(which: str) -> None:
    def dead_letter(record: Any, error: BaseException) -> None:
        raise SystemExit

    app = policies(which, dead_letter)

    with pytest.raises(SystemExit):
        app(sqs(HOPELESS[which]), LambdaContext())


def test_a_policy_is_not_asked_about_a_handler_s_own_failures() -> None:
    def never(record: Any, error: BaseException) -> None:
        raise AssertionError("never called")

    app = policies("invalid", never)
    app.sqs("bills")(refusing(1))

    assert app(sqs({"id": 1}, queue="bills"), LambdaContext()) == failed("m-0")


def parses(order: Order) -> None:
    parse({"Records": [{"eventSource": "aws:sqs", "body": 1}]})


def calls_another_app(order: Order) -> None:
    App()({"detail-type": "x", "source": "y", "detail": {}}, LambdaContext())


@pytest.mark.parametrize("handler", [parses, calls_another_app])
def test_the_same_errors_out_of_a_handler_s_own_code_are_never_dropped(handler: Callable[..., Any]) -> None:
    app = on_sqs(handler, failures="report", invalid="drop", unmatched="drop")

    assert app(sqs({"id": 1}), LambdaContext()) == failed("m-0")


@pytest.mark.parametrize("setting", ["invalid", "unmatched"])
def test_nothing_is_dropped_where_somebody_waits_for_an_answer(setting: str) -> None:
    app = App(**{setting: "drop"})  # type: ignore[arg-type]

    @app.direct(where={"paid": [True]})
    def on_order(order: Order) -> None: ...

    with pytest.raises((PayloadError, NoRouteError)):
        app(HOPELESS[setting], LambdaContext())


def test_dropping_a_record_of_a_stream_lets_the_next_one_go_on() -> None:
    log: list[int] = []
    app = App(failures="report", invalid="drop")
    app.kinesis("clicks")(refusing(log=log))

    assert app(kinesis("nope", {"id": 1}), LambdaContext()) == {"batchItemFailures": []}
    assert log == [1]


def test_a_record_that_nobody_ever_sees_by_id_is_dropped_all_the_same(caplog: pytest.LogCaptureFixture) -> None:
    def detect(event: object) -> bool:
        return isinstance(event, dict) and event.get("kind") == "nameless"

    nameless = Source("nameless", detect=detect, payload=lambda record: record["text"], acknowledges=True)

    with registered(nameless):
        app = App(invalid="drop")
        app.on(Pattern("nameless"))(refusing())

        assert app({"kind": "nameless", "text": "nope"}, LambdaContext()) is None

    assert "id None, PayloadError (json_invalid)" in caplog.text


@pytest.mark.parametrize("body", ["nope", '{"no": 1}'], ids=["invalid", "unmatched"])
def test_a_record_that_blocks_its_order_is_told_once_with_what_to_do(
    body: str, caplog: pytest.LogCaptureFixture
) -> None:
    app = App(failures="report")
    app.kinesis("clicks", where={"id": [{"exists": True}]})(refusing())

    for _ in range(2):
        app(kinesis(body), LambdaContext())

    which = "invalid" if body == "nope" else "unmatched"
    (line,) = [line for line in caplog.messages if "holds up what follows it" in line]
    assert line.startswith("a kinesis record that can never succeed")
    assert f"{which}='drop', or a function that puts it aside" in line


@pytest.mark.parametrize("event", [sqs("nope"), kinesis({"id": 1})], ids=["no order", "an ordinary failure"])
def test_what_blocks_nothing_or_may_succeed_yet_is_not_warned_of(event: Any, caplog: pytest.LogCaptureFixture) -> None:
    app = App(failures="report")
    app.kinesis("clicks")(refusing(1))
    app.sqs("orders")(refusing())

    app(event, LambdaContext())

    assert "holds up" not in caplog.text


# ---- control messages


@pytest.mark.parametrize(
    ("body", "name"),
    [
        (S3_TEST_EVENT, "s3:TestEvent"),
        (confirmation(), "SubscriptionConfirmation"),
        (confirmation("UnsubscribeConfirmation"), "UnsubscribeConfirmation"),
    ],
)
def test_a_control_message_in_a_queue_is_acknowledged_and_logged(
    body: Any, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    app = on_sqs(refusing(), failures="report")

    assert app(sqs(body), LambdaContext()) == {"batchItemFailures": []}
    assert caplog.messages == [f"acknowledged a control message: {name}"]


def test_a_control_message_that_a_topic_delivers_is_acknowledged() -> None:
    app = App()
    app.sns("alerts")(refusing())

    assert app(sns(S3_TEST_EVENT), LambdaContext()) is None


@pytest.mark.parametrize(
    "body",
    [
        {**S3_TEST_EVENT, "Event": "s3:ObjectCreated:Put"},
        {**S3_TEST_EVENT, "Bucket": None},
        {**confirmation(), "Type": "Notification"},
        {**confirmation(), "TopicArn": "not-an-arn"},
        {"Message": json.dumps(S3_TEST_EVENT)},
        "nope",
        "",
    ],
    ids=str,
)
def test_what_only_looks_like_a_control_message_is_a_failure(body: Any) -> None:
    app = on_sqs(refusing(), failures="report")

    assert app(sqs(body), LambdaContext()) == failed("m-0")


@pytest.mark.parametrize("part", ["body", "Sns"])
def test_a_record_without_a_payload_is_no_control_message(part: str) -> None:
    app = App(failures="report")
    app.sqs("orders")(refusing())
    app.sns("alerts")(refusing())
    event = sqs({"id": 1}) if part == "body" else sns({"id": 1})
    event["Records"][0][part] = None if part == "body" else {"TopicArn": event["Records"][0]["Sns"]["TopicArn"]}

    if part == "body":
        assert app(event, LambdaContext()) == failed("m-0")
    else:
        with pytest.raises(PayloadError, match="missing"):
            app(event, LambdaContext())


# ------------------------------------------------------------------------------------------------- exception handlers


@pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])
def test_an_exception_handler_is_run_and_the_record_still_fails(is_async: bool, run: Run) -> None:
    seen: list[tuple[str, str]] = []
    app = on_sqs(refusing(1), failures="report")

    def on_refused(invocation: Invocation, error: Refused) -> str:
        seen.append((invocation.source.name, str(error)))
        return "no answer that a queue reads"

    async def on_refused_async(invocation: Invocation, error: Refused) -> str:
        await anyio.lowlevel.checkpoint()
        return on_refused(invocation, error)

    app.exception_handler(Refused)(on_refused_async if is_async else on_refused)

    assert run(app, sqs(*orders(0, 1))) == failed("m-1")
    assert seen == [("sqs", "1")]


def test_ack_counts_the_record_as_handled() -> None:
    app = on_sqs(refusing(0), failures="report")

    @app.exception_handler(Refused)
    def on_refused(error: Refused) -> object:
        return ACK

    assert app(sqs(*orders(0, 1)), LambdaContext()) == {"batchItemFailures": []}


def test_ack_opens_the_way_for_the_rest_of_a_shard() -> None:
    log: list[int] = []
    app = App(failures="report")
    app.kinesis("clicks")(refusing(0, log=log))

    @app.exception_handler(Refused)
    def on_refused(error: Refused) -> object:
        return ACK

    assert app(kinesis(*orders(0, 1)), LambdaContext()) == {"batchItemFailures": []}
    assert log == [0, 1]


def test_ack_is_no_answer_to_whoever_waits_for_one() -> None:
    app = App()

    @app.direct()
    def on_order(order: Order) -> None:
        raise Refused

    @app.exception_handler(Refused)
    def on_refused(error: Refused) -> object:
        return ACK

    with pytest.raises(ReplyError, match="returned ACK, and a direct trigger waits for an answer") as caught:
        app({"id": 1}, LambdaContext())

    assert isinstance(caught.value.__context__, Refused)


def test_an_exception_handler_that_fails_fails_the_record() -> None:
    app = on_sqs(refusing(0))

    @app.exception_handler(Refused)
    def on_refused(error: Refused) -> None:
        raise ValueError

    with pytest.raises(ValueError) as caught:
        app(sqs({"id": 0}), LambdaContext())

    assert isinstance(caught.value.__context__, Refused)


def test_an_exception_handler_that_ends_the_process_ends_it() -> None:
    app = on_sqs(refusing(0), failures="report")

    @app.exception_handler(Refused)
    def on_refused(error: Refused) -> None:
        raise SystemExit

    with pytest.raises(SystemExit):
        app(sqs({"id": 0}), LambdaContext())


def test_an_exception_handler_sees_what_does_not_validate_and_what_nobody_takes() -> None:
    seen: list[str] = []
    app = App(failures="report")
    app.sqs("orders", where={"id": [{"exists": True}]})(refusing())

    @app.exception_handler(Exception)
    def on_error(error: Exception) -> None:
        seen.append(type(error).__name__)

    app(sqs({"id": "x"}, {"no": 1}), LambdaContext())

    assert seen == ["PayloadError", "NoRouteError"]


def test_what_an_exception_handler_returns_answers_a_direct_invoke(run: Run) -> None:
    app = App()

    @app.direct()
    def on_order(order: Order) -> None:
        raise HTTPException(404, "no such order")

    @app.exception_handler(404)
    def on_missing(error: HTTPException) -> dict[str, object]:
        return {"missing": True}

    assert run(app, {"id": 1}) == {"missing": True}


@pytest.mark.parametrize("answer", [Response("no", 404), ("no", 404)], ids=["Response", "pair"])
def test_an_exception_handler_does_not_answer_a_direct_invoke_as_if_it_were_http(answer: object) -> None:
    app = App()

    @app.direct()
    def on_order(order: Order) -> None:
        raise Refused

    @app.exception_handler(Refused)
    def on_refused(error: Refused) -> object:
        return answer

    with pytest.raises(ReplyError, match="with the JSON value itself"):
        app({"id": 1}, LambdaContext())
