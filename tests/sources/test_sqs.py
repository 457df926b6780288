"""SQS: standard and FIFO queues, through Lambda's poller and through EventBridge Pipes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSEvent, SQSRecord
from aws_lambda_powertools.utilities.parser.models.sqs import SqsModel, SqsRecordModel
from pydantic import BaseModel, Json, TypeAdapter, ValidationError

from eventrouter import App
from eventrouter._sniff import sniff
from eventrouter.context import Invocation, LambdaContext
from eventrouter.models.sqs import SqsEvent, SqsRecord
from eventrouter.source import Outcome
from eventrouter.sources.sqs import (
    SOURCE,
    address,
    detect,
    idempotency_key,
    identify,
    keys,
    lanes,
    payload,
    queue,
    records,
    reply,
)

EVENTS = Path(__file__).parent / "events"


class Order(BaseModel):
    id: int
    total: float


class OrderRecord(SqsRecordModel):
    """A model that a user of Powertools has already."""

    body: Json[Order]


def event(variant: str = "") -> Any:
    return json.loads((EVENTS / f"sqs{variant}.json").read_text())


def first(variant: str = "") -> Any:
    return records(event(variant))[0]


def answer(given: Any, errors: dict[int, BaseException], *, reports: bool = True) -> Any:
    return reply(Outcome(Invocation(given, LambdaContext(), SOURCE), records(given), {}, errors, reports=reports))


# ---- what is one


@pytest.mark.parametrize("variant", ["", "-fifo-china", "-pipes"])
def test_every_way_of_delivery_is_told(variant: str) -> None:
    assert detect(event(variant))
    assert sniff(event(variant)) is SOURCE


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        [None],
        "aws:sqs",
        {"eventSource": "aws:sqs"},
        {"Records": {}},
        {"Records": []},
        {"Records": [None]},
        {"Records": [{"eventSource": "aws:s3"}]},
        {"Records": [{"EventSource": "aws:sqs"}]},
        {"Records": [{"eventSource": ["aws:sqs"]}]},
        {"body": json.dumps(event())},
    ],
    ids=lambda value: str(value)[:50],
)
def test_look_alikes_are_not_claimed(value: object) -> None:
    assert not detect(value)


# ---- reading


@pytest.mark.parametrize(
    ("variant", "offered"),
    [
        ("", {"queue": "orders", "queue_arn": "arn:aws:sqs:eu-central-1:210987654321:orders"}),
        ("-fifo-china", {"queue": "orders.fifo", "queue_arn": "arn:aws-cn:sqs:cn-north-1:210987654321:orders.fifo"}),
    ],
)
def test_routes_match_the_queue_in_every_partition(variant: str, offered: dict[str, str]) -> None:
    assert keys(first(variant)) == offered
    assert address(first(variant)) == offered["queue_arn"]


def test_a_hand_made_record_offers_nothing() -> None:
    assert keys({}) == {"queue": "", "queue_arn": ""}
    assert address({}) is None


def test_the_payload_is_the_body_as_sent() -> None:
    assert payload(records(event())[1]) == "grüße, 世界"
    with pytest.raises(KeyError):
        payload({})


def test_a_message_is_named_by_its_id() -> None:
    assert identify(first()) == "4c5d1f1e-8a51-4b8e-9d55-000000000007"


@pytest.mark.parametrize(
    ("record", "key"),
    [
        (first(), "4c5d1f1e-8a51-4b8e-9d55-000000000007"),
        (first("-fifo-china"), "a/d-1"),
        ({**first("-fifo-china"), "attributes": {}}, "4c5d1f1e-8a51-4b8e-9d55-000000000001"),
        ({**first("-fifo-china"), "attributes": None}, "4c5d1f1e-8a51-4b8e-9d55-000000000001"),
        ({}, None),
    ],
    ids=["standard", "FIFO", "FIFO without its attributes", "FIFO with none", "nothing"],
)
def test_what_a_producer_or_queue_sends_again_keeps_its_key(record: Any, key: str | None) -> None:
    assert idempotency_key(record) == key


# ---- order


@pytest.mark.parametrize("variant", ["", "-pipes"])
def test_a_standard_queue_has_no_order(variant: str) -> None:
    assert lanes(records(event(variant))) is None


def test_a_fifo_queue_is_in_order_within_a_message_group() -> None:
    batch = records(event("-fifo-china"))
    lane_of = lanes(batch)

    assert lane_of is not None
    assert [lane_of(each) for each in batch] == ["a", "b", "a"]


@pytest.mark.parametrize("attributes", [None, {}, {"MessageGroupId": None}], ids=str)
def test_messages_without_a_group_are_one_group(attributes: object) -> None:
    record = {**first("-fifo-china"), "attributes": attributes}
    lane_of = lanes([record])

    assert lane_of is not None
    assert lane_of(record) == ""


@pytest.mark.parametrize("arn", [None, 7, ["orders.fifo"], ""], ids=repr)
def test_a_hand_made_address_says_nothing_of_order(arn: object) -> None:
    assert lanes([{"eventSourceARN": arn}]) is None


# ---- reply


def test_silence_deletes_every_message() -> None:
    assert answer(event(), {}) == {"batchItemFailures": []}


def test_a_failed_message_is_named_and_the_others_are_deleted() -> None:
    assert answer(event(), {1: LookupError()}) == {
        "batchItemFailures": [{"itemIdentifier": "4c5d1f1e-8a51-4b8e-9d55-000000000008"}]
    }


def test_every_name_in_an_answer_is_of_a_message_of_the_batch() -> None:
    given = event("-fifo-china")

    named = answer(given, {0: LookupError(), 2: LookupError()})["batchItemFailures"]

    assert {each["itemIdentifier"] for each in named} <= {record["messageId"] for record in records(given)}


def test_a_failure_is_raised_where_the_trigger_does_not_read_names() -> None:
    error = LookupError()

    with pytest.raises(LookupError) as caught:
        answer(event(), {1: error}, reports=False)

    assert caught.value is error


# ---- routes


def test_routes_name_what_they_want() -> None:
    pattern = queue("orders", attributes={"kind": "paid"}, where={"id": [7]}, concurrency=3)

    assert (pattern.sources, pattern.names, pattern.where) == (("sqs",), (("queue", "orders"),), {"id": [7]})
    assert [words for words, _ in pattern.tests] == ['attributes match {"kind":["paid"]}']
    assert pattern.options == {"concurrency": 3}
    assert queue().names == ()


@pytest.mark.parametrize(
    ("attributes", "taken"),
    [
        ({"kind": "paid"}, True),
        ({"kind": ["paid", "open"]}, True),
        ({"kind": [{"prefix": "pa"}]}, True),
        ({"kind": "open"}, False),
        ({"kind": "paid", "missing": "x"}, False),
        ({"missing": [{"exists": False}]}, True),
        ({"seal": "AAECAw=="}, False),
    ],
    ids=str,
)
def test_message_attributes_are_matched_by_their_text(attributes: dict[str, object], taken: bool) -> None:
    ((_, test),) = queue(attributes=attributes).tests

    assert test(first()) is taken


def test_what_would_take_a_message_can_be_pasted() -> None:
    assert SOURCE.paste is not None
    assert SOURCE.paste(keys(first())) == '@app.sqs("orders")'


# ---- models


def test_a_message_is_typed_by_its_body() -> None:
    record = SqsRecord[Order].model_validate(first())

    assert record.body == Order(id=7, total=9.5)
    assert record.messageAttributes["kind"].stringValue == "paid"
    assert record.attributes.ApproximateReceiveCount == "1"
    assert isinstance(record, SqsRecordModel)


def test_a_message_without_a_type_is_text() -> None:
    assert SqsRecord.model_validate(records(event())[1]).body == "grüße, 世界"


def test_what_aws_adds_is_kept() -> None:
    record: Any = SqsRecord[Order].model_validate({**first(), "newField": 1})

    assert record.newField == 1


@pytest.mark.parametrize("missing", ["messageAttributes", "md5OfBody"])
def test_what_other_deliverers_leave_out_is_no_error(missing: str) -> None:
    given = {key: value for key, value in first().items() if key != missing}

    assert SqsRecord[Order].model_validate(given).body.id == 7


@pytest.mark.parametrize("variant", ["", "-fifo-china", "-pipes"])
def test_an_event_holds_its_messages_whoever_delivers_it(variant: str) -> None:
    model = TypeAdapter(SqsEvent).validate_python(event(variant))

    assert [record.messageId for record in model.Records] == [record["messageId"] for record in records(event(variant))]


def test_a_body_of_another_shape_is_refused_without_its_text() -> None:
    with pytest.raises(ValidationError) as caught:
        SqsRecord[Order].model_validate({**first(), "body": '{"id": "x"}'})

    assert {error["loc"] for error in caught.value.errors()} == {("body", "id"), ("body", "total")}


@pytest.mark.parametrize("annotation", [SqsRecord[Order], SqsRecordModel, OrderRecord, SQSRecord])
def test_a_handler_is_given_any_of_the_record_types(annotation: Any) -> None:
    seen: list[Any] = []
    app = App()

    def on_message(record: Any) -> None:
        seen.append(record)

    on_message.__annotations__["record"] = annotation
    app.sqs("orders")(on_message)
    app({"Records": [first()]}, LambdaContext())

    assert isinstance(seen[0], annotation)


@pytest.mark.parametrize("annotation", [SqsEvent[str], SqsModel, SQSEvent])
def test_a_handler_is_given_any_of_the_event_types(annotation: Any) -> None:
    seen: list[Any] = []
    app = App()

    def on_message(event: Any) -> None:
        seen.append(event)

    on_message.__annotations__["event"] = annotation
    app.sqs("orders")(on_message)
    app({"Records": [first()]}, LambdaContext())

    assert isinstance(seen[0], annotation)


def test_the_raw_record_and_event_stay_reachable() -> None:
    given = event("-pipes")
    seen: list[Any] = []
    app = App()

    @app.sqs("orders")
    def on_message(record: SqsRecord[dict[str, int]], event: SqsEvent[str]) -> None:
        seen.extend([record.raw, event.raw])

    app(given, LambdaContext())

    assert seen == [given[0], given]
