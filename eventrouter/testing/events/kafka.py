"""Records of Apache Kafka: of an Amazon MSK cluster, or of a self-managed one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal, TypedDict, Unpack

from ._made import (
    ACCOUNT,
    MOMENT,
    REGION,
    Ids,
    Payload,
    Record,
    arn,
    batch_of,
    check_name,
    check_one_of,
    domain_of,
    encoded,
    impossible,
    milliseconds,
    signed_bytes,
    split_records,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...types import JsonObject

#: https://docs.aws.amazon.com/lambda/latest/dg/services-consume-kafka-events.html
SCHEMA_FORMATS = ("AVRO", "JSON", "PROTOBUF")
TIMESTAMP_TYPES = ("CREATE_TIME", "LOG_APPEND_TIME")


class KafkaFields(TypedDict, total=False):
    """What can be said of a record beside its value.

    Attributes:
        partition: The number of the topic's partition.
        offset: Of the first record of a partition; each later one's is one more. Default: made of ``ids``.
        key: Bytes, text, or anything that has a JSON form; default: the record has none.
        headers: Values are bytes, text, or anything that has a JSON form. Pairs, where a name comes twice.
        sent: When it was produced, or appended.
        timestamp_type: Which of the two that is.
        key_schema: Format (``AVRO``, ``JSON``, ``PROTOBUF``) and id of the schema that Lambda validated the key with.
        value_schema: The same of the value.
        ids: Default: made of what the event carries.
    """

    partition: int
    offset: int
    key: Payload
    headers: Mapping[str, Payload] | Sequence[tuple[str, Payload]]
    sent: datetime
    timestamp_type: Literal["CREATE_TIME", "LOG_APPEND_TIME"]
    key_schema: tuple[str, str]
    value_schema: tuple[str, str]
    ids: Ids


class Unplaced(Record):
    """A record that was given no offset: its place in the batch decides."""


def kafka(
    *values: Payload,
    topic: str = "orders",
    cluster: str = "shop",
    self_managed: bool = False,
    bootstrap_servers: Sequence[str] = (),
    region: str = REGION,
    account: str = ACCOUNT,
    **fields: Unpack[KafkaFields],
) -> JsonObject:
    """A batch of records, by topic and partition.

    Args:
        values: Bytes, text, or anything that has a JSON form; None is a tombstone, which says that its key was deleted.
            What :func:`kafka_record` made is taken as it is: so a batch has several partitions.
        topic: Its name.
        cluster: The name of the Amazon MSK cluster.
        self_managed: The cluster is not Amazon MSK's, and the event does not name it.
        bootstrap_servers: Host names with ports; default: what the cluster's could be.
        region: Of the MSK cluster.
        account: Of the MSK cluster.
        fields: Of every record.

    Raises:
        ImpossibleEventError: Kafka has no such record, or Lambda no such batch.

    Reference:
        https://docs.aws.amazon.com/lambda/latest/dg/with-msk.html
        https://docs.aws.amazon.com/lambda/latest/dg/with-kafka.html
    """
    split_records(values, fields, "kafka")
    check_name("kafka(cluster=)", cluster, others="-", high=64)
    ids = fields.setdefault("ids", Ids.of(topic, *values))
    first = fields.pop("offset", None)
    made = [each if isinstance(each, Record) else kafka_record(each, topic=topic, **fields) for each in values]
    start = int(ids.hex(4), 16) if first is None else _checked("offset", first)
    by_place: dict[str, list[JsonObject]] = {}
    for record in made:
        batch = by_place.setdefault(f"{record['topic']}-{record['partition']}", [])
        offset = batch[-1]["offset"] + 1 if batch else start
        batch.append({**record, "offset": offset} if isinstance(record, Unplaced) else dict(record))
    event = {
        "eventSource": "SelfManagedKafka" if self_managed else "aws:kafka",
        **_cluster(cluster, bootstrap_servers, region, account, self_managed=self_managed),
        "records": by_place,
    }
    return batch_of("kafka", made, event)


def _cluster(name: str, servers: Sequence[str], region: str, account: str, *, self_managed: bool) -> JsonObject:
    """What the event tells of the cluster."""
    if self_managed:
        return {"bootstrapServers": ",".join(servers or [f"kafka-1.{name}.example:9092"])}
    ids = Ids(name)
    domain = f"{name}.{ids.hex(6)}.c1.kafka.{region}.{domain_of(region)}"
    return {
        "eventSourceArn": arn("kafka", f"cluster/{name}/{ids.uuid()}-1", region, account),
        "bootstrapServers": ",".join(servers or [f"b-{number}.{domain}:9098" for number in (1, 2)]),
    }


def kafka_record(value: Payload, *, topic: str = "orders", **fields: Unpack[KafkaFields]) -> Record:
    """One record, for :func:`kafka`.

    Raises:
        ImpossibleEventError: Kafka has no such record.

    Reference:
        https://kafka.apache.org/documentation/#recordbatch
    """
    check_name("kafka(topic=)", topic, others="._-", high=249)
    if topic in (".", ".."):
        raise impossible("kafka(topic=)", topic, "a topic is not named . or ..")
    timestamp_type = fields.get("timestamp_type", "CREATE_TIME")
    check_one_of("kafka(timestamp_type=)", timestamp_type, TIMESTAMP_TYPES)
    key, headers, offset = fields.get("key"), fields.get("headers", {}), fields.get("offset")
    ids = fields.get("ids") or Ids.of(topic, b"" if value is None else value)
    record: JsonObject = {
        "topic": topic,
        "partition": _checked("partition", fields.get("partition", 0)),
        "offset": int(ids.hex(4), 16) if offset is None else _checked("offset", offset),
        "timestamp": milliseconds(fields.get("sent", MOMENT)),
        "timestampType": timestamp_type,
        "key": None if key is None else encoded(key),
        "value": None if value is None else encoded(value),
        "headers": [
            {name: signed_bytes(each)} for name, each in (headers.items() if isinstance(headers, Mapping) else headers)
        ],
    }
    for name, schema in (("key", fields.get("key_schema")), ("value", fields.get("value_schema"))):
        if schema is not None:
            check_one_of(f"kafka({name}_schema=)", schema[0], SCHEMA_FORMATS)
            record[f"{name}SchemaMetadata"] = {"dataFormat": schema[0], "schemaId": schema[1]}
    return Unplaced(record) if offset is None else Record(record)


def _checked(name: str, number: int) -> int:
    if number < 0:
        raise impossible(f"kafka({name}=)", number, f"a record's {name} is 0 at least")
    return number
