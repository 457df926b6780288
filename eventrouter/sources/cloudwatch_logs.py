"""Amazon CloudWatch Logs: a subscription filter sends log events, gzipped JSON in base64.

https://docs.aws.amazon.com/lambda/latest/dg/services-cloudwatchlogs.html
"""

from __future__ import annotations

from ..errors import EventDecodeError, PayloadError
from ..source import Pattern, Source
from ._base64 import from_base64
from ._batch import silence
from ._read import pasted, text_at

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence
    from typing import Unpack

    from ..context import Invocation
    from ..source import Extractor
    from ..types import JsonObject, JsonValue, NameSpec, Record, RouteOptions, Where

#: More than this is no real event: Lambda delivers 6 MB, in which a bomb could hold gigabytes.
MAX_BYTES = 64 * 1024 * 1024
#: CloudWatch writes one gzip member. Millions of empty ones would cost minutes without ever reaching the limit.
MAX_MEMBERS = 64
#: What a log event is told about where it comes from.
SHARED = ("owner", "logGroup", "logStream", "subscriptionFilters")

WHERE = "cloudwatch_logs event"


def detect(event: JsonValue) -> bool:
    return type(event) is dict and type(logs := event.get("awslogs")) is dict and type(logs.get("data")) is str


class LogRecord(dict[str, object]):
    """A log event with its origin; it remembers the decoded event, so that no handler decodes it again."""

    __slots__ = ("decoded",)

    def __init__(self, log_event: JsonObject, decoded: JsonObject) -> None:
        super().__init__(log_event)
        self.update((key, decoded[key]) for key in SHARED if key in decoded)
        self.decoded = decoded


def records(event: JsonValue) -> Sequence[JsonObject]:
    """The log events; none of a control message, which only probes whether the function can be reached.

    Raises:
        PayloadError: The event cannot be opened.
    """
    decoded = opened(event)
    if decoded.get("messageType") == "CONTROL_MESSAGE":
        return ()
    log_events = decoded.get("logEvents")
    if type(log_events) is not list or any(type(log_event) is not dict for log_event in log_events):
        raise _problem("log_events", "The event holds no list of log events")
    return [LogRecord(log_event, decoded) for log_event in log_events]


def opened(event: JsonValue) -> JsonObject:
    """The JSON object in ``awslogs.data``.

    Raises:
        PayloadError: Not base64, not gzip, cut off, larger than :data:`MAX_BYTES`, or not a JSON object.
    """
    from .._json import decode

    text = gunzip(from_base64(text_at(event, "awslogs", "data"), WHERE))
    try:
        decoded = decode(text)
    except EventDecodeError:
        raise _problem("json_invalid", "The data is not JSON") from None
    if type(decoded) is not dict:
        raise _problem("dict_type", "The data is not a JSON object")
    return decoded


def gunzip(data: bytes, max_bytes: int = MAX_BYTES) -> bytes:
    """Decompress all members of a gzip file, as ``gzip`` does: zeros may follow them, anything else may not.

    Raises:
        PayloadError: It is no gzip, it ends early, or it holds more than *max_bytes* or :data:`MAX_MEMBERS`.
    """
    # Costs a millisecond, which only functions that read logs need to pay.
    import zlib

    found = b""
    for _ in range(MAX_MEMBERS):
        # 32: gzip or zlib, as the header says; what others write in CloudWatch's place is both.
        member = zlib.decompressobj(zlib.MAX_WBITS | 32)
        try:
            # One byte more than allowed tells "exactly the limit" from "too much" without unpacking the rest.
            found += member.decompress(data, max_bytes - len(found) + 1)
        except zlib.error:
            raise _problem("gzip", "The data is not gzip") from None
        if len(found) > max_bytes:
            raise _problem("too_large", f"The data holds more than {max_bytes} bytes")
        if not member.eof:
            raise _problem("gzip_truncated", "The data is cut off")
        data = member.unused_data.lstrip(b"\0")
        if not data:
            return found
    raise _problem("too_large", f"The data has more than {MAX_MEMBERS} gzip members")


def _problem(kind: str, message: str) -> PayloadError:
    return PayloadError([{"type": kind, "loc": ["awslogs", "data"], "msg": message}], WHERE)


def address(record: JsonObject) -> Hashable:
    return text_at(record, "logGroup"), text_at(record, "logStream")


def keys(record: JsonObject) -> Mapping[str, str]:
    return {"group": text_at(record, "logGroup"), "stream": text_at(record, "logStream")}


def payload(record: JsonObject) -> str:
    return record["message"]  # type: ignore[no-any-return]


def idempotency_key(record: JsonObject) -> str | None:
    """The log event's id."""
    return text_at(record, "id") or None


def group(
    name: str | None = None,
    /,
    *,
    stream: NameSpec = None,
    where: Where | None = None,
    **options: Unpack[RouteOptions],
) -> Pattern:
    """Log events of the group *name*, one call per log event, or all of a delivery for ``Batch[T]``.

    Args:
        name: The log group's name: exact, a glob (``/aws/lambda/shop-*``), ``${ENV}``; left out: every group.
        stream: The log stream's name.
        where: A condition on a JSON message: an EventBridge pattern or a predicate. A message that is not JSON fails.
    """
    return Pattern("cloudwatch_logs", [("group", name), ("stream", stream)], where=where, options=options)


def decoded_of(invocation: Invocation, record: Record) -> JsonObject:
    """The decoded event that *record* was taken from."""
    return record.decoded if isinstance(record, LogRecord) else opened(invocation.event)


def _model_of_decoded(annotation: type) -> Extractor:
    from ..models.cloudwatch_logs import model_of_decoded

    return model_of_decoded(annotation, decoded_of)


def _decoded(annotation: type) -> Extractor:
    return lambda invocation, record: annotation(decoded_of(invocation, record))


SOURCE = Source(
    "cloudwatch_logs",
    detect=detect,
    anchors=("awslogs",),
    records=records,
    keys=keys,
    order=("group", "stream"),
    address=address,
    payload=payload,
    types={
        "eventrouter.models.cloudwatch_logs:LogEvent": "record",
        "eventrouter.models.cloudwatch_logs:LogsEvent": _model_of_decoded,
        "aws_lambda_powertools.utilities.parser.models.cloudwatch:CloudWatchLogsLogEvent": "record",
        "aws_lambda_powertools.utilities.parser.models.cloudwatch:CloudWatchLogsDecode": _model_of_decoded,
        # Decodes by itself, and without a limit: records() has held the event against ours by then.
        "aws_lambda_powertools.utilities.parser.models.cloudwatch:CloudWatchLogsModel": "event",
        "aws_lambda_powertools.utilities.data_classes.cloud_watch_logs_event:CloudWatchLogsLogEvent": "record",
        "aws_lambda_powertools.utilities.data_classes.cloud_watch_logs_event:CloudWatchLogsDecodedData": _decoded,
        "aws_lambda_powertools.utilities.data_classes.cloud_watch_logs_event:CloudWatchLogsEvent": "event",
    },
    model="eventrouter.models.cloudwatch_logs:LogsEvent",
    offer="str or a model of the message, LogEvent[...], LogsEvent, Batch[...]",
    is_batch=True,
    reply=silence,
    returns="nothing",
    idempotency_key=idempotency_key,
    secret_paths=("awslogs.data",),
    paste=pasted("cloudwatch_logs", "group"),
    acknowledges=True,
)
