"""``eventrouter routes``: every route of an app."""

from __future__ import annotations

import argparse
from typing import Any

from .._explanation import RouteInfo, nearby
from ._app import add_app, load
from ._output import complain, say, say_json

_MORE = """\
Prints a table: the source, what the route takes, its handler, and where that stands. Requests come first, then
records in the order of registration. "eventbridge +2" listens to two more sources, which --json names. Names that come
from the environment are shown as they are written: ${ORDERS_QUEUE}.

examples:
  eventrouter routes main:app
  eventrouter routes main:app --json
"""

#: A wider cell runs over, so that one long one does not push all others out of sight.
_MAX_WIDTH = 60


def add(commands: Any) -> None:
    parser = commands.add_parser(
        "routes",
        help="list the routes of an app",
        description="List the routes of an app.",
        epilog=_MORE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_app(parser)
    parser.add_argument("--json", action="store_true", help="print them as data")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    routes = load(arguments.app).app.routes()
    if arguments.json:
        say_json([route.as_dict() for route in routes], indent=2)
        return 0
    rows = [_cells(route) for route in routes]
    widths = [min(_MAX_WIDTH, max((len(row[column]) for row in rows), default=0)) for column in range(3)]
    for row in rows:
        padded = [cell.ljust(width) for cell, width in zip(row, [*widths, 0], strict=True)]
        say("  ".join(padded))
    if not rows:
        complain(f"{arguments.app} has no routes")
    return 0


def _cells(route: RouteInfo) -> tuple[str, str, str, str]:
    source = route.source
    if len(route.sources) > 1:
        source += f" +{len(route.sources) - 1}"
    if route.via:
        source += f" via {route.via}"
    if route.is_enrichment:
        source += " (enrichment)"
    return source, route.wants, route.handler, nearby(route.location)
