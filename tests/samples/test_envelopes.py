"""Events inside messages, three ways."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from eventrouter.testing import TestClient, check_app, events
from samples.envelopes import main

EVENTS = Path(main.__file__).parent / "events"


@pytest.fixture(autouse=True)
def emptied() -> Iterator[None]:
    """What the handlers keep, kept for one test."""
    yield
    for kept in (main.THUMBNAILS, main.INDEX, main.REVIEWS):
        kept.clear()


@pytest.fixture
def client() -> Iterator[TestClient]:
    with TestClient(main.app) as client:
        yield client


def test_nothing_is_wrong_with_it() -> None:
    findings = check_app(main.app)

    assert findings == []


def test_what_is_inside_a_message_finds_its_route(client: TestClient) -> None:
    batch = client.sqs("images", events.sns(events.s3("photos", "2025/sea shore.jpg")))

    assert [record.route for record in batch.succeeded] == ["make_thumbnail"]
    assert main.THUMBNAILS == ["2025/sea shore.jpg"]


def test_a_test_event_of_s3_is_acknowledged_and_another_bucket_is_not(client: TestClient) -> None:
    # The first message is a photo, the second S3's test of the notification, the third from a bucket nobody asked for.
    batch = client.send(EVENTS / "photo-in-images.json")

    assert [record.index for record in batch.failed] == [2]
    assert main.THUMBNAILS == ["2025/sea shore.jpg"]


def test_a_message_whose_inside_nobody_takes_says_what_would_take_it(client: TestClient) -> None:
    batch = client.sqs("images", events.s3("documents", "a.pdf"))

    assert "to take it: @app.s3(\"documents\", via='sqs:images')" in str(batch.failed[0].exception)


def test_a_nest_of_types_reads_every_envelope(client: TestClient) -> None:
    batch = client.send(EVENTS / "photo-in-image-index.json")

    assert batch.failed == []
    assert main.INDEX == ["2025/sea shore.jpg by way of arn:aws:sns:eu-central-1:210987654321:uploads"]


def test_a_payload_is_read_with_and_without_a_notification_around_it(client: TestClient) -> None:
    batch = client.send(EVENTS / "reviews.json")

    assert main.REVIEWS == [5, 3]
    assert [record.index for record in batch.failed] == [2]


@pytest.mark.parametrize("raw", [True, False], ids=["raw delivery", "a notification"])
def test_both_kinds_of_subscription_deliver_the_same(client: TestClient, raw: bool) -> None:
    client.sqs("reviews", events.sns({"stars": 4}), raw_delivery=raw)

    assert main.REVIEWS == [4]
