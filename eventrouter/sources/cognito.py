"""Cognito user pool triggers: the pool asks before or after a step of signing up or in, and waits five seconds.

The answer is the event with its ``response`` filled. An event that comes back untouched tells the pool to go on, so
nothing that failed or that nobody routed may ever be echoed; and the text of an error is shown to the end user.

Events and answers: https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-identity-pools-working-with-aws-lambda-triggers.html
"""

from __future__ import annotations

from ..errors import CognitoError, EventRouterError
from ..source import Pattern, Source, failure
from ._answer import as_object, refused
from ._read import object_at, pasted, text_at

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, Unpack

    from ..context import Invocation
    from ..source import Extractor, Outcome
    from ..types import JsonObject, JsonValue, NameSpec, Record, RouteOptions, Where

#: Cognito gives up on a trigger after five seconds, whatever the function's timeout is.
CALLER_LIMIT = 5
#: What an end user reads of an error that was not written for them.
HIDDEN = "The request could not be handled."
WANTED = "the trigger's response (a dict or model), the event with its response filled, or None to go on unchanged"
#: Where an invocation keeps the typed events that its handler was given.
GIVEN = "eventrouter.cognito"


def detect(event: JsonValue) -> bool:
    return (
        type(event) is dict
        and type(event.get("triggerSource")) is str
        and type(event.get("userPoolId")) is str
        and type(event.get("request")) is dict
    )


def keys(record: JsonObject) -> Mapping[str, str]:
    return {
        "trigger": text_at(record, "triggerSource"),
        "user_pool": text_at(record, "userPoolId"),
        "client": text_at(record, "callerContext", "clientId"),
    }


def given(annotation: type) -> Extractor:
    """Make a typed event and remember it, so that a response that the handler fills in on it counts."""
    if hasattr(annotation, "__pydantic_core_schema__") or hasattr(annotation, "__pydantic_validator__"):
        from ..models._extract import extractor

        make = extractor(annotation, "cognito event", _record, _record)
    else:
        from copy import deepcopy

        def make(invocation: Invocation, record: Record) -> object:
            # Powertools' data classes write into the dict they are built on.
            return annotation(deepcopy(record))

    def extract(invocation: Invocation, record: Record) -> object:
        event = make(invocation, record)
        events: Any = invocation.state.setdefault(GIVEN, [])
        events.append(event)
        return event

    return extract


def _record(invocation: Invocation, record: Record) -> Record:
    return record


def reply(outcome: Outcome) -> JsonValue:
    """The event with the response that the handler returned, or filled in on the event it was given."""
    try:
        if outcome.errors:
            raise failure(outcome.errors)
        return _answer(outcome.records[0], outcome.results.get(0), outcome.invocation.state.get(GIVEN, ()))
    except CognitoError:
        raise
    except EventRouterError as error:
        from .._log import describe, logger

        logger().error("a Cognito trigger failed, and its user is told only that: %s", describe(error))
        raise CognitoError(HIDDEN) from error


def _answer(event: JsonObject, result: object, events: Any) -> JsonObject:
    before = object_at(event, "response")
    response = dict(before)
    is_verification = text_at(event, "triggerSource").startswith("VerifyAuthChallengeResponse")
    if is_verification:
        # Only a handler's own word lets a user in.
        response["answerCorrect"] = None
    for each in events:
        filled = _response_of(each)
        response.update({key: value for key, value in filled.items() if key not in before or value != before[key]})
    if result is not None:
        response.update(_returned(result))
    if is_verification:
        response["answerCorrect"] = _is_correct(response["answerCorrect"])
    return {**event, "response": response} if response or "response" in event else dict(event)


def _returned(result: object) -> Mapping[str, Any]:
    """The response in what a handler returned."""
    if _is_event(result):
        return _response_of(result)
    response = as_object(result)
    if response is None:
        raise refused("a Cognito trigger", result, WANTED)
    # A typed response has None where its handler said nothing.
    return (
        response if isinstance(result, dict) else {key: value for key, value in response.items() if value is not None}
    )


def _is_event(value: object) -> bool:
    if isinstance(value, dict):
        return "triggerSource" in value
    return hasattr(value, "raw_event") or hasattr(value, "userPoolId")


def _response_of(event: Any) -> Mapping[str, Any]:
    """The response of a whole event: a dict, one of Powertools' data classes, or a model."""
    event = getattr(event, "raw_event", event)
    response: Any = event.get("response") if isinstance(event, dict) else getattr(event, "response", None)
    if hasattr(response, "model_dump"):
        response = response.model_dump(mode="json", by_alias=True, exclude_unset=True)
    return response if isinstance(response, dict) else {}


def _is_correct(answer: object) -> bool:
    if answer is not None and not isinstance(answer, bool):
        raise refused("VerifyAuthChallengeResponse", answer, "answerCorrect as True or False")
    return answer is True


def trigger(
    trigger: NameSpec = None,
    *,
    user_pool: NameSpec = None,
    client: NameSpec = None,
    where: Where | None = None,
    **options: Unpack[RouteOptions],
) -> Pattern:
    """Triggers of a user pool.

    The handler returns the trigger's response, or fills in the response of the event it is given; None lets Cognito go
    on with its default, except that an answer to a challenge is wrong unless the handler says otherwise.

    Args:
        trigger: The trigger source: ``PreSignUp_SignUp``, a glob (``PreSignUp_*``); left out: every trigger.
        user_pool: The pool's id.
        client: The app client's id.
        where: A condition on the event: an EventBridge pattern or a predicate.
    """
    return Pattern(
        "cognito", [("trigger", trigger), ("user_pool", user_pool), ("client", client)], where=where, options=options
    )


SOURCE = Source(
    "cognito",
    detect=detect,
    anchors=("triggerSource",),
    keys=keys,
    order=("trigger", "user_pool", "client"),
    # The bases of every trigger's own class.
    types={
        "eventrouter.models.cognito:CognitoEvent": given,
        "aws_lambda_powertools.utilities.parser.models.cognito:CognitoTriggerBaseSchema": given,
        "aws_lambda_powertools.utilities.data_classes.cognito_user_pool_event:BaseTriggerEvent": given,
    },
    evidence=("triggerSource", "userPoolId"),
    model="eventrouter.models.cognito:CognitoEvent",
    offer="CognitoEvent, or the trigger's own model (CognitoPreSignUpEvent, ...)",
    reply=reply,
    caller_limit=CALLER_LIMIT,
    secret_paths=("request", "response"),
    paste=pasted("cognito", "trigger"),
)
