"""Direct invokes: any JSON value that no AWS source claims, answered with plain JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, JsonValue

from eventrouter import App, DirectEvent, LambdaContext, NoRouteError, PayloadError, parse
from eventrouter._sniff import sniff
from eventrouter.sources.direct import SOURCE, detect, json_value, payload

EVENTS = Path(__file__).parent / "events"


class Job(BaseModel):
    job: str
    shards: list[int] = []


class JobRefused(Exception):
    """What Step Functions retries by name."""


def event(variant: str = "") -> Any:
    return json.loads((EVENTS / f"direct{variant}.json").read_text())


@pytest.mark.parametrize(
    "value",
    [
        event(),
        event("-list"),
        {},
        [],
        None,
        True,
        7,
        "text",
        {"Records": None},
        {"Records": "x"},
        [None],
        {"body": "x"},
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_nobody_claims_is_a_direct_invoke(value: object) -> None:
    assert sniff(value) is SOURCE
    assert not detect(value)


def test_the_payload_is_the_whole_value() -> None:
    assert payload(event()) == event()
    assert list(SOURCE.records(event())) == [event()]


def test_a_value_is_typed_by_the_handler() -> None:
    app = App()

    @app.direct()
    def on_job(job: Job) -> dict[str, object]:
        return {"job": job.job, "shards": len(job.shards)}

    assert app(event(), LambdaContext()) == {"job": "rebuild-index", "shards": 3}


def test_conditions_choose_among_handlers() -> None:
    app = App()

    @app.direct(where={"job": ["rebuild-index"]})
    def rebuild() -> str:
        return "rebuilt"

    @app.direct()
    def other(value: JsonValue) -> str:
        return "other"

    values: list[Any] = [event(), {}, event("-list"), None]
    assert [app(value, LambdaContext()) for value in values] == ["rebuilt", "other", "other", "other"]


def test_a_failure_is_raised_unchanged_for_state_machines_to_match() -> None:
    problem = JobRefused("no")
    app = App(failures="report")

    @app.direct()
    def on_job(job: Job) -> None:
        raise problem

    with pytest.raises(JobRefused) as caught:
        app(event(), LambdaContext())

    assert caught.value is problem
    assert not hasattr(problem, "__notes__")


def test_a_value_of_another_shape_is_an_error() -> None:
    app = App()

    @app.direct()
    def on_job(job: Job) -> None: ...

    with pytest.raises(PayloadError, match="payload of direct record does not validate: job: missing"):
        app({}, LambdaContext())


def test_a_value_that_nobody_takes_is_an_error_with_a_decorator_to_paste() -> None:
    with pytest.raises(NoRouteError, match=r"no route accepts a direct event; to take it: @app.direct\(\)"):
        App()(event(), LambdaContext())


def test_a_route_says_its_condition() -> None:
    pattern = json_value(where={"job": ["x"]}, margin=2.0)

    assert (pattern.sources, pattern.names, pattern.where) == (("direct",), (), {"job": ["x"]})
    assert pattern.options == {"margin": 2.0}


def test_any_value_parses() -> None:
    for variant in ("", "-list"):
        model = parse(event(variant))

        assert isinstance(model, DirectEvent)
        assert model.root == event(variant)
