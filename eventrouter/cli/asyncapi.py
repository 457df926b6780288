"""``eventrouter asyncapi``: an AsyncAPI document of what an app listens to."""

from __future__ import annotations

import argparse
from typing import Any

from ..errors import RegistrationError
from ._app import add_app, load
from ._document import add_document, give
from ._files import UsageError
from ._output import complain

_MORE = """\
Prints an AsyncAPI 3.0 document as JSON: a channel for every queue, topic, bus, stream, ..., an operation for every route,
and the JSON Schemas of their payloads. Requests are not in it. Names that come from the environment become parameters.

examples:
  eventrouter asyncapi main:app
  eventrouter asyncapi main:app --title Shop --api-version 1.4.0 --output asyncapi.json
"""


def add(commands: Any) -> None:
    parser = commands.add_parser(
        "asyncapi",
        help="print an AsyncAPI document of what an app listens to",
        description="Print an AsyncAPI document of the queues, topics, buses and streams that an app listens to.",
        epilog=_MORE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_app(parser)
    add_document(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    app = load(arguments.app).app
    try:
        document = app.asyncapi(title=arguments.title or arguments.app, version=arguments.api_version)
    except RegistrationError as error:
        raise UsageError(str(error)) from None
    if not document["operations"]:
        complain(f"{arguments.app} has no routes but those of requests")
    give(document, arguments.output)
    return 0
