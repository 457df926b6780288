"""API Gateway HTTP API, payload 2.0. (Payload 1.0 has the shape of a REST API's request and is ``apigw_rest``.)

Event and reply: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

from __future__ import annotations

from ..source import HttpShape, Source
from ._http_request import (
    SECRET_PATHS,
    body,
    cookies,
    headers,
    paste,
    raw_query,
    raw_query_string,
    request_keys,
    without_stage,
)
from ._http_v2 import client, domain_of, line as delivered, method, write
from ._read import text_at

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..types import JsonObject, JsonValue

#: API Gateway waits no longer for an integration of an HTTP API.
CALLER_LIMIT = 30.0
#: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
MAX_HEADERS = 10_240


def detect(event: JsonValue) -> bool:
    domain = domain_of(event)
    return domain is not None and ".lambda-url." not in domain


def line(event: JsonObject) -> tuple[str, str]:
    """Method and path, the path without the stage.

    With a custom domain and a route ``$default`` nothing says whether a segment in front that has the stage's name is the
    stage: it is taken for it, since that is how API Gateway writes paths.
    """
    verb, found = delivered(event)
    context = event["requestContext"]
    stage = context.get("stage")
    # The default stage is not in the path.
    if stage != "$default" and type(stage) is str and stage and found.startswith("/" + stage):
        route = text_at(event, "routeKey") or text_at(context, "routeKey")
        found = without_stage(found, stage, route.partition(" ")[2], event.get("pathParameters"))
    return verb, found


def full_path(event: JsonObject) -> str:
    """The path with the stage, as it was delivered."""
    return delivered(event)[1]


SOURCE = Source(
    "apigw_http",
    detect=detect,
    anchors=("rawPath", "requestContext"),
    keys=request_keys(line),
    types={
        "eventrouter.models.apigw_http:ApiGatewayProxyEventV2": "event",
        "aws_lambda_powertools.utilities.parser.models.apigwv2:APIGatewayProxyEventV2Model": "event",
        "aws_lambda_powertools.utilities.data_classes.api_gateway_proxy_event:APIGatewayProxyEventV2": "event",
    },
    evidence=("version", "requestContext.http.method", "requestContext.domainName"),
    model="eventrouter.models.apigw_http:ApiGatewayProxyEventV2",
    offer="path, query and header parameters, a model of the body, Request, ApiGatewayProxyEventV2",
    caller_limit=CALLER_LIMIT,
    secret_paths=SECRET_PATHS,
    http=HttpShape(
        line=line,
        method=method,
        path_is_decoded=True,
        query=raw_query,
        headers=headers,
        cookies=cookies,
        body=body,
        client=client,
        write=write,
        full_path=full_path,
        query_string=raw_query_string,
        has_lower_names=True,
        max_headers=MAX_HEADERS,
    ),
    paste=paste,
)
