"""``eventrouter sniff``: which source each event is from, and what its records carry."""

from __future__ import annotations

import argparse
from typing import Any

from .._sniff import sniff
from ._files import UnreadableError, read_event
from ._nested import envelope_of
from ._output import say_json

_MORE = """\
Prints one line of JSON per file, in their order: {"file", "source", "envelope"}. The source is a label such as sqs;
"direct" is any JSON that no AWS source claims, "unknown" an AWS batch of no source that has a label. The envelope is
the AWS message that the records' bodies nest (sns, s3, eventbridge, ...), or null. A file that cannot be read gets
{"file", "error"}, and the exit code is 1 at the end.

examples:
  eventrouter sniff event.json
  eventrouter sniff events/*.json
  cat event.json | eventrouter sniff -
"""


def add(commands: Any) -> None:
    parser = commands.add_parser(
        "sniff",
        help="say which source each event is from, one line of JSON per file",
        description="Say which source each event is from.",
        epilog=_MORE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("files", nargs="+", metavar="FILE", help="a file that holds one event; - is standard input")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    code = 0
    for file in arguments.files:
        try:
            event = read_event(file)
        except UnreadableError as error:
            say_json({"file": file, "error": error.why})
            code = 1
        else:
            source = sniff(event)
            say_json({"file": file, "source": source.name, "envelope": envelope_of(event, source)})
    return code
