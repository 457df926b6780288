"""Stream from Lambda: a table, events, a model's tokens, a big file. Lambda: ``Handler: main.app``."""

from __future__ import annotations

import csv
import io
import logging
import random
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing
from tempfile import TemporaryFile
from typing import Annotated, BinaryIO

import anyio
from pydantic import BaseModel, Field

from eventrouter import App, Depends, Query, Response, ServerSentEvent

log = logging.getLogger(__name__)

app = App(response_stream={"function_url"})  # its InvokeMode is RESPONSE_STREAM, as the templates say


# ---- a table: a generator of text


@app.get(
    "/export",
    media_type="text/csv; charset=utf-8",
    headers={"content-disposition": 'attachment; filename="orders.csv"'},
)
def export(rows: Annotated[int, Query(ge=0, le=1_000_000)] = 1000) -> Iterator[str]:
    """Each piece holds a hundred rows: small pieces cost more than they bring."""
    yield "id,customer,total\n"
    for first in range(1, rows + 1, 100):
        lines = io.StringIO()
        table = csv.writer(lines, lineterminator="\n")
        for number in range(first, min(first + 100, rows + 1)):
            table.writerow([number, f"customer {number % 7}", f"{number * 0.5:.2f}"])
        yield lines.getvalue()


# ---- server-sent events


@app.get("/ticks")
async def ticks(
    count: Annotated[int, Query(ge=1, le=30)] = 5, every: Annotated[float, Query(ge=0, le=1)] = 1.0
) -> AsyncIterator[ServerSentEvent]:
    """What a browser's ``EventSource`` reads. It ends by itself: nobody tells Lambda that a reader has left."""
    for tick in range(1, count + 1):
        yield ServerSentEvent({"tick": tick, "of": count}, event="tick", id=str(tick))
        if tick < count:
            await anyio.sleep(every)


# ---- the same answer in one piece or in many


def toss() -> bool:
    """Heads or tails; a test decides."""
    return random.random() < 0.5


@app.get("/coin")
def coin(heads: Annotated[bool, Depends(toss)]) -> str | Response:
    """The client is told the same."""
    words = ["The coin ", "has ", "fallen.\n"]
    if heads:
        return "".join(words)
    return Response((word for word in words), media_type="text/plain; charset=utf-8")


# ---- a language model's tokens


class Question(BaseModel):
    prompt: str = Field(min_length=1, max_length=2000)


class Model:
    """Stands for a model that answers token by token."""

    def __init__(self, pause: float = 0.05) -> None:
        self.pause = pause

    async def answer(self, prompt: str) -> AsyncGenerator[str, None]:
        for word in f"You said: {prompt}".split():
            await anyio.sleep(self.pause)
            yield f"{word} "


def the_model() -> Model:
    """One for each request; a test gives another."""
    return Model()


AnyModel = Annotated[Model, Depends(the_model)]


@app.post("/chat")
async def chat(question: Question, model: AnyModel) -> AsyncIterator[ServerSentEvent]:
    """What fails before the first token is an ordinary 422 or 500: nothing has been sent by then."""
    count = 0
    # The model is closed with the stream, however that ends.
    async with aclosing(model.answer(question.prompt)) as tokens:
        async for token in tokens:
            count += 1
            yield ServerSentEvent({"token": token})
    yield ServerSentEvent({"tokens": count}, event="done")


# ---- a big file

CHUNK = 64 * 1024
FILE_SIZE = 50 * 1024 * 1024


def big_file() -> Iterator[BinaryIO]:
    """A temporary file, which goes when the last of it is sent, or the stream has ended otherwise."""
    with TemporaryFile() as file:
        for number in range(FILE_SIZE // CHUNK):
            file.write(number.to_bytes(4) * (CHUNK // 4))
        file.seek(0)
        yield file


@app.get("/file", headers={"content-disposition": 'attachment; filename="fifty-megabytes.bin"'})
def download(file: Annotated[BinaryIO, Depends(big_file)]) -> Response:
    """An open file is read and sent 64 KB at a time. (One that stays is simpler: ``return FileResponse(path)``.)"""
    return Response(file, media_type="application/octet-stream")


# ---- and a queue, which is answered as ever


@app.sqs()
async def on_question(question: Question, model: AnyModel) -> None:
    """Once per message. One that raises, or is no question, is delivered again; the others of its batch are done."""
    async with aclosing(model.answer(question.prompt)) as tokens:
        words = [token async for token in tokens]
    log.info("answered with %d tokens", len(words))
