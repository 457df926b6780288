"""Where orders are kept: in memory here, a table in a real shop. Handlers get it as a dependency, so tests replace it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Annotated

from eventrouter import Depends

from .models import NewOrder, Order


class OrderNotFound(Exception):
    """There is no order of this number."""

    def __init__(self, order_id: int) -> None:
        super().__init__(f"no order {order_id}")


class Store:
    """Orders by number, and images. What happens in a transaction that fails is undone."""

    def __init__(self) -> None:
        self.orders: dict[int, Order] = {}
        self.images: list[str] = []
        self._numbers = count(1)

    def add(self, new: NewOrder) -> Order:
        order = Order(id=next(self._numbers), **new.model_dump())
        self.orders[order.id] = order
        return order

    def get(self, order_id: int) -> Order:
        try:
            return self.orders[order_id]
        except KeyError:
            raise OrderNotFound(order_id) from None

    @contextmanager
    def transaction(self) -> Iterator[None]:
        before = dict(self.orders), list(self.images)
        try:
            yield
        except BaseException:
            self.orders, self.images = before
            raise


STORE = Store()


def the_store() -> Store:
    """The one store of this process."""
    return STORE


def in_transaction(store: Annotated[Store, Depends(the_store)]) -> Iterator[Store]:
    """The store, in a transaction of the request or message at hand: what it raises undoes what it did."""
    with store.transaction():
        yield store


Orders = Annotated[Store, Depends(in_transaction)]
