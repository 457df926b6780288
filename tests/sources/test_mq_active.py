"""ActiveMQ: one order for the whole batch, and all of it comes back after a failure."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError

from eventrouter._sniff import sniff
from eventrouter.context import Invocation, LambdaContext
from eventrouter.errors import NotReachedError, PayloadError
from eventrouter.models.mq import ActiveMqEvent, ActiveMqRecord
from eventrouter.source import Outcome
from eventrouter.sources.mq_active import SOURCE, detect, idempotency_key, keys, payload, queue, records

EVENTS = Path(__file__).parent / "events"


class Order(BaseModel):
    id: int
    total: float


def event(variant: str = "") -> Any:
    return json.loads((EVENTS / f"mq_active{variant}.json").read_text())


def answer(given: Any, errors: dict[int, BaseException], *, reports: bool = False) -> Any:
    invocation = Invocation(given, LambdaContext(), SOURCE)
    return SOURCE.reply(Outcome(invocation, records(given), {}, errors, reports=reports))


@pytest.mark.parametrize("variant", ["", "-bytes", "-pipes"])
def test_every_way_of_delivery_is_told(variant: str) -> None:
    assert sniff(event(variant)) is SOURCE


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        [None],
        {"messages": [{"role": "user"}]},
        {"eventSource": "aws:mq", "messages": {}},
        {"eventSource": "aws:rmq", "messages": []},
        [{"eventSource": "aws:mq"}],
        [{"messageID": "1"}],
    ],
    ids=repr,
)
def test_half_an_event_is_not_claimed(value: object) -> None:
    assert not detect(value)


def test_routes_match_the_queue_however_aws_spells_its_key() -> None:
    assert keys(records(event())[0]) == {"queue": "orders.new"}
    assert keys(records(event("-bytes"))[0]) == {"queue": "images"}
    assert keys({}) == {"queue": ""}


def test_the_payload_is_the_decoded_body() -> None:
    assert payload(records(event())[0]) == b'{"id":7,"total":9.5}'
    assert payload(records(event("-bytes"))[0]) == b"\x89\x00\xff"
    with pytest.raises(PayloadError):
        payload({"data": None})


def test_nothing_is_started_after_a_failure() -> None:
    batch = records(event())
    assert SOURCE.lanes is not None
    lane_of = SOURCE.lanes(batch)

    assert lane_of is not None
    assert len({lane_of(each) for each in batch}) == 1
    assert SOURCE.concurrent is None


def test_success_is_silence() -> None:
    assert answer(event(), {}) is None


def test_a_failure_is_raised_unchanged_whatever_the_app_reports() -> None:
    error = LookupError("no such order")

    with pytest.raises(LookupError) as caught:
        answer(event(), {0: error, 1: NotReachedError(1, "an earlier record of its order failed")}, reports=True)

    assert caught.value is error


def test_a_pipe_reads_an_empty_list_as_success_and_an_error_as_failure() -> None:
    assert answer(event("-pipes"), {}) == {"batchItemFailures": []}
    with pytest.raises(LookupError):
        answer(event("-pipes"), {0: LookupError()})


def test_a_redelivered_message_keeps_its_id() -> None:
    key = idempotency_key(records(event())[0])

    assert key is not None
    assert key.startswith("ID:b-7a521b0a")
    assert idempotency_key({}) is None


def test_routes_name_what_they_want() -> None:
    pattern = queue("orders.*", where={"id": [7]})

    assert (pattern.sources, pattern.names, pattern.where) == (("mq_active",), (("queue", "orders.*"),), {"id": [7]})
    assert SOURCE.paste is not None
    assert SOURCE.paste({"queue": "orders.new"}) == '@app.activemq("orders.new")'
    assert SOURCE.caller_limit == 840


def test_a_message_is_decoded() -> None:
    model = ActiveMqRecord[Order].model_validate(records(event())[1])

    assert model.data == Order(id=8, total=12.0)
    assert model.redelivered is True
    assert model.destination is not None
    assert model.destination.physicalName == "orders.new"
    assert model.properties == {"shop": "north"}


def test_a_bare_message_has_its_body_as_bytes() -> None:
    model = ActiveMqRecord.model_validate(records(event("-bytes"))[0])

    assert model.data == b"\x89\x00\xff"
    assert model.destination is not None
    assert model.destination.physicalName == "images"


@pytest.mark.parametrize("variant", ["", "-bytes", "-pipes"])
def test_the_event_is_typed_however_it_is_delivered(variant: str) -> None:
    model = TypeAdapter[Any](ActiveMqEvent).validate_python(event(variant))

    assert model.eventSourceArn.startswith("arn:aws:mq:")
    assert isinstance(model.messages[0].data, bytes)


@pytest.mark.parametrize("value", [None, [], [1], {}, {"eventSource": "aws:mq", "messages": [{"data": "!"}]}], ids=repr)
def test_anything_else_is_a_validation_error(value: object) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter[Any](ActiveMqEvent).validate_python(value)
