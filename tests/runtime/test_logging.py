"""Python's log, as Lambda's own runtime writes it."""

from __future__ import annotations

import json
import logging
import re
import sys
from collections.abc import Iterator
from contextvars import Context

import pytest

from eventrouter import LambdaContext, _log
from eventrouter._sniff import sources
from eventrouter.context import Invocation, _current
from eventrouter.runtime._logging import configure


@pytest.fixture(autouse=True)
def bare_root(monkeypatch: pytest.MonkeyPatch) -> Iterator[logging.Logger]:
    """A root logger as a fresh process has it."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    root.handlers[:] = []
    root.setLevel(logging.WARNING)
    for name in ("AWS_LAMBDA_LOG_FORMAT", "AWS_LAMBDA_LOG_LEVEL"):
        monkeypatch.delenv(name, raising=False)
    token = _current.set(Invocation({}, LambdaContext("r-1", tenant_id="blue"), sources["direct"]))
    yield root
    _current.reset(token)
    root.handlers[:] = handlers
    root.setLevel(level)
    _log.before_first = None


def configured() -> None:
    logging.getLogger().handlers[:] = []  # those of the test runner
    configure()


def test_a_line_has_its_level_time_and_invocation(capsys: pytest.CaptureFixture[str]) -> None:
    configured()

    logging.getLogger("shop").warning("no such order %d", 7)

    assert re.fullmatch(
        r"\[WARNING\]\t\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\tr-1\tno such order 7\n", capsys.readouterr().out
    )


def test_a_line_outside_of_any_invocation_has_no_id(capsys: pytest.CaptureFixture[str]) -> None:
    configured()

    Context().run(logging.getLogger("shop").warning, "starting")

    assert capsys.readouterr().out.endswith("Z\t\tstarting\n")


def test_a_line_may_be_json(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_LAMBDA_LOG_FORMAT", "JSON")
    configured()

    logging.getLogger("shop").warning("no such order", extra={"order": 7, "odd": object()})
    try:
        raise ValueError("why")
    except ValueError:
        logging.getLogger("shop").exception("failed")

    Context().run(logging.getLogger("shop").warning, "outside")

    first, second, third = map(json.loads, capsys.readouterr().out.splitlines())
    assert (first["level"], first["message"], first["logger"]) == ("WARNING", "no such order", "shop")
    assert (first["requestId"], first["tenantId"], first["order"]) == ("r-1", "blue", "7")
    assert "object object" in first["odd"]
    assert (second["errorType"], second["errorMessage"]) == ("ValueError", "why")
    assert second["stackTrace"][0] == "Traceback (most recent call last):"
    assert third["requestId"] == "" and "tenantId" not in third


@pytest.mark.parametrize(
    ("given", "level"), [("DEBUG", logging.DEBUG), ("warn", logging.WARNING), ("FATAL", logging.CRITICAL), ("odd", 30)]
)
def test_the_level_is_lambdas(
    given: str, level: int, bare_root: logging.Logger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_LAMBDA_LOG_LEVEL", given)
    configured()

    assert bare_root.level == level


def test_an_app_that_has_its_own_way_keeps_it(bare_root: logging.Logger) -> None:
    own = logging.NullHandler()
    bare_root.handlers[:] = [own]

    configure()

    assert bare_root.handlers == [own]


def test_nothing_is_loaded_before_somebody_logs(bare_root: logging.Logger, monkeypatch: pytest.MonkeyPatch) -> None:
    bare_root.handlers[:] = []
    monkeypatch.delitem(sys.modules, "logging")
    configure()
    before = list(bare_root.handlers)
    monkeypatch.setitem(sys.modules, "logging", logging)

    _log.logger()

    assert before == []
    assert len(bare_root.handlers) == 1
