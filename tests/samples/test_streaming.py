"""Streaming: every route of the sample, and what its templates and its README name."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import AsyncGenerator, Callable, Iterator
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

import anyio
import pytest

import samples.streaming
from eventrouter import BufferedResponse, FunctionResponse, Prelude, StreamingResponse
from samples.streaming.main import CHUNK, FILE_SIZE, Model, app, big_file, the_model, toss

SAMPLE = Path(samples.streaming.__file__).parent
TEMPLATES = sorted(SAMPLE.glob("template-*.yaml"))
ZIPPED = [path for path in TEMPLATES if "CodeUri" in path.read_text()]


@pytest.fixture(autouse=True)
def configured(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the templates say, and a model that does not pause."""
    monkeypatch.setenv("EVENTROUTER_BATCH_FAILURES", "sqs")
    monkeypatch.setitem(app.dependency_overrides, the_model, lambda: Model(pause=0))


def event(name: str, query: str | None = None) -> Any:
    found = json.loads((SAMPLE / "events" / f"{name}.json").read_text())
    if query is not None:
        found["rawQueryString"] = query
    return found


def dispatch(sent: Any) -> FunctionResponse:
    """The answer to *sent*; what streams is read to its end and thrown away."""

    async def ask() -> FunctionResponse:
        response = await app.dispatch(sent)
        if isinstance(response, StreamingResponse):
            async for _ in response.body:
                pass
        return response

    return anyio.run(ask)


def streamed(sent: Any) -> tuple[Prelude, list[bytes]]:
    """The answer to *sent* as a stream: what comes before the body, and the pieces of it."""

    async def read() -> tuple[Prelude, list[bytes]]:
        response = await app.dispatch(sent)
        assert isinstance(response, StreamingResponse) and response.prelude is not None
        return response.prelude, [piece async for piece in response.body]

    return anyio.run(read)


def events(pieces: list[bytes]) -> list[tuple[str, Any]]:
    """The names and data of server-sent events."""
    found = []
    for block in b"".join(pieces).decode().split("\n\n")[:-1]:
        fields = dict(line.split(": ", 1) for line in block.split("\n"))
        found.append((fields.get("event", "message"), json.loads(fields["data"])))
    return found


def test_an_export_is_a_file_of_as_many_rows_as_were_asked_for() -> None:
    prelude, pieces = streamed(event("export", "rows=250"))

    rows = list(csv.reader(b"".join(pieces).decode().splitlines()))
    assert dict(prelude.headers) == {
        "content-type": "text/csv; charset=utf-8",
        "content-disposition": 'attachment; filename="orders.csv"',
    }
    assert rows[0] == ["id", "customer", "total"]
    assert [row[0] for row in rows[1:]] == [str(number) for number in range(1, 251)]


def test_an_export_arrives_a_hundred_rows_at_a_time() -> None:
    _, pieces = streamed(event("export", "rows=250"))

    assert [piece.count(b"\n") for piece in pieces] == [1, 100, 100, 50]


def test_an_export_larger_than_a_buffered_answer_may_be_arrives_whole() -> None:
    _, pieces = streamed(event("export", "rows=300000"))

    assert sum(map(len, pieces)) > 6 * 1024 * 1024
    assert sum(piece.count(b"\n") for piece in pieces) == 300_001


def test_ticks_are_events_each_sent_for_itself() -> None:
    prelude, pieces = streamed(event("ticks", "count=3&every=0"))

    assert prelude.headers[0] == ("content-type", "text/event-stream")
    assert len(pieces) == 3
    assert events(pieces) == [("tick", {"tick": number, "of": 3}) for number in (1, 2, 3)]


@pytest.mark.parametrize(
    ("heads", "kind"), [(True, BufferedResponse), (False, StreamingResponse)], ids=["heads", "tails"]
)
def test_the_coin_decides_how_the_answer_comes(
    monkeypatch: pytest.MonkeyPatch, heads: bool, kind: type[FunctionResponse]
) -> None:
    monkeypatch.setitem(app.dependency_overrides, toss, lambda: heads)

    assert type(dispatch(event("coin"))) is kind


def test_the_client_is_told_the_same_by_both_sides_of_the_coin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.dependency_overrides, toss, lambda: True)
    heads = dispatch(event("coin"))
    monkeypatch.setitem(app.dependency_overrides, toss, lambda: False)
    prelude, pieces = streamed(event("coin"))

    assert isinstance(heads, BufferedResponse)
    assert heads.prelude == prelude
    assert heads.value == b"".join(pieces).decode()


def test_tokens_arrive_one_by_one_and_done_is_said() -> None:
    prelude, pieces = streamed(event("chat"))

    *tokens, done = events(pieces)
    assert prelude.headers[0] == ("content-type", "text/event-stream")
    assert "".join(data["token"] for _, data in tokens) == "You said: are you there "
    assert done == ("done", {"tokens": len(tokens)})


@pytest.mark.parametrize("body", ['{"prompt": ""}', "{}", "no json"])
def test_a_prompt_that_is_refused_is_no_stream(body: str) -> None:
    answer = dispatch(event("chat") | {"body": body})

    assert isinstance(answer, BufferedResponse)
    assert answer.prelude is not None and answer.prelude.status_code == 422


def test_a_model_that_fails_at_once_is_a_500_and_no_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    class Down(Model):
        async def answer(self, prompt: str) -> AsyncGenerator[str, None]:
            if prompt:
                raise ConnectionError("the model is down")
            yield prompt

    monkeypatch.setitem(app.dependency_overrides, the_model, Down)

    answer = dispatch(event("chat"))

    assert isinstance(answer, BufferedResponse)
    assert answer.prelude is not None and answer.prelude.status_code == 500


def read_file(on_piece: Callable[[bytes], None]) -> None:
    async def read() -> None:
        response = await app.dispatch(event("file"))
        assert isinstance(response, StreamingResponse)
        async for piece in response.body:
            on_piece(piece)

    anyio.run(read)


def test_fifty_megabytes_arrive_whole() -> None:
    found, expected = sha256(), sha256()

    read_file(found.update)

    for number in range(FILE_SIZE // CHUNK):
        expected.update(number.to_bytes(4) * (CHUNK // 4))
    assert found.digest() == expected.digest()


def test_fifty_megabytes_arrive_in_pieces() -> None:
    sizes: list[int] = []

    read_file(lambda piece: sizes.append(len(piece)))

    assert sum(sizes) == FILE_SIZE
    assert max(sizes) <= CHUNK


def test_the_file_is_there_until_the_last_of_it_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []

    def watched() -> Iterator[BinaryIO]:
        yield BytesIO(bytes(2 * CHUNK))
        seen.append("closed")

    monkeypatch.setitem(app.dependency_overrides, big_file, watched)

    read_file(lambda piece: seen.append("piece"))

    assert seen == ["piece", "piece", "closed"]


def test_only_the_questions_that_are_none_come_back() -> None:
    answer = dispatch(event("questions-sqs"))

    assert isinstance(answer, BufferedResponse) and isinstance(answer.value, dict)
    assert [item["itemIdentifier"][-1] for item in answer.value["batchItemFailures"]] == ["2", "3"]


# ---- the templates, read as text


@pytest.mark.parametrize("path", TEMPLATES, ids=[path.stem for path in TEMPLATES])
@pytest.mark.parametrize(
    "line",
    [
        "InvokeMode: RESPONSE_STREAM",
        "EVENTROUTER_BATCH_FAILURES: sqs",
        "FunctionResponseTypes: [ReportBatchItemFailures]",
    ],
)
def test_every_template_configures_what_the_code_takes_for_granted(path: Path, line: str) -> None:
    assert line in path.read_text()


def test_the_image_starts_the_client_with_the_app() -> None:
    template, recipe = (SAMPLE / name for name in ("template-container.yaml", "Dockerfile"))

    assert "Dockerfile: Dockerfile\n" in template.read_text()
    assert 'ENTRYPOINT ["python", "-m", "eventrouter", "run", "main:app"]\n' in recipe.read_text()


@pytest.mark.parametrize("path", ZIPPED, ids=[path.stem for path in ZIPPED])
def test_a_zip_is_built_by_the_makefile_and_names_the_app(path: Path) -> None:
    template = path.read_text()
    function = template.partition("Resources:\n")[2].partition(":")[0].strip()

    assert "Handler: main.app" in template
    assert "BuildMethod: makefile" in template
    assert f"\nbuild-{function}: " in (SAMPLE / "Makefile").read_text()


def test_what_lambda_starts_can_be_started() -> None:
    bootstrap = SAMPLE / "bootstrap"

    assert os.access(bootstrap, os.X_OK)
    assert '-m eventrouter run "$_HANDLER"' in bootstrap.read_text()
