"""What the bodies of an event's records nest. Bodies are opened here, for a person who asks, and nowhere else on the way to routes."""

from __future__ import annotations

from .._json import decode
from .._sniff import sniff
from ..errors import EventDecodeError, EventRouterError
from ..sources._read import text_at
from ..sources.sns import is_control_message, is_notification

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..source import Source
    from ..types import JsonValue

#: The sources whose records carry what somebody sent, whatever it is.
_CARRIERS = frozenset({"sqs", "sns", "kinesis", "firehose", "kafka", "mq_active", "mq_rabbit"})
_GZIP = b"\x1f\x8b"
#: A compressed body is not opened further than this many bytes.
_MAX_BYTES = 64 * 1024 * 1024


def envelope_of(event: JsonValue, source: Source) -> str | None:
    """The AWS message that the first record which nests one carries: a label, or a word for what has none; else None."""
    if source.name not in _CARRIERS or source.payload is None:
        return None
    try:
        records = source.records(event)
    except EventRouterError:
        return None
    for record in records:
        try:
            raw = source.payload(record)
        except (EventRouterError, KeyError, TypeError):
            continue
        found = _kind(_opened(raw))
        if found is not None:
            return found
    return None


def _opened(raw: object) -> JsonValue:
    """The JSON value in a body; None where it holds none."""
    data = raw.encode("utf-8", "surrogatepass") if isinstance(raw, str) else raw
    if not isinstance(data, bytes):
        return None
    try:
        return decode(_unzipped(data) if data.startswith(_GZIP) else data)
    except EventDecodeError:
        return None


def _unzipped(data: bytes) -> bytes:
    import zlib

    try:
        return zlib.decompressobj(wbits=31).decompress(data, _MAX_BYTES)
    except zlib.error:
        return b""


def _kind(value: JsonValue) -> str | None:
    if not isinstance(value, dict):
        return None
    if is_notification(value) or is_control_message(value):
        return "sns"
    if text_at(value, "messageType") in ("DATA_MESSAGE", "CONTROL_MESSAGE") and isinstance(
        value.get("logEvents"), list
    ):
        return "cloudwatch_logs"
    if text_at(value, "AlarmName") and text_at(value, "NewStateValue"):
        return "cloudwatch_alarm_notification"
    if text_at(value, "eventSource") == "aws:sqs" and text_at(value, "messageId"):
        return "sqs_record"
    label = sniff(value).name
    return None if label in ("direct", "unknown") else label
