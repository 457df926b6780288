"""The client's methods for batches: the resource comes first, as in its decorator, then what it delivers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Unpack

from . import events
from .events._made import Payload
from .events.activemq import ActivemqFields
from .events.cloudwatch_logs import CloudwatchLogsFields
from .events.documentdb import DocumentdbFields
from .events.dynamodb import DynamodbFields
from .events.firehose import FirehoseFields
from .events.kafka import KafkaFields
from .events.kinesis import KinesisFields
from .events.rabbitmq import RabbitmqFields
from .events.s3 import S3Fields
from .events.sns import SnsFields
from .events.sqs import SqsFields

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..types import JsonObject


class ActivemqOptions(ActivemqFields, total=False):
    """Fields of every message, and of the event."""

    broker: str
    event_source: Literal["aws:mq", "aws:amq"]
    region: str
    account: str


class CloudwatchLogsOptions(CloudwatchLogsFields, total=False):
    """Fields of every log event, and of the event."""

    stream: str
    filters: Sequence[str]
    policy_level: str | None
    account: str


class DocumentdbOptions(DocumentdbFields, total=False):
    """Fields of every change, and of the event."""

    database: str
    cluster: str
    region: str
    account: str


class FirehoseOptions(FirehoseFields, total=False):
    """Fields of every record, and of the event."""

    invocation_id: str | None
    region: str
    account: str


class KafkaOptions(KafkaFields, total=False):
    """Fields of every record, and of the event."""

    cluster: str
    self_managed: bool
    bootstrap_servers: Sequence[str]
    region: str
    account: str


class RabbitmqOptions(RabbitmqFields, total=False):
    """Fields of every message, and of the event."""

    virtual_host: str
    broker: str
    region: str
    account: str


def activemq(queue: str, /, *bodies: Payload, **options: Unpack[ActivemqOptions]) -> JsonObject:
    """Messages of the queue *queue*; see ``events.activemq``."""
    return events.activemq(*bodies, queue=queue, **options)


def cloudwatch_logs(group: str, /, *messages: Payload, **options: Unpack[CloudwatchLogsOptions]) -> JsonObject:
    """Log events of the group *group*; see ``events.cloudwatch_logs``."""
    return events.cloudwatch_logs(*messages, group=group, **options)


def documentdb(collection: str, /, *documents: Payload, **options: Unpack[DocumentdbOptions]) -> JsonObject:
    """Changes of the collection *collection*; see ``events.documentdb``."""
    return events.documentdb(*documents, collection=collection, **options)


def dynamodb(table: str, /, *items: Payload, **fields: Unpack[DynamodbFields]) -> JsonObject:
    """Changes of the table *table*: new items, or what ``events.dynamodb_record`` makes; see ``events.dynamodb``."""
    return events.dynamodb(*items, table=table, **fields)


def firehose(stream: str, /, *data: Payload, **options: Unpack[FirehoseOptions]) -> JsonObject:
    """Records that the delivery stream *stream* has transformed; see ``events.firehose``."""
    return events.firehose(*data, stream=stream, **options)


def kafka(topic: str, /, *values: Payload, **options: Unpack[KafkaOptions]) -> JsonObject:
    """Records of the topic *topic*; see ``events.kafka``."""
    return events.kafka(*values, topic=topic, **options)


def kinesis(stream: str, /, *data: Payload, **fields: Unpack[KinesisFields]) -> JsonObject:
    """Records of the stream *stream*; see ``events.kinesis``."""
    return events.kinesis(*data, stream=stream, **fields)


def rabbitmq(queue: str, /, *bodies: Payload, **options: Unpack[RabbitmqOptions]) -> JsonObject:
    """Messages of the queue *queue*; see ``events.rabbitmq``."""
    return events.rabbitmq(*bodies, queue=queue, **options)


def s3(bucket: str, /, *keys: str, **fields: Unpack[S3Fields]) -> JsonObject:
    """Notifications of the bucket *bucket*, one for each key; see ``events.s3``."""
    return events.s3(bucket, *keys, **fields)


def sns(topic: str, /, *messages: Payload, **fields: Unpack[SnsFields]) -> JsonObject:
    """Notifications of the topic *topic*; see ``events.sns``."""
    return events.sns(*messages, topic=topic, **fields)


def sqs(queue: str, /, *bodies: Payload, raw_delivery: bool = False, **fields: Unpack[SqsFields]) -> JsonObject:
    """Messages of the queue *queue*, in one batch; see ``events.sqs``."""
    return events.sqs(*bodies, queue=queue, raw_delivery=raw_delivery, **fields)
