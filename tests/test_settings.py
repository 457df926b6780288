"""Settings: what an app, a router, a route and the environment say, which of them counts, and what none of them can say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pydantic import BaseModel

from eventrouter import App, Pattern, RegistrationError, Router, Source
from eventrouter._run import default_margin
from eventrouter._settings import FAILURES_VARIABLE, AppSettings, Queues
from tests.deliveries import (
    Run,
    call,
    dynamodb,
    failed,
    kafka,
    kinesis,
    pipes,
    rabbitmq,
    registered,
    sns,
    sqs,
    window,
)


class Order(BaseModel):
    id: int


class Refused(Exception):
    """What the handlers here raise."""


@pytest.fixture(autouse=True)
def silent_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(FAILURES_VARIABLE, raising=False)


def refuse() -> None:
    raise Refused


def reports(app: App, event: Any) -> bool:
    """Whether the app names a failed record to the trigger, in place of raising."""
    try:
        answer = call(app, event)
    except Refused:
        return False
    assert answer["batchItemFailures"]
    return True


# ---- which setting counts


@pytest.mark.parametrize(
    ("app_says", "router_says", "route_says", "reported"),
    [
        ("raise", None, None, False),
        ("report", None, None, True),
        ("raise", "report", None, True),
        ("report", "raise", None, False),
        ("report", "raise", "report", True),
        ("raise", "report", "raise", False),
    ],
)
def test_the_nearest_setting_counts(app_says: Any, router_says: Any, route_says: Any, reported: bool) -> None:
    app, router = App(failures=app_says), Router(failures=router_says)
    options: Any = {} if route_says is None else {"failures": route_says}
    router.sqs("orders", **options)(refuse)
    app.include(router)

    assert reports(app, sqs("x")) is reported


def test_the_inner_of_two_routers_counts() -> None:
    app, outer, inner = App(), Router(failures="raise"), Router(failures="report")
    inner.sqs("orders")(refuse)
    outer.include(inner)
    app.include(outer)

    assert reports(app, sqs("x"))


def test_a_record_that_no_route_takes_has_the_app_s_settings() -> None:
    dropped: list[object] = []
    app = App(failures="report", unmatched=lambda record, error: dropped.append(record["messageId"]))
    app.sqs("orders", unmatched="retry")(refuse)

    assert call(app, sqs("x", queue="other")) == failed()
    assert dropped == ["m-0"]


def test_a_queue_that_is_opened_does_not_lend_its_settings_to_one_that_nobody_takes() -> None:
    app = App(failures="report")
    app.s3("photos", via="sqs:images", unmatched="drop")(refuse)

    assert call(app, sqs("x", queue="other")) == failed("m-0")
    assert call(app, sqs({"Records": [{"eventSource": "aws:s3"}]}, queue="images")) == failed()
    assert call(app, sqs("x", queue="other")) == failed("m-0")


# ---- the environment

EVENTS: dict[str, Any] = {
    "sqs": sqs("x"),
    "kinesis": kinesis("x"),
    "dynamodb": dynamodb(1),
    "kafka": kafka({"orders-0": ["x"]}),
}


def refusing_all(**options: Any) -> App:
    app = App(**options)
    for route in (app.sqs(), app.kinesis(), app.dynamodb(), app.kafka(), app.rabbitmq(), app.sns()):
        route(refuse)
    return app


@pytest.mark.parametrize("failures", ["raise", "report"])
@pytest.mark.parametrize(
    ("declared", "reported"),
    [
        ("", set[str]()),
        ("sqs", {"sqs"}),
        ("sqs,kinesis", {"sqs", "kinesis"}),
        (" sqs , kafka ,", {"sqs", "kafka"}),
        ("sqs:orders,kinesis:clicks", {"sqs", "kinesis"}),
        ("sqs:other,kinesis:other", set()),
        ("sqs,sqs:other", {"sqs"}),
        ("sqs:arn:aws:sqs:eu-central-1:123456789012:orders", {"sqs"}),
        ("kafka:orders,dynamodb:orders", {"kafka", "dynamodb"}),
        ("dynamodb:INSERT", set()),
    ],
)
def test_the_environment_wins_over_code(
    failures: Any, declared: str, reported: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(FAILURES_VARIABLE, declared)
    app = refusing_all(failures=failures)

    assert {label for label, event in EVENTS.items() if reports(app, event)} == reported


def test_a_named_queue_reports_and_its_neighbour_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(FAILURES_VARIABLE, "sqs:orders")
    app = refusing_all()

    assert reports(app, sqs("x"))
    assert not reports(app, sqs("x", queue="other"))
    assert reports(app, sqs("x"))


def test_the_end_of_a_window_is_found_by_its_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(FAILURES_VARIABLE, "kinesis:clicks")
    queues = Queues(AppSettings(), _no_handlers(), {FAILURES_VARIABLE: "kinesis:clicks"})
    app = App()
    app.kinesis("clicks")(refuse)
    table = app._registry.tables["kinesis"].ready()

    assert queues.of(table, window(kinesis(), final=True)).reports


def _no_handlers() -> Any:
    from eventrouter._exception_handlers import ExceptionHandlers

    return ExceptionHandlers()


def test_pipes_are_reported_to_as_their_source_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(FAILURES_VARIABLE, "sqs")

    assert reports(refusing_all(), pipes(sqs("x")))


@pytest.mark.parametrize(
    ("declared", "words"),
    [
        ("sqss", "EVENTROUTER_BATCH_FAILURES names 'sqss', which is the label of no source"),
        ("sqs,kinesys:clicks", "names 'kinesys', which is the label of no source"),
        ("sqs,sns", "names sns, whose triggers take no list of failed records: leave it out"),
        ("mq_rabbit:orders", "names mq_rabbit, whose triggers take no list"),
    ],
)
def test_a_variable_that_names_what_cannot_report_is_an_error(
    declared: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(FAILURES_VARIABLE, declared)

    with pytest.raises(RegistrationError, match=words):
        call(refusing_all(), sqs("x"))


def test_the_variable_is_read_when_the_first_batch_arrives(monkeypatch: pytest.MonkeyPatch) -> None:
    app = refusing_all(failures="report")

    monkeypatch.setenv(FAILURES_VARIABLE, "kinesis")

    assert not reports(app, sqs("x"))


@pytest.mark.parametrize("event", [rabbitmq("x"), sns("x")], ids=["rabbitmq", "sns"])
def test_a_trigger_without_such_a_list_is_raised_to_whatever_the_app_says(event: Any) -> None:
    assert not reports(refusing_all(failures="report"), event)


def test_a_source_of_somebody_else_s_may_report() -> None:
    def detect(event: Any) -> bool:
        return isinstance(event, dict) and "tickets" in event

    from eventrouter.sources._batch import batch_item_failures

    tickets = Source(
        "tickets",
        detect=detect,
        records=lambda event: event["tickets"],
        identify=lambda record: record["id"],
        reply=lambda outcome: batch_item_failures(outcome, lambda record: record["id"]),
        is_batch=True,
    )

    with registered(tickets):
        queues = Queues(AppSettings(), _no_handlers(), {FAILURES_VARIABLE: "tickets:any"})
        app = App(failures="report")
        app.on(Pattern("tickets"))(refuse)

        assert reports(app, {"tickets": [{"id": "t-1"}]})
        assert not queues.of(app._registry.tables["tickets"].ready(), {"id": "t-1"}).reports


def test_a_hand_made_record_with_an_odd_address_has_settings_too() -> None:
    app = refusing_all(failures="report")
    event = sqs("x")
    event["Records"][0]["eventSourceARN"] = ["no", "text"]

    assert reports(app, event)


def test_more_queues_than_are_remembered_have_settings_too() -> None:
    app = refusing_all(failures="report")

    assert all(reports(app, sqs("x", queue=f"orders-{index}")) for index in range(300))


# ---- values


@pytest.mark.parametrize(
    ("remaining", "margin"),
    [(900, 5.0), (50, 5.0), (49, 4.9), (20, 2.0), (10, 1.0), (3, 1.0), (2, 1.0), (1, 0.5), (0, 0.0)],
)
def test_the_margin_is_a_tenth_of_the_time_within_bounds(remaining: float, margin: float) -> None:
    assert default_margin(remaining) == pytest.approx(margin)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"failures": "ignore"}, r'App: failures= is "raise" or "report", not \'ignore\''),
        ({"failures": None}, "failures="),
        ({"invalid": "ignore"}, 'invalid= is "retry", "drop" or a function of a record and its error'),
        ({"unmatched": None}, 'unmatched= is "retry", "drop"'),
        ({"margin": -1}, "margin= is a number of seconds below 900, not -1"),
        ({"margin": float("nan")}, "margin= is a number of seconds"),
        ({"margin": float("inf")}, "margin= is a number of seconds"),
        ({"margin": "5"}, "margin= is a number of seconds"),
        ({"margin": True}, "margin= is a number of seconds"),
        ({"decode": b""}, "decode= is a function from bytes to bytes"),
        ({"response_stream": "function_url"}, r'is a collection of triggers: write \{"function_url"\}'),
        ({"response_stream": {"sqs"}}, "'sqs' is none of function_url"),
    ],
    ids=str,
)
def test_an_app_s_settings_are_checked(options: dict[str, Any], words: str) -> None:
    with pytest.raises(RegistrationError, match=words):
        App(**options)


def test_an_app_takes_the_settings_that_it_knows() -> None:
    App(response_stream={"function_url", "apigw_rest"}, margin=0, invalid="drop", unmatched=print, decode=bytes)


async def decode_later(data: bytes) -> bytes:
    return data


@pytest.mark.parametrize(
    ("route", "words"),
    [
        (lambda app: app.sqs("q", queue="x"), "there is no option queue=: a name comes first and without a keyword"),
        (lambda app: app.sqs("q", retries=3), "there is no option retries=: there are concurrency, decode, failures"),
        (lambda app: app.sqs("q", concurrency=1.5), "concurrency= is a whole number from 1 on"),
        (lambda app: app.sqs("q", middleware=lambda call, call_next: None), "middleware= is a list of"),
        (lambda app: app.sqs("q", middleware=["x"]), "middleware= is a list of"),
        (lambda app: app.sqs("q", decode=decode_later), "decode= is a function from bytes to bytes, and not an async one"),
        (lambda app: app.rabbitmq("q", failures="report"), "mq_rabbit triggers take no list of failed records"),
        (lambda app: app.direct(invalid="drop"), "invalid= would leave a record out, and whoever sends a direct event waits"),
        (lambda app: app.cognito(unmatched="drop"), "unmatched= would leave a record out"),
        (lambda app: app.direct(decode=bytes), "decode= works on bytes, and direct events hold none"),
        (lambda app: app.s3("b", decode=bytes), "decode= works on bytes, and s3 events hold none"),
        (lambda app: app.connect(idempotent=object()), "nothing in a connect event stays the same"),
        (lambda app: app.sqs("q", response_stream=True), "a sqs trigger is never streamed to"),
        (lambda app: app.get("/", concurrency=2), "there is no option concurrency="),
    ],
)  # fmt: skip
def test_a_route_s_options_are_checked(route: Callable[[App], Any], words: str) -> None:
    with pytest.raises(RegistrationError, match=words):
        route(App())(refuse)


# ---- one queue, one setting


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("failures", "report"),
        ("concurrency", 2),
        ("margin", 3.0),
        ("invalid", "drop"),
        ("unmatched", "drop"),
    ],
)
@pytest.mark.parametrize("names", [("orders", "orders"), ("orders", "ord*"), ("o*", "*s"), ("orders", None)], ids=str)
def test_routes_that_may_meet_agree(setting: str, value: Any, names: tuple[str, str | None]) -> None:
    app = App(thread_safe=True)

    @app.sqs(names[0])
    def first(order: Order) -> None: ...

    def second() -> None: ...

    with pytest.raises(
        RegistrationError, match=rf"first\(\) .* and second\(\) .* but disagree on {setting}=, which belongs"
    ):
        app.sqs(names[1], where={"id": [1]}, **{setting: value})(second)


@pytest.mark.parametrize(
    "names", [("orders", "bills"), ("orders-*", "bills-*"), ("*-a", "*-b"), ("orders", "b*")], ids=str
)
def test_routes_that_never_meet_need_not_agree(names: tuple[str, str]) -> None:
    app = App(failures="report")
    app.sqs(names[0], failures="raise")(refuse)
    app.sqs(names[1])(refuse)

    assert not reports(app, sqs("x", queue=names[0].replace("*", "x")))
    assert reports(app, sqs("x", queue=names[1].replace("*", "x")))


def test_names_from_the_environment_are_compared_once_they_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORDERS", "orders")
    monkeypatch.setenv("BILLS", "bills")
    app = App(failures="report")
    app.sqs("${ORDERS}", failures="raise")(refuse)
    app.sqs("${BILLS}")(refuse)

    assert not reports(app, sqs("x"))
    assert reports(app, sqs("x", queue="bills"))


def test_names_from_the_environment_that_turn_out_to_meet_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORDERS", "orders")
    app = App()
    app.sqs("${ORDERS}", failures="report")(refuse)
    app.sqs("o*")(refuse)

    with pytest.raises(RegistrationError, match="disagree on failures="):
        call(app, sqs("x"))


def test_tests_see_the_app_s_settings_on_every_way_in(run: Run) -> None:
    assert run(refusing_all(failures="report"), sqs("x")) == failed("m-0")
