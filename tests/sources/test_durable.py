"""Durable executions: told apart from direct invokes, answered with the SDK's own answer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError

from eventrouter._names import name_test
from eventrouter._sniff import sniff
from eventrouter.context import Invocation, LambdaContext
from eventrouter.errors import ReplyError
from eventrouter.models.durable import DurableEvent
from eventrouter.source import Outcome, Pattern
from eventrouter.sources.durable import SOURCE, detect, execution, keys, payload

EVENTS = Path(__file__).parent / "events"


class Order(BaseModel):
    order_id: int


def sample(variant: str = "") -> Any:
    return json.loads((EVENTS / f"durable{variant}.json").read_text())


def reply(result: object = None, errors: dict[int, BaseException] | None = None) -> Any:
    given = sample()
    results = {} if result is None else {0: result}
    return SOURCE.reply(Outcome(Invocation(given, LambdaContext(), SOURCE), [given], results, errors or {}))


@pytest.mark.parametrize("variant", ["", "-resumed", "-without-state"])
def test_an_execution_is_told(variant: str) -> None:
    assert sniff(sample(variant)) is SOURCE


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        {"DurableExecutionArn": "arn"},
        {"DurableExecutionArn": None, "CheckpointToken": "t"},
        {"CheckpointToken": "t"},
    ],
    ids=repr,
)
def test_half_an_event_is_not_claimed(value: object) -> None:
    assert not detect(value)


def test_an_execution_is_told_by_its_token_or_its_state() -> None:
    assert detect({"DurableExecutionArn": "arn", "CheckpointToken": "t"})
    assert detect({"DurableExecutionArn": "arn", "InitialExecutionState": {}})


def test_keys_are_read_from_the_arn() -> None:
    arn = sample()["DurableExecutionArn"]

    assert keys(sample()) == {
        "function": "shop-fulfil",
        "function_arn": "arn:aws:lambda:eu-central-1:210987654321:function:shop-fulfil:$LATEST",
        "execution": "order-4711",
        "execution_arn": arn,
    }
    assert keys({}) == {"function": "", "function_arn": "", "execution": "", "execution_arn": ""}


def test_routes_match_the_function_and_the_execution() -> None:
    def accepts(pattern: Pattern) -> bool:
        return all(name_test(key, spec, {}, "test").accepts(keys(sample())) for key, spec in pattern.names)

    assert accepts(execution())
    assert accepts(execution("shop-fulfil", execution="order-*"))
    assert accepts(execution(execution=sample()["DurableExecutionArn"]))
    assert not accepts(execution("other"))


def test_the_payload_is_what_the_execution_was_started_with() -> None:
    assert payload(sample()) == '{"order_id":4711}'
    assert payload(sample("-resumed")) == '{"order_id":4711}'
    assert payload(sample("-without-state")) is None


@pytest.mark.parametrize("status", ["SUCCEEDED", "FAILED", "PENDING"])
def test_the_sdk_s_answer_is_the_answer(status: str) -> None:
    assert reply({"Status": status, "Result": "1"}) == {"Status": status, "Result": "1"}


@pytest.mark.parametrize("value", [None, "done", {"Result": 1}, {"Status": "OK"}], ids=repr)
def test_anything_but_the_sdk_s_answer_is_an_error(value: object) -> None:
    with pytest.raises(ReplyError, match="an object with a Status"):
        reply(value)


def test_a_failure_is_raised_unchanged() -> None:
    with pytest.raises(LookupError):
        reply(errors={0: LookupError()})


def test_a_replay_is_no_duplicate() -> None:
    assert SOURCE.idempotency_key is None


def test_an_unrouted_execution_names_its_decorator() -> None:
    assert SOURCE.paste is not None
    assert SOURCE.paste(keys(sample())) == '@app.durable("shop-fulfil")'
    assert SOURCE.paste({}) == "@app.durable()"


def test_an_event_is_typed_and_hides_its_token() -> None:
    model = DurableEvent[Order].model_validate(sample())

    assert model.InitialExecutionState is not None
    assert model.InitialExecutionState.Operations is not None
    first = model.InitialExecutionState.Operations[0]
    assert first.ExecutionDetails is not None
    assert first.ExecutionDetails.InputPayload == Order(order_id=4711)
    assert "bm90LWEtcmVhbC10b2tlbg" not in repr(model)


@pytest.mark.parametrize("variant", ["", "-resumed", "-without-state"])
def test_every_event_is_typed(variant: str) -> None:
    model = TypeAdapter[Any](DurableEvent).validate_python(sample(variant))

    assert model.DurableExecutionArn.endswith(sample(variant)["DurableExecutionArn"][-8:])


@pytest.mark.parametrize("value", [None, [], {}, {"DurableExecutionArn": 1}], ids=repr)
def test_anything_else_is_a_validation_error(value: object) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter[Any](DurableEvent).validate_python(value)
