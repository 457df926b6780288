"""The emulator over real sockets, and with real processes: runtimes of ours, of AWS's, and of no rules at all."""

from __future__ import annotations

import json
import sys
from base64 import b64encode
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import pytest
from anyio.abc import SocketStream

import eventrouter
from eventrouter.emulator import Emulator
from eventrouter.emulator._calls import Pace
from tests.runtime.served import url_event

ROOT = Path(eventrouter.__file__).parent.parent
API = "/2018-06-01/runtime"
PRELUDE = b'{"statusCode":201,"headers":{"x-a":"1"},"cookies":["c=1"]}'
WITH_PRELUDE = "application/vnd.awslambda.http-integration-response"
LIMIT = 30

Scenario = Callable[[], Awaitable[None]]


def under(backend: str, scenario: Scenario) -> None:
    """Run *scenario*, and no longer than a while."""

    async def limited() -> None:
        with anyio.fail_after(LIMIT):
            await scenario()

    anyio.run(limited, backend=backend)


@pytest.fixture(params=["asyncio", "trio"])
def backend(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


class Client:
    """A runtime that says what a test has it say."""

    def __init__(self, stream: SocketStream) -> None:
        self.stream = stream
        self._data = b""

    @classmethod
    async def to(cls, emulator: Emulator) -> Client:
        host, _, port = emulator.address.partition(":")
        return cls(await anyio.connect_tcp(host, int(port)))

    async def send(self, data: bytes) -> None:
        await self.stream.send(data)

    async def reply(self) -> tuple[int, dict[str, str], bytes]:
        while b"\r\n\r\n" not in self._data:
            self._data += await self.stream.receive()
        head, _, self._data = self._data.partition(b"\r\n\r\n")
        lines = head.decode().split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
        length = int(headers.get("content-length", 0))
        while len(self._data) < length:
            self._data += await self.stream.receive()
        body, self._data = self._data[:length], self._data[length:]
        return int(lines[0].split()[1]), headers, body

    async def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, dict[str, str], bytes]:
        await self.begin(method, path, **{"Content-Length": str(len(body)), **headers})
        await self.send(body)
        return await self.reply()

    async def begin(self, method: str, path: str, **headers: str) -> None:
        lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
        await self.send(f"{method} {path} HTTP/1.1\r\nHost: x\r\n{lines}\r\n".encode())

    async def poll(self) -> tuple[str, bytes]:
        """The id of the next invocation, and its event."""
        _, headers, body = await self.ask("GET", f"{API}/invocation/next")
        return headers["lambda-runtime-aws-request-id"], body

    async def stream_of(self, request_id: str, *chunks: bytes, trailers: str = "", **headers: str) -> None:
        """Begin a streamed answer, and end it unless *trailers* is None."""
        await self.begin(
            "POST",
            f"{API}/invocation/{request_id}/response",
            **{
                "Transfer-Encoding": "chunked",
                "Lambda-Runtime-Function-Response-Mode": "streaming",
                "Content-Type": WITH_PRELUDE,
                "Trailer": "Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body",
                **headers,
            },
        )
        for chunk in chunks:
            await self.send(b"%x\r\n%b\r\n" % (len(chunk), chunk))


def scenario_with(runtime: Callable[[Client], Awaitable[None]], **options: Any) -> Callable[[Any], Any]:
    """Invoke an emulator whose runtime is a client of the test's own."""

    async def run(invoke: Callable[[Emulator], Awaitable[Any]]) -> Any:
        results: list[Any] = []
        async with Emulator(**options) as emulator, anyio.create_task_group() as group:
            client = await Client.to(emulator)

            async def call() -> None:
                results.append(await invoke(emulator))

            group.start_soon(call)
            await runtime(client)
            await client.stream.aclose()
        return results[0]

    return run


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


@pytest.mark.parametrize("chunk", [b"[]" + b"\0" * 8, b"x" * 20_000])
def test_a_prelude_that_is_none_is_a_500(chunk: bytes) -> None:
    async def scenario() -> None:
        async def runtime(client: Client) -> None:
            request_id, _ = await client.poll()
            await client.stream_of(request_id, chunk)
            await client.reply()

        result = await scenario_with(runtime)(lambda emulator: emulator.invoke(url_event(), mode="streaming"))

        assert (result.status, result.ended) == (500, "bad_prelude")

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


def test_a_function_error_is_told_with_its_document_and_cause() -> None:
    async def scenario() -> None:
        async def runtime(client: Client) -> None:
            request_id, _ = await client.poll()
            headers = {
                "Lambda-Runtime-Function-Error-Type": "Function.ValueError",
                "Lambda-Runtime-Function-XRay-Error-Cause": '{"paths":[]}',
            }
            path = f"{API}/invocation/{request_id}/error"
            statuses.append((await client.ask("POST", path, b'{"errorType":"ValueError"}', **headers))[0])
            statuses.append((await client.ask("POST", path, b"{}"))[0])
            statuses.append((await client.ask("POST", f"{API}/invocation/{request_id}/response", b"{}"))[0])

        statuses: list[int] = []
        result = await scenario_with(runtime)(lambda emulator: emulator.invoke(url_event()))

        assert statuses == [202, 403, 403]
        assert (result.ended, result.error, result.error_type) == (
            "error",
            {"errorType": "ValueError"},
            "Function.ValueError",
        )
        assert result.xray_cause == {"paths": []}

    under("asyncio", scenario)


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


def test_extensions_snapshots_and_the_rest_have_their_endpoints(backend: str) -> None:
    async def scenario() -> None:
        async with Emulator(initialization_type="snap-start") as emulator:
            client = await Client.to(emulator)
            name = {"Lambda-Extension-Name": "e"}
            said = [
                await client.ask("POST", "/2020-01-01/extension/register", b'{"events":[]}', **name),
                await client.ask("POST", "/2020-01-01/extension/register", b"what", **name),
                await client.ask("GET", "/2020-01-01/extension/event/next"),
                await client.ask("POST", "/2020-01-01/extension/init/error"),
                await client.ask("GET", "/2018-06-01/ping"),
                await client.ask("PUT", "/2022-07-01/telemetry"),
                await client.ask("GET", f"{API}/restore/next"),
                await client.ask("GET", "/nowhere"),
            ]
            identifier = said[0][1]["lambda-extension-identifier"]
            async with (await Client.to(emulator)).stream as waiting:
                await Client(waiting).begin(
                    "GET", "/2020-01-01/extension/event/next", **{"Lambda-Extension-Identifier": identifier}
                )
                async with anyio.create_task_group() as group:
                    group.start_soon(partial(client.begin, "GET", f"{API}/invocation/next"))
                    init = await emulator.ready()
            await client.stream.aclose()

        assert [status for status, _, _ in said] == [200, 403, 403, 202, 200, 202, 200, 404]
        assert said[4][2] == b"pong"
        assert init.state == "ready" and "ready" in repr(init)
        assert [violation.partition(":")[2].split()[0] for violation in emulator.violations] == ["403", "403", "404"]
        assert ("GET", "/2018-06-01/ping", 200) in [(each.method, each.path, each.status) for each in emulator.requests]

    under(backend, scenario)


@pytest.mark.parametrize("path", ["init/error", "restore/error"])
@pytest.mark.parametrize("document", [b'{"errorType":"X"}', b"what"])
def test_an_error_at_the_start_is_told(path: str, document: bytes) -> None:
    async def scenario() -> None:
        async with Emulator(initialization_type="snap-start") as emulator:
            client = await Client.to(emulator)
            statuses = [(await client.ask("POST", f"{API}/{path}", document))[0] for _ in range(2)]
            init = await emulator.ready()
            statuses.append((await client.ask("GET", f"{API}/invocation/next"))[0])
            await client.stream.aclose()

        assert statuses == [202, 403, 403]
        assert (init.state, init.error) == ("error", {"errorType": "X"} if document[:1] == b"{" else None)

    under("asyncio", scenario)


def test_what_is_no_http_is_hung_up_on() -> None:
    async def scenario() -> None:
        async with Emulator() as emulator:
            client = await Client.to(emulator)
            await client.send(b"what is this\r\n\r\n")
            with pytest.raises(anyio.EndOfStream):
                await client.stream.receive()
            await client.stream.aclose()
            broken = await Client.to(emulator)
            await broken.begin("POST", f"{API}/init/error", **{"Content-Length": "10"})
            await broken.send(b"abc")
            await broken.stream.aclose()
            await emulator._server.until(lambda: len(emulator.violations) == 2)

        assert "no HTTP request" in emulator.violations[0]
        assert "broke off" in emulator.violations[1]

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


def test_where_several_run_at_once_an_error_may_end_a_stream() -> None:
    async def scenario() -> None:
        async with Emulator(concurrency=2) as emulator, anyio.create_task_group() as group:
            results: list[Any] = []

            async def call() -> None:
                results.append(await emulator.invoke(url_event(), mode="streaming"))

            group.start_soon(call)
            client, other = await Client.to(emulator), await Client.to(emulator)
            request_id, _ = await client.poll()
            await client.stream_of(request_id, PRELUDE + b"\0" * 8)
            await emulator._server.until(lambda: emulator._machine.attempts[request_id].stage == "answering")
            status, _, _ = await other.ask("POST", f"{API}/invocation/{request_id}/error", b"{}")
            await client.send(b"0\r\n\r\n")
            await client.reply()
            await client.stream.aclose()
            await other.stream.aclose()

        assert status == 202
        assert results[0].ended == "error"

    under("asyncio", scenario)


# ---- callers


@pytest.mark.parametrize("hang_up", [True, False])
def test_a_caller_who_leaves_is_told_to_no_runtime_unless_the_connection_is_cut(backend: str, hang_up: bool) -> None:
    async def scenario() -> None:
        async with Emulator() as emulator, anyio.create_task_group() as group:
            has_left = anyio.Event()

            async def call() -> None:
                async with emulator.open(url_event(), hang_up=hang_up) as stream:
                    await stream.opened()
                has_left.set()

            group.start_soon(call)
            client = await Client.to(emulator)
            request_id, _ = await client.poll()
            await client.stream_of(request_id, PRELUDE, b"\0" * 8, b"body")
            await has_left.wait()
            await client.send(b"4\r\nmore\r\n")
            if hang_up:
                with pytest.raises((anyio.EndOfStream, anyio.BrokenResourceError)):
                    await client.reply()
            else:
                await client.send(b"0\r\n\r\n")
                assert (await client.reply())[0] == 202
            await client.stream.aclose()

    under(backend, scenario)


def test_a_caller_who_leaves_before_the_runtime_asks_leaves_nothing() -> None:
    async def scenario() -> None:
        async with Emulator() as emulator:
            async with emulator.open(1):
                pass
            with anyio.move_on_after(0.1) as scope:
                client = await Client.to(emulator)
                await client.poll()
            await client.stream.aclose()

        assert scope.cancelled_caught

    under("asyncio", scenario)


def test_the_same_id_is_not_invoked_twice_at_once() -> None:
    async def scenario() -> None:
        async with Emulator() as emulator, anyio.create_task_group() as group:
            group.start_soon(partial(emulator.invoke, 1, request_id="same"))
            client = await Client.to(emulator)
            request_id, _ = await client.poll()
            with pytest.raises(ValueError, match="same is running"):
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


def test_an_answer_that_comes_too_late_is_gone(backend: str) -> None:
    async def scenario() -> None:
        async with Emulator(timeout=0.1, concurrency=2) as emulator, anyio.create_task_group() as group:
            results: list[Any] = []

            async def call() -> None:
                results.append(await emulator.invoke(1))

            group.start_soon(call)
            client = await Client.to(emulator)
            request_id, _ = await client.poll()
            while not results:
                await anyio.lowlevel.checkpoint()
            late = await client.ask("POST", f"{API}/invocation/{request_id}/response", b"{}")
            await client.stream.aclose()

        assert (late[0], json.loads(late[2])["errorType"]) == (410, "InvokeTimeout")
        assert (results[0].ended, results[0].error_type) == ("timeout", "Sandbox.Timedout")
        assert "Task timed out after 0.10 seconds" in results[0].error["errorMessage"]

    under(backend, scenario)


@pytest.mark.parametrize(
    ("rate", "burst", "sizes", "seconds"),
    [(1000, 0, [10], 0.01), (1000, 100, [50, 50], 0.0), (float("inf"), 0, [10**9], 0.0)],
)
def test_an_answer_is_read_at_its_pace(rate: float, burst: float, sizes: list[int], seconds: float) -> None:
    async def scenario() -> None:
        pace = Pace(rate, burst)
        began = anyio.current_time()
        for size in sizes:
            await pace.took(size)

        assert anyio.current_time() - began >= seconds
        assert 1 <= pace.piece <= 65536

    under("asyncio", scenario)


@pytest.mark.parametrize("option", [{"bandwidth": 1e9}, {}])
def test_a_slow_caller_is_a_slow_reader(option: dict[str, float]) -> None:
    async def scenario() -> None:
        async def runtime(client: Client) -> None:
            request_id, _ = await client.poll()
            await client.stream_of(request_id, PRELUDE, b"\0" * 8, b"x" * 50)
            await client.send(b"0\r\n\r\n")
            await client.reply()

        rate = {} if option else {"read_rate": 2000.0}
        run = scenario_with(runtime, **option)
        result = await run(lambda emulator: emulator.invoke(url_event(), mode="streaming", **rate))

        assert len(result.body) == 50
        assert option or result.took > 0.01

    under("asyncio", scenario)


# ---- processes

BARE = """
import os, sys, time
def handler(event, context):
    if event == "error":
        raise ValueError("no")
    if event == "exit":
        os._exit(3)
    if event == "hang":
        time.sleep(60)
    print("handled", event, flush=True)
    return {"statusCode": 200, "body": f"{event} {os.environ['_HANDLER']}"}
"""


def awslambdaric(folder: Path, **options: Any) -> Emulator:
    (folder / "bare.py").write_text(BARE)
    return Emulator(
        [sys.executable, "-m", "awslambdaric", "bare.handler"], handler="bare.handler", cwd=folder, **options
    )


def test_awss_own_client_is_served(backend: str, tmp_path: Path) -> None:
    async def scenario() -> None:
        lines: list[str] = []
        async with awslambdaric(tmp_path, log=lines.append) as emulator:
            init = await emulator.ready()
            answer = await emulator.invoke("hello")
            error = await emulator.invoke("error")
            many = [await emulator.invoke(number) for number in range(100)]

        assert init.state == "ready"
        assert answer.json() == {"statusCode": 200, "body": "hello bare.handler"}
        assert (error.ended, error.error["errorType"]) == ("error", "ValueError")
        assert [each.ended for each in many] == ["complete"] * 100
        assert emulator.violations == []
        assert "handled hello" in emulator.output and "handled hello" in "".join(lines)

    under(backend, scenario)


def test_awss_own_client_is_served_a_thousand_times_in_a_row(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with awslambdaric(tmp_path) as emulator:
            ends = {(await emulator.invoke(number)).ended for number in range(1000)}

        assert ends == {"complete"}

    under("asyncio", scenario)


def test_awss_own_client_is_served_with_several_processes(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with awslambdaric(tmp_path, concurrency=2) as emulator:
            await emulator.ready()
            results: list[Any] = []

            async def call(number: int) -> None:
                results.append(await emulator.invoke(number))

            async with anyio.create_task_group() as group:
                for number in range(20):
                    group.start_soon(call, number)

        assert sorted(int(each.json()["body"].split()[0]) for each in results) == list(range(20))
        assert emulator.violations == []

    under("asyncio", scenario)


def test_an_init_error_of_awss_own_client_is_told(tmp_path: Path) -> None:
    async def scenario() -> None:
        command = [sys.executable, "-m", "awslambdaric", "missing.handler"]
        async with Emulator(command, cwd=tmp_path, restart=False) as emulator:
            init = await emulator.ready()
            result = await emulator.invoke(1)

        assert (init.state, init.error_type) == ("error", "Runtime.ImportModuleError")
        assert (result.ended, result.error_type) == ("exited", "Runtime.ImportModuleError")

    under("asyncio", scenario)


def test_a_process_that_ends_is_told_and_started_anew(backend: str, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with awslambdaric(tmp_path) as emulator:
            ended = await emulator.invoke("exit")
            again = await emulator.invoke("hello")
            killed = await emulator.kill()
            after = await emulator.invoke("hello")

        assert (ended.ended, ended.error_type) == ("exited", "Runtime.ExitError")
        assert "exit code 3" in ended.why
        assert (again.ended, after.ended) == ("complete", "complete")
        assert (killed, emulator.restarts) == (-9, 2)

    under(backend, scenario)


def test_a_runtime_that_runs_out_of_time_is_killed(backend: str, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with awslambdaric(tmp_path, timeout=1.0) as emulator:
            await emulator.ready()
            result = await emulator.invoke("hang")
            exit_code = emulator.exit_code
            after = await emulator.invoke("hello")

        assert (result.ended, result.error_type, exit_code) == ("timeout", "Sandbox.Timedout", -9)
        assert after.ended == "complete"

    under(backend, scenario)


def test_a_runtime_without_an_extension_is_ended_without_a_signal(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with awslambdaric(tmp_path) as emulator:
            await emulator.ready()
            exit_code = await emulator.terminate()

        assert exit_code == -9

    under("asyncio", scenario)


def test_an_emulator_without_a_process_has_none_to_end() -> None:
    async def scenario() -> None:
        async with Emulator() as emulator:
            assert await emulator.terminate() is None
            assert await emulator.kill() is None

    under("asyncio", scenario)


def test_a_process_that_ends_before_it_asks_is_told(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with Emulator([sys.executable, "-c", "print('x'); raise SystemExit(4)"], restart=False) as emulator:
            init = await emulator.ready()
            result = await emulator.invoke(1)

        assert (init.state, emulator.exit_code) == ("exited", 4)
        assert (result.ended, result.error_type) == ("exited", "Runtime.ExitError")

    under("asyncio", scenario)


def test_our_runtime_shuts_down_when_it_is_told_to(backend: str, tmp_path: Path) -> None:
    async def scenario() -> None:
        (tmp_path / "main.py").write_text(
            "from contextlib import contextmanager\nfrom eventrouter import App\n"
            "@contextmanager\ndef lifespan(app):\n    yield\n    print('stopped', flush=True)\n"
            "app = App(lifespan=lifespan, response_stream={'function_url'})\n"
            "@app.get('/')\ndef home():\n    yield 'a'\n    yield 'b'\n"
        )
        command = [sys.executable, "-m", "eventrouter", "run", "main:app"]
        async with Emulator(command, cwd=tmp_path, env={"PYTHONPATH": str(ROOT)}) as emulator:
            result = await emulator.invoke(url_event(), mode="streaming")
            exit_code = await emulator.terminate()

        assert [chunk.data for chunk in result.chunks] == [b"a", b"b"]
        assert exit_code == 0
        assert "stopped" in emulator.output
        assert emulator.violations == []

    under(backend, scenario)


def test_without_h11_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("eventrouter.emulator")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "h11", None)

    with pytest.raises(ModuleNotFoundError, match=r"pip install 'eventrouter\[testing\]'"):
        import eventrouter.emulator  # noqa: F401 - it is imported anew
