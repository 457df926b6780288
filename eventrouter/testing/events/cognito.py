"""Triggers of an Amazon Cognito user pool."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ._made import REGION, Ids, check_one_of, plain_object

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...types import JsonObject

#: What pools call each trigger, the request that it adds to the user's attributes, and the response to be filled in.
#: https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-identity-pools-working-with-aws-lambda-triggers.html
_TRIGGERS: dict[str, tuple[tuple[str, ...], dict[str, Any], dict[str, Any] | None]] = {
    "PreSignUp": (
        ("SignUp", "AdminCreateUser", "ExternalProvider"),
        {"validationData": None},
        {"autoConfirmUser": False, "autoVerifyEmail": False, "autoVerifyPhone": False},
    ),
    "PostConfirmation": (("ConfirmSignUp", "ConfirmForgotPassword"), {}, {}),
    "PreAuthentication": (("Authentication",), {"validationData": None, "userNotFound": False}, {}),
    "PostAuthentication": (("Authentication",), {"newDeviceUsed": False}, {}),
    "TokenGeneration": (
        ("HostedAuth", "Authentication", "NewPasswordChallenge", "AuthenticateDevice", "RefreshTokens", "ClientCredentials"),
        {"groupConfiguration": {"groupsToOverride": [], "iamRolesToOverride": [], "preferredRole": None}},
        {"claimsOverrideDetails": None},
    ),
    "DefineAuthChallenge": (
        ("Authentication",),
        {"session": [], "userNotFound": False},
        {"challengeName": None, "issueTokens": None, "failAuthentication": None},
    ),
    "CreateAuthChallenge": (
        ("Authentication",),
        {"challengeName": "CUSTOM_CHALLENGE", "session": []},
        {"publicChallengeParameters": None, "privateChallengeParameters": None, "challengeMetadata": None},
    ),
    "VerifyAuthChallengeResponse": (
        ("Authentication",),
        {"privateChallengeParameters": {}, "challengeAnswer": "answer"},
        {"answerCorrect": None},
    ),
    "UserMigration": (
        ("Authentication", "ForgotPassword"),
        {"password": "not-a-real-password", "validationData": None},
        {
            "userAttributes": None,
            "forceAliasCreation": None,
            "enableSMSMFA": None,
            "finalUserStatus": None,
            "messageAction": None,
            "desiredDeliveryMediums": None,
        },
    ),
    "CustomMessage": (
        (
            "SignUp", "AdminCreateUser", "ResendCode", "ForgotPassword", "UpdateUserAttribute", "VerifyUserAttribute",
            "Authentication",
        ),
        {"codeParameter": "{####}", "linkParameter": "{##Click Here##}", "usernameParameter": None},
        {"smsMessage": None, "emailMessage": None, "emailSubject": None},
    ),
    "CustomEmailSender": (
        (
            "SignUp", "ResendCode", "ForgotPassword", "UpdateUserAttribute", "VerifyUserAttribute", "AdminCreateUser",
            "Authentication", "AccountTakeOverNotification",
        ),
        {"type": "customEmailSenderRequestV1", "code": "AYADeBnZY3J5cHRlZA=="},
        None,
    ),
    "CustomSMSSender": (
        (
            "SignUp", "ResendCode", "ForgotPassword", "UpdateUserAttribute", "VerifyUserAttribute", "AdminCreateUser",
            "Authentication",
        ),
        {"type": "customSMSSenderRequestV1", "code": "AYADeBnZY3J5cHRlZA=="},
        None,
    ),
    "InboundFederation": (
        ("ExternalProvider",),
        {"providerName": "ShopIdp", "providerType": "OIDC", "attributes": {"idToken": {"sub": "external-7"}}},
        {"userAttributesToMap": {}},
    ),
}  # fmt: skip
#: Triggers that know nothing of a user yet.
_WITHOUT_ATTRIBUTES = ("UserMigration", "InboundFederation")
NAMES = tuple(f"{trigger}_{how}" for trigger, (hows, _, _) in _TRIGGERS.items() for how in hows)


def cognito(
    trigger: str = "PreSignUp_SignUp",
    *,
    attributes: Mapping[str, str] | None = None,
    user_name: str = "ada",
    client_metadata: Mapping[str, str] | None = None,
    request: Mapping[str, Any] | None = None,
    user_pool: str | None = None,
    client: str | None = "4q8s1c7v2b9n6m3k5j0h",
    version: str = "1",
    scopes: tuple[str, ...] = ("openid",),
    region: str = REGION,
) -> JsonObject:
    """A user pool asks, or tells.

    Args:
        trigger: ``triggerSource``: ``PreSignUp_SignUp``, ``TokenGeneration_Authentication``.
        attributes: Of the user; default: an e-mail address.
        user_name: Of the user.
        client_metadata: What the app client passed.
        request: What is told in addition, or in place of what is told by default: ``{"session": [...]}``.
        user_pool: Its id; default: one of the region.
        client: The app client's id.
        version: Of the event, for ``TokenGeneration``: ``"2"`` and ``"3"`` customize access tokens too.
        scopes: Of such a token.
        region: Of the user pool.

    Raises:
        ImpossibleEventError: There is no such trigger.

    Reference:
        https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-identity-pools-working-with-aws-lambda-triggers.html
    """
    check_one_of("cognito(trigger)", trigger, NAMES)
    name = trigger.partition("_")[0]
    check_one_of("cognito(version=)", version, ("1", "2", "3") if name == "TokenGeneration" else ("1",))
    _, told, response = _TRIGGERS[name]
    asked: JsonObject = {**told}
    if name not in _WITHOUT_ATTRIBUTES:
        asked = {"userAttributes": dict({"email": "ada@example.org"} if attributes is None else attributes), **asked}
    if client_metadata is not None:
        asked["clientMetadata"] = dict(client_metadata)
    if version != "1":
        asked["scopes"] = [*scopes]
        response = {"claimsAndScopeOverrideDetails": None}
    asked |= plain_object("cognito(request=)", request or {})
    event: JsonObject = {
        "version": version,
        "triggerSource": trigger,
        "region": region,
        "userPoolId": user_pool or f"{region}_{Ids('pool').letters(9)}",
        "userName": user_name,
        "callerContext": {"awsSdkVersion": "aws-sdk-unknown-unknown", "clientId": client},
        "request": asked,
    }
    if response is not None:
        event["response"] = {**response}
    return event
