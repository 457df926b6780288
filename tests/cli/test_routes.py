"""``eventrouter routes``: a table, or data."""

from __future__ import annotations

from tests.cli.given import MAIN, Project

LINES = {name: number for number, line in enumerate(MAIN.splitlines(), 1) for name in [line] if line.startswith("@app")}


def line_of(decorator: str) -> int:
    return next(number for line, number in LINES.items() if line.startswith(decorator))


def test_the_table_says_source_condition_handler_and_place(project: Project) -> None:
    code = project.run("routes", "main:app")

    assert code == 0
    assert [line.split("  ") for line in squeezed(project.out)] == [
        ["http", "GET /orders/{order_id}", "read_order", f"main.py:{line_of('@app.get')}"],
        ["sqs", "queue='orders'", "on_order", f"main.py:{line_of('@app.sqs')}"],
        ["s3 via sqs:images", "bucket='photos'", "on_photo", f"main.py:{line_of('@app.s3')}"],
        ["kinesis (enrichment)", "stream='clicks'", "on_click", f"main.py:{line_of('@app.pipe')}"],
        ["eventbridge +2", "source='shop'", "on_shop", f"main.py:{line_of('@app.eventbridge')}"],
    ]


def squeezed(text: str) -> list[str]:
    """Lines in which two spaces part the columns."""
    lines = text.splitlines()
    while any("   " in line for line in lines):
        lines = [line.replace("   ", "  ") for line in lines]
    return lines


def test_columns_stand_below_each_other(project: Project) -> None:
    project.run("routes", "main:app")

    assert len({line.index("main.py:") for line in project.out.splitlines()}) == 1


def test_one_long_cell_does_not_push_the_others_away(project: Project) -> None:
    project.write(
        "long.py",
        "from eventrouter import App\napp = App()\n"
        f"@app.sqs('{'q' * 200}')\ndef on_long(text: str) -> None: ...\n"
        "@app.sqs('short')\ndef on_short(text: str) -> None: ...\n",
    )

    project.run("routes", "long:app")

    assert [len(line) > 200 for line in project.out.splitlines()] == [True, False]


def test_the_data_names_every_source(project: Project) -> None:
    code = project.run("routes", "main:app", "--json")

    assert code == 0
    assert project.answer[-1] == {
        "source": "eventbridge",
        "sources": ["eventbridge", "eventbridge_schedule", "eventbridge_scheduler"],
        "wants": "source='shop'",
        "handler": "on_shop",
        "location": f"{project.folder}/main.py:{line_of('@app.eventbridge')}",
        "via": "",
        "is_enrichment": False,
    }


def test_an_app_without_routes_says_so_beside_the_output(project: Project) -> None:
    project.write("empty.py", "from eventrouter import App\napp = App()\n")

    code = project.run("routes", "empty:app")

    assert code == 0
    assert project.out == ""
    assert project.err == "eventrouter: empty:app has no routes\n"
