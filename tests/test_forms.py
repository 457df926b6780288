"""Forms: fields and files of a body, URL-encoded or multipart, and everything that is none."""

from __future__ import annotations

import base64
import importlib.util
import json
from typing import Annotated, Any
from urllib.parse import urlencode

import pytest
from hypothesis import given, strategies as st
from pydantic import BaseModel, Field

from eventrouter import App, File, Form, LambdaContext, RegistrationError, Request, UploadFile
from tests.deliveries import Run, request

BOUNDARY = "----shop"
MULTIPART = f"multipart/form-data; boundary={BOUNDARY}"
URLENCODED = "application/x-www-form-urlencoded"
Part = tuple[str, str | None, bytes]


def posted(body: bytes, content_type: str | None) -> dict[str, Any]:
    event = request(method="POST")
    headers = {} if content_type is None else {"content-type": content_type}
    return {**event, "headers": headers, "body": base64.b64encode(body).decode(), "isBase64Encoded": True}


def form(**fields: str | list[str]) -> dict[str, Any]:
    return posted(urlencode(fields, doseq=True).encode(), URLENCODED)


def multipart(*parts: Part | bytes, end: bytes = b"--" + BOUNDARY.encode() + b"--\r\n") -> dict[str, Any]:
    """A multipart form of (name, filename, content), or of parts that are written out."""
    written = []
    for part in parts:
        if isinstance(part, bytes):
            written.append(part)
            continue
        name, filename, content = part
        named = f'; filename="{filename}"' if filename is not None else ""
        written.append(f'Content-Disposition: form-data; name="{name}"{named}\r\n\r\n'.encode() + content)
    body = b"".join(b"--" + BOUNDARY.encode() + b"\r\n" + part + b"\r\n" for part in written)
    return posted(body + end, MULTIPART)


def answer(app: App, event: Any) -> tuple[int, Any]:
    reply = app(event, LambdaContext())
    return reply["statusCode"], json.loads(reply["body"])


def problem(sentence: str) -> tuple[int, Any]:
    detail = [{"type": "form_invalid", "loc": ["body"], "msg": sentence}]
    return 422, {"detail": detail, "code": "invalid_request"}


def missing(*names: str) -> tuple[int, Any]:
    detail = [{"type": "missing", "loc": ["body", name], "msg": "Field required"} for name in names]
    return 422, {"detail": detail, "code": "invalid_request"}


class SignUp(BaseModel):
    name: str
    age: int = Field(0, ge=0)
    topics: list[str] = []


def signing_up() -> App:
    app = App()

    @app.post("/")
    def sign_up(
        name: Annotated[str, Form()],
        age: Annotated[int, Form(ge=0)] = 0,
        topics: Annotated[list[str], Form(alias="topic")] = [],  # noqa: B006 - each request gets a copy
    ) -> dict[str, object]:
        topics.append("news")
        return {"name": name, "age": age, "topics": topics}

    return app


def signing_up_by_model() -> App:
    app = App()

    @app.post("/")
    def sign_up(data: Annotated[SignUp, Form()]) -> SignUp:
        return data

    return app


def uploading() -> App:
    app = App()

    @app.post("/")
    def upload(
        image: UploadFile,
        others: Annotated[list[bytes], File(alias="other")] = [],  # noqa: B006 - each request gets a copy
        note: Annotated[str, Form()] = "",
    ) -> dict[str, object]:
        return {
            "image": [image.filename, image.content_type, image.size, image.file.read().decode()],
            "others": [content.decode() for content in others],
            "note": note,
        }

    return app


# ---- fields


def test_fields_are_read_by_name_and_type() -> None:
    event = form(name="Ann Müller", age="7", topic=["a", "b"])

    assert answer(signing_up(), event) == (200, {"name": "Ann Müller", "age": 7, "topics": ["a", "b", "news"]})


def test_a_default_stands_for_what_was_not_sent_and_is_never_shared() -> None:
    app = signing_up()

    answers = [answer(app, form(name="Ann")) for _ in range(2)]

    assert answers == [(200, {"name": "Ann", "age": 0, "topics": ["news"]})] * 2


def test_an_empty_input_is_absent() -> None:
    assert answer(signing_up(), form(name="", age="")) == missing("name")


def test_fields_of_a_multipart_form_are_read_in_the_same_way() -> None:
    event = multipart(("name", None, "Ann Müller".encode()), ("topic", None, b"a"))

    assert answer(signing_up(), event) == (200, {"name": "Ann Müller", "age": 0, "topics": ["a", "news"]})


def test_a_model_takes_the_whole_form() -> None:
    event = form(name="Ann", age="7", topics=["a", "b"], other="x")

    assert answer(signing_up_by_model(), event) == (200, {"name": "Ann", "age": 7, "topics": ["a", "b"]})


def test_what_does_not_validate_is_told_at_its_place() -> None:
    status, body = answer(signing_up_by_model(), form(age="-1"))

    assert status == 422
    assert [(each["loc"], each["type"]) for each in body["detail"]] == [
        (["body", "name"], "missing"),
        (["body", "age"], "greater_than_equal"),
    ]


def test_every_field_that_is_wrong_is_told_at_once() -> None:
    status, body = answer(signing_up(), form(age="x", topic="a"))

    assert status == 422
    assert [each["loc"] for each in body["detail"]] == [["body", "name"], ["body", "age"]]


def test_a_request_without_a_body_is_an_empty_form() -> None:
    assert answer(signing_up(), request(method="POST")) == missing("name")


def test_a_charset_of_a_part_is_heeded() -> None:
    part = b'Content-Disposition: form-data; name="name"\r\nContent-Type: text/plain; charset=latin-1\r\n\r\n\xfc'

    assert answer(signing_up(), multipart(part))[1]["name"] == "ü"


@given(st.dictionaries(st.text(min_size=1), st.text(min_size=1), max_size=5))
def test_what_is_sent_is_read(fields: dict[str, str]) -> None:
    app = App()

    @app.post("/")
    def read(request: Request) -> dict[str, str]:
        return dict(request.form().fields)

    assert answer(app, posted(urlencode(fields).encode(), URLENCODED)) == (200, fields)


# ---- files


def test_a_file_is_read_with_its_name_and_type() -> None:
    part = (
        b'Content-Disposition: form-data; name="image"; filename="mug.png"\r\nContent-Type: image/png\r\n\r\n'
        b"\r\n--not the boundary\r\n"
    )
    event = multipart(part, ("other", "a.txt", b"one"), ("other", "b.txt", b"two"), ("note", None, b"blue"))

    assert answer(uploading(), event) == (
        200,
        {
            "image": ["mug.png", "image/png", 22, "\r\n--not the boundary\r\n"],
            "others": ["one", "two"],
            "note": "blue",
        },
    )


@pytest.mark.parametrize("name", ["../../etc/passwd", "C:\\\\Users\\\\ann\\\\passwd", "/etc/passwd", "passwd"])
def test_a_file_s_name_has_no_folder(name: str) -> None:
    assert answer(uploading(), multipart(("image", name, b"x")))[1]["image"][0] == "passwd"


def test_an_input_in_which_no_file_was_chosen_is_absent() -> None:
    assert answer(uploading(), multipart(("image", "", b""))) == missing("image")


def test_text_in_place_of_a_file_is_told_of() -> None:
    status, body = answer(uploading(), multipart(("image", None, b"x")))

    assert status == 422
    assert body["detail"] == [
        {"type": "value_error", "loc": ["body", "image"], "msg": "Value error, Expected a file, received text"}
    ]


def test_an_empty_field_is_no_file_and_a_file_no_field() -> None:
    assert answer(uploading(), multipart(("image", None, b""))) == missing("image")
    assert answer(signing_up(), multipart(("name", "name.txt", b"Ann"))) == missing("name")


def test_an_absent_file_may_have_a_default(run: Run) -> None:
    app = App()

    @app.post("/")
    def upload(image: UploadFile | None = None) -> bool:
        return image is None

    assert run(app, multipart())["body"] == "true"


def test_what_was_read_shows_names_and_no_contents() -> None:
    app = App()

    @app.post("/")
    def show(request: Request) -> list[str]:
        read = request.form()
        return [repr(read), repr(read.files["image"][0])]

    event = multipart(("password", None, b"secret"), ("image", "mug.png", b"secret"))

    assert answer(app, event) == (200, ["<FormData 'password', 'image'>", "<UploadFile 'mug.png' of 6 bytes>"])


# ---- what is no form


@pytest.mark.parametrize(
    ("event", "sentence"),
    [
        (
            posted(b"{}", "application/json"),
            "Body should be a form: application/x-www-form-urlencoded or multipart/form-data",
        ),
        (posted(b"name=Ann", None), "Body should be a form: application/x-www-form-urlencoded or multipart/form-data"),
        (posted(b"name=%ff", URLENCODED), "Body should be a URL-encoded form in UTF-8 of at most 1000 fields"),
        (posted("name=ü".encode(), URLENCODED), "Body should be a URL-encoded form in UTF-8 of at most 1000 fields"),
        (
            posted(b"&".join([b"name=x"] * 1001), URLENCODED),
            "Body should be a URL-encoded form in UTF-8 of at most 1000 fields",
        ),
        (posted(b"x", "multipart/form-data"), "Content-Type of a multipart form should name its boundary"),
        (
            posted(b"x", "multipart/form-data; boundary=" + "b" * 300),
            "Body should be a whole multipart form of at most 1000 parts, its texts in UTF-8",
        ),
        *(
            (event, "Body should be a whole multipart form of at most 1000 parts, its texts in UTF-8")
            for event in (
                multipart(("name", None, b"Ann"), end=b""),
                multipart(("name", None, b"\xff")),
                multipart(*[("name", None, b"x")] * 1001),
                multipart(b"no header at all"),
                multipart(b'Content-Disposition: attachment; name="name"\r\n\r\nAnn'),
                multipart(b"Content-Disposition: form-data\r\n\r\nAnn"),
                multipart(
                    b'Content-Disposition: form-data; name="name"\r\nContent-Transfer-Encoding: base64\r\n\r\nQW5u'
                ),
                multipart(
                    b'Content-Disposition: form-data; name="name"\r\nContent-Type: text/plain; charset=shop\r\n\r\nAnn'
                ),
                multipart(b'Content-Disposition: form-data; name="\xff"\r\n\r\nAnn'),
            )
        ),
    ],
)
def test_a_body_that_is_no_form_is_refused_once_however_many_fields_ask(event: Any, sentence: str) -> None:
    assert answer(signing_up(), event) == problem(sentence)


@given(st.binary(max_size=200))
def test_no_multipart_body_is_a_failure_of_ours(body: bytes) -> None:
    whole = b"--" + BOUNDARY.encode() + b'\r\nContent-Disposition: form-data; name="name"\r\n\r\n' + body

    assert answer(signing_up(), posted(whole, MULTIPART))[0] in (200, 422)


# ---- at registration


def body_and_form(data: SignUp, name: Annotated[str, Form()]) -> None: ...


def form_and_body(name: Annotated[str, Form()], data: SignUp) -> None: ...


def not_a_file(image: Annotated[int, File()]) -> None: ...


def limited(image: Annotated[bytes, File(max_length=3)]) -> None: ...


def file_on_get(image: UploadFile) -> None: ...


@pytest.mark.parametrize(
    ("handler", "method", "words"),
    [
        (body_and_form, "post", "'data' takes the body already, which a form would be too"),
        (form_and_body, "post", "'data' and 'name' would both be the body"),
        (not_a_file, "post", "a file is `UploadFile` or `bytes`, or a list of them"),
        (limited, "post", "File takes no constraints: look at the file's size in the handler"),
        (file_on_get, "get", "would be the body, which GET requests do not have"),
    ],
)
def test_what_cannot_be_read_from_a_form_is_refused(handler: Any, method: str, words: str) -> None:
    with pytest.raises(RegistrationError) as caught:
        getattr(App(), method)("/")(handler)

    assert words.replace("'data' and 'name'", "parameter 'data' and 'name'") in str(caught.value)


@pytest.fixture
def without_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == "python_multipart" else found(name))


def test_a_file_route_without_the_library_is_refused_and_says_what_to_install(without_the_library: None) -> None:
    with pytest.raises(RegistrationError, match=r"needs python-multipart: pip install 'eventrouter\[http\]'"):
        uploading()


def test_a_multipart_form_without_the_library_is_an_error_in_the_log(
    without_the_library: None, caplog: pytest.LogCaptureFixture
) -> None:
    status, _ = answer(signing_up(), multipart(("name", None, b"Ann")))

    assert status == 500
    assert "a multipart form needs python-multipart: pip install 'eventrouter[http]'" in caplog.text
