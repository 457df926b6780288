"""Which route takes a record: names first, then conditions on it, and a sentence where none does."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Literal

import pytest
from pydantic import BaseModel, Field
from typing_extensions import TypedDict

from eventrouter import (
    App,
    CognitoError,
    EventBridgeEvent,
    LambdaContext,
    NameResolutionError,
    NoRouteError,
    Pattern,
    PayloadError,
    RegistrationError,
    Router,
    S3Record,
    ScheduledEvent,
    Source,
)
from eventrouter._names import may_overlap, resolve
from eventrouter.routing import MEMO_LIMIT
from tests.deliveries import (
    Run,
    dynamodb,
    eventbridge,
    failed,
    kafka,
    registered,
    s3,
    sample,
    schedule,
    sns,
    sqs,
)

ARN = "arn:aws:sqs:eu-central-1:123456789012:"


class Order(BaseModel):
    id: int


class Paid(BaseModel):
    kind: Literal["paid"]
    id: int


class Refunded(BaseModel):
    kind: Literal["refunded", "charged back"]


def taker(app: App, *routes: tuple[str, Callable[[App], Callable[..., Any]]]) -> Callable[[Any], list[str]]:
    """Registers routes that say their name; gives back who takes the records of an event."""
    taken: list[str] = []
    for name, route in routes:
        route(app)(_saying(name, taken))

    def who(event: Any) -> list[str]:
        taken.clear()
        app(event, LambdaContext())
        return list(taken)

    return who


def _saying(name: str, taken: list[str]) -> Callable[[], None]:
    def say() -> None:
        taken.append(name)

    say.__name__ = name.replace(" ", "_")
    return say


# ---- names


@pytest.mark.parametrize(
    ("name", "queue", "taken"),
    [
        ("orders", "orders", True),
        ("orders", "orders-2", False),
        ("orders", "ORDERS", False),
        ("orders-*", "orders-", True),
        ("orders-*", "orders", False),
        ("*-orders", "shop-orders", True),
        ("*", "anything", True),
        ("a*b*c", "a-b-c", True),
        ("a*b*c", "a-c-b", False),
        ("a*b*c", "a-x-c", False),
        ("aba*aba", "aba", False),
        (f"{ARN}orders", "orders", True),
        (f"{ARN}ord*", "orders", True),
        (f"{ARN}orders", "bills", False),
        ("arn:aws:sqs:us-east-1:123456789012:orders", "orders", False),
        ("${QUEUE}", "shop-dev-OrdersQueue-1AB2", True),
        ("${STAGE}-orders", "dev-orders", True),
        ("${STAGE}-${PART}", "dev-bills", True),
        ("${ARN_OF_QUEUE}", "orders", True),
        ("${ODD}", "a${STAGE}b", True),
        ("${STAGE", "${STAGE", True),
        (None, "anything", True),
    ],
)
def test_a_name_takes_its_queue(name: str | None, queue: str, taken: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable, value in {
        "QUEUE": "shop-dev-OrdersQueue-1AB2",
        "STAGE": "dev",
        "PART": "bills",
        "ARN_OF_QUEUE": f"{ARN}orders",
        "ODD": "a${STAGE}b",
    }.items():
        monkeypatch.setenv(variable, value)
    app = App(failures="report")
    app.sqs(name)(lambda: None)

    assert app(sqs("x", queue=queue), LambdaContext()) == (failed() if taken else failed("m-0"))


def test_the_nearer_name_takes_the_record() -> None:
    routes: list[tuple[str, Callable[[App], Callable[..., Any]]]] = [
        ("any", lambda app: app.sqs()),
        ("short glob", lambda app: app.sqs("orders-*")),
        ("long glob", lambda app: app.sqs("orders-eu-*")),
        ("exact", lambda app: app.sqs("orders-eu-1")),
        ("suffix", lambda app: app.sqs("*-eu-2")),
    ]
    events = [sqs("x", queue=each) for each in ("bills", "orders-us", "orders-eu-3", "orders-eu-1", "x-eu-2")]
    expected = [["any"], ["short glob"], ["long glob"], ["exact"], ["suffix"]]

    for order in (routes, routes[::-1]):
        who = taker(App(), *order)

        assert [who(event) for event in events] == expected


def test_an_exact_name_without_conditions_is_nearer_than_a_glob_with_some() -> None:
    who = taker(
        App(),
        ("exact", lambda app: app.sqs("orders")),
        ("glob", lambda app: app.sqs("o*", where={"id": [1]})),
    )

    assert who(sqs({"id": 1})) == ["exact"]


def test_records_of_several_queues_in_one_event_go_their_own_ways() -> None:
    who = taker(App(), ("orders", lambda app: app.sqs("orders")), ("bills", lambda app: app.sqs("bills")))
    event = {"Records": [*sqs("x")["Records"], *sqs("x", queue="bills")["Records"], *sqs("x")["Records"]]}

    assert who(event) == ["orders", "bills", "orders"]


def test_more_queues_than_are_remembered_are_told_apart() -> None:
    who = taker(App(), ("even", lambda app: app.sqs("*0")), ("odd", lambda app: app.sqs("*1")))

    for index in [*range(MEMO_LIMIT + 10), 0, 1]:
        assert who(sqs("x", queue=f"q{index}-{index % 2}")) == ["odd" if index % 2 else "even"]


def test_a_hand_made_record_with_an_odd_address_goes_to_whom_it_offers_nothing() -> None:
    who = taker(App(), ("named", lambda app: app.sqs("orders")), ("any", lambda app: app.sqs()))
    event = sqs("x", "y")
    event["Records"][0]["eventSourceARN"] = ["no", "text"]
    del event["Records"][1]["eventSourceARN"]

    assert who(event) == ["any", "any"]


@pytest.mark.parametrize("values", [{}, {"QUEUE": ""}], ids=["not set", "empty"])
def test_a_name_that_the_environment_does_not_know_is_an_error_that_names_it(
    values: Mapping[str, str], monkeypatch: pytest.MonkeyPatch, run: Run
) -> None:
    monkeypatch.delenv("QUEUE", raising=False)
    for variable, value in values.items():
        monkeypatch.setenv(variable, value)
    app = App()

    @app.sqs("${QUEUE}")
    def on_order(order: Order) -> None: ...

    with pytest.raises(
        NameResolutionError, match=r"variable QUEUE is not set, and route on_order \[.*test_routing.py:\d+\]"
    ):
        run(app, sqs("x"))


def test_a_name_is_resolved_when_the_first_event_arrives(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("QUEUE", raising=False)
    who = taker(App(), ("named", lambda app: app.sqs("${QUEUE}")))
    with pytest.raises(NameResolutionError):
        who(sqs("x"))

    monkeypatch.setenv("QUEUE", "orders")

    assert who(sqs("x")) == ["named"]


def test_what_a_variable_holds_is_taken_as_it_is() -> None:
    assert resolve("a-${X}-${Y}-b", {"X": "${X}", "Y": "1"}, "r") == "a-${X}-1-b"


def test_a_route_that_is_registered_later_counts(run: Run) -> None:
    app, taken = App(), list[str]()
    app.sqs()(lambda: taken.append("any"))
    run(app, sqs("x"))
    app.sqs("orders")(lambda: taken.append("named"))

    run(app, sqs("x"))

    assert taken == ["any", "named"]


def test_a_router_that_is_included_twice_adds_its_routes_once() -> None:
    app, router, taken = App(), Router(), list[str]()
    router.sqs("orders")(lambda: taken.append("once"))
    app.include(router)
    app.include(router, prefix="/again")

    app(sqs("x"), LambdaContext())

    assert taken == ["once"]


@pytest.mark.parametrize(
    ("one", "other", "meet"),
    [
        ("a", "a", True),
        ("a", "b", False),
        ("a*", "ab", True),
        ("ab", "a*", True),
        ("a*", "b", False),
        ("a*", "b*", False),
        ("a*", "ab*", True),
        ("*a", "*b", False),
        ("*a", "b*", True),
        ("a*z", "ab*yz", True),
        ("a*z", "a*y", False),
        ("a*m*z", "a*n*z", True),
        ("arn:a", "a", True),
        ("${A}", "b", True),
        (["a"], "b", True),
        ({"prefix": "a"}, "b", True),
    ],
)
def test_names_may_meet_unless_they_contradict_each_other(one: Any, other: Any, meet: bool) -> None:
    assert may_overlap(one, other) is meet
    assert may_overlap(other, one) is meet


# ---- conditions


def test_conditions_are_tried_from_the_strictest_kind_on() -> None:
    taken: list[str] = []
    app = App()

    @app.sqs("orders")
    def unconditional(text: str) -> None:
        taken.append("unconditional")

    @app.sqs("orders")
    def literal(order: Paid) -> None:
        taken.append("literal")

    @app.sqs("orders", where=lambda body: body.get("id") in (1, 2, 3))
    def predicate(text: str) -> None:
        taken.append("predicate")

    @app.sqs("orders", where={"id": [1, 2]})
    def pattern(text: str) -> None:
        taken.append("pattern")

    @app.sqs("orders", attributes={"rank": "high"})
    def attributes(text: str) -> None:
        taken.append("attributes")

    event = sqs(*[{"kind": "paid", "id": each} for each in (1, 3, 4)], {"kind": "other"}, {"id": 9})
    event["Records"][4]["messageAttributes"] = {"rank": {"stringValue": "high", "dataType": "String"}}
    app(event, LambdaContext())

    assert taken == ["pattern", "predicate", "literal", "unconditional", "attributes"]


def test_of_two_equal_kinds_the_first_that_was_registered_is_tried_first() -> None:
    who = taker(
        App(),
        ("first", lambda app: app.sqs("orders", where=lambda body: True)),
        ("second", lambda app: app.sqs("orders", where=lambda body: True)),
    )

    assert who(sqs({})) == ["first"]


@pytest.mark.parametrize(
    ("body", "taken"),
    [
        ({"kind": "paid", "id": 1}, "paid"),
        ({"kind": "charged back"}, "refunded"),
        ({"kind": "PAID"}, None),
        ({"kind": ["paid"]}, None),
        ({}, None),
        ([], None),
        ("null", None),
    ],
)
def test_literal_fields_tell_models_apart(body: object, taken: str | None) -> None:
    seen: list[str] = []
    app = App(failures="report")

    @app.sqs("orders")
    def paid(order: Paid) -> None:
        seen.append("paid")

    @app.sqs("orders")
    def refunded(order: Refunded) -> None:
        seen.append("refunded")

    answer = app(sqs(body), LambdaContext())

    assert seen == ([] if taken is None else [taken])
    assert answer == (failed("m-0") if taken is None else failed())


def test_a_record_that_its_literal_chose_and_its_model_refuses_fails_alone() -> None:
    seen: list[int] = []
    app = App(failures="report")

    @app.sqs("orders")
    def paid(order: Paid) -> None:
        seen.append(order.id)

    @app.sqs("orders")
    def other(text: str) -> None:
        raise AssertionError("never called")

    assert app(sqs({"kind": "paid"}, {"kind": "paid", "id": 1}), LambdaContext()) == failed("m-0")
    assert seen == [1]


def test_a_literal_is_compared_as_json_is() -> None:
    class One(BaseModel):
        version: Literal[1]

    class Yes(BaseModel):
        version: Literal[True]

    seen: list[str] = []
    app = App(failures="report")

    @app.sqs("orders")
    def one(order: One) -> None:
        seen.append("one")

    @app.sqs("orders")
    def yes(order: Yes) -> None:
        seen.append("yes")

    assert app(sqs('{"version": 1}', '{"version": true}', '{"version": 1.0}'), LambdaContext()) == failed("m-2")
    assert seen == ["one", "yes"]


def test_literals_of_typed_dicts_and_aliases_count_and_optional_ones_do_not() -> None:
    class Aliased(BaseModel):
        kind: Literal["aliased"] = Field(alias="type")

    class Typed(TypedDict):
        type: Literal["typed"]

    class Optional(BaseModel):
        type: Literal["aliased"] = "aliased"

    seen: list[str] = []
    app = App()

    @app.sqs("orders")
    def optional(order: Optional) -> None:
        seen.append("optional")

    @app.sqs("orders")
    def aliased(order: Aliased) -> None:
        seen.append("aliased")

    @app.sqs("orders")
    def typed(order: Typed) -> None:
        seen.append("typed")

    app(sqs({"type": "typed"}, {"type": "aliased"}, {}), LambdaContext())

    assert seen == ["typed", "aliased", "optional"]


def test_a_body_is_decoded_once_for_all_conditions(monkeypatch: pytest.MonkeyPatch) -> None:
    decoded: list[bytes] = []

    def decode(data: bytes) -> bytes:
        decoded.append(data)
        return data

    app = App(decode=decode)
    for number in range(5):
        app.sqs("orders", where={"id": [number]})(lambda: None)

    app(sqs({"id": 4}), LambdaContext())

    assert decoded == [b'{"id": 4}']


def test_conditions_read_a_body_as_their_own_route_decodes_it() -> None:
    taken: list[str] = []
    app = App(failures="report")

    def reversed_bytes(data: bytes) -> bytes:
        if not data.endswith(b"{"):
            raise ValueError
        return data[::-1]

    @app.sqs("orders", where={"id": [1]}, decode=reversed_bytes)
    def backwards(order: Order) -> None:
        taken.append("backwards")

    @app.sqs("orders", where={"id": [2]})
    def forwards(order: Order) -> None:
        taken.append("forwards")

    answer = app(sqs('{"id": 1}'[::-1], '{"id": 2}', "nope"), LambdaContext())

    assert taken == ["backwards", "forwards"]
    assert answer == failed("m-2")


def test_text_goes_to_the_route_without_a_condition() -> None:
    who = taker(
        App(),
        ("json", lambda app: app.sqs("orders", where={"id": [1]})),
        ("text", lambda app: app.sqs("orders")),
    )

    assert who(sqs("plain text", {"id": 1})) == ["text", "json"]


def test_a_body_that_every_condition_needs_and_that_is_no_json_is_invalid() -> None:
    app = App()
    app.sqs("orders", where={"id": [1]})(lambda: None)

    with pytest.raises(PayloadError, match="json_invalid"):
        app(sqs("plain text"), LambdaContext())


def test_a_predicate_that_raises_fails_its_record_alone() -> None:
    taken: list[object] = []
    app = App(failures="report")
    app.sqs("orders", where=lambda body: body["id"] > 0)(lambda: taken.append("taken"))

    assert app(sqs({}, {"id": 1}), LambdaContext()) == failed("m-0")
    assert taken == ["taken"]


def test_a_predicate_that_ends_the_process_ends_it() -> None:
    def ends(body: object) -> bool:
        raise SystemExit

    app = App()
    app.sqs("orders", where=ends)(lambda: None)

    with pytest.raises(SystemExit):
        app(sqs({}), LambdaContext())


def test_a_predicate_that_raises_a_type_error_says_so() -> None:
    app = App()
    app.sqs("orders", where=lambda body: len(body["id"]) > 0)(lambda: None)

    with pytest.raises(TypeError, match="has no len"):
        app(sqs({"id": 1}), LambdaContext())


def test_conditions_where_there_is_no_payload_look_at_the_record() -> None:
    taken: list[str] = []
    app = App()

    @app.on(Pattern("s3", where={"s3": {"object": {"size": [{"numeric": [">", 2]}]}}}))
    def on_large(record: S3Record) -> None:
        taken.append(record.key)

    @app.dynamodb("orders", where={"dynamodb": {"NewImage": {"id": {"N": ["1"]}}}})
    def on_first() -> None:
        taken.append("first")

    app(s3("a"), LambdaContext())
    app(dynamodb(1), LambdaContext())

    assert taken == ["a", "first"]


def test_the_value_of_a_tombstone_is_null() -> None:
    taken: list[str] = []
    app = App()
    app.kafka("orders", where=lambda value: value is None)(lambda: taken.append("tombstone"))
    app.kafka("orders")(lambda: taken.append("value"))

    app(kafka({"orders-0": [None, {"id": 1}]}), LambdaContext())

    assert taken == ["tombstone", "value"]


def test_a_schedule_is_nearer_than_an_event_and_what_no_schedule_takes_is_an_event() -> None:
    taken: list[str] = []
    app = App()

    @app.eventbridge(source="aws.events")
    def on_event(event: EventBridgeEvent[dict[str, Any]]) -> None:
        taken.append("event")

    @app.schedule("nightly")
    def nightly(event: ScheduledEvent) -> None:
        taken.append("nightly")

    app(schedule("nightly"), LambdaContext())
    app(schedule("hourly"), LambdaContext())

    assert taken == ["nightly", "event"]


# ---- equal claims


def equal(*routes: Callable[[App], Callable[..., Any]], handlers: Any = None) -> App:
    app = App()

    def first(text: str) -> None: ...
    def second(text: str) -> None: ...

    for route, handler in zip(routes, handlers or (first, second), strict=True):
        route(app)(handler)
    return app


def same(body: object) -> bool:
    return True


class AB(BaseModel):
    kind: Literal["a", "b"]


class BA(BaseModel):
    kind: Literal["b", "a"]


def takes_ab(order: AB) -> None: ...
def takes_ba(order: BA) -> None: ...


@pytest.mark.parametrize(
    ("routes", "handlers"),
    [
        ([lambda app: app.sqs("orders")] * 2, None),
        ([lambda app: app.sqs()] * 2, None),
        ([lambda app: app.sqs("o*")] * 2, None),
        (
            [lambda app: app.sqs("q", where={"a": [1], "b": [2]}), lambda app: app.sqs("q", where={"b": [2], "a": [1]})],
            None,
        ),
        ([lambda app: app.sqs("orders", where=same)] * 2, None),
        ([lambda app: app.sqs("orders", attributes={"a": "1"})] * 2, None),
        ([lambda app: app.sqs("orders")] * 2, (takes_ab, takes_ba)),
        ([lambda app: app.s3("b", prefix="x/")] * 2, (lambda: None, lambda: None)),
    ],
    ids=["name", "any", "glob", "where", "predicate", "attributes", "literals", "pattern items"],
)  # fmt: skip
def test_two_equal_claims_are_refused(routes: Any, handlers: Any) -> None:
    with pytest.raises(
        RegistrationError, match=r"claim the same records .*narrow one by name, where= or a Literal field"
    ):
        equal(*routes, handlers=handlers)


def test_equal_claims_are_told_with_both_places() -> None:
    with pytest.raises(
        RegistrationError, match=r"second\(\) \[.*test_routing.py:\d+\] and first\(\) \[.*test_routing.py:\d+\]"
    ):
        equal(lambda app: app.sqs("orders"), lambda app: app.sqs("orders"))


@pytest.mark.parametrize(
    "routes",
    [
        [lambda app: app.sqs("orders"), lambda app: app.sqs("bills")],
        [lambda app: app.sqs("orders"), lambda app: app.sqs("orders", where={"a": [1]})],
        [lambda app: app.sqs("orders", where={"a": [1]}), lambda app: app.sqs("orders", where={"a": [2]})],
        [
            lambda app: app.sqs("orders", where=lambda body: True),
            lambda app: app.sqs("orders", where=lambda body: True),
        ],
        [lambda app: app.sqs("orders", attributes={"a": "1"}), lambda app: app.sqs("orders", attributes={"a": "2"})],
        [lambda app: app.sqs("orders"), lambda app: app.sns("orders")],
    ],
)
def test_claims_that_differ_stand_together(routes: Any) -> None:
    app = equal(*routes)

    assert len(app.routes()) == len(routes)


def test_names_from_the_environment_are_compared_at_the_first_event(monkeypatch: pytest.MonkeyPatch, run: Run) -> None:
    monkeypatch.setenv("ONE", "orders")
    monkeypatch.setenv("TWO", "orders")
    app = equal(lambda app: app.sqs("${ONE}"), lambda app: app.sqs("${TWO}"))

    with pytest.raises(RegistrationError, match="claim the same records"):
        run(app, sqs("x"))


def test_a_name_from_the_environment_is_compared_with_a_written_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONE", "orders")
    app = equal(lambda app: app.sqs("${ONE}"), lambda app: app.sqs("orders"))

    with pytest.raises(RegistrationError, match="claim the same records"):
        app(sqs("x"), LambdaContext())


# ---- nobody takes it


def no_route(app: App, event: Any) -> str:
    with pytest.raises(NoRouteError) as caught:
        app(event, LambdaContext())
    return str(caught.value)


def test_a_record_that_nobody_takes_is_told_with_the_nearest_route_and_a_decorator() -> None:
    app = App()

    @app.sqs("orders")
    def on_order(order: Order) -> None: ...

    assert no_route(app, sqs("x", queue="shop-dev-OrdersQueue-1AB2")) == (
        "no sqs route accepts queue='shop-dev-OrdersQueue-1AB2'; nearest: on_order wants queue='orders'; "
        'to take it: @app.sqs("shop-dev-OrdersQueue-1AB2")'
    )


@pytest.mark.parametrize(
    ("route", "body", "words"),
    [
        (lambda app: app.sqs("orders", where={"id": [1]}), {"id": 2}, 'on_order wants payload matches {"id":[1]}'),
        (lambda app: app.sqs("orders", where=same_id), {"id": 2}, "on_order wants where=same_id"),
        (
            lambda app: app.sqs("orders", attributes={"rank": "high"}),
            {"id": 1},
            'on_order wants attributes match {"rank":["high"]}',
        ),
    ],
)
def test_the_first_condition_that_failed_is_told(route: Any, body: object, words: str) -> None:
    app = App()

    def on_order(order: Order) -> None: ...

    route(app)(on_order)

    assert f"nearest: {words}; to take it:" in no_route(app, sqs(body))


def same_id(body: dict[str, Any]) -> bool:
    return bool(body["id"] == 1)


def test_a_literal_that_failed_is_told() -> None:
    app = App()

    @app.sqs("orders")
    def on_paid(order: Paid) -> None: ...

    assert "nearest: on_paid wants kind in ('paid',)" in no_route(app, sqs({"kind": "hunter2"}))


def test_the_route_whose_names_fit_best_is_the_nearest() -> None:
    app = App()

    @app.s3("other", event="ObjectRemoved:*")
    def on_removed() -> None: ...

    @app.s3("photos", event="ObjectRemoved:*")
    def on_photo_removed() -> None: ...

    text = no_route(app, s3("a.jpg"))

    assert "nearest: on_photo_removed wants event='ObjectRemoved:*'" in text


def test_an_app_without_routes_for_a_source_says_what_was_offered() -> None:
    assert no_route(App(), sns("x")) == "no sns route accepts topic='alerts'; to take it: @app.sns(\"alerts\")"


def test_nothing_of_a_payload_is_told() -> None:
    app = App()
    app.eventbridge(source="shop.bills", where={"card": ["x"]})(lambda: None)

    assert "hunter2" not in no_route(app, eventbridge({"card": "hunter2"}))


def test_the_error_keeps_its_facts() -> None:
    with pytest.raises(NoRouteError) as caught:
        App()(sqs("x"), LambdaContext())

    assert (caught.value.source, caught.value.keys) == ("sqs", {"queue": "orders"})
    assert caught.value.paste == '@app.sqs("orders")'


def refusals(app: App, event: Any) -> list[str]:
    """Why each route does not take the one record of an event."""
    return [candidate.refusal for candidate in app.explain(event).records[0].candidates]


def test_every_route_says_its_first_refusal() -> None:
    app = App()
    app.sqs("orders", attributes={"rank": "high"})(lambda: None)
    app.sqs("orders", attributes={"rank": "low"}, where={"id": [1]})(lambda: None)
    app.sqs("orders", where={"id": [1]})(lambda: None)
    app.sqs("orders", where={"id": [2]})(lambda: None)
    app.sqs("bills")(lambda: None)
    app.sqs()(lambda: None)
    event = sqs({"id": 2})
    event["Records"][0]["messageAttributes"] = {"rank": {"stringValue": "low", "dataType": "String"}}

    assert sorted(refusals(app, event)) == [
        "",
        "",
        'attributes match {"rank":["high"]}',
        'payload matches {"id":[1]}',
        'payload matches {"id":[1]}',
        "queue='bills'",
    ]


def test_a_condition_on_what_is_no_json_says_so() -> None:
    app = App()
    app.sqs("orders", where={"id": [1]})(lambda: None)

    assert refusals(app, sqs("plain")) == ["a payload that is JSON"]


def test_a_route_whose_source_is_told_something_by_its_pattern_refuses_as_any_other() -> None:
    app = App()
    app.schedule("nightly")(lambda: None)

    with pytest.raises(NoRouteError, match="nearest: <lambda> wants schedule='nightly'"):
        app(schedule("hourly"), LambdaContext())


@pytest.mark.parametrize(
    ("spec", "event", "taken"),
    [
        (["ObjectCreated:Put", "${REMOVED}"], "ObjectRemoved:Delete", True),
        (["ObjectCreated:Put", "${REMOVED}"], "ObjectCreated:Copy", False),
        ([{"prefix": "ObjectCreated"}], "ObjectCreated:Copy", True),
        ({"anything-but": ["ObjectCreated:Put"]}, "ObjectCreated:Put", False),
        ({"exists": True}, "ObjectCreated:Put", True),
        ([7], "ObjectCreated:Put", False),
    ],
)
def test_a_name_may_be_a_list_or_a_pattern_item(
    spec: Any, event: str, taken: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REMOVED", "ObjectRemoved:Delete")
    seen: list[str] = []
    app = App(unmatched="drop")
    app.s3("photos", event=spec)(lambda: seen.append("taken"))

    app(s3("a", event=event), LambdaContext())

    assert seen == (["taken"] if taken else [])


def test_the_item_that_fixes_more_is_nearer() -> None:
    who = taker(
        App(),
        ("created", lambda app: app.s3("photos", event=[{"prefix": "ObjectCreated"}])),
        ("put", lambda app: app.s3("photos", event=[{"prefix": "ObjectCreated:Put"}])),
        ("not removed", lambda app: app.s3("photos", event={"anything-but": {"prefix": "ObjectRemoved"}})),
        ("text", lambda app: app.s3("photos", event=["ObjectCreated:CompleteMultipartUpload"])),
    )

    assert who(s3("a")) == ["put"]
    assert who(s3("a", event="ObjectCreated:Copy")) == ["created"]
    assert who(s3("a", event="Restore")) == ["not removed"]
    assert who(s3("a", event="ObjectCreated:CompleteMultipartUpload")) == ["text"]


# ---- sources of somebody else's


def test_keys_without_an_order_of_their_own_are_compared_too() -> None:
    def detect(event: Any) -> bool:
        return isinstance(event, dict) and "ticket" in event

    tickets = Source("tickets", detect=detect, keys=lambda record: dict(record["ticket"]))

    with registered(tickets):
        taken: list[str] = []
        app = App()
        app.on(Pattern("tickets"))(lambda: taken.append("any"))
        app.on(Pattern("tickets", [("desk", "a*")]))(lambda: taken.append("desk"))
        app.on(Pattern("tickets", [("desk", "ab"), ("floor", "1")]))(lambda: taken.append("desk and floor"))

        for ticket in ({"desk": "ab", "floor": "1"}, {"desk": "ab", "floor": "2"}, {"desk": "b"}):
            app({"ticket": ticket}, LambdaContext())

        assert taken == ["desk and floor", "desk", "any"]


# ---- what nobody takes is never let through


@pytest.mark.parametrize("name", ["cognito", "cognito-pre-authentication", "cognito-verify-auth-challenge"])
def test_a_sign_in_that_nobody_routes_is_not_let_through(name: str, run: Run) -> None:
    with pytest.raises(CognitoError, match="The request could not be handled."):
        run(App(), sample(name))


def test_a_subscription_that_nobody_routes_is_not_let_through(run: Run) -> None:
    with pytest.raises(NoRouteError):
        run(App(), sample("appsync_events-subscribe"))


@pytest.mark.parametrize("name", ["appsync_events-publish", "firehose"])
def test_a_batch_that_nobody_routes_is_raised_and_not_answered(name: str, run: Run) -> None:
    with pytest.raises(ExceptionGroup) as caught:
        run(App(), sample(name))

    assert {type(each) for each in caught.value.exceptions} == {NoRouteError}


@pytest.mark.parametrize(
    "name",
    [
        "apigw_authorizer_token",
        "apigw_authorizer_request",
        "apigw_authorizer_v2",
        "appsync_authorizer",
        "iot_authorizer",
    ],
)
def test_an_authorization_that_nobody_routes_is_an_error(name: str, run: Run) -> None:
    with pytest.raises(NoRouteError):
        run(App(), sample(name))


def test_a_rotation_that_nobody_routes_is_an_error(run: Run) -> None:
    with pytest.raises(NoRouteError):
        run(App(), sample("secretsmanager_rotation"))


def test_tasks_that_nobody_routes_fail_for_good_and_each_is_answered(run: Run) -> None:
    answer = run(App(), sample("s3_batch"))

    assert {result["resultCode"] for result in answer["results"]} == {"PermanentFailure"}
    assert [result["taskId"] for result in answer["results"]] == [
        task["taskId"] for task in sample("s3_batch")["tasks"]
    ]


@pytest.mark.parametrize(("name", "statuses"), [("apigw_websocket", {403, 404}), ("apigw_websocket-message", {404})])
def test_a_connection_or_message_that_nobody_routes_is_refused(name: str, statuses: set[int], run: Run) -> None:
    assert run(App(), sample(name))["statusCode"] in statuses


def test_a_disconnection_that_nobody_routes_is_no_error(run: Run) -> None:
    assert run(App(), sample("apigw_websocket-disconnect"))["statusCode"] == 200


@pytest.mark.parametrize(
    "name",
    [
        "appsync_resolver", "bedrock_agent", "bedrock_agent_function", "cloudwatch_alarm", "codecommit",
        "codepipeline_job", "config", "connect", "durable", "eventbridge", "eventbridge_schedule",
        "eventbridge_scheduler", "iot-thing", "lambda_destination", "lex", "s3_object_lambda", "ses",
        "ses-synchronous", "transfer_family",
    ],
)  # fmt: skip
def test_an_event_that_nobody_routes_is_raised(name: str, run: Run) -> None:
    with pytest.raises(NoRouteError):
        run(App(), sample(name))


def test_a_batch_of_questions_that_nobody_routes_is_answered_one_by_one(run: Run) -> None:
    answer = run(App(), sample("appsync_resolver-batch"))

    assert len(answer) == len(sample("appsync_resolver-batch"))
    assert all("errorMessage" in each for each in answer)


# ---- what must be called is not answered by a value


@pytest.mark.parametrize(
    "route",
    [
        lambda app: app.codepipeline_job(),
        lambda app: app.config(),
        lambda app: app.s3_object_lambda(),
    ],
    ids=["codepipeline_job", "config", "s3_object_lambda"],
)
def test_a_source_that_is_answered_by_a_call_says_so(route: Any) -> None:
    with pytest.raises(RegistrationError, match="not completed by a return value.*complete=False"):
        route(App())(lambda: None)


@pytest.mark.parametrize(
    "route",
    [
        lambda app: app.codepipeline_job(complete=False),
        lambda app: app.config(complete=False),
        lambda app: app.s3_object_lambda(complete=False),
    ],
    ids=["codepipeline_job", "config", "s3_object_lambda"],
)
def test_a_handler_that_makes_the_call_itself_may_say_so(route: Any) -> None:
    app = App()

    route(app)(lambda: None)

    assert len(app.routes()) == 1


def test_names_are_no_keyword() -> None:
    with pytest.raises(RegistrationError, match="a name comes first and without a keyword"):
        App().sqs(name="orders")(lambda: None)  # type: ignore[call-arg]


def test_a_decorator_is_called() -> None:
    def on_order(order: Order) -> None: ...

    with pytest.raises(
        RegistrationError, match=r"@app.sqs is called: write @app.sqs\(...\), or @app.sqs\(\) to take all"
    ):
        App().sqs(on_order)  # type: ignore[arg-type]


def test_the_words_of_a_route_say_all_that_it_wants() -> None:
    app = App()

    @app.sqs("orders", where={"id": [1]}, attributes={"rank": "high"})
    def on_order(order: Paid) -> None: ...

    words = next(each.wants for each in app.routes() if each.handler == "on_order")

    assert words == (
        """queue='orders', attributes match {"rank":["high"]}, payload matches {"id":[1]}, kind in ('paid',)"""
    )
    assert json.dumps(words)


def test_the_nearest_route_is_the_one_whose_name_is_most_alike() -> None:
    app = App()
    app.sqs("shipments-dev")(lambda: None)
    app.sqs("invoices-dev")(lambda: None)
    app.sqs("invoices.fifo")(lambda: None)

    with pytest.raises(NoRouteError, match="wants queue='invoices-dev'"):
        app(sqs("x", queue="invoice-dev"), LambdaContext())


def test_a_variable_that_holds_a_url_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUEUE", "https://sqs.eu-west-1.amazonaws.com/1/orders")
    app = App()
    app.sqs("${QUEUE}")(lambda: None)

    with pytest.raises(NameResolutionError, match="QUEUE holds a URL, where a name or an ARN belongs"):
        app(sqs("x"), LambdaContext())
