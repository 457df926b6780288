"""WSGI apps under a prefix."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import flask
import pytest

from eventrouter import App, RegistrationError, current_invocation
from eventrouter.testing import TestClient
from tests.runtime.served import LIMIT, Api, Turn, serve, url_event

TRIGGERS = ["function_url", "apigw_http", "apigw_rest", "alb", "vpc_lattice_v1", "vpc_lattice_v2"]


def shop() -> flask.Flask:
    app = flask.Flask("shop")

    @app.post("/orders/<order_id>")
    def order(order_id: str) -> Any:
        response = flask.jsonify(
            id=order_id,
            q=flask.request.args.getlist("q"),
            body=flask.request.get_json(),
            cookie=flask.request.cookies.get("sid"),
            url=flask.url_for("order", order_id=7),
            source=current_invocation().source.name,
        )
        response.set_cookie("a", "1")
        response.set_cookie("b", "2")
        return response, 201

    @app.get("/stream")
    def stream() -> Any:
        def rows() -> Iterator[str]:
            yield "a"
            yield "b"

        return flask.Response(rows(), mimetype="text/plain")

    @app.get("/boom")
    def boom() -> str:
        raise KeyError("secret")

    return app


def mounted(wsgi: Callable[..., Any], **options: Any) -> App:
    app = App(**options)
    app.mount_wsgi("/shop", wsgi)
    return app


@pytest.mark.parametrize("as_", [trigger for trigger in TRIGGERS if not trigger.startswith("vpc")])
def test_a_request_and_its_answer_go_through(as_: Any) -> None:
    client = TestClient(mounted(shop()))

    result = client.post("/shop/orders/7", params={"q": "ä"}, json={"a": "ö"}, cookies={"sid": "s"}, as_=as_)

    assert result.status_code == 201
    assert {key: value for key, value in result.json().items() if key != "url"} == {
        "id": "7",
        "q": ["ä"],
        "body": {"a": "ö"},
        "cookie": "s",
        "source": as_,
    }
    assert result.json()["url"].endswith("/shop/orders/7")


def test_a_body_is_streamed() -> None:
    result = TestClient(mounted(shop(), response_stream={"function_url"})).get("/shop/stream")

    assert [chunk.data for chunk in result.chunks] == [b"a", b"b"]


def test_under_the_runtime_a_chunk_arrives_while_the_app_is_still_running() -> None:
    has_arrived = threading.Event()

    def wsgi(environ: Any, start_response: Any) -> Iterator[bytes]:
        start_response("200 OK", [("Content-Type", "text/plain")])
        yield b"first"
        has_arrived.wait(LIMIT)
        yield b"second" if has_arrived.is_set() else b"nobody has read the first"

    def prepare(api: Api) -> None:
        api.on_chunk = lambda chunk: has_arrived.set() if chunk == b"first" else None

    app = mounted(wsgi, response_stream={"function_url"})

    assert serve(app, Turn(url_event("/shop/")), prepare=prepare).only.content == b"firstsecond"


def test_an_apps_failure_is_its_own_answer_or_a_500() -> None:
    def wsgi(environ: Any, start_response: Any) -> list[bytes]:
        raise KeyError("secret")

    assert TestClient(mounted(shop())).get("/shop/boom").status_code == 500
    assert TestClient(mounted(wsgi), raise_exceptions=False).get("/shop/").status_code == 500


def test_it_has_no_lifespan() -> None:
    with TestClient(mounted(shop())) as client:
        assert client.get("/shop/nowhere").status_code == 404


def test_without_a2wsgi_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "a2wsgi", None)

    with pytest.raises(RegistrationError, match=r"eventrouter\[wsgi\]"):
        mounted(shop())


@pytest.mark.parametrize("wsgi", [7, flask.Flask])
def test_what_is_no_wsgi_app_is_refused(wsgi: Any) -> None:
    with pytest.raises(RegistrationError, match="takes a WSGI app"):
        mounted(wsgi)


class Asgi:
    async def __call__(self, scope: Any, receive: Any, send: Any) -> None: ...


@pytest.mark.parametrize("asgi", [Asgi(), Asgi().__call__], ids=["an object", "a function"])
def test_an_asgi_app_is_sent_to_the_other_method(asgi: Any) -> None:
    with pytest.raises(RegistrationError, match="is ASGI: write app.mount"):
        mounted(asgi)


def test_an_app_in_threads_is_not_run_beside_itself_in_one_process() -> None:
    from eventrouter.runtime._survey import is_async, needs_loop

    app = mounted(shop())

    assert needs_loop(app)
    assert not is_async(app)
