"""Events inside messages, three ways."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from samples.envelopes import main

EVENTS = Path(main.__file__).parent / "events"


def event(name: str) -> Any:
    return json.loads((EVENTS / f"{name}.json").read_text())


def test_what_is_inside_a_message_finds_its_route() -> None:
    main.THUMBNAILS.clear()

    answer = main.app(event("photo-in-images"))

    assert main.THUMBNAILS == ["2025/sea shore.jpg"]
    # The second message is a test event of S3, the third nothing that anybody asked for.
    assert [entry["itemIdentifier"][-1] for entry in answer["batchItemFailures"]] == ["3"]


def test_a_nest_of_types_reads_every_envelope() -> None:
    main.INDEX.clear()

    answer = main.app(event("photo-in-image-index"))

    assert answer == {"batchItemFailures": []}
    assert main.INDEX == ["2025/sea shore.jpg by way of arn:aws:sns:eu-central-1:210987654321:uploads"]


def test_a_payload_is_read_with_and_without_a_notification_around_it() -> None:
    main.REVIEWS.clear()

    answer = main.app(event("reviews"))

    assert main.REVIEWS == [5, 3]
    assert [entry["itemIdentifier"][-1] for entry in answer["batchItemFailures"]] == ["3"]
