"""``eventrouter fixture``: a file with an event, as a pytest test."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

from .._json import dump_bytes
from .._sniff import sniff
from ..errors import PayloadError
from ._app import load
from ._calling import tell, without_route
from ._files import UsageError, called, read_event
from ._output import complain, say

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..app import App
    from ..types import JsonValue

_MORE = """\
Prints the source code of a test that passes now: save it below tests/, and it tells when that changes. The event is in it.
Without APP it holds what the event is. With APP the event is sent through the app, as `eventrouter.testing.TestClient` does
it, and the test holds what came of it: routes, the class of what was raised, failed records, the status of an HTTP answer.
Whatever the handlers do, they do.

Values that the Recorder has redacted are redacted in the test; of a file of any other make, everything is in it.

examples:
  eventrouter fixture recorded/sqs-orders-1f2e3d4c5b6a.json > tests/test_order_event.py
  eventrouter fixture event.json main:app > tests/test_order.py && python -m pytest tests/test_order.py
"""

_NAME_LENGTH = 50
#: How long a list on one line is.
_LINE_LENGTH = 40
#: How deeply an event may be nested; Python's parser does not go on for ever.
_MAX_DEPTH = 50


def add(commands: Any) -> None:
    parser = commands.add_parser(
        "fixture",
        help="print a pytest test for the event in a file",
        description="Print the source code of a pytest test for the event in a file.",
        epilog=_MORE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("file", metavar="FILE", help="a file that holds the event; - is standard input")
    parser.add_argument(
        "app", metavar="APP", nargs="?", help="send the event to this app: module:attribute, as in main:app"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    event = read_event(arguments.file)
    if arguments.app is None:
        say("\n".join(_of_event(event, arguments.file)))
        return 0
    app, statement, spelled = _import_of(arguments.app)
    problem, explanation = without_route(app, event)
    if problem:
        complain(f"{called(arguments.file)}: {problem}\n{explanation}")
        return 1
    try:
        facts = _facts(app, event)
    except Exception as error:  # what opens or closes the app; whatever an event comes to is a fact
        tell("the app", error, with_traceback=False)
        return 1
    say(f'"""What {arguments.app} makes of the event in {_shown(arguments.file)}."""\n')
    say("\n".join([*_HEAD, *_of_answer(event, arguments.file, statement, spelled, facts)]))
    return 0


#: What every test begins with.
_HEAD = ("from __future__ import annotations", "", "from typing import Any", "")


def _name(file: str) -> str:
    """The end of a test's name."""
    stem = "event" if file == "-" else Path(file).stem.lower()
    words = "".join(each if each.isascii() and each.isalnum() else " " for each in stem).split()
    return "_".join(words)[:_NAME_LENGTH].rstrip("_") or "event"


# ------------------------------------------------------------------------------------------------------------ what it is


def _of_event(event: JsonValue, file: str) -> Iterator[str]:
    from .._parse import parse

    try:
        model = type(parse(event)).__name__
    except PayloadError:
        model = ""
    yield f'"""What the event in {_shown(file)} is."""'
    yield ""
    yield from _HEAD
    if not model:
        yield "import pytest"
        yield ""
    yield f"from eventrouter import {'parse, sniff' if model else 'PayloadError, parse, sniff'}"
    yield ""
    yield f"EVENT: Any = {_literal(event)}"
    yield ""
    yield ""
    yield f"def test_{_name(file)}_is_recognised() -> None:"
    yield f"    assert sniff(EVENT).name == {_text(sniff(event).name)}"
    yield ""
    yield ""
    if model:
        yield f"def test_{_name(file)}_has_its_shape() -> None:"
        yield f"    assert type(parse(EVENT)).__name__ == {_text(model)}"
    else:
        yield f"def test_{_name(file)}_has_not_its_shape() -> None:"
        yield "    with pytest.raises(PayloadError):"
        yield "        parse(EVENT)"


# ------------------------------------------------------------------------------------------------------ what comes of it


def _of_answer(event: JsonValue, file: str, statement: str, app: str, facts: Sequence[str]) -> Iterator[str]:
    yield "from eventrouter.testing import TestClient"
    yield ""
    yield statement
    yield ""
    # A text would be the name of a file.
    yield f"EVENT: Any = {dump_bytes(event)!r}" if isinstance(event, str) else f"EVENT: Any = {_literal(event)}"
    yield ""
    yield ""
    yield f"def test_{_name(file)}() -> None:"
    yield f"    with TestClient({app}, raise_exceptions=False) as client:"
    yield "        result = client.send(EVENT)"
    yield ""
    yield from (f"        assert {fact}" for fact in facts)


def _import_of(name: str) -> tuple[App, str, str]:
    """The app, the statement that imports it, and its name after that.

    Raises:
        UsageError: There is none, or it is not the app itself.
    """
    named = load(name)
    if named.handler is not named.app:
        raise UsageError(f"{name} is what decorators have put around an app: name the App itself")
    path, colon, attributes = name.removeprefix("./").replace("/", ".").partition(":")
    if not colon:
        # As load() reads it: the longest part that is a module.
        steps = path.split(".")
        end = next(end for end in range(len(steps) - 1, 0, -1) if ".".join(steps[:end]) in sys.modules)
        path, attributes = ".".join(steps[:end]), ".".join(steps[end:])
    first = attributes.partition(".")[0]
    return named.app, f"from {path} import {first}", attributes


def _facts(app: App, event: JsonValue) -> list[str]:
    """What is true of the app's answer, as expressions of ``result``."""
    from ..testing import BatchResult, HttpResult, TestClient

    # Standard output is for the test.
    with redirect_stdout(sys.stderr), TestClient(app, raise_exceptions=False) as client:
        result = client.send(dump_bytes(event))
        facts = [f"result.source == {_text(result.source)}"]
        match result:
            case BatchResult():
                succeeded = [_text(each.route) for each in result.succeeded]
                failed = [f"({_text(each.route)}, {_text(each.error_type)})" for each in result.failed]
                facts += [
                    f"[record.route for record in result.succeeded] == {_list(succeeded)}",
                    f"[(record.route, record.error_type) for record in result.failed] == {_list(failed)}",
                ]
                if result.exception is None:
                    facts.append(f"result.response == {_literal(result.response, 2)}")
            case HttpResult():
                facts += [_route(result.route), f"result.status_code == {result.status_code}"]
            case _:
                facts.append(_route(result.route))
                told = [_text(each["Status"]) for each in result.callbacks]
                if told:
                    facts.append(f'[each["Status"] for each in result.callbacks] == {_list(told)}')
        return [*facts, f"result.error_type == {_text(result.error_type)}"]


def _route(name: str | None) -> str:
    # A health check, a test event of S3's: handled, and by no handler of the user's.
    return "result.route is None" if name is None else f"result.route == {_text(name)}"


def _list(items: Sequence[str]) -> str:
    """A list, on several lines where it is long."""
    line = f"[{', '.join(items)}]"
    if len(line) <= _LINE_LENGTH:
        return line
    margin = " " * 8
    return "[\n" + "".join(f"{margin}    {item},\n" for item in items) + f"{margin}]"


# ------------------------------------------------------------------------------------------------------------- literals


def _shown(file: str) -> str:
    """A file's name inside a docstring."""
    return "standard input" if file == "-" else _text(Path(file).name.replace('"', "'"))[1:-1]


def _literal(value: JsonValue, depth: int = 0) -> str:
    """A JSON value as Python's own formatters write it.

    Raises:
        UsageError: It is nested too deeply for Python's parser.
    """
    if depth > _MAX_DEPTH:
        raise UsageError(f"the event is nested more than {_MAX_DEPTH} deep, which is too deep for a test")
    margin = "    " * (depth + 1)
    match value:
        case str():
            return _text(value)
        case dict() if value:
            lines = [f"{margin}{_text(key)}: {_literal(item, depth + 1)},\n" for key, item in value.items()]
            return "{\n" + "".join(lines) + margin[4:] + "}"
        case list() if value:
            lines = [f"{margin}{_literal(item, depth + 1)},\n" for item in value]
            return "[\n" + "".join(lines) + margin[4:] + "]"
    return repr(value)


def _text(text: str | None) -> str:
    """A text, or None, as Python's formatters write it: on one line, in double quotes unless it is full of them."""
    if text is None:
        return "None"
    mark = "'" if '"' in text and "'" not in text else '"'
    escaped = "".join(
        f"\\{each}" if each in ("\\", mark) else each if each.isprintable() else each.encode("unicode_escape").decode()
        for each in text
    )
    return f"{mark}{escaped}{mark}"
