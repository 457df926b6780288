"""Orders over HTTP, through a function URL, API Gateway or a load balancer alike."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated

from pydantic import Field

from eventrouter import HTTPException, Query, Response, Router

from .models import NewOrder, Order, Status
from .store import Orders

router = Router()


@router.get("")
def list_orders(
    store: Orders,
    status: Status | None = None,
    limit: Annotated[int, Query(), Field(ge=1, le=100)] = 20,
    after: int = 0,
) -> list[Order]:
    """A page of orders by number; the next one is ``?after=`` the last number of this one."""
    found = [order for order in store.orders.values() if order.id > after and status in (None, order.status)]
    return sorted(found, key=lambda order: order.id)[:limit]


@router.post("", status_code=201)
def create_order(new: NewOrder, store: Orders) -> Order:
    return store.add(new)


@router.get("/export", media_type="text/csv; charset=utf-8")
async def export_orders(store: Orders) -> AsyncIterator[str]:
    """Every order as it is read: where the trigger streams, each line leaves while the next one is fetched."""
    yield "id,customer,total,status\n"
    total = 0.0
    for order in sorted(store.orders.values(), key=lambda order: order.id):
        await asyncio.sleep(0.1)  # a slow database
        total += order.total
        yield f"{order.id},{order.customer},{order.total:.2f},{order.status}\n"
    yield f",all,{total:.2f},\n"


@router.get("/{order_id}")
def read_order(order_id: int, store: Orders) -> Order:
    return store.get(order_id)  # OrderNotFound is a 404: main.py has a handler for it


@router.put("/{order_id}")
def replace_order(order_id: int, new: NewOrder, store: Orders) -> Order:
    order = store.get(order_id)
    if order.status != "open":
        raise HTTPException(409, f"order {order_id} is {order.status} already")
    store.orders[order_id] = order.model_copy(update=new.model_dump())
    return store.orders[order_id]


@router.delete("/{order_id}")
def delete_order(order_id: int, store: Orders) -> None:
    """204, since it returns None and says so."""
    del store.orders[store.get(order_id).id]


@router.get("/{order_id}/receipt")
def receipt(order_id: int, store: Orders) -> Response:
    order = store.get(order_id)
    response = Response(f"{order.customer}: {order.total:.2f}\n", media_type="text/plain; charset=utf-8")
    response.set_cookie("last_order", str(order_id), httponly=True, secure=True)
    return response
