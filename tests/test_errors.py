"""Errors carry their facts, pickle, and quote no payload."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Iterator

import pytest

from eventrouter import errors
from eventrouter.errors import (
    CognitoError,
    EventDecodeError,
    EventRouterError,
    HTTPException,
    NameResolutionError,
    NoRouteError,
    NotReachedError,
    PayloadError,
    ProcessingFailed,
    RegistrationError,
    RequestValidationError,
    ResponseTooLargeError,
    ResponseValidationError,
    Unauthorized,
    quoted,
)

PROBLEMS = [{"type": "missing", "loc": ["body", "total"], "msg": "Field required"}]

SAMPLES = [
    EventRouterError("a sentence"),
    EventDecodeError("the event is not JSON text"),
    RegistrationError("two routes claim the same"),
    NameResolutionError("ORDERS_QUEUE", "on_order"),
    NoRouteError("sqs", {"queue": "orders"}, "on_bill wants queue='bills'", '@app.sqs("orders")'),
    PayloadError(PROBLEMS, "sqs record"),
    RequestValidationError(PROBLEMS),
    ResponseValidationError(PROBLEMS, "read_order"),
    NotReachedError(3, "there was not enough time left"),
    errors.AsgiError("the app sent a body before its start"),
    errors.ReplyError("a set has no JSON form"),
    ResponseTooLargeError("alb", 2_000_000, 1_048_576),
    errors.DependencyError("session yielded twice"),
    errors.LoopError("no loop"),
    errors.HandlerCancelledError(),
    errors.HandlerStoppedError(),
    errors.HandlerTimeoutError(),
    errors.RuntimeApiError("it went away"),
    errors.ImpossibleEventError("sqs(queue=)", "'a b'", "it is made of ASCII letters"),
    errors.FixtureError("orders.json", "no such file"),
    errors.ShutdownError(),
    HTTPException(404, {"code": "gone"}, {"retry-after": "3"}),
    HTTPException(418),
    ProcessingFailed("not a log line"),
    CognitoError("please try again"),
    Unauthorized("the token is from another pool"),
]


def _leaves(root: type[EventRouterError] = EventRouterError) -> Iterator[type[EventRouterError]]:
    yield root
    for kind in root.__subclasses__():
        yield from _leaves(kind)


def test_every_error_has_a_sample_here() -> None:
    public = {kind for kind in _leaves() if kind.__module__ == errors.__name__ and not kind.__name__.startswith("_")}

    assert {type(sample) for sample in SAMPLES} == public


@pytest.mark.parametrize("error", SAMPLES, ids=lambda error: type(error).__name__)
def test_an_error_survives_pickle_and_copy(error: EventRouterError) -> None:
    for twin in (pickle.loads(pickle.dumps(error)), copy.copy(error), copy.deepcopy(error)):
        assert type(twin) is type(error)
        assert str(twin) == str(error)
        assert twin.args == error.args
        assert vars(twin) == vars(error)


def test_a_group_of_errors_survives_pickle() -> None:
    group = ExceptionGroup("2 records failed", [PayloadError(PROBLEMS), NotReachedError(1, "its lane had failed")])

    twin = pickle.loads(pickle.dumps(group))

    assert [str(error) for error in twin.exceptions] == [str(error) for error in group.exceptions]


@pytest.mark.parametrize(
    ("kind", "builtin"),
    [
        (EventDecodeError, ValueError),
        (RegistrationError, TypeError),
        (PayloadError, ValueError),
        (RequestValidationError, ValueError),
        (errors.LoopError, RuntimeError),
    ],
)
def test_misuse_is_what_python_calls_it_too(kind: type[Exception], builtin: type[Exception]) -> None:
    assert issubclass(kind, builtin)


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (NoRouteError("sqs", {"queue": "orders"}), "no sqs route accepts queue='orders'"),
        (NoRouteError("eventbridge", {"source": "shop", "bus": ""}), "no eventbridge route accepts source='shop'"),
        (NoRouteError("direct", {}), "no route accepts a direct event"),
        (
            NoRouteError("sqs", {"queue": "q"}, "on_bill wants queue='bills'", '@app.sqs("q")'),
            "no sqs route accepts queue='q'; nearest: on_bill wants queue='bills'; to take it: @app.sqs(\"q\")",
        ),
        (NameResolutionError("Q", "on_order"), "environment variable Q is not set, and route on_order is named by it"),
        (PayloadError(PROBLEMS, "sqs record"), "payload of sqs record does not validate: body.total: missing"),
        (
            PayloadError([{"type": "json_invalid", "loc": [], "msg": ""}]),
            "payload does not validate: (whole): json_invalid",
        ),
        (NotReachedError(3, "its lane had failed"), "record 3 was not started: its lane had failed"),
        (HTTPException(404), "404: Not Found"),
        (HTTPException(599), "599: status 599"),
        (HTTPException(404, "no such order"), "404: no such order"),
        (errors.HandlerCancelledError(), "the handler was cancelled from inside"),
        (
            errors.HandlerStoppedError(),
            "the handler raised StopIteration, which nothing asynchronous can pass on",
        ),
    ],
)
def test_a_message_says_what_was_found_and_wanted(error: EventRouterError, text: str) -> None:
    assert str(error) == text


def test_a_long_list_of_problems_is_cut() -> None:
    problems = [{"type": "missing", "loc": [index], "msg": ""} for index in range(12)]

    text = str(PayloadError(problems))

    assert text.endswith("9: missing and 2 more")


def test_a_message_of_a_validation_quotes_no_input() -> None:
    error = PayloadError(
        [{"type": "int_parsing", "loc": ["total"], "msg": "hunter2", "input": "hunter2", "ctx": {"v": "hunter2"}}]
    )

    assert "hunter2" not in str(error)


def test_an_answer_that_is_too_large_names_limit_and_remedy() -> None:
    text = str(ResponseTooLargeError("alb", 2_000_000, 1_048_576))

    assert "2000000 bytes" in text and "alb takes at most 1048576" in text and "S3" in text


def test_an_authorizer_says_exactly_what_api_gateway_wants() -> None:
    assert str(Unauthorized("the token is from another pool")) == "Unauthorized"


def test_headers_of_an_http_exception_are_its_own() -> None:
    headers = {"retry-after": "3"}

    error = HTTPException(503, headers=headers)
    headers.clear()

    assert error.headers == {"retry-after": "3"}
    assert HTTPException(503).headers is None


@pytest.mark.parametrize(
    ("text", "shown"),
    [("orders", "'orders'"), ("a\nb\x1b[31m", r"'a\nb\x1b[31m'"), ("ünï", r"'\xfcn\xef'"), (7, "'7'")],
)
def test_foreign_text_is_escaped(text: object, shown: str) -> None:
    assert quoted(text) == shown


def test_foreign_text_is_cut() -> None:
    assert quoted("x" * 200) == ascii("x" * 119 + "…")
    assert quoted("x" * 120) == repr("x" * 120)


def test_a_key_in_a_message_is_escaped_and_cut() -> None:
    text = str(NoRouteError("sqs", {"queue": "x\n" * 500}))

    assert "\n" not in text and len(text) < 400


def test_an_http_exception_wants_its_status_first() -> None:
    with pytest.raises(TypeError, match=r"the status comes first, as in HTTPException\(404, 'no such order'\)"):
        HTTPException("no such order", 404)  # type: ignore[arg-type]
