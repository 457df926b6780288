"""``eventrouter replay``: a line for every file, the rest goes on whatever happens to one, and nothing of an event is shown."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.given import Project, message, request, sample

SECRET = "hunter2"

APP = """
from typing import Any
from eventrouter import App, HTTPException

app = App(failures="report")


@app.direct(where={"kind": ["plain"]})
def on_value(value: dict[str, Any]) -> Any:
    if value.get("fail"):
        raise ValueError("hunter2")
    if value.get("interrupt"):
        raise KeyboardInterrupt
    return value


def matches(value: Any) -> bool:
    if value["kind"] == "odd":
        print("in the condition")
    return value["kind"] == "odd"


@app.direct(where=matches)
def on_odd_value(value: dict[str, Any]) -> None: ...


@app.get("/orders/{order_id}")
def read_order(order_id: int) -> None: ...


@app.sqs("orders", where={"kind": ["a"]})
def on_a(value: dict[str, Any]) -> None: ...


@app.sqs("orders", where={"kind": ["b"]})
def on_b(value: dict[str, Any]) -> None: ...


@app.sqs("orders", where={"kind": ["c"]})
def on_c(value: dict[str, Any]) -> None: ...


@app.sqs("orders", where={"kind": ["d"]})
def on_d(value: dict[str, Any]) -> None:
    raise ValueError("hunter2")


@app.s3("photos", via="sqs:images")
def on_photo() -> None: ...
"""


@pytest.fixture
def shop(project: Project) -> Project:
    project.write("shop.py", APP)
    return project


def orders(*kinds: str) -> Any:
    bodies = [json.dumps({"kind": kind, "note": SECRET}) for kind in kinds]
    return {"Records": [{**message(body), "messageId": f"m-{index}"} for index, body in enumerate(bodies)]}


def lines(project: Project) -> list[str]:
    """What was printed, without how long it took."""
    return [line.rpartition(", ")[0] if line.endswith(" ms") else line for line in project.out.splitlines()]


def test_every_file_gets_a_line_and_all_of_them_a_summary(shop: Project) -> None:
    shop.write("a.json", {"kind": "plain"})
    shop.write("b.json", request("/orders/7"))
    shop.write("c.json", orders("a", "b"))

    code = shop.run("replay", "shop:app", "a.json", "b.json", "c.json")

    assert code == 0
    assert lines(shop) == [
        "a.json: direct -> on_value: ok",
        "b.json: function_url -> read_order: ok, 204",
        "c.json: sqs -> on_a, on_b: ok",
        "3 files: 3 ok",
    ]


def test_a_line_says_how_long_it_took(shop: Project) -> None:
    shop.write("a.json", {"kind": "plain"})

    shop.run("replay", "shop:app", "a.json")

    first, unit = shop.out.splitlines()[0].rpartition(", ")[2].split()
    assert first.isdecimal() and unit == "ms"


@pytest.mark.parametrize(
    ("event", "line"),
    [
        ({"kind": "plain", "fail": True, "note": SECRET}, "e.json: direct -> on_value: failed, ValueError"),
        (request("/orders/x"), "e.json: function_url -> read_order: failed, 422"),
        (orders("a", "d", "d"), "e.json: sqs -> on_a, on_d: failed, 2 named in batchItemFailures"),
        (orders("a", "nobody's"), "e.json: sqs -> on_a: failed, 1 named in batchItemFailures"),
    ],
    ids=["raised", "422", "records", "a record without a route"],
)
def test_what_fails_is_told_without_what_is_in_it(shop: Project, event: Any, line: str) -> None:
    shop.write("e.json", event)
    shop.write("f.json", {"kind": "plain"})

    code = shop.run("replay", "shop:app", "e.json", "f.json")

    assert code == 1
    assert lines(shop) == [line, "f.json: direct -> on_value: ok", "2 files: 1 ok, 1 failed"]
    assert SECRET not in shop.out


def test_many_handlers_are_counted(shop: Project) -> None:
    shop.write("e.json", orders("a", "b", "c", "d"))

    shop.run("replay", "shop:app", "e.json")

    assert lines(shop)[0].startswith("e.json: sqs -> on_a, on_b, on_c and 1 more: failed")


def test_the_handler_of_what_is_inside_a_message_is_named(shop: Project) -> None:
    shop.write("e.json", {"Records": [message(Path(sample("s3")).read_text(), "images")]})

    code = shop.run("replay", "shop:app", "e.json")

    assert code == 0
    assert lines(shop)[0] == "e.json: sqs -> on_photo: ok"


def test_what_no_handler_of_yours_takes_is_acknowledged_by_nobody(shop: Project) -> None:
    code = shop.run("replay", "shop:app", sample("unknown-empty"))

    assert code == 0
    assert lines(shop)[0].endswith("unknown -> nobody: ok")


# -------------------------------------------------------------------------------------------------- what cannot be sent


def test_a_file_that_is_no_json_is_named_and_the_others_go_on(shop: Project) -> None:
    shop.write("broken.json", b'{"note": "hunter2')
    shop.write("good.json", {"kind": "plain"})

    code = shop.run("replay", "shop:app", "broken.json", "nothere.json", "good.json")

    assert code == 1
    assert lines(shop) == [
        "broken.json: unreadable",
        "nothere.json: unreadable",
        "good.json: direct -> on_value: ok",
        "3 files: 1 ok, 2 unreadable",
    ]
    assert shop.err.splitlines() == [
        "eventrouter: broken.json: the event is not JSON text (at character 9)",
        "eventrouter: nothere.json: No such file or directory",
    ]


def test_a_file_without_a_route_is_named_with_the_nearest_one_and_what_explain_says(shop: Project) -> None:
    shop.write("e.json", {"Records": [message(SECRET, "orders-2")]})
    shop.write("good.json", {"kind": "plain"})
    shop.run("explain", "shop:app", "e.json")
    explained = shop.out

    code = shop.run("replay", "shop:app", "e.json", "good.json")

    assert code == 1
    assert lines(shop) == [
        "e.json: sqs: without a route",
        "good.json: direct -> on_value: ok",
        "2 files: 1 ok, 1 without a route",
    ]
    first, _, rest = shop.err.partition("\n")
    assert (
        first == "eventrouter: e.json: the app has no route for this sqs event; the nearest: on_a wants queue='orders'"
    )
    assert rest == explained
    assert SECRET not in shop.err


def test_an_app_without_any_route_of_the_source_has_no_nearest_one(shop: Project) -> None:
    shop.run("replay", "shop:app", sample("kinesis"))

    assert shop.err.splitlines()[0].endswith("kinesis.json: the app has no route for this kinesis event")


def test_an_event_that_cannot_be_read_is_not_sent(shop: Project) -> None:
    shop.write("e.json", {"awslogs": {"data": SECRET}})

    code = shop.run("replay", "shop:app", "e.json")

    assert code == 1
    assert lines(shop) == ["e.json: cloudwatch_logs: without a route", "1 file: 1 without a route"]
    assert shop.err.startswith("eventrouter: e.json: its records cannot be read: ")
    assert SECRET not in shop.err


def test_what_conditions_print_is_no_part_of_the_lines(shop: Project) -> None:
    shop.write("e.json", {"kind": "odd"})

    code = shop.run("replay", "shop:app", "e.json")

    assert code == 0
    assert lines(shop) == ["e.json: direct -> on_odd_value: ok", "1 file: 1 ok"]
    assert "in the condition" in shop.err


# ---------------------------------------------------------------------------------------------------------------- files


@pytest.mark.parametrize("given", [["events"], ["events/*.json", "events/inner/*.json"], ["events/**/*.json"]], ids=str)
def test_folders_and_globs_are_files(shop: Project, given: list[str]) -> None:
    for name in ("events/b.json", "events/a.json", "events/inner/c.json", "events/note.txt", "events/.d.json.123"):
        shop.write(name, {"kind": "plain"})
    (shop.folder / "events" / "folder.json").mkdir()

    code = shop.run("replay", "shop:app", *given)

    assert code == 0
    assert sorted(line.partition(":")[0] for line in lines(shop)) == [
        "3 files",
        "events/a.json",
        "events/b.json",
        "events/inner/c.json",
    ]


def test_a_file_is_sent_once_however_often_it_is_named(shop: Project) -> None:
    shop.write("a.json", {"kind": "plain"})

    shop.run("replay", "shop:app", "a.json", "*.json", "a.json")

    assert lines(shop)[-1] == "1 file: 1 ok"


def test_a_name_with_the_signs_of_a_glob_is_a_name_where_there_is_such_a_file(shop: Project) -> None:
    shop.write("a[1].json", {"kind": "plain"})

    code = shop.run("replay", "shop:app", "a[1].json")

    assert code == 0


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("empty", "empty: there is no .json file in this folder"),
        ("*.nothing", "*.nothing: no file has such a name"),
    ],
)
def test_what_stands_for_no_file_is_a_mistake(shop: Project, given: str, words: str) -> None:
    (shop.folder / "empty").mkdir()

    code = shop.run("replay", "shop:app", given)

    assert code == 2
    assert shop.err == f"eventrouter: {words}\n"


# -------------------------------------------------------------------------------------------------------------- options


def test_the_first_failure_may_be_the_last_line(shop: Project) -> None:
    shop.write("a.json", {"kind": "plain"})
    shop.write("b.json", {"kind": "plain", "fail": True})
    shop.write("c.json", {"kind": "plain"})

    code = shop.run("replay", "shop:app", "a.json", "b.json", "c.json", "--fail-fast")

    assert code == 1
    assert lines(shop) == [
        "a.json: direct -> on_value: ok",
        "b.json: direct -> on_value: failed, ValueError",
        "3 files: 1 ok, 1 failed, 1 not sent",
    ]


def test_a_traceback_is_told_on_request(shop: Project) -> None:
    shop.write("e.json", {"kind": "plain", "fail": True})

    shop.run("replay", "shop:app", "e.json", "--traceback")

    assert f'File "{shop.folder}/shop.py", line 11, in on_value' in shop.err
    assert SECRET not in shop.out


def test_without_that_nothing_of_an_error_is_told_but_its_class(shop: Project) -> None:
    shop.write("e.json", {"kind": "plain", "fail": True})

    shop.run("replay", "shop:app", "e.json")

    assert shop.err == ""


LIFESPAN = """
from contextlib import contextmanager
from eventrouter import App


@contextmanager
def lifespan(app):
    yield
    print("closed")
    {end}


app = App(lifespan=lifespan)


@app.direct()
def on_value(value: dict[str, bool]) -> None:
    if value:
        raise KeyboardInterrupt
"""


@pytest.mark.parametrize(
    ("event", "end", "code", "out"),
    [
        ({}, "", 0, "1 file: 1 ok"),
        ({}, "raise OSError('still open')", 1, "1 file: 1 ok"),
        ({"interrupt": True}, "", 130, ""),
    ],
    ids=["closed", "not closed", "interrupted"],
)
def test_the_app_is_closed_once_at_the_end(project: Project, event: Any, end: str, code: int, out: str) -> None:
    project.write("living.py", LIFESPAN.format(end=end))
    project.write("e.json", event)

    found = project.run("replay", "living:app", "e.json", "e.json")

    assert found == code
    assert lines(project)[-1:] == ([out] if out else [])
    assert project.err.count("closed\n") == 1


def test_what_the_recorder_writes_is_replayed(shop: Project) -> None:
    shop.write(
        "recording.py",
        "from eventrouter.testing import Recorder\nfrom shop import app\napp.middleware(Recorder('recorded'), waits=False)\n",
    )
    shop.write("a.json", request("/orders/7"))
    shop.write("b.json", {"Records": [message(Path(sample("s3")).read_text(), "images")]})
    for file in ("a.json", "b.json"):
        shop.run("invoke", "recording:app", file)

    code = shop.run("replay", "shop:app", "recorded")

    assert "function_url -> read_order: ok, 204" in shop.out
    assert len(list((shop.folder / "recorded").iterdir())) == 2
    assert code == 1  # an event inside a message is part of its body, which is redacted
