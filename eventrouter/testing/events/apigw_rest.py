"""Requests through an API Gateway REST API, and through an HTTP API with payload 1.0."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, Unpack
from urllib.parse import unquote

from ._http import RequestFields, Sent, all_values, check_stage, clf_time, last_values, parameters_of
from ._made import ACCOUNT, REGION, domain_of, impossible, milliseconds
from .identity import Identity, as_strings, check_kind

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...types import JsonObject

_IDENTITY = (
    "accessKey", "accountId", "caller", "cognitoAuthenticationProvider", "cognitoAuthenticationType", "cognitoIdentityId",
    "cognitoIdentityPoolId", "principalOrgId", "sourceIp", "user", "userAgent", "userArn",
)  # fmt: skip
#: API Gateway takes 10 MB, and hands Lambda at most what Lambda takes.
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")


def apigw_rest(
    method: str = "GET",
    path: str = "/",
    *,
    identity: Identity | None = None,
    resource: str = "/{proxy+}",
    stage: str = "prod",
    base_path: str = "",
    stage_variables: Mapping[str, str] | None = None,
    domain_name: str | None = None,
    api_id: str = "k3x9w1qz7b",
    payload: Literal["rest", "1.0"] = "rest",
    region: str = REGION,
    account: str = ACCOUNT,
    **fields: Unpack[RequestFields],
) -> JsonObject:
    """A request through a REST API, which delivers the path as the client encoded it, and the query decoded.

    Args:
        method: Of any case.
        path: As a client writes it, without stage and base path.
        identity: :func:`cognito_user_pool`, :func:`iam` or :func:`lambda_authorizer`; default: the method has no authorizer.
        resource: The one that takes it, whose parameters are told; ``/`` has none.
        stage: Its name.
        base_path: Of a custom domain's mapping: ``/shop``. It stands in front of the path.
        stage_variables: Of the stage.
        domain_name: A custom one; default: the API's own.
        api_id: The first part of the API's own.
        payload: ``"1.0"``: an HTTP API whose integration has that version, and which decodes the path.
        region: Of the API.
        account: Of the API.
        fields: Of the request.

    Raises:
        ImpossibleEventError: There is no such request.

    Reference:
        https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
    """
    check_stage("apigw_rest", stage)
    if method.upper() not in _METHODS:
        raise impossible("apigw_rest(method)", method, f"it is one of {', '.join(_METHODS)}")
    if base_path and (not base_path.startswith("/") or base_path.endswith("/") or not domain_name):
        raise impossible("apigw_rest(base_path=)", base_path, "it is written like /shop, and belongs to a domain_name=")
    domain = domain_name or f"{api_id}.execute-api.{region}.{domain_of(region)}"
    sent = Sent("apigw_rest", method, path, domain, fields)
    is_http_api = payload == "1.0"
    shown = unquote(sent.path) if is_http_api else sent.path
    template = "/" if resource == "/{proxy+}" and shown == "/" else resource
    parameters = parameters_of("apigw_rest", template, shown)
    whole = f"{base_path}{shown}" if domain_name else f"/{stage}{shown}"
    query = sent.pairs()
    body, is_base64 = sent.encode_body("apigw_rest")
    headers = {_titled(name): values for name, values in sent.grouped_headers().items()}
    context: JsonObject = {
        "accountId": account,
        "apiId": api_id,
        "domainName": domain,
        "domainPrefix": domain.partition(".")[0],
        "extendedRequestId": sent.ids.hex(16),
        "httpMethod": sent.method,
        "identity": _identity(sent, identity),
        "path": whole,
        "protocol": "HTTP/1.1",
        "requestId": sent.ids.uuid(),
        "requestTime": clf_time(sent.moment),
        "requestTimeEpoch": milliseconds(sent.moment),
        "resourceId": f"{sent.method} {template}" if is_http_api else sent.ids.hex(6),
        "resourcePath": template,
        "stage": stage,
    }
    if identity is not None and identity.kind != "iam":
        context["authorizer"] = _authorizer(identity)
    return {
        **({"version": "1.0"} if is_http_api else {}),
        "resource": template,
        "path": whole if is_http_api or base_path else shown,
        "httpMethod": sent.method,
        "headers": {name: values[-1] for name, values in headers.items()},
        "multiValueHeaders": headers,
        "queryStringParameters": last_values(query),
        "multiValueQueryStringParameters": all_values(query),
        "pathParameters": parameters,
        "stageVariables": None if stage_variables is None else dict(stage_variables),
        "requestContext": context,
        "body": body,
        "isBase64Encoded": is_base64,
    }


def apigw_rest_test(method: str = "GET", path: str = "/", *, body: str | None = None) -> JsonObject:
    """What the console's Test button of a REST API sends: no headers, and nobody's address.

    Reference:
        https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-test-method.html
    """
    event = apigw_rest(method, path, stage="test-invoke-stage")
    context = event["requestContext"]
    context["identity"] |= {
        "sourceIp": "test-invoke-source-ip",
        "userAgent": "aws-internal/3",
        "apiKey": "test-invoke-api-key",
        "accountId": ACCOUNT,
    }
    context |= {"domainName": "testPrefix.testDomainName", "domainPrefix": "testPrefix", "path": event["path"]}
    return {**event, "headers": None, "multiValueHeaders": None, "body": body}


def _identity(sent: Sent, identity: Identity | None) -> JsonObject:
    """Who a REST API knows the caller to be; all keys are there, most of them null."""
    known: JsonObject = dict.fromkeys(_IDENTITY)
    known |= {"sourceIp": sent.source_ip, "userAgent": sent.header("user-agent")}
    if identity is not None:
        check_kind("apigw_rest", identity, "cognito", "iam", "lambda")
        if identity.kind == "iam":
            values = identity.values
            known |= {name: values[name] for name in ("accessKey", "accountId", "principalOrgId", "userArn")}
            known |= {"caller": values["callerId"], "user": values["userId"]}
    return known


def _authorizer(identity: Identity) -> JsonObject:
    if identity.kind == "cognito":
        return {"claims": as_strings(identity.values)}
    if any(isinstance(value, dict | list) for value in identity.values.values()):
        raise impossible(
            "apigw_rest(identity=)",
            "a context with objects or lists",
            "a REST API hands on text, numbers and truth values",
        )
    return {"principalId": identity.principal, "integrationLatency": 12, **as_strings(identity.values)}


def _titled(name: str) -> str:
    return _TITLED.get(name) or "-".join(part.capitalize() for part in name.split("-"))


_TITLED = {"x-amzn-trace-id": "X-Amzn-Trace-Id", "host": "Host", "accept": "Accept"}
