"""Streaming: every route of the sample, and what its templates and its README name."""

from __future__ import annotations

import csv
import os
from collections.abc import AsyncGenerator, Iterator
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

import pytest

import samples.streaming
from eventrouter.testing import HttpResult, TestClient, check_app
from samples.streaming.main import CHUNK, FILE_SIZE, Model, app, big_file, the_model, toss

SAMPLE = Path(samples.streaming.__file__).parent
TEMPLATES = sorted(SAMPLE.glob("template-*.yaml"))
ZIPPED = [path for path in TEMPLATES if "CodeUri" in path.read_text()]


@pytest.fixture(autouse=True)
def configured(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the templates say."""
    monkeypatch.setenv("EVENTROUTER_BATCH_FAILURES", "sqs")


def client(**overrides: Any) -> TestClient:
    """A client of the app whose model does not pause."""
    named = {"model": the_model, "coin": toss, "file": big_file}
    replaced = {named[name]: value for name, value in overrides.items()}
    return TestClient(app, overrides={the_model: lambda: Model(pause=0), **replaced}, raise_exceptions=False)


def test_nothing_is_wrong_with_it() -> None:
    assert check_app(app) == []


@pytest.mark.parametrize("path", sorted((SAMPLE / "events").glob("*.json")), ids=lambda path: path.stem)
def test_its_events_are_handled(path: Path) -> None:
    result = client().send(path)

    assert result.exception is None


def test_an_export_is_a_file_of_as_many_rows_as_were_asked_for() -> None:
    answer = client().get("/export", params={"rows": 250})

    rows = list(csv.reader(answer.text.splitlines()))
    assert dict(answer.headers) == {
        "content-type": "text/csv; charset=utf-8",
        "content-disposition": 'attachment; filename="orders.csv"',
    }
    assert rows[0] == ["id", "customer", "total"]
    assert [row[0] for row in rows[1:]] == [str(number) for number in range(1, 251)]


def test_an_export_arrives_a_hundred_rows_at_a_time() -> None:
    answer = client().get("/export", params={"rows": 250})

    assert [chunk.data.count(b"\n") for chunk in answer.chunks] == [1, 100, 100, 50]


def test_an_export_larger_than_a_buffered_answer_may_be_arrives_whole() -> None:
    answer = client().get("/export", params={"rows": 300_000})

    assert len(answer.content) > 6 * 1024 * 1024
    assert answer.content.count(b"\n") == 300_001


def test_ticks_are_events_each_sent_for_itself() -> None:
    answer = client().get("/ticks", params={"count": 3, "every": 0})

    assert answer.headers["content-type"] == "text/event-stream"
    assert len(answer.chunks) == 3
    assert [(each.event, each.json()) for each in answer.events()] == [
        ("tick", {"tick": number, "of": 3}) for number in (1, 2, 3)
    ]


def test_a_client_that_leaves_ends_the_ticks() -> None:
    answer = client().get("/ticks", params={"count": 30, "every": 0}, leave_after=2)

    assert (len(answer.events()), answer.ended) == (2, "closed")


def test_the_client_is_told_the_same_by_both_sides_of_the_coin() -> None:
    heads, tails = client(coin=lambda: True).get("/coin"), client(coin=lambda: False).get("/coin")

    assert (heads.status_code, heads.headers, heads.text) == (tails.status_code, tails.headers, tails.text)
    assert (heads.response is None, tails.response is None) == (False, True)


def test_tokens_arrive_one_by_one_and_done_is_said() -> None:
    answer = client().post("/chat", json={"prompt": "are you there"})

    *tokens, done = answer.events()
    assert answer.headers["content-type"] == "text/event-stream"
    assert "".join(each.json()["token"] for each in tokens) == "You said: are you there "
    assert (done.event, done.json()) == ("done", {"tokens": len(tokens)})


@pytest.mark.parametrize("body", ['{"prompt": ""}', "{}", "no json"])
def test_a_prompt_that_is_refused_is_no_stream(body: str) -> None:
    answer = client().post("/chat", content=body, headers={"content-type": "application/json"})

    assert (answer.status_code, answer.events()) == (422, [])


def test_a_model_that_fails_at_once_is_a_500_and_no_stream() -> None:
    class Down(Model):
        async def answer(self, prompt: str) -> AsyncGenerator[str, None]:
            if prompt:
                raise ConnectionError("the model is down")
            yield prompt

    answer = client(model=Down).post("/chat", json={"prompt": "are you there"})

    assert (answer.status_code, answer.error_type) == (500, "ConnectionError")


@pytest.fixture(scope="module")
def file() -> HttpResult:
    return client().get("/file")


def test_fifty_megabytes_arrive_whole(file: HttpResult) -> None:
    expected = sha256()
    for number in range(FILE_SIZE // CHUNK):
        expected.update(number.to_bytes(4) * (CHUNK // 4))

    assert sha256(file.content).digest() == expected.digest()


def test_fifty_megabytes_arrive_in_pieces(file: HttpResult) -> None:
    sizes = [len(chunk.data) for chunk in file.chunks]

    assert sum(sizes) == FILE_SIZE
    assert max(sizes) <= CHUNK


def test_the_file_is_there_until_the_last_of_it_is_sent() -> None:
    seen: list[str] = []

    class Watched(BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            seen.append("read")
            return super().read(size)

    def watched() -> Iterator[BinaryIO]:
        yield Watched(bytes(2 * CHUNK))
        seen.append("closed")

    answer = client(file=watched).get("/file")

    assert len(answer.content) == 2 * CHUNK
    assert (seen.count("closed"), seen[-1]) == (1, "closed")


def test_only_the_questions_that_are_none_come_back() -> None:
    batch = client().send(SAMPLE / "events" / "questions-sqs.json")

    assert [record.index for record in batch.failed] == [1, 2]
    assert batch.lost() == []


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
