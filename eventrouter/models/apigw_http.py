"""API Gateway HTTP API requests (payload 2.0), typed: Powertools' model, tolerant.

Powertools asks for every part of a real request and for one of seven methods, and turns addresses into networks.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Generic

from aws_lambda_powertools.utilities.parser.models.apigwv2 import (
    APIGatewayProxyEventV2Model,
    RequestContextV2,
    RequestContextV2Authorizer,
    RequestContextV2AuthorizerIam,
    RequestContextV2AuthorizerJwt,
    RequestContextV2Http,
)
from pydantic import ConfigDict, Field, field_validator
from typing_extensions import TypeVar

from ._fields import JsonText, Raw
from ._http import HttpBody, SingleValues

Body = TypeVar("Body", default=str)

TOLERANT = ConfigDict(extra="allow", defer_build=True, populate_by_name=True)


class HttpIam(RequestContextV2AuthorizerIam):
    """The IAM identity of a signed request."""

    model_config = TOLERANT

    cognitoIdentity: dict[str, Any] | None = None  # type: ignore[assignment]


class HttpJwt(RequestContextV2AuthorizerJwt):
    """The claims of a JSON web token."""

    model_config = TOLERANT

    claims: dict[str, Any] | None = None  # type: ignore[assignment]


class HttpAuthorizer(RequestContextV2Authorizer):
    """What the authorizer found out: ``jwt``, ``iam``, or ``lambda_value``, the context of a Lambda authorizer."""

    model_config = TOLERANT

    jwt: HttpJwt | None = None
    iam: HttpIam | None = None


class HttpMethod(RequestContextV2Http):
    """Method, path and caller."""

    model_config = TOLERANT

    method: str  # type: ignore[assignment]
    path: str | None = None  # type: ignore[assignment]
    protocol: str | None = None  # type: ignore[assignment]
    sourceIp: str | None = None  # type: ignore[assignment]
    userAgent: str | None = None  # type: ignore[assignment]

    @field_validator("sourceIp", mode="before")
    @classmethod
    def _validate_source_ip(cls, value: Any) -> Any:
        """Take what local emulators send too; it is no address."""
        return value


class HttpRequestContext(RequestContextV2):
    """The request around the event."""

    model_config = TOLERANT

    accountId: str | None = None  # type: ignore[assignment]
    apiId: str | None = None  # type: ignore[assignment]
    authorizer: HttpAuthorizer | None = None
    authentication: dict[str, Any] | None = None
    domainName: str | None = None  # type: ignore[assignment]
    domainPrefix: str | None = None  # type: ignore[assignment]
    requestId: str | None = None  # type: ignore[assignment]
    routeKey: str | None = None  # type: ignore[assignment]
    stage: str | None = None  # type: ignore[assignment]
    time: str | None = None  # type: ignore[assignment]
    timeEpoch: datetime | None = None  # type: ignore[assignment]
    http: HttpMethod


class ApiGatewayProxyEventV2(Raw, HttpBody, APIGatewayProxyEventV2Model, Generic[Body]):
    """One request. ``body`` is JSON of ``Body``, or the text as sent where that is ``str``."""

    model_config = TOLERANT

    version: str | None = None  # type: ignore[assignment]
    routeKey: str | None = None  # type: ignore[assignment]
    rawPath: str | None = None  # type: ignore[assignment]
    rawQueryString: str | None = ""  # type: ignore[assignment]
    headers: SingleValues = Field(default_factory=dict)
    requestContext: HttpRequestContext
    body: Annotated[Body, JsonText] | None = None  # type: ignore[assignment]
