"""An HTTP request, the same whatever trigger it came through. Everything but method and path is read when it is asked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from .errors import RequestValidationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeVar, overload

    from .forms import FormData
    from .source import HttpShape, Source
    from .types import JsonValue

    T = TypeVar("T")
    _Strings = Mapping[str, str]
else:
    _Strings = Mapping


class MultiDict(_Strings):
    """Names to values where a name may repeat: as a mapping the last value of each, in full by :meth:`getlist`."""

    __slots__ = ("_lists", "_pairs")

    def __init__(self, pairs: Iterable[tuple[str, str]] = ()) -> None:
        self._pairs = list(pairs)
        lists: dict[str, list[str]] = {}
        for name, value in self._pairs:
            if name in lists:
                lists[name].append(value)
            else:
                lists[name] = [value]
        self._lists = lists

    def __getitem__(self, name: str) -> str:
        return self._lists[name][-1]

    def __iter__(self) -> Iterator[str]:
        return iter(self._lists)

    def __len__(self) -> int:
        return len(self._lists)

    def __contains__(self, name: object) -> bool:
        return name in self._lists

    if TYPE_CHECKING:

        @overload
        def get(self, name: str, /) -> str | None: ...
        @overload
        def get(self, name: str, /, default: str | T) -> str | T: ...

    def get(self, name: str, /, default: object = None) -> object:
        found = self._lists.get(name)
        return default if found is None else found[-1]

    def getlist(self, name: str) -> list[str]:
        """Every value of *name* in the order they were sent; none is an empty list."""
        return list(self._lists.get(name, ()))

    def multi_items(self) -> list[tuple[str, str]]:
        """All pairs in the order they were sent."""
        return list(self._pairs)

    def __repr__(self) -> str:
        # Names only: values may be tokens.
        return f"<{type(self).__name__} {', '.join(map(ascii, self._lists))}>"


class Headers(MultiDict):
    """Request headers by name in any case; iterating gives lower-case names.

    As a mapping, the values of a repeated header are joined with commas, which is what those triggers hand over that
    cannot repeat a header; Cookie is joined with semicolons.
    """

    __slots__ = ()

    def __getitem__(self, name: str) -> str:
        name = name.lower()
        values = self._lists[name]
        return values[0] if len(values) == 1 else ("; " if name == "cookie" else ", ").join(values)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.lower() in self._lists

    if TYPE_CHECKING:

        @overload
        def get(self, name: str, /) -> str | None: ...
        @overload
        def get(self, name: str, /, default: str | T) -> str | T: ...

    def get(self, name: str, /, default: object = None) -> object:
        return self[name] if name.lower() in self._lists else default

    def getlist(self, name: str) -> list[str]:
        return list(self._lists.get(name.lower(), ()))


class Request:
    """One HTTP request.

    Attributes:
        event: The event as it was delivered, never mutated.
        source: The trigger it came through.
        method: In upper case.
        path: What is routed on; percent-encoded where the trigger leaves it so. See ``raw_path``.
        path_params: The route's path parameters, each decoded once.
        route: The template of the route that takes the request (``/orders/{order_id}``); ``""`` before one is found.
    """

    # Slots that are filled on first use stay empty until then: an unset slot costs nothing to make.
    __slots__ = (
        "_body", "_cookies", "_form", "_headers", "_json", "_query_params", "_text", "event", "method", "path", "path_params",
        "route", "source",
    )  # fmt: skip

    _body: bytes
    _cookies: Mapping[str, str]
    _form: FormData | RequestValidationError
    _headers: Headers
    _json: Any
    _query_params: MultiDict
    _text: str

    def __init__(
        self, event: JsonValue, source: Source, method: str, path: str, path_params: Mapping[str, str], route: str = ""
    ) -> None:
        self.event = event
        self.source = source
        self.method = method
        self.path = path
        self.path_params = path_params
        self.route = route

    @property
    def query_params(self) -> MultiDict:
        """The query string's parameters, decoded."""
        try:
            return self._query_params
        except AttributeError:
            self._query_params = MultiDict(_shape(self.source).query(self.event))
            return self._query_params

    @property
    def headers(self) -> Headers:
        """The headers."""
        try:
            return self._headers
        except AttributeError:
            self._headers = Headers(_shape(self.source).headers(self.event))
            return self._headers

    @property
    def cookies(self) -> Mapping[str, str]:
        """The cookies; what is malformed is left out."""
        try:
            return self._cookies
        except AttributeError:
            self._cookies = _shape(self.source).cookies(self.event)
            return self._cookies

    @property
    def body(self) -> bytes:
        """The body's bytes; ``b""`` where there is none.

        Raises:
            RequestValidationError: The event says base64 and holds something else.
        """
        try:
            return self._body
        except AttributeError:
            self._body = _shape(self.source).body(self.event)
            return self._body

    @property
    def text(self) -> str:
        """The body as text, in the charset of its content type or UTF-8.

        Raises:
            RequestValidationError: It is not text in that charset.
        """
        try:
            return self._text
        except AttributeError:
            self._text = _decoded(self.body, self.content_type)
            return self._text

    def json(self) -> Any:
        """The body's JSON value, decoded once: do not change it in place.

        Raises:
            RequestValidationError: There is no body, or it is no JSON.
        """
        try:
            return self._json
        except AttributeError:
            self._json = _loaded(self.body)
            return self._json

    def form(self) -> FormData:
        """The body as a form, read once: URL-encoded, or multipart with python-multipart installed.

        Raises:
            RequestValidationError: It is no form, or is malformed.
            RuntimeError: It is multipart and python-multipart is not installed.
        """
        try:
            found = self._form
        except AttributeError:
            from .forms import read_form

            try:
                found = read_form(self)
            except RequestValidationError as error:
                found = error
            self._form = found
        if isinstance(found, RequestValidationError):
            raise found  # kept too: each field asks, and the body may be large
        return found

    @property
    def content_type(self) -> str:
        """The Content-Type header as sent; ``""`` where there is none."""
        return self.headers.get("content-type", "")

    @property
    def client_host(self) -> str | None:
        """The caller's address as the trigger saw it; None where it does not say."""
        return _shape(self.source).client(self.event)

    @property
    def raw_path(self) -> str:
        """``path`` percent-encoded: as the client sent it, or, where the trigger has decoded it, encoded again."""
        if not _shape(self.source).path_is_decoded:
            return self.path
        from urllib.parse import quote

        return quote(self.path, safe="/~!$&'()*+,;=:@", errors="replace")

    def __repr__(self) -> str:
        return f"<Request {self.method} {self.path!a} {self.source.name}>"


def _shape(source: Source) -> HttpShape:
    if source.http is None:
        raise TypeError(f"a {source.name} event is no HTTP request")
    return source.http


def charset_of(content_type: str) -> str:
    """The charset that a content type names; UTF-8 where it names none."""
    charset = ""
    for parameter in content_type.split(";")[1:]:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset":
            charset = value.strip().strip('"')
    return charset or "utf-8"


def _decoded(body: bytes, content_type: str) -> str:
    try:
        return body.decode(charset_of(content_type))
    except (UnicodeError, LookupError, ValueError):
        raise RequestValidationError(
            [
                {
                    "type": "string_unicode",
                    "loc": ["body"],
                    "msg": "Body should be text in the charset of its content type",
                }
            ]
        ) from None


def _loaded(body: bytes) -> Any:
    from json import loads

    if not body:
        raise RequestValidationError([{"type": "missing", "loc": ["body"], "msg": "Field required"}])
    try:
        return loads(body)
    except (ValueError, RecursionError):
        raise RequestValidationError(
            [{"type": "json_invalid", "loc": ["body"], "msg": "Body should be JSON"}]
        ) from None
