"""The same small app in four frameworks: what a server shows of it should not depend on the server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Annotated, Any

Asgi = Callable[[Any, Any, Any], Awaitable[None]]

CHUNKS = [b"first,", "zwölf\n".encode(), b"\x00\xff"]


async def chunks() -> AsyncIterator[bytes]:
    for chunk in CHUNKS:
        yield chunk
        await asyncio.sleep(0)


def starlette() -> Asgi:
    from starlette.applications import Starlette
    from starlette.background import BackgroundTask
    from starlette.middleware import Middleware
    from starlette.middleware.base import BaseHTTPMiddleware
    from starlette.middleware.gzip import GZipMiddleware
    from starlette.requests import Request
    from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response, StreamingResponse
    from starlette.routing import Mount, Route

    async def echo(request: Request) -> Response:
        return JSONResponse(
            {
                "method": request.method,
                "path": request.url.path,
                "id": request.path_params["id"],
                "query": request.query_params.multi_items(),
                "headers": request.headers.getlist("x-many"),
                "cookies": request.cookies,
                "body": (await request.body()).decode("latin-1"),
                "link": str(request.url_for("echo", id="a b").path),
            },
            201,
        )

    async def form(request: Request) -> Response:
        async with request.form() as sent:
            upload: Any = sent["file"]
            return JSONResponse(
                {"name": sent["name"], "file": (await upload.read()).decode("latin-1"), "of": upload.filename}
            )

    async def cookies(request: Request) -> Response:
        response = PlainTextResponse("ok", headers={"x-latin": "café"}, background=BackgroundTask(asyncio.sleep, 0))
        response.set_cookie("a", "1", httponly=True)
        response.set_cookie("b", "2", max_age=60)
        return response

    async def stream(request: Request) -> Response:
        return StreamingResponse(chunks(), media_type="application/octet-stream")

    async def redirect(request: Request) -> Response:
        return RedirectResponse(request.url_for("stream").path + "?q=ä b")

    async def nothing(request: Request) -> Response:
        return Response(status_code=204)

    async def through(request: Request, call_next: Any) -> Response:
        response: Response = await call_next(request)
        response.headers["x-through"] = "middleware"
        return response

    inner = Starlette(routes=[Route("/hello/{name}", lambda request: PlainTextResponse(request.path_params["name"]))])
    return Starlette(
        routes=[
            Route("/echo/{id}", echo, methods=["GET", "POST", "PUT", "DELETE"], name="echo"),
            Route("/form", form, methods=["POST"]),
            Route("/cookies", cookies),
            Route("/stream", stream, name="stream"),
            Route("/redirect", redirect),
            Route("/nothing", nothing),
            Route("/slash/", nothing),
            Mount("/inner", inner),
        ],
        middleware=[Middleware(BaseHTTPMiddleware, dispatch=through), Middleware(GZipMiddleware, minimum_size=10)],
    )


def fastapi() -> Asgi:
    from fastapi import Cookie, FastAPI, File, Form, Header, Request, Response, UploadFile
    from fastapi.responses import JSONResponse, RedirectResponse, StreamingResponse
    from pydantic import BaseModel

    app = FastAPI()

    class Item(BaseModel):
        name: str
        price: float

    @app.api_route("/echo/{id}", methods=["GET", "POST", "PUT", "DELETE"])
    async def echo(
        id: str,
        request: Request,
        x_many: Annotated[list[str] | None, Header()] = None,
        sid: Annotated[str | None, Cookie()] = None,
    ) -> JSONResponse:
        return JSONResponse(
            {
                "method": request.method,
                "path": request.url.path,
                "id": id,
                "query": request.query_params.multi_items(),
                "headers": x_many,
                "sid": sid,
                "body": (await request.body()).decode("latin-1"),
                "link": str(app.url_path_for("echo", id="a b")),
            },
            201,
        )

    @app.post("/items")
    async def items(item: Item) -> Item:
        return item

    @app.post("/form")
    async def form(name: Annotated[str, Form()], file: Annotated[UploadFile, File()]) -> dict[str, str | None]:
        return {"name": name, "file": (await file.read()).decode("latin-1"), "of": file.filename}

    @app.get("/cookies")
    def cookies(response: Response) -> str:
        response.set_cookie("a", "1", httponly=True)
        response.set_cookie("b", "2", max_age=60)
        return "ok"

    @app.get("/stream")
    async def stream() -> StreamingResponse:
        return StreamingResponse(chunks(), media_type="application/octet-stream")

    @app.get("/redirect")
    def redirect() -> RedirectResponse:
        return RedirectResponse("/stream?q=ä b")

    @app.get("/nothing", status_code=204)
    def nothing() -> None:
        return None

    return app  # type: ignore[no-any-return,unused-ignore]


def litestar() -> Asgi:
    from tests.mounts.litestar_app import app

    return app


urlpatterns: list[Any] = []


def django() -> Asgi:
    import django as framework
    from django.conf import settings
    from django.core.asgi import get_asgi_application
    from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse, StreamingHttpResponse
    from django.urls import path, reverse

    if not settings.configured:
        settings.configure(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"], SECRET_KEY="of a test", USE_TZ=True)
        framework.setup(set_prefix=False)

    def echo(request: HttpRequest, id: str) -> HttpResponse:
        return JsonResponse(
            {
                "method": request.method,
                "path": request.path,
                "id": id,
                "query": [(name, values) for name, values in request.GET.lists()],
                "cookies": request.COOKIES,
                "body": request.body.decode("latin-1"),
                "link": reverse("echo", args=["a b"]),
            },
            status=201,
        )

    def form(request: HttpRequest) -> HttpResponse:
        upload: Any = request.FILES["file"]
        return JsonResponse({"name": request.POST["name"], "file": upload.read().decode("latin-1"), "of": upload.name})

    def cookies(request: HttpRequest) -> HttpResponse:
        response = HttpResponse("ok")
        response.set_cookie("a", "1", httponly=True)
        response.set_cookie("b", "2")
        return response

    async def stream(request: HttpRequest) -> StreamingHttpResponse:
        return StreamingHttpResponse(chunks(), content_type="application/octet-stream")

    def redirect(request: HttpRequest) -> HttpResponse:
        return HttpResponseRedirect("/stream?q=1")

    def nothing(request: HttpRequest) -> HttpResponse:
        return HttpResponse(status=204)

    urlpatterns[:] = [
        path("echo/<str:id>", echo, name="echo"),
        path("form", form),
        path("cookies", cookies),
        path("stream", stream),
        path("redirect", redirect),
        path("nothing", nothing),
    ]
    app: Asgi = get_asgi_application()
    return app


FRAMEWORKS: dict[str, Callable[[], Asgi]] = {
    "starlette": starlette, "fastapi": fastapi, "litestar": litestar, "django": django,
}  # fmt: skip
