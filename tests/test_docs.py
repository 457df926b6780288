"""The code in the documentation is code that runs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import eventrouter

ROOT = Path(eventrouter.__file__).parent.parent
PAGES = sorted((ROOT / "docs").glob("*.md"))


def blocks(page: Path) -> dict[str, str]:
    """The Python files that a page shows, by the names in their first lines."""
    shown = [part.partition("```")[0] for part in page.read_text().split("```python\n")[1:]]
    return {text.partition("\n")[0].removeprefix("# "): text for text in shown}


@pytest.mark.parametrize("page", PAGES, ids=[page.stem for page in PAGES])
def test_every_file_of_a_page_works_as_printed(page: Path, tmp_path: Path) -> None:
    shown = blocks(page)
    for name, text in shown.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)

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
    # With CI set Hypothesis sets no deadline: a busy machine is no failure.
    environment = {**os.environ, "CI": "true"}
    result = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=environment)

    assert shown
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("page", PAGES, ids=[page.stem for page in PAGES])
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    links = [part.partition(")")[0] for part in page.read_text().split("](")[1:]]

    assert [link for link in links if "://" not in link and not (page.parent / link.partition("#")[0]).exists()] == []
