"""What cannot work is refused when it is registered, in words, with the handler's file and line."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from typing import Annotated, Any

import pytest
from pydantic import BaseModel

from eventrouter import (
    App,
    Batch,
    Body,
    Cookie,
    Depends,
    EventStream,
    Header,
    HttpShape,
    Invocation,
    Path,
    Pattern,
    Query,
    RegistrationError,
    Response,
    Router,
    SqsRecord,
    Window,
)
from eventrouter._sniff import labels


class Order(BaseModel):
    id: int


def nothing() -> None: ...


def on_order(order: Order) -> None: ...


async def on_order_later(order: Order) -> None: ...


def on_window(order: Order | None, window: Window[dict[str, int]]) -> dict[str, int]:
    return window.state


def on_batch(batch: Batch[Order]) -> None: ...


def streams() -> Iterator[str]:
    yield "a"


async def streams_later() -> AsyncIterator[str]:
    yield "a"


def responds() -> Response:
    return Response()


def bare_function(event, context): ...  # type: ignore[no-untyped-def]
def bare_context(context): ...  # type: ignore[no-untyped-def]
def by_id(id: int) -> None: ...
def untyped(value): ...  # type: ignore[no-untyped-def]
def takes_order(order: Order) -> None: ...


def responds_or_not(order: Order) -> EventStream | None:
    return None


def per_event() -> int:
    return 1


def shares(order: Order, number: Annotated[int, Depends(per_event, scope="invocation")]) -> None: ...


def both(record: SqsRecord[Order], batch: Batch[Order]) -> None: ...


class _Store:
    """No persistence layer."""


app: Any = App()

REFUSED: list[tuple[str, Callable[[App], object], str]] = [
    ("no parentheses on a source", lambda app: app.sqs(nothing), r"@app.sqs is called: write @app.sqs\(...\)"),  # type: ignore[arg-type]
    ("no parentheses on a verb", lambda app: app.get(nothing), "@app.get is called"),  # type: ignore[arg-type]
    ("no parentheses on route", lambda app: app.route(nothing), "@app.route is called"),  # type: ignore[arg-type]
    ("a path that is no text", lambda app: app.get(7), "the path is a str, not a int"),  # type: ignore[arg-type]
    ("a path without a slash", lambda app: app.get("orders")(nothing), "a path starts with `/`"),
    ("methods as one text", lambda app: app.route("/", methods="GET"), "methods= is a list of names"),
    ("no methods", lambda app: app.route("/", methods=[]), "methods= is a list of names"),
    ("a static method", lambda app: app.get("/")(staticmethod(nothing)), "stands on a staticmethod"),
    ("not a function", lambda app: app.sqs()(7), "stands on a int"),  # type: ignore[type-var]
    ("no pattern", lambda app: app.on("sqs"), "app.on\\(\\) takes a Pattern"),  # type: ignore[arg-type]
    ("an unknown label", lambda app: app.on(Pattern("sqz"))(nothing), "'sqz' is the label of no source"),
    ("a name by keyword", lambda app: app.sqs(name="orders")(nothing), "a name comes first and without a keyword"),  # type: ignore[call-arg]
    (
        "a name where only keywords are",
        lambda app: app.eventbridge("shop.orders")(nothing),  # type: ignore[call-arg]
        "@app.eventbridge\\(\\) takes 0 positional arguments but 1 was given: it takes source=, detail_type=, detail=",
    ),
    ("a kind of change that there is not", lambda app: app.dynamodb("t", event="UPDATE"), "'UPDATE' is no kind of change"),
    ("a number for a name", lambda app: app.sqs(7)(nothing), 'queue: a name is a str, as in "orders", and not 7'),  # type: ignore[arg-type]
    ("a queue's URL", lambda app: app.sqs("https://sqs.eu-west-1.amazonaws.com/1/q"), "is no name of a queue: .*QueueName"),
    (
        "an operator without its list",
        lambda app: app.sqs(where={"total": {"numeric": [">=", 100]}})(nothing),
        "where: total: an operator stands in a list: \\[\\{'numeric': \\['>=', 100\\]\\}\\]",
    ),
    ("a bare function's event", lambda app: app.sqs()(bare_function), "parameter 'event' is that of a bare Lambda function"),
    ("a bare function's context", lambda app: app.get("/")(bare_context), "annotate it as `context: LambdaContext`"),
    ("a path nobody takes", lambda app: app.get("/{order_id}")(by_id), "nothing takes 'order_id' of the path, and 'id'"),
    ("a path without a type", lambda app: app.get("/{value}")(untyped), "parameter 'value' has no annotation: write `str`"),
    ("a model of an item", lambda app: app.dynamodb()(takes_order), "ask for Change\\[Order\\]"),
    ("too many names", lambda app: app.sqs("a", "b"), "@app.sqs\\(\\) takes from 0 to 1 positional .*: it takes name, attr"),  # type: ignore[call-arg, arg-type]
    (
        "a pattern that is none",
        lambda app: app.sqs("orders", where={"a": "b"})(nothing),
        "nothing\\(\\) \\[.*\\]: where: a: wants a list of values",
    ),
    ("an unknown option", lambda app: app.sqs(retries=3)(nothing), "there is no option retries=: there are concurrency"),  # type: ignore[call-arg]
    ("an unknown HTTP option", lambda app: app.get("/", tag="a")(nothing), "there is no option tag="),  # type: ignore[call-arg]
    ("tags that are one text", lambda app: app.get("/", tags="ab")(nothing), r'tags= is a list: write tags=\["ab"\]'),
    ("failures of another kind", lambda app: app.sqs(failures="ignore")(nothing), 'failures= is "raise" or "report"'),  # type: ignore[arg-type]
    ("a list where nobody reads it", lambda app: app.sns(failures="report")(nothing), "sns triggers take no list"),
    ("invalid of another kind", lambda app: app.sqs(invalid="skip")(nothing), 'invalid= is "retry", "drop"'),  # type: ignore[arg-type]
    ("drop where an answer is due", lambda app: app.cognito("PreSignUp", unmatched="drop")(nothing), "waits for its answer"),
    ("a margin that is no number", lambda app: app.sqs(margin="1s")(nothing), "margin= is a number of seconds"),  # type: ignore[arg-type]
    ("no concurrency", lambda app: app.sqs(concurrency=0)(nothing), "concurrency= is a whole number"),
    ("concurrency on a stream", lambda app: app.kinesis(concurrency=2)(nothing), "kinesis records keep their order"),
    ("concurrency of single events", lambda app: app.sns(concurrency=2)(nothing), "handled one after the other"),
    ("concurrency without threads", lambda app: app.sqs(concurrency=2)(on_order), r"write App\(thread_safe=True\)"),
    ("concurrency of a batch", lambda app: app.sqs(concurrency=2)(on_batch), "takes a whole batch"),
    ("concurrency and sharing", lambda app: app.sqs(concurrency=2)(shares), "scope 'invocation' would be shared"),
    ("decode that is no function", lambda app: app.sqs(decode="gzip")(on_order), "decode= is a function"),  # type: ignore[arg-type]
    ("decode without bytes", lambda app: app.s3(decode=bytes)(nothing), "decode= works on bytes"),
    ("middleware that is no list", lambda app: app.sqs(middleware=nothing)(nothing), "middleware= is a list"),  # type: ignore[arg-type]
    ("a stream to a queue", lambda app: app.sqs(response_stream=True)(nothing), "never streamed to"),
    ("idempotent without a key", lambda app: app.authorizer("*", idempotent=_Store())(nothing), "stays the same"),
    ("idempotent with no store", lambda app: app.sqs(idempotent=_Store())(on_order), "takes a persistence layer"),
    ("an idempotent generator", lambda app: app.direct(idempotent=_Store())(streams), "no one result for idempotent="),
    ("an idempotent batch", lambda app: app.sqs(idempotent=_Store())(on_batch), "takes a whole batch, so there is no one"),
    ("an idempotent window", lambda app: app.kinesis(idempotent=_Store())(on_window), "passes a window's state on"),
    ("a generator on a queue", lambda app: app.sqs()(streams), "yields, and sqs triggers never read a stream"),
    ("an async generator on a topic", lambda app: app.sns()(streams_later), "never read a stream"),
    ("a response to a queue", lambda app: app.sqs()(responds), "returns a Response, which a sqs trigger never sees"),
    ("perhaps a response to a queue", lambda app: app.sqs()(responds_or_not), "returns a EventStream"),
    ("one record and the batch", lambda app: app.sqs()(both), "is one record, and the handler is called for a whole batch"),
    ("a job nobody would end", lambda app: app.codepipeline_job()(nothing), "put_job_success_result"),
    ("an evaluation nobody would report", lambda app: app.config()(nothing), "put_evaluations"),
    ("an enrichment of nothing", lambda app: app.pipe_enrichment("sns:alerts"), "the source of a pipe"),
    ("an enrichment that streams", lambda app: app.pipe_enrichment("sqs")(streams), "never read a stream"),
    ("a router that is none", lambda app: app.include(App()), "takes a Router, not a App"),  # type: ignore[arg-type]
    ("a prefix without a slash", lambda app: app.include(Router(), prefix="shop"), 'a prefix starts with "/"'),
    ("a prefix that ends with one", lambda app: app.include(Router(), prefix="/shop/"), 'ends without one'),
    ("an expression for a schedule", lambda app: app.schedule("rate(1 day)"), "template"),
    ("what a batch is in", lambda app: app.sqs("inner", via="sns:alerts")(on_batch), "via= knows no batches"),
    ("via that names no carrier", lambda app: app.s3("photos", via="http:images")(nothing), "via="),
]  # fmt: skip


@pytest.mark.parametrize(("register", "words"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_what_cannot_work_is_refused(register: Callable[[App], object], words: str) -> None:
    app = App()

    with pytest.raises(RegistrationError, match=words):
        register(app)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"failures": "list"}, "failures="),
        ({"margin": -1}, "margin="),
        ({"invalid": "skip"}, "invalid="),
        ({"unmatched": 7}, "unmatched="),
        ({"decode": "gzip"}, "decode="),
        ({"response_stream": "function_url"}, r'is a collection of triggers: write \{"function_url"\}'),
        ({"response_stream": {"sqs"}}, "'sqs' is none of function_url"),
    ],
    ids=str,
)
def test_settings_of_the_app_are_checked(options: dict[str, Any], words: str) -> None:
    with pytest.raises(RegistrationError, match=words):
        App(**options)


def test_a_message_names_the_handler_and_its_line() -> None:
    app = App()

    with pytest.raises(RegistrationError) as caught:
        app.sqs()(streams)

    assert f"streams() [{__file__}:{streams.__code__.co_firstlineno}]" in str(caught.value)


def test_a_decorator_gives_the_function_back() -> None:
    app = App()

    assert app.sqs("orders")(on_order) is on_order
    assert app.get("/")(nothing) is nothing


def test_one_function_may_have_several_triggers() -> None:
    app = App()

    app.sqs("orders")(app.sns("orders")(app.eventbridge(source="shop")(on_order)))

    assert {route.source for route in app.routes()} >= {"sqs", "sns", "eventbridge"}


def test_two_routes_of_one_path_and_method_are_refused() -> None:
    app = App()
    app.get("/orders/{order_id}")(nothing)

    with pytest.raises(RegistrationError, match="have the same path"):
        app.get("/orders/{number}")(per_event)


def test_two_equal_claims_are_refused() -> None:
    app = App()
    app.sqs("orders")(nothing)

    with pytest.raises(RegistrationError, match="claim the same records"):
        app.sqs("orders")(on_order)


def test_a_name_from_the_environment_is_compared_when_it_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    app = App()
    app.sqs("orders")(nothing)
    app.sqs("${QUEUE}")(on_order)
    monkeypatch.setenv("QUEUE", "orders")

    with pytest.raises(RegistrationError, match="claim the same records"):
        app({"Records": [{"eventSource": "aws:sqs", "eventSourceARN": "arn:aws:sqs:eu-west-1:1:orders", "body": "{}"}]})


def test_a_queue_is_either_read_or_opened() -> None:
    app = App()
    app.sqs("images")(on_order)

    with pytest.raises(RegistrationError, match="take what is inside them"):
        app.s3("photos", via="sqs:images")(nothing)


def test_routes_of_one_envelope_agree_on_the_queue() -> None:
    app = App()
    app.s3("photos", via="sqs:images", failures="report")(nothing)

    with pytest.raises(RegistrationError, match="disagree on failures="):
        app.s3("films", via="sqs:images")(per_event)


def test_every_label_has_a_way_to_be_registered() -> None:
    app = App()

    registered = {label for label in labels() if label not in ("unknown",)}
    for label in registered:
        if label not in HTTP and label not in ("config", "codepipeline_job", "s3_object_lambda", "transfer_family"):
            app.on(Pattern(label))(per_event)

    assert HttpShape is not None


HTTP = ("function_url", "apigw_http", "apigw_rest", "alb", "vpc_lattice_v1", "vpc_lattice_v2")


def test_a_dependency_may_ask_for_the_invocation() -> None:
    app = App()

    def request_id(invocation: Invocation) -> str:
        return invocation.request_id

    @app.direct()
    def on_event(value: dict[str, int], request: Annotated[str, Depends(request_id)]) -> str:
        return request

    assert app({"a": 1}) == ""


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("include_router", "App has no 'include_router': write app.include(router, prefix=...)"),
        ("resolve", "App has no 'resolve': call the app: app(event, context)"),
        ("on_event", "App has no 'on_event': write App(lifespan=...) with a context manager, or @app.after_invocation"),
    ],
)
def test_a_name_of_another_library_s_says_what_it_is_here(name: str, hint: str) -> None:
    with pytest.raises(AttributeError) as caught:
        getattr(App(), name)

    assert str(caught.value) == hint


def test_a_marker_in_the_wrong_place_is_shown_as_it_is_to_be_written() -> None:
    def read(number: int = Query("n", ge=1)) -> None: ...  # type: ignore[assignment]

    with pytest.raises(RegistrationError, match=r"write it as Annotated\[int, Query\('n', ge=1\)\]"):
        App().get("/")(read)


@pytest.mark.parametrize(
    ("make", "hint"),
    [
        (lambda: Query(minlength=2), "Query(minlength=...): did you mean min_length=?"),
        (lambda: Body(embed=True), "Body(embed=...): write a model with one field, or a TypedDict"),
        (lambda: Header(convert_underscores=False), "Header(convert_underscores=...): name the header with alias="),
        (
            lambda: Query(default_factory=list),
            "Query(default_factory=...): write the default behind the parameter: `= ...`",
        ),
        (lambda: Query(regex="a"), "Query(regex=...): write pattern="),
        (lambda: Cookie(secure=True), "Cookie(secure=...): 'secure' is no constraint of pydantic's"),
        (
            lambda: Query(5),  # type: ignore[arg-type]
            (
                "Query(5): the first argument is the name that clients use, and a default stands behind the parameter: "
                "Annotated[..., Query()] = 5"
            ),
        ),
        (
            lambda: Path(...),  # type: ignore[arg-type]
            (
                "Path(Ellipsis): the first argument is the name that clients use, and a default stands behind the parameter: "
                "Annotated[..., Path()]"
            ),
        ),
    ],
)
def test_what_a_marker_would_ignore_is_refused(make: Callable[[], object], hint: str) -> None:
    with pytest.raises(RegistrationError) as caught:
        make()

    assert str(caught.value) == hint


def test_every_constraint_of_pydantic_is_taken() -> None:
    limits: Any = {"ge": 1, "gt": 1, "le": 1, "lt": 1, "multiple_of": 1, "allow_inf_nan": True, "strict": True}
    lengths: Any = {"max_digits": 1, "decimal_places": 1, "min_length": 1, "max_length": 1, "pattern": "a"}
    reading: Any = {"union_mode": "smart", "fail_fast": True, "discriminator": "kind", "coerce_numbers_to_str": True}
    constraints = {**limits, **lengths, **reading, "json_schema_extra": {}}

    assert Query(**constraints).constraints == constraints
