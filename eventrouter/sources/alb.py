"""Application Load Balancer, with or without multi-value headers.

Event, reply and health checks: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html
"""

from __future__ import annotations

from ..source import HttpShape, Source
from ._http import description, grouped, with_one_cookie
from ._http_request import (
    SECRET_PATHS,
    body,
    cookies,
    decoded,
    headers,
    is_authorizer,
    last_hop,
    paste,
    query as encoded_query,
    request_keys,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..types import JsonObject, JsonValue

#: A load balancer takes no larger answer from a function.
MAX_RESPONSE = 1_000_000
#: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html
MAX_HEADERS = 32 * 1024

HEALTH_CHECKER = "ELB-HealthChecker/2.0"


def detect(event: JsonValue) -> bool:
    if type(event) is not dict:
        return False
    context = event.get("requestContext")
    return (
        type(context) is dict
        and type(context.get("elb")) is dict
        and type(event.get("httpMethod")) is str
        and type(event.get("path")) is str
        and not is_authorizer(event)
    )


def is_health_check(event: JsonObject) -> bool:
    """Whether the load balancer asks for itself: no client's request comes without Host and X-Forwarded-For.

    Nothing may be allowed for that reason: only whoever may invoke the function can send it, but an app that trusts the
    name of a user agent is one that trusts its clients.
    """
    found = dict(headers(event))
    return found.get("user-agent") == HEALTH_CHECKER and "host" not in found and "x-forwarded-for" not in found


def line(event: JsonObject) -> tuple[str, str]:
    return event["httpMethod"].upper(), event["path"] or "/"


def method(event: JsonObject) -> str:
    return event["httpMethod"].upper()  # type: ignore[no-any-return]


def query(event: JsonObject) -> list[tuple[str, str]]:
    # The one trigger that hands names and values over as the client encoded them.
    return decoded(encoded_query(event))


def query_string(event: JsonObject) -> str:
    """The query as the client encoded it; repeated names are beside each other, wherever they were."""
    return "&".join(f"{name}={value}" for name, value in encoded_query(event))


def client(event: JsonObject) -> str | None:
    """What the load balancer wrote; what stands before it is whatever the client sent."""
    return last_hop(headers(event))


def write(
    status: int, headers: list[tuple[str, str]], cookies: list[str], text: str, is_base64: bool, event: JsonValue
) -> JsonValue:
    answer = {
        "statusCode": status,
        "statusDescription": description(status),
        "body": text,
        "isBase64Encoded": is_base64,
    }
    # Whichever the target group is set to, it reads only that map of an answer.
    if type(event.get("multiValueHeaders")) is dict:
        answer["multiValueHeaders"] = grouped(headers, cookies)
    else:
        remedy = "enable multi-value headers on the target group"
        answer["headers"] = with_one_cookie("a load balancer", headers, cookies, remedy)
    return answer


SOURCE = Source(
    "alb",
    detect=detect,
    anchors=("httpMethod",),
    keys=request_keys(line),
    types={
        "eventrouter.models.alb:AlbEvent": "event",
        "aws_lambda_powertools.utilities.parser.models.alb:AlbModel": "event",
        "aws_lambda_powertools.utilities.data_classes.alb_event:ALBEvent": "event",
    },
    evidence=("httpMethod", "requestContext.elb.targetGroupArn"),
    model="eventrouter.models.alb:AlbEvent",
    offer="path, query and header parameters, a model of the body, Request, AlbEvent",
    max_response=MAX_RESPONSE,
    secret_paths=SECRET_PATHS,
    http=HttpShape(
        line=line,
        method=method,
        path_is_decoded=False,
        query=query,
        headers=headers,
        cookies=cookies,
        body=body,
        client=client,
        write=write,
        max_headers=MAX_HEADERS,
        query_string=query_string,
    ),
    paste=paste,
)
