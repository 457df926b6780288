"""One event of every kind through the shop's process, as Lambda would send it: ``python -m samples.shop.demo``.

For each it prints what the event is and by which keys, who takes it, the answer, and what was logged. The exit code is 1 if
anything differs from what ``STEPS`` says.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from textwrap import fill
from typing import Any

import anyio

from eventrouter import sniff
from eventrouter.emulator import Chunk, Emulator

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
    arrives_in_pieces: bool = False


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
        "and exports all of them, which stream while they are read",
        "02-stream-orders-url.json",
        "function_url",
        ["export_orders"],
        "200 'id,customer,total,status\\n",
        arrives_in_pieces=True,
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


class Shop:
    """The shop's function: its process, started and invoked as Lambda would."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, str]] = []
        self._text = ""
        self._has_ended = anyio.Event()
        self.emulator = Emulator(
            [sys.executable, "-m", "eventrouter", "run", "samples.shop.main:app"],
            handler="samples.shop.main.app",
            # Settings of eventrouter's come from the shell, as they would from a template; nothing else of it does.
            env={
                "AWS_LAMBDA_LOG_FORMAT": "JSON",
                "AWS_LAMBDA_LOG_LEVEL": "INFO",
                **{name: value for name, value in os.environ.items() if name.startswith("EVENTROUTER_")},
            },
            function_name="shop",
            log=self._read,
        )

    def _read(self, text: str) -> None:
        """Keep what is logged: by whom, and the first line of it."""
        *lines, self._text = (self._text + text).split("\n")
        for line in lines:
            try:
                said = json.loads(line)
            except ValueError:
                said = {"logger": "output", "message": line}
            if said["logger"] == "samples.shop.main":  # how long it took, which it says at the end of each
                self._has_ended.set()
            else:
                self.lines.append((said["logger"], said["message"].partition(":   File ")[0]))

    async def send(self, event: Any) -> tuple[str, list[Chunk]]:
        """The answer to *event*, or the error that Lambda is told of; and its chunks, as they arrived."""
        self.lines, self._has_ended = [], anyio.Event()
        streams = sniff(event).name == "function_url"
        invoked = await self.emulator.invoke(event, mode="streaming" if streams else "buffered")
        await self._has_ended.wait()
        if invoked.error is not None:
            return f"raises {invoked.error['errorType']}: {invoked.error['errorMessage']}", []
        if not is_http(event):
            return json.dumps(invoked.json()), []
        try:
            body = json.dumps(invoked.json())
        except ValueError:
            body = repr(invoked.text)
        return f"{invoked.status} {body}", list(invoked.chunks)


def is_http(event: Any) -> bool:
    return sniff(event).http is not None


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


async def take(shop: Shop, number: int, step: Step) -> bool:
    """Send an event and show what came of it; returns whether that is what *step* says."""
    event = json.loads((EVENTS / step.event).read_text())
    found = app.explain(event)
    answer, chunks = await shop.send(event)

    print(f"\n{number:>2}. {step.title}")
    for label, text in [*told(event), ("answer", answer)]:
        show(label, text)
    if step.arrives_in_pieces:
        for chunk in chunks:
            show("chunk", f"after {chunk.at * 1000:5.1f} ms: {chunk.data.decode()!r}")
    for _, message in shop.lines:
        show("log", message)

    return (
        found.source == step.source
        and [record.route and record.route.handler for record in found.records] == step.handlers
        and answer.startswith(step.answer)
        and [message for logger, message in shop.lines if logger.startswith("samples.shop")] == list(step.log)
        and (not step.arrives_in_pieces or (len(chunks) > 1 and chunks[-1].at - chunks[0].at > 0.05))
    )


async def take_all() -> int:
    shop = Shop()
    async with shop.emulator:
        results = {step.event: await take(shop, number, step) for number, step in enumerate(STEPS, 1)}
    wrong = [event for event, is_right in results.items() if not is_right]
    print(f"\n{len(results) - len(wrong)} of {len(results)} events came out as expected.")
    if wrong:
        print(f"Not as expected: {', '.join(wrong)}", file=sys.stderr)
    return 1 if wrong else 0


def main() -> int:
    """Send every event; returns the exit code."""
    print(
        f"One Lambda function, samples/shop/main.py, in a process of its own under\n`python -m eventrouter run`, gets "
        f"{len(STEPS)} events."
    )
    return anyio.run(take_all)


if __name__ == "__main__":
    sys.exit(main())
