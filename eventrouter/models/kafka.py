"""Kafka records, typed. Ours, since Powertools' models change the event they read and refuse values that are not text.

https://docs.aws.amazon.com/lambda/latest/dg/with-msk.html
"""

from __future__ import annotations

from copy import deepcopy
from datetime import datetime
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Annotated, Any, Generic, Literal, Union, get_args, get_origin

from pydantic import (
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    ValidatorFunctionWrapHandler,
    model_validator,
)
from pydantic_core import CoreSchema, PydanticCustomError, core_schema
from typing_extensions import TypeVar

from ._extract import extractor
from ._fields import Base64Json, Model, Raw, decode_base64

if TYPE_CHECKING:
    from ..source import Extractor

#: Without a parameter: any value, as bytes, tombstones included.
Value = TypeVar("Value", default=bytes | None)


class KafkaValue:
    """``Annotated[T, KafkaValue]``: base64 of JSON text of a ``T``, or of ``bytes`` or ``str`` as sent.

    Null is taken only where ``T`` takes None.
    """

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        inner = handler(source)
        members = get_args(source) if get_origin(source) in (Union, UnionType) else (source,)
        takes_none = NoneType in members or isinstance(source, TypeVar)
        is_text = all(member in (str, bytes, NoneType) for member in members) or isinstance(source, TypeVar)

        def read(value: object, validate: ValidatorFunctionWrapHandler) -> object:
            if value is None:
                if takes_none:
                    return None
                raise PydanticCustomError(
                    "none", "The record has no value: write `KafkaRecord[T | None]` to take those"
                )
            return validate(decode_base64(value))

        return core_schema.no_info_wrap_validator_function(read, inner if is_text else core_schema.json_schema(inner))


def _decode_header(value: object) -> object:
    """A header's value, which Lambda writes as a list of bytes, signed as Java's are."""
    if not isinstance(value, list):
        return value
    if not all(type(byte) is int and -128 <= byte <= 255 for byte in value):
        raise PydanticCustomError("kafka_header", "Header should be a list of bytes")
    return bytes(byte & 0xFF for byte in value)


def _or_empty(value: object) -> object:
    return [] if value is None else value


class KafkaSchemaMetadata(Model):
    """The schema that Lambda validated a key or a value with."""

    dataFormat: str | None = None
    schemaId: str | None = None


class KafkaRecord(Raw, Model, Generic[Value]):
    """One Kafka record, decoded. ``value`` is JSON of ``Value``, or what was sent where that is ``str`` or ``bytes``.

    A tombstone's value is None, which ``KafkaRecord[T | None]`` takes and ``KafkaRecord[T]`` refuses.
    """

    model_config = ConfigDict(ser_json_bytes="base64")

    topic: str
    partition: int
    offset: int
    timestamp: datetime | None = None
    timestampType: str | None = None
    key: Annotated[bytes, Base64Json] | None = None
    value: Annotated[Value, KafkaValue] = Field(None, validate_default=True)
    headers: Annotated[
        list[dict[str, Annotated[bytes, BeforeValidator(_decode_header)]]], BeforeValidator(_or_empty)
    ] = Field(default_factory=list)
    keySchemaMetadata: KafkaSchemaMetadata | None = None
    valueSchemaMetadata: KafkaSchemaMetadata | None = None


def _split(value: object) -> object:
    """Lambda writes the servers with commas between them."""
    return value.split(",") if isinstance(value, str) else value


class KafkaEvent(Raw, Model, Generic[Value]):
    """The records of some partitions of some topics, by ``<topic>-<partition>``."""

    eventSource: str
    eventSourceArn: str | None = None
    bootstrapServers: Annotated[list[str], BeforeValidator(_split)] | None = None
    records: dict[str, list[KafkaRecord[Value]]]

    @model_validator(mode="before")
    @classmethod
    def _from_pipes(cls, value: Any) -> Any:
        """EventBridge Pipes delivers a bare list of records, and the event's own keys in each of them."""
        if not isinstance(value, list) or not all(isinstance(record, dict) for record in value):
            return value
        records: dict[str, list[Any]] = {}
        for record in value:
            records.setdefault(f"{record.get('topic')}-{record.get('partition')}", []).append(record)
        shared = ("eventSource", "eventSourceArn", "bootstrapServers")
        return {**{key: record[key] for record in value[:1] for key in shared if key in record}, "records": records}


def powertools_model(annotation: type, role: Literal["record", "event"]) -> Extractor:
    """Make an argument of one of Powertools' models from a copy: they write into what they are given."""
    if role == "event":
        return extractor(
            annotation,
            "kafka event",
            lambda invocation, record: deepcopy(invocation.event),
            lambda invocation, record: invocation.event,
        )
    return extractor(
        annotation, "kafka record", lambda invocation, record: deepcopy(record), lambda invocation, record: record
    )
