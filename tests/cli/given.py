"""What the tests of the command line share: a user's app, a folder in which commands are given, and events."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Any

import pytest

from eventrouter.cli import main

EVENTS = Path(__file__).parent.parent / "sources" / "events"

MAIN = """
from functools import wraps
from typing import Any

from eventrouter import App, HTTPException, Router

print("on import")

app = App(failures="report")
router = Router()
number = 7


@app.get("/orders/{order_id}")
def read_order(order_id: int) -> dict[str, int]:
    print("in the handler")
    if order_id == 0:
        raise HTTPException(404, "no such order")
    return {"id": order_id}


@app.sqs("orders")
def on_order(text: str) -> None:
    if text != "good":
        raise ValueError("bad total")


@app.s3("photos", via="sqs:images")
def on_photo() -> None: ...


@app.pipe_enrichment("kinesis:clicks")
def on_click(text: str) -> str:
    return text


@app.eventbridge(source="shop")
def on_shop() -> None: ...


def logged(function: Any) -> Any:
    @wraps(function, updated=())
    def wrapper(event: Any, context: Any) -> Any:
        print("in the wrapper")
        return function(event, context)

    return wrapper


handler = logged(logged(app))


class shop:
    app = app
"""


class Project:
    """A folder, and what commands print that are given there."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self.out = self.err = ""
        self._capsys = capsys

    def write(self, name: str, content: str | bytes | dict[str, Any] | list[Any]) -> str:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, dict | list):
            content = json.dumps(content)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        importlib.invalidate_caches()
        return name

    def run(self, *arguments: str) -> int:
        """Give a command; its exit code."""
        self._capsys.readouterr()
        code = main(arguments)
        self.out, self.err = self._capsys.readouterr()
        return code

    @property
    def answer(self) -> Any:
        """What the command has printed, as JSON."""
        return json.loads(self.out)


def sample(name: str) -> str:
    """The path of a sample event."""
    return str(EVENTS / f"{name}.json")


def message(body: str, queue: str = "orders") -> dict[str, Any]:
    return {
        "messageId": f"id-of-{body[:8]}",
        "body": body,
        "attributes": {},
        "messageAttributes": {},
        "eventSource": "aws:sqs",
        "eventSourceARN": f"arn:aws:sqs:eu-west-1:123456789012:{queue}",
    }


def request(path: str, method: str = "GET") -> dict[str, Any]:
    return {
        "version": "2.0",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {},
        "requestContext": {"http": {"method": method, "path": path}, "domainName": "x.lambda-url.eu-west-1.on.aws"},
        "isBase64Encoded": False,
    }
