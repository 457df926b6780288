"""The rules of the Runtime API over real sockets, told to a runtime that keeps none of them."""

from __future__ import annotations

import json
import sys
from base64 import b64encode
from functools import partial
from typing import Any

import anyio
import pytest

from eventrouter.emulator import Emulator
from tests.emulator.scripted import API, PRELUDE, Client, scenario_with, under
from tests.runtime.served import url_event


def test_a_buffered_answer_is_what_its_caller_sees(backend: str) -> None:
    async def scenario() -> None:
        async def runtime(client: Client) -> None:
            request_id, event = await client.poll()
            seen.append(json.loads(event))
            body = b'{"statusCode":201,"headers":{"x-a":"1"},"body":"hello","cookies":["c=1"]}'
            seen.append((await client.ask("POST", f"{API}/invocation/{request_id}/response", body))[0])

        seen: list[Any] = []
        result = await scenario_with(runtime)(lambda emulator: emulator.invoke(url_event()))

        assert seen == [url_event(), 202]
        assert (result.status, result.headers["x-a"], result.text, result.cookies) == (201, "1", "hello", ["c=1"])
        assert (result.ended, result.failed, result.mode) == ("complete", False, "buffered")

    under(backend, scenario)


def test_a_streamed_answer_arrives_chunk_by_chunk(backend: str) -> None:
    async def scenario() -> None:
        async with Emulator() as emulator, anyio.create_task_group() as group:
            arrived: list[bytes] = []
            has_arrived = anyio.Event()

            async def call() -> None:
                async with emulator.open(url_event()) as stream:
                    await stream.opened()
                    assert (stream.status, stream.headers["x-a"]) == (201, "1")
                    async for chunk in stream:
                        arrived.append(chunk.data)
                        has_arrived.set()
                assert stream.result.ended == "complete"
                assert stream.result.cookies == ["c=1"]

            group.start_soon(call)
            client = await Client.to(emulator)
            request_id, _ = await client.poll()
            await client.stream_of(request_id, PRELUDE[:9], PRELUDE[9:] + b"\0\0\0", b"\0\0\0\0\0one")
            await has_arrived.wait()
            await client.send(b"3\r\ntwo\r\n0\r\n\r\n")

            assert (await client.reply())[0] == 202
            await client.stream.aclose()
        assert arrived == [b"one", b"two"]

    under(backend, scenario)


NAMES = {"lambda-runtime-function-error-type", "lambda-runtime-function-error-body"}


@pytest.mark.parametrize("is_announced", [True, False])
def test_trailers_tell_of_an_error_where_they_are_announced(backend: str, is_announced: bool) -> None:
    async def scenario() -> None:
        async def runtime(client: Client) -> None:
            request_id, _ = await client.poll()
            headers = {} if is_announced else {"Trailer": "Other"}
            await client.stream_of(request_id, PRELUDE, b"\0" * 8, b"body", **headers)
            body = b64encode(b'{"errorType":"ValueError"}').decode()
            await client.send(
                b"0\r\nLambda-Runtime-Function-Error-Type: Function.ValueError\r\n"
                + f"Lambda-Runtime-Function-Error-Body: {body}\r\n\r\n".encode()
            )
            await client.reply()

        result = await scenario_with(runtime)(lambda emulator: emulator.invoke(url_event(), mode="streaming"))

        assert (result.ended == "error") is is_announced
        assert set(result.trailers) == (NAMES if is_announced else set())
        assert (result.error, result.error_type) == (
            ({"errorType": "ValueError"}, "Function.ValueError") if is_announced else (None, "")
        )
        assert result.body == b"body"

    under(backend, scenario)


@pytest.mark.parametrize("text", ["%%%", b64encode(b"{").decode()])
def test_an_error_in_trailers_that_cannot_be_read_is_an_error_all_the_same(text: str) -> None:
    async def scenario() -> None:
        async def runtime(client: Client) -> None:
            request_id, _ = await client.poll()
            await client.stream_of(request_id, PRELUDE + b"\0" * 8)
            await client.send(
                f"0\r\nLambda-Runtime-Function-Error-Type: what\r\nLambda-Runtime-Function-Error-Body: {text}\r\n\r\n".encode()
            )
            await client.reply()

        result = await scenario_with(runtime)(lambda emulator: emulator.invoke(url_event(), mode="streaming"))

        assert (result.ended, result.error, result.error_type) == ("error", None, "Runtime.Unknown")

    under("asyncio", scenario)


def test_a_raw_stream_is_forwarded_with_its_content_type() -> None:
    async def scenario() -> None:
        async def runtime(client: Client) -> None:
            request_id, _ = await client.poll()
            await client.stream_of(request_id, b"raw", **{"Content-Type": "text/plain"})
            await client.send(b"0\r\n\r\n")
            await client.reply()

        result = await scenario_with(runtime)(lambda emulator: emulator.invoke({"a": 1}, mode="streaming"))

        assert (result.body, result.headers["content-type"], result.prelude) == (b"raw", "text/plain", None)

    under("asyncio", scenario)


def test_a_streamed_answer_to_a_buffered_invocation_is_its_bytes_prelude_included() -> None:
    async def scenario() -> None:
        async def runtime(client: Client) -> None:
            request_id, _ = await client.poll()
            await client.stream_of(request_id, PRELUDE, b"\0" * 8, b"body")
            await client.send(b"0\r\n\r\n")
            await client.reply()

        result = await scenario_with(runtime)(lambda emulator: emulator.invoke({"a": 1}))

        assert result.body == PRELUDE + b"\0" * 8 + b"body"

    under("asyncio", scenario)


@pytest.mark.parametrize("chunk", [b"[]" + b"\0" * 8, b'{"statusCode":"x"}' + b"\0" * 8, b"x" * 20_000, PRELUDE])
def test_a_prelude_that_is_none_is_a_500(chunk: bytes) -> None:
    async def scenario() -> None:
        async def runtime(client: Client) -> None:
            request_id, _ = await client.poll()
            await client.stream_of(request_id, chunk, b"more")
            await client.send(b"0\r\n\r\n")
            statuses.append((await client.reply())[0])

        statuses: list[int] = []
        result = await scenario_with(runtime)(lambda emulator: emulator.invoke(url_event(), mode="streaming"))

        assert (result.status, result.ended, result.body) == (500, "bad_prelude", b"")
        assert statuses == [202]  # Lambda hands on what it is sent, and leaves it to the gateway

    under("asyncio", scenario)


def test_an_answer_that_breaks_off_is_truncated(backend: str) -> None:
    async def scenario() -> None:
        async def runtime(client: Client) -> None:
            request_id, _ = await client.poll()
            await client.stream_of(request_id, PRELUDE, b"\0" * 8, b"body")

        result = await scenario_with(runtime)(lambda emulator: emulator.invoke(url_event(), mode="streaming"))

        assert (result.ended, result.error_type) == ("truncated", "Runtime.TruncatedResponse")
        assert result.body == b"body"

    under(backend, scenario)


def test_an_answer_in_one_piece_that_is_too_large_is_refused(backend: str) -> None:
    async def scenario() -> None:
        async def runtime(client: Client) -> None:
            request_id, _ = await client.poll()
            await client.begin(
                "POST", f"{API}/invocation/{request_id}/response", **{"Content-Length": str(7 * 1024**2)}
            )

            async def send() -> None:
                try:
                    await client.send(b"x" * 7 * 1024**2)
                except anyio.BrokenResourceError:
                    pass  # it is not read to its end

            async with anyio.create_task_group() as group:
                group.start_soon(send)
                statuses.append((await client.reply())[0])
                group.cancel_scope.cancel()

        statuses: list[int] = []
        result = await scenario_with(runtime)(lambda emulator: emulator.invoke({"a": 1}))

        assert statuses == [413]
        assert (result.ended, result.error_type) == ("too_large", "Function.ResponseSizeTooLarge")

    under(backend, scenario)


def test_an_invalid_response_mode_fails_the_invocation() -> None:
    async def scenario() -> None:
        async def runtime(client: Client) -> None:
            request_id, _ = await client.poll()
            mode = {"Lambda-Runtime-Function-Response-Mode": "chunked"}
            status, _, body = await client.ask("POST", f"{API}/invocation/{request_id}/response", b"{}", **mode)
            said.append((status, json.loads(body)["errorType"]))

        said: list[Any] = []
        result = await scenario_with(runtime)(lambda emulator: emulator.invoke(url_event()))

        assert said == [(400, "InvalidFunctionResponseMode")]
        assert result.error_type == "Runtime.InvalidResponseModeHeader"

    under("asyncio", scenario)


def test_what_the_runtime_is_told_of_an_invocation() -> None:
    async def scenario() -> None:
        async def runtime(client: Client) -> None:
            _, headers, body = await client.ask("GET", f"{API}/invocation/next")
            seen.append((headers, body))
            status, _, _ = await client.ask("POST", f"{API}/invocation/a%2Fb/response", b"{}")
            assert status == 410
            attempt = {"Lambda-Runtime-Invocation-Id": "attempt"}
            await client.ask("POST", f"{API}/invocation/a%2Fb/response", b"{}", **attempt)

        seen: list[Any] = []
        await scenario_with(runtime)(
            lambda emulator: emulator.invoke(
                b"raw event",
                request_id="a/b",
                client_context='{"custom":1}',
                identity="{}",
                tenant_id="blue",
                trace_id="Root=1",
                invocation_id="attempt",
                deadline_ms=600_000,
                content_type="text/plain",
                headers={"Lambda-Runtime-Invoked-Function-Arn": "", "x-more": "1"},
            )
        )

        headers, body = seen[0]
        assert body == b"raw event"
        assert headers["lambda-runtime-aws-request-id"] == "a/b"
        assert headers["lambda-runtime-deadline-ms"] == "600000"
        assert headers["lambda-runtime-client-context"] == '{"custom":1}'
        assert headers["lambda-runtime-aws-tenant-id"] == "blue"
        assert headers["content-type"] == "text/plain"
        assert headers["x-more"] == "1"
        assert "lambda-runtime-invoked-function-arn" not in headers

    under("asyncio", scenario)


def test_a_client_may_ask_before_it_sends() -> None:
    async def scenario() -> None:
        async with Emulator() as emulator:
            client = await Client.to(emulator)
            await client.begin("POST", f"{API}/init/error", **{"Content-Length": "2", "Expect": "100-continue"})
            first = await client.reply()
            await client.send(b"{}")
            second = await client.reply()
            await client.stream.aclose()

        assert (first[0], second[0]) == (100, 202)

    under("asyncio", scenario)


def test_a_stream_that_nobody_asked_for_is_refused_before_it_is_read() -> None:
    async def scenario() -> None:
        async with Emulator() as emulator:
            client = await Client.to(emulator)
            await client.stream_of("unknown", b"x")
            status, headers, _ = await client.reply()
            await client.stream.aclose()

        assert (status, headers["connection"]) == (400, "close")

    under("asyncio", scenario)


def test_a_request_that_comes_behind_a_poll_is_answered_after_it() -> None:
    async def scenario() -> None:
        async with Emulator() as emulator, anyio.create_task_group() as group:
            client = await Client.to(emulator)
            await client.begin("GET", f"{API}/invocation/next")
            await emulator.ready()
            await client.begin("GET", "/2018-06-01/ping")
            await anyio.wait_all_tasks_blocked()
            group.start_soon(emulator.invoke, 1)
            first, second = await client.reply(), await client.reply()
            request_id = first[1]["lambda-runtime-aws-request-id"]
            await client.ask("POST", f"{API}/invocation/{request_id}/response", b"{}")
            await client.stream.aclose()

        assert (first[2], second[2]) == (b"1", b"pong")

    under("asyncio", scenario)


def test_the_same_id_is_not_invoked_twice_at_once() -> None:
    async def scenario() -> None:
        async with Emulator() as emulator, anyio.create_task_group() as group:
            group.start_soon(partial(emulator.invoke, 1, request_id="same"))
            client = await Client.to(emulator)
            request_id, _ = await client.poll()
            with pytest.raises(ValueError, match="same is not over"):
                await emulator.invoke(1, request_id="same")
            await client.ask("POST", f"{API}/invocation/{request_id}/response", b"{}")
            await client.stream.aclose()

    under("asyncio", scenario)


def test_a_poller_who_goes_is_handed_nothing() -> None:
    async def scenario() -> None:
        async with Emulator() as emulator:
            gone = await Client.to(emulator)
            await gone.begin("GET", f"{API}/invocation/next")
            await emulator.ready()
            await gone.stream.aclose()
            async with anyio.create_task_group() as group:
                client = await Client.to(emulator)
                group.start_soon(emulator.invoke, 1)
                request_id, event = await client.poll()
                await client.ask("POST", f"{API}/invocation/{request_id}/response", b"{}")
                await client.stream.aclose()

        assert event == b"1"

    under("asyncio", scenario)


def test_without_h11_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("eventrouter.emulator")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "h11", None)

    with pytest.raises(ModuleNotFoundError, match=r"pip install 'eventrouter\[testing\]'"):
        import eventrouter.emulator  # noqa: F401 - it is imported anew
