"""One function for the whole shop. Lambda: ``Handler: samples.shop.main.app``."""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable

from eventrouter import App, FunctionResponse, Invocation, Response

from . import messages, orders
from .store import OrderNotFound

log = logging.getLogger(__name__)

app = App(
    failures="report"
)  # or the variable EVENTROUTER_BATCH_FAILURES=sqs,dynamodb, next to the triggers in the template
app.include(orders.router, prefix="/orders")
app.include(messages.router)


@app.get("/")
def hello() -> dict[str, str]:
    return {"shop": "open"}


@app.exception_handler(OrderNotFound)
def not_found(error: OrderNotFound) -> Response:
    """A 404 for HTTP callers; a message still fails, and is delivered again."""
    return Response({"detail": str(error)}, 404)


@app.middleware
async def timing(
    invocation: Invocation, call_next: Callable[[Invocation], Awaitable[FunctionResponse]]
) -> FunctionResponse:
    started = time.perf_counter()
    response = await call_next(invocation)
    log.info("%s took %.1f ms", invocation.source.name, (time.perf_counter() - started) * 1000)
    return response
