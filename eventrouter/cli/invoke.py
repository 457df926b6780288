"""``eventrouter invoke``: send an event through the app, as Lambda would."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

from .._sniff import labels, sniff, source_named
from ..context import LambdaContext
from ..sources.eventbridge_schedule import own_input_record
from ._app import Named, add_app, load
from ._calling import add_timeout, answer_of, new_context, shut_down, tell
from ._files import UsageError, called, read_event
from ._output import say_json

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
    add_timeout(parser)
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


def run(arguments: argparse.Namespace) -> int:
    settings = _settings(arguments.context)
    named = load(arguments.app)
    event = read_event(arguments.file)
    if arguments.source is not None:
        _check(arguments.source, event, arguments.file)
    code = 1
    try:
        context = new_context(arguments.timeout, settings)
        code = _invoke(named, event, context, with_traceback=arguments.traceback)
    finally:
        if not shut_down(named.app, with_traceback=arguments.traceback):
            code = 1
    return code


def _settings(given: Sequence[str]) -> dict[str, str | int]:
    """The attributes of Lambda's context that are set.

    Raises:
        UsageError: One that it does not have.
    """
    settings: dict[str, str | int] = {}
    for setting in given:
        key, equals, value = setting.partition("=")
        if key not in _SETTABLE or not equals:
            raise UsageError(
                f"--context takes KEY=VALUE after APP and FILE, where KEY is {', '.join(_SETTABLE)}; not {setting!r}"
            )
        if key == "memory_limit_in_mb" and not value.isdecimal():
            raise UsageError(f"--context {key}= is a whole number, not {value!r}")
        settings[key] = int(value) if key == "memory_limit_in_mb" else value
    return settings


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
    from ..testing._verdict import tells_failure

    try:
        answer = answer_of(named, event, context)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # SystemExit and a cancellation fail an invocation like anything else
        tell("the invocation", error, with_traceback=with_traceback)
        return 1
    say_json(answer, indent=2)
    return 1 if tells_failure(sniff(event), answer) else 0
