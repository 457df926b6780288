"""Cognito triggers: the event comes back with its response filled, and nothing is echoed by accident."""

from __future__ import annotations

import copy
import json
import logging
from pathlib import Path
from typing import Any

import pytest
from aws_lambda_powertools.utilities.data_classes.cognito_user_pool_event import (
    CustomEmailSenderTriggerEvent,
    PreSignUpTriggerEvent,
    VerifyAuthChallengeResponseTriggerEvent,
)
from aws_lambda_powertools.utilities.parser.models import cognito as powertools
from pydantic import BaseModel, TypeAdapter, ValidationError

from eventrouter._names import name_test
from eventrouter._sniff import sniff
from eventrouter.context import Invocation, LambdaContext
from eventrouter.errors import CognitoError, EventRouterError, NoRouteError, PayloadError
from eventrouter.models import cognito as models
from eventrouter.source import Outcome
from eventrouter.sources.cognito import HIDDEN, SOURCE, detect, given, keys, trigger

EVENTS = Path(__file__).parent / "events"
NAMES = sorted(path.stem for path in EVENTS.glob("cognito*.json"))

TYPED = {
    "cognito": (models.CognitoPreSignUpEvent, powertools.CognitoPreSignupTriggerModel),
    "cognito-post-confirmation": (models.CognitoPostConfirmationEvent, powertools.CognitoPostConfirmationTriggerModel),
    "cognito-pre-authentication": (
        models.CognitoPreAuthenticationEvent,
        powertools.CognitoPreAuthenticationTriggerModel,
    ),
    "cognito-post-authentication": (
        models.CognitoPostAuthenticationEvent,
        powertools.CognitoPostAuthenticationTriggerModel,
    ),
    "cognito-token-generation": (
        models.CognitoPreTokenGenerationEvent,
        powertools.CognitoPreTokenGenerationTriggerModelV2AndV3,
    ),
    "cognito-user-migration": (models.CognitoUserMigrationEvent, powertools.CognitoMigrateUserTriggerModel),
    "cognito-custom-message": (models.CognitoCustomMessageEvent, powertools.CognitoCustomMessageTriggerModel),
    "cognito-custom-email-sender": (
        models.CognitoCustomEmailSenderEvent,
        powertools.CognitoCustomEmailSenderTriggerModel,
    ),
    "cognito-custom-sms-sender": (models.CognitoCustomSMSSenderEvent, powertools.CognitoCustomSMSSenderTriggerModel),
    "cognito-define-auth-challenge": (
        models.CognitoDefineAuthChallengeEvent,
        powertools.CognitoDefineAuthChallengeTriggerModel,
    ),
    "cognito-create-auth-challenge": (
        models.CognitoCreateAuthChallengeEvent,
        powertools.CognitoCreateAuthChallengeTriggerModel,
    ),
    "cognito-verify-auth-challenge": (
        models.CognitoVerifyAuthChallengeEvent,
        powertools.CognitoVerifyAuthChallengeTriggerModel,
    ),
}


def sample(name: str = "cognito") -> Any:
    return json.loads((EVENTS / f"{name}.json").read_text())


def invocation(event: Any) -> Invocation:
    return Invocation(event, LambdaContext("c0ffee"), SOURCE)


def answer(event: Any, result: object = None) -> Any:
    results = {} if result is None else {0: result}
    return SOURCE.reply(Outcome(invocation(event), [event], results, {}))


def told(error: BaseException) -> BaseException:
    event = sample()
    with pytest.raises(BaseException) as caught:
        SOURCE.reply(Outcome(invocation(event), [event], {}, {0: error}))
    return caught.value


@pytest.mark.parametrize("name", NAMES)
def test_every_trigger_is_told(name: str) -> None:
    assert sniff(sample(name)) is SOURCE


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        {"triggerSource": "PreSignUp_SignUp"},
        {"triggerSource": "PreSignUp_SignUp", "userPoolId": "p"},
        {"triggerSource": "PreSignUp_SignUp", "userPoolId": "p", "request": []},
        {"triggerSource": 1, "userPoolId": "p", "request": {}},
    ],
    ids=repr,
)
def test_half_an_event_is_not_claimed(value: object) -> None:
    assert not detect(value)


def test_keys_never_fail() -> None:
    assert keys(sample()) == {
        "trigger": "PreSignUp_AdminCreateUser",
        "user_pool": "eu-central-1_Qx7Lm2",
        "client": "4q8s1c7v2b9n6m3k5j0h",
    }
    assert keys({"callerContext": None}) == {"trigger": "", "user_pool": "", "client": ""}


def test_routes_match_the_trigger_source_exactly_or_by_a_glob() -> None:
    def accepts(name: str) -> bool:
        return all(name_test(key, spec, {}, "test").accepts(keys(sample())) for key, spec in trigger(name).names)

    assert accepts("PreSignUp_AdminCreateUser")
    assert accepts("PreSignUp_*")
    assert not accepts("PreSignUp_SignUp")
    assert trigger(user_pool="p").names == (("user_pool", "p"),)


# ---- answers


def test_a_returned_response_fills_the_event() -> None:
    event = sample()
    before = copy.deepcopy(event)

    reply = answer(event, {"autoConfirmUser": True})

    assert reply["response"] == {"autoConfirmUser": True, "autoVerifyEmail": False, "autoVerifyPhone": False}
    assert {key: value for key, value in reply.items() if key != "response"} == {
        key: value for key, value in before.items() if key != "response"
    }
    assert event == before


def test_a_typed_response_fills_what_it_says() -> None:
    class Message(BaseModel):
        emailSubject: str
        emailMessage: str = "Use {####}"
        smsMessage: str | None = None

    reply = answer(sample("cognito-custom-message"), Message(emailSubject="Your code"))

    assert reply["response"] == {"emailSubject": "Your code", "emailMessage": "Use {####}", "smsMessage": None}


def test_a_returned_event_counts_with_its_response() -> None:
    event = sample()
    changed = copy.deepcopy(event)
    changed["response"]["autoVerifyEmail"] = True
    changed["userName"] = "someone else"

    reply = answer(event, changed)

    assert reply["response"]["autoVerifyEmail"] is True
    assert reply["userName"] == event["userName"]


def test_none_goes_on_with_the_default() -> None:
    for name in NAMES:
        if name != "cognito-verify-auth-challenge":
            assert answer(sample(name)) == sample(name)


def test_an_event_without_a_response_gets_none_and_may_be_given_one() -> None:
    assert "response" not in answer(sample("cognito-custom-email-sender"))
    assert answer(sample("cognito-custom-email-sender"), {"x": 1})["response"] == {"x": 1}


def test_a_filled_in_model_counts() -> None:
    event = sample()
    run = invocation(event)
    model: Any = given(models.CognitoPreSignUpEvent)(run, event)

    model.response.autoConfirmUser = True
    reply = SOURCE.reply(Outcome(run, [event], {}, {}))

    assert reply["response"] == {"autoConfirmUser": True, "autoVerifyEmail": False, "autoVerifyPhone": False}
    assert model.raw is event
    assert event == sample()


def test_a_filled_in_model_counts_where_the_response_was_null() -> None:
    event = {**sample(), "response": None}
    run = invocation(event)
    model: Any = given(models.CognitoPreSignUpEvent)(run, event)

    model.response.autoVerifyEmail = True

    assert SOURCE.reply(Outcome(run, [event], {0: model}, {}))["response"] == {"autoVerifyEmail": True}


def test_a_filled_in_dict_of_the_untyped_event_counts() -> None:
    event = sample()
    run = invocation(event)
    model: Any = given(models.CognitoEvent)(run, event)

    model.response = {**model.response, "autoConfirmUser": True}

    assert SOURCE.reply(Outcome(run, [event], {}, {}))["response"]["autoConfirmUser"] is True


def test_powertools_data_classes_count_filled_in_or_returned() -> None:
    event = sample()
    run = invocation(event)
    data: Any = given(PreSignUpTriggerEvent)(run, event)

    data.response.auto_confirm_user = True

    assert SOURCE.reply(Outcome(run, [event], {}, {}))["response"]["autoConfirmUser"] is True
    assert SOURCE.reply(Outcome(run, [event], {0: data}, {}))["response"]["autoConfirmUser"] is True
    assert SOURCE.reply(Outcome(run, [event], {0: data.raw_event}, {}))["response"]["autoConfirmUser"] is True
    assert event == sample()


def test_a_data_class_without_a_response_adds_none() -> None:
    event = sample("cognito-custom-email-sender")
    run = invocation(event)
    given(CustomEmailSenderTriggerEvent)(run, event)

    assert SOURCE.reply(Outcome(run, [event], {}, {})) == event


@pytest.mark.parametrize("value", ["ok", True, 3, [1], object()], ids=lambda value: type(value).__name__)
def test_another_value_is_an_error_that_the_end_user_does_not_read(
    value: object, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR, "eventrouter"), pytest.raises(CognitoError) as caught:
        answer(sample(), value)

    assert str(caught.value) == HIDDEN
    assert f"cannot be answered with a {type(value).__name__}" in caplog.text


# ---- the answer to a challenge


@pytest.mark.parametrize(
    ("result", "wanted"),
    [(None, False), ({}, False), ({"answerCorrect": False}, False), ({"answerCorrect": True}, True)],
    ids=repr,
)
def test_an_answer_is_wrong_unless_the_handler_says_otherwise(result: object, wanted: bool) -> None:
    assert answer(sample("cognito-verify-auth-challenge"), result)["response"] == {"answerCorrect": wanted}


def test_an_answer_that_comes_filled_is_not_echoed() -> None:
    event = sample("cognito-verify-auth-challenge")
    event["response"]["answerCorrect"] = True

    assert answer(event)["response"] == {"answerCorrect": False}


@pytest.mark.parametrize("value", ["true", 1, "no"])
def test_only_a_boolean_is_an_answer(value: object) -> None:
    with pytest.raises(CognitoError, match=HIDDEN):
        answer(sample("cognito-verify-auth-challenge"), {"answerCorrect": value})


def test_an_answer_may_be_filled_in() -> None:
    event = sample("cognito-verify-auth-challenge")
    run = invocation(event)
    data: Any = given(VerifyAuthChallengeResponseTriggerEvent)(run, event)

    data.response.answer_correct = True

    assert SOURCE.reply(Outcome(run, [event], {}, {}))["response"] == {"answerCorrect": True}


# ---- errors


def test_an_error_for_the_end_user_passes() -> None:
    error = CognitoError("Please use your company address.")

    assert told(error) is error


def test_a_user_s_own_exception_passes_unchanged() -> None:
    error = LookupError("theirs")

    assert told(error) is error


@pytest.mark.parametrize(
    "error",
    [
        NoRouteError("cognito", {"trigger": "PreSignUp_SignUp", "client": "secret-client"}),
        PayloadError([{"type": "missing", "loc": ["request"], "msg": "x"}], "cognito event"),
        EventRouterError("secret-client"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_our_own_errors_are_told_in_constant_words(error: EventRouterError, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR, "eventrouter"):
        raised = told(error)

    assert type(raised) is CognitoError
    assert str(raised) == HIDDEN
    assert raised.__cause__ is error
    assert type(error).__name__ in caplog.text


# ---- facts and models


def test_cognito_waits_five_seconds() -> None:
    assert invocation(sample()).remaining_seconds() == 5


def test_an_unrouted_trigger_names_its_decorator() -> None:
    assert SOURCE.paste is not None
    assert SOURCE.paste(keys(sample())) == '@app.cognito("PreSignUp_AdminCreateUser")'
    assert SOURCE.paste({}) == "@app.cognito()"


@pytest.mark.parametrize("name", NAMES)
def test_one_model_takes_every_trigger(name: str) -> None:
    model = TypeAdapter[Any](models.CognitoEvent).validate_python(sample(name))

    assert model.triggerSource == sample(name)["triggerSource"]
    assert "not-a-real-password" not in repr(model)


@pytest.mark.parametrize("name", TYPED)
def test_a_trigger_s_own_model_is_powertools_own_and_takes_what_cognito_sends(name: str) -> None:
    ours, theirs = TYPED[name]

    model = TypeAdapter[Any](ours).validate_python(sample(name))

    assert issubclass(type(model), theirs)
    assert issubclass(type(model), models.CognitoEvent)
    assert "not-a-real-password" not in repr(model)


def test_a_custom_challenge_is_typed() -> None:
    model = models.CognitoDefineAuthChallengeEvent.model_validate(sample("cognito-define-auth-challenge"))

    assert [each.challengeName for each in model.request.session] == ["SRP_A", "CUSTOM_CHALLENGE"]


@pytest.mark.parametrize("value", [None, [], {}, {"triggerSource": "x", "request": {}}], ids=repr)
def test_anything_else_is_a_validation_error(value: object) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter[Any](models.CognitoEvent).validate_python(value)
