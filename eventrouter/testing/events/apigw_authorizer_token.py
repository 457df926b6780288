"""Requests that an API Gateway Lambda authorizer of the token type decides about."""

from __future__ import annotations

from ._made import ACCOUNT, REGION, arn, check_length

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...types import JsonObject


def apigw_authorizer_token(
    method: str = "GET",
    path: str = "/",
    *,
    token: str = "Bearer token",
    api: str = "k3x9w1qz7b",
    stage: str = "prod",
    region: str = REGION,
    account: str = ACCOUNT,
) -> JsonObject:
    """A REST API asks whether a request may go on.

    Args:
        method: Of the request.
        path: Of the request, as a client writes it, without the stage.
        token: What the header that is the token source holds.
        api: The API's id.
        stage: Its name.
        region: Of the API.
        account: Of the API.

    Raises:
        ImpossibleEventError: API Gateway answers 401 by itself where there is no token.

    Reference:
        https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-input.html
    """
    check_length("apigw_authorizer_token(token=)", token, 1, 10_240)
    return {
        "type": "TOKEN",
        "authorizationToken": token,
        "methodArn": arn("execute-api", f"{api}/{stage}/{method.upper()}{path}", region, account),
    }
