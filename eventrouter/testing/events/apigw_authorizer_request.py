"""Requests that an API Gateway Lambda authorizer of the request type decides about: REST, WebSocket, HTTP API payload 1.0."""

from __future__ import annotations

from typing import Any, Literal, Unpack

from ._http import RequestFields
from ._made import ACCOUNT, REGION, arn, check_one_of
from .apigw_rest import apigw_rest
from .websocket import websocket

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...types import JsonObject


def apigw_authorizer_request(
    method: str = "GET",
    path: str = "/",
    *,
    of: Literal["rest", "http", "websocket"] = "rest",
    resource: str = "/{proxy+}",
    api: str = "k3x9w1qz7b",
    stage: str = "prod",
    region: str = REGION,
    account: str = ACCOUNT,
    **fields: Unpack[RequestFields],
) -> JsonObject:
    """An API asks whether a request, or a connection, may go on.

    Args:
        method: Of the request; a connection has none.
        path: Of the request, as a client writes it, without the stage.
        of: ``"rest"``: a REST API; ``"http"``: an HTTP API with payload format 1.0; ``"websocket"``: ``$connect``.
        resource: The one that takes the request.
        api: The API's id.
        stage: Its name.
        region: Of the API.
        account: Of the API.
        fields: Of the request; its body is never there.

    Raises:
        ImpossibleEventError: There is no such request.

    Reference:
        https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-input.html
    """
    check_one_of("apigw_authorizer_request(of=)", of, ("rest", "http", "websocket"))
    given: dict[str, Any] = {**fields}
    if of == "websocket":
        event = websocket("$connect", api_id=api, stage=stage, region=region, **given)
        del event["isBase64Encoded"]
        return {
            "type": "REQUEST",
            "methodArn": arn("execute-api", f"{api}/{stage}/$connect", region, account),
            **event,
            "stageVariables": {},
        }
    whole = apigw_rest(
        method,
        path,
        resource=resource,
        api_id=api,
        stage=stage,
        region=region,
        account=account,
        payload="1.0" if of == "http" else "rest",
        **given,
    )
    del whole["body"], whole["isBase64Encoded"]
    asked: JsonObject = {
        "type": "REQUEST",
        "methodArn": arn(
            "execute-api", f"{api}/{stage}/{whole['httpMethod']}{path.partition('?')[0]}", region, account
        ),
    }
    if of == "http":
        token = whole["headers"].get("Authorization", "")
        asked |= {"identitySource": token, "authorizationToken": token}
    for name in ("pathParameters", "stageVariables", "queryStringParameters", "multiValueQueryStringParameters"):
        whole[name] = whole[name] or {}
    return {**whole, **asked}
