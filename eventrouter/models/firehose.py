"""Amazon Data Firehose records, typed: Powertools' models, tolerant and with typed data.

https://docs.aws.amazon.com/firehose/latest/dev/data-transformation.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Generic

from aws_lambda_powertools.utilities.parser.models import kinesis_firehose as powertools
from pydantic import ConfigDict, Field, field_validator, model_validator
from typing_extensions import TypeVar

from ..sources.firehose import padded
from ._fields import Base64Json, Model, Raw

#: Without a parameter: any data, as bytes.
Data = TypeVar("Data", default=bytes)

TOLERANT = ConfigDict(extra="allow", populate_by_name=True, defer_build=True)


class FirehoseResult:
    """What a handler returns for a stream with dynamic partitioning: the new data, and where it goes.

    https://docs.aws.amazon.com/firehose/latest/dev/dynamic-partitioning-partitioning-keys.html

    Args:
        data: As without partitioning: text, bytes, or a value for JSON.
        partition_keys: What ``!{partitionKeyFromLambda:...}`` in the stream's prefix stands for.

    Raises:
        TypeError: A partition key is no text.
    """

    __slots__ = ("data", "partition_keys")

    def __init__(self, data: object, partition_keys: Mapping[str, str]) -> None:
        if any(not isinstance(part, str) for pair in partition_keys.items() for part in pair):
            raise TypeError("partition keys are names and values of text, as in {'customer': '7'}")
        self.data = data
        self.partition_keys = partition_keys

    def __repr__(self) -> str:
        return f"FirehoseResult(partition_keys={sorted(self.partition_keys)})"


class FirehoseStreamMetadata(powertools.KinesisFirehoseRecordMetadata):
    """Where the record was in the Kinesis stream that feeds the delivery stream."""

    model_config = TOLERANT

    # Samples have a time in words and an empty number here.
    approximateArrivalTimestamp: int | str | None = None  # type: ignore[assignment]
    subsequenceNumber: int | str | None = None  # type: ignore[assignment]


class FirehoseTopicMetadata(Model):
    """Where the record was in the Kafka topic that feeds the delivery stream."""

    partitionId: str | int | None = None
    offset: str | int | None = None
    approximateArrivalTimestamp: int | str | None = None


class FirehoseRecord(Raw, powertools.KinesisFirehoseRecord, Generic[Data]):
    """One record. ``data`` is JSON of ``Data``, or what was sent where that is ``bytes`` or ``str``.

    A record from Kafka keeps its data as ``kafkaRecordValue``, which is read as ``data`` too.
    """

    model_config = ConfigDict(**TOLERANT, ser_json_bytes="base64")

    data: Annotated[Data, Base64Json]  # type: ignore[assignment]
    # Milliseconds since 1970, and in samples of AWS's own a time in words.
    approximateArrivalTimestamp: int | str | None = None  # type: ignore[assignment]
    kinesisRecordMetadata: FirehoseStreamMetadata | None = None
    mskRecordMetadata: FirehoseTopicMetadata | None = None

    @field_validator("data", mode="before")
    @classmethod
    def data_base64_decode(cls, value: Any) -> Any:
        """Takes the place of Powertools' own: ``data`` says itself how it is read."""
        return padded(value)

    @model_validator(mode="before")
    @classmethod
    def _from_kafka(cls, value: Any) -> Any:
        if isinstance(value, dict) and "data" not in value and "kafkaRecordValue" in value:
            return {**value, "data": value["kafkaRecordValue"]}
        return value


class FirehoseEvent(Raw, powertools.KinesisFirehoseModel, Generic[Data]):
    """The records that a delivery stream wants transformed."""

    model_config = TOLERANT

    deliveryStreamArn: str | None = None  # type: ignore[assignment]
    region: str | None = None  # type: ignore[assignment]
    sourceKinesisStreamArn: str | None = None
    sourceMSKArn: str | None = None
    records: Sequence[FirehoseRecord[Data]] = Field(repr=False)  # type: ignore[assignment]
