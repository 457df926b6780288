"""Amazon Kinesis records, typed: Powertools' models, tolerant and with typed data.

https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Generic

from aws_lambda_powertools.utilities.parser.models.kinesis import (
    KinesisDataStreamRecord,
    KinesisDataStreamRecordPayload,
)
from pydantic import ConfigDict, GetCoreSchemaHandler, field_validator, model_validator
from pydantic_core import CoreSchema, PydanticCustomError, core_schema
from typing_extensions import TypeVar

from ..sources.kinesis import AGGREGATED, KPL_MAGIC, nested
from ._fields import Base64Json, Raw, decode_base64
from ._shard import Windowed

#: Without a parameter: any data, as bytes.
Data = TypeVar("Data", default=bytes)

TOLERANT = ConfigDict(extra="allow", populate_by_name=True, defer_build=True)


class StreamData(Base64Json):
    """``Annotated[T, StreamData]``: base64 of JSON text of a ``T``; of an aggregate it says that it is one."""

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        inner = super().__get_pydantic_core_schema__(source, handler)
        if source is bytes or isinstance(source, TypeVar):
            return inner
        return core_schema.no_info_before_validator_function(_refuse_aggregate, inner)


def _refuse_aggregate(value: object) -> object:
    decoded = decode_base64(value)
    if isinstance(decoded, bytes) and decoded.startswith(KPL_MAGIC):
        raise PydanticCustomError("kpl_aggregated", AGGREGATED)
    return decoded


class KinesisPayload(KinesisDataStreamRecordPayload, Generic[Data]):
    """What was put into the stream: ``data`` is JSON of ``Data``, or as sent where that is ``bytes`` or ``str``."""

    model_config = ConfigDict(**TOLERANT, ser_json_bytes="base64")

    kinesisSchemaVersion: str | None = None  # type: ignore[assignment]
    data: Annotated[Data, StreamData]  # type: ignore[assignment]
    approximateArrivalTimestamp: float | None = None  # type: ignore[assignment]

    @field_validator("data", mode="before")
    @classmethod
    def data_base64_decode(cls, value: Any) -> Any:
        """Takes the place of Powertools' own: ``data`` says itself how it is read."""
        return value


class KinesisRecord(Raw, KinesisDataStreamRecord, Generic[Data]):
    """One record: ``record.kinesis.data``, ``record.kinesis.partitionKey``, ``record.kinesis.sequenceNumber``."""

    model_config = TOLERANT

    eventVersion: str | None = None  # type: ignore[assignment]
    eventName: str | None = None  # type: ignore[assignment]
    invokeIdentityArn: str | None = None  # type: ignore[assignment]
    awsRegion: str | None = None  # type: ignore[assignment]
    kinesis: KinesisPayload[Data]

    @model_validator(mode="before")
    @classmethod
    def _from_pipes(cls, value: Any) -> Any:
        """EventBridge Pipes writes what was put into the stream into the record itself."""
        return nested(value) if isinstance(value, dict) and "data" in value else value


class KinesisEvent(Windowed, Generic[Data]):
    """The records of a batch, with the state of a tumbling window if the stream has one."""

    Records: Sequence[KinesisRecord[Data]]
