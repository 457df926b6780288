"""Which route takes which path, and what its parameters are."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias
from urllib.parse import quote

import pytest
from hypothesis import given, strategies as st

from eventrouter import App, LambdaContext, RegistrationError, Request, Router
from tests.deliveries import sample

#: A segment of a template or a path: text, or the name of a parameter in braces.
Segments: TypeAlias = Sequence[str]


def request(path: str, method: str = "GET") -> dict[str, Any]:
    """A request through a function URL, which gives the path as it was sent."""
    event: dict[str, Any] = sample("function_url")
    event["requestContext"]["http"] |= {"method": method, "path": path}
    return {**event, "rawPath": path, "rawQueryString": "", "body": None, "isBase64Encoded": False}


def decoded_request(path: str) -> dict[str, Any]:
    """A request through an HTTP API, which gives the path decoded."""
    event: dict[str, Any] = sample("apigw_http")
    event["requestContext"]["http"] |= {"method": "GET", "path": path}
    return {**event, "rawPath": path, "rawQueryString": "", "body": None}


def app_of(*templates: str, method: str = "GET") -> App:
    """An app whose routes answer with their template and the parameters they were given."""
    app = App()
    for template in templates:
        app.route(template, methods=[method])(answering(template))
    return app


def answering(template: str) -> Callable[[Request], object]:
    def on_request(request: Request) -> object:
        return [template, request.path_params]

    return on_request


def found(app: App, event: dict[str, Any]) -> Any:
    """The template that took the request with its parameters, or the status of the error."""
    answer = app(event, LambdaContext())
    return json.loads(answer["body"]) if answer["statusCode"] == 200 else answer["statusCode"]


# -------------------------------------------------------------------------------------------------- what is taken by whom

TREE = (
    "/",
    "/orders",
    "/orders/new",
    "/orders/{order_id}",
    "/orders/{order_id}/lines",
    "/orders/{order_id}/lines/{line}",
    "/orders/new/preview",
    "/files/{rest:path}",
    "/files/{name}/meta",
    "/slashed/",
    "/menü",
)


@pytest.mark.parametrize(
    ("path", "template", "parameters"),
    [
        ("/", "/", {}),
        ("/orders", "/orders", {}),
        ("/orders/new", "/orders/new", {}),
        ("/orders/7", "/orders/{order_id}", {"order_id": "7"}),
        ("/orders/newer", "/orders/{order_id}", {"order_id": "newer"}),
        ("/orders/new/preview", "/orders/new/preview", {}),
        ("/orders/new/lines", "/orders/{order_id}/lines", {"order_id": "new"}),
        ("/orders/new/lines/2", "/orders/{order_id}/lines/{line}", {"order_id": "new", "line": "2"}),
        ("/files/a", "/files/{rest:path}", {"rest": "a"}),
        ("/files/a/b", "/files/{rest:path}", {"rest": "a/b"}),
        ("/files/a/meta", "/files/{name}/meta", {"name": "a"}),
        ("/files/a/meta/b", "/files/{rest:path}", {"rest": "a/meta/b"}),
        ("/files/", "/files/{rest:path}", {"rest": ""}),
        ("/files", "/files/{rest:path}", {"rest": ""}),
        ("/files//a", "/files/{rest:path}", {"rest": "/a"}),
    ],
)
def test_the_nearest_template_takes_a_path(path: str, template: str, parameters: dict[str, str]) -> None:
    app = app_of(*TREE)

    assert found(app, request(path)) == [template, parameters]


@pytest.mark.parametrize(
    "path", ["/order", "/orders/7/line", "/orders//lines", "/Orders", "///", "/orders/7/lines/2/3"]
)
def test_a_path_of_no_template_is_not_found(path: str) -> None:
    app = app_of(*TREE)

    assert found(app, request(path)) == 404


@pytest.mark.parametrize(
    ("path", "template"),
    [
        ("/orders/", "/orders"),
        ("/orders/new/", "/orders/new"),
        ("/orders/7/", "/orders/{order_id}"),
        ("/slashed", "/slashed/"),
        ("/slashed/", "/slashed/"),
    ],
)
def test_a_slash_at_the_end_makes_no_other_path(path: str, template: str) -> None:
    app = app_of(*TREE)

    assert found(app, request(path))[0] == template


def test_who_registers_both_ends_has_both() -> None:
    app = app_of("/orders", "/orders/")

    assert found(app, request("/orders"))[0] == "/orders"
    assert found(app, request("/orders/"))[0] == "/orders/"


# --------------------------------------------------------------------------------------------------- percent-encoding


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("/orders/blue%20mug", "blue mug"),
        ("/orders/a%2Fb", "a/b"),
        ("/orders/100%2525", "100%25"),
        ("/orders/m%C3%BCll", "müll"),
        ("/orders/a+b", "a+b"),
        ("/orders/100%", "100%"),
    ],
)
def test_a_parameter_is_decoded_once(path: str, value: str) -> None:
    app = app_of("/orders/{order_id}")

    assert found(app, request(path)) == ["/orders/{order_id}", {"order_id": value}]


def test_a_path_that_came_decoded_is_left_as_it_is() -> None:
    app = app_of("/orders/{order_id}")

    assert found(app, decoded_request("/orders/100%25")) == ["/orders/{order_id}", {"order_id": "100%25"}]


@pytest.mark.parametrize("path", ["/men%C3%BC", "/men%c3%bc"])
def test_a_static_path_may_come_encoded(path: str) -> None:
    app = app_of(*TREE)

    assert found(app, request(path)) == ["/menü", {}]


# ------------------------------------------------------------------------------------------------------------- methods


def test_a_method_goes_on_to_a_route_that_has_it() -> None:
    app = App()
    app.get("/orders/new")(answering("new"))
    app.post("/orders/{order_id}")(answering("any"))
    app.put("/{rest:path}")(answering("rest"))

    assert found(app, request("/orders/new", "GET")) == ["new", {}]
    assert found(app, request("/orders/new", "POST")) == ["any", {"order_id": "new"}]
    assert found(app, request("/orders/new", "PUT")) == ["rest", {"rest": "orders/new"}]


@pytest.mark.parametrize("path", ["/orders/new", "/orders/new/"])
def test_a_path_of_other_methods_says_which(path: str) -> None:
    app = App()
    app.get("/orders/new")(answering("new"))
    app.post("/orders/{order_id}")(answering("any"))
    app.put("/{rest:path}")(answering("rest"))

    answer = app(request(path, "DELETE"), LambdaContext())

    assert answer["statusCode"] == 405
    assert answer["headers"]["allow"] == "GET, HEAD, OPTIONS, POST, PUT"


def test_every_verb_has_a_decorator() -> None:
    app = App()
    verbs = {
        "GET": app.get, "POST": app.post, "PUT": app.put, "PATCH": app.patch, "DELETE": app.delete, "HEAD": app.head,
        "OPTIONS": app.options,
    }  # fmt: skip
    seen: list[str] = []

    def on_request(request: Request) -> None:
        seen.append(request.method)

    for decorator in verbs.values():
        decorator("/")(on_request)

    for verb in verbs:
        app(request("/", verb), LambdaContext())

    assert seen == list(verbs)


# ------------------------------------------------------------------------------------------------------- bad templates


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("", "GET : a path starts with `/`, not ''"),
        ("orders", "GET orders: a path starts with `/`, not 'o'"),
        ("/orders/<order_id>", "a parameter is written `{name}` here, not `<name>`"),
        ("/orders/:order_id/x", "a parameter is written `{order_id}` here, not `:order_id`"),
        ("/orders-{order_id}", "a parameter is a whole segment, as in `/orders/{order_id}`, not 'orders-{order_id}'"),
        ("/{first}{second}", "a parameter is a whole segment, as in `/orders/{order_id}`, not '{first}{second}'"),
        ("/{}", "a parameter is a whole segment, as in `/orders/{order_id}`, not '{}'"),
        ("/{order id}", "a parameter is a whole segment, as in `/orders/{order_id}`, not '{order id}'"),
        ("/{order_id", "a parameter is a whole segment, as in `/orders/{order_id}`, not '{order_id'"),
        (
            "/{order_id:number}",
            "'{order_id:number}': there are the converters `:int`, `:float`, `:uuid`, `:str` and `:path`",
        ),
        ("/{rest:path}/meta", "'{rest:path}' takes the rest of the path, so it comes last"),
        ("/{id}/lines/{id}", "'id' is in the path twice"),
    ],
)
def test_what_is_no_template_is_refused(template: str, words: str) -> None:
    app = App()

    with pytest.raises(RegistrationError) as caught:
        app.get(template)(answering("any"))

    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("one", "other"), [("/a", "/a"), ("/{a}", "/{b}"), ("/a/{rest:path}", "/a/{b:path}"), ("/{a}/b", "/{c}/b")]
)
def test_a_path_belongs_to_one_route(one: str, other: str) -> None:
    app = App()
    app.get(one)(answering("one"))

    with pytest.raises(RegistrationError, match="have the same path"):
        app.get(other)(answering("other"))


# --------------------------------------------------------------------------------------------------- any set of templates

WORDS = st.sampled_from(["a", "b", "ab", "a b", "ü"])
#: Text of any kind; only a parameter that takes no segment at all is no parameter.
VALUES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=5)


@st.composite
def templates(draw: st.DrawFn) -> Segments:
    segments = [draw(WORDS | st.just(f"{{p{index}}}")) for index in range(draw(st.integers(min_value=1, max_value=4)))]
    return (*segments, "{rest:path}") if draw(st.booleans()) else tuple(segments)


def matched(template: Segments, path: Segments) -> dict[str, str] | None:
    """What *path* means to *template* on its own."""
    parameters: dict[str, str] = {}
    for index, segment in enumerate(template):
        if segment == "{rest:path}":
            return {**parameters, "rest": "/".join(path[index:])} if path[index:] else None
        if index >= len(path) or (not segment.startswith("{") and segment != path[index]):
            return None
        if segment.startswith("{"):
            parameters[segment[1:-1]] = path[index]
    return parameters if len(template) == len(path) else None


def rank(template: Segments) -> list[int]:
    """Text is nearer than a parameter, a parameter than the rest of the path; the first difference decides."""
    return [2 if segment == "{rest:path}" else 1 if segment.startswith("{") else 0 for segment in template]


@given(st.lists(templates(), min_size=1, max_size=6, unique=True), st.data())
def test_what_is_registered_is_found(registered: list[Segments], data: st.DataObject) -> None:
    app = app_of(*("/" + "/".join(template) for template in registered))
    chosen = data.draw(st.sampled_from(registered))
    path = [data.draw(VALUES | WORDS) if segment.startswith("{") else segment for segment in chosen]

    answer = found(app, request("/" + "/".join(quote(segment, safe="") for segment in path)))

    takers = sorted((template for template in registered if matched(template, path) is not None), key=rank)
    assert answer == ["/" + "/".join(takers[0]), matched(takers[0], path)]


# ------------------------------------------------------------------------------------------------------------ converters

CONVERTED = (
    "/{id:int}",
    "/{id:uuid}",
    "/{id:float}",
    "/{id}",
    "/new",
    "/{rest:path}",
    "/{id:int}/lines",
    "/{id:str}/lines/{line:int}",
)


@pytest.mark.parametrize("templates", [CONVERTED, tuple(reversed(CONVERTED))], ids=["in order", "reversed"])
@pytest.mark.parametrize(
    ("path", "template", "parameters"),
    [
        ("/7", "/{id:int}", {"id": "7"}),
        ("/007", "/{id:int}", {"id": "007"}),
        ("/7.5", "/{id:float}", {"id": "7.5"}),
        ("/7.", "/{id}", {"id": "7."}),
        ("/-7", "/{id}", {"id": "-7"}),
        ("/%D9%A7", "/{id}", {"id": "\u0667"}),
        ("/1f4a8c1e-0f5b-4b2e-9d5e-3a1c2b4d5e6f", "/{id:uuid}", {"id": "1f4a8c1e-0f5b-4b2e-9d5e-3a1c2b4d5e6f"}),
        ("/1f4a8c1e-0f5b-4b2e-9d5e-3a1c2b4d5e6g", "/{id}", {"id": "1f4a8c1e-0f5b-4b2e-9d5e-3a1c2b4d5e6g"}),
        ("/1f4a8c1e0f5b4b2e9d5e3a1c2b4d5e6f1234", "/{id}", {"id": "1f4a8c1e0f5b4b2e9d5e3a1c2b4d5e6f1234"}),
        ("/new", "/new", {}),
        ("/7/lines", "/{id:int}/lines", {"id": "7"}),
        ("/x/lines", "/{rest:path}", {"rest": "x/lines"}),
        ("/7/lines/1", "/{id:str}/lines/{line:int}", {"id": "7", "line": "1"}),
        ("/7/lines/x", "/{rest:path}", {"rest": "7/lines/x"}),
    ],
)
def test_the_most_particular_converter_takes_a_segment(
    templates: Sequence[str], path: str, template: str, parameters: dict[str, str]
) -> None:
    assert found(app_of(*templates), request(path)) == [template, parameters]


def test_a_segment_that_no_converter_takes_is_not_found() -> None:
    app = app_of("/orders/{id:int}")

    assert found(app, request("/orders/x")) == 404
    assert found(app, request("/orders/7", "POST")) == 405


def test_a_converter_s_value_is_read_as_the_annotation_says() -> None:
    app = App()

    @app.get("/orders/{order_id:int}")
    def order(order_id: int) -> int:
        return order_id + 1

    assert found(app, request("/orders/7")) == 8


# ----------------------------------------------------------------------------------------------------------------- hosts


def hosts() -> App:
    app = App()
    for host in ("api.example.com", "*.example.com", "*.eu.example.com", ""):
        router = Router()
        router.get("/")(answering(host))
        if host != "api.example.com":
            router.get("/only/{id}", name=f"only on {host}")(answering(host))
        app.include(router, host=host)
    return app


@pytest.mark.parametrize(
    ("host", "path", "taken_by"),
    [
        ("api.example.com", "/", "api.example.com"),
        ("API.Example.com:443", "/", "api.example.com"),
        ("a.example.com", "/", "*.example.com"),
        ("a.eu.example.com", "/", "*.eu.example.com"),
        ("example.com", "/", ""),
        ("[::1]", "/", ""),
        ("api.example.com", "/only/1", "*.example.com"),
    ],
)
def test_a_host_has_routes_of_its_own_before_those_of_all(host: str, path: str, taken_by: str) -> None:
    event = request(path)

    assert found(hosts(), {**event, "headers": {"host": host}})[0] == taken_by


def test_a_router_inside_another_keeps_its_host() -> None:
    app, outer, inner = App(), Router(), Router()
    inner.get("/")(answering("inner"))
    outer.include(inner, "/in", host="in.example.com")
    app.include(outer, "/out", host="out.example.com")

    event = request("/out/in")

    assert found(app, {**event, "headers": {"host": "in.example.com"}})[0] == "inner"
    assert found(app, {**event, "headers": {"host": "out.example.com"}}) == 404
    assert [route.wants for route in app.routes()] == ["GET /out/in/ on in.example.com"]


@pytest.mark.parametrize("host", ["https://example.com", "example.com:80", "*", "a.*.com", 7])
def test_a_host_that_is_none_is_refused(host: Any) -> None:
    with pytest.raises(RegistrationError, match="host="):
        App().include(Router(), host=host)


# --------------------------------------------------------------------------------------------------------------- url_for


def named() -> App:
    app = App()

    @app.get("/")
    def home() -> None: ...

    @app.get("/orders/{order_id:int}/files/{rest:path}", name="file")
    def read(order_id: int, rest: str) -> None: ...

    @app.get("/users/{name}")
    @app.delete("/users/{name}")
    def user(name: str) -> None: ...

    @app.get("/twice")
    @app.get("/two times")
    def twice() -> None: ...

    return app


def test_a_path_is_made_of_the_name_of_its_route() -> None:
    app = named()

    assert app.url_for("home") == "/"
    assert app.url_for("file", order_id=7, rest="a b/c?d") == "/orders/7/files/a%20b/c%3Fd"
    assert app.url_for("user", name="a/ä") == "/users/a%2F%C3%A4"


@pytest.mark.parametrize(
    ("name", "values", "words"),
    [
        ("nobody", {}, "no route has the name 'nobody'; there are file, home, twice, user"),
        ("twice", {}, "2 paths belong to routes of the name 'twice': "),
        ("user", {}, "needs name="),
        ("user", {"name": ""}, "name= of /users/{name} would be no segment"),
        ("user", {"name": ".."}, "would be no segment"),
        ("user", {"name": "x", "age": 7}, "has no age"),
        ("file", {"order_id": "x", "rest": ""}, "order_id= of .* is no int"),
    ],
)
def test_a_path_that_cannot_be_made_is_told(name: str, values: dict[str, Any], words: str) -> None:
    with pytest.raises(LookupError, match=words):
        named().url_for(name, **values)


def test_without_routes_there_is_no_path_to_make() -> None:
    with pytest.raises(LookupError, match="there are none"):
        App().url_for("home")


@given(st.text(min_size=1).filter(lambda text: text not in (".", "..")))
def test_what_a_path_is_made_of_is_what_its_route_is_given(name: str) -> None:
    app = App()
    app.get("/users/{name}", name="user")(answering("user"))
    path = app.url_for("user", name=name.encode("utf-8", "replace").decode())

    assert found(app, request(path)) == ["user", {"name": name.encode("utf-8", "replace").decode()}]
