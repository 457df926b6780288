"""What other libraries make of the events that our factories make.

A row says what a peer reads of an event, or why it cannot. Powertools' readers stand in the tests of the factories themselves.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from chalice.app import (
    Chalice,
    CloudWatchEvent,
    DynamoDBEvent,
    KinesisEvent,
    Request as ChaliceRequest,
    S3Event,
    SNSEvent,
    SQSEvent,
)
from mangum.handlers import ALB, APIGateway, HTTPGateway, LambdaAtEdge

from eventrouter import sniff
from eventrouter.testing import events

# ----------------------------------------------------------------------------------------------------------------- Chalice

CHALICE: list[tuple[Any, Any, Callable[[Any], object], object]] = [
    (SQSEvent, events.sqs({"id": 7}), lambda event: [each.body for each in event], ['{"id":7}']),
    (SNSEvent, events.sns("hi", subject="s"), lambda event: (event.message, event.subject), ("hi", "s")),
    (S3Event, events.s3("photos", "a b+c.jpg"), lambda event: (event.bucket, event.key), ("photos", "a b+c.jpg")),
    (KinesisEvent, events.kinesis(b"\x00a"), lambda event: [each.data for each in event], [b"\x00a"]),
    (DynamoDBEvent, events.dynamodb({"id": 7}), lambda event: [each.new_image["id"] for each in event], [{"N": "7"}]),
    (
        CloudWatchEvent,
        events.eventbridge({"id": 7}),
        lambda event: (event.source, event.detail),
        ("shop.orders", {"id": 7}),
    ),
    (CloudWatchEvent, events.schedule("nightly"), lambda event: event.detail_type, "Scheduled Event"),
]


@pytest.mark.parametrize(("reader", "event", "read", "expected"), CHALICE)
def test_chalice_reads_it(reader: Any, event: Any, read: Callable[[Any], object], expected: object) -> None:
    # It has readers of these sources, and none of the others.
    assert read(reader(event, None)) == expected


def test_chalice_answers_a_request_of_a_rest_api() -> None:
    app = Chalice("orders", configure_logs=False)
    asked: list[ChaliceRequest] = []

    def read_order(order_id: str) -> dict[str, str]:
        assert app.current_request is not None
        asked.append(app.current_request)
        return {"id": order_id}

    app.route("/orders/{order_id}")(read_order)
    event = events.apigw_rest("GET", "/orders/7?a=1&a=2", resource="/orders/{order_id}", headers={"X-Shop": "one"})

    answer = app(event, None)

    assert (answer["statusCode"], json.loads(answer["body"])) == (200, {"id": "7"})
    assert asked[0].query_params is not None
    assert asked[0].query_params.getlist("a") == ["1", "2"]
    assert asked[0].headers["x-shop"] == "one"
    assert asked[0].context["identity"]["sourceIp"] == "203.0.113.7"


# ------------------------------------------------------------------------------------------------------------------ Mangum

MANGUM: list[Any] = [HTTPGateway, APIGateway, ALB, LambdaAtEdge]
CONFIG: Any = {"api_gateway_base_path": "/", "text_mime_types": [], "exclude_headers": []}
REQUEST: dict[str, Any] = {
    "params": {"a": ["1", "2"]},
    "headers": {"X-Shop": "one"},
    "cookies": {"sid": "s"},
    "json": {"id": 7},
}


@pytest.mark.parametrize(
    ("event", "reader", "path"),
    [
        (events.apigw_http("POST", "/orders/blue mug", **REQUEST), HTTPGateway, "/orders/blue mug"),
        (events.function_url("POST", "/orders/7", **REQUEST), HTTPGateway, "/orders/7"),
        (events.apigw_rest("POST", "/orders/7", **REQUEST), APIGateway, "/orders/7"),
        (events.alb("POST", "/orders/7", multi_value=True, **REQUEST), ALB, "/orders/7"),
    ],
    ids=["apigw_http", "function_url", "apigw_rest", "alb"],
)
def test_mangum_reads_a_request(event: Any, reader: Any, path: str) -> None:
    claimed = [each for each in MANGUM if each.infer(event, None, CONFIG)]

    handler = reader(event, None, CONFIG)

    assert claimed == [reader]
    scope = handler.scope
    headers = {name.decode(): value.decode() for name, value in scope["headers"]}
    assert (scope["method"], scope["path"], scope["query_string"]) == ("POST", path, b"a=1&a=2")
    assert (headers["x-shop"], headers["cookie"], handler.body) == ("one", "sid=s", b'{"id":7}')
    assert scope["client"][0] == "203.0.113.7"


@pytest.mark.parametrize(
    ("event", "claimed"),
    [
        (events.vpc_lattice_v1(), []),  # it has no reader for it
        (
            events.vpc_lattice_v2(),
            [HTTPGateway],
        ),  # it takes whatever has a version and a request context for an HTTP API
    ],
    ids=["v1", "v2"],
)
def test_mangum_knows_nothing_of_vpc_lattice(event: Any, claimed: list[Any]) -> None:
    assert [each for each in MANGUM if each.infer(event, None, CONFIG)] == claimed
    for reader in claimed:
        with pytest.raises(KeyError):
            reader(event, None, CONFIG).scope  # noqa: B018 - reading it is what fails


# ------------------------------------------------------------------------------------- the keys that public events have

FOLDER = os.environ.get("EVENTROUTER_SAMPLE_EVENTS")

#: Keys that every public event of a source has and ours has not, with the reason.
NOT_OURS: dict[str, dict[str, str]] = {
    "apigw_authorizer_v2": {"stageVariables": "of a stage that has some, as that of the one public event has"},
}


def whole(label: str) -> list[Any]:
    assert FOLDER is not None
    rows = [json.loads(line) for line in (Path(FOLDER) / "index.jsonl").read_text().splitlines()]
    found = [
        row["file"] for row in rows if row["source"] == label and row["kind"] == "event" and not row.get("also_ok")
    ]
    return [json.loads((Path(FOLDER) / file).read_text()) for file in found]


def keys_of(event: Any) -> set[str]:
    """The names at the top of an event, and of its first record."""
    if not isinstance(event, dict):
        return set()
    records = event.get("Records")
    inner = {f"Records.{key}" for key in records[0]} if isinstance(records, list) and records else set()
    return {*event, *inner}


@pytest.mark.skipif(not FOLDER, reason="EVENTROUTER_SAMPLE_EVENTS does not name a folder of public sample events")
@pytest.mark.parametrize(
    "event",
    [
        events.sqs("a"), events.sns("a"), events.s3(), events.kinesis("a"), events.dynamodb({"id": 1}), events.firehose("a"),
        events.kafka("a"), events.activemq("a"), events.rabbitmq("a"), events.documentdb({"id": 1}), events.cloudwatch_logs("a"),
        events.eventbridge(), events.schedule(), events.ses(), events.function_url("POST", json=1),
        events.apigw_http("POST", json=1),
        events.apigw_rest(), events.alb(), events.vpc_lattice_v1(), events.vpc_lattice_v2(), events.apigw_authorizer_token(),
        events.apigw_authorizer_v2("GET", "/pets/rex?a=1", route_key="GET /pets/{name}", cookies={"a": "b"}),
        events.websocket("send", "a"), events.appsync(), events.appsync_authorizer(),
        events.appsync_events("/a", 1), events.cognito(), events.cloudformation(), events.cloudwatch_alarm(), events.codecommit(),
        events.codepipeline_job(), events.config(), events.connect(), events.lex(), events.bedrock_agent(),
        events.bedrock_agent_function(), events.s3_batch(), events.s3_object_lambda(), events.secretsmanager_rotation(),
        events.lambda_destination(), events.iot(),
    ],
    ids=lambda event: sniff(event).name,
)  # fmt: skip
def test_an_event_has_the_keys_that_all_public_ones_have(event: Any) -> None:
    label = sniff(event).name
    public = whole(label)

    shared = set.intersection(*map(keys_of, public)) if public else set()

    assert shared - keys_of(event) - set(NOT_OURS.get(label, {})) == set()
