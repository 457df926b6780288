"""Events inside messages: opened where the app says so and nowhere else, and failed as a whole if anything in them fails."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from typing import Annotated, Any

import anyio
import pytest
from pydantic import BaseModel

from eventrouter import (
    ACK,
    App,
    Batch,
    Depends,
    EventBridgeEvent,
    Invocation,
    LambdaContext,
    NoRouteError,
    PayloadError,
    RegistrationError,
    ReplyError,
    Response,
    S3Event,
    S3Record,
    SnsNotification,
    SnsRecord,
    SqsRecord,
)
from tests.deliveries import (
    S3_TEST_EVENT,
    Run,
    confirmation,
    eventbridge,
    failed,
    kafka,
    kinesis,
    notification,
    pipes,
    rabbitmq,
    s3,
    sns,
    sqs,
)


class Order(BaseModel):
    id: int


class Refused(Exception):
    """What the handlers here raise."""


def photos(log: list[str] | None = None, *, via: str = "sqs:images", **options: Any) -> App:
    """An app for photos that arrive inside messages, which refuses those called ``bad``."""
    app = App(**{"failures": "report", **options})

    @app.s3("photos", via=via)
    def on_photo(record: S3Record) -> None:
        if log is not None:
            log.append(record.key)
        if record.key.startswith("bad"):
            raise Refused(record.key)

    return app


def images(*bodies: object, **more: Any) -> dict[str, Any]:
    return sqs(*bodies, queue="images", **more)


# ---- an event inside a message


@pytest.mark.parametrize(
    "body",
    [s3("a.jpg", "b.jpg"), notification(s3("a.jpg", "b.jpg")), notification(notification(s3("a.jpg", "b.jpg")))],
    ids=["raw", "in a notification", "in a notification of a notification"],
)
def test_what_is_inside_a_message_goes_to_its_own_routes(body: Any, run: Run) -> None:
    log: list[str] = []

    assert run(photos(log), images(body)) == {"batchItemFailures": []}
    assert log == ["a.jpg", "b.jpg"]


@pytest.mark.parametrize(
    ("via", "event"),
    [
        ("sqs:images", images(s3("a.jpg"))),
        ("sqs:im*", images(s3("a.jpg"))),
        ("sqs:arn:aws:sqs:eu-central-1:123456789012:images", images(s3("a.jpg"))),
        ("sqs:images", pipes(images(s3("a.jpg")))),
        ("sns:uploads", sns(s3("a.jpg"), topic="uploads")),
        ("kinesis:clicks", kinesis(s3("a.jpg"))),
        ("kafka:orders", kafka({"orders-0": [s3("a.jpg")]})),
        ("mq_rabbit:orders", rabbitmq(s3("a.jpg"))),
    ],
)
def test_every_carrier_is_opened(via: str, event: Any) -> None:
    log: list[str] = []

    photos(log, via=via)(event, LambdaContext())

    assert log == ["a.jpg"]


def test_the_queue_may_be_named_by_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IMAGES", "images")
    log: list[str] = []

    photos(log, via="sqs:${IMAGES}")(images(s3("a.jpg")), LambdaContext())

    assert log == ["a.jpg"]


def test_routes_of_several_sources_share_a_queue() -> None:
    log: list[str] = []
    app = photos(log)

    @app.eventbridge(source="shop.orders", via="sqs:images")
    def on_order(detail: Order, event: EventBridgeEvent[Order]) -> None:
        log.append(f"order {detail.id} {event.id}")

    @app.sns("alerts", via="sqs:images")
    def on_alert(text: str, record: SnsRecord) -> None:
        log.append(f"{text} {record.Sns.MessageId} {record.Sns.UnsubscribeUrl is not None}")

    app(images(s3("a.jpg"), eventbridge({"id": 7}), notification("fire"), sns("smoke")), LambdaContext())

    assert log == ["a.jpg", "order 7 e-1", "fire n-1 True", "smoke n-0 True"]


def test_a_notification_of_a_topic_without_a_route_is_opened_too() -> None:
    log: list[str] = []
    app = photos(log)

    @app.sns("alerts", via="sqs:images")
    def on_alert(text: str) -> None:
        log.append(text)

    app(images(notification(s3("a.jpg"), topic="uploads"), notification("fire")), LambdaContext())

    assert log == ["a.jpg", "fire"]


def test_a_notification_of_another_topic_is_told_where_only_topics_are_routed() -> None:
    app = App()
    app.sns("alerts", via="sqs:images")(lambda: None)

    with pytest.raises(NoRouteError, match="no sns route accepts topic='other'"):
        app(images(notification("fire", topic="other")), LambdaContext())


def test_a_queue_s_event_inside_a_queue_s_message_goes_to_its_own_routes() -> None:
    log: list[int] = []
    app = App()

    @app.sqs("orders", via="sqs:dead-letters")
    def on_order(order: Order) -> None:
        log.append(order.id)

    app(sqs(sqs({"id": 1}), sqs({"id": 2}, {"id": 3}), queue="dead-letters"), LambdaContext())

    assert log == [1, 2, 3]


def test_conditions_and_dependencies_go_with_inner_routes(run: Run) -> None:
    log: list[str] = []
    closed: list[str] = []
    app = App()

    async def opened() -> Any:
        await anyio.lowlevel.checkpoint()
        yield "session"
        closed.append("closed")

    @app.eventbridge(source="shop.orders", where={"id": [1]}, via="sqs:images")
    async def on_one(detail: Order, session: Annotated[str, Depends(opened)]) -> None:
        log.append(f"one {session}")

    @app.eventbridge(source="shop.orders", via="sqs:images")
    def on_other(detail: Order) -> None:
        log.append("other")

    run(app, images(eventbridge({"id": 1}), eventbridge({"id": 2}), eventbridge({"id": 1})))

    assert log == ["one session", "other", "one session"]
    assert closed == ["closed", "closed"]


def test_what_an_inner_route_opens_for_the_invocation_is_closed_with_it(run: Run) -> None:
    log: list[str] = []
    app = App()

    def opened() -> Iterator[str]:
        log.append("open")
        yield "session"
        log.append("closed")

    @app.s3("photos", via="sqs:images")
    def on_photo(record: S3Record, session: Annotated[str, Depends(opened, scope="invocation")]) -> None:
        log.append(record.key)

    run(app, images(s3("a"), s3("b")))

    assert log == ["open", "a", "b", "closed"]


def test_a_commit_that_fails_at_the_end_of_the_invocation_fails_it() -> None:
    app = App()

    def opened() -> Iterator[None]:
        yield
        raise Refused

    @app.s3("photos", via="sqs:images")
    def on_photo(session: Annotated[None, Depends(opened, scope="invocation")]) -> None: ...

    with pytest.raises(Refused):
        app(images(s3("a")), LambdaContext())


def test_what_middleware_leaves_for_handlers_is_there() -> None:
    seen: list[object] = []
    app = App()

    @app.middleware
    async def layer(invocation: Invocation, call_next: Any) -> Any:
        invocation.state["tenant"] = "north"
        return await call_next(invocation)

    @app.s3("photos", via="sqs:images")
    def on_photo(invocation: Invocation) -> None:
        seen.extend([invocation.state["tenant"], invocation.source.name, invocation.delivery])

    app(images(s3("a")), LambdaContext())

    assert seen == ["north", "s3", "lambda"]


@pytest.mark.parametrize("first", ["sync", "async", "with a layer"])
def test_inner_handlers_of_all_kinds_mix_in_one_batch(first: str, run: Run) -> None:
    log: list[str] = []
    app = App()

    async def layer(call: Any, call_next: Any) -> object:
        return await call_next(call)

    @app.s3("sync", via="sqs:images")
    def on_sync(record: S3Record) -> None:
        log.append("sync")

    @app.s3("async", via="sqs:images")
    async def on_async(record: S3Record) -> None:
        await anyio.lowlevel.checkpoint()
        log.append("async")

    @app.s3("layered", via="sqs:images", middleware=[layer])
    def on_layered(record: S3Record) -> None:
        log.append("with a layer")

    buckets = {"sync": "sync", "async": "async", "with a layer": "layered"}
    order = [first, *(each for each in buckets if each != first), "async", "with a layer", "sync"]

    run(app, images(*[s3("a", bucket=buckets[each]) for each in order]))

    assert log == order


# ---- what goes wrong inside


def test_any_failure_inside_fails_the_message_and_the_rest_of_it_is_handled(run: Run) -> None:
    log: list[str] = []

    assert run(photos(log), images(s3("a", "bad", "c"), s3("d"))) == failed("m-0")
    assert log == ["a", "bad", "c", "d"]


def test_one_failure_inside_is_raised_unchanged() -> None:
    with pytest.raises(Refused, match="bad"):
        photos(failures="raise")(images(s3("a", "bad")), LambdaContext())


def test_several_failures_inside_are_raised_as_a_group() -> None:
    with pytest.raises(ExceptionGroup) as caught:
        photos(failures="raise")(images(s3("bad 1", "bad 2")), LambdaContext())

    assert [str(each) for each in caught.value.exceptions] == ["bad 1", "bad 2"]


def test_a_message_that_nothing_inside_matches_fails() -> None:
    with pytest.raises(NoRouteError, match="no eventbridge route accepts via='sqs:images'"):
        photos(failures="raise")(images(eventbridge({"id": 1})), LambdaContext())


def test_a_record_inside_that_nothing_matches_fails_its_message() -> None:
    assert photos()(images(s3("a", bucket="other")), LambdaContext()) == failed("m-0")


@pytest.mark.parametrize("body", ["nope", "", "[]", "7", '"text"', '{"id": 1}', "null"])
def test_a_message_that_carries_no_event_fails(body: str) -> None:
    assert photos()(images(body), LambdaContext()) == failed("m-0")


def test_a_message_without_a_body_fails() -> None:
    event = images(s3("a"))
    del event["Records"][0]["body"]

    assert photos()(event, LambdaContext()) == failed("m-0")


def test_a_tombstone_carries_no_event() -> None:
    app = photos(via="kafka:orders")

    assert app(kafka({"orders-0": [None]}), LambdaContext()) == failed({"partition": "orders-0", "offset": 10})


def test_more_than_three_envelopes_are_not_opened() -> None:
    body = notification(notification(notification(s3("a.jpg"))))

    with pytest.raises(PayloadError, match="too_deep"):
        photos(failures="raise")(images(body), LambdaContext())


@pytest.mark.parametrize("body", [{"Records": []}, {"Records": [], "x": 1}], ids=str)
def test_an_event_without_records_is_acknowledged(body: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)

    assert photos()(images(body), LambdaContext()) == {"batchItemFailures": []}
    assert "event without records, in a message, is acknowledged" in caplog.text


@pytest.mark.parametrize(
    ("body", "name"),
    [
        (S3_TEST_EVENT, "s3:TestEvent"),
        (notification(S3_TEST_EVENT), "s3:TestEvent"),
        (confirmation(), "SubscriptionConfirmation"),
        (confirmation("UnsubscribeConfirmation"), "UnsubscribeConfirmation"),
    ],
)
def test_a_control_message_is_acknowledged_and_logged(
    body: Any, name: str, caplog: pytest.LogCaptureFixture, run: Run
) -> None:
    caplog.set_level(logging.INFO)

    assert run(photos(), images(body)) == {"batchItemFailures": []}
    assert caplog.messages == [f"acknowledged a control message: {name}"]


def test_without_memory_nothing_more_inside_is_started() -> None:
    log: list[str] = []
    app = App(failures="report")

    @app.s3("photos", via="sqs:images")
    def on_photo(record: S3Record) -> None:
        log.append(record.key)
        raise MemoryError

    assert app(images(s3("a", "b"), s3("c")), LambdaContext()) == failed("m-0", "m-1")
    assert log == ["a"]


@pytest.mark.parametrize("kind", [SystemExit, StopIteration])
def test_what_a_handler_inside_raises_comes_out(kind: type[BaseException]) -> None:
    app = App()

    @app.s3("photos", via="sqs:images")
    def on_photo(record: S3Record) -> None:
        raise kind("mine")

    with pytest.raises(kind, match="mine"):
        app(images(s3("a")), LambdaContext())


def test_a_value_that_says_failure_is_one() -> None:
    app = App()

    @app.s3("photos", via="sqs:images")
    def on_photo(record: S3Record) -> Any:
        return Response("no", 500)

    with pytest.raises(ReplyError, match="on_photo returned a Response with status 500"):
        app(images(s3("a")), LambdaContext())


def test_an_exception_handler_may_deal_with_a_message() -> None:
    seen: list[str] = []
    app = photos()

    @app.exception_handler(Refused)
    def on_refused(invocation: Invocation, error: Refused) -> object:
        seen.append(invocation.source.name)
        return ACK

    assert app(images(s3("bad")), LambdaContext()) == {"batchItemFailures": []}
    assert seen == ["sqs"]


def test_a_fifo_queue_s_groups_are_closed_by_what_fails_inside() -> None:
    log: list[str] = []
    app = photos(log, via="sqs:images.fifo")

    event = sqs(s3("bad"), s3("b"), s3("c"), queue="images.fifo", groups=["a", "a", "b"])

    assert app(event, LambdaContext()) == failed("m-0", "m-1")
    assert log == ["bad", "c"]


# ---- policies


def orders_inside(**options: Any) -> App:
    app = App(failures="report")

    @app.sns("orders", via="sqs:images", **options)
    def on_order(order: Order) -> None: ...

    return app


@pytest.mark.parametrize(
    ("body", "option"),
    [
        (notification("nope", topic="orders"), "invalid"),
        ({"Records": sns("nope", {"id": "x"}, topic="orders")["Records"]}, "invalid"),
        (notification("x", topic="bills"), "unmatched"),
        (s3("a"), "unmatched"),
        ("nope", "invalid"),
    ],
)
def test_what_can_never_succeed_inside_is_dropped_where_the_route_says_so(
    body: Any, option: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert orders_inside()(images(body), LambdaContext()) == failed("m-0")
    caplog.clear()

    assert orders_inside(**{option: "drop"})(images(body), LambdaContext()) == {"batchItemFailures": []}
    assert f"dropped a sqs record, as {option}='drop' says: id m-0, " in caplog.text


def test_a_message_is_not_dropped_where_another_try_may_help() -> None:
    app = App(failures="report")

    @app.sns("orders", via="sqs:images", invalid="drop")
    def on_order(order: Order) -> None:
        raise Refused

    body = {"Records": sns("nope", {"id": 1}, topic="orders")["Records"]}

    assert app(images(body), LambdaContext()) == failed("m-0")


def test_the_same_errors_out_of_a_handler_s_own_code_are_never_dropped() -> None:
    app = App(failures="report")

    @app.sns("orders", via="sqs:images", invalid="drop", unmatched="drop")
    def on_order(order: Order) -> None:
        raise PayloadError([])

    assert app(images(notification({"id": 1}, topic="orders")), LambdaContext()) == failed("m-0")


def test_settings_of_inner_routes_are_those_of_the_queue(run: Run) -> None:
    inside: list[int] = []
    most: list[int] = []
    app = App()

    @app.s3("photos", via="sqs:images", concurrency=3)
    async def on_photo(record: S3Record) -> None:
        inside.append(1)
        most.append(len(inside))
        await anyio.lowlevel.checkpoint()
        inside.pop()

    run(app, images(s3("a"), s3("b"), s3("c")))

    assert max(most) == 3


# ---- bodies are not opened unless the app says so


def test_a_forged_event_on_an_ordinary_queue_is_a_body_like_any_other() -> None:
    log: list[str] = []
    app = photos(log)

    @app.sqs("orders")
    def on_text(text: str) -> None:
        log.append("text")

    app(sqs(s3("a.jpg"), notification(s3("b.jpg")), confirmation(), S3_TEST_EVENT), LambdaContext())

    assert log == ["text"] * 4


def test_a_forged_event_on_a_queue_that_nobody_named_has_no_route() -> None:
    log: list[str] = []

    with pytest.raises(NoRouteError):
        photos(log, failures="raise")(sqs(s3("a.jpg"), queue="other"), LambdaContext())

    assert log == []


def test_a_catch_all_queue_route_leaves_named_queues_to_be_opened() -> None:
    log: list[str] = []
    app = photos(log)

    @app.sqs()
    def on_any(text: str) -> None:
        log.append("any")

    app(images(s3("a")), LambdaContext())
    app(sqs("x"), LambdaContext())

    assert log == ["a", "any"]


# ---- nested types, as AWS names them


def test_nested_types_say_the_whole_shape() -> None:
    seen: list[str] = []
    app = App()

    @app.sqs("images")
    def on_message(record: SqsRecord[SnsNotification[S3Event]]) -> None:
        seen.extend([record.messageId, record.body.TopicArn, *[each.key for each in record.body.Message.Records]])

    app(images(notification(s3("a b.jpg".replace(" ", "+")))), LambdaContext())

    assert seen == ["m-0", "arn:aws:sns:eu-central-1:123456789012:alerts", "a b.jpg"]


def test_a_nested_payload_says_the_shape_of_the_body() -> None:
    seen: list[int] = []
    app = App()

    @app.sqs("images")
    def on_message(body: SnsNotification[Order]) -> None:
        seen.append(body.Message.id)

    app(images(notification({"id": 7})), LambdaContext())

    assert seen == [7]


@pytest.mark.parametrize("body", [S3_TEST_EVENT, notification(S3_TEST_EVENT), confirmation()])
def test_a_control_message_does_not_poison_a_nested_type(body: Any) -> None:
    seen: list[object] = []
    app = App(failures="report")

    @app.sqs("images")
    def on_message(record: SqsRecord[SnsNotification[S3Event]]) -> None:
        seen.extend(record.body.Message.Records)

    assert app(images(body), LambdaContext()) == {"batchItemFailures": []}
    assert seen == []


# ---- unwrap


def unwrapping(handler: Callable[..., object], **options: Any) -> App:
    app = App(failures="report")
    app.sqs("orders", unwrap="sns", **options)(handler)
    return app


@pytest.mark.parametrize("body", [{"id": 7}, notification({"id": 7})], ids=["raw", "in a notification"])
def test_an_unwrapping_route_takes_the_message_or_the_raw_body(body: Any, run: Run) -> None:
    seen: list[int] = []

    def on_order(order: Order) -> None:
        seen.append(order.id)

    run(unwrapping(on_order), sqs(body))

    assert seen == [7]


@pytest.mark.parametrize(("body", "text"), [("plain", "plain"), (notification("fire"), "fire"), ("{}", "{}")])
def test_text_is_unwrapped_too(body: Any, text: str) -> None:
    seen: list[str] = []

    def on_text(text: str) -> None:
        seen.append(text)

    unwrapping(on_text)(sqs(body), LambdaContext())

    assert seen == [text]


def test_conditions_look_at_what_is_unwrapped() -> None:
    log: list[str] = []
    app = App()

    @app.sqs("orders", unwrap="sns", where={"id": [1]})
    def on_one(order: Order) -> None:
        log.append("one")

    @app.sqs("orders", where={"Type": ["Notification"]})
    def on_notification(body: dict[str, object]) -> None:
        log.append("notification")

    app(sqs(notification({"id": 1}), notification({"id": 2}), {"id": 1}), LambdaContext())

    assert log == ["one", "notification", "one"]


def test_a_batch_is_unwrapped_too() -> None:
    seen: list[int] = []

    def on_orders(batch: Batch[Order]) -> None:
        seen.extend(item.payload.id for item in batch)

    unwrapping(on_orders)(sqs({"id": 1}, notification({"id": 2})), LambdaContext())

    assert seen == [1, 2]


@pytest.mark.parametrize("annotation", [str, Order], ids=["str", "model"])
@pytest.mark.parametrize("body", [S3_TEST_EVENT, notification(S3_TEST_EVENT), confirmation()])
def test_a_control_message_is_never_handed_to_an_unwrapping_route(
    annotation: Any, body: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)

    def on_payload(payload: Any) -> None:
        raise AssertionError("never called")

    on_payload.__annotations__["payload"] = annotation

    assert unwrapping(on_payload)(sqs(body), LambdaContext()) == {"batchItemFailures": []}
    assert "acknowledged a control message" in caplog.text


def test_a_message_that_is_no_order_fails() -> None:
    def on_order(order: Order) -> None: ...

    assert unwrapping(on_order)(sqs(notification("nope")), LambdaContext()) == failed("m-0")


# ---- refused when registered


def on_photo(record: S3Record) -> None: ...
def on_photos(batch: Batch[Order]) -> None: ...
def on_text(text: str) -> None: ...
def nothing() -> None: ...


def twice(first: Callable[[App], object], second: Callable[[App], object]) -> Callable[[App], None]:
    def register(app: App) -> None:
        first(app)
        second(app)

    return register


@pytest.mark.parametrize(
    ("register", "words"),
    [
        (lambda app: app.s3("p", via="images")(on_photo), 'as in "sqs:QUEUE" or "sns:TOPIC", not \'images\''),
        (lambda app: app.s3("p", via="sqs:")(on_photo), "not 'sqs:'"),
        (lambda app: app.s3("p", via="s3:bucket")(on_photo), "not 's3:bucket'"),
        (lambda app: app.s3("p", via=7)(on_photo), "not 7"),
        (lambda app: app.sqs("p", via="sqs:q")(on_photos), "via= knows no batches"),
        (lambda app: app.direct(via="sqs:q")(nothing), "nobody would be answered: a direct event is never in one"),
        (lambda app: app.cognito(via="sqs:q")(nothing), "a cognito event is never in one"),
        (lambda app: app.authorizer(via="sqs:q")(nothing), "a apigw_authorizer_token event is never in one"),
        (lambda app: app.sqs("q", unwrap="s3")(on_text), 'unwrap= is "sns", not \'s3\'; for a whole event.*via='),
        (
            twice(lambda app: app.sqs("q")(on_text), lambda app: app.s3("p", via="sqs:q")(on_photo)),
            "either a route takes the messages of queue='q', or routes with via= take what is inside",
        ),
        (
            twice(lambda app: app.s3("p", via="sqs:q")(on_photo), lambda app: app.sqs("q")(on_text)),
            "either a route takes the messages of queue='q', or routes with via= take what is inside",
        ),
        (
            twice(
                lambda app: app.s3("p", via="sqs:q")(on_photo),
                lambda app: app.s3("o", via="sqs:q", invalid="drop")(on_photo),
            ),
            "both via 'sqs:q' but disagree on invalid=",
        ),
        (
            twice(lambda app: app.s3("p", via="sqs:q")(on_photo), lambda app: app.s3("p", via="sqs:q")(nothing)),
            "claim the same records",
        ),
        (lambda app: app.s3("p", via="sns:t", failures="report")(on_photo), "sns triggers take no list of failed records"),
        (lambda app: app.sns("t", via="sqs:q", concurrency=2)(on_text), r"App\(thread_safe=True\)"),
    ],
)  # fmt: skip
def test_what_cannot_work_is_refused(register: Callable[[App], object], words: str) -> None:
    with pytest.raises(RegistrationError, match=words):
        register(App())


def test_a_queue_that_turns_out_to_be_opened_and_taken_is_refused_at_the_first_event(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("QUEUE", "images")
    app = photos()
    app.sqs("${QUEUE}")(on_text)

    with pytest.raises(RegistrationError, match="claim the same records"):
        app(images(s3("a")), LambdaContext())


def test_queues_of_the_same_name_as_a_topic_are_opened_apart() -> None:
    log: list[str] = []
    app = photos(log)
    app.s3("photos", via="sns:images")(lambda: log.append("by the topic"))

    app(images(s3("a")), LambdaContext())
    app(sns(s3("b"), topic="images"), LambdaContext())

    assert log == ["a", "by the topic"]


def test_what_is_inside_is_told_by_json_alone() -> None:
    log: list[str] = []

    photos(log)(images(json.dumps(s3("ä.jpg"), ensure_ascii=False)), LambdaContext())

    assert log == ["ä.jpg"]
