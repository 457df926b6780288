"""What importing an app costs: each in an interpreter of its own, compiled, in rounds.

The interpreter measures itself, from before the import to after it, in processor time: its own start and end do not count.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from .measure import Spread

MODELS = """
from pydantic import BaseModel

class Order(BaseModel):
    id: int
    total: float
    customer: str
    lines: list[str]

class Placed(BaseModel):
    order_id: int
    at: float
"""

#: The modules that are imported, by what the table calls them.
MODULES = {
    "bare": "",
    "package": "import eventrouter",
    "app": "from eventrouter import App",
    "models": MODELS,
    "four triggers": MODELS
    + '''
from eventrouter import App

app = App(failures="report")

@app.get("/orders/{order_id}")
def read_order(order_id: int) -> Order:
    return Order(id=order_id, total=9.5, customer="c-1024", lines=[])

@app.sqs("orders")
def on_order(order: Order) -> None: ...

@app.eventbridge(source="shop.orders", detail_type="OrderPlaced")
def placed(detail: Placed) -> None: ...

@app.schedule("nightly")
def nightly() -> None: ...
''',
    "powertools": MODELS
    + '''
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.parser import event_parser
from aws_lambda_powertools.utilities.parser.models import EventBridgeModel, SqsRecordModel
from pydantic import Json

resolver = APIGatewayHttpResolver(enable_validation=True)

@resolver.get("/orders/<order_id>")
def read_order(order_id: int) -> Order:
    return Order(id=order_id, total=9.5, customer="c-1024", lines=[])

class OrderRecord(SqsRecordModel):
    body: Json[Order]

processor = BatchProcessor(event_type=EventType.SQS, model=OrderRecord)

def on_order(record: OrderRecord) -> None: ...

class PlacedEvent(EventBridgeModel):
    detail: Placed

@event_parser(model=PlacedEvent)
def placed(event, context): ...

@event_parser(model=EventBridgeModel)
def nightly(event, context): ...
''',
    "fastapi": MODELS
    + '''
from fastapi import FastAPI
from mangum import Mangum

app = FastAPI()

@app.get("/orders/{order_id}")
async def read_order(order_id: int) -> Order:
    return Order(id=order_id, total=9.5, customer="c-1024", lines=[])

handler = Mangum(app, lifespan="off")
''',
    "chalice": '''
from chalice import Chalice

app = Chalice("orders")

@app.route("/orders/{order_id}")
def read_order(order_id):
    return {"id": order_id}
''',
}  # fmt: skip

_CLOCK = "import time; start = time.process_time_ns(); import {0}; print((time.process_time_ns() - start) / 1e6)"


def _run(module: str, folder: Path) -> float | None:
    """Milliseconds to import *module*; None where its library is not installed."""
    # A venv whose files are not compiled says nothing about a deployed function.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTHONPATH"] = os.pathsep.join([str(folder), str(Path(__file__).parent.parent)])
    done = subprocess.run(
        [sys.executable, "-P", "-c", _CLOCK.format(module)], capture_output=True, text=True, env=environment, cwd=folder
    )
    if done.returncode and "ModuleNotFoundError" in done.stderr and "eventrouter" not in done.stderr.splitlines()[-1]:
        return None
    if done.returncode:
        raise RuntimeError(done.stderr)
    return float(done.stdout)


def times(rounds: int) -> tuple[dict[str, Spread], dict[str, Spread]]:
    """Milliseconds of each import, and the same against defining the two models alone."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        modules = {label: f"case_{label.replace(' ', '_')}" for label in MODULES}
        for label, text in MODULES.items():
            (folder / f"{modules[label]}.py").write_text(text)
        # The first run compiles.
        found = [label for label in MODULES if _run(modules[label], folder) is not None]
        spent: dict[str, list[float]] = {label: [] for label in found}
        ratios: dict[str, list[float]] = {label: [] for label in found}
        for turn in range(rounds):
            for label in found[turn % len(found) :] + found[: turn % len(found)]:
                if label == "models":
                    continue
                own, models = _run(modules[label], folder), _run(modules["models"], folder)
                assert own is not None
                assert models is not None
                spent[label].append(own)
                spent["models"].append(models)
                ratios[label].append(own / models)
        ratios["models"] = [1.0]
    return (
        {label: Spread.of(values) for label, values in spent.items()},
        {label: Spread.of(values) for label, values in ratios.items()},
    )
