"""What the shop speaks of."""

from __future__ import annotations

from typing import Literal, TypeAlias

from pydantic import BaseModel, Field

Status: TypeAlias = Literal["open", "paid", "shipped"]


class NewOrder(BaseModel):
    """An order as a customer writes it."""

    customer: str = Field(min_length=1, max_length=100)
    total: float = Field(gt=0)


class Order(NewOrder):
    """An order as the shop keeps it."""

    id: int
    status: Status = "open"


class Payment(BaseModel):
    """What the payment queue carries."""

    order_id: int
    amount: float


class Shipment(BaseModel):
    """The detail of the carrier's events."""

    order_id: int
    carrier: str
