"""Mails that Amazon SES has received."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from ._made import ACCOUNT, MOMENT, REGION, Ids, arn, check_one_of, impossible, to_milliseconds, without_none

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...types import JsonObject

_VERDICTS = ("PASS", "FAIL", "GRAY", "PROCESSING_FAILED", "DISABLED")


def ses(
    *recipients: str,
    sender: str = "ada@example.org",
    subject: str | None = "Hello",
    headers: Mapping[str, str] | None = None,
    synchronous: bool = False,
    spam: str = "PASS",
    virus: str = "PASS",
    spf: str = "PASS",
    dkim: str = "PASS",
    dmarc: str = "PASS",
    dmarc_policy: Literal["none", "quarantine", "reject"] = "none",
    message_id: str | None = None,
    function: str = "function",
    time: datetime = MOMENT,
    region: str = REGION,
    account: str = ACCOUNT,
    ids: Ids | None = None,
) -> JsonObject:
    """A mail, without its body, which a rule has handed to the function.

    Args:
        recipients: Those that the rule matched; default: ``orders@shop.example``.
        sender: Who sent it.
        subject: None: it has none.
        headers: In addition to From, To and Subject.
        synchronous: SES waits for what becomes of the mail: ``CONTINUE``, ``STOP_RULE``, ``STOP_RULE_SET``.
        spam: A verdict: ``PASS``, ``FAIL``, ``GRAY``, ``PROCESSING_FAILED``, ``DISABLED``.
        virus: A verdict.
        spf: A verdict.
        dkim: A verdict.
        dmarc: A verdict.
        dmarc_policy: What the sender's domain asks for.
        message_id: SES's own; default: made of ``ids``.
        function: The function's name.
        time: When it was received.
        region: Of SES.
        account: Of SES.
        ids: Default: made of what the event carries.

    Raises:
        ImpossibleEventError: There is no such address or verdict.

    Reference:
        https://docs.aws.amazon.com/ses/latest/dg/receiving-email-action-lambda-event.html
    """
    to = [*recipients] or ["orders@shop.example"]
    for address in (sender, *to):
        if "@" not in address[1:-1]:
            raise impossible("ses()", address, "an address has an @")
    verdicts = {"spam": spam, "virus": virus, "spf": spf, "dkim": dkim, "dmarc": dmarc}
    for name, verdict in verdicts.items():
        check_one_of(f"ses({name}=)", verdict, _VERDICTS)
    ids = ids or Ids.of(sender, *to, subject or "")
    moment, own_id = to_milliseconds(time), message_id or ids.hex(24)
    shown = {
        "From": sender,
        "To": ", ".join(to),
        **({} if subject is None else {"Subject": subject}),
        **(headers or {}),
    }
    mail = {
        "timestamp": moment,
        "source": sender,
        "messageId": own_id,
        "destination": to,
        "headersTruncated": False,
        "headers": [{"name": name, "value": value} for name, value in shown.items()],
        "commonHeaders": without_none(
            returnPath=sender,
            **{"from": [sender]},
            date=time.strftime("%a, %d %b %Y %H:%M:%S +0000"),
            to=to,
            messageId=f"<{ids.hex(16)}@example.org>",
            subject=subject,
        ),
    }
    receipt: JsonObject = {
        "timestamp": moment,
        "processingTimeMillis": 311,
        "recipients": to,
        **{f"{name}Verdict": {"status": verdict} for name, verdict in verdicts.items()},
        "dmarcPolicy": dmarc_policy,
        "action": {
            "type": "Lambda",
            "functionArn": arn("lambda", f"function:{function}", region, account),
            "invocationType": "RequestResponse" if synchronous else "Event",
        },
    }
    record = {"eventSource": "aws:ses", "eventVersion": "1.0", "ses": {"mail": mail, "receipt": receipt}}
    return {"Records": [record]}
