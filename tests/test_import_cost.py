"""What an import loads: cold start is a feature, and these lists keep it one."""

from __future__ import annotations

import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

import eventrouter

ROOT = Path(eventrouter.__file__).parent.parent
LABELS = sorted(path.stem for path in (ROOT / "eventrouter" / "sources").glob("[!_]*.py"))

#: Milliseconds each, at every cold start.
SLOW = {
    "aws_lambda_powertools", "anyio", "asyncio", "dataclasses", "enum", "inspect", "logging", "pydantic", "pydantic_core", "re",
    "typing", "typing_extensions",
}  # fmt: skip


@cache
def loaded_by(statement: str) -> frozenset[str]:
    """The modules that an interpreter holds after *statement*: without ``site``, which loads some of its own."""
    script = f"import sys; sys.path[:0] = {sys.path!r}\n{statement}\nprint(*sys.modules)"
    result = subprocess.run([sys.executable, "-I", "-S", "-c", script], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    return frozenset(result.stdout.split())


def slow_modules(statement: str, after: str = "pass") -> set[str]:
    """The slow ones that *statement* loads and a bare interpreter, or one that ran *after*, has not."""
    return {name for name in loaded_by(statement) - loaded_by(after) if name in SLOW}


def test_the_package_alone_loads_nothing_slow() -> None:
    assert slow_modules("import eventrouter") == set()


def test_the_package_alone_loads_none_of_its_own_modules() -> None:
    ours = {name for name in loaded_by("import eventrouter") if name.startswith("eventrouter.")}

    assert ours == set()


def test_an_app_loads_nothing_slow() -> None:
    # json brings re and enum. Every runtime client has loaded it before it imports the app.
    assert slow_modules("from eventrouter import App", after="import json") == set()


def test_a_route_of_plain_values_loads_nothing_slow() -> None:
    app = """
from eventrouter import App
app = App()
@app.get("/orders/{order_id}")
def read_order(order_id: str) -> dict[str, str]:
    return {"id": order_id}
"""

    assert slow_modules(app, after="import json") == set()


def test_the_runtime_of_a_synchronous_app_loads_nothing_slow() -> None:
    # Signals have names, which brings enum; json brings it too.
    statement = "from eventrouter.runtime import _runtime, _blocking, _logging"

    assert slow_modules(statement, after="import json, signal") == set()


def test_the_runtime_loads_no_command_but_itself() -> None:
    loaded = loaded_by("import eventrouter.__main__; from eventrouter.runtime import _runtime")

    assert not any(name.startswith(("eventrouter.cli", "eventrouter.emulator", "argparse")) for name in loaded)


def test_a_route_loads_its_own_source_and_no_other() -> None:
    app = "from eventrouter import App\napp = App()\n@app.sqs('orders')\ndef on_order(text: str) -> None: ..."

    sources = {name for name in loaded_by(app) if name.startswith("eventrouter.sources.") and "._" not in name}

    assert sources == {"eventrouter.sources.sqs"}


@pytest.mark.parametrize("label", LABELS)
def test_a_source_loads_nothing_slow(label: str) -> None:
    statement = f"from eventrouter.sources.{label} import SOURCE"

    assert slow_modules(statement, after="import json") == set()
    assert not any(name.startswith("eventrouter.models") for name in loaded_by(statement))
