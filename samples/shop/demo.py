"""One event of every kind through the shop, as Lambda would send it: ``python -m samples.shop.demo``.

For each it prints what the event is and by which keys, who takes it, the answer, and what was logged. The exit code is 1 if
anything differs from what ``STEPS`` says.
"""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from textwrap import fill
from typing import Any

from eventrouter import LambdaContext

from .main import app

EVENTS = Path(__file__).parent / "events"
WIDTH = 80
INDENT = 11


@dataclass(frozen=True)
class Step:
    """An event, and what comes of it: the handler of each record, the answer, and what the shop logs."""

    title: str
    event: str
    source: str
    handlers: Sequence[str | None]
    answer: str
    log: Sequence[str] = ()


FAILED = '{"itemIdentifier": "4c5d1f1e-8a51-4b8e-9d55-00000000000%d"}'
STEPS = [
    Step(
        "A customer orders, through API Gateway (REST)",
        "01-create-order-apigw_rest.json",
        "apigw_rest",
        ["create_order"],
        '201 {"customer": "Ada", "total": 9.5, "id": 1, "status": "open"}',
    ),
    Step(
        "and reads the order, through a function URL",
        "02-read-order-function_url.json",
        "function_url",
        ["read_order"],
        '200 {"customer": "Ada", "total": 9.5, "id": 1, "status": "open"}',
    ),
    Step(
        "A list of no orders at all, through API Gateway (HTTP): ?limit=0",
        "03-list-orders-wrongly-apigw_http.json",
        "apigw_http",
        ["list_orders"],
        '422 {"detail": [{"type": "greater_than_equal", "loc": ["query", "limit"], "msg": "Input should be greater '
        'than or equal to 1"}], "code": "invalid_request"}',
    ),
    Step(
        "A page that does not exist, through a load balancer",
        "04-no-such-page-alb.json",
        "alb",
        [None],
        '404 {"detail": "Not Found", "code": "not_found"}',
    ),
    Step(
        "Three payments from a queue; two of them cannot be handled",
        "05-payments-sqs.json",
        "sqs",
        ["on_payment"] * 3,
        f'{{"batchItemFailures": [{FAILED % 2}, {FAILED % 3}]}}',
        ["order 1 is paid"],
    ),
    Step(
        "The carrier's event, from an event bus",
        "06-shipped-eventbridge.json",
        "eventbridge",
        ["on_shipped"],
        "null",
        ["order 1 is on its way with swift"],
    ),
    Step(
        "An alert from a topic",
        "07-alert-sns.json",
        "sns",
        ["on_alert"],
        "null",
        ["stock: mugs are running low"],
    ),
    Step(
        "The nightly schedule",
        "08-nightly-eventbridge_schedule.json",
        "eventbridge_schedule",
        ["nightly"],
        '{"closed": [1]}',
    ),
    Step(
        "An image in a bucket",
        "09-image-s3.json",
        "s3",
        ["on_image"],
        "null",
        ["new image: mugs/blue mug.png"],
    ),
    Step(
        "Three changes from a table's stream",
        "10-changes-dynamodb.json",
        "dynamodb",
        ["on_change"] * 3,
        '{"batchItemFailures": []}',
        ["order 1 came in", "order 1: open, then paid", "order 1 is gone"],
    ),
    Step(
        "A test of the carrier's, which nobody takes",
        "11-nobody-takes-this-eventbridge.json",
        "eventbridge",
        [None],
        "raises NoRouteError:",
    ),
]


class Lines(logging.Handler):
    """Keeps what is logged, except how long things took."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.name != "samples.shop.main":
            self.records.append(record)

    def by(self, logger: str) -> list[str]:
        return [record.getMessage() for record in self.records if record.name.startswith(logger)]


def send(event: Any) -> str:
    """The answer to *event*, or the error that Lambda is told of."""
    try:
        answer: Any = app(event, LambdaContext("demo", function_name="shop"))
    except Exception as error:
        return f"raises {type(error).__name__}: {error}"
    if isinstance(answer, dict) and "statusCode" in answer:
        return f"{answer['statusCode']} {json.dumps(json.loads(answer['body']))}"
    return json.dumps(answer)


def told(event: Any) -> Iterator[tuple[str, str]]:
    """What ``app.explain`` says of *event*, in short."""
    explanation = app.explain(event)
    yield "source", explanation.source
    yield "why", ", ".join(_key(path, value) for path, value in explanation.evidence)
    many = f"{explanation.count} records: " if explanation.count > 1 else ""
    for said in dict.fromkeys(_taker(record) for record in explanation.records):
        yield "route", many + said


def _taker(record: Any) -> str:
    """Who takes a record, or who nearly does."""
    if record.route:
        return f"{record.route}, which takes {record.route.wants}"
    return f"none; nearest: {record.nearest}" if record.nearest else f"none: {record.problem}"


def _key(path: str, value: object) -> str:
    """A key that decided what the event is, with its value if that counts; a long one in short."""
    text = str(value)
    longest = WIDTH - INDENT - 1
    short = text if len(text) <= longest else f"{text[: longest // 2 - 2]}...{text[2 - longest // 2 :]}"
    return path if value is None else f"{path} = {short}"


def show(label: str, text: str) -> None:
    print(
        fill(
            text.replace(f"{os.getcwd()}{os.sep}", ""),
            WIDTH,
            initial_indent=f"  {label:<{INDENT - 2}}",
            subsequent_indent=" " * INDENT,
            break_on_hyphens=False,
        )
    )


def take(number: int, step: Step) -> bool:
    """Send an event and show what came of it; returns whether that is what *step* says."""
    lines = Lines()
    logging.getLogger().handlers = [lines]
    event = json.loads((EVENTS / step.event).read_text())
    found = app.explain(event)
    answer = send(event)

    print(f"\n{number:>2}. {step.title}")
    for label, text in [*told(event), ("answer", answer)]:
        show(label, text)
    for record in lines.records:
        show("log", record.getMessage())

    return (
        found.source == step.source
        and [record.route and record.route.handler for record in found.records] == step.handlers
        and answer.startswith(step.answer)
        and lines.by("samples.shop") == list(step.log)
    )


def main() -> int:
    """Send every event; returns the exit code."""
    logging.getLogger().setLevel(logging.INFO)
    print(f"One Lambda function, samples/shop/main.py, gets {len(STEPS)} events.")
    results = {step.event: take(number, step) for number, step in enumerate(STEPS, 1)}
    wrong = [event for event, is_right in results.items() if not is_right]
    print(f"\n{len(results) - len(wrong)} of {len(results)} events came out as expected.")
    if wrong:
        print(f"Not as expected: {', '.join(wrong)}", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
