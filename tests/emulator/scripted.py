"""A runtime that says what a test has it say, over a plain socket, against an emulator."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

import anyio
from anyio.abc import SocketStream

from eventrouter.emulator import Emulator

API = "/2018-06-01/runtime"
EXTENSION = "/2020-01-01/extension"
PRELUDE = b'{"statusCode":201,"headers":{"x-a":"1"},"cookies":["c=1"]}'
WITH_PRELUDE = "application/vnd.awslambda.http-integration-response"
DELIMITER = b"\0" * 8
#: Seconds after which whoever says nothing is taken for hung.
LIMIT = 30

Scenario = Callable[[], Awaitable[None]]


def under(backend: str, scenario: Scenario) -> None:
    """Run *scenario*, and no longer than a while."""

    async def limited() -> None:
        with anyio.fail_after(LIMIT):
            await scenario()

    anyio.run(limited, backend=backend)


class Client:
    """A runtime that says what a test has it say."""

    def __init__(self, stream: SocketStream) -> None:
        self.stream = stream
        self._data = b""

    @classmethod
    async def to(cls, emulator: Emulator) -> Client:
        host, _, port = emulator.address.partition(":")
        return cls(await anyio.connect_tcp(host, int(port)))

    async def __aenter__(self) -> Client:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.stream.aclose()

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

    async def answer(self, request_id: str, body: bytes = b"{}", **headers: str) -> tuple[int, str]:
        """Answer in one piece; the status and the error type of what is replied."""
        return told(await self.ask("POST", f"{API}/invocation/{request_id}/response", body, **headers))

    async def stream_of(self, request_id: str, *chunks: bytes, **headers: str) -> None:
        """Begin a streamed answer."""
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


def told(reply: tuple[int, dict[str, str], bytes]) -> tuple[int, str]:
    """The status and the error type of a reply."""
    status, _, body = reply
    return status, json.loads(body).get("errorType", "")


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
