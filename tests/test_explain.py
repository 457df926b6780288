"""``app.explain`` says where an event goes and why, for every event, and tells nothing of what is in it."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import pytest
from pydantic import BaseModel

from eventrouter import App, HTTPException, LambdaContext, Pattern, PayloadError, S3Record, SnsRecord, Window, sniff
from eventrouter._explain import MAX_RECORDS
from eventrouter._explanation import MAX_SHOWN, Explanation, RecordExplanation, nearby, printable
from eventrouter._sniff import labels, source_named

EVENTS = sorted((Path(__file__).parent / "sources" / "events").glob("*.json"))
every_event = pytest.mark.parametrize("path", EVENTS, ids=[path.stem for path in EVENTS])

CANARY = "hunter2canary"


class Payment(BaseModel):
    kind: Literal["paid"]


def on_order(text: str) -> None: ...


def on_orders(text: str) -> None: ...


def on_paid(text: str) -> None: ...


def on_photo(record: S3Record) -> None: ...


def on_note(record: SnsRecord) -> None: ...


def on_value(value: dict[str, object]) -> None: ...


def read_order(order_id: str) -> None: ...


def read_line(order_id: str, line: int) -> None: ...


def nothing() -> None: ...


def raises(value: object) -> bool:
    raise KeyError(CANARY)


def refuses(value: object) -> bool:
    raise HTTPException(400, CANARY)


def load(name: str) -> Any:
    return json.loads((EVENTS[0].parent / f"{name}.json").read_text())


def message(body: str, queue: str = "orders") -> dict[str, Any]:
    return {
        "messageId": "m-1",
        "body": body,
        "attributes": {},
        "messageAttributes": {},
        "eventSource": "aws:sqs",
        "eventSourceARN": f"arn:aws:sqs:eu-west-1:123456789012:{queue}",
    }


def batch(*bodies: str, queue: str = "orders") -> dict[str, Any]:
    return {"Records": [message(body, queue) for body in bodies]}


def request(method: str, path: str) -> dict[str, Any]:
    return {
        "version": "2.0",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {},
        "requestContext": {"http": {"method": method, "path": path}, "domainName": "x.lambda-url.eu-west-1.on.aws"},
        "isBase64Encoded": False,
    }


def handlers(explanation: Explanation) -> list[str | None]:
    return [None if record.route is None else record.route.handler for record in explanation.records]


def refusals(record: RecordExplanation) -> dict[str, str]:
    return {candidate.route.handler: candidate.refusal for candidate in record.candidates}


def everything(explanation: Explanation) -> str:
    return f"{explanation}\n{json.dumps(explanation.as_dict())}"


def shop() -> App:
    """An app with several routes on one queue, and some elsewhere."""
    app = App()
    app.sqs("orders", where={"kind": ["paid"]})(on_paid)
    app.sqs("orders")(on_order)
    app.sqs("ord*")(on_orders)
    app.s3("photos", via="sqs:images")(on_photo)
    app.get("/orders/{order_id}")(read_order)
    app.get("/orders/{order_id}/lines/{line}")(read_line)
    app.route("/orders", methods=["GET", "POST"])(nothing)
    return app


def app_of_everything(where: Any) -> App:
    """Routes on every source, each with a condition on the payload."""
    app = App()
    for label in labels():
        source = source_named(label)
        assert source is not None
        if source.http is None and (source.completion == "return" or source.complete is not None):
            app.on(Pattern(label, where=where))(nothing)
    app.get("/{rest:path}")(nothing)
    return app


# ---------------------------------------------------------------------------------------------------------- every event


@every_event
def test_the_source_is_what_sniff_says(path: Path) -> None:
    event = json.loads(path.read_text())

    explanation = App().explain(event)

    assert explanation.source == sniff(event).name
    assert str(explanation).startswith(f"source        {explanation.source}")


@every_event
def test_the_data_is_json_and_bytes_are_explained_as_well(path: Path) -> None:
    data = path.read_bytes()
    app = app_of_everything({"kind": ["paid"]})

    told = app.explain(data).as_dict()

    assert json.loads(json.dumps(told)) == told == app.explain(json.loads(data)).as_dict()


def secrets(value: Any, path: list[str]) -> Iterator[tuple[Any, Any]]:
    """Container and key of every text at or below *path*, in which ``*`` stands for any key or index."""
    if path:
        keys = range(len(value)) if isinstance(value, list) else list(value) if isinstance(value, dict) else []
        for key in keys:
            if path[0] in ("*", str(key)):
                if len(path) == 1 and isinstance(value[key], str):
                    yield value, key
                yield from secrets(value[key], path[1:] or (["*"] if isinstance(value[key], dict | list) else []))


def offered(event: Any) -> str:
    """What the records of an event are routed by."""
    source = sniff(event)
    try:
        return " ".join(value for record in source.records(event) for value in source.keys(record).values())
    except PayloadError:
        return ""


@every_event
@pytest.mark.parametrize("where", [None, {"kind": ["paid"]}, raises, refuses], ids=str)
def test_no_secret_of_an_event_is_told(path: Path, where: Any) -> None:
    event = json.loads(path.read_text())
    app = app_of_everything(where)
    for secret in sniff(event).secret_paths:
        for container, key in list(secrets(event, secret.split("."))):
            before, container[key] = container[key], CANARY
            if CANARY in offered(event):  # some hold a name that routes look at
                container[key] = before

    told = everything(app.explain(event))

    assert CANARY not in told


GONE = object()


def places(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    for key, item in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield (*path, key)
        yield from places(item, (*path, key))


@every_event
def test_half_an_event_is_explained_without_a_crash(path: Path) -> None:
    event = json.loads(path.read_text())
    app = app_of_everything({"kind": ["paid"]})
    wrong: list[tuple[object, ...]] = []

    for place in places(event):
        for odd in (GONE, None, "x", [], {}, "\ud800"):
            changed = copy.deepcopy(event)
            at = changed
            for step in place[:-1]:
                at = at[step]
            if odd is GONE:
                del at[place[-1]]
            else:
                at[place[-1]] = odd
            try:
                everything(app.explain(changed))
            except Exception as error:
                wrong.append((place, odd, repr(error)))

    assert wrong == []


# -------------------------------------------------------------------------------------------------------------- evidence


@pytest.mark.parametrize(
    ("name", "evidence"),
    [
        ("sqs", [("Records.0.eventSource", "aws:sqs")]),
        ("sqs-pipes", [("0.eventSource", "aws:sqs")]),
        ("iot_authorizer", [("protocols", "(list)"), ("signatureVerified", True)]),
        ("codepipeline_job", [("CodePipeline.job", None)]),
        ("cloudwatch_logs", [("awslogs", None)]),
        ("direct", []),
        ("direct-list", []),
    ],
)
def test_the_deciding_keys_are_told_with_their_values(name: str, evidence: list[tuple[str, object]]) -> None:
    event = load(name)

    explanation = App().explain(event)

    assert explanation.evidence == evidence


def test_a_long_value_is_cut_and_an_odd_one_is_escaped() -> None:
    event = {**load("eventbridge"), "source": "shop\x1b[31m" + "x" * 500}

    explanation = App().explain(event)

    assert len(str(dict(explanation.evidence)["source"])) == 120
    assert "\x1b" not in str(explanation)
    assert "source='shop\\x1b[31mxxx" in str(explanation)


# --------------------------------------------------------------------------------------------------------------- records


def test_each_record_has_its_route_and_each_other_route_its_first_refusal() -> None:
    explanation = shop().explain(batch('{"kind": "paid"}', '{"kind": "new"}', "not JSON"))

    assert handlers(explanation) == ["on_paid", "on_order", "on_order"]
    assert [refusals(record) for record in explanation.records] == [
        {"on_paid": paid, "on_order": "", "on_orders": "", "via sqs:images": "queue='images'"}
        for paid in ("", 'payload matches {"kind":["paid"]}', "a payload that is JSON")
    ]


def test_words_say_what_the_data_says() -> None:
    explanation = shop().explain(batch('{"kind": "new"}', '{"kind": "new"}', "{}"))
    here = nearby(__file__)

    said = str(explanation)

    assert said == "\n".join(
        [
            "source        sqs, by Records.0.eventSource='aws:sqs'",
            "records       3, none without a route",
            "records 0-2   offers queue='orders'",
            f"              -> on_order [{here}:{line_of(on_order)}], which takes queue='orders'",
            f'                 on_paid [{here}:{line_of(on_paid)}] refuses: it wants payload matches {{"kind":["paid"]}}',
            f"                 via sqs:images [{here}:{line_of(on_photo)}] refuses: it wants queue='images'",
            f"                   on_photo [{here}:{line_of(on_photo)}] takes bucket='photos'",
            f"                 on_orders [{here}:{line_of(on_orders)}] would take it, but a nearer route does",
            "a failure     the invocation raises, so that the whole batch comes back; as failures='raise' in code says",
        ]
    )


def line_of(function: Any) -> int:
    line: int = function.__code__.co_firstlineno
    return line


def test_a_record_that_nobody_takes_gets_the_nearest_route_and_a_decorator() -> None:
    explanation = shop().explain(batch("{}", queue="invoices"))

    assert not explanation.is_routed
    assert explanation.unrouted == 1
    assert explanation.records[0].problem == "none accepts it"
    assert explanation.nearest == "on_paid wants queue='orders'"
    assert explanation.paste == '@app.sqs("invoices")'
    assert 'to take it    @app.sqs("invoices")' in str(explanation)


def test_an_app_without_routes_for_a_source_says_so() -> None:
    explanation = App().explain(load("s3"))

    assert explanation.records[0].problem == "the app has none for s3 events"
    assert (explanation.nearest, explanation.paste) == ("", '@app.s3("photos")')


def test_records_that_nobody_takes_are_shown_before_others_are_left_out() -> None:
    app = App()
    app.sqs("orders")(on_order)
    records = [message("{}") for _ in range(30)]
    records[25] = message("{}", queue="invoices")

    explanation = app.explain({"Records": records})

    assert [record.index for record in explanation.records] == [*range(MAX_RECORDS - 1), 25]
    assert (explanation.count, explanation.unrouted) == (30, 1)
    assert "record 25" in str(explanation) and "and 20 more" in str(explanation)


def test_many_routes_are_cut_in_words_and_whole_in_the_data() -> None:
    app = App()
    for number in range(MAX_SHOWN + 5):
        app.sqs(f"queue-{number}")(on_order)

    explanation = app.explain(batch("{}"))

    assert "and 5 more" in str(explanation)
    assert len(explanation.as_dict()["records"][0]["candidates"]) == MAX_SHOWN + 5


def test_an_arn_is_told_where_a_route_is_named_by_one() -> None:
    app = App()
    app.sqs("arn:aws:sqs:eu-west-1:123456789012:invoices")(on_order)

    said = str(app.explain(batch("{}")))

    assert "offers queue='orders', queue_arn='arn:aws:sqs:eu-west-1:123456789012:orders'" in said


def test_a_payload_that_every_condition_needs_and_that_is_no_json_is_the_problem() -> None:
    app = App()
    app.sqs(where={"kind": ["paid"]})(on_paid)

    explanation = app.explain(batch("not JSON"))

    assert explanation.records[0].problem == "payload of sqs record does not validate: (whole): json_invalid"
    assert explanation.paste == ""


@pytest.mark.parametrize(("predicate", "name"), [(raises, "KeyError"), (refuses, "HTTPException")])
def test_a_condition_that_raises_is_told_without_what_it_says(predicate: Any, name: str) -> None:
    app = App()
    app.sqs(where=predicate)(on_paid)

    explanation = app.explain(batch("{}"))

    assert explanation.records[0].problem == f"a condition raises {name}"
    assert refusals(explanation.records[0]) == {"on_paid": f"where={predicate.__name__}, which raises {name}"}
    assert CANARY not in everything(explanation)


def test_literal_fields_of_a_model_are_a_condition_in_words() -> None:
    app = App()

    @app.sqs()
    def on_kind(payment: Payment) -> None: ...

    explanation = app.explain(batch('{"kind": "new"}'))

    assert refusals(explanation.records[0]) == {"on_kind": "kind in ('paid',)"}


# ---------------------------------------------------------------------------------------------------------- environment


def test_a_name_whose_variable_is_not_set_is_told_and_fails_every_event_of_the_source(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("ORDERS_QUEUE", raising=False)
    app = App()
    app.sqs("${ORDERS_QUEUE}")(on_order)
    app.sqs("orders")(on_paid)

    explanation = app.explain(batch("{}"))

    where = f"on_order [{__file__}:{line_of(on_order)}]"
    sentence = f"environment variable ORDERS_QUEUE is not set, and route {where} is named by it"
    assert explanation.problem == sentence
    assert not explanation.is_routed
    assert refusals(explanation.records[0]) == {"on_order": f"a name that is not known: {sentence}", "on_paid": ""}
    assert f"on_paid [{nearby(__file__)}:{line_of(on_paid)}] would take it" in str(explanation).splitlines()[4]
    assert explanation.failure is not None and explanation.failure.words == "the invocation raises"


def test_what_explain_looks_at_is_looked_at_again_when_the_variable_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ORDERS_QUEUE", raising=False)
    app = App()
    app.sqs("${ORDERS_QUEUE}")(on_order)
    app.explain(batch("{}"))
    monkeypatch.setenv("ORDERS_QUEUE", "orders")

    explanation = app.explain(batch("{}"))

    assert handlers(explanation) == ["on_order"]
    assert app(batch("{}"), LambdaContext()) == {"batchItemFailures": []}


def test_two_routes_that_turn_out_to_be_one_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORDERS_QUEUE", "orders")
    app = App()
    app.sqs("${ORDERS_QUEUE}")(on_order)
    app.sqs("orders")(on_paid)

    explanation = app.explain(batch("{}"))

    assert "claim the same records" in explanation.problem
    assert refusals(explanation.records[0]) == {"on_order": "", "on_paid": ""}


# ------------------------------------------------------------------------------------------------------------- failures


@pytest.mark.parametrize(
    ("code", "variable", "reports", "decided_by", "words"),
    [
        ("raise", None, False, "failures=", "the whole batch comes back; as failures='raise' in code says"),
        ("report", None, True, "failures=", "as failures='report' in code says"),
        ("raise", "sqs", True, "EVENTROUTER_BATCH_FAILURES", "as EVENTROUTER_BATCH_FAILURES='sqs' says"),
        ("report", "kinesis", False, "EVENTROUTER_BATCH_FAILURES", "as EVENTROUTER_BATCH_FAILURES='kinesis' says"),
        ("report", "sqz", False, "EVENTROUTER_BATCH_FAILURES", "names 'sqz', which is the label of no source"),
    ],
)
def test_what_a_failed_message_means_and_who_says_so(
    monkeypatch: pytest.MonkeyPatch, code: Any, variable: str | None, reports: bool, decided_by: str, words: str
) -> None:
    if variable is None:
        monkeypatch.delenv("EVENTROUTER_BATCH_FAILURES", raising=False)
    else:
        monkeypatch.setenv("EVENTROUTER_BATCH_FAILURES", variable)
    app = App(failures=code)
    app.sqs()(on_order)

    failure = app.explain(batch("{}")).failure

    assert failure is not None
    assert (failure.reports, failure.decided_by) == (reports, decided_by)
    assert words in failure.words


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("sqs", "it comes back alone"),
        ("sqs-fifo-china", "it and what follows it in its order come back"),
        ("kinesis", "it and what follows it in its order come back"),
        ("mq_active", "the invocation raises, so that the whole batch comes back"),
        ("s3", "the invocation raises the handler's exception"),
        ("direct", "the invocation raises the handler's exception"),
        ("cognito", "a cognito trigger is told in its own way, and never of a success"),
        ("cloudformation_custom_resource", "the service is told of it by a call"),
        ("apigw_http", "the caller is answered with a status"),
    ],
)
def test_what_a_failure_means_for_each_kind_of_source(name: str, words: str) -> None:
    app = App(failures="report")

    failure = app.explain(load(name)).failure

    assert failure is not None and words in failure.words


def test_several_failures_are_one_group() -> None:
    event = load("s3")
    event["Records"] *= 2

    failure = App().explain(event).failure

    assert (
        failure is not None and failure.words == "the invocation raises the handler's exception, several as one group"
    )


def keep_record(record: object, error: object) -> None: ...


def test_records_that_are_dropped_or_handed_over_are_told() -> None:
    app = App(invalid=keep_record, unmatched="drop")
    app.sns("alerts")(on_order)

    failure = app.explain(load("sns")).failure

    assert failure is not None
    assert "; a record without a route is dropped" in failure.words
    assert "; a payload that does not validate is handed to keep_record()" in failure.words


# --------------------------------------------------------------------------------------------------------------- requests


def test_a_request_has_its_template_and_the_names_of_its_parameters() -> None:
    explanation = shop().explain(request("GET", "/orders/7/lines/2"))

    (record,) = explanation.records
    assert record.route is not None and record.route.wants == "GET /orders/{order_id}/lines/{line}"
    assert record.parameters == ("order_id", "line")
    assert record.is_routed and explanation.is_routed
    assert ", path parameters order_id, line" in str(explanation)


@pytest.mark.parametrize(("method", "path"), [("HEAD", "/orders/7"), ("GET", "/orders/"), ("POST", "/orders")])
def test_a_request_is_taken_as_it_is_when_it_is_answered(method: str, path: str) -> None:
    explanation = shop().explain(request(method, path))

    assert explanation.is_routed


def test_another_method_is_a_405_with_the_allowed_ones() -> None:
    explanation = shop().explain(request("DELETE", "/orders"))

    assert explanation.records[0].problem == "405, this path answers GET, HEAD, OPTIONS, POST"
    assert refusals(explanation.records[0]) == {"nothing": "the method GET or POST"}
    assert explanation.nearest == "nothing wants GET/POST /orders"
    assert explanation.paste == "@app.delete('/orders')"


def test_options_is_answered_without_a_route() -> None:
    explanation = shop().explain(request("OPTIONS", "/orders"))

    assert explanation.records[0].problem == (
        "it is answered with 204 all the same: this path answers GET, HEAD, OPTIONS, POST"
    )
    assert explanation.unrouted == 0


def test_without_a_get_route_a_405_allows_no_head() -> None:
    app = App()
    app.post("/orders")(nothing)

    explanation = app.explain(request("DELETE", "/orders"))

    assert explanation.records[0].problem == "405, this path answers OPTIONS, POST"


def test_another_path_is_a_404_with_the_nearest_templates() -> None:
    explanation = shop().explain(request("GET", "/order/7"))

    (record,) = explanation.records
    assert record.problem == "404, no route has this path"
    assert record.candidates[0].refusal == "the path /orders/{order_id}"
    assert explanation.nearest == "read_order wants GET /orders/{order_id}"
    assert explanation.paste == "@app.get('/order/7')"
    assert not explanation.is_routed


def test_an_app_without_http_routes_says_so() -> None:
    explanation = App().explain(request("GET", "/"))

    assert explanation.records[0].problem == "404, the app has no HTTP routes"
    assert explanation.nearest == ""


def test_a_health_check_is_answered_without_a_route() -> None:
    app = App()

    explanation = app.explain(load("alb-health-check"))

    assert explanation.is_routed
    assert "health check, which is answered with 200" in explanation.records[0].problem


def test_a_load_balancers_request_is_no_health_check() -> None:
    explanation = App().explain(load("alb"))

    assert not explanation.is_routed


# ------------------------------------------------------------------------------------------------- direct, unknown, empty


def test_a_direct_event_without_a_route_is_told_what_a_schedules_input_looks_like() -> None:
    explanation = App().explain({"job": "nightly"})

    assert any('{"eventrouter:schedule": "name", ...}' in hint for hint in explanation.hints)
    assert explanation.paste == "@app.direct()"


def test_a_direct_event_with_a_route_needs_no_hint() -> None:
    app = App()
    app.direct()(on_value)

    explanation = app.explain({"job": "nightly"})

    assert handlers(explanation) == ["on_value"]
    assert explanation.hints == []


def test_a_schedules_own_input_is_told_as_such() -> None:
    app = App()
    app.schedule("nightly")(nothing)

    explanation = app.explain({"eventrouter:schedule": "nightly", "token": CANARY})

    assert explanation.source == "eventbridge_schedule"
    assert explanation.evidence == [("eventrouter:schedule", "nightly")]
    assert handlers(explanation) == ["nothing"]
    assert "schedule's own Input" in explanation.hints[0]
    assert CANARY not in everything(explanation)


@pytest.mark.parametrize(
    ("event", "why"),
    [
        (load("unknown"), "its service is none that has a label"),
        (load("unknown-mixed"), "its records are of different services"),
        ({"Records": [{"body": CANARY}]}, "not every record names the service"),
        ({"Records": [{"eventSource": "aws:sqs"}, None]}, "not every record names the service"),
        ({"Records": [{"eventSource": [CANARY]}]}, "not every record names the service"),
    ],
)
def test_an_unknown_batch_is_told_why(event: Any, why: str) -> None:
    explanation = App().explain(event)

    assert explanation.source == "unknown"
    assert why in explanation.hints[0]
    assert explanation.paste == ""
    assert CANARY not in everything(explanation)


@pytest.mark.parametrize("name", ["unknown-empty", "s3-test-event", "cloudwatch_logs-control"])
def test_what_holds_nothing_to_route_is_acknowledged(name: str) -> None:
    explanation = App().explain(load(name))

    assert explanation.is_routed and explanation.count == 0
    assert explanation.failure is None
    assert "records       none" in str(explanation)
    assert "it is acknowledged" in str(explanation)


def test_records_that_cannot_be_read_are_the_problem() -> None:
    explanation = App().explain({"awslogs": {"data": "nope"}})

    assert explanation.problem.startswith("its records cannot be read: payload of cloudwatch_logs event")
    assert not explanation.is_routed


# ----------------------------------------------------------------------------------------------------------- pipes, windows


def test_a_pipes_list_goes_to_its_target() -> None:
    app = App()
    app.sqs()(on_order)

    explanation = app.explain(load("sqs-pipes"))

    assert (explanation.delivery, explanation.answer) == ("pipes", "target")
    assert "EventBridge Pipes, a bare list of records; the app is the pipe's target" in str(explanation)


def test_a_pipes_list_goes_to_its_enrichment() -> None:
    app = App()
    app.sqs()(on_order)
    app.pipe_enrichment("sqs:orders")(on_paid)

    explanation = app.explain(load("sqs-pipes"))

    assert (explanation.delivery, explanation.answer) == ("pipes", "enrichment")
    assert handlers(explanation) == ["on_paid"] * explanation.count
    assert explanation.records[0].route is not None and explanation.records[0].route.is_enrichment
    assert explanation.failure is not None and "an enrichment raises" in explanation.failure.words


def on_window(window: Window[dict[str, int]]) -> dict[str, int]:
    return window.state


def test_the_end_of_a_window_goes_to_the_route_of_its_stream() -> None:
    app = App()
    app.kinesis("clicks")(on_window)

    explanation = app.explain(load("kinesis-window-end"))

    assert handlers(explanation) == ["on_window"]
    assert explanation.is_routed
    assert "ends a tumbling window" in explanation.hints[0]


def test_the_end_of_a_window_that_nobody_takes_is_told() -> None:
    app = App()
    app.kinesis("orders")(on_window)

    explanation = app.explain(load("kinesis-window-end"))

    assert not explanation.is_routed
    assert explanation.paste == '@app.kinesis("clicks")'


def test_a_handler_that_does_not_ask_for_the_window_is_told() -> None:
    app = App()
    app.kinesis("clicks")(on_order)

    explanation = app.explain(load("kinesis-window"))

    assert not explanation.is_routed
    assert "-> but it does not ask for the window's state: add a parameter `window: Window[State]`" in str(explanation)


# ------------------------------------------------------------------------------------------------------------- envelopes


def inside(body: Any, app: App | None = None) -> Explanation:
    event = batch(body if isinstance(body, str) else json.dumps(body), queue="images")
    explanation = (app or shop()).explain(event)
    assert handlers(explanation) == ["via sqs:images"]
    assert explanation.records[0].inside is not None
    return explanation


def notification(text: str) -> dict[str, Any]:
    return {
        "Type": "Notification",
        "MessageId": "n-1",
        "TopicArn": "arn:aws:sns:eu-west-1:123456789012:uploads",
        "Message": text,
    }


@pytest.mark.parametrize("wrap", [lambda event: event, lambda event: notification(json.dumps(event))])
def test_the_event_inside_a_message_is_explained_where_a_route_opens_it(wrap: Any) -> None:
    explanation = inside(wrap(load("s3")))

    inner = explanation.records[0].inside
    assert inner is not None and inner.source == "s3"
    assert handlers(inner) == ["on_photo"]
    assert inner.records[0].route is not None and inner.records[0].route.via == "sqs:images"
    assert explanation.is_routed
    assert "inside:" in str(explanation)


def test_an_inner_route_of_a_topic_sees_the_notification() -> None:
    app = App()
    app.sns("uploads", via="sqs:images")(on_note)

    explanation = inside(notification(CANARY), app)

    inner = explanation.records[0].inside
    assert inner is not None and handlers(inner) == ["on_note"]
    assert CANARY not in everything(explanation)


def test_an_inner_event_that_nobody_takes_fails_its_message() -> None:
    event = load("s3")
    event["Records"][0]["s3"]["bucket"]["name"] = "invoices"

    explanation = inside(event)

    inner = explanation.records[0].inside
    assert inner is not None and not inner.is_routed and not explanation.is_routed
    assert inner.nearest == "on_photo wants bucket='photos'"
    assert inner.paste == "@app.s3(\"invoices\", via='sqs:images')"


def test_the_decorator_for_an_inner_event_without_a_name_is_whole() -> None:
    app = App()
    app.schedule("nightly", via="sqs:images")(nothing)

    explanation = inside({**load("eventbridge_schedule"), "resources": []}, app)

    inner = explanation.records[0].inside
    assert inner is not None and inner.paste == "@app.schedule(via='sqs:images')"


def test_an_inner_event_of_a_source_without_a_route_is_told() -> None:
    explanation = inside({"job": CANARY})

    inner = explanation.records[0].inside
    assert inner is not None and inner.records[0].problem == "the app has none for direct events"
    assert inner.hints == ["the routes with via='sqs:images' are for s3 events"]
    assert inner.paste == ""
    assert not explanation.is_routed
    assert CANARY not in everything(explanation)


def test_an_inner_batch_without_records_is_acknowledged() -> None:
    explanation = inside({"Records": []})

    assert explanation.is_routed
    assert "there is nothing in it to route, so it is acknowledged" in str(explanation)


CONFIRMATION = {
    "Type": "SubscriptionConfirmation",
    "Token": CANARY,
    "TopicArn": "arn:aws:sns:eu-west-1:123456789012:uploads",
}


@pytest.mark.parametrize(
    ("body", "name"), [(CONFIRMATION, "SubscriptionConfirmation"), (load("s3-test-event"), "s3:TestEvent")]
)
def test_a_control_message_is_acknowledged(body: Any, name: str) -> None:
    explanation = inside(body)

    assert explanation.is_routed
    assert f"it is a control message ({name}), which is acknowledged" in str(explanation)
    assert CANARY not in everything(explanation)


def test_a_message_that_carries_no_event_is_told() -> None:
    explanation = shop().explain(batch(CANARY, queue="images"))

    assert explanation.records[0].problem == (
        "it carries no event: payload of sqs record does not validate: (whole): json_invalid"
    )
    assert not explanation.is_routed
    assert CANARY not in everything(explanation)


def test_a_message_without_a_body_is_told() -> None:
    event = batch("{}", queue="images")
    del event["Records"][0]["body"]

    explanation = shop().explain(event)

    assert explanation.records[0].problem.startswith("it carries no event: ")
    assert not explanation.is_routed


# ---------------------------------------------------------------------------------------------------------------- routes


def test_routes_are_listed_once_each_requests_first() -> None:
    app = shop()
    app.pipe_enrichment("sqs:orders")(on_paid)
    app.schedule("nightly")(nothing)

    found = [(route.source, route.wants, route.handler, route.via) for route in app.routes()]

    assert found == [
        ("http", "GET /orders/{order_id}", "read_order", ""),
        ("http", "GET /orders/{order_id}/lines/{line}", "read_line", ""),
        ("http", "GET/POST /orders", "nothing", ""),
        ("sqs", 'queue=\'orders\', payload matches {"kind":["paid"]}', "on_paid", ""),
        ("sqs", "queue='orders'", "on_order", ""),
        ("sqs", "queue='ord*'", "on_orders", ""),
        ("s3", "bucket='photos'", "on_photo", "sqs:images"),
        ("sqs", "queue='orders'", "on_paid", ""),
        ("eventbridge_schedule", "schedule='nightly'", "nothing", ""),
    ]
    assert [route.handler for route in app.routes() if route.is_enrichment] == ["on_paid"]


def test_a_route_names_its_file_and_line() -> None:
    (route,) = [route for route in shop().routes() if route.handler == "on_order"]

    assert route.location == f"{__file__}:{line_of(on_order)}"
    assert repr(route) == "<RouteInfo sqs on_order>"


def test_a_name_from_the_environment_is_listed_as_it_is_written() -> None:
    app = App()
    app.sqs("${ORDERS_QUEUE}")(on_order)

    assert [route.wants for route in app.routes()] == ["queue='${ORDERS_QUEUE}'"]


# ----------------------------------------------------------------------------------------------------------------- words


def test_an_explanation_says_in_short_how_many_records_are_routed() -> None:
    explanation = shop().explain({"Records": [message("{}"), message("{}", queue="invoices")]})

    assert repr(explanation) == "<Explanation sqs: 1 of 2 records routed>"
    assert "records       2, 1 without a route" in str(explanation)


def test_records_of_which_others_are_said_stand_apart() -> None:
    explanation = shop().explain({"Records": [message("{}"), message("{}", queue="invoices"), message("{}")]})

    lines = [line.partition("  ")[0] for line in str(explanation).splitlines() if line.startswith("record ")]
    assert lines == ["record 0", "record 1", "record 2"]


def test_a_long_range_of_records_is_still_apart_from_what_is_said() -> None:
    explanation = Explanation("kafka", "lambda")
    explanation.count = 2_000
    explanation.records = [RecordExplanation(index, {"topic": "t"}) for index in (1_000, 1_001)]

    assert "records 1000-1001  offers topic='t'" in str(explanation)


def test_a_location_is_told_as_seen_from_here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)

    assert nearby(f"{tmp_path / 'main.py'}:3") == "main.py:3"
    assert nearby("/elsewhere/main.py:3") == "/elsewhere/main.py:3"


def test_a_location_is_told_whole_where_here_is_gone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()

    assert nearby("/elsewhere/main.py:3") == "/elsewhere/main.py:3"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("grüße, 世界", "grüße, 世界"),
        ("\x1b[31mred\x07", "\\x1b[31mred\\x07"),
        ("\u202eright to left", "\\u202eright to left"),
        ("two\nlines", "two\\nlines"),
        ("\x9b31m", "\\x9b31m"),
        ("\ud800", "\\ud800"),
    ],
)
def test_what_would_move_a_terminal_is_escaped(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_a_handlers_name_cannot_move_a_terminal() -> None:
    app = App()
    app.get("/", name="\x1b[31mred")(nothing)

    assert "\x1b" not in str(app.explain(request("GET", "/")))
