"""The runtime under cargo-lambda, an emulator of another make with rules of its own.

https://www.cargo-lambda.info/commands/watch.html
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from http.client import HTTPConnection, IncompleteRead
from pathlib import Path

import pytest

import eventrouter

ROOT = Path(eventrouter.__file__).parent.parent
BINARY = shutil.which("cargo-lambda", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")
LIMIT = 30

pytestmark = [
    pytest.mark.skipif(shutil.which("cargo") is None, reason="cargo-lambda asks cargo for the project: cargo is not on the PATH"),
    pytest.mark.skipif(BINARY is None, reason="cargo-lambda is not installed"),
]  # fmt: skip

APP = """
import asyncio
from pydantic import JsonValue
from eventrouter import App, Response

app = App(response_stream={"apigw_http", "function_url"})

@app.get("/stream")
async def stream():
    for number in range(3):
        yield f"{number}\\n"
        await asyncio.sleep(0.1)

@app.get("/endless")
async def endless():
    try:
        while True:
            yield "x" * 10_000
            await asyncio.sleep(0.001)
    finally:
        print("closed", flush=True)

@app.get("/broken")
async def broken():
    yield "first"
    await asyncio.sleep(0.1)
    raise ValueError("late")

@app.get("/cookies")
def cookies() -> Response:
    response = Response("set", 201)
    response.set_cookie("a", "1")
    response.set_cookie("b", "2")
    return response

@app.get("/empty")
def empty() -> None: ...

@app.direct()
def on_event(event: JsonValue) -> JsonValue:
    if event == "raise":
        raise ValueError("no")
    return {"got": event}
"""


class Watched:
    """cargo-lambda, and our runtime beside it."""

    def __init__(self, folder: Path) -> None:
        assert BINARY is not None
        (folder / "src").mkdir()
        (folder / "src" / "main.rs").write_text("fn main() {}\n")
        (folder / "Cargo.toml").write_text('[package]\nname = "app"\nversion = "0.1.0"\nedition = "2021"\n')
        (folder / "main.py").write_text(APP)
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port: int = free.getsockname()[1]
        command = [BINARY, "lambda", "watch", "--only-lambda-apis", "-A", "127.0.0.1", "-P", str(self.port)]
        self.server = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until = time.monotonic() + LIMIT
        while time.monotonic() < until:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                break
            except OSError:
                assert self.server.poll() is None, "cargo-lambda has ended"
        self.output = folder / "output.txt"
        with self.output.open("w") as output:
            self.runtime = subprocess.Popen(
                [sys.executable, "-m", "eventrouter", "run", "main:app"],
                cwd=folder,
                env={
                    **os.environ,
                    "AWS_LAMBDA_RUNTIME_API": f"http://127.0.0.1:{self.port}/.rt/app",
                    "PYTHONPATH": str(ROOT),
                },
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def ask(self, path: str, body: str | None = None) -> tuple[int, list[tuple[str, str]], bytes]:
        connection = self.connection()
        try:
            connection.request("GET" if body is None else "POST", path, body)
            response = connection.getresponse()
            return response.status, response.getheaders(), response.read()
        finally:
            connection.close()

    def connection(self) -> HTTPConnection:
        return HTTPConnection("127.0.0.1", self.port, timeout=LIMIT)

    def invoke(self, event: object) -> tuple[int, object]:
        status, _, body = self.ask("/2015-03-31/functions/app/invocations", json.dumps(event))
        return status, json.loads(body)

    def close(self) -> None:
        for process in (self.runtime, self.server):
            process.terminate()
            process.wait(LIMIT)


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    made = Watched(tmp_path_factory.mktemp("cargo"))
    yield made
    made.close()


def test_an_event_is_answered(watched: Watched) -> None:
    assert watched.invoke({"a": 1}) == (200, {"got": {"a": 1}})


def test_a_function_error_is_told(watched: Watched) -> None:
    status, document = watched.invoke("raise")

    assert status == 500
    assert isinstance(document, dict)
    assert (document["errorType"], document["errorMessage"]) == ("ValueError", "no")


def test_a_stream_arrives_while_it_is_made(watched: Watched) -> None:
    connection = watched.connection()
    connection.request("GET", "/lambda-url/app/stream")
    response = connection.getresponse()
    times = []
    lines = []
    while line := response.readline():
        lines.append(line)
        times.append(time.monotonic())
    connection.close()

    assert (response.status, response.getheader("content-type")) == (200, "text/plain; charset=utf-8")
    assert lines == [b"0\n", b"1\n", b"2\n"]
    assert times[2] - times[0] > 0.1


def test_cookies_arrive_one_by_one(watched: Watched) -> None:
    status, headers, body = watched.ask("/lambda-url/app/cookies")

    assert (status, body) == (201, b"set")
    assert [value.partition(";")[0] for name, value in headers if name == "set-cookie"] == ["a=1", "b=2"]


@pytest.mark.parametrize(("path", "expected"), [("/empty", 204), ("/nowhere", 404)])
def test_small_answers_have_their_status(watched: Watched, path: str, expected: int) -> None:
    status, _, _ = watched.ask(f"/lambda-url/app{path}")

    assert status == expected


def test_a_stream_that_breaks_off_harms_nothing_else(watched: Watched) -> None:
    try:
        _, _, body = watched.ask("/lambda-url/app/broken")
    except IncompleteRead as cut:  # mostly: it does not always cut a stream that ends with an error
        body = cut.partial

    assert body == b"first"
    assert watched.invoke(3) == (200, {"got": 3})
    assert "failed after it had begun" in watched.output.read_text()


def test_a_client_who_leaves_ends_the_stream(watched: Watched) -> None:
    connection = watched.connection()
    connection.request("GET", "/lambda-url/app/endless")
    connection.getresponse().read(10)
    connection.close()

    # The runtime takes the next one only once the stream has been closed.
    assert watched.invoke(2) == (200, {"got": 2})
    assert "closed" in watched.output.read_text()


def test_a_thousand_invocations_in_a_row_are_answered(watched: Watched) -> None:
    connection = watched.connection()
    statuses = set()
    for number in range(1000):
        connection.request("POST", "/2015-03-31/functions/app/invocations", str(number))
        response = connection.getresponse()
        statuses.add((response.status, json.loads(response.read())["got"] == number))
    connection.close()

    assert statuses == {(200, True)}
