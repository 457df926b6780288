"""CloudWatch Logs: gzip in base64, opened once and never beyond a limit."""

from __future__ import annotations

import base64
import copy
import gzip
import json
import zlib
from pathlib import Path
from typing import Any

import pytest
from aws_lambda_powertools.utilities.data_classes import cloud_watch_logs_event as data_classes
from aws_lambda_powertools.utilities.parser.models import cloudwatch as powertools
from pydantic import BaseModel, TypeAdapter, ValidationError

from eventrouter._sniff import sniff
from eventrouter.context import Invocation, LambdaContext
from eventrouter.errors import PayloadError
from eventrouter.models.cloudwatch_logs import LogEvent, LogsEvent
from eventrouter.source import Outcome
from eventrouter.sources.cloudwatch_logs import (
    MAX_BYTES,
    MAX_MEMBERS,
    SOURCE,
    detect,
    group,
    gunzip,
    idempotency_key,
    keys,
    opened,
    payload,
    records,
)

EVENTS = Path(__file__).parent / "events"
GROUP = "/aws/lambda/shop-orders"
DATA_CLASSES = "aws_lambda_powertools.utilities.data_classes.cloud_watch_logs_event"


class Line(BaseModel):
    level: str
    order: int


def event(variant: str = "") -> Any:
    return json.loads((EVENTS / f"cloudwatch_logs{variant}.json").read_text())


def packed(data: bytes) -> Any:
    return {"awslogs": {"data": base64.b64encode(data).decode()}}


def logs(value: object) -> Any:
    return packed(gzip.compress(json.dumps(value).encode()))


def bound(key: str, annotation: Any, given: Any, each: Any = None) -> Any:
    make = SOURCE.types[key]
    assert callable(make)
    return make(annotation)(Invocation(given, LambdaContext(), SOURCE), records(given)[0] if each is None else each)


@pytest.mark.parametrize("variant", ["", "-extracted", "-control"])
def test_a_delivery_is_told(variant: str) -> None:
    assert sniff(event(variant)) is SOURCE


@pytest.mark.parametrize("value", [None, [], {}, {"awslogs": "x"}, {"awslogs": {}}, {"awslogs": {"data": 1}}], ids=repr)
def test_half_an_event_is_not_claimed(value: object) -> None:
    assert not detect(value)


def test_each_log_event_says_where_it_is_from() -> None:
    given = event()
    before = copy.deepcopy(given)

    first, second = records(given)

    assert second == {
        "id": "38765432109876543210987654321098765432109876543210987652",
        "timestamp": 1738570542119,
        "message": '{"level":"ERROR","order":7}\n',
        "owner": "210987654321",
        "logGroup": GROUP,
        "logStream": "2025/02/03/[$LATEST]9f86d081884c7d659a2feaa0c55ad015",
        "subscriptionFilters": ["shop-errors"],
    }
    assert keys(first) == {"group": GROUP, "stream": second["logStream"]}
    assert payload(first).startswith("START RequestId")
    assert idempotency_key(second) == second["id"]
    assert given == before


def test_a_control_message_is_acknowledged_and_not_handed_over() -> None:
    assert records(event("-control")) == ()


def test_extracted_fields_come_along() -> None:
    assert records(event("-extracted"))[0]["extractedFields"] == {"level": "ERROR", "order": "8"}


def test_keys_never_fail() -> None:
    assert keys({}) == {"group": "", "stream": ""}
    assert idempotency_key({}) is None


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"awslogs": {"data": "canary!"}}, "base64"),
        ({"awslogs": {"data": "YQ"}}, "base64"),
        ({"awslogs": {"data": ""}}, "gzip_truncated"),
        (packed(b"canary, not gzip"), "gzip"),
        (packed(gzip.compress(b'{"logEvents": []}')[:-9]), "gzip_truncated"),
        (packed(gzip.compress(b"{}")[:5]), "gzip_truncated"),
        (packed(gzip.compress(b'{"logEvents": []}')[:-4] + b"\x01\x02\x03\x04"), "gzip"),
        (packed(gzip.compress(b'{"logEvents": []}') + b"canary"), "gzip"),
        (packed(gzip.compress(b"canary")), "json_invalid"),
        (packed(gzip.compress(b"\xff\xfe\xfd")), "json_invalid"),
        (packed(gzip.compress(b"[" * 200_000)), "json_invalid"),
        (packed(gzip.compress(b"9" * 5000)), "json_invalid"),
        (logs(["canary"]), "dict_type"),
        (logs({"messageType": "DATA_MESSAGE"}), "log_events"),
        (logs({"messageType": "DATA_MESSAGE", "logEvents": ["canary"]}), "log_events"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_opened_is_an_error_without_its_text(given: Any, problem: str) -> None:
    with pytest.raises(PayloadError) as caught:
        records(given)

    assert caught.value.errors[0]["type"] == problem
    assert "canary" not in str(caught.value)
    assert caught.value.__context__ is None or caught.value.__suppress_context__


def test_a_bomb_is_not_unpacked() -> None:
    bomb = gzip.compress(bytes(MAX_BYTES + 1), compresslevel=1)

    with pytest.raises(PayloadError, match="too_large"):
        gunzip(bomb)


def test_the_limit_itself_is_allowed_and_counts_over_all_members() -> None:
    five = gzip.compress(b"12345")

    assert gunzip(five, 5) == b"12345"
    assert gunzip(five + five, 10) == b"1234512345"
    with pytest.raises(PayloadError, match="too_large"):
        gunzip(five, 4)
    with pytest.raises(PayloadError, match="too_large"):
        gunzip(five + five, 9)


def test_members_may_follow_each_other_and_zeros_the_last() -> None:
    assert gunzip(gzip.compress(b"ab") + gzip.compress(b"c") + b"\0\0") == b"abc"
    assert gunzip(zlib.compress(b"zlib")) == b"zlib"


def test_a_flood_of_empty_members_is_refused() -> None:
    with pytest.raises(PayloadError, match="too_large"):
        gunzip(gzip.compress(b"") * (MAX_MEMBERS + 1))


def test_success_is_silence() -> None:
    given = event()

    assert SOURCE.reply(Outcome(Invocation(given, LambdaContext(), SOURCE), records(given), {}, {})) is None


def test_one_failure_is_raised_unchanged_and_several_as_a_group() -> None:
    given = event()
    one, other = LookupError("a"), ValueError("b")
    invocation = Invocation(given, LambdaContext(), SOURCE)

    with pytest.raises(LookupError) as caught:
        SOURCE.reply(Outcome(invocation, records(given), {}, {0: one}))
    with pytest.raises(ExceptionGroup) as group_caught:
        SOURCE.reply(Outcome(invocation, records(given), {}, {0: one, 1: other}))

    assert caught.value is one
    assert group_caught.value.exceptions == (one, other)


def test_routes_name_what_they_want() -> None:
    pattern = group("/aws/lambda/*", stream={"prefix": "2025/"}, where={"level": ["ERROR"]})

    assert pattern.names == (("group", "/aws/lambda/*"), ("stream", {"prefix": "2025/"}))
    assert pattern.where == {"level": ["ERROR"]}
    assert SOURCE.address is not None
    assert SOURCE.address(records(event())[0])[0] == GROUP  # type: ignore[index]
    assert SOURCE.paste is not None
    assert SOURCE.paste({"group": GROUP}) == f'@app.cloudwatch_logs("{GROUP}")'


# ---- models


def test_a_log_event_is_typed_and_one_of_powertools() -> None:
    model = LogEvent[Line].model_validate(records(event())[1])

    assert model.message == Line(level="ERROR", order=7)
    assert model.logGroup == GROUP
    assert isinstance(model, powertools.CloudWatchLogsLogEvent)


def test_a_bare_log_event_has_its_text() -> None:
    assert LogEvent.model_validate(records(event())[0]).message.startswith("START RequestId")


@pytest.mark.parametrize("variant", ["", "-extracted", "-control"])
def test_the_event_is_opened_by_its_model(variant: str) -> None:
    model = TypeAdapter[Any](LogsEvent).validate_python(event(variant))

    assert model.logEvents
    assert isinstance(model, powertools.CloudWatchLogsDecode)


def test_a_handler_of_the_event_gets_it_decoded_once() -> None:
    given = event()
    each = records(given)[0]
    # Not to be opened again: what was decoded for the records serves the event too.
    given["awslogs"]["data"] = "gone"

    model = bound("eventrouter.models.cloudwatch_logs:LogsEvent", LogsEvent, given, each)

    assert model.logGroup == GROUP
    assert len(model.logEvents) == 2
    assert model.raw is given


def test_a_record_made_by_hand_still_finds_its_event() -> None:
    model = bound("eventrouter.models.cloudwatch_logs:LogsEvent", LogsEvent, event(), {"message": "x"})

    assert model.logGroup == GROUP


def test_an_event_that_its_model_refuses_is_told_without_its_text() -> None:
    given = logs({"messageType": ["canary"], "logEvents": [{"message": "canary"}]})

    with pytest.raises(PayloadError) as caught:
        bound("eventrouter.models.cloudwatch_logs:LogsEvent", LogsEvent, given)

    assert "canary" not in str(caught.value)


def test_models_and_classes_of_powertools_are_given_what_they_want() -> None:
    given = event()

    decoded = bound(
        "aws_lambda_powertools.utilities.parser.models.cloudwatch:CloudWatchLogsDecode",
        powertools.CloudWatchLogsDecode,
        given,
    )
    data_class = bound(f"{DATA_CLASSES}:CloudWatchLogsDecodedData", data_classes.CloudWatchLogsDecodedData, given)

    assert decoded.logGroup == GROUP
    assert data_class.log_group == GROUP
    assert data_classes.CloudWatchLogsEvent(given).parse_logs_data() == data_class


@pytest.mark.parametrize(
    "value", [None, [], {}, {"awslogs": {"data": "canary!"}}, {"awslogs": 1}, packed(b"x")], ids=repr
)
def test_anything_else_is_a_validation_error(value: object) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter[Any](LogsEvent).validate_python(value)


def test_opened_gives_the_whole_object() -> None:
    assert opened(event("-extracted"))["policyLevel"] == "ACCOUNT_LEVEL_POLICY"
