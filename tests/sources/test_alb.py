"""Application Load Balancer."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any, cast

import pytest
from pydantic import TypeAdapter

from eventrouter import _log
from eventrouter._sniff import sniff
from eventrouter.models.alb import AlbEvent
from eventrouter.response import BufferedResponse, Prelude
from eventrouter.source import HttpShape
from eventrouter.sources._http import write
from eventrouter.sources.alb import SOURCE, client, is_health_check, line

EVENTS = Path(__file__).parent / "events"
SHAPE = cast(HttpShape, SOURCE.http)


def event(variant: str = "") -> Any:
    return json.loads((EVENTS / f"alb{variant}.json").read_text())


@pytest.mark.parametrize("variant", ["", "-multi-value", "-health-check"])
def test_requests_of_every_mode_are_told(variant: str) -> None:
    assert sniff(event(variant)) is SOURCE


def test_the_path_is_as_the_client_encoded_it() -> None:
    assert not SHAPE.path_is_decoded
    assert line(event()) == ("GET", "/orders/blue%20mug")
    assert line({**event(), "path": ""}) == ("GET", "/")
    assert SHAPE.method(event("-multi-value")) == "POST"


def test_the_query_is_decoded_here_and_nowhere_before() -> None:
    assert SHAPE.query(event()) == [("note", "two mugs please"), ("page", "2")]
    assert SHAPE.query(event("-multi-value")) == [("tag", "a+b"), ("tag", "c"), ("empty", "")]


def test_repeated_headers_are_kept() -> None:
    accepted = [value for name, value in SHAPE.headers(event("-multi-value")) if name == "accept"]

    assert accepted == ["text/html", "application/json"]
    assert SHAPE.cookies(event("-multi-value")) == SHAPE.cookies(event()) == [("sid", "s-4711"), ("theme", "dark")]
    assert SHAPE.body(event("-multi-value")) == b"\0\1\2\3"


@pytest.mark.parametrize(
    ("forwarded", "expected"),
    [
        ("203.0.113.200, 198.51.100.17", "198.51.100.17"),
        ("198.51.100.17:51123", "198.51.100.17"),
        ("2001:db8::17", "2001:db8::17"),
        ("evil, [2001:db8::17]:51123", "2001:db8::17"),
        ("", None),
        ("[]:1", None),
        (":1", None),
    ],
)
def test_the_client_is_the_last_hop_alone(forwarded: str, expected: str | None) -> None:
    assert client({"headers": {"X-Forwarded-For": forwarded}}) == expected


def test_the_last_of_several_forwarded_headers_counts() -> None:
    assert client(event("-multi-value")) == "198.51.100.17"
    assert client({"headers": {}}) is None


def test_a_health_check_is_told_from_a_client_that_pretends() -> None:
    assert is_health_check(event("-health-check"))
    several = {
        **event("-health-check"),
        "headers": None,
        "multiValueHeaders": {"User-Agent": ["ELB-HealthChecker/2.0"]},
    }
    assert is_health_check(several)

    pretends = event()
    pretends["headers"]["user-agent"] = "ELB-HealthChecker/2.0"
    assert not is_health_check(pretends)
    del pretends["headers"]["host"]
    assert not is_health_check(pretends)
    assert not is_health_check(event())


def answer(variant: str, cookies: list[str]) -> Any:
    return write(BufferedResponse("a", Prelude(200, [("vary", "a"), ("vary", "b")], cookies)), SOURCE, event(variant))


@pytest.fixture(autouse=True)
def nothing_said_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_log, "_said", set())


def test_an_answer_uses_the_map_that_the_request_used() -> None:
    assert answer("", ["a=1"]) == {
        "statusCode": 200,
        "statusDescription": "200 OK",
        "headers": {"vary": "a, b", "set-cookie": "a=1"},
        "body": "a",
        "isBase64Encoded": False,
    }
    assert answer("-multi-value", ["a=1", "b=2"]) == {
        "statusCode": 200,
        "statusDescription": "200 OK",
        "multiValueHeaders": {"vary": ["a", "b"], "set-cookie": ["a=1", "b=2"]},
        "body": "a",
        "isBase64Encoded": False,
    }


def test_cookies_that_cannot_be_sent_are_told_once_by_name(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "eventrouter"):
        written = [answer("", ["sid=s-4711", "csrf=c-1"]) for _ in range(2)]

    assert [each["headers"]["set-cookie"] for each in written] == ["sid=s-4711", "sid=s-4711"]
    assert len(caplog.records) == 1
    assert "'csrf'" in caplog.text and "c-1" not in caplog.text and "multi-value headers" in caplog.text


def test_an_answer_has_at_most_a_megabyte() -> None:
    assert SOURCE.max_response == 1_000_000


@pytest.mark.parametrize("variant", ["", "-multi-value", "-health-check"])
def test_every_request_has_a_typed_model(variant: str) -> None:
    adapter = TypeAdapter(AlbEvent)
    adapter.rebuild()

    model = adapter.validate_python(event(variant))

    assert model.requestContext.elb.targetGroupArn == event(variant)["requestContext"]["elb"]["targetGroupArn"]
    assert bool(model.multiValueHeaders) == (variant == "-multi-value")
