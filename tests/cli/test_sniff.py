"""``eventrouter sniff``: a line per file, with the source and what its records carry."""

from __future__ import annotations

import base64
import gzip
import io
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from eventrouter import sniff
from eventrouter.cli._nested import envelope_of
from tests.cli.given import EVENTS, Project, message, sample

S3 = json.loads((EVENTS / "s3.json").read_text())
LOGS = {"messageType": "DATA_MESSAGE", "logGroup": "/aws/lambda/shop", "logEvents": []}
ALARM = {"AlarmName": "too-slow", "NewStateValue": "ALARM", "Trigger": {}}
NOTIFICATION = {
    "Type": "Notification",
    "MessageId": "n-1",
    "TopicArn": "arn:aws:sns:eu-west-1:123456789012:uploads",
    "Message": json.dumps(S3),
}
CONFIRMATION = {
    "Type": "SubscriptionConfirmation",
    "Token": "t",
    "TopicArn": "arn:aws:sns:eu-west-1:123456789012:uploads",
}


def lines(project: Project) -> list[dict[str, Any]]:
    return [json.loads(line) for line in project.out.splitlines()]


def test_each_file_gets_a_line_in_order(project: Project) -> None:
    files = [sample("sqs"), sample("apigw_http"), sample("direct"), sample("unknown")]

    code = project.run("sniff", *files)

    assert code == 0
    assert lines(project) == [
        {"file": files[0], "source": "sqs", "envelope": None},
        {"file": files[1], "source": "apigw_http", "envelope": None},
        {"file": files[2], "source": "direct", "envelope": None},
        {"file": files[3], "source": "unknown", "envelope": None},
    ]


def test_standard_input_is_a_file(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(Path(sample("sns")).read_bytes())))

    code = project.run("sniff", "-")

    assert code == 0
    assert lines(project) == [{"file": "-", "source": "sns", "envelope": None}]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "it is empty, and an event is JSON text"),
        (b" \n", "it is empty, and an event is JSON text"),
        (b"hunter2", "the event is not JSON text (at character 0)"),
        (b'{"a": 1', "the event is not JSON text (at character 7)"),
        (b'{"a": "\xff"}', "the event is not JSON text: it is not UTF-8 (at byte 7)"),
        ("{}".encode("utf-16"), "the event is not JSON text: it is not UTF-8 (at byte 0)"),
        (
            b'{"n": ' + b"9" * 5_000 + b"}",
            "the event is not JSON text: it holds a number that JSON does not have, or that has too many digits",
        ),
        (b'{"a":' * 100_000, "the event is nested too deeply"),
    ],
    ids=["empty", "blank", "no JSON", "cut off", "no UTF-8", "UTF-16", "5,000 digits", "deep"],
)
def test_a_broken_file_gets_its_line_and_the_others_theirs(project: Project, content: bytes, why: str) -> None:
    project.write("broken.json", content)

    code = project.run("sniff", sample("sqs"), "broken.json", sample("sns"))

    assert code == 1
    assert [line.get("source") for line in lines(project)] == ["sqs", None, "sns"]
    assert lines(project)[1] == {"file": "broken.json", "error": why}


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("nothere.json", "No such file or directory"),
        (".", "Is a directory"),
        ("nul\0.json", "no file can have this name"),
    ],
)
def test_what_is_no_file_gets_its_line(project: Project, name: str, why: str) -> None:
    code = project.run("sniff", name)

    assert code == 1
    assert lines(project) == [{"file": name, "error": why}]


def test_the_mark_that_editors_put_before_text_is_no_part_of_it(project: Project) -> None:
    project.write("marked.json", b"\xef\xbb\xbf" + Path(sample("sqs")).read_bytes())

    code = project.run("sniff", "marked.json")

    assert code == 0


# ------------------------------------------------------------------------------------------------------------- envelopes


def sqs(*bodies: str) -> Any:
    return {"Records": [message(body) for body in bodies]}


def sns(text: str) -> Any:
    event = json.loads((EVENTS / "sns.json").read_text())
    event["Records"][0]["Sns"]["Message"] = text
    return event


def kinesis(data: bytes) -> Any:
    event = json.loads((EVENTS / "kinesis.json").read_text())
    event["Records"][0]["kinesis"]["data"] = base64.b64encode(data).decode()
    return event


def firehose(data: bytes) -> Any:
    event = json.loads((EVENTS / "firehose.json").read_text())
    event["records"][0]["data"] = base64.b64encode(data).decode()
    return event


@pytest.mark.parametrize(
    ("event", "envelope"),
    [
        (sqs(json.dumps(S3)), "s3"),
        (sqs(json.dumps(NOTIFICATION)), "sns"),
        (sqs(json.dumps(CONFIRMATION)), "sns"),
        (sqs(json.dumps({"source": "shop", "detail-type": "Paid", "detail": {}})), "eventbridge"),
        (sqs("hello", '{"id": 7}', json.dumps(S3)), "s3"),
        (sqs('{"id": 7}', "[]", "7", '"text"', "\ud800"), None),
        (sqs(json.dumps({"Records": []})), None),
        ({"Records": [{**message("{}"), "body": None}, {"eventSource": "aws:sqs"}]}, None),
        (sns(json.dumps(S3)), "s3"),
        (sns(json.dumps(ALARM)), "cloudwatch_alarm_notification"),
        (kinesis(gzip.compress(json.dumps(LOGS).encode())), "cloudwatch_logs"),
        (kinesis(json.dumps({"eventSource": "aws:dynamodb", "dynamodb": {}}).encode()), "dynamodb_record"),
        (kinesis(b"\x1f\x8bnot gzip"), None),
        (kinesis(json.dumps({"eventSource": ["aws:sqs"]}).encode()), None),
        (firehose(json.dumps(message("{}")).encode()), "sqs_record"),
        (firehose(gzip.compress(json.dumps(LOGS).encode())), "cloudwatch_logs"),
        ({"eventSource": "aws:kafka", "records": {"orders-0": None}}, None),
        ({"body": json.dumps(S3)}, None),
    ],
)
def test_what_records_carry_is_told(event: Any, envelope: str | None) -> None:
    assert envelope_of(event, sniff(event)) == envelope


def test_the_body_of_a_request_is_not_opened() -> None:
    event = json.loads((EVENTS / "apigw_http.json").read_text())
    event["body"] = json.dumps(S3)

    assert envelope_of(event, sniff(event)) is None


FOLDER = os.environ.get("EVENTROUTER_SAMPLE_EVENTS")


@pytest.mark.skipif(not FOLDER, reason="EVENTROUTER_SAMPLE_EVENTS does not name a folder of public sample events")
def test_public_events_are_what_their_index_says(project: Project) -> None:
    folder = Path(str(FOLDER))
    index = [json.loads(line) for line in (folder / "index.jsonl").read_text().splitlines()]

    project.run("sniff", *(str(folder / row["file"]) for row in index))

    wrong = [
        row["file"]
        for row, line in zip(index, lines(project), strict=True)
        if (row["kind"] == "broken") != ("error" in line)
        or (row["kind"] == "event" and line["source"] not in (row["source"], *row.get("also_ok", ())))
        or (row["kind"] != "broken" and line["envelope"] != row["envelope"])
    ]
    assert wrong == []
