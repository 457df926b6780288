"""RabbitMQ: messages come by queue, one order for the whole batch, and all of it comes back after a failure."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError

from eventrouter._sniff import sniff
from eventrouter.context import Invocation, LambdaContext
from eventrouter.errors import PayloadError
from eventrouter.models.mq import RabbitMqEvent, RabbitMqProperties, RabbitMqRecord
from eventrouter.source import Outcome
from eventrouter.sources.mq_rabbit import SOURCE, detect, idempotency_key, keys, payload, queue, records

EVENTS = Path(__file__).parent / "events"


class Order(BaseModel):
    id: int
    total: float


def event(variant: str = "") -> Any:
    return json.loads((EVENTS / f"mq_rabbit{variant}.json").read_text())


def answer(given: Any, errors: dict[int, BaseException]) -> Any:
    return SOURCE.reply(Outcome(Invocation(given, LambdaContext(), SOURCE), records(given), {}, errors, reports=True))


@pytest.mark.parametrize("variant", ["", "-pipes"])
def test_every_way_of_delivery_is_told(variant: str) -> None:
    assert sniff(event(variant)) is SOURCE


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        [None],
        {"eventSource": "aws:rmq"},
        {"eventSource": "aws:rmq", "rmqMessagesByQueue": []},
        {"rmqMessagesByQueue": {}},
        [{"eventSource": "aws:rmq"}],
        [{"basicProperties": {}}],
    ],
    ids=repr,
)
def test_half_an_event_is_not_claimed(value: object) -> None:
    assert not detect(value)


def test_messages_carry_their_queue_and_the_event_stays_as_it_was() -> None:
    given = event()
    before = copy.deepcopy(given)

    found = [(each["queue"], each["virtualHost"]) for each in records(given)]

    assert found == [("orders", "/"), ("orders", "/"), ("Shop:Refunds", "north")]
    assert given == before


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ("orders", {"queue": "orders", "virtual_host": ""}),
        ("Shop::Orders::/", {"queue": "Shop::Orders", "virtual_host": "/"}),
    ],
)
def test_a_queue_may_have_colons_or_no_virtual_host(place: str, expected: dict[str, str]) -> None:
    (each,) = records({"eventSource": "aws:rmq", "rmqMessagesByQueue": {place: [{"data": ""}]}})

    assert keys(each) == expected


def test_a_pipe_says_the_queue_in_each_message() -> None:
    given = event("-pipes")

    assert keys(records(given)[0]) == {"queue": "orders", "virtual_host": "/"}
    assert "queue" not in given[0]


@pytest.mark.parametrize("messages", [None, {}, [None], ["x"]], ids=repr)
def test_messages_that_are_no_list_of_objects_cannot_be_opened(messages: object) -> None:
    with pytest.raises(PayloadError, match="mq_rabbit event"):
        records({"eventSource": "aws:rmq", "rmqMessagesByQueue": {"orders::/": messages}})


def test_the_payload_is_the_decoded_body() -> None:
    assert payload(records(event())[0]) == b'{"id":7,"total":9.5}'
    with pytest.raises(PayloadError):
        payload({"data": "!"})


def test_nothing_is_started_after_a_failure_in_any_queue() -> None:
    batch = records(event())
    assert SOURCE.lanes is not None
    lane_of = SOURCE.lanes(batch)

    assert lane_of is not None
    assert len({lane_of(each) for each in batch}) == 1
    assert SOURCE.concurrent is None


def test_success_is_silence_and_a_failure_is_raised() -> None:
    assert answer(event(), {}) is None
    assert answer(event("-pipes"), {}) == {"batchItemFailures": []}
    with pytest.raises(LookupError):
        answer(event(), {1: LookupError()})


def test_only_a_publisher_gives_ids() -> None:
    first, second, _ = records(event())

    assert idempotency_key(first) == "m-7"
    assert idempotency_key(second) is None


def test_routes_name_what_they_want() -> None:
    pattern = queue("orders", virtual_host="/", where={"id": [7]})

    assert pattern.names == (("queue", "orders"), ("virtual_host", "/"))
    assert pattern.where == {"id": [7]}
    assert SOURCE.address is not None
    assert SOURCE.address(records(event())[2]) == ("Shop:Refunds", "north")
    assert SOURCE.paste is not None
    assert SOURCE.paste({"queue": "orders"}) == '@app.rabbitmq("orders")'


def test_a_message_is_decoded() -> None:
    model = RabbitMqRecord[Order].model_validate(records(event())[0])

    assert model.data == Order(id=7, total=9.5)
    assert (model.queue, model.virtualHost) == ("orders", "/")
    assert model.basicProperties.headers == {"tenant": b"north", "attempt": 2}


def test_headers_that_are_not_bytes_stay_as_they_are() -> None:
    headers = {"a": {"bytes": "x"}, "b": {"bytes": [1], "more": 1}, "c": [1], "d": None, "e": {"bytes": [-1]}}

    model = RabbitMqProperties.model_validate({"headers": headers})

    assert model.headers == {**headers, "e": b"\xff"}


@pytest.mark.parametrize("headers", ["x", {"a": {"bytes": [256]}}, {"a": {"bytes": ["x"]}}], ids=repr)
def test_wrong_headers_are_validation_errors(headers: object) -> None:
    with pytest.raises(ValidationError):
        RabbitMqProperties.model_validate({"headers": headers})


@pytest.mark.parametrize("variant", ["", "-pipes"])
def test_the_event_is_typed_however_it_is_delivered(variant: str) -> None:
    model = TypeAdapter[Any](RabbitMqEvent).validate_python(event(variant))

    assert isinstance(model.rmqMessagesByQueue["orders::/"][0].data, bytes)


@pytest.mark.parametrize("value", [None, [], [1], {}, [{"eventSource": "aws:rmq", "data": 1}]], ids=repr)
def test_anything_else_is_a_validation_error(value: object) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter[Any](RabbitMqEvent).validate_python(value)
