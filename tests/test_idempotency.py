"""``idempotent=``: each record is handled once, by the id that it keeps in every delivery."""

from __future__ import annotations

import base64
import json
from typing import Annotated, Any

import anyio
import pytest
from pydantic import BaseModel

pytest.importorskip("boto3", reason="Powertools' idempotency utility imports it")

from aws_lambda_powertools.utilities.idempotency import BasePersistenceLayer
from aws_lambda_powertools.utilities.idempotency.exceptions import (
    IdempotencyAlreadyInProgressError,
    IdempotencyItemAlreadyExistsError,
    IdempotencyItemNotFoundError,
    IdempotencyKeyError,
)
from aws_lambda_powertools.utilities.idempotency.persistence.datarecord import DataRecord
from aws_lambda_powertools.utilities.parser.models.sns import SnsNotificationModel

from eventrouter import (
    App,
    Batch,
    Depends,
    LambdaContext,
    RegistrationError,
    S3Record,
    SnsNotification,
    SqsRecord,
    Window,
)
from tests.deliveries import (
    Run,
    dynamodb,
    eventbridge,
    failed,
    kafka,
    kinesis,
    notification,
    s3,
    sns,
    sqs,
)

#: Far in the future, in milliseconds since the Unix epoch.
FAR = 10**15


class Order(BaseModel):
    id: int


class Refused(Exception):
    """What the handlers here raise."""


class Memory(BasePersistenceLayer):
    """A persistence layer in a dict, which takes down what it is asked to mark."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.entries: dict[str, DataRecord] = {}

    def _get_record(self, idempotency_key: str) -> DataRecord:
        try:
            return self.entries[idempotency_key]
        except KeyError:
            raise IdempotencyItemNotFoundError from None

    def _put_record(self, data_record: DataRecord) -> None:
        if data_record.idempotency_key in self.entries:
            raise IdempotencyItemAlreadyExistsError
        self.entries[data_record.idempotency_key] = data_record

    def _update_record(self, data_record: DataRecord) -> None:
        self.entries[data_record.idempotency_key] = data_record

    def _delete_record(self, data_record: DataRecord) -> None:
        del self.entries[data_record.idempotency_key]

    def start_elsewhere(self) -> None:
        """Mark all that is known as in progress."""
        for key, record in self.entries.items():
            self.entries[key] = DataRecord(
                idempotency_key=key,
                status="INPROGRESS",
                expiry_timestamp=record.expiry_timestamp,
                in_progress_expiry_timestamp=FAR,
            )


@pytest.fixture
def store() -> Memory:
    return Memory()


def on_sqs(store: Memory, log: list[int], *bad: int, is_async: bool = False) -> App:
    app = App(failures="report")

    def on_order(order: Order) -> None:
        log.append(order.id)
        if order.id in bad:
            raise Refused

    async def on_order_async(order: Order) -> None:
        await anyio.lowlevel.checkpoint()
        on_order(order)

    app.sqs(idempotent=store)(on_order_async if is_async else on_order)
    return app


# ---- once


@pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])
def test_a_message_that_is_delivered_again_is_handled_once(store: Memory, is_async: bool, run: Run) -> None:
    log: list[int] = []
    app = on_sqs(store, log, is_async=is_async)

    assert [run(app, sqs({"id": 1}, {"id": 2})) for _ in range(2)] == [failed(), failed()]
    assert log == [1, 2]


def test_a_message_that_failed_is_handled_again(store: Memory) -> None:
    log: list[int] = []
    app = on_sqs(store, log, 1)

    assert [app(sqs({"id": 1}), LambdaContext()) for _ in range(2)] == [failed("m-0"), failed("m-0")]
    assert log == [1, 1]


@pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])
def test_a_message_in_progress_elsewhere_is_a_failure_and_never_a_success(
    store: Memory, is_async: bool, run: Run
) -> None:
    log: list[int] = []
    app = on_sqs(store, log, is_async=is_async)
    run(app, sqs({"id": 1}))
    store.start_elsewhere()

    assert run(app, sqs({"id": 1})) == failed("m-0")
    assert log == [1]


def test_a_message_in_progress_elsewhere_is_raised_by_powertools_own_name(store: Memory) -> None:
    app = App()
    app.sqs(idempotent=store)(lambda: None)
    app(sqs("x"), LambdaContext())
    store.start_elsewhere()

    with pytest.raises(IdempotencyAlreadyInProgressError):
        app(sqs("x"), LambdaContext())


def test_two_copies_of_a_message_in_one_batch_are_handled_once(store: Memory) -> None:
    log: list[int] = []
    event = sqs({"id": 1}, {"id": 1})
    for record in event["Records"]:
        record["messageId"] = "same"

    on_sqs(store, log)(event, LambdaContext())

    assert log == [1]


def test_a_message_without_an_id_fails(store: Memory) -> None:
    app = App()
    app.sqs(idempotent=store)(lambda: None)
    event = sqs("x")
    event["Records"][0]["messageId"] = ""

    with pytest.raises(IdempotencyKeyError, match="nothing that stays the same when it is delivered again"):
        app(event, LambdaContext())


def test_dependencies_belong_to_what_is_done_once(store: Memory, run: Run) -> None:
    log: list[str] = []
    app = App()

    async def opened() -> str:
        log.append("opened")
        return "session"

    @app.sqs(idempotent=store)
    def on_order(order: Order, session: Annotated[str, Depends(opened)]) -> None:
        log.append(session)

    for _ in range(2):
        run(app, sqs({"id": 1}))

    assert log == ["opened", "session"]


def test_two_routes_for_one_record_are_two_pieces_of_work(store: Memory) -> None:
    log: list[str] = []
    app = App()

    @app.sqs("orders", where={"id": [1]}, idempotent=store)
    def one() -> None:
        log.append("one")

    @app.sqs("orders", idempotent=store)
    def other() -> None:
        log.append("other")

    app(sqs({"id": 1}), LambdaContext())
    app(sqs({"id": 2}), LambdaContext())

    assert log == ["one", "other"]


# ---- by which id


def again(event: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """The same event with its first record changed."""
    return {**event, "Records": [{**event["Records"][0], **changes}]}


FIFO = sqs({"id": 1}, queue="orders.fifo", groups=["a"])
FIFO["Records"][0]["attributes"]["MessageDeduplicationId"] = "d-1"
OTHER_FIFO = sqs({"id": 1}, queue="orders.fifo", groups=["b"])
OTHER_FIFO["Records"][0]["attributes"]["MessageDeduplicationId"] = "d-1"


@pytest.mark.parametrize(
    ("route", "first", "second", "times"),
    [
        (lambda app, **o: app.sqs(**o), sqs("x"), again(sqs("x"), receiptHandle="other"), 1),
        (lambda app, **o: app.sqs(**o), sqs("x"), again(sqs("x"), messageId="other"), 2),
        (lambda app, **o: app.sqs(**o), FIFO, again(FIFO, messageId="sent again"), 1),
        (lambda app, **o: app.sqs(**o), FIFO, OTHER_FIFO, 2),
        (lambda app, **o: app.sns(**o), sns("x"), sns("x"), 1),
        (lambda app, **o: app.sns(**o), sns("x"), {"Records": sns("y", "x")["Records"][1:]}, 2),
        (lambda app, **o: app.s3(**o), s3("a"), s3("a"), 1),
        (lambda app, **o: app.s3(**o), s3("a"), s3("a", event="ObjectCreated:Copy"), 2),
        (lambda app, **o: app.kinesis(**o), kinesis("x"), kinesis("x"), 1),
        (lambda app, **o: app.dynamodb(**o), dynamodb(1), dynamodb(1), 1),
        (lambda app, **o: app.kafka(**o), kafka({"orders-0": ["x"]}), kafka({"orders-0": ["x"]}), 1),
        (lambda app, **o: app.kafka(**o), kafka({"orders-0": ["x"]}), kafka({"orders-1": ["x"]}), 2),
        (lambda app, **o: app.eventbridge(**o), eventbridge({}), eventbridge({}), 1),
        (lambda app, **o: app.eventbridge(**o), eventbridge({}), {**eventbridge({}), "id": "e-2"}, 2),
    ],
)
def test_a_record_is_known_by_the_id_of_its_source(
    store: Memory, route: Any, first: Any, second: Any, times: int
) -> None:
    log: list[int] = []
    app = App()
    route(app, idempotent=store)(lambda: log.append(1))

    for event in (first, second):
        app(event, LambdaContext())

    assert len(log) == times


def test_a_direct_invoke_is_known_by_its_request_and_answered_again(store: Memory) -> None:
    log: list[int] = []
    app = App()

    @app.direct(idempotent=store)
    def on_order(order: Order) -> dict[str, int]:
        log.append(order.id)
        return {"handled": order.id}

    answers = [app({"id": 1}, LambdaContext(request)) for request in ("r-1", "r-1", "r-2")]

    assert answers == [{"handled": 1}] * 3
    assert log == [1, 1]


# ---- a notification inside a message keeps its id, the message does not


def delivered(id: str, body: Any) -> dict[str, Any]:
    """A body in a message of a new id, as after each delivery by a topic."""
    return again(sqs(body), messageId=id)


def nested_record(record: SqsRecord[SnsNotification[Order]]) -> None: ...
def nested_payload(body: SnsNotification[Order]) -> None: ...
def nested_of_powertools(body: SnsNotificationModel) -> None: ...
def nested_or_none(body: SnsNotification[Order] | None) -> None: ...
def unwrapped(order: Order) -> None: ...
def not_nested(body: str) -> None: ...


@pytest.mark.parametrize(
    ("handler", "options", "entries"),
    [
        (nested_record, {}, 1),
        (nested_payload, {}, 1),
        (nested_of_powertools, {}, 1),
        (nested_or_none, {}, 1),
        (unwrapped, {"unwrap": "sns"}, 1),
        (not_nested, {}, 2),
    ],
    ids=lambda value: getattr(value, "__name__", str(value)),
)
def test_a_notification_is_known_by_its_own_id_where_the_route_says_there_is_one(
    store: Memory, handler: Any, options: Any, entries: int
) -> None:
    app = App()
    app.sqs(idempotent=store, **options)(handler)
    body = notification({"id": 1})

    for id in ("m-1", "m-2"):
        app(delivered(id, body), LambdaContext())

    assert len(store.entries) == entries


def test_a_raw_body_on_an_unwrapping_route_is_known_by_its_message(store: Memory) -> None:
    app = App()
    app.sqs(idempotent=store, unwrap="sns")(unwrapped)

    for id in ("m-1", "m-2", "m-1"):
        app(delivered(id, {"id": 1}), LambdaContext())

    assert len(store.entries) == 2


def test_a_body_that_is_no_json_is_known_by_its_message(store: Memory) -> None:
    app = App()
    app.sqs(idempotent=store, unwrap="sns")(not_nested)

    for id in ("m-1", "m-2"):
        app(delivered(id, "plain"), LambdaContext())

    assert len(store.entries) == 2


def test_a_notification_is_found_in_what_is_decoded(store: Memory) -> None:
    app = App()
    app.sqs(idempotent=store, unwrap="sns", decode=base64.b64decode)(unwrapped)
    body = base64.b64encode(json.dumps(notification({"id": 1})).encode()).decode()

    for id in ("m-1", "m-2"):
        app(delivered(id, body), LambdaContext())

    assert len(store.entries) == 1


@pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])
def test_an_event_inside_a_message_is_known_by_its_own_id(store: Memory, is_async: bool, run: Run) -> None:
    log: list[str] = []
    app = App()

    def on_alert(text: str) -> None:
        log.append(text)

    async def on_alert_async(text: str) -> None:
        await anyio.lowlevel.checkpoint()
        log.append(text)

    app.sns("alerts", via="sqs:orders", idempotent=store)(on_alert_async if is_async else on_alert)

    for id in ("m-1", "m-2"):
        run(app, delivered(id, notification("fire")))

    assert log == ["fire"]


def test_each_record_inside_a_message_is_known_by_its_own_id(store: Memory) -> None:
    log: list[str] = []
    app = App(failures="report")

    @app.s3("photos", via="sqs:orders", idempotent=store)
    def on_photo(record: S3Record) -> None:
        log.append(record.key)
        if record.key == "bad" and log.count("bad") == 1:
            raise Refused

    assert app(delivered("m-1", s3("a", "bad")), LambdaContext()) == failed("m-1")
    assert app(delivered("m-1", s3("a", "bad")), LambdaContext()) == failed()
    assert log == ["a", "bad", "bad"]


# ---- refused when registered


def whole_batch(batch: Batch[Order]) -> None: ...
def windowed(window: Window[dict[str, Any]]) -> None: ...


@pytest.mark.parametrize(
    ("register", "words"),
    [
        (lambda app: app.sqs("q", idempotent="table")(unwrapped), "idempotent= takes a persistence layer"),
        (lambda app: app.sqs("q", idempotent=Memory())(whole_batch), "takes a whole batch, so there is no one result"),
        (lambda app: app.kinesis("c", idempotent=Memory())(windowed), "passes a window's state on, so there is no one result"),
        (lambda app: app.lex(idempotent=Memory())(lambda: None), "nothing in a lex event stays the same"),
    ],
)  # fmt: skip
def test_what_cannot_work_is_refused(register: Any, words: str) -> None:
    with pytest.raises(RegistrationError, match=words):
        register(App())


def test_sns_ids_are_read_only_on_queues(store: Memory) -> None:
    app = App()
    app.sns("alerts", idempotent=store)(lambda: None)

    for id in ("n-1", "n-2"):
        event = sns(notification("x"))
        event["Records"][0]["Sns"]["MessageId"] = id
        app(event, LambdaContext())

    assert len(store.entries) == 2
