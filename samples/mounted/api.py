"""The FastAPI app, as it was: it knows nothing of Lambda. ``uvicorn samples.mounted.api:api`` serves it too."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException
from fastapi.responses import StreamingResponse

from .store import Order, Store, store_of


@asynccontextmanager
async def lifespan(api: FastAPI) -> AsyncIterator[None]:
    """Once per process: under eventrouter too."""
    store_of().is_open = True
    yield
    store_of().is_open = False


api = FastAPI(title="Orders", lifespan=lifespan)


@api.get("/orders/{order_id}")
async def read_order(order_id: int, store: Annotated[Store, Depends(store_of)]) -> Order:
    if order_id not in store.orders:
        raise HTTPException(404, "no such order")
    return store.orders[order_id]


@api.get("/export")
async def export(store: Annotated[Store, Depends(store_of)]) -> StreamingResponse:
    async def lines() -> AsyncIterator[str]:
        for order in store.orders.values():
            yield f"{order.id},{order.total}\n"

    return StreamingResponse(lines(), media_type="text/csv")
