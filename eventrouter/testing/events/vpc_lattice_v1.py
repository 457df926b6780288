"""Requests through Amazon VPC Lattice, event structure V1."""

from __future__ import annotations

from typing import Unpack

from ._http import RequestFields, Sent
from ._made import REGION

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...types import JsonObject


def vpc_lattice_v1(
    method: str = "GET",
    path: str = "/",
    *,
    domain_name: str | None = None,
    region: str = REGION,
    **fields: Unpack[RequestFields],
) -> JsonObject:
    """A request through a VPC Lattice service whose target group has version V1 of the event structure.

    Args:
        method: Of any case.
        path: As a client writes it.
        domain_name: Of the Host header; default: one of Lattice's.
        region: Of the service.
        fields: Of the request.

    Raises:
        ImpossibleEventError: There is no such request.

    Reference:
        https://docs.aws.amazon.com/vpc-lattice/latest/ug/lambda-functions.html
    """
    domain = domain_name or f"shop-0a1b2c3d4e.7d67968.vpc-lattice-svcs.{region}.on.aws"
    sent = Sent("vpc_lattice_v1", method, path, domain, fields)
    body, is_base64 = sent.encode_body("vpc_lattice_v1")
    return {
        "raw_path": sent.path,
        "method": sent.method,
        "headers": {name: ",".join(values) for name, values in sent.grouped_headers().items()},
        "query_string_parameters": dict(sent.pairs()),
        "body": body or "",
        "is_base64_encoded": is_base64,
    }
