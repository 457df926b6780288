"""Log events as a factory makes them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from aws_lambda_powertools.utilities.data_classes import CloudWatchLogsEvent
from aws_lambda_powertools.utilities.parser.models import CloudWatchLogsModel
from pydantic import BaseModel

from eventrouter import parse, sniff
from eventrouter.errors import ImpossibleEventError
from eventrouter.sources.cloudwatch_logs import opened, records
from eventrouter.testing.events import Ids
from eventrouter.testing.events.cloudwatch_logs import (
    cloudwatch_logs,
    cloudwatch_logs_control,
    cloudwatch_logs_record,
)
from tests.testing.events.reading import at


class Line(BaseModel):
    level: str


VARIANTS: dict[str, dict[str, Any]] = {
    "a text": cloudwatch_logs("hello\n"),
    "a model": cloudwatch_logs(Line(level="ERROR")),
    "several": cloudwatch_logs("a", cloudwatch_logs_record("b", id="7")),
    "with extracted fields": cloudwatch_logs('{"level":"ERROR"}', extracted={"level": "ERROR"}),
    "of the account's policy": cloudwatch_logs("a", policy_level="ACCOUNT_LEVEL_POLICY"),
    "a control message": cloudwatch_logs_control(),
}


@pytest.mark.parametrize("event", VARIANTS.values(), ids=VARIANTS)
def test_everybody_reads_it(event: dict[str, Any]) -> None:
    ours: Any = parse(event)
    theirs = CloudWatchLogsModel.model_validate(event).awslogs.decoded_data

    messages = [each["message"] for each in opened(event)["logEvents"]]
    assert sniff(event).name == "cloudwatch_logs"
    assert [each.message for each in ours.logEvents] == messages
    assert [each.message for each in theirs.logEvents] == messages
    assert [each.message for each in CloudWatchLogsEvent(event).parse_logs_data().log_events] == messages


def test_the_same_call_makes_the_same_event() -> None:
    assert cloudwatch_logs("a", "b") == cloudwatch_logs("a", "b")


def test_log_events_have_ids_of_their_own() -> None:
    found = [each for event in (cloudwatch_logs("a", "a"), cloudwatch_logs("b")) for each in records(event)]

    assert len({each["id"] for each in found}) == 3


def test_a_control_message_has_no_records() -> None:
    assert not records(cloudwatch_logs_control())


WHEN = datetime(2026, 3, 4, 5, 6, 7, 250_000, UTC)


@pytest.mark.parametrize(
    ("event", "path", "expected"),
    [
        (cloudwatch_logs("a", group="/shop"), "logGroup", "/shop"),
        (cloudwatch_logs("a", stream="s"), "logStream", "s"),
        (cloudwatch_logs("a", filters=["errors", "all"]), "subscriptionFilters", ["errors", "all"]),
        (cloudwatch_logs("a", policy_level="ACCOUNT_LEVEL_POLICY"), "policyLevel", "ACCOUNT_LEVEL_POLICY"),
        (cloudwatch_logs("a", account="210987654321"), "owner", "210987654321"),
        (cloudwatch_logs("a"), "messageType", "DATA_MESSAGE"),
        (cloudwatch_logs({"a": 1}), "logEvents.0.message", '{"a":1}'),
        (cloudwatch_logs("a", id="7"), "logEvents.0.id", "7"),
        (cloudwatch_logs("a", time=WHEN), "logEvents.0.timestamp", 1772600767250),
        (cloudwatch_logs("a", extracted={"a": "1"}), "logEvents.0.extractedFields", {"a": "1"}),
        (cloudwatch_logs("a", ids=Ids("x")), "logEvents.0.id", Ids("x").number(56)),
        (cloudwatch_logs_control(time=WHEN), "logEvents.0.timestamp", 1772600767250),
        (cloudwatch_logs_control(), "messageType", "CONTROL_MESSAGE"),
    ],
)
def test_a_field_is_where_cloudwatch_has_it(event: Any, path: str, expected: object) -> None:
    assert at(opened(event), path) == expected


REFUSED: list[tuple[Callable[[], object], str]] = [
    (lambda: cloudwatch_logs(), "invoked for nothing"),
    (lambda: cloudwatch_logs("a", group="a group"), "ASCII letters, digits and _ - / . #"),
    (lambda: cloudwatch_logs("a", group=""), "1 to 512 characters"),
    (lambda: cloudwatch_logs("a", stream="s" * 513), "1 to 512 characters"),
    (lambda: cloudwatch_logs("a", stream="a:b"), r"no : and no \*"),
    (lambda: cloudwatch_logs("a", account="12"), "twelve digits"),
    (lambda: cloudwatch_logs(""), "a log event is not empty"),
    (lambda: cloudwatch_logs(b"a"), "it carries text"),
    (lambda: cloudwatch_logs("a" * 1_048_577), "a log event has at most 1048576 bytes"),
]


@pytest.mark.parametrize(("make", "rule"), REFUSED)
def test_what_cloudwatch_never_sends_is_refused_with_the_rule(make: Callable[[], object], rule: str) -> None:
    with pytest.raises(ImpossibleEventError, match=rule):
        make()


def test_fields_for_all_do_not_go_beside_records_of_their_own() -> None:
    with pytest.raises(TypeError, match="id= goes to cloudwatch_logs_record"):
        cloudwatch_logs(cloudwatch_logs_record("a"), "b", id="7")
