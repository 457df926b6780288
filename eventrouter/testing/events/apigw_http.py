"""Requests through an API Gateway HTTP API, payload 2.0."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Unpack
from urllib.parse import unquote

from ._http import RequestFields, Sent, check_stage, parameters_of
from ._http_v2 import payload_2
from ._made import ACCOUNT, REGION, domain_of, impossible
from .identity import Identity, as_strings, check_kind

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...types import JsonObject


def apigw_http(
    method: str = "GET",
    path: str = "/",
    *,
    identity: Identity | None = None,
    route_key: str = "$default",
    stage: str = "$default",
    stage_variables: Mapping[str, str] | None = None,
    domain_name: str | None = None,
    api_id: str = "m2n4b6v8c0",
    region: str = REGION,
    account: str = ACCOUNT,
    **fields: Unpack[RequestFields],
) -> JsonObject:
    """A request through an HTTP API, which delivers the path decoded, behind the name of a stage that has one.

    Args:
        method: Of any case.
        path: As a client writes it, without the stage.
        identity: :func:`jwt`, :func:`iam` or :func:`lambda_authorizer`; default: the route has no authorizer.
        route_key: The route that takes it: ``GET /orders/{id}``, whose parameters are then told.
        stage: Its name.
        stage_variables: Of the stage.
        domain_name: A custom one; default: the API's own.
        api_id: The first part of the API's own.
        region: Of the API.
        account: Of the API.
        fields: Of the request.

    Raises:
        ImpossibleEventError: There is no such request.

    Reference:
        https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
    """
    check_stage("apigw_http", stage)
    domain = domain_name or f"{api_id}.execute-api.{region}.{domain_of(region)}"
    sent = Sent("apigw_http", method, path, domain, fields)
    decoded = unquote(sent.path)
    wanted, _, template = route_key.partition(" ")
    if template and wanted not in ("ANY", sent.method):
        raise impossible("apigw_http(route_key=)", route_key, f"that route does not take {sent.method}")
    parameters = parameters_of("apigw_http", template, decoded) if template else None
    event = payload_2(
        "apigw_http",
        sent,
        decoded if stage == "$default" or domain_name else f"/{stage}{decoded}",
        domain,
        account,
        route_key=route_key,
        stage=stage,
        authorizer=None if identity is None else _authorizer(identity),
    )
    if parameters is not None:
        event["pathParameters"] = parameters
    if stage_variables is not None:
        event["stageVariables"] = dict(stage_variables)
    return event


def _authorizer(identity: Identity) -> JsonObject:
    check_kind("apigw_http", identity, "jwt", "iam", "lambda")
    if identity.kind == "jwt":
        return {"jwt": {"claims": as_strings(identity.values), "scopes": identity.scopes}}
    if identity.kind == "iam":
        return {"iam": {**identity.values, "cognitoIdentity": None}}
    return {"lambda": identity.values}
