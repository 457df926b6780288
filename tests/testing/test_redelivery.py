"""What AWS delivers again, source by source."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from eventrouter import App
from eventrouter.testing import AsyncTestClient, TestClient
from tests.deliveries import documentdb, dynamodb, kafka, kinesis, logs, pipes, rabbitmq, sample
from tests.handlers import Refused


def app_of(decorator: str, *bad: object) -> App:
    """An app whose handler refuses the payloads *bad*."""
    app = App(failures="report")

    @getattr(app, decorator)()  # type: ignore[untyped-decorator]
    def handle(text: str) -> None:
        if text in bad:
            raise Refused(text)

    return app


def positions(decorator: str, event: Any, *bad: object, reports: bool | None = None) -> list[int]:
    batch = TestClient(app_of(decorator, *bad)).send(event)
    return list(batch.redelivered(report_batch_item_failures=reports))


def test_a_shard_is_read_again_from_the_first_failure() -> None:
    assert positions("kinesis", kinesis("a", "b", "c"), "b") == [1, 2]
    assert positions("kinesis", pipes(kinesis("a", "b", "c")), "b") == [1, 2]
    assert positions("kinesis", kinesis("a", "b", "c"), "b", reports=False) == []
    assert positions("kinesis", kinesis("a", "b", "c")) == []


def test_a_partition_is_read_again_and_others_go_on() -> None:
    event = kafka({"orders-0": ["a", "b", "c"], "orders-1": ["d", "e"]})

    assert positions("kafka", event, "b") == [1, 2]
    assert positions("kafka", event, "a", "e") == [0, 1, 2, 4]


def test_a_pipe_of_kafka_knows_no_partial_failure() -> None:
    event = pipes(kafka({"orders-0": ["a", "b"]}))

    assert positions("kafka", event, "b") == [0, 1]
    assert positions("kafka", event) == []


@pytest.mark.parametrize(
    ("decorator", "event"),
    [
        ("rabbitmq", rabbitmq("a", "b")),
        ("cloudwatch_logs", logs("a", "b")),
    ],
)
def test_a_poller_that_knows_no_partial_failure_delivers_all_of_it(decorator: str, event: Any) -> None:
    assert positions(decorator, event, "b") == [0, 1]
    assert positions(decorator, event) == []


@pytest.mark.parametrize("event", [rabbitmq("a"), sample("mq_rabbit-pipes")], ids=["of Lambda", "of a pipe"])
def test_messages_of_a_broker_that_come_again_say_so(event: Any) -> None:
    app = App()

    @app.rabbitmq()
    def refuse() -> None:
        raise Refused

    client = TestClient(app)
    again = client.redeliver(client.send(event))

    assert {record.record["redelivered"] for record in again} == {True}


def test_documents_come_again_as_they_were() -> None:
    app = App()

    @app.documentdb()
    def refuse() -> None:
        raise Refused

    client = TestClient(app)
    event = documentdb({"id": 1}, {"id": 2})

    assert client.redeliver(client.send(event)).event == event


def test_records_of_a_stream_come_again_without_those_that_are_done() -> None:
    client = TestClient(app_of("kinesis", "b"))

    again = client.redeliver(client.send(kinesis("a", "b", "c")))

    assert [record.id for record in again] == ["101", "102"]


def test_a_list_of_kafka_comes_again_whole() -> None:
    client = TestClient(app_of("kafka", "b"))

    again = client.redeliver(client.send(pipes(kafka({"orders-0": ["a", "b"]}))))

    assert len(again.event) == 2


def test_a_list_of_a_pipe_comes_again_as_a_list() -> None:
    client = TestClient(app_of("kinesis", "b"))

    again = client.redeliver(client.send(pipes(kinesis("a", "b"))))

    assert [record["eventID"] for record in again.event] == ["shard:101"]


def test_tasks_of_a_job_come_again_if_their_failure_is_temporary() -> None:
    app = App()
    event = sample("s3_batch")

    @app.s3_batch()
    def refuse() -> None:
        raise Refused

    client = TestClient(app)
    batch = client.send(event)

    assert list(batch.redelivered()) == list(range(len(event["tasks"])))
    assert client.redeliver(batch).event["tasks"] == event["tasks"]


def test_a_job_whose_invocation_failed_comes_again_whole() -> None:
    app = App()
    batch = TestClient(app).send(sample("s3_batch"))
    batch.exception = Refused()

    assert list(batch.redelivered()) == [0]


@pytest.mark.parametrize("name", ["config", "ses"])
def test_what_a_service_invokes_asynchronously_comes_again_after_a_failure(name: str) -> None:
    result = TestClient(App(), raise_exceptions=False).send(sample(name))
    result.exception = Refused()

    assert list(result.redelivered()) == [0]


def test_a_change_that_came_again_is_the_same_change() -> None:
    app = App(failures="report")

    @app.dynamodb()
    def refuse() -> None:
        raise Refused

    async def test() -> list[Any]:
        async with AsyncTestClient(app) as client:
            first = await client.send(dynamodb(1, 2))
            return [record.id for record in await client.redeliver(first)]

    assert asyncio.run(test()) == ["100", "101"]
