"""What Lambda is told of an error."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import example, given, strategies as st
from pydantic import BaseModel

from eventrouter import EventDecodeError
from eventrouter.runtime._diagnostics import MAX_FRAMES, MAX_MESSAGE, Diagnosis
from eventrouter.runtime._protocol import MAX_CAUSE


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
    assert document.keys() == {"errorMessage", "errorType", "stackTrace"}
    assert document["stackTrace"][-1].endswith('in fails\n    raise ValueError("no such order")\n')


def test_the_stack_is_the_users_and_nobody_elses() -> None:
    error = caught(lambda: json.loads("{", parse_int=int))

    document, cause = json.loads(Diagnosis(error).document), json.loads(Diagnosis(error).cause())

    assert all(f'File "{__file__}"' in frame for frame in document["stackTrace"])
    assert {frame["path"] for frame in cause["exceptions"][0]["stack"]} == {__file__}


def test_a_stack_without_a_frame_of_the_users_is_told_whole() -> None:
    with pytest.raises(ValueError) as raised:
        json.loads("{")
    error = raised.value
    assert error.__traceback__ is not None

    document = json.loads(Diagnosis(error.with_traceback(error.__traceback__.tb_next)).document)

    assert "in loads" in document["stackTrace"][0]


def compiled(filename: str) -> Callable[[], object]:
    names: dict[str, Callable[[], object]] = {}
    exec(compile("def made():\n raise ValueError('x')", filename, "exec"), names)  # noqa: S102
    return names["made"]


@pytest.mark.parametrize("filename", ["no/such/file.py", ""])
def test_code_that_is_in_no_file_has_frames_without_lines(filename: str) -> None:
    diagnosis = Diagnosis(caught(compiled(filename)))

    assert json.loads(diagnosis.document)["stackTrace"][-1] == f'  File "{filename}", line 2, in made\n'
    assert diagnosis.cause().isascii()


def test_a_line_of_generated_code_is_cut(tmp_path: Path) -> None:
    path = tmp_path / "made.py"
    path.write_text("x = 0; " * 200_000 + "raise ValueError\n")
    code = compile("raise ValueError", str(path), "exec")

    document = Diagnosis(caught(lambda: exec(code))).document  # noqa: S102

    assert b"x = 0; " in document
    assert len(document) < 10_000


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


def test_an_error_that_was_raised_from_pydantics_tells_nothing_of_it() -> None:
    secret = "hunter" + str(2)

    def fails_from() -> None:
        try:
            Order.model_validate({"total": secret})
        except ValueError as error:
            raise LookupError("no order") from error

    diagnosis = Diagnosis(caught(fails_from))

    assert secret.encode() not in diagnosis.document
    assert secret not in diagnosis.cause()


def test_a_group_tells_nothing_of_what_pydantic_quotes() -> None:
    secret = "hunter" + str(2)
    error = caught(lambda: Order.model_validate({"total": secret}))
    assert isinstance(error, ValueError)

    diagnosis = Diagnosis(ExceptionGroup("two", [error, ValueError("a")]))

    assert secret.encode() not in diagnosis.document
    assert secret not in diagnosis.cause()


class Odd(Exception):
    def __str__(self) -> str:
        raise RuntimeError


class Numbered(Exception):
    def __str__(self) -> str:
        return 7  # type: ignore[return-value]


def deep(depth: int = 0) -> int:
    return deep(depth + 1)


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (Odd(), "(RuntimeError while its text was made)"),
        (Numbered(), "(TypeError while its text was made)"),
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
    diagnosis = Diagnosis(caught(deep))

    document = json.loads(diagnosis.document)
    assert document["errorType"] == "RecursionError"
    assert len(document["stackTrace"]) == MAX_FRAMES
    assert len(diagnosis.cause()) <= MAX_CAUSE


@given(message=st.text(st.characters()))
@example(message="\ud800\x7f\r\n")
@example(message="\U0001f600" * 100_000)
def test_whatever_a_message_holds_it_is_told_and_bounded(message: str) -> None:
    diagnosis = Diagnosis(ValueError(message))

    cause = diagnosis.cause()
    assert json.loads(diagnosis.document)["errorMessage"] == message[:MAX_MESSAGE]
    assert json.loads(cause)["exceptions"][0]["message"] == message[:4096]
    assert cause.isascii() and not set("\r\n\0") & set(cause)
    assert len(diagnosis.document) <= 1024 * 1024 and len(cause) <= MAX_CAUSE


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
