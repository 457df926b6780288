"""Lambda authorizer, REQUEST kind: of a REST or WebSocket API, and of an HTTP API with payload 1.0.

Looks like a request, and must never reach an HTTP handler: ``type`` and ``methodArn`` say that it is none.

Event: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-input.html
WebSocket: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-lambda-auth.html
Reply: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html
"""

from __future__ import annotations

from ..source import Source
from ._answer import only_result
from ._authorizer import CALLER_LIMIT, DATA_CLASSES, SECRET_PATHS, authorizer, iam, keys, paste
from ._read import text_at

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..source import Outcome
    from ..types import JsonValue

__all__ = ["SOURCE", "authorizer", "detect", "keys", "reply"]


def detect(event: JsonValue) -> bool:
    return (
        type(event) is dict
        and event.get("type") == "REQUEST"
        and type(event.get("methodArn")) is str
        and type(event.get("requestContext")) is dict
    )


def reply(outcome: Outcome) -> JsonValue:
    value = only_result(outcome)
    return iam("a REQUEST authorizer", value, text_at(outcome.records[0], "methodArn"))


SOURCE = Source(
    "apigw_authorizer_request",
    detect=detect,
    anchors=("methodArn",),
    keys=keys,
    order=("api", "stage"),
    types={
        "eventrouter.models.apigw_authorizer:RequestAuthorizerEvent": "event",
        "aws_lambda_powertools.utilities.parser.models.apigw:ApiGatewayAuthorizerRequest": "event",
        f"{DATA_CLASSES}:APIGatewayAuthorizerRequestEvent": "event",
    },
    evidence=("type",),
    model="eventrouter.models.apigw_authorizer:RequestAuthorizerEvent",
    offer="RequestAuthorizerEvent",
    reply=reply,
    caller_limit=CALLER_LIMIT,
    secret_paths=SECRET_PATHS,
    paste=paste,
)
