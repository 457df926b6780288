"""What holds for every source alike, on the sample events of ``tests/sources/events``: ``<label>[-<variant>].json``."""

from __future__ import annotations

import ast
import copy
import json
from collections.abc import Hashable, Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st
from pydantic import BaseModel, TypeAdapter, ValidationError

import eventrouter.sources
from eventrouter import _sniff
from eventrouter._sniff import ANCHORS, LEFT_OVER, SERVICES, sniff
from eventrouter.errors import PayloadError
from eventrouter.source import Source

EVENTS = sorted((Path(__file__).parent / "events").glob("*.json"))
NAMES = sorted(module.name for module in iter_modules(eventrouter.sources.__path__) if not module.name.startswith("_"))
SOURCES: dict[str, Source] = {name: import_module(f"eventrouter.sources.{name}").SOURCE for name in NAMES}

LABELS = {
    "sqs", "sns", "s3", "s3_batch", "s3_object_lambda", "dynamodb", "kinesis", "firehose", "kafka", "mq_active",
    "mq_rabbit", "ses", "eventbridge", "eventbridge_schedule", "eventbridge_scheduler", "apigw_rest", "apigw_http",
    "function_url", "apigw_websocket", "alb", "vpc_lattice_v1", "vpc_lattice_v2", "apigw_authorizer_token",
    "apigw_authorizer_request", "apigw_authorizer_v2", "appsync_resolver", "appsync_authorizer", "appsync_events",
    "cognito", "cloudwatch_logs", "cloudwatch_alarm", "cloudformation_custom_resource", "codecommit",
    "codepipeline_job", "config", "connect", "lex", "iot", "iot_authorizer", "documentdb", "bedrock_agent",
    "bedrock_agent_function", "secretsmanager_rotation", "transfer_family", "lambda_destination", "durable", "direct",
    "unknown",
}  # fmt: skip

every_event = pytest.mark.parametrize("path", EVENTS, ids=[path.stem for path in EVENTS])
every_source = pytest.mark.parametrize("source", SOURCES.values(), ids=str)


def label_of(path: Path) -> str:
    return path.stem.partition("-")[0]


@cache
def text_of(path: Path) -> bytes:
    return path.read_bytes()


def load(path: Path) -> Any:
    return json.loads(text_of(path))


def claims(event: object) -> list[str]:
    """The labels of every detector that claims *event*.

    Where records name their service a detector reads the first; that the others are of the same is for ``sniff`` to see.
    """
    mixed = _is_mixed(event)
    return [name for name, source in SOURCES.items() if source.detect(event) and not (mixed and source.services)]


def _is_mixed(event: Any) -> bool:
    records = event.get("Records") if isinstance(event, dict) else event
    if not isinstance(records, list):
        return False
    first: Any = records[0] if records else None
    key = "eventSource" if isinstance(first, dict) and "eventSource" in first else "EventSource"
    return any(not isinstance(record, dict) or record.get(key) != first.get(key) for record in records)


@cache
def model_of(label: str) -> TypeAdapter[Any]:
    model = SOURCES[label].model
    assert model is not None
    adapter: TypeAdapter[Any] = TypeAdapter(_named(model))
    adapter.rebuild()
    return adapter


def _named(name: str) -> Any:
    module, _, attribute = name.partition(":")
    return getattr(import_module(module), attribute)


# ---- which sources there are


def test_every_label_has_a_source_and_every_source_a_label() -> None:
    assert set(SOURCES) == LABELS
    assert set(_sniff.labels()) == LABELS


def test_every_source_has_a_sample_event() -> None:
    assert {label_of(path) for path in EVENTS} == LABELS


@every_source
def test_a_source_is_called_as_its_file(source: Source) -> None:
    assert SOURCES[source.name] is source
    assert _sniff.source_named(source.name) is source


# ---- sniffing


@every_event
def test_an_event_is_sniffed(path: Path) -> None:
    assert sniff(load(path)).name == label_of(path)
    assert sniff(text_of(path)).name == label_of(path)


@every_event
def test_exactly_one_detector_claims_an_event(path: Path) -> None:
    label = label_of(path)

    assert claims(load(path)) == ([] if label in LEFT_OVER else [label])


@every_event
def test_an_event_inside_an_envelope_is_not_claimed(path: Path) -> None:
    event = load(path)

    assert claims({"detail": event}) == claims({"body": json.dumps(event)}) == claims([[event]]) == []


def test_the_services_are_what_the_sources_say() -> None:
    assert {service: name for name, source in SOURCES.items() for service in source.services} == SERVICES


def test_the_anchors_are_what_the_sources_say() -> None:
    said: dict[str, set[str]] = {}
    for name, source in SOURCES.items():
        for anchor in source.anchors:
            said.setdefault(anchor, set()).add(name)

    assert {anchor: set(names) for anchor, names in ANCHORS.items()} == said
    assert all(len(names) == len(set(names)) for names in ANCHORS.values())


@every_event
def test_an_event_has_an_anchor_or_a_service_of_its_source(path: Path) -> None:
    event, source = load(path), SOURCES[label_of(path)]
    if source.name in LEFT_OVER:
        return
    first = event[0] if isinstance(event, list) else event
    records = event if isinstance(event, list) else event.get("Records") or [{}]
    services = {records[0].get("eventSource"), records[0].get("EventSource")}

    # The last call of a tumbling window has no record that could name its service.
    assert first.keys() & set(source.anchors) or services & set(source.services) or "window" in first


# ---- reading


@every_event
def test_an_event_parses_to_its_model(path: Path) -> None:
    model = model_of(label_of(path)).validate_python(load(path))

    for part in model if isinstance(model, list) else [model]:
        assert isinstance(part, BaseModel)


@every_event
def test_a_record_offers_text_to_routes(path: Path) -> None:
    source = SOURCES[label_of(path)]
    for record in source.records(load(path)):
        keys = source.keys(record)

        assert all(type(key) is str and type(value) is str for key, value in keys.items())
        assert {key.removesuffix("_arn") for key in keys} <= set(keys)
        if source.address is not None:
            assert isinstance(source.address(record), Hashable)
            hash(source.address(record))


@every_source
def test_nearness_is_counted_in_keys_that_records_have(source: Source) -> None:
    offered: set[str] = set()
    for path in EVENTS:
        if label_of(path) == source.name:
            for record in source.records(load(path)):
                offered.update(source.keys(record))

    assert set(source.order) <= offered


@every_event
def test_a_record_has_an_id_that_is_text(path: Path) -> None:
    source = SOURCES[label_of(path)]
    for record in source.records(load(path)):
        if source.idempotency_key is not None:
            key = source.idempotency_key(record)
            assert key is None or (isinstance(key, str) and key)
        if source.identify is not None:
            assert isinstance(source.identify(record), str | dict)


@every_event
def test_reading_changes_nothing(path: Path) -> None:
    event = load(path)
    before = copy.deepcopy(event)
    source = SOURCES[label_of(path)]

    records = source.records(event)
    for record in records:
        source.keys(record)
        for read in (source.address, source.payload, source.idempotency_key, source.identify):
            if read is not None:
                try:
                    read(record)
                except PayloadError:
                    assert read is source.payload
    if source.lanes is not None and (lane_of := source.lanes(records)) is not None:
        for record in records:
            hash(lane_of(record))
    if source.http is not None:
        for part in ("line", "query", "headers", "cookies", "body", "client"):
            getattr(source.http, part)(event)
    model_of(source.name).validate_python(event)

    assert event == before


# ---- facts


@every_source
def test_the_named_types_exist(source: Source) -> None:
    for name, role in source.types.items():
        assert isinstance(_named(name), type), name
        assert role in ("record", "event") or callable(role)


@every_source
def test_a_source_that_acts_on_names_offers_a_decorator_to_paste(source: Source) -> None:
    if source.paste is None:
        return
    hostile = dict.fromkeys(source.order, "*")
    for keys in ({}, hostile):
        ast.parse(f"{source.paste(keys)}\ndef handler(): ...")


@every_source
def test_evidence_is_no_secret(source: Source) -> None:
    for evidence in source.evidence:
        for secret in source.secret_paths:
            assert not _covers(secret.split("."), evidence.split(".")), (evidence, secret)


def _covers(secret: list[str], path: list[str]) -> bool:
    return len(secret) <= len(path) and all(part in ("*", given) for part, given in zip(secret, path, strict=False))


@every_source
def test_limits_are_positive(source: Source) -> None:
    assert source.max_response > 0
    assert source.caller_limit is None or source.caller_limit > 0


# ---- hostile values


def _words(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        yield from value
        for item in value.values():
            yield from _words(item)
    elif isinstance(value, list):
        for item in value:
            yield from _words(item)


#: The keys of AWS's own events: a value built of them looks like one of several at once.
VOCABULARY = sorted(
    {*ANCHORS, "Records", "eventSource", "EventSource", *(w for path in EVENTS for w in _words(load(path)))}
)
JUNK: st.SearchStrategy[Any] = st.sampled_from(
    [None, True, False, 0, 1, -1.5, "", "x", "1.0", "2.0", "REQUEST", "TOKEN", *SERVICES, [], {}, [None], [[]]]
)


def _objects(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.dictionaries(st.sampled_from(VOCABULARY), values, max_size=6)


HOSTILE = st.recursive(JUNK, lambda inner: st.lists(inner, max_size=3) | _objects(inner), max_leaves=25)
ANCHORED = st.dictionaries(st.sampled_from(sorted({*ANCHORS, "Records"})), HOSTILE, min_size=1, max_size=5)


def _paths(value: object, prefix: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    items: Any = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield (*prefix, key)
        yield from _paths(item, (*prefix, key))


@st.composite
def mutated(draw: st.DrawFn) -> Any:
    """A sample event with up to three values deleted, made null, or replaced with junk."""
    event = load(draw(st.sampled_from(EVENTS)))
    for _ in range(draw(st.integers(1, 3))):
        paths = list(_paths(event))
        if not paths:
            break
        *way, last = draw(st.sampled_from(paths))
        at: Any = event
        for step in way:
            at = at[step]
        if draw(st.booleans()):
            del at[last]
        else:
            at[last] = copy.deepcopy(draw(st.none() | JUNK))
    return event


@given(HOSTILE | ANCHORED | st.lists(ANCHORED, max_size=2) | mutated())
@settings(max_examples=400, deadline=None)
def test_no_detector_raises_and_no_two_claim_the_same(event: Any) -> None:
    claimed = claims(event)

    assert len(claimed) <= 1, claimed
    assert claimed in ([sniff(event).name], [])


@given(mutated())
@settings(max_examples=400, deadline=None)
def test_a_damaged_event_is_read_or_refused_in_our_words(event: Any) -> None:
    source = sniff(event)

    try:
        model_of(source.name).validate_python(event)
    except ValidationError:
        pass
    try:
        records = source.records(event)
    except PayloadError:
        return
    for record in records:
        if isinstance(record, dict):
            assert all(type(value) is str for value in source.keys(record).values())


@pytest.mark.parametrize(
    "event",
    [None, True, 0, 1.5, "", "Records", [], [[]], [None], {}, {"Records": None}, {"Records": {}}, {"Records": [None]}],
    ids=repr,
)
def test_a_value_without_shape_is_claimed_by_nobody(event: object) -> None:
    assert claims(event) == []
    assert sniff(event).name in LEFT_OVER
