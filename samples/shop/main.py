"""One function for the whole shop. Lambda: ``Handler: samples.shop.main.app``."""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable

from eventrouter import App, FunctionResponse, Invocation, Response

from . import messages, orders
from .store import OrderNotFound

log = logging.getLogger(__name__)

# The triggers have ReportBatchItemFailures, and the function URL streams, as the template in README.md says.
app = App(failures="report", response_stream={"function_url"})
app.include(orders.router, prefix="/orders")
app.include(messages.router)


@app.exception_handler(OrderNotFound)
def not_found(error: OrderNotFound) -> Response:
    """A 404 for HTTP callers. A message fails all the same, and is delivered again."""
    return Response({"detail": str(error)}, 404)


@app.middleware(waits=False)  # it awaits nothing but call_next, so synchronous handlers need no event loop
async def timing(
    invocation: Invocation, call_next: Callable[[Invocation], Awaitable[FunctionResponse]]
) -> FunctionResponse:
    started = time.perf_counter()
    try:
        return await call_next(invocation)
    finally:
        log.info("%s took %.1f ms", invocation.source.name, (time.perf_counter() - started) * 1000)
