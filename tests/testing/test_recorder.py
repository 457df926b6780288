"""The recorder: what is secret in an event stays out of the files, and a file is still the event; nothing else is disturbed."""

from __future__ import annotations

import base64
import copy
import gzip
import json
import logging
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st

from eventrouter import (
    App,
    HTTPException,
    LambdaContext,
    PayloadError,
    ProcessingFailed,
    RegistrationError,
    Source,
    parse,
    sniff,
)
from eventrouter._sniff import labels, source_named
from eventrouter.app import new_invocation
from eventrouter.testing import Recorder
from eventrouter.testing._kinds import alike, is_name, is_secret
from eventrouter.testing._places import BODIES, ENCODED, KEPT, WORDS
from eventrouter.testing._redaction import compiled, redacted
from tests.test_canary import CANARY, is_told, leaves, planted

EVENTS = sorted((Path(__file__).parent.parent / "sources" / "events").glob("*.json"))
every_event = pytest.mark.parametrize("path", EVENTS, ids=[path.stem for path in EVENTS])


def load(name: str) -> Any:
    return json.loads((Path(EVENTS[0]).parent / f"{name}.json").read_text())


def sqs(*bodies: str, **fields: Any) -> Any:
    record = load("sqs")["Records"][1]
    return {
        "Records": [{**record, "messageId": f"m-{index}", "body": body, **fields} for index, body in enumerate(bodies)]
    }


def request(**fields: Any) -> Any:
    return {**load("function_url"), **fields}


def recorded(folder: Path) -> list[Any]:
    """The events in a folder."""
    return [json.loads(path.read_text()) for path in sorted(folder.glob("*.json"))]


def kept(folder: Path, event: Any, **settings: Any) -> Any:
    """What is left of an event in a file."""
    awaited(Recorder(folder / "recorded", **settings)(invocation_of(event), answers(None)))
    (file,) = (folder / "recorded").iterdir()
    found = json.loads(file.read_text())
    file.unlink()
    return found


def invocation_of(event: Any) -> Any:
    return new_invocation(event, LambdaContext("r-1"))


def answers(answer: Any) -> Any:
    """The rest of an app."""

    async def call_next(invocation: Any) -> Any:
        return answer

    return call_next


def awaited(coroutine: Any) -> Any:
    """What a layer answers that waits for nothing else."""
    with pytest.raises(StopIteration) as done:
        coroutine.send(None)
    return done.value.value


def send(app: App, event: Any, request_id: str = "r-1") -> Any:
    """Send an event; whether it is handled is of no account."""
    try:
        return app(event, LambdaContext(request_id))
    except Exception:
        return None


def offers(event: Any) -> list[dict[str, str]]:
    """What its records are routed by."""
    source = sniff(event)
    return [dict(source.keys(record)) for record in source.records(event)]


def everything(value: Any) -> Iterator[str]:
    """Every text in a JSON value, and what is in it where it is JSON or base64."""
    match value:
        case dict():
            for key, item in value.items():
                yield key
                yield from everything(item)
        case list():
            for item in value:
                yield from everything(item)
        case str():
            yield value
            yield from inside(value)


def inside(text: str) -> Iterator[str]:
    try:
        data = base64.b64decode(text, validate=True)
        yield (gzip.decompress(data) if data.startswith(b"\x1f\x8b") else data).decode("utf-8", "replace")
    except (ValueError, OSError):
        return


def is_secret_place(event: Any, place: tuple[str | int, ...]) -> bool:
    """Whether a place is one whose value is redacted by default."""
    source = sniff(event)
    if any(is_at(path, place) for path in KEPT.get(source.name, ())):
        return False
    paths = (*source.secret_paths, *BODIES.get(source.name, ()))
    return any(is_at(path, place) for path in paths) or any(is_secret(step) for step in place if isinstance(step, str))


def is_at(path: str, place: tuple[str | int, ...]) -> bool:
    """Whether a place is where a dotted path leads to, or below that."""
    steps = path.split(".") if path else []
    return len(steps) <= len(place) and all(one in ("*", str(other)) for one, other in zip(steps, place, strict=False))


# ---------------------------------------------------------------------------------------------------------------- secrets


@every_event
def test_what_is_secret_never_reaches_a_file(path: Path, tmp_path: Path) -> None:
    event = json.loads(path.read_text())
    leaks = []

    for place in leaves(event):
        changed = planted(event, place)
        if is_secret_place(changed, place) and not is_told(changed, place):
            found = kept(tmp_path, changed)
            if any(CANARY in text for text in everything(found)):
                leaks.append(place)

    assert leaks == []


@every_event
def test_a_secret_in_base64_never_reaches_a_file(path: Path, tmp_path: Path) -> None:
    event = json.loads(path.read_text())
    source = sniff(event)
    leaks = []

    for place in leaves(event):
        for encoded in ENCODED.get(source.name, ()):
            if not is_at(encoded, place) or len(place) != len(encoded.split(".")):
                continue
            for secret in (CANARY, json.dumps({"a": [CANARY]}), f'{{"token": "{CANARY}"}}'):
                for data in (secret.encode(), gzip.compress(secret.encode()), b"\xff" + secret.encode()):
                    changed = copy.deepcopy(event)
                    where = changed
                    for step in place[:-1]:
                        where = where[step]
                    where[place[-1]] = base64.b64encode(data).decode()
                    if any(CANARY in text for text in everything(kept(tmp_path, changed))):
                        leaks.append((place, secret))

    assert leaks == []


SECRETS = ["authorization", "Cookie", "X-Amz-Security-Token", "x-api-key", "Set-Cookie", "client_secret", "X-Signature"]


@pytest.mark.parametrize("bodies", [False, True])
@pytest.mark.parametrize("name", [*SECRETS, "password", "accessToken", "awsCredentials"])
@pytest.mark.parametrize(
    "event",
    [
        lambda name: request(headers={name: CANARY}),
        lambda name: {**load("alb-multi-value"), "multiValueHeaders": {name: ["one", CANARY]}},
        lambda name: {**load("apigw_rest"), "multiValueQueryStringParameters": {name: [CANARY]}},
        lambda name: request(queryStringParameters={name: CANARY}, rawQueryString=f"a=1&{name}={CANARY}"),
        lambda name: request(cookies=[f"theme=dark; {name}={CANARY}"]),
        lambda name: request(headers={"cookie": f"a=1; {name}={CANARY}"}),
        lambda name: request(rawQueryString=CANARY),
        lambda name: request(body=json.dumps({"user": {name: CANARY}})),
        lambda name: request(body=json.dumps([{"name": name, "value": CANARY}])),
        lambda name: request(
            body=f"a=1&{name}={CANARY}", headers={"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
        ),
        lambda name: request(body=f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{CANARY}\r\n--x--'),
        lambda name: request(body=f"<{name}>{CANARY}</{name}>"),
        lambda name: request(body=f"the {name}: {CANARY}, the {name}={CANARY}"),
        lambda name: request(
            body=base64.b64encode(json.dumps({name: [CANARY]}).encode()).decode(), isBase64Encoded=True
        ),
        lambda name: sqs(json.dumps({"nested": json.dumps({name: {"deep": CANARY}})})),
        lambda name: sqs(f"see https://shop.example/?a=1&{name}={CANARY}"),
        lambda name: {**load("vpc_lattice_v1"), "raw_path": f"/orders?a=1&{name}={CANARY}"},
        lambda name: {**load("eventbridge"), "detail": {"list": [{"Key": name, "Value": CANARY}]}},
        lambda name: {name: CANARY},
    ],
)
def test_what_has_the_name_of_a_secret_never_reaches_a_file(
    tmp_path: Path, event: Callable[[str], Any], name: str, bodies: bool
) -> None:
    found = kept(tmp_path, event(name), bodies=bodies)

    assert not any(CANARY in text for text in everything(found))


@pytest.mark.parametrize(
    "text",
    [
        f"https://nora:{CANARY}@shop.example/",
        f"Bearer {CANARY}",
        f"eyJhbGciOiJub25lIn0.eyJ{CANARY}.c2ln",
        f"-----BEGIN RSA PRIVATE KEY-----\n{CANARY}\n-----END RSA PRIVATE KEY-----",
        f"see https://shop.example/orders?id={CANARY}",
        f"/orders?id={CANARY}",
    ],
)
def test_what_looks_like_a_secret_never_reaches_a_file(tmp_path: Path, text: str) -> None:
    found = kept(tmp_path, sqs(text), bodies=True)

    assert not any(CANARY in text for text in everything(found))


@pytest.mark.parametrize("value", [CANARY, f"{CANARY}/x"])
def test_a_secret_in_a_path_is_redacted_where_its_template_names_it(tmp_path: Path, value: str) -> None:
    event = {
        **load("apigw_rest"),
        "resource": "/reset/{token}",
        "path": f"/reset/{value}",
        "pathParameters": {"token": value},
        "headers": {"x-original-url": f"/reset/{value}"},
    }

    found = kept(tmp_path, event)

    assert not any(CANARY in text for text in everything(found))
    assert found["path"] == "/reset/redacted"


def test_what_routes_match_on_stays(tmp_path: Path) -> None:
    event = {**load("secretsmanager_rotation")}

    found = kept(tmp_path, event)

    assert found["SecretId"] == event["SecretId"]


def test_keys_that_look_like_data_are_redacted_where_values_are(tmp_path: Path) -> None:
    event = {"users": {"nora@shop.example": 1, "4711-0815-42": 2, "name": 3, "x" * 49: 4, "redacted4": 5}}

    found = kept(tmp_path, event)

    assert found == {"users": {"redacted0": 0, "redacted1": 0, "name": 0, "redacted3": 0, "redacted4": 0}}


@pytest.mark.parametrize("key", ["\0mode", "*", "", ".", "0"])
def test_any_key_is_a_key(tmp_path: Path, key: str) -> None:
    found = kept(tmp_path, {**load("eventbridge"), key: {"a": "b"}})

    assert found[key] == {"a": "b"}


def test_names_of_what_is_redacted_do_not_collide(tmp_path: Path) -> None:
    found = kept(tmp_path, {"redacted1": 1, "nora@shop.example": 2})

    assert found == {"redacted1": 0, "redacted2": 0}


# ----------------------------------------------------------------------------------------------------- still the same event


@pytest.mark.parametrize("bodies", [False, True])
@every_event
def test_a_recorded_event_is_recognised_and_routed_like_the_one_it_was_made_of(
    path: Path, tmp_path: Path, bodies: bool
) -> None:
    event = json.loads(path.read_text())

    found = kept(tmp_path, event, bodies=bodies)

    assert sniff(found) is sniff(event)
    assert offers(found) == offers(event)


@pytest.mark.parametrize("bodies", [False, True])
@every_event
def test_a_recorded_event_parses_where_the_one_it_was_made_of_does(path: Path, tmp_path: Path, bodies: bool) -> None:
    event = json.loads(path.read_text())

    found = kept(tmp_path, event, bodies=bodies)

    assert type(parse(found)) is type(parse(event))


@every_event
def test_a_recorded_event_is_recorded_as_it_is(path: Path, tmp_path: Path) -> None:
    found = kept(tmp_path, json.loads(path.read_text()))

    assert kept(tmp_path, found) == found


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(value=JSON)
def test_any_json_value_keeps_its_kinds(tmp_path_factory: pytest.TempPathFactory, value: Any) -> None:
    tmp_path = tmp_path_factory.mktemp("any")

    found = kept(tmp_path, {"value": value})

    assert same_kind(found, {"value": value})


@given(body=st.one_of(st.text(), JSON.map(json.dumps)))
def test_any_body_can_be_recorded(tmp_path_factory: pytest.TempPathFactory, body: str) -> None:
    tmp_path = tmp_path_factory.mktemp("any")

    for bodies in (False, True):
        found = kept(tmp_path, sqs(body), bodies=bodies)

        assert isinstance(found["Records"][0]["body"], str)


def same_kind(found: Any, event: Any) -> bool:
    if type(found) is not type(event):
        return False
    if isinstance(event, dict):
        return all(same_kind(one, other) for one, other in zip(found.values(), event.values(), strict=True))
    if isinstance(event, list):
        return all(same_kind(one, other) for one, other in zip(found, event, strict=True))
    return True


@pytest.mark.parametrize(
    ("text", "instead"),
    [
        ("", ""),
        ("  ", ""),
        ("Nora", "redacted"),
        ("true", "false"),
        ("12.5", "0"),
        ("+441632960123", "+10000000000"),
        ("2025-02-03", "2000-01-01"),
        ("2025-02-03T08:15:42.117+01:00", "2000-01-01T00:00:00Z"),
        ("0d6a3f7e-5c41-4e0b-9a4d-b1f2c8a97e63", "00000000-0000-4000-8000-000000000000"),
        ("9bb58f26192e4ba00f01e2e7b136bbd8", "0" * 32),
        ("198.51.100.23", "192.0.2.1"),
        ("2001:db8::24", "2001:db8::1"),
        ("arn:aws:iam::210987654321:user/nora", "arn:aws:iam::000000000000:user/redacted"),
        ("https://shop.example/?a=1", "https://redacted.invalid/"),
        ("nora@shop.example", "redacted@example.com"),
        ("Bearer tok-9", "Bearer redacted"),
        ("Basic bm9yYQ==", "Basic redacted"),
        ("eyJ0.eyJzdWIi.c2ln", "redacted.redacted.redacted"),
    ],
)
def test_a_redacted_text_is_of_the_same_kind(text: str, instead: str) -> None:
    assert alike(text) == instead


@pytest.mark.parametrize(
    ("body", "instead"),
    [
        ('{"id": 7, "to": "nora@shop.example"}', '{"id": 0, "to": "redacted@example.com"}'),
        ("[1.5, true, null]", "[0.0, false, null]"),
        ('"text"', '"redacted"'),
        ("7", "0"),
        ("{broken", "redacted"),
        ('{"\ud800": 1}', "redacted"),
        ('{"redacted": "redacted"}', '{"redacted": "redacted"}'),
        ("", ""),
    ],
)
def test_a_body_keeps_its_shape_and_loses_its_values(tmp_path: Path, body: str, instead: str) -> None:
    found = kept(tmp_path, sqs(body))

    assert found["Records"][0]["body"] == instead


def test_dynamodbs_null_stays_null(tmp_path: Path) -> None:
    event = load("dynamodb")
    event["Records"][0]["dynamodb"]["NewImage"] = {"note": {"NULL": True}, "is_gift": {"BOOL": True}}

    found = kept(tmp_path, event)

    assert found["Records"][0]["dynamodb"]["NewImage"] == {"note": {"NULL": True}, "is_gift": {"BOOL": False}}


def test_names_of_parameters_and_cookies_stay(tmp_path: Path) -> None:
    event = request(rawQueryString="tag=new&tag=50%25+off&flag&%40=1", cookies=["sid=s-4711", "theme=dark"])

    found = kept(tmp_path, event)

    assert found["rawQueryString"] == "tag=redacted&tag=redacted&redacted&redacted=0"
    assert found["cookies"] == ["sid=redacted", "theme=redacted"]


@pytest.mark.parametrize("text", ["?fleet=north", "c2VjcmV0LXRva2Vu=", ""])
def test_what_may_be_a_value_is_no_name(tmp_path: Path, text: str) -> None:
    event = load("iot_authorizer-http")
    event["protocolData"]["http"]["queryString"] = text

    found = kept(tmp_path, event)

    assert found["protocolData"]["http"]["queryString"] == {"?fleet=north": "?fleet=redacted", "": ""}.get(
        text, "redacted"
    )


def test_the_kind_of_a_body_stays(tmp_path: Path) -> None:
    event = request(headers={"content-type": "application/json", "accept": "*/*", "x-kind": "application/pdf"})

    found = kept(tmp_path, event)

    assert found["headers"] == {"content-type": "application/json", "accept": "*/*", "x-kind": "redacted"}


def test_a_schedules_own_input_is_recorded_as_it_was_sent(tmp_path: Path) -> None:
    event = {"eventrouter:schedule": "nightly", "eventrouter:time": "2025-02-03T08:15:42Z", "table": "orders", "n": 3}

    found = kept(tmp_path, event)

    assert found == {**event, "table": "redacted", "n": 0}


def test_a_schedules_own_input_without_a_time_has_none_in_its_file(tmp_path: Path) -> None:
    event = {"eventrouter:schedule": "nightly", "n": 3}

    assert kept(tmp_path, event, bodies=True) == event


def test_a_text_for_an_event_is_an_event(tmp_path: Path) -> None:
    assert kept(tmp_path, "hello") == "redacted"


@pytest.mark.parametrize("bodies", [False, True])
@pytest.mark.parametrize(
    "text",
    ["a", "eyJ", "eyJa.", "a@b.", "::", "://", "://a@", 'name="x"\n', 'name="', "<a", "-----BEGIN PRIVATE KEY-----", "a ",
     "a=", "&", "=", "bearer ", "AKIA", "1.", "?", '"', "{", "[", "\\u"],
)  # fmt: skip
def test_no_text_costs_more_than_its_length(tmp_path: Path, text: str, bodies: bool) -> None:
    body = text * (200_000 // len(text))

    for end in ("", " ", "x", "\n"):
        for event in (sqs(body + end), sqs("https://shop.example/?" + body + end)):
            assert sniff(kept(tmp_path, event, bodies=bodies, max_bytes=4_000_000)).name == "sqs"


@pytest.mark.parametrize("bodies", [False, True])
def test_what_is_read_counts_as_well_as_what_is_written(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, bodies: bool
) -> None:
    record = load("kinesis")["Records"][0]
    bomb = base64.b64encode(gzip.compress(b"\0" * 200_000)).decode()
    event = {"Records": [{**record, "kinesis": {**record["kinesis"], "data": bomb}} for _ in range(500)]}
    form = request(body="a&" * 200_000, headers={"content-type": "application/x-www-form-urlencoded"})
    recorder = Recorder(tmp_path, bodies=bodies)

    for each in (event, form):
        awaited(recorder(invocation_of(each), answers(None)))

    assert list(tmp_path.iterdir()) == []
    assert "a kinesis event has more than 262144 bytes (max_bytes=)" in caplog.text


# ----------------------------------------------------------------------------------------------------------------- bodies


@pytest.mark.parametrize(
    ("event", "path"),
    [
        (sqs('{"id": 7}'), ("Records", 0, "body")),
        (load("sns"), ("Records", 0, "Sns", "Message")),
        (load("eventbridge"), ("detail",)),
        (load("kinesis"), ("Records", 0, "kinesis", "data")),
        (load("dynamodb"), ("Records", 1, "dynamodb")),
        (load("direct"), ()),
        (load("cloudwatch_logs"), ("awslogs", "data")),
        (load("function_url"), ("body",)),
        (load("lex"), ("inputTranscript",)),
    ],
    ids=str,
)
def test_bodies_are_written_where_they_are_asked_for(tmp_path: Path, event: Any, path: tuple[str | int, ...]) -> None:
    found = kept(tmp_path, event, bodies=True)

    for step in path:
        event, found = event[step], found[step]
    assert found == event


def test_bytes_of_which_nothing_is_known_are_written_where_bodies_are(tmp_path: Path) -> None:
    event = load("kinesis-aggregated")

    assert kept(tmp_path, event, bodies=True)["Records"][0]["kinesis"]["data"] == event["Records"][0]["kinesis"]["data"]


def test_what_should_be_base64_and_is_not_is_a_text(tmp_path: Path) -> None:
    event = load("kinesis")
    event["Records"][0]["kinesis"]["data"] = "no base64!"

    assert kept(tmp_path, event)["Records"][0]["kinesis"]["data"] == "redacted"


def test_bodies_are_part_of_what_the_sources_know() -> None:
    assert {*BODIES, *ENCODED, *WORDS} <= set(labels())


@pytest.mark.parametrize("label", [label for label in labels() if getattr(source_named(label), "payload", None)])
def test_every_payload_is_a_body(label: str) -> None:
    assert BODIES[label]


# ----------------------------------------------------------------------------------------------------------------- redact=


@pytest.mark.parametrize("pattern", ["customer", "CUSTOM*", "detail.customer", "detail.*", "*mer"])
def test_a_pattern_redacts_names_and_paths(tmp_path: Path, pattern: str) -> None:
    event = {**load("eventbridge"), "detail": {"customer": {"name": "Nora", "vip": True, "age": 44}}}

    found = kept(tmp_path, event, bodies=True, redact=[pattern])

    assert found["detail"] == {"customer": {"name": "redacted", "vip": False, "age": 0}}


def test_a_pattern_is_good_for_names_in_texts(tmp_path: Path) -> None:
    event = sqs('{"customer": "Nora"}', messageAttributes={})

    found = kept(tmp_path, event, bodies=True, redact=["customer"])

    assert found["Records"][0]["body"] == '{"customer": "redacted"}'


def test_a_pattern_wins_over_what_routes_match_on(tmp_path: Path) -> None:
    event = request(rawPath=f"/reset/{CANARY}", headers={"x-original-url": f"/reset/{CANARY}"})
    event["requestContext"]["http"]["path"] = f"/reset/{CANARY}"

    found = kept(tmp_path, event, redact=["rawPath", "requestContext.http.path"])

    assert not any(CANARY in text for text in everything(found))


def test_no_file_is_named_after_what_a_pattern_redacts(tmp_path: Path) -> None:
    app = App()
    app.middleware(Recorder(tmp_path, redact=["rawPath"]))

    send(app, request(rawPath=f"/reset/{CANARY}"))

    assert [CANARY in path.name for path in tmp_path.iterdir()] == [False]


def test_an_event_that_a_pattern_makes_another_one_is_not_written(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    app = App()
    app.middleware(Recorder(tmp_path, redact=["eventSource"]))

    send(app, sqs("a"))

    assert list(tmp_path.iterdir()) == []
    assert "a sqs event is something else without what redact= takes from it" in caplog.text


# ------------------------------------------------------------------------------------------------- sources of other packages


def of_another_package(**fields: Any) -> Source:
    return Source(
        "shop_feed",
        detect=lambda event: isinstance(event, dict) and event.get("feed") == "shop",
        keys=lambda record: {"shop": str(record.get("shop"))},
        evidence=("feed",),
        **fields,
    )


@pytest.fixture
def register(monkeypatch: pytest.MonkeyPatch) -> Callable[[Source], Source]:
    def register(source: Source) -> Source:
        monkeypatch.setattr("eventrouter._sniff._third_party", [source])
        monkeypatch.setattr("eventrouter._sniff._entry_points_loaded", True)
        return source

    return register


@pytest.mark.parametrize(
    ("bodies", "left"),
    [
        (False, {"feed": "shop", "shop": "north", "note": "redacted", "key": "redacted"}),
        (True, {"feed": "shop", "shop": "north", "note": "Nora", "key": "redacted"}),
    ],
)
def test_of_other_packages_sources_only_what_routes_match_on_stays(
    tmp_path: Path, register: Callable[[Source], Source], bodies: bool, left: Any
) -> None:
    source = register(of_another_package(secret_paths=("key",)))
    event = {"feed": "shop", "shop": "north", "note": "Nora", "key": "k-1"}

    found = redacted(event, source, compiled(source, bodies=bodies), (), 1000)

    assert found == left


def test_a_source_whose_records_cannot_be_read_is_recorded_without_them(
    tmp_path: Path, register: Callable[[Source], Source]
) -> None:
    def records(event: Any) -> Any:
        raise PayloadError([], "shop_feed event")

    register(of_another_package(records=records))

    found = kept(tmp_path, {"feed": "shop", "shop": "north"})

    assert found == {"feed": "shop", "shop": "redacted"}


def test_a_source_that_raises_disturbs_nothing(
    tmp_path: Path, register: Callable[[Source], Source], caplog: pytest.LogCaptureFixture
) -> None:
    def records(event: Any) -> Any:
        raise ZeroDivisionError(CANARY)

    register(of_another_package(records=records))
    recorder = Recorder(tmp_path)
    invocation = invocation_of({"feed": "shop"})

    assert awaited(recorder(invocation, answers("answer"))) == "answer"
    assert "a shop_feed event cannot be written: ZeroDivisionError" in caplog.text
    assert CANARY not in caplog.text


# ------------------------------------------------------------------------------------------------------------- which events


@pytest.mark.parametrize("share", [0, 0.25, 1])
def test_a_share_of_the_invocations_is_recorded(tmp_path: Path, share: float) -> None:
    app = App()
    app.middleware(Recorder(tmp_path, sample=share, max_files=1000))

    for number in range(400):
        send(app, sqs(str(number), messageId=f"m-{number}"), f"request-{number}")

    assert share * 400 - 40 <= len(recorded(tmp_path)) <= share * 400 + 40


@given(request_id=st.text())
def test_a_retry_is_recorded_where_the_first_attempt_was(
    tmp_path_factory: pytest.TempPathFactory, request_id: str
) -> None:
    folders = tmp_path_factory.mktemp("first"), tmp_path_factory.mktemp("again")

    for folder in folders:
        app = App()
        app.middleware(Recorder(folder, sample=0.5))
        send(app, sqs("a"), request_id)

    first, again = map(recorded, folders)
    assert first == again


@pytest.fixture
def app() -> App:
    app = App(failures="report")

    @app.sqs("orders")
    def on_order(text: str) -> None:
        if text != "good":
            raise ValueError("bad total")

    @app.get("/orders/{status}")
    def read_order(status: int) -> dict[str, int]:
        if status >= 400:
            raise HTTPException(status, "no such order")
        return {"status": status}

    @app.direct()
    def on_value(value: dict[str, Any]) -> None:
        if value.get("stop"):
            raise SystemExit(1)
        if value.get("fail"):
            raise ValueError("bad value")

    @app.firehose()
    def on_click(text: str) -> str:
        if "page" in text:
            return text
        raise ProcessingFailed

    @app.s3_batch("photos")
    def on_object() -> str:
        return "done"

    @app.websocket("$connect")
    def on_connect() -> bool:
        return False

    return app


def get(status: int) -> Any:
    event = request(rawPath=f"/orders/{status}")
    event["requestContext"]["http"]["method"] = "GET"
    return event


@pytest.mark.parametrize(
    ("event", "is_recorded"),
    [
        (sqs("good"), False),
        (sqs("good", "bad"), True),
        (get(200), False),
        (get(404), True),
        (get(500), True),
        ({"fail": True}, True),
        ({"stop": True}, True),
        ({"fail": False}, False),
        (load("sns"), True),
        (load("cognito"), True),
        (load("firehose"), True),
        ({**load("firehose"), "records": load("firehose")["records"][:1]}, False),
        (load("s3_batch"), False),
        (load("s3_batch-2"), True),
        (load("apigw_websocket"), True),
    ],
    ids=[
        "ok",
        "a failed record",
        "200",
        "404",
        "500",
        "raised",
        "ended",
        "returned",
        "no route",
        "a sign-in",
        "firehose failed",
        "firehose",
        "s3 batch",
        "s3 batch failed",
        "a refused connection",
    ],
)
def test_failures_alone_are_recorded_where_that_is_asked_for(
    app: App, tmp_path: Path, event: Any, is_recorded: bool
) -> None:
    app.middleware(Recorder(tmp_path, on="failure"), waits=False)

    try:
        send(app, event)
    except SystemExit:
        assert event == {"stop": True}

    assert len(recorded(tmp_path)) == is_recorded


def test_what_ends_the_process_is_recorded_before(app: App, tmp_path: Path) -> None:
    seen: list[int] = []
    app.middleware(Recorder(tmp_path))

    @app.sns()
    def on_note(text: str) -> None:
        seen.append(len(recorded(tmp_path)))

    send(app, load("sns"))

    assert seen == [1]


def test_what_was_never_handled_is_not_a_failure(tmp_path: Path) -> None:
    async def call_next(invocation: Any) -> Any:
        raise GeneratorExit

    coroutine = Recorder(tmp_path, on="failure")(invocation_of(sqs("a")), call_next)

    with pytest.raises(GeneratorExit):
        coroutine.send(None)
    assert recorded(tmp_path) == []


def test_only_some_sources_are_recorded(app: App, tmp_path: Path) -> None:
    app.middleware(Recorder(tmp_path, only=["sqs", "sns"]))

    for event in (sqs("a"), get(200), load("sns"), load("s3")):
        send(app, event)

    assert sorted(sniff(event).name for event in recorded(tmp_path)) == ["sns", "sqs"]


def test_the_answer_is_the_same(app: App, tmp_path: Path) -> None:
    before = [app(event, LambdaContext()) for event in (sqs("good", "bad"), get(200), get(404))]
    app.middleware(Recorder(tmp_path), waits=False)
    app.middleware(Recorder(tmp_path, on="failure"), waits=False)

    assert [app(event, LambdaContext()) for event in (sqs("good", "bad"), get(200), get(404))] == before


def test_the_event_is_not_changed(tmp_path: Path) -> None:
    event = load("sqs")

    kept(tmp_path, event)

    assert event == load("sqs")


# ------------------------------------------------------------------------------------------------------------------- files


def test_a_file_is_named_after_what_is_in_it_and_readable_for_its_owner_alone(tmp_path: Path) -> None:
    app = App()
    app.middleware(Recorder(tmp_path / "new" / "recorded"))

    send(app, sqs("a"))

    (file,) = (tmp_path / "new" / "recorded").iterdir()
    assert file.name.startswith("sqs-orders-") and file.name.endswith(".json")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert file.read_text().startswith('{\n  "Records": [\n    {\n')


def test_a_file_is_written_once_for_an_event(tmp_path: Path) -> None:
    app = App()
    app.middleware(Recorder(tmp_path))
    send(app, sqs("a"))
    (file,) = tmp_path.iterdir()
    written = file.stat().st_mtime_ns, file.stat().st_ino

    send(app, sqs("a"))

    assert (file.stat().st_mtime_ns, file.stat().st_ino) == written


@pytest.mark.parametrize(
    "name",
    ["../../etc/passwd", "/etc/passwd", "..", "a/../../b", "x\0y", "\n", "-rf", "~", "ü" * 200, "a" * 5000, "$(id)"],
)
def test_no_name_leaves_the_folder(tmp_path: Path, name: str) -> None:
    app = App()
    folder = tmp_path / "inner" / "recorded"
    app.middleware(Recorder(folder))

    send(app, sqs("a", eventSourceARN=f"arn:aws:sqs:eu-central-1:210987654321:{name}"))
    send(app, request(rawPath=name))

    assert len(list(folder.iterdir())) == 2
    assert all(path.name.replace("-", "").replace("_", "").removesuffix(".json").isalnum() for path in folder.iterdir())
    assert [path for path in tmp_path.rglob("*") if path.is_file() and path.parent != folder] == []


def test_a_folder_that_is_a_link_is_not_followed(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "recorded").symlink_to(tmp_path / "elsewhere")
    app = App()
    app.middleware(Recorder(tmp_path / "recorded"))

    send(app, sqs("a"))

    assert list((tmp_path / "elsewhere").iterdir()) == []
    assert "cannot be written to" in caplog.text


def test_a_file_that_is_a_link_is_not_followed(tmp_path: Path) -> None:
    app = App()
    app.middleware(Recorder(tmp_path))
    send(app, sqs("a"))
    (file,) = tmp_path.iterdir()
    file.unlink()
    file.symlink_to(tmp_path / "elsewhere")

    send(app, sqs("a"))

    assert not (tmp_path / "elsewhere").exists()


def test_nothing_is_left_of_a_file_that_cannot_be_finished(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def rename(*arguments: Any, **keywords: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "rename", rename)
    app = App()
    app.middleware(Recorder(tmp_path))

    send(app, sqs("a"))

    assert list(tmp_path.iterdir()) == []
    assert "No space left on device" in caplog.text


def test_a_disk_that_cannot_be_written_to_is_told_once_and_changes_nothing(
    app: App, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("")
    app.middleware(Recorder(tmp_path / "file" / "recorded"))
    caplog.set_level(logging.WARNING)

    answers = [app(get(200), LambdaContext()) for _ in range(3)]

    assert [answer["statusCode"] for answer in answers] == [200, 200, 200]
    assert [record.message for record in caplog.records] == [
        f"not every event is recorded in {tmp_path}/file/recorded: it cannot be written to: Not a directory"
    ]


def test_a_large_event_is_not_written_and_that_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    app = App()
    app.middleware(Recorder(tmp_path, max_bytes=2000))

    send(app, sqs("a"))
    send(app, sqs(*["b"] * 50))

    assert len(recorded(tmp_path)) == 1
    assert "a sqs event has more than 2000 bytes (max_bytes=)" in caplog.text


def test_the_limit_is_one_of_what_is_written(tmp_path: Path) -> None:
    app = App()
    app.middleware(Recorder(tmp_path / "any"))
    send(app, sqs("a"))
    (file,) = (tmp_path / "any").iterdir()
    size = file.stat().st_size
    for name, limit in (("exact", size), ("less", size - 1)):
        app = App()
        app.middleware(Recorder(tmp_path / name, max_bytes=limit))

        send(app, sqs("a"))

    assert len(recorded(tmp_path / "exact")) == 1
    assert recorded(tmp_path / "less") == []


def test_a_long_body_is_not_opened(tmp_path: Path) -> None:
    found = kept(tmp_path, sqs(json.dumps({"text": "x" * 5000})), max_bytes=4000)

    assert found["Records"][0]["body"] == "redacted"


def test_a_folder_holds_so_many_files_and_no_more(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(2):  # as two processes would
        app = App()
        app.middleware(Recorder(tmp_path, max_files=3))
        for number in range(5):
            send(app, sqs("a", messageId=f"m-{number}"))

    assert len(recorded(tmp_path)) == 3
    assert "it holds 3 files (max_files=)" in caplog.text


def test_what_is_no_json_is_told_and_changes_nothing(
    app: App, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    app.middleware(Recorder(tmp_path))

    send(app, {"value": float("nan")})
    send(app, {"value": object()})

    assert len(recorded(tmp_path)) == 1
    assert "a direct event cannot be written: TypeError" in caplog.text


def test_an_event_that_cannot_be_read_is_recorded_all_the_same(tmp_path: Path) -> None:
    found = kept(tmp_path, {"awslogs": {"data": "no gzip"}})

    assert found == {"awslogs": {"data": "redacted"}}


@pytest.mark.parametrize("data", [b"\x1f\x8bcut off", gzip.compress(b"[" + b"0," * 400_000 + b"0]")])
def test_gzip_that_cannot_be_opened_is_left_out(tmp_path: Path, data: bytes) -> None:
    event = load("kinesis")
    event["Records"] = event["Records"][:1]
    event["Records"][0]["kinesis"]["data"] = base64.b64encode(data).decode()

    found = kept(tmp_path, event, bodies=True)

    assert base64.b64decode(found["Records"][0]["kinesis"]["data"]) == b"redacted"


def test_on_lambda_a_folder_is_below_the_one_that_can_be_written_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("LAMBDA_TASK_ROOT", raising=False)
    before = Recorder("recorded").folder
    monkeypatch.setenv("LAMBDA_TASK_ROOT", "/var/task")

    assert before == str(tmp_path / "recorded")
    assert Recorder("recorded").folder == "/tmp/recorded"
    assert Recorder("/mnt/events").folder == "/mnt/events"


# ---------------------------------------------------------------------------------------------------------------- settings


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"sample": 1.5}, "Recorder(sample=1.5) is a share of the invocations, from 0 to 1"),
        ({"sample": -0.1}, "Recorder(sample=-0.1) is a share"),
        ({"sample": float("nan")}, "Recorder(sample=nan) is a share"),
        ({"on": "error"}, 'Recorder(on=\'error\') is "always" or "failure"'),
        ({"only": "sqs"}, "Recorder(only='sqs') takes a list: only=['sqs']"),
        ({"redact": "phone"}, "Recorder(redact='phone') takes a list: redact=['phone']"),
        ({"only": ["sqz"]}, "Recorder(only=...): there is no label 'sqz'; there are alb, "),
        ({"max_bytes": 0}, "Recorder(max_bytes=0) is a number from 1 on"),
        ({"max_files": 0}, "Recorder(max_files=0) is a number from 1 on"),
    ],
)
def test_a_setting_that_cannot_be_is_refused_at_once(settings: dict[str, Any], words: str) -> None:
    with pytest.raises(RegistrationError) as refusal:
        Recorder(**settings)

    assert str(refusal.value).startswith(words)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("order_id", True),
        ("Content-Type", True),
        ("custom:tenant", True),
        ("s3", True),
        ("nora@shop.example", False),
        ("0d6a3f7e-5c41-4e0b", False),
        ("größe", False),
        ("two words", False),
    ],
)
def test_names_of_fields_are_told_from_data(name: str, expected: bool) -> None:
    assert is_name(name) is expected
