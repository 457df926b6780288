"""Records of an Amazon Kinesis data stream."""

from __future__ import annotations

from datetime import datetime
from hashlib import md5
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
    bytes_of,
    check_length,
    check_name,
    check_one_of,
    encoded,
    impossible,
    split_records,
    without_none,
)
from ._stream import Unnumbered, check_number, data_of, in_order

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...types import JsonObject

#: How long sequence numbers are.
DIGITS = 56
#: The first bytes of an aggregate: https://github.com/awslabs/amazon-kinesis-producer/blob/master/aggregation-format.md
KPL_MAGIC = b"\xf3\x89\x9a\xc2"


class KinesisFields(TypedDict, total=False):
    """What can be said of a record beside its data.

    Attributes:
        partition_key: At most 256 characters.
        sequence_number: Of the first record; each later one's is one more. Default: made of ``ids``.
        arrived: When the record was put into the stream.
        shard: The number of the shard. All records of a batch are from one.
        consumer: The name of the consumer with enhanced fan-out that reads the stream.
        encryption_type: Left out unless it is given.
        role: The name of the function's role.
        region: Of the stream.
        account: Of the stream.
        ids: Default: made of what the event carries.
    """

    partition_key: str
    sequence_number: str
    arrived: datetime
    shard: int
    consumer: str
    encryption_type: Literal["NONE", "KMS"]
    role: str
    region: str
    account: str
    ids: Ids


def kinesis(*data: Payload, stream: str = "clicks", **fields: Unpack[KinesisFields]) -> JsonObject:
    """A batch of records from one shard of one stream, in order.

    Args:
        data: Bytes, text, or anything that has a JSON form. A ``cloudwatch_logs(...)`` event becomes what a subscription
            filter puts into the stream, and :func:`kpl_aggregate` makes an aggregate of several payloads. What
            :func:`kinesis_record` made is taken as it is.
        stream: Its name.
        fields: Of every record.

    Raises:
        ImpossibleEventError: Kinesis has no such record, or Lambda no such batch.

    Reference:
        https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html
    """
    split_records(data, fields, "kinesis")
    ids = fields.setdefault("ids", Ids.of(stream, *data))
    first = fields.pop("sequence_number", None)
    if first is not None:
        check_number("kinesis(sequence_number=)", first)
    made = [each if isinstance(each, Record) else kinesis_record(each, stream=stream, **fields) for each in data]
    records = in_order(made, first, ids, DIGITS, _numbered)
    if len({(record["eventSourceARN"], record["eventID"].partition(":")[0]) for record in records}) > 1:
        raise impossible("kinesis()", "records of several", "a batch is from one shard of one stream")
    return batch_of("kinesis", records, {"Records": records})


def kinesis_record(data: Payload, *, stream: str = "clicks", **fields: Unpack[KinesisFields]) -> Record:
    """One record, for :func:`kinesis`.

    Raises:
        ImpossibleEventError: Kinesis has no such record.

    Reference:
        https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecord.html
    """
    check_name("kinesis(stream=)", stream, others="_.-", high=128)
    blob = data_of(data)
    partition_key = fields.get("partition_key", "partition-1")
    check_length("kinesis(partition_key=)", partition_key, 1, 256)
    shard = fields.get("shard", 0)
    if not 0 <= shard < 10**12:
        raise impossible("kinesis(shard=)", shard, "a shard has a number of at most twelve digits")
    encryption_type = fields.get("encryption_type")
    if encryption_type is not None:
        check_one_of("kinesis(encryption_type=)", encryption_type, ("NONE", "KMS"))
    region, account = fields.get("region", REGION), fields.get("account", ACCOUNT)
    record = {
        "kinesis": without_none(
            kinesisSchemaVersion="1.0",
            partitionKey=partition_key,
            data=encoded(blob),
            approximateArrivalTimestamp=round(fields.get("arrived", MOMENT).timestamp(), 3),
            encryptionType=encryption_type,
        ),
        "eventSource": "aws:kinesis",
        "eventVersion": "1.0",
        "eventID": f"shardId-{shard:012}",
        "eventName": "aws:kinesis:record",
        "invokeIdentityArn": arn(
            "iam", f"role/{fields.get('role', 'stream-reader')}", "", account, partition_region=region
        ),
        "awsRegion": region,
        "eventSourceARN": arn("kinesis", f"stream/{stream}{_consumer(fields)}", region, account),
    }
    number = fields.get("sequence_number")
    if number is None:
        ids = fields.get("ids") or Ids.of(stream, blob)
        return Unnumbered(_numbered(Record(record), ids.number(DIGITS)))
    check_number("kinesis(sequence_number=)", number)
    return Record(_numbered(Record(record), number))


def kpl_aggregate(*data: Payload, partition_key: str = "partition-1") -> bytes:
    """The data of one record into which the Kinesis Producer Library has packed several.

    Reference:
        https://github.com/awslabs/amazon-kinesis-producer/blob/master/aggregation-format.md
    """
    packed = _field(1, partition_key.encode())
    for each in data:
        # Field 1 of a record: the index of its partition key in the table, of which there is one.
        packed += _field(3, b"\x08\x00" + _field(3, bytes_of(each)))
    return KPL_MAGIC + packed + md5(packed, usedforsecurity=False).digest()


def _field(number: int, value: bytes) -> bytes:
    """A field of a protocol buffer that holds bytes."""
    length = len(value)
    written = bytearray([number << 3 | 2])
    while length > 0x7F:
        written.append(length & 0x7F | 0x80)
        length >>= 7
    return bytes(written) + bytes([length]) + value


def _consumer(fields: KinesisFields) -> str:
    name = fields.get("consumer")
    if name is None:
        return ""
    check_name("kinesis(consumer=)", name, others="_.-", high=128)
    return f"/consumer/{name}:{int(MOMENT.timestamp())}"


def _numbered(record: Record, number: str) -> JsonObject:
    inner = record["kinesis"]
    shard = record["eventID"].partition(":")[0]
    return {**record, "kinesis": {**inner, "sequenceNumber": number}, "eventID": f"{shard}:{number}"}
