"""Amazon Data Firehose: a delivery stream has its records transformed on their way.

Event and reply: https://docs.aws.amazon.com/firehose/latest/dev/data-transformation.html
Reply per record: https://docs.aws.amazon.com/firehose/latest/dev/data-transformation-status-model.html
Failures: https://docs.aws.amazon.com/firehose/latest/dev/data-transformation-failure-handling.html
"""

from __future__ import annotations

import sys
from binascii import b2a_base64

from .._json import dump_bytes
from ..answers import DROPPED
from ..errors import PayloadError, ProcessingFailed, ReplyError
from ..source import Pattern, Source, failure
from ._answer import refused
from ._base64 import from_base64
from ._read import after_last, pasted, text_at

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence
    from typing import Unpack

    from ..source import Outcome
    from ..types import JsonObject, JsonValue, RouteOptions, Where

#: Firehose gives up on a call after five minutes, whatever the function's timeout is.
CALLER_LIMIT = 300

WANTED = "the new data (text, bytes, or a value for JSON), FirehoseResult(...), or DROPPED"


def detect(event: JsonValue) -> bool:
    if type(event) is not dict or type(event.get("invocationId")) is not str or type(event.get("records")) is not list:
        return False
    # A delivery stream's region; Kinesis Data Analytics sends records of the same form, from an application.
    if type(event.get("deliveryStreamArn")) is not str and type(event.get("region")) is not str:
        return False
    if not event["records"]:
        return "deliveryStreamArn" in event
    first = event["records"][0]
    return type(first) is dict and "recordId" in first and ("data" in first or "kafkaRecordValue" in first)


class DeliveryRecord(dict[str, object]):
    """A record that knows its delivery stream, which only the event tells."""

    __slots__ = ("stream_arn",)

    def __init__(self, record: JsonObject, stream_arn: str) -> None:
        super().__init__(record)
        self.stream_arn = stream_arn


def records(event: JsonValue) -> Sequence[JsonObject]:
    """The records, in order.

    Raises:
        PayloadError: One is no object, so that it cannot be answered.
    """
    arn = text_at(event, "deliveryStreamArn")
    if any(type(record) is not dict for record in event["records"]):
        raise PayloadError(
            [{"type": "dict_type", "loc": ["records"], "msg": "A record is no object"}], "firehose event"
        )
    return [DeliveryRecord(record, arn) for record in event["records"]]


def address(record: JsonObject) -> Hashable:
    return getattr(record, "stream_arn", "")


def keys(record: JsonObject) -> Mapping[str, str]:
    arn: str = getattr(record, "stream_arn", "")
    return {"stream": after_last(arn, "/"), "stream_arn": arn}


def field(record: JsonObject) -> str:
    """Where the data is, in the record and in its answer: records from Kafka have it elsewhere."""
    return "kafkaRecordValue" if "data" not in record and "kafkaRecordValue" in record else "data"


def payload(record: JsonObject) -> bytes:
    """The decoded data."""
    return from_base64(padded(record[field(record)]), "firehose record")


def padded(text: JsonValue) -> JsonValue:
    """Base64 with the padding it needs: samples that AWS publishes have too much of it."""
    if not isinstance(text, str):
        return text
    text = text.rstrip("=")
    return text + "=" * (-len(text) % 4)


def reply(outcome: Outcome) -> JsonValue:
    """Answer every record once, in order, with its data.

    Firehose never tries a record again that ``ProcessingFailed``: it goes to the error prefix. So only a handler that
    says so, and data that can never be read, end there; anything else is raised, for Firehose to call again.

    Raises:
        BaseException: What failed otherwise, unchanged; several as one group.
        ReplyError: A handler returned what is no data.
    """
    retried = {index: error for index, error in outcome.errors.items() if not _is_final(error)}
    if retried:
        raise failure(retried)
    if outcome.errors:
        _log(outcome)
    return {"records": [_answer(outcome, index, record) for index, record in enumerate(outcome.records)]}


def _is_final(error: BaseException) -> bool:
    return isinstance(error, ProcessingFailed | PayloadError)


def _log(outcome: Outcome) -> None:
    # The answer is a success for Lambda: without this line nothing would say why.
    from .._log import describe, logger

    for index, error in sorted(outcome.errors.items()):
        logger().error(
            "record %s of Firehose goes to the error prefix: %s",
            text_at(outcome.records[index], "recordId"),
            describe(error),
        )


def _answer(outcome: Outcome, index: int, record: JsonObject) -> JsonObject:
    name = field(record)
    answer = {"recordId": record.get("recordId"), "result": "Ok", name: record.get(name, "")}
    result: JsonValue = outcome.results.get(index)
    if index in outcome.errors:
        answer["result"] = "ProcessingFailed"
    elif result is DROPPED:
        answer["result"] = "Dropped"
    else:
        if _has_partition_keys(result):
            answer["metadata"] = {"partitionKeys": dict(result.partition_keys)}
            result = result.data
        if result is None or _is_answer(result, record):
            raise refused("Firehose", result, WANTED)
        answer[name] = b2a_base64(_encoded(result), newline=False).decode()
    return answer


def _has_partition_keys(result: JsonValue) -> bool:
    # The class stands beside the models, whose import is dear: whoever returns one has paid for it.
    models = sys.modules.get("eventrouter.models.firehose")
    return models is not None and isinstance(result, models.FirehoseResult)


def _is_answer(result: JsonValue, record: JsonObject) -> bool:
    """Whether a handler returned the record's whole answer, which would be delivered as its data."""
    return isinstance(result, dict) and "result" in result and result.get("recordId", "") == record.get("recordId")


def _encoded(result: JsonValue) -> bytes:
    if isinstance(result, bytes | bytearray | memoryview):
        return bytes(result)
    if isinstance(result, str):
        try:
            return result.encode()
        except UnicodeEncodeError:
            raise ReplyError(
                "Firehose cannot be answered with half of a surrogate pair, which UTF-8 cannot write"
            ) from None
    return dump_bytes(result)


def idempotency_key(record: JsonObject) -> str | None:
    """The record's id, which stays the same when Firehose calls again."""
    return text_at(record, "recordId") or None


def stream(name: str | None = None, /, *, where: Where | None = None, **options: Unpack[RouteOptions]) -> Pattern:
    """Records of the delivery stream *name*; the handler returns their new data.

    Return text, bytes, or a value for JSON; ``FirehoseResult(data, partition_keys)`` for dynamic partitioning;
    ``DROPPED`` to leave the record out. ``raise ProcessingFailed(...)`` sends it to the error prefix.

    Args:
        name: The delivery stream's name: exact, a glob, an ARN, ``${ENV}``; left out: every stream.
        where: A condition on the JSON data: an EventBridge pattern or a predicate.
    """
    return Pattern("firehose", [("stream", name)], where=where, options=options)


SOURCE = Source(
    "firehose",
    detect=detect,
    anchors=("invocationId",),
    records=records,
    keys=keys,
    order=("stream",),
    address=address,
    payload=payload,
    types={
        "eventrouter.models.firehose:FirehoseRecord": "record",
        "eventrouter.models.firehose:FirehoseEvent": "event",
        "aws_lambda_powertools.utilities.parser.models.kinesis_firehose:KinesisFirehoseRecord": "record",
        "aws_lambda_powertools.utilities.parser.models.kinesis_firehose:KinesisFirehoseModel": "event",
        "aws_lambda_powertools.utilities.parser.models.kinesis_firehose_sqs:KinesisFirehoseSqsRecord": "record",
        "aws_lambda_powertools.utilities.parser.models.kinesis_firehose_sqs:KinesisFirehoseSqsModel": "event",
        "aws_lambda_powertools.utilities.data_classes.kinesis_firehose_event:KinesisFirehoseRecord": "record",
        "aws_lambda_powertools.utilities.data_classes.kinesis_firehose_event:KinesisFirehoseEvent": "event",
    },
    evidence=("deliveryStreamArn", "region"),
    model="eventrouter.models.firehose:FirehoseEvent",
    offer="str, bytes or a model of the data, FirehoseRecord[...]",
    reply=reply,
    idempotency_key=idempotency_key,
    caller_limit=CALLER_LIMIT,
    secret_paths=("records.*.data", "records.*.kafkaRecordValue", "records.*.kinesisRecordMetadata.partitionKey"),
    paste=pasted("firehose", "stream"),
)
