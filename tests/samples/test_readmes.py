"""What the samples' READMEs tell a reader to open and to run is there, and works."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import samples

SAMPLES = Path(samples.__file__).parent
READMES = sorted(SAMPLES.glob("*/README.md"))
COMMANDS = sorted(
    {
        line.partition("    #")[0]
        for path in READMES
        for line in path.read_text().splitlines()
        if line.startswith("python -m ")
    }
)


def test_every_sample_has_one() -> None:
    folders = [path for path in SAMPLES.iterdir() if path.is_dir() and path.name != "__pycache__"]

    assert sorted(path / "README.md" for path in folders) == READMES


@pytest.mark.parametrize("path", READMES, ids=[path.parent.name for path in READMES])
def test_every_link_leads_somewhere(path: Path) -> None:
    links = [part.partition(")")[0] for part in path.read_text().split("](")[1:]]

    assert [link for link in links if not (path.parent / link).exists()] == []


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_runs(command: str) -> None:
    _, *arguments = command.split()

    result = subprocess.run([sys.executable, *arguments], capture_output=True, text=True, cwd=SAMPLES.parent)

    # What fails, or finds no route, ends these two with 1, as it should: some of the samples' messages are bad on purpose.
    may_fail = "invoke" in arguments or "explain" in arguments
    assert result.returncode in ((0, 1) if may_fail else (0,)), result.stderr
    assert "Traceback" not in result.stderr
    assert result.stdout


def test_the_emulator_shows_what_the_streaming_sample_sends() -> None:
    text = (SAMPLES / "streaming" / "README.md").read_text()
    code = text.split("```python\n")[1].partition("```")[0]

    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=SAMPLES.parent)

    first, *chunks = result.stdout.splitlines()
    assert first.startswith("200 Headers"), result.stderr
    assert len(chunks) > 1 and " s b'event: tick" in chunks[0]


def test_the_test_that_the_shop_shows_passes(tmp_path: Path) -> None:
    text = (SAMPLES / "shop" / "README.md").read_text()
    (tmp_path / "test_shown.py").write_text(text.split("```python\n")[1].partition("```")[0])

    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--rootdir={tmp_path}", str(tmp_path)]
    result = subprocess.run(command, capture_output=True, text=True, cwd=SAMPLES.parent)

    assert "1 passed" in result.stdout, result.stdout + result.stderr
