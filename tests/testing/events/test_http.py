"""Requests as the HTTP triggers' factories make them: what a client sends is what a handler reads."""

from __future__ import annotations

import base64
import io
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aws_lambda_powertools.utilities.data_classes import (
    ALBEvent,
    APIGatewayProxyEvent,
    APIGatewayProxyEventV2,
    LambdaFunctionUrlEvent,
    VPCLatticeEvent,
    VPCLatticeEventV2,
)
from aws_lambda_powertools.utilities.parser.models import (
    AlbModel,
    APIGatewayProxyEventModel,
    APIGatewayProxyEventV2Model,
    LambdaFunctionUrlModel,
    VpcLatticeModel,
)
from hypothesis import given, strategies as st
from pydantic import BaseModel

from eventrouter import App, FormData, Request, parse, sniff
from eventrouter.errors import ImpossibleEventError
from eventrouter.testing import TestClient
from eventrouter.testing.events import (
    Identity,
    Ids,
    RandomIds,
    alb,
    alb_health_check,
    apigw_http,
    apigw_rest,
    apigw_rest_test,
    cognito_user_pool,
    function_url,
    iam,
    jwt,
    lambda_authorizer,
    oidc,
    vpc_lattice_v1,
    vpc_lattice_v2,
)
from tests.testing.events.reading import at

FACTORIES: dict[str, Any] = {
    "function_url": function_url,
    "apigw_http": apigw_http,
    "apigw_rest": apigw_rest,
    "alb": alb,
    "vpc_lattice_v1": vpc_lattice_v1,
    "vpc_lattice_v2": vpc_lattice_v2,
}
READERS: dict[str, tuple[Any, Any]] = {
    "function_url": (LambdaFunctionUrlEvent, LambdaFunctionUrlModel),
    "apigw_http": (APIGatewayProxyEventV2, APIGatewayProxyEventV2Model),
    "apigw_rest": (APIGatewayProxyEvent, APIGatewayProxyEventModel),
    "alb": (ALBEvent, AlbModel),
    "vpc_lattice_v1": (VPCLatticeEvent, VpcLatticeModel),
    # Its parser model takes a header for one text, and Lattice sends a list for each.
    "vpc_lattice_v2": (VPCLatticeEventV2, None),
}
FULL: dict[str, Any] = {
    "params": {"tag": ["a b", "c&d"], "flag": True, "none": None},
    "headers": {"X-Shop": "one", "Authorization": "token"},
    "cookies": {"sid": "s-1", "theme": "dark"},
    "json": {"id": 7},
    "source_ip": "198.51.100.17",
    "time": datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC),
}
every_trigger = pytest.mark.parametrize("trigger", FACTORIES)


class Order(BaseModel):
    id: int


def read(trigger: str, method: str, path: str, **fields: Any) -> Request:
    """The request that a handler is given."""
    found: list[Request] = []
    app = App()

    @app.route("/{rest:path}", methods=[method])
    def handle(rest: str, request: Request) -> None:
        found.append(request)

    TestClient(app).request(method, path, as_=trigger, **fields)  # type: ignore[arg-type]
    return found[0]


@every_trigger
@pytest.mark.parametrize("fields", [{}, FULL], ids=["plain", "full"])
def test_everybody_reads_it(trigger: str, fields: Any) -> None:
    event = FACTORIES[trigger]("post", "/orders/blue mug", **fields)
    data_class, model = READERS[trigger]

    assert sniff(event).name == trigger
    assert parse(event) is not None
    assert data_class(event).http_method == "POST"
    assert model is None or model.model_validate(event) is not None


@every_trigger
def test_a_handler_reads_what_a_client_sends(trigger: str) -> None:
    request = read(trigger, "PUT", "/a/b%2Fc?x=1&y=a%26b", **FULL)

    tags = ["c&d"] if trigger in ("alb", "vpc_lattice_v1") else ["a b", "c&d"]
    assert request.method == "PUT"
    assert (request.query_params["x"], request.query_params["y"], request.query_params["flag"]) == ("1", "a&b", "true")
    assert request.query_params.getlist("tag") == tags
    assert (request.headers["x-shop"], request.headers["authorization"]) == ("one", "token")
    assert dict(request.cookies) == {"sid": "s-1", "theme": "dark"}
    assert (request.json(), request.content_type) == ({"id": 7}, "application/json")


text = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=8)
token = st.text("abcdefghijklmnopqrstuvwxyz-", min_size=1, max_size=8)


@every_trigger
@given(
    query=st.lists(st.tuples(text, text), max_size=4, unique_by=lambda pair: pair[0]),
    headers=st.dictionaries(
        token.map(lambda name: f"x-{name}"), st.text("abc 123;=%", max_size=8).map(str.strip), max_size=3
    ),
    cookies=st.dictionaries(token, st.text("abc123-_.", max_size=8), max_size=3),
    body=st.binary(max_size=20),
)
def test_whatever_a_client_sends_arrives(
    trigger: str,
    query: list[tuple[str, str]],
    headers: dict[str, str],
    cookies: dict[str, str],
    body: bytes,
) -> None:
    request = read(trigger, "POST", "/", params=query, headers=headers, cookies=cookies, content=body)

    assert request.query_params.multi_items() == query
    assert {name: request.headers[name] for name in headers} == headers
    assert dict(request.cookies) == cookies
    assert request.body == body


@every_trigger
@given(segments=st.lists(text.filter(lambda each: each not in (".", "..") and "/" not in each), min_size=1, max_size=3))
def test_whatever_path_a_client_sends_arrives(trigger: str, segments: list[str]) -> None:
    from urllib.parse import quote

    found: list[str] = []
    app = App()

    @app.get("/{rest:path}")
    def handle(rest: str) -> None:
        found.append(rest)

    TestClient(app).get("/" + "/".join(quote(each, safe="") for each in segments), as_=trigger)  # type: ignore[arg-type]

    assert found == ["/".join(segments)]


@every_trigger
def test_a_form_and_files_are_read_back(trigger: str) -> None:
    forms: list[FormData] = []
    app = App()

    @app.post("/")
    def handle(request: Request) -> None:
        forms.append(request.form())

    client = TestClient(app, as_=trigger)  # type: ignore[arg-type]
    client.post("/", data={"name": "Ada & Bo", "tag": ["a", "b"]})
    client.post(
        "/", data={"name": "Ada"}, files={"a": b"\x00\xff", "b": ("b.txt", b"text", "text/plain"), "c": ("c", b"")}
    )

    fields, files = forms
    assert fields.fields.multi_items() == [("name", "Ada & Bo"), ("tag", "a"), ("tag", "b")]
    assert files.fields.multi_items() == [("name", "Ada")]
    assert [(name, file.filename, file.content_type, file.content) for name, (file,) in files.files.items()] == [
        ("a", "upload", "application/octet-stream", b"\x00\xff"),
        ("b", "b.txt", "text/plain", b"text"),
        ("c", "c", "application/octet-stream", b""),
    ]


def test_files_are_sent_in_every_shape_that_clients_know(tmp_path: Path) -> None:
    forms: list[FormData] = []
    app = App()

    @app.post("/")
    def handle(request: Request) -> None:
        forms.append(request.form())

    (tmp_path / "d.bin").write_bytes(b"on disk")
    client = TestClient(app)
    with (tmp_path / "d.bin").open("rb") as opened:
        client.post("/", files={"a": ["text", ("b.txt", "ä"), ("c", io.BytesIO(b"c"), "text/x")], "d": opened})
    client.post("/", files=[("a", b"1"), ("a", ("2.txt", b"2")), ('q"\r\n', b"3")])

    first, second = forms
    assert [(file.filename, file.content_type, file.content) for file in first.files["a"]] == [
        ("upload", "application/octet-stream", b"text"),
        ("b.txt", "application/octet-stream", "ä".encode()),
        ("c", "text/x", b"c"),
    ]
    assert [(file.filename, file.content) for file in first.files["d"]] == [("d.bin", b"on disk")]
    assert {name: [file.content for file in files] for name, files in second.files.items()} == {
        "a": [b"1", b"2"],
        "q%22%0D%0A": [b"3"],
    }


@pytest.mark.parametrize("file", [7, None, ("a.txt", 7), ("a",), ("a.txt", b"a", "b", "c")], ids=repr)
def test_a_file_that_is_none_is_refused(file: Any) -> None:
    with pytest.raises(TypeError, match=r"function_url\(files=\): 'a' is bytes, str or an open file, or a tuple of"):
        function_url("POST", "/", files={"a": file})


@pytest.mark.parametrize(
    ("event", "path", "value"),
    [
        (function_url(identity=iam(user="u")), "requestContext.authorizer.iam.userId", "u"),
        (function_url(identity=iam(account="210987654321")), "requestContext.accountId", "210987654321"),
        (function_url(region="cn-north-1"), "requestContext.domainPrefix", "q5xh2rk7vdn3m8wz4c6t9b1jf0aspyeg"),
        (function_url(url_id="abc"), "requestContext.apiId", "abc"),
        (function_url("GET", "/a b"), "rawPath", "/a%20b"),
        (function_url("GET", "/?a=b c"), "rawQueryString", "a=b%20c"),
        (function_url("GET", "/?a=1", params={"b": 2}), "rawQueryString", "a=1&b=2"),
        (function_url("GET", "/", params={"a": [1, 2]}), "queryStringParameters.a", "1,2"),
        (function_url("POST", "/", content="text"), "isBase64Encoded", False),
        (function_url("POST", "/", content=b"text"), "isBase64Encoded", True),
        (function_url("POST", "/", content="text", base64=True), "body", "dGV4dA=="),
        (function_url("POST", "/", content=b"\xff", headers={"content-type": "text/plain"}), "isBase64Encoded", True),
        (function_url("POST", "/", content="a", headers={"content-encoding": "gzip"}), "isBase64Encoded", True),
        (function_url("POST", "/", json="text"), "body", '"text"'),
        (function_url("POST", "/", json=Order(id=7)), "body", '{"id":7}'),
        (function_url(headers={"user-agent": None}), "requestContext.http.userAgent", ""),
        (function_url(headers=[("x-a", "1"), ("X-A", "2")]), "headers.x-a", "1,2"),
        (function_url(headers={"x-a": ["1", "2"]}), "headers.x-a", "1,2"),
        (function_url(headers={"cookie": "a=1; b=2"}), "cookies.1", "b=2"),
        (apigw_http("GET", "/a%20b"), "rawPath", "/a b"),
        (apigw_http("GET", "/a", stage="dev"), "rawPath", "/dev/a"),
        (apigw_http("GET", "/a", stage="dev", domain_name="shop.example.org"), "rawPath", "/a"),
        (apigw_http("GET", "/orders/7", route_key="GET /orders/{id}"), "pathParameters.id", "7"),
        (apigw_http("GET", "/orders/7", route_key="ANY /{proxy+}"), "pathParameters.proxy", "orders/7"),
        (apigw_http("GET", "/orders", route_key="GET /orders"), "routeKey", "GET /orders"),
        (apigw_http(stage_variables={"color": "blue"}), "stageVariables.color", "blue"),
        (apigw_http(identity=jwt({"groups": ["a", "b"]})), "requestContext.authorizer.jwt.claims.groups", "[a b]"),
        (apigw_http(identity=jwt({"n": 7})), "requestContext.authorizer.jwt.claims.n", "7"),
        (apigw_http(identity=jwt({"ok": True})), "requestContext.authorizer.jwt.claims.ok", "true"),
        (apigw_http(identity=jwt(scopes=["read"])), "requestContext.authorizer.jwt.scopes.0", "read"),
        (apigw_http(identity=iam()), "requestContext.authorizer.iam.accessKey", "ASIAEXAMPLEKEY"),
        (apigw_http(identity=lambda_authorizer({"limits": {"rate": 5}})), "requestContext.authorizer.lambda.limits.rate", 5),
        (apigw_rest("GET", "/orders/7", resource="/orders/{id}"), "pathParameters.id", "7"),
        (apigw_rest("GET", "/"), "pathParameters", None),
        (apigw_rest("GET", "/a/b"), "pathParameters.proxy", "a/b"),
        (apigw_rest("GET", "/a", domain_name="shop.example.org", base_path="/shop"), "path", "/shop/a"),
        (apigw_rest("GET", "/a"), "requestContext.path", "/prod/a"),
        (apigw_rest("GET", "/a%20b", payload="1.0"), "path", "/prod/a b"),
        (apigw_rest(payload="1.0"), "version", "1.0"),
        (apigw_rest(identity=cognito_user_pool({"sub": "u"})), "requestContext.authorizer.claims.sub", "u"),
        (apigw_rest(identity=lambda_authorizer({"n": 7}, principal="p")), "requestContext.authorizer.n", "7"),
        (apigw_rest(identity=iam(user="u")), "requestContext.identity.caller", "u"),
        (apigw_rest(headers={"x-a": ["1", "2"]}), "multiValueHeaders.X-A.1", "2"),
        (apigw_rest(headers={"x-a": ["1", "2"]}), "headers.X-A", "2"),
        (apigw_rest(stage_variables={"color": "blue"}), "stageVariables.color", "blue"),
        (apigw_rest_test("GET", "/a", body="b"), "requestContext.identity.sourceIp", "test-invoke-source-ip"),
        (apigw_rest_test(), "headers", None),
        (alb("GET", "/?a=b%20c"), "queryStringParameters.a", "b%20c"),
        (alb("GET", "/?a=1&a=2", multi_value=True), "multiValueQueryStringParameters.a.0", "1"),
        (alb(multi_value=True, cookies={"a": "1", "b": "2"}), "multiValueHeaders.cookie.0", "a=1; b=2"),
        (alb(identity=oidc({"sub": "u"})), "headers.x-amzn-oidc-identity", "u"),
        (alb(), "body", ""),
        (alb_health_check("/health"), "headers.user-agent", "ELB-HealthChecker/2.0"),
        (alb_health_check(multi_value=True), "multiValueHeaders.user-agent.0", "ELB-HealthChecker/2.0"),
        (vpc_lattice_v1("GET", "/a?b=c%20d"), "query_string_parameters.b", "c d"),
        (vpc_lattice_v1("POST", "/", content=b"\xff"), "is_base64_encoded", True),
        (vpc_lattice_v2(identity=iam(organization="o-1")), "requestContext.identity.principalOrgID", "o-1"),
        (vpc_lattice_v2(identity=iam(user="role:name")), "requestContext.identity.sessionName", "name"),
        (vpc_lattice_v2("POST", "/", json=1), "body", "1"),
    ],
)  # fmt: skip
def test_a_field_is_where_it_belongs(event: Any, path: str, value: object) -> None:
    assert at(event, path) == value


@pytest.mark.parametrize(
    ("make", "rule"),
    [
        (lambda: function_url("G T"), "a method is a word"),
        (lambda: function_url(""), "a method is a word"),
        (lambda: function_url("GET", "orders"), 'a path starts with "/"'),
        (lambda: function_url(headers={"x a": "b"}), "no name for a header"),
        (lambda: function_url(headers={"x-a": "b\nc"}), "no line breaks"),
        (lambda: function_url(headers={"x-a": [5]}), "is text"),  # type: ignore[list-item]
        (lambda: function_url(cookies={"a b": "c"}), "no name for a cookie"),
        (lambda: function_url(cookies={"a": "b;c"}), "no semicolons"),
        (lambda: function_url("POST", content=b"\xff", base64=False), "delivered as base64"),
        (lambda: function_url("POST", content="a" * 7_000_000), "at most 6291456"),
        (lambda: function_url(url_id="a b"), "ASCII letters and digits$"),
        (lambda: function_url(identity=jwt()), "it has iam"),
        (lambda: apigw_http(identity=oidc()), "it has jwt"),
        (lambda: apigw_http(stage="a b"), "a stage is made of"),
        (lambda: apigw_http("POST", "/a", route_key="GET /a"), "does not take POST"),
        (lambda: apigw_http("GET", "/a/b", route_key="GET /a"), "does not belong to the resource /a"),
        (lambda: apigw_http("GET", "/b", route_key="GET /a"), "does not belong"),
        (lambda: apigw_http("GET", "/", route_key="GET /a/{b}"), "does not belong"),
        (lambda: apigw_rest("PROPFIND"), "one of GET"),
        (lambda: apigw_rest(base_path="/shop"), "belongs to a domain_name="),
        (lambda: apigw_rest(base_path="shop", domain_name="a.org"), "written like /shop"),
        (lambda: apigw_rest(identity=jwt()), "it has cognito_user_pool"),
        (lambda: apigw_rest(identity=lambda_authorizer({"a": [1]})), "hands on text"),
        (lambda: alb(identity=iam()), "it has oidc"),
        (lambda: alb("POST", content="a" * 1_100_000), "at most 1048576"),
        (lambda: vpc_lattice_v2(identity=jwt()), "it has iam"),
    ],
)
def test_what_no_client_could_send_is_refused_with_the_rule(make: Any, rule: str) -> None:
    with pytest.raises(ImpossibleEventError, match=rule):
        make()


def test_a_request_has_one_body() -> None:
    with pytest.raises(TypeError, match="content= and json= are two"):
        function_url("POST", json=1, content="a")
    with pytest.raises(TypeError, match="json= and data= are two"):
        function_url("POST", json=1, data={"a": "b"})
    with pytest.raises(TypeError, match="unexpected keyword argument 'stage'"):
        function_url(stage="dev")  # type: ignore[call-arg]


def test_a_signed_in_user_s_claims_are_in_a_token() -> None:
    event = alb(identity=oidc({"sub": "u", "email": "ada@example.org"}))

    _, claims, _ = at(event, "headers.x-amzn-oidc-data").split(".")

    assert json.loads(base64.urlsafe_b64decode(claims)) == {"sub": "u", "email": "ada@example.org"}


def test_who_makes_a_request_is_shown_without_what_is_known_of_them() -> None:
    assert repr(jwt({"sub": "secret"})) == "<Identity jwt>"
    assert isinstance(jwt(), Identity)


@every_trigger
def test_the_same_call_makes_the_same_event(trigger: str) -> None:
    assert FACTORIES[trigger]("GET", "/a") == FACTORIES[trigger]("GET", "/a")


def test_ids_are_the_same_in_every_run_unless_they_are_to_be_new() -> None:
    assert Ids("a").uuid() == Ids("a").uuid() != Ids("b").uuid()
    assert RandomIds().uuid() != RandomIds().uuid()
