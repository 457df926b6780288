"""``eventrouter openapi``: the document, printed or written."""

from __future__ import annotations

import json

from tests.cli.given import Project

APP = """\
from eventrouter import App
app = App()
@app.get('/orders/{order_id}')
def read_order(order_id: int) -> str: ...
"""


def test_the_document_is_printed(project: Project) -> None:
    project.write("api.py", APP)

    code = project.run("openapi", "api:app")

    assert code == 0
    assert project.answer["info"] == {"title": "api:app", "version": "0.1.0"}
    assert list(project.answer["paths"]) == ["/orders/{order_id}"]


def test_it_is_called_as_it_is_told_to_be(project: Project) -> None:
    project.write("api.py", APP)

    project.run("openapi", "api:app", "--title", "Orders", "--api-version", "2", "--server", "https://a.example.com")

    assert project.answer["info"] == {"title": "Orders", "version": "2"}
    assert project.answer["servers"] == [{"url": "https://a.example.com"}]


def test_it_is_written_to_a_file(project: Project) -> None:
    project.write("api.py", APP)

    code = project.run("openapi", "api:app", "-o", "openapi.json")

    assert (code, project.out) == (0, "")
    assert json.loads((project.folder / "openapi.json").read_text())["openapi"] == "3.1.1"


def test_a_file_that_cannot_be_written_is_named(project: Project) -> None:
    project.write("api.py", APP)

    code = project.run("openapi", "api:app", "-o", "no/such/folder.json")

    assert code == 2
    assert "no/such/folder.json cannot be written: No such file or directory" in project.err


def test_what_is_not_in_it_is_told_of(project: Project) -> None:
    project.write("api.py", APP + "@app.get('/orders/{name:path}')\ndef read_all() -> None: ...\n")

    code = project.run("openapi", "api:app")

    assert code == 0
    assert "the document has GET /orders/{order_id} already" in project.err


def test_routes_that_have_no_document_are_refused(project: Project) -> None:
    project.write("api.py", APP + "@app.get('/', responses={1: {}})\ndef home() -> None: ...\n")

    code = project.run("openapi", "api:app")

    assert code == 2
    assert "GET /: responses= has statuses" in project.err
