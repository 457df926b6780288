"""``eventrouter replay``: send events from files through the app, one after the other, and say what comes of each."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator, Sequence
from glob import glob, has_magic
from pathlib import Path
from time import perf_counter
from typing import Any

from .._explanation import Explanation, RecordExplanation
from .._sniff import sniff
from ..source import Source
from ._app import Named, add_app, load, user_trace
from ._calling import add_timeout, answer_of, new_context, shut_down, without_route
from ._files import UnreadableError, UsageError, read_event
from ._output import complain, say

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..types import JsonValue

_MORE = """\
Each file holds one event, as the Recorder writes them; a folder stands for the .json files in it and below it. Prints one
line per file: what the event is, the handlers it goes to, what came of it, and how long that took. No payload and no
answer is shown, and of an error only its class.

Whatever the handlers do, they do: they write to the tables and call the services that they name. At the end the app is
shut down.

The exit code is 1 if an event failed (as for `eventrouter invoke`), if a file holds no event, or if the app has no route
for an event: it is not sent, and standard error has what `eventrouter explain` says of it.

examples:
  eventrouter replay main:app recorded/
  eventrouter replay main:app recorded/sqs-*.json --fail-fast
  eventrouter replay main:app event.json --traceback
"""

#: How many handlers are named in a line.
_NAMES = 3


def add(commands: Any) -> None:
    parser = commands.add_parser(
        "replay",
        help="send events from files through the app, one line for each",
        description="Send events from files through the app, one line for each.",
        epilog=_MORE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_app(parser)
    parser.add_argument("files", nargs="+", metavar="FILE", help="a file with an event, a folder, or a glob in quotes")
    parser.add_argument("--fail-fast", action="store_true", help="stop at the first file that does not succeed")
    add_timeout(parser)
    parser.add_argument("--traceback", action="store_true", help="print where in your code an invocation raised")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    named = load(arguments.app)
    files = list(dict.fromkeys(file for given in arguments.files for file in _files(given)))
    outcomes: list[str] = []
    is_closed = False
    try:
        for file in files:
            outcomes.append(_replay(named, file, arguments.timeout, with_traceback=arguments.traceback))
            if arguments.fail_fast and outcomes[-1] != _OK:
                break
    finally:
        is_closed = shut_down(named.app, with_traceback=arguments.traceback)
    _say_summary(outcomes, len(files))
    return 0 if is_closed and all(outcome == _OK for outcome in outcomes) else 1


def _files(given: str) -> Sequence[str]:
    """The files that an argument stands for.

    Raises:
        UsageError: It stands for none.
    """
    path = Path(given)
    if path.is_dir():
        found = sorted(str(file) for file in path.rglob("*.json") if file.is_file())
        if not found:
            raise UsageError(f"{given}: there is no .json file in this folder")
        return found
    if has_magic(given) and not path.exists():
        found = sorted(file for file in glob(given, recursive=True) if Path(file).is_file())
        if not found:
            raise UsageError(f"{given}: no file has such a name")
        return found
    return [given]


#: What becomes of a file, as the summary counts them.
_OK, _FAILED, _NO_ROUTE, _UNREADABLE = "ok", "failed", "without a route", "unreadable"


def _replay(named: Named, file: str, timeout: float, *, with_traceback: bool) -> str:
    """Send the event of a file through the app, if it has a route, and print a line."""
    try:
        event = read_event(file)
    except UnreadableError as error:
        say(f"{file}: {_UNREADABLE}")
        complain(str(error))
        return _UNREADABLE
    problem, explanation = without_route(named.app, event)
    if problem:
        say(f"{file}: {explanation.source}: {_NO_ROUTE}")
        complain(f"{file}: {problem}\n{explanation}")
        return _NO_ROUTE
    began = perf_counter()
    outcome = _sent(named, event, timeout, with_traceback=with_traceback)
    seconds = perf_counter() - began
    say(f"{file}: {explanation.source} -> {_handlers(explanation)}: {outcome}, {seconds * 1000:.0f} ms")
    return _FAILED if outcome.startswith(_FAILED) else _OK


def _sent(named: Named, event: JsonValue, timeout: float, *, with_traceback: bool) -> str:
    """What came of an event, in a word or two."""
    from ..testing._verdict import tells_failure

    try:
        answer = answer_of(named, event, new_context(timeout))
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # SystemExit and a cancellation fail an invocation like anything else
        if with_traceback:
            complain(f"the invocation raised\n{user_trace(error)}")
        return f"{_FAILED}, {type(error).__name__}"
    source = sniff(event)
    words = [_FAILED if tells_failure(source, answer) else _OK, *_details(source, answer)]
    return ", ".join(words)


def _details(source: Source, answer: JsonValue) -> Iterator[str]:
    if not isinstance(answer, dict):
        return
    if source.http is not None or source.name == "apigw_websocket":
        yield str(answer.get("statusCode", 200))
    elif source.identify is not None and answer.get("batchItemFailures"):
        yield f"{len(answer['batchItemFailures'])} named in batchItemFailures"


def _handlers(explanation: Explanation) -> str:
    names = list(dict.fromkeys(name for record in explanation.records for name in _names(record)))
    more = f" and {len(names) - _NAMES} more" if len(names) > _NAMES else ""
    return ", ".join(names[:_NAMES]) + more if names else "nobody"


def _names(record: RecordExplanation) -> Iterator[str]:
    if record.inside is not None:
        for inner in record.inside.records:
            yield from _names(inner)
    elif record.route is not None:
        yield record.route.handler


def _say_summary(outcomes: Sequence[str], count: int) -> None:
    counted = Counter(outcomes)
    words = [f"{counted[kind]} {kind}" for kind in (_OK, _FAILED, _NO_ROUTE, _UNREADABLE) if counted[kind]]
    if len(outcomes) < count:
        words.append(f"{count - len(outcomes)} not sent")
    say(f"{count} file{'' if count == 1 else 's'}: {', '.join(words)}")
