"""Cognito user pool triggers, typed: one tolerant model for all, and one for each trigger.

Powertools has a model per trigger. Those refuse some of what Cognito sends (a sign-up by an administrator, a custom
challenge, a response that is still null), so each has a tolerant subclass here.

https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-identity-pools-working-with-aws-lambda-triggers.html
"""

from __future__ import annotations

from typing import Annotated, Any, TypeVar

from aws_lambda_powertools.utilities.parser.models.cognito import (
    CognitoAuthChallengeRequestModel,
    CognitoCallerContextModel,
    CognitoChallengeResultModel,
    CognitoCreateAuthChallengeResponseModel,
    CognitoCreateAuthChallengeTriggerModel,
    CognitoCustomEmailSenderTriggerModel,
    CognitoCustomEmailSMSSenderRequestModel,
    CognitoCustomMessageRequestModel,
    CognitoCustomMessageResponseModel,
    CognitoCustomMessageTriggerModel,
    CognitoCustomSMSSenderTriggerModel,
    CognitoDefineAuthChallengeResponseModel,
    CognitoDefineAuthChallengeTriggerModel,
    CognitoMigrateUserRequestModel,
    CognitoMigrateUserResponseModel,
    CognitoMigrateUserTriggerModel,
    CognitoPostAuthenticationRequestModel,
    CognitoPostAuthenticationTriggerModel,
    CognitoPostConfirmationRequestModel,
    CognitoPostConfirmationTriggerModel,
    CognitoPreAuthenticationRequestModel,
    CognitoPreAuthenticationTriggerModel,
    CognitoPreSignupRequestModel,
    CognitoPreSignupResponseModel,
    CognitoPreSignupTriggerModel,
    CognitoPreTokenGenerationRequestModel,
    CognitoPreTokenGenerationTriggerModelV2AndV3,
    CognitoTriggerBaseSchema,
    CognitoVerifyAuthChallengeRequestModel,
    CognitoVerifyAuthChallengeResponseModel,
    CognitoVerifyAuthChallengeTriggerModel,
)
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from ._fields import Raw

_TOLERANT = ConfigDict(extra="allow", defer_build=True)

T = TypeVar("T")


def _null_is_empty(value: object) -> object:
    return {} if value is None else value


#: What Cognito sends as null where there is nothing yet.
OrNull = Annotated[T, BeforeValidator(_null_is_empty)]
_Attributes = OrNull[dict[str, Any]]


class CognitoCallerContext(CognitoCallerContextModel):
    """The app that the user signs in with."""

    model_config = _TOLERANT

    awsSdkVersion: str | None = None  # type: ignore[assignment]
    clientId: str | None = None  # type: ignore[assignment]


class CognitoEvent(Raw, CognitoTriggerBaseSchema):
    """Any user pool trigger. ``request`` and ``response`` are objects; the trigger's own model has them typed."""

    model_config = _TOLERANT

    version: str | int = "1"  # type: ignore[assignment]
    region: str = ""
    triggerSource: str
    callerContext: OrNull[CognitoCallerContext] = Field(default_factory=CognitoCallerContext)
    request: Any = Field(repr=False)
    response: Any = Field(None, repr=False)


# ---- requests and responses, where Powertools' are too strict


class CognitoPreSignUpRequest(CognitoPreSignupRequestModel):
    model_config = _TOLERANT

    userAttributes: _Attributes = Field(default_factory=dict)


class CognitoPreSignUpResponse(CognitoPreSignupResponseModel):
    model_config = _TOLERANT


class CognitoPostConfirmationRequest(CognitoPostConfirmationRequestModel):
    model_config = _TOLERANT

    userAttributes: _Attributes = Field(default_factory=dict)


class CognitoPreAuthenticationRequest(CognitoPreAuthenticationRequestModel):
    model_config = _TOLERANT

    userAttributes: _Attributes = Field(default_factory=dict)


class CognitoPostAuthenticationRequest(CognitoPostAuthenticationRequestModel):
    model_config = _TOLERANT

    userAttributes: _Attributes = Field(default_factory=dict)


class CognitoGroupConfiguration(BaseModel):
    """The user's groups and their roles."""

    model_config = _TOLERANT

    groupsToOverride: list[str] | None = None
    iamRolesToOverride: list[str] | None = None
    preferredRole: str | None = None


class CognitoPreTokenGenerationRequest(CognitoPreTokenGenerationRequestModel):
    model_config = _TOLERANT

    userAttributes: _Attributes = Field(default_factory=dict)
    groupConfiguration: OrNull[CognitoGroupConfiguration] = Field(  # type: ignore[assignment]
        default_factory=CognitoGroupConfiguration
    )
    #: Versions 2 and 3 only.
    scopes: list[str] | None = None


class CognitoUserMigrationRequest(CognitoMigrateUserRequestModel):
    model_config = _TOLERANT

    #: None while a forgotten password is being reset.
    password: str | None = Field(None, repr=False)  # type: ignore[assignment]


class CognitoUserMigrationResponse(CognitoMigrateUserResponseModel):
    model_config = _TOLERANT


class CognitoCustomMessageRequest(CognitoCustomMessageRequestModel):
    model_config = _TOLERANT

    userAttributes: _Attributes = Field(default_factory=dict)
    codeParameter: str | None = None  # type: ignore[assignment]


class CognitoCustomMessageResponse(CognitoCustomMessageResponseModel):
    model_config = _TOLERANT


class CognitoCustomSenderRequest(CognitoCustomEmailSMSSenderRequestModel):
    """What a custom sender gets: ``code`` is encrypted."""

    model_config = _TOLERANT

    type: str = ""
    #: None where there is only something to tell.
    code: str | None = Field(None, repr=False)  # type: ignore[assignment]
    userAttributes: _Attributes = Field(default_factory=dict)


class CognitoChallengeResult(CognitoChallengeResultModel):
    """One challenge that was met or not."""

    model_config = _TOLERANT

    challengeName: str  # type: ignore[assignment]


def _null_is_no_list(value: object) -> object:
    return [] if value is None else value


_Session = Annotated[list[CognitoChallengeResult], BeforeValidator(_null_is_no_list)]


class CognitoAuthChallengeRequest(CognitoAuthChallengeRequestModel):
    model_config = _TOLERANT

    userAttributes: _Attributes = Field(default_factory=dict)
    session: _Session = Field(default_factory=list)  # type: ignore[assignment]
    #: The challenge to create; only ``CreateAuthChallenge`` has it.
    challengeName: str | None = None


class CognitoDefineAuthChallengeResponse(CognitoDefineAuthChallengeResponseModel):
    model_config = _TOLERANT


class CognitoCreateAuthChallengeResponse(CognitoCreateAuthChallengeResponseModel):
    model_config = _TOLERANT


class CognitoVerifyAuthChallengeRequest(CognitoVerifyAuthChallengeRequestModel):
    model_config = _TOLERANT

    userAttributes: _Attributes = Field(default_factory=dict)
    privateChallengeParameters: _Attributes = Field(default_factory=dict, repr=False)
    challengeAnswer: str | None = Field(None, repr=False)  # type: ignore[assignment]


class CognitoVerifyAuthChallengeResponse(CognitoVerifyAuthChallengeResponseModel):
    model_config = _TOLERANT

    #: None until the handler decides; what it does not decide is false.
    answerCorrect: bool | None = None  # type: ignore[assignment]


# ---- one event per trigger


class CognitoPreSignUpEvent(CognitoEvent, CognitoPreSignupTriggerModel):
    """``PreSignUp_*``: before a user is signed up."""

    triggerSource: str  # type: ignore[assignment]
    request: CognitoPreSignUpRequest
    response: OrNull[CognitoPreSignUpResponse] = Field(default_factory=CognitoPreSignUpResponse)


class CognitoPostConfirmationEvent(CognitoEvent, CognitoPostConfirmationTriggerModel):
    """``PostConfirmation_*``: a user or a new password was confirmed."""

    triggerSource: str  # type: ignore[assignment]
    request: CognitoPostConfirmationRequest
    response: _Attributes = Field(default_factory=dict)


class CognitoPreAuthenticationEvent(CognitoEvent, CognitoPreAuthenticationTriggerModel):
    """``PreAuthentication_Authentication``: before a user signs in."""

    triggerSource: str  # type: ignore[assignment]
    request: CognitoPreAuthenticationRequest
    response: _Attributes = Field(default_factory=dict)


class CognitoPostAuthenticationEvent(CognitoEvent, CognitoPostAuthenticationTriggerModel):
    """``PostAuthentication_Authentication``: a user has signed in."""

    triggerSource: str  # type: ignore[assignment]
    request: CognitoPostAuthenticationRequest
    response: _Attributes = Field(default_factory=dict)


class CognitoPreTokenGenerationEvent(CognitoEvent, CognitoPreTokenGenerationTriggerModelV2AndV3):
    """``TokenGeneration_*``: before tokens are made, in all three versions."""

    request: CognitoPreTokenGenerationRequest  # type: ignore[assignment]
    response: _Attributes = Field(default_factory=dict)


class CognitoUserMigrationEvent(CognitoEvent, CognitoMigrateUserTriggerModel):
    """``UserMigration_*``: a user that the pool does not know signs in or forgets the password."""

    userName: str
    request: CognitoUserMigrationRequest
    response: OrNull[CognitoUserMigrationResponse] = Field(default_factory=CognitoUserMigrationResponse)


class CognitoCustomMessageEvent(CognitoEvent, CognitoCustomMessageTriggerModel):
    """``CustomMessage_*``: before a message is sent."""

    request: CognitoCustomMessageRequest
    response: OrNull[CognitoCustomMessageResponse] = Field(default_factory=CognitoCustomMessageResponse)


class CognitoCustomEmailSenderEvent(CognitoEvent, CognitoCustomEmailSenderTriggerModel):
    """``CustomEmailSender_*``: send this message yourself."""

    triggerSource: str  # type: ignore[assignment]
    request: CognitoCustomSenderRequest


class CognitoCustomSMSSenderEvent(CognitoEvent, CognitoCustomSMSSenderTriggerModel):
    """``CustomSMSSender_*``: send this message yourself."""

    triggerSource: str  # type: ignore[assignment]
    request: CognitoCustomSenderRequest


class CognitoDefineAuthChallengeEvent(CognitoEvent, CognitoDefineAuthChallengeTriggerModel):
    """``DefineAuthChallenge_Authentication``: say what comes next, or that it is enough."""

    triggerSource: str  # type: ignore[assignment]
    request: CognitoAuthChallengeRequest
    response: OrNull[CognitoDefineAuthChallengeResponse] = Field(default_factory=CognitoDefineAuthChallengeResponse)


class CognitoCreateAuthChallengeEvent(CognitoEvent, CognitoCreateAuthChallengeTriggerModel):
    """``CreateAuthChallenge_Authentication``: make up the challenge."""

    triggerSource: str  # type: ignore[assignment]
    request: CognitoAuthChallengeRequest
    response: OrNull[CognitoCreateAuthChallengeResponse] = Field(default_factory=CognitoCreateAuthChallengeResponse)


class CognitoVerifyAuthChallengeEvent(CognitoEvent, CognitoVerifyAuthChallengeTriggerModel):
    """``VerifyAuthChallengeResponse_Authentication``: was the answer right?"""

    triggerSource: str  # type: ignore[assignment]
    request: CognitoVerifyAuthChallengeRequest
    response: OrNull[CognitoVerifyAuthChallengeResponse] = Field(default_factory=CognitoVerifyAuthChallengeResponse)
