"""Several invocations at once: in one process, or in a process for each."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import anyio
import pytest
from pydantic import JsonValue

import eventrouter
from eventrouter import App, Batch, Depends, current_invocation
from tests.runtime.served import API, LIMIT, Api, Turn, serve, url_event

ROOT = Path(eventrouter.__file__).parent.parent
LOOPS = ["asyncio", "trio"]


def in_ms(seconds: float) -> dict[str, str]:
    return {"Lambda-Runtime-Deadline-Ms": str(int((time.time() + seconds) * 1000))}


def turns(count: int) -> list[Turn]:
    return [Turn(number, request_id=f"r-{number}") for number in range(count)]


@pytest.mark.parametrize("driver", LOOPS)
def test_pollers_handle_invocations_at_the_same_time(driver: str) -> None:
    app = App()
    together: list[int] = []

    @app.direct()
    async def on_event(event: JsonValue) -> str:
        together.append(1)
        with anyio.fail_after(LIMIT):
            while len(together) < 3:  # noqa: ASYNC110 - two event loops, and an Event is of one
                await anyio.sleep(0.005)
        return current_invocation().request_id

    served = serve(app, *turns(3), driver=driver, pollers=3)

    assert sorted(said.value for said in served.said) == ["r-0", "r-1", "r-2"]
    assert all(said.path == f"{API}/invocation/{said.value}/response" for said in served.said)


@pytest.mark.parametrize("driver", LOOPS)
def test_a_slow_handler_holds_up_nobody_elses_poll(driver: str) -> None:
    app = App(thread_safe=True)
    release = threading.Event()

    @app.direct()
    def on_event(event: JsonValue) -> JsonValue:
        if event == 0:
            assert release.wait(LIMIT)
        elif event == 5:
            release.set()
        return event

    served = serve(app, *turns(6), driver=driver, pollers=2, threads=True)

    order = [said.value for said in served.said]
    assert sorted(order) == [0, 1, 2, 3, 4, 5]
    assert order.index(0) >= 4


@pytest.mark.parametrize("driver", LOOPS)
def test_synchronous_code_of_every_kind_runs_in_threads_where_others_would_wait(driver: str) -> None:
    main = threading.get_ident()
    seen: dict[str, bool] = {}
    app = App(thread_safe=True)

    def note(what: str) -> None:
        seen[what] = threading.get_ident() != main and bool(current_invocation().request_id)

    def session() -> Iterator[str]:
        note("generator dependency")
        yield "session"

    def tenant() -> str:
        note("dependency")
        return "blue"

    @app.get("/")
    def home() -> str:
        note("request")
        return "home"

    @app.get("/needs")
    def needs(a: Annotated[str, Depends(session)], b: Annotated[str, Depends(tenant)]) -> Iterator[str]:
        note("handler with dependencies")
        yield a
        note("stream")
        yield b

    @app.get("/plain")
    def plain(b: Annotated[str, Depends(tenant)]) -> str:
        note("plain handler with dependencies")
        return b

    @app.sqs()
    def on_message(text: str) -> None:
        note("record")

    @app.kinesis()
    def on_batch(batch: Batch[str]) -> None:
        note("batch")

    @app.direct()
    def on_stop(event: JsonValue) -> None:
        raise StopIteration

    message = {"messageId": "m", "body": "x", "eventSource": "aws:sqs", "eventSourceARN": "arn:aws:sqs:eu-west-1:1:q"}
    data = {"kinesis": {"data": "eA==", "sequenceNumber": "1", "partitionKey": "p"}, "eventSource": "aws:kinesis"}
    data |= {"eventSourceARN": "arn:aws:kinesis:eu-west-1:1:stream/s", "eventID": "shard:1"}

    served = serve(
        app,
        Turn(url_event()),
        Turn(url_event("/needs")),
        Turn(url_event("/plain")),
        Turn({"Records": [message]}),
        Turn({"Records": [data]}),
        Turn(1),
        driver=driver,
        pollers=1,
        threads=True,
    )

    assert seen == dict.fromkeys(
        [
            "request",
            "generator dependency",
            "dependency",
            "handler with dependencies",
            "stream",
            "plain handler with dependencies",
            "record",
            "batch",
        ],
        True,
    )
    assert served.said[1].value["body"] == "sessionblue"
    assert served.said[5].value["errorType"] == "StopIteration"


@pytest.mark.parametrize("driver", LOOPS)
def test_streams_of_synchronous_iterators_are_read_in_threads(driver: str, tmp_path: Path) -> None:
    from eventrouter import FileResponse

    (tmp_path / "data").write_bytes(b"x" * 100_000)
    app = App(thread_safe=True, response_stream={"function_url"})
    app.get("/")(lambda: iter(["a", "b"]))
    app.get("/file")(lambda: FileResponse(tmp_path / "data"))

    served = serve(app, Turn(url_event()), Turn(url_event("/file")), driver=driver, pollers=1, threads=True)

    assert [len(said.content) for said in served.said] == [2, 100_000]


@pytest.mark.parametrize("driver", LOOPS)
def test_a_thread_that_outlives_its_invocation_ends_the_process_once_that_is_answered(
    driver: str, caplog: pytest.LogCaptureFixture
) -> None:
    app = App(thread_safe=True, failures="report")
    release = threading.Event()

    @app.sqs()
    def on_message(text: str) -> None:
        if text != "good":
            release.wait(LIMIT)

    records = [
        {"messageId": name, "body": name, "eventSource": "aws:sqs", "eventSourceARN": "arn:aws:sqs:eu-west-1:1:q"}
        for name in ("good", "hangs", "never")
    ]

    def prepare(api: Api) -> None:
        api.on_poll = lambda count: release.set() if count > 1 else None

    try:
        served = serve(
            app, Turn({"Records": records}, in_ms(0.4)), Turn(2), driver=driver, threads=True, prepare=prepare
        )
    finally:
        release.set()

    assert served.only.value == {"batchItemFailures": [{"itemIdentifier": "hangs"}, {"itemIdentifier": "never"}]}
    assert served.exit_code == 1
    assert served.api.polls == 1
    assert "still running in its thread" in caplog.text


@pytest.mark.parametrize("driver", LOOPS)
def test_what_ends_one_poller_lets_the_others_finish(driver: str) -> None:
    app = App()
    has_ended: list[str] = []

    @app.direct()
    async def on_event(event: JsonValue) -> JsonValue:
        if event == 0:
            raise SystemExit(9)
        with anyio.fail_after(LIMIT):
            while not has_ended:  # noqa: ASYNC110 - another thread says so
                await anyio.sleep(0.005)
        return event

    def prepare(api: Api) -> None:
        api.holds_until = 2
        api.on_said = lambda said: has_ended.append(said.kind)

    served = serve(app, *turns(2), driver=driver, pollers=2, prepare=prepare)

    assert sorted(said.kind for said in served.said) == ["error", "response"]
    assert served.exit_code == 9


# ---- a process for each

SYNC = """
import os, time
from pydantic import JsonValue
from eventrouter import App

app = App()

@app.direct()
def on_event(event: JsonValue) -> JsonValue:
    if event == "exit":
        os._exit(5)
    if event == "raise":
        raise SystemExit(6)
    time.sleep(0.05)
    return os.getpid()
"""

ASYNC = """
import asyncio, os
from pydantic import JsonValue
from eventrouter import App

app = App()

@app.direct()
async def on_event(event: JsonValue) -> JsonValue:
    await asyncio.sleep(0.05)
    return os.getpid()
"""


class Function:
    """A function with several invocations at once, as Lambda would run it."""

    def __init__(self, folder: Path, code: str, api: Api, concurrency: int, **environment: str) -> None:
        (folder / "main.py").write_text(code)
        self.child = subprocess.Popen(
            [sys.executable, "-m", "eventrouter", "run", "main:app"],
            cwd=folder,
            env={
                **os.environ,
                "AWS_LAMBDA_RUNTIME_API": api.address.authority,
                "AWS_LAMBDA_MAX_CONCURRENCY": str(concurrency),
                "PYTHONPATH": str(ROOT),
                **environment,
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def output(self) -> str:
        text, _ = self.child.communicate(timeout=LIMIT)
        return text


@pytest.fixture
def api() -> Iterator[Api]:
    made = Api([])
    made.waits = True
    yield made
    made.close()


@pytest.mark.parametrize(("code", "processes"), [(SYNC, 3), (ASYNC, 1)], ids=["sync", "async"])
def test_synchronous_handlers_get_a_process_for_each_invocation(
    code: str, processes: int, api: Api, tmp_path: Path
) -> None:
    api.turns += turns(30)
    api.holds_until = 3
    function = Function(tmp_path, code, api, 3)
    assert api.is_idle.wait(LIMIT)
    assert api.has_said(30)

    function.child.send_signal(signal.SIGTERM)

    assert function.output() == ""
    assert function.child.returncode == 0
    assert len({said.value for said in api.said}) == processes
    assert len([said for said in api.registered if said.path.endswith("register")]) == 1


SLOW_END = """
import os, signal
from contextlib import contextmanager

@contextmanager
def lifespan(app):
    yield
    os.kill(os.getpid(), signal.SIGTERM)
    os.kill(os.getpid(), signal.SIGINT)
    os.write(1, b"closed\\n")  # in one piece, as two processes write at once

app = App(lifespan=lifespan)
"""


@pytest.mark.parametrize(("code", "processes"), [(SYNC, 2), (ASYNC, 1)], ids=["sync", "async"])
def test_a_signal_that_comes_twice_does_not_end_a_worker_in_its_shutdown(
    code: str, processes: int, api: Api, tmp_path: Path
) -> None:
    api.turns += turns(4)
    function = Function(tmp_path, code.replace("app = App()\n", SLOW_END), api, 2)
    assert api.is_idle.wait(LIMIT)
    assert api.has_said(4)

    function.child.send_signal(signal.SIGTERM)

    assert function.output() == "closed\n" * processes
    assert function.child.returncode == 0


@pytest.mark.parametrize(("event", "exit_code"), [("exit", 5), ("raise", 6)])
def test_a_worker_that_ends_by_itself_ends_the_function_and_says_so(
    event: str, exit_code: int, api: Api, tmp_path: Path
) -> None:
    api.turns.append(Turn(event))
    function = Function(tmp_path, SYNC, api, 2)

    output = function.output()

    assert f"a worker process ended with exit code {exit_code}" in output
    assert function.child.returncode == exit_code


def test_a_worker_that_is_killed_ends_the_function(api: Api, tmp_path: Path) -> None:
    api.turns.append(Turn("kill"))
    code = SYNC.replace("os._exit(5)", "pass").replace(
        "    time.sleep", "    import signal\n    os.kill(os.getpid(), signal.SIGKILL)\n    time.sleep"
    )
    function = Function(tmp_path, code, api, 2)

    assert "signal 9" in function.output()
    assert function.child.returncode == 137


def test_an_app_that_cannot_be_loaded_is_told_once(api: Api, tmp_path: Path) -> None:
    function = Function(tmp_path, "raise ValueError('broken')", api, 4)

    function.output()

    assert function.child.returncode == 1
    assert [said.kind for said in api.said] == ["error"]


def test_every_worker_connects_its_output_to_the_functions_log(api: Api, tmp_path: Path) -> None:
    path = tmp_path / "log.socket"
    code = SYNC + "\nprint('loaded', flush=True)\n"
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener, ExitStack() as stack:
        listener.bind(str(path))
        listener.listen()
        listener.settimeout(LIMIT)
        function = Function(tmp_path, code, api, 2, _LAMBDA_TELEMETRY_LOG_FD_PROVIDER_SOCKET=str(path))
        outputs = [stack.enter_context(listener.accept()[0]) for _ in range(4)]  # of two processes, two each
        assert api.has_polled(2)
        function.child.terminate()
        output = function.output()
        received = sorted(each.makefile("rb").read() for each in outputs)

    assert output == ""
    assert received == [b"", b"", b"loaded\n", b"loaded\n"]
