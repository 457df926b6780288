"""The emulator with real processes: runtimes of AWS's, of ours, and of no rules at all."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from signal import SIGKILL
from typing import Any

import anyio
import pytest

import eventrouter
from eventrouter.emulator import Emulator
from eventrouter.emulator._process import environment_of
from tests.emulator.scripted import under
from tests.runtime.served import url_event

ROOT = Path(eventrouter.__file__).parent.parent

BARE = """
import os, sys, time
def handler(event, context):
    if event == "error":
        raise ValueError("no")
    if event == "exit":
        print("last words", end="")
        sys.stdout.flush()
        os._exit(3)
    if event == "hang":
        time.sleep(60)
    if event == "environment":
        return dict(os.environ)
    print("handled", event, flush=True)
    return {"statusCode": 200, "body": f"{event} {os.environ['_HANDLER']}"}
"""

#: A runtime that is asked to do what no good one does.
BAD = """
import http.client, os, signal, socket, subprocess, sys, time
API = "/2018-06-01/runtime/"
host = os.environ["AWS_LAMBDA_RUNTIME_API"]

def ask(method, path, body=None, headers={}):
    connection = http.client.HTTPConnection(host)
    connection.request(method, path, body, headers)
    reply = connection.getresponse()
    return reply, reply.read()

how = sys.argv[1]
if how == "deaf":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    reply, _ = ask("POST", "/2020-01-01/extension/register", "{}", {"Lambda-Extension-Name": "deaf"})
    extension = http.client.HTTPConnection(host)
    headers = {"Lambda-Extension-Identifier": reply.headers["Lambda-Extension-Identifier"]}
    extension.request("GET", "/2020-01-01/extension/event/next", headers=headers)
if how == "orphan":
    print(subprocess.Popen(["sleep", "30"], start_new_session=True).pid, flush=True)  # it holds on to the output
    sys.exit(5)
if how == "lingering":
    ask("POST", API + "init/error", '{"errorType":"X"}', {"Lambda-Runtime-Function-Error-Type": "Runtime.X"})
    time.sleep(60)
reply, _ = ask("GET", API + "invocation/next")
if how == "mid-stream":
    path = API + "invocation/" + reply.headers["Lambda-Runtime-Aws-Request-Id"] + "/response"
    stream = socket.create_connection(host.split(":"))
    stream.sendall(f"POST {path} HTTP/1.1\\r\\nHost: x\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n1\\r\\na\\r\\n".encode())
    sys.exit(7)
"""


def awslambdaric(folder: Path, **options: Any) -> Emulator:
    (folder / "bare.py").write_text(BARE)
    return Emulator(
        [sys.executable, "-m", "awslambdaric", "bare.handler"], handler="bare.handler", cwd=folder, **options
    )


def bad(how: str, **options: Any) -> Emulator:
    return Emulator([sys.executable, "-c", BAD, how], **options)


# ---- AWS's own client


def test_awss_own_client_is_served(backend: str, tmp_path: Path) -> None:
    async def scenario() -> None:
        lines: list[str] = []
        async with awslambdaric(tmp_path, log=lines.append) as emulator:
            init = await emulator.ready()
            answer = await emulator.invoke("hello")
            error = await emulator.invoke("error")
            many = [await emulator.invoke(number) for number in range(100)]

        assert init.state == "ready"
        assert answer.json() == {"statusCode": 200, "body": "hello bare.handler"}
        assert (error.ended, error.error["errorType"]) == ("error", "ValueError")
        assert [each.ended for each in many] == ["complete"] * 100
        assert emulator.violations == []
        assert "handled hello" in emulator.output and "handled hello" in "".join(lines)

    under(backend, scenario)


def test_awss_own_client_is_served_a_thousand_times_in_a_row(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with awslambdaric(tmp_path) as emulator:
            ends = {(await emulator.invoke(number)).ended for number in range(1000)}

        assert ends == {"complete"}

    under("asyncio", scenario)


def test_awss_own_client_is_served_with_several_processes(backend: str, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with awslambdaric(tmp_path, concurrency=2) as emulator:
            await emulator.ready()
            results: list[Any] = []

            async def call(number: int) -> None:
                results.append(await emulator.invoke(number))

            async with anyio.create_task_group() as group:
                for number in range(20):
                    group.start_soon(call, number)

        assert sorted(int(each.json()["body"].split()[0]) for each in results) == list(range(20))
        assert emulator.violations == []

    under(backend, scenario)


def test_invocations_of_a_runtime_with_one_at_a_time_wait_for_their_turn(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with awslambdaric(tmp_path) as emulator:
            ends: list[Any] = []

            async def call(event: object) -> None:
                ends.append((await emulator.invoke(event)).ended)

            async with anyio.create_task_group() as group:
                for event in [*range(5), "exit", *range(5)]:
                    group.start_soon(call, event)

        assert sorted(ends) == ["complete"] * 10 + ["exited"]
        assert emulator.restarts == 1

    under("asyncio", scenario)


def test_an_init_error_of_awss_own_client_is_told(backend: str, tmp_path: Path) -> None:
    async def scenario() -> None:
        command = [sys.executable, "-m", "awslambdaric", "missing.handler"]
        async with Emulator(command, cwd=tmp_path, restart=False) as emulator:
            init = await emulator.ready()
            result = await emulator.invoke(1)

        assert (init.state, init.error_type) == ("error", "Runtime.ImportModuleError")
        assert (result.ended, result.error_type) == ("exited", "Runtime.ImportModuleError")
        assert result.error["errorMessage"].startswith("Unable to import module 'missing'")

    under(backend, scenario)


def test_a_start_that_failed_is_tried_again_for_the_next_invocation(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with awslambdaric(tmp_path) as emulator:
            (tmp_path / "bare.py").write_text("raise ValueError")
            failed = await emulator.invoke(1)
            (tmp_path / "bare.py").write_text(BARE)
            mended = await emulator.invoke(1)

        assert (failed.ended, mended.ended) == ("exited", "complete")
        assert emulator.init.state == "ready"

    under("asyncio", scenario)


# ---- how processes end


def test_a_process_that_ends_is_told_and_started_anew(backend: str, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with awslambdaric(tmp_path) as emulator:
            ended = await emulator.invoke("exit")
            words = emulator.output
            again = await emulator.invoke("hello")
            killed = await emulator.kill()
            after = await emulator.invoke("hello")

        assert (ended.ended, ended.error_type) == ("exited", "Runtime.ExitError")
        assert ended.why == "Runtime exited with exit code 3"
        assert "last words" in words
        assert (again.ended, after.ended) == ("complete", "complete")
        assert (killed, emulator.restarts) == (-9, 2)

    under(backend, scenario)


def test_a_process_that_ends_in_the_middle_of_an_answer_is_told_as_such(backend: str) -> None:
    async def scenario() -> None:
        async with bad("mid-stream") as emulator:
            result = await emulator.invoke(1, mode="streaming")

        assert (result.ended, result.why, result.body) == ("exited", "Runtime exited with exit code 7", b"a")
        assert emulator.violations == []

    under(backend, scenario)


def test_a_runtime_that_runs_out_of_time_is_killed(backend: str, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with awslambdaric(tmp_path, timeout=1.0) as emulator:
            await emulator.ready()
            result = await emulator.invoke("hang")
            exit_code = emulator.exit_code
            after = await emulator.invoke("hello")

        assert (result.ended, result.error_type, exit_code) == ("timeout", "Sandbox.Timedout", -9)
        assert after.ended == "complete"

    under(backend, scenario)


def test_a_runtime_without_an_extension_is_ended_without_a_signal(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with awslambdaric(tmp_path) as emulator:
            await emulator.ready()
            exit_code = await emulator.terminate()
            again = await emulator.terminate()

        assert (exit_code, again) == (-9, -9)

    under("asyncio", scenario)


def test_a_runtime_that_does_not_listen_is_ended_all_the_same(backend: str) -> None:
    async def scenario() -> None:
        async with bad("deaf") as emulator:
            init = await emulator.ready()
            exit_code = await emulator.terminate(grace=0.1)

        assert (init.state, exit_code) == ("ready", -9)

    under(backend, scenario)


def test_a_runtime_that_stays_after_its_init_error_is_ended(backend: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("eventrouter.emulator._sandbox.GRACE", 0.1)

    async def scenario() -> None:
        async with bad("lingering", timeout=10) as emulator:
            await emulator.ready()
            result = await emulator.invoke(1)

        assert (result.ended, result.error_type, emulator.restarts) == ("exited", "Runtime.X", 1)

    async def limited() -> None:
        with anyio.move_on_after(5):
            await scenario()

    under(backend, limited)


def test_what_a_process_leaves_behind_does_not_hold_up_the_emulator(
    backend: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("eventrouter.emulator._process.LAST_WORDS", 0.1)

    async def scenario() -> None:
        async with bad("orphan", restart=False) as emulator:
            init = await emulator.ready()

        os.kill(int(emulator.output), SIGKILL)
        assert (init.state, emulator.exit_code) == ("exited", 5)

    under(backend, scenario)


def test_a_process_that_ends_before_it_asks_is_told() -> None:
    async def scenario() -> None:
        async with Emulator([sys.executable, "-c", "raise SystemExit(4)"], restart=False) as emulator:
            early = await emulator.invoke(1)
            init = await emulator.ready()
            late = await emulator.invoke(1)

        assert (init.state, emulator.exit_code) == ("exited", 4)
        assert (early.ended, early.error_type) == ("exited", "Runtime.ExitError")
        assert (late.ended, late.error["errorMessage"].partition("Error: ")[2]) == ("exited", "Runtime is not running")

    under("asyncio", scenario)


def test_a_command_that_does_not_exist_is_told_at_once(backend: str, tmp_path: Path) -> None:
    async def scenario() -> None:
        with pytest.raises(FileNotFoundError):
            async with Emulator([str(tmp_path / "missing")]):
                pass

    under(backend, scenario)


def test_whoever_is_cancelled_leaves_no_process(backend: str, tmp_path: Path) -> None:
    async def scenario() -> None:
        has_begun = anyio.Event()

        async def use() -> None:
            async with awslambdaric(tmp_path) as emulator:
                processes.append(emulator)
                async with emulator.open("hang"):
                    await emulator.ready()
                    has_begun.set()
                    await anyio.sleep_forever()

        processes: list[Emulator] = []
        async with anyio.create_task_group() as group:
            group.start_soon(use)
            await has_begun.wait()
            group.cancel_scope.cancel()

        child = processes[0]._sandbox._child
        assert child is not None
        with pytest.raises(ProcessLookupError):
            os.kill(child._process.pid, 0)

    under(backend, scenario)


def test_an_emulator_without_a_process_has_none_to_end() -> None:
    async def scenario() -> None:
        async with Emulator() as emulator:
            assert await emulator.terminate() is None
            assert await emulator.kill() is None

    under("asyncio", scenario)


# ---- what a process is given, and what it says


def test_a_runtime_finds_lambdas_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "of whoever tests")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy")

    async def scenario() -> dict[str, str]:
        async with awslambdaric(tmp_path, function_name="f", memory=512, env={"MINE": "1"}) as emulator:
            found: dict[str, str] = (await emulator.invoke("environment")).json()

        assert found["AWS_LAMBDA_RUNTIME_API"] == emulator.address
        return found

    found: dict[str, str] = {}

    async def run() -> None:
        found.update(await scenario())

    under("asyncio", run)

    assert found["PATH"] == os.environ["PATH"]
    assert {"AWS_SECRET_ACCESS_KEY", "HTTPS_PROXY", "AWS_LAMBDA_MAX_CONCURRENCY"}.isdisjoint(found)
    assert (
        found.items()
        >= {
            "_HANDLER": "bare.handler",
            "LAMBDA_TASK_ROOT": str(tmp_path),
            "AWS_LAMBDA_FUNCTION_NAME": "f",
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
            "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/f",
            "AWS_LAMBDA_LOG_STREAM_NAME": "emulator",
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_REGION": "us-east-1",
            "MINE": "1",
        }.items()
    )


def test_what_is_given_wins_over_lambdas_and_lambdas_over_ours() -> None:
    inherited = {"PATH": "/bin", "LANG": "C", "AWS_PROFILE": "mine", "no_proxy": "*", "COVERAGE_PROCESS_CONFIG": "x"}

    found = environment_of(inherited, {"LANG": "lambda", "A": "lambda"}, {"A": "given"})

    assert found == {"PATH": "/bin", "LANG": "lambda", "A": "given", "COVERAGE_PROCESS_CONFIG": "x"}


def test_its_output_is_kept_and_written_to_a_file(backend: str, tmp_path: Path) -> None:
    code = "import os\nos.write(1, b'\\xc3'); os.write(2, b'\\xa9\\xff')"

    async def scenario() -> None:
        with open(tmp_path / "log", "w") as file:
            async with Emulator([sys.executable, "-c", code], restart=False, log=file) as emulator:
                await emulator.ready()

        assert emulator.output == "é\ufffd" == (tmp_path / "log").read_text()

    under(backend, scenario)


# ---- our own


def test_our_runtime_shuts_down_when_it_is_told_to(backend: str, tmp_path: Path) -> None:
    async def scenario() -> None:
        (tmp_path / "main.py").write_text(
            "from contextlib import contextmanager\nfrom eventrouter import App\n"
            "@contextmanager\ndef lifespan(app):\n    yield\n    print('stopped', flush=True)\n"
            "app = App(lifespan=lifespan, response_stream={'function_url'})\n"
            "@app.get('/')\ndef home():\n    yield 'a'\n    yield 'b'\n"
        )
        command = [sys.executable, "-m", "eventrouter", "run", "main:app"]
        async with Emulator(command, cwd=tmp_path, env={"PYTHONPATH": str(ROOT)}) as emulator:
            result = await emulator.invoke(url_event(), mode="streaming")
            exit_code = await emulator.terminate()

        assert [chunk.data for chunk in result.chunks] == [b"a", b"b"]
        assert 0 < result.opened <= result.chunks[0].at <= result.took
        assert exit_code == 0
        assert "stopped" in emulator.output
        assert emulator.violations == []

    under(backend, scenario)
