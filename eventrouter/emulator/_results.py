"""What the caller of a function sees of an invocation, and how it ended."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Mode = Literal["buffered", "streaming"]
End = Literal["complete", "error", "truncated", "timeout", "exited", "too_large", "bad_prelude"]

#: What a body that begins with status, headers and cookies is called.
WITH_PRELUDE = "application/vnd.awslambda.http-integration-response"
DELIMITER = b"\0" * 8
#: Bytes in which the prelude must have its end.
MAX_PRELUDE = 16 * 1024
_KEYS = {"statusCode", "headers", "multiValueHeaders", "cookies"}


@dataclass(frozen=True)
class Chunk:
    """A piece of the body as it arrived.

    Attributes:
        at: Seconds since the invocation was handed over.
    """

    at: float
    data: bytes


class Headers(Mapping[str, str]):
    """Headers by name, whatever its case; of a repeated one the values are joined, and ``pairs`` has each."""

    def __init__(self, pairs: Iterable[tuple[str, str]] = ()) -> None:
        self.pairs = [(name.lower(), value) for name, value in pairs]

    def __getitem__(self, name: str) -> str:
        values = [value for known, value in self.pairs if known == name.lower()]
        if not values:
            raise KeyError(name)
        return ", ".join(values)

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys(name for name, _ in self.pairs))

    def __len__(self) -> int:
        return len({name for name, _ in self.pairs})

    def __repr__(self) -> str:
        return f"Headers({self.pairs!r})"


class PreludeError(ValueError):
    """What stands for status, headers and cookies of an answer is none."""


class Opening:
    """Status, headers and cookies, out of a prelude or a buffered answer.

    Raises:
        PreludeError: They have no such shape.
    """

    def __init__(self, value: Mapping[str, Any]) -> None:
        status = value.get("statusCode", 200)
        if type(status) is not int or not 100 <= status <= 599:
            raise PreludeError("statusCode is no number from 100 to 599")
        several = _object(value, "multiValueHeaders")
        single = {name: given for name, given in _object(value, "headers").items() if name not in several}
        cookies = value.get("cookies") or []
        if not isinstance(cookies, list) or not all(isinstance(cookie, str) for cookie in cookies):
            raise PreludeError("cookies is no list of texts")
        self.status = status
        #: AWS's own client for Rust sends lists among the single ones too.
        self.headers = Headers((*_pairs(several), *_pairs(single)))
        self.cookies = [*cookies, *(text for name, text in self.headers.pairs if name == "set-cookie")]


def _object(value: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = value.get(name) or {}
    if not isinstance(found, dict):
        raise PreludeError(f"{name} is no object")
    return found


def _pairs(headers: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, given in headers.items():
        for value in given if isinstance(given, list) else [given]:
            if not isinstance(value, str | int | float):
                raise PreludeError(f"the header {name} is no text")
            yield name, value if isinstance(value, str) else json.dumps(value)


class PreludeReader:
    """Reads the prelude off a body that arrives in any pieces.

    Attributes:
        value: The prelude, once it is there.
    """

    def __init__(self) -> None:
        self.value: dict[str, Any] | None = None
        self._held = b""

    def feed(self, data: bytes) -> bytes:
        """Take some of the body; give what of it comes after the prelude.

        Raises:
            PreludeError: It is none, or too long.
        """
        if self.value is not None:
            return data
        self._held += data
        text, found, rest = self._held.partition(DELIMITER)
        if len(text) + len(DELIMITER) > MAX_PRELUDE:
            raise PreludeError(f"the delimiter does not come within {MAX_PRELUDE} bytes")
        if not found:
            return b""
        self.value, self._held = _prelude(text), b""
        return rest

    def end(self) -> None:
        """The body is over.

        Raises:
            PreludeError: Its prelude is not.
        """
        if self.value is None:
            raise PreludeError("the body ended before the delimiter")


def _prelude(text: bytes) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError:
        raise PreludeError("the prelude is not JSON") from None
    if not isinstance(value, dict) or not _KEYS.issuperset(value):
        raise PreludeError(f"the prelude is an object of {', '.join(sorted(_KEYS))}, and nothing else")
    return value


@dataclass
class Invoked:
    """One invocation as its caller saw it.

    Attributes:
        payload: What the runtime sent, prelude included.
        prelude: Status, headers and cookies of a streamed HTTP answer; None for others.
        chunks: The body as it arrived; of a buffered answer one.
        trailers: Those that were announced, names in lower case.
        content_type: What the runtime called its answer.
        error: The document of an error: the function's, or in trailers.
        ended: How it ended; ``complete`` is the only success. None: it has not.
        why: What was wrong, in words.
        opened: Seconds from handing over until status and headers were there.
        took: Seconds from handing over to the end.
    """

    request_id: str
    mode: Mode
    payload: bytes = b""
    prelude: dict[str, Any] | None = None
    status: int = 200
    headers: Headers = field(default_factory=Headers)
    cookies: list[str] = field(default_factory=list)
    chunks: list[Chunk] = field(default_factory=list)
    trailers: dict[str, str] = field(default_factory=dict)
    content_type: str = ""
    error: Any = None
    error_type: str = ""
    xray_cause: Any = None
    ended: End | None = None
    why: str = ""
    opened: float = 0.0
    took: float = 0.0

    @property
    def failed(self) -> bool:
        return self.ended != "complete"

    @property
    def body(self) -> bytes:
        return b"".join(chunk.data for chunk in self.chunks)

    @property
    def text(self) -> str:
        return self.body.decode()

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)

    def read_buffered(self, event: object) -> None:
        """Take a whole answer for what the caller of an HTTP trigger sees; other callers see the payload."""
        self.chunks = [Chunk(self.took, self.payload)]
        self.headers = Headers([("content-type", self.content_type)] if self.content_type else [])
        if not is_http(event):
            return
        if self.failed:
            self.status = 502
            return
        try:
            value = json.loads(self.payload)
            if not isinstance(value, dict) or "statusCode" not in value:
                return  # a plain value: 200, and its JSON
            opening, body = Opening(value), _body(value)
        except ValueError as error:
            self.status, self.why = 502, f"the answer is no HTTP answer: {error}"
            return
        self.status, self.headers, self.cookies = opening.status, opening.headers, opening.cookies
        self.chunks = [Chunk(self.took, body)]


def _body(value: Mapping[str, Any]) -> bytes:
    body = value.get("body")
    text = body if isinstance(body, str) else "" if body is None else json.dumps(body)
    return b64decode(text, validate=True) if value.get("isBase64Encoded") is True else text.encode()


def is_http(event: object) -> bool:
    """Whether an event is a request, whose caller is answered over HTTP."""
    if not isinstance(event, dict):
        return False
    context = event.get("requestContext")
    return isinstance(context, dict) and ("http" in context or "httpMethod" in event or "elb" in context)
