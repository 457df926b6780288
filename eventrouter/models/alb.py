"""Application Load Balancer requests, typed: Powertools' model, tolerant.

Powertools has no multi-value headers, and asks for plain ones.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html
"""

from __future__ import annotations

from typing import Annotated, Generic

from aws_lambda_powertools.utilities.parser.models.alb import AlbModel, AlbRequestContext, AlbRequestContextData
from pydantic import ConfigDict, Field
from typing_extensions import TypeVar

from ._fields import JsonText, Raw
from ._http import HttpBody, MultiValues, SingleValues

Body = TypeVar("Body", default=str)

_TOLERANT = ConfigDict(extra="allow", defer_build=True)


class AlbTargetGroup(AlbRequestContextData):
    """The target group that the function is in."""

    model_config = _TOLERANT

    targetGroupArn: str | None = None  # type: ignore[assignment]


class AlbContext(AlbRequestContext):
    """The request around the event."""

    model_config = _TOLERANT

    elb: AlbTargetGroup


class AlbEvent(Raw, HttpBody, AlbModel, Generic[Body]):
    """One request. Names and values of the query are as the client encoded them.

    ``body`` is JSON of ``Body``, or the text as sent where that is ``str``. With multi-value headers ``headers`` and
    ``queryStringParameters`` are empty, and without them the two others.
    """

    model_config = _TOLERANT

    headers: SingleValues = Field(default_factory=dict)
    multiValueHeaders: MultiValues = Field(default_factory=dict)
    queryStringParameters: SingleValues = Field(default_factory=dict)
    multiValueQueryStringParameters: MultiValues = Field(default_factory=dict)
    requestContext: AlbContext
    body: Annotated[Body, JsonText] | None = None  # type: ignore[assignment]
    isBase64Encoded: bool | None = None  # type: ignore[assignment]
