"""Amazon S3 Object Lambda."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from aws_lambda_powertools.utilities.parser.models.s3_object_event import S3ObjectLambdaEvent as PowertoolsModel
from pydantic import ValidationError

from eventrouter import _log
from eventrouter._sniff import sniff
from eventrouter.context import Invocation, LambdaContext
from eventrouter.errors import RegistrationError, ReplyError
from eventrouter.models.s3_object_lambda import S3ObjectLambdaEvent
from eventrouter.source import Outcome
from eventrouter.sources.s3_object_lambda import CONTEXTS, SOURCE, detect, keys, object_lambda, reply

EVENTS = Path(__file__).parent / "events"
OPERATIONS = {"": "GetObject", "-head": "HeadObject", "-list": "ListObjects", "-list-v2": "ListObjectsV2"}
ANSWERED = ["-head", "-list", "-list-v2"]


def event(variant: str = "") -> Any:
    return json.loads((EVENTS / f"s3_object_lambda{variant}.json").read_text())


def answer(result: object, variant: str = "", error: BaseException | None = None) -> Any:
    record = event(variant)
    results = {} if result is None else {0: result}
    return reply(Outcome(Invocation(record, LambdaContext(), SOURCE), [record], results, {0: error} if error else {}))


@pytest.mark.parametrize("variant", OPERATIONS)
def test_every_operation_is_told(variant: str) -> None:
    assert sniff(event(variant)).name == "s3_object_lambda"


@pytest.mark.parametrize("variant", OPERATIONS)
@pytest.mark.parametrize("missing", ["configuration", "userRequest", "context"])
def test_half_an_event_is_not_claimed(variant: str, missing: str) -> None:
    half = event(variant)
    for key in CONTEXTS if missing == "context" else [missing]:
        half[key] = None

    assert not detect(half)
    assert not detect([event(variant)])


@pytest.mark.parametrize(("variant", "operation"), OPERATIONS.items())
def test_routes_can_name_access_point_and_operation(variant: str, operation: str) -> None:
    assert keys(event(variant)) == {
        "access_point": "thumbnails",
        "access_point_arn": "arn:aws:s3-object-lambda:eu-north-1:210987654321:accesspoint/thumbnails",
        "operation": operation,
    }


def test_a_record_without_anything_offers_nothing() -> None:
    assert keys({"configuration": None}) == {"access_point": "", "access_point_arn": "", "operation": ""}


@pytest.mark.parametrize("variant", ANSWERED)
def test_head_and_lists_are_answered_with_the_return_value(variant: str) -> None:
    response = {"statusCode": 200, "headers": {"ETag": "abc"}}

    assert answer(response, variant) == response


def test_an_answer_may_be_a_dataclass() -> None:
    @dataclass
    class Refusal:
        statusCode: int
        errorCode: str

    assert answer(Refusal(403, "AccessDenied"), "-head") == {"statusCode": 403, "errorCode": "AccessDenied"}


@pytest.mark.parametrize("variant", ANSWERED)
@pytest.mark.parametrize("value", [None, True, "<ListBucketResult/>", [{"statusCode": 200}]], ids=repr)
def test_anything_but_an_object_is_an_error(variant: str, value: object) -> None:
    with pytest.raises(ReplyError, match=f"{OPERATIONS[variant]} cannot be answered with"):
        answer(value, variant)


@pytest.mark.parametrize("status", [None, "200", 20, 1000, True])
def test_an_answer_has_a_status(status: object) -> None:
    with pytest.raises(ReplyError, match="without statusCode"):
        answer({"statusCode": status}, "-head")


def test_a_handler_that_calls_s3_itself_returns_nothing() -> None:
    assert answer(None) is None


def test_a_value_that_nobody_reads_is_warned_about_once(caplog: pytest.LogCaptureFixture) -> None:
    _log._said.discard("s3_object_lambda")

    with caplog.at_level(logging.WARNING, "eventrouter"):
        assert answer(b"the-new-object") is None
        assert answer(b"the-new-object") is None

    (line,) = [record.getMessage() for record in caplog.records]
    assert line == (
        "a handler of GetObject returned a bytes, which S3 Object Lambda never reads: the caller gets what was given to "
        "WriteGetObjectResponse"
    )


@pytest.mark.parametrize("variant", OPERATIONS)
def test_a_failure_raises_what_the_handler_raised(variant: str) -> None:
    broken = OSError("no such image")

    with pytest.raises(OSError) as caught:
        answer(None, variant, error=broken)

    assert caught.value is broken


@pytest.mark.parametrize(
    ("pattern", "complete"),
    [
        (object_lambda(), True),
        (object_lambda(operation="GetObject"), True),
        (object_lambda("thumbnails", complete=False), False),
        (object_lambda(operation="GetObject", complete=False), False),
        (object_lambda(operation="HeadObject"), False),
        (object_lambda(operation="ListObjectsV2"), False),
    ],
)
def test_only_get_object_has_to_be_completed(pattern: Any, complete: bool) -> None:
    assert pattern.bind == {"complete": complete}


def test_a_route_names_what_it_wants() -> None:
    assert object_lambda("thumbnails", operation="HeadObject").names == (
        ("access_point", "thumbnails"),
        ("operation", "HeadObject"),
    )


def test_an_operation_that_does_not_exist_is_refused() -> None:
    with pytest.raises(RegistrationError, match="GetObject, HeadObject, ListObjects, ListObjectsV2"):
        object_lambda(operation="PutObject")  # type: ignore[arg-type]


def test_the_refusal_of_a_route_names_the_call() -> None:
    assert SOURCE.completion == "callback" and SOURCE.complete is None
    assert "WriteGetObjectResponse" in SOURCE.offer


def test_the_decorator_to_paste_names_access_point_and_operation() -> None:
    assert SOURCE.paste is not None

    assert SOURCE.paste(keys(event("-head"))) == '@app.s3_object_lambda("thumbnails", operation="HeadObject")'
    assert SOURCE.paste(keys(event())) == '@app.s3_object_lambda("thumbnails", operation="GetObject", complete=False)'


def test_the_model_is_powertools_own_and_keeps_the_presigned_url_as_it_is() -> None:
    raw = event()

    model = S3ObjectLambdaEvent.model_validate(raw)

    assert isinstance(model, PowertoolsModel)
    assert model.getObjectContext is not None
    assert model.getObjectContext.inputS3Url == raw["getObjectContext"]["inputS3Url"]


@pytest.mark.parametrize("variant", OPERATIONS)
def test_the_model_shows_no_tokens_and_no_signature(variant: str) -> None:
    shown = repr(S3ObjectLambdaEvent.model_validate(event(variant)))

    for secret in ("X-Amz-Signature", "Zm9yIG9uZSBhbnN3ZXIgb25seQ==", "EXAMPLEEXAMPLE01", "width"):
        assert secret not in shown


def test_a_malformed_event_is_a_validation_error() -> None:
    with pytest.raises(ValidationError):
        S3ObjectLambdaEvent.model_validate({"getObjectContext": {"inputS3Url": None}})
