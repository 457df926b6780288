"""Function URLs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, cast

import pytest
from pydantic import TypeAdapter

from eventrouter._sniff import sniff
from eventrouter.models.function_url import FunctionUrlEvent
from eventrouter.source import HttpShape
from eventrouter.sources.function_url import SOURCE

EVENTS = Path(__file__).parent / "events"
SHAPE = cast(HttpShape, SOURCE.http)


def event(variant: str = "") -> Any:
    return json.loads((EVENTS / f"function_url{variant}.json").read_text())


@pytest.mark.parametrize("variant", ["", "-iam"])
def test_the_domain_tells_a_function_url_from_an_http_api(variant: str) -> None:
    assert sniff(event(variant)) is SOURCE
    other = event(variant)
    other["requestContext"]["domainName"] = "shop.example.org"
    assert sniff(other).name == "apigw_http"
    other["requestContext"]["domainName"] = None
    assert sniff(other).name == "apigw_http"


def test_the_path_is_as_the_client_encoded_it() -> None:
    assert not SHAPE.path_is_decoded
    assert SHAPE.line(event()) == ("POST", "/orders/blue%20mug")


def test_an_event_without_a_path_of_its_own_is_routed_on_its_contexts() -> None:
    record = event("-iam")
    del record["rawPath"]

    assert SHAPE.line(record) == ("PUT", "/upload")
    assert SHAPE.line({**event(), "rawPath": ""}) == ("POST", "/")


def test_a_request_is_read() -> None:
    assert SHAPE.query(event()) == [("tag", "new"), ("tag", "50% off"), ("flag", "")]
    assert SHAPE.cookies(event()) == [("sid", "s-4711"), ("theme", "dark")]
    assert SHAPE.body(event("-iam")) == b"\x89PNG\r\n\x1a\n"
    assert SHAPE.client(event()) == "198.51.100.17"


@pytest.mark.parametrize("variant", ["", "-iam"])
def test_every_request_has_a_typed_model(variant: str) -> None:
    adapter = TypeAdapter(FunctionUrlEvent)
    adapter.rebuild()

    model = adapter.validate_python(event(variant))

    assert model.requestContext.apiId == "q5xh2rk7vdn3m8wz"
    if variant == "-iam":
        assert model.requestContext.authorizer is not None and model.requestContext.authorizer.iam is not None
        assert model.requestContext.authorizer.iam.accountId == "210987654321"
