"""Amazon Connect's contact events, typed.

https://docs.aws.amazon.com/connect/latest/adminguide/connect-lambda-functions.html
"""

from __future__ import annotations

from typing import Any

from pydantic import Field

from ._fields import Model, Raw


class ConnectEndpoint(Model):
    """A party's address, usually a telephone number."""

    Address: str | None = None
    Type: str | None = None


class ConnectQueue(Model):
    """The queue that the contact is in."""

    ARN: str | None = None
    Name: str | None = None


class ConnectContactData(Model):
    """The contact."""

    ContactId: str
    InitialContactId: str | None = None
    PreviousContactId: str | None = None
    RelatedContactId: str | None = None
    InstanceARN: str | None = None
    Channel: str | None = None
    InitiationMethod: str | None = None
    LanguageCode: str | None = None
    Attributes: dict[str, Any] | None = Field(None, repr=False)
    CustomerEndpoint: ConnectEndpoint | None = Field(None, repr=False)
    SystemEndpoint: ConnectEndpoint | None = Field(None, repr=False)
    Queue: ConnectQueue | None = None
    MediaStreams: dict[str, Any] | None = None


class ConnectDetails(Model):
    """The contact, and what the flow's block sends along."""

    ContactData: ConnectContactData
    Parameters: dict[str, Any] | None = Field(None, repr=False)


class ConnectEvent(Raw, Model):
    """A flow asks about a contact."""

    Name: str
    Details: ConnectDetails
