"""Callers of every kind: slow ones, ones that leave, and ones that ask for what cannot be."""

from __future__ import annotations

import math
from typing import Any

import anyio
import pytest

from eventrouter.emulator import Emulator
from eventrouter.emulator._calls import PIECE, Pace
from eventrouter.emulator._options import handed_over, json_text
from tests.emulator.scripted import DELIMITER, PRELUDE, Client, scenario_with, under
from tests.runtime.served import url_event


@pytest.mark.parametrize(
    ("rate", "burst", "reads", "delays"),
    [
        (math.inf, 0, [(0, 10**9)], [0]),
        (100, 0, [(0, 50), (0.5, 50)], [0.5, 0.5]),
        (100, 200, [(0, 150), (0, 100), (0, 100)], [0, 0.5, 1.5]),
        (100, 200, [(0, 200), (1, 100), (1, 10)], [0, 0, 0.1]),  # what was not read in time may be read later
        (100, 200, [(0, 0), (1000, 300)], [0, 1.0]),  # but no more than the burst
    ],
)
def test_an_answer_is_read_at_its_pace(
    rate: float, burst: float, reads: list[tuple[float, int]], delays: list[float]
) -> None:
    pace = Pace(rate, burst)

    found = [pace.delay(size, now) for now, size in reads]

    assert found == pytest.approx(delays)


@pytest.mark.parametrize(("rate", "piece"), [(math.inf, PIECE), (2000, 250), (1, 1), (10**9, PIECE)])
def test_a_slow_reader_reads_little_at_a_time(rate: float, piece: int) -> None:
    assert Pace(rate).piece == piece


@pytest.mark.parametrize("is_slow", [True, False])
def test_a_slow_caller_is_a_slow_reader(backend: str, is_slow: bool) -> None:
    async def scenario() -> None:
        async def runtime(client: Client) -> None:
            request_id, _ = await client.poll()
            await client.stream_of(request_id, PRELUDE, DELIMITER, b"x" * 50)
            await client.send(b"0\r\n\r\n")
            await client.reply()

        run = scenario_with(runtime, bandwidth=1e9)
        rate = 2000.0 if is_slow else None
        result = await run(lambda emulator: emulator.invoke(url_event(), mode="streaming", read_rate=rate))

        assert len(result.body) == 50
        assert not is_slow or result.took > 0.01

    under(backend, scenario)


@pytest.mark.parametrize("hang_up", [True, False])
def test_a_caller_who_leaves_is_told_to_no_runtime_unless_the_connection_is_cut(backend: str, hang_up: bool) -> None:
    async def scenario() -> None:
        async with (
            Emulator() as emulator,
            await Client.to(emulator) as client,
            anyio.create_task_group() as group,
        ):
            has_left = anyio.Event()

            async def call() -> None:
                async with emulator.open(url_event(), hang_up=hang_up) as stream:
                    await stream.opened()
                    has_left.set()

            group.start_soon(call)
            request_id, _ = await client.poll()
            await client.stream_of(request_id, PRELUDE, DELIMITER, b"body")
            await has_left.wait()
            if hang_up:
                with pytest.raises((anyio.EndOfStream, anyio.BrokenResourceError)):
                    await client.reply()
            else:
                await client.send(b"4\r\nmore\r\n0\r\n\r\n")
                assert (await client.reply())[0] == 202
        assert emulator.violations == []

    under(backend, scenario)


def test_a_caller_may_stop_and_go_on_reading(backend: str) -> None:
    async def scenario() -> None:
        async with Emulator() as emulator, await Client.to(emulator) as client, anyio.create_task_group() as group:
            taken: list[bytes] = []

            async def call() -> None:
                async with emulator.open(url_event()) as stream:
                    async for chunk in stream:
                        taken.append(chunk.data)
                        break
                    assert stream.result.ended is None
                    has_stopped.set()
                    taken.extend([chunk.data async for chunk in stream])

            has_stopped = anyio.Event()
            group.start_soon(call)
            request_id, _ = await client.poll()
            await client.stream_of(request_id, PRELUDE, DELIMITER, b"one")
            await has_stopped.wait()
            await client.send(b"3\r\ntwo\r\n0\r\n\r\n")
            await client.reply()

        assert taken == [b"one", b"two"]

    under(backend, scenario)


def test_a_caller_who_leaves_before_the_runtime_asks_leaves_nothing() -> None:
    async def scenario() -> None:
        async with Emulator() as emulator, await Client.to(emulator) as client, anyio.create_task_group() as group:
            async with emulator.open(1):
                pass
            group.start_soon(emulator.invoke, 2)
            request_id, event = await client.poll()
            await client.answer(request_id)

        assert event == b"2"

    under("asyncio", scenario)


def test_what_goes_wrong_in_the_callers_block_comes_out_as_it_is(backend: str) -> None:
    async def scenario() -> None:
        with pytest.raises(KeyError):
            async with Emulator() as emulator, emulator.open(1):
                raise KeyError("the caller's own")

    under(backend, scenario)


def test_whoever_waits_while_the_emulator_is_left_is_told(backend: str) -> None:
    async def scenario() -> None:
        ends: list[Any] = []

        async with anyio.create_task_group() as group, Emulator() as emulator, await Client.to(emulator) as client:

            async def call(event: int) -> None:
                ends.append((await emulator.invoke(event)).ended)

            group.start_soon(call, 1)
            group.start_soon(call, 2)
            await client.poll()

        assert ends == ["exited", "exited"]

    under(backend, scenario)


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({}, {"A": "1"}),
        ({"a": "2"}, {"A": "2"}),
        ({"a": ""}, {"A": ""}),
        ({"b": "2", "x": "3"}, {"A": "1", "B": "2", "x": "3"}),
    ],
)
def test_headers_are_replaced_whatever_their_case(given: dict[str, str], found: dict[str, str]) -> None:
    assert handed_over({"A": "1", "B": None}, given) == found


@pytest.mark.parametrize("value", ["a\r\nb: c", "a\nb", "a\0"])
def test_a_header_that_cannot_be_sent_is_refused(value: str) -> None:
    async def scenario() -> None:
        async with Emulator() as emulator:
            with pytest.raises(ValueError, match="Tenant-Id has a line break or a NUL"):
                await emulator.invoke(1, tenant_id=value)

    under("asyncio", scenario)


@pytest.mark.parametrize(("value", "text"), [(None, None), ('{"a":1}', '{"a":1}'), ({"a": "é"}, '{"a": "\\u00e9"}')])
def test_json_is_given_as_text_or_as_data(value: Any, text: str | None) -> None:
    assert json_text(value) == text


def test_a_client_context_is_sent_as_utf_8() -> None:
    async def scenario() -> None:
        async def runtime(client: Client) -> None:
            _, headers, _ = await client.ask("GET", "/2018-06-01/runtime/invocation/next")
            contexts.append(headers["lambda-runtime-client-context"])
            await client.answer(headers["lambda-runtime-aws-request-id"])

        contexts: list[str] = []
        await scenario_with(runtime)(lambda emulator: emulator.invoke(1, client_context='{"custom":{"a":"é"}}'))

        assert contexts == ['{"custom":{"a":"é"}}']

    under("asyncio", scenario)


def test_headers_with_no_value_are_not_sent() -> None:
    async def scenario() -> None:
        async def runtime(client: Client) -> None:
            _, headers, _ = await client.ask("GET", "/2018-06-01/runtime/invocation/next")
            names.update(headers)
            await client.answer(headers["lambda-runtime-aws-request-id"])

        names: set[str] = set()
        left_out = {"lambda-runtime-deadline-ms": "", "lambda-runtime-trace-id": ""}
        await scenario_with(runtime)(lambda emulator: emulator.invoke(1, headers=left_out))

        assert names == {
            "content-type",
            "content-length",
            "lambda-runtime-aws-request-id",
            "lambda-runtime-invoked-function-arn",
        }

    under("asyncio", scenario)


def test_a_runtime_that_could_not_start_is_invoked_in_vain() -> None:
    async def scenario() -> None:
        async with Emulator() as emulator, await Client.to(emulator) as client:
            ends: list[Any] = []

            async def call() -> None:
                ends.append((await emulator.invoke(1)).ended)

            async with anyio.create_task_group() as group:
                group.start_soon(call)
                await anyio.wait_all_tasks_blocked()
                await client.ask("POST", "/2018-06-01/runtime/init/error", b"{}")
            await call()

        assert ends == ["exited", "exited"]

    under("asyncio", scenario)
