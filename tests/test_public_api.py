"""The package's front: a literal table of names, each imported when it is first asked for."""

from __future__ import annotations

import ast
import subprocess
import sys
from importlib import import_module
from importlib.util import resolve_name
from pathlib import Path

import pytest

import eventrouter

FRONT = Path(eventrouter.__file__)

#: What users are promised, besides the errors and the record and event types. Taking one away is a breaking change.
PROMISED = {
    "ACK", "Allow", "App", "BackgroundTasks", "Batch", "Body", "BufferedResponse", "Change", "Cookie", "DROPPED", "Deny",
    "Depends", "EventStream", "File", "FileResponse", "Form", "FunctionResponse", "HTTPException", "Header", "Invocation",
    "LambdaContext", "Path", "Prelude", "ProcessingFailed", "Query", "RedirectResponse", "Request", "Response", "Router",
    "ServerSentEvent", "StreamTrigger", "StreamingResponse", "Window", "current_invocation", "parse", "register", "sniff",
}  # fmt: skip
#: The record and event types that handlers of the payload table name.
PROMISED_TYPES = {
    "DynamoDBRecord", "EventBridgeEvent", "KinesisRecord", "LogEvent", "LogsEvent", "S3Event", "S3Record", "ScheduledEvent",
    "SnsEvent", "SnsRecord", "SqsEvent", "SqsRecord",
}  # fmt: skip


def names_for_type_checkers() -> dict[str, str]:
    """The names that the front imports under TYPE_CHECKING, with their modules."""
    found: dict[str, str] = {}
    for node in ast.parse(FRONT.read_text()).body:
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            for statement in node.body:
                if isinstance(statement, ast.ImportFrom):
                    module = resolve_name("." * statement.level + (statement.module or ""), "eventrouter")
                    found |= {alias.asname or alias.name: module for alias in statement.names}
    return {name: module for name, module in found.items() if module.partition(".")[0] == "eventrouter"}


def names_in_the_table() -> dict[str, str]:
    table: dict[str, str] = eventrouter._WHERE
    return {
        name: module
        if module.partition(".")[0] == "eventrouter"
        else resolve_name(f".{module.lstrip('.')}", "eventrouter")
        for name, module in table.items()
    }


def test_all_is_exact_and_public() -> None:
    public = list(eventrouter.__all__)

    assert len(public) == len(set(public))
    assert set(public) - {"__version__"} == set(names_in_the_table())
    assert [name for name in public if name.startswith("_") and name != "__version__"] == []


def test_what_is_promised_is_there() -> None:
    assert (PROMISED | PROMISED_TYPES) - set(eventrouter.__all__) == set()


def test_the_emulator_and_the_runtime_have_their_names() -> None:
    emulator, runtime = import_module("eventrouter.emulator"), import_module("eventrouter.runtime")

    assert {"Emulator", "Invoked", "Stream", "Chunk"} <= set(emulator.__all__)
    assert runtime.__all__ == ["run"]
    assert [name for module in (emulator, runtime) for name in module.__all__ if not hasattr(module, name)] == []


def test_the_test_kit_has_its_names() -> None:
    kit = import_module("eventrouter.testing")
    events = import_module("eventrouter.testing.events")

    assert {"TestClient", "AsyncTestClient", "Recorder", "assert_batch", "check_app", "events", "strategies"} <= set(
        kit.__all__
    )
    assert set(kit._WHERE) == set(kit.__all__) <= set(dir(kit))
    assert [name for module in (kit, events) for name in module.__all__ if not hasattr(module, name)] == []
    with pytest.raises(AttributeError, match="has no attribute 'TestServer'"):
        kit.TestServer  # noqa: B018 - asking for it is what fails


def test_every_error_is_public() -> None:
    errors = import_module("eventrouter.errors")
    public = {
        name
        for name, value in vars(errors).items()
        if isinstance(value, type) and issubclass(value, BaseException) and value.__module__ == errors.__name__
    }

    assert {name for name in public if not name.startswith("_")} - set(eventrouter.__all__) == set()


def test_type_checkers_see_the_names_that_the_table_resolves() -> None:
    assert names_for_type_checkers() == names_in_the_table()


@pytest.mark.parametrize("name", sorted(eventrouter.__all__))
def test_a_name_resolves_to_what_type_checkers_see(name: str) -> None:
    value = getattr(eventrouter, name)

    if name != "__version__":
        assert value == getattr(import_module(names_for_type_checkers()[name]), name)


def test_the_front_lists_its_names_before_they_are_loaded() -> None:
    script = "import eventrouter; print(*dir(eventrouter))"
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=FRONT.parent.parent)

    assert set(eventrouter.__all__) - set(result.stdout.split()) == set(), result.stderr


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    name = "NoSuchName"

    with pytest.raises(AttributeError, match=name):
        getattr(eventrouter, name)


def test_a_star_import_brings_every_name() -> None:
    namespace: dict[str, object] = {}

    exec("from eventrouter import *", namespace)  # noqa: S102

    assert set(eventrouter.__all__) - set(namespace) == set()
