"""Requests that a Lambda authorizer of an API Gateway HTTP API decides about, payload format 2.0."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Unpack

from ._http import RequestFields
from ._made import ACCOUNT, REGION, arn
from .apigw_http import apigw_http

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...types import JsonObject


def apigw_authorizer_v2(
    method: str = "GET",
    path: str = "/",
    *,
    identity_source: Sequence[str] = ("Bearer token",),
    route_key: str = "$default",
    api: str = "m2n4b6v8c0",
    stage: str = "$default",
    region: str = REGION,
    account: str = ACCOUNT,
    **fields: Unpack[RequestFields],
) -> JsonObject:
    """An HTTP API asks whether a request may go on.

    Args:
        method: Of the request.
        path: Of the request, as a client writes it, without the stage.
        identity_source: What the authorizer's identity sources hold.
        route_key: The route that takes the request.
        api: The API's id.
        stage: Its name.
        region: Of the API.
        account: Of the API.
        fields: Of the request; its body is never there.

    Raises:
        ImpossibleEventError: There is no such request.

    Reference:
        https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html
    """
    given: dict[str, Any] = {**fields}
    event = apigw_http(
        method, path, route_key=route_key, api_id=api, stage=stage, region=region, account=account, **given
    )
    event.pop("body", None)
    del event["isBase64Encoded"]
    where = (
        route_key if route_key == "$default" else f"{event['requestContext']['http']['method']}{path.partition('?')[0]}"
    )
    return {
        **event,
        "type": "REQUEST",
        "routeArn": arn("execute-api", f"{api}/{stage}/{where}", region, account),
        "identitySource": [*identity_source],
    }
