"""What an HTML form sends: fields, and the files that were chosen.

The whole body is in the event, so nothing is streamed and nothing touches the disk.
"""

from __future__ import annotations

from .errors import RequestValidationError
from .request import MultiDict, charset_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from io import BytesIO

    from python_multipart.multipart import MultipartCallbacks

    from .request import Request

URLENCODED = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
#: No form that a person fills in has more; a hostile one has as many as fit into 6 MB.
MAX_PARTS = 1000


class UploadFile:
    """A file of a multipart form.

    Attributes:
        filename: The last component of the name that the client sent: no folder, and never a path to write to as it is.
        content_type: As the client sent it, which proves nothing; ``""`` where it did not.
        content: The bytes.
    """

    __slots__ = ("content", "content_type", "filename")

    def __init__(self, filename: str, content: bytes, content_type: str = "") -> None:
        self.filename = filename.replace("\\", "/").rpartition("/")[2]
        self.content = content
        self.content_type = content_type

    @property
    def size(self) -> int:
        """In bytes."""
        return len(self.content)

    @property
    def file(self) -> BytesIO:
        """The content as a binary file, at its start: for ``csv``, ``zipfile``, ``upload_fileobj``."""
        from io import BytesIO

        return BytesIO(self.content)

    def __repr__(self) -> str:
        return f"<UploadFile {self.filename!a} of {self.size} bytes>"


class FormData:
    """A form that was read.

    Attributes:
        fields: The texts, in the order they were sent.
        files: The files of each field.
    """

    __slots__ = ("fields", "files")

    def __init__(self, fields: MultiDict, files: dict[str, list[UploadFile]]) -> None:
        self.fields = fields
        self.files = files

    def __repr__(self) -> str:
        # Names only: values may be passwords.
        return f"<FormData {', '.join(map(ascii, [*self.fields, *self.files]))}>"


def read_form(request: Request) -> FormData:
    """Read the body of *request* as a form, URL-encoded or multipart.

    Raises:
        RequestValidationError: It is neither, it is malformed or cut short, or has more than 1,000 parts.
        RuntimeError: It is multipart, and python-multipart is not installed.

    Reference:
        https://www.rfc-editor.org/rfc/rfc7578 and https://url.spec.whatwg.org/#application/x-www-form-urlencoded
    """
    body = request.body
    media_type = request.content_type.partition(";")[0].strip().lower()
    if media_type == MULTIPART:
        return _multipart(body, request.content_type)
    if media_type == URLENCODED:
        return FormData(_urlencoded(body), {})
    if body:
        raise _refused(f"Body should be a form: {URLENCODED} or {MULTIPART}")
    return FormData(MultiDict(), {})


def require_multipart(what: str) -> None:
    """Make sure that multipart forms can be read.

    Raises:
        RuntimeError: python-multipart is not installed.
    """
    from importlib.util import find_spec

    if find_spec("python_multipart") is None:
        raise RuntimeError(f"{what} needs python-multipart: pip install 'eventrouter[http]'")


def _urlencoded(body: bytes) -> MultiDict:
    from urllib.parse import parse_qsl

    try:
        text = body.decode("ascii")
        return MultiDict(parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=MAX_PARTS))
    except ValueError:
        raise _refused(f"Body should be a URL-encoded form in UTF-8 of at most {MAX_PARTS} fields") from None


def _multipart(body: bytes, content_type: str) -> FormData:
    require_multipart("a multipart form")
    # With the first form, not with the first request: few handlers take one.
    from python_multipart.exceptions import FormParserError
    from python_multipart.multipart import MultipartParser, parse_options_header

    boundary = parse_options_header(content_type)[1].get(b"boundary")
    if not boundary:
        raise _refused("Content-Type of a multipart form should name its boundary")
    parts = _Parts()
    try:
        parser = MultipartParser(boundary, parts.callbacks())
        parser.write(body)
        parser.finalize()
        if not parts.is_over:
            raise FormParserError
        fields: list[tuple[str, str]] = []
        files: dict[str, list[UploadFile]] = {}
        for headers, content in parts.found:
            kind, options = parse_options_header(headers.get(b"content-disposition"))
            encoding = headers.get(b"content-transfer-encoding", b"binary").lower()
            if kind != b"form-data" or b"name" not in options or encoding not in _IDENTITY:
                raise FormParserError
            name = options[b"name"].decode()
            media_type = headers.get(b"content-type", b"").decode("ascii")
            if b"filename" not in options:
                fields.append((name, content.decode(charset_of(media_type))))
            elif options[b"filename"] or content:  # otherwise an input in which no file was chosen
                files.setdefault(name, []).append(UploadFile(options[b"filename"].decode(), content, media_type))
    except (FormParserError, UnicodeError, LookupError):
        raise _refused(
            f"Body should be a whole multipart form of at most {MAX_PARTS} parts, its texts in UTF-8"
        ) from None
    return FormData(MultiDict(fields), files)


#: Other transfer encodings are deprecated for forms: https://www.rfc-editor.org/rfc/rfc7578#section-4.7
_IDENTITY = (b"7bit", b"8bit", b"binary")


class _Parts:
    """Collects what the parser calls out: the headers of each part, by lower-case name, and its content."""

    def __init__(self) -> None:
        self.found: list[tuple[dict[bytes, bytes], bytes]] = []
        self.is_over = False
        self._headers: dict[bytes, bytes] = {}
        self._name = b""
        self._value = b""
        self._content: list[bytes] = []

    def callbacks(self) -> MultipartCallbacks:
        return {
            "on_part_begin": self._begin,
            "on_header_field": self._field,
            "on_header_value": self._append_value,
            "on_header_end": self._header,
            "on_part_data": self._data,
            "on_part_end": self._end,
            "on_end": self._over,
        }

    def _begin(self) -> None:
        if len(self.found) == MAX_PARTS:
            from python_multipart.exceptions import FormParserError

            raise FormParserError
        self._headers, self._content = {}, []

    def _field(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def _append_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header(self) -> None:
        self._headers[self._name.lower()] = self._value
        self._name = self._value = b""

    def _data(self, data: bytes, start: int, end: int) -> None:
        self._content.append(data[start:end])

    def _end(self) -> None:
        self.found.append((self._headers, b"".join(self._content)))

    def _over(self) -> None:
        self.is_over = True


def _refused(sentence: str) -> RequestValidationError:
    return RequestValidationError([{"type": "form_invalid", "loc": ["body"], "msg": sentence}])
