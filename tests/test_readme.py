"""The README's code is code that runs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import eventrouter

ROOT = Path(eventrouter.__file__).parent.parent


def blocks(language: str) -> list[str]:
    """The README's blocks of code in *language*, in order."""
    text = (ROOT / "README.md").read_text()
    return [part.partition("```")[0] for part in text.split(f"```{language}\n")[1:]]


def test_the_example_and_its_test_run_as_printed(tmp_path: Path) -> None:
    main, test, *_ = blocks("python")
    (tmp_path / "main.py").write_text(main)
    (tmp_path / "test_main.py").write_text(test)

    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "--rootdir",
        str(tmp_path),
        str(tmp_path),
    ]
    result = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)

    assert "2 passed" in result.stdout, result.stdout + result.stderr


def test_what_stands_around_handlers_works_as_printed(tmp_path: Path) -> None:
    main, _, around, *_ = blocks("python")
    preamble = "import time\nfrom contextlib import contextmanager\nfrom eventrouter import Response\n"
    failing = "class OrderExists(Exception): ...\n@app.post('/orders')\ndef create(order: Order): raise OrderExists\n"
    event = {
        "version": "2.0",
        "rawPath": "/orders",
        "requestContext": {"http": {"method": "POST"}, "domainName": "x.lambda-url.eu-west-1.on.aws"},
        "body": '{"id": 7, "total": 9.5}',
    }
    (tmp_path / "main.py").write_text(main + preamble + failing + around + f"print(app({event!r})['statusCode'])\n")

    run = subprocess.run([sys.executable, "main.py"], capture_output=True, text=True, cwd=tmp_path)

    timed, status = run.stdout.splitlines()
    assert (timed.split()[0], status) == ("function_url", "409"), run.stderr


def test_an_app_of_another_framework_is_mounted_as_printed(tmp_path: Path) -> None:
    _, _, _, api, *_ = blocks("python")
    use = """
from eventrouter.testing import TestClient
client = TestClient(app)
print(client.get("/items/7").json(), client.get("/orders/7").json(), list(app.openapi()["paths"]))
"""
    (tmp_path / "api.py").write_text(api + use)

    run = subprocess.run([sys.executable, "api.py"], capture_output=True, text=True, cwd=tmp_path)

    assert run.stdout == "{'item': 7} {'order': 7} ['/orders/{order_id}']\n", run.stderr


def test_streams_arrive_as_printed(tmp_path: Path) -> None:
    *_, stream, emulator = blocks("python")
    event = {
        "version": "2.0",
        "rawPath": "/ticks",
        "requestContext": {"http": {"method": "GET"}, "domainName": "x.lambda-url.eu-west-1.on.aws"},
    }
    (tmp_path / "stream.py").write_text(stream)
    (tmp_path / "show.py").write_text(f"{emulator}\nimport anyio\nanyio.run(show, {event!r})\n")

    run = subprocess.run([sys.executable, "show.py"], capture_output=True, text=True, cwd=tmp_path)

    first, *ticks, last = run.stdout.splitlines()
    assert (first, last) == ("200 text/event-stream", "complete None"), run.stderr
    times = [float(line.split()[0]) for line in ticks]
    assert len(times) == 3 and times[2] - times[0] > 0.15


def test_every_command_of_the_readme_is_there() -> None:
    makefile = (ROOT / "Makefile").read_text()
    commands = [line.split()[1] for block in blocks("sh") for line in block.splitlines() if line.startswith("make ")]

    assert commands
    assert [name for name in commands if f"\n{name}: " not in makefile] == []


def test_every_file_that_the_readme_links_to_is_there() -> None:
    text = (ROOT / "README.md").read_text()
    links = [part.partition(")")[0] for part in text.split("](")[1:]]

    assert [link for link in links if "://" not in link and not (ROOT / link).exists()] == []
