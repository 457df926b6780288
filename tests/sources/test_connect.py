"""Amazon Connect's flows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from eventrouter._sniff import sniff
from eventrouter.context import Invocation, LambdaContext
from eventrouter.errors import RegistrationError, ReplyError
from eventrouter.models.connect import ConnectEvent
from eventrouter.source import Outcome
from eventrouter.sources.connect import SOURCE, detect, flow, keys, reply

EVENTS = Path(__file__).parent / "events"


def event(variant: str = "") -> Any:
    return json.loads((EVENTS / f"connect{variant}.json").read_text())


def answer(result: object, response: str = "string_map") -> Any:
    record = event()
    results = {} if result is None else {0: result}
    invocation = Invocation(record, LambdaContext(), SOURCE)
    return reply(Outcome(invocation, [record], results, {}, bind={"response": response}))


@pytest.mark.parametrize("variant", ["", "-chat"])
def test_contacts_of_every_channel_are_told(variant: str) -> None:
    assert sniff(event(variant)).name == "connect"


@pytest.mark.parametrize(
    "half",
    [{}, {"Details": {}}, {"Name": "x", "Details": []}, {"Name": "x", "Details": {"ContactData": {}}}, [], None],
    ids=repr,
)
def test_half_an_event_is_not_claimed(half: object) -> None:
    assert not detect(half)


def test_routes_can_name_instance_and_queue() -> None:
    instance = "11112222-3333-4444-8555-666677778888"
    assert keys(event()) == {
        "instance": instance,
        "instance_arn": f"arn:aws:connect:eu-west-2:210987654321:instance/{instance}",
        "queue": "Support",
        "queue_arn": event()["Details"]["ContactData"]["Queue"]["ARN"],
        "channel": "VOICE",
        "initiation": "INBOUND",
    }
    assert keys(event("-chat"))["queue"] == ""
    assert keys({"Details": None})["instance"] == ""


def test_a_flow_reads_a_flat_map_of_text() -> None:
    assert answer({"name": "Nora", "vip": True, "late": False, "orders": 3, "rate": 0.5}) == {
        "name": "Nora",
        "vip": "true",
        "late": "false",
        "orders": "3",
        "rate": "0.5",
    }


def test_a_model_is_read_by_its_fields() -> None:
    class Customer(BaseModel):
        name: str

    assert answer(Customer(name="Nora")) == {"name": "Nora"}


def test_nothing_returned_is_nothing_to_read() -> None:
    assert answer(None) == {}


@pytest.mark.parametrize("value", [{"a": {}}, {"a": []}, {"a": None}, {1: "a"}, "text", ["a"], 7], ids=repr)
def test_anything_but_a_flat_map_is_an_error(value: object) -> None:
    with pytest.raises(ReplyError, match="a Connect flow"):
        answer(value)


def test_a_block_that_validates_json_takes_any_object() -> None:
    assert answer({"orders": [{"id": 17}]}, "json") == {"orders": [{"id": 17}]}


def test_an_answer_larger_than_connect_takes_is_an_error() -> None:
    with pytest.raises(ReplyError, match="at most 32768 bytes"):
        answer({"text": "x" * 32_768})


def test_a_failure_is_raised_unchanged() -> None:
    record = event()

    with pytest.raises(LookupError):
        reply(Outcome(Invocation(record, LambdaContext(), SOURCE), [record], {}, {0: LookupError("x")}))


def test_connect_waits_eight_seconds() -> None:
    assert Invocation(event(), LambdaContext(), SOURCE).remaining_seconds() == 8.0


def test_routes_name_instance_queue_channel_and_initiation() -> None:
    pattern = flow("1111*", queue="Support", channel="VOICE", initiation="INBOUND", response="json")

    assert pattern.names == (
        ("instance", "1111*"),
        ("queue", "Support"),
        ("channel", "VOICE"),
        ("initiation", "INBOUND"),
    )
    assert pattern.tests == ()
    assert pattern.bind == {"response": "json"}
    assert SOURCE.paste is not None
    assert SOURCE.paste(keys(event())) == "@app.connect()"


def test_routes_can_look_at_what_the_block_sends() -> None:
    pattern = flow(parameters={"action": "find_order", "orderId": [{"prefix": "1"}]})

    [(words, test)] = pattern.tests
    assert words.startswith("parameters match")
    assert test(event())
    assert not test(event("-chat"))


def test_another_form_of_response_fails_at_registration() -> None:
    with pytest.raises(RegistrationError, match='"string_map" or "json"'):
        flow(response="xml")  # type: ignore[arg-type]


@pytest.mark.parametrize("variant", ["", "-chat"])
def test_the_model_takes_contacts_of_every_channel(variant: str) -> None:
    model = ConnectEvent.model_validate(event(variant))

    assert model.Details.ContactData.Channel in ("VOICE", "CHAT")
    assert "+44" not in repr(model)
