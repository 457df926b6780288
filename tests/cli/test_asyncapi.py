"""``eventrouter asyncapi``: the document, printed or written."""

from __future__ import annotations

import json

from tests.cli.given import Project

APP = """\
from pydantic import BaseModel
from eventrouter import App
app = App()
class Order(BaseModel):
    id: int
@app.sqs('${ORDERS}')
def on_order(order: Order) -> None:
    '''Take an order.'''
"""


def test_the_document_is_printed(project: Project) -> None:
    project.write("queued.py", APP)

    code = project.run("asyncapi", "queued:app")

    assert code == 0
    assert project.answer["info"] == {"title": "queued:app", "version": "0.1.0"}
    assert project.answer["operations"]["on_order"]["summary"] == "Take an order."


def test_it_is_written_to_a_file(project: Project) -> None:
    project.write("queued.py", APP)

    code = project.run("asyncapi", "queued:app", "--title", "Shop", "--api-version", "2", "-o", "asyncapi.json")

    assert (code, project.out) == (0, "")
    assert json.loads((project.folder / "asyncapi.json").read_text())["info"] == {"title": "Shop", "version": "2"}


def test_an_app_of_requests_alone_is_told_of(project: Project) -> None:
    project.write("api.py", "from eventrouter import App\napp = App()\napp.get('/')(lambda: None)\n")

    code = project.run("asyncapi", "api:app")

    assert code == 0
    assert "api:app has no routes but those of requests" in project.err


def test_a_payload_without_a_schema_is_named(project: Project) -> None:
    project.write(
        "odd.py",
        "from eventrouter import App\nfrom pydantic_core import core_schema\napp = App()\n"
        "class Odd:\n    @classmethod\n    def __get_pydantic_core_schema__(cls, source, handler):\n"
        "        return core_schema.is_instance_schema(cls)\n"
        "@app.sqs('odd')\ndef on_odd(odd: Odd) -> None: ...\n",
    )

    code = project.run("asyncapi", "odd:app")

    assert code == 2
    assert "on_odd()" in project.err
    assert "its payload Odd has no JSON Schema" in project.err
