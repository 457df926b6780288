"""CodeCommit: routed by repository, trigger, branch and tag."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from eventrouter._sniff import sniff
from eventrouter.models.codecommit import CodeCommitEvent
from eventrouter.source import Pattern
from eventrouter.sources.codecommit import SOURCE, detect, idempotency_key, keys, records, repository

EVENTS = Path(__file__).parent / "events"
ARN = "arn:aws:codecommit:eu-west-1:210987654321:shop-web"


def event(variant: str = "") -> Any:
    return json.loads((EVENTS / f"codecommit{variant}.json").read_text())


def accepts(pattern: Pattern, variant: str = "") -> bool:
    return all(test(records(event(variant))[0]) for _, test in pattern.tests)


@pytest.mark.parametrize("variant", ["", "-tag"])
def test_a_trigger_is_told(variant: str) -> None:
    assert detect(event(variant))
    assert sniff(event(variant)) is SOURCE


@pytest.mark.parametrize("value", [None, [], {}, {"Records": []}, {"Records": [{"eventSource": "aws:s3"}]}], ids=repr)
def test_other_records_are_not_claimed(value: object) -> None:
    assert not detect(value)


def test_routes_match_repository_event_and_trigger() -> None:
    found = {"repository": "shop-web", "repository_arn": ARN, "event": "ReferenceChanges", "trigger": "build"}

    assert keys(records(event())[0]) == found
    assert keys({}) == {"repository": "", "repository_arn": "", "event": "", "trigger": ""}
    assert SOURCE.address is not None
    assert SOURCE.address(records(event())[0]) == (ARN, "ReferenceChanges", "build")


@pytest.mark.parametrize("branch", ["main", "feature/cart", "feature/*"])
def test_any_of_the_branches_takes_the_change(branch: str) -> None:
    assert accepts(repository(branch=branch))


def test_branches_and_tags_are_told_apart() -> None:
    assert not accepts(repository(branch="cart"))
    assert not accepts(repository(tag="main"))
    assert accepts(repository(tag="v*"), "-tag")
    assert not accepts(repository(branch="v1.2"), "-tag")


def test_a_change_without_references_is_on_no_branch() -> None:
    ((_, test),) = repository(branch="*").tests

    assert not test({})
    assert not test({"codecommit": {"references": [None, {"ref": 1}]}})


def test_pushes_of_one_trigger_have_different_keys() -> None:
    (push,) = records(event())

    assert idempotency_key(push) == "2c61c0a7-be10-4a3c-9d10-5f0d1c447a52/2025-02-03T08:15:42.117+0000/1"
    assert idempotency_key({**push, "eventTime": "2025-02-03T09:00:00.000+0000"}) != idempotency_key(push)
    assert idempotency_key({"eventId": "1"}) is None


def test_routes_name_what_they_want() -> None:
    pattern = repository("shop-*", event="ReferenceChanges", trigger="build")

    assert pattern.names == (("repository", "shop-*"), ("event", "ReferenceChanges"), ("trigger", "build"))
    assert pattern.tests == ()
    assert SOURCE.paste is not None
    assert SOURCE.paste({"repository": "shop-web"}) == '@app.codecommit("shop-web")'


def test_a_change_is_typed() -> None:
    change, tag = (TypeAdapter[Any](CodeCommitEvent).validate_python(event(v)).Records[0] for v in ("", "-tag"))

    assert change.codecommit.references[1].created is True
    assert change.customData == "stage=live"
    assert tag.codecommit.references[0].deleted is True


@pytest.mark.parametrize("value", [None, [], {}, {"Records": [{"eventSource": "aws:codecommit"}]}], ids=repr)
def test_anything_else_is_a_validation_error(value: object) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter[Any](CodeCommitEvent).validate_python(value)
