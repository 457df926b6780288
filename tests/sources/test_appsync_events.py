"""AppSync Events: what is published, and who may subscribe."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from aws_lambda_powertools.utilities.parser.models.appsync_events import AppSyncEventsModel
from pydantic import BaseModel

from eventrouter._sniff import sniff
from eventrouter.answers import DROPPED, Deny
from eventrouter.context import Invocation, LambdaContext
from eventrouter.errors import NoRouteError, PayloadError, ReplyError
from eventrouter.models.appsync import AppSyncEventsEvent
from eventrouter.source import Outcome
from eventrouter.sources.appsync_events import SOURCE, channel, detect, keys, payload, records, reply

EVENTS = Path(__file__).parent / "events"


def event(variant: str) -> Any:
    return json.loads((EVENTS / f"appsync_events-{variant}.json").read_text())


def answer(value: Any, results: dict[int, object], errors: dict[int, BaseException] | None = None) -> Any:
    return reply(Outcome(Invocation(value, LambdaContext(), SOURCE), records(value), results, errors or {}))


@pytest.mark.parametrize("variant", ["publish", "subscribe"])
def test_both_operations_are_told(variant: str) -> None:
    assert sniff(event(variant)).name == "appsync_events"


@pytest.mark.parametrize("info", [None, {}, {"operation": "PUBLISH"}, {"operation": ["PUBLISH"], "channel": {}}])
def test_half_an_event_is_not_claimed(info: object) -> None:
    assert not detect(event("publish") | {"info": info})
    assert not detect([event("publish")])


def test_routes_can_name_channel_namespace_and_operation() -> None:
    expected = {"channel": "/chat/room-1", "namespace": "chat", "operation": "PUBLISH"}

    assert [keys(record) for record in records(event("publish"))] == [expected] * 3
    assert keys({"info": None}) == {"channel": "", "namespace": "", "operation": ""}


# ---- publish


def test_each_published_event_is_a_record_of_its_own() -> None:
    published = records(event("publish"))

    assert [payload(record) for record in published] == [{"text": "hello"}, {"text": ""}, "just text"]


def test_the_event_is_not_changed_by_being_split() -> None:
    whole = event("publish")

    records(whole)

    assert whole == event("publish")


def test_nothing_published_is_answered_with_nothing() -> None:
    assert answer(event("publish") | {"events": None}, {}) == {"events": []}


@pytest.mark.parametrize("events", ["x", {"id": 1}, [None], [{"payload": 1}]])
def test_published_events_without_ids_cannot_be_opened(events: object) -> None:
    with pytest.raises(PayloadError, match="appsync_events event"):
        records(event("publish") | {"events": events})


def test_every_id_comes_back_in_order_with_payload_or_error() -> None:
    reply = answer(event("publish"), {0: {"text": "HELLO"}, 2: "x"}, {1: ValueError("empty")})

    assert reply == {
        "events": [
            {"id": "e-1", "payload": {"text": "HELLO"}},
            {"id": "e-2", "error": "empty"},
            {"id": "e-3", "payload": "x"},
        ]
    }


def test_an_error_without_text_is_told_by_its_name() -> None:
    reply = answer(event("publish"), {0: 1, 2: 1}, {1: KeyError()})

    assert reply["events"][1] == {"id": "e-2", "error": "KeyError"}


def test_an_event_can_be_left_out_on_purpose() -> None:
    reply = answer(event("publish"), {0: 1, 1: DROPPED, 2: 3})

    assert [each["id"] for each in reply["events"]] == ["e-1", "e-3"]


def test_a_handler_that_returns_nothing_is_an_error() -> None:
    with pytest.raises(ReplyError, match="a publish cannot be answered with None"):
        answer(event("publish"), {0: 1, 2: 3})


@pytest.mark.parametrize("error", [NoRouteError("appsync_events", {}), KeyboardInterrupt()])
def test_what_is_no_fault_of_the_event_is_raised(error: BaseException) -> None:
    with pytest.raises(type(error)):
        answer(event("publish"), {0: 1, 2: 3}, {1: error})


# ---- subscribe


def test_none_lets_the_client_in() -> None:
    assert answer(event("subscribe"), {}) is None


@pytest.mark.parametrize("no", [Deny(), {"error": "Unauthorized"}])
def test_a_client_can_be_refused(no: object) -> None:
    assert answer(event("subscribe"), {0: no}) == {"error": "Unauthorized"}


@pytest.mark.parametrize("value", [False, True, 0, "no", {}, {"error": ""}, {"error": None}, {"events": []}], ids=repr)
def test_nothing_else_turns_into_a_yes(value: object) -> None:
    with pytest.raises(ReplyError, match="a subscribe cannot be answered with"):
        answer(event("subscribe"), {0: value})


@pytest.mark.parametrize("error", [NoRouteError("appsync_events", {}), ValueError("x")])
def test_an_unrouted_or_failing_subscribe_is_raised(error: Exception) -> None:
    with pytest.raises(type(error)):
        answer(event("subscribe"), {}, {0: error})


def test_a_subscribe_has_no_payload() -> None:
    assert payload(event("subscribe")) is None


# ---- route and model


def test_routes_name_channel_namespace_and_operation() -> None:
    pattern = channel("/chat/*", namespace="chat", operation="PUBLISH", where={"text": [{"exists": True}]})

    assert pattern.names == (("channel", "/chat/*"), ("namespace", "chat"), ("operation", "PUBLISH"))
    assert pattern.where == {"text": [{"exists": True}]}
    assert SOURCE.paste is not None
    assert SOURCE.paste(keys(event("subscribe"))) == '@app.appsync_events("/chat/*", operation="SUBSCRIBE")'


def test_the_payload_can_be_typed() -> None:
    class Chat(BaseModel):
        text: str

    model = AppSyncEventsEvent[Chat].model_validate(records(event("publish"))[0])

    assert isinstance(model, AppSyncEventsModel)
    assert model.events is not None
    assert [each.payload.text for each in model.events] == ["hello"]
    assert model.channel == "/chat/room-1"
