"""AWS IoT Core: a Lambda function decides whether a device may connect, and what it may do.

Event and reply: https://docs.aws.amazon.com/iot/latest/developerguide/custom-auth-lambda.html
"""

from __future__ import annotations

from ..answers import AllowDevice, Deny
from ..errors import ReplyError
from ..source import Pattern, Source
from ._answer import as_object, only_result, refused
from ._read import text_at

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Unpack

    from ..source import Outcome
    from ..types import JsonObject, JsonValue, NameSpec, RouteOptions

TRIGGER = "an IoT authorizer"
MAX_PRINCIPAL = 128
MAX_POLICIES = 10
MAX_POLICY = 2_048
SECONDS = (300, 86_400)
#: https://docs.aws.amazon.com/iot/latest/developerguide/config-custom-auth.html
CALLER_LIMIT = 5.0


def detect(event: JsonValue) -> bool:
    return (
        type(event) is dict
        and type(event.get("protocolData")) is dict
        and type(event.get("protocols")) is list
        and ("signatureVerified" in event or "connectionMetadata" in event)
    )


def keys(record: JsonObject) -> Mapping[str, str]:
    """The endpoint is the server's word; the client's id and user name are claims, and no names to route on."""
    return {"endpoint": text_at(record, "protocolData", "tls", "serverName")}


def reply(outcome: Outcome) -> JsonValue:
    value = only_result(outcome)
    if value is False or isinstance(value, Deny):
        return _answer(False, "denied", [], *SECONDS[::-1])
    if isinstance(value, AllowDevice):
        answer: Mapping[str, object] = _answer(
            True, value.principal_id, list(value.policies), value.disconnect_after_seconds, value.refresh_after_seconds
        )
    else:
        answer = as_object(value) or {}
        if not isinstance(answer.get("isAuthenticated"), bool):
            raise refused(TRIGGER, value, "AllowDevice(...), Deny() or a complete answer with isAuthenticated")
    if answer["isAuthenticated"]:
        _check(answer)
    return answer


def _answer(
    yes: bool, principal: str, policies: list[Mapping[str, object]], disconnect: int, refresh: int
) -> JsonObject:
    return {
        "isAuthenticated": yes,
        "principalId": principal,
        "disconnectAfterInSeconds": disconnect,
        "refreshAfterInSeconds": refresh,
        "policyDocuments": policies,
    }


def _check(answer: Mapping[str, object]) -> None:
    """IoT closes the connection without a word over an answer that is not to its rules."""
    principal = answer.get("principalId")
    if (
        not isinstance(principal, str)
        or not principal.isascii()
        or not principal.isalnum()
        or len(principal) > MAX_PRINCIPAL
    ):
        raise ReplyError(f"{TRIGGER}: principalId is 1 to {MAX_PRINCIPAL} letters and digits")
    for key in ("disconnectAfterInSeconds", "refreshAfterInSeconds"):
        seconds = answer.get(key)
        if type(seconds) is not int or not SECONDS[0] <= seconds <= SECONDS[1]:
            raise ReplyError(f"{TRIGGER}: {key} is a number of seconds from {SECONDS[0]} to {SECONDS[1]}")
    policies = answer.get("policyDocuments")
    if not isinstance(policies, list) or len(policies) > MAX_POLICIES:
        raise ReplyError(f"{TRIGGER}: policyDocuments is a list of at most {MAX_POLICIES} policies")
    from .._json import dump

    for policy in policies:
        if len(policy if isinstance(policy, str) else dump(policy)) > MAX_POLICY:
            raise ReplyError(f"{TRIGGER}: a policy has at most {MAX_POLICY} characters")


def authorizer(endpoint: NameSpec = None, **options: Unpack[RouteOptions]) -> Pattern:
    """Connections that an IoT Core custom authorizer decides on.

    Args:
        endpoint: The server name the device asked for (TLS SNI); left out: every endpoint.
    """
    return Pattern("iot_authorizer", [("endpoint", endpoint)], options=options)


SOURCE = Source(
    "iot_authorizer",
    detect=detect,
    anchors=("protocolData",),
    keys=keys,
    order=("endpoint",),
    types={"eventrouter.models.iot:IotAuthorizerEvent": "event"},
    evidence=("protocols", "signatureVerified"),
    model="eventrouter.models.iot:IotAuthorizerEvent",
    offer="IotAuthorizerEvent",
    reply=reply,
    caller_limit=CALLER_LIMIT,
    secret_paths=(
        "token",
        "protocolData.http.headers",
        "protocolData.http.queryString",
        "protocolData.mqtt.username",
        "protocolData.mqtt.password",
    ),
    paste=lambda keys: "@app.iot_authorizer()",
)
