"""Tumbling windows, which Lambda makes of a Kinesis or DynamoDB stream."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from ..._sniff import sniff
from ._made import Ids, Payload, impossible, json_of, plain_object, to_seconds

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...types import JsonObject

#: https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-windows.html
MAX_WINDOW = timedelta(minutes=15)
MAX_STATE = 1024 * 1024


def window(
    event: JsonObject,
    *,
    state: Payload = None,
    start: datetime | None = None,
    end: datetime | None = None,
    shard: str | None = None,
    final: bool = False,
    early: bool = False,
) -> JsonObject:
    """A batch in a tumbling window: ``window(kinesis(Click(page="/")), state={"count": 2})``.

    Args:
        event: Made by ``kinesis(...)`` or ``dynamodb(...)``; of one that is in a window already, the window stays.
        state: What the function answered to the batch before; default: the window's first batch, with an empty state.
        start: When the window started; default: the full minute before the batch's first record.
        end: When it ends, at most 15 minutes later; default: one minute.
        shard: The name of the shard; default: the records', or made of the stream's name.
        final: The function is called for the last time in this window.
        early: The window ended before its time, for its state was too large.

    Raises:
        ImpossibleEventError: There is no such window.

    Reference:
        https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-windows.html
        https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-windows.html
    """
    _check_source(event)
    of_it = plain_object("window(state=)", {} if state is None else state)
    size = len(json_of(of_it).encode())
    if size > MAX_STATE:
        raise impossible("window(state=)", f"of {size} bytes", f"a state has at most {MAX_STATE} bytes")
    first = event["Records"][0] if event["Records"] else None
    stream = event["eventSourceARN"] if first is None else first["eventSourceARN"]
    return {
        "Records": event["Records"],
        "window": _times(event, start, end),
        "state": of_it,
        "shardId": shard or event.get("shardId") or _shard(stream, first),
        "eventSourceARN": stream,
        "isFinalInvokeForWindow": final,
        "isWindowTerminatedEarly": early,
    }


def window_end(event: JsonObject, *, state: Payload = None, early: bool = False) -> JsonObject:
    """The call that ends a window: it has no records, and the state is all there is to work with.

    Args:
        event: Any batch of the window, which tells the stream, the shard and the times.
        state: What the function answered to the last batch.
        early: The window ended before its time, for its state was too large.

    Raises:
        ImpossibleEventError: There is no such window.
    """
    return {**window(event, state=state, final=True, early=early), "Records": []}


def _check_source(event: JsonObject) -> None:
    source = sniff(event).name
    if source not in ("kinesis", "dynamodb") or type(event) is not dict:
        raise impossible("window(event)", source, "only what Lambda itself reads of Kinesis and DynamoDB has windows")


def _times(event: JsonObject, start: datetime | None, end: datetime | None) -> JsonObject:
    if "window" in event and start is None and end is None:
        return dict(event["window"])
    if start is None:
        start = _arrived(event) if end is None else end - timedelta(minutes=1)
    if end is None:
        end = start + timedelta(minutes=1)
    if not timedelta(seconds=1) <= end - start <= MAX_WINDOW:
        raise impossible("window(end=)", str(end - start), "a window lasts at least a second, and at most 15 minutes")
    return {"start": to_seconds(start), "end": to_seconds(end)}


def _arrived(event: JsonObject) -> datetime:
    """The minute in which the first record came."""
    first = event["Records"][0]
    if "kinesis" in first:
        seconds = first["kinesis"]["approximateArrivalTimestamp"]
    else:
        seconds = first["dynamodb"]["ApproximateCreationDateTime"]
    return datetime.fromtimestamp(seconds // 60 * 60, UTC)


def _shard(stream: str, first: JsonObject | None) -> str:
    if first is not None and "kinesis" in first:
        return str(first["eventID"]).partition(":")[0]
    return f"shardId-00000001768469400000-{Ids.of(stream).hex(8)}"
