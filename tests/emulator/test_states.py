"""What the state machine says to each request, by what came before it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from eventrouter.emulator._states import MAX_ERROR, Attempt, Decision, Machine, announced, told_type

Step = Callable[[Machine], object]


def poll(machine: Machine) -> object:
    return machine.poll()


def invoke(request_id: str = "r", attempt_id: str | None = None) -> Step:
    return lambda machine: machine.invoke(Attempt(request_id, attempt_id))


def respond(request_id: str = "r", attempt_id: str | None = None, mode: str | None = None) -> Step:
    return lambda machine: machine.respond(request_id, attempt_id, mode)


def fail(request_id: str = "r", attempt_id: str | None = None, size: int = 0) -> Step:
    return lambda machine: machine.fail(request_id, attempt_id, size)


def end(machine: Machine) -> None:
    for attempt in machine.attempts.values():
        attempt.stage = "answered"


def give_up(machine: Machine) -> None:
    for attempt in [*machine.attempts.values(), *machine.waiting]:
        machine.give_up(attempt)


def init_error(machine: Machine) -> object:
    return machine.init_error()


def restore(machine: Machine) -> object:
    return machine.may_restore()


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
        ([invoke(), poll, fail(), fail()], "403 InvalidStateTransition"),
        ([invoke(), poll, fail("other")], "400 InvalidRequestID"),
        ([invoke(), poll, fail(size=2 * MAX_ERROR)], "r"),
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
        ([invoke(), poll, Machine.restarted, respond()], "410 InvokeTimeout"),
        ([init_error, Machine.restarted, poll], "None"),
        ([invoke(), poll, respond(), end, Machine.restarted, respond()], "403 InvalidStateTransition"),
    ],
)
def test_each_request_is_judged_by_what_came_before_it(steps: list[Step], last: str) -> None:
    machine = Machine()

    for step in steps[:-1]:
        step(machine)

    assert told(steps[-1](machine)) == last


@pytest.mark.parametrize(
    ("steps", "last"),
    [
        ([invoke("a"), invoke("b"), poll, poll], "b"),
        ([invoke(), poll, poll], "None"),
        ([invoke(), poll, respond(), fail()], "r"),
        ([invoke(), poll, fail(size=MAX_ERROR + 1)], "413 RequestEntityTooLarge"),
    ],
)
def test_several_invocations_at_once_have_rules_of_their_own(steps: list[Step], last: str) -> None:
    machine = Machine(concurrency=2)

    for step in steps[:-1]:
        step(machine)

    assert told(steps[-1](machine)) == last


def test_an_invocation_that_runs_is_known_by_its_id() -> None:
    machine = Machine()
    machine.invoke(Attempt("r"))

    before = machine.is_running("r")
    machine.poll()

    assert (before, machine.is_running("r")) == (False, True)


@pytest.mark.parametrize(("steps", "last"), [([], "200"), ([poll], "403 InvalidStateTransition")])
def test_a_snapshot_is_taken_before_the_first_poll(steps: list[Step], last: str) -> None:
    machine = Machine(has_snapshots=True)

    for step in steps:
        step(machine)

    assert told(machine.may_restore()) == last


def test_extensions_register_before_the_first_poll_and_under_a_name_of_their_own() -> None:
    machine = Machine()

    said = [
        told(machine.register("a", [], "1")),
        told(machine.register("a", [], "2")),
        told(machine.register("", [], "2")),
        told(machine.register("b", "INVOKE", "2")),
        told(machine.register("b", ["SHUTDOWN"], "2")),
        told(machine.register("b", ["OTHER"], "2")),
        told(machine.register("b", ["SHUTDOWN"], "2", is_internal=False)),
        *[told(machine.register(str(number), [], str(number))) for number in range(3, 12)],
    ]
    machine.poll()

    assert said == [
        "200",
        "403 Extension.AlreadyRegistered",
        "403 Extension.InvalidExtensionName",
        *["403 Extension.InvalidEventType"] * 3,
        *["200"] * 9,
        "403 Extension.TooManyExtensions",
    ]
    assert told(machine.register("late", [], "99")) == "403 Extension.RegistrationClosed"


def test_the_start_is_over_once_the_runtime_and_every_extension_have_asked() -> None:
    machine = Machine()
    machine.register("a", [], "1")
    machine.poll()

    before = machine.is_ready
    unknown = machine.extension_ready(None)
    machine.extension_ready("1")

    assert (before, told(unknown), machine.is_ready) == (False, "403 Extension.UnknownExtensionIdentifier", True)


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
