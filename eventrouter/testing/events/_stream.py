"""Shared by the streams: the order of a shard's records, and what a subscription filter of CloudWatch Logs puts there."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence

from ..._sniff import sniff
from ._made import Ids, Payload, Record, bytes_of, impossible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...types import JsonObject


class Unnumbered(Record):
    """A record that was given no sequence number: its place in the batch decides."""


def in_order(
    records: Sequence[Record], first: str | None, ids: Ids, digits: int, number: Callable[[Record, str], JsonObject]
) -> list[JsonObject]:
    """The records of one shard, whose sequence numbers grow.

    Args:
        records: Those with a number of their own keep it.
        first: The number of the first record; each later one's is one more. Default: made of *ids*.
        ids: What numbers are made of.
        digits: How long they are.
        number: Makes a record with a number out of one without.
    """
    found: list[JsonObject] = []
    for index, record in enumerate(records):
        made = ids.number(digits) if first is None else str(int(first) + index)
        found.append(number(record, made) if isinstance(record, Unnumbered) else dict(record))
    return found


def check_number(argument: str, given: str) -> None:
    if not (given.isascii() and given.isdecimal()):
        raise impossible(argument, given, "a sequence number is made of digits")


def data_of(payload: Payload) -> bytes:
    """What is in a stream's record: a ``cloudwatch_logs(...)`` event becomes what its subscription filter puts there.

    Reference:
        https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html
    """
    if type(payload) is dict and sniff(payload).name == "cloudwatch_logs":
        return base64.b64decode(payload["awslogs"]["data"])
    return bytes_of(payload)
