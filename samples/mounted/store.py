"""What both halves share."""

from __future__ import annotations

from functools import cache

from pydantic import BaseModel


class Order(BaseModel):
    id: int
    total: float


class Store:
    """Orders, in memory."""

    def __init__(self) -> None:
        self.orders: dict[int, Order] = {}
        self.is_open = False


@cache
def store_of() -> Store:
    """The store of this process."""
    return Store()
