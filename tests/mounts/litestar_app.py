"""The app of ``apps.py`` in Litestar, which looks for the names of annotations in the module."""

from __future__ import annotations

from typing import Any

from litestar import Litestar, Request, Response, get, route
from litestar.datastructures import Cookie
from litestar.params import FromPath
from litestar.response import Redirect, Stream

from tests.mounts.apps import chunks


@route("/echo/{id:str}", http_method=["GET", "POST", "PUT", "DELETE"], status_code=201)
async def echo(id: FromPath[str], request: Request[Any, Any, Any]) -> dict[str, Any]:
    return {
        "method": request.method,
        "path": request.url.path,
        "id": id,
        "query": request.query_params.multi_items(),
        "headers": request.headers.getall("x-many", []),
        "cookies": request.cookies,
        "body": (await request.body()).decode("latin-1"),
    }


@get("/cookies", sync_to_thread=False)
def cookies() -> Response[str]:
    return Response("ok", cookies=[Cookie("a", "1", httponly=True), Cookie("b", "2", max_age=60)])


@get("/stream")
async def stream() -> Stream:
    return Stream(chunks(), media_type="application/octet-stream")


@get("/redirect", sync_to_thread=False)
def redirect() -> Redirect:
    return Redirect("/stream?q=1")


@get("/nothing", status_code=204, sync_to_thread=False)
def nothing() -> None:
    return None


app = Litestar([echo, cookies, stream, redirect, nothing], openapi_config=None, logging_config=None)
