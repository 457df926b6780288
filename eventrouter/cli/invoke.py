"""``eventrouter invoke``: send an event through the app, as Lambda would."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Sequence
from contextlib import redirect_stdout
from typing import Any
from uuid import uuid4

from .._drive import drive
from .._json import dump
from .._log import safe_text
from .._sniff import labels, sniff, source_named
from ..app import App
from ..context import NO_DEADLINE_MS, LambdaContext
from ..source import Source
from ..sources.eventbridge_schedule import own_input_record
from ._app import Named, add_app, load, user_trace
from ._files import UsageError, called, read_event
from ._output import complain, say_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..types import JsonValue

_MORE = """\
Calls the app as Lambda does, with a random request id, and prints the answer as JSON. Whatever the handlers do, they
do: they write to the tables and call the services that they name, and a CloudFormation request is answered at its
ResponseURL. At the end the app is shut down.

The exit code is 1 if the invocation raises (the error goes to standard error), if an HTTP or WebSocket answer has a
status of 400 or more, or if the answer names failed records (batchItemFailures; ProcessingFailed for Firehose;
anything but Succeeded for S3 Batch).

examples:
  eventrouter invoke main:app event.json
  eventrouter invoke main:app event.json --source sqs --timeout 30
  eventrouter invoke main:app event.json --context function_name=shop aws_request_id=1234
  cat event.json | eventrouter invoke main:app - --traceback
"""

#: What may be set of Lambda's context; the deadline is --timeout's.
_SETTABLE = (
    "aws_request_id", "function_name", "function_version", "invoked_function_arn", "log_group_name", "log_stream_name",
    "memory_limit_in_mb", "tenant_id", "trace_id",
)  # fmt: skip


def add(commands: Any) -> None:
    parser = commands.add_parser(
        "invoke",
        usage="eventrouter invoke APP FILE [--source LABEL] [--timeout SECONDS] [--context KEY=VALUE ...] [--traceback]",
        help="send an event through the app and print the answer",
        description="Send an event through the app and print the answer.",
        epilog=_MORE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_app(parser)
    parser.add_argument("file", metavar="FILE", help="a file that holds the event; - is standard input")
    parser.add_argument("--source", metavar="LABEL", help="what the event has to be, as sniff says it")
    parser.add_argument(
        "--timeout",
        type=_seconds,
        default=NO_DEADLINE_MS / 1000,
        metavar="SECONDS",
        help="the time until the deadline (default: 900)",
    )
    parser.add_argument(
        "--context",
        nargs="+",
        action="extend",
        default=[],
        metavar="KEY=VALUE",
        help=f"an attribute of Lambda's context: {', '.join(_SETTABLE)}",
    )
    parser.add_argument("--traceback", action="store_true", help="print where in your code the invocation raised")
    parser.set_defaults(run=run)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds")
    return seconds


def run(arguments: argparse.Namespace) -> int:
    context = _context(arguments.context, arguments.timeout)
    named = load(arguments.app)
    event = read_event(arguments.file)
    if arguments.source is not None:
        _check(arguments.source, event, arguments.file)
    code = 1
    try:
        code = _invoke(named, event, context, with_traceback=arguments.traceback)
    finally:
        if not _shut_down(named.app, with_traceback=arguments.traceback):
            code = 1
    return code


def _context(settings: Sequence[str], timeout: float) -> LambdaContext:
    """Lambda's context object.

    Raises:
        UsageError: A setting that it does not have.
    """
    name = os.environ.get("AWS_LAMBDA_FUNCTION_NAME", "local")
    context = LambdaContext(
        str(uuid4()),
        deadline_ms=int((time.time() + timeout) * 1000),
        function_name=name,
        log_group_name=f"/aws/lambda/{name}",
    )
    context.invoked_function_arn = f"arn:aws:lambda:us-east-1:000000000000:function:{name}"
    for setting in settings:
        key, equals, value = setting.partition("=")
        if key not in _SETTABLE or not equals:
            raise UsageError(
                f"--context takes KEY=VALUE after APP and FILE, where KEY is {', '.join(_SETTABLE)}; not {setting!r}"
            )
        if key == "memory_limit_in_mb" and not value.isdecimal():
            raise UsageError(f"--context {key}= is a whole number, not {value!r}")
        setattr(context, key, int(value) if key == "memory_limit_in_mb" else value)
    return context


def _check(label: str, event: JsonValue, file: str) -> None:
    """Hold an event against what it has to be.

    Raises:
        UsageError: It is something else.
    """
    if source_named(label) is None:
        raise UsageError(f"--source {label}: there is no such label; there are {', '.join(sorted(labels()))}")
    found = sniff(event).name
    if label != found and not (label == "eventbridge_schedule" and own_input_record(event)):
        raise UsageError(f"{called(file)} is a {found} event, and --source says {label}")


def _invoke(named: Named, event: JsonValue, context: LambdaContext, *, with_traceback: bool) -> int:
    """Call the handler and print its answer, or what it raises."""
    try:
        # Standard output is for the answer: what handlers print goes where Lambda's log would be.
        with redirect_stdout(sys.stderr):
            # As the trigger gets it: what has no JSON form fails here.
            answer = json.loads(dump(named.handler(event, context)))
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # SystemExit and a cancellation fail an invocation like anything else
        _tell("the invocation", error, with_traceback=with_traceback)
        return 1
    say_json(answer, indent=2)
    return 1 if _says_failure(sniff(event), answer) else 0


def _shut_down(app: App, *, with_traceback: bool) -> bool:
    """Close what the app has opened; whether that worked."""
    try:
        with redirect_stdout(sys.stderr):
            drive(app.shutdown(by_hand=True))
    except Exception as error:
        _tell("closing the app", error, with_traceback=with_traceback)
        return False
    return True


def _says_failure(source: Source, answer: JsonValue) -> bool:
    """Whether the answer tells the trigger of a failure."""
    if not isinstance(answer, dict):
        return False
    if source.http is not None or source.name == "apigw_websocket":
        return int(answer.get("statusCode", 200)) >= 400
    if source.name == "firehose":
        return any(record["result"] == "ProcessingFailed" for record in answer["records"])
    if source.name == "s3_batch":
        return any(result["resultCode"] != "Succeeded" for result in answer["results"])
    return source.identify is not None and bool(answer.get("batchItemFailures"))


def _tell(what: str, error: BaseException, *, with_traceback: bool) -> None:
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
