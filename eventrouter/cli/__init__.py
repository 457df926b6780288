"""The command line: what an event is, where it goes, what comes of it, and which routes there are.

Answers go to standard output, everything else to standard error. Exit codes: 0, all is well; 1, an event failed or nobody
takes it; 2, the command cannot be carried out as written.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from .. import __version__
from . import asyncapi, explain, fixture, invoke, openapi, replay, routes, run, sniff
from ._files import UsageError
from ._output import complain

_EXAMPLES = """\
examples:
  eventrouter sniff events/*.json
  eventrouter explain main:app event.json
  eventrouter invoke main:app event.json --source sqs
  eventrouter replay main:app recorded/
  eventrouter fixture event.json main:app > tests/test_event.py
  eventrouter routes main:app
  eventrouter openapi main:app > openapi.json
  eventrouter asyncapi main:app > asyncapi.json
  eventrouter run main:app

`eventrouter COMMAND --help` says more. Exit codes: 0, all is well; 1, an event failed or nobody takes it; 2, the command
cannot be carried out as written.
"""

#: What shells call a process that a signal ended: 128 and the signal's number.
_INTERRUPTED, _BROKEN_PIPE = 128 + 2, 128 + 13


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command.

    Args:
        argv: The arguments after the program's name; default: those of the process.

    Returns:
        The exit code.
    """
    try:
        arguments = _parser().parse_args(argv)
    except SystemExit as error:  # argparse has said what there is to say
        return int(error.code or 0)
    try:
        code = _run(arguments)
        sys.stdout.flush()
    except UsageError as error:
        complain(str(error))
        return 2
    except BrokenPipeError:
        # Whoever read the output has seen enough. Python flushes once more at its end, and would complain then.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
        return _BROKEN_PIPE
    except KeyboardInterrupt:
        return _INTERRUPTED
    return code


def _run(arguments: argparse.Namespace) -> int:
    try:
        here = os.getcwd()
    except FileNotFoundError:
        raise UsageError("the current directory does not exist any more") from None
    before = list(sys.path)
    # As for the interpreter's own -m: an app is imported from where the command is given.
    sys.path.insert(0, here)
    try:
        code: int = arguments.run(arguments)
        return code
    finally:
        sys.path[:] = before


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="eventrouter",
        description="One AWS Lambda function, every trigger: see what an event is, where it goes and what comes of it.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"eventrouter {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for command in (sniff, explain, invoke, replay, fixture, routes, openapi, asyncapi, run):
        command.add(commands)
    return parser
