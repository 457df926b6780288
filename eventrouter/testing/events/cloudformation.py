"""Requests for custom resources of AWS CloudFormation."""

from __future__ import annotations

from typing import Literal

from ._made import ACCOUNT, REGION, Ids, Payload, arn, check_one_of, domain_of, impossible, plain_object

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...types import JsonObject


def cloudformation(
    resource_type: str = "Custom::Thing",
    *,
    request_type: Literal["Create", "Update", "Delete"] = "Create",
    properties: Payload = None,
    old_properties: Payload = None,
    physical_resource_id: str | None = None,
    logical_resource_id: str = "Thing",
    stack: str = "shop",
    function: str = "function",
    request_id: str | None = None,
    region: str = REGION,
    account: str = ACCOUNT,
    ids: Ids | None = None,
) -> JsonObject:
    """A stack creates, updates or deletes a custom resource; what answers it goes to a presigned URL.

    Args:
        resource_type: ``Custom::Name``, or ``AWS::CloudFormation::CustomResource``.
        request_type: What the stack does.
        properties: Of the resource, an object; CloudFormation writes numbers and truth values as text.
        old_properties: Those before an update.
        physical_resource_id: Of a resource that exists; default: ``thing-1``.
        logical_resource_id: Its name in the template.
        stack: The stack's name.
        function: The function's name.
        request_id: Default: made of ``ids``.
        region: Of the stack.
        account: Of the stack.
        ids: Default: made of what the event carries.

    Raises:
        ImpossibleEventError: CloudFormation sends no such request.

    Reference:
        https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-requests.html
    """
    check_one_of("cloudformation(request_type=)", request_type, ("Create", "Update", "Delete"))
    if not resource_type.startswith("Custom::") and resource_type != "AWS::CloudFormation::CustomResource":
        raise impossible(
            "cloudformation(resource_type)", resource_type, "it is Custom::Name, or AWS::CloudFormation::CustomResource"
        )
    if request_type == "Create" and physical_resource_id is not None:
        raise impossible("cloudformation(physical_resource_id=)", physical_resource_id, "what is created has none yet")
    if request_type != "Update" and old_properties is not None:
        raise impossible("cloudformation(old_properties=)", request_type, "only an update has them")
    token = arn("lambda", f"function:{function}", region, account)
    given = _as_text(plain_object("cloudformation(properties=)", {} if properties is None else properties))
    ids = ids or Ids.of(resource_type, request_type, given)
    host = f"cloudformation-custom-resource-response-{region.replace('-', '')}.s3.{region}.{domain_of(region)}"
    event: JsonObject = {
        "RequestType": request_type,
        "ServiceToken": token,
        "ResponseURL": f"https://{host}/response?X-Amz-Signature={ids.hex()}",
        "StackId": arn("cloudformation", f"stack/{stack}/{ids.uuid()}", region, account),
        "RequestId": request_id or ids.uuid(),
        "LogicalResourceId": logical_resource_id,
        "ResourceType": resource_type,
        "ResourceProperties": {"ServiceToken": token, **given},
    }
    if request_type != "Create":
        event["PhysicalResourceId"] = physical_resource_id or "thing-1"
    if request_type == "Update":
        old = plain_object("cloudformation(old_properties=)", {} if old_properties is None else old_properties)
        event["OldResourceProperties"] = {"ServiceToken": token, **_as_text(old)}
    return event


def _as_text(value: JsonObject) -> JsonObject:
    return {name: _text(each) for name, each in value.items()}


def _text(value: object) -> object:
    """A property as CloudFormation hands it on: everything that is no object and no list is text."""
    if isinstance(value, dict):
        return _as_text(value)
    if isinstance(value, list):
        return [_text(each) for each in value]
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if value is None or isinstance(value, str) else str(value)
