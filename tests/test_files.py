"""Files over HTTP: conditions, ranges, names, and what becomes of a file that is not what it was."""

from __future__ import annotations

import email
import itertools
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import pytest
import starlette.applications
import starlette.requests
import starlette.responses
import starlette.routing
from hypothesis import given, strategies as st

from eventrouter import App, BackgroundTasks, Depends, FileResponse, Response, _files
from eventrouter.errors import ReplyError, ResponseTooLargeError
from eventrouter.testing import TestClient

TRIGGERS = ["function_url", "apigw_http", "apigw_rest", "alb", "vpc_lattice_v1", "vpc_lattice_v2"]
DATA = bytes(range(256)) * 4
#: A moment long gone, so that a date tells versions of the file apart.
CHANGED = 1_700_000_000
DATE = "Tue, 14 Nov 2023 22:13:20 GMT"
TAG = f'"{CHANGED * 10**9:x}-400"'


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("files") / "data.bin"
    path.write_bytes(DATA)
    os.utime(path, (CHANGED, CHANGED))
    return path


def sending(path: Path, *, is_streaming: bool = False, **options: Any) -> TestClient:
    """A client of an app that answers every request with the file at *path*."""
    app = App(response_stream={"function_url"} if is_streaming else ())

    @app.route("/", methods=["GET", "POST"])
    def send() -> FileResponse:
        return FileResponse(path, **options)

    return TestClient(app, raise_exceptions=False)


def parts_of(result: Any) -> list[tuple[str, bytes]]:
    """The Content-Range and the bytes of every part of an answer."""
    content_type = result.headers["content-type"]
    if not content_type.startswith("multipart/byteranges"):
        return [(result.headers["content-range"], result.content)]
    whole = email.message_from_bytes(f"content-type: {content_type}\r\n\r\n".encode() + result.content)
    boundary = whole.get_boundary()
    assert boundary is not None
    pieces = result.content.split(f"--{boundary}".encode())
    found = []
    for piece in pieces[1:-1]:
        head, _, content = piece.partition(b"\r\n\r\n")
        found.append((str(email.message_from_bytes(head.strip())["content-range"]), content.removesuffix(b"\r\n")))
    return found


# ---- the whole file


@pytest.mark.parametrize("as_", TRIGGERS)
def test_a_file_has_validators_and_says_that_it_takes_ranges(file: Path, as_: Any) -> None:
    result = sending(file).get("/", as_=as_)

    assert (result.status_code, result.content) == (200, DATA)
    assert result.headers["etag"] == TAG
    assert result.headers["last-modified"] == DATE
    assert result.headers["accept-ranges"] == "bytes"
    assert result.headers["content-type"] == "application/octet-stream"


def test_a_file_is_streamed_in_pieces_where_the_trigger_streams(tmp_path: Path) -> None:
    path = tmp_path / "large.bin"
    path.write_bytes(b"x" * 150_000)

    result = sending(path, is_streaming=True).get("/")

    assert [len(chunk.data) for chunk in result.chunks] == [65536, 65536, 150_000 - 2 * 65536]


@pytest.mark.parametrize("is_streaming", [False, True])
def test_an_empty_file_is_an_empty_answer(tmp_path: Path, is_streaming: bool) -> None:
    path = tmp_path / "empty.txt"
    path.write_bytes(b"")

    result = sending(path, is_streaming=is_streaming).get("/", headers={"range": "bytes=0-"})

    assert (result.status_code, result.content) == (200, b"")


@pytest.mark.parametrize("as_", TRIGGERS)
def test_head_is_told_the_length_and_sent_no_byte(file: Path, as_: Any) -> None:
    result = sending(file).head("/", headers={"range": "bytes=0-1"}, as_=as_)

    assert (result.status_code, result.content) == (200, b"")
    assert result.headers["content-length"] == "1024"
    assert "content-range" not in result.headers


def test_a_response_may_be_returned_again(file: Path) -> None:
    app, response = App(), FileResponse(file)
    app.get("/")(lambda: response)
    client = TestClient(app)

    assert [client.get("/").content for _ in range(2)] == [DATA, DATA]


def test_its_content_can_be_read_by_who_has_it(file: Path) -> None:
    content = FileResponse(file).content

    read = b"".join(content)
    content.close()

    assert read == DATA


def test_headers_and_type_of_the_route_stand_behind_those_of_the_file(file: Path) -> None:
    app = App()

    @app.get("/", headers={"cache-control": "no-store", "x-a": "route"}, media_type="text/x")
    def send() -> FileResponse:
        return FileResponse(file, headers=[("X-A", "file")])

    headers = TestClient(app).get("/").headers

    assert (headers["cache-control"], headers["x-a"], headers["content-type"]) == ("no-store", "file", "text/x")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.txt", "text/plain; charset=utf-8"),
        ("a.HTML", "text/html; charset=utf-8"),
        ("a.js", "text/javascript; charset=utf-8"),
        ("a.svg", "image/svg+xml"),
        ("a.woff2", "font/woff2"),
        ("a.csv.gz", "application/gzip"),
        ("a.tar.Z", "application/octet-stream"),
        ("a.unknown", "application/octet-stream"),
        ("a", "application/octet-stream"),
    ],
)
def test_the_type_is_that_of_the_name(name: str, expected: str) -> None:
    assert _files.type_of(name) == expected


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"filename": "a.txt"}, 'attachment; filename="a.txt"'),
        ({"filename": "a b.txt"}, "attachment; filename*=UTF-8''a%20b.txt"),
        (
            {"filename": 'ä"\r\nx: 1', "content_disposition_type": "inline"},
            "inline; filename*=UTF-8''%C3%A4%22%0D%0Ax%3A%201",
        ),
        ({"filename": "\udc80"}, "attachment; filename*=UTF-8''%3F"),
    ],
)
def test_no_name_breaks_out_of_the_disposition(file: Path, options: dict[str, Any], expected: str) -> None:
    assert sending(file, **options).get("/").headers["content-disposition"] == expected


def test_a_disposition_that_is_none_is_refused(file: Path) -> None:
    kind: Any = "attachment; x=1"

    with pytest.raises(ValueError, match='is "attachment" or "inline"'):
        FileResponse(file, content_disposition_type=kind)


# ---- conditions


@pytest.mark.parametrize("is_streaming", [False, True])
@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"if-none-match": TAG}, 304),
        ({"if-none-match": f"W/{TAG}"}, 304),
        ({"if-none-match": f'"a,b", {TAG}'}, 304),
        ({"if-none-match": " * "}, 304),
        ({"if-none-match": '"other"'}, 200),
        ({"if-none-match": f"bare, {TAG}"}, 200),
        ({"if-none-match": '"open'}, 200),
        ({"if-none-match": ""}, 200),
        ({"if-none-match": '"other"', "if-modified-since": DATE}, 200),
        ({"if-modified-since": DATE}, 304),
        ({"if-modified-since": "Wed, 15 Nov 2023 00:00:00 GMT"}, 304),
        ({"if-modified-since": "Tuesday, 14-Nov-23 22:13:20 GMT"}, 304),
        ({"if-modified-since": "Tue Nov 14 22:13:20 2023"}, 304),
        ({"if-modified-since": "Tue, 14 Nov 2023 22:13:19 GMT"}, 200),
        ({"if-modified-since": "yesterday"}, 200),
        ({"if-modified-since": "Tue, 99 Nov 99999999999 22:13:20 GMT"}, 200),
        ({"if-match": TAG}, 200),
        ({"if-match": "*"}, 200),
        ({"if-match": f"W/{TAG}"}, 412),
        ({"if-match": '"other"'}, 412),
        ({"if-match": TAG, "if-unmodified-since": "Tue, 14 Nov 2023 22:13:19 GMT"}, 200),
        ({"if-unmodified-since": DATE}, 200),
        ({"if-unmodified-since": "Tue, 14 Nov 2023 22:13:19 GMT"}, 412),
        ({"if-unmodified-since": "yesterday"}, 200),
        ({"if-match": TAG, "if-none-match": TAG}, 304),
        ({"if-none-match": TAG, "range": "bytes=0-1"}, 304),
    ],
)
def test_conditions_are_held_in_the_order_of_rfc_9110(
    file: Path, headers: dict[str, str], status: int, is_streaming: bool
) -> None:
    result = sending(file, is_streaming=is_streaming).get("/", headers=headers)

    assert result.status_code == status
    assert result.content == {200: DATA, 304: b""}.get(status, result.content)


def test_an_unchanged_file_keeps_the_headers_of_a_cache_and_no_others(file: Path) -> None:
    client = sending(file, headers={"cache-control": "max-age=60"}, filename="a.txt")

    result = client.get("/", headers={"if-none-match": TAG})

    assert sorted(result.headers) == ["accept-ranges", "cache-control", "etag", "last-modified"]


def test_a_condition_that_fails_is_an_error_with_a_code(file: Path) -> None:
    result = sending(file).get("/", headers={"if-match": '"other"'})

    assert result.json() == {"detail": "Precondition Failed", "code": "precondition_failed"}


@pytest.mark.parametrize(("method", "status"), [("POST", 200), ("GET", 404)])
def test_conditions_and_ranges_are_for_reading_what_is_there(file: Path, method: str, status: int) -> None:
    client = sending(file, status_code=status)

    result = client.request(method, "/", headers={"if-none-match": "*", "if-match": '"x"', "range": "bytes=0-1"})

    assert (result.status_code, result.content) == (status, DATA)
    assert "etag" not in result.headers


def test_a_pair_s_status_is_that_of_the_whole_file(file: Path) -> None:
    app = App()
    app.get("/")(lambda: (FileResponse(file), 203))

    result = TestClient(app).get("/", headers={"range": "bytes=0-1", "if-none-match": "*"})

    assert (result.status_code, result.content) == (203, DATA)


def test_validators_of_the_handler_s_own_stand(file: Path) -> None:
    client = sending(file, headers={"ETag": 'W/"v1"', "Last-Modified": "not a date"})

    answers = [
        client.get("/", headers=headers).status_code
        for headers in ({"if-none-match": '"v1"'}, {"if-match": 'W/"v1"'}, {"if-modified-since": DATE})
    ]

    assert answers == [304, 412, 200]


def test_a_file_whose_archive_gave_it_no_time_is_known_by_its_content(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    client = sending(path)
    tags = []
    for content in ("one", "two", "two"):
        path.unlink(missing_ok=True)
        path.write_text(content)
        os.utime(path, (315532800, 315532800))
        _files._digests.clear()
        result = client.get("/", headers={"if-modified-since": DATE, "if-unmodified-since": DATE})
        tags.append(result.headers["etag"])

    assert "last-modified" not in result.headers
    assert tags[0] != tags[1] == tags[2]
    assert client.get("/", headers={"if-none-match": tags[2]}).status_code == 304


def test_what_is_known_of_contents_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_files, "_REMEMBERED", 2)
    for name in "abc":
        path = tmp_path / name
        path.write_text(name)
        os.utime(path, (0, 0))
        sending(path).get("/")

    assert len(_files._digests) <= 2


def test_a_file_of_the_future_was_not_changed_after_its_answer(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text("x")
    os.utime(path, (CHANGED * 2, CHANGED * 2))

    modified = _files._moment(sending(path).get("/").headers["last-modified"])

    assert modified is not None
    assert modified <= time.time()


# ---- ranges


@pytest.mark.parametrize("as_", TRIGGERS)
@pytest.mark.parametrize(
    ("asked", "content_range", "content"),
    [
        ("bytes=0-9", "bytes 0-9/1024", DATA[:10]),
        ("bytes=1000-", "bytes 1000-1023/1024", DATA[1000:]),
        ("bytes=1000-99999", "bytes 1000-1023/1024", DATA[1000:]),
        ("bytes=-5", "bytes 1019-1023/1024", DATA[-5:]),
        ("bytes=-99999", "bytes 0-1023/1024", DATA),
        ("Bytes = 0-0", "bytes 0-0/1024", DATA[:1]),
        ("bytes=,0-4 ,\t5-9", "bytes 0-9/1024", DATA[:10]),
        ("bytes=0-4,2000-", "bytes 0-4/1024", DATA[:5]),
    ],
)
def test_a_range_is_answered_alone(file: Path, as_: Any, asked: str, content_range: str, content: bytes) -> None:
    result = sending(file).get("/", headers={"range": asked}, as_=as_)

    assert (result.status_code, result.headers["content-range"], result.content) == (206, content_range, content)


@pytest.mark.parametrize("is_streaming", [False, True])
def test_several_ranges_are_parts_in_the_order_in_which_they_are_asked_for(file: Path, is_streaming: bool) -> None:
    result = sending(file, is_streaming=is_streaming).get("/", headers={"range": "bytes=-2, 0-1, 500-509, 505-519"})

    assert result.status_code == 206
    assert result.headers["content-type"].startswith("multipart/byteranges; boundary=")
    assert parts_of(result) == [
        ("bytes 1022-1023/1024", DATA[-2:]),
        ("bytes 0-1/1024", DATA[:2]),
        ("bytes 500-519/1024", DATA[500:520]),
    ]


@pytest.mark.parametrize("asked", ["bytes=1024-", "bytes=-0", "bytes=9999-10000,5000-", "bytes=" + "9" * 5000 + "-"])
def test_a_range_outside_the_file_is_told_its_size(file: Path, asked: str) -> None:
    result = sending(file).get("/", headers={"range": asked})

    assert (result.status_code, result.headers["content-range"]) == (416, "bytes */1024")
    assert result.json() == {"detail": "Range Not Satisfiable", "code": "range_not_satisfiable"}


@pytest.mark.parametrize(
    "asked",
    [
        "items=0-1", "bytes", "bytes=", "bytes=,", "bytes=-", "bytes=5-3", "bytes=a-b", "bytes=1", "bytes=+1-2", "bytes=1_0-2_0",
        "bytes=\u0661-\u0662", "bytes=0-1-2", "bytes=0-1,x", "bytes=" + ",".join(f"{at * 2}-{at * 2}" for at in range(101)),
    ],
)  # fmt: skip
def test_a_header_that_asks_for_no_ranges_is_ignored(file: Path, asked: str) -> None:
    headers = {"range": asked} if asked.isascii() else {"range": asked.encode().decode("latin-1")}

    result = sending(file).get("/", headers=headers)

    assert (result.status_code, result.content) == (200, DATA)


@pytest.mark.parametrize(
    ("condition", "status"),
    [(TAG, 206), (DATE, 206), (f"W/{TAG}", 200), ('"other"', 200), ("Tue, 14 Nov 2023 22:13:21 GMT", 200), ("x", 200)],
)
def test_a_range_of_another_version_is_answered_with_the_whole(file: Path, condition: str, status: int) -> None:
    result = sending(file).get("/", headers={"range": "bytes=0-1", "if-range": condition})

    assert result.status_code == status


def test_a_date_of_this_second_does_not_tell_versions_apart(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text("new")
    now = int(time.time()) + 5
    os.utime(path, (now, now))
    client = sending(path)
    modified = client.get("/").headers["last-modified"]

    result = client.get("/", headers={"range": "bytes=0-1", "if-range": modified})

    assert result.status_code == 200


@given(st.integers(0, 50), st.text("0123456789-, =bytes", max_size=20) | st.from_regex(r"bytes=[0-9,\- ]{0,20}"))
def test_ranges_lie_within_the_file_and_apart_from_one_another(size: int, header: str) -> None:
    found = _files.ranges_of(header, size)

    ends = sorted(found or ())
    assert all(0 <= start < end <= size for start, end in ends)
    assert all(one[1] < other[0] for one, other in itertools.pairwise(ends))


# ---- beside Starlette


@pytest.fixture(scope="module")
def both(file: Path) -> TestClient:
    """A client of ``/ours`` and ``/peer``, which send the same file."""
    app = App()
    app.get("/ours")(lambda: FileResponse(file))

    async def peer(request: starlette.requests.Request) -> starlette.responses.Response:
        return starlette.responses.FileResponse(file)

    app.mount("/peer", starlette.applications.Starlette(routes=[starlette.routing.Route("/", peer)]))
    return TestClient(app)


specs = st.one_of(
    st.tuples(st.integers(0, 1023), st.integers(0, 1200)).map(lambda pair: f"{min(pair)}-{max(pair)}"),
    st.integers(0, 1023).map(lambda start: f"{start}-"),
    st.integers(1, 1200).map(lambda length: f"-{length}"),
)


@given(
    st.lists(specs, min_size=1, max_size=6), st.sampled_from([None, "etag", "last-modified", '"x"', 'W/"x"', "never"])
)
def test_ranges_that_can_be_met_are_answered_as_starlette_answers_them(
    both: TestClient, asked: list[str], condition: str | None
) -> None:
    answers = []
    for path in ("/ours", "/peer/"):
        headers = {"range": f"bytes={', '.join(asked)}"}
        if condition is not None:
            whole = both.head(path).headers
            headers["if-range"] = whole.get(condition, condition) or condition
        result = both.get(path, headers=headers)
        parts = sorted(parts_of(result)) if result.status_code == 206 else result.content
        answers.append((result.status_code, parts))

    assert answers[0] == answers[1]


@pytest.mark.parametrize(
    ("method", "asked", "ours", "peers", "why"),
    [
        ("GET", "items=0-1", 200, 400, "an unknown unit MUST be ignored: RFC 9110, 14.2"),
        ("GET", "bytes=5-3", 200, 400, "what is invalid MAY be ignored, as by every large server: 14.2"),
        ("GET", "bytes=0-1,x", 200, 206, "a set that is invalid in part is invalid: 14.1.1"),
        ("GET", "bytes=0-1,5000-", 206, 416, "one satisfiable range is enough: 14.1.2"),
        ("HEAD", "bytes=0-1", 200, 206, "ranges are defined for GET alone: 14.2"),
    ],
)
def test_where_starlette_answers_otherwise(
    both: TestClient, method: str, asked: str, ours: int, peers: int, why: str
) -> None:
    statuses = [both.request(method, path, headers={"range": asked}).status_code for path in ("/ours", "/peer/")]

    assert statuses == [ours, peers], why


# ---- limits


def test_a_file_that_is_too_large_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "large"
    path.touch()
    os.truncate(path, 10**12)

    result = sending(path).get("/")

    assert (result.status_code, result.json()["code"]) == (500, "response_too_large")
    assert isinstance(result.exception, ResponseTooLargeError) or "answer with a link" in result.text


@pytest.mark.parametrize(("as_", "most"), [("function_url", 3 * 1024 * 1024), ("alb", 500_000)])
def test_a_single_range_is_cut_to_what_the_trigger_takes(tmp_path: Path, as_: Any, most: int) -> None:
    path = tmp_path / "large.mp4"
    path.touch()
    os.truncate(path, 10**9)

    result = sending(path).get("/", headers={"range": "bytes=100-"}, as_=as_)

    assert (result.status_code, len(result.content)) == (206, most)
    assert result.headers["content-range"] == f"bytes 100-{100 + most - 1}/1000000000"


def test_several_ranges_that_are_too_large_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "large"
    path.touch()
    os.truncate(path, 10**9)

    result = sending(path).get("/", headers={"range": "bytes=0-9000000,10000000-"})

    assert result.json()["code"] == "response_too_large"


def test_a_range_of_a_large_file_is_streamed_whole_where_the_trigger_streams(tmp_path: Path) -> None:
    path = tmp_path / "large"
    path.touch()
    os.truncate(path, 8_000_000)

    result = sending(path, is_streaming=True).get("/", headers={"range": "bytes=1-"})

    assert (result.status_code, len(result.content)) == (206, 7_999_999)


# ---- what goes wrong


def fails_with(result: Any, sentence: str) -> bool:
    return result.status_code == 500 and isinstance(result.exception, ReplyError) and str(result.exception) == sentence


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_what_is_no_file_is_an_error(tmp_path: Path, method: str) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)

    answers = [sending(path).request(method, "/") for path in (tmp_path, pipe, tmp_path / "none", Path("a\0b"))]

    assert fails_with(answers[0], "the file of an answer is a folder")
    assert fails_with(answers[1], "the file of an answer is no regular file")
    assert fails_with(answers[2], "the file of an answer cannot be read: FileNotFoundError")
    assert fails_with(answers[3], "the file of an answer cannot be read: ValueError")


def test_a_file_that_becomes_shorter_while_it_is_sent_breaks_the_stream_off(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"x" * 200_000)
    app = App(response_stream={"function_url"})

    @app.middleware
    async def truncate(invocation: Any, call_next: Any) -> Any:
        response = await call_next(invocation)
        os.truncate(path, 65536)
        return response

    app.get("/")(lambda: FileResponse(path))

    result = TestClient(app, raise_exceptions=False).get("/")

    assert result.ended == "error"
    assert len(result.content) == 65536
    assert str(result.exception) == "the file of an answer became shorter while it was read"


def test_a_file_that_fails_on_reading_is_an_error_without_its_path() -> None:
    # The memory of a process: it can be opened, and its first bytes cannot be read.
    result = sending(Path("/proc/self/mem")).get("/")

    assert fails_with(result, "the file of an answer cannot be read: OSError")


def test_a_file_that_says_no_size_is_an_error() -> None:
    result = sending(Path("/proc/self/status")).get("/")

    assert result.status_code == 500
    assert "has content and no size" in str(result.exception)


def test_a_media_type_cannot_become_a_header_of_a_part(file: Path) -> None:
    result = sending(file, media_type="text/x\r\nx: 1").get("/", headers={"range": "bytes=0-1,5-6"})

    assert result.status_code == 500


# ---- around it


@pytest.mark.parametrize(
    ("headers", "method", "expected"),
    [
        ({}, "GET", "done"),
        ({"range": "bytes=0-1"}, "GET", "done"),
        ({"if-none-match": "*"}, "GET", "done"),
        ({}, "HEAD", "done"),
        ({"if-match": '"x"'}, "GET", "given up"),
    ],
)
@pytest.mark.parametrize("is_streaming", [False, True])
def test_dependencies_end_with_the_file(
    file: Path, headers: dict[str, str], method: str, expected: str, is_streaming: bool
) -> None:
    ended: list[str] = []
    app = App(response_stream={"function_url"} if is_streaming else ())

    def session() -> Iterator[str]:
        try:
            yield "open"
        except GeneratorExit:
            ended.append("given up")
            raise
        ended.append("done")

    @app.get("/")
    def send(session: Annotated[str, Depends(session)]) -> FileResponse:
        return FileResponse(file)

    TestClient(app, raise_exceptions=False).request(method, "/", headers=headers)

    assert ended == [expected]


@pytest.mark.parametrize("headers", [{}, {"if-none-match": "*"}, {"range": "bytes=5000-"}])
def test_background_work_is_done_whatever_part_is_sent(file: Path, headers: dict[str, str]) -> None:
    done: list[str] = []
    app = App()

    @app.get("/")
    def send() -> FileResponse:
        tasks = BackgroundTasks()
        tasks.add_task(done.append, "work")
        return FileResponse(file, background=tasks)

    TestClient(app).get("/", headers=headers)

    assert done == ["work"]


def test_a_response_s_background_work_is_done_before_the_invocation_ends() -> None:
    done: list[str] = []
    app = App()

    @app.get("/")
    def home() -> Response:
        tasks = BackgroundTasks()
        tasks.add_task(done.append, "work")
        return Response("x", background=tasks)

    result = TestClient(app).get("/")

    assert (result.text, done) == ("x", ["work"])
