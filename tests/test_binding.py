"""What a handler is given: by class, wherever the parameter stands, by marker, and as what is left over."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Annotated, Any

import pytest
from aws_lambda_powertools.event_handler.openapi.params import Query as PowertoolsQuery
from aws_lambda_powertools.utilities.data_classes.api_gateway_websocket_event import APIGatewayWebSocketEvent
from aws_lambda_powertools.utilities.data_classes.lambda_function_url_event import LambdaFunctionUrlEvent
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSEvent, SQSRecord
from aws_lambda_powertools.utilities.parser.models import LambdaFunctionUrlModel, SqsRecordModel
from aws_lambda_powertools.utilities.parser.types import Json
from aws_lambda_powertools.utilities.typing import LambdaContext as PowertoolsContext
from pydantic import BaseModel, Field

import eventrouter
from eventrouter import (
    ApiGatewayProxyEvent,
    App,
    BackgroundTasks,
    Body,
    Deny,
    Depends,
    FunctionUrlEvent,
    Header,
    HttpAuthorizerEvent,
    Invocation,
    LambdaContext,
    NoRouteError,
    Pattern,
    Query,
    RegistrationError,
    Request,
    Source,
    SqsEvent,
    SqsRecord,
    TokenAuthorizerEvent,
    WebSocketEvent,
)
from eventrouter._sniff import labels, source_named
from eventrouter.testing import TestClient
from tests.deliveries import Run, registered, sample, sqs
from tests.handlers import Order


def request(path: str = "/", query: str = "") -> dict[str, Any]:
    event: dict[str, Any] = sample("function_url")
    event["requestContext"]["http"] |= {"method": "GET", "path": path}
    return {**event, "rawPath": path, "rawQueryString": query, "body": None, "isBase64Encoded": False}


def annotated(function: Callable[..., object], **annotations: object) -> Callable[..., object]:
    """*function* with annotations that are values here."""
    function.__annotations__ = annotations
    return function


# --------------------------------------------------------------------------------------------------------------- by class

#: The classes that sources list, of our own: the class, the source, and the role.
OURS = [
    (source.name, key, role)
    for source in (source_named(label) for label in labels())
    if source is not None
    for key, role in source.types.items()
    # A custom resource is answered over the network: its own tests have somebody to answer to.
    if key.startswith("eventrouter.")
    and role in ("record", "event")
    and source.name != "cloudformation_custom_resource"
]


#: The sample events of classes that are not what the source's first sample is.
SAMPLES = {
    "AppSyncBatchEvent": "appsync_resolver-batch",
    "AppSyncEventsEvent": "appsync_events-publish",
    "IotButtonEvent": "iot-button",
    "IotOneClickEvent": "iot-one-click",
    "IotProvisioningEvent": "iot-provisioning",
    "IotThingEvent": "iot-thing",
    "IotThingGroupEvent": "iot-thing-group",
    "IotThingGroupHierarchyEvent": "iot-thing-group-hierarchy",
    "IotThingGroupMembershipEvent": "iot-thing-group-membership",
    "IotThingTypeAssociationEvent": "iot-thing-type-association",
    "IotThingTypeEvent": "iot-thing-type",
    "LexV1Event": "lex-v1",
    "TransferFamilyWorkflowEvent": "transfer_family-workflow",
}


class Seen(Exception):
    """What a handler raises that has seen enough."""


def class_of(key: str) -> Any:
    from importlib import import_module

    module, _, name = key.partition(":")
    return getattr(import_module(module), name)


@pytest.mark.parametrize(
    ("label", "key", "role"), OURS, ids=[f"{label}-{key.partition(':')[2]}" for label, key, _ in OURS]
)
def test_a_source_s_own_classes_are_exported(label: str, key: str, role: str) -> None:
    assert getattr(eventrouter, key.partition(":")[2]) is class_of(key)


@pytest.mark.parametrize(
    ("label", "key", "role"), OURS, ids=[f"{label}-{key.partition(':')[2]}" for label, key, _ in OURS]
)
def test_a_source_s_own_class_is_bound_by_it(label: str, key: str, role: str) -> None:
    found: list[object] = []
    event = sample(SAMPLES.get(class_of(key).__name__, label))
    app = App()

    def on_event(given: object) -> None:
        found.append(given)
        raise Seen

    handler = annotated(on_event, given=class_of(key))
    if (source := source_named(label)) is not None and source.http is not None:
        app.route("/{rest:path}", methods=["GET", "POST", "PUT", "DELETE"])(handler)
    else:
        app.on(Pattern(label, bind={"complete": False}))(handler)
    # What it is to each source that a handler raises is held elsewhere.
    with suppress(Seen, ExceptionGroup):
        app(event, LambdaContext())

    assert {type(each) for each in found} == {class_of(key)}
    assert role == "record" or getattr(found[0], "raw", event) is event


def test_the_classes_of_every_event_stand_wherever_they_like(run: Run) -> None:
    found: list[object] = []
    app = App()

    @app.sqs()
    def on_order(
        tasks: BackgroundTasks,
        event: SqsEvent,
        context: LambdaContext,
        order: Order,
        record: SqsRecord[Order],
        invocation: Invocation,
    ) -> None:
        found.extend(
            (type(tasks), len(event.Records), context.aws_request_id, order, record.body, invocation.source.name)
        )

    run(app, sqs({"id": 7}), LambdaContext(aws_request_id="r-1"))

    assert found == [BackgroundTasks, 1, "r-1", Order(id=7), Order(id=7), "sqs"]


class OrderRecord(SqsRecordModel):
    body: Json[Order]


def test_powertools_classes_are_bound_as_well_and_those_made_of_them() -> None:
    found: list[object] = []
    app = App()

    @app.sqs()
    def on_order(record: OrderRecord, data: SQSRecord, context: PowertoolsContext) -> None:
        found.extend((record.body, data.message_id, context.aws_request_id))

    app(sqs({"id": 7}), LambdaContext(aws_request_id="r-1"))

    assert found == [Order(id=7), "m-0", "r-1"]


def test_data_classes_of_an_event_are_made_of_it_as_delivered() -> None:
    found: list[object] = []
    app = App()

    @app.sqs()
    def on_order(order: Order, event: SQSEvent) -> None:
        found.append([record.body for record in event.records])

    app(sqs({"id": 7}))

    assert found == [['{"id": 7}']]


def test_a_record_that_may_be_none_is_there_outside_of_windows() -> None:
    found: list[object] = []
    app = App()

    @app.sqs()
    def on_order(record: SqsRecord[Order] | None) -> None:
        found.append(record and record.body)

    app(sqs({"id": 7}))

    assert found == [Order(id=7)]


class ParcelRecord(BaseModel):
    """A user's own model of another source's record."""

    parcel: int


def test_a_source_of_one_s_own_lists_its_classes_too() -> None:
    key = f"{ParcelRecord.__module__}:{ParcelRecord.__qualname__}"
    app = App()

    with registered(Source("parcels", detect=lambda event: "parcel" in event, types={key: "event"})) as source:

        @app.on(Pattern(source.name))
        def on_parcel(event: ParcelRecord) -> object:
            return event.parcel

        assert app({"parcel": 7}) == 7


def test_a_request_is_bound_for_requests() -> None:
    app = App()

    @app.get("/")
    def on_request(request: Request) -> str:
        return request.method

    assert app(request(), LambdaContext())["body"] == "GET"


def test_the_typed_event_of_a_trigger_is_bound_for_requests() -> None:
    found: list[object] = []
    app = App()

    @app.get("/")
    def on_request(event: FunctionUrlEvent, data: LambdaFunctionUrlEvent, model: LambdaFunctionUrlModel) -> None:
        found.extend((event.rawPath, event.raw["rawPath"], data.raw_path, model.rawPath))

    app(request(), LambdaContext())

    assert found == ["/", "/", "/", "/"]


def test_a_record_that_is_none_of_its_model_fails() -> None:
    app = App()

    @app.sqs()
    def on_order(record: SqsRecord[Order]) -> None: ...

    with pytest.raises(eventrouter.PayloadError, match="sqs record"):
        app(sqs({"id": "none"}))


# ----------------------------------------------------------------------------------------------------------- by position


class Parcel(BaseModel):
    id: int


@pytest.mark.parametrize("order_first", [True, False])
def test_a_payload_beside_its_record_is_the_record_s_own(order_first: bool) -> None:
    found: list[object] = []

    def first(order: Order, record: SqsRecord[Order]) -> None:
        found.append(order is record.body)

    def last(record: SqsRecord[Order], order: Order) -> None:
        found.append(order is record.body)

    app = App()
    app.sqs()(first if order_first else last)

    app(sqs({"id": 7}))

    assert found == [True]


def test_a_payload_of_another_type_than_its_record_s_is_read_apart() -> None:
    found: list[object] = []
    app = App()

    @app.sqs()
    def on_order(order: Order, record: SqsRecord[Parcel]) -> None:
        found.extend((order, record.body))

    app(sqs({"id": 7}))

    assert found == [Order(id=7), Parcel(id=7)]


def test_two_wrong_values_of_a_request_are_told_together() -> None:
    app = App()

    @app.get("/")
    def on_request(first: int, second: int) -> None: ...

    answer = app(request(query="first=a&second=b"), LambdaContext())

    assert answer["statusCode"] == 422
    assert '"first"' in answer["body"] and '"second"' in answer["body"]


# ------------------------------------------------------------------------------------------------------- what is refused


def of_module(module: str, name: str) -> Any:
    """A class as another package would have it."""
    return type(name, (), {"__module__": module})


def nothing() -> None: ...


def one() -> int:
    return 1


QUERY, ONE, FASTAPI_BODY = Query(), Depends(one), of_module("fastapi.params", "Body")()


def refused(function: Callable[..., object], **annotations: object) -> Callable[[App], object]:
    return lambda app: app.sqs()(annotated(function, **annotations))


REFUSED: list[tuple[str, Callable[[App], object], str]] = [
    (
        "two markers",
        lambda app: app.get("/")(annotated(lambda a: a, a=Annotated[int, Query(), Header()])),
        r"parameter 'a' has two markers, Query\(\) and Header\(\): keep one",
    ),
    (
        "two dependencies",
        refused(lambda a: a, a=Annotated[int, Depends(one), Depends(nothing)]),
        r"has two markers, Depends\(one\) and Depends\(nothing\)",
    ),
    (
        "a marker as a default",
        lambda app: app.get("/")(annotated(lambda a=QUERY: a, a=int)),
        r"write it as Annotated\[int, Query\(\)\], so that the default stays free",
    ),
    (
        "a dependency as a default",
        refused(lambda a=ONE: a, a=int),
        r"write it as Annotated\[int, Depends\(one\)\]",
    ),
    (
        "a marker of Powertools",
        lambda app: app.get("/")(annotated(lambda a: a, a=Annotated[int, PowertoolsQuery()])),
        "uses Query of aws_lambda_powertools: write `from eventrouter import Query`",
    ),
    (
        "a dependency of FastAPI",
        refused(lambda a: a, a=Annotated[int, of_module("fastapi.params", "Depends")()]),
        "uses Depends of fastapi: write `from eventrouter import Depends`",
    ),
    (
        "a default of FastAPI",
        refused(lambda a=FASTAPI_BODY: a, a=int),
        "uses Body of fastapi: write `from eventrouter import Body`",
    ),
    (
        "a list of a marker",
        lambda app: app.get("/")(annotated(lambda a=QUERY: a, a=list[int])),
        r"write it as Annotated\[list\[int\], Query\(\)\]",
    ),
    (
        "a request of Starlette",
        lambda app: app.get("/")(annotated(lambda a: a, a=of_module("starlette.requests", "Request"))),
        "uses Request of starlette: write `from eventrouter import Request`",
    ),
    ("a request without HTTP", refused(lambda a: a, a=Request), "parameter 'a': a Request exists for HTTP routes only"),
    (
        "a query without HTTP",
        refused(lambda a: a, a=Annotated[int, Query()]),
        "reads an HTTP request, and sqs events are none",
    ),
    (
        "no function",
        refused(lambda a: a, a=Annotated[int, Depends(7)]),  # type: ignore[arg-type]
        "Depends wants a function to call, and is given a int",
    ),
    (
        "no scope",
        refused(lambda a: a, a=Annotated[int, Depends(one, scope="request")]),  # type: ignore[arg-type]
        "a scope is 'call', 'invocation' or 'app', not 'request'",
    ),
    (
        "a dependency that takes the payload",
        refused(lambda a: a, a=Annotated[int, Depends(annotated(lambda order: order, order=Order))]),
        "parameter 'order' of a dependency would take the payload, which belongs to the handler",
    ),
    (
        "a long life that needs a short one",
        refused(
            lambda a: a,
            a=Annotated[int, Depends(annotated(lambda b: b, b=Annotated[int, Depends(one)]), scope="invocation")],
        ),
        "a dependency of scope 'invocation' needs 'b', which lives only for one call",
    ),
    (
        "a life longer than its event",
        refused(lambda a: a, a=Annotated[int, Depends(annotated(lambda b: b, b=Invocation), scope="app")]),
        "a dependency of scope 'app' outlives every event, so it cannot take 'b' of one",
    ),
    (
        "two payloads",
        refused(lambda a, b: a, a=Order, b=Order),
        "parameter 'b' and 'a' would both be the payload: one is",
    ),
    ("a payload with a default", lambda app: app.sqs()(annotated(lambda a=None: a, a=Order)), "a payload always comes"),
]


@pytest.mark.parametrize(("register", "words"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_what_cannot_be_bound_is_refused(register: Callable[[App], object], words: str) -> None:
    app = App()

    with pytest.raises(RegistrationError, match=words):
        register(app)


def test_a_dependency_that_needs_itself_is_refused() -> None:
    def needs(other: object) -> None: ...

    annotated(needs, other=Annotated[object, Depends(needs)])
    app = App()

    with pytest.raises(RegistrationError, match="the dependency needs itself"):
        app.sqs()(annotated(lambda a: a, a=Annotated[object, Depends(needs)]))


def test_a_dependency_of_a_request_takes_what_a_handler_would() -> None:
    def page(number: int) -> int:
        return number + 1

    app = App()

    @app.get("/")
    def on_request(page: Annotated[int, Depends(page)]) -> int:
        return page

    assert app(request(query="number=6"), LambdaContext())["body"] == "7"


def test_a_dependency_takes_the_payload_where_it_asks_for_it_by_marker() -> None:
    def number(order: Annotated[Order, Body()]) -> int:
        return order.id

    app = App()

    @app.direct()
    def on_event(number: Annotated[int, Depends(number)]) -> int:
        return number

    assert app({"id": 7}) == 7


@pytest.mark.parametrize(
    "body",
    [str, Annotated[str, Field(min_length=3)], Annotated[Annotated[str, Field(min_length=3)], "a note"]],
    ids=["text", "with a constraint", "with a note"],
)
def test_a_record_s_text_is_left_as_sent_however_it_is_constrained(body: Any) -> None:
    found: list[object] = []
    app = App()
    app.sqs()(annotated(lambda record: found.append(record.body), record=SqsRecord[body]))

    app(sqs({"id": 7}))

    assert found == ['{"id": 7}']


def test_a_record_s_text_is_held_to_its_constraint() -> None:
    app = App()
    app.sqs()(annotated(lambda record: None, record=SqsRecord[Annotated[str, Field(min_length=300)]]))

    with pytest.raises(eventrouter.PayloadError, match="body: string_too_short"):
        app(sqs({"id": 7}))


# ------------------------------------------------------------------------------------------ one of several kinds of events


def test_a_handler_gets_the_events_that_its_class_says_and_no_others() -> None:
    app = App()
    seen: list[str] = []

    @app.authorizer()
    def by_token(event: TokenAuthorizerEvent) -> Deny:
        seen.append(f"token {event.authorizationToken}")
        return Deny()

    @app.authorizer(response="simple")
    def by_request(event: HttpAuthorizerEvent) -> Deny:
        seen.append(f"request {event.rawPath}")
        return Deny()

    client = TestClient(app)
    client.authorizer("GET", "/a", token="t", as_="apigw_authorizer_token")
    client.authorizer("GET", "/a", as_="apigw_authorizer_v2")

    assert seen == ["token t", "request /a"]
    with pytest.raises(NoRouteError):
        client.authorizer("GET", "/a", as_="apigw_authorizer_request")


def test_a_union_of_events_is_the_one_that_came() -> None:
    app = App()
    seen: list[object] = []

    @app.authorizer(response="simple")
    def decide(event: TokenAuthorizerEvent | HttpAuthorizerEvent | None) -> Deny:
        seen.append(event)
        return Deny()

    client = TestClient(app)
    client.authorizer("GET", "/a", as_="apigw_authorizer_v2")
    client.authorizer("GET", "/a", as_="apigw_authorizer_token")

    assert [type(each) for each in seen] == [HttpAuthorizerEvent, TokenAuthorizerEvent]
    with pytest.raises(NoRouteError):
        client.authorizer("GET", "/a", as_="apigw_authorizer_request")


def test_a_request_takes_the_event_of_the_trigger_it_came_through() -> None:
    app = App()

    @app.get("/")
    def show(event: FunctionUrlEvent | ApiGatewayProxyEvent) -> str:
        return type(event).__name__

    client = TestClient(app, raise_exceptions=False)

    assert [client.get("/", as_=kind).text for kind in ("function_url", "apigw_rest")] == [
        "FunctionUrlEvent",
        "ApiGatewayProxyEvent",
    ]
    assert client.get("/", as_="alb").status_code == 500


def test_a_union_of_events_and_anything_else_is_no_event() -> None:
    with pytest.raises(
        RegistrationError, match="such events have no payload of their own: ask for TokenAuthorizerEvent, Req"
    ):

        @App().authorizer()
        def decide(event: TokenAuthorizerEvent | int) -> None: ...


def test_a_class_that_one_of_the_sources_of_on_never_sends_is_refused() -> None:
    with pytest.raises(RegistrationError, match="on_events.* takes SqsEvent, which is no event of sns"):

        @App().on(Pattern(("sqs", "sns")))
        def on_events(event: SqsEvent) -> None: ...


def test_events_of_one_source_are_not_told_apart_by_their_classes() -> None:
    with pytest.raises(
        RegistrationError,
        match=r"WebSocketEvent and APIGatewayWebSocketEvent are both events of apigw_websocket, .* write a handler for each",
    ):

        @App().websocket()
        def on_message(event: WebSocketEvent | APIGatewayWebSocketEvent) -> None: ...
