"""What AWS IoT tells of things, groups and types, and its buttons; and the hook of fleet provisioning."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from ._made import ACCOUNT, MOMENT, REGION, Ids, arn, check_one_of, milliseconds, to_milliseconds

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...types import JsonObject

#: What can happen to what is registered, by the type of the event.
#: https://docs.aws.amazon.com/iot/latest/developerguide/registry-events.html
OPERATIONS = {
    "THING_EVENT": ("CREATED", "UPDATED", "DELETED"),
    "THING_TYPE_EVENT": ("CREATED", "UPDATED", "DELETED"),
    "THING_TYPE_ASSOCIATION_EVENT": ("ADDED", "REMOVED"),
    "THING_GROUP_EVENT": ("CREATED", "UPDATED", "DELETED"),
    "THING_GROUP_MEMBERSHIP_EVENT": ("ADDED", "REMOVED"),
    "THING_GROUP_HIERARCHY_EVENT": ("ADDED", "REMOVED"),
}
CLICKS = ("SINGLE", "DOUBLE", "LONG")


def iot(
    event: str = "THING_EVENT",
    *,
    operation: str | None = None,
    thing: str = "pump-04",
    thing_type: str | None = None,
    group: str = "north",
    parent: str = "all",
    attributes: Mapping[str, str] | None = None,
    version: int = 1,
    time: datetime = MOMENT,
    region: str = REGION,
    account: str = ACCOUNT,
    ids: Ids | None = None,
) -> JsonObject:
    """Something happens to a thing, a type or a group, and a rule hands it on.

    Args:
        event: ``eventType``: ``THING_EVENT``, ``THING_TYPE_EVENT``, ``THING_TYPE_ASSOCIATION_EVENT``, ``THING_GROUP_EVENT``,
            ``THING_GROUP_MEMBERSHIP_EVENT`` or ``THING_GROUP_HIERARCHY_EVENT``.
        operation: Default: the first one there is: ``CREATED`` or ``ADDED``.
        thing: Its name.
        thing_type: The name of its type.
        group: The name of the group.
        parent: The name of the group that it is put into.
        attributes: Of what it is about.
        version: Of what it is about.
        time: When it happened.
        region: Of the registry.
        account: Of the registry.
        ids: Default: made of what the event carries.

    Raises:
        ImpossibleEventError: IoT has no such event.

    Reference:
        https://docs.aws.amazon.com/iot/latest/developerguide/registry-events.html
    """
    check_one_of("iot(event)", event, OPERATIONS)
    operation = operation or OPERATIONS[event][0]
    check_one_of("iot(operation=)", operation, OPERATIONS[event])
    ids = ids or Ids.of(event, operation, thing, group)
    told = {
        "eventType": event,
        "eventId": ids.uuid(),
        "timestamp": milliseconds(time),
        "accountId": account,
        "operation": operation,
    }
    values = dict(attributes or {})
    match event:
        case "THING_EVENT":
            more: dict[str, Any] = {
                "thingId": ids.uuid(), "thingName": thing, "versionNumber": version, "thingTypeName": thing_type,
                "attributes": values,
            }  # fmt: skip
        case "THING_TYPE_EVENT":
            more = {
                "thingTypeId": ids.uuid(), "thingTypeName": thing_type or "pump", "isDeprecated": False,
                "deprecationDate": None, "searchableAttributes": [*values], "propagatingAttributes": [], "description": None,
            }  # fmt: skip
        case "THING_TYPE_ASSOCIATION_EVENT":
            more = {"thingId": ids.uuid(), "thingName": thing, "thingTypeName": thing_type or "pump"}
        case "THING_GROUP_EVENT":
            more = {
                "thingGroupId": ids.uuid(), "thingGroupName": group, "versionNumber": version, "parentGroupName": None,
                "parentGroupId": None, "description": None, "rootToParentThingGroups": [], "attributes": values,
                "dynamicGroupMappingId": None,
            }  # fmt: skip
        case "THING_GROUP_MEMBERSHIP_EVENT":
            more = {
                "groupArn": arn("iot", f"thinggroup/{group}", region, account), "groupId": ids.uuid(),
                "thingArn": arn("iot", f"thing/{thing}", region, account), "thingId": ids.uuid(),
                "membershipId": ids.uuid(),
            }  # fmt: skip
        case _:
            more = {
                "thingGroupId": ids.uuid(), "thingGroupName": parent, "childGroupId": ids.uuid(), "childGroupName": group,
            }  # fmt: skip
    return {**told, **more}


def iot_provisioning(
    template: str = "pumps",
    *,
    parameters: Mapping[str, str] | None = None,
    client_id: str = "pump-04",
    region: str = REGION,
    account: str = ACCOUNT,
) -> JsonObject:
    """Fleet provisioning asks whether a device may be registered.

    Reference:
        https://docs.aws.amazon.com/iot/latest/developerguide/pre-provisioning-hook.html
    """
    ids = Ids.of(template, client_id)
    return {
        "claimCertificateId": ids.hex(),
        "certificateId": ids.hex(),
        "certificatePem": "-----BEGIN CERTIFICATE-----\nMIIBexample\n-----END CERTIFICATE-----\n",
        "templateArn": arn("iot", f"provisioningtemplate/{template}", region, account),
        "clientId": client_id,
        "parameters": dict(parameters or {}),
    }


def iot_button(
    thing: str = "G030JF055364TEST", *, event: Literal["SINGLE", "DOUBLE", "LONG"] = "SINGLE", voltage: str = "1567 mV"
) -> JsonObject:
    """A button of the first kind was pressed.

    Reference:
        https://docs.aws.amazon.com/lambda/latest/dg/services-iot.html
    """
    check_one_of("iot_button(event=)", event, CLICKS)
    return {"serialNumber": thing, "batteryVoltage": voltage, "clickType": event}


def iot_one_click(
    thing: str = "G030MD045678TEST",
    *,
    event: Literal["SINGLE", "DOUBLE", "LONG"] = "SINGLE",
    project: str = "call-a-nurse",
    placement: str = "room-12",
    attributes: Mapping[str, str] | None = None,
    time: datetime = MOMENT,
) -> JsonObject:
    """A button of AWS IoT 1-Click was pressed.

    Reference:
        https://docs.aws.amazon.com/iot-1-click/latest/developerguide/1click-events.html
    """
    check_one_of("iot_one_click(event=)", event, CLICKS)
    return {
        "deviceEvent": {"buttonClicked": {"clickType": event, "reportedTime": to_milliseconds(time)}},
        "deviceInfo": {"attributes": {}, "type": "button", "deviceId": thing, "remainingLife": 99.0},
        "placementInfo": {
            "projectName": project,
            "placementName": placement,
            "attributes": dict(attributes or {}),
            "devices": {"button": thing},
        },
    }


def iot_authorizer(
    endpoint: str = "a1b2c3d4e5-ats.iot.eu-central-1.amazonaws.com",
    *,
    token: str | None = "token",
    signature_verified: bool = True,
    protocol: Literal["mqtt", "http"] = "mqtt",
    user_name: str | None = None,
    password: str | None = None,
    client_id: str = "pump-04",
    headers: Mapping[str, str] | None = None,
    query: str = "",
) -> JsonObject:
    """A custom authorizer is asked whether a device may connect.

    Args:
        endpoint: The server's name.
        token: That was signed; None: the authorizer has signing off.
        signature_verified: Whether IoT has verified its signature.
        protocol: How the device connects.
        user_name: Of MQTT.
        password: Of MQTT.
        client_id: Of MQTT.
        headers: Of HTTP.
        query: Of HTTP, without its ``?``.

    Reference:
        https://docs.aws.amazon.com/iot/latest/developerguide/config-custom-auth.html
    """
    check_one_of("iot_authorizer(protocol=)", protocol, ("mqtt", "http"))
    import base64

    data: JsonObject = {"tls": {"serverName": endpoint}}
    if protocol == "http":
        data["http"] = {"headers": dict(headers or {}), "queryString": f"?{query}"}
    else:
        given = {"username": user_name, "password": password and base64.b64encode(password.encode()).decode()}
        data["mqtt"] = {**{name: value for name, value in given.items() if value is not None}, "clientId": client_id}
    event: JsonObject = {
        "signatureVerified": signature_verified,
        "protocols": ["tls", protocol],
        "protocolData": data,
        "connectionMetadata": {"id": Ids.of(endpoint, client_id).uuid()},
    }
    return event if token is None else {"token": token, **event}
