"""Amazon Kinesis data streams: a poller hands over the records of one shard, in order.

Event, reply, windows: https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html
Through EventBridge Pipes: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-kinesis.html
"""

from __future__ import annotations

from ..errors import PayloadError
from ..source import OfRecord, Pattern, Source
from ._base64 import from_base64
from ._read import pasted, text_at
from ._shard import checkpoint, event_id, idempotency_key, is_of, lanes, records, whole

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping
    from typing import Unpack

    from ..context import Invocation
    from ..source import Extractor, Outcome
    from ..types import JsonObject, JsonValue, Record, RouteOptions, Where

#: The first bytes of a record into which the Kinesis Producer Library has packed several:
#: https://github.com/awslabs/amazon-kinesis-producer/blob/master/aggregation-format.md
KPL_MAGIC = b"\xf3\x89\x9a\xc2"
#: Said of such a record: whoever reads its bytes as JSON needs to know why they are none.
AGGREGATED = (
    "The record is an aggregate of the Kinesis Producer Library (KPL): take the user records out of it with a decode= "
    "hook, or turn aggregation off in the producer"
)
#: What Lambda keeps under ``kinesis``; EventBridge Pipes writes it into the record itself.
STREAM_FIELDS = (
    "kinesisSchemaVersion", "partitionKey", "sequenceNumber", "data", "approximateArrivalTimestamp", "encryptionType",
)  # fmt: skip


def detect(event: JsonValue) -> bool:
    return is_of(event, "kinesis")


def address(record: JsonObject) -> Hashable:
    return record.get("eventSourceARN")


def keys(record: JsonObject) -> Mapping[str, str]:
    """The stream's; the call that ends a window has no records, and offers the same by itself."""
    # A consumer with enhanced fan-out may stand behind the stream.
    arn = text_at(record, "eventSourceARN").partition("/consumer/")[0]
    return {"stream": arn.partition(":stream/")[2], "stream_arn": arn}


def payload(record: JsonObject) -> bytes:
    """The decoded data.

    Raises:
        PayloadError: It is no base64, or an aggregate of the Kinesis Producer Library.
    """
    found = data(record)
    if found.startswith(KPL_MAGIC):
        raise PayloadError([{"type": "kpl_aggregated", "loc": ["data"], "msg": AGGREGATED}], "kinesis record")
    return found


def data(record: JsonObject) -> bytes:
    """The decoded data, whatever it is: what a ``decode=`` hook is for."""
    return from_base64(record.get("kinesis", record)["data"], "kinesis record")


def nested(record: JsonObject) -> JsonObject:
    """The record in the form that Lambda delivers."""
    if "kinesis" in record:
        return record
    inner = {key: record[key] for key in STREAM_FIELDS if key in record}
    return {**{key: value for key, value in record.items() if key not in inner}, "kinesis": inner}


def identify(record: JsonObject) -> JsonValue:
    """The sequence number; in a record from EventBridge Pipes the event id, which is what Pipes knows it by."""
    return record["kinesis"]["sequenceNumber"] if "kinesis" in record else event_id(record)


def reply(outcome: Outcome) -> JsonValue:
    return checkpoint(outcome, identify)


def stream(name: str | None = None, /, *, where: Where | None = None, **options: Unpack[RouteOptions]) -> Pattern:
    """Records of the stream *name*, one call per record, in order; after a failure none is started.

    Args:
        name: The stream's name: exact, a glob (``clicks-*``), an ARN, ``${ENV}``; left out: every stream.
        where: A condition on the JSON data: an EventBridge pattern or a predicate.
    """
    return Pattern("kinesis", [("stream", name)], where=where, options=options)


def _parsed_record(annotation: type) -> Extractor:
    from ..models._extract import extractor

    return extractor(
        annotation, "kinesis record", lambda invocation, record: nested(record), lambda invocation, record: record
    )


def _parsed_event(annotation: type) -> Extractor:
    from ..models._extract import extractor

    return extractor(
        annotation,
        "kinesis event",
        lambda invocation, record: _whole(invocation),
        lambda invocation, record: invocation.event,
    )


def _wrapped_record(annotation: type) -> Extractor:
    def wrap(invocation: Invocation, record: Record) -> object:
        return annotation(nested(record))

    return wrap


def _wrapped_event(annotation: type) -> Extractor:
    def wrap(invocation: Invocation, record: Record) -> object:
        return annotation(_whole(invocation))

    return wrap


def _whole(invocation: Invocation) -> JsonValue:
    if invocation.delivery == "lambda":
        return invocation.event
    return whole([nested(record) for record in invocation.event])


SOURCE = Source(
    "kinesis",
    detect=detect,
    services=("aws:kinesis",),
    records=records,
    keys=keys,
    order=("stream",),
    address=address,
    payload=payload,
    encoded=data,
    types={
        "eventrouter.models.kinesis:KinesisRecord": "record",
        "eventrouter.models.kinesis:KinesisEvent": "event",
        "aws_lambda_powertools.utilities.parser.models.kinesis:KinesisDataStreamRecord": OfRecord(_parsed_record),
        "aws_lambda_powertools.utilities.parser.models.kinesis:KinesisDataStreamModel": _parsed_event,
        "aws_lambda_powertools.utilities.data_classes.kinesis_stream_event:KinesisStreamRecord": OfRecord(
            _wrapped_record
        ),
        "aws_lambda_powertools.utilities.data_classes.kinesis_stream_event:KinesisStreamEvent": _wrapped_event,
    },
    evidence=("Records.0.eventSource", "0.eventSource", "eventSourceARN"),
    model="eventrouter.models.kinesis:KinesisEvent",
    offer="a model of the data, KinesisRecord[...], Batch[...], Window[...]",
    is_batch=True,
    lanes=lanes,
    identify=identify,
    reply=reply,
    returns="nothing",
    idempotency_key=idempotency_key,
    secret_paths=("Records.*.kinesis.data", "*.kinesis.data", "*.data", "state"),
    paste=pasted("kinesis", "stream"),
    acknowledges=True,
)
