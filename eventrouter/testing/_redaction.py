"""Events without what is in them: values that prove, identify or belong to somebody are replaced, and the shape stays.

What is replaced keeps its kind: a text stays a text, a date a date, JSON in a text the same JSON, base64 base64. So a redacted
event is sniffed, parsed and routed like the one it was made of. What routes match on is kept: ``explain`` tells it as well.
"""

from __future__ import annotations

import gzip
import json
from base64 import b64decode, b64encode
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from typing import Any, TypeAlias
from urllib.parse import quote, unquote_plus

from .._json import decode
from ..errors import EventDecodeError, PayloadError
from ..sources.cloudwatch_logs import gunzip
from ._kinds import REDACTED, URL, alike, is_name, is_secret, plain, without_secrets
from ._places import BODIES, ENCODED, HTTP, KEPT, WORDS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..source import Source
    from ..types import JsonValue

_NO_BYTES = b64encode(REDACTED.encode()).decode()
_GZIP = b"\x1f\x8b"

#: How many characters are read in the time in which one is written, more or less.
_READ = 32
#: What a value costs beside its text: quotes and the space in front of it, and the time it takes.
_NODE = 8

#: How a value is treated: scrubbed of what looks like a secret; replaced unless it is what routes match on; replaced.
OPEN, HIDDEN, FORCED = 0, 1, 2

Node: TypeAlias = dict[Any, Any]
#: Where a node says how what it leads to is treated, and that it is base64. Steps of a path are texts.
_MODE, _IS_ENCODED = 0, 1


class TooLargeError(ValueError):
    """What is left of an event is more than may be written."""


def compiled(source: Source, *, bodies: bool) -> Node:
    """How the parts of a source's events are treated, as a tree of the steps of their paths."""
    root: Node = {}
    name = source.name
    hidden = [*source.secret_paths, *BODIES.get(name, () if _is_ours(name) else ("",))]
    kept = [*source.evidence, *KEPT.get(name, ())]
    if bodies:
        kept += BODIES.get(name, ())
        hidden = [path for path in hidden if path]
    for paths, key, value in ((hidden, _MODE, HIDDEN), (kept, _MODE, OPEN), (ENCODED.get(name, ()), _IS_ENCODED, True)):
        for path in paths:
            node = root
            for step in path.split(".") if path else ():
                node = node.setdefault(step, {})
            node[key] = value
    return root


def _is_ours(label: str) -> bool:
    """Whether it is known where a source's events hold what is the user's own: of other packages' sources it is not."""
    from .._sniff import ANCHORS, LEFT_OVER, SERVICES

    return label in LEFT_OVER or label in SERVICES.values() or any(label in labels for labels in ANCHORS.values())


def redacted(event: JsonValue, source: Source, tree: Node, patterns: Sequence[str], max_size: int) -> JsonValue:
    """*event* without secrets.

    Args:
        source: What it is.
        tree: What :func:`compiled` makes of the source.
        patterns: Globs, in lower case, of names and dotted paths that are redacted whatever they hold.
        max_size: Characters that may be left.

    Raises:
        TooLargeError: There are more.
    """
    redaction = _Redaction(event, source, patterns, max_size)
    found = redaction.walk(event, (), [tree], tree.get(_MODE, OPEN))
    if redaction.told & redaction.forced:
        # What is asked for may stand elsewhere too, where it was kept as something that routes match on.
        redaction.told -= redaction.forced
        redaction.left = max_size
        found = redaction.walk(event, (), [tree], tree.get(_MODE, OPEN))
    return found


class _Redaction:
    """One event on its way into a file.

    Attributes:
        told: What routes match on, which stays.
        forced: What is redacted because of a pattern.
        left: Characters that may still be written.
    """

    __slots__ = ("_body", "_in_paths", "_is_form", "_max_size", "_patterns", "_words", "forced", "left", "told")

    def __init__(self, event: JsonValue, source: Source, patterns: Sequence[str], max_size: int) -> None:
        self._patterns = patterns
        self._max_size = self.left = max_size
        self._words = WORDS.get(source.name, frozenset())
        self._in_paths = list(self._secrets_in_paths(event))
        self.told = {text for text in _told(event, source) if not any(secret in text for secret in self._in_paths)}
        self.forced: set[str] = set()
        is_request = source.name in HTTP
        self._body = is_request and (event.get("isBase64Encoded") or event.get("is_base64_encoded")) is True
        self._is_form = is_request and _says_form(event)

    def _secrets_in_paths(self, event: JsonValue) -> Iterator[str]:
        """What a path holds where its template says ``{token}``."""
        parameters = event.get("pathParameters") if isinstance(event, dict) else None
        for name, value in parameters.items() if isinstance(parameters, dict) else ():
            if isinstance(value, str) and value and self._step(name, ("pathParameters",), [], OPEN)[1] != OPEN:
                yield from (value, quote(value), quote(value, safe=""))

    # ---- the walk

    def walk(self, value: JsonValue, path: tuple[str, ...], nodes: list[Node], mode: int) -> JsonValue:
        self._spend(_NODE)
        match value:
            case str():
                found = self._string(value, path, nodes, mode)
                self._spend(len(found))
                return found
            case dict():
                return self._object(value, path, nodes, mode)
            case list():
                return [
                    self.walk(item, (*path, str(index)), *self._step(str(index), path, nodes, mode))
                    for index, item in enumerate(value)
                ]
            case bool():
                # ``{"NULL": true}`` is how DynamoDB writes null.
                return value if mode == OPEN or path[-1:] == ("NULL",) else False
            case int() | float() if mode != OPEN:
                return type(value)(0)
        return value

    def _object(self, value: dict[str, Any], path: tuple[str, ...], nodes: list[Node], mode: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        # ``{"name": "token", "value": "..."}`` is how some services write a field.
        named = next((value[key] for key in ("name", "Name", "key", "Key") if isinstance(value.get(key), str)), "")
        for key, item in value.items():
            self._spend(len(key))
            below, inner = self._step(key, path, nodes, mode)
            if key.lower() == "value" and named:
                inner = max(inner, self._step(named, path, [], mode)[1])
            found[key if mode == OPEN or is_name(key) else _another(found)] = self.walk(
                item, (*path, key), below, inner
            )
        return found

    def _step(self, key: str, path: tuple[str, ...], nodes: list[Node], mode: int) -> tuple[list[Node], int]:
        """Where a key leads to, and how what is there is treated."""
        below = [node[step] for node in nodes for step in dict.fromkeys((key, "*")) if step in node]
        if mode == FORCED or self._is_asked_for(key, path):
            return below, FORCED
        said = {node[_MODE] for node in below if _MODE in node}
        if OPEN in said:
            return below, OPEN
        return below, HIDDEN if said or mode == HIDDEN or is_secret(key) else OPEN

    def _is_asked_for(self, key: str, path: tuple[str, ...]) -> bool:
        name = key.lower()
        dotted = ".".join((*path, key)).lower()
        return any(fnmatchcase(name, pattern) or fnmatchcase(dotted, pattern) for pattern in self._patterns)

    def _spend(self, size: int) -> None:
        self.left -= size
        if self.left < 0:
            raise TooLargeError

    # ---- texts

    def _string(self, text: str, path: tuple[str, ...], nodes: list[Node], mode: int) -> str:
        # Reading costs time too, though nothing of it may be written.
        self._spend(len(text) // _READ)
        if mode == OPEN and len(text) > self.left:
            raise TooLargeError
        if mode == FORCED:
            self.forced.add(text)
        elif text in self.told:
            return text
        if any(_IS_ENCODED in node for node in nodes) or (self._body and path == ("body",)):
            return self._encoded(text, path, nodes, mode)
        return self._text(text, path, nodes, mode)

    def _encoded(self, text: str, path: tuple[str, ...], nodes: list[Node], mode: int) -> str:
        """The same for base64, in which there may be gzip."""
        try:
            data = b64decode(text, validate=True)
        except ValueError:
            return self._text(text, path, nodes, mode)
        is_zipped = data.startswith(_GZIP)
        try:
            inside = (gunzip(data, self._max_size) if is_zipped else data).decode()
        except PayloadError:  # too large, or cut off
            return _NO_BYTES
        except UnicodeDecodeError:
            return text if mode == OPEN else _NO_BYTES
        self._spend(len(inside) // _READ)
        data = self._text(inside, path, nodes, mode).encode()
        return b64encode(gzip.compress(data, mtime=0) if is_zipped else data).decode()

    def _text(self, text: str, path: tuple[str, ...], nodes: list[Node], mode: int) -> str:
        name = plain(next((step for step in reversed(path) if not step.isdecimal()), ""))
        if text[:1] in ("{", "[") or (mode != OPEN and text[:1] == '"'):
            written = self._json(text, path, nodes, mode)
            if written is not None:
                return written
        if name in ("cookie", "cookies"):
            return self._pairs(text, ";", path, mode)
        if name in ("rawquerystring", "querystring") or (self._is_form and path == ("body",)):
            return self._pairs(text, "&", path, mode)
        if mode == OPEN:
            return self._scrubbed(text, path)
        return text if mode == HIDDEN and text in self._words else alike(text)

    def _json(self, text: str, path: tuple[str, ...], nodes: list[Node], mode: int) -> str | None:
        """The same for JSON in a text; None where it is none."""
        try:
            value = decode(text.encode()) if len(text) <= self._max_size else None
        except (EventDecodeError, UnicodeEncodeError):
            return None
        if value is None:
            return None
        found = self.walk(value, path, nodes, mode)
        return text if found == value else json.dumps(found)

    def _pairs(self, text: str, separator: str, path: tuple[str, ...], mode: int) -> str:
        """The same for names and values, as in a query string: what has no name is a value."""
        mark = "?" if text.startswith("?") else ""
        parts = text.removeprefix("?").split(separator)
        return mark + separator.join(self._pair(part, path, mode, is_alone=len(parts) == 1) for part in parts)

    def _pair(self, part: str, path: tuple[str, ...], mode: int, *, is_alone: bool) -> str:
        self._spend(_NODE)
        given, equals, value = part.partition("=")
        name = unquote_plus(given.strip())
        mode = max(mode, self._step(name, path, [], mode)[1])
        # The padding of base64 looks like the end of a name.
        is_value = not equals or (is_alone and not value.strip("="))
        if mode == OPEN or not part.strip():
            return part
        if is_value:
            return REDACTED
        return f"{given if is_name(name) else REDACTED}={quote(alike(unquote_plus(value)), safe='')}"

    def _scrubbed(self, text: str, path: tuple[str, ...]) -> str:
        """*text* without what looks like a secret wherever it stands."""
        for secret in self._in_paths:
            text = text.replace(secret, REDACTED)
        if "?" in text and not any(character.isspace() for character in text):
            text = self._without_query(text, path)
        elif "://" in text:
            text = URL.sub(lambda found: self._without_query(found[0], path), text)
        return without_secrets(text)

    def _without_query(self, url: str, path: tuple[str, ...]) -> str:
        head, mark, query = url.partition("?")
        return head + mark + self._pairs(query, "&", path, HIDDEN) if mark else url


def _told(event: JsonValue, source: Source) -> Iterator[str]:
    """What routes match on, which whoever asks is told as well."""
    if source.name == "cloudwatch_logs":
        return  # it is kept where it stands, and to open the event once is enough
    try:
        records = source.records(event)
    except PayloadError:
        return
    for record in records:
        yield from filter(None, source.keys(record).values())


def _says_form(event: dict[str, Any]) -> bool:
    for headers in (event.get("headers"), event.get("multiValueHeaders")):
        for name, value in headers.items() if isinstance(headers, dict) else ():
            if name.lower() == "content-type":
                return "x-www-form-urlencoded" in str(value)
    return False


def _another(taken: dict[str, Any]) -> str:
    """A name for what has none that may be told."""
    number = len(taken)
    while (name := f"{REDACTED}{number}") in taken:
        number += 1
    return name
