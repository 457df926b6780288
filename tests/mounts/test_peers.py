"""Apps that ask more of a server than a framework does."""

from __future__ import annotations

from typing import Any

import pytest

from eventrouter import App
from eventrouter.testing import TestClient, events
from tests.runtime.served import Turn, serve

STREAMED: Any = {"response_stream": {"function_url"}}


def tool_server(*, json_response: bool) -> Any:
    """An MCP server with one tool, without sessions: each of its requests runs a task in a group of its lifespan."""
    from mcp.server.mcpserver import MCPServer
    from mcp.server.transport_security import TransportSecuritySettings

    server = MCPServer("sums")

    @server.tool()
    def add(a: int, b: int) -> int:
        return a + b

    return server.streamable_http_app(
        stateless_http=True,
        json_response=json_response,
        transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False),
    )


CALL = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "add", "arguments": {"a": 1, "b": 2}}}
ACCEPT = {"accept": "application/json, text/event-stream"}


@pytest.mark.parametrize("as_", ["function_url", "apigw_rest", "apigw_http", "alb"])
def test_an_mcp_server_answers_as_often_as_it_is_asked(as_: Any, caplog: pytest.LogCaptureFixture) -> None:
    app = App()
    app.mount("/tools", tool_server(json_response=True))

    with TestClient(app) as client:
        answers = [client.post("/tools/mcp", json=CALL, headers=ACCEPT, as_=as_) for _ in range(3)]

    assert [each.json()["result"]["structuredContent"] for each in answers] == [{"result": 3}] * 3
    assert "left" not in caplog.text


@pytest.mark.parametrize("driver", ["asyncio", "trio"])
def test_an_mcp_server_streams_its_answers_through_the_runtime(driver: str) -> None:
    app = App(**STREAMED)
    app.mount("/", tool_server(json_response=False))
    event = events.function_url("POST", "/mcp", json=CALL, headers=ACCEPT)

    api = serve(app, Turn(event), Turn(event), driver=driver)

    assert [b'"structuredContent":{"result":3}' in each.content for each in api.said] == [True, True]


@pytest.mark.parametrize("as_", ["function_url", "apigw_rest"])
def test_falcon_is_told_of_no_root_path(as_: Any) -> None:
    import falcon.asgi

    class Items:
        async def on_get(self, request: Any, response: Any, item_id: str) -> None:
            response.media = {"item": item_id, "uri": request.relative_uri}

    site = falcon.asgi.App()
    site.add_route("/items/{item_id}", Items())
    app = App()
    app.mount("/shop", site, root_path=False)

    answer = TestClient(app).get("/shop/items/7?x=1", as_=as_)

    assert answer.json() == {"item": "7", "uri": "/items/7?x=1"}
