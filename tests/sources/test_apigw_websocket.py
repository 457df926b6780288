"""WebSocket connections: who is let in, what is answered, and what is never hidden."""

from __future__ import annotations

import json
import logging
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError

from eventrouter._sniff import sniff
from eventrouter.context import Invocation, LambdaContext
from eventrouter.errors import HTTPException, NoRouteError, NotReachedError, PayloadError
from eventrouter.models.apigw_websocket import WebSocketEvent
from eventrouter.response import Response
from eventrouter.source import Outcome
from eventrouter.sources.apigw_websocket import SOURCE, keys, payload, reply, websocket

EVENTS = Path(__file__).parent / "events"
CONNECT, MESSAGE, DISCONNECT = "", "-message", "-disconnect"


def event(variant: str = "") -> Any:
    return json.loads((EVENTS / f"apigw_websocket{variant}.json").read_text())


def answer(result: object = None, *, error: BaseException | None = None, variant: str = MESSAGE) -> Any:
    record = event(variant)
    results = {} if result is None else {0: result}
    errors = {} if error is None else {0: error}
    return reply(Outcome(Invocation(record, LambdaContext(), SOURCE), [record], results, errors))


@pytest.mark.parametrize("variant", ["", "-message", "-disconnect", "-abridged"])
def test_every_kind_of_event_is_told(variant: str) -> None:
    assert sniff(event(variant)) is SOURCE
    record = event(variant)
    record["requestContext"].pop("apiId", None)
    assert sniff(record) is SOURCE


def test_an_event_without_its_kind_is_told_by_its_connection() -> None:
    context = {"connectionId": "c", "domainName": "z9y8x7w6v5.example.org", "stage": "prod"}

    assert sniff({"requestContext": context, "body": "x"}) is SOURCE
    assert keys({"requestContext": context}) == {"route_key": "$default"}


@pytest.mark.parametrize(
    ("variant", "expected"),
    [("", "$connect"), ("-message", "send"), ("-disconnect", "$disconnect"), ("-abridged", "$connect")],
)
def test_routes_are_named_by_their_key(variant: str, expected: str) -> None:
    assert keys(event(variant)) == {"route_key": expected}
    assert SOURCE.address is not None and SOURCE.address(event(variant)) == expected
    assert keys({"requestContext": None}) == {"route_key": "$default"}


def test_the_payload_is_the_message() -> None:
    assert payload(event(MESSAGE)) == '{"action":"send","text":"hello"}'
    assert payload({"body": "AAEC", "isBase64Encoded": True}) == b"\0\1\2"
    assert payload(event(CONNECT)) == payload({"body": None}) == ""


@pytest.mark.parametrize("record", [{"body": "no!", "isBase64Encoded": True}, {"body": {"a": 1}}])
def test_a_message_that_cannot_be_read_is_told_without_its_content(record: Any) -> None:
    with pytest.raises(PayloadError) as caught:
        payload(record)

    assert caught.value.errors[0]["loc"] == ["body"]
    assert caught.value.__cause__ is None and "no!" not in str(caught.value)


def test_returning_nothing_accepts() -> None:
    for variant in (CONNECT, MESSAGE, DISCONNECT):
        assert answer(variant=variant) == {"statusCode": 200}


class Sent(BaseModel):
    id: int


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("hello", {"statusCode": 200, "body": "hello"}),
        ({"id": 1}, {"statusCode": 200, "body": '{"id":1}'}),
        (Sent(id=1), {"statusCode": 200, "body": '{"id":1}'}),
        ([1], {"statusCode": 200, "body": "[1]"}),
        (False, {"statusCode": 200, "body": "false"}),
        (b"\x89", {"statusCode": 200, "body": "iQ==", "isBase64Encoded": True}),
        (("late", 202), {"statusCode": 202, "body": "late"}),
        ((None, HTTPStatus.FORBIDDEN.value), {"statusCode": 403}),
        ({"statusCode": 403}, {"statusCode": 403}),
        ({"statusCode": 200, "body": {"id": 1}}, {"statusCode": 200, "body": '{"id":1}'}),
        ({"statusCode": 200, "body": "a"}, {"statusCode": 200, "body": "a"}),
        (Response(status_code=401), {"statusCode": 401}),
        (Response({"id": 1}, 200), {"statusCode": 200, "body": '{"id":1}'}),
    ],
)
def test_a_value_is_the_body_and_a_status_is_kept(value: object, expected: object) -> None:
    assert answer(value) == expected


def test_headers_of_a_response_are_sent() -> None:
    response = Response(headers={"Sec-WebSocket-Protocol": "shop.v1", "Connection": "close"})
    response.cookies.append("a=1")

    assert answer(response, variant=CONNECT) == {
        "statusCode": 200,
        "multiValueHeaders": {"sec-websocket-protocol": ["shop.v1"], "set-cookie": ["a=1"]},
    }


class Foreign:
    def __init__(self, headers: dict[str, str] | None) -> None:
        self.status_code = 403
        self.body = "no"
        self.headers = headers


def test_responses_of_other_frameworks_are_taken_by_their_parts() -> None:
    assert answer(Foreign({"X-Why": "closed"})) == {
        "statusCode": 403,
        "multiValueHeaders": {"x-why": ["closed"]},
        "body": "no",
    }
    assert answer(Foreign(None)) == {"statusCode": 403, "body": "no"}


@pytest.mark.parametrize(("value", "status"), [(True, 200), (False, 403)])
def test_true_and_false_open_and_refuse_a_connection(value: bool, status: int) -> None:
    assert answer(value, variant=CONNECT) == {"statusCode": status}


@pytest.mark.parametrize(
    ("error", "status", "detail"),
    [
        (ValueError("secret"), 500, "internal error"),
        (HTTPException(403, "closed"), 403, "closed"),
        (HTTPException(200), 500, "OK"),
        (NoRouteError("apigw_websocket", {"route_key": "$connect"}), 404, "no such route"),
        (NotReachedError(0, "there was not enough time left"), 503, "not enough time left"),
        (
            PayloadError([{"type": "missing", "loc": ["id"], "msg": "m"}]),
            422,
            [{"type": "missing", "loc": ["id"], "msg": "m"}],
        ),
    ],
)
@pytest.mark.parametrize("variant", [CONNECT, MESSAGE])
def test_a_failure_refuses_whatever_it_says(error: Exception, status: int, detail: object, variant: str) -> None:
    written = answer(error=error, variant=variant)

    assert written["statusCode"] == status
    assert json.loads(written["body"]) == {"detail": detail}


@pytest.mark.parametrize("variant", [CONNECT, MESSAGE])
@pytest.mark.parametrize(
    ("error", "is_told"),
    [
        (ValueError("broken"), True),
        (NoRouteError("apigw_websocket", {"route_key": "x"}), True),
        (HTTPException(502), True),
        (HTTPException(403), False),
        (PayloadError([]), False),
    ],
)
def test_a_failure_of_ours_is_logged_and_a_refusal_is_not(
    variant: str, error: Exception, is_told: bool, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR, "eventrouter"):
        answer(error=error, variant=variant)

    assert bool(caplog.records) is is_told
    assert not is_told or type(error).__name__ in caplog.text


def test_the_end_of_a_connection_is_best_effort(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR, "eventrouter"):
        unrouted = answer(error=NoRouteError("apigw_websocket", {}), variant=DISCONNECT)
        assert not caplog.records
        failed = answer(error=ValueError("broken"), variant=DISCONNECT)

    assert unrouted == failed == {"statusCode": 200}
    assert "ValueError" in caplog.text and "$disconnect" in caplog.text


@pytest.mark.parametrize(
    "value",
    [
        ("", 999),
        {"statusCode": "403"},
        {"statusCode": 7},
        {"statusCode": 200, "body": "a" * 200_000},
        "a" * 200_000,
        Response(status_code="no"),  # type: ignore[arg-type]
        Response(headers={"x": "a\r\nb"}),
        (object(), 200),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_an_answer_that_cannot_be_sent_refuses_and_is_logged(value: object, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR, "eventrouter"):
        written = answer(value, variant=CONNECT)

    assert written["statusCode"] == 500
    assert len(caplog.records) == 1


def test_what_is_no_exception_of_a_handler_is_raised() -> None:
    with pytest.raises(SystemExit):
        answer(error=SystemExit(1))


def test_the_factory_names_a_route_key() -> None:
    pattern = websocket("$connect", where={"a": [1]}, middleware=())

    assert pattern.sources == ("apigw_websocket",)
    assert pattern.names == (("route_key", "$connect"),)
    assert pattern.where == {"a": [1]} and pattern.options == {"middleware": ()}
    assert websocket().names == ()
    assert SOURCE.paste is not None and SOURCE.paste(keys(event())) == '@app.websocket("$connect")'


def adapter(model: Any) -> TypeAdapter[Any]:
    made: TypeAdapter[Any] = TypeAdapter(model)
    made.rebuild()
    return made


@pytest.mark.parametrize("variant", ["", "-message", "-disconnect", "-abridged"])
def test_one_model_takes_every_kind(variant: str) -> None:
    model = adapter(WebSocketEvent).validate_python(event(variant))

    assert model.request_context.connection_id == "Qx7rFdGmliACEKg="
    assert model.request_context.event_type == event(variant)["requestContext"]["eventType"]


def test_the_context_of_an_authorizer_and_a_typed_message_are_kept() -> None:
    assert adapter(WebSocketEvent).validate_python(event()).request_context.authorizer == {"principalId": "user-7"}
    assert adapter(WebSocketEvent[dict[str, str]]).validate_python(event(MESSAGE)).body == {
        "action": "send",
        "text": "hello",
    }
    with pytest.raises(ValidationError):
        adapter(WebSocketEvent).validate_python({"requestContext": {}})
