"""Flows of Amazon Connect that call a Lambda function."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from ._made import ACCOUNT, REGION, Ids, arn, check_one_of, impossible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...types import JsonObject

_CHANNELS = ("VOICE", "CHAT", "TASK", "EMAIL")
_INITIATIONS = (
    "INBOUND", "OUTBOUND", "TRANSFER", "CALLBACK", "API", "QUEUE_TRANSFER", "DISCONNECT", "MONITOR", "EXTERNAL_OUTBOUND",
    "WEBRTC_API", "AGENT_REPLY", "FLOW",
)  # fmt: skip


def connect(
    instance: str = "11112222-3333-4444-8555-666677778888",
    *,
    parameters: Mapping[str, str] | None = None,
    attributes: Mapping[str, str] | None = None,
    queue: str | None = "Support",
    channel: Literal["VOICE", "CHAT", "TASK", "EMAIL"] = "VOICE",
    initiation: str = "INBOUND",
    customer: str | None = "+441632960123",
    language: str = "en-GB",
    region: str = REGION,
    account: str = ACCOUNT,
    ids: Ids | None = None,
) -> JsonObject:
    """A flow calls the function.

    Args:
        instance: Its id.
        parameters: Of the flow's block, all of them text.
        attributes: Of the contact, all of them text.
        queue: Its name; None: the contact is in none.
        channel: Of the contact.
        initiation: How it began.
        customer: The customer's address; None: it is not known.
        language: Of the contact.
        region: Of the instance.
        account: Of the instance.
        ids: Default: made of the instance.

    Raises:
        ImpossibleEventError: Connect sends no such event.

    Reference:
        https://docs.aws.amazon.com/connect/latest/adminguide/connect-lambda-functions.html
    """
    check_one_of("connect(channel=)", channel, _CHANNELS)
    check_one_of("connect(initiation=)", initiation, _INITIATIONS)
    for argument, values in (("parameters", parameters), ("attributes", attributes)):
        for name, value in (values or {}).items():
            if not isinstance(value, str):
                raise impossible(f"connect({argument}=)", name, "Connect passes text on, and nothing else")
    ids = ids or Ids(instance)
    contact, place = ids.uuid(), arn("connect", f"instance/{instance}", region, account)
    kind = "TELEPHONE_NUMBER"
    return {
        "Name": "ContactFlowEvent",
        "Details": {
            "ContactData": {
                "Attributes": dict(attributes or {}),
                "Channel": channel,
                "ContactId": contact,
                "CustomerEndpoint": None if customer is None else {"Address": customer, "Type": kind},
                "InitialContactId": contact,
                "InitiationMethod": initiation,
                "InstanceARN": place,
                "LanguageCode": language,
                "MediaStreams": {"Customer": {"Audio": None}},
                "PreviousContactId": "",
                "Queue": None if queue is None else {"ARN": f"{place}/queue/{ids.uuid()}", "Name": queue},
                "SystemEndpoint": {"Address": "+441632960999", "Type": kind},
            },
            "Parameters": dict(parameters or {}),
        },
    }
