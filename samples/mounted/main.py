"""One function: FastAPI answers requests, the queue's messages fill its store. Lambda: ``Handler: samples.mounted.main.app``."""

from __future__ import annotations

from pathlib import Path

from eventrouter import App
from eventrouter.middleware import CORS, Compress, SecurityHeaders, ServerTiming

from .api import api
from .store import Order, store_of

app = App(failures="report", response_stream={"function_url"})

# The first is the outermost. They stand around routes and mounted apps alike, and let messages through.
app.middleware(ServerTiming())
app.middleware(SecurityHeaders())
app.middleware(CORS(["https://shop.example.com"]))
app.middleware(Compress())

app.static("/static", Path(__file__).parent / "static", cache_control="public, max-age=3600")
app.mount("/", api)  # whatever nobody else takes


@app.get("/health")
def health() -> dict[str, bool]:
    """Routes come before mounts."""
    return {"open": store_of().is_open}


@app.sqs("orders")
def on_order(order: Order) -> None:
    """A message fails alone, as ever."""
    store_of().orders[order.id] = order
