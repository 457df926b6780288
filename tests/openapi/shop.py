"""An app with a bit of everything, as a module of its own so that a process can run it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from eventrouter import (
    App,
    Body,
    Cookie,
    Depends,
    File,
    Form,
    Header,
    HTTPException,
    Path,
    Query,
    Response,
    Router,
    ServerSentEvent,
)
from eventrouter.forms import UploadFile

app = App()
orders = Router(tags=["orders"])


class Problem(BaseModel):
    detail: str


class Page(BaseModel):
    number: int = Field(1, ge=1, le=100, description="From 1 on")
    sizes: list[int] = []


class Order(BaseModel):
    id: int
    total: float = Field(gt=0, allow_inf_nan=False)
    note: str | None = None


class Cat(BaseModel):
    kind: Literal["cat"]
    lives: int


class Dog(BaseModel):
    kind: Literal["dog"]
    name: str


def tenant(x_tenant: Annotated[str, Header(pattern="^[a-z]{1,8}$")] = "main") -> str:
    return x_tenant


@orders.get("/{order_id:int}", responses={404: {"description": "No such order", "model": Problem}})
def read_order(order_id: Annotated[int, Path(ge=0)], tenant: Annotated[str, Depends(tenant)]) -> Order:
    """Read an order.

    Whoever asks sees those of *one* tenant.
    """
    if order_id > 1000:
        raise HTTPException(404, "No such order")
    return Order(id=order_id, total=9.5, note=tenant)


@orders.put("/{number:int}", status_code=202)
def write_order(number: int, order: Order) -> Order:
    return order


@orders.get("/", operation_id="list-orders", deprecated=True)
def list_orders(page: Annotated[Page, Query()], session: Annotated[str, Cookie()] = "") -> list[Order]:
    return [Order(id=page.number, total=1.5, note=session)]


@orders.delete("/{order_id:int}")
def delete_order() -> None: ...


@app.post("/pets")
def add_pet(pet: Annotated[Cat | Dog, Field(discriminator="kind")]) -> str:
    return pet.kind


@app.post("/forms")
def send_form(name: Annotated[str, Form(min_length=1)], ages: Annotated[list[int], Form()]) -> dict[str, list[int]]:
    return {name: ages}


@app.post("/files")
def send_file(title: Annotated[str, Form()], file: UploadFile, more: Annotated[list[bytes], File()] = []) -> int:  # noqa: B006
    return len(title) + len(file.content) + len(more)


@app.get("/items/{item}")
def read_item(item: UUID, kinds: Annotated[list[Literal["a", "b"]], Query()] = []) -> UUID:  # noqa: B006
    return item


@app.get("/lines")
def read_lines(count: Annotated[int, Query(ge=0, le=10, title="How many", examples=[3])] = 2) -> Iterator[Order]:
    for number in range(count):
        yield Order(id=number, total=1)


@app.get("/events")
async def read_events() -> AsyncIterator[ServerSentEvent]:
    yield ServerSentEvent({"n": 1})


@app.put("/notes/{name}", status_code=204)
def write_note(name: str, text: Annotated[str, Body()] = "") -> Response:
    return Response(None, 204)


app.include(orders, "/orders")
