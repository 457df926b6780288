"""Payloads: what the annotation of the one left-over parameter means, and what becomes of what does not fit it."""

from __future__ import annotations

import base64
import gzip
import json
import zlib
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, ConfigDict, JsonValue, field_validator
from typing_extensions import TypedDict

from eventrouter import (
    App,
    Body,
    Change,
    Depends,
    EventBridgeEvent,
    Invocation,
    KinesisRecord,
    LambdaContext,
    PayloadError,
    Query,
    RegistrationError,
    S3Record,
    SnsRecord,
    SqsRecord,
    current_invocation,
)
from eventrouter.sources.kinesis import KPL_MAGIC
from tests.deliveries import (
    Run,
    documentdb,
    dynamodb,
    eventbridge,
    failed,
    kafka,
    kinesis,
    logs,
    rabbitmq,
    s3,
    sample,
    sns,
    sqs,
)


class Order(BaseModel):
    id: int


class Row(TypedDict):
    id: int


class Dated(BaseModel):
    model_config = ConfigDict(strict=True)

    day: date


def taking(annotation: Any, seen: list[Any]) -> Callable[[Any], None]:
    """A handler of one payload of *annotation*."""

    def on_payload(payload: Any) -> None:
        seen.append(payload)

    on_payload.__annotations__["payload"] = annotation
    return on_payload


def problem(app: App, event: Any) -> dict[str, Any]:
    """What is wrong with the one payload of an event."""
    with pytest.raises(PayloadError) as caught:
        app(event, LambdaContext())
    (found,) = caught.value.errors
    return found


# ---- what a type means


@pytest.mark.parametrize(
    ("annotation", "body", "value"),
    [
        (str, "plain", "plain"),
        (str, '"quoted"', '"quoted"'),
        (bytes, "grüße", "grüße".encode()),
        (int, "7", 7),
        (bool, "true", True),
        (Decimal, '"1.10"', Decimal("1.10")),
        (date, '"2025-02-03"', date(2025, 2, 3)),
        (dict, '{"a": 1}', {"a": 1}),
        (dict[str, Any], '{"a": [1]}', {"a": [1]}),
        (dict[str, int], '{"a": 1}', {"a": 1}),
        (Order, '{"id": 7}', Order(id=7)),
        (Row, '{"id": 7}', {"id": 7}),
        (Order | None, '{"id": 7}', Order(id=7)),
        (int | list[int], "[1]", [1]),
        (JsonValue, "null", None),
        (Annotated[list[int], Body()], "[1, 2]", [1, 2]),
        (Dated, '{"day": "2025-02-03"}', Dated(day=date(2025, 2, 3))),
    ],
    ids=str,
)
def test_a_type_is_json_of_that_type_and_text_is_as_sent(annotation: Any, body: str, value: object, run: Run) -> None:
    seen: list[Any] = []
    app = App()
    app.sqs("orders")(taking(annotation, seen))

    run(app, sqs(body))

    assert seen == [value]
    assert type(seen[0]) is type(value)


@pytest.mark.parametrize(
    ("route", "event"),
    [
        (lambda app: app.sqs("orders"), sqs({"id": 7})),
        (lambda app: app.sns("alerts"), sns({"id": 7})),
        (lambda app: app.eventbridge(source="shop.orders"), eventbridge({"id": 7})),
        (lambda app: app.kinesis("clicks"), kinesis({"id": 7})),
        (lambda app: app.kafka("orders"), kafka({"orders-0": [{"id": 7}]})),
        (lambda app: app.rabbitmq("orders"), rabbitmq({"id": 7})),
        (lambda app: app.documentdb("orders"), documentdb({"id": 7})),
        (lambda app: app.cloudwatch_logs(), logs({"id": 7})),
        (lambda app: app.direct(), {"id": 7}),
        (lambda app: app.schedule("nightly"), {"eventrouter:schedule": "nightly", "id": 7}),
    ],
    ids=[
        "sqs", "sns", "eventbridge", "kinesis", "kafka", "rabbitmq", "documentdb", "logs", "direct", "schedule",
    ],
)  # fmt: skip
@pytest.mark.parametrize("annotation", [Order, Row, dict[str, Any]], ids=str)
def test_every_source_with_a_payload_gives_it(route: Any, event: Any, annotation: Any, run: Run) -> None:
    seen: list[Any] = []
    app = App()
    route(app)(taking(annotation, seen))

    run(app, event)

    assert seen == [Order(id=7) if annotation is Order else {"id": 7}]


@pytest.mark.parametrize(
    ("route", "event"),
    [
        (lambda app: app.kinesis("clicks"), kinesis("grüße")),
        (lambda app: app.kafka("orders"), kafka({"orders-0": ["grüße"]})),
        (lambda app: app.rabbitmq("orders"), rabbitmq("grüße")),
        (lambda app: app.sns("alerts"), sns("grüße")),
        (lambda app: app.cloudwatch_logs(), logs("grüße")),
    ],
    ids=["kinesis", "kafka", "rabbitmq", "sns", "logs"],
)
@pytest.mark.parametrize(("annotation", "value"), [(str, "grüße"), (bytes, "grüße".encode())], ids=["str", "bytes"])
def test_text_and_bytes_are_as_sent(route: Any, event: Any, annotation: Any, value: object) -> None:
    seen: list[Any] = []
    app = App()
    route(app)(taking(annotation, seen))

    app(event, LambdaContext())

    assert seen == [value]


def test_a_handler_that_does_not_ask_for_the_payload_never_reads_it() -> None:
    handled: list[str] = []
    app = App()
    app.sqs("orders")(lambda: handled.append("handled"))

    app(sqs("not json"), LambdaContext())

    assert handled == ["handled"]


def test_a_payload_goes_with_everything_that_is_bound_by_class() -> None:
    seen: list[object] = []
    app = App()

    def store() -> str:
        return "store"

    @app.sqs("orders")
    def on_order(
        invocation: Invocation,
        record: SqsRecord[Order],
        order: Order,
        context: LambdaContext,
        store: Annotated[str, Depends(store)],
    ) -> None:
        assert current_invocation() is invocation
        seen.extend([record.body, order, store, context.function_name])

    app(sqs({"id": 7}), LambdaContext(function_name="shop"))

    assert seen == [Order(id=7), Order(id=7), "store", "shop"]


def payload_first(order: Order, record: SqsRecord[Order]) -> None:
    seen.append((order, record.body, record.raw["messageId"]))


def record_first(record: SqsRecord[Order], order: Order) -> None:
    seen.append((order, record.body, record.raw["messageId"]))


def notified(order: Order, record: SnsRecord[Order]) -> None:
    seen.append((order, record.Sns.Message, record.raw["Sns"]["MessageId"]))


def other_types(order: Order, record: SqsRecord) -> None:
    seen.append((order, json.loads(record.body), record.raw["messageId"]))


seen: list[Any] = []


@pytest.mark.parametrize(
    ("decorate", "handler", "event", "identifier"),
    [
        (lambda app: app.sqs(), payload_first, sqs({"id": 7}), "m-0"),
        (lambda app: app.sqs(), record_first, sqs({"id": 7}), "m-0"),
        (lambda app: app.sns(), notified, sns({"id": 7}), sns({"id": 7})["Records"][0]["Sns"]["MessageId"]),
        (lambda app: app.sqs(), other_types, sqs({"id": 7}), "m-0"),
    ],
    ids=["payload first", "record first", "SNS", "a record of text"],
)
def test_a_payload_beside_its_record_is_the_record_s_own(
    decorate: Any, handler: Any, event: Any, identifier: str, run: Run
) -> None:
    seen.clear()
    app = App()
    decorate(app)(handler)

    run(app, event)

    ((order, inside, raw),) = seen
    assert (order, raw) == (Order(id=7), identifier)
    assert inside is order or inside == {"id": 7}


def test_a_payload_beside_its_record_is_refused_as_the_record_is() -> None:
    app = App()
    app.sqs()(payload_first)

    with pytest.raises(PayloadError, match="body.id: missing"):
        app(sqs({"no": "id"}), LambdaContext())


# ---- what does not fit


@pytest.mark.parametrize(
    ("annotation", "body", "kind", "loc"),
    [
        (Order, "nope", "json_invalid", []),
        (Order, "[]", "model_type", []),
        (Order, '{"id": "x"}', "int_parsing", ["id"]),
        (Order, "{}", "missing", ["id"]),
        (int, '"x"', "int_parsing", []),
        (dict, "[]", "dict_type", []),
        (dict, "nope", "json_invalid", []),
        (dict, '{"a": NaN}', "json_invalid", []),
        (dict[str, int], '{"a": "x"}', "int_parsing", ["a"]),
        (Order | None, "nope", "json_invalid", []),
    ],
    ids=str,
)
def test_what_does_not_validate_is_told_by_place_and_type(
    annotation: Any, body: str, kind: str, loc: list[str]
) -> None:
    app = App()
    app.sqs("orders")(taking(annotation, []))

    found = problem(app, sqs(body))

    assert (found["type"], found["loc"]) == (kind, loc)


@pytest.mark.parametrize("annotation", [str, bytes, dict, Order, Order | None], ids=str)
@pytest.mark.parametrize("body", [None, 7, ["x"], {"id": 7}], ids=repr)
def test_a_body_that_is_no_text_fails_its_record(annotation: Any, body: object) -> None:
    app = App(failures="report")
    app.sqs("orders")(taking(annotation, []))
    event = sqs("x")
    event["Records"][0]["body"] = body

    assert app(event, LambdaContext()) == (failed() if body is None and annotation == Order | None else failed("m-0"))


@pytest.mark.parametrize("annotation", [str, bytes, dict, Order, Order | None], ids=str)
def test_a_record_without_a_body_fails_with_a_sentence(annotation: Any) -> None:
    app = App()
    app.sqs("orders")(taking(annotation, []))
    event = sqs("x")
    del event["Records"][0]["body"]

    assert problem(app, event) == {"type": "missing", "loc": [], "msg": "The record has no payload"}


@pytest.mark.parametrize("annotation", [str, bytes, dict, Order, int], ids=str)
@pytest.mark.parametrize(
    ("route", "event"),
    [
        (lambda app: app.kafka("orders"), kafka({"orders-0": [None]})),
        (lambda app: app.documentdb("orders"), documentdb(None)),
        (lambda app: app.direct(), None),
    ],
    ids=["kafka tombstone", "documentdb deletion", "direct null"],
)
def test_a_value_of_null_fails_with_what_to_write(route: Any, event: Any, annotation: Any) -> None:
    app = App()
    route(app)(taking(annotation, []))

    assert problem(app, event)["msg"] == "The record has no value: annotate the payload as `T | None` to take those"


@pytest.mark.parametrize("annotation", [str | None, bytes | None, dict[str, Any] | None, Order | None], ids=str)
@pytest.mark.parametrize(
    ("route", "event"),
    [
        (lambda app: app.kafka("orders"), kafka({"orders-0": [None]})),
        (lambda app: app.documentdb("orders"), documentdb(None)),
        (lambda app: app.direct(), None),
    ],
    ids=["kafka tombstone", "documentdb deletion", "direct null"],
)
def test_a_value_of_null_is_none_where_none_is_asked_for(route: Any, event: Any, annotation: Any) -> None:
    seen: list[Any] = []
    app = App()
    route(app)(taking(annotation, seen))

    app(event, LambdaContext())

    assert seen == [None]


def test_any_json_includes_null() -> None:
    seen: list[Any] = []
    app = App()
    app.direct()(taking(JsonValue, seen))

    app(None, LambdaContext())

    assert seen == [None]


@pytest.mark.parametrize(
    ("annotation", "kind"), [(str, "string_unicode"), (Order, "json_invalid"), (dict, "json_invalid")]
)
def test_bytes_that_are_no_text_fail_their_record(annotation: Any, kind: str) -> None:
    app = App()
    app.kinesis("clicks")(taking(annotation, []))

    assert problem(app, kinesis(b"\xff\xfe"))["type"] == kind


def test_base64_that_is_none_fails_its_record() -> None:
    app = App()
    app.kinesis("clicks")(taking(Order, []))
    event = kinesis("x")
    event["Records"][0]["kinesis"]["data"] = "not base64!"

    assert problem(app, event)["type"] == "base64"


def test_a_value_that_is_no_json_fails_its_record() -> None:
    app = App()
    app.direct()(taking(Order, []))

    assert problem(app, {"id": object()})["type"] == "json_invalid"


@pytest.mark.parametrize("annotation", [str, bytes, dict], ids=str)
def test_json_of_another_type_is_not_taken_for_text(annotation: Any) -> None:
    app = App()
    app.direct()(taking(annotation, []))

    assert problem(app, 7)["type"] in ("string_type", "bytes_type", "dict_type")


def test_half_of_a_surrogate_pair_is_kept_as_bytes() -> None:
    seen: list[Any] = []
    app = App()
    app.sqs("orders")(taking(bytes, seen))

    app(sqs("\ud800"), LambdaContext())

    assert seen == [b"\xed\xa0\x80"]


def test_a_strict_model_takes_a_date_from_text_whichever_trigger_brings_it() -> None:
    seen: list[Any] = []
    app = App()
    app.sqs("orders")(taking(Dated, seen))
    app.eventbridge(source="shop.orders")(taking(Dated, seen))

    app(sqs({"day": "2025-02-03"}), LambdaContext())
    app(eventbridge({"day": "2025-02-03"}), LambdaContext())

    assert seen == [Dated(day=date(2025, 2, 3))] * 2


def test_a_model_s_own_code_that_raises_is_not_taken_for_a_missing_payload() -> None:
    class Checked(BaseModel):
        id: int

        @field_validator("id")
        @classmethod
        def look_up(cls, value: int) -> int:
            return {1: 1}[value]

    app = App()

    @app.sqs("orders")
    def on_checked(order: Checked) -> None: ...

    with pytest.raises(KeyError):
        app(sqs({"id": 2}), LambdaContext())


# ---- decode


def packed(value: object) -> bytes:
    return gzip.compress(json.dumps(value).encode())


@pytest.mark.parametrize("where", ["route", "app"])
@pytest.mark.parametrize(
    ("annotation", "value"), [(Order, Order(id=7)), (str, '{"id": 7}'), (dict, {"id": 7})], ids=str
)
def test_bytes_are_decoded_before_they_are_validated(where: str, annotation: Any, value: object, run: Run) -> None:
    seen: list[Any] = []
    app = App(decode=gzip.decompress if where == "app" else None)
    options: Any = {"decode": gzip.decompress} if where == "route" else {}
    app.kinesis("clicks", **options)(taking(annotation, seen))

    run(app, kinesis(packed({"id": 7})))

    assert seen == [value]


def test_text_is_decoded_as_bytes() -> None:
    seen: list[Any] = []
    app = App()
    app.sqs("orders", decode=base64.b64decode)(taking(Order, seen))

    app(sqs(base64.b64encode(b'{"id": 7}').decode()), LambdaContext())

    assert seen == [Order(id=7)]


def test_a_route_s_own_hook_takes_the_place_of_the_app_s() -> None:
    seen: list[Any] = []
    app = App(decode=gzip.decompress)
    app.kinesis("clicks", decode=zlib.decompress)(taking(Order, seen))
    app.kinesis("plain", decode=None)(taking(Order, seen))  # type: ignore[arg-type]

    app(kinesis(zlib.compress(b'{"id": 7}')), LambdaContext())
    app(kinesis({"id": 8}, stream="plain"), LambdaContext())

    assert seen == [Order(id=7), Order(id=8)]


def test_an_app_s_hook_leaves_sources_of_values_alone() -> None:
    seen: list[Any] = []
    app = App(decode=gzip.decompress)
    app.eventbridge(source="shop.orders")(taking(Order, seen))
    app.s3("photos")(lambda: seen.append("photo"))

    app(eventbridge({"id": 7}), LambdaContext())
    app(s3("a"), LambdaContext())

    assert seen == [Order(id=7), "photo"]


def test_conditions_look_at_what_is_decoded() -> None:
    seen: list[Any] = []
    app = App(decode=gzip.decompress)
    app.kinesis("clicks", where={"id": [7]})(taking(Order, seen))

    app(kinesis(packed({"id": 7})), LambdaContext())

    assert seen == [Order(id=7)]


def test_a_tombstone_is_not_decoded() -> None:
    seen: list[Any] = []
    app = App(decode=gzip.decompress)
    app.kafka("orders")(taking(Order | None, seen))

    app(kafka({"orders-0": [None, packed({"id": 7})]}), LambdaContext())

    assert seen == [None, Order(id=7)]


@pytest.mark.parametrize("annotation", [Order, str, Order | None], ids=str)
def test_a_hook_that_raises_fails_its_record_without_its_text(annotation: Any, run: Run) -> None:
    def decode(data: bytes) -> bytes:
        raise ValueError("hunter2")

    app = App()
    app.sqs("orders", decode=decode)(taking(annotation, []))

    with pytest.raises(PayloadError) as caught:
        run(app, sqs("x"))

    assert caught.value.errors == [{"type": "decode", "loc": [], "msg": "decode= raised ValueError"}]
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_a_hook_that_gives_no_bytes_is_a_mistake_and_no_reason_to_drop() -> None:
    app = App(failures="report", invalid="drop")
    app.sqs("orders", decode=lambda data: data.decode())(taking(str, []))  # type: ignore[arg-type,return-value]

    assert app(sqs("x"), LambdaContext()) == failed("m-0")


@pytest.mark.parametrize("kind", [bytearray, memoryview])
def test_a_hook_may_give_any_kind_of_bytes(kind: Any) -> None:
    seen: list[Any] = []
    app = App()
    app.sqs("orders", decode=kind)(taking(Order, seen))

    app(sqs({"id": 7}), LambdaContext())

    assert seen == [Order(id=7)]


def test_a_hook_that_runs_out_of_memory_stops_the_batch() -> None:
    def decode(data: bytes) -> bytes:
        raise MemoryError

    app = App(failures="report")
    app.sqs("orders", decode=decode)(taking(Order, []))

    assert app(sqs("x", "y"), LambdaContext()) == failed("m-0", "m-1")


def test_an_aggregate_of_the_producer_library_is_told_as_one() -> None:
    app = App()
    app.kinesis("clicks")(taking(Order, []))

    found = problem(app, kinesis(KPL_MAGIC + b"packed"))

    assert found["type"] == "kpl_aggregated"
    assert "decode=" in found["msg"]


def test_a_hook_is_given_an_aggregate_as_it_is() -> None:
    seen: list[Any] = []
    given: list[bytes] = []

    def decode(data: bytes) -> bytes:
        given.append(data)
        return b'{"id": 7}'

    app = App(decode=decode)
    app.kinesis("clicks")(taking(Order, seen))
    app.kinesis("clicks", where={"id": [7]})(taking(Order, seen))

    app(kinesis(KPL_MAGIC + b"packed"), LambdaContext())

    assert seen == [Order(id=7)]
    assert set(given) == {KPL_MAGIC + b"packed"}


def test_the_sample_of_an_aggregate_fails_its_record() -> None:
    app = App(failures="report")
    app.kinesis()(taking(Order, []))

    answer = app(sample("kinesis-aggregated"), LambdaContext())

    assert len(answer["batchItemFailures"]) == 1


# ---- refused when registered


def vague_any(payload: Any) -> None: ...
def vague_object(payload: object) -> None: ...
def vague_union(payload: str | Order) -> None: ...
def vague_bytes(payload: bytes | int | None) -> None: ...
def unannotated(payload) -> None: ...  # type: ignore[no-untyped-def]  # noqa: ANN001, RUF100
def two(order: Order, other: Row) -> None: ...
def defaulted(order: Order = Order(id=1)) -> None: ...  # noqa: B008
def by_query(order: Annotated[int, Query()]) -> None: ...
def left_over(key: str) -> None: ...
def marked_but_none(order: Annotated[Order, Body()]) -> None: ...


@pytest.mark.parametrize(
    ("handler", "route", "words"),
    [
        (vague_any, None, "parameter 'payload' would be the payload, and Any does not say what that is: write `str` or `bytes`"),
        (vague_object, None, "object does not say what that is"),
        (vague_union, None, r"str \| .*Order does not say what that is"),
        (vague_bytes, None, "does not say what that is"),
        (unannotated, None, "and has no annotation that says what that is"),
        (two, None, "parameter 'other' and 'order' would both be the payload: one is; a dependency needs Depends"),
        (defaulted, None, "would be the payload, and a payload always comes: take out the default"),
        (by_query, None, "reads an HTTP request, and sqs events are none"),
        (left_over, lambda app: app.s3("photos"), "s3 events have no payload of their own: ask for S3Record"),
        (left_over, lambda app: app.dynamodb("orders"), r"dynamodb events have no payload of their own: ask for Change"),
        (left_over, lambda app: app.cognito(), "cognito events have no payload of their own: ask for CognitoEvent"),
    ],
)  # fmt: skip
def test_what_does_not_say_what_it_is_is_refused(
    handler: Callable[..., object], route: Callable[[App], Any] | None, words: str
) -> None:
    app = App()

    with pytest.raises(RegistrationError, match=words):
        (route or (lambda app: app.sqs("orders")))(app)(handler)


def test_a_body_may_be_marked_as_one() -> None:
    App().sqs("orders")(marked_but_none)


@pytest.mark.parametrize(
    ("annotation", "route", "event"),
    [
        (S3Record, lambda app: app.s3("photos"), s3("a")),
        (Change[Order], lambda app: app.dynamodb("orders"), dynamodb(1)),
        (EventBridgeEvent[Order], lambda app: app.eventbridge(source="shop.orders"), eventbridge({"id": 1})),
        (KinesisRecord[Order], lambda app: app.kinesis("clicks"), kinesis({"id": 1})),
    ],
    ids=["S3Record", "Change", "EventBridgeEvent", "KinesisRecord"],
)
def test_a_source_s_own_types_are_bound_by_class(annotation: Any, route: Any, event: Any) -> None:
    seen: list[Any] = []
    app = App()
    route(app)(taking(annotation, seen))

    app(event, LambdaContext())

    assert isinstance(seen[0], getattr(annotation, "__origin__", annotation))


def test_a_record_that_does_not_validate_fails_alone() -> None:
    seen: list[int] = []
    app = App(failures="report")

    @app.sqs("orders")
    def on_order(record: SqsRecord[Order]) -> None:
        seen.append(record.body.id)

    assert app(sqs({"id": 1}, "nope", {"id": 3}), LambdaContext()) == failed("m-1")
    assert seen == [1, 3]
