"""What an app answers: a buffered or a streaming response, and the prelude that HTTP callers get before the body."""

from __future__ import annotations

from ._json import dump_bytes, to_plain
from .errors import ReplyError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence
    from datetime import datetime
    from typing import Any, Literal, TypeAlias

    from .batch import BackgroundTasks
    from .source import Source
    from .types import JsonValue


_write: Any = None


class Prelude:
    """Status, headers and cookies of an HTTP answer. ``headers`` are pairs, since names may repeat; never Set-Cookie."""

    __slots__ = ("cookies", "headers", "status_code")

    def __init__(
        self,
        status_code: int = 200,
        headers: Sequence[tuple[str, str]] = (),
        cookies: Sequence[str] = (),
    ) -> None:
        self.status_code = status_code
        self.headers = [*headers]
        self.cookies = [*cookies]

    def __repr__(self) -> str:
        return f"Prelude({self.status_code}, {self.headers!r}, {len(self.cookies)} cookies)"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Prelude):
            return False
        return (self.status_code, self.headers, self.cookies) == (other.status_code, other.headers, other.cookies)

    __hash__ = None  # type: ignore[assignment]  # mutable: middleware edits it


class BufferedResponse:
    """An answer that is complete.

    Args:
        value: For HTTP triggers (``prelude`` given) the body: ``str``, ``bytes`` or None. Otherwise the JSON value that
            the trigger gets; anything pydantic can serialise.
        prelude: Absent for callers that are not HTTP.
    """

    __slots__ = ("_event", "_is_head", "_rest_binary", "_source", "prelude", "value")

    def __init__(self, value: JsonValue = None, prelude: Prelude | None = None) -> None:
        self.value = value
        self.prelude = prelude
        self._source: Source | None = None
        self._event: JsonValue = None
        self._rest_binary = False
        self._is_head: bool | None = None

    def wire(self) -> JsonValue:
        """The JSON value in the shape of the trigger it answers.

        Raises:
            ResponseTooLargeError: It has more bytes than the trigger takes.
            ReplyError: A header or cookie holds a line break, or the value cannot be JSON.
        """
        source, prelude = self._source, self.prelude
        if prelude is None:
            return to_plain(self.value)
        if source is None or source.http is None:
            return {"statusCode": prelude.status_code, "headers": dict(prelude.headers), "body": self.value}
        global _write
        if _write is None:
            # Bound once: an import statement in the way of every answer costs more than the answer.
            from .sources._http import write as _write
        return _write(self, source, self._event, rest_binary=self._rest_binary, is_head=self._is_head)

    @property
    def payload(self) -> bytes:
        """The bytes of :meth:`wire`, as the runtime sends them."""
        return dump_bytes(self.wire())

    def __repr__(self) -> str:
        return f"<BufferedResponse {self.prelude.status_code if self.prelude else 'value'}>"


class StreamingResponse:
    """An answer whose body arrives piece by piece; *body* is closed however the stream ends."""

    __slots__ = ("_event", "_media_type", "_opening", "_source", "body", "prelude")

    def __init__(self, body: AsyncIterator[bytes], prelude: Prelude | None = None) -> None:
        self.body = body
        self.prelude = prelude
        self._source: Source | None = None
        self._event: JsonValue = None
        #: The prelude as it is sent, once it is known that it can be.
        self._opening: bytes | None = None
        #: The content type where there is no prelude to say it.
        self._media_type = "application/octet-stream"

    def __repr__(self) -> str:
        return f"<StreamingResponse {self.prelude.status_code if self.prelude else 'raw'}>"


class Response:
    """An HTTP answer that a handler spells out.

    Args:
        content: ``str`` and ``bytes`` are the body, iterators are streamed, anything else becomes JSON.
        status_code: The status.
        headers: A mapping, or pairs where a name repeats. Set-Cookie belongs to :meth:`set_cookie`.
        media_type: The content type, unless *headers* has one; default: by *content*.
        background: Work for after the answer is made.
    """

    __slots__ = ("background", "content", "cookies", "headers", "media_type", "status_code")

    def __init__(
        self,
        content: object = None,
        status_code: int = 200,
        headers: Mapping[str, str] | Sequence[tuple[str, str]] | None = None,
        media_type: str | None = None,
        background: BackgroundTasks | None = None,
    ) -> None:
        self.content = content
        self.status_code = status_code
        pairs = headers if isinstance(headers, list | tuple) else dict(headers or ()).items()
        self.headers: list[tuple[str, str]] = [(str(name), str(value)) for name, value in pairs]
        self.cookies: list[str] = []
        self.media_type = media_type
        self.background = background

    def set_cookie(
        self,
        key: str,
        value: str = "",
        max_age: int | None = None,
        expires: datetime | str | int | None = None,
        path: str | None = "/",
        domain: str | None = None,
        secure: bool = False,
        httponly: bool = False,
        samesite: Literal["lax", "strict", "none"] | None = "lax",
        partitioned: bool = False,
    ) -> None:
        """Set a cookie, as Starlette spells it.

        Raises:
            ReplyError: A name, value or attribute that would break out of its place.
        """
        from ._cookies import cookie

        self.cookies.append(cookie(key, value, max_age, expires, path, domain, secure, httponly, samesite, partitioned))

    def delete_cookie(
        self,
        key: str,
        path: str = "/",
        domain: str | None = None,
        secure: bool = False,
        httponly: bool = False,
        samesite: Literal["lax", "strict", "none"] | None = "lax",
    ) -> None:
        """Tell the client to forget a cookie."""
        self.set_cookie(
            key, max_age=0, expires=0, path=path, domain=domain, secure=secure, httponly=httponly, samesite=samesite
        )

    def __repr__(self) -> str:
        return f"<Response {self.status_code}>"


class RedirectResponse(Response):
    """An answer that sends the client elsewhere: ``return RedirectResponse(request.url_for("order", order_id=7), 303)``.

    Args:
        url: A whole URL, or a path; what may not stand in one is percent-encoded. One that a client has sent must be held
            against those you expect: this sends people wherever it says.
        status_code: 307 keeps method and body, 303 asks with GET; 308 and 301 may be kept for ever; 302 is 303 to browsers.
        headers: As for :class:`Response`.
        background: Work for after the answer is made.

    Raises:
        ValueError: The status sends nobody anywhere.
        ReplyError: The URL is no text that can be written.

    Reference:
        https://www.rfc-editor.org/rfc/rfc9110#section-15.4
    """

    __slots__ = ()

    def __init__(
        self,
        url: object,
        status_code: int = 307,
        headers: Mapping[str, str] | Sequence[tuple[str, str]] | None = None,
        background: BackgroundTasks | None = None,
    ) -> None:
        if status_code not in (301, 302, 303, 307, 308):
            raise ValueError(f"a redirect has status 301, 302, 303, 307 or 308, not {status_code!r}")
        from urllib.parse import quote

        super().__init__(None, status_code, headers, background=background)
        try:
            location = quote(str(url), safe=":/%#?=@[]!$&'()*+,;")
        except UnicodeEncodeError:
            raise ReplyError("the URL of a redirect holds half of a surrogate pair, which UTF-8 cannot write") from None
        self.headers = [pair for pair in self.headers if pair[0].lower() != "location"]
        self.headers.append(("location", location))


if TYPE_CHECKING:
    FunctionResponse: TypeAlias = BufferedResponse | StreamingResponse
else:

    def __getattr__(name: str) -> object:
        if name == "FunctionResponse":
            return BufferedResponse | StreamingResponse
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
