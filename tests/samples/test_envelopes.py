"""Events inside messages, three ways."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from samples.envelopes import main

EVENTS = Path(main.__file__).parent / "events"


@pytest.fixture(autouse=True)
def emptied() -> Iterator[None]:
    """What the handlers keep, kept for one test."""
    yield
    for kept in (main.THUMBNAILS, main.INDEX, main.REVIEWS):
        kept.clear()


def event(name: str) -> Any:
    return json.loads((EVENTS / f"{name}.json").read_text())


def failed(answer: Any) -> list[str]:
    return [entry["itemIdentifier"][-1] for entry in answer["batchItemFailures"]]


def test_what_is_inside_a_message_finds_its_route() -> None:
    main.app(event("photo-in-images"))

    assert main.THUMBNAILS == ["2025/sea shore.jpg"]


def test_a_test_event_of_s3_is_acknowledged_and_another_bucket_is_not() -> None:
    answer = main.app(event("photo-in-images"))

    # The first message is a photo, the second S3's test of the notification, the third from a bucket nobody asked for.
    assert failed(answer) == ["3"]


def test_a_message_whose_inside_nobody_takes_says_what_would_take_it(caplog: pytest.LogCaptureFixture) -> None:
    main.app(event("photo-in-images"))

    assert "to take it: @app.s3(\"documents\", via='sqs:images')" in caplog.text


def test_a_nest_of_types_reads_every_envelope() -> None:
    answer = main.app(event("photo-in-image-index"))

    assert answer == {"batchItemFailures": []}
    assert main.INDEX == ["2025/sea shore.jpg by way of arn:aws:sns:eu-central-1:210987654321:uploads"]


def test_a_payload_is_read_with_and_without_a_notification_around_it() -> None:
    answer = main.app(event("reviews"))

    assert main.REVIEWS == [5, 3]
    assert failed(answer) == ["3"]
