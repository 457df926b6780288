"""Idempotency by Powertools: each key is handled once, and nothing that failed is taken for done."""

from __future__ import annotations

import datetime
import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import anyio
import pytest
from pydantic import BaseModel

from eventrouter import _log
from eventrouter.context import LambdaContext
from eventrouter.errors import RegistrationError, ReplyError
from eventrouter.response import BufferedResponse, Prelude, Response, StreamingResponse
from eventrouter.streams import EventStream

pytest.importorskip("boto3", reason="Powertools' idempotency utility imports it")

from aws_lambda_powertools.utilities.idempotency import IdempotencyConfig, idempotent_function
from aws_lambda_powertools.utilities.idempotency.exceptions import (
    IdempotencyAlreadyInProgressError,
    IdempotencyItemAlreadyExistsError,
    IdempotencyItemNotFoundError,
    IdempotencyKeyError,
    IdempotencyPersistenceLayerError,
)
from aws_lambda_powertools.utilities.idempotency.persistence.base import BasePersistenceLayer
from aws_lambda_powertools.utilities.idempotency.persistence.datarecord import DataRecord

from eventrouter.integrations.powertools import KEPT_LIMIT, Once

CONTEXT = LambdaContext("r-1")


class Memory(BasePersistenceLayer):
    """A persistence layer in a dict."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.entries: dict[str, DataRecord] = {}
        self.broken: set[str] = set()

    def _check(self, operation: str) -> None:
        if operation in self.broken:
            raise OSError(f"{operation} is broken")

    def _get_record(self, idempotency_key: str) -> DataRecord:
        self._check("get")
        try:
            return self.entries[idempotency_key]
        except KeyError:
            raise IdempotencyItemNotFoundError from None

    def _put_record(self, data_record: DataRecord) -> None:
        self._check("put")
        found = self.entries.get(data_record.idempotency_key)
        if found is not None and not found.is_expired and not _has_timed_out(found):
            raise IdempotencyItemAlreadyExistsError
        self.entries[data_record.idempotency_key] = data_record

    def _update_record(self, data_record: DataRecord) -> None:
        self._check("update")
        self.entries[data_record.idempotency_key] = data_record

    def _delete_record(self, data_record: DataRecord) -> None:
        self._check("delete")
        del self.entries[data_record.idempotency_key]


def _has_timed_out(record: DataRecord) -> bool:
    ends = record.in_progress_expiry_timestamp
    return record.status == "INPROGRESS" and ends is not None and ends < datetime.datetime.now().timestamp() * 1000


class Work:
    """A handler that counts its calls."""

    def __init__(self, *results: Any) -> None:
        self.results = list(results)
        self.calls = 0

    def __call__(self) -> Any:
        self.calls += 1
        result = self.results.pop(0) if len(self.results) > 1 else self.results[0]
        if isinstance(result, BaseException):
            raise result
        return result

    async def later(self) -> Any:
        await anyio.lowlevel.checkpoint()
        return self()


Runner = Callable[..., Any]


def sync(once: Once, key: str | None, work: Work, context: Any = CONTEXT) -> Any:
    return once.run(key, context, work)


def asynchronous(once: Once, key: str | None, work: Work, context: Any = CONTEXT) -> Any:
    return anyio.run(once.run_async, key, context, work.later)


def asynchronous_with_a_plain_function(once: Once, key: str | None, work: Work, context: Any = CONTEXT) -> Any:
    return anyio.run(once.run_async, key, context, work)


@pytest.fixture(params=[sync, asynchronous, asynchronous_with_a_plain_function])
def run(request: pytest.FixtureRequest) -> Runner:
    runner: Runner = request.param
    return runner


def test_a_key_is_handled_once(run: Runner) -> None:
    work, once = Work({"total": 9}, {"total": 10}), Once(Memory(), "on_order")

    assert [run(once, "m-1", work), run(once, "m-1", work), run(once, "m-2", work)] == [
        {"total": 9},
        {"total": 9},
        {"total": 10},
    ]
    assert work.calls == 2


def test_a_failure_is_raised_unchanged_and_handled_again(run: Runner) -> None:
    failure = ValueError("no such order")
    work, store = Work(failure, "done"), Memory()
    once = Once(store, "on_order")

    with pytest.raises(ValueError) as caught:
        run(once, "m-1", work)

    assert caught.value is failure
    assert not store.entries
    assert run(once, "m-1", work) == "done"


@pytest.mark.parametrize("failure", [KeyboardInterrupt(), SystemExit(1)])
def test_what_is_no_exception_leaves_no_mark_either(run: Runner, failure: BaseException) -> None:
    store = Memory()

    with pytest.raises(type(failure)):
        run(Once(store, "on_order"), "m-1", Work(failure))

    assert not store.entries


def test_a_key_in_progress_elsewhere_is_a_failure(run: Runner) -> None:
    once, inner = Once(Memory(), "on_order"), Work("twice")

    def again() -> None:
        run(once, "m-1", inner)

    with pytest.raises(IdempotencyAlreadyInProgressError):
        once.run("m-1", CONTEXT, again)

    assert inner.calls == 0


def test_a_mark_expires_with_the_invocation_that_made_it(run: Runner) -> None:
    class Killed(BaseException):
        pass

    store, work = Memory(), Work("done")
    once = Once(store, "on_order")
    store.broken.add("delete")
    with pytest.raises(Killed):
        run(once, "m-1", Work(Killed()), LambdaContext(deadline_ms=0))
    entry = next(iter(store.entries.values()))
    assert entry.in_progress_expiry_timestamp is not None
    entry.in_progress_expiry_timestamp -= 1_000

    assert run(once, "m-1", work) == "done"


@pytest.mark.parametrize("key", [None, ""])
def test_a_record_without_a_key_is_an_error(run: Runner, key: str | None) -> None:
    work = Work("done")

    with pytest.raises(IdempotencyKeyError, match="on_order is idempotent"):
        run(Once(Memory(), "on_order"), key, work)

    assert work.calls == 0


def test_two_routes_on_one_store_are_two_pieces_of_work(run: Runner) -> None:
    store, work = Memory(), Work("one", "two")

    assert run(Once(store, "bill"), "m-1", work) == "one"
    assert run(Once(store, "ship"), "m-1", work) == "two"


def test_each_tenant_has_keys_of_its_own(run: Runner) -> None:
    work, once = Work("for a", "for b", "for nobody"), Once(Memory(), "pay", is_answer=True)
    contexts = [LambdaContext(tenant_id="a"), LambdaContext(tenant_id="b"), LambdaContext()]

    assert [run(once, "m-1", work, context) for context in contexts + contexts] == [
        *("for a", "for b", "for nobody"),
        *("for a", "for b", "for nobody"),
    ]


def test_keys_name_function_and_route(run: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "shop-prod")
    store = Memory()

    run(Once(store, "on_order"), "m-1", Work(None))

    (key,) = store.entries
    assert key.startswith("shop-prod.on_order#")


def test_a_handler_may_use_the_same_store_itself(run: Runner) -> None:
    store = Memory()
    once = Once(store, "on_order")
    config = IdempotencyConfig(event_key_jmespath="id", lambda_context=CONTEXT)  # type: ignore[arg-type]

    @idempotent_function(data_keyword_argument="order", persistence_store=store, config=config)  # type: ignore[untyped-decorator]
    def charge(order: dict[str, str]) -> str:
        return order["id"]

    class Charging(Work):
        def __call__(self) -> Any:
            super().__call__()
            return charge(order={"id": "o-1"})

    work = Charging(None)

    assert [run(once, "m-1", work), run(once, "m-1", work)] == ["o-1", "o-1"]
    assert work.calls == 1
    assert [entry.status for entry in store.entries.values()] == ["COMPLETED", "COMPLETED"]


def test_settings_of_the_store_hold_unless_they_concern_payloads(run: Runner) -> None:
    store = Memory()
    store.configure(
        IdempotencyConfig(
            expires_after_seconds=5, use_local_cache=True, event_key_jmespath="id", payload_validation_jmespath="total"
        )
    )
    work, once = Work("done"), Once(store, "on_order")

    assert [run(once, "m-1", work), run(once, "m-1", work)] == ["done", "done"]

    assert work.calls == 1
    (entry,) = store.entries.values()
    left = (entry.expiry_timestamp or 0) - datetime.datetime.now().timestamp()
    assert 0 < left <= 5
    assert store.event_key_jmespath == "id" and store.payload_validation_enabled


class Order(BaseModel):
    id: int
    note: str | None = None


@pytest.mark.parametrize(
    ("result", "again"),
    [
        (None, None),
        (0, 0),
        ("", ""),
        ({}, {}),
        (False, False),
        ({"b": 1, "a": {"d": [1.5], "c": "é"}}, {"b": 1, "a": {"d": [1.5], "c": "é"}}),
        (Order(id=7), {"id": 7, "note": None}),
        (datetime.date(2025, 2, 4), "2025-02-04"),
        (b"\x00\xff", b"\x00\xff"),
        (({"id": 7}, 201), ({"id": 7}, 201)),
        ((1, 2, 3), [1, 2, 3]),
    ],
    ids=repr,
)
def test_a_result_is_given_back_as_it_was(run: Runner, result: object, again: object) -> None:
    once, work = Once(Memory(), "pay", is_answer=True), Work(result)

    first, second = run(once, "k", work), run(once, "k", work)

    assert first is result
    assert second == again and type(second) is type(again)
    assert json.dumps(second, default=str) == json.dumps(again, default=str)  # an object's keys keep their order
    assert work.calls == 1


def test_a_response_is_given_back_with_headers_and_cookies(run: Runner) -> None:
    response = Response(b"%PDF", 201, [("x-a", "1"), ("x-a", "2")], "application/pdf")
    response.set_cookie("seen", "1")
    once = Once(Memory(), "pay", is_answer=True)

    run(once, "k", Work(response))
    again = run(once, "k", Work(None))

    assert type(again) is Response
    for attribute in ("content", "status_code", "headers", "media_type", "cookies"):
        assert getattr(again, attribute) == getattr(response, attribute)


@pytest.mark.parametrize("prelude", [None, Prelude(201, [("x-a", "1"), ("x-a", "2")], ["seen=1"])])
def test_a_complete_answer_is_given_back(run: Runner, prelude: Prelude | None) -> None:
    once = Once(Memory(), "pay", is_answer=True)

    run(once, "k", Work(BufferedResponse('{"id":7}', prelude)))
    again = run(once, "k", Work(None))

    assert type(again) is BufferedResponse
    assert (again.value, again.prelude) == ('{"id":7}', prelude)


@pytest.mark.parametrize("result", [object(), "x" * (KEPT_LIMIT + 1)], ids=["no JSON form", "too long"])
def test_a_result_that_cannot_be_kept_is_nothing_to_a_queue(run: Runner, result: object) -> None:
    once, work = Once(Memory(), "on_order"), Work(result)

    assert run(once, "m-1", work) is result
    assert run(once, "m-1", work) is None
    assert work.calls == 1


@pytest.mark.parametrize("result", [object(), "x" * (KEPT_LIMIT + 1)], ids=["no JSON form", "too long"])
def test_a_result_that_cannot_be_kept_is_an_error_to_who_waits_for_it(run: Runner, result: object) -> None:
    once, work = Once(Memory(), "pay", is_answer=True), Work(result)

    assert run(once, "k", work) is result
    with pytest.raises(ReplyError, match=f"its result, a {type(result).__name__}, could not be kept"):
        run(once, "k", work)
    assert work.calls == 1


def _generator() -> Iterator[str]:
    yield "a"


async def _async_generator() -> Any:
    yield "a"


@pytest.mark.parametrize(
    "make",
    [
        _generator,
        _async_generator,
        lambda: Response(_generator()),
        lambda: EventStream(_async_generator()),
        lambda: StreamingResponse(_async_generator()),
    ],
    ids=["generator", "async generator", "response", "event stream", "streaming response"],
)
def test_a_stream_is_refused_and_not_taken_for_done(run: Runner, make: Callable[[], object]) -> None:
    store = Memory()

    with pytest.raises(ReplyError, match="its result is kept: return it whole"):
        run(Once(store, "export", is_answer=True), "k", Work(make()))

    assert not store.entries


def test_a_coroutine_that_nobody_awaits_is_refused() -> None:
    store = Memory()

    with pytest.raises(ReplyError, match="not as a coroutine"):
        Once(store, "pay").run("k", CONTEXT, Work("done").later)

    assert not store.entries


def test_a_store_that_cannot_mark_runs_nothing(run: Runner) -> None:
    store, work = Memory(), Work("done")
    store.broken.add("put")

    with pytest.raises(IdempotencyPersistenceLayerError):
        run(Once(store, "on_order"), "m-1", work)

    assert work.calls == 0


def test_a_success_that_cannot_be_kept_is_a_failure(run: Runner) -> None:
    store = Memory()
    store.broken.add("update")

    with pytest.raises(IdempotencyPersistenceLayerError, match="the success could not be kept"):
        run(Once(store, "on_order"), "m-1", Work("done"))


def test_a_failure_stays_what_it_was_when_its_mark_cannot_be_deleted(run: Runner) -> None:
    store, failure = Memory(), ValueError("no such order")
    store.broken.add("delete")

    with pytest.raises(ValueError) as caught:
        run(Once(store, "on_order"), "m-1", Work(failure))

    assert caught.value is failure
    (note,) = caught.value.__notes__
    assert "could not be deleted (OSError)" in note


def test_powertools_switch_turns_it_off(
    run: Runner, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("POWERTOOLS_IDEMPOTENCY_DISABLED", "true")
    _log._said.discard("POWERTOOLS_IDEMPOTENCY_DISABLED")
    store, work = Memory(), Work("one", "two", "three")
    once = Once(store, "on_order")

    with caplog.at_level(logging.WARNING, "eventrouter"):
        assert [run(once, "m-1", work), run(once, "m-1", work), run(once, None, work)] == ["one", "two", "three"]

    assert not store.entries
    assert len(caplog.records) == 1


def test_something_else_than_a_store_is_refused() -> None:
    with pytest.raises(RegistrationError, match="on_order: idempotent= takes a persistence layer.*got a dict"):
        Once({}, "on_order")  # type: ignore[arg-type]


def test_a_cancelled_call_leaves_no_mark() -> None:
    store = Memory()

    async def scenario() -> None:
        started = anyio.Event()

        async def waits() -> None:
            started.set()
            await anyio.sleep_forever()

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(Once(store, "on_order").run_async, "m-1", CONTEXT, waits)
            await started.wait()
            assert len(store.entries) == 1
            tasks.cancel_scope.cancel()

    anyio.run(scenario)

    assert not store.entries


def test_a_cancellation_that_comes_too_late_does_not_undo_a_success() -> None:
    store = Memory()

    async def scenario() -> None:
        with anyio.CancelScope() as scope:

            def cancels() -> str:
                scope.cancel()
                return "done"

            await Once(store, "on_order").run_async("m-1", CONTEXT, cancels)

    anyio.run(scenario)

    assert [entry.status for entry in store.entries.values()] == ["COMPLETED"]


def test_a_coroutine_that_is_closed_awaits_nothing_more() -> None:
    store = Memory()

    with pytest.raises(GeneratorExit):
        asynchronous(Once(store, "on_order"), "m-1", Work(GeneratorExit()))

    assert [entry.status for entry in store.entries.values()] == ["INPROGRESS"]
