"""What the state machine says to each request, by what came before it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from eventrouter.emulator._states import MAX_LATE, Attempt, Decision, Extension, Machine, announced, told_type

Step = Callable[[Machine[Attempt]], object]


def poll(machine: Machine[Attempt]) -> object:
    return machine.poll()


def invoke(request_id: str = "r", attempt_id: str | None = None) -> Step:
    return lambda machine: machine.invoke(Attempt(request_id, attempt_id))


def respond(request_id: str = "r", attempt_id: str | None = None, mode: str | None = None) -> Step:
    return lambda machine: machine.respond(request_id, attempt_id, mode)


def fail(request_id: str = "r", attempt_id: str | None = None) -> Step:
    return lambda machine: machine.fail(request_id, attempt_id)


def end(machine: Machine[Attempt]) -> None:
    for attempt in list(machine.running.values()):
        machine.answered(attempt)


def give_up_running(machine: Machine[Attempt]) -> None:
    for attempt in list(machine.running.values()):
        machine.give_up(attempt)


def give_up(machine: Machine[Attempt]) -> None:
    for attempt in [*machine.running.values(), *machine.waiting]:
        machine.give_up(attempt)


def init_error(machine: Machine[Attempt]) -> object:
    return machine.init_error()


def restore(machine: Machine[Attempt]) -> object:
    return machine.restore_next()


def restore_error(machine: Machine[Attempt]) -> object:
    return machine.restore_error()


def take(machine: Machine[Attempt]) -> object:
    return machine.take()


def restart(machine: Machine[Attempt]) -> None:
    machine.restarted()


def told(found: object) -> str:
    if isinstance(found, Attempt):
        return found.request_id
    if isinstance(found, Decision):
        return f"{found.status} {found.error_type}".strip()
    return str(found)


@pytest.mark.parametrize(
    ("steps", "last"),
    [
        ([poll], "None"),
        ([invoke(), poll], "r"),
        ([invoke(), poll, poll], "r"),  # not answered: the same again
        ([invoke("a"), invoke("b"), poll, respond("a"), end, poll], "b"),
        ([invoke("a"), invoke("b"), poll, take], "None"),  # whoever waits has to wait longer
        ([invoke("a"), invoke("b"), poll, respond("a"), take], "None"),
        ([invoke("a"), invoke("b"), poll, respond("a"), end, take], "b"),
        ([invoke("a"), invoke("b"), poll, respond("a"), poll], "403 InvalidStateTransition"),
        ([invoke("a"), invoke("b"), poll, respond("a"), end, poll, respond("a")], "400 InvalidRequestID"),
        ([invoke("a"), invoke("b"), poll, give_up_running, poll, respond("a")], "410 InvokeTimeout"),
        ([invoke("a"), poll, give_up_running, end, respond("a")], "410 InvokeTimeout"),
        ([invoke("a", "1"), poll, give_up_running, invoke("a", "2"), poll, respond("a", "1")], "410 InvokeTimeout"),
        ([invoke("a", "1"), poll, give_up_running, invoke("a", "2"), poll, respond("a", "2")], "a"),
        ([invoke(), poll, respond()], "r"),
        ([invoke(), poll, respond(mode="streaming")], "r"),
        ([invoke(), poll, respond(mode="chunked")], "400 InvalidFunctionResponseMode"),
        ([invoke(), respond()], "400 InvalidRequestID"),
        ([poll, respond()], "400 InvalidRequestID"),
        ([invoke(), poll, respond("other")], "400 InvalidRequestID"),
        ([invoke(), poll, respond(), respond()], "403 InvalidStateTransition"),
        ([invoke(), poll, respond(), end, respond()], "403 InvalidStateTransition"),
        ([invoke(), poll, respond(), fail()], "403 InvalidStateTransition"),
        ([invoke(), poll, fail()], "r"),
        ([invoke(), poll, fail(), end, fail()], "403 InvalidStateTransition"),
        ([invoke(), poll, fail("other")], "400 InvalidRequestID"),
        ([invoke(attempt_id="1"), poll, respond(attempt_id="1")], "r"),
        ([invoke(attempt_id="1"), poll, respond()], "410 InvokeTimeout"),
        ([invoke(attempt_id="2"), poll, fail(attempt_id="1")], "410 InvokeTimeout"),
        ([invoke(), poll, give_up, respond()], "410 InvokeTimeout"),
        ([invoke(), give_up, poll], "None"),
        ([init_error], "202"),
        ([init_error, init_error], "403 InvalidStateTransition"),
        ([init_error, poll], "403 InvalidStateTransition"),
        ([poll, init_error], "403 InvalidStateTransition"),
        ([restore], "404 NotFound"),
        ([restore_error], "404 NotFound"),
        ([invoke(), poll, restart, respond()], "410 InvokeTimeout"),
        ([init_error, restart, poll], "None"),
        ([invoke(), restart, poll], "r"),
    ],
)
def test_each_request_is_judged_by_what_came_before_it(steps: list[Step], last: str) -> None:
    machine: Machine[Attempt] = Machine()

    for step in steps[:-1]:
        step(machine)

    assert told(steps[-1](machine)) == last


@pytest.mark.parametrize(
    ("steps", "last"),
    [
        ([invoke("a"), invoke("b"), poll, poll], "b"),
        ([invoke(), poll, poll], "None"),
        ([invoke(), poll, respond(), fail()], "r"),
        ([invoke(), poll, respond(), respond()], "400 InvalidRequestID"),
        ([invoke(), poll, respond(), end, respond()], "400 InvalidRequestID"),
        ([invoke(), poll, respond(), end, fail()], "400 InvalidRequestID"),
        ([invoke("a"), invoke("b"), poll, take], "b"),
        ([invoke(), poll, give_up, end, respond()], "410 InvokeTimeout"),
    ],
)
def test_several_invocations_at_once_have_rules_of_their_own(steps: list[Step], last: str) -> None:
    machine: Machine[Attempt] = Machine(concurrency=2)

    for step in steps[:-1]:
        step(machine)

    assert told(steps[-1](machine)) == last


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([], False),
        ([invoke()], True),
        ([invoke(), poll], True),
        ([invoke(), poll, respond()], True),
        ([invoke(), poll, respond(), end], False),
        ([invoke(), poll, give_up], False),
    ],
)
def test_an_invocation_is_known_by_its_id_until_it_is_over(steps: list[Step], expected: bool) -> None:
    machine: Machine[Attempt] = Machine()

    for step in steps:
        step(machine)

    assert machine.is_busy_with("r") is expected


@pytest.mark.parametrize(
    ("steps", "last"),
    [
        ([restore], "200"),
        ([restore, restore], "403 InvalidStateTransition"),
        ([poll, restore], "403 InvalidStateTransition"),
        ([restore, poll], "None"),
        ([restore, init_error], "403 InvalidStateTransition"),
        ([restore, restore_error], "202"),
        ([restore, restore_error, poll], "403 InvalidStateTransition"),
        ([restore_error], "403 InvalidStateTransition"),
        ([restore, poll, restore_error], "403 InvalidStateTransition"),
    ],
)
def test_a_snapshot_is_taken_before_the_first_poll(steps: list[Step], last: str) -> None:
    machine: Machine[Attempt] = Machine(has_snapshots=True)

    for step in steps[:-1]:
        step(machine)

    assert told(steps[-1](machine)) == last


def test_of_what_is_over_only_so_much_is_remembered() -> None:
    machine: Machine[Attempt] = Machine()

    for number in range(MAX_LATE + 1):
        machine.invoke(Attempt(str(number)))
        machine.poll()
        give_up(machine)

    assert told(machine.respond("0", None, None)) == "400 InvalidRequestID"
    assert told(machine.respond("1", None, None)) == "410 InvokeTimeout"


NOTHING = b'{"events":[]}'


@pytest.mark.parametrize(
    ("name", "body", "expected"),
    [
        ("b", NOTHING, "200"),
        ("b", b"{}", "200"),
        ("b", b'{"events":["INVOKE"]}', "200"),
        ("a", NOTHING, "403 Extension.InvalidExtensionState"),
        ("", NOTHING, "403 Extension.InvalidExtensionName"),
        (None, NOTHING, "403 Extension.InvalidExtensionName"),
        ("b", b"what", "403 InvalidRequestFormat"),
        ("b", b"[]", "403 InvalidRequestFormat"),
        ("b", b'{"events":"INVOKE"}', "403 InvalidRequestFormat"),
        ("b", b'{"events":[1]}', "403 InvalidRequestFormat"),
        ("b", b'{"events":["SHUTDOWN"]}', "403 Extension.InvalidEventType"),
        ("b", b'{"events":["INVOKE","OTHER"]}', "403 Extension.InvalidEventType"),
    ],
)
def test_an_internal_extension_has_a_name_of_its_own_and_is_told_of_invocations_at_most(
    name: str | None, body: bytes, expected: str
) -> None:
    machine: Machine[Attempt] = Machine()
    machine.register("a", NOTHING, "1")

    assert told(machine.register(name, body, "2")) == expected


def test_there_are_ten_extensions_at_most_and_none_after_the_first_poll() -> None:
    machine: Machine[Attempt] = Machine()

    said = [told(machine.register(str(number), NOTHING, str(number))) for number in range(11)]
    machine.poll()
    late = told(machine.register("late", NOTHING, "99"))

    assert said == ["200"] * 10 + ["403 Extension.TooManyExtensions"]
    assert late == "403 Extension.RegistrationClosed"


def test_the_start_is_over_once_the_runtime_and_every_extension_have_asked() -> None:
    machine: Machine[Attempt] = Machine()
    machine.register("a", NOTHING, "1")
    machine.poll()

    before = machine.is_ready
    extension = machine.extension("1")
    assert isinstance(extension, Extension)
    extension.is_ready = True

    assert (before, machine.is_ready) == (False, True)


@pytest.mark.parametrize(
    ("identifier", "expected"),
    [
        (None, "403 Extension.MissingExtensionIdentifier"),
        ("", "403 Extension.MissingExtensionIdentifier"),
        ("2", "403 Extension.UnknownExtensionIdentifier"),
    ],
)
def test_an_extension_is_known_by_its_identifier(identifier: str | None, expected: str) -> None:
    machine: Machine[Attempt] = Machine()
    machine.register("a", NOTHING, "1")

    assert told(machine.extension(identifier)) == expected


def test_a_decision_has_a_document() -> None:
    assert Decision(202).document == {"status": "OK"}
    assert Decision(403, "A", "b").document == {"errorMessage": "b", "errorType": "A"}


@pytest.mark.parametrize(
    ("text", "names"), [("", set()), ("A, b ,", {"a", "b"}), ("Lambda-Runtime-X", {"lambda-runtime-x"})]
)
def test_trailers_count_where_they_are_announced(text: str, names: set[str]) -> None:
    assert announced({"trailer": text}) == names


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("Function.ValueError", "Function.ValueError"),
        ("Runtime.X", "Runtime.Unknown"),
        ("unhandled", "Runtime.Unknown"),
    ],
)
def test_a_type_that_is_none_is_told_as_unknown(given: str, told: str) -> None:
    assert told_type(given) == told
