"""What an event holds stays in it: a value that stands in for every secret never turns up in an error, a log line or ``explain``.

Only what routes match on is told, since nobody could find out otherwise why an event went nowhere.
"""

from __future__ import annotations

import copy
import json
import logging
import traceback
from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from eventrouter import App, EventRouterError, LambdaContext, Pattern, PayloadError, Source, parse, sniff
from eventrouter._sniff import labels, source_named

EVENTS = sorted((Path(__file__).parent / "sources" / "events").glob("*.json"))
CANARY = "hunter2canary"
HTTP = ("function_url", "apigw_http", "apigw_rest", "alb", "vpc_lattice_v1", "vpc_lattice_v2")
#: What a failed record is told by, beside what routes match on.
IDENTITIES = {"recordId", "taskId", "partition"}
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]


class Wanted(BaseModel):
    """What no sample event holds, so that every payload fails to validate."""

    nobody_has_this: int


def leaves(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The place of every value that holds no others."""
    if isinstance(value, dict | list) and value:
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(item, (*path, key))
    else:
        yield path


def planted(event: Any, path: tuple[str | int, ...]) -> Any:
    """*event* with the canary at *path*."""
    if not path:
        return CANARY
    changed = copy.deepcopy(event)
    place = changed
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = CANARY
    return changed


def is_told(event: Any, place: tuple[str | int, ...]) -> bool:
    """Whether the canary is where routes look, or is what decides which source it is, or what a record is called."""
    if place and place[-1] in IDENTITIES:
        return True
    source = sniff(event)
    try:
        told = [str(value) for record in source.records(event) for value in source.keys(record).values()]
    except PayloadError:
        told = []
    told += [str(value) for path in source.evidence for value in at(event, path.split("."))]
    return any(CANARY in text.lower() for text in told)


def at(value: Any, path: list[str]) -> Iterator[Any]:
    for step in path:
        try:
            value = value[int(step)] if isinstance(value, list) else value[step]
        except (KeyError, IndexError, TypeError, ValueError):
            return
    yield value


def source_of(label: str) -> Source:
    source = source_named(label)
    assert source is not None
    return source


def annotated(handler: Callable[..., object], annotation: object) -> Callable[..., object]:
    handler.__annotations__["value"] = annotation
    return handler


def fails(value: object) -> None:
    raise RuntimeError("the handler fails")


@cache
def app_that(what: str) -> App:
    """An app that takes every event and fails: for want of routes, on the payload, on the model, or in the handler."""
    app = App()
    if what == "has no routes":
        return app
    for label in labels():
        source = source_of(label)
        if source.http is not None or (source.completion == "callback" and source.complete is None):
            continue
        if what == "wants another payload" and source.payload is not None:

            def on_payload(value: Wanted) -> None: ...

            app.on(Pattern(label))(on_payload)
        elif what == "fails":
            own = [name for name, role in source.types.items() if role == "event" and name.startswith("eventrouter.")]
            if own:
                module, _, name = own[0].partition(":")

                def on_event(value: object) -> None:
                    fails(value)

                app.on(Pattern(label))(annotated(on_event, getattr(import_module(module), name)))
    if what == "wants another payload":

        @app.route("/{rest:path}", methods=["POST", "PUT", "PATCH", "DELETE"])
        def on_body(rest: str, value: Wanted) -> None: ...

        @app.route("/{rest:path}", methods=["GET", "HEAD", "OPTIONS"])
        def on_query(rest: int) -> None: ...

    else:

        @app.route("/{rest:path}", methods=METHODS)
        def on_request(rest: str) -> None:
            fails(rest)

    return app


@pytest.mark.parametrize("what", ["has no routes", "wants another payload", "fails"])
@pytest.mark.parametrize("path", EVENTS, ids=[path.stem for path in EVENTS])
def test_no_field_of_an_event_is_told(path: Path, what: str, caplog: pytest.LogCaptureFixture) -> None:
    event = json.loads(path.read_text())
    app = app_that(what)
    caplog.set_level(logging.DEBUG)
    leaks = []

    for place in leaves(event):
        changed = safe_to_run(planted(event, place))
        if is_told(changed, place):
            continue
        caplog.clear()
        said = everything_said(app, changed)
        if CANARY in (said + caplog.text).lower():
            leaks.append(place)

    assert leaks == []


def safe_to_run(event: Any) -> Any:
    """A request to CloudFormation would be answered over the network; an address of nobody's is refused before that."""
    if isinstance(event, dict) and str(event.get("ResponseURL", CANARY)) != CANARY:
        event["ResponseURL"] = "https://not-amazon.invalid/"
    return event


def everything_said(app: App, event: Any) -> str:
    """The text of whatever goes wrong, what an HTTP caller is told, and the explanation."""
    said = [str(app.explain(event)), json.dumps(app.explain(event).as_dict())]
    for run in (lambda: app(event, LambdaContext()), lambda: parse(event)):
        try:
            answer = run()
        except (EventRouterError, RuntimeError, ExceptionGroup) as error:
            said += [*traceback.format_exception(error), repr(error)]
        else:
            if sniff(event).name in HTTP and isinstance(answer, dict):
                said.append(json.dumps(answer))
    return "\n".join(said)
