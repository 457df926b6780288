"""Hosts, sizes, headers, tags and times."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, strategies as st

import eventrouter.middleware
from eventrouter import App, Deny, RegistrationError, Response
from eventrouter.middleware import CORS, Compress, ETag, RequestSizeLimit, SecurityHeaders, ServerTiming, TrustedHosts
from eventrouter.testing import TestClient, events

TRIGGERS = ["function_url", "apigw_http", "apigw_rest", "alb", "vpc_lattice_v1", "vpc_lattice_v2"]

LAYERS = [
    TrustedHosts(["a.example"]), RequestSizeLimit(0), SecurityHeaders(), ETag(), ServerTiming(), Compress(), CORS(),
]  # fmt: skip


def client(layer: Any, content: Any = "home", *, app: dict[str, Any] | None = None, **answer: Any) -> TestClient:
    made = App(**(app or {}))
    made.middleware(layer)
    made.route("/", methods=["GET", "POST"])(lambda: Response(content, **answer) if answer else content)
    return TestClient(made)


@pytest.mark.parametrize("layer", LAYERS)
def test_events_that_are_no_requests_pass(layer: Any) -> None:
    app = App()
    app.middleware(layer)
    app.sqs("orders")(lambda: None)
    app.direct()(lambda: "value")
    app.authorizer()(lambda: Deny())

    assert TestClient(app).sqs("orders", "1").failed == []
    assert TestClient(app).direct({}).value == "value"
    assert TestClient(app).send(events.apigw_authorizer_token()).value["policyDocument"]


def test_a_name_that_is_none_of_them_is_told() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'Cors'"):
        eventrouter.middleware.Cors  # noqa: B018 - it is asked for


# ---------------------------------------------------------------------------------------------------------------- hosts


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("api.example.com", 200),
        ("API.example.com:443", 200),
        ("a.b.example.org", 200),
        ("example.org", 400),
        ("evilexample.org", 400),
        ("api.example.com.evil.org", 400),
        ("api.example.com@evil.org", 400),
        ("[::1]:80", 400),
        ("", 400),
    ],
)
def test_only_trusted_hosts_are_answered(host: str, status: int) -> None:
    test = client(TrustedHosts(["api.example.com", "*.example.org"]))

    first, second = (test.get("/", headers={"host": host}) for _ in range(2))

    assert (first.status_code, second.status_code) == (status, status)


@pytest.mark.parametrize("as_", TRIGGERS)
def test_a_host_is_known_through_every_trigger(as_: Any) -> None:
    test = client(TrustedHosts(["api.example.com"]))

    assert test.get("/", headers={"host": "api.example.com"}, as_=as_).status_code == 200
    refused = test.get("/", headers={"host": "evil.org"}, as_=as_)
    assert (refused.status_code, refused.json()["code"]) == (400, "host")


def test_a_load_balancers_health_check_passes() -> None:
    answer = client(TrustedHosts(["api.example.com"])).send(events.alb_health_check("/"))

    assert answer.status_code == 200


def test_what_is_remembered_of_hosts_is_bounded() -> None:
    layer = TrustedHosts(["*.example.com"])
    test = client(layer)

    for number in range(300):
        assert test.get("/", headers={"host": f"h{number}.example.com"}).status_code == 200

    assert len(layer._trusted) == 256


@pytest.mark.parametrize(
    ("hosts", "words"),
    [
        ("a.example", r'takes a list: write \["a.example"\]'),
        ([], "would refuse every request"),
        ([""], "not an empty text"),
        (["https://a.example"], "without scheme and port"),
    ],
)
def test_hosts_that_are_none_are_refused(hosts: Any, words: str) -> None:
    with pytest.raises(RegistrationError, match=words):
        TrustedHosts(hosts)


# ---------------------------------------------------------------------------------------------------------------- sizes


@given(st.binary(max_size=40), st.integers(0, 40), st.sampled_from(TRIGGERS))
def test_a_body_is_refused_from_one_byte_too_many_on(body: bytes, limit: int, as_: Any) -> None:
    answer = client(RequestSizeLimit(limit)).post("/", content=body, as_=as_)

    assert answer.status_code == (413 if len(body) > limit else 200)


@given(st.text(max_size=20), st.integers(0, 40))
def test_text_is_counted_in_bytes(body: str, limit: int) -> None:
    event = events.function_url("POST", "/", content=body.encode("utf-8", "replace"))
    event["body"], event["isBase64Encoded"] = body, False

    answer = client(RequestSizeLimit(limit)).send(event)

    assert answer.status_code == (413 if len(body.encode("utf-8", "surrogatepass")) > limit else 200)


def test_what_is_too_large_is_never_decoded() -> None:
    event = events.function_url("POST", "/", content=b"x")
    event["body"], event["isBase64Encoded"] = "!" * 100, True

    assert client(RequestSizeLimit(10)).send(event).json() == {
        "detail": "The body has more than 10 bytes",
        "code": "too_large",
    }


@pytest.mark.parametrize("limit", [-1, "1", 1.5, True])
def test_a_limit_that_is_none_is_refused(limit: Any) -> None:
    with pytest.raises(RegistrationError, match="a whole number of bytes"):
        RequestSizeLimit(limit)


def test_base64_is_counted_as_what_it_holds() -> None:
    event = events.vpc_lattice_v1("POST", "/", content=b"x")
    event["body"], event["is_base64_encoded"] = base64.b64encode(b"x" * 10).decode(), True

    assert client(RequestSizeLimit(10)).send(event).status_code == 200


# -------------------------------------------------------------------------------------------------------------- headers


def test_answers_have_the_usual_headers() -> None:
    headers = client(SecurityHeaders()).get("/").headers

    assert headers["strict-transport-security"] == "max-age=63072000; includeSubDomains"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "strict-origin-when-cross-origin"
    assert headers["cross-origin-opener-policy"] == "same-origin"


def test_headers_may_be_others_more_or_none() -> None:
    layer = SecurityHeaders(hsts=None, content_security_policy="default-src 'none'", more={"X-Team": "shop"})

    headers = client(layer).get("/").headers

    assert "strict-transport-security" not in headers
    assert headers["content-security-policy"] == "default-src 'none'"
    assert headers["x-team"] == "shop"


def test_a_header_of_the_handlers_wins() -> None:
    headers = client(SecurityHeaders(), headers={"X-Frame-Options": "SAMEORIGIN"}).get("/").headers

    assert headers["x-frame-options"] == "SAMEORIGIN"
    assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("more", [{"a b": "1"}, {"": "1"}, {"x-a": "1\r\nset-cookie: b=1"}, {"x-a": "é"}])
def test_headers_that_cannot_be_are_refused(more: dict[str, str]) -> None:
    with pytest.raises(RegistrationError, match="no name for a header|the text of a header"):
        SecurityHeaders(more=more)


# ----------------------------------------------------------------------------------------------------------------- tags


@pytest.mark.parametrize("as_", TRIGGERS)
def test_what_a_client_has_is_not_sent_again(as_: Any) -> None:
    test = client(ETag(), headers={"cache-control": "max-age=60"})
    first = test.get("/", as_=as_)

    again = test.get("/", headers={"if-none-match": f'"other", W/{first.headers["etag"]}'}, as_=as_)

    assert (first.status_code, first.text) == (200, "home")
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert again.headers["cache-control"] == "max-age=60"
    assert "content-type" not in again.headers


def test_other_bytes_have_another_tag() -> None:
    tags = {client(ETag(), content).get("/").headers["etag"] for content in ("a", b"b", "ä", b"\xff")}

    assert len(tags) == 4
    assert all(re.fullmatch('"[0-9a-f]{32}"', tag) for tag in tags)


def test_head_and_get_have_one_tag() -> None:
    test = client(ETag())

    assert test.head("/").headers["etag"] == test.get("/").headers["etag"]


def test_a_tag_of_the_handlers_is_used() -> None:
    test = client(ETag(), headers={"ETag": 'W/"v1"'})

    assert test.get("/", headers={"if-none-match": '"v1"'}).status_code == 304
    assert test.get("/", headers={"if-none-match": '"v2"'}).headers["etag"] == 'W/"v1"'
    assert test.get("/", headers={"if-none-match": "*"}).status_code == 304


MONDAY, TUESDAY = "Mon, 23 Nov 2026 10:00:00 GMT", "Tue, 24 Nov 2026 10:00:00 GMT"


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"if-modified-since": MONDAY}, 304),
        ({"if-modified-since": TUESDAY}, 304),
        ({"if-modified-since": "Sun, 22 Nov 2026 10:00:00 GMT"}, 200),
        ({"if-modified-since": "yesterday"}, 200),
        ({}, 200),
        ({"if-modified-since": "Mon, 23 Nov 2026 10:00:00"}, 200),
        ({"if-modified-since": TUESDAY, "if-none-match": '"other"'}, 200),
    ],
)
def test_what_has_not_changed_is_not_sent_again(sent: dict[str, str], status: int) -> None:
    test = client(ETag(), headers={"Last-Modified": MONDAY})

    assert test.get("/", headers=sent).status_code == status


def test_a_date_without_one_to_compare_it_with_says_nothing() -> None:
    assert client(ETag()).get("/", headers={"if-modified-since": MONDAY}).status_code == 200


@pytest.mark.parametrize(
    ("content", "answer"),
    [("x", {"status_code": 201}), ("x", {"headers": {"Cache-Control": "no-store"}}), ("", {}), (None, {})],
)
def test_what_is_not_to_be_kept_has_no_tag(content: Any, answer: Any) -> None:
    assert "etag" not in client(ETag(), content, **(answer or {"status_code": 200})).get("/").headers


def test_other_methods_have_no_tag() -> None:
    assert "etag" not in client(ETag()).post("/").headers


def test_a_stream_has_no_tag() -> None:
    def lines() -> Iterator[str]:
        yield "a"

    test = client(ETag(), app={"response_stream": {"function_url"}})
    test.app.get("/lines")(lines)

    assert "etag" not in test.get("/lines").headers


# ---------------------------------------------------------------------------------------------------------------- times


def test_an_answer_says_how_long_it_took() -> None:
    headers = client(ServerTiming("shop"), headers={"Server-Timing": "db;dur=2"}).get("/", as_="apigw_rest").headers

    assert re.fullmatch(r"db;dur=2, ?shop;dur=\d+\.\d", headers["server-timing"])


@pytest.mark.parametrize("name", ["", "a b", "a;b", "ä"])
def test_a_name_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(RegistrationError, match="letters, digits"):
        ServerTiming(name)
