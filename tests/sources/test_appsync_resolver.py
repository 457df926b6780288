"""AppSync's resolvers: one field, or a batch of one field for several parents."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from aws_lambda_powertools.utilities.data_classes.appsync_resolver_event import AppSyncResolverEvent
from aws_lambda_powertools.utilities.parser.models.appsync import AppSyncResolverEventModel
from pydantic import BaseModel, TypeAdapter, ValidationError

from eventrouter._sniff import sniff
from eventrouter.context import Invocation, LambdaContext
from eventrouter.errors import RegistrationError
from eventrouter.models.appsync import AnyAppSyncEvent, AppSyncBatchEvent, AppSyncEvent
from eventrouter.source import Outcome
from eventrouter.sources.appsync_resolver import SOURCE, detect, keys, records, reply, resolver

EVENTS = Path(__file__).parent / "events"
VARIANTS = ["", "-api-key", "-batch", "-amplify"]


def event(variant: str = "") -> Any:
    return json.loads((EVENTS / f"appsync_resolver{variant}.json").read_text())


def outcome(value: Any, results: dict[int, object], errors: dict[int, BaseException], batch: str = "data") -> Outcome:
    invocation = Invocation(value, LambdaContext(), SOURCE)
    return Outcome(invocation, records(value), results, errors, bind={"batch": batch})


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_form_of_resolver_event_is_told(variant: str) -> None:
    assert sniff(event(variant)).name == "appsync_resolver"


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        [None],
        {"arguments": {}},
        {"arguments": []},
        {"arguments": {}, "info": {"fieldName": "x"}},
        {"arguments": {}, "info": None, "fieldName": "x", "typeName": "Query"},
        {"name": "tool", "arguments": {"a": 1}},
    ],
)
def test_look_alikes_are_not_claimed(value: Any) -> None:
    assert not detect(value)


def test_a_batch_is_no_pipe() -> None:
    assert Invocation(event("-batch"), LambdaContext(), SOURCE).delivery == "lambda"


def test_routes_can_name_type_and_field() -> None:
    assert keys(event()) == {"type": "Query", "field": "getPost"}
    assert keys(event("-amplify")) == {"type": "Mutation", "field": "publishPost"}
    assert keys({"info": [], "fieldName": None}) == {"type": "", "field": ""}


@pytest.mark.parametrize("value", [{"id": "p-1"}, [1, 2], "text", 0, None])
def test_a_single_field_is_answered_with_the_value_itself(value: object) -> None:
    results = {} if value is None else {0: value}

    assert reply(outcome(event(), results, {})) == value


def test_an_error_of_a_single_field_is_raised_unchanged() -> None:
    error = LookupError("no such post")

    with pytest.raises(LookupError) as caught:
        reply(outcome(event(), {}, {0: error}))

    assert caught.value is error


def test_a_batch_is_answered_in_full_length_and_order() -> None:
    answer = reply(outcome(event("-batch"), {0: ["a"], 2: ["c"]}, {}))

    assert answer == [{"data": ["a"]}, {"data": None}, {"data": ["c"]}]


def test_an_item_that_failed_says_so_in_its_place() -> None:
    answer = reply(outcome(event("-batch"), {0: ["a"], 2: ["c"]}, {1: LookupError("no such post")}))

    assert answer == [
        {"data": ["a"]},
        {"data": None, "errorMessage": "no such post", "errorType": "LookupError"},
        {"data": ["c"]},
    ]


def test_what_is_no_ordinary_failure_ends_the_whole_batch() -> None:
    with pytest.raises(KeyboardInterrupt):
        reply(outcome(event("-batch"), {0: 1}, {1: KeyboardInterrupt()}))


def test_a_template_can_have_the_plain_values() -> None:
    assert reply(outcome(event("-batch"), {0: 1, 2: 3}, {}, "value")) == [1, None, 3]


def test_plain_values_have_no_room_for_an_error_so_that_it_is_raised() -> None:
    with pytest.raises(LookupError):
        reply(outcome(event("-batch"), {0: 1, 2: 3}, {1: LookupError("no such post")}, "value"))


def test_routes_name_type_and_field_in_this_order() -> None:
    pattern = resolver("Query", "getPost", batch="value")

    assert pattern.names == (("type", "Query"), ("field", "getPost"))
    assert pattern.bind == {"batch": "value"}
    assert SOURCE.paste is not None
    assert SOURCE.paste(keys(event())) == '@app.appsync("Query", "getPost")'


def test_another_form_of_batch_fails_at_registration() -> None:
    with pytest.raises(RegistrationError, match='"data" or "value"'):
        resolver(batch="list")  # type: ignore[arg-type]


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_models_take_every_form(variant: str) -> None:
    model = TypeAdapter[Any](AnyAppSyncEvent).validate_python(event(variant))

    events = model.root if isinstance(model, AppSyncBatchEvent) else [model]
    expected = [keys(record) for record in records(event(variant))]
    assert [{"type": one.type_name, "field": one.field_name} for one in events] == expected
    assert all(isinstance(one, AppSyncResolverEventModel) for one in events)


def test_a_resolver_without_info_has_an_empty_name() -> None:
    model = AppSyncEvent[dict[str, Any]](arguments={})

    assert (model.type_name, model.field_name) == ("", "")


def test_arguments_can_be_typed() -> None:
    class GetPost(BaseModel):
        postId: str

    assert AppSyncEvent[GetPost].model_validate(event()).arguments.postId == "p-1"
    with pytest.raises(ValidationError):
        AppSyncEvent[GetPost].model_validate(event() | {"arguments": {"postId": 7}})


def test_powertools_data_class_reads_each_item() -> None:
    fields = [AppSyncResolverEvent(record).field_name for record in records(event("-batch"))]

    assert fields == ["relatedPosts"] * 3
