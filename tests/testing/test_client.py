"""A Lambda function under test, as its users test it."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any

import anyio
import anyio.lowlevel
import pytest
from pydantic import BaseModel

from eventrouter import (
    Allow,
    App,
    Depends,
    EventStream,
    HTTPException,
    LambdaContext,
    Request,
    Response,
    ServerSentEvent,
    current_invocation,
)
from eventrouter.errors import (
    FixtureError,
    HandlerTimeoutError,
    ImpossibleEventError,
    LoopError,
    NoRouteError,
    NotReachedError,
    ReplyError,
)
from eventrouter.testing import (
    AsyncTestClient,
    BatchResult,
    Clock,
    EventResult,
    HttpResult,
    TestClient,
    events,
)
from eventrouter.testing.client import _Client
from tests.deliveries import EVENTS, S3_TEST_EVENT, sample

TRIGGERS = ["function_url", "apigw_http", "apigw_rest", "alb", "vpc_lattice_v1", "vpc_lattice_v2"]


class Order(BaseModel):
    id: int


def store() -> dict[int, Order]:
    return {}


Store = Annotated[dict[int, Order], Depends(store)]


def taken(text: str) -> None:
    """A handler that takes whatever comes."""


class NoDatabase:
    """A lifespan that cannot begin."""

    def __init__(self, app: App) -> None: ...

    async def __aenter__(self) -> None:
        raise OSError("no database")

    async def __aexit__(self, *error: object) -> None: ...


def echoed(value: dict[str, int]) -> dict[str, int]:
    return value


# -------------------------------------------------------------------------------------------------------------------- HTTP


@pytest.mark.parametrize("trigger", TRIGGERS)
@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete", "options"])
def test_a_request_comes_through_the_trigger_it_is_told_to(trigger: Any, method: str) -> None:
    app = App()

    @app.route("/orders/{order_id}", methods=[method.upper()])
    def handle(order_id: int, request: Request) -> dict[str, object]:
        return {"id": order_id, "source": current_invocation().source.name, "method": request.method}

    answer: HttpResult = getattr(TestClient(app), method)("/orders/7", as_=trigger)

    assert answer.status_code == answer.status == 200
    assert answer.json() == {"id": 7, "source": trigger, "method": method.upper()}
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.route == "handle"
    assert answer.is_success


@pytest.mark.parametrize("trigger", TRIGGERS)
def test_query_headers_cookies_and_body_arrive(trigger: Any) -> None:
    app = App()

    @app.post("/orders")
    def create(order: Order, request: Request) -> dict[str, object]:
        return {
            "order": order.id,
            "tag": request.query_params.getlist("tag"),
            "header": request.headers["x-shop"],
            "cookie": request.cookies["sid"],
        }

    answer = TestClient(app, as_=trigger).post(
        "/orders?tag=a%20b", params={"flag": True}, headers={"X-Shop": "one"}, cookies={"sid": "s-1"}, json=Order(id=7)
    )

    assert answer.json() == {"order": 7, "tag": ["a b"], "header": "one", "cookie": "s-1"}


def test_head_has_the_headers_and_no_body() -> None:
    app = App()

    @app.get("/")
    def read() -> str:
        return "hello"

    answer = TestClient(app).head("/")

    assert (answer.status_code, answer.content, answer.chunks) == (200, b"", [])
    assert answer.route == "read"


def test_text_is_read_in_its_charset() -> None:
    app = App()

    @app.get("/")
    def read() -> Response:
        return Response("grüße".encode("latin-1"), media_type="text/plain; charset=latin-1")

    assert TestClient(app).get("/").text == "grüße"


def test_the_answer_is_there_as_its_trigger_gets_it() -> None:
    app = App()

    @app.get("/")
    def read() -> bytes:
        return b"\x00\xff"

    answer = TestClient(app).get("/", as_="alb")

    assert answer.content == b"\x00\xff"
    assert answer.response["statusDescription"] == "200 OK"
    assert base64.b64decode(answer.response["body"]) == b"\x00\xff"


def test_a_path_of_no_route_is_a_404() -> None:
    answer = TestClient(App()).get("/nowhere")

    assert repr(answer) == "<HTTP 404 of function_url, 41 bytes>"
    assert (answer.status_code, answer.route, answer.json()["code"]) == (404, None, "not_found")


def test_cookies_that_an_answer_sets_are_sent_from_then_on() -> None:
    app = App()

    @app.post("/login")
    def login() -> Response:
        response = Response(status_code=204)
        response.set_cookie("sid", "s-1")
        response.set_cookie("theme", "dark")
        return response

    @app.post("/logout")
    def logout() -> Response:
        response = Response(status_code=204)
        response.delete_cookie("sid")
        return response

    @app.get("/")
    def read(request: Request) -> dict[str, str]:
        return dict(request.cookies)

    client = TestClient(app)
    login_cookies = client.post("/login").cookies
    logged_in = client.get("/").json()
    client.post("/logout")
    logged_out = client.get("/").json()

    assert login_cookies == logged_in == {"sid": "s-1", "theme": "dark"}
    assert logged_out == {"theme": "dark"}


def test_headers_of_the_client_are_in_every_request_unless_it_has_its_own() -> None:
    app = App()

    @app.get("/")
    def read(request: Request) -> list[str]:
        return request.headers.getlist("authorization")

    client = TestClient(app, headers={"Authorization": "token"})

    assert client.get("/").json() == ["token"]
    assert client.get("/", headers={"authorization": "mine"}).json() == ["mine"]
    assert client.get("/", headers=[("X-Other", "1")]).json() == ["token"]


def test_a_handler_s_exception_is_raised() -> None:
    app = App()

    @app.get("/")
    def fail() -> None:
        raise LookupError("no such thing")

    with pytest.raises(LookupError, match="no such thing"):
        TestClient(app).get("/")


def test_a_handler_s_exception_is_a_500_where_that_is_what_is_tested() -> None:
    app = App()

    @app.get("/")
    def fail() -> None:
        raise LookupError("no such thing")

    answer = TestClient(app, raise_exceptions=False).get("/")

    assert (answer.status_code, answer.error_type) == (500, "LookupError")
    assert "no such thing" not in answer.text


@pytest.mark.parametrize("status", [404, 503])
def test_an_answer_that_a_handler_raises_is_an_answer(status: int) -> None:
    app = App()

    @app.get("/")
    def refuse() -> None:
        raise HTTPException(status, "no")

    answer = TestClient(app).get("/")

    assert (answer.status_code, answer.json(), answer.exception) == (status, {"detail": "no"}, None)


def test_what_an_exception_handler_answers_is_an_answer() -> None:
    app = App()

    @app.exception_handler(LookupError)
    def missing(error: LookupError) -> Response:
        return Response({"detail": "gone"}, 410)

    @app.get("/")
    def fail() -> None:
        raise LookupError

    assert TestClient(app).get("/").status_code == 410


def test_an_answer_that_cannot_be_sent_is_raised_or_a_500() -> None:
    app = App()

    @app.get("/")
    def read() -> Response:
        return Response("", headers={"x-broken": "a\r\nset-cookie: b"})

    with pytest.raises(ReplyError, match="line break"):
        TestClient(app).get("/")
    assert TestClient(app, raise_exceptions=False).get("/").status_code == 500


def test_a_lifespan_that_fails_fails_the_request() -> None:
    app = App(lifespan=NoDatabase)
    app.get("/")(lambda: "")

    with pytest.raises(OSError, match="no database"):
        TestClient(app).get("/")


@pytest.mark.parametrize(
    ("options", "refusal"),
    [
        ({"as_": "sqs"}, "as_='sqs': requests come through function_url, "),
        ({"leave_after": -1}, "leave_after= counts chunks"),
    ],
)
def test_a_request_that_cannot_be_is_refused(options: Any, refusal: str) -> None:
    with pytest.raises(ValueError, match=refusal):
        TestClient(App()).get("/", **options)


def test_a_field_of_another_trigger_is_refused_with_those_that_have_it() -> None:
    with pytest.raises(TypeError, match=r"function_url requests have no stage=: those of apigw_http, apigw_rest have"):
        TestClient(App()).get("/", stage="dev")
    with pytest.raises(TypeError, match="unexpected keyword argument 'colour'"):
        TestClient(App()).get("/", colour="red")  # type: ignore[call-arg]


def test_a_request_that_no_client_could_send_is_refused() -> None:
    with pytest.raises(ImpossibleEventError, match="line breaks"):
        TestClient(App()).get("/", headers={"x-a": "b\r\nc: d"})


# ----------------------------------------------------------------------------------------------------------------- streams


def streaming() -> App:
    app = App(response_stream={"function_url", "direct"})

    @app.get("/export", media_type="text/csv", headers={"x-export": "yes"})
    def export() -> Iterator[str]:
        yield "a,b\n"
        yield "1,2\n"

    @app.get("/numbers")
    async def numbers() -> AsyncIterator[dict[str, int]]:
        for number in range(3):
            yield {"n": number}

    @app.get("/broken")
    async def broken() -> AsyncIterator[str]:
        yield "half"
        raise LookupError("the other half")

    @app.get("/one")
    def one() -> Response:
        response = Response("whole")
        response.set_cookie("sid", "s-1")
        return response

    return app


def test_a_stream_arrives_in_chunks_after_its_prelude() -> None:
    answer = TestClient(streaming()).get("/export")

    assert [chunk.data for chunk in answer.chunks] == [b"a,b\n", b"1,2\n"]
    assert answer.prelude is not None
    assert answer.prelude["headers"]["x-export"] == answer.headers["x-export"] == "yes"
    assert answer.is_streamed
    assert (answer.ended, answer.response) == ("complete", None)


def test_chunks_have_the_time_they_arrived_at() -> None:
    clock = Clock(is_frozen=True)
    app = App(response_stream={"function_url"})

    @app.get("/")
    def slow() -> Iterator[str]:
        yield "a"
        clock.advance(1.5)
        yield "b"

    answer = TestClient(app, clock=clock).get("/")

    assert [(chunk.at, chunk.data) for chunk in answer.chunks] == [(0.0, b"a"), (1.5, b"b")]


def test_a_small_answer_where_callers_read_a_stream_is_one_too() -> None:
    answer = TestClient(streaming()).get("/one")

    assert answer.prelude is not None
    assert (answer.text, answer.cookies, len(answer.chunks)) == ("whole", {"sid": "s-1"}, 1)


def test_a_trigger_that_does_not_stream_gets_the_whole() -> None:
    answer = TestClient(streaming()).get("/export", as_="apigw_http")

    assert (answer.text, answer.prelude, len(answer.chunks)) == ("a,b\n1,2\n", None, 1)


def test_json_lines_are_read_line_by_line() -> None:
    assert TestClient(streaming()).get("/numbers").json_lines() == [{"n": 0}, {"n": 1}, {"n": 2}]


def test_a_stream_that_breaks_off_says_so() -> None:
    client = TestClient(streaming())
    quiet = TestClient(streaming(), raise_exceptions=False)

    answer = quiet.get("/broken")

    assert (answer.status_code, answer.text, answer.ended, answer.error_type) == (200, "half", "error", "LookupError")
    assert not answer.is_success
    with pytest.raises(LookupError, match="the other half"):
        client.get("/broken")


@pytest.mark.parametrize("chunks", [0, 1, 3])
def test_a_client_may_leave_before_the_end(chunks: int) -> None:
    closed = []
    app = App(response_stream={"function_url"})

    @app.get("/")
    async def endless() -> AsyncIterator[str]:
        try:
            while True:
                yield "tick"
        finally:
            closed.append(True)

    answer = TestClient(app).get("/", leave_after=chunks)

    assert (len(answer.chunks), answer.ended, closed) == (chunks, "closed", [True])
    assert repr(answer).endswith(", closed>")


def test_server_sent_events_are_read_as_a_browser_does() -> None:
    app = App(response_stream={"function_url"})

    @app.get("/")
    async def ticks() -> AsyncIterator[ServerSentEvent]:
        yield ServerSentEvent(comment="hello")
        yield ServerSentEvent({"tick": 1}, event="tick", id="1", retry=500)
        yield ServerSentEvent("two\nlines")

    found = TestClient(app).get("/").events()

    assert [(each.event, each.data, each.id, each.retry) for each in found] == [
        ("tick", '{"tick":1}', "1", 500),
        ("message", "two\nlines", None, None),
    ]
    assert found[0].json() == {"tick": 1}
    assert repr(found[0]) == """<Event tick '{"tick":1}'>"""


def test_an_endless_stream_where_nothing_streams_is_an_error() -> None:
    app = App()

    async def forever() -> AsyncIterator[str]:
        yield "a"

    @app.get("/")
    def read() -> EventStream:
        return EventStream(forever())

    assert TestClient(app, raise_exceptions=False).get("/").status_code == 500


def test_a_direct_invoke_may_be_streamed() -> None:
    app = streaming()

    @app.direct()
    def count(value: dict[str, int]) -> Iterator[str]:
        yield from map(str, range(value["to"]))

    answer = TestClient(app).send({"to": 3})

    assert isinstance(answer, HttpResult)
    assert (answer.text, answer.route, answer.prelude) == ("012", "count", {})


def test_code_of_a_stream_knows_its_invocation() -> None:
    app = App(response_stream={"function_url"})

    @app.get("/")
    async def read() -> AsyncIterator[str]:
        yield "a"
        yield current_invocation().source.name

    assert TestClient(app).get("/").text == "afunction_url"


# ----------------------------------------------------------------------------------------------------------------- batches


def orders(*, failures: Any = "report", refused: int = 0) -> App:
    app = App(failures=failures)

    @app.sqs("orders*")
    def on_order(order: Order) -> None:
        if order.id == refused:
            raise LookupError(order.id)

    return app


def test_a_batch_says_what_became_of_each_record() -> None:
    batch = TestClient(orders(refused=3)).sqs("orders", Order(id=1), "not json", Order(id=3))

    assert isinstance(batch, BatchResult)
    assert [record.index for record in batch.succeeded] == [0]
    assert [(record.index, record.error_type) for record in batch.failed] == [(1, "PayloadError"), (2, "LookupError")]
    assert [record.route for record in batch] == ["on_order"] * 3
    assert batch.response == {"batchItemFailures": [{"itemIdentifier": record.id} for record in batch.failed]}
    assert batch.exception is None


def test_a_batch_that_raises_is_returned_all_the_same() -> None:
    batch = TestClient(orders(failures="raise", refused=3)).sqs("orders", Order(id=1), Order(id=3))

    assert (batch.error_type, batch.response) == ("LookupError", None)
    assert [record.error_type for record in batch] == ["", "LookupError"]


def test_a_batch_is_shown_record_by_record() -> None:
    batch = TestClient(orders(refused=3)).sqs("orders", Order(id=1), Order(id=3))
    raised = TestClient(orders(failures="raise", refused=3)).sqs("orders", Order(id=3))

    assert str(batch).splitlines()[:3] == [
        "<sqs batch: 1 succeeded, 1 failed>",
        "  <record 0 on_order succeeded>",
        "  <record 1 on_order failed: LookupError: 3>",
    ]
    assert str(raised).endswith("the invocation raised LookupError: 3")


def test_a_record_that_no_route_takes_has_none() -> None:
    batch = TestClient(orders()).sqs("bills", Order(id=1))

    assert (batch.failed[0].route, batch.failed[0].error_type) == (None, "NoRouteError")
    assert repr(batch.failed[0]).startswith("<record 0 without a route failed: NoRouteError: ")


def test_a_failure_of_the_invocation_fails_every_record() -> None:
    app = App(lifespan=NoDatabase, failures="report")
    app.sqs()(taken)

    batch = TestClient(app).send(events.sqs("a", "b"))

    assert [record.error_type for record in batch.failed] == ["OSError", "OSError"]


def test_the_value_that_a_handler_returned_is_there() -> None:
    app = App()

    @app.sns("alerts")
    def on_alert(text: str) -> int:
        return len(text)

    batch = TestClient(app).sns("alerts", "hello")

    assert (batch.succeeded[0].value, batch.response, batch.succeeded[0].id) == (5, 5, None)


def test_what_is_inside_a_message_is_shown_with_its_own_route() -> None:
    app = App(failures="report")

    @app.s3("photos", via="sqs:images")
    def on_photo() -> None: ...

    client = TestClient(app)
    photo = client.sqs("images", events.sns(events.s3("photos", "a.jpg")))
    other = client.sqs("images", events.s3("films", "a.mov"), events.sns("hello"), S3_TEST_EVENT)

    assert [record.route for record in photo.succeeded] == ["on_photo"]
    assert [(record.route, record.error_type) for record in other] == [
        (None, "NoRouteError"),
        (None, "PayloadError"),
        (None, ""),
    ]


def test_records_that_were_not_started_are_told_apart() -> None:
    app = App(failures="report")
    clock = Clock()

    @app.sqs()
    def on_message(text: str) -> None:
        clock.advance(20)

    batch = TestClient(app, clock=clock, timeout=30).sqs("any", "a", "b", "c")

    assert [record.was_reached for record in batch] == [True, False, False]
    assert isinstance(batch.failed[0].exception, NotReachedError)


def test_two_deliveries_of_a_client_are_two_messages() -> None:
    client = TestClient(orders())

    ids = [client.sqs("orders", Order(id=1)).records[0].id for _ in range(2)]

    assert len(set(ids)) == 2


def test_an_enrichment_of_a_pipe_is_a_batch_too() -> None:
    app = App()

    @app.pipe_enrichment("sqs:orders")
    def enrich(order: Order) -> dict[str, int]:
        return {"id": order.id}

    batch = TestClient(app).send(sample("sqs-pipes"))

    assert isinstance(batch, BatchResult)
    assert batch.exception is not None or batch.response


def test_a_record_made_by_hand_has_no_name() -> None:
    app = App(failures="raise")
    app.kafka()(taken)
    record = {"topic": "orders", "partition": 0, "value": None}

    batch = TestClient(app).send({"eventSource": "aws:kafka", "records": {"orders-0": [record]}})

    assert batch.records[0].id is None


BATCHES: dict[str, list[Any]] = {
    "activemq": ["a", "b"],
    "cloudwatch_logs": ["a", "b"],
    "documentdb": [{"id": 1}, {"id": 2}],
    "dynamodb": [{"id": 1}, {"id": 2}],
    "firehose": ["a", "b"],
    "kafka": ["a", "b"],
    "kinesis": ["a", "b"],
    "rabbitmq": ["a", "b"],
    "s3": ["a", "b"],
    "sns": ["a", "b"],
    "sqs": ["a", "b"],
}


@pytest.mark.parametrize("name", BATCHES)
def test_every_batch_has_a_method_of_its_decorator_s_name(name: str) -> None:
    app = App()

    @getattr(app, name)("orders")  # type: ignore[untyped-decorator]
    def refuse() -> None:
        raise LookupError

    batch: BatchResult = getattr(TestClient(app), name)("orders", *BATCHES[name])

    assert [record.route for record in batch.records] == ["refuse", "refuse"]
    assert batch.failed[0].error_type == "LookupError"
    assert getattr(TestClient, name).__doc__


def test_a_batch_without_a_name_is_refused() -> None:
    with pytest.raises(TypeError, match=r'the name comes first, as in its decorator: client.sqs\("name", ...\)'):
        TestClient(orders()).sqs(Order(id=1))  # type: ignore[arg-type]


def test_a_batch_may_have_records_with_fields_of_their_own() -> None:
    message = events.sqs_record(Order(id=1), receive_count=3)

    batch = TestClient(orders()).sqs("orders", message, Order(id=2))

    assert [record.record["attributes"]["ApproximateReceiveCount"] for record in batch.succeeded] == ["3", "1"]


def test_an_event_whose_records_cannot_be_read_fails_as_a_whole() -> None:
    app = App()
    app.rabbitmq()(taken)

    batch = TestClient(app).send({"eventSource": "aws:rmq", "rmqMessagesByQueue": {"orders::/": None}})

    assert (batch.records, batch.error_type) == ([], "PayloadError")


# ------------------------------------------------------------------------------------------------------------ single events


def test_an_event_s_exception_is_raised() -> None:
    app = App()

    @app.direct()
    def fail(value: dict[str, int]) -> None:
        raise LookupError("no such thing")

    with pytest.raises(LookupError, match="no such thing"):
        TestClient(app).send({"a": 1})


def test_an_event_s_exception_is_shown_where_that_is_what_is_tested() -> None:
    app = App()

    @app.direct()
    def fail(value: dict[str, int]) -> None:
        raise LookupError("no such thing")

    result = TestClient(app, raise_exceptions=False).send({"a": 1})

    assert isinstance(result, EventResult)
    assert (result.failed, result.succeeded, result.error_type, result.route) == (True, False, "LookupError", "fail")
    assert repr(result) == "<direct fail failed: LookupError: no such thing>"


def test_an_event_has_the_value_that_its_trigger_gets() -> None:
    app = App()

    @app.direct()
    def add(value: dict[str, int]) -> Order:
        return Order(id=value["a"])

    result = TestClient(app).send({"a": 1})

    assert (result.value, result.response, result.route, result.succeeded) == ({"id": 1}, {"id": 1}, "add", True)
    assert repr(result) == "<direct add succeeded>"


def test_a_stop_iteration_is_the_handler_s_own() -> None:
    app = App()

    @app.direct()
    def fail(value: dict[str, int]) -> None:
        raise StopIteration(7)

    result = TestClient(app, raise_exceptions=False).send({"a": 1})

    assert isinstance(result.exception, StopIteration)


def test_an_event_of_no_route_has_none() -> None:
    result = TestClient(App(), raise_exceptions=False).send({"a": 1})

    assert (result.route, type(result.exception)) == (None, NoRouteError)


def test_an_answer_that_has_no_json_form_is_an_exception() -> None:
    app = App()

    @app.direct()
    def odd(value: dict[str, int]) -> object:
        return object()

    with pytest.raises(ReplyError, match="has no JSON form"):
        TestClient(app).send({"a": 1})


@pytest.mark.parametrize("kind", ["apigw_authorizer_token", "apigw_authorizer_request", "apigw_authorizer_v2"])
def test_an_authorizer_decides_about_a_request(kind: Any) -> None:
    app = App()

    @app.authorizer(response="iam")
    def decide() -> Allow:
        return Allow(resources="this_route", principal_id="user-7")

    result = TestClient(app).authorizer("GET", "/orders/7", as_=kind)

    assert (result.source, result.value["principalId"]) == (kind, "user-7")


def test_an_authorizer_that_there_is_not_is_refused() -> None:
    with pytest.raises(ValueError, match="as_='sqs': authorizers are apigw_authorizer_token, "):
        TestClient(App()).authorizer(as_="sqs")  # type: ignore[arg-type]


def test_every_method_of_a_source_says_what_it_takes() -> None:
    methods = [name for name in vars(_Client) if name not in vars(object) and not name.startswith("_")]

    assert [name for name in methods if not getattr(TestClient, name).__doc__] == []
    assert TestClient(App()).lex.__name__ == "lex"


def test_what_goes_to_a_presigned_url_goes_to_the_test() -> None:
    app = App()

    @app.cloudformation("Custom::*")
    def make() -> dict[str, str]:
        return {"Name": "thing"}

    event = {**sample("cloudformation_custom_resource"), "ResourceType": "Custom::Thing"}
    result = TestClient(app).send(event)

    assert [(each["Status"], each["Data"]) for each in result.callbacks] == [("SUCCESS", {"Name": "thing"})]


def test_an_event_that_calls_nobody_has_no_route() -> None:
    app = App()
    client = TestClient(app)
    event = sample("cloudformation_custom_resource")
    failed = client.send(event).callbacks[0]

    gone = client.send({**event, "RequestType": "Delete", "PhysicalResourceId": failed["PhysicalResourceId"]})

    assert (failed["Status"], gone.callbacks[0]["Status"], gone.route) == ("FAILED", "SUCCESS", None)


def test_a_process_that_a_request_ends_ends_the_test() -> None:
    app = App()

    @app.get("/")
    def leave() -> None:
        raise SystemExit(3)

    with pytest.raises(SystemExit):
        TestClient(app).get("/")


def test_a_test_that_fails_inside_a_handler_fails() -> None:
    app = App(failures="report")

    @app.sqs()
    def on_message(text: str) -> None:
        pytest.fail("the handler was called")

    with pytest.raises(pytest.fail.Exception, match="the handler was called"):
        TestClient(app).send(events.sqs("a"))


def test_a_process_that_a_handler_ends_is_a_failed_invocation() -> None:
    app = App(failures="report")

    @app.sqs()
    def on_message(text: str) -> None:
        raise SystemExit(3)

    batch = TestClient(app).send(events.sqs("a"))

    assert batch.failed[0].error_type == batch.error_type == "SystemExit"


# -------------------------------------------------------------------------------------------------------------- redelivery


def ids(batch: BatchResult) -> list[Any]:
    return [json.loads(record.record["body"])["id"] for record in batch]


@pytest.mark.parametrize(
    ("failures", "has_rbif", "again"),
    [("report", True, [3]), ("report", False, []), ("raise", True, [1, 3]), ("raise", False, [1, 3])],
)
def test_a_queue_delivers_again_what_aws_would(failures: str, has_rbif: bool, again: list[int]) -> None:
    client = TestClient(orders(failures=failures, refused=3), report_batch_item_failures=has_rbif)

    first = client.sqs("orders", Order(id=1), Order(id=3))
    second = client.redeliver(first)

    assert ids(second) == again
    assert [record.error_type for record in second.failed] == (["LookupError"] if again else [])


def test_a_redelivery_may_be_told_what_the_trigger_has() -> None:
    client = TestClient(orders(refused=3))

    first = client.sqs("orders", Order(id=1), Order(id=3))

    assert ids(client.redeliver(first, report_batch_item_failures=False)) == []
    assert ids(client.redeliver(first, report_batch_item_failures=True)) == [3]


def test_a_lost_message_shows() -> None:
    client = TestClient(orders(refused=3))

    batch = client.sqs("orders", Order(id=1), Order(id=3))

    assert batch.lost() == []
    assert [record.index for record in batch.lost(report_batch_item_failures=False)] == [1]


def test_a_doubled_message_shows() -> None:
    client = TestClient(orders(failures="raise", refused=3))

    batch = client.sqs("orders", Order(id=1), Order(id=3))

    assert [record.index for record in batch.doubled()] == [0]


def test_duplicates_are_delivered_on_request() -> None:
    handled = []
    app = App(failures="report")

    @app.sqs("orders")
    def on_order(order: Order) -> None:
        handled.append(order.id)

    client = TestClient(app)
    first = client.sqs("orders", Order(id=1), Order(id=2))
    second = client.redeliver(first, duplicates=True)

    assert handled == [1, 2, 1, 2]
    assert [record.id for record in second] == [record.id for record in first]


def test_a_message_that_comes_again_counts_its_receives() -> None:
    client = TestClient(orders(refused=3))

    first = client.sqs("orders", Order(id=3))
    second = client.redeliver(first)

    messages = [batch.records[0].record for batch in (first, second)]
    assert [message["attributes"]["ApproximateReceiveCount"] for message in messages] == ["1", "2"]
    assert messages[0]["messageId"] == messages[1]["messageId"]
    assert messages[0]["receiptHandle"] != messages[1]["receiptHandle"]


def test_a_group_of_a_fifo_queue_comes_again_from_its_first_failure() -> None:
    client = TestClient(orders(refused=1))
    messages = [
        events.sqs_record(Order(id=number), queue="orders.fifo", group=group) for number, group in enumerate("abab")
    ]

    first = client.send(events.sqs(*messages, queue="orders.fifo"))

    assert ids(first) == [0, 1, 2, 3]
    assert [record.index for record in first.failed] == [1, 3]
    assert ids(client.redeliver(first)) == [1, 3]


def test_a_shard_comes_again_from_its_first_failure() -> None:
    app = App(failures="report")

    @app.kinesis()
    def on_click(click: Order) -> None: ...

    event = sample("kinesis")
    batch = TestClient(app).send(event)

    assert [record.index for record in batch.failed] == [0, *range(1, len(event["Records"]))]
    assert batch.redelivered() == range(len(event["Records"]))
    assert batch.redelivered(report_batch_item_failures=False) == ()


def test_a_partition_comes_again_from_its_first_failed_offset() -> None:
    app = App(failures="report")
    data = {number: base64.b64encode(json.dumps({"id": number}).encode()).decode() for number in range(4)}

    @app.kafka()
    def on_order(order: Order) -> None:
        if order.id == 1:
            raise LookupError

    places = {0: "orders-0", 1: "orders-0", 2: "orders-0", 3: "orders-1"}
    event = sample("kafka") | {"records": {"orders-0": [], "orders-1": []}}
    for number, place in places.items():
        record = {"topic": "orders", "partition": int(place[-1]), "offset": number, "value": data[number]}
        event["records"][place].append(record)
    client = TestClient(app)
    first = client.send(event)
    second = client.redeliver(first)

    assert [record.record["offset"] for record in first.failed] == [1, 2]
    assert [record.record["offset"] for record in second] == [1, 2]


def test_an_asynchronous_invocation_comes_again_as_it_was() -> None:
    app = App()

    @app.eventbridge()
    def fail() -> None:
        raise LookupError

    client = TestClient(app, raise_exceptions=False)
    event = sample("eventbridge")
    again = client.redeliver(client.send(event))

    assert (again.event, again.error_type) == (event, "LookupError")


def test_what_succeeded_is_not_delivered_again() -> None:
    app = App()
    app.eventbridge()(lambda: None)
    app.sns()(taken)
    client = TestClient(app)

    batch, event = client.redeliver(client.sns("alerts", "a")), client.redeliver(client.send(sample("eventbridge")))

    assert (len(batch), event.event, event.route) == (0, None, None)


def test_an_event_that_somebody_waits_for_is_never_delivered_again() -> None:
    app = App()
    app.get("/")(lambda: "")
    client = TestClient(app)

    with pytest.raises(TypeError, match="a function_url event is not delivered again"):
        client.redeliver(client.get("/"))


@pytest.mark.parametrize(
    ("answer", "again"),
    [
        ({}, []),
        ({"batchItemFailures": None}, []),
        ({"batchItemFailures": []}, []),
        ({"batchItemFailures": [{"itemIdentifier": "m-0"}]}, [0]),
        ({"batchItemFailures": [{"itemIdentifier": "nobody"}]}, [0, 1]),
        ({"batchItemFailures": [{"itemIdentifier": ""}]}, [0, 1]),
        ({"batchItemFailures": [{"itemIdentifier": None}]}, [0, 1]),
        ({"batchItemFailures": [{"messageId": "m-0"}]}, [0, 1]),
        ({"batchItemFailures": ["m-0"]}, [0, 1]),
        ({"batchItemFailures": "m-0"}, [0, 1]),
        (["m-0"], [0, 1]),
        (None, []),
    ],
)
def test_an_answer_that_cannot_be_read_brings_back_everything(answer: Any, again: list[int]) -> None:
    batch = TestClient(orders()).send(events.sqs(events.sqs_record("{}", message_id="m-0"), "{}"))

    batch.response = answer

    assert list(batch.redelivered(report_batch_item_failures=True)) == again


# ------------------------------------------------------------------------------------------------- app, lifespan, overrides


def test_the_client_starts_and_ends_the_app() -> None:
    said = []

    @asynccontextmanager
    async def lifespan(app: App) -> AsyncIterator[None]:
        said.append("start")
        yield
        said.append("end")

    app = App(lifespan=lifespan)
    app.get("/")(lambda: said.append("request"))

    with TestClient(app) as client:
        client.get("/")
        client.get("/")

    assert said == ["start", "request", "request", "end"]


def test_a_client_after_another_starts_the_app_anew() -> None:
    made: list[int] = []

    def connection() -> Iterator[int]:
        made.append(len(made))
        yield made[-1]

    app = App()

    @app.get("/")
    def read(number: Annotated[int, Depends(connection, scope="app")]) -> int:
        return number

    answers = []
    for _ in range(2):
        with TestClient(app) as client:
            answers += [client.get("/").json(), client.get("/").json()]

    assert answers == [0, 0, 1, 1]


def test_an_override_is_called_in_place_of_a_dependency_and_no_longer_than_the_call() -> None:
    app = App()

    @app.get("/")
    def read(orders: Store) -> int:
        return len(orders)

    client = TestClient(app, overrides={store: lambda: {1: Order(id=1)}})

    assert client.get("/").json() == 1
    assert app.dependency_overrides == {}
    assert TestClient(app).get("/").json() == 0


def test_the_environment_of_the_test_is_what_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    app = App()

    @app.sqs("${ORDERS_QUEUE}")
    def on_order(order: Order) -> None: ...

    found = []
    for name in ("orders-a", "orders-b"):
        monkeypatch.setenv("ORDERS_QUEUE", name)
        monkeypatch.setenv("EVENTROUTER_BATCH_FAILURES", "sqs" if name == "orders-b" else "")
        with TestClient(app) as client:
            found.append((client.sqs(name, "x").records[0].route, client.sqs(name, "x").exception is None))

    assert found == [("on_order", False), ("on_order", True)]


def test_only_an_app_is_tested() -> None:
    with pytest.raises(TypeError, match="TestClient\\(\\) takes an App, not a function"):
        TestClient(lambda event, context: None)  # type: ignore[arg-type]


def test_a_client_says_what_it_tests() -> None:
    assert repr(TestClient(App())) == "<TestClient of <App tests.testing.test_client.app>>"


# -------------------------------------------------------------------------------------------------------- time and context


def test_the_time_left_is_the_clock_s() -> None:
    clock = Clock(is_frozen=True)
    app = App()

    @app.get("/")
    def read(context: LambdaContext) -> list[int]:
        before = context.get_remaining_time_in_millis()
        clock.advance(4.5)
        middle = context.get_remaining_time_in_millis()
        clock.advance(100)
        return [before, middle, context.get_remaining_time_in_millis()]

    client = TestClient(app, clock=clock, timeout=10)

    assert client.get("/").json() == [10_000, 5_500, 0]
    assert client.get("/", timeout=60).json() == [60_000, 55_500, 0]


def test_time_does_not_run_backwards() -> None:
    with pytest.raises(ValueError, match="does not run backwards"):
        Clock().advance(-1)


def test_asynchronous_code_is_cut_off_before_the_deadline() -> None:
    app = App(margin=0.01, failures="report")

    @app.get("/")
    async def slow() -> None:
        await asyncio.Event().wait()

    @app.sqs()
    async def slow_record(text: str) -> None:
        await asyncio.Event().wait()

    client = TestClient(app, timeout=0.05, raise_exceptions=False)

    assert client.get("/").status_code == 504
    assert isinstance(client.sqs("any", "a").failed[0].exception, HandlerTimeoutError)


def test_a_stream_is_cut_off_too() -> None:
    app = App(response_stream={"function_url"})

    @app.get("/")
    async def slow() -> AsyncIterator[str]:
        yield "a"
        await asyncio.Event().wait()

    with pytest.raises(HandlerTimeoutError):
        TestClient(app, timeout=0.05).get("/")


def test_a_context_of_the_test_s_own_is_handed_on() -> None:
    app = App()

    @app.direct()
    def read(value: dict[str, int], context: LambdaContext) -> str:
        return context.function_name

    result = TestClient(app).send({}, context=LambdaContext(function_name="mine"))

    assert result.value == "mine"


def test_a_client_s_context_is_one_that_lambda_could_have_made() -> None:
    context = TestClient(App()).context(timeout=5)

    assert context.aws_request_id
    assert context.invoked_function_arn.startswith("arn:aws:lambda:")
    assert 4_000 < context.get_remaining_time_in_millis() <= 5_000


# ------------------------------------------------------------------------------------------------------------ event and file


def test_an_event_is_sent_from_where_it_stands(tmp_path: Path) -> None:
    app = App()
    app.eventbridge()(lambda: "done")
    client = TestClient(app)

    file = EVENTS / "eventbridge.json"

    assert [client.send(each).value for each in (file, str(file), file.read_bytes(), sample("eventbridge"))] == [
        "done"
    ] * 4


@pytest.mark.parametrize(
    ("content", "says"),
    [(b"{", r"event.json: the event is not JSON text"), (None, r"event.json: No such file or directory")],
)
def test_a_file_that_holds_no_event_is_named(tmp_path: Path, content: bytes | None, says: str) -> None:
    file = tmp_path / "event.json"
    if content is not None:
        file.write_bytes(content)

    with pytest.raises(FixtureError, match=says):
        TestClient(App()).send(file)


def test_a_file_of_a_source_without_routes_is_named_with_what_explain_says() -> None:
    app = App()
    app.sqs("orders")(taken)

    with pytest.raises(FixtureError) as raised:
        TestClient(app).send(EVENTS / "sns.json")

    assert "sns.json: the app has no route for it" in str(raised.value)
    assert "@app.sns(" in str(raised.value)


def test_a_file_that_no_route_of_its_source_takes_says_which_is_nearest() -> None:
    app = App(failures="report")
    app.sqs("bills")(taken)

    batch = TestClient(app).send(EVENTS / "sqs.json")

    assert "nearest: " in str(batch.failed[0].exception)


def test_an_editor_s_mark_in_front_of_a_file_is_no_harm(tmp_path: Path) -> None:
    app = App()
    app.direct()(echoed)
    file = tmp_path / "event.json"
    file.write_bytes(b"\xef\xbb\xbf{}")

    assert TestClient(app, raise_exceptions=False).send(file).source == "direct"


# -------------------------------------------------------------------------------------------------------------- asynchronous


def test_the_asynchronous_client_does_the_same() -> None:
    said = []

    @asynccontextmanager
    async def lifespan(app: App) -> AsyncIterator[None]:
        said.append("start")
        yield
        said.append("end")

    app = App(failures="report", lifespan=lifespan)

    @app.route("/", methods=["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
    async def handle(request: Request) -> str:
        return request.method

    @app.sqs("orders")
    async def on_order(order: Order) -> None: ...

    async def test() -> tuple[list[str], BatchResult, BatchResult, int, BatchResult]:
        async with AsyncTestClient(app) as client:
            texts = [
                (await getattr(client, name)("/")).text for name in ("get", "post", "put", "patch", "delete", "options")
            ]
            batch = await client.sqs("orders", Order(id=1), "x")
            return (
                texts,
                batch,
                await client.redeliver(batch),
                (await client.head("/")).status_code,
                await client.redeliver(await client.sqs("orders", Order(id=1))),
            )

    texts, batch, again, status, nothing = asyncio.run(test())

    assert texts == ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
    assert (len(batch.failed), len(again), status, len(nothing)) == (1, 1, 200, 0)
    assert said == ["start", "end"]


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_the_asynchronous_client_runs_on_either_loop(backend: str) -> None:
    app = App(response_stream={"function_url"}, failures="report")

    @app.get("/")
    async def read() -> AsyncIterator[str]:
        yield "a"
        await anyio.lowlevel.checkpoint()
        yield current_invocation().source.name

    @app.get("/slow")
    async def slow() -> None:
        await anyio.sleep_forever()

    async def test() -> tuple[str, int]:
        client = AsyncTestClient(app, raise_exceptions=False)
        return (await client.get("/")).text, (await client.get("/slow", timeout=0.05)).status_code

    assert anyio.run(test, backend=backend) == ("afunction_url", 504)


def test_an_asynchronous_test_s_own_context_is_left_as_it_was() -> None:
    app = App()
    app.get("/")(lambda: "")

    async def test() -> None:
        await AsyncTestClient(app).get("/")
        current_invocation()

    with pytest.raises(LookupError, match="no invocation is running"):
        asyncio.run(test())


def test_the_asynchronous_client_overrides_too() -> None:
    app = App()

    @app.get("/")
    def read(orders: Store) -> int:
        return len(orders)

    async def test() -> Any:
        return (await AsyncTestClient(app, overrides={store: lambda: {1: Order(id=1)}}).get("/")).json()

    assert asyncio.run(test()) == 1


def test_the_asynchronous_client_works_without_a_lifespan() -> None:
    app = App()

    @app.direct()
    async def echo(value: dict[str, int]) -> dict[str, int]:
        return value

    async def test() -> Any:
        async with AsyncTestClient(app) as client:
            return (await client.send({"a": 1})).value

    assert asyncio.run(test()) == {"a": 1}


def test_the_synchronous_client_inside_a_loop_says_which_one_to_use() -> None:
    app = App()

    @app.get("/")
    async def read() -> str:
        return ""

    async def test() -> None:
        TestClient(app).get("/")

    with pytest.raises(LoopError) as raised:
        asyncio.run(test())

    assert any("AsyncTestClient" in note for note in raised.value.__notes__)


def test_middleware_that_waits_against_its_promise_is_told() -> None:
    app = App()
    app.get("/")(lambda: "")

    @app.middleware(waits=False)
    async def layer(invocation: Any, call_next: Any) -> Any:
        await asyncio.sleep(0)
        return await call_next(invocation)

    with pytest.raises(LoopError, match="waits=False"):
        TestClient(app).get("/")
