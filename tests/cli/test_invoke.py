"""``eventrouter invoke``: the app is called as Lambda calls it, and scripts notice what fails."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.cli.given import EVENTS, Project, message, request, sample


def load(name: str) -> Any:
    return json.loads((EVENTS / f"{name}.json").read_text())


def test_the_answer_is_printed_and_nothing_else(project: Project) -> None:
    project.write("event.json", request("/orders/7"))

    code = project.run("invoke", "main:app", "event.json")

    assert code == 0
    assert project.answer["statusCode"] == 200
    assert project.answer["body"] == '{"id":7}'
    assert project.err == "on import\nin the handler\n"


def test_what_decorators_put_around_the_app_is_called_too(project: Project) -> None:
    project.write("event.json", request("/orders/7"))

    code = project.run("invoke", "main:handler", "event.json")

    assert code == 0
    assert project.err == "on import\nin the wrapper\nin the wrapper\nin the handler\n"


def test_an_event_comes_from_standard_input(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    data = json.dumps({"Records": [message("good")]}).encode()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))

    code = project.run("invoke", "main:app", "-")

    assert code == 0
    assert project.answer == {"batchItemFailures": []}


APP = """
from typing import Any
from eventrouter import App, DROPPED, HTTPException, LambdaContext, ProcessingFailed

app = App(failures="report")


@app.direct()
def on_value(value: dict[str, Any], context: LambdaContext) -> Any:
    if value.get("raise"):
        raise ValueError("bad \\x1b[31mtotal")
    if value.get("exit"):
        raise SystemExit(3)
    if value.get("interrupt"):
        raise KeyboardInterrupt
    if value.get("empty"):
        raise KeyError
    if value.get("object"):
        return object()
    if value.get("context"):
        return [getattr(context, name) for name in value["context"]]
    if value.get("time"):
        return context.get_remaining_time_in_millis()
    return value


@app.get("/orders/{order_id}")
def read_order(order_id: int) -> None: ...


@app.sqs("orders")
def on_order(text: str) -> None:
    if text == "bad":
        raise ValueError(text)


@app.sns()
def on_note(text: str) -> None:
    raise ValueError("no " + text)


@app.firehose()
def on_click(text: str) -> Any:
    if "bad" in text:
        raise ProcessingFailed
    return text


@app.s3_batch()
def on_object(event: Any = None) -> str:
    return "done"


@app.websocket("$connect")
def on_connect() -> bool:
    return False


@app.schedule("nightly")
def nightly(value: dict[str, Any]) -> str:
    return "done"
"""


@pytest.fixture
def shop(project: Project) -> Project:
    project.write("shop.py", APP.replace("def on_object(event: Any = None)", "def on_object()"))
    return project


def firehose(text: bytes) -> Any:
    from base64 import b64encode

    event = load("firehose")
    event["records"] = [{**event["records"][0], "data": b64encode(text).decode()}]
    return event


@pytest.mark.parametrize(
    ("event", "code"),
    [
        (request("/orders/7"), 0),
        (request("/orders/x"), 1),
        (request("/order/7"), 1),
        (request("/orders/7", "DELETE"), 1),
        ({"Records": [message("good")]}, 0),
        ({"Records": [message("good"), message("bad")]}, 1),
        (firehose(b"good"), 0),
        (firehose(b"bad"), 1),
        (load("s3_batch"), 0),
        (load("apigw_websocket"), 1),
        ({"eventrouter:schedule": "nightly"}, 0),
        ({"eventrouter:schedule": "weekly"}, 1),
        ({"statusCode": 500, "batchItemFailures": ["x"]}, 0),
        (load("unknown-empty"), 0),
        (load("unknown"), 1),
    ],
    ids=[
        "200",
        "422",
        "404",
        "405",
        "a batch",
        "a failed record",
        "firehose",
        "firehose failed",
        "s3 batch",
        "a refused connection",
        "a schedule",
        "a schedule of nobody's",
        "a direct value is no status",
        "nothing to do",
        "an unknown event",
    ],
)
def test_scripts_notice_what_fails(shop: Project, event: Any, code: int) -> None:
    shop.write("event.json", event)

    assert shop.run("invoke", "shop:app", "event.json") == code


def test_scripts_notice_a_failed_task_of_s3_batch(project: Project) -> None:
    project.write(
        "batch.py",
        "from eventrouter import App\napp = App()\n@app.s3_batch()\ndef on_object() -> str:\n    raise ValueError\n",
    )

    code = project.run("invoke", "batch:app", sample("s3_batch"))

    assert code == 1
    assert project.answer["results"][0]["resultCode"] == "TemporaryFailure"


@pytest.mark.parametrize(
    ("event", "words"),
    [
        ({"raise": True}, "the invocation raised ValueError: bad \\x1b[31mtotal"),
        ({"empty": True}, "the invocation raised KeyError"),
        ({"exit": True}, "the invocation raised SystemExit: 3"),
        ({"object": True}, "the invocation raised ReplyError: a object has no JSON form"),
        (load("s3"), "the invocation raised NoRouteError: no s3 route accepts "),
    ],
    ids=["raises", "without a text", "exits", "no JSON", "no route"],
)
def test_what_the_app_raises_is_told_in_one_line(shop: Project, event: Any, words: str) -> None:
    shop.write("event.json", event)

    code = shop.run("invoke", "shop:app", "event.json")

    assert code == 1
    assert shop.out == ""
    assert shop.err.startswith(f"eventrouter: {words}")
    assert shop.err.count("\n") == 1


def test_several_errors_are_told_one_by_one_with_their_notes(project: Project) -> None:
    project.write(
        "raising.py",
        "from eventrouter import App\napp = App()\n@app.sqs()\ndef on_order(text: str) -> None:\n    raise ValueError(text)\n",
    )
    project.write("event.json", {"Records": [message("one"), message("two")]})

    code = project.run("invoke", "raising:app", "event.json")

    assert code == 1
    assert project.err.splitlines()[:3] == [
        "eventrouter: the invocation raised ExceptionGroup: 2 records failed (2 sub-exceptions)",
        "eventrouter:   ValueError: one",
        "eventrouter:   ValueError: two",
    ]
    assert project.err.splitlines()[3].startswith("eventrouter: the whole batch will be delivered again")


def test_a_traceback_is_of_the_users_code_alone(shop: Project) -> None:
    shop.write("event.json", {"raise": True})

    code = shop.run("invoke", "shop:app", "event.json", "--traceback")

    assert code == 1
    assert shop.err.splitlines() == [
        "eventrouter: the invocation raised",
        f'  File "{shop.folder}/shop.py", line 11, in on_value',
        '    raise ValueError("bad \\x1b[31mtotal")',
        "ValueError: bad \\x1b[31mtotal",
    ]


def test_a_traceback_of_async_code_is_of_the_users_code_alone(project: Project) -> None:
    project.write(
        "later.py",
        "from eventrouter import App\napp = App()\n@app.direct()\nasync def on_value() -> None:\n    raise ValueError('later')\n",
    )
    project.write("event.json", {})

    code = project.run("invoke", "later:app", "event.json", "--traceback")

    assert code == 1
    assert project.err.splitlines() == [
        "eventrouter: the invocation raised",
        f'  File "{project.folder}/later.py", line 5, in on_value',
        "    raise ValueError('later')",
        "ValueError: later",
    ]


def test_a_traceback_has_the_causes_and_the_members_of_a_group(project: Project) -> None:
    project.write(
        "grouped.py",
        "from eventrouter import App\napp = App()\n@app.direct()\ndef on_value() -> None:\n"
        "    raise ExceptionGroup('all', [KeyError('one'), OSError('two')]) from ValueError('cause')\n",
    )
    project.write("event.json", {})

    project.run("invoke", "grouped:app", "event.json", "--traceback")

    said = [line for line in project.err.splitlines() if not line.startswith("  ")]
    assert said == [
        "eventrouter: the invocation raised",
        "ValueError: cause",
        "which led to:",
        "ExceptionGroup: all (2 sub-exceptions)",
        "one of them:",
        "KeyError: 'one'",
        "one of them:",
        "OSError: two",
    ]


# ----------------------------------------------------------------------------------------------------------- --source


@pytest.mark.parametrize(
    ("event", "label"),
    [
        ({"Records": [message("good")]}, "sqs"),
        ({"eventrouter:schedule": "nightly"}, "eventbridge_schedule"),
        ({}, "direct"),
    ],
)
def test_an_event_that_is_what_it_has_to_be_is_sent(shop: Project, event: Any, label: str) -> None:
    shop.write("event.json", event)

    assert shop.run("invoke", "shop:app", "event.json", "--source", label) == 0


@pytest.mark.parametrize(
    ("label", "words"),
    [
        ("sns", "event.json is a sqs event, and --source says sns"),
        ("eventbridge_schedule", "event.json is a sqs event, and --source says eventbridge_schedule"),
        ("sqz", "--source sqz: there is no such label; there are alb, apigw_"),
    ],
)
def test_an_event_that_is_something_else_is_not_sent(shop: Project, label: str, words: str) -> None:
    shop.write("event.json", {"Records": [message("good")]})

    code = shop.run("invoke", "shop:app", "event.json", "--source", label)

    assert code == 2
    assert shop.out == ""
    assert shop.err.startswith(f"eventrouter: {words}")


def test_standard_input_that_is_something_else_is_called_so(shop: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"{}")))

    code = shop.run("invoke", "shop:app", "-", "--source", "sqs")

    assert code == 2
    assert shop.err == "eventrouter: standard input is a direct event, and --source says sqs\n"


# ----------------------------------------------------------------------------------------------------------- the context


def test_the_context_is_like_lambdas(shop: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_LAMBDA_FUNCTION_NAME", raising=False)
    shop.write("event.json", {"context": ["function_name", "log_group_name", "invoked_function_arn", "aws_request_id"]})

    shop.run("invoke", "shop:app", "event.json")
    first = shop.answer
    shop.run("invoke", "shop:app", "event.json")

    name, group, arn, request_id = first
    assert (name, group) == ("local", "/aws/lambda/local")
    assert arn.startswith("arn:aws:lambda:") and arn.endswith(":function:local")
    assert len(request_id) == 36 and request_id != shop.answer[-1]


def test_the_function_is_called_what_lambda_would_call_it(shop: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "shop")
    shop.write("event.json", {"context": ["function_name"]})

    shop.run("invoke", "shop:app", "event.json")

    assert shop.answer == ["shop"]


@pytest.mark.parametrize(
    "options",
    [
        ["--context", "function_name=shop", "memory_limit_in_mb=256", "tenant_id=a=b"],
        ["--context", "function_name=shop", "--context", "memory_limit_in_mb=256", "--context", "tenant_id=a=b"],
    ],
)
def test_the_context_may_be_set(shop: Project, options: list[str]) -> None:
    shop.write("event.json", {"context": ["function_name", "memory_limit_in_mb", "tenant_id"]})

    shop.run("invoke", "shop:app", "event.json", *options)

    assert shop.answer == ["shop", 256, "a=b"]


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("function_name", "--context takes KEY=VALUE after APP and FILE, where KEY is aws_request_id, "),
        ("nothere=1", "--context takes KEY=VALUE after APP and FILE, where KEY is aws_request_id, "),
        ("memory_limit_in_mb=lots", "--context memory_limit_in_mb= is a whole number, not 'lots'"),
    ],
)
def test_what_the_context_does_not_have_is_a_mistake(shop: Project, setting: str, words: str) -> None:
    shop.write("event.json", {})

    code = shop.run("invoke", "shop:app", "event.json", "--context", setting)

    assert code == 2
    assert shop.err.startswith(f"eventrouter: {words}")


@pytest.mark.parametrize(("options", "seconds"), [([], 900), (["--timeout", "7.5"], 7.5)])
def test_the_deadline_is_set(shop: Project, options: list[str], seconds: float) -> None:
    shop.write("event.json", {"time": True})

    shop.run("invoke", "shop:app", "event.json", *options)

    assert seconds - 5 < shop.answer / 1000 <= seconds


# ------------------------------------------------------------------------------------------------------------ the end

LIFESPAN = """
from contextlib import {manager}
from eventrouter import App


@{manager}
{async_}def lifespan(app):
    print("opened")
    yield
    print("closed"){end}


app = App(lifespan=lifespan)


@app.direct()
def on_value(value: dict[str, bool]) -> str:
    if value:
        raise KeyboardInterrupt
    return "answer"
"""


def lifespan(*, is_async: bool, end: str = "") -> str:
    manager = "asynccontextmanager" if is_async else "contextmanager"
    return LIFESPAN.format(manager=manager, async_="async " if is_async else "", end=end)


@pytest.mark.parametrize("is_async", [False, True])
def test_the_app_is_closed_at_the_end(project: Project, is_async: bool) -> None:
    project.write("living.py", lifespan(is_async=is_async))
    project.write("event.json", {})

    code = project.run("invoke", "living:app", "event.json")

    assert code == 0
    assert (project.answer, project.err) == ("answer", "opened\nclosed\n")


def test_an_app_that_fails_to_close_is_told(project: Project) -> None:
    project.write("living.py", lifespan(is_async=False, end="\n    raise OSError('still open')"))
    project.write("event.json", {})

    code = project.run("invoke", "living:app", "event.json")

    assert code == 1
    assert project.answer == "answer"
    assert project.err.endswith("eventrouter: closing the app raised OSError: still open\n")


def test_an_interruption_closes_the_app_and_is_quiet(project: Project) -> None:
    project.write("living.py", lifespan(is_async=False))
    project.write("event.json", {"interrupt": True})

    code = project.run("invoke", "living:app", "event.json")

    assert code == 130
    assert (project.out, project.err) == ("", "opened\nclosed\n")


def test_a_file_that_is_not_there_is_a_mistake_in_one_line(project: Project) -> None:
    code = project.run("invoke", "main:app", str(Path("events") / "nothere.json"))

    assert code == 2
    assert project.err == "on import\neventrouter: events/nothere.json: No such file or directory\n"
