"""AWS Config: a custom rule asks the function to evaluate resources; the answer is an API call.

The call is ``PutEvaluations`` with the event's ``resultToken``. Without it the rule has no result; what the handler
returns is not read.

Event: https://docs.aws.amazon.com/config/latest/developerguide/evaluate-config_develop-rules_example-events.html
"""

from __future__ import annotations

from ..errors import EventDecodeError
from ..source import Pattern, Source
from ._batch import silence
from ._read import pasted, text_at

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Unpack

    from ..types import JsonObject, JsonValue, NameSpec, RouteOptions


def detect(event: JsonValue) -> bool:
    return (
        type(event) is dict
        and type(event.get("invokingEvent")) is str
        and type(event.get("resultToken")) is str
        and type(event.get("configRuleName")) is str
    )


def keys(record: JsonObject) -> Mapping[str, str]:
    invoking = _invoking_event(record)
    return {
        "rule": text_at(record, "configRuleName"),
        "rule_arn": text_at(record, "configRuleArn"),
        "message_type": text_at(invoking, "messageType"),
        "resource_type": text_at(invoking, "configurationItem", "resourceType")
        or text_at(invoking, "configurationItemSummary", "resourceType"),
    }


def _invoking_event(record: JsonObject) -> JsonValue:
    """What happened, which the event holds as JSON text; None where that cannot be read."""
    from .._json import decode

    try:
        return decode(text_at(record, "invokingEvent").encode("utf-8", "surrogatepass"))
    except EventDecodeError:
        return None


def rule(
    name: str | None = None,
    /,
    *,
    message_type: NameSpec = None,
    resource_type: NameSpec = None,
    complete: bool = True,
    **options: Unpack[RouteOptions],
) -> Pattern:
    """Evaluations for the rule *name*. The handler reports them: ``PutEvaluations``.

    Args:
        name: The rule's name: exact, a glob, an ARN, ``${ENV}``; left out: every rule.
        message_type: ``ConfigurationItemChangeNotification``, ``OversizedConfigurationItemChangeNotification``,
            ``ScheduledNotification`` or ``ConfigurationSnapshotDeliveryCompleted``, or a list of them.
        resource_type: Of changes: the kind of resource, such as ``AWS::EC2::Instance``.
        complete: A returned value reports nothing, so it must be False: it says that the handler makes the call.
    """
    names = [("rule", name), ("message_type", message_type), ("resource_type", resource_type)]
    return Pattern("config", names, bind={"complete": complete}, options=options)


SOURCE = Source(
    "config",
    detect=detect,
    anchors=("invokingEvent",),
    keys=keys,
    order=("rule", "resource_type", "message_type"),
    types={
        "eventrouter.models.config:ConfigEvent": "event",
        "aws_lambda_powertools.utilities.data_classes.aws_config_rule_event:AWSConfigRuleEvent": "event",
    },
    evidence=("configRuleName", "configRuleArn"),
    model="eventrouter.models.config:ConfigEvent",
    offer="ConfigEvent, and report with boto3's put_evaluations",
    reply=silence,
    returns="nothing",
    completion="callback",
    secret_paths=("resultToken", "invokingEvent", "ruleParameters"),
    paste=pasted("config", "rule", tail="complete=False"),
)
