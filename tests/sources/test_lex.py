"""Amazon Lex, V2 and V1."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, TypeAdapter

from eventrouter._sniff import sniff
from eventrouter.context import Invocation, LambdaContext
from eventrouter.errors import ReplyError
from eventrouter.models.lex import AnyLexEvent, LexEvent, LexV1Event
from eventrouter.source import Outcome
from eventrouter.sources.lex import SOURCE, detect, intent, keys, reply

EVENTS = Path(__file__).parent / "events"
V2 = {"sessionState": {"dialogAction": {"type": "Delegate"}}}
V1 = {"dialogAction": {"type": "Delegate", "slots": {}}}


def event(variant: str = "") -> Any:
    return json.loads((EVENTS / f"lex{variant}.json").read_text())


def answer(result: object, variant: str = "") -> Any:
    record = event(variant)
    results = {} if result is None else {0: result}
    return reply(Outcome(Invocation(record, LambdaContext(), SOURCE), [record], results, {}))


@pytest.mark.parametrize("variant", ["", "-v1"])
def test_both_versions_are_told(variant: str) -> None:
    assert sniff(event(variant)).name == "lex"


@pytest.mark.parametrize("missing", ["invocationSource", "bot", "sessionState"])
def test_half_an_event_is_not_claimed(missing: str) -> None:
    half = event()
    del half[missing]

    assert not detect(half)
    assert not detect([half])


def test_routes_can_name_the_intent() -> None:
    assert keys(event()) == {"intent": "BookTable", "bot": "Diner", "hook": "DialogCodeHook", "locale": "en_GB"}
    assert keys(event("-v1")) == {"intent": "BookTable", "bot": "DinerOld", "hook": "FulfillmentCodeHook", "locale": ""}
    assert keys({"bot": None}) == {"intent": "", "bot": "", "hook": "", "locale": ""}


@pytest.mark.parametrize(("variant", "response"), [("", V2), ("-v1", V1)])
def test_a_response_is_sent_as_it_is(variant: str, response: dict[str, Any]) -> None:
    assert answer(response, variant) == response


def test_a_response_may_be_a_model_or_a_dataclass() -> None:
    class Answer(BaseModel):
        sessionState: dict[str, Any]

    @dataclass
    class Same:
        sessionState: dict[str, Any]

    assert answer(Answer(sessionState=V2["sessionState"])) == V2
    assert answer(Same(sessionState=V2["sessionState"])) == V2


@pytest.mark.parametrize("value", [None, "hello", 1, [V2], True], ids=repr)
def test_anything_but_an_object_is_an_error(value: object) -> None:
    with pytest.raises(ReplyError, match="Lex cannot be answered with"):
        answer(value)


@pytest.mark.parametrize(
    ("variant", "response", "words"), [("", V1, "Lex V2.*'sessionState'"), ("-v1", V2, "Lex V1.*'dialogAction'")]
)
def test_the_other_versions_response_is_an_error(variant: str, response: dict[str, Any], words: str) -> None:
    with pytest.raises(ReplyError, match=words):
        answer(response, variant)


def test_a_failure_is_raised_unchanged() -> None:
    record = event()

    with pytest.raises(LookupError):
        reply(Outcome(Invocation(record, LambdaContext(), SOURCE), [record], {}, {0: LookupError("x")}))


def test_lex_waits_thirty_seconds() -> None:
    assert Invocation(event(), LambdaContext(), SOURCE).remaining_seconds() == 30.0


def test_routes_name_intent_bot_hook_and_locale() -> None:
    pattern = intent("BookTable", bot="Diner", hook="DialogCodeHook", locale="en_*")

    assert pattern.names == (("intent", "BookTable"), ("bot", "Diner"), ("hook", "DialogCodeHook"), ("locale", "en_*"))
    assert SOURCE.paste is not None
    assert SOURCE.paste(keys(event())) == '@app.lex("BookTable")'


@pytest.mark.parametrize(("variant", "expected"), [("", LexEvent), ("-v1", LexV1Event)])
def test_the_models_tell_the_versions_apart(variant: str, expected: type) -> None:
    model = TypeAdapter[Any](AnyLexEvent).validate_python(event(variant))

    assert type(model) is expected


def test_slots_are_read_with_and_without_a_value() -> None:
    model = LexEvent.model_validate(event())

    assert model.sessionState.intent is not None and model.sessionState.intent.slots is not None
    day = model.sessionState.intent.slots["Day"]
    assert day is not None and day.value is not None and day.value.interpretedValue == "2025-02-04"
    assert model.sessionState.intent.slots["Name"] is None
    assert "a table for tomorrow" not in repr(model)
