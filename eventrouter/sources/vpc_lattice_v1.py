"""Amazon VPC Lattice, event structure V1.

Event and reply: https://docs.aws.amazon.com/vpc-lattice/latest/ug/lambda-functions.html
"""

from __future__ import annotations

from ..source import HttpShape, Source
from ._http_request import body_bytes, cookies, headers, is_authorizer, paste, request_keys
from ._lattice import client, method, query_of, query_string_of, split, write

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..types import JsonObject, JsonValue


def detect(event: JsonValue) -> bool:
    return (
        type(event) is dict
        and type(event.get("raw_path")) is str
        and type(event.get("method")) is str
        and type(event.get("headers")) is dict
        and type(event.get("requestContext")) is not dict
        and not is_authorizer(event)
    )


def line(event: JsonObject) -> tuple[str, str]:
    return method(event), split(event["raw_path"])[0]


def query(event: JsonObject) -> list[tuple[str, str]]:
    return query_of(event, event["raw_path"])


def query_string(event: JsonObject) -> str:
    return query_string_of(event, event["raw_path"])


def body(event: JsonObject) -> bytes:
    return body_bytes(event.get("body"), event.get("is_base64_encoded") is True)


SOURCE = Source(
    "vpc_lattice_v1",
    detect=detect,
    anchors=("raw_path",),
    keys=request_keys(line),
    types={
        "eventrouter.models.vpc_lattice:VpcLatticeEvent": "event",
        "aws_lambda_powertools.utilities.parser.models.vpc_lattice:VpcLatticeModel": "event",
        "aws_lambda_powertools.utilities.data_classes.vpc_lattice:VPCLatticeEvent": "event",
    },
    evidence=("method",),
    model="eventrouter.models.vpc_lattice:VpcLatticeEvent",
    offer="path, query and header parameters, a model of the body, Request, VpcLatticeEvent",
    secret_paths=("headers", "query_string_parameters", "body"),
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
