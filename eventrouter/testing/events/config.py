"""Evaluations that AWS Config has a custom rule make."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from ._made import ACCOUNT, MOMENT, REGION, Ids, arn, check_name, check_one_of, impossible, json_of, to_milliseconds

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...types import JsonObject

_TYPES = (
    "ConfigurationItemChangeNotification",
    "OversizedConfigurationItemChangeNotification",
    "ScheduledNotification",
)


def config(
    rule: str = "keys-are-rotated",
    *,
    message_type: Literal[
        "ConfigurationItemChangeNotification", "OversizedConfigurationItemChangeNotification", "ScheduledNotification"
    ] = "ConfigurationItemChangeNotification",
    resource_type: str = "AWS::S3::Bucket",
    resource_id: str = "photos",
    configuration: Mapping[str, Any] | None = None,
    parameters: Mapping[str, str] | None = None,
    status: str = "OK",
    left_scope: bool = False,
    evaluation_mode: Literal["DETECTIVE", "PROACTIVE"] = "DETECTIVE",
    time: datetime = MOMENT,
    region: str = REGION,
    account: str = ACCOUNT,
) -> JsonObject:
    """A rule is to be evaluated.

    Args:
        rule: Its name.
        message_type: A resource has changed, or it is time.
        resource_type: Of the resource; a scheduled evaluation has none.
        resource_id: Of the resource.
        configuration: Of the resource.
        parameters: Of the rule.
        status: ``configurationItemStatus``: ``OK``, ``ResourceDiscovered``, ``ResourceDeleted``.
        left_scope: The resource is no longer in the rule's scope.
        evaluation_mode: How the rule is evaluated.
        time: When it happened.
        region: Of the rule.
        account: Of the rule.

    Raises:
        ImpossibleEventError: Config sends no such event.

    Reference:
        https://docs.aws.amazon.com/config/latest/developerguide/evaluate-config_develop-rules_example-events.html
    """
    check_name("config(rule)", rule, others="-_", high=128)
    check_one_of("config(message_type=)", message_type, _TYPES)
    if resource_type.count("::") != 2:
        raise impossible("config(resource_type=)", resource_type, "a type is written like AWS::S3::Bucket")
    moment = to_milliseconds(time)
    invoking: JsonObject = {"messageType": message_type, "notificationCreationTime": moment, "recordVersion": "1.3"}
    item: JsonObject = {
        "resourceType": resource_type,
        "resourceId": resource_id,
        "configurationItemStatus": status,
        "awsAccountId": account,
        "awsRegion": region,
        "configurationItemCaptureTime": moment,
    }
    if message_type == "ScheduledNotification":
        invoking["awsAccountId"] = account
    elif message_type == "ConfigurationItemChangeNotification":
        more: JsonObject = {"configuration": dict(configuration or {}), "tags": {}, "relationships": []}
        invoking |= {"configurationItem": {**item, **more}, "configurationItemDiff": None}
    else:
        invoking["configurationItemSummary"] = {**item, "changeType": "UPDATE"}
    rule_id = f"config-rule-{Ids(rule).hex(6)}"
    return {
        "version": "1.0",
        "invokingEvent": json_of(invoking),
        "ruleParameters": json_of(dict(parameters)) if parameters else "",
        "resultToken": "not-a-real-token",
        "eventLeftScope": left_scope,
        "executionRoleArn": arn("iam", "role/config", "", account, partition_region=region),
        "configRuleArn": arn("config", f"config-rule/{rule_id}", region, account),
        "configRuleName": rule,
        "configRuleId": rule_id,
        "accountId": account,
        "evaluationMode": evaluation_mode,
    }
