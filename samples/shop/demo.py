"""One event of every kind through the shop, the way Lambda would send it: ``python -m samples.shop.demo``.

Prints for each what it is, who takes it, why, and the answer. The exit code is 1 if one does not come out as expected.
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from textwrap import fill
from typing import Any, NamedTuple

from eventrouter import LambdaContext

from .main import app

EVENTS = Path(__file__).parent / "events"
WIDTH = 80


class Expected(NamedTuple):
    """What the demo promises of an event: its source, the handlers that take it, and a piece of the answer."""

    source: str
    handlers: Sequence[str]
    answer: str


EXPECTED = {
    "01-create-order-apigw_rest.json": Expected("apigw_rest", ["create_order"], '"statusCode": 201'),
    "02-read-order-function_url.json": Expected("function_url", ["read_order"], "Ada"),
    "03-list-orders-wrongly-apigw_http.json": Expected("apigw_http", ["list_orders"], '"statusCode": 422'),
    "04-no-such-page-alb.json": Expected("alb", [], '"statusCode": 404'),
    "05-payments-sqs.json": Expected("sqs", ["on_payment"], '"itemIdentifier"'),
    "06-shipped-eventbridge.json": Expected("eventbridge", ["on_shipped"], "null"),
    "07-alert-sns.json": Expected("sns", ["on_alert"], "null"),
    "08-nightly-eventbridge_schedule.json": Expected("eventbridge_schedule", ["nightly"], "1 orders closed"),
    "09-image-s3.json": Expected("s3", ["on_image"], "null"),
    "10-changes-dynamodb.json": Expected("dynamodb", ["on_change"], '{"batchItemFailures": []}'),
    "11-nobody-takes-this-kinesis.json": Expected("kinesis", [], '"itemIdentifier"'),
}


def send(event: Any) -> str:
    """The answer to an event as JSON text, or the error that Lambda would see."""
    try:
        return json.dumps(app(event, LambdaContext("demo", function_name="shop")), ensure_ascii=False)
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def told(event: Any) -> Iterator[tuple[str, str]]:
    """What ``app.explain`` says of an event, in short."""
    explanation = app.explain(event)
    yield "source", explanation.source
    yield "why", ", ".join(f"{path} = {value}" for path, value in explanation.evidence)
    for record in explanation.records:
        offers = ", ".join(f"{key} {value}" for key, value in record.keys.items())
        if record.route is None:
            yield "route", f"none for {offers}: {record.problem}"
        else:
            yield "route", f"{record.route.handler} takes {record.route.wants}"


def main() -> int:
    """Send every event; returns the exit code."""
    logging.disable(logging.CRITICAL)  # what fails here fails on purpose
    wrong = []
    for name, expected in EXPECTED.items():
        event = json.loads((EVENTS / name).read_text())
        lines = list(dict.fromkeys(told(event)))
        explanation = app.explain(event)
        answer = send(event)
        print(f"\n{name.removesuffix('.json')}")
        for label, text in [*lines, ("answer", answer)]:
            print(fill(text, WIDTH, initial_indent=f"  {label:<8}", subsequent_indent=" " * 10))
        handlers = list(dict.fromkeys(record.route.handler for record in explanation.records if record.route))
        if (
            explanation.source != expected.source
            or handlers != list(expected.handlers)
            or expected.answer not in answer
        ):
            wrong.append(name)
    print(f"\n{len(EXPECTED) - len(wrong)} of {len(EXPECTED)} events came out as expected.")
    for name in wrong:
        print(f"not as expected: {name}", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
