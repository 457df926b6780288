"""Sources of one's own, what is asked before them, and what becomes of a source that cannot be loaded."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

import eventrouter
from eventrouter import App, EventDecodeError, Pattern, RegistrationError, Source, _sniff, register, sniff, sources
from tests.deliveries import registered, sample, sqs


def has_parcel(event: Any) -> bool:
    return type(event) is dict and "parcel" in event


@pytest.fixture
def nothing_registered() -> Iterator[None]:
    """Take back what a test registers."""
    before = list(_sniff._third_party)
    yield
    for source in _sniff._third_party[len(before) :]:
        del _sniff.sources[source.name]
    _sniff._third_party[:] = before


# ------------------------------------------------------------------------------------------------------- register()


@pytest.mark.usefixtures("nothing_registered")
def test_a_registered_source_claims_what_no_other_does() -> None:
    source = register(Source("parcels", detect=has_parcel))

    assert sniff({"parcel": 7}) is source
    assert sniff({"letter": 7}).name == "direct"


@pytest.mark.usefixtures("nothing_registered")
def test_a_registered_source_has_routes() -> None:
    source = register(
        Source("parcels", detect=has_parcel, payload=lambda record: record["parcel"], payload_is_value=True)
    )
    app = App()

    @app.on(Pattern(source.name))
    def on_parcel(parcel: int) -> int:
        return parcel + 1

    assert app({"parcel": 7}) == 8


@pytest.mark.parametrize(
    "event",
    [
        {"Records": "parcel", "parcel": 7},
        {"Records": [], "parcel": 7},
        {"Records": [7], "parcel": 7},
        {"Records": [{"eventSource": "acme:parcels"}], "parcel": 7},
        {"Records": [{"eventSource": "aws:sqs"}, {"eventSource": "aws:s3"}], "parcel": 7},
        {"Records": [{"eventSource": "aws:sqs"}, 7], "parcel": 7},
        {"detail-type": 7, "parcel": 7},
    ],
    ids=str,
)
def test_a_registered_source_is_asked_before_an_event_counts_as_unknown(event: Any) -> None:
    with registered(Source("parcels", detect=has_parcel)) as source:
        assert sniff(event) is source


def test_a_built_in_source_is_asked_first() -> None:
    with registered(Source("parcels", detect=has_parcel)):
        assert sniff({**sqs({"id": 7}), "parcel": 7}).name == "sqs"


def test_of_two_that_claim_an_event_the_first_registered_has_it() -> None:
    with registered(Source("parcels", detect=has_parcel)) as first, registered(Source("letters", detect=has_parcel)):
        assert sniff({"parcel": 7}) is first


@pytest.mark.parametrize("name", ["sqs", "direct", "unknown"])
def test_a_label_of_ours_is_taken(name: str) -> None:
    with pytest.raises(RegistrationError, match=f"there is a source called '{name}' already"):
        register(Source(name, detect=has_parcel))


@pytest.mark.usefixtures("nothing_registered")
def test_a_label_is_taken_once() -> None:
    register(Source("parcels", detect=has_parcel))

    with pytest.raises(RegistrationError, match="there is a source called 'parcels' already"):
        register(Source("parcels", detect=has_parcel))


@pytest.mark.parametrize("source", ["parcels", Source, None, has_parcel], ids=str)
def test_what_is_no_source_is_not_registered(source: Any) -> None:
    with pytest.raises(RegistrationError, match=r"register\(\) takes a Source, not a"):
        register(source)


def test_a_label_of_no_source_has_no_routes() -> None:
    app = App()

    def on_parcel(parcel: int) -> None: ...

    with pytest.raises(
        RegistrationError, match=r"'parcels' is the label of no source; register\(\) one of your own, or use"
    ):
        app.on(Pattern("parcels"))(on_parcel)


# ------------------------------------------------------------------------------------------------------ entry points

PACKAGE = """
from eventrouter import Source

SOURCE = Source("parcels", detect=lambda event: type(event) is dict and "parcel" in event)
OURS = Source("sqs", detect=lambda event: True)
"""


def install(path: Path, monkeypatch: pytest.MonkeyPatch, **points: str) -> None:
    """An installed package with these entry points."""
    metadata = path / "parcels-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: parcels\nVersion: 1.0\n")
    lines = [f"{name} = {target}" for name, target in points.items()]
    (metadata / "entry_points.txt").write_text("\n".join(["[eventrouter.sources]", *lines, ""]))
    (path / "parcels_of_a_package.py").write_text(PACKAGE)
    monkeypatch.syspath_prepend(path)
    monkeypatch.setattr(_sniff, "_entry_points_loaded", False)
    monkeypatch.delitem(sys.modules, "parcels_of_a_package", raising=False)


@pytest.mark.usefixtures("nothing_registered")
def test_an_installed_package_brings_sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, monkeypatch, parcels="parcels_of_a_package:SOURCE")

    assert sniff({"parcel": 7}).name == "parcels"


@pytest.mark.usefixtures("nothing_registered")
def test_an_installed_source_has_routes_before_its_first_event(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, monkeypatch, parcels="parcels_of_a_package:SOURCE")
    app = App()

    @app.on(Pattern("parcels"))
    def on_parcel() -> None: ...

    assert app({"parcel": 7}) is None


@pytest.mark.usefixtures("nothing_registered")
def test_an_installed_source_that_is_registered_too_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, monkeypatch, parcels="parcels_of_a_package:SOURCE", again="parcels_of_a_package:SOURCE")
    source = register(import_module("parcels_of_a_package").SOURCE)

    assert sniff({"parcel": 7}) is source


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("parcels_of_nobody:SOURCE", "ModuleNotFoundError: No module named 'parcels_of_nobody'"),
        ("parcels_of_a_package:OTHER", "AttributeError: "),
        ("parcels_of_a_package:PACKAGE", "AttributeError: "),
        ("parcels_of_a_package:Source", "RegistrationError: register() takes a Source, not a type"),
        ("parcels_of_a_package:OURS", "RegistrationError: there is a source called 'sqs' already"),
    ],
)
@pytest.mark.usefixtures("nothing_registered")
def test_an_installed_source_that_is_none_is_an_error_for_every_event(
    target: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tmp_path, monkeypatch, parcels=target)

    for _ in range(2):
        with pytest.raises(RegistrationError) as caught:
            sniff({"parcel": 7})

        assert f"the entry point 'parcels' of an installed package ({target}) brings no source: {words}" in str(
            caught.value
        )


@pytest.mark.usefixtures("nothing_registered")
def test_an_event_of_ours_does_not_ask_what_is_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, monkeypatch, parcels="parcels_of_nobody:SOURCE")

    assert sniff(sqs({"id": 7})).name == "sqs"


# ---------------------------------------------------------------------------------- a source that cannot be loaded


def test_a_source_whose_file_does_not_load_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(sources, "kinesis")
    monkeypatch.delitem(sys.modules, "eventrouter.sources.kinesis")
    monkeypatch.setitem(sys.modules, "eventrouter.sources._shard", None)

    with pytest.raises(ModuleNotFoundError, match="eventrouter.sources._shard"):
        _ = sources.kinesis


def test_a_package_of_sources_has_no_others() -> None:
    with pytest.raises(AttributeError, match="module 'eventrouter.sources' has no attribute 'parcels'"):
        _ = sources.parcels


# ---------------------------------------------------------------------------------------------------- what an event is


@pytest.mark.parametrize(
    ("event", "label"),
    [
        (None, "direct"),
        (7, "direct"),
        ("{}", "direct"),
        ([], "direct"),
        ([7], "direct"),
        ([{"letter": 7}], "direct"),
        ({}, "direct"),
        ({"Records": None}, "direct"),
        ({"Records": []}, "unknown"),
        ({"Records": [], "window": {}}, "unknown"),
        ({"Records": [None]}, "unknown"),
        ({"Records": [{"eventSource": ["aws:sqs"]}]}, "unknown"),
        ({"Records": [{}]}, "unknown"),
        ({f"key-{index}": index for index in range(100)}, "direct"),
        ({**{f"key-{index}": index for index in range(100)}, **sample("eventbridge")}, "eventbridge"),
        (b"[1]", "direct"),
        (bytearray(b'{"Records": []}'), "unknown"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_anything_has_a_source(event: Any, label: str) -> None:
    assert sniff(event).name == label


def test_bytes_that_are_no_json_have_none() -> None:
    with pytest.raises(EventDecodeError):
        sniff(b"{")


# ------------------------------------------------------------------------------------------------- names of the package


def test_every_exported_name_is_listed() -> None:
    assert set(eventrouter.__all__) <= set(dir(eventrouter))


def test_a_name_that_is_not_exported_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'eventrouter' has no attribute 'Parcel'"):
        _ = eventrouter.Parcel


def test_a_decorator_is_documented_where_the_class_is_asked() -> None:
    assert "queue" in str(App.sqs.__doc__)
