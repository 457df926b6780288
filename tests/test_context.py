"""Lambda's context, and one invocation."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextvars import copy_context
from typing import Any

import awslambdaric.lambda_context  # type: ignore[import-untyped]
import pytest

from eventrouter.context import NO_DEADLINE_MS, Invocation, LambdaContext, _current, current_invocation
from eventrouter.source import Source

SINGLE = Source("parcels", detect=lambda event: True)
BATCH = Source("parcels", detect=lambda event: True, is_batch=True)
HURRIED = Source("parcels", detect=lambda event: True, caller_limit=5.0)


def in_milliseconds(remaining: int) -> LambdaContext:
    return LambdaContext("r-1", deadline_ms=int(time.time() * 1000) + remaining)


def test_a_context_without_a_deadline_has_lambdas_longest() -> None:
    assert NO_DEADLINE_MS - 10_000 < LambdaContext().get_remaining_time_in_millis() <= NO_DEADLINE_MS


def test_the_time_left_is_never_negative() -> None:
    assert LambdaContext(deadline_ms=0).get_remaining_time_in_millis() == 0


def test_a_context_has_what_lambdas_has() -> None:
    context = LambdaContext("r-1", function_name="shop", memory_limit_in_mb=512, tenant_id="t-1", trace_id="1-2")

    assert (context.aws_request_id, context.function_name, context.function_version) == ("r-1", "shop", "$LATEST")
    assert (context.memory_limit_in_mb, context.tenant_id, context.trace_id) == (512, "t-1", "1-2")
    assert (context.identity, context.client_context) == (None, None)
    assert repr(context) == "LambdaContext(aws_request_id='r-1', function_name='shop')"


@pytest.mark.parametrize(
    ("event", "source", "delivery"),
    [([], BATCH, "pipes"), ({"Records": []}, BATCH, "lambda"), ([], SINGLE, "lambda"), (None, SINGLE, "lambda")],
)
def test_a_bare_list_of_a_batching_source_comes_through_a_pipe(event: object, source: Source, delivery: str) -> None:
    assert Invocation(event, LambdaContext(), source).delivery == delivery


def test_an_invocation_ends_when_its_caller_gives_up() -> None:
    assert 59 < Invocation({}, in_milliseconds(60_000), SINGLE).remaining_seconds() <= 60
    assert Invocation({}, in_milliseconds(60_000), HURRIED).remaining_seconds() == 5
    assert 2 < Invocation({}, in_milliseconds(3_000), HURRIED).remaining_seconds() <= 3


def test_the_request_id_is_lambdas() -> None:
    class Bare:
        aws_request_id = None

        def get_remaining_time_in_millis(self) -> int:
            return 1

    assert Invocation({}, LambdaContext("r-1"), SINGLE).request_id == "r-1"
    assert Invocation({}, Bare(), SINGLE).request_id == ""  # type: ignore[arg-type]
    assert Invocation({}, object(), SINGLE).request_id == ""  # type: ignore[arg-type]


def test_state_is_empty_at_the_start_and_of_one_invocation() -> None:
    one, other = Invocation({}, LambdaContext(), SINGLE), Invocation({}, LambdaContext(), SINGLE)

    one.state["user"] = "mia"

    assert one.state == {"user": "mia"}
    assert other.state == {}


def test_an_invocation_shows_no_event() -> None:
    assert repr(Invocation({"password": "hunter2"}, LambdaContext("r-1"), SINGLE)) == "<Invocation parcels r-1>"


def test_code_below_a_handler_reaches_its_invocation() -> None:
    invocation = Invocation({}, LambdaContext(), SINGLE)
    found: list[Invocation] = []

    def handler() -> None:
        _current.set(invocation)
        found.append(current_invocation())
        thread = threading.Thread(target=copy_context().run, args=(lambda: found.append(current_invocation()),))
        thread.start()
        thread.join()

    copy_context().run(handler)

    assert found == [invocation, invocation]


def test_outside_an_invocation_there_is_none() -> None:
    with pytest.raises(LookupError, match="no invocation is running") as caught:
        copy_context().run(current_invocation)

    assert caught.value.__suppress_context__


class Fixed:
    """A context whose time stands still."""

    aws_request_id = "r-1"

    def get_remaining_time_in_millis(self) -> int:
        return 60_000


@pytest.mark.parametrize(
    "make",
    [
        lambda: in_milliseconds(60_000),
        lambda: awslambdaric.lambda_context.LambdaContext("r-1", None, None, int(time.time() * 1000) + 60_000),
        Fixed,
    ],
    ids=["ours", "Lambda's", "somebody's"],
)
def test_whatever_the_context_is_it_counts_down_to_the_same_end(make: Callable[[], Any]) -> None:
    invocation = Invocation({}, make(), SINGLE)

    clock, now, end = invocation.countdown()

    assert 50 < end - now <= 60.1
    assert 0 <= clock() - now < 10
    assert 50 < invocation.remaining_seconds() <= 60


def test_a_countdown_ends_when_the_caller_gives_up() -> None:
    _, now, end = Invocation({}, in_milliseconds(60_000), HURRIED).countdown()

    assert end - now == pytest.approx(5.0)
