"""Every document is one by AsyncAPI's own schema, whatever the app listens to."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given, settings, strategies as st
from pydantic import BaseModel, Field
from typing_extensions import TypedDict

from eventrouter import App, Batch, Body, Change, S3Record, SnsNotification, SqsRecord
from tests.asyncapi.official import MISSING, official, problems


class Color(Enum):
    RED = "red"


class Line(BaseModel):
    """One line."""

    pair: tuple[int, str]
    prices: dict[str, Decimal] = Field(default_factory=dict, description="By currency.")


class Order(BaseModel):
    id: int = Field(alias="order-id", gt=0)
    line: Line = Field(description="The first one.")
    color: Color = Color.RED
    due: date | None = None
    parts: list[Order] = []


class Placed(BaseModel):
    kind: Literal["placed"]
    order: Order


class Cancelled(BaseModel):
    kind: Literal["cancelled"]


class Note(TypedDict):
    at: datetime
    text: str


PAYLOADS: list[Any] = [
    str, bytes, int, Order, Note, Order | None, Annotated[list[Line], Body()], dict[str, Any], dict[str, Order],
    Placed | Cancelled,
    Annotated[Placed | Cancelled, Field(discriminator="kind")], tuple[int, str], tuple[int, ...], Batch[Order],
    list[SqsRecord[Order]], SqsRecord[Placed | Cancelled], SqsRecord[SnsNotification[Order]], SqsRecord,
]  # fmt: skip

NAMES = st.one_of(
    st.none(),
    st.text(st.characters(exclude_characters="/"), max_size=12),
    st.text("ab_.*-${}:", max_size=8),
    st.sampled_from(
        ["orders", "orders.fifo", "${QUEUE}", "a-${B}-c", "x-*", "arn:aws:sqs:eu-west-1:123456789012:orders"]
    ),
)


def handler(name: str, words: str, annotation: object) -> Callable[..., None]:
    def handle(payload: object) -> None: ...

    handle.__name__, handle.__doc__, handle.__annotations__["payload"] = name, words, annotation
    return handle


@settings(max_examples=50, deadline=None)
@given(
    st.lists(
        st.tuples(NAMES, st.text(max_size=8), st.text(max_size=30), st.sampled_from(PAYLOADS)),
        max_size=6,
        unique_by=lambda route: route[0] or "",
    )
)
def test_any_queues_give_a_valid_document(routes: list[tuple[str | None, str, str, object]]) -> None:
    app = App()
    for number, (queue, name, words, annotation) in enumerate(routes):
        app.sqs(queue, where={"number": [number]})(handler(name, words, annotation))

    found = app.asyncapi(title="Shop", version="1")

    assert problems(found) == []
    assert len(found["operations"]) == len(routes)
    assert json.loads(json.dumps(found, allow_nan=False)) == found


def nothing() -> None: ...


def on_text(text: str) -> None: ...


def on_change(change: Change[Order]) -> None: ...


def on_photo(record: S3Record) -> None: ...


EVERY: dict[str, Callable[[App], object]] = {
    "activemq": lambda app: app.activemq("orders")(on_text),
    "appsync": lambda app: app.appsync("Query", "orders")(nothing),
    "appsync_authorizer": lambda app: app.appsync_authorizer()(nothing),
    "appsync_events": lambda app: app.appsync_events("/chat/*")(nothing),
    "authorizer": lambda app: app.authorizer("a1b2c3", response="iam")(nothing),
    "bedrock_agent": lambda app: app.bedrock_agent()(nothing),
    "bedrock_agent_function": lambda app: app.bedrock_agent_function()(nothing),
    "cloudformation": lambda app: app.cloudformation("Custom::Thing")(nothing),
    "cloudwatch_alarm": lambda app: app.cloudwatch_alarm("high")(nothing),
    "cloudwatch_logs": lambda app: app.cloudwatch_logs("/aws/lambda/shop", stream="x")(on_text),
    "codecommit": lambda app: app.codecommit("shop", branch="main")(nothing),
    "codepipeline_job": lambda app: app.codepipeline_job("deploy", complete=False)(nothing),
    "cognito": lambda app: app.cognito("PreSignUp_SignUp")(nothing),
    "config": lambda app: app.config("rule", complete=False)(nothing),
    "connect": lambda app: app.connect(parameters={"a": ["b"]})(nothing),
    "direct": lambda app: app.direct(where={"kind": ["warm"]})(nothing),
    "documentdb": lambda app: app.documentdb("orders", event=["insert", "update"])(nothing),
    "durable": lambda app: app.durable()(nothing),
    "dynamodb": lambda app: app.dynamodb("orders")(on_change),
    "eventbridge": lambda app: app.eventbridge(source={"prefix": "shop."}, detail={"n": [{"numeric": [">", 1]}]})(nothing),
    "firehose": lambda app: app.firehose("clicks")(on_text),
    "iot": lambda app: app.iot("registry")(nothing),
    "iot_authorizer": lambda app: app.iot_authorizer()(nothing),
    "kafka": lambda app: app.kafka("orders")(on_text),
    "kinesis": lambda app: app.kinesis("clicks")(on_text),
    "lambda_destination": lambda app: app.lambda_destination("shop")(nothing),
    "lex": lambda app: app.lex("Order")(nothing),
    "rabbitmq": lambda app: app.rabbitmq("orders", virtual_host="/")(on_text),
    "s3": lambda app: app.s3("photos", prefix="a/", suffix=".jpg")(on_photo),
    "s3_batch": lambda app: app.s3_batch("photos")(nothing),
    "s3_object_lambda": lambda app: app.s3_object_lambda("point", operation="GetObject", complete=False)(nothing),
    "schedule": lambda app: app.schedule("group/nightly")(nothing),
    "secretsmanager_rotation": lambda app: app.secretsmanager_rotation("createSecret")(nothing),
    "ses": lambda app: app.ses("*@shop.example")(nothing),
    "sns": lambda app: app.sns("alerts", subject="hot", attributes={"tenant": "a"})(on_text),
    "sqs": lambda app: app.sqs("orders", attributes={"tenant": ["a", "b"]})(on_text),
    "transfer_family": lambda app: app.transfer_family("workflow_step", complete=False)(nothing),
    "websocket": lambda app: app.websocket("$connect")(nothing),
    "pipe_enrichment": lambda app: app.pipe_enrichment("sqs:orders")(on_text),
    "via": lambda app: app.s3("photos", via="sqs:${IMAGES}")(on_photo),
    "unwrap": lambda app: app.sqs("orders", unwrap="sns", decode=bytes)(on_text),
    "get": lambda app: app.get("/orders")(nothing),
}  # fmt: skip


@pytest.mark.parametrize("name", EVERY)
def test_every_decorator_gives_a_valid_document(name: str) -> None:
    app = App()
    EVERY[name](app)

    found = app.asyncapi(title="Shop", version="1")

    assert problems(found) == []
    assert len(found["operations"]) == (name != "get")


def test_all_decorators_together_give_a_valid_document() -> None:
    app = App()
    for name, register in EVERY.items():
        if name not in ("unwrap", "via"):  # the same queue as another one
            register(app)

    assert problems(app.asyncapi(title="Shop", version="1")) == []


def test_the_table_has_every_decorator() -> None:
    from eventrouter._decorators import Routes, _OnSource

    assert {name for name, each in vars(Routes).items() if isinstance(each, _OnSource)} - set(EVERY) == set()


@pytest.mark.skipif(official() is None, reason=MISSING)
def test_the_official_schema_refuses_what_is_no_document() -> None:
    found = App().asyncapi()

    assert problems({**found, "info": {}})
