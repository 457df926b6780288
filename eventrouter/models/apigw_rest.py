"""API Gateway REST API requests, and those of HTTP APIs in payload 1.0, typed: Powertools' model, tolerant.

Powertools drops the context of a custom authorizer, asks for every part of a real request and for one of seven methods,
and turns addresses into networks.

https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Generic

from aws_lambda_powertools.utilities.parser.models.apigw import (
    APIGatewayEventAuthorizer,
    APIGatewayEventIdentity,
    APIGatewayEventRequestContext,
    APIGatewayProxyEventModel,
)
from pydantic import ConfigDict, Field, field_validator, model_validator
from typing_extensions import TypeVar

from ._fields import JsonText, Raw
from ._http import HttpBody, MultiValues, SingleValues

Body = TypeVar("Body", default=str)

_TOLERANT = ConfigDict(extra="allow", defer_build=True)


class RestIdentity(APIGatewayEventIdentity):
    """Who calls, as far as API Gateway can tell."""

    model_config = _TOLERANT

    sourceIp: str | None = None  # type: ignore[assignment]
    clientCert: dict[str, Any] | None = None  # type: ignore[assignment]

    @field_validator("sourceIp", mode="before")
    @classmethod
    def _validate_source_ip(cls, value: Any) -> Any:
        """Take what the console's test button sends too; it is no address."""
        return value


class RestAuthorizer(APIGatewayEventAuthorizer):
    """What the authorizer found out: the claims of Cognito, or whatever a Lambda authorizer put into its context."""

    model_config = _TOLERANT

    claims: Any = None
    scopes: Any = None


class RestRequestContext(APIGatewayEventRequestContext):
    """The request around the event."""

    model_config = _TOLERANT

    accountId: str | None = None  # type: ignore[assignment]
    apiId: str | None = None  # type: ignore[assignment]
    authorizer: RestAuthorizer | None = None
    stage: str | None = None  # type: ignore[assignment]
    protocol: str | None = None  # type: ignore[assignment]
    identity: RestIdentity | None = None  # type: ignore[assignment]
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


class ApiGatewayProxyEvent(Raw, HttpBody, APIGatewayProxyEventModel, Generic[Body]):
    """One request. ``body`` is JSON of ``Body``, or the text as sent where that is ``str``."""

    model_config = _TOLERANT

    resource: str | None = None  # type: ignore[assignment]
    path: str | None = None  # type: ignore[assignment]
    httpMethod: str | None = None  # type: ignore[assignment]
    headers: SingleValues = Field(default_factory=dict)
    multiValueHeaders: MultiValues = Field(default_factory=dict)
    queryStringParameters: dict[str, str] | None = None
    multiValueQueryStringParameters: dict[str, list[str]] | None = None
    requestContext: RestRequestContext
    body: Annotated[Body, JsonText] | None = None  # type: ignore[assignment]

    @field_validator("queryStringParameters", "multiValueQueryStringParameters", mode="before")
    @classmethod
    def _no_query(cls, value: Any) -> Any:
        """Local emulators write ``""`` for no query."""
        return None if value == "" else value
