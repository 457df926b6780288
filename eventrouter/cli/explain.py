"""``eventrouter explain``: what an event is, which routes were considered, and why each refused it."""

from __future__ import annotations

import argparse
import sys
from contextlib import redirect_stdout
from typing import Any

from ._app import add_app, load
from ._files import read_event
from ._output import say, say_json

_MORE = """\
Says by which keys the event is known, what each record offers to routes, the route that takes it, the first condition
that every other route fails, and what becomes of a failure. Handlers are not called; conditions that are functions
(where=) are. Payloads, headers and tokens are not shown.

The exit code is 0 if every record has a route, 1 if one has none.

examples:
  eventrouter explain main:app event.json
  eventrouter explain main:app event.json --json
  cat event.json | eventrouter explain main:app -
"""


def add(commands: Any) -> None:
    parser = commands.add_parser(
        "explain",
        help="say what an event is, which route takes it, and why the others do not",
        description="Say what an event is, which route of the app takes it, and why the others do not.",
        epilog=_MORE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_app(parser)
    parser.add_argument("file", metavar="FILE", help="a file that holds the event; - is standard input")
    parser.add_argument("--json", action="store_true", help="print it as data")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    named = load(arguments.app)
    event = read_event(arguments.file)
    # Standard output is for the answer; conditions that are functions may print.
    with redirect_stdout(sys.stderr):
        explanation = named.app.explain(event)
    if arguments.json:
        say_json(explanation.as_dict(), indent=2)
    else:
        say(str(explanation))
    return 0 if explanation.is_routed else 1
