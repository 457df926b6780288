"""Apps of four frameworks, mounted and served by uvicorn: a client must not see the difference."""

from __future__ import annotations

import http.client
import socket
import threading
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import pytest
import uvicorn

from eventrouter import App
from eventrouter.testing import TestClient
from tests.mounts.apps import CHUNKS, FRAMEWORKS, Asgi

#: Of the connection, or of the moment.
_OF_SERVERS = {"date", "server", "connection", "transfer-encoding", "content-length"}

FORM = (
    b'--b\r\nContent-Disposition: form-data; name="name"\r\n\r\nzw\xc3\xb6lf\r\n'
    b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.bin"\r\nContent-Type: application/octet-stream\r\n\r\n'
    b"\x00\xff\r\n--b--\r\n"
)


class Ask(NamedTuple):
    """A request."""

    method: str
    path: str
    headers: Mapping[str, str] = MappingProxyType({})
    body: bytes = b""


ASKS = [
    Ask("GET", "/echo/7?q=1&q=%C3%A4+b&empty=&x", {"x-many": "1"}),
    Ask("GET", "/echo/a%20b"),
    Ask("GET", "/echo/%E6%97%A5"),
    Ask("HEAD", "/echo/7"),
    Ask("DELETE", "/echo/7"),
    Ask("POST", "/echo/7", {"content-type": "application/octet-stream"}, b"\x00\x01\xff"),
    Ask("PUT", "/echo/7", {"content-type": "application/json", "cookie": "sid=s; theme=dark"}, b'{"a": 1}'),
    Ask("POST", "/items", {"content-type": "application/json"}, b'{"name": "x", "price": "y"}'),
    Ask("POST", "/items", {"content-type": "application/json"}, b'{"name": "x", "price": 1.5}'),
    Ask("POST", "/items", {"content-type": "application/json"}, b"{"),
    Ask("POST", "/form", {"content-type": "multipart/form-data; boundary=b"}, FORM),
    Ask("GET", "/cookies"),
    Ask("GET", "/cookies", {"accept-encoding": "gzip"}),
    Ask("HEAD", "/cookies"),
    Ask("GET", "/stream"),
    Ask("GET", "/stream", {"accept-encoding": "gzip"}),
    Ask("GET", "/redirect"),
    Ask("GET", "/nothing"),
    Ask("GET", "/slash"),
    Ask("GET", "/inner/hello/you"),
    Ask("GET", "/nowhere"),
    Ask("PATCH", "/cookies"),
    Ask("OPTIONS", "/cookies"),
    Ask("GET", "/"),
]


class Seen(NamedTuple):
    """What a client sees of an answer."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


class Server:
    """uvicorn, on a free port of the loopback."""

    def __init__(self, asgi: Asgi, root_path: str) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        # The proxy's headers are what API Gateway says of the client.
        config = uvicorn.Config(asgi, lifespan="off", log_level="error", root_path=root_path, proxy_headers=True)
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],))
        self._thread.start()

    def ask(self, ask: Ask, host: str) -> Seen:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            headers = {"host": host, "x-forwarded-proto": "https", "accept": "*/*", **ask.headers}
            connection.request(ask.method, ask.path, ask.body or None, headers)
            answer = connection.getresponse()
            found = [(name.lower(), value) for name, value in answer.getheaders()]
            return Seen(answer.status, _shown(found), answer.read())
        finally:
            connection.close()

    def close(self) -> None:
        self._server.should_exit = True
        self._thread.join(20)


def _shown(headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return sorted((name, value) for name, value in headers if name not in _OF_SERVERS)


HOST = "shop.example.com"


@pytest.fixture(scope="module", params=list(FRAMEWORKS))
def framework(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module", params=["", "/api"])
def prefix(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def asgi(framework: str) -> Asgi:
    return FRAMEWORKS[framework]()


@pytest.fixture(scope="module")
def servers(asgi: Asgi, prefix: str) -> Iterator[dict[str, Server]]:
    # A REST API has the name of its stage in front of its paths.
    running = {"function_url": Server(asgi, prefix), "apigw_rest": Server(asgi, f"/prod{prefix}")}
    yield running
    for server in running.values():
        server.close()


@pytest.mark.parametrize("stream", [set(), {"function_url"}], ids=["buffered", "streamed"])
@pytest.mark.parametrize("as_", ["function_url", "apigw_rest"])
@pytest.mark.parametrize("ask", ASKS, ids=lambda ask: f"{ask.method} {ask.path}")
def test_a_mounted_app_is_seen_as_uvicorn_shows_it(
    ask: Ask, as_: Any, stream: Any, asgi: Asgi, prefix: str, servers: dict[str, Server]
) -> None:
    app = App(response_stream=stream)
    app.mount(prefix, asgi)
    fields: Any = {"content": ask.body} if ask.body else {}
    with TestClient(app, raise_exceptions=False) as client:
        result = client.request(ask.method, prefix + ask.path, headers={"host": HOST, **ask.headers}, as_=as_, **fields)

    pairs = [(name, value) for name, value in result.headers.pairs if name != "set-cookie"]
    shown = _shown(pairs + [("set-cookie", cookie) for cookie in result.set_cookies])
    assert Seen(result.status_code, shown, result.content) == servers[as_].ask(ask, HOST)


def test_a_streamed_body_arrives_in_the_chunks_it_was_made_in(framework: str, asgi: Asgi) -> None:
    app = App(response_stream={"function_url"})
    app.mount("/", asgi)

    with TestClient(app) as client:
        result = client.get("/stream")

    assert [chunk.data for chunk in result.chunks] == CHUNKS
