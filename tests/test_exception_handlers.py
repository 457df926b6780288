"""Exception handlers: found by class or status, asked once, answering for who waits and observing for who does not."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from anyio.lowlevel import checkpoint

from eventrouter import ACK, App, HTTPException, Invocation, LambdaContext, RegistrationError, Request, Response
from tests.deliveries import Run, request, sqs


class Conflict(Exception):
    """An error of an application's own."""


class DeepConflict(Conflict):
    """A more special one."""


def failing(error: Exception) -> App:
    app = App(failures="report")

    @app.get("/")
    def home() -> None:
        raise error

    @app.sqs("orders")
    def on_order(text: str) -> None:
        raise error

    @app.direct()
    def direct(value: dict[str, Any]) -> None:
        raise error

    return app


def answer(app: App) -> tuple[int, Any]:
    reply = app(request(), LambdaContext())
    return reply["statusCode"], json.loads(reply["body"] or "null")


def test_a_class_is_answered_by_its_handler(run: Run) -> None:
    app = failing(DeepConflict("secret"))

    @app.exception_handler(Conflict)
    def on_conflict(request: Request, error: Conflict) -> Response:
        return Response({"path": request.path, "is": type(error).__name__}, 409)

    reply = run(app, request())

    assert (reply["statusCode"], json.loads(reply["body"])) == (409, {"path": "/", "is": "DeepConflict"})


def test_the_nearest_class_wins() -> None:
    app = failing(DeepConflict())
    app.exception_handler(Exception)(lambda error: Response("any", 400))
    app.exception_handler(DeepConflict)(lambda error: Response('"deep"', 409))
    app.exception_handler(Conflict)(lambda error: Response("base", 410))

    assert answer(app) == (409, "deep")


def test_an_async_handler_is_awaited(run: Run) -> None:
    app = failing(Conflict())

    @app.exception_handler(Conflict)
    async def on_conflict(error: Conflict) -> Response:
        await checkpoint()
        return Response(status_code=409)

    assert run(app, request())["statusCode"] == 409


def test_a_status_is_answered_by_its_handler_before_the_class() -> None:
    app = failing(HTTPException(404, "none"))
    app.exception_handler(404)(lambda error: Response({"lost": error.detail}, 404))
    app.exception_handler(HTTPException)(lambda error: Response("class", 400))

    assert answer(app) == (404, {"lost": "none"})


def test_another_status_goes_to_the_class() -> None:
    app = failing(HTTPException(409))
    app.exception_handler(404)(lambda error: Response("lost", 404))
    app.exception_handler(HTTPException)(lambda error: {"status": error.status_code})

    assert answer(app) == (200, {"status": 409})


@pytest.mark.parametrize(("path", "method", "status"), [("/nope", "GET", 404), ("/", "DELETE", 405)])
def test_what_no_route_takes_has_a_status_too(path: str, method: str, status: int) -> None:
    app = failing(Conflict())
    app.exception_handler(status)(lambda request, error: Response({"code": error.code, "at": request.path}, status))

    reply = app(request(path, method), LambdaContext())

    code = {404: "not_found", 405: "method_not_allowed"}[status]
    assert (reply["statusCode"], json.loads(reply["body"])) == (status, {"code": code, "at": path})


def test_none_leaves_the_error_as_it_is() -> None:
    app = failing(HTTPException(409, "conflict"))
    app.exception_handler(HTTPException)(lambda error: None)

    assert answer(app) == (409, {"detail": "conflict"})


def test_an_error_without_a_handler_is_left_as_it_is() -> None:
    app = failing(ValueError("secret"))
    app.exception_handler(Conflict)(lambda error: Response("conflict", 409))

    assert answer(app) == (500, {"detail": "Internal Server Error", "code": "internal_error"})


def test_a_handler_that_raises_is_answered_by_what_it_raised() -> None:
    app = failing(Conflict())

    @app.exception_handler(Conflict)
    def on_conflict(error: Conflict) -> None:
        raise HTTPException(409, "twice") from error

    assert answer(app) == (409, {"detail": "twice"})


def test_a_handler_of_another_trigger_observes_and_the_record_fails(run: Run) -> None:
    seen: list[object] = []
    app = failing(Conflict())

    @app.exception_handler(Conflict)
    def on_conflict(invocation: Invocation, error: Conflict) -> str:
        seen.append((invocation.source.name, type(error)))
        return "ignored"

    assert run(app, sqs("a")) == {"batchItemFailures": [{"itemIdentifier": "m-0"}]}
    assert seen == [("sqs", Conflict)]


def test_ack_says_that_a_record_is_dealt_with(run: Run) -> None:
    app = failing(Conflict())
    app.exception_handler(Conflict)(lambda error: ACK)

    assert run(app, sqs("a")) == {"batchItemFailures": []}


def test_a_direct_caller_is_answered_by_the_handler(run: Run) -> None:
    app = failing(Conflict())
    app.exception_handler(Conflict)(lambda error: {"conflict": True})

    assert run(app, {"a": 1}) == {"conflict": True}


def test_registering_gives_the_function_back() -> None:
    def on_conflict(error: Conflict) -> None: ...

    assert App().exception_handler(Conflict)(on_conflict) is on_conflict


def two_and_one(request: Request, error: Conflict, more: str) -> None: ...
def nothing() -> None: ...
def one(error: Exception) -> None: ...


@pytest.mark.parametrize(
    ("kind", "handler", "words"),
    [
        (Conflict, two_and_one, "takes (error), or (request, error); it has 3 parameters"),
        (Conflict, nothing, "takes (error), or (request, error); it has 0 parameters"),
        (True, one, "is for a class of exceptions, or the status of an HTTPException, not True"),
        (SystemExit, one, "is for a class of exceptions, or the status of an HTTPException"),
    ],
)
def test_what_cannot_be_a_handler_is_refused(kind: Any, handler: Callable[..., Any], words: str) -> None:
    with pytest.raises(RegistrationError) as caught:
        App().exception_handler(kind)(handler)

    assert words in str(caught.value)
    assert f"exception handler {handler.__name__}() [" in str(caught.value)


def test_a_decorator_that_is_not_called_is_refused() -> None:
    with pytest.raises(RegistrationError, match=r"write @app.exception_handler\(KeyError\) above the function"):
        App().exception_handler(one)  # type: ignore[arg-type]
