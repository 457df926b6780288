"""A page to read and try the operations on: Swagger UI, as Powertools ships it, so that nothing comes from elsewhere."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from functools import lru_cache
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING

from .._json import dump
from ..request import Request
from ..response import Response

if TYPE_CHECKING:
    from .._decorators import Routes
    from ..types import JsonObject

_FOLDER = "event_handler/openapi/swagger_ui"
_ASSETS = {
    "swagger-ui.css": ("swagger-ui.min.css", "text/css; charset=utf-8"),
    "swagger-ui.js": ("swagger-ui-bundle.min.js", "text/javascript; charset=utf-8"),
}
_START = """\
window.ui = SwaggerUIBundle({
  url: "openapi.json", dom_id: "#ui", deepLinking: true, presets: [SwaggerUIBundle.presets.apis],
});
"""
#: Swagger UI writes styles into the page, and pictures of its own are in its style sheet.
_POLICY = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'"
_HEADERS = {"x-content-type-options": "nosniff"}


def add_page(routes: Routes, path: str, title: str, build: Callable[[Request], JsonObject]) -> None:
    """Add the page's routes under *path*.

    Args:
        build: Makes the document for a request: the servers are those that it came through.
    """
    known: dict[str, str] = {}

    @routes.get(f"{path}/", name=f"{path} page", include_in_schema=False)
    def page(request: Request) -> Response:
        """The page itself. Its parts are relative to it, so it must end with a slash."""
        if not request.path.endswith("/"):
            return Response(None, 307, {"location": f"{path.rpartition('/')[2]}/"})
        return Response(_page(title), headers={**_HEADERS, "content-security-policy": _POLICY}, media_type=_HTML)

    @routes.get(f"{path}/openapi.json", name=f"{path} document", include_in_schema=False)
    def openapi(request: Request) -> Response:
        text = known.get(request.base_path)
        if text is None:
            text = known[request.base_path] = dump(build(request))
        return Response(text, headers=_HEADERS, media_type="application/json")

    @routes.get(f"{path}/start.js", name=f"{path} script", include_in_schema=False)
    def start() -> Response:
        return Response(_START, headers=_HEADERS, media_type="text/javascript; charset=utf-8")

    @routes.get(f"{path}/{{name}}", name=f"{path} assets", include_in_schema=False)
    def asset(name: str, request: Request) -> Response:
        if name not in _ASSETS:
            return Response({"detail": "Not Found", "code": "not_found"}, 404)
        file, media_type = _ASSETS[name]
        headers = {**_HEADERS, "cache-control": "public, max-age=86400", "vary": "accept-encoding"}
        if _takes_gzip(request):
            return Response(_packed(file), headers={**headers, "content-encoding": "gzip"}, media_type=media_type)
        return Response(_read(file), headers=headers, media_type=media_type)


_HTML = "text/html; charset=utf-8"


def _page(title: str) -> str:
    return f"""\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)}</title>
<link rel="stylesheet" href="swagger-ui.css">
</head>
<body>
<div id="ui"></div>
<script src="swagger-ui.js"></script>
<script src="start.js"></script>
</body>
</html>
"""


def _takes_gzip(request: Request) -> bool:
    """Bytes come through everywhere but a REST API, which would have to be configured for them."""
    accepted = request.header("accept-encoding") or ""
    names = {each.strip().lower() for each in accepted.split(",")}
    return "gzip" in names and request.source.name != "apigw_rest"


def _read(file: str) -> bytes:
    return files("aws_lambda_powertools").joinpath(f"{_FOLDER}/{file}").read_bytes()


@lru_cache
def _packed(file: str) -> bytes:
    return gzip.compress(_read(file), mtime=0)
