"""What pytest gets from the package, in a project of a user's."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from eventrouter import App
from eventrouter.errors import FixtureError
from eventrouter.testing import TestClient, assert_batch, events

MAIN = """
from contextlib import contextmanager
from eventrouter import App

said = []

@contextmanager
def lifespan(app):
    said.append("start")
    yield
    said.append("end")

app = App(failures="report", lifespan=lifespan)

@app.get("/")
def read() -> str:
    return "hello"

@app.sqs("orders")
def on_order(total: int) -> None:
    if total < 0:
        raise ValueError("negative")
"""


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A project with an app, and recorded events."""
    pytester.makepyfile(main=MAIN)
    pytester.makeini("[pytest]\neventrouter_app = main:app\npythonpath = .\naddopts = --strict-markers")
    folder = pytester.mkdir("tests")
    for name, text in {"sqs/one.json": '{"n": 1}', "sqs/two.json": '{"n": 2}', "broken.json": "{"}.items():
        file = folder / "events" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    (folder / "unit").mkdir()
    # Modules of one project are not those of the next.
    monkeypatch.delitem(sys.modules, "main", raising=False)
    return pytester


def run(project: pytest.Pytester, code: str, *arguments: str) -> pytest.RunResult:
    (project.path / "tests" / "unit" / "test_it.py").write_text(code)
    return project.runpytest_inprocess("-q", "-p", "no:cacheprovider", *arguments)


def test_a_client_of_the_project_s_app_starts_and_ends_it(project: pytest.Pytester) -> None:
    result = run(
        project,
        "import main\ndef test_a(client):\n    assert client.get('/').text == 'hello'\n"
        "    assert main.said == ['start']\n"
        "def test_b():\n    assert main.said == ['start', 'end']\n",
    )

    result.assert_outcomes(passed=2)


def test_a_project_may_name_its_app_by_a_fixture(project: pytest.Pytester) -> None:
    project.makeini("[pytest]\npythonpath = .")
    project.makeconftest(
        "import pytest\nfrom main import app\n@pytest.fixture\ndef eventrouter_app():\n    return app\n"
    )

    run(project, "def test_a(client):\n    assert client.get('/').text == 'hello'\n").assert_outcomes(passed=1)


def test_a_client_without_an_app_says_what_to_write(project: pytest.Pytester) -> None:
    project.makeini("[pytest]\npythonpath = .")

    result = run(project, "def test_a(client): ...\n")

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(['*write eventrouter_app = "main:app" into the settings of pytest*'])


def test_a_test_runs_with_every_recorded_event(project: pytest.Pytester) -> None:
    result = run(
        project,
        "import pytest\n@pytest.mark.events('sqs/*.json')\ndef test_a(event, event_path):\n"
        "    assert event == {'n': 1 if event_path.name == 'one.json' else 2}\n",
        "-vv",
    )

    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["*test_a?sqs/one.json? PASSED*", "*test_a?sqs/two.json? PASSED*"])


def test_events_may_lie_beside_the_test(project: pytest.Pytester) -> None:
    beside = project.path / "tests" / "unit" / "events"
    beside.mkdir()
    (beside / "own.json").write_text("7")

    result = run(project, "import pytest\n@pytest.mark.events('own.json')\ndef test_a(event):\n    assert event == 7\n")

    result.assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("code", "says"),
    [
        (
            "@pytest.mark.events('sns/*.json')\ndef test_a(event): ...",
            "*events('sns/?.json') matches no file in *events*",
        ),
        ("@pytest.mark.events()\ndef test_a(event): ...", "*events() names no files*"),
        ("@pytest.mark.events('sqs/*.json')\ndef test_a(): ...", "*takes neither `event` nor `event_path`*"),
        ("@pytest.mark.events('broken.json')\ndef test_a(event): ...", "*broken.json: the event is not JSON text*"),
    ],
)
def test_a_marker_that_finds_no_event_is_an_error(project: pytest.Pytester, code: str, says: str) -> None:
    result = run(project, f"import pytest\n{code}\n")

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([says])


def test_a_file_is_read_by_its_name(project: pytest.Pytester) -> None:
    run(project, "def test_a(event_file):\n    assert event_file('sqs/one.json') == {'n': 1}\n").assert_outcomes(
        passed=1
    )


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("sqs/on.json", "*sqs/on.json: there is no such file in *events*; near it: *sqs/one.json*"),
        ("nothing-like-it", "*nothing-like-it: there is no such file in *events"),
        ("../../main.py", "*../../main.py: it is outside *events"),
        ("broken.json", "*broken.json: the event is not JSON text*"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(project: pytest.Pytester, name: str, says: str) -> None:
    result = run(project, f"def test_a(event_file):\n    event_file({name!r})\n")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([f"E *{says}"])


def test_a_context_s_time_is_in_the_test_s_hands(project: pytest.Pytester) -> None:
    result = run(
        project,
        "def test_a(lambda_context):\n    lambda_context.clock.advance(29)\n"
        "    assert 0 < lambda_context.get_remaining_time_in_millis() <= 1000\n",
    )

    result.assert_outcomes(passed=1)


def test_a_comparison_of_records_shows_each_of_them(project: pytest.Pytester) -> None:
    result = run(
        project,
        "def test_a(client):\n    assert client.sqs('orders', 1, -1).failed == []\n"
        "def test_b(client):\n    assert client.sqs('orders', 1) == client.sqs('orders', -1)\n"
        "def test_c(client):\n    assert client.sqs('orders', 1).succeeded == 5\n"
        "def test_d(client):\n    assert client.sqs('orders', 1) != client.sqs('orders', 1).records\n    assert 1 == 2\n"
        "def test_e(client):\n    records = client.sqs('orders', 1).succeeded\n    assert records != records\n"
        "def test_f():\n    import eventrouter.testing._results\n    assert 1 == 2\n",
    )

    result.assert_outcomes(failed=6)
    result.stdout.fnmatch_lines(
        [
            "*1 record == 0 records",
            "*left:",
            "*record 1 on_order failed: ValueError: negative",
            "*right:",
            "*1 record == 5",
        ]
    )


def test_the_real_process_is_a_fixture(project: pytest.Pytester) -> None:
    result = run(
        project,
        "from eventrouter.testing import events\n"
        "def test_a(emulator):\n    function = emulator('main:app')\n    assert function.ready().state == 'ready'\n"
        "    assert function.invoke(events.function_url('GET', '/')).text == 'hello'\n"
        "    assert function.emulator.restarts == 0\n"
        "    function.terminate()\n",
    )

    result.assert_outcomes(passed=1)


def test_the_emulator_names_the_extra_that_it_needs(project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "eventrouter.testing._emulated", None)

    result = run(project, "def test_a(emulator):\n    emulator('main:app')\n")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*pip install 'eventrouter?testing?'*"])


def test_pytest_pays_nothing_for_it_until_it_is_asked_for() -> None:
    code = (
        "import sys, eventrouter.testing.plugin as plugin\nplugin.pytest_assertrepr_compare('==', 1, 2)\n"
        "print([name for name in sys.modules if name.startswith(('eventrouter', 'pydantic', 'anyio'))])"
    )

    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert result.stdout.strip() == "['eventrouter', 'eventrouter.testing', 'eventrouter.testing.plugin']"


# ------------------------------------------------------------------------------------------------------------- assert_batch


@pytest.fixture
def batch() -> Any:
    app = App(failures="report")

    @app.sqs("orders")
    def on_order(total: int) -> None:
        if total < 0:
            raise ValueError("negative")

    return TestClient(app).send(events.sqs(1, -1, "no number"))


@pytest.mark.parametrize(
    "failed",
    [{1: ValueError, 2: "PayloadError"}, {1: "ValueError", 2: Exception}, [1, 2], {1, 2}],
    ids=["classes and names", "a name and any", "a list", "a set"],
)
def test_a_batch_that_is_as_expected_passes(batch: Any, failed: Any) -> None:
    assert_batch(batch, failed=failed, routes={0: "on_order"})

    assert len(batch.failed) == 2


@pytest.mark.parametrize(
    ("expect", "line"),
    [
        ({}, "! record 1 on_order failed: ValueError: negative   expected a success"),
        ({"failed": [0, 1, 2]}, "! record 0 on_order succeeded   expected a failure"),
        (
            {"failed": {1: "KeyError", 2: Exception}},
            "! record 1 on_order failed: ValueError: negative   expected KeyError",
        ),
        (
            {"failed": {1: KeyError, 2: Exception}},
            "! record 1 on_order failed: ValueError: negative   expected KeyError",
        ),
        ({"failed": [1, 2], "routes": {0: "other"}}, "! record 0 on_order succeeded   expected the route other"),
        ({"failed": [1, 2, 3]}, "there is no record 3"),
        ({"failed": [1]}, "  record 0 on_order succeeded"),
    ],
)
def test_a_batch_that_is_not_says_which_record(batch: Any, expect: Any, line: str) -> None:
    with pytest.raises(AssertionError) as raised:
        assert_batch(batch, **expect)

    assert line in str(raised.value).splitlines()
    assert "no number" not in str(raised.value)


def test_this_project_has_the_fixtures_too(event_file: Callable[[str], object], lambda_context: Any) -> None:
    with pytest.raises(FixtureError, match="there is no such file"):
        event_file("orders.json")
    assert lambda_context.get_remaining_time_in_millis() > 29_000
