"""schemathesis sends what the document allows, and what it does not, to the app in a process under the emulator."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable, Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from eventrouter.testing import events
from eventrouter.testing._emulated import EmulatedFunction, emulated
from tests.openapi.shop import app

# Not negative_data_rejection: pydantic takes "1" and True for an integer, as FastAPI does.
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
OPERATIONS = [
    (path, method, mode)
    for path, item in app.openapi()["paths"].items()
    for method, operation in item.items()
    for mode in GenerationMode
    # What takes nothing cannot be sent anything wrong.
    if mode is GenerationMode.POSITIVE or "parameters" in operation or "requestBody" in operation
]


class FunctionUrl:
    """A function URL in front of an emulated function, as a WSGI app."""

    def __init__(self, function: EmulatedFunction) -> None:
        self._function = function

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
        answer = self._function.invoke(_event(environ)).payload
        document = json.loads(answer)
        reason = HTTPStatus(document["statusCode"]).phrase
        start_response(f"{document['statusCode']} {reason}", list(document.get("headers", {}).items()))
        body = document.get("body", "")
        return [base64.b64decode(body) if document.get("isBase64Encoded") else body.encode()]


def _event(environ: dict[str, Any]) -> Any:
    path = environ["REQUEST_URI"].partition("?")[0]
    headers = {key[5:].replace("_", "-").lower(): value for key, value in environ.items() if key.startswith("HTTP_")}
    if environ.get("CONTENT_TYPE"):
        headers["content-type"] = environ["CONTENT_TYPE"]
    event: Any = events.function_url(environ["REQUEST_METHOD"], "/")
    event["rawPath"] = event["requestContext"]["http"]["path"] = path
    event["rawQueryString"] = environ["QUERY_STRING"]
    cookie = headers.pop("cookie", "")
    event["headers"] |= headers
    event["cookies"] = [each for each in cookie.split("; ") if each]
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    event["body"], event["isBase64Encoded"] = base64.b64encode(body).decode(), True
    return event


@pytest.fixture(scope="module")
def url() -> Iterator[FunctionUrl]:

    root = Path(__file__).parents[2]
    with emulated("tests.openapi.shop:app", cwd=root) as function:
        yield FunctionUrl(function)


@pytest.mark.parametrize(("path", "method", "mode"), OPERATIONS)
def test_an_operation_answers_what_its_document_says(
    path: str, method: str, mode: GenerationMode, url: FunctionUrl
) -> None:
    schema = schemathesis.openapi.from_dict(app.openapi())
    schema.app = url
    tried: list[int] = []

    @settings(max_examples=25, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(schema[path][method].as_strategy(generation_mode=mode))
    def holds(case: Case[Any]) -> None:
        tried.append(case.call_and_validate(checks=CHECKS).status_code)

    holds()

    assert tried
