"""``eventrouter explain``: words or data, and an exit code that says whether somebody takes the event."""

from __future__ import annotations

import io
import json
import sys
from typing import Any

import pytest

from tests.cli.given import Project, message, request, sample

CANARY = "hunter2canary"


def test_an_event_that_a_route_takes_is_told_in_words(project: Project) -> None:
    code = project.run("explain", "main:app", sample("sqs"))

    assert code == 0
    assert project.out.startswith(
        "source        sqs, by Records.0.eventSource='aws:sqs'\nrecords       2, none without"
    )
    assert "-> on_order [main.py:" in project.out


@pytest.mark.parametrize(
    ("event", "code"),
    [
        ({"Records": [message("good")]}, 0),
        ({"Records": [message("good"), message("good", "invoices")]}, 1),
        ({"Records": []}, 0),
        (request("/orders/7"), 0),
        (request("/orders/7", "DELETE"), 1),
        (request("/order/7"), 1),
        ({"job": "nightly"}, 1),
    ],
    ids=["taken", "half taken", "nothing to take", "a request", "405", "404", "direct"],
)
def test_the_exit_code_says_whether_somebody_takes_all_of_it(project: Project, event: Any, code: int) -> None:
    project.write("event.json", event)

    assert project.run("explain", "main:app", "event.json") == code


def test_the_data_is_json(project: Project) -> None:
    code = project.run("explain", "main:app", sample("sqs"), "--json")

    assert code == 0
    assert project.answer["source"] == "sqs"
    assert [record["route"]["handler"] for record in project.answer["records"]] == ["on_order", "on_order"]


def test_an_event_comes_from_standard_input(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    data = json.dumps({"Records": [message("good")]}).encode()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))

    assert project.run("explain", "main:app", "-") == 0


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "event.json: No such file or directory"),
        (b"nope", "event.json: the event is not JSON text (at character 0)"),
        (b"\xff", "event.json: the event is not JSON text: it is not UTF-8 (at byte 0)"),
    ],
)
def test_a_file_that_holds_no_event_is_a_mistake_in_one_line(
    project: Project, content: bytes | None, words: str
) -> None:
    if content is not None:
        project.write("event.json", content)

    code = project.run("explain", "main:app", "event.json")

    assert code == 2
    assert project.out == ""
    assert project.err.splitlines() == ["on import", f"eventrouter: {words}"]


def test_standard_input_that_holds_no_event_is_called_so(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"")))

    code = project.run("explain", "main:app", "-")

    assert code == 2
    assert project.err.endswith("eventrouter: standard input: it is empty, and an event is JSON text\n")


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_what_is_in_an_event_is_not_told(project: Project, options: list[str]) -> None:
    event = {"Records": [{**message(CANARY), "receiptHandle": CANARY, "messageAttributes": {"token": CANARY}}]}
    project.write("event.json", event)

    project.run("explain", "main:app", "event.json", *options)

    assert CANARY not in project.out + project.err


def test_a_name_that_is_not_known_is_told(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ORDERS_QUEUE", raising=False)
    project.write(
        "late.py",
        "from eventrouter import App\napp = App()\n@app.sqs('${ORDERS_QUEUE}')\ndef on_order(text: str) -> None: ...\n",
    )

    code = project.run("explain", "late:app", sample("sqs"))

    assert code == 1
    assert "problem       environment variable ORDERS_QUEUE is not set, and route on_order [" in project.out


def test_no_name_in_an_event_moves_the_terminal(project: Project) -> None:
    project.write("event.json", {"Records": [message("good", "\x1b[2Jorders")]})

    project.run("explain", "main:app", "event.json")

    assert "queue='\\x1b[2Jorders'" in project.out
    assert "\x1b" not in project.out


def test_what_a_condition_prints_is_no_part_of_the_data(project: Project) -> None:
    project.write(
        "talking.py",
        "from eventrouter import App\napp = App()\n@app.sqs(where=lambda value: print('asked') or True)\n"
        "def on_order(text: str) -> None: ...\n",
    )
    project.write("event.json", {"Records": [message("{}")]})

    code = project.run("explain", "talking:app", "event.json", "--json")

    assert code == 0
    assert project.answer["count"] == 1
    assert "asked" in project.err
