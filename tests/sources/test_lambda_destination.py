"""Lambda destinations: records of other invocations, never mistaken for HTTP or for what was invoked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError

from eventrouter._names import name_test
from eventrouter._sniff import sniff
from eventrouter.context import Invocation, LambdaContext
from eventrouter.models.lambda_destination import LambdaDestinationEvent
from eventrouter.source import Outcome, Pattern
from eventrouter.sources.lambda_destination import SOURCE, detect, idempotency_key, keys, result

EVENTS = Path(__file__).parent / "events"
NAMES = sorted(path.stem for path in EVENTS.glob("lambda_destination*.json"))


class Job(BaseModel):
    order_id: int


class Failure(BaseModel):
    errorType: str


def sample(variant: str = "") -> Any:
    return json.loads((EVENTS / f"lambda_destination{variant}.json").read_text())


@pytest.mark.parametrize("name", NAMES)
def test_a_record_is_told(name: str) -> None:
    assert sniff(json.loads((EVENTS / f"{name}.json").read_text())) is SOURCE


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        {"requestPayload": {}},
        {"requestContext": {"functionArn": "arn", "condition": "Success"}},
        {"requestContext": {"functionArn": "arn", "condition": None}, "requestPayload": {}},
        {"requestContext": {"functionArn": ["arn"], "condition": "Success"}, "requestPayload": {}},
        {"requestContext": "arn", "requestPayload": {}},
    ],
    ids=repr,
)
def test_half_a_record_is_not_claimed(value: object) -> None:
    assert not detect(value)


def test_keys_are_the_function_and_how_it_ended() -> None:
    arn = "arn:aws:lambda:eu-central-1:210987654321:function:shop-thumbnails:$LATEST"

    assert keys(sample()) == {"function": "shop-thumbnails", "function_arn": arn, "condition": "RetriesExhausted"}
    assert keys(sample("-success"))["function"] == "shop-thumbnails"
    assert keys({}) == {"function": "", "function_arn": "", "condition": ""}


def test_routes_match_the_function_and_how_it_ended() -> None:
    def accepts(pattern: Pattern) -> bool:
        return all(name_test(key, spec, {}, "test").accepts(keys(sample())) for key, spec in pattern.names)

    assert accepts(result())
    assert accepts(result("shop-*", condition="RetriesExhausted"))
    assert accepts(result("arn:aws:lambda:*:function:shop-thumbnails:*"))
    assert not accepts(result(condition="Success"))
    assert not accepts(result("other"))


def test_what_was_invoked_is_no_payload() -> None:
    assert SOURCE.payload is None


def test_the_invocation_s_id_is_the_record_s() -> None:
    assert idempotency_key(sample()) == "7c7bb5a2-2b1e-4dd0-9f1d-4d6f2b6f0a10"
    assert idempotency_key({}) is None


def test_a_failure_is_raised_unchanged() -> None:
    given = sample()
    error = LookupError()

    with pytest.raises(LookupError) as caught:
        SOURCE.reply(Outcome(Invocation(given, LambdaContext(), SOURCE), [given], {}, {0: error}))

    assert caught.value is error


def test_an_unrouted_record_names_its_decorator() -> None:
    assert SOURCE.paste is not None
    assert SOURCE.paste(keys(sample())) == '@app.lambda_destination("shop-thumbnails")'
    assert SOURCE.paste({}) == "@app.lambda_destination()"


def test_a_record_is_typed_on_both_sides() -> None:
    model = LambdaDestinationEvent[Job, Failure].model_validate(sample())

    assert model.requestPayload == Job(order_id=4711)
    assert model.responsePayload == Failure(errorType="LookupError")
    assert "4711" not in repr(model)


@pytest.mark.parametrize("name", NAMES)
def test_every_record_is_typed(name: str) -> None:
    model = TypeAdapter[Any](LambdaDestinationEvent).validate_python(json.loads((EVENTS / f"{name}.json").read_text()))

    assert model.requestContext.condition


def test_a_batch_of_a_stream_says_where_it_is() -> None:
    kinesis = LambdaDestinationEvent.model_validate(sample("-kinesis"))
    dynamodb = LambdaDestinationEvent.model_validate(sample("-dynamodb"))

    assert kinesis.KinesisBatchInfo is not None
    assert kinesis.KinesisBatchInfo.batchSize == 50
    assert dynamodb.DDBStreamBatchInfo is not None
    assert dynamodb.responseContext is None


@pytest.mark.parametrize("value", [None, [], {}, {"requestContext": {}}], ids=repr)
def test_anything_else_is_a_validation_error(value: object) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter[Any](LambdaDestinationEvent).validate_python(value)
