"""What a runtime is refused, over a real socket: each by a client that breaks one rule."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

import anyio
import pytest

from eventrouter.emulator import Emulator
from eventrouter.emulator._states import MAX_ERROR, MAX_RESPONSE
from tests.emulator.scripted import API, DELIMITER, EXTENSION, PRELUDE, Client, scenario_with, told, under
from tests.runtime.served import url_event


def test_an_invocation_is_answered_once(backend: str) -> None:
    async def scenario() -> None:
        async def runtime(client: Client) -> None:
            request_id, _ = await client.poll()
            headers = {
                "Lambda-Runtime-Function-Error-Type": "Function.ValueError",
                "Lambda-Runtime-Function-XRay-Error-Cause": '{"paths":[]}',
            }
            path = f"{API}/invocation/{request_id}/error"
            said.append(told(await client.ask("POST", path, b'{"errorType":"ValueError"}', **headers)))
            said.append(told(await client.ask("POST", path, b"{}")))
            said.append(await client.answer(request_id))

        said: list[Any] = []
        result = await scenario_with(runtime)(lambda emulator: emulator.invoke(url_event()))

        assert said == [(202, ""), (403, "InvalidStateTransition"), (403, "InvalidStateTransition")]
        assert (result.ended, result.error_type) == ("error", "Function.ValueError")
        assert (result.status, result.error, result.xray_cause) == (502, {"errorType": "ValueError"}, {"paths": []})

    under(backend, scenario)


def test_an_answer_to_another_invocation_is_refused() -> None:
    async def scenario() -> None:
        async with Emulator() as emulator, await Client.to(emulator) as client, anyio.create_task_group() as group:
            group.start_soon(emulator.invoke, 1)
            group.start_soon(emulator.invoke, 2)
            first, _ = await client.poll()
            early = await client.answer("another")
            await client.answer(first)
            second, _ = await client.poll()
            repeated = await client.answer(first)
            await client.answer(second)

        assert (early, repeated) == ((400, "InvalidRequestID"), (400, "InvalidRequestID"))
        assert (
            emulator.violations[0]
            == f"POST {API}/invocation/another/response: 400 InvalidRequestID, Invalid request ID"
        )

    under("asyncio", scenario)


def test_a_runtime_that_asks_again_is_given_the_same_again_until_it_answers() -> None:
    async def scenario() -> None:
        async with (
            Emulator() as emulator,
            await Client.to(emulator) as client,
            await Client.to(emulator) as other,
            anyio.create_task_group() as group,
        ):
            group.start_soon(emulator.invoke, 1)
            first, again = await client.poll(), await other.poll()
            await client.stream_of(first[0], b"{}")
            await emulator._changes.until(lambda: emulator._machine.running[first[0]].stage == "answering")
            meanwhile = told(await other.ask("GET", f"{API}/invocation/next"))
            twice = await other.answer(first[0])
            await client.send(b"0\r\n\r\n")
            await client.reply()

        assert first == again
        assert (meanwhile, twice) == ((403, "InvalidStateTransition"), (403, "InvalidStateTransition"))

    under("asyncio", scenario)


def test_a_poller_that_waits_is_not_given_what_another_was_given() -> None:
    async def scenario() -> None:
        async with (
            Emulator() as emulator,
            await Client.to(emulator) as one,
            await Client.to(emulator) as other,
            await Client.to(emulator) as third,
            anyio.create_task_group() as group,
        ):
            await one.begin("GET", f"{API}/invocation/next")
            await other.begin("GET", f"{API}/invocation/next")
            await emulator.ready()
            await anyio.wait_all_tasks_blocked()
            group.start_soon(partial(emulator.invoke, 1, request_id="r"))
            await anyio.wait_all_tasks_blocked()
            asked = [(each.path, each.status) for each in emulator.requests]
            await third.answer("r")

        assert asked == [(f"{API}/invocation/next", 200)]

    under("asyncio", scenario)


@pytest.mark.parametrize("concurrency", [None, 2])
def test_an_answer_that_comes_too_late_is_gone(backend: str, concurrency: int | None) -> None:
    async def scenario() -> None:
        async with (
            Emulator(timeout=0.1, concurrency=concurrency) as emulator,
            await Client.to(emulator) as client,
            anyio.create_task_group() as group,
        ):
            results: list[Any] = []
            has_ended = anyio.Event()

            async def call() -> None:
                results.append(await emulator.invoke(1))
                has_ended.set()

            group.start_soon(call)
            request_id, _ = await client.poll()
            await has_ended.wait()
            late = await client.answer(request_id)

        assert late == (410, "InvokeTimeout")
        assert (results[0].ended, results[0].error_type) == ("timeout", "Sandbox.Timedout")
        assert results[0].error["errorMessage"].endswith("Error: Task timed out after 0.10 seconds")

    under(backend, scenario)


def test_a_stream_whose_time_is_over_is_refused_its_next_chunk() -> None:
    async def scenario() -> None:
        async with (
            Emulator(timeout=0.2, concurrency=2) as emulator,
            await Client.to(emulator) as client,
            anyio.create_task_group() as group,
        ):
            has_ended = anyio.Event()

            async def call() -> None:
                result = await emulator.invoke(url_event(), mode="streaming")
                assert (result.ended, result.status, result.body) == ("timeout", 201, b"body")
                has_ended.set()

            group.start_soon(call)
            request_id, _ = await client.poll()
            await client.stream_of(request_id, PRELUDE, DELIMITER, b"body")
            await has_ended.wait()
            await client.send(b"4\r\nmore\r\n")
            late = told(await client.reply())

        assert late == (410, "InvokeTimeout")

    under("asyncio", scenario)


def test_the_time_of_one_that_waits_begins_when_it_is_handed_over() -> None:
    async def scenario() -> None:
        async with Emulator(timeout=0.3) as emulator, await Client.to(emulator) as client:
            ends: list[str | None] = []
            has_ended = anyio.Event()

            async def call(event: int) -> None:
                ends.append((await emulator.invoke(event)).ended)
                has_ended.set()

            async with anyio.create_task_group() as group:
                group.start_soon(call, 1)
                await client.poll()
                group.start_soon(call, 2)
                await has_ended.wait()
                request_id, event = await client.poll()
                await client.answer(request_id)

        assert (event, ends) == (b"2", ["timeout", "complete"])

    under("asyncio", scenario)


def test_a_runtime_that_never_asks_is_out_of_time() -> None:
    async def scenario() -> None:
        async with Emulator(timeout=0.1) as emulator:
            with pytest.raises(TimeoutError):
                await emulator.ready()
            result = await emulator.invoke(1)

        assert (emulator.init.state, result.ended, result.took) == ("starting", "timeout", 0.0)

    under("asyncio", scenario)


@pytest.mark.parametrize(
    ("sent", "expected"),
    [({}, 410), ({"Lambda-Runtime-Invocation-Id": "1"}, 410), ({"Lambda-Runtime-Invocation-Id": "2"}, 202)],
)
def test_an_answer_belongs_to_one_attempt(sent: dict[str, str], expected: int) -> None:
    async def scenario() -> None:
        async def runtime(client: Client) -> None:
            await client.poll()
            said.append((await client.answer("r", b"{}", **sent))[0])
            await client.answer("r", b"{}", **{"Lambda-Runtime-Invocation-Id": "2"})

        said: list[int] = []
        await scenario_with(runtime)(lambda emulator: emulator.invoke(1, request_id="r", invocation_id="2"))

        assert said == [expected]

    under("asyncio", scenario)


# ---- several invocations at once


def test_where_several_run_at_once_an_error_may_end_a_stream() -> None:
    async def scenario() -> None:
        async with (
            Emulator(concurrency=2) as emulator,
            await Client.to(emulator) as client,
            await Client.to(emulator) as other,
            anyio.create_task_group() as group,
        ):
            results: list[Any] = []

            async def call() -> None:
                results.append(await emulator.invoke(url_event(), mode="streaming"))

            group.start_soon(call)
            request_id, _ = await client.poll()
            await client.stream_of(request_id, PRELUDE + DELIMITER)
            await emulator._changes.until(lambda: emulator._machine.running[request_id].stage == "answering")
            path = f"{API}/invocation/{request_id}/error"
            said = [
                await other.answer(request_id),
                told(await other.ask("POST", path, b"{}")),
                told(await other.ask("POST", path, b"{}")),
            ]
            await client.send(b"0\r\n\r\n")
            await client.reply()

        assert said == [(400, "InvalidRequestID"), (202, ""), (400, "InvalidRequestID")]
        assert results[0].ended == "error"

    under("asyncio", scenario)


def test_each_poller_has_an_invocation_of_its_own() -> None:
    async def scenario() -> None:
        async with (
            Emulator(concurrency=2) as emulator,
            await Client.to(emulator) as one,
            await Client.to(emulator) as other,
            anyio.create_task_group() as group,
        ):
            group.start_soon(emulator.invoke, 1)
            group.start_soon(emulator.invoke, 2)
            first, second = await one.poll(), await other.poll()
            await one.answer(second[0])
            await other.answer(first[0])

        assert (first[1], second[1]) == (b"1", b"2")
        assert emulator.violations == []

    under("asyncio", scenario)


# ---- what is too large


@pytest.mark.parametrize(
    ("path", "size", "concurrency"),
    [("invocation/r/error", MAX_ERROR + 1, 2), ("init/error", MAX_RESPONSE + 1, None)],
)
def test_an_error_that_is_too_large_is_not_taken(path: str, size: int, concurrency: int | None) -> None:
    async def scenario() -> None:
        async with Emulator(concurrency=concurrency) as emulator, await Client.to(emulator) as client:
            said = told(await client.ask("POST", f"{API}/{path}", b"x" * size))

        assert said == (413, "RequestEntityTooLarge")

    under("asyncio", scenario)


def test_a_stream_to_a_buffered_invocation_may_be_no_larger_than_an_answer_in_one_piece() -> None:
    async def scenario() -> None:
        async def runtime(client: Client) -> None:
            request_id, _ = await client.poll()
            await client.stream_of(request_id, b"x" * MAX_RESPONSE, b"x")
            said.append(told(await client.reply()))

        said: list[Any] = []
        result = await scenario_with(runtime)(lambda emulator: emulator.invoke(1))

        assert said == [(413, "RequestEntityTooLarge")]
        assert (result.ended, result.error_type) == ("too_large", "Function.ResponseSizeTooLarge")

    under("asyncio", scenario)


# ---- what is lost, though it is accepted


@pytest.mark.parametrize(
    ("headers", "words"),
    [
        ({"Lambda-Runtime-Function-Error-Type": "unhandled"}, "'unhandled' is none"),
        ({"Lambda-Runtime-Function-XRay-Error-Cause": "[]"}, "no JSON object"),
        ({"Lambda-Runtime-Function-XRay-Error-Cause": "{"}, "no JSON object"),
    ],
)
def test_what_is_lost_of_an_error_is_told(headers: dict[str, str], words: str) -> None:
    async def scenario() -> None:
        async with Emulator() as emulator, await Client.to(emulator) as client, anyio.create_task_group() as group:
            group.start_soon(partial(emulator.invoke, 1, request_id="r"))
            await client.poll()
            await client.ask("POST", f"{API}/invocation/r/error", b"{}", **headers)

        assert len(emulator.violations) == 1
        assert words in emulator.violations[0]

    under("asyncio", scenario)


# ---- start, snapshots, extensions


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "/ping", (200, b"pong")),
        ("GET", "/2018-06-01/ping", (200, b"pong")),
        ("PUT", "/2020-08-15/logs", (202, b'{"status": "OK"}')),
        ("PUT", "/2022-07-01/telemetry", (202, b'{"status": "OK"}')),
        ("GET", f"{API}/invocation/r/response", (404, None)),
        ("POST", f"{API}/invocation/r/other", (404, None)),
        ("POST", f"{API}/invocation/r/s/response", (404, None)),
        ("POST", f"{API}/invocation/next", (404, None)),
        ("GET", f"{API}/restore/next", (404, None)),
        ("POST", f"{API}/restore/error", (404, None)),
        ("GET", "/nowhere", (404, None)),
    ],
)
def test_every_path_has_its_answer(method: str, path: str, expected: tuple[int, bytes | None]) -> None:
    async def scenario() -> None:
        async with Emulator() as emulator, await Client.to(emulator) as client:
            status, _, body = await client.ask(method, path)

        assert (status, body if status < 300 else None) == expected
        assert [(each.method, each.path, each.status) for each in emulator.requests] == [(method, path, status)]

    under("asyncio", scenario)


@pytest.mark.parametrize("document", [b'{"errorType":"X"}', b"what"])
def test_an_error_at_the_start_is_told(backend: str, document: bytes) -> None:
    async def scenario() -> None:
        async with Emulator() as emulator, await Client.to(emulator) as client:
            headers = {"Lambda-Runtime-Function-Error-Type": "Runtime.X"}
            said = [told(await client.ask("POST", f"{API}/init/error", document, **headers)) for _ in range(2)]
            init = await emulator.ready()
            said.append(told(await client.ask("GET", f"{API}/invocation/next")))

        assert said == [(202, ""), (403, "InvalidStateTransition"), (403, "InvalidStateTransition")]
        assert (init.state, init.error_type) == ("error", "Runtime.X")
        assert init.error == ({"errorType": "X"} if document[:1] == b"{" else None)
        assert repr(init) == "<Init error Runtime.X>"

    under(backend, scenario)


def test_a_snapshot_is_taken_once_and_may_fail_after() -> None:
    async def scenario() -> None:
        async with Emulator(initialization_type="snap-start") as emulator, await Client.to(emulator) as client:
            said = [
                told(await client.ask("POST", f"{API}/restore/error", b"{}")),
                (await client.ask("GET", f"{API}/restore/next"))[::2],
                told(await client.ask("GET", f"{API}/restore/next")),
                told(await client.ask("POST", f"{API}/restore/error", b"{}")),
            ]
            init = await emulator.ready()

        assert said == [(403, "InvalidStateTransition"), (200, b""), (403, "InvalidStateTransition"), (202, "")]
        assert init.state == "error"

    under("asyncio", scenario)


async def registered(client: Client, events: list[str], **headers: str) -> tuple[str, dict[str, Any]]:
    body = json.dumps({"events": events}).encode()
    given = {"Lambda-Extension-Name": "e", **headers}
    _, replied, document = await client.ask("POST", f"{EXTENSION}/register", body, **given)
    return replied["lambda-extension-identifier"], json.loads(document)


@pytest.mark.parametrize("features", [{}, {"Lambda-Extension-Accept-Feature": "accountId"}])
def test_an_extension_is_told_whose_it_is(features: dict[str, str]) -> None:
    async def scenario() -> None:
        async with Emulator(function_name="f", handler="h") as emulator, await Client.to(emulator) as client:
            _, document = await registered(client, [], **features)

        account = {"accountId": "123456789012"} if features else {}
        assert document == {"functionName": "f", "functionVersion": "$LATEST", "handler": "h", **account}

    under("asyncio", scenario)


def test_nothing_is_handed_over_before_every_extension_has_asked_for_an_event(backend: str) -> None:
    async def scenario() -> None:
        async with (
            Emulator() as emulator,
            await Client.to(emulator) as client,
            await Client.to(emulator) as extension,
            anyio.create_task_group() as group,
        ):
            identifier, _ = await registered(extension, [])
            group.start_soon(emulator.invoke, 1)
            await client.begin("GET", f"{API}/invocation/next")
            await emulator._changes.until(lambda: emulator._machine.phase == "started")
            await anyio.wait_all_tasks_blocked()
            before = emulator.init.state
            await extension.begin("GET", f"{EXTENSION}/event/next", **{"Lambda-Extension-Identifier": identifier})
            _, headers, _ = await client.reply()
            after = (await emulator.ready()).state
            await client.answer(headers["lambda-runtime-aws-request-id"])

        assert (before, after) == ("starting", "ready")
        assert ("GET", f"{EXTENSION}/event/next", 200) not in [(a.method, a.path, a.status) for a in emulator.requests]

    under(backend, scenario)


def test_an_extension_that_subscribed_to_invocations_is_told_of_each(backend: str) -> None:
    async def scenario() -> None:
        async with (
            Emulator() as emulator,
            await Client.to(emulator) as client,
            await Client.to(emulator) as extension,
            anyio.create_task_group() as group,
        ):
            identifier, _ = await registered(extension, ["INVOKE"])
            asked = {"Lambda-Extension-Identifier": identifier}
            await extension.begin("GET", f"{EXTENSION}/event/next", **asked)
            group.start_soon(partial(emulator.invoke, 1, request_id="one", trace_id="Root=1", deadline_ms=5))
            await client.poll()
            group.start_soon(partial(emulator.invoke, 2, request_id="two", headers={"Lambda-Runtime-Deadline-MS": ""}))
            first = json.loads((await extension.reply())[2])
            await client.answer("one")
            await client.begin("GET", f"{API}/invocation/next")
            await anyio.wait_all_tasks_blocked()
            is_held = emulator._machine.waiting[0].request_id
            await extension.begin("GET", f"{EXTENSION}/event/next", **asked)
            await client.reply()
            second = json.loads((await extension.reply())[2])
            await client.answer("two")

        assert first == {
            "eventType": "INVOKE",
            "deadlineMs": 5,
            "requestId": "one",
            "invokedFunctionArn": emulator.arn,
            "tracing": {"type": "X-Amzn-Trace-Id", "value": "Root=1"},
        }
        assert (is_held, second["requestId"], second["deadlineMs"]) == ("two", "two", 0)

    under(backend, scenario)


@pytest.mark.parametrize(
    ("path", "identifier", "expected"),
    [
        ("event/next", None, (403, "Extension.MissingExtensionIdentifier")),
        ("event/next", "x", (403, "Extension.UnknownExtensionIdentifier")),
        ("init/error", "x", (403, "Extension.UnknownExtensionIdentifier")),
        ("exit/error", "x", (403, "Extension.UnknownExtensionIdentifier")),
        ("init/error", "its own", (202, "")),
        ("exit/error", "its own", (202, "")),
    ],
)
def test_an_extension_says_who_it_is(path: str, identifier: str | None, expected: tuple[int, str]) -> None:
    async def scenario() -> None:
        async with Emulator() as emulator, await Client.to(emulator) as client:
            own, _ = await registered(client, [])
            who = own if identifier == "its own" else identifier
            headers = {"Lambda-Extension-Identifier": who} if who else {}
            method = "GET" if path == "event/next" else "POST"
            said = told(await client.ask(method, f"{EXTENSION}/{path}", b"{}", **headers))

        assert said == expected
        assert emulator.init.state == ("error" if (path, said[0]) == ("init/error", 202) else "starting")

    under("asyncio", scenario)


def test_what_is_no_http_is_hung_up_on(backend: str) -> None:
    async def scenario() -> None:
        async with Emulator() as emulator:
            async with await Client.to(emulator) as client:
                await client.send(b"what is this\r\n\r\n")
                with pytest.raises((anyio.EndOfStream, anyio.BrokenResourceError)):
                    await client.stream.receive()
            async with await Client.to(emulator) as broken:
                await broken.begin("POST", f"{API}/init/error", **{"Content-Length": "10"})
                await broken.send(b"abc")
            await emulator._changes.until(lambda: len(emulator.violations) == 2)

        assert all("no whole HTTP request" in violation for violation in emulator.violations)

    under(backend, scenario)
