"""Kafka records as a factory makes them."""

from __future__ import annotations

import base64
from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

import pytest
from aws_lambda_powertools.utilities.data_classes.kafka_event import KafkaEvent
from aws_lambda_powertools.utilities.parser.models import KafkaMskEventModel, KafkaSelfManagedEventModel
from pydantic import BaseModel

from eventrouter import parse, sniff
from eventrouter.errors import ImpossibleEventError
from eventrouter.testing.events import Ids
from eventrouter.testing.events.kafka import kafka, kafka_record
from tests.testing.events.reading import at


class Order(BaseModel):
    id: int


VARIANTS: dict[str, dict[str, Any]] = {
    "a text": kafka("hello"),
    "a model": kafka(Order(id=7)),
    "several": kafka("a", "b"),
    "several partitions": kafka(kafka_record("a", partition=0), kafka_record("b", partition=2), "c"),
    "several topics": kafka(kafka_record("a", topic="refunds"), "b"),
    "with key and headers": kafka("a", key="customer-3", headers={"trace": "t-1", "seal": b"\xfe\x00\x7f\x80"}),
    "with the schemas it was validated with": kafka("a", key_schema=("JSON", "12"), value_schema=("AVRO", "5b0c")),
    "in China": kafka("a", region="cn-north-1"),
}
#: Powertools' models want a value, and one that is text.
BYTES: dict[str, dict[str, Any]] = {
    "bytes": kafka(b"\xff\x00"),
    "a tombstone": kafka(None, key="customer-3"),
}
SELF_MANAGED = kafka("a", "b", self_managed=True)


def values_of(event: dict[str, Any]) -> list[bytes | None]:
    return [
        None if record["value"] is None else base64.b64decode(record["value"])
        for batch in event["records"].values()
        for record in batch
    ]


@pytest.mark.parametrize("event", VARIANTS.values(), ids=VARIANTS)
def test_everybody_reads_it(event: dict[str, Any]) -> None:
    ours: Any = parse(event)
    # It writes into what it reads.
    theirs = KafkaMskEventModel.model_validate(deepcopy(event))

    values = values_of(event)
    assert sniff(event).name == "kafka"
    assert [record.value for batch in ours.records.values() for record in batch] == values
    assert [str(record.value).encode() for batch in theirs.records.values() for record in batch] == values
    assert [record.decoded_value for record in KafkaEvent(event).records] == values


@pytest.mark.parametrize("event", BYTES.values(), ids=BYTES)
def test_we_read_what_is_no_text(event: dict[str, Any]) -> None:
    ours: Any = parse(event)

    assert sniff(event).name == "kafka"
    assert [record.value for batch in ours.records.values() for record in batch] == values_of(event)


def test_everybody_reads_a_self_managed_cluster_s() -> None:
    ours: Any = parse(SELF_MANAGED)
    theirs = KafkaSelfManagedEventModel.model_validate(deepcopy(SELF_MANAGED))

    assert sniff(SELF_MANAGED).name == "kafka"
    assert (ours.eventSourceArn, ours.bootstrapServers) == (None, theirs.bootstrapServers)


def test_the_same_call_makes_the_same_event() -> None:
    assert kafka("a", "b") == kafka("a", "b")


def test_records_are_by_topic_and_partition() -> None:
    event = kafka("a", kafka_record("b", partition=2), kafka_record("c", topic="refunds"), "d")

    assert {place: len(batch) for place, batch in event["records"].items()} == {
        "orders-0": 2,
        "orders-2": 1,
        "refunds-0": 1,
    }


def test_offsets_count_within_a_partition() -> None:
    event = kafka(kafka_record("a", offset=41), "b", kafka_record("c", partition=2, offset=7), "d")

    offsets = {place: [record["offset"] for record in batch] for place, batch in event["records"].items()}
    assert offsets == {"orders-0": [41, 42, 43], "orders-2": [7]}


def test_events_of_different_values_have_different_offsets() -> None:
    first, second = kafka("a")["records"]["orders-0"], kafka("b")["records"]["orders-0"]

    assert first[0]["offset"] != second[0]["offset"]


def test_headers_of_any_bytes_come_back() -> None:
    event = kafka("a", headers=[("trace", "t-1"), ("trace", "t-2"), ("seal", b"\xfe\x00\x7f\x80"), ("tags", ["x"])])

    ours: Any = parse(event)
    assert ours.records["orders-0"][0].headers == [
        {"trace": b"t-1"},
        {"trace": b"t-2"},
        {"seal": b"\xfe\x00\x7f\x80"},
        {"tags": b'["x"]'},
    ]


WHEN = datetime(2026, 3, 4, 5, 6, 7, 250_000, UTC)
#: What no field takes.
OTHER: Any = "other"


@pytest.mark.parametrize(
    ("event", "path", "expected"),
    [
        (kafka("a", topic="t", partition=3), "records.t-3.0.topic", "t"),
        (kafka("a", partition=3), "records.orders-3.0.partition", 3),
        (kafka("a", "b", offset=5), "records.orders-0.1.offset", 6),
        (kafka("a", key={"id": 7}), "records.orders-0.0.key", base64.b64encode(b'{"id":7}').decode()),
        (kafka("a"), "records.orders-0.0.key", None),
        (kafka(None), "records.orders-0.0.value", None),
        (kafka("a", headers={"h": b"\xff"}), "records.orders-0.0.headers", [{"h": [-1]}]),
        (kafka("a", sent=WHEN), "records.orders-0.0.timestamp", 1772600767250),
        (kafka("a", timestamp_type="LOG_APPEND_TIME"), "records.orders-0.0.timestampType", "LOG_APPEND_TIME"),
        (
            kafka("a", key_schema=("JSON", "12")),
            "records.orders-0.0.keySchemaMetadata",
            {"dataFormat": "JSON", "schemaId": "12"},
        ),
        (
            kafka("a", value_schema=("AVRO", "5b")),
            "records.orders-0.0.valueSchemaMetadata",
            {"dataFormat": "AVRO", "schemaId": "5b"},
        ),
        (kafka("a", bootstrap_servers=["one:9092", "two:9092"]), "bootstrapServers", "one:9092,two:9092"),
        (
            kafka("a", self_managed=True, bootstrap_servers=["one:9092"]),
            "bootstrapServers",
            "one:9092",
        ),
        (SELF_MANAGED, "eventSource", "SelfManagedKafka"),
        (
            kafka("a", ids=Ids("x")),
            "records.orders-0.0.offset",
            kafka("b", ids=Ids("x"))["records"]["orders-0"][0]["offset"],
        ),
    ],
)
def test_a_field_is_where_lambda_has_it(event: Any, path: str, expected: object) -> None:
    assert at(event, path) == expected


def test_a_cluster_is_in_its_region_and_account() -> None:
    event = kafka("a", cluster="shop", region="cn-north-1", account="210987654321")

    assert event["eventSourceArn"].startswith("arn:aws-cn:kafka:cn-north-1:210987654321:cluster/shop/")
    assert all(
        server.endswith(".kafka.cn-north-1.amazonaws.com.cn:9098") for server in event["bootstrapServers"].split(",")
    )


REFUSED: list[tuple[Callable[[], object], str]] = [
    (lambda: kafka(), "invoked for nothing"),
    (lambda: kafka("a", topic="a topic"), "ASCII letters, digits and . _ -"),
    (lambda: kafka("a", topic="t" * 250), "1 to 249 characters"),
    (lambda: kafka("a", topic=".."), "not named . or .."),
    (lambda: kafka("a", cluster="a_b"), "ASCII letters, digits and -"),
    (lambda: kafka("a", partition=-1), "partition is 0 at least"),
    (lambda: kafka("a", offset=-1), "offset is 0 at least"),
    (lambda: kafka_record("a", offset=-1), "offset is 0 at least"),
    (lambda: kafka("a", timestamp_type=OTHER), "one of CREATE_TIME, LOG_APPEND_TIME"),
    (lambda: kafka("a", value_schema=("XML", "1")), "one of AVRO, JSON, PROTOBUF"),
    (lambda: kafka(b"a" * 5_000_000), "at most 6291456"),
]


@pytest.mark.parametrize(("make", "rule"), REFUSED)
def test_what_kafka_never_sends_is_refused_with_the_rule(make: Callable[[], object], rule: str) -> None:
    with pytest.raises(ImpossibleEventError, match=rule):
        make()


def test_fields_for_all_do_not_go_beside_records_of_their_own() -> None:
    with pytest.raises(TypeError, match="partition= goes to kafka_record"):
        kafka(kafka_record("a"), "b", partition=1)
