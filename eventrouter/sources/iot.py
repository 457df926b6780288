"""AWS IoT: the messages that have a shape of AWS's own. What a topic rule sends otherwise is the device's: ``direct``.

Registry events: https://docs.aws.amazon.com/iot/latest/developerguide/registry-events.html
Pre-provisioning hook: https://docs.aws.amazon.com/iot/latest/developerguide/pre-provisioning-hook.html
IoT button: https://docs.aws.amazon.com/iot/latest/developerguide/iot-lambda-rule.html
1-Click: https://docs.aws.amazon.com/iot-1-click/latest/developerguide/1click-programming.html
"""

from __future__ import annotations

from ..answers import Deny
from ..errors import ReplyError
from ..source import Pattern, Source, returned
from ._answer import as_object, only_result, refused
from ._read import after_last, pasted, text_at

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Literal, TypeAlias, Unpack

    from ..source import Outcome
    from ..types import JsonObject, JsonValue, NameSpec, RouteOptions

    Kind: TypeAlias = Literal["registry", "provisioning", "button", "one_click"]

TRIGGER = "a pre-provisioning hook"
REGISTRY_EVENTS = (
    "THING_EVENT", "THING_TYPE_EVENT", "THING_TYPE_ASSOCIATION_EVENT", "THING_GROUP_EVENT",
    "THING_GROUP_MEMBERSHIP_EVENT", "THING_GROUP_HIERARCHY_EVENT",
)  # fmt: skip


def detect(event: JsonValue) -> bool:
    return type(event) is dict and _kind(event) != ""


def _kind(event: JsonObject) -> Kind | Literal[""]:
    if event.get("eventType") in REGISTRY_EVENTS and type(event.get("eventId")) is str and "operation" in event:
        return "registry"
    if (
        type(event.get("templateArn")) is str
        and type(event.get("certificateId")) is str
        and type(event.get("parameters")) is dict
    ):
        return "provisioning"
    if type(event.get("clickType")) is str and type(event.get("serialNumber")) is str and "batteryVoltage" in event:
        return "button"
    if (
        type(event.get("deviceEvent")) is dict
        and type(event.get("deviceInfo")) is dict
        and type(event.get("placementInfo")) is dict
    ):
        return "one_click"
    return ""


def keys(record: JsonObject) -> Mapping[str, str]:
    match _kind(record):
        case "registry":
            thing = text_at(record, "thingName") or after_last(text_at(record, "thingArn"), "/")
            event = text_at(record, "eventType")
            return {"kind": "registry", "thing": thing, "event": event, "operation": text_at(record, "operation")}
        case "provisioning":
            arn = text_at(record, "templateArn")
            return {"kind": "provisioning", "template": after_last(arn, "/"), "template_arn": arn}
        case "button":
            return {"kind": "button", "thing": text_at(record, "serialNumber"), "event": text_at(record, "clickType")}
        case "one_click":
            click = text_at(record, "deviceEvent", "buttonClicked", "clickType")
            return {"kind": "one_click", "thing": text_at(record, "deviceInfo", "deviceId"), "event": click}
    return {}


def reply(outcome: Outcome) -> JsonValue:
    """A hook decides; the other messages come from a rule, which does not wait for an answer."""
    if _kind(outcome.invocation.event) != "provisioning":
        return returned(outcome)
    value = only_result(outcome)
    if value is True or value is False:
        return {"allowProvisioning": value}
    if isinstance(value, Deny):
        return {"allowProvisioning": False}
    answer = as_object(value) or {}
    if not isinstance(answer.get("allowProvisioning"), bool):
        raise refused(TRIGGER, value, 'True, False, Deny() or {"allowProvisioning": ..., "parameterOverrides": {...}}')
    overrides = answer.get("parameterOverrides")
    if overrides is not None and not (
        isinstance(overrides, dict) and all(isinstance(text, str) for pair in overrides.items() for text in pair)
    ):
        raise ReplyError(f"{TRIGGER}: parameterOverrides maps strings to strings")
    return answer


def idempotency_key(record: JsonObject) -> str | None:
    """The id of a registry event; IoT may publish one twice."""
    return text_at(record, "eventId") or None


def message(
    kind: Kind | None = None,
    *,
    thing: NameSpec = None,
    event: NameSpec = None,
    operation: NameSpec = None,
    template: NameSpec = None,
    **options: Unpack[RouteOptions],
) -> Pattern:
    """Messages of AWS IoT's own; left out, an argument takes everything.

    Args:
        kind: ``"registry"``: things, types and groups that were created, changed or deleted. ``"provisioning"``: the
            pre-provisioning hook, whose handler decides with True or False, within 5 seconds. ``"button"``,
            ``"one_click"``: somebody pressed it.
        thing: The name of the thing; of a button its serial number or device id.
        event: What happened: ``THING_EVENT``, ...; of a button ``SINGLE``, ``DOUBLE`` or ``LONG``.
        operation: Of registry events: ``CREATED``, ``UPDATED``, ``DELETED``, ``ADDED``, ``REMOVED``.
        template: The provisioning template's name or ARN.
    """
    names = [("kind", kind), ("thing", thing), ("event", event), ("operation", operation), ("template", template)]
    return Pattern("iot", names, options=options)


SOURCE = Source(
    "iot",
    detect=detect,
    anchors=("eventId", "templateArn", "clickType", "deviceEvent"),
    keys=keys,
    order=("thing", "template", "event", "operation", "kind"),
    types={
        "eventrouter.models.iot:IotThingEvent": "event",
        "eventrouter.models.iot:IotThingTypeEvent": "event",
        "eventrouter.models.iot:IotThingTypeAssociationEvent": "event",
        "eventrouter.models.iot:IotThingGroupEvent": "event",
        "eventrouter.models.iot:IotThingGroupMembershipEvent": "event",
        "eventrouter.models.iot:IotThingGroupHierarchyEvent": "event",
        "eventrouter.models.iot:IotProvisioningEvent": "event",
        "eventrouter.models.iot:IotButtonEvent": "event",
        "eventrouter.models.iot:IotOneClickEvent": "event",
        "aws_lambda_powertools.utilities.parser.models.iot_registry_events:IoTCoreRegistryEventsBase": "event",
        "aws_lambda_powertools.utilities.data_classes.iot_registry_event:IoTCoreRegistryEventsBase": "event",
    },
    evidence=("eventType", "operation", "templateArn", "clickType", "deviceEvent.buttonClicked.clickType"),
    model="eventrouter.models.iot:AnyIotEvent",
    offer="IotThingEvent, IotProvisioningEvent, IotButtonEvent, IotOneClickEvent",
    reply=reply,
    idempotency_key=idempotency_key,
    secret_paths=("certificatePem", "parameters"),
    paste=pasted("iot", "kind"),
    acknowledges=True,
)
