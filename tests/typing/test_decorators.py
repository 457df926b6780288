"""What a type checker makes of a user's decorators: functions stay what they are, and wrong arguments are errors.

The assertions hold for mypy, which checks the tests too; an error that is no longer one is an unused ``type: ignore``.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias, assert_type

import anyio
import pytest
from pydantic import BaseModel

from eventrouter import (
    App,
    BufferedResponse,
    FunctionResponse,
    Invocation,
    LambdaContext,
    RegistrationError,
    Router,
    Source,
    parse,
    sniff,
)
from eventrouter._decorators import OnSource, Routes


class Order(BaseModel):
    id: int


def test_a_handler_is_still_the_function_it_was() -> None:
    app = App()

    @app.get("/orders/{order_id}", status_code=201)
    def read_order(order_id: int) -> Order:
        return Order(id=order_id)

    @app.sqs("orders", where={"kind": ["paid"]}, failures="report")
    def on_order(order: Order) -> str:
        return f"order {order.id}"

    @app.direct()
    async def later(order: Order) -> int:
        return order.id

    assert_type(read_order(order_id=7), Order)
    assert_type(on_order(Order(id=7)), str)
    assert_type(anyio.run(later, Order(id=7)), int)
    with pytest.raises(TypeError):
        read_order(7, 8)  # type: ignore[call-arg]


def gives_back(handler: Callable[[dict[str, Any]], int]) -> None:
    """Every kind of decorator around a function of a declared type."""
    app, router = App(), Router()

    assert_type(app.direct()(handler), Callable[[dict[str, Any]], int])
    assert_type(app.sqs("orders")(handler), Callable[[dict[str, Any]], int])
    assert_type(router.post("/orders")(handler), Callable[[dict[str, Any]], int])
    assert_type(app.exception_handler(KeyError)(handler), Callable[[dict[str, Any]], int])
    assert_type(app.after_invocation(handler), Callable[[dict[str, Any]], int])


def test_a_decorator_gives_back_the_very_type_it_was_given() -> None:
    def handler(event: dict[str, Any]) -> int:
        return len(event)

    gives_back(handler)


def test_a_layer_can_still_be_called() -> None:
    app = App()

    @app.middleware
    async def outer(
        invocation: Invocation, call_next: Callable[[Invocation], Awaitable[FunctionResponse]]
    ) -> FunctionResponse:
        return await call_next(invocation)

    @app.middleware(waits=False)
    async def inner(
        invocation: Invocation, call_next: Callable[[Invocation], Awaitable[FunctionResponse]]
    ) -> FunctionResponse:
        return await outer(invocation, call_next)

    @app.direct()
    async def handler(event: dict[str, Any]) -> int:
        return len(event)

    async def dispatched() -> None:
        assert_type(await app.dispatch({}), FunctionResponse)
        response = await app.dispatch({"a": 1}, LambdaContext())
        assert assert_type(response, FunctionResponse) is not None
        assert isinstance(response, BufferedResponse)
        assert assert_type(response.payload, bytes) == b"1"

    assert_type(
        inner, Callable[[Invocation, Callable[[Invocation], Awaitable[FunctionResponse]]], Awaitable[FunctionResponse]]
    )
    anyio.run(dispatched)


def test_what_the_front_door_functions_return() -> None:
    app = App()

    assert_type(sniff({}), Source)
    assert_type(sniff({}).name, str)
    assert_type(parse({}), BaseModel)
    assert_type(app.explain({}).source, str)
    assert_type([route.handler for route in app.routes()], list[str])


Use: TypeAlias = Callable[[App], Callable[[Callable[..., object]], Callable[..., object]]]


#: Of each decorator a right use; ``GOOD`` and ``WRONG_KEYWORDS`` together name all of them.
GOOD: dict[str, Use] = {
    "activemq": lambda app: app.activemq("orders", where={"kind": ["paid"]}),
    "appsync": lambda app: app.appsync("Query", "getOrder"),
    "appsync_authorizer": lambda app: app.appsync_authorizer(),
    "appsync_events": lambda app: app.appsync_events("/default/*"),
    "authorizer": lambda app: app.authorizer(response="simple"),
    "bedrock_agent": lambda app: app.bedrock_agent(),
    "bedrock_agent_function": lambda app: app.bedrock_agent_function("find_order"),
    "cloudformation": lambda app: app.cloudformation("Custom::Bucket"),
    "cloudwatch_alarm": lambda app: app.cloudwatch_alarm("errors-*"),
    "cloudwatch_logs": lambda app: app.cloudwatch_logs("/aws/lambda/*"),
    "codecommit": lambda app: app.codecommit("shop"),
    "codepipeline_job": lambda app: app.codepipeline_job(),
    "cognito": lambda app: app.cognito("PreSignUp_SignUp"),
    "config": lambda app: app.config("tagged"),
    "connect": lambda app: app.connect(),
    "direct": lambda app: app.direct(where=lambda event: "id" in event),
    "documentdb": lambda app: app.documentdb("orders"),
    "durable": lambda app: app.durable(),
    "dynamodb": lambda app: app.dynamodb("orders", event="INSERT", concurrency=1),
    "eventbridge": lambda app: app.eventbridge(source="shop", detail_type="Paid", detail={"total": [{"numeric": [">", 9]}]}),
    "firehose": lambda app: app.firehose("clicks"),
    "iot": lambda app: app.iot(),
    "iot_authorizer": lambda app: app.iot_authorizer(),
    "kafka": lambda app: app.kafka("orders", invalid="drop"),
    "kinesis": lambda app: app.kinesis("clicks", margin=2.5),
    "lambda_destination": lambda app: app.lambda_destination(),
    "lex": lambda app: app.lex("OrderMug"),
    "rabbitmq": lambda app: app.rabbitmq("orders"),
    "s3": lambda app: app.s3("photos", event="ObjectCreated:*", prefix="2025/", suffix=".jpg", via="sqs:images"),
    "s3_batch": lambda app: app.s3_batch(),
    "s3_object_lambda": lambda app: app.s3_object_lambda(),
    "schedule": lambda app: app.schedule("nightly"),
    "secretsmanager_rotation": lambda app: app.secretsmanager_rotation(),
    "ses": lambda app: app.ses(),
    "sns": lambda app: app.sns("alerts-*", unmatched=lambda record, error: None),
    "sqs": lambda app: app.sqs("${ORDERS}", unwrap="sns", attributes={"tenant": "north"}, middleware=[]),
    "transfer_family": lambda app: app.transfer_family("identity_provider"),
    "websocket": lambda app: app.websocket("$connect"),
}  # fmt: skip


def test_every_decorator_of_a_source_is_in_the_tables() -> None:
    decorators = sorted(name for name, value in vars(Routes).items() if isinstance(value, OnSource))

    assert sorted(GOOD) == decorators
    assert sorted(WRONG_KEYWORDS) == decorators


@pytest.mark.parametrize("name", GOOD)
def test_what_a_type_checker_takes_is_taken(name: str) -> None:
    assert callable(GOOD[name](App()))


WRONG_KEYWORDS: dict[str, Use] = {
    "activemq": lambda app: app.activemq(queu="orders"),  # type: ignore[call-arg]
    "appsync": lambda app: app.appsync(field="getOrder"),  # type: ignore[call-arg]
    "appsync_authorizer": lambda app: app.appsync_authorizer(nam="x"),  # type: ignore[call-arg]
    "appsync_events": lambda app: app.appsync_events(chanel="x"),  # type: ignore[call-arg]
    "authorizer": lambda app: app.authorizer(respons="iam"),  # type: ignore[call-arg]
    "bedrock_agent": lambda app: app.bedrock_agent(paht="/orders"),  # type: ignore[call-arg]
    "bedrock_agent_function": lambda app: app.bedrock_agent_function(nam="x"),  # type: ignore[call-arg]
    "cloudformation": lambda app: app.cloudformation(typ="Custom::Bucket"),  # type: ignore[call-arg]
    "cloudwatch_alarm": lambda app: app.cloudwatch_alarm(alarms="x"),  # type: ignore[call-arg]
    "cloudwatch_logs": lambda app: app.cloudwatch_logs(groups="x"),  # type: ignore[call-arg]
    "codecommit": lambda app: app.codecommit(repo="shop"),  # type: ignore[call-arg]
    "codepipeline_job": lambda app: app.codepipeline_job(job="x"),  # type: ignore[call-arg]
    "cognito": lambda app: app.cognito(triger="x"),  # type: ignore[call-arg]
    "config": lambda app: app.config(rules="x"),  # type: ignore[call-arg]
    "connect": lambda app: app.connect(flows="x"),  # type: ignore[call-arg]
    "direct": lambda app: app.direct(were={}),  # type: ignore[call-arg]
    "documentdb": lambda app: app.documentdb(colection="x"),  # type: ignore[call-arg]
    "durable": lambda app: app.durable(nam="x"),  # type: ignore[call-arg]
    "dynamodb": lambda app: app.dynamodb(tabel="orders"),  # type: ignore[call-arg]
    "eventbridge": lambda app: app.eventbridge(detailtype="Paid"),  # type: ignore[call-arg]
    "firehose": lambda app: app.firehose(steam="clicks"),  # type: ignore[call-arg]
    "iot": lambda app: app.iot(topc="x"),  # type: ignore[call-arg]
    "iot_authorizer": lambda app: app.iot_authorizer(nam="x"),  # type: ignore[call-arg]
    "kafka": lambda app: app.kafka(topik="orders"),  # type: ignore[call-arg]
    "kinesis": lambda app: app.kinesis(steam="clicks"),  # type: ignore[call-arg]
    "lambda_destination": lambda app: app.lambda_destination(functoin="x"),  # type: ignore[call-arg]
    "lex": lambda app: app.lex(intnt="OrderMug"),  # type: ignore[call-arg]
    "rabbitmq": lambda app: app.rabbitmq(queu="orders"),  # type: ignore[call-arg]
    "s3": lambda app: app.s3("photos", events="ObjectCreated:*"),  # type: ignore[call-arg]
    "s3_batch": lambda app: app.s3_batch(jobs="x"),  # type: ignore[call-arg]
    "s3_object_lambda": lambda app: app.s3_object_lambda(buket="x"),  # type: ignore[call-arg]
    "schedule": lambda app: app.schedule(rate="1 day"),  # type: ignore[call-arg]
    "secretsmanager_rotation": lambda app: app.secretsmanager_rotation(secrt="x"),  # type: ignore[call-arg]
    "ses": lambda app: app.ses(recipients="x"),  # type: ignore[call-arg]
    "sns": lambda app: app.sns(topik="alerts"),  # type: ignore[call-arg]
    "sqs": lambda app: app.sqs(queu="orders"),  # type: ignore[call-arg]
    "transfer_family": lambda app: app.transfer_family("identity_provider", servr="x"),  # type: ignore[call-arg]
    "websocket": lambda app: app.websocket(route="$connect"),  # type: ignore[call-arg]
}


@pytest.mark.parametrize("name", WRONG_KEYWORDS)
def test_what_is_an_error_to_a_type_checker_is_refused_at_registration(name: str) -> None:
    def handler() -> None: ...

    with pytest.raises(RegistrationError, match=f"@app.{name}: .* there is no option"):
        WRONG_KEYWORDS[name](App())(handler)


#: Other mistakes: a wrong value, a wrong place, a decorator that is not called, a setting of another kind of route.
MISTAKES: list[Callable[[App], object]] = [
    lambda app: app.get("/orders", statuscode=201),  # type: ignore[call-arg]
    lambda app: app.get("/orders", failures="report"),  # type: ignore[call-arg]
    lambda app: app.sqs("orders", status_code=201),  # type: ignore[call-arg]
    lambda app: app.get(),  # type: ignore[call-arg]
    lambda app: app.post(7),  # type: ignore[arg-type]
    lambda app: app.sqs(7),  # type: ignore[arg-type]
    lambda app: app.sqs("orders", failures="reprot"),  # type: ignore[arg-type]
    lambda app: app.sqs("orders", invalid="skip"),  # type: ignore[arg-type]
    lambda app: app.sqs("orders", concurrency="many"),  # type: ignore[arg-type]
    lambda app: app.sqs("orders", margin="1 s"),  # type: ignore[arg-type]
    lambda app: app.on("sqs"),  # type: ignore[arg-type]
    lambda app: app.include(App()),  # type: ignore[arg-type]
    lambda app: app.middleware("timing"),  # type: ignore[call-overload]
    lambda app: App(failure="report"),  # type: ignore[call-arg]
    lambda app: App(failures="reprot"),  # type: ignore[arg-type]
    lambda app: App(response_stream={"sqs"}),  # type: ignore[arg-type]
    lambda app: App(response_stream="function_url"),  # type: ignore[arg-type]
    lambda app: app.eventbridge("shop"),  # type: ignore[call-arg]
]


def register(decorator: object) -> None:
    """Use what a mistake gives back, if it gives anything: some are only seen when there is a function."""

    def handler() -> None: ...

    if callable(decorator):
        decorator(handler)


@pytest.mark.parametrize("mistake", MISTAKES, ids=range(len(MISTAKES)))
def test_a_mistake_is_an_error_to_a_type_checker_and_when_it_runs(mistake: Callable[[App], object]) -> None:
    with pytest.raises((RegistrationError, TypeError)):
        register(mistake(App()))
