"""The contract of a source: its defaults, and what stands for several failures."""

from __future__ import annotations

from typing import Any

import pytest

from eventrouter.context import Invocation, LambdaContext
from eventrouter.errors import NotReachedError
from eventrouter.source import MAX_RESPONSE, NOTHING, Outcome, Pattern, Source, failure, no_keys, returned, single

SOURCE = Source("parcels", detect=lambda event: True)


def outcome(count: int, results: dict[int, object], errors: dict[int, BaseException]) -> Outcome:
    records = [{"id": index} for index in range(count)]
    return Outcome(Invocation({}, LambdaContext(), SOURCE), records, results, errors)


def test_a_source_needs_a_name_and_a_detector_only() -> None:
    event = {"parcel": 7}

    assert SOURCE.records(event) == (event,)
    assert SOURCE.keys(event) == {}
    assert (SOURCE.reply, SOURCE.returns, SOURCE.completion) == (returned, "value", "return")
    assert (SOURCE.max_response, SOURCE.caller_limit) == (MAX_RESPONSE, None)
    assert (SOURCE.types, SOURCE.anchors, SOURCE.services, SOURCE.order) == ({}, (), (), ())
    assert not SOURCE.is_batch and not SOURCE.payload_is_value
    for absent in ("payload", "address", "lanes", "identify", "idempotency_key", "http", "complete", "model", "paste"):
        assert getattr(SOURCE, absent) is None


def test_a_source_shows_its_label() -> None:
    assert (str(SOURCE), repr(SOURCE)) == ("parcels", "<Source parcels>")


def test_the_records_of_what_is_no_batch_are_the_event_itself() -> None:
    event = {"a": 1}

    (record,) = single(event)

    assert record is event
    assert no_keys(record) == {}


def test_one_record_is_answered_with_its_value() -> None:
    assert returned(outcome(1, {0: "made"}, {})) == "made"
    assert returned(outcome(1, {}, {})) is None


def test_several_records_are_answered_with_a_list_by_position() -> None:
    assert returned(outcome(3, {0: "a", 2: "c"}, {})) == ["a", None, "c"]
    assert returned(outcome(3, {}, {})) is None
    assert returned(outcome(0, {}, {})) is None


def test_one_failure_is_raised_unchanged() -> None:
    broken = ValueError("no such order")

    with pytest.raises(ValueError) as caught:
        returned(outcome(2, {0: "a"}, {1: broken}))

    assert caught.value is broken


def test_several_failures_are_one_group() -> None:
    first, second = ValueError("first"), KeyError("second")

    group = failure({0: first, 2: second})

    assert isinstance(group, ExceptionGroup)
    assert group.exceptions == (first, second)
    assert group.message == "2 records failed"


def test_a_group_may_hold_what_is_no_exception() -> None:
    group = failure({0: ValueError("first"), 1: SystemExit(1)})

    assert isinstance(group, BaseExceptionGroup) and not isinstance(group, ExceptionGroup)


def test_records_that_were_not_started_do_not_hide_their_cause() -> None:
    cause = ValueError("first")

    assert failure({0: cause, 1: NotReachedError(1, "its lane had failed")}) is cause


def test_without_a_cause_the_first_record_that_was_not_started_is_told() -> None:
    first = NotReachedError(1, "there was not enough time left")

    assert failure({1: first, 2: NotReachedError(2, "there was not enough time left")}) is first


def test_one_error_of_a_whole_run_is_raised_as_itself() -> None:
    broken = ValueError("the batch failed")

    assert failure({0: broken, 1: broken, 2: broken}) is broken


def test_an_outcome_reports_nothing_unless_it_is_told() -> None:
    plain = outcome(1, {}, {})

    assert not plain.reports
    assert plain.bind is NOTHING == {}


@pytest.mark.parametrize(("source", "sources"), [("sqs", ("sqs",)), (("alb", "function_url"), ("alb", "function_url"))])
def test_a_pattern_listens_to_one_source_or_several(source: Any, sources: tuple[str, ...]) -> None:
    assert Pattern(source).sources == sources


def test_a_pattern_keeps_what_was_asked_for_only() -> None:
    bind = {"unwrap": "sns"}

    pattern = Pattern("sqs", [("queue", "orders"), ("group", None)], bind=bind, options={"margin": 2.0})
    bind.clear()

    assert pattern.names == (("queue", "orders"),)
    assert pattern.bind == {"unwrap": "sns"}
    assert pattern.options == {"margin": 2.0}
    assert (pattern.tests, pattern.where) == ((), None)
    assert Pattern("sqs").options == {}
