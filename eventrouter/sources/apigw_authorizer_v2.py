"""Lambda authorizer of an HTTP API with payload 2.0.

Looks like a request, and must never reach an HTTP handler: ``type`` and ``routeArn`` say that it is none.

Event and reply: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html
"""

from __future__ import annotations

from ..errors import ReplyError
from ..source import Source
from ._answer import only_result
from ._authorizer import CALLER_LIMIT, DATA_CLASSES, SECRET_PATHS, authorizer, iam, keys, simple
from ._read import pasted, text_at

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..source import Outcome
    from ..types import JsonValue

__all__ = ["SOURCE", "authorizer", "detect", "keys", "reply"]

TRIGGER = "an HTTP API authorizer"


def detect(event: JsonValue) -> bool:
    return (
        type(event) is dict
        and event.get("type") == "REQUEST"
        and type(event.get("routeArn")) is str
        and event.get("version") == "2.0"
        and type(event.get("requestContext")) is dict
    )


def reply(outcome: Outcome) -> JsonValue:
    value = only_result(outcome)
    match outcome.bind.get("response"):
        case "simple":
            return simple(TRIGGER, value)
        case "iam":
            return iam(TRIGGER, value, text_at(outcome.records[0], "routeArn"), nested_context=True)
    # The form is a setting of the API (EnableSimpleResponses). A guess would be a 500 for every request, or worse.
    raise ReplyError(
        f"{TRIGGER} with payload 2.0 wants a simple or an IAM answer, and only the API's settings say which: "
        'write @app.authorizer(response="simple") or response="iam"'
    )


SOURCE = Source(
    "apigw_authorizer_v2",
    detect=detect,
    anchors=("routeArn",),
    keys=keys,
    order=("api", "stage"),
    types={
        "eventrouter.models.apigw_authorizer:HttpAuthorizerEvent": "event",
        "aws_lambda_powertools.utilities.parser.models.apigwv2:ApiGatewayAuthorizerRequestV2": "event",
        f"{DATA_CLASSES}:APIGatewayAuthorizerEventV2": "event",
    },
    evidence=("version", "type"),
    model="eventrouter.models.apigw_authorizer:HttpAuthorizerEvent",
    offer="HttpAuthorizerEvent",
    reply=reply,
    caller_limit=CALLER_LIMIT,
    secret_paths=SECRET_PATHS,
    paste=pasted("authorizer", "api", tail='response="simple"'),
)
