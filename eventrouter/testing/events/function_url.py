"""Requests through a Lambda function URL."""

from __future__ import annotations

from typing import Unpack

from ._http import RequestFields, Sent
from ._http_v2 import payload_2
from ._made import REGION, check_name, partition_of
from .identity import Identity, check_kind

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...types import JsonObject


def function_url(
    method: str = "GET",
    path: str = "/",
    *,
    identity: Identity | None = None,
    url_id: str = "q5xh2rk7vdn3m8wz4c6t9b1jf0aspyeg",
    region: str = REGION,
    **fields: Unpack[RequestFields],
) -> JsonObject:
    """A request through a function URL.

    Args:
        method: Of any case.
        path: As a client writes it, with or without a query; what must be percent-encoded is.
        identity: :func:`iam`, where the URL asks for it; default: anybody.
        url_id: The first part of its domain name.
        region: Of the function.
        fields: Of the request.

    Raises:
        ImpossibleEventError: There is no such request.

    Reference:
        https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html
    """
    if identity is not None:
        check_kind("function_url", identity, "iam")
    check_name("function_url(url_id=)", url_id, high=63)
    domain = f"{url_id}.lambda-url.{region}.{'on.aws' if partition_of(region) == 'aws' else 'on.amazonaws.com.cn'}"
    sent = Sent("function_url", method, path, domain, fields)
    caller = "anonymous" if identity is None else str(identity.values["accountId"])
    authorizer = None if identity is None else {"iam": {**identity.values, "cognitoIdentity": None}}
    return payload_2("function_url", sent, sent.path, domain, caller, authorizer=authorizer)
