"""Turns of a conversation that an Amazon Lex bot has a Lambda function handle."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from ._made import check_name, check_one_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...types import JsonObject


def lex(
    intent: str = "OrderFlowers",
    *,
    slots: Mapping[str, str | None] | None = None,
    hook: Literal["DialogCodeHook", "FulfillmentCodeHook"] = "DialogCodeHook",
    bot: str = "Flowers",
    locale: str = "en_GB",
    transcript: str = "flowers for tomorrow",
    session_id: str = "session-1",
    session_attributes: Mapping[str, str] | None = None,
    request_attributes: Mapping[str, str] | None = None,
    state: str | None = None,
    confirmation: Literal["None", "Confirmed", "Denied"] = "None",
    input_mode: Literal["Text", "Speech", "DTMF"] = "Text",
    confidence: float = 0.9,
) -> JsonObject:
    """A turn of a conversation, of Lex V2.

    Args:
        intent: Its name.
        slots: Their values; None: not filled yet.
        hook: What the function is asked for.
        bot: Its name.
        locale: Of the bot.
        transcript: What the user said.
        session_id: Of the conversation.
        session_attributes: Kept for the conversation.
        request_attributes: Of this turn.
        state: Of the intent; default: ``InProgress``, ``ReadyForFulfillment`` for fulfilment.
        confirmation: Of the intent.
        input_mode: How the user said it.
        confidence: How sure Lex is.

    Raises:
        ImpossibleEventError: Lex sends no such event.

    Reference:
        https://docs.aws.amazon.com/lexv2/latest/dg/lambda-input-format.html
    """
    check_name("lex(intent)", intent, others="-_", high=100)
    check_one_of("lex(hook=)", hook, ("DialogCodeHook", "FulfillmentCodeHook"))
    check_one_of("lex(input_mode=)", input_mode, ("Text", "Speech", "DTMF"))
    found: JsonObject = {
        "name": intent,
        "slots": {name: _slot(value) for name, value in (slots or {}).items()},
        "state": state or ("InProgress" if hook == "DialogCodeHook" else "ReadyForFulfillment"),
        "confirmationState": confirmation,
    }
    event: JsonObject = {
        "messageVersion": "1.0",
        "invocationSource": hook,
        "inputMode": input_mode,
        "responseContentType": "text/plain; charset=utf-8",
        "sessionId": session_id,
        "inputTranscript": transcript,
        "invocationLabel": "hook",
        "bot": {
            "id": "B0TEXAMPLE",
            "name": bot,
            "aliasId": "TSTALIASID",
            "aliasName": "TestBotAlias",
            "localeId": locale,
            "version": "DRAFT",
        },
        "interpretations": [{"intent": found, "nluConfidence": confidence, "interpretationSource": "Lex"}],
        "sessionState": {
            "activeContexts": [],
            "sessionAttributes": dict(session_attributes or {}),
            "intent": found,
            "originatingRequestId": "9a3f8a1c-12d2-4a38-9f1c-5fd2d54f3e61",
        },
        "transcriptions": [
            {
                "transcription": transcript,
                "transcriptionConfidence": 1.0,
                "resolvedContext": {"intent": intent},
                "resolvedSlots": {},
            }
        ],
    }
    if request_attributes is not None:
        event["requestAttributes"] = dict(request_attributes)
    return event


def lex_v1(
    intent: str = "OrderFlowers",
    *,
    slots: Mapping[str, str | None] | None = None,
    hook: Literal["DialogCodeHook", "FulfillmentCodeHook"] = "FulfillmentCodeHook",
    bot: str = "Flowers",
    transcript: str = "yes",
    user_id: str = "user-1",
    session_attributes: Mapping[str, str] | None = None,
    confirmation: Literal["None", "Confirmed", "Denied"] = "None",
) -> JsonObject:
    """The same of Lex V1.

    Reference:
        https://docs.aws.amazon.com/lex/latest/dg/lambda-input-response-format.html
    """
    check_one_of("lex_v1(hook=)", hook, ("DialogCodeHook", "FulfillmentCodeHook"))
    values: dict[str, Any] = dict(slots or {})
    return {
        "messageVersion": "1.0",
        "invocationSource": hook,
        "userId": user_id,
        "sessionAttributes": dict(session_attributes or {}),
        "requestAttributes": None,
        "bot": {"name": bot, "alias": "live", "version": "1"},
        "outputDialogMode": "Text",
        "currentIntent": {
            "name": intent,
            "slots": values,
            "slotDetails": {
                name: {"resolutions": [{"value": value}], "originalValue": value}
                for name, value in values.items()
                if value is not None
            },
            "confirmationStatus": confirmation,
        },
        "inputTranscript": transcript,
    }


def _slot(value: str | None) -> JsonObject | None:
    if value is None:
        return None
    return {
        "shape": "Scalar",
        "value": {"originalValue": value, "resolvedValues": [value], "interpretedValue": value},
    }
