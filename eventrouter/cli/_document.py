"""Documents that are made from an app: what they are called, and where they go."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from ._files import UsageError
from ._output import say_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..types import JsonObject


def add_document(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--title", help="the name of the application; default: APP")
    parser.add_argument("--api-version", default="0.1.0", metavar="VERSION", help="its version; default: 0.1.0")
    parser.add_argument("-o", "--output", metavar="FILE", help="write the document to FILE instead of standard output")


def give(document: JsonObject, output: str | None) -> None:
    """Print a document, or write it to a file.

    Raises:
        UsageError: The file cannot be written.
    """
    if output is None:
        say_json(document, indent=2)
        return
    try:
        Path(output).write_text(f"{json.dumps(document, indent=2)}\n", encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{output} cannot be written: {error.strerror}") from None
