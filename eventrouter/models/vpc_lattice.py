"""Amazon VPC Lattice requests of both event structures, typed: Powertools' models, tolerant.

Powertools takes one value of a header only, where structure V2 has lists, and a query always.

https://docs.aws.amazon.com/vpc-lattice/latest/ug/lambda-functions.html
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Generic

from aws_lambda_powertools.utilities.parser.models.vpc_lattice import VpcLatticeModel
from aws_lambda_powertools.utilities.parser.models.vpc_latticev2 import (
    VpcLatticeV2Model,
    VpcLatticeV2RequestContext,
    VpcLatticeV2RequestContextIdentity,
)
from pydantic import AliasChoices, BeforeValidator, ConfigDict, Field, field_validator
from typing_extensions import TypeVar

from ._fields import JsonText, Raw
from ._http import HttpBody, SingleValues, empty

Body = TypeVar("Body", default=str)

#: One value, or a list of them.
Several = Annotated[dict[str, str | list[str]], BeforeValidator(empty)]

_TOLERANT = ConfigDict(extra="allow", defer_build=True, populate_by_name=True)


class VpcLatticeEvent(Raw, HttpBody, VpcLatticeModel, Generic[Body]):
    """One request, structure V1. ``body`` is JSON of ``Body``, or the text as sent where that is ``str``."""

    model_config = _TOLERANT

    headers: SingleValues = Field(default_factory=dict)
    query_string_parameters: SingleValues = Field(default_factory=dict)
    body: Annotated[Body, JsonText] | None = None  # type: ignore[assignment]
    is_base64_encoded: bool | None = None  # type: ignore[assignment]


class VpcLatticeIdentity(VpcLatticeV2RequestContextIdentity):
    """Who calls."""

    model_config = _TOLERANT


class VpcLatticeContext(VpcLatticeV2RequestContext):
    """The request around the event; ``time_epoch`` counts microseconds."""

    model_config = _TOLERANT

    service_network_arn: str | None = Field(None, alias="serviceNetworkArn")  # type: ignore[assignment]
    service_arn: str | None = Field(None, alias="serviceArn")  # type: ignore[assignment]
    target_group_arn: str | None = Field(None, alias="targetGroupArn")  # type: ignore[assignment]
    identity: VpcLatticeIdentity | None = None  # type: ignore[assignment]
    region: str | None = None  # type: ignore[assignment]
    time_epoch: float | None = Field(None, alias="timeEpoch")  # type: ignore[assignment]
    time_epoch_as_datetime: datetime | None = Field(None, alias="timeEpoch")  # type: ignore[assignment]

    @field_validator("time_epoch_as_datetime", mode="before")
    @classmethod
    def time_epoch_convert_to_miliseconds(cls, value: Any) -> Any:
        """Take what is no number too, for pydantic to judge: Powertools' conversion would raise an error of its own."""
        if isinstance(value, str) and value.isdecimal():
            value = int(value)
        return value // 1000 if isinstance(value, int) else value


class VpcLatticeV2Event(Raw, HttpBody, VpcLatticeV2Model, Generic[Body]):
    """One request, structure V2. ``body`` is JSON of ``Body``, or the text as sent where that is ``str``."""

    model_config = _TOLERANT

    version: str | None = None  # type: ignore[assignment]
    headers: Several = Field(default_factory=dict)  # type: ignore[assignment]
    query_string_parameters: Several = Field(  # type: ignore[assignment]
        default_factory=dict, validation_alias=AliasChoices("queryStringParameters", "query_string_parameters")
    )
    request_context: VpcLatticeContext = Field(alias="requestContext")
    body: Annotated[Body, JsonText] | None = None  # type: ignore[assignment]
