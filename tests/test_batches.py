"""Batches: what failed comes back and nothing else is lost, whoever delivered it."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from eventrouter import (
    App,
    Change,
    LambdaContext,
    LogEvent,
    NoRouteError,
    PayloadError,
    S3Record,
    SqsEvent,
)
from eventrouter._report import NAMESPACE_VARIABLE
from eventrouter.sources._batch import RAISED
from tests.deliveries import (
    S3_TEST_EVENT,
    Run,
    documentdb,
    dynamodb,
    eventbridge,
    failed,
    kafka,
    kinesis,
    logs,
    pipes,
    rabbitmq,
    s3,
    sns,
    sqs,
)
from tests.handlers import Order, Refused, fifo, on_sqs, orders, refusing

# ---------------------------------------------------------------------------------------------- raised or reported by name

#: The sources with batchItemFailures: the event of three orders, how each is named, and the failures of the second.
REPORTING: dict[str, tuple[Callable[[App], Callable[..., Any]], Any, list[object]]] = {
    "sqs": (lambda app: app.sqs("orders"), sqs(*orders(0, 1, 2)), ["m-1"]),
    "sqs through Pipes": (lambda app: app.sqs("orders"), pipes(sqs(*orders(0, 1, 2))), ["m-1"]),
    "sqs fifo": (lambda app: app.sqs(), sqs(*orders(0, 1, 2), queue="o.fifo", groups=["a", "b", "b"]), ["m-1", "m-2"]),
    "kinesis": (lambda app: app.kinesis("clicks"), kinesis(*orders(0, 1, 2)), ["101"]),
    "kinesis through Pipes": (lambda app: app.kinesis("clicks"), pipes(kinesis(*orders(0, 1, 2))), ["shard:101"]),
    "kafka": (
        lambda app: app.kafka("orders"),
        kafka({"orders-0": orders(0), "orders-1": orders(1, 2)}),
        [{"partition": "orders-1", "offset": 10}, {"partition": "orders-1", "offset": 11}],
    ),
}
reporting = pytest.mark.parametrize(("route", "event", "ids"), REPORTING.values(), ids=REPORTING)


@reporting
@pytest.mark.parametrize("failures", ["raise", "report"])
def test_a_batch_without_failures_is_answered_with_an_empty_list(
    route: Any, event: Any, ids: list[object], failures: Any, run: Run
) -> None:
    app = App(failures=failures)
    route(app)(refusing())

    assert run(app, event) == {"batchItemFailures": []}


@reporting
def test_reported_failures_are_named_as_the_trigger_knows_them(
    route: Any, event: Any, ids: list[object], run: Run
) -> None:
    app = App(failures="report")
    route(app)(refusing(1))

    assert run(app, event) == failed(*ids)


@reporting
def test_the_identifiers_of_an_answer_are_plain_json(route: Any, event: Any, ids: list[object]) -> None:
    app = App(failures="report")
    route(app)(refusing(1))

    answer = app(event, LambdaContext())

    assert json.loads(json.dumps(answer)) == failed(*ids)


@reporting
def test_one_failure_is_raised_unchanged(route: Any, event: Any, ids: list[object], run: Run) -> None:
    problem = Refused("no")
    app = App()

    def on_order(order: Order) -> None:
        if order.id == 1:
            raise problem

    route(app)(on_order)

    with pytest.raises(Refused) as caught:
        run(app, event)

    assert caught.value is problem


def test_a_raised_failure_says_once_how_to_get_the_others_left_out() -> None:
    problem = Refused("no")
    app = App()

    @app.sqs("orders")
    def on_order(order: Order) -> None:
        raise problem

    for _ in range(2):
        with pytest.raises(Refused):
            app(sqs({"id": 1}), LambdaContext())

    assert problem.__notes__ == [RAISED]
    assert 'App(failures="report")' in RAISED


def test_several_failures_are_raised_as_one_group_of_the_users_own(run: Run) -> None:
    app = on_sqs(refusing(1, 3))

    with pytest.raises(ExceptionGroup) as caught:
        run(app, sqs(*orders(0, 1, 2, 3)))

    assert [each.args for each in caught.value.exceptions] == [(1,), (3,)]
    assert caught.value.__notes__ == [RAISED]


def test_raising_handles_the_same_records_in_the_same_order_as_reporting() -> None:
    raised: list[int] = []
    reported: list[int] = []
    event = sqs(*orders(0, 1, 2, 3))

    with pytest.raises(Refused):
        on_sqs(refusing(1, log=raised))(event, LambdaContext())
    on_sqs(refusing(1, log=reported), failures="report")(event, LambdaContext())

    assert raised == reported == [0, 1, 2, 3]


def test_the_list_is_returned_even_if_everything_failed(run: Run) -> None:
    app = on_sqs(refusing(0, 1), failures="report")

    assert run(app, sqs(*orders(0, 1))) == failed("m-0", "m-1")


def test_an_exception_that_cannot_be_hashed_is_raised_like_any_other() -> None:
    @dataclass
    class Unhashable(Exception):
        order: int

    app = App()

    @app.sqs("orders")
    def on_order(order: Order) -> None:
        raise Unhashable(order.id)

    with pytest.raises(ExceptionGroup) as caught:
        app(sqs(*orders(1, 2)), LambdaContext())

    assert caught.value.exceptions == (Unhashable(1), Unhashable(2))


@pytest.mark.parametrize("failures", ["raise", "report"])
@pytest.mark.parametrize(
    ("route", "event", "handled"),
    [
        (lambda app: app.rabbitmq("orders"), rabbitmq(*orders(0, 1, 2)), [0, 1]),
        (lambda app: app.documentdb("orders"), documentdb(*orders(0, 1, 2)), [0, 1]),
        (lambda app: app.cloudwatch_logs(), logs(*orders(0, 1, 2)), [0, 1, 2]),
        (lambda app: app.kafka("orders"), pipes(kafka({"orders-0": orders(0, 1, 2)})), [0, 1]),
        (lambda app: app.sns("alerts"), sns(*orders(0, 1, 2)), [0, 1, 2]),
        (lambda app: app.eventbridge(source="shop.orders"), eventbridge({"id": 1}), [1]),
    ],
    ids=["rabbitmq", "documentdb", "logs", "kafka through Pipes", "sns", "eventbridge"],
)
def test_a_source_without_such_a_list_raises_the_failure_unchanged(
    route: Any, event: Any, handled: list[int], failures: Any, run: Run
) -> None:
    log: list[int] = []
    app = App(failures=failures)
    route(app)(refusing(1, log=log))

    with pytest.raises(Refused):
        run(app, event)

    assert log == handled


@pytest.mark.parametrize(
    ("route", "event", "answer"),
    [
        (lambda app: app.rabbitmq("orders"), rabbitmq(*orders(0, 1)), None),
        (lambda app: app.documentdb("orders"), documentdb(*orders(0, 1)), None),
        (lambda app: app.cloudwatch_logs(), logs(*orders(0, 1)), None),
        (lambda app: app.kafka("orders"), pipes(kafka({"orders-0": orders(0)})), {"batchItemFailures": []}),
    ],
    ids=["rabbitmq", "documentdb", "logs", "kafka through Pipes"],
)
def test_a_source_without_such_a_list_is_answered_with_silence(route: Any, event: Any, answer: Any, run: Run) -> None:
    app = App(failures="report")
    route(app)(refusing())

    assert run(app, event) == answer


def test_what_handlers_of_events_return_is_sent_back_by_position(run: Run) -> None:
    app = App()

    @app.s3("photos")
    def on_photo(record: S3Record) -> str | None:
        return None if record.key == "b" else record.key.upper()

    assert run(app, s3("a", "b", "c")) == ["A", None, "C"]
    assert run(app, s3("a")) == "A"
    assert run(app, s3("b", "b")) is None


# ------------------------------------------------------------------------------------------------------------- identifiers


def test_copies_of_a_message_in_one_batch_are_kept_apart() -> None:
    app = on_sqs(refusing(1), failures="report")
    event = sqs(*orders(0, 1, 2))
    for record in event["Records"]:
        record["messageId"] = "same"

    assert app(event, LambdaContext()) == failed("same")


@pytest.mark.parametrize("id", [None, "", 7, ["m-1"]], ids=repr)
def test_a_failed_record_without_a_usable_id_brings_the_whole_batch_back(id: object) -> None:
    app = on_sqs(refusing(1), failures="report")
    event = sqs(*orders(0, 1, 2))
    event["Records"][1]["messageId"] = id

    with pytest.raises(Refused) as caught:
        app(event, LambdaContext())

    assert "no identifier" in caught.value.__notes__[0]


def test_a_record_without_an_id_harms_nothing_while_it_succeeds() -> None:
    app = on_sqs(refusing(1), failures="report")
    event = sqs(*orders(0, 1))
    del event["Records"][0]["messageId"]

    assert app(event, LambdaContext()) == failed("m-1")


def test_ten_thousand_failures_are_named_in_order() -> None:
    app = on_sqs(refusing(*range(10_000)), failures="report")
    event = sqs(*orders(*range(10_000)))

    answer = app(event, LambdaContext(deadline_ms=10**15))

    assert answer == failed(*[f"m-{index}" for index in range(10_000)])


# ------------------------------------------------------------------------------------------------------- sources in order


def test_a_failure_closes_its_message_group_and_no_other() -> None:
    log: list[int] = []
    app = on_sqs(refusing(0, log=log), failures="report")

    answer = app(fifo("a", "b", "a", "b", "a"), LambdaContext())

    assert answer == failed("m-0", "m-2", "m-4")
    assert log == [0, 1, 3]


def test_every_group_is_closed_by_a_failure_of_its_own() -> None:
    log: list[int] = []
    app = on_sqs(refusing(0, 1, log=log), failures="report")

    answer = app(fifo("a", "b", "a", "b", "c"), LambdaContext())

    assert answer == failed("m-0", "m-1", "m-2", "m-3")
    assert log == [0, 1, 4]


def test_records_without_a_message_group_are_one_group() -> None:
    log: list[int] = []
    app = on_sqs(refusing(0, log=log), failures="report")

    answer = app(fifo(None, "b", None), LambdaContext())

    assert answer == failed("m-0", "m-2")
    assert log == [0, 1]


@pytest.mark.parametrize("body", ["nope", '{"id": "x"}', '{"kind": "unknown"}'], ids=["text", "invalid", "no route"])
def test_whatever_a_record_fails_with_closes_its_group(body: str) -> None:
    log: list[int] = []
    app = App(failures="report")
    app.sqs("orders*", where={"id": [{"exists": True}]})(refusing(log=log))
    event = fifo("a", "a", "b")
    event["Records"][0]["body"] = body

    answer = app(event, LambdaContext())

    assert answer == failed("m-0", "m-1")
    assert log == [2]


def test_two_routes_on_a_fifo_queue_keep_its_order() -> None:
    log: list[str] = []
    app = App(failures="report")

    @app.sqs("orders*", where={"id": [{"numeric": ["<", 2]}]})
    def small(order: Order) -> None:
        log.append(f"small {order.id}")
        if order.id == 1:
            raise Refused

    @app.sqs("orders*")
    def large(order: Order) -> None:
        log.append(f"large {order.id}")

    event = sqs(*orders(2, 1, 3, 0), queue="orders.fifo", groups=["a", "a", "a", "b"])

    assert app(event, LambdaContext()) == failed("m-1", "m-2")
    assert log == ["large 2", "small 1", "small 0"]


@pytest.mark.parametrize(
    ("route", "event", "ids"),
    [
        (lambda app: app.kinesis("clicks"), kinesis(*orders(0, 1, 2, 3)), ["101"]),
        (lambda app: app.kinesis("clicks"), pipes(kinesis(*orders(0, 1, 2, 3))), ["shard:101"]),
    ],
    ids=["from Lambda", "through Pipes"],
)
def test_a_shard_stops_at_its_first_failure(route: Any, event: Any, ids: list[str]) -> None:
    log: list[int] = []
    app = App(failures="report")
    route(app)(refusing(1, log=log))

    answer = app(event, LambdaContext())

    assert answer == failed(*ids)
    assert log == [0, 1]


@pytest.mark.parametrize(("event", "ids"), [(dynamodb(0, 1, 2), ["101"]), (pipes(dynamodb(0, 1, 2)), ["event-101"])])
def test_a_table_s_stream_stops_at_its_first_failure(event: Any, ids: list[str]) -> None:
    log: list[int] = []
    app = App(failures="report")

    @app.dynamodb("orders")
    def on_change(change: Change[Order]) -> None:
        assert change.new is not None
        log.append(change.new.id)
        if change.new.id == 1:
            raise Refused

    answer = app(event, LambdaContext())

    assert answer == failed(*ids)
    assert log == [0, 1]


def test_a_partition_stops_at_its_first_failure_and_the_others_go_on() -> None:
    log: list[int] = []
    app = App(failures="report")
    app.kafka("orders")(refusing(1, log=log))

    answer = app(kafka({"orders-0": orders(0, 1, 2), "orders-1": orders(3, 4)}), LambdaContext())

    assert answer == failed({"partition": "orders-0", "offset": 11}, {"partition": "orders-0", "offset": 12})
    assert log == [0, 1, 3, 4]


def test_a_tombstone_is_a_payload_of_none_where_none_is_asked_for() -> None:
    seen: list[Order | None] = []
    app = App(failures="report")

    @app.kafka("orders")
    def on_order(order: Order | None) -> None:
        seen.append(order)

    assert app(kafka({"orders-0": [{"id": 1}, None]}), LambdaContext()) == {"batchItemFailures": []}
    assert seen == [Order(id=1), None]


def test_a_tombstone_fails_with_a_sentence_where_none_is_not_asked_for() -> None:
    app = App()
    app.kafka("orders")(refusing())

    with pytest.raises(PayloadError) as caught:
        app(kafka({"orders-0": [None]}), LambdaContext())

    assert caught.value.errors[0]["msg"] == "The record has no value: annotate the payload as `T | None` to take those"


# --------------------------------------------------------------------------------------------- nothing to do, nobody to ask


@pytest.mark.parametrize(
    ("event", "answer"),
    [
        ({"Records": []}, None),
        (S3_TEST_EVENT, None),
        (logs(control=True), None),
        ({"eventSource": "aws:kafka", "records": {}}, {"batchItemFailures": []}),
        ({"eventSource": "aws:rmq", "rmqMessagesByQueue": {}}, None),
    ],
    ids=["unknown", "s3 test event", "logs control message", "kafka", "rabbitmq"],
)
def test_an_event_without_records_is_acknowledged_and_logged(
    event: Any, answer: Any, run: Run, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)

    assert run(App(), event) == answer
    assert "event without records is acknowledged" in caplog.text


@pytest.mark.parametrize(
    "event",
    [
        sqs({"id": 1}),
        pipes(sqs({"id": 1})),
        sns("fire"),
        s3("a.jpg"),
        kinesis({"id": 1}),
        dynamodb(1),
        kafka({"orders-0": [{"id": 1}]}),
        rabbitmq({"id": 1}),
        documentdb({"id": 1}),
        logs("line"),
        eventbridge({"id": 1}),
        {"id": 1},
        None,
        {"Records": [{"eventSource": "aws:nothing-known"}]},
    ],
    ids=[
        "sqs", "pipes", "sns", "s3", "kinesis", "dynamodb", "kafka", "rabbitmq", "documentdb", "logs", "eventbridge",
        "direct", "null", "unknown",
    ],
)  # fmt: skip
def test_an_event_that_nobody_takes_is_raised(event: Any, run: Run) -> None:
    with pytest.raises(NoRouteError):
        run(App(), event)


@pytest.mark.parametrize(
    "event",
    [sqs({"id": 1}), kinesis({"id": 1}), kafka({"orders-0": [{"id": 1}]})],
    ids=["sqs", "kinesis", "kafka"],
)
def test_an_event_that_nobody_takes_is_reported_where_failures_are(event: Any) -> None:
    assert App(failures="report")(event, LambdaContext()) != {"batchItemFailures": []}


# ------------------------------------------------------------------------------------------------------------ what is told


def test_reported_failures_are_told_in_one_line(caplog: pytest.LogCaptureFixture) -> None:
    app = on_sqs(refusing(1, 2), failures="report")

    app(sqs(*orders(0, 1, 2)), LambdaContext())

    (line,) = caplog.messages
    assert line.startswith("2 of 3 sqs records failed and will be delivered again: m-1: Refused: 1 at ")
    assert "; m-2: Refused: 2 at " in line


def test_reported_failures_are_told_to_loggers_that_write_json(caplog: pytest.LogCaptureFixture) -> None:
    on_sqs(refusing(1), failures="report")(sqs(*orders(0, 1)), LambdaContext())

    batch: Any = vars(caplog.records[0])["batch"]
    assert batch == {"source": "sqs", "failed": 1, "records": 2}


def test_of_many_failures_the_first_are_told_and_the_rest_counted(caplog: pytest.LogCaptureFixture) -> None:
    app = on_sqs(refusing(*range(12)), failures="report")

    app(sqs(*orders(*range(12))), LambdaContext())

    assert caplog.messages[0].endswith("; and 2 more")
    assert caplog.messages[0].count("Refused") == 10


def test_a_failed_record_without_an_id_is_told_by_its_position(caplog: pytest.LogCaptureFixture) -> None:
    app = on_sqs(refusing(1), failures="report")
    event = sqs(*orders(0, 1))
    event["Records"][1]["messageId"] = ""

    with pytest.raises(Refused):
        app(event, LambdaContext())

    assert "delivered again: 1: Refused" in caplog.text


def test_what_does_not_validate_is_told_without_what_it_holds(caplog: pytest.LogCaptureFixture) -> None:
    app = on_sqs(refusing(), failures="report")

    app(sqs({"id": "hunter2"}), LambdaContext())

    assert "payload of sqs record does not validate: id: int_parsing" in caplog.text
    assert "hunter2" not in caplog.text


@pytest.mark.parametrize(("bad", "all_failed"), [([1], 0), ([0, 1], 1)])
def test_reported_failures_are_counted_in_cloudwatch_s_own_format(
    bad: list[int], all_failed: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(NAMESPACE_VARIABLE, "Shop")
    app = on_sqs(refusing(*bad), failures="report")

    app(sqs(*orders(0, 1)), LambdaContext())

    line = json.loads(capsys.readouterr().out)
    assert (line["BatchItemFailures"], line["BatchAllFailed"], line["Source"]) == (len(bad), all_failed, "sqs")
    assert [metric["Name"] for metric in line["_aws"]["CloudWatchMetrics"][0]["Metrics"]] == [
        "BatchItemFailures",
        "BatchAllFailed",
    ]


def test_nothing_is_counted_unless_a_namespace_is_set(capsys: pytest.CaptureFixture[str]) -> None:
    on_sqs(refusing(0), failures="report")(sqs({"id": 0}), LambdaContext())

    assert capsys.readouterr().out == ""


def test_log_events_are_handed_over_one_by_one() -> None:
    seen: list[tuple[str, str]] = []
    app = App()

    @app.cloudwatch_logs("/aws/lambda/*")
    def on_line(text: str, event: LogEvent[str]) -> None:
        seen.append((text, event.id))

    app(logs("one", "two"), LambdaContext())

    assert seen == [("one", "l-0"), ("two", "l-1")]


def test_a_handler_of_whole_events_is_told_that_it_is_called_for_each_record(caplog: pytest.LogCaptureFixture) -> None:
    app = App()

    @app.sqs()
    def on_event(event: SqsEvent) -> None: ...

    app(sqs("a"), LambdaContext())
    assert caplog.messages == []

    app(sqs("a", "b"), LambdaContext())
    (told,) = caplog.messages
    assert told.startswith(
        "on_event takes the whole sqs event and is called once for each of its 2 records: take the record"
    )
