"""Bodies that arrive piece by piece: server-sent events and files."""

from __future__ import annotations

from .errors import ReplyError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os
    from collections.abc import AsyncIterable, Iterable, Mapping
    from typing import Any

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
            ReplyError: Its id or event name holds a line break, which would start another field.
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
            lines.append(f"retry: {int(self.retry)}")
        if self.data is not None:
            from ._json import dump

            text = self.data if isinstance(self.data, str) else dump(self.data)
            lines += [f"data: {line}" for line in _lines(text)]
        return ("\n".join(lines) + "\n\n").encode()


def _lines(text: str) -> list[str]:
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


class EventStream:
    """An answer of server-sent events: ``return EventStream(events())``.

    Args:
        events: An async or plain iterable of :class:`ServerSentEvent`, of ``str``, or of values that become JSON data.
        buffer: On a trigger that does not stream, collect it all the same; without it that is an error at once, since a
            stream without an end would run until the timeout.
    """

    __slots__ = ("background", "buffer", "events", "headers", "status_code")

    def __init__(
        self,
        events: AsyncIterable[object] | Iterable[object],
        *,
        status_code: int = 200,
        headers: Mapping[str, str] | None = None,
        buffer: bool = False,
        background: BackgroundTasks | None = None,
    ) -> None:
        self.events = events
        self.status_code = status_code
        self.headers = list((headers or {}).items())
        self.buffer = buffer
        self.background = background


class FileResponse:
    """An answer that is a file on disk.

    Args:
        path: The file; it is opened when the answer is made.
        media_type: The content type; default: by the name's ending.
        filename: Offer it for download under this name.
    """

    __slots__ = ("_content", "background", "filename", "headers", "media_type", "path", "status_code")

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        status_code: int = 200,
        headers: Mapping[str, str] | None = None,
        media_type: str | None = None,
        filename: str | None = None,
        background: BackgroundTasks | None = None,
    ) -> None:
        self.path = path
        self._content: Any = None
        self.status_code = status_code
        self.headers = list((headers or {}).items())
        self.media_type = media_type
        self.filename = filename
        self.background = background

    @property
    def content(self) -> Any:
        """The open file; to be iterated, and closed, once.

        Raises:
            ReplyError: It cannot be opened.
        """
        if self._content is None:
            try:
                self._content = open(self.path, "rb")  # noqa: SIM115 - closed by who iterates it
            except OSError as error:
                raise ReplyError(f"the file of an answer cannot be read: {type(error).__name__}") from error
        return self._content

    @content.setter
    def content(self, stream: Any) -> None:
        self._content = stream

    def pairs(self) -> list[tuple[str, str]]:
        """Its headers, with content type and disposition."""
        import os
        from mimetypes import guess_type
        from urllib.parse import quote

        pairs = list(self.headers)
        given = {name.lower() for name, _ in pairs}
        if "content-type" not in given:
            guessed = self.media_type or guess_type(os.fspath(self.path))[0] or "application/octet-stream"
            pairs.append(("content-type", guessed))
        if self.filename is not None and "content-disposition" not in given:
            pairs.append(("content-disposition", f"attachment; filename*=UTF-8''{quote(self.filename, safe='')}"))
        return pairs
