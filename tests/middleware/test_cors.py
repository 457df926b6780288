"""Cross-origin requests: what Starlette's middleware allows and refuses, on every trigger."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies as st
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from eventrouter import App, RegistrationError, Response
from eventrouter.middleware import CORS
from eventrouter.testing import TestClient

SHOP, OTHER = "https://shop.example.com", "https://other.example.com"
TRIGGERS = ["function_url", "apigw_http", "apigw_rest", "alb", "vpc_lattice_v1", "vpc_lattice_v2"]
ALLOWED = "access-control-allow-origin"


def client(*arguments: Any, **settings: Any) -> TestClient:
    app = App()
    app.middleware(CORS(*arguments, **settings))
    app.get("/")(lambda: "home")
    return TestClient(app)


def preflight(client: TestClient, origin: str, method: str = "GET", headers: str | None = None, **fields: Any) -> Any:
    asked = {"origin": origin, "access-control-request-method": method}
    if headers is not None:
        asked["access-control-request-headers"] = headers
    return client.options("/", headers=asked, **fields)


def test_nothing_is_allowed_unless_an_origin_is_named() -> None:
    answer = client().get("/", headers={"origin": SHOP})

    assert answer.text == "home"
    assert ALLOWED not in answer.headers


@pytest.mark.parametrize("as_", TRIGGERS)
def test_an_allowed_origin_may_read_the_answer(as_: Any) -> None:
    answer = client([SHOP]).get("/", headers={"origin": SHOP}, as_=as_)

    assert answer.headers[ALLOWED] == SHOP
    assert answer.headers["vary"] == "Origin"


@pytest.mark.parametrize("as_", TRIGGERS)
def test_a_preflight_is_answered_in_place_of_the_route(as_: Any) -> None:
    answer = preflight(client([SHOP], allow_headers=["X-Key"]), SHOP, headers="X-Key, Content-Type", as_=as_)

    assert answer.status_code == 204
    assert answer.headers[ALLOWED] == SHOP
    assert answer.headers["access-control-allow-methods"] == "GET, HEAD, POST"
    assert answer.headers["access-control-allow-headers"] == "x-key, content-type"
    assert answer.headers["access-control-max-age"] == "600"


@pytest.mark.parametrize(
    ("origin", "method", "headers", "what"),
    [
        (OTHER, "GET", None, "the origin"),
        (SHOP, "DELETE", None, "the method"),
        (SHOP, "get", None, "the method"),
        (SHOP, "GET", "x-secret", "a header"),
    ],
)
def test_a_preflight_that_is_refused_says_why(origin: str, method: str, headers: str | None, what: str) -> None:
    answer = preflight(client([SHOP]), origin, method, headers)

    assert (answer.status_code, answer.json()["code"]) == (400, "cors")
    assert f"{what} is not allowed" in answer.json()["detail"]
    assert ALLOWED not in answer.headers


@pytest.mark.parametrize(
    ("settings", "origin", "allowed"),
    [
        ({"allow_origins": ["*"]}, OTHER, "*"),
        ({"allow_origins": ["null"]}, "null", "null"),
        ({"allow_origins": [SHOP]}, "null", None),
        ({"allow_origins": [SHOP]}, f"{SHOP}.evil.example", None),
        ({"allow_origins": [SHOP]}, "http://shop.example.com", None),
        ({"allow_origin_regex": r"https://.*\.example\.com"}, SHOP, SHOP),
        ({"allow_origin_regex": r"https://.*\.example\.com"}, f"{SHOP}.evil.org", None),
        ({"allow_origins": [SHOP], "allow_credentials": True}, SHOP, SHOP),
    ],
)
def test_an_origin_is_allowed_as_a_whole(settings: Any, origin: str, allowed: str | None) -> None:
    assert client(**settings).get("/", headers={"origin": origin}).headers.get(ALLOWED) == allowed


def test_credentials_and_headers_of_the_answer_are_told() -> None:
    headers = (
        client([SHOP], allow_credentials=True, expose_headers=["X-A", "X-B"]).get("/", headers={"origin": SHOP}).headers
    )

    assert headers["access-control-allow-credentials"] == "true"
    assert headers["access-control-expose-headers"] == "X-A, X-B"


def test_all_methods_and_headers_may_be_allowed() -> None:
    answer = preflight(client(["*"], allow_methods=["*"], allow_headers=["*"]), OTHER, "DELETE", "x-any")

    assert answer.headers["access-control-allow-methods"] == "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT"
    assert answer.headers["access-control-allow-headers"] == "x-any"


def test_a_cache_is_told_that_answers_differ_also_without_an_origin() -> None:
    assert client([SHOP]).get("/").headers["vary"] == "Origin"
    assert "vary" not in client(["*"]).get("/").headers


@pytest.mark.parametrize(
    ("vary", "expected"), [("Accept", "Accept, Origin"), ("*", "*"), ("Accept, origin", "Accept, origin")]
)
def test_what_an_answer_varies_by_already_is_kept(vary: str, expected: str) -> None:
    app = App()
    app.middleware(CORS([SHOP]))
    app.get("/")(lambda: Response("x", headers={"Vary": vary}))

    assert TestClient(app).get("/").headers["vary"] == expected


def test_an_origin_that_the_handler_allows_itself_does_not_stand_there_twice() -> None:
    app = App()
    app.middleware(CORS([SHOP]))
    app.get("/")(lambda: Response("x", headers={"Access-Control-Allow-Origin": "*"}))

    assert TestClient(app).get("/", headers={"origin": SHOP}).headers[ALLOWED] == SHOP


def test_what_an_answer_has_is_left_where_nothing_is_to_be_said() -> None:
    app = App()
    app.middleware(CORS(["*"]))
    app.get("/")(lambda: Response("x", headers={"x-a": "1"}))

    headers = TestClient(app).get("/").headers

    assert headers["x-a"] == "1"
    assert "vary" not in headers


def test_an_answer_with_more_headers_may_be_read_by_all() -> None:
    app = App()
    app.middleware(CORS(["*"]))
    app.get("/")(lambda: Response("x", headers={"x-a": "1"}))

    headers = TestClient(app).get("/", headers={"origin": OTHER}).headers

    assert (headers["x-a"], headers[ALLOWED]) == ("1", "*")


def test_what_is_remembered_of_origins_is_bounded() -> None:
    layer = CORS(allow_origin_regex=r"https://h\d+\.example\.com")
    app = App()
    app.middleware(layer)
    app.get("/")(lambda: "home")

    for number in range(300):
        origin = f"https://h{number}.example.com"
        assert TestClient(app).get("/", headers={"origin": origin}).headers[ALLOWED] == origin

    assert len(layer._known) == 256


def test_errors_may_be_read_too() -> None:
    app = App()
    app.middleware(CORS([SHOP]))

    @app.get("/boom")
    def boom() -> None:
        raise KeyError("x")

    answer = TestClient(app, raise_exceptions=False).get("/boom", headers={"origin": SHOP})

    assert (answer.status_code, answer.headers[ALLOWED]) == (500, SHOP)


def test_an_options_request_that_is_no_preflight_is_the_routes() -> None:
    assert client([SHOP]).options("/", headers={"origin": SHOP}).headers["allow"] == "GET, HEAD, OPTIONS"


def test_events_that_are_no_requests_pass() -> None:
    app = App()
    app.middleware(CORS([SHOP]))
    app.sqs("orders")(lambda: None)

    assert TestClient(app).sqs("orders", "1").failed == []


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"allow_origins": "https://a.example"}, r'CORS\(allow_origins=...\) is a list: write \["https://a.example"\]'),
        ({"allow_origins": ["a.example"]}, "an origin is a scheme, a host and perhaps a port"),
        ({"allow_origins": ["https://a.example/"]}, "not 'https://a.example/'"),
        ({"allow_origins": ["*"], "allow_credentials": True}, "no answer to .* that depends on cookies"),
        ({"max_age": -1}, "a whole number of seconds, not -1"),
        ({"expose_headers": ["a\r\nb"]}, "the text of a header"),
    ],
)
def test_settings_that_browsers_would_not_follow_are_refused(settings: Any, words: str) -> None:
    with pytest.raises(RegistrationError, match=words):
        CORS(**settings)


def starlette(**settings: Any) -> TestClient:
    routes = [Route("/", lambda request: PlainTextResponse("home"))]
    app = App()
    app.mount("/", Starlette(routes=routes, middleware=[Middleware(CORSMiddleware, **settings)]))
    return TestClient(app)


SETTINGS: list[dict[str, Any]] = [
    {"allow_origins": [SHOP], "allow_methods": ["GET", "PUT"], "allow_headers": ["X-Key"]},
    {"allow_origins": ["*"], "allow_methods": ["*"], "allow_headers": ["*"]},
    {"allow_origins": [SHOP], "allow_credentials": True, "allow_methods": ["GET"]},
    {"allow_origin_regex": r"https://[a-z]+\.example\.com", "allow_methods": ["GET"]},
]
PAIRS = [(client(**settings), starlette(**settings)) for settings in SETTINGS]


@given(
    st.sampled_from(PAIRS),
    st.sampled_from([SHOP, OTHER, "null", "https://evil.org"]),
    st.sampled_from(["GET", "PUT", "DELETE", "PATCH"]),
    st.sampled_from([None, "x-key", "X-Key, content-type", "x-other"]),
)
def test_starlette_allows_the_same(pair: Any, origin: str, method: str, headers: str | None) -> None:
    ours, theirs = (preflight(each, origin, method, headers) for each in pair)
    simple, their_simple = (each.get("/", headers={"origin": origin}) for each in pair)

    assert (ours.status_code < 400) == (theirs.status_code < 400)
    assert simple.headers.get(ALLOWED) == their_simple.headers.get(ALLOWED)
    if ours.status_code < 400:
        for name in (ALLOWED, "access-control-allow-credentials", "access-control-max-age"):
            assert ours.headers.get(name) == theirs.headers.get(name)
