"""The command line: what an event is, where it goes, what comes of it, and which routes there are.

Answers go to standard output, everything else to standard error. Exit codes: 0, all is well; 1, an event failed or nobody takes
it; 2, the command could not be carried out as written.
"""

from __future__ import annotations

import argparse
import sys

from .._json import dump
from ..errors import EventRouterError
from ._app import load_app
from ._files import UsageError, printable, read_event
from ._nested import envelope_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..app import App
    from ..types import JsonValue

_EXAMPLES = """\
examples:
  eventrouter sniff events/*.json
  eventrouter explain main:app event.json
  eventrouter invoke main:app event.json --source sqs
  aws sqs receive-message ... | eventrouter sniff -
  eventrouter routes main:app
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command.

    Args:
        argv: The arguments after the program's name; default: those of the process.

    Returns:
        The exit code.
    """
    arguments = _parser().parse_args(argv)
    try:
        code: int = arguments.run(arguments)
        sys.stdout.flush()
    except UsageError as error:
        print(f"eventrouter: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        # Whoever read the output has seen enough; Python would complain again when it closes it.
        sys.stdout = None  # type: ignore[assignment]
        return 1
    except KeyboardInterrupt:
        return 130
    return code


def _parser() -> argparse.ArgumentParser:
    from .. import __version__

    parser = argparse.ArgumentParser(
        prog="eventrouter",
        description="One AWS Lambda function, every trigger: see what an event is and where it goes.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"eventrouter {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    sniff = commands.add_parser("sniff", help="say which source each event is from, one line of JSON per file")
    sniff.add_argument("files", nargs="+", metavar="FILE", help="a file with one event; - is standard input")
    sniff.set_defaults(run=_sniff)

    explain = commands.add_parser("explain", help="say what an event is, which routes were considered and why")
    _add_app(explain)
    _add_file(explain)
    explain.add_argument("--json", action="store_true", help="print it as JSON")
    explain.set_defaults(run=_explain)

    invoke = commands.add_parser(
        "invoke",
        help="send an event through the app and print the answer",
        description="Send an event through the app and print the answer. The exit code is 1 if the invocation raises, if an "
        "HTTP answer has a status of 400 or more, or if batchItemFailures names a record.",
    )
    _add_app(invoke)
    _add_file(invoke)
    invoke.add_argument("--source", metavar="LABEL", help="what the event has to be; anything else is an error")
    invoke.add_argument("--timeout", type=float, default=900.0, metavar="SECONDS", help="the time it has (default 900)")
    invoke.add_argument("--traceback", action="store_true", help="print the traceback of what the app raises")
    invoke.set_defaults(run=_invoke)

    routes = commands.add_parser("routes", help="list the routes of an app")
    _add_app(routes)
    routes.add_argument("--json", action="store_true", help="print them as JSON")
    routes.set_defaults(run=_routes)
    return parser


def _add_app(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("app", metavar="APP", help="where the app is: module:attribute or module.attribute")


def _add_file(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="a file with the event; - is standard input")


def _sniff(arguments: argparse.Namespace) -> int:
    from .._sniff import sniff

    code = 0
    for file in arguments.files:
        try:
            event = read_event(file)
        except UsageError as error:
            print(f"eventrouter: {error}", file=sys.stderr)
            code = 1
            continue
        source = sniff(event)
        print(dump({"file": file, "source": source.name, "envelope": envelope_of(event, source)}))
    return code


def _explain(arguments: argparse.Namespace) -> int:
    app = load_app(arguments.app)
    explanation = app.explain(read_event(arguments.file))
    print(dump(explanation.as_dict()) if arguments.json else printable(str(explanation)))
    return 0 if explanation.is_routed else 1


def _invoke(arguments: argparse.Namespace) -> int:
    from .._sniff import labels, sniff

    app = load_app(arguments.app)
    event = read_event(arguments.file)
    found = sniff(event).name
    if arguments.source is not None and arguments.source not in labels():
        raise UsageError(f"--source {arguments.source}: there is no such label; there are {', '.join(labels())}")
    if arguments.source is not None and found != arguments.source:
        raise UsageError(f"{arguments.file} is a {found} event, not {arguments.source}")
    try:
        answer = _run(app, event, arguments.timeout)
    except Exception as error:
        _tell(error, with_traceback=arguments.traceback)
        return 1
    print(dump(answer))
    return 1 if _has_failed(answer) else 0


def _run(app: App, event: JsonValue, timeout: float) -> JsonValue:
    import time
    import uuid

    from .._drive import drive
    from ..context import LambdaContext

    deadline_ms = int((time.time() + timeout) * 1000)
    context = LambdaContext(str(uuid.uuid4()), deadline_ms=deadline_ms, function_name="eventrouter-invoke")
    try:
        return app(event, context)
    finally:
        drive(app.shutdown(by_hand=True))


def _has_failed(answer: JsonValue) -> bool:
    if not isinstance(answer, dict):
        return False
    status = answer.get("statusCode")
    return bool(answer.get("batchItemFailures")) or (isinstance(status, int) and status >= 400)


def _tell(error: Exception, *, with_traceback: bool) -> None:
    """What the app raised: its class and text, and on request where."""
    if with_traceback:
        from .._trace import trace

        print(printable(trace(error)), file=sys.stderr)
        return
    from .._log import safe_text

    print(f"eventrouter: the invocation raised {type(error).__name__}: {printable(safe_text(error))}", file=sys.stderr)
    for note in getattr(error, "__notes__", ()):
        print(f"eventrouter: {printable(note)}", file=sys.stderr)
    if isinstance(error, ExceptionGroup):
        for each in error.exceptions:
            print(f"eventrouter:   {type(each).__name__}: {printable(safe_text(each))}", file=sys.stderr)
    if not isinstance(error, EventRouterError):
        print("eventrouter: --traceback says where", file=sys.stderr)


def _routes(arguments: argparse.Namespace) -> int:
    routes = load_app(arguments.app).routes()
    if arguments.json:
        print(dump([route.as_dict() for route in routes]))
        return 0
    rows = [(route.source, printable(route.wants), route.handler, route.location) for route in routes]
    widths = [max((len(row[column]) for row in rows), default=0) for column in range(3)]
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, [*widths, 0], strict=True)]
        print("  ".join(cells).rstrip())
    if not rows:
        print("eventrouter: the app has no routes", file=sys.stderr)
    return 0
