"""A folder of files, for GET and HEAD. No path of a request's leads out of it, whatever it is made of.

A path is split before it is decoded, once, and every segment must be the plain name of something in the folder; what that
turns out to be once links are followed must lie in the folder, too. All else is a 404 like any other, so that nobody learns
what there is beside it.
"""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from .._paths import _segments
from .._replies import PLAIN, to_response
from ..errors import HTTPException, RegistrationError, ReplyError
from ..response import BufferedResponse, Prelude, Response
from ..sources._http import clean
from ..streams import FileResponse

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import NoReturn

    from ..context import Invocation
    from ..request import Request
    from ..response import FunctionResponse

_ALLOWED = "GET, HEAD, OPTIONS"
#: Control characters, and what separates paths, drives and streams on one system or another.
_FOREIGN = frozenset({*map(chr, range(32)), "\x7f", "/", "\\", ":"})
_NAME_OF_INDEX, _NAME_OF_404 = "index.html", "404.html"


class StaticFiles:
    """A mounted folder; see ``App.static``."""

    kind = "files"
    waits = False
    is_async = True

    def __init__(
        self,
        directory: str | os.PathLike[str],
        *,
        html: bool = False,
        headers: Mapping[str, str] | None = None,
        cache_control: str | None = None,
        hidden: bool = False,
    ) -> None:
        if not os.path.isdir(directory):
            raise RegistrationError(
                f"app.static: {os.fspath(directory)!r} is no folder; a relative one is looked for where the process runs, so "
                'write Path(__file__).parent / "static"'
            )
        #: What people see of it.
        self.title = os.path.basename(os.path.realpath(directory))
        self._root = os.path.realpath(directory)
        self._is_html = html
        self._is_hidden_served = hidden
        self._headers = _checked(list((headers or {}).items()))
        self._found_headers = [*self._headers, *_checked([("cache-control", cache_control)] if cache_control else [])]
        if len({name for name, _ in self._found_headers}) != len(self._found_headers):
            raise RegistrationError("app.static: a header is given twice; cache_control= is one of them")

    async def start(self, invocation: Invocation) -> None:
        """Nothing: files know no lifespan."""

    async def stop(self, invocation: Invocation) -> None:
        """Nothing: files know no lifespan."""

    async def answer(self, invocation: Invocation, request: Request, prefix: str) -> FunctionResponse:
        """The file that the path names.

        Raises:
            HTTPException: 404, 405, 412 or 416.
            ReplyError: It is there, and cannot be read.
        """
        if request.method == "OPTIONS":
            return BufferedResponse(None, Prelude(204, [("allow", _ALLOWED)]))
        if request.method not in ("GET", "HEAD"):
            _refuse(405, "Method Not Allowed", {"allow": _ALLOWED})
        shape = request.source.http
        assert shape is not None
        segments = _segments(request.path, shape.path_is_decoded)[prefix.count("/") :]
        found = self._find(segments, request, prefix)
        try:
            return await to_response(found or self._not_found(), PLAIN, invocation)
        except ReplyError as error:
            if found is None or not isinstance(error.__cause__, FileNotFoundError):
                raise
        # It has gone since it was found.
        return await to_response(self._not_found(), PLAIN, invocation)

    def _find(self, segments: Sequence[str], request: Request, prefix: str) -> FileResponse | Response | None:
        names = list(segments)
        is_folder = not names or not names[-1]
        if names and is_folder:
            names.pop()
        if not all(map(self._is_name, names)):
            return None
        path, mode = self._inside(names)
        if stat.S_ISREG(mode) and not is_folder:
            return FileResponse(path, headers=self._found_headers)
        if not (stat.S_ISDIR(mode) and self._is_html):
            return None
        index, mode = self._inside([*names, _NAME_OF_INDEX])
        if not stat.S_ISREG(mode):
            return None
        if segments and is_folder:
            return FileResponse(index, headers=self._found_headers)
        # Else the links of the page would be taken for those of the folder around it.
        return _with_slash((names or prefix.split("/"))[-1], request)

    def _is_name(self, segment: str) -> bool:
        """Whether *segment* is the plain name of something that is served."""
        return (
            segment not in ("", ".", "..")
            and _FOREIGN.isdisjoint(segment)
            and (self._is_hidden_served or not segment.startswith("."))
        )

    def _inside(self, names: Sequence[str]) -> tuple[str, int]:
        """The path that *names* lead to, and its mode; 0 where there is nothing, or it is not in the folder."""
        try:
            path = os.path.realpath(os.path.join(self._root, *names))
            if path != self._root and not path.startswith(os.path.join(self._root, "")):
                return "", 0
            return path, os.stat(path).st_mode
        except (OSError, ValueError):
            return "", 0  # nothing has a name like that

    def _not_found(self) -> FileResponse:
        path, mode = self._inside([_NAME_OF_404])
        if not (self._is_html and stat.S_ISREG(mode)):
            _refuse(404, "Not Found")
        return FileResponse(path, status_code=404, headers=self._headers)


def _refuse(status_code: int, detail: str, headers: dict[str, str] | None = None) -> NoReturn:
    error = HTTPException(status_code, detail, headers)
    error.code = detail.lower().replace(" ", "_")
    raise error


def _with_slash(name: str, request: Request) -> Response:
    """To the same path with a slash behind it, from where it is: no host, and no base path, can be mistaken in that."""
    from urllib.parse import quote

    query = request.query_string
    location = f"{quote(name, safe='')}/{'?' if query else ''}{query}"
    return Response(None, 307, headers={"location": location})


def _checked(headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
    try:
        return clean(Prelude(200, headers))[0]
    except ReplyError as error:
        raise RegistrationError(f"app.static: {error}") from None
