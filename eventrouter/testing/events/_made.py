"""What every event factory is made of: payloads as text, ids and times that are the same in every run, ARNs, and refusals.

A factory makes what AWS could have sent, and nothing else: what it never sends is refused with the rule that says so.
"""

from __future__ import annotations

import base64
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import is_dataclass
from datetime import UTC, datetime
from hashlib import md5
from typing import Any, TypeAlias, TypedDict, cast

from ..._json import decode, dump
from ...errors import ImpossibleEventError, quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...types import JsonObject, JsonValue

#: What a message, a value or a body is made of: text and bytes as they are, anything else as JSON, pydantic models too.
Payload: TypeAlias = object

REGION = "eu-central-1"
ACCOUNT = "123456789012"
#: When everything happens unless a test says otherwise.
MOMENT = datetime(2026, 1, 15, 9, 30, 0, 117_000, UTC)

#: Records that a poller hands over at once, and bytes of what Lambda is invoked with.
#: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
MAX_BATCH = 10_000
MAX_EVENT = 6 * 1024 * 1024


class Place(TypedDict, total=False):
    """Where an event comes from, and where its ids do.

    Attributes:
        region: Its partition follows: ``cn-north-1`` is in ``aws-cn``, ``us-gov-west-1`` in ``aws-us-gov``.
        account: Twelve digits.
        ids: Default: made of what the event carries, so that the same call makes the same event.
    """

    region: str
    account: str
    ids: Ids | None


class Record(dict[str, Any]):
    """One record, made apart from its event, so that its fields can differ from those of its neighbours."""


class Ids:
    """Ids that look like AWS's and are the same in every run: each is made of the ones before it.

    Args:
        seed: Two sequences of the same seed are the same.
    """

    def __init__(self, seed: str = "") -> None:
        self._state = self._seed = int(md5(seed.encode(), usedforsecurity=False).hexdigest(), 16)
        self._count = 0

    @classmethod
    def of(cls, *payloads: Payload) -> Ids:
        """Ids that differ for events that differ, and are the same for equal ones."""
        return cls(md5(b"\0".join(map(bytes_of, payloads)), usedforsecurity=False).hexdigest())

    def hex(self, length: int = 32) -> str:
        """Hexadecimal digits, at most 32."""
        self._count += 1
        # Odd, so that no state comes twice; as good as random to look at, and a quarter of what a hash costs.
        self._state = (self._state * _MULTIPLIER + _INCREMENT) & _MASK
        return f"{self._state:032x}"[:length]

    def uuid(self) -> str:
        """As :func:`uuid.uuid4` makes them."""
        digits = self.hex()
        return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"

    def number(self, digits: int) -> str:
        """A number without leading zeros, larger than those of the same length before it; a long one is the seed's own."""
        self._count += 1
        own = self._seed % 10 ** max(digits - 7, 0)
        return str(4 * 10 ** (digits - 1) + own * 10**6 + self._count)

    def letters(self, length: int) -> str:
        """Capital letters and digits, at most 32."""
        return self.hex(length).upper()


#: Of a linear congruential generator of 128 bits.
_MULTIPLIER, _INCREMENT, _MASK = 0x2360ED051FC65DA44385DF649FCCF645, 0x5851F42D4C957F2D14057B7EF767814F, (1 << 128) - 1


class RandomIds(Ids):
    """Ids that are new in every run."""

    def __init__(self) -> None:
        super().__init__(uuid.uuid4().hex)


def impossible(argument: str, given: object, rule: str) -> ImpossibleEventError:
    """The refusal of an argument.

    Args:
        argument: Factory and parameter, as they are written: ``sqs(queue=)``.
        given: What was given; shown in short.
        rule: What AWS does instead, in a sentence without its full stop.
    """
    return ImpossibleEventError(argument, quoted(given), rule)


def check_length(argument: str, given: str, low: int, high: int, *, what: str = "characters") -> None:
    if not low <= len(given) <= high:
        raise impossible(argument, given, f"it has {low} to {high} {what}, and this has {len(given)}")


def check_name(argument: str, given: str, *, others: str = "", low: int = 1, high: int, rule: str = "") -> None:
    """Refuse a name that is not made of letters, digits and *others*, or is too long."""
    check_length(argument, given, low, high)
    if given.isalnum() and given.isascii():
        return
    if not all(character.isascii() and character.isalnum() for character in given if character not in others):
        raise impossible(
            argument,
            given,
            rule or f"it is made of ASCII letters{', digits and ' if others else ' and digits'}{' '.join(others)}",
        )


def check_one_of(argument: str, given: object, choices: Iterable[str]) -> None:
    choices = list(choices)
    if given not in choices:
        raise impossible(argument, given, f"it is one of {', '.join(choices)}")


def partition_of(region: str) -> str:
    """The partition a region is in: ``aws``, ``aws-cn``, ``aws-us-gov``, ..."""
    for prefix, partition in _PARTITIONS.items():
        if region.startswith(prefix):
            return partition
    return "aws"


_PARTITIONS = {
    "cn-": "aws-cn",
    "us-gov-": "aws-us-gov",
    "us-iso-": "aws-iso",
    "us-isob-": "aws-iso-b",
    "eusc-": "aws-eusc",
}
#: How the host names of the partitions end.
_DOMAINS = {
    "aws-cn": "amazonaws.com.cn",
    "aws-iso": "c2s.ic.gov",
    "aws-iso-b": "sc2s.sgov.gov",
    "aws-eusc": "amazonaws.eu",
}


def domain_of(region: str) -> str:
    """How host names of AWS end there: ``amazonaws.com``, ``amazonaws.com.cn``."""
    return _DOMAINS.get(partition_of(region), "amazonaws.com")


def arn(
    service: str, resource: str, region: str = REGION, account: str = ACCOUNT, *, partition_region: str = ""
) -> str:
    """An ARN.

    Args:
        service: ``sqs``.
        resource: All that stands after the account: ``orders``, ``stream/clicks``.
        region: Empty where the service's ARNs have none.
        account: Empty where they have none.
        partition_region: The region that says the partition where *region* is empty.

    Raises:
        ImpossibleEventError: The account is not twelve digits.
    """
    if account and not (len(account) == 12 and account.isascii() and account.isdigit()):
        raise impossible("account=", account, "an account is twelve digits")
    if region and not _is_region(region):
        raise impossible("region=", region, "a region is written like eu-central-1")
    return f"arn:{partition_of(region or partition_region)}:{service}:{region}:{account}:{resource}"


def _is_region(text: str) -> bool:
    *words, number = text.split("-")
    return len(words) >= 2 and number.isdecimal() and all(word.isalpha() for word in words) and text.isascii()


# ---------------------------------------------------------------------------------------------------------------- payloads


def text_of(argument: str, payload: Payload) -> str:
    """A payload as text.

    Raises:
        ImpossibleEventError: Bytes, which the trigger does not carry.
        ReplyError: It has no JSON form.
    """
    if isinstance(payload, str):
        return payload
    if isinstance(payload, bytes | bytearray | memoryview):
        raise impossible(
            argument, type(payload).__name__, "it carries text: pass a str, or a value that is sent as JSON"
        )
    return json_of(payload)


def bytes_of(payload: Payload) -> bytes:
    """A payload as bytes: those given, UTF-8 of text, JSON of anything else."""
    if isinstance(payload, bytes | bytearray | memoryview):
        return bytes(payload)
    return (payload if isinstance(payload, str) else json_of(payload)).encode()


def encoded(payload: Payload) -> str:
    """The same in base64."""
    return base64.b64encode(bytes_of(payload)).decode()


def signed_bytes(payload: Payload) -> list[int]:
    """The same as Java writes bytes into JSON: from -128 to 127."""
    return [byte - 256 if byte > 127 else byte for byte in bytes_of(payload)]


def json_of(value: object) -> str:
    """JSON text of any value; models are written by their aliases, as their senders do."""
    if hasattr(value, "model_dump_json"):
        return str(value.model_dump_json(by_alias=True))
    if is_dataclass(value) or not isinstance(value, dict | list | str | int | float | bool | None):
        from pydantic_core import to_jsonable_python

        value = to_jsonable_python(value, by_alias=True)
    return dump(value)


def plain(value: object) -> JsonValue:
    """Any value as JSON has it."""
    return decode(json_of(value).encode())


def plain_object(argument: str, value: object) -> JsonObject:
    """The same where it has to be an object.

    Raises:
        ImpossibleEventError: It is anything else.
    """
    found = plain(value)
    if not isinstance(found, dict):
        raise impossible(argument, type(value).__name__, "it is a JSON object")
    return cast("JsonObject", found)


# ------------------------------------------------------------------------------------------------------------------- times


def milliseconds(moment: datetime) -> int:
    """Since the Unix epoch."""
    return int(moment.timestamp() * 1000)


def to_seconds(moment: datetime) -> str:
    """``2026-01-15T09:30:00Z``."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def to_milliseconds(moment: datetime) -> str:
    """``2026-01-15T09:30:00.117Z``."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


# ----------------------------------------------------------------------------------------------------------------- records


def split_records(given: Sequence[object], fields: Mapping[str, object], factory: str) -> None:
    """Refuse fields for all records beside records that have been made with fields of their own."""
    own = [name for name in fields if name != "ids"]  # which do for the others, too
    if own and any(isinstance(each, Record) for each in given):
        names = ", ".join(f"{name}=" for name in own)
        raise TypeError(f"{factory}: {names} goes to {factory}_record(), for this event has records of its own")


def batch_of(
    factory: str, records: Sequence[object], event: JsonObject, *, limit: int | None = MAX_BATCH
) -> JsonObject:
    """The *event* of a batch, unless nobody would hand it over.

    Args:
        factory: Who makes it.
        records: What it carries: something, and at most *limit*.
        event: At most :data:`MAX_EVENT` bytes.
        limit: What the poller takes at once; None where that is said nowhere.

    Raises:
        ImpossibleEventError: It carries nothing or too much.

    Reference:
        https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventsourcemapping.html
    """
    if not records:
        raise impossible(f"{factory}()", "no records", "nobody is invoked for nothing")
    if limit is not None and len(records) > limit:
        raise impossible(f"{factory}()", f"{len(records)} records", f"a batch has at most {limit}")
    size = len(json_of(event).encode())
    if size > MAX_EVENT:
        raise impossible(f"{factory}()", f"an event of {size} bytes", f"Lambda is invoked with at most {MAX_EVENT}")
    return event


def without_none(**values: object) -> JsonObject:
    """The values that there are: AWS leaves out a key where it has nothing to say."""
    return {name: value for name, value in values.items() if value is not None}
