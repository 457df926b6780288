"""Time: no record is started that may not end before the time is up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from eventrouter import (
    App,
    LambdaContext,
    NotReachedError,
)
from tests.deliveries import (
    Countdown,
    failed,
    rabbitmq,
    sqs,
)
from tests.handlers import Order, Refused, fifo, on_sqs, orders, refusing


def spending(context: Countdown, *seconds: float, log: list[int]) -> Callable[[Order], None]:
    """A handler that takes so long for the first record, the second, ..."""
    spent = iter(seconds)

    def on_order(order: Order) -> None:
        log.append(order.id)
        context.spend(next(spent))

    return on_order


@pytest.mark.parametrize(
    ("left", "seconds", "handled"),
    [
        (60, [1, 1, 1, 1], 4),
        # 5 s is the margin of a minute: with 6 s left a record of 1 s may follow, with 5 s none.
        (60, [54, 1, 1, 1], 1),
        (60, [1, 53, 1, 1], 2),
        (12, [1, 1, 1, 1], 4),
        # The longest took 20 s, so 30 s must be left, not the margin alone.
        (60, [20, 9, 1, 1], 3),
        (60, [20, 11, 1, 1], 2),
        (60, [1, 20, 9, 1], 3),
        # A short deadline: the margin is half of the time.
        (1, [0.4, 0.4, 0.4, 0.4], 1),
        (3, [0.5, 0.5, 0.5, 0.5], 4),
        (3, [0.7, 0.7, 0.7, 0.7], 3),
    ],
)
def test_no_record_is_started_that_may_not_end_in_time(left: float, seconds: list[float], handled: int) -> None:
    context, log = Countdown(left), list[int]()
    app = on_sqs(spending(context, *seconds, log=log), failures="report")

    answer = app(sqs(*orders(0, 1, 2, 3)), context)

    assert log == [0, 1, 2, 3][:handled]
    assert answer == failed(*[f"m-{index}" for index in range(handled, 4)])


def test_the_first_record_is_started_however_little_time_is_left() -> None:
    context, log = Countdown(0.001), list[int]()
    app = on_sqs(spending(context, 0.001, log=log), failures="report")

    assert app(sqs(*orders(0, 1)), context) == failed("m-1")
    assert log == [0]


@pytest.mark.parametrize(("margins", "handled"), [({}, 2), ({"app": 50.0}, 1), ({"app": 50.0, "route": 1.0}, 2)])
def test_the_margin_is_the_route_s_or_else_the_app_s(margins: dict[str, float], handled: int) -> None:
    context, log = Countdown(60), list[int]()
    app = App(failures="report", margin=margins.get("app"))
    options: Any = {"margin": margins["route"]} if "route" in margins else {}
    app.sqs("orders", **options)(spending(context, 15, 0, log=log))

    app(sqs(*orders(0, 1)), context)

    assert len(log) == handled


def test_records_that_were_not_started_fail_the_batch_where_it_is_raised() -> None:
    context = Countdown(60)
    app = on_sqs(spending(context, 59, log=[]))

    with pytest.raises(NotReachedError, match="record 1 was not started: there was not enough time left"):
        app(sqs(*orders(0, 1, 2)), context)


def test_what_was_not_started_does_not_hide_what_failed() -> None:
    context = Countdown(60)
    app = App()

    @app.sqs("orders")
    def on_order(order: Order) -> None:
        context.spend(59)
        raise Refused

    with pytest.raises(Refused):
        app(sqs(*orders(0, 1, 2)), context)


def test_the_rest_of_every_message_group_comes_back_when_time_is_short() -> None:
    context, log = Countdown(60), list[int]()
    app = on_sqs(spending(context, 1, 58, log=log), failures="report")

    assert app(fifo("a", "b", "a", "b"), context) == failed("m-2", "m-3")


def test_a_caller_that_gives_up_sooner_than_lambda_sets_the_deadline() -> None:
    context, log = Countdown(900), list[int]()
    app = App()
    # The poller of a message broker waits for 14 minutes.
    app.rabbitmq("orders")(spending(context, 836, 0, log=log))

    with pytest.raises(NotReachedError):
        app(rabbitmq(*orders(0, 1)), context)

    assert log == [0]


def test_a_context_that_cannot_tell_the_time_is_refused_in_words() -> None:
    app = on_sqs(refusing())

    with pytest.raises(TypeError, match="the context is a dict, which does not tell the time that is left"):
        app(sqs({"id": 1}), {})  # type: ignore[arg-type]


@pytest.mark.parametrize(("seconds", "handled"), [(900, 2), (0, 1)])
def test_our_own_context_counts_down_by_itself(seconds: int, handled: int) -> None:
    import time

    log: list[int] = []
    app = on_sqs(refusing(log=log), failures="report")

    app(sqs(*orders(0, 1)), LambdaContext(deadline_ms=int((time.time() + seconds) * 1000)))

    assert len(log) == handled
