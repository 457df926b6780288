"""An HTTP request, the same whatever trigger it came through. Everything but method and path is read when it is asked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from .errors import RequestValidationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeVar, overload

    from ._paths import Paths
    from .caller import Authorizer, IamIdentity
    from .context import Invocation
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


class Cookies(MultiDict):
    """Request cookies. As a mapping the first of a name counts: browsers send the most specific path first (RFC 6265, 5.4),
    so that a cookie which was set for a wider path cannot stand in for it."""

    __slots__ = ()

    def __getitem__(self, name: str) -> str:
        return self._lists[name][0]

    if TYPE_CHECKING:

        @overload
        def get(self, name: str, /) -> str | None: ...
        @overload
        def get(self, name: str, /, default: str | T) -> str | T: ...

    def get(self, name: str, /, default: object = None) -> object:
        found = self._lists.get(name)
        return default if found is None else found[0]


class Request:
    """One HTTP request.

    Attributes:
        event: The event as it was delivered, never mutated.
        source: The trigger it came through; ``request.source.name`` is its label.
        method: In upper case.
        path: What is routed on, without stage and base path; percent-encoded where the trigger leaves it so. See ``raw_path``.
        path_params: The route's path parameters, each decoded once.
        route: The template of the route that takes the request (``/orders/{order_id}``); ``""`` before one is found.
    """

    # Slots that are filled on first use stay empty until then: an unset slot costs nothing to make.
    __slots__ = (
        "_body", "_cookies", "_cut", "_form", "_headers", "_is_lower", "_json", "_query_params", "_text", "event", "method",
        "path", "path_params", "paths", "route", "source",
    )  # fmt: skip

    _body: bytes
    _cookies: Cookies
    _form: FormData | RequestValidationError
    _headers: Headers | None
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
        #: Where its route was looked for; None before that.
        self.paths: Paths[Any] | None = None
        #: The base path that was cut off.
        self._cut = ""
        # Not left empty: layers ask for one header after another, and each time an exception would be caught.
        self._headers = None
        self._is_lower: bool | None = None

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
        found = self._headers
        if found is None:
            found = self._headers = Headers(_shape(self.source).headers(self.event))
        return found

    @property
    def cookies(self) -> Cookies:
        """The cookies; what is malformed is left out."""
        try:
            return self._cookies
        except AttributeError:
            self._cookies = Cookies(_shape(self.source).cookies(self.event))
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
        path = self.path
        if _shape(self.source).path_is_decoded:
            return _quoted(path)
        # An HTTP API with payload 1.0 has decoded it, and only its percent signs are written as they were.
        return path if path.isascii() and path.isprintable() and " " not in path else _encoded(path)

    # ------------------------------------------------------------------------------------------------------- the URL

    @property
    def base_path(self) -> str:
        """What stands in front of ``path`` in the URL: the stage of an API, ``App(base_path=...)``; ``""`` where nothing does."""
        full_path = _shape(self.source).full_path
        if full_path is None:
            return self._cut
        full = full_path(self.event)
        if full.endswith(self.path):
            return full[: -len(self.path)]
        return full if self.path == "/" else self._cut

    @property
    def scheme(self) -> str:
        """``"https"``, or ``"http"`` where a load balancer says that the client came without TLS."""
        last = self.header("x-forwarded-proto") or ""
        if last in _SCHEMES:
            return last
        last = last.rpartition(",")[2].strip().lower()
        return last if last in _SCHEMES else "https"

    @property
    def host(self) -> str:
        """The host and perhaps port that the client asked for, in lower case; ``""`` where that is none, or there is none.

        It is the client's word: hold it against the hosts you expect (``middleware.TrustedHosts``).
        """
        found = self.header("host")
        if found is None:
            found = self._context("domainName")
        found = found.lower()
        return found if _OF_HOSTS.issuperset(found) else ""

    @property
    def query_string(self) -> str:
        """The query string, percent-encoded, without ``?``."""
        shape = _shape(self.source)
        if shape.query_string is None:
            from urllib.parse import urlencode

            return urlencode(shape.query(self.event), errors="replace")
        found = shape.query_string(self.event)
        return found if found.isascii() and found.isprintable() and " " not in found else _encoded(found)

    @property
    def url(self) -> str:
        """The URL as the client has it, as far as the trigger says."""
        query = self.query_string
        return f"{self._root}{self.raw_path}{'?' if query else ''}{query}"

    def url_for(self, name: str, /, **path_params: object) -> str:
        """The URL of the route *name*, with *path_params* in it, on the host and under the base path of this request.

        Raises:
            LookupError: There is no such route, there are several, or its path has other parameters.
        """
        if self.paths is None:
            raise LookupError("the request's route has not been looked for yet: url_for() is for handlers")
        return f"{self._root}{self.paths.url_for(name, path_params)}"

    @property
    def _root(self) -> str:
        base = self.base_path
        if _shape(self.source).path_is_decoded:
            base = _quoted(base)
        return f"{self.scheme}://{self.host}{base}"

    def _context(self, key: str) -> str:
        context = self.event.get("requestContext")
        found = context.get(key) if type(context) is dict else None
        return found if type(found) is str else ""

    # ---------------------------------------------------------------------------------------------------- the caller

    @property
    def authorizer(self) -> Authorizer | None:
        """What the authorizer in front of the function said of the caller; None where there is none."""
        from .caller import authorizer_of

        return authorizer_of(self.event)

    @property
    def identity(self) -> IamIdentity | None:
        """The AWS identity that signed the request, where the trigger checks that."""
        from .caller import identity_of

        return identity_of(self.event)

    @property
    def request_id(self) -> str:
        """The trigger's own id of this request, as in its access log; ``""`` where it has none.

        Lambda's id of the invocation is another one: ``invocation.request_id``.
        """
        return self._context("requestId")

    @property
    def trace_id(self) -> str:
        """The X-Ray trace that the request is part of (``Root=1-...``), or ``""``."""
        return self.headers.get("x-amzn-trace-id", "")

    # ------------------------------------------------------------------------------------------------------------------

    def header(self, name: str) -> str | None:
        """One header by its lower-case name; cheaper than ``headers`` for who needs one or two."""
        found = self._headers
        if found is None:
            shape = self.source.http
            if shape is not None and shape.has_lower_names and name != "cookie":
                given = self.event.get("headers")
                value = given.get(name) if type(given) is dict else None
                if value is not None:
                    return value if type(value) is str else str(value)
                # AWS writes the names in lower case, and emulators as the client did.
                if self._is_lower is None:
                    self._is_lower = type(given) is not dict or not given or "".join(given).islower()
                if self._is_lower:
                    return None
            found = self.headers
        return found.get(name)

    def __repr__(self) -> str:
        return f"<Request {self.method} {self.path!a} {self.source.name}>"


_SCHEMES = frozenset({"http", "https"})
#: What a host with its port, or an address in brackets, is made of.
_OF_HOSTS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-._:[]")


def _quoted(path: str) -> str:
    """A decoded path, percent-encoded."""
    from urllib.parse import quote

    return quote(path, safe="/~!$&'()*+,;=:@", errors="replace")


def _encoded(text: str) -> str:
    """A path or query string in which something is not percent-encoded, though it should be."""
    from urllib.parse import quote

    return quote(text, safe="/~!$&'()*+,;=:@%?", errors="replace")


def _shape(source: Source) -> HttpShape:
    if source.http is None:
        raise TypeError(f"a {source.name} event is no HTTP request")
    return source.http


def request_of(invocation: Invocation) -> Request:
    """The request of an invocation, its route not looked for yet.

    Raises:
        TypeError: The event is none.
    """
    source = invocation.source
    method, path = _shape(source).line(invocation.event)
    if not invocation.base_paths:
        return Request(invocation.event, source, method, path, {})
    base, path = without_base(path, invocation.base_paths)
    request = Request(invocation.event, source, method, path, {})
    request._cut = base
    return request


def without_base(path: str, base_paths: tuple[str, ...]) -> tuple[str, str]:
    """The first of *base_paths* that *path* begins with, on the border of a segment, and the rest."""
    for base in base_paths:
        if path.startswith(base) and (len(path) == len(base) or path[len(base)] == "/"):
            return base, path[len(base) :] or "/"
    return "", path


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
