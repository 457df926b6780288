"""API Gateway's Lambda authorizer events, typed: Powertools' models, tolerant.

REQUEST events come from REST, WebSocket and HTTP APIs, each with other parts left out; Powertools' model asks for all
of a REST request's, with an address that parses and one of seven methods.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-input.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from aws_lambda_powertools.utilities.parser.models.apigw import (
    ApiGatewayAuthorizerRequest,
    ApiGatewayAuthorizerToken,
    APIGatewayEventIdentity,
    APIGatewayEventRequestContext,
)
from aws_lambda_powertools.utilities.parser.models.apigwv2 import (
    ApiGatewayAuthorizerRequestV2,
    RequestContextV2,
    RequestContextV2Http,
)
from pydantic import ConfigDict, Field, field_validator, model_validator

from ._fields import Raw

_TOLERANT = ConfigDict(extra="allow", defer_build=True)


class TokenAuthorizerEvent(Raw, ApiGatewayAuthorizerToken):
    """One header to decide on, in ``authorizationToken``."""

    model_config = _TOLERANT


class AuthorizerIdentity(APIGatewayEventIdentity):
    """Who calls, as far as API Gateway can tell."""

    model_config = _TOLERANT

    sourceIp: str | None = None  # type: ignore[assignment]
    clientCert: dict[str, Any] | None = None  # type: ignore[assignment]

    @field_validator("sourceIp", mode="before")
    @classmethod
    def _validate_source_ip(cls, value: Any) -> Any:
        """Take what the console's test button sends too; it is no address."""
        return value


class AuthorizerRequestContext(APIGatewayEventRequestContext):
    """The request around the decision; a WebSocket connection has other parts than a REST request."""

    model_config = _TOLERANT

    accountId: str | None = None  # type: ignore[assignment]
    apiId: str | None = None  # type: ignore[assignment]
    authorizer: dict[str, Any] | None = None  # type: ignore[assignment]
    stage: str | None = None  # type: ignore[assignment]
    protocol: str | None = None  # type: ignore[assignment]
    identity: AuthorizerIdentity | None = None  # type: ignore[assignment]
    requestId: str | None = None  # type: ignore[assignment]
    requestTime: str | None = None  # type: ignore[assignment]
    requestTimeEpoch: datetime | None = None  # type: ignore[assignment]
    resourcePath: str | None = None  # type: ignore[assignment]
    httpMethod: str | None = None  # type: ignore[assignment]
    path: str | None = None  # type: ignore[assignment]
    eventType: str | None = None  # type: ignore[assignment]

    @model_validator(mode="before")
    @classmethod
    def check_message_id(cls, values: Any) -> Any:
        """Leave a context that is no object to pydantic: Powertools' check asks it for its keys."""
        return values


class RequestAuthorizerEvent(Raw, ApiGatewayAuthorizerRequest):
    """A request to decide on, of a REST, WebSocket or HTTP API (payload 1.0)."""

    model_config = _TOLERANT

    resource: str | None = None  # type: ignore[assignment]
    path: str | None = None  # type: ignore[assignment]
    httpMethod: str | None = None  # type: ignore[assignment]
    headers: dict[str, str] | None = None  # type: ignore[assignment]
    multiValueHeaders: dict[str, list[str]] | None = None  # type: ignore[assignment]
    requestContext: AuthorizerRequestContext
    #: The values of the identity sources, joined; payload 1.0 of HTTP APIs only.
    identitySource: str | None = None
    authorizationToken: str | None = None


class HttpAuthorizerHttp(RequestContextV2Http):
    """Method, path and caller."""

    model_config = _TOLERANT

    method: str  # type: ignore[assignment]
    path: str | None = None  # type: ignore[assignment]
    protocol: str | None = None  # type: ignore[assignment]
    sourceIp: str | None = None  # type: ignore[assignment]
    userAgent: str | None = None  # type: ignore[assignment]

    @field_validator("sourceIp", mode="before")
    @classmethod
    def _validate_source_ip(cls, value: Any) -> Any:
        """Take what AWS's own samples and local emulators send too; it is no address."""
        return value


class HttpAuthorizerRequestContext(RequestContextV2):
    """The request around the decision."""

    model_config = _TOLERANT

    accountId: str | None = None  # type: ignore[assignment]
    apiId: str | None = None  # type: ignore[assignment]
    authentication: dict[str, Any] | None = None
    domainName: str | None = None  # type: ignore[assignment]
    domainPrefix: str | None = None  # type: ignore[assignment]
    requestId: str | None = None  # type: ignore[assignment]
    routeKey: str | None = None  # type: ignore[assignment]
    stage: str | None = None  # type: ignore[assignment]
    time: str | None = None  # type: ignore[assignment]
    timeEpoch: datetime | None = None  # type: ignore[assignment]
    http: HttpAuthorizerHttp


class HttpAuthorizerEvent(Raw, ApiGatewayAuthorizerRequestV2):
    """A request to an HTTP API to decide on, payload 2.0."""

    model_config = _TOLERANT

    routeKey: str | None = None  # type: ignore[assignment]
    rawPath: str | None = None  # type: ignore[assignment]
    rawQueryString: str = ""
    headers: dict[str, str] = Field(default_factory=dict)
    requestContext: HttpAuthorizerRequestContext
