"""Runtime clients under load: rtload.rs built and started, and its figures refused where an answer was wrong."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path
from random import sample
from shutil import which
from statistics import fmean
from subprocess import PIPE
from threading import Event, Thread
from typing import Any, TypeVar

ROOT = Path(__file__).parent.parent
SOURCE = Path(__file__).with_name("rtload.rs")
PROGRAM = ROOT / ".venv-bench" / "bin" / "rtload"

#: How a runtime is started; where its Runtime API is, it learns from the environment.
Runtime = Sequence[str]

#: What rtload printed.
Report = dict[str, Any]

T = TypeVar("T")

#: One POST at the end of an invocation or of the init phase: its path and its body, decoded from chunks.
Answer = tuple[str, bytes]


def eventrouter(module: str) -> Runtime:
    return (sys.executable, "-m", "eventrouter", "run", f"benchmarks.runtimes.{module}:app")


def awslambdaric(handler: str, *, in_thread: bool = False) -> Runtime:
    """AWS's client; *in_thread*: as AWS's runtimes for Python 3.12 and later have it, which poll in a worker thread."""
    variables = ("env", "AWS_EXECUTION_ENV=AWS_Lambda_python3.12") if in_thread else ()
    return (*variables, sys.executable, "-m", "awslambdaric", f"benchmarks.runtimes.bare.{handler}")


def floor(chunks: int = 0) -> Runtime:
    return (sys.executable, "-m", "benchmarks.runtimes.floor", str(chunks))


def missing() -> str | None:
    """What is not there and has to be, in a sentence."""
    if not Path("/proc/self/stat").exists():
        return "needs Linux: processor time and memory are read from /proc"
    if which("rustc") is None:
        return "needs rustc: the load server is written in Rust"
    if find_spec("awslambdaric") is None:
        return f"needs awslambdaric in {sys.prefix}: it is what is measured against"
    return None


def build() -> None:
    """Compile rtload.rs, unless what is there is newer."""
    if PROGRAM.exists() and PROGRAM.stat().st_mtime >= SOURCE.stat().st_mtime:
        return
    PROGRAM.parent.mkdir(parents=True, exist_ok=True)
    options = ("--edition", "2021", "-O", "-C", "target-cpu=native")
    subprocess.run(["rustc", *options, "-o", str(PROGRAM), str(SOURCE)], check=True)


def share_one_core() -> None:
    """Bind this process, and so all that it starts, to one core: what a function of up to 1,769 MB has."""
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def environment(api: str | None = None) -> dict[str, str]:
    # Without compiled files a start says nothing about a deployed function; and awslambdaric's threads are a row of their own.
    unwanted = ("PYTHONDONTWRITEBYTECODE", "AWS_EXECUTION_ENV")
    kept = {name: value for name, value in os.environ.items() if name not in unwanted}
    return kept if api is None else {**kept, "AWS_LAMBDA_RUNTIME_API": api}


def interleaved(contenders: Mapping[str, Callable[[], T]], rounds: int) -> dict[str, list[T]]:
    """Call each of them once a round, in random order."""
    taken: dict[str, list[T]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name in sample(list(contenders), len(contenders)):
            taken[name].append(contenders[name]())
    return taken


class Load:
    """Runs of rtload, with their events and logs in *folder*."""

    def __init__(self, folder: Path) -> None:
        self._log = folder / "runtime.log"
        self._folder = folder

    def event(self, name: str, value: object) -> Path:
        path = self._folder / f"{name}.json"
        path.write_text(json.dumps(value))
        return path

    def start_ms(self, runtime: Runtime, event: Path) -> float:
        """Milliseconds from starting the process to its first request for an invocation."""
        report = self._report(["--event", str(event), "--coldstart", "1", "--", *runtime])
        milliseconds: float = report["coldstart_ms"]["p50"]
        return milliseconds

    def run(self, runtime: Runtime, event: Path, *, count: int, warmup: int, is_streamed: bool = False) -> Report:
        """Let the runtime answer *warmup* and *count* invocations, one after another.

        Raises:
            SystemExit: Not every one was answered, and answered well.
        """
        numbers = ["--count", str(count), "--warmup", str(warmup), "--max-body", str(1 << 30)]
        report = self._report(["--event", str(event), *numbers, "--", *runtime])
        trust(report, count, warmup, is_streamed)
        return report

    def start_cpu_s(self, runtime: Runtime, event: Path) -> float:
        """Seconds of processor time for the start and one invocation: several starts, since the clock ticks in 10 ms."""
        return fmean(self.run(runtime, event, count=1, warmup=0)["cpu_s"] for _ in range(8))

    def growth_mb(self, runtime: Runtime, event: Path, *, count: int, warmup: int) -> float:
        """By how much a runtime's memory grew, at its most, after *warmup* invocations: in MB of 2**20 bytes."""
        arguments = ["--event", str(event), "--count", str(count), "--warmup", str(warmup), "--timeout", "3600"]
        with subprocess.Popen([PROGRAM, *arguments], stdout=PIPE, stderr=PIPE, text=True) as server:
            assert server.stdout is not None
            assert server.stderr is not None
            # It chose a port, and says so first.
            api = server.stderr.readline().strip().rpartition("=")[2]
            samples = []
            with self._log.open("wb") as log:
                process = subprocess.Popen(runtime, cwd=ROOT, env=environment(api), stdout=log, stderr=log)
                try:
                    while server.poll() is None and process.poll() is None:
                        samples.append((time.monotonic(), _resident_kib(process.pid)))
                        time.sleep(0.1)
                finally:
                    end = time.monotonic()
                    process.kill()
                    process.wait()
                    server.kill()
            report = self._parsed(runtime, server.wait(), server.stdout.read())
        trust(report, count, warmup)
        # What it measured is what came after the warm-up.
        after = [kib for moment, kib in samples if moment >= end - report["seconds"]]
        return (max(after) - after[0]) / 1024

    def _report(self, arguments: Sequence[str]) -> Report:
        self._log.write_bytes(b"")
        done = subprocess.run(
            [PROGRAM, "--child-log", self._log, *arguments], stdout=PIPE, text=True, cwd=ROOT, env=environment()
        )
        return self._parsed(arguments, done.returncode, done.stdout)

    def _parsed(self, command: Sequence[str], status: int, output: str) -> Report:
        if status:
            raise SystemExit(f"{' '.join(command)} was not served to the end\n{output}{self._log.read_text()[-4000:]}")
        report: Report = json.loads(output)
        return report


def trust(report: Report, count: int, warmup: int, is_streamed: bool = False) -> None:
    """Refuse figures of a run in which an answer was missing, an error, or of the wrong kind."""
    streamed = count + warmup if is_streamed else 0
    wanted = {
        "ok": True, "runtime_gone": False, "count": count, "errors": 0, "init_errors": 0, "error_trailers": 0,
        "unknown": 0, "streamed": streamed, "preludes": streamed,
    }  # fmt: skip
    wrong = [f"{name} {report[name]}, not {value}" for name, value in wanted.items() if report[name] != value]
    if wrong:
        raise SystemExit(f"these figures are worth nothing: {', '.join(wrong)}")


def _resident_kib(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0])


# --- one invocation, to look at its answer: rtload counts answers and does not read them


def answer(runtime: Runtime, event: Path) -> bytes:
    """What the runtime answers to one *event*; a streamed answer with its prelude."""
    with _serving(event.read_bytes()) as (api, answers, came_back):
        process = subprocess.Popen(runtime, cwd=ROOT, env=environment(api))
        try:
            end = time.monotonic() + 30
            while not came_back.wait(0.05):
                if process.poll() is not None or time.monotonic() > end:
                    raise SystemExit(f"{' '.join(runtime)} did not answer and come back for another one: {answers}")
        finally:
            process.kill()
            process.wait()
    path, body = answers[0]
    if not path.endswith("/response"):
        raise SystemExit(f"{' '.join(runtime)} answered at {path}: {body.decode(errors='replace')}")
    return body


@contextmanager
def _serving(event: bytes) -> Iterator[tuple[str, list[Answer], Event]]:
    """A Runtime API with one invocation: its address, the answers, and whether the runtime came back for another one."""
    answers: list[Answer] = []
    came_back, is_over = Event(), Event()

    class RuntimeApi(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            if answers:
                came_back.set()
                is_over.wait()
                return
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Lambda-Runtime-Aws-Request-Id", "00000000-0000-4000-8000-000000000000")
            self.send_header("Lambda-Runtime-Deadline-Ms", "4102444800000")
            self.send_header("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:eu-west-1:123456789012:function:f")
            self.send_header("Content-Length", str(len(event)))
            self.end_headers()
            self.wfile.write(event)

        def do_POST(self) -> None:
            body, is_known = b"".join(self._body()), "/runtime/" in self.path
            if is_known:
                answers.append((self.path, body))
            self.send_response(202 if is_known else 404)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def _body(self) -> Iterator[bytes]:
            if "Content-Length" in self.headers:
                yield self.rfile.read(int(self.headers["Content-Length"]))
                return
            while size := int(self.rfile.readline(), 16):
                yield self.rfile.read(size)
                self.rfile.readline()
            while self.rfile.readline().strip():
                pass

        def log_message(self, *arguments: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), RuntimeApi) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"127.0.0.1:{server.server_port}", answers, came_back
        finally:
            is_over.set()
            server.shutdown()
