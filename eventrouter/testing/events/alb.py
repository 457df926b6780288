"""Requests through an Application Load Balancer."""

from __future__ import annotations

import base64
from typing import Unpack

from ..._json import dump
from ._http import RequestFields, Sent, all_values
from ._made import ACCOUNT, REGION, Ids, arn
from .identity import Identity, check_kind

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...types import JsonObject

#: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html
MAX_BODY = 1024 * 1024


def alb(
    method: str = "GET",
    path: str = "/",
    *,
    identity: Identity | None = None,
    multi_value: bool = False,
    domain_name: str = "shop.example.org",
    target_group: str = "functions",
    region: str = REGION,
    account: str = ACCOUNT,
    **fields: Unpack[RequestFields],
) -> JsonObject:
    """A request through a load balancer, which delivers path and query as the client encoded them.

    Args:
        method: Of any case.
        path: As a client writes it.
        identity: :func:`oidc`, where a rule of the listener signs users in.
        multi_value: The target group has multi-value headers enabled; without them the last of several values is told.
        domain_name: Of the Host header.
        target_group: Its name.
        region: Of the load balancer.
        account: Of the load balancer.
        fields: Of the request.

    Raises:
        ImpossibleEventError: There is no such request.

    Reference:
        https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html
    """
    sent = Sent("alb", method, path, domain_name, fields)
    if identity is not None:
        check_kind("alb", identity, "oidc")
        sent.headers += _signed_in(identity)
    group = arn("elasticloadbalancing", f"targetgroup/{target_group}/{sent.ids.hex(16)}", region, account)
    body, is_base64 = sent.encode_body("alb", max_bytes=MAX_BODY)
    headers, query = sent.grouped_headers(), sent.pairs(decoded=False)
    event: JsonObject = {
        "requestContext": {"elb": {"targetGroupArn": group}},
        "httpMethod": sent.method,
        "path": sent.path,
    }
    if multi_value:
        event |= {"multiValueQueryStringParameters": all_values(query) or {}, "multiValueHeaders": headers}
    else:
        event |= {
            "queryStringParameters": dict(query),
            "headers": {name: values[-1] for name, values in headers.items()},
        }
    return {**event, "body": body or "", "isBase64Encoded": is_base64}


def alb_health_check(path: str = "/", *, multi_value: bool = False, target_group: str = "functions") -> JsonObject:
    """What a load balancer asks by itself, without Host and without an address.

    Reference:
        https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html#enable-health-checks-lambda
    """
    event = alb("GET", path, multi_value=multi_value, target_group=target_group, ids=Ids.of(path))
    key, value = (
        ("multiValueHeaders", ["ELB-HealthChecker/2.0"]) if multi_value else ("headers", "ELB-HealthChecker/2.0")
    )
    return {**event, key: {"user-agent": value}}


def _signed_in(identity: Identity) -> list[tuple[str, str]]:
    parts = ({"typ": "JWT", "alg": "ES256", "signer": "load balancer"}, identity.values)
    token = ".".join(base64.urlsafe_b64encode(dump(part).encode()).decode() for part in parts)
    return [
        ("x-amzn-oidc-accesstoken", "access-token"),
        ("x-amzn-oidc-data", f"{token}.signature"),
        ("x-amzn-oidc-identity", str(identity.values.get("sub", ""))),
    ]
