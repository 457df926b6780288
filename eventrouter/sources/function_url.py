"""Lambda function URL: payload 2.0 of HTTP APIs, with a domain of Lambda's own and the path as the client encoded it.

Event and reply: https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html
"""

from __future__ import annotations

from ..source import HttpShape, Source
from ._http_request import SECRET_PATHS, body, cookies, headers, paste, raw_query, raw_query_string, request_keys
from ._http_v2 import client, domain_of, line, method, write

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..types import JsonValue


def detect(event: JsonValue) -> bool:
    domain = domain_of(event)
    return domain is not None and ".lambda-url." in domain


SOURCE = Source(
    "function_url",
    detect=detect,
    anchors=("rawPath", "requestContext"),
    keys=request_keys(line),
    types={
        "eventrouter.models.function_url:FunctionUrlEvent": "event",
        "aws_lambda_powertools.utilities.parser.models.lambda_function_url:LambdaFunctionUrlModel": "event",
        "aws_lambda_powertools.utilities.data_classes.lambda_function_url_event:LambdaFunctionUrlEvent": "event",
    },
    evidence=("version", "requestContext.http.method", "requestContext.domainName"),
    model="eventrouter.models.function_url:FunctionUrlEvent",
    offer="path, query and header parameters, a model of the body, Request, FunctionUrlEvent",
    secret_paths=SECRET_PATHS,
    http=HttpShape(
        line=line,
        method=method,
        path_is_decoded=False,
        query=raw_query,
        headers=headers,
        cookies=cookies,
        body=body,
        client=client,
        write=write,
        query_string=raw_query_string,
        has_lower_names=True,
    ),
    paste=paste,
)
