"""AWS Secrets Manager's rotation."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from eventrouter._sniff import sniff
from eventrouter.context import Invocation, LambdaContext
from eventrouter.errors import NoRouteError, RegistrationError
from eventrouter.models.secretsmanager_rotation import SecretsManagerRotationEvent
from eventrouter.source import Outcome
from eventrouter.sources.secretsmanager_rotation import (
    SOURCE,
    STEPS,
    address,
    detect,
    idempotency_key,
    keys,
    reply,
    rotation,
)

EVENTS = Path(__file__).parent / "events"


def event(variant: str = "") -> Any:
    return json.loads((EVENTS / f"secretsmanager_rotation{variant}.json").read_text())


def outcome(results: dict[int, object], errors: dict[int, BaseException]) -> Outcome:
    record = event()
    return Outcome(Invocation(record, LambdaContext(), SOURCE), [record], results, errors)


@pytest.mark.parametrize("variant", ["", "-cross-account"])
def test_a_step_is_told(variant: str) -> None:
    assert sniff(event(variant)).name == "secretsmanager_rotation"


@pytest.mark.parametrize("missing", ["Step", "SecretId", "ClientRequestToken"])
def test_half_an_event_is_not_claimed(missing: str) -> None:
    half = event()
    del half[missing]

    assert not detect(half)
    assert not detect([event()])


def test_the_secret_is_named_without_the_ending_that_secrets_manager_adds() -> None:
    assert keys(event()) == {
        "step": "createSecret",
        "secret": "shop/orders-db",
        "secret_arn": "arn:aws:secretsmanager:eu-north-1:210987654321:secret:shop/orders-db-Qx7LmZ",
    }
    assert keys(event("-cross-account"))["secret"] == "billing-api-key"


@pytest.mark.parametrize("name", ["orders-db", "orders", "team-abcdef", ""])
def test_a_secret_that_is_no_arn_is_its_own_name(name: str) -> None:
    assert keys({"SecretId": name})["secret"] == name


def test_an_arn_with_another_ending_keeps_it() -> None:
    assert (
        keys({"SecretId": "arn:aws:secretsmanager:eu-north-1:210987654321:secret:orders-db"})["secret"] == "orders-db"
    )


def test_matches_are_remembered_by_step_and_secret() -> None:
    assert address(event()) != address(event("-cross-account"))
    assert address({}) == (None, None)


def test_a_returned_value_is_not_sent() -> None:
    assert reply(outcome({}, {})) is None
    assert reply(outcome({0: "done"}, {})) is None


def test_a_failed_step_raises_what_its_handler_raised() -> None:
    refused = ValueError("the database refused the new password")

    with pytest.raises(ValueError) as caught:
        reply(outcome({}, {0: refused}))

    assert caught.value is refused


def test_a_step_without_a_route_raises() -> None:
    with pytest.raises(NoRouteError):
        reply(outcome({}, {0: NoRouteError("secretsmanager_rotation", keys(event()))}))


def test_a_retried_rotation_keeps_its_keys() -> None:
    assert idempotency_key(event()) == "0d6a3f7e-5c41-4e0b-9a4d-b1f2c8a97e63/createSecret"
    assert idempotency_key({"Step": "createSecret"}) is None


@pytest.mark.parametrize("step", STEPS)
def test_a_route_may_want_one_step(step: Any) -> None:
    assert rotation(step).names == (("step", step),)


def test_a_route_may_want_several_steps_or_one_secret() -> None:
    assert rotation(["testSecret", "setSecret"]).names == (("step", ["setSecret", "testSecret"]),)
    assert rotation(["testSecret"]).names == (("step", "testSecret"),)
    assert rotation(secret="shop/*", failures="raise").names == (("secret", "shop/*"),)


@pytest.mark.parametrize("step", ["create_secret", "", ["createSecret", "rollback"]])
def test_a_step_that_does_not_exist_is_refused(step: Any) -> None:
    with pytest.raises(RegistrationError, match="createSecret, setSecret, testSecret, finishSecret"):
        rotation(step)


def test_the_decorator_to_paste_names_the_step() -> None:
    assert SOURCE.paste is not None

    assert SOURCE.paste(keys(event())) == '@app.secretsmanager_rotation("createSecret")'


def test_the_model_shows_no_tokens() -> None:
    model = SecretsManagerRotationEvent.model_validate(event("-cross-account"))

    assert model.RotationToken == "b4e0a3c8-19d7-4f62-8c5b-6a1d7e92f035"
    assert "b4e0a3c8" not in repr(model) and "7c2b91de" not in repr(model)


def test_a_malformed_event_is_a_validation_error() -> None:
    with pytest.raises(ValidationError):
        SecretsManagerRotationEvent.model_validate({"Step": None})
