"""The app that a handler's name leads to."""

from __future__ import annotations

from pathlib import Path

import pytest

from eventrouter import App, NoRouteError
from eventrouter.runtime._load import LoadError, kind_of, load


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    "name",
    ["a_shop.main:app", "a_shop.main.app", "a_shop/main.app", "./a_shop/main.app", "a_shop.main:holder.app", " a_shop.main:app "],
)  # fmt: skip
def test_an_app_is_found_however_its_place_is_written(name: str, folder: Path) -> None:
    (folder / "a_shop").mkdir(exist_ok=True)
    (folder / "a_shop" / "main.py").write_text(
        "from eventrouter import App\napp = App()\nclass holder:\n    app = app\n"
    )

    assert isinstance(load(name), App)


@pytest.mark.parametrize(
    ("code", "kind", "words"),
    [
        ("app = 1", "Runtime.HandlerNotFound", "is a int"),
        ("other = 1", "Runtime.HandlerNotFound", "a_module_0 has no attribute 'app'"),
        ("class app: pass\napp.__wrapped__ = app", "Runtime.HandlerNotFound", "is a type"),
        (
            "from eventrouter import App\ndef app(): ...\napp.__wrapped__ = App()",
            "Runtime.HandlerNotFound",
            "make the decorator @app.middleware, or leave it off",
        ),
    ],
)
def test_what_is_no_app_is_refused(
    code: str, kind: str, words: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "a_module_0.py").write_text(code)
    import sys

    monkeypatch.delitem(sys.modules, "a_module_0", raising=False)

    with pytest.raises(LoadError, match=words) as raised:
        load("a_module_0:app")

    assert kind_of(raised.value) == kind


@pytest.mark.parametrize("name", ["main", "main:", ":app", "1main:app", "main:app()", "main:a..b", ""])
def test_a_name_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(LoadError, match="module:attribute") as raised:
        load(name)

    assert kind_of(raised.value) == "Runtime.MalformedHandlerName"


def test_a_module_that_is_missing_is_named_with_where_it_was_looked_for(folder: Path) -> None:
    with pytest.raises(LoadError, match="there is no module a_module_nobody_has on Python's path: .*") as raised:
        load("a_module_nobody_has:app")

    assert kind_of(raised.value) == "Runtime.ImportModuleError"


def test_a_module_that_lacks_another_is_not_missing_itself(folder: Path) -> None:
    (folder / "a_module_that_imports.py").write_text("import no_such_module_at_all")

    with pytest.raises(ModuleNotFoundError, match="no_such_module_at_all"):
        load("a_module_that_imports:app")


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (SyntaxError(), "Runtime.UserCodeSyntaxError"),
        (ImportError(), "Runtime.ImportModuleError"),
        (NoRouteError("sqs", {}), "Runtime.NoRouteError"),
        (type("é", (Exception,), {})(), "Runtime.InitError"),
    ],
)
def test_what_keeps_a_process_from_starting_has_a_name(error: Exception, kind: str) -> None:
    assert kind_of(error) == kind
