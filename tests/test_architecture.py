"""The shape of the package: floors, what the core may import, and what belongs to every source.

A module imports from lower floors or from its own package; imports for the type checker count too. The table below says which
module stands on which floor, and every exception stands there with its reason.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import eventrouter

PACKAGE = Path(eventrouter.__file__).parent
TESTS = Path(__file__).parent

#: Module, or package with all that is in it, to its floor. A new module gets a row.
FLOORS: dict[str, int] = {
    # 0: what everybody speaks of
    "errors": 0,
    "types": 0,
    # 1: values, and the small tools that know nothing of routes
    "_cookies": 1,
    "_event_file": 1,
    "_explanation": 1,
    "_files": 1,
    "_json": 1,
    "_log": 1,
    "_received": 1,
    "_signature": 1,
    "_plain": 1,
    "_validation": 1,
    "_schemas": 2,
    "_validators": 1,
    "answers": 1,
    "batch": 1,
    "caller": 1,
    "context": 1,
    "forms": 1,
    "params": 1,
    "request": 1,
    "response": 1,
    "streams": 1,
    # 2: the contract of a source, and how names and contents are matched
    "_drive": 2,
    "_host": 2,
    "_kept": 2,
    "_mounts": 2,
    "_names": 2,
    "_paths": 2,
    "_patterns": 2,
    "_trace": 2,
    "source": 2,
    # 3: the sources, and the parts that carry an event through: each knows the contract, none the others' package
    "sources": 3,
    "_binding": 3,
    "_binding_http": 3,
    "_binding_payload": 3,
    "_calls": 3,
    "_concurrent": 3,
    "_after": 3,
    "_enrichment": 3,
    "_envelopes": 3,
    "_exception_handlers": 3,
    "_registration": 3,
    "_replies": 3,
    "_raised": 3,
    "_report": 3,
    "_returned": 3,
    "_run": 3,
    "_runs": 3,
    "_settle": 3,
    "_sniff": 3,
    "_pump": 3,
    "_stream": 3,
    "_streaming": 3,
    "_window": 3,
    "routing": 3,
    # 4: the app and its parts; the models, which stand on their sources and are loaded by whoever names them
    "_answer": 4,
    "_answered": 4,
    "_compile": 4,
    "_decorators": 4,
    "_door": 4,
    "_explain": 4,
    "_lifespan": 4,
    "_parse": 4,
    "_registry": 4,
    "_settings": 4,
    "app": 4,
    "router": 4,
    "models": 4,
    # 5: what is built on the app, and never imported by it
    "asyncapi": 5,
    "integrations": 5,
    "middleware": 5,
    "mounts": 5,
    "openapi": 5,
    "runtime": 5,
    "emulator": 5,
    "testing.events": 5,
    # 6: what tests an app, and may start an emulator
    "testing": 6,
    # 7: the names for users, which are imported on first use; above them the command line
    "": 7,
    "cli": 8,
    "__main__": 9,
}

#: (importer, imported) that go up or across nevertheless. Importers by module or package, as in FLOORS.
EXCEPTIONS: dict[tuple[str, str], str] = {
    ("context", "source"): "for the type checker: an invocation says which source it is from",
    ("_host", "_run"): "for the type checker: what becomes of the records is kept for whoever runs the invocation",
    ("context", "_host"): "for the type checker: an invocation says what runs it",
    ("request", "source"): "for the type checker: a request is read in the shape its source declares",
    ("response", "source"): "for the type checker: an answer is written in the shape its source declares",
    ("response", "sources._http"): "in wire(), on the first HTTP answer: the one writer of HTTP shapes",
    (
        "_compile",
        "integrations.powertools",
    ): "in the function that makes a route idempotent: whoever asks for it has the library",
    ("app", "asyncapi"): "in the function that makes the document: whoever asks for it waits for it",
    ("app", "openapi"): "in the functions that make the document and its page: whoever asks for one waits for it",
    ("app", "mounts"): "in the functions that mount an app: whoever mounts one has an event loop anyway",
    ("context", "request"): "in the property: a request is read from the invocation when it is asked for",
    ("request", "context"): "for the type checker: a request is made for an invocation",
    ("request", "_paths"): "for the type checker: a request knows where its route was looked for",
    ("_envelopes", "sources.s3"): "in the functions that open envelopes: a notification nests in a message",
    ("_envelopes", "sources.sns"): "in the functions that open envelopes: a notification nests in a message",
    (
        "sources",
        "models",
    ): "in functions, when a handler names a model: both are one source, in two files for cold start",
}

#: What the core must not import at the top of a module: each costs milliseconds at every cold start.
SLOW = {
    "aws_lambda_powertools", "anyio", "asyncio", "dataclasses", "enum", "inspect", "logging", "pydantic", "pydantic_core", "re",
    "typing", "typing_extensions",
}  # fmt: skip
#: Loaded only when a handler names a model, or a user runs a command or an integration.
LATE = {
    "__main__",
    "_event_file",
    "_received",
    "_schemas",
    "asyncapi",
    "cli",
    "emulator",
    "integrations",
    "models",
    "middleware",
    "mounts",
    "openapi",
    "testing",
    "testing.events",
}
#: Modules of the core that are slow on purpose, and themselves imported inside functions.
SLOW_ON_PURPOSE: dict[str, str] = {
    "_kept": "the kept event loop: imported when an invocation first reaches async code",
    "_pump": "a task for an event stream: imported when the first one begins",
    "runtime._anyio": "the driver of apps with anything asynchronous: imported when one is run",
    "runtime._sender": "streams: imported when the first one is sent",
    "_concurrent": "workers for concurrency=n: imported when a batch first runs them",
}


class Import(NamedTuple):
    """One import statement: of *target*, a dotted path, seen from *importer*."""

    importer: str
    target: str
    line: int
    is_deferred: bool
    is_for_types: bool

    def __str__(self) -> str:
        return f"{self.importer}:{self.line} imports {self.target}"


def modules() -> dict[str, Path]:
    """Every module, by its dotted name inside the package; the package itself is the empty name."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


MODULES = modules()
PACKAGES = {module for module, path in MODULES.items() if path.name == "__init__.py"}
LABELS = sorted(path.stem for path in (PACKAGE / "sources").glob("[!_]*.py"))


@cache
def tree_of(module: str) -> ast.Module:
    return ast.parse(MODULES[module].read_text())


def imports(module: str) -> list[Import]:
    here = ["eventrouter", *filter(None, package_of(module).split("."))]
    found: list[Import] = []

    def visit(node: ast.AST, is_deferred: bool, is_for_types: bool) -> None:
        line = getattr(node, "lineno", 0)
        found.extend(Import(module, target, line, is_deferred, is_for_types) for target in targets(node, here))
        deferred = is_deferred or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            for statement in node.body:
                visit(statement, deferred, is_for_types=True)
            for statement in node.orelse:
                visit(statement, deferred, is_for_types)
            return
        for child in ast.iter_child_nodes(node):
            visit(child, deferred, is_for_types)

    visit(tree_of(module), is_deferred=False, is_for_types=False)
    return found


def targets(node: ast.AST, here: list[str]) -> Iterator[str]:
    """The modules that an import statement in the package *here* names."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        base = here[: len(here) + 1 - node.level] if node.level else []
        base += node.module.split(".") if node.module else []
        for alias in node.names:
            whole = ".".join([*base, alias.name])
            # `from .sources import _batch` names a module, `from .source import Source` what is in one.
            yield whole if own_name(whole) in MODULES else ".".join(base)


def own_name(target: str) -> str | None:
    """The name inside the package of a module of ours; None for a module of anybody else's."""
    root, _, rest = target.partition(".")
    return rest if root == "eventrouter" else None


def row_of(module: str) -> str:
    """The row of FLOORS that holds *module*: its own, or that of the innermost package it is in that has one."""
    while module not in FLOORS and "." in module:
        module = module.rpartition(".")[0]
    return module


def package_of(module: str) -> str:
    return module if module in PACKAGES else module.rpartition(".")[0]


def is_excused(importer: str, target: str) -> bool:
    """Whether EXCEPTIONS has a row for it; a row of a package is good for all that is in the package."""
    return any((one, other) in EXCEPTIONS for one in (importer, row_of(importer)) for other in (target, row_of(target)))


def own_imports() -> Iterator[tuple[Import, str]]:
    """Every import of a module of ours, with that module's name inside the package."""
    for module in MODULES:
        for found in imports(module):
            target = own_name(found.target)
            if target is not None:
                yield found, target


def at_the_top(found: Import) -> bool:
    """Whether importing the module runs the import."""
    return not (found.is_deferred or found.is_for_types)


def test_every_module_has_a_floor_and_every_row_a_module() -> None:
    rows = {row_of(module) for module in MODULES}

    assert rows - set(FLOORS) == set(), "give these modules a floor"
    assert set(FLOORS) - rows == set(), "these modules are gone"


def test_a_module_imports_from_lower_floors_or_its_own_package() -> None:
    wrong = []
    for found, target in own_imports():
        mine, theirs = FLOORS.get(row_of(found.importer), -1), FLOORS.get(row_of(target), 99)
        is_own = package_of(target) == package_of(found.importer) and theirs <= mine
        if not (theirs < mine or is_own or is_excused(found.importer, target)):
            wrong.append(f"{found} (floor {theirs} from floor {mine})")

    assert wrong == []


def test_an_exception_is_used_and_runs_no_import_upwards() -> None:
    used: set[tuple[str, str]] = set()
    wrong = []
    for found, target in own_imports():
        for importer, imported in EXCEPTIONS:
            if importer in (found.importer, row_of(found.importer)) and imported in (target, row_of(target)):
                used.add((importer, imported))
                if at_the_top(found):
                    wrong.append(str(found))

    assert set(EXCEPTIONS) - used == set(), "take these off the table"
    assert wrong == [], "an exception is for the type checker or inside a function"


def test_a_source_imports_only_underscored_siblings() -> None:
    sources = {f"sources.{label}" for label in LABELS}

    assert [str(found) for found, target in own_imports() if found.importer in sources and target in sources] == []


def test_the_core_imports_nothing_slow_at_the_top_of_a_module() -> None:
    core = [module for module in MODULES if row_of(module) not in LATE]

    slow = [found for module in core for found in imports(module) if found.target.partition(".")[0] in SLOW]
    eager = [found for found in slow if at_the_top(found)]

    assert [str(found) for found in eager if found.importer not in SLOW_ON_PURPOSE] == []
    assert {found.importer for found in eager} == set(SLOW_ON_PURPOSE), "take what is not slow any more off the table"


def test_what_is_slow_on_purpose_is_imported_inside_functions() -> None:
    slow = {*SLOW_ON_PURPOSE, *LATE}

    eager = [
        str(found)
        for found, target in own_imports()
        if {target, row_of(target)} & slow and not {found.importer, row_of(found.importer)} & slow and at_the_top(found)
    ]

    assert eager == []


def test_worker_threads_keep_context_variables() -> None:
    # loop.run_in_executor starts them without the caller's context, and current_invocation() would fail there.
    callers = [
        f"{module}:{node.lineno}"
        for module in MODULES
        for node in ast.walk(tree_of(module))
        if isinstance(node, ast.Attribute) and node.attr == "run_in_executor"
    ]

    assert callers == []


def test_every_source_has_a_test_file_and_a_sample_event() -> None:
    with_test = {path.stem.removeprefix("test_") for path in (TESTS / "sources").glob("test_*.py")}
    with_event = {path.stem.partition("-")[0] for path in (TESTS / "sources" / "events").glob("*.json")}

    assert [label for label in LABELS if label not in with_test] == []
    assert [label for label in LABELS if label not in with_event] == []
