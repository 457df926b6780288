"""What a handler may look like, how its annotations are read, and what is refused in which words."""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ForwardRef, Literal, Optional

import pytest
from pydantic import BaseModel, Field

from eventrouter import App, Batch, Depends, Invocation, LambdaContext, RegistrationError, SqsRecord
from tests.deliveries import Run, sample, sqs

if TYPE_CHECKING:
    from decimal import Decimal


class Order(BaseModel):
    id: int


class Shelf:
    """Handlers that are no plain functions."""

    def method(self, order: Order) -> int:
        return order.id

    @classmethod
    def of_class(cls, order: Order) -> int:
        return order.id

    @staticmethod
    def static(order: Order) -> int:
        return order.id


class CallableShelf:
    def __call__(self, order: Order) -> int:
        return order.id


class CallableLater:
    async def __call__(self, order: Order) -> int:
        return order.id


def plain(order: Order) -> int:
    return order.id


def keyword_only(*, order: Order) -> int:
    return order.id


def with_table(table: str, order: Order, *, times: int) -> int:
    assert table == "orders"
    return order.id * times


async def later(order: Order) -> int:
    return order.id


def doubled(function: Callable[..., object]) -> Callable[..., object]:
    @functools.wraps(function)
    def twice(*arguments: object, **keywords: object) -> object:
        return function(*arguments, **keywords)

    return twice


def request(query: str) -> dict[str, Any]:
    event: dict[str, Any] = sample("function_url")
    event["requestContext"]["http"] |= {"method": "GET", "path": "/"}
    return {**event, "rawPath": "/", "rawQueryString": query, "body": None, "isBase64Encoded": False}


# -------------------------------------------------------------------------------------------------- what may be a handler


@pytest.mark.parametrize(
    "handler",
    [
        pytest.param(plain, id="a function"),
        pytest.param(keyword_only, id="a function of keywords"),
        pytest.param(later, id="an async function"),
        pytest.param(Shelf().method, id="a method"),
        pytest.param(Shelf.of_class, id="a class method"),
        pytest.param(Shelf.static, id="a static method of a class"),
        pytest.param(CallableShelf(), id="an object with __call__"),
        pytest.param(CallableLater(), id="an object with an async __call__"),
        pytest.param(functools.partial(with_table, "orders", times=1), id="a partial"),
        pytest.param(functools.partial(functools.partial(with_table, times=1), "orders"), id="a partial of a partial"),
        pytest.param(functools.partial(Shelf().method), id="a partial of a method"),
        pytest.param(doubled(plain), id="a wrapped function"),
        pytest.param(doubled(doubled(later)), id="an async function wrapped twice"),
        pytest.param(doubled(functools.partial(with_table, "orders", times=1)), id="a wrapped partial"),
    ],
)
def test_a_handler_is_any_callable_that_declares_what_it_takes(handler: Callable[..., object], run: Run) -> None:
    app = App()
    app.direct()(handler)

    assert run(app, {"id": 7}) == 7


def test_what_a_partial_holds_cannot_be_sent() -> None:
    def on_request(name: str, is_admin: bool) -> str:
        return f"{name} {is_admin}"

    app = App()
    app.get("/")(functools.partial(on_request, is_admin=False))

    answer = app(request("name=ada&is_admin=true"), LambdaContext())

    assert answer["body"] == "ada False"


def test_a_dependency_may_be_a_partial() -> None:
    def table(name: str, invocation: Invocation) -> str:
        return f"{name} of {invocation.source.name}"

    app = App()

    @app.direct()
    def on_order(order: Order, table: Annotated[str, Depends(functools.partial(table, name="orders"))]) -> str:
        return table

    assert app({"id": 7}) == "orders of direct"


# ------------------------------------------------------------------------------------------------------ what is refused


def positional(order: Order, /) -> None: ...


def variable(*orders: Order) -> None: ...


def any_keyword(**orders: Order) -> None: ...


def not_wrapped(function: Callable[..., object]) -> Callable[..., object]:
    def twice(*arguments: object) -> object:
        return function(*arguments)

    return twice


class TakesAll:
    def __call__(self, *orders: Order) -> None: ...


class Positional:
    def __call__(self, order: Order, /) -> None: ...


REFUSED = [
    ("a positional-only parameter", positional, r"positional\(\) \[.*signature.py:\d+\]: positional-only .* take out the `/`"),
    ("a positional-only parameter of an object", Positional(), r"\[.*signature.py:\d+\]: positional-only"),
    ("*args", variable, r"\*args and \*\*kwargs cannot be bound: declare what the handler takes"),
    ("**kwargs", any_keyword, r"\*args and \*\*kwargs cannot be bound"),
    ("*args of an object", TakesAll(), r"\*args and \*\*kwargs cannot be bound"),
    ("a wrapper without wraps", not_wrapped(plain), r"a decorator that wraps it needs functools.wraps"),
    ("a built-in function", len, r"len\(\) \[builtins\]: positional-only"),
    ("a built-in class", dict, r"dict\(\) \[builtins\]: Python cannot tell its parameters"),
]  # fmt: skip


@pytest.mark.parametrize(("handler", "words"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_what_cannot_be_called_with_keywords_is_refused(handler: Callable[..., object], words: str) -> None:
    app = App()

    with pytest.raises(RegistrationError, match=words):
        app.direct()(handler)


def test_a_name_for_type_checkers_only_is_refused_in_words() -> None:
    app = App()

    def on_amount(amount: Decimal) -> None: ...

    with pytest.raises(
        RegistrationError,
        match=r"on_amount\(\) \[.*\]: parameter 'amount' names 'Decimal', which is not defined there at run time; if it is "
        "imported under `if TYPE_CHECKING:`, import it for real",
    ):
        app.direct()(on_amount)


def test_a_return_annotation_is_read_as_strictly() -> None:
    app = App()

    def on_order(order: Order) -> Decimal:
        raise NotImplementedError

    with pytest.raises(RegistrationError, match="its return annotation names 'Decimal'"):
        app.direct()(on_order)


def test_an_annotation_that_fails_is_refused_with_the_kind_of_error() -> None:
    app = App()

    def on_order(order: Order.Line) -> None: ...  # type: ignore[name-defined]

    with pytest.raises(
        RegistrationError, match=r"on_order\(\) \[.*\]: parameter 'order' cannot be read: AttributeError"
    ) as caught:
        app.direct()(on_order)

    assert isinstance(caught.value.__cause__, AttributeError)


def test_what_pydantic_cannot_validate_is_refused_with_the_place() -> None:
    app = App()

    class Lock: ...

    def on_lock(lock: Lock) -> None: ...

    with pytest.raises(
        RegistrationError, match=r"@app.direct: on_lock\(\) \[.*\]: parameter 'lock': .* cannot be validated"
    ):
        app.direct()(on_lock)


# ---------------------------------------------------------------------------------------------- how annotations are read


def of_text(order: Order) -> object:
    return order


def of_quotes(order: "Order") -> object:  # noqa: UP037 - text inside of text
    return order


def of_constraints(order: Annotated[Order, Field(description="an order")]) -> object:
    return order


def of_quoted_constraints(order: Annotated["Order", Field(description="an order")]) -> object:  # noqa: UP037
    return order


def of_a_reference(order: Optional["Order"]) -> object:  # noqa: UP045, UP037
    return order


def of_a_union(order: Order | None) -> object:
    return order


@pytest.mark.parametrize(
    "handler", [of_text, of_quotes, of_constraints, of_quoted_constraints, of_a_reference, of_a_union]
)
def test_an_annotation_means_the_same_however_it_is_written(handler: Callable[..., object], run: Run) -> None:
    app = App()
    app.direct()(handler)

    assert run(app, {"id": "7"}) == {"id": 7}


@pytest.mark.parametrize(
    ("annotation", "payload"),
    [
        (ForwardRef("Order"), {"id": 7}),
        (Annotated[ForwardRef("Order"), Field()], {"id": 7}),
        (list["Order"], [{"id": 7}]),
        (list["Order"] | None, [{"id": 7}]),
        (dict[str, list["Order"]], {"a": [{"id": 7}]}),
        (dict[Literal["a"], "Order"], {"a": {"id": 7}}),
        (tuple["Order", Literal["Order"]], [{"id": 7}, "Order"]),
    ],
    ids=str,
)
def test_names_in_quotes_are_read_however_deep_they_stand(annotation: object, payload: object) -> None:
    def on_orders(payload: object) -> object:
        return payload

    on_orders.__annotations__ = {"payload": annotation}
    app = App()
    app.direct()(on_orders)

    assert app(payload) == payload


@pytest.mark.parametrize("pattern", [Callable[["Order"], int], Callable[..., "Order"], list[Callable[[], "Order"]]])
def test_names_in_quotes_are_read_in_the_type_of_a_function(pattern: object) -> None:
    def function() -> None: ...

    def on_order(function: object) -> object:
        return function.__name__  # type: ignore[attr-defined]

    on_order.__annotations__ = {"function": Annotated[pattern, Depends(lambda: function)]}
    app = App()
    app.direct()(on_order)

    assert app({}) == "function"


def test_a_generic_model_may_name_its_payload_in_quotes() -> None:
    found: list[object] = []

    class Parcel(BaseModel):
        id: int

    def on_record(record: SqsRecord["Parcel"]) -> None:  # noqa: UP037 - what this is about
        found.append(record.body)

    app = App()
    app.sqs()(on_record)

    app(sqs({"id": 7}))

    assert found == [Parcel(id=7)]


def test_a_batch_may_name_its_payload_in_quotes() -> None:
    found: list[object] = []

    def on_batch(batch: Batch["Order"]) -> None:  # noqa: UP037 - what this is about
        found.extend(item.payload for item in batch)

    app = App()
    app.sqs()(on_batch)

    app(sqs({"id": 7}))

    assert found == [Order(id=7)]


def test_a_local_name_wins_inside_a_function() -> None:
    class Order(BaseModel):
        name: str

    def on_order(order: Order) -> str:
        return order.name

    app = App()
    app.direct()(on_order)

    assert app({"name": "Ada's"}) == "Ada's"


SHOP = """
from __future__ import annotations

from pydantic import BaseModel

from eventrouter import Invocation


class Order(BaseModel):
    name: str


def on_order(order: Order) -> str:
    return order.name


def made():
    def on_order(order: Order) -> str:
        return order.name

    return on_order


class Base:
    def __init__(self, current: Invocation) -> None:
        self.label = current.source.name


class Inherits(Base):
    pass
"""


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A module of handlers that has an ``Order`` of its own, and an import this one does not have."""
    (tmp_path / "shop_of_orders.py").write_text(SHOP)
    monkeypatch.syspath_prepend(tmp_path)
    module = importlib.import_module("shop_of_orders")
    monkeypatch.delitem(importlib.sys.modules, "shop_of_orders")  # type: ignore[attr-defined]
    return module


def test_an_imported_handler_means_the_names_of_its_own_module(shop: Any) -> None:
    class Order(BaseModel):
        number: int

    app = App()
    app.direct()(shop.on_order)

    assert app({"name": "Ada's"}) == "Ada's"


def test_a_handler_registered_in_another_module_means_the_names_of_its_own(shop: Any, tmp_path: Path) -> None:
    (tmp_path / "shop_main.py").write_text(
        "from shop_of_orders import made\nfrom eventrouter import App\n"
        "class Order(dict): ...\napp = App()\napp.direct()(made())\n"
    )

    main = importlib.import_module("shop_main")

    assert main.app({"name": "Ada's"}) == "Ada's"


@pytest.mark.parametrize("name", ["Base", "Inherits"])
def test_a_class_is_a_dependency_by_what_its_init_takes(name: str, shop: Any) -> None:
    made = getattr(shop, name)
    app = App()

    def on_order(order: Order, dependency: object) -> str:
        return str(dependency.label)  # type: ignore[attr-defined]

    on_order.__annotations__ = {"order": Order, "dependency": Annotated[object, Depends(made)]}
    app.direct()(on_order)

    assert app({"id": 7}) == "direct"
