"""A folder of a user's, in which commands are given."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.given import MAIN, Project


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Project]:
    """A folder with the app ``main:app``, in which commands are given."""
    before = set(sys.modules)
    monkeypatch.chdir(tmp_path)
    project = Project(tmp_path, capsys)
    project.write("main.py", MAIN)
    yield project
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", None) or "").startswith(str(tmp_path)):
            del sys.modules[name]
