"""Events that Hypothesis makes: those that AWS could send, and those that nobody should be able to crash an app with."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings, strategies as st
from pydantic import BaseModel

from eventrouter import App, EventRouterError, Request, parse, sniff
from eventrouter.testing import BatchResult, HttpResult, TestClient, strategies
from eventrouter.testing.check import _silence

RECORDS = [
    "cloudwatch_logs",
    "documentdb",
    "dynamodb",
    "firehose",
    "kafka",
    "kinesis",
    "mq_active",
    "mq_rabbit",
    "s3",
    "s3_batch",
    "sns",
    "sqs",
]


class Order(BaseModel):
    id: int


def everything() -> App:
    """An app with a route for whatever comes."""
    app = App(failures="report", response_stream={"function_url"})

    @app.route("/{rest:path}", methods=["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"])
    def request(rest: str, request: Request) -> dict[str, object]:
        return {
            "query": request.query_params.multi_items(),
            "headers": dict(request.headers),
            "cookies": dict(request.cookies),
            "size": len(request.body),
        }

    for decorator in [
        "activemq",
        "appsync_events",
        "cloudwatch_alarm",
        "cloudwatch_logs",
        "codecommit",
        "cognito",
        "connect",
        "direct",
        "documentdb",
        "dynamodb",
        "durable",
        "eventbridge",
        "firehose",
        "iot",
        "kafka",
        "kinesis",
        "lambda_destination",
        "lex",
        "rabbitmq",
        "s3",
        "s3_batch",
        "secretsmanager_rotation",
        "ses",
        "sns",
        "sqs",
        "websocket",
        "cloudformation",
    ]:
        getattr(app, decorator)()(_taken)
    app.transfer_family("identity_provider")(_taken)
    return app


def _taken() -> None:
    """A handler that asks for nothing."""


@pytest.mark.parametrize("label", strategies.LABELS)
@given(data=st.data())
@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_a_well_formed_event_is_what_it_is_called(label: str, data: st.DataObject) -> None:
    event = data.draw(strategies.events_of(label))

    assert sniff(event).name == label
    assert parse(event) is not None
    assert json.loads(json.dumps(event)) == event


APP = everything()


@given(event=strategies.events_of(*RECORDS))
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
def test_every_record_of_a_well_formed_batch_reaches_its_handler(event: Any) -> None:
    with _silence():
        batch = TestClient(APP).send(event)

    assert isinstance(batch, BatchResult)
    assert [record.error_type for record in batch.failed if batch.source != "firehose"] == []
    assert [record.route for record in batch] == ["_taken"] * len(batch)


@given(event=strategies.sqs(Order, queue="orders.fifo"))
def test_payloads_may_be_of_a_type(event: Any) -> None:
    found: list[Order] = []
    app = App()

    @app.sqs("orders.fifo")
    def on_order(order: Order) -> None:
        found.append(order)

    TestClient(app).send(event)

    assert [{"id": order.id} for order in found] == [json.loads(record["body"]) for record in event["Records"]]


@given(event=strategies.sqs(st.just("hello"), queue=strategies.names()))
def test_payloads_and_names_may_be_strategies(event: Any) -> None:
    assert {record["body"] for record in event["Records"]} == {"hello"}


@given(event=strategies.schedule(strategies.names()), request=strategies.s3(bucket=strategies.names()))
def test_names_are_drawn(event: Any, request: Any) -> None:
    assert "eventrouter:schedule" in event or event["resources"]
    assert sniff(request).name == "s3"


HTTP = ("alb", "apigw_http", "apigw_rest", "function_url", "vpc_lattice_v1", "vpc_lattice_v2")


@given(event=strategies.events_of(*HTTP))
@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_a_client_sends_is_answered_and_never_with_a_500(event: Any) -> None:
    answer = TestClient(APP).send(event)

    assert isinstance(answer, HttpResult)
    assert answer.status_code < 500


@given(event=strategies.hostile())
@settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_a_hostile_event_crashes_nothing(event: Any) -> None:
    with _silence():
        try:
            result = TestClient(APP, raise_exceptions=False).send(event)
        except EventRouterError:
            assume(False)
        explanation = APP.explain(event)

    assert explanation.source == sniff(event).name
    error = result.exception
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    assert error is None or isinstance(error, EventRouterError)


@given(event=strategies.hostile("function_url"))
@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow])
def test_a_hostile_request_that_is_one_is_answered(event: Any) -> None:
    assume(sniff(event).name == "function_url")

    with _silence():
        answer = TestClient(APP, raise_exceptions=False).send(event)

    assert 200 <= answer.status_code < 600


def test_a_label_that_there_is_not_is_refused() -> None:
    with pytest.raises(ValueError, match="'sqss' is no label: there are alb, "):
        strategies.events_of("sqss")


def test_every_name_is_public_and_there() -> None:
    assert [name for name in strategies.__all__ if not hasattr(strategies, name)] == []


def test_without_hypothesis_the_extra_is_named() -> None:
    code = "import sys\nsys.modules['hypothesis'] = None\nimport eventrouter.testing.strategies"

    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)

    assert "pip install 'eventrouter[testing]'" in result.stderr
