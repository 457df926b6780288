"""Amazon SES: a receipt rule invokes the function for an incoming mail; invoked synchronously, it decides what follows.

Event: https://docs.aws.amazon.com/ses/latest/dg/receiving-email-action-lambda-event.html
Reply: https://docs.aws.amazon.com/ses/latest/dg/receiving-email-action-lambda.html
"""

from __future__ import annotations

from ..source import Pattern, Source
from ._answer import as_object, only_result, refused
from ._read import object_at, pasted, text_at
from ._several import any_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Unpack

    from ..source import Outcome
    from ..types import JsonObject, JsonValue, NameSpec, RouteOptions

TRIGGER = "a receipt rule of SES"
#: Go on; skip the rest of this rule; skip the rest of the rule set too.
DISPOSITIONS = ("CONTINUE", "STOP_RULE", "STOP_RULE_SET")


def detect(event: JsonValue) -> bool:
    match event:
        case {"Records": [{"eventSource": "aws:ses"}, *_]}:
            return True
    return False


def records(event: JsonValue) -> Sequence[JsonObject]:
    return event["Records"]  # type: ignore[no-any-return]


def keys(record: JsonObject) -> Mapping[str, str]:
    """The first recipient, to recognise the mail by; routes look at all of them."""
    return {"recipient": next(iter(recipients(record)), "")}


def recipients(record: JsonObject) -> Sequence[str]:
    """The recipients that the rule matched; in lower case too, since mail addresses are written either way."""
    found = object_at(record, "ses", "receipt").get("recipients")
    sent = [text for text in found if isinstance(text, str)] if isinstance(found, list) else []
    return [*sent, *(text.lower() for text in sent)]


def _sender(record: JsonObject) -> Sequence[str]:
    sender = text_at(record, "ses", "mail", "source")
    return (sender, sender.lower())


def _subject(record: JsonObject) -> Sequence[str]:
    return (text_at(record, "ses", "mail", "commonHeaders", "subject"),)


def reply(outcome: Outcome) -> JsonValue:
    """The disposition, where SES waits for one. A failure is raised, so that it is never taken for CONTINUE."""
    value = only_result(outcome)
    if text_at(outcome.records[0], "ses", "receipt", "action", "invocationType") != "RequestResponse":
        if value is not None:
            from .._log import warn_once

            warn_once(
                TRIGGER,
                "a mail handler returned something, but %s does not wait for it: set its invocation type",
                TRIGGER,
            )
        return None
    if value is None:
        return {"disposition": "CONTINUE"}
    disposition = value if isinstance(value, str) else (as_object(value) or {}).get("disposition")
    if disposition not in DISPOSITIONS:
        raise refused(TRIGGER, value, f"one of {', '.join(DISPOSITIONS)}, or None to go on")
    return {"disposition": disposition}


def idempotency_key(record: JsonObject) -> str | None:
    """The id that SES gave the mail."""
    return text_at(record, "ses", "mail", "messageId") or None


def mail(
    recipient: NameSpec = None,
    *,
    sender: NameSpec = None,
    subject: NameSpec = None,
    **options: Unpack[RouteOptions],
) -> Pattern:
    """Incoming mail. Of several routes that fit a mail, the one registered first takes it.

    Args:
        recipient: One of the addresses that the receipt rule matched: exact, a glob (``*@shop.example``), ``${ENV}``, a
            pattern item or a list of them. Written in lower case it fits however the sender wrote it.
        sender: The address in the envelope.
        subject: The subject.
    """
    tests = (
        *any_of("recipient", recipient, recipients),
        *any_of("sender", sender, _sender),
        *any_of("subject", subject, _subject),
    )
    return Pattern("ses", tests=tests, options=options)


SOURCE = Source(
    "ses",
    detect=detect,
    services=("aws:ses",),
    records=records,
    keys=keys,
    types={
        "eventrouter.models.ses:SesRecord": "record",
        "eventrouter.models.ses:SesEvent": "event",
        "aws_lambda_powertools.utilities.parser.models.ses:SesRecordModel": "record",
        "aws_lambda_powertools.utilities.parser.models.ses:SesModel": "event",
        "aws_lambda_powertools.utilities.data_classes.ses_event:SESEventRecord": "record",
        "aws_lambda_powertools.utilities.data_classes.ses_event:SESEvent": "event",
    },
    evidence=("Records.0.eventSource", "Records.0.ses.receipt.action.invocationType"),
    model="eventrouter.models.ses:SesEvent",
    offer="SesRecord, SesEvent",
    reply=reply,
    idempotency_key=idempotency_key,
    secret_paths=("Records.*.ses.mail.headers", "Records.*.ses.mail.commonHeaders"),
    paste=pasted("ses", "recipient"),
)
