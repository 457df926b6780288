"""The life of the process: how it starts, what it says when it cannot, and how it ends when it is told to."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import anyio
import pytest
from pydantic import JsonValue

import eventrouter
from eventrouter import App, RuntimeApiError
from eventrouter._drive import drive
from eventrouter.runtime import run
from eventrouter.runtime._anyio import AsyncioConnection
from eventrouter.runtime._asking import register_extension
from eventrouter.runtime._connection import BlockingConnection
from eventrouter.runtime._protocol import Address
from eventrouter.runtime._runtime import serve_app
from eventrouter.runtime._survey import is_async, needs_loop
from eventrouter.runtime._workers import _Watch
from tests.runtime.served import API, LIMIT, Api, Turn, serve, status, url_event

ROOT = Path(eventrouter.__file__).parent.parent
DRIVERS = ["blocking", "asyncio", "trio"]


class Process:
    """A runtime in a process of its own."""

    def __init__(self, folder: Path, code: str, api: Api, **environment: str) -> None:
        (folder / "main.py").write_text(code)
        self.child = subprocess.Popen(
            [sys.executable, "-m", "eventrouter", "run", "main:app"],
            cwd=folder,
            env={**os.environ, "AWS_LAMBDA_RUNTIME_API": api.address.authority, "PYTHONPATH": str(ROOT), **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def output(self) -> str:
        text, _ = self.child.communicate(timeout=LIMIT)
        return text


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Process]]:
    started: list[Process] = []

    def begin(code: str, api: Api, **environment: str) -> Process:
        started.append(Process(tmp_path, code, api, **environment))
        return started[-1]

    yield begin
    for process in started:
        process.child.kill()
        process.child.communicate()


@pytest.fixture
def api() -> Iterator[Api]:
    made = Api([])
    made.waits = True
    yield made
    made.close()


HEAD = """
from eventrouter import App, RuntimeApiError
from contextlib import contextmanager
from pydantic import JsonValue

@contextmanager
def lifespan(app):
    print("started", flush=True)
    yield
    print("stopped", flush=True)
"""

SYNC = f"""{HEAD}
app = App(lifespan=lifespan)

@app.direct()
def on_event(event: JsonValue) -> JsonValue:
    print("handling", flush=True)
    if event == "wait":
        import time
        time.sleep(60)
    return event
"""

ASYNC = f"""{HEAD}
import asyncio
app = App(lifespan=lifespan, response_stream={{"function_url"}})

@app.direct()
async def on_event(event: JsonValue) -> JsonValue:
    print("handling", flush=True)
    if event == "wait":
        await asyncio.sleep(60)
    return event

@app.get("/")
async def home():
    try:
        while True:
            yield "x"
            await asyncio.sleep(0.01)
    finally:
        print("closed", flush=True)
"""


WRAPPED = f"""{HEAD}
import functools
inner = App()

@functools.wraps(inner)
def app(*arguments): ...
"""

BROKEN = f"""{HEAD}
@contextmanager
def broken(app):
    raise ValueError("cannot start")
    yield

app = App(lifespan=broken)
"""


@pytest.mark.parametrize("code", [SYNC, ASYNC], ids=["sync", "async"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_an_idle_process_that_is_told_to_end_shuts_down(
    start: Callable[..., Process], api: Api, code: str, number: signal.Signals
) -> None:
    process = start(code, api)
    assert api.is_idle.wait(LIMIT)

    process.child.send_signal(number)

    assert process.output().split() == ["started", "stopped"]
    assert process.child.returncode == 0


@pytest.mark.parametrize("code", [SYNC, ASYNC], ids=["sync", "async"])
def test_a_process_that_is_told_to_end_while_it_handles_something_says_so(
    start: Callable[..., Process], api: Api, code: str
) -> None:
    api.turns.append(Turn("wait"))
    process = start(code, api)
    assert process.child.stdout is not None
    while process.child.stdout.readline() != "handling\n":
        pass

    process.child.terminate()

    assert "stopped" in process.output()
    assert process.child.returncode == 0
    assert [(said.kind, said.value["errorType"]) for said in api.said] == [("error", "ShutdownError")]


def test_a_stream_is_ended_with_trailers_when_the_process_is_told_to_end(
    start: Callable[..., Process], api: Api
) -> None:
    is_streaming = threading.Event()
    api.on_chunk = lambda chunk: is_streaming.set() if chunk == b"x" else None
    api.turns.append(Turn(url_event()))
    process = start(ASYNC, api)
    assert is_streaming.wait(LIMIT)

    process.child.terminate()

    output = process.output()
    assert output.split()[:1] == ["started"] and "closed" in output and "stopped" in output
    assert process.child.returncode == 0
    assert api.said[0].error["errorType"] == "ShutdownError"


@pytest.mark.parametrize(
    ("code", "kind", "words"),
    [
        ("import no_such_module", "Runtime.ImportModuleError", "no_such_module"),
        ("def (", "Runtime.UserCodeSyntaxError", "SyntaxError"),
        ("x = 1", "Runtime.HandlerNotFound", "has no attribute 'app'"),
        ("app = 1", "Runtime.HandlerNotFound", "is a int, not an App"),
        ("raise KeyError('at import')", "Runtime.KeyError", "at import"),
        ("raise SystemExit(3)", "Runtime.SystemExit", ""),
        (WRAPPED, "Runtime.HandlerNotFound", "@app.middleware"),
        (BROKEN, "Runtime.LifespanError", "cannot start"),
    ],
    ids=["missing import", "syntax", "no attribute", "no app", "raises", "exits", "wrapped", "lifespan"],
)  # fmt: skip
def test_a_function_that_cannot_start_says_why_to_lambda_and_in_the_log(
    start: Callable[..., Process], api: Api, code: str, kind: str, words: str
) -> None:
    process = start(code, api)

    output = process.output()

    assert process.child.returncode == 1
    (said,) = api.said
    assert said.path == f"{API}/init/error"
    assert said.headers["lambda-runtime-function-error-type"] == kind
    assert words in output and words in f"{said.value}"
    assert api.polls == 0


@pytest.mark.parametrize(
    ("name", "kind", "words"),
    [
        ("main", "Runtime.MalformedHandlerName", "module:attribute"),
        ("main:", "Runtime.MalformedHandlerName", "module:attribute"),
        ("../main.app", "Runtime.MalformedHandlerName", "module:attribute"),
        ("no_such_module_here:app", "Runtime.ImportModuleError", "there is no module"),
    ],
)
def test_a_name_that_leads_nowhere_is_an_init_error(name: str, kind: str, words: str, api: Api) -> None:
    exit_code = run(name, {"AWS_LAMBDA_RUNTIME_API": api.address.authority})

    assert exit_code == 1
    assert api.said[0].headers["lambda-runtime-function-error-type"] == kind
    assert words in api.said[0].value["errorMessage"]


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({}, "AWS_LAMBDA_RUNTIME_API is not set"),
        ({"AWS_LAMBDA_RUNTIME_API": "https://x"}, "speaks http"),
        ({"AWS_LAMBDA_RUNTIME_API": "127.0.0.1:1", "AWS_LAMBDA_MAX_CONCURRENCY": "many"}, "AWS_LAMBDA_MAX_CONCURRENCY is 'many'"),
        ({"AWS_LAMBDA_RUNTIME_API": "127.0.0.1:1", "AWS_LAMBDA_MAX_CONCURRENCY": "0"}, "AWS_LAMBDA_MAX_CONCURRENCY is '0'"),
    ],
)  # fmt: skip
def test_what_cannot_be_run_as_it_was_called_says_so(
    environment: dict[str, str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    exit_code = run("main:app", environment)

    assert exit_code == 2
    assert words in capsys.readouterr().err


def test_the_folder_of_the_function_is_where_its_modules_are(
    tmp_path: Path, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a_module_of_the_function.py").write_text("app = None")
    monkeypatch.setattr(sys, "path", list(sys.path))

    run(
        "a_module_of_the_function.app",
        {"AWS_LAMBDA_RUNTIME_API": api.address.authority, "LAMBDA_TASK_ROOT": str(tmp_path)},
    )

    assert "is a NoneType, not an App" in api.said[0].value["errorMessage"]


@pytest.mark.parametrize("code", [403, 500])
def test_an_init_error_that_is_refused_is_told_in_the_log(code: int, caplog: pytest.LogCaptureFixture) -> None:
    api = Api([])
    api.init_reply = status(code)

    exit_code = run("no_such_module_here:app", {"AWS_LAMBDA_RUNTIME_API": api.address.authority})
    api.close()

    assert exit_code == 1
    assert f"refused to hear of the init error: {code}" in caplog.text


def test_a_port_that_is_refused_at_the_start_ends_the_process(caplog: pytest.LogCaptureFixture) -> None:
    api = Api([])
    api.close()

    exit_code = run("no_such_module_here:app", {"AWS_LAMBDA_RUNTIME_API": api.address.authority})

    assert exit_code == 1
    assert "cannot be reached" in caplog.text


# ---- the lifespan


@pytest.mark.parametrize("driver", DRIVERS)
@pytest.mark.parametrize("is_async", [True, False])
def test_the_lifespan_is_opened_before_the_first_poll_and_closed_at_the_end(driver: str, is_async: bool) -> None:
    order: list[str] = []

    @asynccontextmanager
    async def async_lifespan(app: App) -> AsyncIterator[None]:
        order.append("started")
        yield
        order.append("stopped")

    @contextmanager
    def lifespan(app: App) -> Iterator[None]:
        order.append("started")
        yield
        order.append("stopped")

    app = App(lifespan=async_lifespan if is_async else lifespan)

    @app.direct()
    def on_event(event: JsonValue) -> None:
        order.append("handled")

    serve(app, Turn(1), driver=driver, prepare=lambda api: setattr(api, "on_poll", lambda n: order.append(f"poll {n}")))

    assert [each for each in order if each != "poll 3"] == ["started", "poll 1", "handled", "poll 2", "stopped"]


@pytest.mark.parametrize("driver", DRIVERS)
def test_a_shutdown_that_fails_is_told_and_changes_the_exit_code(driver: str, caplog: pytest.LogCaptureFixture) -> None:
    @contextmanager
    def lifespan(app: App) -> Iterator[None]:
        yield
        raise ValueError("cannot stop")

    served = serve(App(lifespan=lifespan), driver=driver)

    assert served.exit_code == 1
    assert "cannot stop" in caplog.text


# ---- the extension that brings the signal


@pytest.mark.parametrize("driver", DRIVERS)
def test_an_internal_extension_is_registered_for_no_events_before_the_first_poll(driver: str) -> None:
    def prepare(api: Api) -> None:
        api.on_poll = lambda count: api.has_registered()

    served = serve(App(), driver=driver, prepare=prepare)

    register, following = served.api.registered
    assert register.path == "/2020-01-01/extension/register"
    assert register.headers["lambda-extension-name"] == "eventrouter"
    assert register.value == {"events": []}
    assert following.path == "/2020-01-01/extension/event/next"
    assert following.headers["lambda-extension-identifier"] == "e-1"


@pytest.mark.parametrize("driver", DRIVERS)
def test_a_server_without_extensions_is_no_failure(driver: str) -> None:
    app = App()

    @app.direct()
    def on_event(event: JsonValue) -> JsonValue:
        return event

    served = serve(app, Turn(1), driver=driver, has_extensions=False)

    assert served.only.value == 1


def test_a_server_that_cannot_be_reached_for_an_extension_is_found_out_with_the_first_poll(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO")
    api = Api([])
    api.close()

    assert register_extension(api.address) is None
    assert "no extension could be registered" in caplog.text


# ---- snapshots


@pytest.fixture
def hooks(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """Lambda's registry of hooks."""
    before: list[Any] = []
    after: list[Any] = []
    registry = SimpleNamespace(
        before=before, after=after, get_before_snapshot=lambda: before, get_after_restore=lambda: after
    )
    monkeypatch.setitem(sys.modules, "snapshot_restore_py", registry)
    return registry


SNAPSHOT = {"AWS_LAMBDA_INITIALIZATION_TYPE": "snap-start"}


@pytest.mark.parametrize("driver", DRIVERS)
def test_hooks_run_around_the_snapshot_the_last_registered_first_before_it(driver: str, hooks: SimpleNamespace) -> None:
    order: list[str] = []
    hooks.before += [(order.append, ("before 1",), {}), (order.append, ("before 2",), {})]
    hooks.after += [(order.append, ("after 1",), {}), (order.append, ("after 2",), {})]

    served = serve(App(), driver=driver, environment=SNAPSHOT)

    assert served.only.path == f"{API}/restore/next"
    assert order == ["before 2", "before 1", "after 1", "after 2"]


def test_without_a_snapshot_nobody_asks_for_a_restore(hooks: SimpleNamespace) -> None:
    served = serve(App(), driver="blocking", environment={"AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand"})

    assert served.said == []


def test_an_apps_own_hooks_run_where_lambdas_registry_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "snapshot_restore_py", None)
    order: list[str] = []
    app = App()
    app.on_restore(lambda: order.append("restored"))

    serve(app, driver="blocking", environment=SNAPSHOT)

    assert order == ["restored"]


def failing() -> None:
    raise ValueError("hook failed")


@pytest.mark.parametrize(
    ("which", "path", "kind", "exit_code"),
    [
        ("before", "init/error", "Runtime.BeforeSnapshotError", 64),
        ("after", "restore/error", "Runtime.AfterRestoreError", 65),
    ],
)
def test_a_hook_that_fails_ends_the_process(
    which: str, path: str, kind: str, exit_code: int, hooks: SimpleNamespace, caplog: pytest.LogCaptureFixture
) -> None:
    getattr(hooks, which).append((failing, (), {}))

    served = serve(App(), driver="blocking", environment=SNAPSHOT)

    assert served.exit_code == exit_code
    assert served.said[-1].path == f"{API}/{path}"
    assert served.said[-1].headers["lambda-runtime-function-error-type"] == kind
    assert "hook failed" in caplog.text
    assert served.api.polls == 0


# ---- how an app is run


def test_what_is_asynchronous_decides_the_driver() -> None:
    def app_with(register: Callable[[App], object], **settings: Any) -> App:
        app = App(**settings)
        register(app)
        return app

    async def waits(*arguments: Any) -> Any: ...

    def plain(*arguments: Any) -> Any: ...

    @asynccontextmanager
    async def lifespan(app: App) -> AsyncIterator[None]:
        yield

    async def handler() -> None: ...

    def sync_handler() -> None: ...

    async def layer(invocation: Any, call_next: Any) -> Any: ...

    async def on_error(error: ValueError) -> None: ...

    async def hook() -> None: ...

    async def policy(record: Any, error: Any) -> None: ...

    nothing: Callable[[App], object] = lambda app: app.get("/")(sync_handler)  # noqa: E731 - one of many
    quiet = [
        app_with(nothing),
        app_with(lambda app: app.middleware(layer, waits=False)),
        app_with(nothing, invalid=lambda record, error: None),
    ]
    loud = [
        app_with(lambda app: app.get("/")(handler)),
        app_with(lambda app: app.middleware(layer)),
        app_with(lambda app: app.exception_handler(ValueError)(on_error)),
        app_with(lambda app: app.after_invocation(hook)),
        app_with(nothing, lifespan=lifespan),
        app_with(nothing, response_stream={"alb"}),
        app_with(nothing, unmatched=policy),
        app_with(lambda app: app.get("/", response_stream=True)(sync_handler)),
    ]

    assert [needs_loop(app) for app in quiet] == [False] * len(quiet)
    assert [needs_loop(app) for app in loud] == [True] * len(loud)
    assert (is_async(loud[0]), is_async(quiet[0])) == (True, False)


def test_the_commands_help_says_what_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    from eventrouter.cli import main

    assert main(["run", "--help"]) == 0
    assert "AWS_LAMBDA_EXEC_WRAPPER" in capsys.readouterr().out


def test_the_command_runs_an_app(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    from eventrouter.cli import main

    monkeypatch.setenv("AWS_LAMBDA_RUNTIME_API", api.address.authority)

    assert main(["run", "no_such_module_here:app", "--backend", "trio"]) == 1
    assert api.said[0].kind == "error"


# ---- the scripts that Lambda starts


@pytest.mark.parametrize("script", ["eventrouter-wrapper", "eventrouter-bootstrap"])
def test_the_scripts_start_the_runtime_in_the_functions_folder(script: str, tmp_path: Path) -> None:
    interpreter = tmp_path / "python" / "bin" / "python3"
    interpreter.parent.mkdir(parents=True)
    interpreter.write_text('#!/bin/sh\necho "$PWD|$PYTHONPATH|$*"\n')
    interpreter.chmod(0o755)
    environment = {
        "PATH": os.environ["PATH"],
        "LAMBDA_TASK_ROOT": str(tmp_path),
        "_HANDLER": "main.app",
        "PYTHONPATH": "/var/runtime",
        "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13",
    }
    path = ROOT / "eventrouter" / "runtime" / "scripts" / script

    result = subprocess.run(
        [path, interpreter, "/var/runtime/bootstrap.py"], env=environment, capture_output=True, text=True, check=True
    )

    folder, modules, arguments = result.stdout.strip().split("|")
    assert folder == str(tmp_path)
    assert modules.split(":")[0] == str(tmp_path) and modules.endswith(":/var/runtime")
    assert arguments == "-m eventrouter run main.app"


def test_the_wrapper_is_installed_with_the_package() -> None:
    from importlib.metadata import files

    names = {Path(str(file)).name for file in files("eventrouter") or ()}

    assert {"eventrouter-wrapper", "eventrouter-bootstrap"} <= names


def test_a_server_that_takes_no_snapshot_ends_the_process(caplog: pytest.LogCaptureFixture) -> None:
    served = serve(
        App(), driver="blocking", environment=SNAPSHOT, prepare=lambda api: setattr(api, "restore_reply", status(404))
    )

    assert served.exit_code == 64
    assert "refused to hear that a snapshot can be taken: 404" in caplog.text


def test_a_setting_that_cannot_be_is_an_init_error(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVENTROUTER_RESPONSE_STREAM", "sqs")

    assert serve_app(App(), api.address, {}) == 1
    assert api.said[0].headers["lambda-runtime-function-error-type"] == "Runtime.RegistrationError"


def test_an_address_that_is_none_is_told(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    assert register_extension(Address("a..b", 1)) is None
    monkeypatch.delitem(sys.modules, "logging")
    assert register_extension(Address("a..b", 1)) is None

    with pytest.raises(RuntimeApiError, match=r"the Runtime API at a\.\.b:1 cannot be reached"):
        BlockingConnection(Address("a..b", 1)).open()


@pytest.mark.parametrize("driver", ["asyncio", "trio"])
def test_pollers_that_wait_end_at_once_and_the_others_are_cut_short(driver: str) -> None:
    app = App()

    @app.direct()
    async def on_event(event: JsonValue) -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        await anyio.sleep(60)

    def prepare(api: Api) -> None:
        api.waits = True

    served = serve(app, Turn(1), driver=driver, pollers=2, prepare=prepare)

    assert served.exit_code == 0
    assert served.only.value["errorType"] == "ShutdownError"


def test_a_worker_that_fails_says_so(capfd: pytest.CaptureFixture[str]) -> None:
    handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    watch = _Watch()

    watch.start(lambda: int("no number"))
    exit_code = watch.until_the_end()

    for number, handler in handlers.items():
        signal.signal(number, handler)
    assert exit_code == 1
    assert "a worker process ended with exit code 1" in capfd.readouterr().err


def test_a_signal_is_not_handed_on_to_a_worker_that_has_just_ended() -> None:
    handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    watch = _Watch()

    watch.start(lambda: 0)
    (pid,) = watch._running
    os.waitpid(pid, 0)
    watch._hand_on(signal.SIGTERM, None)

    for number, handler in handlers.items():
        signal.signal(number, handler)
    assert watch._is_ending


def test_a_connection_is_woken_once_for_what_happens_at_once(api: Api) -> None:
    async def wait() -> bool:
        connection = AsyncioConnection(api.address)
        connection.open()
        asyncio.get_running_loop().call_soon(connection._wake, True)
        asyncio.get_running_loop().call_soon(connection._wake, False)
        is_readable = await connection.readable(LIMIT)
        connection.close()
        return is_readable

    assert asyncio.run(wait()) is True


def hung_up_after(said: bytes) -> BlockingConnection:
    """A connection whose server has said something, and gone."""
    ours, theirs = socket.socketpair()
    connection = BlockingConnection(Address("127.0.0.1", 1))
    connection._socket = ours
    theirs.sendall(said)
    theirs.close()
    return connection


def test_what_a_server_says_before_it_hangs_up_is_heard() -> None:
    connection = hung_up_after(status(413))

    reply = drive(connection._send_all([b"answer"]))
    connection.close()

    assert reply is not None
    assert reply.status == 413


@pytest.mark.parametrize("said", [b"", b"what\r\n\r\n"], ids=["nothing", "garbage"])
def test_a_server_that_hangs_up_without_a_word_is_told_of(said: bytes) -> None:
    connection = hung_up_after(said)

    with pytest.raises(RuntimeApiError, match="broke"):
        drive(connection._send_all([b"answer"]))
    connection.close()


def test_the_installed_command_finds_an_app_where_it_is_given(tmp_path: Path, api: Api) -> None:
    (tmp_path / "an_app_here.py").write_text("app = 1\n")
    command = [str(Path(sys.executable).parent / "eventrouter"), "run", "an_app_here:app"]
    environment = {**os.environ, "AWS_LAMBDA_RUNTIME_API": api.address.authority}

    result = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)

    assert result.returncode == 1
    assert "is a int, not an App" in api.said[0].value["errorMessage"]
    assert "Traceback" not in result.stderr and "_load.py" not in result.stderr


def test_what_a_handler_prints_is_not_lost_with_the_process(start: Callable[..., Process], api: Api) -> None:
    code = f"{HEAD}\napp = App()\n@app.direct()\ndef on_event(event: JsonValue) -> None:\n    print('printed')\n"
    api.turns.append(Turn(1))
    process = start(code, api)
    assert api.is_idle.wait(LIMIT)

    process.child.kill()

    assert process.output() == "printed\n"
