"""``eventrouter fixture``: what is printed is a test, it passes, and it says what the event is or what came of it."""

from __future__ import annotations

import ast
import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st

import eventrouter
from eventrouter.cli.fixture import _literal, _text
from tests.cli.given import EVENTS, Project, message, request, sample

ROOT = Path(eventrouter.__file__).parent.parent
FILES = sorted(EVENTS.glob("*.json"))

APP = """
from typing import Any
from eventrouter import App, CloudFormationEvent

app = App(failures="report")
raising = App()


class shop:
    app = app


def on_message(text: str) -> None:
    if text != "good":
        raise ValueError("bad total")


app.sqs("orders")(on_message)
raising.sqs("orders")(on_message)


@app.get("/orders/{order_id}")
def read_order(order_id: int) -> dict[str, int]:
    print("in the handler")
    return {"id": order_id}


@app.get("/fails")
def fails() -> None:
    raise ValueError("bad request")


@app.direct()
def on_value(value: dict[str, Any]) -> Any:
    return value


@raising.direct()
def on_text(value: str) -> None:
    raise ValueError("bad value")


@app.cloudformation("Custom::SearchIndex")
def on_index(event: CloudFormationEvent) -> None: ...
"""


@pytest.fixture
def shop(project: Project) -> Project:
    project.write("shop.py", APP)
    return project


def passes(project: Project, *tests: str) -> str:
    """Save tests, as a user would, and run them; what pytest says where one does not pass."""
    for number, test in enumerate(tests):
        project.write(f"tests/test_{number}.py", test)
    process = [sys.executable, "-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider", "tests"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    result = subprocess.run(process, cwd=project.folder, env=environment, text=True, capture_output=True)
    return "" if result.returncode == 0 else result.stdout


def printed(project: Project, *arguments: str) -> str:
    """The test that the command prints."""
    code = project.run("fixture", *arguments)
    assert (code, project.err.replace("in the handler\n", "").replace("on import\n", "")) == (0, "")
    return project.out


def facts(source: str) -> list[str]:
    """What a test asserts."""
    return [ast.unparse(node.test) for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Assert)]


# ------------------------------------------------------------------------------------------------------------ what it is


def test_the_test_of_every_event_passes(project: Project) -> None:
    tests = [printed(project, str(file)) for file in FILES]

    assert passes(project, *tests) == ""


def test_without_an_app_the_test_says_what_the_event_is(project: Project) -> None:
    found = printed(project, sample("sqs"))

    assert facts(found) == ["sniff(EVENT).name == 'sqs'", "type(parse(EVENT)).__name__ == 'SqsEvent'"]
    assert "def test_sqs_is_recognised() -> None:" in found
    assert found.startswith('"""What the event in sqs.json is."""\n')


def test_an_event_of_another_shape_is_tested_to_be_one(project: Project) -> None:
    project.write("half.json", {"Records": [{"eventSource": "aws:sqs"}]})

    found = printed(project, "half.json")

    assert "with pytest.raises(PayloadError):" in found
    assert passes(project, found) == ""


def test_standard_input_is_a_file(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"{}")))

    found = printed(project, "-")

    assert found.startswith('"""What the event in standard input is."""\n')
    assert "def test_event_is_recognised() -> None:" in found


@pytest.mark.parametrize(
    ("name", "test"),
    [
        ("sqs-orders-1f2e.json", "test_sqs_orders_1f2e_is_recognised"),
        ("7.json", "test_7_is_recognised"),
        ("größe!.json", "test_gr_e_is_recognised"),
        ("§.json", "test_event_is_recognised"),
        ("quo\"te'.json", "test_quo_te_is_recognised"),
        ('"""\\.json', "test_event_is_recognised"),
        ("new\nline.json", "test_new_line_is_recognised"),
        ("a" * 100 + ".json", f"test_{'a' * 50}_is_recognised"),
    ],
)
def test_any_name_of_a_file_makes_a_test(project: Project, name: str, test: str) -> None:
    project.write(name, {})

    found = printed(project, name)

    assert test in [node.name for node in ast.parse(found).body if isinstance(node, ast.FunctionDef)]


# ------------------------------------------------------------------------------------------------------ what comes of it

CASES: list[tuple[str, Any, str, list[str]]] = [
    (
        "batch",
        {"Records": [message("good"), message("bad")]},
        "shop:app",
        [
            "result.source == 'sqs'",
            "[record.route for record in result.succeeded] == ['on_message']",
            "[(record.route, record.error_type) for record in result.failed] == [('on_message', 'ValueError')]",
            "result.response == {'batchItemFailures': [{'itemIdentifier': 'id-of-bad'}]}",
            "result.error_type == ''",
        ],
    ),
    (
        "raised",
        {"Records": [message("good"), message("bad")]},
        "shop:raising",
        [
            "result.source == 'sqs'",
            "[record.route for record in result.succeeded] == ['on_message']",
            "[(record.route, record.error_type) for record in result.failed] == [('on_message', 'ValueError')]",
            "result.error_type == 'ValueError'",
        ],
    ),
    (
        "many",
        {"Records": [message("good")] * 4},
        "shop.app",
        [
            "result.source == 'sqs'",
            "[record.route for record in result.succeeded] == ['on_message', 'on_message', 'on_message', 'on_message']",
            "[(record.route, record.error_type) for record in result.failed] == []",
            "result.response == {'batchItemFailures': []}",
            "result.error_type == ''",
        ],
    ),
    (
        "http",
        request("/orders/7"),
        "./shop.shop.app",
        [
            "result.source == 'function_url'",
            "result.route == 'read_order'",
            "result.status_code == 200",
            "result.error_type == ''",
        ],
    ),
    (
        "http_error",
        request("/fails"),
        "shop:shop.app",
        [
            "result.source == 'function_url'",
            "result.route == 'fails'",
            "result.status_code == 500",
            "result.error_type == 'ValueError'",
        ],
    ),
    (
        "health",
        json.loads((EVENTS / "alb-health-check.json").read_text()),
        "shop:app",
        ["result.source == 'alb'", "result.route is None", "result.status_code == 200", "result.error_type == ''"],
    ),
    (
        "direct",
        {"a": [1, 2.5, None, True, "text", {}, []]},
        "shop:app",
        ["result.source == 'direct'", "result.route == 'on_value'", "result.error_type == ''"],
    ),
    (
        "text",
        "a text",
        "shop:raising",
        ["result.source == 'direct'", "result.route == 'on_text'", "result.error_type == 'ValueError'"],
    ),
    (
        "callback",
        json.loads((EVENTS / "cloudformation_custom_resource.json").read_text()),
        "shop:app",
        [
            "result.source == 'cloudformation_custom_resource'",
            "result.route == 'on_index'",
            "[each['Status'] for each in result.callbacks] == ['SUCCESS']",
            "result.error_type == ''",
        ],
    ),
]


@pytest.mark.parametrize(("name", "event", "app", "expected"), CASES, ids=[case[0] for case in CASES])
def test_with_an_app_the_test_says_what_came_of_the_event(
    shop: Project, name: str, event: Any, app: str, expected: list[str]
) -> None:
    shop.write("event.json", json.dumps(event))

    found = printed(shop, "event.json", app)

    assert facts(found) == expected


def test_the_test_of_what_came_of_an_event_passes(shop: Project) -> None:
    tests = []
    for _, event, app, _ in CASES:
        shop.write("event.json", json.dumps(event))
        tests.append(printed(shop, "event.json", app))

    assert passes(shop, *tests) == ""


def test_the_test_fails_when_that_changes(shop: Project) -> None:
    shop.write("event.json", {"Records": [message("good")]})
    found = printed(shop, "event.json", "shop:app")

    shop.write("shop.py", APP.replace('!= "good"', '== "good"'))

    assert "1 failed" in passes(shop, found)


def test_an_event_without_a_route_is_named_with_the_nearest_one_and_what_explain_says(shop: Project) -> None:
    shop.write("event.json", {"Records": [message("hunter2", "orders-2")]})
    shop.run("explain", "shop:app", "event.json")
    explained = shop.out

    code = shop.run("fixture", "event.json", "shop:app")

    assert (code, shop.out) == (1, "")
    first, _, rest = shop.err.partition("\n")
    assert first == (
        "eventrouter: event.json: the app has no route for this sqs event; the nearest: on_message wants queue='orders'"
    )
    assert rest == explained


def test_standard_input_without_a_route_is_called_so(shop: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(Path(sample("sns")).read_bytes())))

    code = shop.run("fixture", "-", "shop:app")

    assert code == 1
    assert shop.err.startswith("eventrouter: standard input: the app has no route for this sns event")


def test_a_file_that_is_no_json_is_a_mistake(shop: Project) -> None:
    shop.write("broken.json", b"hunter2")

    code = shop.run("fixture", "broken.json", "shop:app")

    assert code == 2
    assert shop.err == "eventrouter: broken.json: the event is not JSON text (at character 0)\n"


def test_what_stands_around_an_app_is_not_the_app(project: Project) -> None:
    project.write("event.json", {})

    code = project.run("fixture", "event.json", "main:handler")

    assert code == 2
    assert project.err.endswith("main:handler is what decorators have put around an app: name the App itself\n")


def test_an_app_that_does_not_open_is_told(project: Project) -> None:
    project.write(
        "closed.py",
        "from contextlib import contextmanager\nfrom eventrouter import App\n"
        "@contextmanager\ndef lifespan(app):\n    raise OSError('no database')\n    yield\n"
        "app = App(lifespan=lifespan)\n@app.direct()\ndef on_value() -> None: ...\n",
    )
    project.write("event.json", {})

    code = project.run("fixture", "event.json", "closed:app")

    assert (code, project.out) == (1, "")
    assert project.err == "eventrouter: the app raised OSError: no database\n"


# ------------------------------------------------------------------------------------------------------------- literals


@given(
    value=st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.text(st.characters()),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_any_json_value_is_written_as_it_is(value: Any) -> None:
    assert ast.literal_eval(_literal(value)) == value


@given(text=st.text(st.characters()))
def test_any_text_is_written_on_one_line(text: str) -> None:
    assert ast.literal_eval(_text(text)) == text
    assert _text(text).isprintable()


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("it's", '"it\'s"'),
        ('{"id": 7}', "'{\"id\": 7}'"),
        ('"it\'s"', '"\\"it\'s\\""'),
        ("a\tb\u202e\ud800", '"a\\tb\\u202e\\ud800"'),
        ("grüße", '"grüße"'),
        (None, "None"),
    ],
)
def test_a_text_is_written_as_formatters_write_it(text: str | None, written: str) -> None:
    assert _text(text) == written


def test_an_event_that_python_could_not_parse_is_a_mistake(project: Project) -> None:
    project.write("deep.json", b"[" * 60 + b"]" * 60)

    code = project.run("fixture", "deep.json")

    assert (code, project.out) == (2, "")
    assert project.err == "eventrouter: the event is nested more than 50 deep, which is too deep for a test\n"
