"""What pytest gets from an installed eventrouter: fixtures, a marker, and batch results that are compared readably.

Loaded by pytest in every project that has the package, so nothing of the package is imported before a test asks for it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from ..app import App
    from ..types import JsonValue
    from ._clock import TestContext
    from ._emulated import EmulatedFunction
    from .client import TestClient

APP, EVENTS = "eventrouter_app", "eventrouter_events"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addini(APP, "the app that the fixture `client` tests, as module:name")
    parser.addini(EVENTS, "the folder of recorded events, below the root of the project", default="tests/events")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers",
        "events(*patterns): run the test with every recorded event whose file matches, given as `event` or `event_path`",
    )


def pytest_assertrepr_compare(op: str, left: object, right: object) -> list[str] | None:
    if "eventrouter.testing._results" not in sys.modules:
        return None
    from ._batch_diff import explain_comparison

    return explain_comparison(op, left, right)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    marker = metafunc.definition.get_closest_marker("events")
    if marker is None:
        return
    wanted = [name for name in ("event", "event_path") if name in metafunc.fixturenames]
    if not wanted:
        pytest.fail(
            f"{metafunc.definition.nodeid} is marked with events(...) and takes neither `event` nor `event_path`",
            pytrace=False,
        )
    files = _matching(metafunc.config, metafunc.definition.path, marker.args)
    from .._event_file import read_event

    rows = [tuple(read_event(path) if name == "event" else path for name in wanted) for path, _ in files]
    metafunc.parametrize(wanted, rows, ids=[shown for _, shown in files])


def _folders(config: pytest.Config, test: Path) -> list[Path]:
    """Where recorded events are looked for: the project's folder, then the one beside the test."""
    return list(dict.fromkeys([config.rootpath / config.getini(EVENTS), test.parent / "events"]))


def _matching(config: pytest.Config, test: Path, patterns: tuple[Any, ...]) -> list[tuple[Path, str]]:
    """The files that match, each with its name below its folder."""
    folders = _folders(config, test)
    found: dict[Path, str] = {}
    for pattern in patterns:
        here = [(path, folder) for folder in folders for path in sorted(folder.glob(pattern)) if path.is_file()]
        if not here:
            looked = " and ".join(str(folder) for folder in folders)
            pytest.fail(f"events({pattern!r}) matches no file in {looked}", pytrace=False)
        found.update({path: path.relative_to(folder).as_posix() for path, folder in here})
    if not found:
        pytest.fail("events() names no files: write @pytest.mark.events('sqs/*.json')", pytrace=False)
    return list(found.items())


@pytest.fixture
def event_file(request: pytest.FixtureRequest) -> Callable[[str], JsonValue]:
    """``event_file("sqs/order.json")``: the event in a file of ``tests/events``, or of ``events`` beside the test."""
    folders = _folders(request.config, request.path)

    def read(name: str) -> JsonValue:
        from .._event_file import read_event
        from ..errors import FixtureError

        for folder in folders:
            path = (folder / name).resolve()
            if not path.is_relative_to(folder.resolve()):
                raise FixtureError(name, f"it is outside {folder}")
            if path.is_file():
                return read_event(path)
        raise FixtureError(name, _not_there(name, folders))

    return read


def _not_there(name: str, folders: list[Path]) -> str:
    from difflib import get_close_matches

    there = [path.relative_to(folder).as_posix() for folder in folders for path in folder.rglob("*.json")]
    near = get_close_matches(name, there, cutoff=0.4)
    hint = f"; near it: {', '.join(near)}" if near else ""
    return f"there is no such file in {' or '.join(str(folder) for folder in folders)}{hint}"


@pytest.fixture
def lambda_context() -> TestContext:
    """Lambda's context object, whose time a test moves on: ``lambda_context.clock.advance(20)``."""
    from ._clock import Clock, TestContext

    return TestContext("5d0c7a3e-9c1b-4a56-8f2d-1e3b5a7c9d0f", Clock(), 30.0)


@pytest.fixture
def eventrouter_app(request: pytest.FixtureRequest) -> App:
    """The app that `client` tests: that of the setting ``eventrouter_app``, unless a conftest.py defines this fixture."""
    named = request.config.getini(APP)
    if not named:
        pytest.fail(
            'the fixture `client` does not know the app: write eventrouter_app = "main:app" into the settings of pytest, or '
            "define a fixture eventrouter_app that returns it",
            pytrace=False,
        )
    from importlib import import_module

    module, _, name = named.partition(":")
    app: App = getattr(import_module(module), name or "app")
    return app


@pytest.fixture
def client(eventrouter_app: App) -> Iterator[TestClient]:
    """A :class:`~eventrouter.testing.TestClient` of the app, which is started before the test and ended after it."""
    from .client import TestClient

    with TestClient(eventrouter_app) as client:
        yield client


@pytest.fixture
def emulator() -> Iterator[Callable[..., EmulatedFunction]]:
    """``emulator("main:app")``: the app in a process of its own, under an emulator of Lambda; ended after the test."""
    with ExitStack() as stack:

        def start(app: str, **options: Any) -> EmulatedFunction:
            try:
                from ._emulated import emulated
            except ModuleNotFoundError as error:
                pytest.fail(
                    f"the fixture `emulator` needs {error.name}: pip install 'eventrouter[testing]'", pytrace=False
                )
            running: AbstractContextManager[EmulatedFunction] = emulated(app, **options)
            return stack.enter_context(running)

        yield start
