"""AWS IoT's own messages, typed. Registry events are Powertools' models, which ask for fields that AWS leaves out.

https://docs.aws.amazon.com/iot/latest/developerguide/registry-events.html
https://docs.aws.amazon.com/iot/latest/developerguide/pre-provisioning-hook.html
https://docs.aws.amazon.com/iot/latest/developerguide/custom-auth-lambda.html
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from aws_lambda_powertools.utilities.parser.models.iot_registry_events import (
    IoTCoreAddOrDeleteFromThingGroupEvent,
    IoTCoreAddOrRemoveFromThingGroupEvent,
    IoTCoreThingEvent,
    IoTCoreThingGroupEvent,
    IoTCoreThingTypeAssociationEvent,
    IoTCoreThingTypeEvent,
)
from pydantic import ConfigDict, Discriminator, Field, Tag

from ._fields import Base64Json, Model, Raw

_TOLERANT = ConfigDict(extra="allow", populate_by_name=True, defer_build=True)


class IotThingEvent(Raw, IoTCoreThingEvent):
    """A thing was created, changed or deleted."""

    model_config = _TOLERANT

    operation: str  # type: ignore[assignment]
    version_number: int | None = Field(None, alias="versionNumber")  # type: ignore[assignment]
    attributes: dict[str, Any] | None = None  # type: ignore[assignment]


class IotThingTypeEvent(Raw, IoTCoreThingTypeEvent):
    """A thing type was created, changed, deprecated or deleted."""

    model_config = _TOLERANT

    operation: str  # type: ignore[assignment]
    is_deprecated: bool | None = Field(None, alias="isDeprecated")  # type: ignore[assignment]
    searchable_attributes: list[str] | None = Field(None, alias="searchableAttributes")  # type: ignore[assignment]
    propagating_attributes: list[dict[str, Any]] | None = Field(None, alias="propagatingAttributes")  # type: ignore[assignment]
    description: str | None = None  # type: ignore[assignment]


class IotThingTypeAssociationEvent(Raw, IoTCoreThingTypeAssociationEvent):
    """A thing was given a thing type, or has lost it."""

    model_config = _TOLERANT

    operation: str  # type: ignore[assignment]


class IotThingGroupEvent(Raw, IoTCoreThingGroupEvent):
    """A thing group was created, changed or deleted."""

    model_config = _TOLERANT

    operation: str  # type: ignore[assignment]
    version_number: int | None = Field(None, alias="versionNumber")  # type: ignore[assignment]
    description: str | None = None  # type: ignore[assignment]
    root_to_parent_thing_groups: list[dict[str, Any]] | None = Field(None, alias="rootToParentThingGroups")  # type: ignore[assignment]
    attributes: dict[str, Any] | None = None  # type: ignore[assignment]


class IotThingGroupMembershipEvent(Raw, IoTCoreAddOrRemoveFromThingGroupEvent):
    """A thing was put into a thing group, or taken out of it."""

    model_config = _TOLERANT

    operation: str  # type: ignore[assignment]


class IotThingGroupHierarchyEvent(Raw, IoTCoreAddOrDeleteFromThingGroupEvent):
    """A thing group was put into another one, or taken out of it."""

    model_config = _TOLERANT

    operation: str  # type: ignore[assignment]


class IotProvisioningEvent(Raw, Model):
    """A device asks to be provisioned."""

    templateArn: str
    certificateId: str
    parameters: dict[str, Any]
    claimCertificateId: str | None = None
    certificatePem: str | None = Field(None, repr=False)
    clientId: str | None = None


class IotButtonEvent(Raw, Model):
    """Somebody pressed an IoT button."""

    serialNumber: str
    clickType: str
    batteryVoltage: str | int | float | None = None


class IotButtonClicked(Model):
    """How the button was pressed, and when."""

    clickType: str
    reportedTime: datetime | None = None


class IotDeviceEvent(Model):
    """What the device reports."""

    buttonClicked: IotButtonClicked | None = None


class IotDeviceInfo(Model):
    """The device."""

    deviceId: str
    type: str | None = None
    remainingLife: float | None = None
    attributes: dict[str, Any] | None = None


class IotPlacementInfo(Model):
    """Where the device is."""

    projectName: str | None = None
    placementName: str | None = None
    attributes: dict[str, Any] | None = None
    devices: dict[str, Any] | None = None


class IotOneClickEvent(Raw, Model):
    """Somebody pressed an IoT 1-Click device."""

    deviceEvent: IotDeviceEvent
    deviceInfo: IotDeviceInfo
    placementInfo: IotPlacementInfo


#: The models of registry events by their ``eventType``.
_REGISTRY = (
    "THING_EVENT", "THING_TYPE_EVENT", "THING_TYPE_ASSOCIATION_EVENT", "THING_GROUP_EVENT",
    "THING_GROUP_MEMBERSHIP_EVENT", "THING_GROUP_HIERARCHY_EVENT",
)  # fmt: skip


def _tag(event: Any) -> str | None:
    """Which of the models an event is for, so that an error is about that one only."""
    if not isinstance(event, dict):
        return None
    if event.get("eventType") in _REGISTRY:
        return str(event["eventType"])
    for key in ("templateArn", "clickType", "deviceEvent"):
        if key in event:
            return key
    return None


#: Whatever AWS IoT itself says.
AnyIotEvent = Annotated[
    Annotated[IotThingEvent, Tag("THING_EVENT")]
    | Annotated[IotThingTypeEvent, Tag("THING_TYPE_EVENT")]
    | Annotated[IotThingTypeAssociationEvent, Tag("THING_TYPE_ASSOCIATION_EVENT")]
    | Annotated[IotThingGroupEvent, Tag("THING_GROUP_EVENT")]
    | Annotated[IotThingGroupMembershipEvent, Tag("THING_GROUP_MEMBERSHIP_EVENT")]
    | Annotated[IotThingGroupHierarchyEvent, Tag("THING_GROUP_HIERARCHY_EVENT")]
    | Annotated[IotProvisioningEvent, Tag("templateArn")]
    | Annotated[IotButtonEvent, Tag("clickType")]
    | Annotated[IotOneClickEvent, Tag("deviceEvent")],
    Discriminator(_tag),
]


class IotTls(Model):
    """The TLS handshake."""

    serverName: str | None = None


class IotHttp(Model):
    """The HTTP request that opens the connection."""

    headers: dict[str, str] | None = Field(None, repr=False)
    queryString: str | None = Field(None, repr=False)


class IotMqtt(Model):
    """The MQTT CONNECT packet. ``password`` is decoded from the base64 it is sent in."""

    username: str | None = None
    password: Annotated[bytes, Base64Json] | None = Field(None, repr=False)
    clientId: str | None = None


class IotProtocolData(Model):
    """What each of the protocols says of the client."""

    tls: IotTls | None = None
    http: IotHttp | None = None
    mqtt: IotMqtt | None = None


class IotConnectionMetadata(Model):
    """The connection's id, for logs."""

    id: str | None = None


class IotAuthorizerEvent(Raw, Model):
    """A connection to decide on."""

    token: str | None = Field(None, repr=False)
    signatureVerified: bool | None = None
    protocols: list[str]
    protocolData: IotProtocolData
    connectionMetadata: IotConnectionMetadata | None = None
