"""Events of a bus, schedules and direct invokes as factories make them."""

from __future__ import annotations

from typing import Any

import pytest
from aws_lambda_powertools.utilities.data_classes import EventBridgeEvent
from aws_lambda_powertools.utilities.parser.models import EventBridgeModel
from pydantic import BaseModel

from eventrouter import App, parse, sniff
from eventrouter.errors import ImpossibleEventError
from eventrouter.testing import TestClient
from eventrouter.testing.events import console_test, direct, eventbridge, s3, s3_record, schedule, sqs
from tests.testing.events.reading import at


class Placed(BaseModel):
    id: int


VARIANTS: dict[str, tuple[str, Any]] = {
    "an event": ("eventbridge", eventbridge()),
    "of a model": ("eventbridge", eventbridge(Placed(id=7))),
    "in China": ("eventbridge", eventbridge({"id": 7}, region="cn-north-1")),
    "replayed": ("eventbridge", eventbridge({"id": 7}, replay="after-the-incident")),
    "of a service": (
        "eventbridge",
        eventbridge({}, source="aws.ssm", detail_type="Parameter Store Change", is_aws=True),
    ),
    "of S3": ("eventbridge", eventbridge(s3("photos", "a b.jpg"))),
    "of a rule": ("eventbridge_schedule", schedule("nightly")),
    "of a schedule": ("eventbridge_scheduler", schedule("reports/morning")),
    "of a schedule without a group": ("eventbridge_scheduler", schedule("morning", by="scheduler")),
}


@pytest.mark.parametrize(("label", "event"), VARIANTS.values(), ids=VARIANTS)
def test_everybody_reads_it(label: str, event: dict[str, Any]) -> None:
    ours: Any = parse(event)
    theirs = EventBridgeEvent(event)

    assert sniff(event).name == label
    assert ours.id == theirs.get_id == event["id"]
    assert (theirs.source, theirs.detail_type) == (event["source"], event["detail-type"])


@pytest.mark.parametrize("event", [event for label, event in VARIANTS.values() if label != "eventbridge_scheduler"])
def test_powertools_model_reads_it(event: dict[str, Any]) -> None:
    # Not those of EventBridge Scheduler, whose detail is text.
    assert EventBridgeModel.model_validate(event).id == event["id"]


@pytest.mark.parametrize(
    ("event", "path", "value"),
    [
        (eventbridge(source="a.b"), "source", "a.b"),
        (eventbridge(detail_type="c"), "detail-type", "c"),
        (eventbridge(event_id="e-1"), "id", "e-1"),
        (eventbridge(resources=["arn:aws:s3:::photos"]), "resources.0", "arn:aws:s3:::photos"),
        (eventbridge(replay="again"), "replay-name", "again"),
        (eventbridge({"id": 7}), "detail.id", 7),
        (eventbridge(account="210987654321"), "account", "210987654321"),
        (eventbridge(s3("photos", "a b.jpg")), "detail.object.key", "a b.jpg"),
        (eventbridge(s3("photos", "a.jpg")), "detail-type", "Object Created"),
        (eventbridge(s3("photos", "a.jpg")), "detail.reason", "PutObject"),
        (eventbridge(s3("photos", "a.jpg", event="ObjectRemoved:Delete")), "detail-type", "Object Deleted"),
        (eventbridge(s3("photos", "a.jpg", event="ObjectTagging:Put")), "detail-type", "Object Tags Added"),
        (eventbridge(s3("photos", "a.jpg")), "resources.0", "arn:aws:s3:::photos"),
        (schedule("nightly"), "resources.0", "arn:aws:events:eu-central-1:123456789012:rule/nightly"),
        (schedule("a/b"), "resources.0", "arn:aws:scheduler:eu-central-1:123456789012:schedule/a/b"),
        (
            schedule("b", by="scheduler", region="us-gov-west-1"),
            "resources.0",
            "arn:aws-us-gov:scheduler:us-gov-west-1:123456789012:schedule/default/b",
        ),
        (schedule("nightly", input={"limit": 5}), "limit", 5),
        (schedule("nightly", input={}), "eventrouter:schedule", "nightly"),
        (schedule(event_id="e-1"), "id", "e-1"),
        (direct({"a": [1]}), "a.0", 1),
        (direct(Placed(id=7)), "id", 7),
    ],
)
def test_a_field_is_where_it_belongs(event: Any, path: str, value: object) -> None:
    assert at(event, path) == value


def test_the_same_call_makes_the_same_event() -> None:
    assert eventbridge({"id": 1}) == eventbridge({"id": 1})
    assert schedule("nightly") == schedule("nightly")
    assert eventbridge({"id": 1})["id"] != eventbridge({"id": 2})["id"]


@pytest.mark.parametrize(
    ("make", "rule"),
    [
        (lambda: eventbridge([1]), "it is a JSON object"),
        (lambda: eventbridge(source=""), "1 to 256 characters"),
        (lambda: eventbridge(detail_type="d" * 129), "1 to 128 characters"),
        (lambda: eventbridge(source="aws.ec2"), "only services of AWS send that"),
        (lambda: eventbridge(replay=""), "1 to 64 characters"),
        (lambda: eventbridge({"a": "a" * 1024 * 1024}), "it has at most 1048576"),
        (lambda: eventbridge(s3("photos", "a", "b")), "one event for each object"),
        (lambda: eventbridge(s3("photos", "a"), source="shop"), "S3 says itself who it is"),
        (lambda: eventbridge(s3("photos", "a"), detail_type="Object Created"), "S3 says itself who it is"),
        (lambda: eventbridge(s3("photos", "a", event="ReducedRedundancyLostObject")), "no such event to EventBridge"),
        (lambda: schedule("rate(1 day)"), "when it runs, and no name"),
        (lambda: schedule("a/b", by="rule"), "a rule has no group"),
        (lambda: schedule("a", by="cron"), "one of rule, scheduler"),  # type: ignore[arg-type]
        (lambda: schedule("a b"), "ASCII letters, digits and"),
        (lambda: schedule("a", input=5), "it is a JSON object"),
        (lambda: direct(sqs("a")), "it looks like what sqs sends"),
    ],
)
def test_what_aws_never_sends_is_refused_with_the_rule(make: Any, rule: str) -> None:
    with pytest.raises(ImpossibleEventError, match=rule):
        make()


@pytest.mark.parametrize(
    "value",
    [None, 1, 1.5, "text", [], [1], {"a": 1}, True],
    ids=["null", *["1", "1.5", "text", "[]", "[1]", "object", "true"]],
)
def test_any_json_may_be_invoked_with(value: Any) -> None:
    assert sniff(direct(value)).name == "direct"
    assert direct(value) == value


def test_what_the_console_sends_is_a_direct_invoke() -> None:
    assert sniff(console_test()).name == "direct"


def test_a_schedule_with_its_own_input_finds_its_route() -> None:
    app = App()

    @app.schedule("nightly")
    def nightly(limits: dict[str, int]) -> int:
        return limits["limit"]

    client = TestClient(app)

    assert client.schedule("nightly", input={"limit": 5}).value == 5


def test_an_event_of_a_record_of_its_own_is_wrapped_too() -> None:
    event = eventbridge(s3("photos", s3_record("photos", "a.jpg", version_id="v-1")))

    assert at(event, "detail.object.version-id") == "v-1"


def test_a_client_sends_what_the_factories_make() -> None:
    app = App()

    @app.eventbridge(source="shop.*", detail_type="OrderPlaced")
    def placed(detail: Placed) -> int:
        return detail.id

    @app.direct()
    def add(value: list[int]) -> int:
        return sum(value)

    client = TestClient(app)

    assert client.eventbridge(Placed(id=7), source="shop.web", detail_type="OrderPlaced").value == 7
    assert client.direct([1, 2]).value == 3
