"""Calling an app as Lambda does, and telling what comes of it."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Mapping
from contextlib import redirect_stdout
from uuid import uuid4

from .._drive import drive
from .._explanation import Explanation
from .._json import dump
from .._log import safe_text
from ..app import App
from ..context import NO_DEADLINE_MS, LambdaContext
from ._app import Named, user_trace
from ._output import complain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..types import JsonValue


def add_timeout(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--timeout",
        type=_seconds,
        default=NO_DEADLINE_MS / 1000,
        metavar="SECONDS",
        help="the time until the deadline (default: 900)",
    )


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds")
    return seconds


def new_context(timeout: float, settings: Mapping[str, str | int] | None = None) -> LambdaContext:
    """Lambda's context object, with a random request id.

    Args:
        timeout: Seconds until the deadline.
        settings: Its attributes that are something else.
    """
    name = os.environ.get("AWS_LAMBDA_FUNCTION_NAME", "local")
    context = LambdaContext(
        str(uuid4()),
        deadline_ms=int((time.time() + timeout) * 1000),
        function_name=name,
        log_group_name=f"/aws/lambda/{name}",
    )
    context.invoked_function_arn = f"arn:aws:lambda:us-east-1:000000000000:function:{name}"
    for key, value in (settings or {}).items():
        setattr(context, key, value)
    return context


def answer_of(named: Named, event: JsonValue, context: LambdaContext) -> JsonValue:
    """What the handler answers, as the trigger gets it: what has no JSON form fails here.

    Raises:
        BaseException: Whatever the handler raises.
    """
    # Standard output is for the command's own: what handlers print goes where Lambda's log would be.
    with redirect_stdout(sys.stderr):
        answer: JsonValue = json.loads(dump(named.handler(event, context)))
    return answer


def without_route(app: App, event: JsonValue) -> tuple[str, Explanation]:
    """Why the app would not handle any of an event, empty where it would, and the explanation."""
    # Standard output is for the command's own; conditions that are functions may print.
    with redirect_stdout(sys.stderr):
        explanation = app.explain(event)
    if explanation.problem:
        return explanation.problem, explanation
    if not explanation.count or explanation.unrouted < explanation.count:
        return "", explanation
    near = f"; the nearest: {explanation.nearest}" if explanation.nearest else ""
    return f"the app has no route for this {explanation.source} event{near}", explanation


def shut_down(app: App, *, with_traceback: bool) -> bool:
    """Close what the app has opened; whether that worked."""
    try:
        with redirect_stdout(sys.stderr):
            drive(app.shutdown(by_hand=True))
    except Exception as error:
        tell("closing the app", error, with_traceback=with_traceback)
        return False
    return True


def tell(what: str, error: BaseException, *, with_traceback: bool) -> None:
    """What was raised: class and text, and on request where."""
    if with_traceback:
        complain(f"{what} raised\n{user_trace(error)}")
    else:
        complain(f"{what} raised {_described(error)}")
        if isinstance(error, BaseExceptionGroup):
            for each in error.exceptions:
                complain(f"  {_described(each)}")
    for note in getattr(error, "__notes__", ()):
        complain(note)


def _described(error: BaseException) -> str:
    text = safe_text(error)
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
