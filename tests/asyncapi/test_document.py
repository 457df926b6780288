"""What a document says: of channels, of operations, and of what messages hold."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal

import pytest
from aws_lambda_powertools.utilities.parser.models import DynamoDBStreamRecordModel, SqsRecordModel
from pydantic import BaseModel, Field, WithJsonSchema

from eventrouter import (
    App,
    Batch,
    Body,
    Change,
    DynamoDBRecord,
    EventBridgeEvent,
    RegistrationError,
    Router,
    S3Record,
    SqsEvent,
    SqsRecord,
)
from tests.asyncapi.official import accepts, problems


class Order(BaseModel):
    id: int


Rest = Annotated[
    list[Any],
    WithJsonSchema({"type": "array", "prefixItems": [{"type": "integer"}], "items": {"type": "string"}}),
    Body(),
]


class Placed(BaseModel):
    kind: Literal["placed"]


class Cancelled(BaseModel):
    kind: Literal["cancelled"]


def on_order(order: Order) -> None:
    """Take an order.

    And nothing else.
    """


def nothing() -> None: ...


def document_of(app: App) -> Any:
    found = app.asyncapi()
    assert problems(found) == []
    return found


def channel_of(register: Callable[[App], object]) -> Any:
    """The one channel of an app."""
    app = App()
    register(app)
    (channel,) = document_of(app)["channels"].values()
    return channel


def operation_of(register: Callable[[App], object]) -> Any:
    """The one operation of an app."""
    app = App()
    register(app)
    (operation,) = document_of(app)["operations"].values()
    return operation


def payload_of(annotation: Any, source: str = "sqs") -> Any:
    """A document, and the names of the messages of a handler that takes this."""

    def handler(payload: Any) -> None: ...

    handler.__annotations__["payload"] = annotation
    app = App()
    getattr(app, source)()(handler)
    found = document_of(app)
    return found, list(found["components"]["messages"])


def test_what_the_app_is_called_is_told() -> None:
    servers = {"live": {"host": "sqs.eu-west-1.amazonaws.com", "protocol": "sqs"}}

    found = App().asyncapi(title="Shop", version="2", description="Of all kinds", servers=servers)

    assert problems(found) == []
    assert found["info"] == {"title": "Shop", "version": "2", "description": "Of all kinds"}
    assert found["servers"] == servers


@pytest.mark.parametrize(
    ("register", "address", "title"),
    [
        (lambda app: app.sqs("orders")(on_order), "orders", "SQS queue orders"),
        (lambda app: app.sqs("${ORDERS}-live")(on_order), "{ORDERS}-live", "SQS queue ${ORDERS}-live"),
        (lambda app: app.sqs("orders-*")(on_order), None, "SQS queue orders-*"),
        (lambda app: app.sqs()(on_order), None, "SQS queue"),
        (lambda app: app.sqs("a}")(on_order), None, "SQS queue a}"),
        (lambda app: app.eventbridge(bus="shop")(nothing), "shop", "event bus shop"),
        (lambda app: app.s3("photos", via="sqs:images")(nothing), "images", "SQS queue images"),
        (lambda app: app.sqs({"prefix": "a"})(on_order), None, 'SQS queue {"queue":[{"prefix":"a"}]}'),
    ],
)
def test_a_channel_has_the_name_that_the_route_gives(
    register: Callable[[App], object], address: str | None, title: str
) -> None:
    channel = channel_of(register)

    assert channel["address"] == address
    assert channel["title"].replace(" ", "") == title.replace(" ", "")


def test_names_from_the_environment_are_parameters() -> None:
    assert channel_of(lambda app: app.sqs("${ORDERS}")(on_order))["parameters"] == {
        "ORDERS": {"description": "The environment variable ORDERS."}
    }


@pytest.mark.parametrize(
    ("register", "bindings"),
    [
        (
            lambda app: app.sqs("orders.fifo")(on_order),
            {"sqs": {"queue": {"name": "orders.fifo", "fifoQueue": True}, "bindingVersion": "0.2.0"}},
        ),
        (
            lambda app: app.sns("arn:aws:sns:eu-west-1:123456789012:alerts")(on_order),
            {"sns": {"name": "alerts", "ordering": {"type": "standard"}, "bindingVersion": "0.1.0"}},
        ),
        (lambda app: app.kafka("orders")(on_order), {"kafka": {"topic": "orders", "bindingVersion": "0.5.0"}}),
        (lambda app: app.kinesis("orders")(on_order), None),
        (lambda app: app.sqs("${ORDERS}")(on_order), None),
    ],
)
def test_a_channel_is_bound_as_its_protocol_has_it(register: Callable[[App], object], bindings: Any) -> None:
    assert channel_of(register).get("bindings") == bindings


def test_routes_of_one_queue_share_its_channel() -> None:
    app = App()
    app.sqs("orders", where={"kind": ["placed"]})(on_order)
    app.sqs("orders", where={"kind": ["cancelled"]})(nothing)
    app.sqs("bills")(lambda: None)

    found = document_of(app)

    assert list(found["channels"]) == ["sqs_orders", "sqs_bills"]
    assert list(found["channels"]["sqs_orders"]["messages"]) == ["Order", "Anything"]


def test_an_operation_says_what_its_docstring_says_and_what_it_takes() -> None:
    operation = operation_of(lambda app: app.sqs("orders", where={"id": [{"numeric": [">", 1]}]})(on_order))

    assert operation["action"] == "receive"
    assert (operation["summary"], operation["description"]) == ("Take an order.", "And nothing else.")
    assert operation["x-eventrouter-where"] == [{"payload": {"id": [{"numeric": [">", 1]}]}}]


def is_large(payload: Any) -> bool:
    return len(payload) > 10


@pytest.mark.parametrize(
    ("register", "conditions"),
    [
        (lambda app: app.sqs("a", where=is_large)(on_order), [{"predicate": "is_large"}]),
        (
            lambda app: app.eventbridge(source="shop", detail_type="Order*")(nothing),
            [{"source": ["shop"]}, {"detail_type": [{"wildcard": "Order*"}]}],
        ),
        (lambda app: app.sqs("a")(on_order), None),
    ],
)
def test_conditions_are_told_in_the_language_of_patterns(register: Callable[[App], object], conditions: Any) -> None:
    assert operation_of(register).get("x-eventrouter-where") == conditions


def test_conditions_on_a_record_are_told_in_words() -> None:
    operation = operation_of(lambda app: app.sqs("orders", attributes={"tenant": "a"})(on_order))

    assert "tenant" in str(operation["x-eventrouter-where"])


@pytest.mark.parametrize(
    ("register", "words"),
    [
        (lambda app: app.s3("photos", via="sqs:images")(nothing), "carries a whole s3 event"),
        (lambda app: app.sqs("a", unwrap="sns")(on_order), "may be an SNS notification"),
        (lambda app: app.sqs("a", decode=bytes)(on_order), "decoded by `bytes`"),
        (lambda app: app.pipe_enrichment("sqs:a")(on_order), "An enrichment of EventBridge Pipes"),
    ],
)
def test_what_is_special_of_an_operation_is_told(register: Callable[[App], object], words: str) -> None:
    assert words in operation_of(register)["description"]


def on_batch(batch: Batch[Order]) -> None: ...


def test_a_batch_is_told_of() -> None:
    assert "taken together" in operation_of(lambda app: app.sqs("a")(on_batch))["description"]


def test_operations_of_one_name_are_told_apart() -> None:
    app, router = App(), Router()
    app.sqs("a")(nothing)
    router.sqs("b")(nothing)
    app.include(router)

    assert list(document_of(app)["operations"]) == ["nothing", "nothing_2"]


@pytest.mark.parametrize(
    ("annotation", "source", "payload", "is_taken"),
    [
        (Order, "sqs", {"id": 1}, True),
        (Order, "sqs", {"id": "x"}, False),
        (SqsRecord[Order], "sqs", {"id": 1}, True),
        (SqsRecord[Order], "sqs", {"id": "x"}, False),
        (list[SqsRecord[Order]], "sqs", {"id": "x"}, False),
        (Batch[SqsRecord[Order]], "sqs", {"id": "x"}, False),
        (Batch[Order], "sqs", {"id": "x"}, False),
        (SqsEvent[Order], "sqs", {"id": "x"}, False),
        (EventBridgeEvent[Order], "eventbridge", {"id": "x"}, False),
        (Change[Order], "dynamodb", {"kind": "INSERT", "new": {"id": 1}}, True),
        (Change[Order], "dynamodb", {"kind": "INSERT", "new": {"id": "x"}}, False),
        (DynamoDBRecord[Order], "dynamodb", {"kind": "INSERT", "new": {"id": "x"}}, False),
        (DynamoDBStreamRecordModel, "dynamodb", {"kind": "REMOVE"}, True),
        (tuple[int, str], "sqs", [1, "a"], True),
        (tuple[int, str], "sqs", ["a", 1], False),
        (Rest, "sqs", [1, "a", "b"], True),
        (Rest, "sqs", [1, "a", 2], False),
    ],
)
def test_a_message_holds_what_the_handler_takes(annotation: Any, source: str, payload: Any, is_taken: bool) -> None:
    found, (message,) = payload_of(annotation, source)

    assert accepts(found, message, payload) is is_taken


def test_a_record_of_a_type_that_does_not_say_what_is_in_it_holds_anything() -> None:
    found, messages = payload_of(SqsRecordModel)

    assert messages == ["Anything"]
    assert "payload" not in found["components"]["messages"]["Anything"]


class Anything(BaseModel):
    id: int


def on_anything(payload: Anything) -> None: ...


def test_a_model_called_anything_is_told_from_anything_at_all() -> None:
    app = App()
    app.sqs("orders")(on_anything)
    app.sqs("bills")(nothing)

    found = document_of(app)

    assert found["components"]["messages"]["Anything"]["payload"] == {"$ref": "#/components/schemas/Anything"}
    assert found["components"]["messages"]["Anything_2"] == {"name": "Anything_2"}
    assert list(found["channels"]["sqs_bills"]["messages"]) == ["Anything_2"]


def test_a_record_without_a_payload_is_the_message() -> None:
    found, (message,) = payload_of(S3Record, "s3")

    assert message == "S3Record"
    assert found["components"]["messages"][message]["contentType"] == "application/json"


@pytest.mark.parametrize(
    ("annotation", "messages"),
    [
        (Placed | Cancelled, ["Placed", "Cancelled"]),
        (Annotated[Placed | Cancelled, Field(discriminator="kind")], ["Placed", "Cancelled"]),
        (Order | None, ["Order", "Null"]),
        (Annotated[Order | None, Field(description="D")], ["handler", "Null"]),
        (Placed | Order, ["handler"]),
        (str, ["Text"]),
        (bytes, ["Bytes"]),
    ],
)
def test_a_union_is_a_message_for_each_case_that_can_be_told_apart(annotation: Any, messages: list[str]) -> None:
    _, found = payload_of(annotation)

    assert found == messages


@pytest.mark.parametrize(
    ("annotation", "content_type"),
    [(str, "text/plain"), (bytes, "application/octet-stream"), (Order, "application/json")],
)
def test_a_message_has_its_content_type(annotation: Any, content_type: str) -> None:
    found, (message,) = payload_of(annotation)

    assert found["components"]["messages"][message]["contentType"] == content_type


class Odd:
    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        from pydantic_core import core_schema

        return core_schema.is_instance_schema(cls)


def test_a_payload_without_a_schema_is_refused_with_its_handler() -> None:
    with pytest.raises(
        RegistrationError, match=r"handler\(\) \[.*\]: its payload Odd has no JSON Schema: .*WithJsonSchema"
    ):
        payload_of(Odd)
