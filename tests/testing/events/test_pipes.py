"""Batches as EventBridge Pipes delivers them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from eventrouter import parse, sniff
from eventrouter.errors import ImpossibleEventError
from eventrouter.testing.events import sns, sqs
from eventrouter.testing.events.activemq import activemq
from eventrouter.testing.events.dynamodb import dynamodb
from eventrouter.testing.events.kafka import kafka, kafka_record
from eventrouter.testing.events.kinesis import kinesis
from eventrouter.testing.events.pipes import pipes
from eventrouter.testing.events.rabbitmq import rabbitmq, rabbitmq_record
from eventrouter.testing.events.window import window
from tests.deliveries import EVENTS

#: What a pipe reads, and the label of it.
VARIANTS: dict[str, tuple[str, dict[str, Any]]] = {
    "a queue": ("sqs", sqs("a", "b")),
    "a stream": ("kinesis", kinesis("a", "b")),
    "a table": ("dynamodb", dynamodb({"id": 7}, {"id": 8})),
    "a topic": ("kafka", kafka("a", kafka_record("b", partition=2))),
    "a self-managed topic": ("kafka", kafka("a", "b", self_managed=True)),
    "an ActiveMQ queue": ("mq_active", activemq("a", "b")),
    "RabbitMQ queues": ("mq_rabbit", rabbitmq("a", rabbitmq_record("b", queue="refunds"))),
}


@pytest.mark.parametrize(("label", "event"), VARIANTS.values(), ids=VARIANTS)
def test_the_source_is_still_known(label: str, event: dict[str, Any]) -> None:
    found = pipes(event)

    assert (sniff(found).name, len(found)) == (label, 2)
    assert type(parse(found)) is type(parse(event))


@pytest.mark.parametrize("label", ["sqs", "kinesis", "dynamodb", "kafka", "mq_active", "mq_rabbit"])
def test_records_have_the_fields_of_the_sample(label: str) -> None:
    sample = json.loads((EVENTS / f"{label}-pipes.json").read_text())
    event = {
        "sqs": sqs("a"),
        "kinesis": kinesis("a"),
        "dynamodb": dynamodb({"id": 7}),
        "kafka": kafka("a"),
        "mq_active": activemq("a"),
        "mq_rabbit": rabbitmq("a"),
    }[label]

    (found,) = pipes(event)

    assert set(found) == set(sample[0])


def test_a_partition_is_text() -> None:
    (record,) = pipes(kafka("a", partition=2))

    assert (record["partition"], record["eventSourceKey"]) == ("2", "orders-2")


@pytest.mark.parametrize("key", ["physicalName", "physicalname"])
def test_the_queue_of_activemq_is_told(key: Any) -> None:
    (message,) = pipes(activemq("a", queue="orders.new", destination_key=key))

    assert message["eventSourceKey"] == "orders.new"


def test_a_self_managed_cluster_is_told_by_its_servers() -> None:
    (record,) = pipes(kafka("a", self_managed=True, bootstrap_servers=["one:9092"]))

    assert record["bootstrapServers"] == "one:9092"
    assert "eventSourceArn" not in record


def test_the_event_is_left_as_it_was() -> None:
    event = kafka("a")

    pipes(event)

    assert event == kafka("a")


REFUSED: list[tuple[Callable[[], object], str]] = [
    (lambda: pipes(sns("a")), "a pipe reads one of sqs, kinesis"),
    (lambda: pipes(pipes(sqs("a"))), "as Lambda reads it"),  # type: ignore[arg-type]
    (lambda: pipes(window(kinesis("a"))), "a pipe has no windows"),
]


@pytest.mark.parametrize(("make", "rule"), REFUSED)
def test_what_a_pipe_never_delivers_is_refused_with_the_rule(make: Callable[[], object], rule: str) -> None:
    with pytest.raises(ImpossibleEventError, match=rule):
        make()
