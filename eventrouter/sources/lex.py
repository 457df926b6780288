"""Amazon Lex: a bot asks what to say next, or has an intent fulfilled. V1 and V2 differ in both directions.

V2: https://docs.aws.amazon.com/lexv2/latest/dg/lambda-input-format.html and lambda-response-format.html
V1: https://docs.aws.amazon.com/lex/latest/dg/lambda-input-response-format.html
"""

from __future__ import annotations

from ..errors import ReplyError
from ..source import Pattern, Source
from ._answer import as_object, only_result, refused
from ._read import pasted, text_at

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Literal, Unpack

    from ..source import Outcome
    from ..types import JsonObject, JsonValue, NameSpec, RouteOptions


def detect(event: JsonValue) -> bool:
    return (
        type(event) is dict
        and type(event.get("invocationSource")) is str
        and type(event.get("bot")) is dict
        and (type(event.get("sessionState")) is dict or type(event.get("currentIntent")) is dict)
    )


def keys(record: JsonObject) -> Mapping[str, str]:
    bot = record.get("bot")
    return {
        "intent": text_at(record, "sessionState", "intent", "name") or text_at(record, "currentIntent", "name"),
        "bot": text_at(bot, "name"),
        "hook": text_at(record, "invocationSource"),
        "locale": text_at(bot, "localeId"),
    }


def reply(outcome: Outcome) -> JsonValue:
    value = only_result(outcome)
    answer = as_object(value)
    if answer is None:
        raise refused("Lex", value, "the response as a dict (V2: sessionState and messages, V1: dialogAction)")
    # V1's answer to a V2 bot, and the other way round, is "invalid Lambda response" to whoever is talking to it.
    wanted = "sessionState" if "sessionState" in outcome.records[0] else "dialogAction"
    if wanted not in answer:
        version = "V2" if wanted == "sessionState" else "V1"
        raise ReplyError(f"Lex {version} cannot be answered without {wanted!r}")
    return answer


def intent(
    intent: NameSpec = None,
    *,
    bot: NameSpec = None,
    hook: Literal["DialogCodeHook", "FulfillmentCodeHook"] | None = None,
    locale: NameSpec = None,
    **options: Unpack[RouteOptions],
) -> Pattern:
    """Turns of a conversation with a Lex bot; the handler returns Lex's response.

    Args:
        intent: The intent that Lex takes the user to mean; left out: every intent.
        bot: The bot's name.
        hook: Why Lex calls: to validate while it asks, or to fulfil.
        locale: The locale, ``en_US``; V2 only.
    """
    names = [("intent", intent), ("bot", bot), ("hook", hook), ("locale", locale)]
    return Pattern("lex", names, options=options)


SOURCE = Source(
    "lex",
    detect=detect,
    anchors=("invocationSource",),
    keys=keys,
    order=("intent", "bot", "hook", "locale"),
    types={
        "eventrouter.models.lex:LexEvent": "event",
        "eventrouter.models.lex:LexV1Event": "event",
    },
    evidence=("invocationSource", "messageVersion"),
    model="eventrouter.models.lex:AnyLexEvent",
    offer="LexEvent (V2), LexV1Event",
    reply=reply,
    caller_limit=30.0,
    secret_paths=(
        "inputTranscript",
        "transcriptions",
        "interpretations",
        "sessionState",
        "proposedNextState",
        "currentIntent",
        "alternativeIntents",
        "recentIntentSummaryView",
        "sessionAttributes",
        "requestAttributes",
        "kendraResponse",
    ),
    paste=pasted("lex", "intent"),
)
