"""API Gateway REST API, and HTTP API with payload 1.0, whose requests have the same shape.

Event and reply: https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
Payload 1.0: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

from __future__ import annotations

from ..source import HttpShape, Source
from ._http import grouped
from ._http_request import (
    SECRET_PATHS,
    body,
    cookies,
    headers,
    is_authorizer,
    pairs,
    paste,
    query,
    request_keys,
    source_ip,
    without_stage,
)
from ._read import text_at

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..types import JsonObject, JsonValue

#: API Gateway waits this long for an integration of a REST API, unless the account's quota was raised.
CALLER_LIMIT = 29.0
#: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html
MAX_HEADERS = 10_240


def detect(event: JsonValue) -> bool:
    """A method with a path or resource, in the event or, where the event is abridged, in its context."""
    if type(event) is not dict:
        return False
    context = event.get("requestContext")
    if type(context) is not dict or is_authorizer(event):
        return False
    # A load balancer, a WebSocket, payload 2.0 and a Lambda destination have a request context too.
    if type(context.get("elb")) is dict or type(context.get("http")) is dict:
        return False
    if type(context.get("connectionId")) is str or type(context.get("functionArn")) is str:
        return False
    if type(event.get("httpMethod")) is not str and type(context.get("httpMethod")) is not str:
        return False
    return (
        type(event.get("path")) is str
        or type(event.get("resource")) is str
        or type(context.get("path")) is str
        or type(context.get("resourcePath")) is str
    )


def line(event: JsonObject) -> tuple[str, str]:
    """Method and path; the path without the stage, the base path of a custom domain left in front.

    An HTTP API has decoded the path and a REST API has not. What is decoded once is written so that decoding gives it
    again, so that both are the same to a router.
    """
    context = event["requestContext"]
    path = event.get("path")
    full = context.get("path")
    is_http_api = event.get("version") == "1.0"
    if type(path) is not str:
        path = full if type(full) is str else _filled(event, context)
    stage = context.get("stage")
    # A REST API's path has the stage in it only where a custom domain's mapping names none: nothing is cut off then, and
    # both paths are equal. An HTTP API always leaves the name of a stage in.
    if (is_http_api or path == full) and stage != "$default" and type(stage) is str and stage:
        path = without_stage(path, stage, _template(event, context), event.get("pathParameters"))
    if is_http_api and "%" in path:
        path = path.replace("%", "%25")
    return method(event), path or "/"


def full_path(event: JsonObject) -> str:
    """The path with the stage or whatever else stands in front of it in the URL; ``""`` where the event does not say."""
    full = event["requestContext"].get("path")
    if type(full) is not str:
        full = text_at(event, "path")
    return full.replace("%", "%25") if event.get("version") == "1.0" else full


def _template(event: JsonObject, context: JsonObject) -> str:
    return text_at(event, "resource") or text_at(context, "resourcePath")


def _filled(event: JsonObject, context: JsonObject) -> str:
    """The path of an abridged event: its resource, with the parameters in their places."""
    resource = _template(event, context)
    if "{" not in resource:
        return resource
    from urllib.parse import quote

    for name, value in pairs(event.get("pathParameters")):
        resource = resource.replace(f"{{{name}}}", quote(value, safe="", errors="replace"))
        resource = resource.replace(f"{{{name}+}}", quote(value, errors="replace"))
    return resource


def method(event: JsonObject) -> str:
    found = event.get("httpMethod")
    if type(found) is not str:
        found = event["requestContext"]["httpMethod"]
    return found.upper()


def write(
    status: int, headers: list[tuple[str, str]], cookies: list[str], text: str, is_base64: bool, event: JsonValue
) -> JsonValue:
    # One map only: a name in ``headers`` and ``multiValueHeaders`` would be sent twice.
    return {
        "statusCode": status,
        "multiValueHeaders": grouped(headers, cookies),
        "body": text,
        "isBase64Encoded": is_base64,
    }


SOURCE = Source(
    "apigw_rest",
    detect=detect,
    anchors=("httpMethod", "requestContext"),
    keys=request_keys(line),
    types={
        "eventrouter.models.apigw_rest:ApiGatewayProxyEvent": "event",
        "aws_lambda_powertools.utilities.parser.models.apigw:APIGatewayProxyEventModel": "event",
        "aws_lambda_powertools.utilities.data_classes.api_gateway_proxy_event:APIGatewayProxyEvent": "event",
    },
    evidence=("version", "httpMethod", "resource", "requestContext.httpMethod", "requestContext.resourcePath"),
    model="eventrouter.models.apigw_rest:ApiGatewayProxyEvent",
    offer="path, query and header parameters, a model of the body, Request, ApiGatewayProxyEvent",
    caller_limit=CALLER_LIMIT,
    secret_paths=SECRET_PATHS,
    http=HttpShape(
        line=line,
        method=method,
        path_is_decoded=False,
        query=query,
        headers=headers,
        cookies=cookies,
        body=body,
        client=source_ip,
        write=write,
        max_headers=MAX_HEADERS,
        full_path=full_path,
    ),
    paste=paste,
)
