"""What is found out about an app without a test of its own."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Annotated, Any, Literal, NoReturn

import pytest
from pydantic import AfterValidator, BaseModel, Field

from eventrouter import (
    ACK,
    App,
    Batch,
    Body,
    Cookie,
    Depends,
    EventStream,
    File,
    Form,
    Header,
    KinesisRecord,
    Query,
    Request,
    Router,
    S3Record,
    ServerSentEvent,
    SqsRecord,
)
from eventrouter.testing import check_app


class Order(BaseModel):
    id: int
    total: float = 1


class Page(BaseModel):
    size: int


class Paid(BaseModel):
    kind: Literal["paid"]


def codes(app: App, **options: Any) -> list[tuple[str, str]]:
    return [(finding.code, finding.route) for finding in check_app(app, **options)]


def never_called() -> NoReturn:
    pytest.fail("a check calls neither handlers nor dependencies")


Never = Annotated[Any, Depends(never_called)]


def sound() -> App:
    """An app with a route of many kinds, and nothing wrong with it."""
    app = App(failures="report", response_stream={"function_url"})

    @app.get("/orders/{order_id}")
    def read(order_id: int, verbose: bool = False) -> Order:
        return never_called()

    @app.get("/files/{rest:path}")
    def file(rest: str, never: Never) -> str:
        return never_called()

    @app.route("/orders", methods=["POST", "PUT"])
    async def create(order: Order, lines: Annotated[list[int], Query()], never: Never, request: Request) -> Order:
        return never_called()

    @app.get("/search")
    def search(
        query: str,
        x_shop: Annotated[str, Header()],
        session: Annotated[str, Cookie(alias="sid")],
        page: Annotated[Page, Query()],
    ) -> str:
        return never_called()

    @app.post("/forms")
    def form(name: Annotated[str, Form()], photo: Annotated[bytes, File()]) -> str:
        return never_called()

    @app.post("/numbers")
    def number(value: Annotated[int, Body()]) -> int:
        return never_called()

    @app.get("/ticks")
    async def ticks() -> AsyncIterator[ServerSentEvent]:
        yield never_called()

    @app.sqs("orders-*", where={"total": [{"numeric": [">=", 100]}]})
    def big(order: Order, record: SqsRecord[Order], never: Never) -> None:
        never_called()

    @app.sqs("orders-*")
    def other(text: str) -> None:
        never_called()

    @app.sqs("bills")
    def bills(batch: Batch[Order]) -> None:
        never_called()

    @app.sqs("arn:aws-cn:sqs:cn-north-1:210987654321:parcels.fifo")
    async def parcels(order: Order) -> None:
        never_called()

    @app.sns("alerts-*")
    def alert(text: str) -> None:
        never_called()

    @app.s3("photos", prefix="in/", suffix=".jpg", event="ObjectCreated:*")
    def photo(record: S3Record) -> None:
        never_called()

    @app.s3("photos", via="sqs:images")
    def queued_photo() -> None:
        never_called()

    @app.s3("scans", via="kinesis:scans")
    def scan() -> None:
        never_called()

    @app.s3("films", via="sns:films-*")
    def film() -> None:
        never_called()

    @app.kinesis("clicks")
    def click(order: Order, record: KinesisRecord[Order]) -> None:
        never_called()

    @app.kafka("orders")
    def on_kafka(order: Order) -> None:
        never_called()

    @app.pipe_enrichment("sqs:orders")
    def enrich(order: Order) -> Order:
        return never_called()

    @app.middleware(waits=False)
    async def layer(invocation: Any, call_next: Any) -> Any:
        return never_called()

    return app


def test_nothing_is_found_where_nothing_is_wrong() -> None:
    findings = check_app(sound())

    assert findings == []
    assert findings.unchecked == []
    assert repr(findings) == "[]"


def test_a_name_that_aws_gives_nothing_is_found() -> None:
    app = App()

    @app.sqs("my queue", failures="report")
    def on_message(text: str) -> None: ...

    (finding,) = check_app(app)

    assert (finding.code, finding.route) == ("unreachable", "on_message")
    assert finding.location.startswith("tests/testing/test_check.py:")
    assert "waits for what AWS never sends: sqs(queue=) 'my queue'" in repr(finding)


def test_a_name_of_a_variable_that_is_not_set_is_found_and_spoils_no_other() -> None:
    app = App(failures="report")

    @app.sqs("${NO_SUCH_VARIABLE}")
    def unknown(text: str) -> None: ...

    @app.s3("photos", via="sqs:${NOR_THIS_ONE}")
    def inside() -> None: ...

    @app.sqs("orders")
    def known(text: str) -> None: ...

    assert codes(app) == [("unresolved-name", "unknown"), ("unresolved-name", "inside")]


def test_a_variable_that_is_set_is_no_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORDERS_QUEUE", "orders")
    app = App(failures="report")

    @app.sqs("${ORDERS_QUEUE}")
    def on_order(order: Order) -> None: ...

    assert codes(app) == []


def test_conditions_that_exclude_each_other_are_found() -> None:
    app = App(failures="report")

    @app.sqs("orders", where={"kind": ["open"]})
    def never(order: Paid) -> None: ...

    assert codes(app) == [("unreachable", "never")]


def test_a_route_whose_events_another_one_takes_is_found() -> None:
    app = App()

    @app.schedule()
    def every_schedule() -> None: ...

    @app.eventbridge(source="aws.events", detail_type="Scheduled Event")
    def leftovers() -> None: ...

    assert codes(app) == [("shadowed", "leftovers")]


@pytest.mark.parametrize("setting", ["json_schema_extra", "field"])
def test_a_model_that_refuses_its_own_example_is_found(setting: str) -> None:
    class Wrong(BaseModel):
        id: int = Field(gt=3, examples=[5, 2] if setting == "field" else [5])
        model_config = {"json_schema_extra": {"examples": [{"id": 1 if setting != "field" else 9}]}}

    app = App(failures="report")

    @app.sqs("orders")
    def on_order(order: Wrong) -> None: ...

    (finding, *_) = check_app(app)

    what = "order.id, whose own example 2" if setting == "field" else "order, whose own example 1"
    assert (finding.code, f"takes {what} does not validate: " in finding.message) == ("bad-example", True)


@pytest.mark.parametrize("decorator", ["sqs", "sns"])
def test_records_that_an_exception_handler_acknowledges_are_found(decorator: str) -> None:
    app = App(failures="report")

    @getattr(app, decorator)("orders")  # type: ignore[untyped-decorator]
    def on_order(text: str) -> None: ...

    @app.exception_handler(Exception)
    def swallow(error: Exception) -> object:
        return ACK

    assert codes(app) == [("loses-records", "on_order")]


def test_events_that_an_exception_handler_acknowledges_are_found() -> None:
    app = App()

    @app.schedule("nightly")
    def nightly() -> None: ...

    @app.exception_handler(Exception)
    def swallow(error: Exception) -> object:
        return ACK

    assert codes(app) == [("loses-records", "nightly")]


def test_an_exception_handler_for_one_kind_of_error_is_no_finding() -> None:
    app = App(failures="report")

    @app.sqs("orders")
    def on_order(text: str) -> None: ...

    @app.exception_handler(LookupError)
    def swallow(error: LookupError) -> object:
        return ACK

    assert codes(app) == []


def test_a_batch_that_leaves_its_failures_open_is_found() -> None:
    app = App()
    said, unsaid = Router(failures="raise"), Router()

    @app.sqs("orders")
    def on_order(text: str) -> None: ...

    @app.sqs("bills", failures="raise")
    def on_bill(text: str) -> None: ...

    @app.sqs("parcels", failures="report")
    def on_parcel(text: str) -> None: ...

    @said.sqs("letters")
    def on_letter(text: str) -> None: ...

    @unsaid.kinesis("clicks")
    def on_click(text: str) -> None: ...

    @app.sns("alerts")
    def on_alert(text: str) -> None: ...

    app.include(said)
    app.include(unsaid)

    assert codes(app) == [("failures-unset", "on_order"), ("failures-unset", "on_click")]
    assert codes(app, ignore={"failures-unset"}) == []


def test_a_template_that_says_it_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVENTROUTER_BATCH_FAILURES", "sqs")
    app = App()

    @app.sqs("orders")
    def on_order(text: str) -> None: ...

    assert codes(app) == []


@pytest.mark.parametrize(
    ("streams", "found"),
    [((), ["export", "ticks", "feed"]), (("function_url",), [])],
)
def test_streams_that_no_trigger_reads_are_found(streams: Any, found: list[str]) -> None:
    app = App(response_stream=streams)

    @app.get("/export")
    def export() -> Iterator[str]:
        yield ""

    @app.get("/ticks")
    async def ticks() -> AsyncIterator[ServerSentEvent]:
        yield ServerSentEvent("")

    @app.get("/feed")
    def feed() -> EventStream:
        return never_called()

    @app.get("/own", response_stream=True)
    def own() -> Iterator[str]:
        yield ""

    assert codes(app) == [("cannot-stream", name) for name in found]


# ------------------------------------------------------------------------------------------------- what cannot be tried


def with_predicate(app: App) -> None:
    @app.sqs("orders", where=lambda order: order["total"] > 3)
    def handle(order: Order) -> None: ...


def with_attributes(app: App) -> None:
    @app.sqs("orders", attributes={"tenant": "blue"})
    def handle(order: Order) -> None: ...


def with_pattern(app: App) -> None:
    class Coded(BaseModel):
        code: str = Field(pattern="^[A-Z]{3}$")

    @app.sqs("orders")
    def handle(order: Coded) -> None: ...


def without_schema(app: App) -> None:
    class Thing:
        @classmethod
        def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
            from pydantic_core import core_schema

            return core_schema.no_info_plain_validator_function(lambda value: cls())

    @app.sqs("orders")
    def handle(order: Thing) -> None: ...


def with_a_request_that_is_refused(app: App) -> None:
    @app.get("/orders/{order_id}")
    def handle(order_id: Annotated[int, AfterValidator(refuse)]) -> None: ...


def with_a_pattern_in_a_path(app: App) -> None:
    @app.get("/orders/{code}")
    def handle(code: Annotated[str, Field(pattern="^[A-Z]{3}$")]) -> None: ...


def refuse(value: int) -> int:
    raise ValueError("never")


def of_a_kind(app: App) -> None:
    @app.iot("button")
    def handle() -> None: ...


def with_validator(app: App) -> None:
    from pydantic import field_validator

    class Odd(BaseModel):
        id: int

        @field_validator("id")
        @classmethod
        def is_odd(cls, value: int) -> int:
            raise ValueError("never")

    @app.sqs("orders")
    def handle(order: Odd) -> None: ...


@pytest.mark.parametrize(
    ("register", "why"),
    [
        (with_predicate, "is a function"),
        (with_attributes, "its condition cannot be made up"),
        (with_pattern, "it asks for text that matches"),
        (without_schema, "its payload has no JSON Schema"),
        (with_a_request_that_is_refused, "a request made for it, GET /orders/1, is answered 422"),
        (with_a_pattern_in_a_path, "it asks for text that matches"),
        (of_a_kind, "its events cannot be made with kind"),
        (with_validator, "an event made for it fails before it: PayloadError"),
    ],
)
def test_what_cannot_be_tried_is_told_apart_from_what_is_wrong(register: Callable[[App], None], why: str) -> None:
    app = App(failures="report")
    register(app)

    findings = check_app(app)

    assert findings == []
    assert [why in repr(each) for each in findings.unchecked] == [True]


def test_what_puts_records_aside_is_not_called() -> None:
    app = App(failures="report", invalid=put_aside, unmatched=put_aside)

    @app.sqs("orders", invalid=put_aside)
    def on_order(order: Annotated[int, AfterValidator(refuse)]) -> None: ...

    assert [finding.code for finding in check_app(app).unchecked] == ["unchecked"]


def put_aside(record: object, error: BaseException) -> None:
    pytest.fail("a check puts nothing aside")


def test_a_code_that_there_is_not_is_refused() -> None:
    with pytest.raises(ValueError, match="ignore= names unreachible; there are bad-example, cannot-stream, "):
        check_app(App(), ignore={"unreachible"})


def test_a_check_leaves_nothing_behind(caplog: pytest.LogCaptureFixture) -> None:
    app = sound()
    caplog.set_level(logging.DEBUG)

    check_app(app)

    assert caplog.records == []
    assert app.dependency_overrides == {}
    assert not logging.getLogger("eventrouter").disabled


def test_findings_are_shown_line_by_line() -> None:
    app = App()

    @app.sqs("a")
    def one(text: str) -> None: ...

    @app.sqs("b")
    def two(change: Order) -> None: ...

    assert [line.partition(" [")[0] for line in repr(check_app(app)).splitlines()] == [
        "failures-unset: one()",
        "failures-unset: two()",
    ]


def named(app: App) -> None:
    """A route of each source, by a name."""
    app.appsync("Query", "getOrder")(never_called)
    app.appsync_events("/chat/room")(never_called)
    app.appsync_events(namespace="news", operation="SUBSCRIBE")(never_called)
    app.authorizer("k3", response="iam")(never_called)
    app.bedrock_agent("/orders", "GET", agent="desk")(never_called)
    app.bedrock_agent_function("orders")(never_called)
    app.cloudformation("Custom::Thing", request_type="Update")(never_called)
    app.cloudwatch_alarm("failing", state="ALARM")(never_called)
    app.cloudwatch_logs("/aws/lambda/shop")(never_called)
    app.codecommit("shop", trigger="build")(never_called)
    app.codepipeline_job(complete=False)(parameters)
    app.cognito("PreSignUp_SignUp")(never_called)
    app.config("rotated", complete=False)(never_called)
    app.connect(queue="Support", channel="CHAT")(never_called)
    app.documentdb("orders", database="shop")(never_called)
    app.durable("function")(never_called)
    app.dynamodb("orders")(never_called)
    app.dynamodb("arn:aws:dynamodb:eu-west-1:123456789012:table/bills/stream/2026-01-15T00:00:00.000")(never_called)
    app.eventbridge(source="aws.ec2", detail_type="State-change", bus="own")(never_called)
    app.firehose("lake")(never_called)
    app.iot_authorizer("fleet.example.com")(never_called)
    app.lambda_destination("thumbnails", condition="Success")(never_called)
    app.lex("Book", locale="en_GB")(never_called)
    app.activemq("orders")(never_called)
    app.rabbitmq("orders", virtual_host="/")(never_called)
    app.s3_batch("photos")(never_called)
    app.s3_object_lambda("thumbs", operation="HeadObject")(never_called)
    app.schedule("reports/morning")(never_called)
    app.schedule("nightly")(limits)
    app.secretsmanager_rotation("createSecret", secret="db")(never_called)
    app.ses()(never_called)
    app.transfer_family("identity_provider", protocol="FTPS")(never_called)
    app.transfer_family("workflow_step", complete=False)(never_called)
    app.websocket("send")(said)
    app.direct()(limits)


def parameters(value: Order) -> None: ...


def limits(value: Order) -> None: ...


def said(text: str) -> None: ...


def test_a_route_of_every_source_is_tried() -> None:
    app = App(failures="report")
    named(app)

    findings = check_app(app)

    assert findings == []
    assert findings.unchecked == []
