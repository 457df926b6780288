"""Powertools' resolvers under a prefix, through whatever trigger a request comes."""

from __future__ import annotations

from typing import Any

import pytest
from aws_lambda_powertools.event_handler import (
    ALBResolver,
    APIGatewayHttpResolver,
    APIGatewayRestResolver,
    BedrockAgentResolver,
    LambdaFunctionUrlResolver,
    Response,
    VPCLatticeResolver,
    VPCLatticeV2Resolver,
    content_types,
)
from aws_lambda_powertools.shared.cookies import Cookie

from eventrouter import App, RegistrationError, ReplyError
from eventrouter.testing import TestClient
from tests.runtime.served import Turn, serve, url_event

TRIGGERS = ["function_url", "apigw_http", "apigw_rest", "alb", "vpc_lattice_v1", "vpc_lattice_v2"]
RESOLVERS = [
    ALBResolver,
    APIGatewayHttpResolver,
    APIGatewayRestResolver,
    LambdaFunctionUrlResolver,
    VPCLatticeResolver,
    VPCLatticeV2Resolver,
]


def shop(kind: Any) -> App:
    resolver = kind()

    @resolver.post("/orders/<order_id>")  # type: ignore[untyped-decorator]  # any of them
    def order(order_id: str) -> Response[Any]:
        event = resolver.current_event
        header: Any = event.headers.get("x-one")
        return Response(
            status_code=201,
            content_type=content_types.APPLICATION_JSON,
            body={
                "id": order_id,
                "q": event.get_query_string_value("q"),
                # An event of VPC Lattice V2 has a list of each header's values, which a data class gives as it is.
                "header": header[0] if isinstance(header, list) else header,
                "body": event.json_body,
            },
            headers={"x-two": "2"},
            cookies=[Cookie(name="sid", value="s")],
        )

    @resolver.get("/")  # type: ignore[untyped-decorator]  # any of them
    def home() -> dict[str, str]:
        return {"at": "home"}

    @resolver.get("/image")  # type: ignore[untyped-decorator]  # any of them
    def image() -> Response[Any]:
        return Response(200, content_type="image/png", body=b"\x89PNG\xff")

    @resolver.get("/boom")  # type: ignore[untyped-decorator]  # any of them
    def boom() -> None:
        raise KeyError("secret")

    app = App()
    app.mount_resolver("/shop", resolver)
    return app


@pytest.mark.parametrize("as_", TRIGGERS)
@pytest.mark.parametrize("kind", RESOLVERS)
def test_every_resolver_takes_requests_of_every_trigger(kind: Any, as_: Any) -> None:
    client = TestClient(shop(kind))

    result = client.post("/shop/orders/7", params={"q": "a b"}, headers={"X-One": "1"}, json={"a": "ä"}, as_=as_)

    assert result.status_code == 201
    assert result.json() == {"id": "7", "q": "a b", "header": "1", "body": {"a": "ä"}}
    assert result.headers["x-two"] == "2"
    assert [cookie.partition(";")[0] for cookie in result.set_cookies] == ["sid=s"]


@pytest.mark.parametrize("kind", RESOLVERS)
def test_its_root_is_the_prefix(kind: Any) -> None:
    client = TestClient(shop(kind))

    assert client.get("/shop").json() == {"at": "home"}
    assert client.get("/shop/nowhere").status_code == 404
    assert client.get("/elsewhere").json() == {"detail": "Not Found", "code": "not_found"}


@pytest.mark.parametrize("kind", RESOLVERS)
def test_bytes_go_in_and_out(kind: Any) -> None:
    client = TestClient(shop(kind))

    assert client.get("/shop/image").content == b"\x89PNG\xff"


@pytest.mark.parametrize("as_", ["function_url", "apigw_http"])
@pytest.mark.parametrize(("kind", "id"), [(APIGatewayHttpResolver, "a b"), (LambdaFunctionUrlResolver, "a%20b")])
def test_a_path_is_encoded_as_the_resolvers_own_trigger_has_it(kind: Any, id: str, as_: Any) -> None:
    client = TestClient(shop(kind))

    assert client.post("/shop/orders/a%20b", json={}, as_=as_).json()["id"] == id


def test_a_body_of_bytes_is_base64_to_the_resolver() -> None:
    resolver = LambdaFunctionUrlResolver()
    app = App()
    app.mount_resolver("/", resolver)

    @resolver.post("/")
    def sent() -> dict[str, Any]:
        event = resolver.current_event
        return {"is_base64": event.is_base64_encoded, "body": event.body}

    assert TestClient(app).post("/", content=b"\xff\x00").json() == {"is_base64": True, "body": "/wA="}


@pytest.mark.parametrize(("as_", "path"), [("apigw_rest", "/shop/orders/7"), ("apigw_http", "/shop/orders/7")])
def test_a_stage_in_front_of_the_path_is_no_business_of_the_resolvers(as_: Any, path: str) -> None:
    client = TestClient(shop(APIGatewayHttpResolver))

    assert client.post(path, json={}, stage="prod", as_=as_).status_code == 201


def test_a_handlers_exception_is_the_apps() -> None:
    app = shop(APIGatewayHttpResolver)

    with pytest.raises(KeyError):
        TestClient(app).get("/shop/boom")
    assert TestClient(app, raise_exceptions=False).get("/shop/boom").status_code == 500


def test_an_interrupt_is_no_failure_of_a_mounts() -> None:
    resolver = APIGatewayHttpResolver()
    app = App()
    app.mount_resolver("/", resolver)

    @resolver.get("/")
    def home() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        TestClient(app, raise_exceptions=False).get("/")


def test_an_async_handler_is_awaited() -> None:
    resolver = APIGatewayHttpResolver()

    @resolver.get("/")
    async def home() -> dict[str, str]:
        return {"at": "home"}

    app = App()
    app.mount_resolver("/", resolver)

    assert TestClient(app).get("/").json() == {"at": "home"}


def test_beside_other_invocations_a_resolver_runs_in_a_thread() -> None:
    app = App(thread_safe=True)
    resolver = APIGatewayHttpResolver()

    @resolver.get("/")
    def home() -> dict[str, str]:
        return {"at": "home"}

    app.mount_resolver("/", resolver)

    served = serve(app, *[Turn(url_event(), request_id=f"r-{number}") for number in range(4)], pollers=2, threads=True)

    # The server hangs up when its last turn is taken, perhaps before the other poller has answered.
    assert {said.value["body"] for said in served.said} == {'{"at":"home"}'}


class Wrong:
    _proxy_type = type("Kind", (), {"value": "APIGatewayProxyEventV2"})

    def resolve(self, event: object, context: object) -> object:
        return {"ok": True}


def test_what_is_no_answer_is_a_500() -> None:
    app = App()
    app.mount_resolver("/", Wrong())

    with pytest.raises(ReplyError, match="no answer with a statusCode"):
        TestClient(app).get("/")


@pytest.mark.parametrize("resolver", [BedrockAgentResolver(), object(), APIGatewayHttpResolver])
def test_what_answers_no_requests_is_refused(resolver: Any) -> None:
    with pytest.raises(RegistrationError, match="takes one of Powertools' HTTP resolvers"):
        App().mount_resolver("/", resolver)
