"""API Gateway WebSocket API events, typed. Powertools has a model for each of the three kinds, none of which takes another's.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-integration-requests.html
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Generic

from pydantic import ConfigDict, Field
from pydantic.alias_generators import to_camel
from typing_extensions import TypeVar

from ._fields import JsonText, Model, Raw
from ._http import HttpBody, MultiValues, SingleValues

Body = TypeVar("Body", default=str)

_CAMEL = ConfigDict(alias_generator=to_camel)


class WebSocketIdentity(Model):
    """Who calls."""

    model_config = _CAMEL

    source_ip: str | None = None
    user_agent: str | None = None


class WebSocketRequestContext(Model):
    """The connection, and what happens on it: ``event_type`` is ``CONNECT``, ``MESSAGE`` or ``DISCONNECT``."""

    model_config = _CAMEL

    connection_id: str
    route_key: str | None = None
    event_type: str | None = None
    message_id: str | None = None
    message_direction: str | None = None
    api_id: str | None = None
    domain_name: str | None = None
    stage: str | None = None
    connected_at: datetime | None = None
    request_id: str | None = None
    extended_request_id: str | None = None
    request_time: str | None = None
    request_time_epoch: datetime | None = None
    identity: WebSocketIdentity | None = None
    authorizer: Any = None
    disconnect_status_code: int | None = None
    disconnect_reason: str | None = None


class WebSocketEvent(Raw, HttpBody, Model, Generic[Body]):
    """A connection, a message or the end of a connection. ``body`` is JSON of ``Body``, or text as sent where that is ``str``.

    Field names are those of Powertools' three models.
    """

    model_config = _CAMEL

    headers: SingleValues = Field(default_factory=dict)
    multi_value_headers: MultiValues = Field(default_factory=dict)
    query_string_parameters: dict[str, str] | None = None
    multi_value_query_string_parameters: dict[str, list[str]] | None = None
    request_context: WebSocketRequestContext
    is_base64_encoded: bool | None = None
    body: Annotated[Body, JsonText] | None = None
