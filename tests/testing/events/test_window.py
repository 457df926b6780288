"""Tumbling windows around the batches of the two streams that have them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from aws_lambda_powertools.utilities.data_classes import DynamoDBStreamEvent, KinesisStreamEvent
from aws_lambda_powertools.utilities.parser.models import DynamoDBStreamModel, KinesisDataStreamModel
from pydantic import BaseModel

from eventrouter import App, LambdaContext, Window, parse, sniff
from eventrouter.errors import ImpossibleEventError
from eventrouter.testing.events import sqs
from eventrouter.testing.events.dynamodb import dynamodb
from eventrouter.testing.events.kinesis import kinesis
from eventrouter.testing.events.pipes import pipes
from eventrouter.testing.events.window import window, window_end


class Count(BaseModel):
    count: int = 0


OF_KINESIS: dict[str, dict[str, Any]] = {
    "the first": window(kinesis("a")),
    "a later one": window(kinesis("a", "b"), state=Count(count=2)),
    "the last": window(kinesis("a"), final=True),
    "one that ended early": window(kinesis("a"), final=True, early=True),
    "the end": window_end(kinesis("a"), state={"count": 2}),
}
OF_DYNAMODB: dict[str, dict[str, Any]] = {
    "the first": window(dynamodb({"id": 7})),
    "the end": window_end(dynamodb({"id": 7}), state={"count": 2}, early=True),
}


@pytest.mark.parametrize("event", OF_KINESIS.values(), ids=OF_KINESIS)
def test_everybody_reads_kinesis_s(event: dict[str, Any]) -> None:
    ours: Any = parse(event)
    theirs = KinesisStreamEvent(event)

    assert sniff(event).name == "kinesis"
    assert len(KinesisDataStreamModel.model_validate(event).Records) == len(ours.Records)
    assert (theirs.state, theirs.shard_id) == (ours.state, ours.shardId)
    assert theirs.is_final_invoke_for_window is ours.isFinalInvokeForWindow is event["isFinalInvokeForWindow"]


@pytest.mark.parametrize("event", OF_DYNAMODB.values(), ids=OF_DYNAMODB)
def test_everybody_reads_dynamodb_s(event: dict[str, Any]) -> None:
    ours: Any = parse(event)
    theirs = DynamoDBStreamEvent(event)

    assert sniff(event).name == "dynamodb"
    assert len(DynamoDBStreamModel.model_validate(event).Records) == len(ours.Records)
    assert (theirs.state, theirs.shard_id) == (ours.state, ours.shardId)
    assert theirs.is_window_terminated_early is ours.isWindowTerminatedEarly is event["isWindowTerminatedEarly"]


def test_a_handler_counts_through_a_window() -> None:
    app = App()

    @app.kinesis("clicks")
    def count(page: str | None, window: Window[Count]) -> Count:
        return Count(count=window.state.count + (page is not None))

    batch = window(kinesis("/", "/cart"))
    first = app(batch, LambdaContext())
    last = app(window_end(batch, state=first["state"]), LambdaContext())

    assert (first["state"], last["state"]) == ({"count": 2}, {"count": 2})


def test_the_same_call_makes_the_same_event() -> None:
    assert window(dynamodb({"id": 7})) == window(dynamodb({"id": 7}))


@pytest.mark.parametrize("make", [window, window_end])
@pytest.mark.parametrize("batch", [kinesis("a", stream="clicks", shard=2), dynamodb({"id": 7})])
def test_the_stream_is_the_records(make: Callable[[dict[str, Any]], dict[str, Any]], batch: dict[str, Any]) -> None:
    assert make(batch)["eventSourceARN"] == batch["Records"][0]["eventSourceARN"]


def test_the_shard_of_kinesis_is_the_records() -> None:
    assert window(kinesis("a", shard=2))["shardId"] == "shardId-000000000002"


def test_the_shard_can_be_given() -> None:
    assert window(dynamodb({"id": 7}), shard="shardId-1")["shardId"] == "shardId-1"


def test_the_end_is_of_the_same_window() -> None:
    batch = window(dynamodb({"id": 7}), start=datetime(2026, 1, 15, 9, 20, tzinfo=UTC), shard="shardId-1")

    end = window_end(batch)

    assert end == {**batch, "Records": [], "isFinalInvokeForWindow": True}
    assert window_end(end, state={"count": 1}) == {**end, "state": {"count": 1}}


AT = datetime(2026, 1, 15, 9, 29, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("event", "start", "end"),
    [
        (window(kinesis("a")), "2026-01-15T09:30:00Z", "2026-01-15T09:31:00Z"),
        (window(dynamodb({"id": 7})), "2026-01-15T09:30:00Z", "2026-01-15T09:31:00Z"),
        (window(kinesis("a", arrived=AT)), "2026-01-15T09:29:00Z", "2026-01-15T09:30:00Z"),
        (window(kinesis("a"), start=AT), "2026-01-15T09:29:30Z", "2026-01-15T09:30:30Z"),
        (window(kinesis("a"), end=AT), "2026-01-15T09:28:30Z", "2026-01-15T09:29:30Z"),
        (
            window(kinesis("a"), start=AT, end=datetime(2026, 1, 15, 9, 44, 30, tzinfo=UTC)),
            "2026-01-15T09:29:30Z",
            "2026-01-15T09:44:30Z",
        ),
        (window(window(kinesis("a")), start=AT), "2026-01-15T09:29:30Z", "2026-01-15T09:30:30Z"),
    ],
)
def test_a_window_has_its_times(event: dict[str, Any], start: str, end: str) -> None:
    assert event["window"] == {"start": start, "end": end}


REFUSED: list[tuple[Callable[[], object], str]] = [
    (lambda: window(sqs("a")), "only what Lambda itself reads of Kinesis and DynamoDB"),
    (lambda: window(pipes(kinesis("a"))), "only what Lambda itself reads"),  # type: ignore[arg-type]
    (lambda: window(kinesis("a"), state=[]), "a JSON object"),
    (lambda: window(kinesis("a"), state={"a": "a" * 1_048_576}), "a state has at most 1048576 bytes"),
    (lambda: window(kinesis("a"), start=AT, end=AT), "at most 15 minutes"),
    (lambda: window(kinesis("a"), start=AT, end=datetime(2026, 1, 15, 9, 44, 31, tzinfo=UTC)), "at most 15 minutes"),
]


@pytest.mark.parametrize(("make", "rule"), REFUSED)
def test_what_lambda_never_sends_is_refused_with_the_rule(make: Callable[[], object], rule: str) -> None:
    with pytest.raises(ImpossibleEventError, match=rule):
        make()
