"""Records of Amazon Data Firehose, which has them transformed on their way."""

from __future__ import annotations

from datetime import datetime
from typing import TypedDict, Unpack

from ..._sniff import sniff
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
    encoded,
    impossible,
    milliseconds,
    split_records,
)
from ._stream import data_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...types import JsonObject

#: Bytes of a record that was put directly: https://docs.aws.amazon.com/firehose/latest/dev/limits.html
MAX_RECORD = 1000 * 1024


class FirehoseFields(TypedDict, total=False):
    """What can be said of a record beside its data.

    Attributes:
        record_id: Default: made of ``ids``, or of the record's place in its stream or topic.
        arrived: When Firehose got it.
        ids: Default: made of what the event carries.
    """

    record_id: str
    arrived: datetime
    ids: Ids


def firehose(
    *data: Payload,
    stream: str = "clicks-to-lake",
    invocation_id: str | None = None,
    region: str = REGION,
    account: str = ACCOUNT,
    **fields: Unpack[FirehoseFields],
) -> JsonObject:
    """Records of one delivery stream.

    Args:
        data: Bytes, text, or anything that has a JSON form, put directly. A ``kinesis(...)`` event becomes what Firehose
            reads of that stream, a ``kafka(...)`` event of that cluster, and a ``cloudwatch_logs(...)`` event what a
            subscription filter puts. What :func:`firehose_record` made is taken as it is.
        stream: The name of the delivery stream.
        invocation_id: Default: made of ``ids``.
        region: Of the delivery stream.
        account: Of the delivery stream.
        fields: Of every record.

    Raises:
        ImpossibleEventError: Firehose has no such record.

    Reference:
        https://docs.aws.amazon.com/firehose/latest/dev/data-transformation.html
    """
    split_records(data, fields, "firehose")
    check_name("firehose(stream=)", stream, others="_.-", high=64)
    ids = fields.setdefault("ids", Ids.of(stream, *data))
    sources: list[JsonObject] = []
    records: list[JsonObject] = []
    for each in data:
        source, found = _read(each, fields)
        records += found
        if source not in sources:
            sources.append(source)
    if len(sources) > 1:
        raise impossible("firehose()", "records of several", "a delivery stream has one source")
    event: JsonObject = {
        "invocationId": invocation_id or ids.uuid(),
        **(sources[0] if sources else {}),
        "deliveryStreamArn": arn("firehose", f"deliverystream/{stream}", region, account),
        "region": region,
        "records": records,
    }
    return batch_of("firehose", records, event, limit=None)


def firehose_record(data: Payload, **fields: Unpack[FirehoseFields]) -> Record:
    """One record that was put directly, for :func:`firehose`.

    Raises:
        ImpossibleEventError: Firehose has no such record.

    Reference:
        https://docs.aws.amazon.com/firehose/latest/APIReference/API_PutRecord.html
    """
    blob = data_of(data)
    if len(blob) > MAX_RECORD:
        raise impossible("firehose(data)", f"of {len(blob)} bytes", f"a record has at most {MAX_RECORD} bytes")
    ids = fields.get("ids") or Ids.of(blob)
    return Record(
        recordId=fields.get("record_id") or f"{ids.number(56)}000000",
        approximateArrivalTimestamp=milliseconds(fields.get("arrived", MOMENT)),
        data=encoded(blob),
    )


def _read(payload: Payload, fields: FirehoseFields) -> tuple[JsonObject, list[JsonObject]]:
    """The source that Firehose reads, as the event tells it, and the records."""
    if isinstance(payload, Record):
        return {}, [dict(payload)]
    source = sniff(payload).name if type(payload) is dict else ""
    if type(payload) is dict and source == "kinesis":
        records = payload["Records"]
        if not records:
            raise impossible("firehose(kinesis())", "the end of a window", "Firehose reads records")
        stream = records[0]["eventSourceARN"].partition("/consumer/")[0]
        return {"sourceKinesisStreamArn": stream}, [_of_stream(record, fields) for record in records]
    if type(payload) is dict and source == "kafka":
        if "eventSourceArn" not in payload:
            raise impossible("firehose(kafka())", "self-managed", "Firehose reads from Amazon MSK alone")
        found = [_of_topic(record, fields) for batch in payload["records"].values() for record in batch]
        return {"sourceMSKArn": payload["eventSourceArn"]}, found
    return {}, [dict(firehose_record(payload, **fields))]


def _of_stream(record: JsonObject, fields: FirehoseFields) -> JsonObject:
    inner = record["kinesis"]
    arrived = round(inner["approximateArrivalTimestamp"] * 1000)
    return {
        "recordId": fields.get("record_id") or inner["sequenceNumber"],
        "approximateArrivalTimestamp": milliseconds(fields["arrived"]) if "arrived" in fields else arrived,
        "data": inner["data"],
        "kinesisRecordMetadata": {
            "shardId": record["eventID"].partition(":")[0],
            "partitionKey": inner["partitionKey"],
            "approximateArrivalTimestamp": arrived,
            "sequenceNumber": inner["sequenceNumber"],
            "subsequenceNumber": 0,
        },
    }


def _of_topic(record: JsonObject, fields: FirehoseFields) -> JsonObject:
    if record["value"] is None:
        raise impossible("firehose(kafka())", "a tombstone", "Firehose transforms records that have a value")
    arrived = record["timestamp"]
    return {
        "recordId": fields.get("record_id") or f"{record['offset']:020}{record['partition']:012}",
        "approximateArrivalTimestamp": milliseconds(fields["arrived"]) if "arrived" in fields else arrived,
        "mskRecordMetadata": {
            "offset": str(record["offset"]),
            "partitionId": str(record["partition"]),
            "approximateArrivalTimestamp": arrived,
        },
        "kafkaRecordValue": record["value"],
    }
