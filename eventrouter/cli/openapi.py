"""``eventrouter openapi``: the OpenAPI document of an app's HTTP routes."""

from __future__ import annotations

import argparse
import warnings
from typing import Any

from ..errors import RegistrationError
from ._app import add_app, load
from ._document import add_document, give
from ._files import UsageError
from ._output import complain

_MORE = """\
Prints an OpenAPI 3.1 document of the HTTP routes as JSON. No handler is called.

examples:
  eventrouter openapi main:app
  eventrouter openapi main:app --title Orders --api-version 2.1.0 --server https://api.example.com --output openapi.json
"""


def add(commands: Any) -> None:
    parser = commands.add_parser(
        "openapi",
        help="print an OpenAPI document of an app's HTTP routes",
        description="Print an OpenAPI document of an app's HTTP routes.",
        epilog=_MORE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_app(parser)
    add_document(parser)
    parser.add_argument(
        "--server", action="append", default=[], metavar="URL", help="where it is served; may be repeated"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    app = load(arguments.app).app
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            document = app.openapi(
                title=arguments.title or arguments.app, version=arguments.api_version, servers=arguments.server
            )
        except RegistrationError as error:
            raise UsageError(str(error)) from None
    for warning in caught:
        complain(str(warning.message))
    give(document, arguments.output)
    return 0
