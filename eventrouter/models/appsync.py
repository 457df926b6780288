"""AppSync events, typed: Powertools' models, tolerant and with typed arguments or payloads.

Powertools' models ask for ``request``, ``info`` and ``stash``, which batches, templates and Amplify leave out, and take
no payload but an object.

https://docs.aws.amazon.com/appsync/latest/devguide/resolver-context-reference.html
https://docs.aws.amazon.com/appsync/latest/devguide/security-authz.html#aws-lambda-authorization
https://docs.aws.amazon.com/appsync/latest/eventapi/direct-lambda-integrations.html
"""

from __future__ import annotations

from typing import Any, Generic

from aws_lambda_powertools.utilities.parser.models.appsync import (
    AppSyncIdentity,
    AppSyncInfoModel,
    AppSyncPrevModel,
    AppSyncRequestModel,
    AppSyncResolverEventModel,
)
from aws_lambda_powertools.utilities.parser.models.appsync_events import (
    AppSyncEventsEventModel,
    AppSyncEventsInfoChannelModel,
    AppSyncEventsInfoChannelNamespaceModel,
    AppSyncEventsInfoModel,
    AppSyncEventsModel,
)
from pydantic import ConfigDict, Field, RootModel
from typing_extensions import TypeVar

from ._fields import Model, Raw

Arguments = TypeVar("Arguments", default=dict[str, Any])
Payload = TypeVar("Payload", default=Any)

_TOLERANT = ConfigDict(extra="allow", defer_build=True)


class AppSyncRequest(AppSyncRequestModel):
    """The request's headers."""

    model_config = _TOLERANT

    headers: dict[str, str] | None = None  # type: ignore[assignment]


class AppSyncInfo(AppSyncInfoModel):
    """Which field is asked for, and what of it."""

    model_config = _TOLERANT

    selectionSetList: list[str] = Field(default_factory=list)
    selectionSetGraphQL: str = ""
    parentTypeName: str = ""
    variables: dict[str, Any] | None = None  # type: ignore[assignment]


class AppSyncPrev(AppSyncPrevModel):
    """What the function before this one in a pipeline returned."""

    model_config = _TOLERANT

    result: Any = None


class AppSyncEvent(Raw, AppSyncResolverEventModel, Generic[Arguments]):
    """One field to resolve. ``arguments`` are validated as ``Arguments``."""

    model_config = _TOLERANT

    arguments: Arguments  # type: ignore[assignment]
    identity: AppSyncIdentity | dict[str, Any] | None = None  # type: ignore[assignment]
    source: Any = None
    request: AppSyncRequest | None = None  # type: ignore[assignment]
    info: AppSyncInfo | None = None  # type: ignore[assignment]
    prev: AppSyncPrev | None = None
    stash: dict[str, Any] | None = None  # type: ignore[assignment]
    #: Amplify's function resolvers send these two in place of ``info``.
    typeName: str | None = None
    fieldName: str | None = None

    @property
    def type_name(self) -> str:
        """The GraphQL type that has the field."""
        return self.info.parentTypeName if self.info else self.typeName or ""

    @property
    def field_name(self) -> str:
        """The field to resolve."""
        return self.info.fieldName if self.info else self.fieldName or ""


class AppSyncBatchEvent(RootModel[list[AppSyncEvent]]):
    """A BatchInvoke: the same field for several parents."""

    model_config = ConfigDict(defer_build=True)


#: Whatever a resolver is invoked with.
AnyAppSyncEvent = AppSyncEvent | AppSyncBatchEvent


class AppSyncAuthorizerRequestContext(Model):
    """What the caller wants to do: a GraphQL operation, or one on a channel of an Event API."""

    apiId: str
    accountId: str | None = None
    requestId: str | None = None
    queryString: str | None = None
    operationName: str | None = None
    variables: dict[str, Any] | None = None
    #: Event APIs: ``EVENT_CONNECT``, ``EVENT_PUBLISH`` or ``EVENT_SUBSCRIBE``.
    operation: str | None = None
    channelNamespaceName: str | None = None
    channel: str | None = None


class AppSyncAuthorizerEvent(Raw, Model):
    """A token to decide on, for a GraphQL or an Event API."""

    authorizationToken: str
    requestContext: AppSyncAuthorizerRequestContext
    requestHeaders: dict[str, Any] | None = None


class AppSyncChannel(AppSyncEventsInfoChannelModel):
    """The channel, as a path and its segments."""

    model_config = _TOLERANT

    segments: list[str] = Field(default_factory=list)


class AppSyncChannelNamespace(AppSyncEventsInfoChannelNamespaceModel):
    """The namespace that the channel is in."""

    model_config = _TOLERANT


class AppSyncEventsInfo(AppSyncEventsInfoModel):
    """What happens, and on which channel."""

    model_config = _TOLERANT

    channel: AppSyncChannel
    channelNamespace: AppSyncChannelNamespace


class AppSyncPublished(AppSyncEventsEventModel, Generic[Payload]):
    """One published event."""

    model_config = _TOLERANT

    payload: Payload  # type: ignore[assignment]


class AppSyncEventsEvent(Raw, AppSyncEventsModel, Generic[Payload]):
    """A publish or a subscribe on a channel.

    A handler is called once per published event, and ``events`` then holds that one.
    """

    model_config = _TOLERANT

    identity: AppSyncIdentity | dict[str, Any] | None = None  # type: ignore[assignment]
    request: AppSyncRequest | None = None  # type: ignore[assignment]
    info: AppSyncEventsInfo
    prev: Any = None
    outErrors: list[Any] | None = None
    events: list[AppSyncPublished[Payload]] | None = None  # type: ignore[assignment]

    @property
    def channel(self) -> str:
        """The channel's path."""
        return self.info.channel.path
