"""Lambda authorizer of a REST API, TOKEN kind: one header decides.

Event: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-input.html
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
    # An HTTP API's payload 1.0 carries a token too: only ``type`` tells.
    return (
        type(event) is dict
        and event.get("type") == "TOKEN"
        and type(event.get("authorizationToken")) is str
        and type(event.get("methodArn")) is str
    )


def reply(outcome: Outcome) -> JsonValue:
    value = only_result(outcome)
    return iam("a TOKEN authorizer", value, text_at(outcome.records[0], "methodArn"))


SOURCE = Source(
    "apigw_authorizer_token",
    detect=detect,
    anchors=("methodArn",),
    keys=keys,
    order=("api", "stage"),
    types={
        "eventrouter.models.apigw_authorizer:TokenAuthorizerEvent": "event",
        "aws_lambda_powertools.utilities.parser.models.apigw:ApiGatewayAuthorizerToken": "event",
        f"{DATA_CLASSES}:APIGatewayAuthorizerTokenEvent": "event",
    },
    evidence=("type",),
    model="eventrouter.models.apigw_authorizer:TokenAuthorizerEvent",
    offer="TokenAuthorizerEvent",
    reply=reply,
    caller_limit=CALLER_LIMIT,
    secret_paths=SECRET_PATHS,
    paste=paste,
)
