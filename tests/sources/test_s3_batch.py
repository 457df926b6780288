"""S3 Batch Operations: one result per task, and no task that failed counts as done."""

from __future__ import annotations

import copy
import json
import logging
from pathlib import Path
from typing import Any

import pytest
from aws_lambda_powertools.utilities.parser.models.s3_batch_operation import (
    S3BatchOperationModel,
    S3BatchOperationTaskModel,
)
from pydantic import TypeAdapter, ValidationError

from eventrouter._sniff import sniff
from eventrouter.context import Invocation, LambdaContext
from eventrouter.errors import NoRouteError, NotReachedError, PayloadError
from eventrouter.models.s3_batch import S3BatchEvent, S3BatchTask
from eventrouter.source import Outcome
from eventrouter.sources.s3_batch import MAX_RESULT, SOURCE, detect, idempotency_key, job, keys, records, reply

EVENTS = Path(__file__).parent / "events"


def event(variant: str = "") -> Any:
    return json.loads((EVENTS / f"s3_batch{variant}.json").read_text())


def answer(given: Any, results: dict[int, object] | None = None, errors: dict[int, BaseException] | None = None) -> Any:
    return reply(Outcome(Invocation(given, LambdaContext(), SOURCE), records(given), results or {}, errors or {}))


def bound(annotation: Any, role: str, given: Any) -> Any:
    make = SOURCE.types[f"aws_lambda_powertools.utilities.parser.models.s3_batch_operation:{role}"]
    assert callable(make)
    return make(annotation)(Invocation(given, LambdaContext(), SOURCE), records(given)[0])


@pytest.mark.parametrize("variant", ["", "-2"])
def test_a_task_is_told(variant: str) -> None:
    assert sniff(event(variant)) is SOURCE


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        {},
        {"invocationId": "i", "tasks": []},
        {"invocationSchemaVersion": "1.0", "tasks": []},
        {"invocationSchemaVersion": "1.0", "invocationId": "i"},
        {"invocationSchemaVersion": "1.0", "invocationId": "i", "tasks": {}},
        {"invocationSchemaVersion": 1.0, "invocationId": "i", "tasks": []},
        {"invocationSchemaVersion": "1.0", "invocationId": "i", "results": []},
    ],
    ids=repr,
)
def test_half_an_event_and_an_answer_are_not_claimed(value: object) -> None:
    assert not detect(value)


def test_routes_match_bucket_and_decoded_key_in_both_schemas() -> None:
    (old,), (new,) = records(event()), records(event("-2"))

    assert keys(old) == {"bucket": "photos", "bucket_arn": "arn:aws:s3:::photos", "key": "summer 2025/café+1.jpg"}
    assert keys(new) == {"bucket": "photos--euc1-az1--x-s3", "bucket_arn": "", "key": "raw/1.png"}
    assert keys({}) == {"bucket": "", "bucket_arn": "", "key": ""}


def test_a_route_names_bucket_and_key() -> None:
    pattern = job("photos", key="*.jpg", prefix="summer 2025/", suffix=".jpg", concurrency=2)

    assert pattern.names == (
        ("bucket", "photos"),
        ("key", "*.jpg"),
        ("key", {"prefix": "summer 2025/"}),
        ("key", {"suffix": ".jpg"}),
    )
    assert pattern.options == {"concurrency": 2}
    assert job().names == ()


def test_a_task_keeps_its_id() -> None:
    assert idempotency_key(records(event())[0]) == "c2FtcGxlLXRhc2stMQ"
    assert idempotency_key({}) is None


# ---- the reply


@pytest.mark.parametrize(
    ("result", "text"),
    [("done", "done"), (None, ""), (7, "7"), ("x" * 2000, "x" * MAX_RESULT)],
    ids=lambda v: str(v)[:9],
)
def test_success_carries_the_result_and_echoes_the_invocation(result: object, text: str) -> None:
    assert answer(event("-2"), {} if result is None else {0: result}) == {
        "invocationSchemaVersion": "2.0",
        "treatMissingKeysAs": "PermanentFailure",
        "invocationId": "c2FtcGxlLWludm9jYXRpb24tMg",
        "results": [{"taskId": "c2FtcGxlLXRhc2stMg", "resultCode": "Succeeded", "resultString": text}],
    }


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (
            PayloadError([{"type": "missing", "loc": ["s3Key"], "msg": "Field required"}], "s3_batch record"),
            "PermanentFailure",
        ),
        (NoRouteError("s3_batch", {"bucket": "photos"}), "PermanentFailure"),
        (TimeoutError("hunter2-secret"), "TemporaryFailure"),
        (NotReachedError(0, "there was not enough time left"), "TemporaryFailure"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_can_never_succeed_fails_for_good_and_the_rest_is_tried_again(error: BaseException, code: str) -> None:
    (result,) = answer(event(), errors={0: error})["results"]

    assert result == {
        "taskId": "c2FtcGxlLXRhc2stMQ",
        "resultCode": code,
        "resultString": f"The task failed with {type(error).__name__}",
    }


def test_every_task_is_answered_in_order() -> None:
    given = event()
    given["tasks"] = [{**given["tasks"][0], "taskId": name} for name in ("a", "b", "c")]

    results = answer(given, {0: "one", 2: "three"}, {1: ValueError("no")})["results"]

    assert [(each["taskId"], each["resultCode"]) for each in results] == [
        ("a", "Succeeded"),
        ("b", "TemporaryFailure"),
        ("c", "Succeeded"),
    ]


def test_a_failure_is_logged_since_the_answer_is_a_success_for_lambda(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR, logger="eventrouter"):
        answer(event(), errors={0: ValueError("no such format")})

    assert "task c2FtcGxlLXRhc2stMQ of S3 Batch failed: ValueError: no such format" in caplog.text


# ---- models


def test_a_task_says_bucket_and_key_in_both_schemas() -> None:
    old = TypeAdapter(S3BatchTask).validate_python(records(event())[0])
    new = TypeAdapter(S3BatchTask).validate_python(records(event("-2"))[0])

    assert isinstance(old, S3BatchOperationTaskModel)
    assert (old.bucket_name, old.key, old.raw_key) == (
        "photos",
        "summer 2025/café+1.jpg",
        "summer+2025/caf%C3%A9%2B1.jpg",
    )
    assert (new.bucket_name, new.key, new.s3VersionId) == ("photos--euc1-az1--x-s3", "raw/1.png", None)
    assert TypeAdapter(S3BatchTask).validate_python({"taskId": "a", "s3Key": "b"}).bucket_name == ""


def test_an_event_has_the_jobs_arguments() -> None:
    found = TypeAdapter(S3BatchEvent).validate_python(event("-2"))

    assert found.job.userArguments == {"width": "320", "format": "webp"}
    assert found.tasks[0].taskId == "c2FtcGxlLXRhc2stMg"


def test_reading_a_task_changes_nothing() -> None:
    given = event()
    before = copy.deepcopy(given)

    TypeAdapter(S3BatchEvent).validate_python(given)
    task = bound(S3BatchOperationTaskModel, "S3BatchOperationTaskModel", given)
    whole = bound(S3BatchOperationModel, "S3BatchOperationModel", given)

    assert task.s3Bucket == whole.tasks[0].s3Bucket == "photos"
    assert given == before


@pytest.mark.parametrize(
    "value", [None, {}, [], {"tasks": [None]}, {**event(), "tasks": [None]}, {**event(), "job": None}], ids=str
)
def test_anything_else_is_a_validation_error(value: object) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(S3BatchEvent).validate_python(value)
