"""Amazon VPC Lattice, event structure V2.

Event and reply: https://docs.aws.amazon.com/vpc-lattice/latest/ug/lambda-functions.html
"""

from __future__ import annotations

from ..source import HttpShape, Source
from ._http_request import SECRET_PATHS, body, cookies, headers, is_authorizer, paste, request_keys
from ._lattice import client, method, query_of, query_string_of, split, write

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..types import JsonObject, JsonValue


def detect(event: JsonValue) -> bool:
    if type(event) is not dict or type(event.get("method")) is not str or type(event.get("path")) is not str:
        return False
    context = event.get("requestContext")
    return (
        type(context) is dict
        and (type(context.get("targetGroupArn")) is str or type(context.get("serviceArn")) is str)
        and type(event.get("httpMethod")) is not str
        and type(context.get("http")) is not dict
        and not is_authorizer(event)
    )


def line(event: JsonObject) -> tuple[str, str]:
    return method(event), split(event["path"])[0]


def query(event: JsonObject) -> list[tuple[str, str]]:
    return query_of(event, event["path"])


def query_string(event: JsonObject) -> str:
    return query_string_of(event, event["path"])


SOURCE = Source(
    "vpc_lattice_v2",
    detect=detect,
    anchors=("method",),
    keys=request_keys(line),
    types={
        "eventrouter.models.vpc_lattice:VpcLatticeV2Event": "event",
        "aws_lambda_powertools.utilities.parser.models.vpc_latticev2:VpcLatticeV2Model": "event",
        "aws_lambda_powertools.utilities.data_classes.vpc_lattice:VPCLatticeEventV2": "event",
    },
    evidence=("version", "method", "requestContext.targetGroupArn"),
    model="eventrouter.models.vpc_lattice:VpcLatticeV2Event",
    offer="path, query and header parameters, a model of the body, Request, VpcLatticeV2Event",
    secret_paths=(*SECRET_PATHS, "query_string_parameters"),
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
        query_string=query_string,
    ),
    paste=paste,
)
