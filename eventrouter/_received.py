"""What a caller over HTTP receives: headers, cookies and a body in pieces, read off the answer that a trigger is given."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Chunk:
    """A piece of the body as it arrived.

    Attributes:
        at: Seconds since the event was handed over.
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


def body_of(value: Mapping[str, Any]) -> bytes:
    """The body of an answer as its caller gets it.

    Raises:
        ValueError: It is said to be base64, and is none.
    """
    body = value.get("body")
    text = body if isinstance(body, str) else "" if body is None else json.dumps(body)
    return b64decode(text, validate=True) if value.get("isBase64Encoded") is True else text.encode()
