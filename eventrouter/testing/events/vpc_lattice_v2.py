"""Requests through Amazon VPC Lattice, event structure V2."""

from __future__ import annotations

from typing import Unpack

from ._http import RequestFields, Sent, all_values
from ._made import ACCOUNT, REGION, arn, milliseconds
from .identity import Identity, check_kind

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...types import JsonObject


def vpc_lattice_v2(
    method: str = "GET",
    path: str = "/",
    *,
    identity: Identity | None = None,
    domain_name: str | None = None,
    region: str = REGION,
    account: str = ACCOUNT,
    **fields: Unpack[RequestFields],
) -> JsonObject:
    """A request through a VPC Lattice service whose target group has version V2 of the event structure.

    Args:
        method: Of any case.
        path: As a client writes it.
        identity: :func:`iam`, where the service's auth type is AWS_IAM.
        domain_name: Of the Host header; default: one of Lattice's.
        region: Of the service.
        account: Of the service.
        fields: Of the request.

    Raises:
        ImpossibleEventError: There is no such request.

    Reference:
        https://docs.aws.amazon.com/vpc-lattice/latest/ug/lambda-functions.html
    """
    domain = domain_name or f"shop-0a1b2c3d4e.7d67968.vpc-lattice-svcs.{region}.on.aws"
    sent = Sent("vpc_lattice_v2", method, path, domain, fields)
    caller: JsonObject = {"sourceVpcArn": arn("ec2", f"vpc/vpc-{sent.ids.hex(17)}", region, account)}
    if identity is not None:
        check_kind("vpc_lattice_v2", identity, "iam")
        session = str(identity.values["userId"]).rpartition(":")[2]
        caller |= {"type": "AWS_IAM", "principal": identity.values["userArn"], "sessionName": session}
        if identity.values["principalOrgId"] is not None:
            caller["principalOrgID"] = identity.values["principalOrgId"]
    body, is_base64 = sent.encode_body("vpc_lattice_v2")
    return {
        "version": "2.0",
        "path": sent.path,
        "method": sent.method,
        "headers": sent.grouped_headers(),
        "queryStringParameters": all_values(sent.pairs()) or {},
        "body": body or "",
        "isBase64Encoded": is_base64,
        "requestContext": {
            "serviceNetworkArn": arn("vpc-lattice", f"servicenetwork/sn-{sent.ids.hex(17)}", region, account),
            "serviceArn": arn("vpc-lattice", f"service/svc-{sent.ids.hex(17)}", region, account),
            "targetGroupArn": arn("vpc-lattice", f"targetgroup/tg-{sent.ids.hex(17)}", region, account),
            "identity": caller,
            "region": region,
            "timeEpoch": f"{milliseconds(sent.moment)}000",
        },
    }
