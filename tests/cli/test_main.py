"""The command line as a whole: help, versions, mistakes, and how it ends when nobody reads or somebody interrupts."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from importlib import import_module, metadata
from pathlib import Path

import pytest

import eventrouter
from eventrouter.cli._output import complain, say, say_json
from tests.cli.given import Project, sample

ROOT = Path(eventrouter.__file__).parent.parent


def command(*arguments: str, folder: Path, stdout: int = subprocess.PIPE) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = [sys.executable, "-m", "eventrouter", *arguments]
    return subprocess.run(process, cwd=folder, env=environment, text=True, stdout=stdout, stderr=subprocess.PIPE)


def test_the_module_is_the_command(project: Project) -> None:
    result = command("invoke", "main:app", sample("sqs"), folder=project.folder)

    assert result.returncode == 1
    assert '"batchItemFailures"' in result.stdout
    assert "on import" in result.stderr


def test_running_the_module_ends_with_the_exit_code(project: Project) -> None:
    version, unknown = command("--version", folder=project.folder), command("--nothing", folder=project.folder)

    assert (version.returncode, version.stdout) == (0, f"eventrouter {eventrouter.__version__}\n")
    assert unknown.returncode == 2


def test_importing_the_module_runs_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    import_module("eventrouter.__main__")

    assert capsys.readouterr() == ("", "")


def test_the_console_script_is_the_same_command() -> None:
    (script,) = metadata.entry_points(group="console_scripts", name="eventrouter")

    assert script.value == "eventrouter.__main__:main"


@pytest.mark.parametrize("name", ["sniff", "explain", "invoke", "replay", "fixture", "routes", "asyncapi"])
def test_every_command_has_help_with_examples(project: Project, name: str) -> None:
    code = project.run(name, "--help")

    assert code == 0
    assert f"examples:\n  eventrouter {name} " in project.out


def test_the_help_names_every_command_and_the_exit_codes(project: Project) -> None:
    code = project.run("--help")

    assert code == 0
    assert all(
        f"\n    {name} " in project.out for name in ("sniff", "explain", "invoke", "replay", "fixture", "routes")
    )
    assert "Exit codes: 0, all is well; 1," in project.out


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["sniff"],
        ["explain", "main:app"],
        ["invoke"],
        ["replay", "main:app"],
        ["fixture"],
        ["routes"],
        ["serve"],
        ["routes", "main:app", "--yaml"],
        ["invoke", "main:app", "e.json", "--timeout", "soon"],
        ["invoke", "main:app", "e.json", "--timeout", "0"],
        ["invoke", "main:app", "e.json", "--timeout", "inf"],
        ["invoke", "main:app", "e.json", "--timeout", "nan"],
    ],
    ids=" ".join,
)
def test_a_usage_mistake_ends_with_2_and_says_how_to_use_it(project: Project, arguments: list[str]) -> None:
    code = project.run(*arguments)

    assert code == 2
    assert project.out == ""
    assert project.err.startswith("usage: eventrouter")


def test_nobody_reading_is_quiet(project: Project) -> None:
    reads, writes = os.pipe()
    os.close(reads)

    result = command("sniff", sample("sqs"), folder=project.folder, stdout=writes)
    os.close(writes)

    assert (result.returncode, result.stderr) == (141, "")


def test_nobody_reading_is_quiet_to_the_end_of_the_process(monkeypatch: pytest.MonkeyPatch, project: Project) -> None:
    reads, writes = os.pipe()
    os.close(reads)
    stream = open(writes, "w")  # noqa: SIM115 - closed below, where Python's own end would flush it
    monkeypatch.setattr(sys, "stdout", stream)

    code = project.run("sniff", sample("sqs"))
    stream.close()

    assert code == 141


def test_an_interruption_is_quiet(project: Project) -> None:
    project.write("slow.py", "raise KeyboardInterrupt")

    code = project.run("routes", "slow:app")

    assert (code, project.out, project.err) == (130, "", "")


def test_the_current_directory_can_be_imported_from_and_only_while_a_command_runs(project: Project) -> None:
    before = list(sys.path)

    code = project.run("routes", "main:app")

    assert code == 0
    assert sys.path == before


def test_a_current_directory_that_is_gone_is_told(
    project: Project, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()

    code = project.run("routes", "main:app")

    assert code == 2
    assert project.err == "eventrouter: the current directory does not exist any more\n"


# ---------------------------------------------------------------------------------------------------------------- output


def test_control_characters_are_escaped_line_by_line(capsys: pytest.CaptureFixture[str]) -> None:
    complain("one\x1b[2J\ntwo\tthree\r")

    assert capsys.readouterr().err == "eventrouter: one\\x1b[2J\ntwo three\\r\n"


def test_a_terminal_that_cannot_show_a_character_gets_the_line() -> None:
    data = io.BytesIO()
    stream = io.TextIOWrapper(data, encoding="ascii")

    say("grüße", stream)
    stream.flush()

    assert data.getvalue() == b"gr\\xfc\\xdfe\n"


def test_a_stream_without_an_encoding_is_written_to() -> None:
    stream = io.StringIO()

    say("grüße", stream)

    assert stream.getvalue() == "grüße\n"


def test_json_is_ascii(capsys: pytest.CaptureFixture[str]) -> None:
    say_json({"ü": "\x9b\u202e"})

    assert capsys.readouterr().out == '{"\\u00fc": "\\u009b\\u202e"}\n'
