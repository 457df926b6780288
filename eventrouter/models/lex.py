"""Amazon Lex's turns, typed. ``LexEvent`` is V2, ``LexV1Event`` the retired V1.

https://docs.aws.amazon.com/lexv2/latest/dg/lambda-input-format.html
https://docs.aws.amazon.com/lex/latest/dg/lambda-input-response-format.html
"""

from __future__ import annotations

from typing import Any

from pydantic import Field

from ._fields import Model, Raw


class LexSlotValue(Model):
    """What the user said for a slot, and what Lex made of it."""

    originalValue: str | None = None
    interpretedValue: str | None = None
    resolvedValues: list[str] | None = None


class LexSlot(Model):
    """One slot of an intent: ``value``, or ``values`` where the shape is ``List``."""

    shape: str | None = None
    value: LexSlotValue | None = None
    values: list[Any] | None = None


class LexIntent(Model):
    """An intent, how far it has come, and its slots; None for a slot that has no value yet."""

    name: str
    slots: dict[str, LexSlot | None] | None = None
    state: str | None = None
    confirmationState: str | None = None


class LexInterpretation(Model):
    """One intent that the user may have meant."""

    intent: LexIntent | None = None
    nluConfidence: float | dict[str, Any] | None = None
    interpretationSource: str | None = None
    sentimentResponse: dict[str, Any] | None = None


class LexSessionState(Model):
    """The conversation so far. A response gives it back, with ``dialogAction``."""

    intent: LexIntent | None = None
    sessionAttributes: dict[str, str | None] | None = None
    activeContexts: list[dict[str, Any]] | None = None
    runtimeHints: dict[str, Any] | None = None
    dialogAction: dict[str, Any] | None = None
    originatingRequestId: str | None = None


class LexBot(Model):
    """The bot that calls."""

    name: str
    id: str | None = None
    aliasId: str | None = None
    aliasName: str | None = None
    localeId: str | None = None
    version: str | None = None


class LexEvent(Raw, Model):
    """One turn of a conversation with a Lex V2 bot."""

    messageVersion: str | None = None
    invocationSource: str
    invocationLabel: str | None = None
    inputMode: str | None = None
    responseContentType: str | None = None
    sessionId: str | None = None
    inputTranscript: str | None = Field(None, repr=False)
    bot: LexBot
    interpretations: list[LexInterpretation] | None = None
    proposedNextState: dict[str, Any] | None = None
    requestAttributes: dict[str, Any] | None = None
    sessionState: LexSessionState
    transcriptions: list[dict[str, Any]] | None = Field(None, repr=False)


class LexV1Intent(Model):
    """An intent and its slots; None for a slot that has no value yet."""

    name: str
    slots: dict[str, Any] | None = None
    slotDetails: dict[str, Any] | None = None
    confirmationStatus: str | None = None


class LexV1Bot(Model):
    """The bot that calls."""

    name: str
    alias: str | None = None
    version: str | None = None


class LexV1Event(Raw, Model):
    """One turn of a conversation with a Lex V1 bot."""

    messageVersion: str | None = None
    invocationSource: str
    userId: str | None = None
    inputTranscript: str | None = Field(None, repr=False)
    outputDialogMode: str | None = None
    bot: LexV1Bot
    currentIntent: LexV1Intent
    sessionAttributes: dict[str, str | None] | None = None
    requestAttributes: dict[str, Any] | None = None


#: A turn of either version.
AnyLexEvent = LexEvent | LexV1Event
