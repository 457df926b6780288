"""Events that are broken, hostile or half there: an error of ours or that record's failure, no crash and no success."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, JsonValue

from eventrouter import App, EventDecodeError, EventRouterError, LambdaContext, Pattern, parse, sniff
from eventrouter._sniff import labels, source_named
from eventrouter.sources.alb import is_health_check

EVENTS = sorted((Path(__file__).parent / "sources" / "events").glob("*.json"))
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]
#: What stands in for a part of an event, one after the other; ``GONE`` takes it away.
GONE = object()
ODD: list[Any] = [
    GONE,
    None,
    True,
    0,
    -1,
    1e308,
    "",
    "x",
    "\ud800",
    "%zz%00",
    [],
    {},
    [None],
    [[]],
    {"": None},
    "9" * 5_000,
]


class HandlerError(Exception):
    """What every handler of these tests raises."""


class Order(BaseModel):
    id: int


@cache
def failing_app() -> App:
    """An app that takes every event and whose handlers raise."""
    app = App()
    for label in labels():
        source = source_named(label)
        assert source is not None
        if source.http is None and (source.completion == "return" or source.complete is not None):

            @app.on(Pattern(label))
            def on_event() -> None:
                raise HandlerError

    @app.route("/{rest:path}", methods=METHODS)
    def on_request(rest: str) -> None:
        raise HandlerError

    return app


def places(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    if path:
        yield path
    if isinstance(value, dict | list):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(item, (*path, key))


def with_odd(event: Any, path: tuple[str | int, ...], odd: Any) -> Any:
    changed = copy.deepcopy(event)
    place = changed
    for step in path[:-1]:
        place = place[step]
    if odd is GONE:
        del place[path[-1]]
    else:
        place[path[-1]] = odd
    if isinstance(changed, dict) and type(changed.get("ResponseURL")) is str:
        changed["ResponseURL"] = "https://not-amazon.invalid/"  # refused before anything is sent
    return changed


def failed(event: Any, answer: Any) -> bool:
    """Whether *answer* tells the trigger of a failure."""
    source = sniff(event)
    if source.name == "alb" and is_health_check(event):
        return True  # answered by the package itself
    if source.name == "apigw_websocket" and "$disconnect" in source.keys(event).values():
        return True  # nobody is there any more to be told
    if source.http is not None or source.name == "apigw_websocket":
        return bool(answer["statusCode"] >= 400)
    # Some have a shape of their own for a failure: theirs are the tests that know it.
    return not (source.acknowledges or source.name == "unknown")


def holds_records(event: Any) -> bool:
    return len(sniff(event).records(event)) > 0


@pytest.mark.parametrize("path", EVENTS, ids=[path.stem for path in EVENTS])
def test_half_an_event_is_a_failure_and_never_a_crash(path: Path) -> None:
    event = json.loads(path.read_text())
    app = failing_app()
    wrong: list[tuple[object, ...]] = []

    for place in places(event):
        for odd in ODD:
            changed = with_odd(event, place, odd)
            try:
                answer = app(changed, LambdaContext())
            except (EventRouterError, HandlerError):
                continue
            except BaseExceptionGroup as group:
                if group.split((EventRouterError, HandlerError))[1] is not None:
                    wrong.append((place, str(odd)[:9], repr(group)))
                continue
            except Exception as error:
                wrong.append((place, str(odd)[:9], repr(error)))
                continue
            if not failed(changed, answer) and holds_records(changed):
                wrong.append((place, str(odd)[:9], "a success"))

    assert wrong == []


@pytest.mark.parametrize("path", EVENTS, ids=[path.stem for path in EVENTS])
def test_half_an_event_parses_or_says_why_not(path: Path) -> None:
    event = json.loads(path.read_text())
    wrong: list[tuple[object, ...]] = []

    for place in places(event):
        for odd in ODD:
            try:
                parse(with_odd(event, place, odd))
            except EventRouterError:
                continue
            except Exception as error:
                wrong.append((place, str(odd)[:9], repr(error)))

    assert wrong == []


@pytest.mark.parametrize(
    "data",
    [b"", b"nope", b'{"Records": [', b'{"a": NaN}', b"\xff\xfe{}", b'{"n": ' + b"9" * 5_000 + b"}", b'"\xed\xa0\x80"'],
    ids=["nothing", "no JSON", "cut off", "NaN", "no UTF-8", "5,000 digits", "a lone surrogate"],
)
def test_bytes_that_are_no_json_are_refused_by_name(data: bytes) -> None:
    app = failing_app()

    with pytest.raises(EventDecodeError):
        app(data)


@pytest.mark.parametrize("value", ["text", 7, 1.5, True, [], [1], {}, {"a": None}], ids=repr)
def test_json_that_is_no_object_is_a_direct_invoke(value: object) -> None:
    app = App()

    @app.direct()
    def on_value(value: JsonValue) -> JsonValue:
        return value

    assert app(value) == value


def deep(levels: int) -> bytes:
    return b'{"a":' * levels + b"1" + b"}" * levels


@pytest.mark.parametrize("levels", [900, 100_000])
def test_deep_nesting_is_handled_or_refused(levels: int) -> None:
    app = App()

    @app.direct()
    def on_value(value: dict[str, object]) -> str:
        return "handled"

    try:
        answer = app(deep(levels))
    except EventRouterError as error:
        answer = type(error).__name__

    assert answer in ("handled", "EventDecodeError", "PayloadError")


def message(body: str) -> dict[str, Any]:
    return {
        "messageId": "m-1",
        "body": body,
        "attributes": {},
        "messageAttributes": {},
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:eu-west-1:123456789012:orders",
    }


@pytest.mark.parametrize(
    "body",
    ["", "nope", "[]", '{"id": ' + "9" * 5_000 + "}", deep(100_000).decode(), '"\ud800"', '{"id": 1', "x" * 6_000_000],
    ids=["nothing", "no JSON", "no object", "5,000 digits", "deep", "a surrogate", "cut off", "6 MB"],
)
def test_a_body_that_cannot_be_read_fails_its_record_alone(body: str) -> None:
    app = App(failures="report")
    handled = []

    @app.sqs("orders")
    def on_order(order: Order) -> None:
        handled.append(order.id)

    answer = app({"Records": [message(body), {**message('{"id": 2}'), "messageId": "m-2"}]})

    assert answer == {"batchItemFailures": [{"itemIdentifier": "m-1"}]}
    assert handled == [2]


def test_the_last_of_two_equal_keys_counts() -> None:
    app = App()

    @app.direct()
    def on_value(value: dict[str, int]) -> dict[str, int]:
        return value

    assert app(b'{"a": 1, "a": 2}') == {"a": 2}
