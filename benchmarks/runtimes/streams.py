"""Streamed bodies of any size, and one whose second item comes late."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

from anyio import sleep

from eventrouter import App

CHUNK = bytes(range(256)) * 256

app = App(response_stream=["function_url"])


@app.get("/async/{chunks}")
async def read_async(chunks: int) -> AsyncIterator[bytes]:
    for _ in range(chunks):
        yield CHUNK


@app.get("/sync/{chunks}")
def read_sync(chunks: int) -> Iterator[bytes]:
    for _ in range(chunks):
        yield CHUNK


@app.get("/late")
async def read_late() -> AsyncIterator[bytes]:
    """Its first byte must not wait for the second item."""
    yield b"first"
    await sleep(0.005)
    yield b"second"
