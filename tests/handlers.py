"""Handlers of orders, and the queues that hand orders to them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pydantic import BaseModel

from eventrouter import App
from tests.deliveries import sqs


class Order(BaseModel):
    id: int


class Refused(Exception):
    """What handlers raise."""


def refusing(*bad: int, log: list[int] | None = None) -> Callable[[Order], None]:
    """A handler that refuses the orders *bad*."""

    def on_order(order: Order) -> None:
        if log is not None:
            log.append(order.id)
        if order.id in bad:
            raise Refused(order.id)

    return on_order


def orders(*ids: int) -> list[dict[str, int]]:
    return [{"id": each} for each in ids]


def on_sqs(handler: Callable[..., object], **options: Any) -> App:
    app = App(**options)
    app.sqs("orders*")(handler)
    return app


def fifo(*groups: str | None) -> dict[str, Any]:
    """Orders in a FIFO queue, of these message groups."""
    return sqs(*orders(*range(len(groups))), queue="orders.fifo", groups=list(groups))
