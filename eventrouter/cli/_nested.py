"""What the bodies of an event's records nest.

They are opened here, for a person who asks. No event is routed by what is found: whoever may send a message could write it.
"""

from __future__ import annotations

from .._json import decode
from .._sniff import LEFT_OVER, SERVICES, sniff
from ..errors import EventDecodeError, PayloadError
from ..source import Source
from ..sources.cloudwatch_logs import gunzip
from ..sources.sns import is_control_message, is_notification

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..types import JsonValue

#: The sources whose records carry what somebody sent, whatever it is.
_CARRIERS = frozenset({"sqs", "sns", "kinesis", "firehose", "kafka", "mq_active", "mq_rabbit"})
_GZIP = b"\x1f\x8b"


def envelope_of(event: JsonValue, source: Source) -> str | None:
    """The AWS message that the first record which nests one carries; None where none does.

    A label says that it is an event of that source, ``<label>_record`` one record of such an event. ``sns`` is also the
    notification that a topic puts into a queue, ``cloudwatch_alarm_notification`` what an alarm sends to a topic.
    """
    if source.name not in _CARRIERS or source.payload is None:
        return None
    try:
        records = source.records(event)
    except PayloadError:
        return None
    for record in records:
        try:
            raw = source.payload(record)
        except (PayloadError, KeyError, TypeError, AttributeError):
            continue  # half a record carries nothing
        found = _kind(_opened(raw))
        if found is not None:
            return found
    return None


def _opened(raw: object) -> JsonValue:
    """The JSON value in a body; None where it holds none."""
    data = raw.encode("utf-8", "replace") if isinstance(raw, str) else raw
    if not isinstance(data, bytes):
        return None
    try:
        return decode(gunzip(data) if data.startswith(_GZIP) else data)
    except (EventDecodeError, PayloadError):
        return None


def _kind(value: JsonValue) -> str | None:
    if not isinstance(value, dict):
        return None
    if is_notification(value) or is_control_message(value):
        return "sns"
    if isinstance(value.get("logGroup"), str) and isinstance(value.get("logEvents"), list):
        return "cloudwatch_logs"
    if isinstance(value.get("AlarmName"), str) and isinstance(value.get("NewStateValue"), str):
        return "cloudwatch_alarm_notification"
    label = sniff(value).name
    if label not in LEFT_OVER:
        return label
    service = value.get("eventSource", value.get("EventSource"))
    return f"{SERVICES[service]}_record" if isinstance(service, str) and service in SERVICES else None
