"""What Lambda is told of an error."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, strategies as st
from pydantic import BaseModel

from eventrouter import EventDecodeError
from eventrouter.runtime._diagnostics import MAX_FRAMES, MAX_MESSAGE, Diagnosis


def caught(raising: Callable[[], object]) -> BaseException:
    try:
        raising()
    except BaseException as error:
        return error
    raise AssertionError


def fails() -> None:
    raise ValueError("no such order")


def test_an_error_is_told_with_its_message_type_and_stack() -> None:
    document = json.loads(Diagnosis(caught(fails)).document)

    assert (document["errorType"], document["errorMessage"]) == ("ValueError", "no such order")
    assert document["stackTrace"][-1].endswith('in fails\n    raise ValueError("no such order")\n')


def test_the_cause_for_x_ray_is_one_line_of_ascii() -> None:
    cause = Diagnosis(caught(lambda: int("ä\n"))).cause()

    assert cause.isascii() and cause.isprintable()
    value = json.loads(cause)
    assert value["exceptions"][0]["type"] == "ValueError"
    assert value["exceptions"][0]["stack"][-1]["path"] == __file__
    assert value["paths"] == [__file__]
    assert value["working_directory"] == str(Path.cwd())


def test_a_folder_that_is_gone_keeps_nothing_from_being_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()

    assert "working_directory" in json.loads(Diagnosis(caught(fails)).cause())


class Order(BaseModel):
    total: int


def test_what_pydantic_quotes_is_not_told() -> None:
    secret = "hunter" + str(2)
    error = caught(lambda: Order.model_validate({"total": secret}))

    diagnosis = Diagnosis(error)

    assert secret.encode() not in diagnosis.document
    assert secret not in diagnosis.cause()
    assert json.loads(diagnosis.document)["errorMessage"] == "total: int_parsing"


class Odd(Exception):
    def __str__(self) -> str:
        raise RuntimeError


def deep(depth: int = 0) -> int:
    return deep(depth + 1)


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (Odd(), "(RuntimeError while its text was made)"),
        (ValueError("x" * 100_000), "x" * MAX_MESSAGE),
        (ValueError("\ud800"), "\ud800"),
        (ExceptionGroup("two", [ValueError("a"), KeyError("b")]), "two (2 sub-exceptions)"),
        (KeyboardInterrupt(), ""),
    ],
)
def test_every_error_has_a_document(error: BaseException, message: str) -> None:
    document = json.loads(Diagnosis(error).document)

    assert document["errorMessage"] == message
    assert document["stackTrace"] == []


def test_a_deep_stack_is_cut() -> None:
    document = json.loads(Diagnosis(caught(deep)).document)

    assert document["errorType"] == "RecursionError"
    assert len(document["stackTrace"]) == MAX_FRAMES


@pytest.mark.parametrize(
    ("error", "kind"), [(ValueError(), "Function.ValueError"), (EventDecodeError("x"), "Runtime.UnmarshalError")]
)
def test_an_error_has_a_type_in_lambdas_words(error: Exception, kind: str) -> None:
    assert Diagnosis(error).kind == kind
    assert Diagnosis(error, kind="Runtime.Init").kind == "Runtime.Init"


@given(name=st.text(min_size=1, max_size=200).filter(lambda text: "\0" not in text))
def test_a_class_of_any_name_has_a_type_that_lambda_takes(name: str) -> None:
    try:
        kind = type(name, (Exception,), {})
    except (ValueError, UnicodeEncodeError):
        return

    assert re.fullmatch(r"(Runtime|Function)\.[A-Z][a-zA-Z]+", Diagnosis(kind()).kind)
