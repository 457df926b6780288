"""S3: objects by their real key, and the test event that is nobody's work."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from aws_lambda_powertools.utilities.parser.models.s3 import S3RecordModel
from pydantic import TypeAdapter, ValidationError

from eventrouter._names import name_test
from eventrouter._sniff import sniff
from eventrouter.context import Invocation, LambdaContext
from eventrouter.models.s3 import S3Event, S3Record
from eventrouter.source import Outcome, Pattern
from eventrouter.sources._s3 import decoded_key
from eventrouter.sources.s3 import (
    SOURCE,
    bucket,
    detect,
    idempotency_key,
    is_test_event,
    keys,
    raw_key,
    records,
)

EVENTS = Path(__file__).parent / "events"
VARIANTS = ["", "-removed", "-lifecycle", "-intelligent-tiering", "-restore"]


def event(variant: str = "") -> Any:
    return json.loads((EVENTS / f"s3{variant}.json").read_text())


def with_key(key: str) -> dict[str, Any]:
    return {
        "eventSource": "aws:s3",
        "eventName": "ObjectCreated:Put",
        "s3": {"bucket": {"name": "photos"}, "object": {"key": key}},
    }


def accepts(pattern: Pattern, record: dict[str, Any]) -> bool:
    return all(name_test(key, spec, {}, "a route").accepts(keys(record)) for key, spec in pattern.names)


# ---- what is one


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_notification_is_told(variant: str) -> None:
    assert detect(event(variant))
    assert detect(event(variant)["Records"])
    assert sniff(event(variant)) is SOURCE


def test_a_test_event_is_told_and_has_no_records() -> None:
    given = event("-test-event")

    assert sniff(given) is SOURCE
    assert is_test_event(given)
    assert list(records(given)) == []
    assert SOURCE.reply(Outcome(Invocation(given, LambdaContext(), SOURCE), [], {}, {})) is None


@pytest.mark.parametrize(
    "value",
    [
        None,
        "s3:TestEvent",
        [],
        {},
        {"Service": "Amazon S3"},
        {"Event": "s3:TestEvent", "Bucket": "photos"},
        {"Service": "Amazon S3", "Event": "s3:TestEvent"},
        {"Service": "Amazon S3", "Event": "s3:ObjectCreated:Put", "Bucket": "photos"},
        {"Service": "my shop", "Event": "s3:TestEvent", "Bucket": "photos"},
        {"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": None},
        {"Service": ["Amazon S3"], "Event": "s3:TestEvent", "Bucket": "photos"},
        {"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "photos", "Records": []},
        {"Records": [{"eventSource": "aws:s3-object-lambda"}]},
        {"Records": [None]},
    ],
    ids=str,
)
def test_what_merely_looks_like_one_is_none(value: object) -> None:
    assert not detect(value)
    assert not is_test_event(value)


# ---- keys


@pytest.mark.parametrize(
    ("raw", "decoded"),
    [
        ("plain.jpg", "plain.jpg"),
        ("red+flower.jpg", "red flower.jpg"),
        ("a%2Bb.jpg", "a+b.jpg"),
        ("100%25.txt", "100%.txt"),
        ("caf%C3%A9/%E6%97%A5.png", "café/日.png"),
        ("%252e%252e/x", "%2e%2e/x"),
        ("dir%2Ffile", "dir/file"),
        ("", ""),
    ],
)
def test_a_key_is_decoded_exactly_once(raw: str, decoded: str) -> None:
    record = TypeAdapter(S3Record).validate_python(with_key(raw))

    assert decoded_key(raw) == keys(with_key(raw))["key"] == record.key == decoded
    assert raw_key(with_key(raw)) == record.raw_key == raw


def test_routes_match_bucket_event_and_key() -> None:
    assert keys(event()["Records"][0]) == {
        "bucket": "photos",
        "bucket_arn": "arn:aws:s3:::photos",
        "event": "ObjectCreated:Put",
        "key": "summer 2025/a+b 100% café.jpg",
    }
    assert keys({}) == keys({"s3": None}) == {"bucket": "", "bucket_arn": "", "event": "", "key": ""}


def test_an_event_is_named_without_s3_however_it_came() -> None:
    assert keys(event("-lifecycle")["Records"][0])["event"] == "LifecycleExpiration:Delete"


def test_intelligent_tiering_may_call_the_object_otherwise() -> None:
    record = event("-intelligent-tiering")["Records"][0]

    assert keys(record)["key"] == "archive/plan.pdf"
    assert TypeAdapter(S3Record).validate_python(record).key == "archive/plan.pdf"
    assert idempotency_key(record) == "photos/archive/plan.pdf//0067A0791E5C3B8D42/IntelligentTiering"


@pytest.mark.parametrize(
    ("pattern", "is_taken"),
    [
        (bucket(), True),
        (bucket("photos"), True),
        (bucket("arn:aws:s3:::photos"), True),
        (bucket("videos"), False),
        (bucket("photos", event="ObjectCreated:*"), True),
        (bucket("photos", event="s3:ObjectCreated:*"), True),
        (bucket("photos", event=["s3:ObjectCreated:Copy", "ObjectCreated:Put"]), True),
        (bucket("photos", event=["ObjectCreated:Copy", {"prefix": "ObjectC"}]), True),
        (bucket("photos", event={"prefix": "ObjectRemoved"}), False),
        (bucket("photos", event="ObjectRemoved:*"), False),
        (bucket("photos", prefix="summer 2025/", suffix=".jpg"), True),
        (bucket("photos", prefix="summer+2025/"), False),
        (bucket("photos", prefix="summer 2025/", suffix=".png"), False),
        (bucket("photos", suffix="café.jpg"), True),
    ],
    ids=str,
)
def test_a_route_takes_what_it_names(pattern: Pattern, is_taken: bool) -> None:
    assert accepts(pattern, event()["Records"][0]) is is_taken


def test_a_route_keeps_its_settings() -> None:
    assert bucket("photos", unmatched="drop").options == {"unmatched": "drop"}


def test_a_notification_is_known_by_what_makes_it_unique() -> None:
    assert idempotency_key(event()["Records"][0]) == (
        "photos/summer+2025/a%2Bb+100%25+caf%C3%A9.jpg/uQx7Lw2mExample/0067A0791E5C3B8D42/ObjectCreated:Put"
    )
    assert idempotency_key({}) is None
    assert idempotency_key({"s3": {"bucket": {"name": "photos"}}}) is None


def test_several_records_that_failed_are_raised_together() -> None:
    given = event("-removed")
    errors: dict[int, BaseException] = {0: KeyError("a"), 1: ValueError("b")}

    with pytest.raises(BaseExceptionGroup) as raised:
        SOURCE.reply(Outcome(Invocation(given, LambdaContext(), SOURCE), records(given), {}, errors))

    assert raised.value.exceptions == (errors[0], errors[1])


# ---- models


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_record_is_powertools_model(variant: str) -> None:
    found = TypeAdapter(S3Event).validate_python(event(variant))

    assert len(found.Records) == len(event(variant)["Records"])
    assert all(isinstance(record, S3RecordModel) for record in found.Records)
    assert found == TypeAdapter(S3Event).validate_python(event(variant)["Records"])


def test_a_record_says_bucket_and_details() -> None:
    record = TypeAdapter(S3Record).validate_python(event()["Records"][0])

    assert record.bucket_name == "photos"
    assert record.s3.object is not None
    assert record.s3.object.size == 48213
    assert record.responseElements is not None
    assert record.responseElements.x_amz_request_id == "H7QK2M9T4XEXAMPL"


def test_details_of_one_kind_of_event_are_kept() -> None:
    restored = TypeAdapter(S3Record).validate_python(event("-restore")["Records"][0])
    expired = TypeAdapter(S3Record).validate_python(event("-lifecycle")["Records"][0])

    assert restored.glacierEventData is not None
    assert restored.glacierEventData["restoreEventData"]["lifecycleRestoreStorageClass"] == "GLACIER"
    assert expired.model_extra is not None
    assert expired.model_extra["lifecycleEventData"]


def test_an_event_about_no_object_has_no_key() -> None:
    record = TypeAdapter(S3Record).validate_python(
        {"eventSource": "aws:s3", "eventName": "x", "s3": {"bucket": {"name": "b"}}}
    )

    assert record.key == record.raw_key == ""


def test_a_test_event_is_an_event_without_records() -> None:
    assert list(TypeAdapter(S3Event).validate_python(event("-test-event")).Records) == []


@pytest.mark.parametrize(
    "value",
    [
        None,
        7,
        {},
        [None],
        {"Service": "Amazon S3"},
        {"Records": [{"s3": None}]},
        {"Records": [{"eventName": None, "s3": {}}]},
    ],
    ids=repr,
)
def test_anything_else_is_a_validation_error(value: object) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(S3Event).validate_python(value)
