"""``module:attribute`` in all its spellings, and clear words for what is not there."""

from __future__ import annotations

import pytest

from tests.cli.given import Project


@pytest.mark.parametrize(
    "name",
    [
        "main:app",
        "main.app",
        "main:shop.app",
        "main.shop.app",
        "main:handler",
        "main.handler",
        "./main:app",
        "pkg/main.app",
        "pkg/main:app",
        "pkg.main:app",
        "pkg.main.app",
        "pkg.main.shop.app",
    ],
)
def test_an_app_is_found_by_every_spelling_of_its_name(project: Project, name: str) -> None:
    project.write("pkg/main.py", (project.folder / "main.py").read_text())

    code = project.run("routes", name, "--json")

    assert code == 0
    assert len(project.answer) == 5


HERE = "or on Python's path"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("nothere:app", f"nothere:app: there is no module nothere in FOLDER {HERE}"),
        ("nothere.app", f"nothere.app: there is no module nothere in FOLDER {HERE}"),
        ("main.nothere:app", f"main.nothere:app: there is no module main.nothere in FOLDER {HERE}"),
        (
            "main.py:app",
            f"main.py:app: there is no module main.py in FOLDER {HERE}, and an app is named without the .py",
        ),
        ("main.py", "main.py: main has no attribute 'py'; main has main:app"),
        ("main", "main: which attribute? An app is named module:attribute, as in main:app"),
        ("main:ap", "main:ap: main has no attribute 'ap'; main has main:app"),
        ("main:shop.ap", "main:shop.ap: main.shop has no attribute 'ap'; main has main:app"),
        ("main:router", "main:router is a Router: name the App that includes it; main has main:app"),
        ("main:number", "main:number is a int, not an App of eventrouter; main has main:app"),
        ("empty:number", "empty:number is a int, not an App of eventrouter"),
        ("main:", "'main:': an app is named module:attribute, as in main:app"),
        (":app", "':app': an app is named module:attribute, as in main:app"),
        ("main:app()", "'main:app()': an app is named module:attribute, as in main:app"),
        ("", "'': an app is named module:attribute, as in main:app"),
        ("../main:app", "'../main:app': an app is named module:attribute, as in main:app"),
        ("\x1b[31m:app", "'\\x1b[31m:app': an app is named module:attribute, as in main:app"),
    ],
)
def test_what_is_no_app_is_told_in_one_line(project: Project, name: str, words: str) -> None:
    project.write("empty.py", "number = 7")

    code = project.run("routes", name)

    assert code == 2
    assert project.out == ""
    assert project.err.splitlines()[-1] == f"eventrouter: {words.replace('FOLDER', str(project.folder))}"
    assert "Traceback" not in project.err


def test_wrappers_that_wrap_each_other_end(project: Project) -> None:
    project.write("odd.py", "def one(): ...\ndef two(): ...\none.__wrapped__ = two\ntwo.__wrapped__ = one\n")

    code = project.run("routes", "odd:one")

    assert code == 2
    assert project.err == "eventrouter: odd:one is a function, not an App of eventrouter\n"


def test_what_a_module_raises_is_shown_with_the_users_frames_alone(project: Project) -> None:
    project.write("broken.py", "import settings\n")
    project.write("settings.py", "def read():\n    raise RuntimeError('no \\x1b[31msettings')\nread()\n")

    code = project.run("routes", "broken:app")

    assert code == 2
    # Some versions of Python mark the call in a line of its own.
    assert [line for line in project.err.splitlines() if line.strip(" ~^")] == [
        "eventrouter: broken cannot be imported:",
        f'  File "{project.folder}/broken.py", line 1, in <module>',
        "    import settings",
        f'  File "{project.folder}/settings.py", line 3, in <module>',
        "    read()",
        f'  File "{project.folder}/settings.py", line 2, in read',
        "    raise RuntimeError('no \\x1b[31msettings')",
        "RuntimeError: no \\x1b[31msettings",
    ]


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("import surely_not_installed", "ModuleNotFoundError: No module named 'surely_not_installed'"),
        ("raise ModuleNotFoundError('not here')", "ModuleNotFoundError: not here"),
        ("raise SystemExit('no settings')", "SystemExit: no settings"),
        ("def read(:", "SyntaxError: invalid syntax (broken.py, line 1)"),
        (
            "from eventrouter import App\napp = App()\napp.get('orders')(print)",
            "eventrouter.errors.RegistrationError: ",
        ),
    ],
)
def test_whatever_a_module_raises_is_the_last_line(project: Project, code: str, words: str) -> None:
    project.write("broken.py", code)

    exit_code = project.run("routes", "broken:app")

    assert exit_code == 2
    assert project.err.startswith("eventrouter: broken cannot be imported:")
    assert project.err.splitlines()[-1].startswith(words)
    assert "eventrouter/_" not in project.err and "importlib" not in project.err
