"""Routers: routes of another file, under a prefix, with settings and layers of their own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import pytest

from eventrouter import App, Call, Depends, LambdaContext, NoRouteError, RegistrationError, Router
from tests.deliveries import Run, failed, request, sqs
from tests.handlers import Order, Refused, orders, refusing

Next = Callable[[Call], Awaitable[object]]


def status(app: App, path: str) -> int:
    answer: Any = app(request(path), LambdaContext())
    code: int = answer["statusCode"]
    return code


def shop() -> Router:
    router = Router()

    @router.get("/items/{item_id}")
    def item(item_id: int) -> dict[str, int]:
        return {"item": item_id}

    return router


# --------------------------------------------------------------------------------------------------------------- include


def test_an_app_has_the_routes_of_a_router_it_includes(run: Run) -> None:
    app = App()
    app.include(shop())

    assert run(app, request("/items/7"))["body"] == '{"item":7}'


def test_a_prefix_stands_in_front_of_a_router_s_paths(run: Run) -> None:
    app = App()
    app.include(shop(), prefix="/shop")

    assert run(app, request("/shop/items/7"))["body"] == '{"item":7}'
    assert run(app, request("/items/7"))["statusCode"] == 404


def test_a_parameter_may_stand_in_a_prefix(run: Run) -> None:
    router = Router()

    @router.get("/items/{item_id}")
    def item(shop: str, item_id: int) -> dict[str, object]:
        return {"shop": shop, "item": item_id}

    app = App()
    app.include(router, prefix="/{shop}")

    assert run(app, request("/mugs/items/7"))["body"] == '{"shop":"mugs","item":7}'


def test_prefixes_add_up(run: Run) -> None:
    outer = Router()
    outer.include(shop(), prefix="/shop")
    app = App()
    app.include(outer, prefix="/v1")

    assert run(app, request("/v1/shop/items/7"))["body"] == '{"item":7}'


def test_a_router_included_twice_has_its_paths_under_both_prefixes() -> None:
    router = shop()
    app = App()

    app.include(router, prefix="/one")
    app.include(router, prefix="/two")

    assert [status(app, path) for path in ("/one/items/7", "/two/items/7", "/items/7")] == [200, 200, 404]


def test_a_router_included_twice_handles_a_record_once(run: Run) -> None:
    log: list[int] = []
    router = Router()
    router.sqs("orders")(refusing(log=log))
    app = App()
    app.include(router, prefix="/one")
    app.include(router, prefix="/two")

    run(app, sqs(*orders(0)))

    assert log == [0]


def test_what_is_registered_after_the_include_is_routed_too(run: Run) -> None:
    inner, outer, app = Router(), Router(), App()
    app.include(outer, prefix="/outer")
    outer.include(inner, prefix="/inner")

    @inner.get("/late")
    def late() -> str:
        return "late"

    assert run(app, request("/outer/inner/late"))["body"] == "late"


def test_two_apps_may_include_one_router() -> None:
    router = shop()
    one, two = App(), App()

    one.include(router)
    two.include(router, prefix="/shop")

    assert [status(one, "/items/7"), status(two, "/shop/items/7")] == [200, 200]


def test_a_router_is_nothing_until_it_is_included(run: Run) -> None:
    shop()

    with pytest.raises(NoRouteError):
        run(App(), sqs(*orders(0)))


def test_a_decorator_of_a_router_gives_the_function_back() -> None:
    def handler() -> None: ...

    assert Router().get("/")(handler) is handler


def test_one_path_from_two_routers_is_refused_and_names_both_handlers() -> None:
    app = App()
    app.include(shop())

    with pytest.raises(
        RegistrationError, match=r"GET /items/\{item_id\}: item\(\) .* and item\(\) .* have the same path"
    ):
        app.include(shop())


@pytest.mark.parametrize("prefix", ["shop", "/shop/", "/", 7], ids=repr)
@pytest.mark.parametrize("owner", [App, Router])
def test_a_prefix_that_is_none_is_refused(owner: Callable[[], Any], prefix: Any) -> None:
    with pytest.raises(RegistrationError, match='a prefix starts with "/" and ends without one'):
        owner().include(Router(), prefix=prefix)


@pytest.mark.parametrize("owner", [App, Router])
@pytest.mark.parametrize("other", [App(), None, "shop"], ids=repr)
def test_what_is_no_router_is_not_included(owner: Callable[[], Any], other: Any) -> None:
    with pytest.raises(RegistrationError, match=f"include takes a Router, not a {type(other).__name__}"):
        owner().include(other)


def test_a_router_does_not_include_itself() -> None:
    router = Router()

    with pytest.raises(RegistrationError, match="a router cannot include itself"):
        router.include(router)


def test_routers_do_not_include_each_other_in_a_circle() -> None:
    one, two, three = shop(), shop(), shop()
    one.include(two, prefix="/two")
    two.include(three, prefix="/three")

    with pytest.raises(RegistrationError, match="nor one that includes it"):
        three.include(one, prefix="/one")


# ----------------------------------------------------------------------------------------------- settings and layers


def layer_named(name: str, log: list[str]) -> Callable[[Call, Next], Awaitable[object]]:
    async def layer(call: Call, call_next: Next) -> object:
        log.append(name)
        return await call_next(call)

    return layer


def test_layers_of_a_router_stand_around_those_of_its_routes(run: Run) -> None:
    log: list[str] = []
    inner = Router(middleware=[layer_named("inner", log)])
    outer = Router(middleware=[layer_named("outer, first", log), layer_named("outer, second", log)])

    @inner.direct(middleware=[layer_named("route", log)])
    def echo(value: int) -> int:
        return value

    outer.include(inner)
    app = App()
    app.include(outer)

    assert run(app, 7) == 7
    assert log == ["outer, first", "outer, second", "inner", "route"]


def test_layers_of_a_router_are_around_its_routes_alone(run: Run) -> None:
    log: list[str] = []
    router = Router(middleware=[layer_named("layer", log)])
    app = App()
    app.include(router)

    @app.direct()
    def echo(value: int) -> int:
        return value

    run(app, 7)

    assert log == []


def test_a_router_s_failures_are_told_in_its_way(run: Run) -> None:
    router = Router(failures="report")
    router.sqs("orders")(refusing(0))
    app = App(failures="raise")
    app.sqs("others")(refusing(0))
    app.include(router)

    assert run(app, sqs(*orders(0, 1))) == failed("m-0")
    with pytest.raises(Refused):
        run(app, sqs(*orders(0), queue="others"))


def test_dependencies_of_a_router_s_routes_belong_to_the_app(run: Run) -> None:
    def session() -> str:
        return "real"

    router = Router()

    @router.direct()
    def name(session: Annotated[str, Depends(session)]) -> str:
        return session

    app = App()
    app.include(router)
    app.dependency_overrides[session] = lambda: "fake"

    assert run(app, {}) == "fake"


def test_a_router_in_two_apps_shares_nothing_between_them(run: Run) -> None:
    made: list[int] = []

    def pool() -> int:
        made.append(0)
        return len(made)

    router = Router()

    @router.direct()
    def number(pool: Annotated[int, Depends(pool, scope="app")]) -> int:
        return pool

    apps = [App(), App()]
    for app in apps:
        app.include(router)

    assert [run(app, {}) for app in (*apps, *apps)] == [1, 2, 1, 2]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"failures": "ignore"}, 'Router: failures= is "raise" or "report"'),
        ({"middleware": refusing()}, "Router: middleware= is a list of `async def layer"),
        ({"middleware": [7]}, "Router: middleware= is a list of `async def layer"),
    ],
    ids=["failures", "one layer", "no layer"],
)
def test_settings_of_a_router_are_checked(options: dict[str, Any], words: str) -> None:
    with pytest.raises(RegistrationError, match=words):
        Router(**options)


def test_what_cannot_work_in_a_router_is_told_when_it_joins_an_app() -> None:
    router = Router()

    @router.sqs("orders")
    def on_order(order: Order, other: Order) -> None: ...

    with pytest.raises(RegistrationError, match=r"on_order\(\) .*test_router.py"):
        App().include(router)
