"""Bodies that arrive piece by piece: server-sent events and files."""

from __future__ import annotations

from .errors import ReplyError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os
    from collections.abc import AsyncIterable, Iterable, Mapping, Sequence
    from typing import Any, Literal

    from ._files import Reader
    from .batch import BackgroundTasks


class ServerSentEvent:
    """One event of an event stream. *data* that is no ``str`` is written as JSON.

    Reference:
        https://html.spec.whatwg.org/multipage/server-sent-events.html
    """

    __slots__ = ("comment", "data", "event", "id", "retry")

    def __init__(
        self,
        data: object = None,
        *,
        event: str | None = None,
        id: str | None = None,
        retry: int | None = None,
        comment: str | None = None,
    ) -> None:
        self.data = data
        self.event = event
        self.id = id
        self.retry = retry
        self.comment = comment

    def encode(self) -> bytes:
        """The event's lines.

        Raises:
            ReplyError: Its id or event name holds a line break, which would start another field; or its retry, in
                milliseconds, is negative.
        """
        lines: list[str] = []
        if self.comment is not None:
            lines += [f": {line}" for line in _lines(self.comment)]
        for name, value in (("event", self.event), ("id", self.id)):
            if value is not None:
                if any(character in value for character in "\r\n\x00"):
                    raise ReplyError(f"the {name} of a server-sent event holds a line break")
                lines.append(f"{name}: {value}")
        if self.retry is not None:
            if self.retry < 0:
                raise ReplyError(f"the retry of a server-sent event is a number of milliseconds, not {self.retry!r}")
            lines.append(f"retry: {int(self.retry)}")
        if self.data is not None:
            from ._json import dump

            text = self.data if isinstance(self.data, str) else dump(self.data)
            lines += [f"data: {line}" for line in _lines(text)]
        return ("\n".join(lines) + "\n\n").encode()


def _lines(text: str) -> list[str]:
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


#: Seconds of silence after which an event stream is sent a comment. An edge-optimized REST API ends a stream that is silent
#: for 30 s: https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html
HEARTBEAT = 15.0

#: Of every event stream: nothing on its way may keep it, or hold it back until there is more.
EVENT_HEADERS = (("cache-control", "no-cache"), ("x-accel-buffering", "no"))


class EventStream:
    """An answer of server-sent events: ``return EventStream(events())``.

    A browser whose stream has ended asks again, and says which event it had last: a handler reads that from
    ``last_event_id: Annotated[str | None, Header()] = None``. An error after the first event is told by an event named
    ``error``, without its message.

    Args:
        events: An async or plain iterable of :class:`ServerSentEvent`, of ``str``, or of values that become JSON data.
        headers: ``Cache-Control: no-cache`` and ``X-Accel-Buffering: no`` are added to them, unless they have others.
        buffer: On a trigger that does not stream, collect it all the same; without it that is an error at once, since a
            stream without an end would run until the timeout.
        heartbeat: Seconds of silence after which a comment is sent, so that nothing on the way takes it for dead; None: never.
            A plain iterable is waited for, without comments.
        max_duration: Seconds after which the stream ends after the event that was sent last; earlier where the function's own
            time would be over. The iterable is then closed as where its reader leaves. A plain one is looked at between its
            events alone.

    Raises:
        ValueError: *heartbeat* or *max_duration* is no time.

    Reference:
        https://html.spec.whatwg.org/multipage/server-sent-events.html
    """

    __slots__ = ("background", "buffer", "events", "headers", "heartbeat", "max_duration", "status_code")

    def __init__(
        self,
        events: AsyncIterable[object] | Iterable[object],
        *,
        status_code: int = 200,
        headers: Mapping[str, str] | None = None,
        buffer: bool = False,
        background: BackgroundTasks | None = None,
        heartbeat: float | None = HEARTBEAT,
        max_duration: float | None = None,
    ) -> None:
        for name, seconds in (("heartbeat", heartbeat), ("max_duration", max_duration)):
            if seconds is not None and not seconds > 0:
                raise ValueError(f"{name}= is a number of seconds above 0, or None, not {seconds!r}")
        self.events = events
        self.status_code = status_code
        self.headers = list((headers or {}).items())
        self.buffer = buffer
        self.background = background
        self.heartbeat = heartbeat
        self.max_duration = max_duration


class FileResponse:
    """An answer that is a file on disk, or the part of it that the client asks for.

    It has an ETag and a Last-Modified, so a client that has the file already is answered 304, or 412 where it made that a
    condition; and it answers ranges: 206, in one part or several, or 416. A file that cannot be read is a 500. Bytes are read
    while they are sent: 64 KiB at a time where the trigger streams. Where it does not, an answer that is too large for the
    trigger is an error at once, and a single range is cut to what the trigger takes, so that a player can ask for the rest.

    Args:
        path: The file; it is opened when the answer is made.
        status_code: Conditions and ranges are for 200 alone.
        headers: An ``etag`` and a ``last-modified`` among them stand for those of the file: of the time it was changed and its
            size, or of its content where an archive gave it no time (1980).
        media_type: The content type; default: by the name's ending.
        filename: Offer it for download under this name.
        background: Work for after the answer is made.
        content_disposition_type: With *filename*: ``"attachment"``, or ``"inline"`` for what browsers show.

    Raises:
        ValueError: *content_disposition_type* is none of the two.

    Reference:
        https://www.rfc-editor.org/rfc/rfc9110#section-13, https://www.rfc-editor.org/rfc/rfc9110#section-14
    """

    __slots__ = (
        "_content", "_reader", "background", "content_disposition_type", "filename", "headers", "media_type", "path",
        "status_code",
    )  # fmt: skip

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        status_code: int = 200,
        headers: Mapping[str, str] | Sequence[tuple[str, str]] | None = None,
        media_type: str | None = None,
        filename: str | None = None,
        background: BackgroundTasks | None = None,
        content_disposition_type: Literal["attachment", "inline"] = "attachment",
    ) -> None:
        if content_disposition_type not in ("attachment", "inline"):
            raise ValueError(f'content_disposition_type= is "attachment" or "inline", not {content_disposition_type!r}')
        self.path = path
        self._content: Any = None
        self._reader: Reader | None = None
        self.status_code = status_code
        self.headers = list(headers if isinstance(headers, list | tuple) else dict(headers or ()).items())
        self.media_type = media_type
        self.filename = filename
        self.background = background
        self.content_disposition_type = content_disposition_type

    @property
    def content(self) -> Any:
        """The file's bytes, to be iterated, and closed, once.

        Raises:
            ReplyError: On iterating it: the file cannot be read.
        """
        if self._content is None:
            from ._files import Reader

            self._content = self._reader = Reader(self.path)
        return self._content

    @content.setter
    def content(self, stream: Any) -> None:
        self._content = stream

    def taken(self) -> tuple[Any, Reader]:
        """What it is sent from, and what reads that; the response may then be returned again."""
        content, reader = self.content, self._reader
        assert reader is not None
        self._content = self._reader = None
        return content, reader

    def pairs(
        self, headers: Sequence[tuple[str, str]] | None = None, media_type: str | None = None
    ) -> list[tuple[str, str]]:
        """Its headers, or these, with content type and disposition.

        Args:
            headers: Its own and those of its route.
            media_type: The route's.
        """
        import os

        from ._files import disposition, type_of

        pairs = list(self.headers if headers is None else headers)
        given = {name.lower() for name, _ in pairs}
        if "content-type" not in given:
            name = os.path.basename(os.fspath(self.path))
            pairs.append(("content-type", self.media_type or media_type or type_of(name)))
        if self.filename is not None and "content-disposition" not in given:
            pairs.append(("content-disposition", disposition(self.content_disposition_type, self.filename)))
        return pairs
