"""What handlers return when a plain value does not say it, and answers that are kept for who asked."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING, Any

import pytest

from eventrouter import (
    ACK,
    DROPPED,
    Allow,
    AllowDevice,
    App,
    BackgroundTasks,
    Deny,
    EventStream,
    Invocation,
    LambdaContext,
    RegistrationError,
    Request,
    SqsRecord,
)
from tests.deliveries import Run, sample, sqs

if TYPE_CHECKING:
    from tests.test_idempotency import Memory


def request(method: str = "GET", **headers: str) -> dict[str, Any]:
    event: dict[str, Any] = sample("function_url")
    event["requestContext"]["http"] |= {"method": method, "path": "/"}
    event["requestContext"].pop("authorizer", None)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return {**event, "rawPath": "/", "rawQueryString": "", "headers": named, "body": None, "isBase64Encoded": False}


# --------------------------------------------------------------------------------------------------------------- words


@pytest.mark.parametrize(("word", "name"), [(ACK, "ACK"), (DROPPED, "DROPPED")])
def test_a_word_is_shown_as_it_is_written(word: object, name: str) -> None:
    assert repr(word) == name


@pytest.mark.parametrize("word", [ACK, DROPPED], ids=repr)
@pytest.mark.parametrize(
    "same",
    [copy.copy, copy.deepcopy, lambda word: pickle.loads(pickle.dumps(word))],
    ids=["copied", "copied deep", "pickled"],
)
def test_a_word_stays_itself(word: object, same: Callable[[object], object]) -> None:
    assert same(word) is word


@pytest.mark.parametrize(
    ("answer", "shown"),
    [
        (Allow(resources="this_route", context={"token": "secret"}), "Allow(resources='this_route')"),
        (Deny(context={"token": "secret"}, principal_id="secret"), "Deny()"),
        (AllowDevice(principal_id="secret", policies=[{"Version": "2012-10-17"}]), "AllowDevice(1 policies)"),
    ],
    ids=["Allow", "Deny", "AllowDevice"],
)
def test_an_answer_shows_no_secret(answer: object, shown: str) -> None:
    assert repr(answer) == shown


# ------------------------------------------------------------------------------------------- what authorizers answer


@pytest.mark.parametrize(
    ("answer", "effects"),
    [
        (Allow(resources="this_route"), [("Allow", 1)]),
        (Allow(resources="all"), [("Allow", 1)]),
        (Deny(), [("Deny", 1)]),
    ],
    ids=repr,
)
def test_a_policy_says_what_the_handler_said(answer: object, effects: list[tuple[str, int]], run: Run) -> None:
    app = App()

    @app.authorizer()
    def on_request() -> object:
        return answer

    policy = run(app, sample("apigw_authorizer_token"))["policyDocument"]

    assert [(each["Effect"], len(_listed(each["Resource"]))) for each in policy["Statement"]] == effects


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]


def test_a_device_is_let_in_with_its_policies(run: Run) -> None:
    policy = {"Version": "2012-10-17", "Statement": [{"Action": "iot:Connect", "Effect": "Allow", "Resource": "*"}]}
    app = App()

    @app.iot_authorizer()
    def on_connect() -> AllowDevice:
        return AllowDevice(principal_id="shelf7", policies=[policy], disconnect_after_seconds=600)

    answer = run(app, sample("iot_authorizer"))

    assert (answer["isAuthenticated"], answer["principalId"], answer["disconnectAfterInSeconds"]) == (
        True,
        "shelf7",
        600,
    )


# ------------------------------------------------------------------------------------------------- what a handler holds


def test_work_for_afterwards_shows_how_much_there_is() -> None:
    tasks = BackgroundTasks()

    tasks.add_task(print, "secret")

    assert repr(tasks) == "<BackgroundTasks 1>"


def test_a_record_keeps_its_raw_form_where_a_handler_is_given_it() -> None:
    found: list[object] = []
    app = App()

    @app.sqs()
    def on_order(record: SqsRecord[dict[str, int]]) -> None:
        found.append(record.raw["body"])

    app(sqs({"id": 7}))

    assert found == ['{"id": 7}']


def test_a_record_made_by_hand_has_no_raw_form() -> None:
    record = SqsRecord[str].model_construct(body="7")

    with pytest.raises(AttributeError, match="only the record or event a handler is given keeps its raw form"):
        _ = record.raw


# ------------------------------------------------------------------------------- answers that no request can be given


class Lock:
    """No model."""


def locks() -> Lock:
    return Lock()


async def yields() -> EventStream:  # type: ignore[misc]
    yield "a"


@pytest.mark.parametrize(
    ("handler", "words"),
    [
        (locks, r"GET /: locks\(\) \[.*:\d+\]: its return annotation: .*Lock.* cannot be validated"),
        (yields, r"yields\(\) \[.*:\d+\] yields, so annotate it as AsyncIterator\[ServerSentEvent\]"),
    ],
    ids=["no model", "a stream that yields"],
)
def test_a_return_annotation_that_cannot_hold_is_refused(handler: Callable[..., object], words: str) -> None:
    app = App()

    with pytest.raises(RegistrationError, match=words):
        app.get("/")(handler)


# ------------------------------------------------------------------------------------------- answers kept for a caller


@pytest.fixture
def store() -> Memory:
    pytest.importorskip("boto3", reason="Powertools' idempotency utility imports it")
    from tests.test_idempotency import Memory

    return Memory()


def counting(store: Memory) -> App:
    """An app that counts its orders, each of which is placed once."""
    app, count = App(), iter(range(1, 100))

    @app.post("/", idempotent=store)
    def on_order() -> dict[str, int]:
        return {"order": next(count)}

    return app


def order_of(app: App, event: dict[str, Any]) -> Any:
    return json.loads(app(event, LambdaContext())["body"]).get("order")


def test_a_request_that_is_sent_again_has_the_same_answer(store: Memory) -> None:
    app = counting(store)

    assert [order_of(app, request("POST", idempotency_key=key)) for key in ("a", "b", "a")] == [1, 2, 1]


def test_a_request_without_a_key_is_refused(store: Memory) -> None:
    app = counting(store)

    answer = app(request("POST"), LambdaContext())

    assert (answer["statusCode"], json.loads(answer["body"])["detail"]) == (
        400,
        "the Idempotency-Key header is required",
    )


@pytest.mark.parametrize(
    "caller",
    [
        lambda name: {"authorizer": {"principalId": name}},
        lambda name: {"authorizer": {"claims": {"sub": name}}},
        lambda name: {"authorizer": {"jwt": {"claims": {"sub": name}}}},
        lambda name: {"authorizer": {"iam": {"userArn": name}}},
        lambda name: {"authorizer": {"lambda": {"role": "admin", "user": name}}},
        lambda name: {"identity": {"userArn": name}},
        lambda name: {"identity": {"principal": name}},
    ],
    ids=["principal", "claims", "JWT", "IAM", "Lambda", "REST IAM", "VPC Lattice IAM"],
)
def test_an_answer_is_kept_for_the_caller_who_asked(caller: Callable[[str], dict[str, Any]], store: Memory) -> None:
    app = counting(store)

    def asked_by(name: str) -> dict[str, Any]:
        event = request("POST", idempotency_key="a")
        return {**event, "requestContext": {**event["requestContext"], **caller(name)}}

    assert [order_of(app, asked_by(name)) for name in ("ada", "bob", "ada")] == [1, 2, 1]


async def later(request: Request) -> AsyncIterator[str]:
    yield "a"


def test_a_stream_is_no_answer_to_keep(store: Memory) -> None:
    app = App()

    with pytest.raises(RegistrationError, match="yields, so there is no one result for idempotent= to keep"):
        app.post("/", idempotent=store)(later)


def test_an_invocation_that_is_retried_has_the_same_answer(store: Memory) -> None:
    app, count = App(), iter(range(1, 100))

    @app.direct(idempotent=store)
    def on_event(invocation: Invocation) -> int:
        return next(count)

    answers = [app({"id": 7}, LambdaContext(aws_request_id=each)) for each in ("r-1", "r-2", "r-1")]

    assert answers == [1, 2, 1]
