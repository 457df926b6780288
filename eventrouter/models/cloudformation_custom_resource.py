"""CloudFormation custom resource requests, typed: Powertools' model for all three kinds, with typed properties.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-requests.html
"""

from __future__ import annotations

from typing import Any, Generic, Literal

from aws_lambda_powertools.utilities.parser.models.cloudformation_custom_resource import (
    CloudFormationCustomResourceBaseModel,
)
from pydantic import ConfigDict, Field
from typing_extensions import TypeVar

from ._fields import Raw

Properties = TypeVar("Properties", default=dict[str, Any])


class CloudFormationEvent(Raw, CloudFormationCustomResourceBaseModel, Generic[Properties]):
    """A request to create, update or delete a resource."""

    model_config = ConfigDict(extra="allow", populate_by_name=True, defer_build=True)

    request_type: Literal["Create", "Update", "Delete"] = Field(alias="RequestType")
    service_token: str = Field("", alias="ServiceToken")
    #: Presigned: whoever has it can answer for this function.
    response_url: str = Field(alias="ResponseURL", repr=False)  # type: ignore[assignment]
    request_id: str = Field("", alias="RequestId")
    resource_type: str = Field("AWS::CloudFormation::CustomResource", alias="ResourceType")
    #: What to update or delete; a Create has none.
    physical_resource_id: str | None = Field(None, alias="PhysicalResourceId")
    #: CloudFormation writes numbers and booleans as strings.
    resource_properties: Properties | None = Field(None, alias="ResourceProperties")  # type: ignore[assignment]
    #: The properties before an Update.
    old_resource_properties: Properties | None = Field(None, alias="OldResourceProperties")
