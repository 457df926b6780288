"""Invocations one after the other: handed over, handled, answered, whatever goes wrong with one of them."""

from __future__ import annotations

import asyncio
import json
import os
import time
from contextvars import ContextVar
from typing import Any

import pytest
from pydantic import JsonValue

from eventrouter import App, BackgroundTasks, HTTPException, LambdaContext, Response, current_invocation
from eventrouter.app import new_invocation
from eventrouter.runtime._hosted import RuntimeHost
from eventrouter.runtime._protocol import Received
from tests.runtime.served import LIMIT, Api, Served, Turn, serve, status, url_event

DRIVERS = ["blocking", "asyncio", "trio"]
LOOPS = ["asyncio", "trio"]


def echo() -> App:
    app = App()

    @app.direct()
    def on_event(event: JsonValue) -> Any:
        return {"got": event}

    return app


def in_ms(seconds: float) -> dict[str, str]:
    return {"Lambda-Runtime-Deadline-Ms": str(int((time.time() + seconds) * 1000))}


@pytest.mark.parametrize("driver", DRIVERS)
def test_each_invocation_is_answered_under_its_id(driver: str) -> None:
    served = serve(echo(), Turn(1, request_id="a-1"), Turn("two", request_id="b/ü"), driver=driver)

    assert [(said.path.partition("/invocation/")[2], said.value) for said in served.said] == [
        ("a-1/response", {"got": 1}),
        ("b%2F%FC/response", {"got": "two"}),
    ]
    assert served.said[0].headers["content-type"] == "application/json"


@pytest.mark.parametrize("driver", DRIVERS)
def test_a_request_is_answered_in_the_shape_of_its_trigger(driver: str) -> None:
    app = App()

    @app.get("/orders/{order_id}")
    def read_order(order_id: int) -> dict[str, int]:
        return {"id": order_id}

    served = serve(app, Turn(url_event("/orders/7")), driver=driver)

    assert served.only.value == {
        "statusCode": 200,
        "headers": {"content-type": "application/json"},
        "cookies": [],
        "body": '{"id":7}',
        "isBase64Encoded": False,
    }


@pytest.mark.parametrize("driver", DRIVERS)
def test_a_handlers_error_is_told_with_its_type_and_stack(driver: str, caplog: pytest.LogCaptureFixture) -> None:
    app = App()

    @app.direct()
    def on_event(event: JsonValue) -> None:
        raise KeyError("no such order")

    served = serve(app, Turn(1), Turn(2), driver=driver)

    assert [said.kind for said in served.said] == ["error", "error"]
    assert served.said[0].value["errorType"] == "KeyError"
    assert served.said[0].value["errorMessage"] == "'no such order'"
    assert "in on_event" in served.said[0].value["stackTrace"][-1]
    assert served.said[0].headers["lambda-runtime-function-error-type"] == "Function.KeyError"
    assert json.loads(served.said[0].headers["lambda-runtime-function-xray-error-cause"])["exceptions"][0]["type"]
    assert "invocation r-1 failed" in caplog.text and "no such order" in caplog.text


@pytest.mark.parametrize("driver", DRIVERS)
@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (RecursionError("too deep"), "RecursionError"),
        (BaseExceptionGroup("both", [KeyboardInterrupt(), ValueError()]), "BaseExceptionGroup"),
        (StopIteration(), "StopIteration"),
        (GeneratorExit(), "GeneratorExit"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_whatever_a_handler_raises_fails_its_invocation_alone(driver: str, error: BaseException, kind: str) -> None:
    app = echo()

    @app.direct(where={"do": ["raise"]})
    def on_raise(event: JsonValue) -> None:
        raise error

    served = serve(app, Turn({"do": "raise"}), Turn(2), driver=driver)

    assert [said.kind for said in served.said] == ["error", "response"]
    assert served.said[0].value["errorType"] == kind


@pytest.mark.parametrize("driver", DRIVERS)
@pytest.mark.parametrize(
    ("error", "exit_code"), [(SystemExit(7), 7), (SystemExit(), 0), (SystemExit("why"), 1), (KeyboardInterrupt(), 130)]
)
def test_what_means_to_end_the_process_does_so_once_its_invocation_is_answered(
    driver: str, error: BaseException, exit_code: int
) -> None:
    app = App()

    @app.direct()
    def on_event(event: JsonValue) -> None:
        raise error

    served = serve(app, Turn(1), Turn(2), driver=driver)

    assert served.only.kind == "error"
    assert served.only.value["errorType"] == type(error).__name__
    assert served.exit_code == exit_code


@pytest.mark.parametrize("driver", DRIVERS)
def test_a_batch_reports_its_records_before_the_process_ends(driver: str) -> None:
    app = App(failures="report")

    @app.sqs()
    def on_message(text: str) -> None:
        if text == "exit":
            raise SystemExit(3)

    records = [
        {"messageId": name, "body": name, "eventSource": "aws:sqs", "eventSourceARN": "arn:aws:sqs:eu-west-1:1:q"}
        for name in ("good", "exit", "never")
    ]

    served = serve(app, Turn({"Records": records}), Turn(2), driver=driver)

    assert served.only.value == {"batchItemFailures": [{"itemIdentifier": "exit"}, {"itemIdentifier": "never"}]}
    assert served.exit_code == 3


@pytest.mark.parametrize("driver", DRIVERS)
def test_an_event_that_is_no_json_fails(driver: str) -> None:
    served = serve(echo(), Turn(b"{"), Turn(b""), Turn(1), driver=driver)

    assert [said.kind for said in served.said] == ["error", "error", "response"]
    assert served.said[0].headers["lambda-runtime-function-error-type"] == "Runtime.UnmarshalError"


@pytest.mark.parametrize("driver", DRIVERS)
def test_a_value_without_json_form_fails_its_invocation(driver: str) -> None:
    app = App()

    @app.direct()
    def on_event(event: JsonValue) -> Any:
        return object() if event == 1 else "fine"

    served = serve(app, Turn(1), Turn(2), driver=driver)

    assert [said.kind for said in served.said] == ["error", "response"]
    assert served.said[0].value["errorType"] == "ReplyError"


@pytest.mark.parametrize("driver", DRIVERS)
@pytest.mark.parametrize("code", [400, 403, 410, 413, 500])
def test_an_answer_that_is_refused_is_told_in_the_log_and_the_next_invocation_handled(
    driver: str, code: int, caplog: pytest.LogCaptureFixture
) -> None:
    served = serve(echo(), Turn(1, reply=status(code)), Turn(2), driver=driver)

    assert [said.value for said in served.said] == [{"got": 1}, {"got": 2}]
    assert f"refused with {code}" in caplog.text


@pytest.mark.parametrize("driver", DRIVERS)
@pytest.mark.parametrize("reply", [b"no HTTP at all\r\n\r\n", b"", None], ids=["garbage", "hangs up", "nothing"])
def test_an_answer_that_is_not_acknowledged_is_told_in_the_log(
    driver: str, reply: bytes | None, caplog: pytest.LogCaptureFixture
) -> None:
    served = serve(
        echo(), Turn(1, reply=reply, reads=0 if reply == b"" else None), Turn(2), driver=driver, patience=0.1
    )

    assert [said.value for said in served.said] == [{"got": 1}, {"got": 2}]
    assert "the answer of invocation r-1 was lost" in caplog.text


@pytest.mark.parametrize("driver", DRIVERS)
@pytest.mark.parametrize("code", [200, 201, 202, 204])
def test_any_success_accepts_an_answer(driver: str, code: int, caplog: pytest.LogCaptureFixture) -> None:
    served = serve(echo(), Turn(1, reply=f"HTTP/1.1 {code} OK\r\nContent-Length: 0\r\n\r\n".encode()), driver=driver)

    assert served.only.kind == "response"
    assert "r-1" not in caplog.text


@pytest.mark.parametrize("driver", DRIVERS)
def test_a_kept_connection_that_the_server_closes_between_two_requests_is_opened_again(driver: str) -> None:
    closing = b"HTTP/1.1 202 Accepted\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
    apis: list[Api] = []
    app = App()

    @app.direct()
    def on_event(event: JsonValue) -> JsonValue:
        if event == 1:
            apis[0].has_hung_up.wait(LIMIT)
        return event

    turns = [Turn(1, hangs_up=True), Turn(2, reply=closing), Turn(3)]
    served = serve(app, *turns, driver=driver, prepare=apis.append)

    assert [said.value for said in served.said] == [1, 2, 3]


@pytest.mark.parametrize("driver", DRIVERS)
@pytest.mark.parametrize(
    "raw",
    [
        b"HTTP/1.1 200 OK\r\nContent-Le",
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{}",
        b"what\r\n\r\n",
        status(500),
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nLambda-Runtime-Aws-Request-Id: \r\nContent-Length: 2\r\n\r\n{}",
        b'HTTP/1.1 403 No\r\nContent-Length: 21\r\n\r\n{"errorType": "State"}',
    ],
    ids=["mid-head", "mid-body", "garbage", "500", "without id", "empty id", "403"],
)
def test_an_invocation_that_is_not_to_be_understood_is_asked_for_again(
    driver: str, raw: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    served = serve(echo(), Turn(raw=raw, hangs_up=True), Turn(2), driver=driver)

    assert served.only.value == {"got": 2}
    assert "trying again" in caplog.text


@pytest.mark.parametrize("driver", DRIVERS)
def test_a_server_that_goes_on_failing_ends_the_process(driver: str, caplog: pytest.LogCaptureFixture) -> None:
    served = serve(echo(), *[Turn(raw=status(500)) for _ in range(9)], driver=driver)

    assert served.exit_code == 1
    assert served.api.polls == 5
    assert "the server replied 500" in caplog.text


@pytest.mark.parametrize("driver", DRIVERS)
def test_no_invocation_yet_is_asked_for_again(driver: str) -> None:
    served = serve(echo(), Turn(raw=b"HTTP/1.1 204 No Content\r\n\r\n"), Turn(2), driver=driver)

    assert served.only.value == {"got": 2}


@pytest.mark.parametrize("driver", DRIVERS)
def test_a_server_that_is_gone_ends_the_process_and_says_so(driver: str, caplog: pytest.LogCaptureFixture) -> None:
    served = serve(echo(), driver=driver)

    assert served.exit_code == 1
    assert served.said == []
    assert "Runtime API" in caplog.text


@pytest.mark.parametrize("driver", DRIVERS)
@pytest.mark.parametrize("size", [6 * 1024 * 1024, 70_000])
def test_a_large_event_and_a_large_answer_arrive_whole(driver: str, size: int) -> None:
    app = App()

    @app.direct()
    def on_event(event: JsonValue) -> JsonValue:
        return event

    served = serve(app, Turn("x" * size), Turn("after"), driver=driver)

    assert [len(said.value) for said in served.said] == [size, 5]


@pytest.mark.parametrize("driver", DRIVERS)
def test_a_chunked_event_is_read(driver: str) -> None:
    raw = (
        b"HTTP/1.1 200 OK\r\nLambda-Runtime-Aws-Request-Id: r-1\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"1\r\n[\r\n3;x=y\r\n1,2\r\n1\r\n]\r\n0\r\nX: y\r\n\r\n"
    )

    served = serve(echo(), Turn(raw=raw), driver=driver)

    assert served.only.value == {"got": [1, 2]}


@pytest.mark.parametrize("driver", DRIVERS)
def test_an_answer_that_is_refused_before_it_is_sent_is_not_sent_to_its_end(
    driver: str, caplog: pytest.LogCaptureFixture
) -> None:
    app = App()

    @app.direct()
    def on_event(event: JsonValue) -> str:
        return "x" * 20_000_000 if event == 1 else "small"

    served = serve(app, Turn(1, reply=status(413), refuses_early=True), Turn(2), driver=driver)

    assert served.said[1].value == "small"
    assert "refused with 413: it is larger than its caller takes" in caplog.text


@pytest.mark.parametrize("driver", DRIVERS)
def test_an_answer_that_is_accepted_before_it_is_sent_is_sent_to_its_end(driver: str) -> None:
    app = App()

    @app.direct()
    def on_event(event: JsonValue) -> str:
        return "x" * 20_000_000

    served = serve(app, Turn(1, accepts_early=True), Turn(2), driver=driver)

    assert [len(said.value) for said in served.said] == [20_000_000] * 2


# ---- the context


def context_of(turn: Turn, driver: str, environment: dict[str, str] | None = None) -> dict[str, Any]:
    app = App()
    seen: dict[str, Any] = {}

    @app.direct()
    def on_event(event: JsonValue, context: LambdaContext) -> None:
        seen.update({name: getattr(context, name) for name in LambdaContext.__slots__})
        seen["w3c"] = context.w3c()
        seen["trace variable"] = os.environ.get("_X_AMZN_TRACE_ID")
        seen["remaining"] = context.get_remaining_time_in_millis()

    serve(app, turn, driver=driver, environment=environment)
    return seen


@pytest.mark.parametrize("driver", DRIVERS)
def test_the_context_says_what_lambda_says(driver: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("_X_AMZN_TRACE_ID", raising=False)
    client = {
        "client": {"installation_id": "i", "app_title": "t"},
        "custom": {"a": 1},
        "env": {"b": 2},
        "w3c": {"traceparent": "00-1", "tracestate": 7, "other": "x"},
    }
    headers = {
        **in_ms(30),
        "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:eu-west-1:1:function:shop:live",
        "Lambda-Runtime-Trace-Id": "Root=1-2;Sampled=1",
        "Lambda-Runtime-Client-Context": json.dumps(client),
        "Lambda-Runtime-Cognito-Identity": '{"cognitoIdentityId":"id","cognitoIdentityPoolId":"pool"}',
        "Lambda-Runtime-Aws-Tenant-Id": "blue",
    }
    environment = {
        "AWS_LAMBDA_FUNCTION_NAME": "shop",
        "AWS_LAMBDA_FUNCTION_VERSION": "7",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
        "AWS_LAMBDA_LOG_GROUP_NAME": "group",
        "AWS_LAMBDA_LOG_STREAM_NAME": "stream",
    }

    seen = context_of(Turn(1, headers), driver, environment)

    assert seen["aws_request_id"] == "r-1"
    assert seen["invoked_function_arn"] == "arn:aws:lambda:eu-west-1:1:function:shop:live"
    assert (seen["function_name"], seen["function_version"], seen["memory_limit_in_mb"]) == ("shop", "7", 512)
    assert (seen["log_group_name"], seen["log_stream_name"]) == ("group", "stream")
    assert (seen["tenant_id"], seen["trace_id"], seen["trace variable"]) == ("blue", *["Root=1-2;Sampled=1"] * 2)
    assert (seen["identity"].cognito_identity_id, seen["identity"].cognito_identity_pool_id) == ("id", "pool")
    assert (seen["client_context"].custom, seen["client_context"].env) == ({"a": 1}, {"b": 2})
    assert (seen["client_context"].client.installation_id, seen["client_context"].client.app_title) == ("i", "t")
    assert seen["w3c"] == {"traceparent": "00-1"}
    assert 0 < seen["remaining"] <= 30_000


def test_what_lambda_does_not_say_is_absent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_X_AMZN_TRACE_ID", "of the invocation before")
    headers = {"Lambda-Runtime-Client-Context": "", "Lambda-Runtime-Trace-Id": "", "Lambda-Runtime-Deadline-Ms": ""}

    seen = context_of(Turn(1, headers), "blocking")

    assert (seen["client_context"], seen["tenant_id"], seen["trace_id"], seen["trace variable"]) == (None,) * 4
    assert (seen["identity"].cognito_identity_id, seen["invoked_function_arn"], seen["w3c"]) == (None, "", {})
    assert seen["memory_limit_in_mb"] == 128
    assert seen["remaining"] > 800_000


@pytest.mark.parametrize(
    ("text", "custom"),
    [('{"custom":{"ü":1}}', {"ü": 1}), ("eyJjdXN0b20iOnsiYSI6MX19", {"a": 1})],
    ids=["UTF-8", "base64"],
)
def test_a_client_context_is_read_however_it_is_written(text: str, custom: object) -> None:
    seen = context_of(Turn(1, {"Lambda-Runtime-Client-Context": text.encode().decode("latin-1")}), "blocking")

    assert seen["client_context"].custom == custom
    assert seen["client_context"].client is None


@pytest.mark.parametrize("text", ["[1]", "{", "%%%"])
def test_a_client_context_that_is_none_is_left_out_and_told(text: str, caplog: pytest.LogCaptureFixture) -> None:
    seen = context_of(Turn(1, {"Lambda-Runtime-Client-Context": text}), "blocking")

    assert seen["client_context"] is None
    assert "lambda-runtime-client-context of an invocation holds no JSON object" in caplog.text


@pytest.mark.parametrize("driver", DRIVERS)
@pytest.mark.parametrize("deadline", ["600000", "1", "x", "9" * 30])
def test_a_deadline_that_is_none_cancels_nothing(driver: str, deadline: str) -> None:
    app = App()

    @app.direct()
    async def on_event(event: JsonValue) -> str:
        await asyncio.sleep(0) if driver != "trio" else None
        return "done"

    served = serve(app, Turn(1, {"Lambda-Runtime-Deadline-Ms": deadline}), driver=driver)

    assert served.only.value == "done"


@pytest.mark.parametrize("driver", DRIVERS)
def test_the_attempts_id_is_sent_back(driver: str) -> None:
    served = serve(echo(), Turn(1, {"Lambda-Runtime-Invocation-Id": "attempt-9"}), Turn(2), driver=driver)

    assert [said.headers.get("lambda-runtime-invocation-id") for said in served.said] == ["attempt-9", None]


@pytest.mark.parametrize("driver", DRIVERS)
def test_context_variables_of_one_invocation_are_not_there_in_the_next(driver: str) -> None:
    app = App()
    variable: ContextVar[str] = ContextVar("variable", default="clean")

    @app.direct(where={"how": ["sync"]})
    def on_sync(event: JsonValue) -> str:
        before = variable.get()
        variable.set("dirty")
        return before

    @app.direct()
    async def on_async(event: JsonValue) -> str:
        before = variable.get()
        variable.set("dirty")
        return before

    turns = [Turn({"how": how}) for how in ("sync", "async", "sync", "async")]
    served = serve(app, *turns, driver=driver)

    assert [said.value for said in served.said] == ["clean"] * 4


@pytest.mark.parametrize("driver", DRIVERS)
def test_current_invocation_is_the_one_at_hand(driver: str) -> None:
    app = App()

    @app.direct()
    async def on_event(event: JsonValue) -> str:
        return current_invocation().request_id

    served = serve(app, Turn(1, request_id="a"), Turn(2, request_id="b"), driver=driver)

    assert [said.value for said in served.said] == ["a", "b"]


# ---- after the answer


def app_with_work(order: list[str], *, is_async: bool) -> App:
    app = App()

    async def later() -> None:
        order.append("background")

    @app.get("/")
    def home(tasks: BackgroundTasks) -> str:
        tasks.add_task(later if is_async else lambda: order.append("background"))
        order.append("handler")
        return "home"

    @app.after_invocation
    def hook() -> None:
        order.append("hook")

    return app


@pytest.mark.parametrize("driver", DRIVERS)
@pytest.mark.parametrize("is_async", [True, False])
def test_background_work_and_hooks_come_after_the_answer_and_before_the_next_poll(driver: str, is_async: bool) -> None:
    order: list[str] = []

    def prepare(api: Any) -> None:
        api.on_poll = lambda count: order.append(f"poll {count}")

    served = serve(app_with_work(order, is_async=is_async), Turn(url_event()), driver=driver, prepare=prepare)

    assert served.only.value["body"] == "home"
    assert order[:5] == ["poll 1", "handler", "background", "hook", "poll 2"]


@pytest.mark.parametrize("driver", DRIVERS)
def test_background_work_that_fails_is_told_in_the_log(driver: str, caplog: pytest.LogCaptureFixture) -> None:
    app = App()

    def fails() -> None:
        raise ValueError("in the background")

    @app.get("/")
    def home(tasks: BackgroundTasks) -> Response:
        tasks.add_task(fails)
        return Response("home")

    served = serve(app, Turn(url_event()), Turn(url_event()), driver=driver)

    assert [said.value["statusCode"] for said in served.said] == [200, 200]
    assert "in the background" in caplog.text


@pytest.mark.parametrize("driver", DRIVERS)
def test_a_hook_that_means_to_end_the_process_does(driver: str) -> None:
    app = echo()

    @app.after_invocation
    def hook() -> None:
        raise SystemExit(4)

    served = serve(app, Turn(1), Turn(2), driver=driver)

    assert served.only.value == {"got": 1}
    assert served.exit_code == 4


# ---- time


@pytest.mark.parametrize("driver", LOOPS)
def test_an_async_handler_is_cancelled_before_the_deadline_and_its_caller_told(driver: str) -> None:
    app = App()
    seen: list[str] = []

    @app.get("/slow")
    async def slow() -> str:
        import anyio

        try:
            await anyio.sleep(60)
        finally:
            seen.append("closed")
        return "never"

    @app.direct()
    async def on_event(event: JsonValue) -> None:
        import anyio

        await anyio.sleep(60)

    served = serve(app, Turn(url_event("/slow"), in_ms(0.3)), Turn(1, in_ms(0.3)), driver=driver)

    assert served.said[0].value["statusCode"] == 504
    assert json.loads(served.said[0].value["body"])["code"] == "timeout"
    assert served.said[1].kind == "error"
    assert served.said[1].value["errorType"] == "HandlerTimeoutError"
    assert seen == ["closed"]


@pytest.mark.parametrize("driver", LOOPS)
def test_a_batch_that_is_cut_short_reports_what_is_not_done(driver: str) -> None:
    app = App(failures="report")

    @app.sqs()
    async def on_message(text: str) -> None:
        import anyio

        if text != "good":
            await anyio.sleep(60)

    records = [
        {"messageId": name, "body": name, "eventSource": "aws:sqs", "eventSourceARN": "arn:aws:sqs:eu-west-1:1:q"}
        for name in ("good", "slow", "never")
    ]

    served = serve(app, Turn({"Records": records}, in_ms(0.4)), Turn({"Records": records[:1]}), driver=driver)

    assert [said.value for said in served.said] == [
        {"batchItemFailures": [{"itemIdentifier": "slow"}, {"itemIdentifier": "never"}]},
        {"batchItemFailures": []},
    ]


@pytest.mark.parametrize("driver", LOOPS)
def test_a_layer_that_waits_is_cut_short_as_well(driver: str) -> None:
    app = echo()

    @app.middleware
    async def slow(invocation: Any, call_next: Any) -> Any:
        import anyio

        await anyio.sleep(60)

    served = serve(app, Turn(1, in_ms(0.2)), driver=driver)

    assert served.only.value["errorType"] == "HandlerTimeoutError"


@pytest.mark.parametrize("driver", LOOPS)
def test_the_margin_is_the_apps(driver: str) -> None:
    app = App(margin=0.1)

    @app.direct()
    async def on_event(event: JsonValue, context: LambdaContext) -> None:
        import anyio

        try:
            await anyio.sleep(60)
        finally:
            left.append(context.get_remaining_time_in_millis())

    left: list[int] = []
    serve(app, Turn(1, in_ms(1.0)), driver=driver, margin=0.8)

    assert left[0] > 400


# ---- what is left behind


def test_tasks_and_generators_that_an_invocation_leaves_behind_are_ended_with_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    app = App()
    seen: list[str] = []
    kept: list[Any] = []

    async def numbers() -> Any:
        try:
            yield 1
            yield 2
        finally:
            seen.append("generator closed")

    async def forever() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            seen.append("task cancelled")

    @app.direct()
    async def on_event(event: JsonValue) -> int:
        kept.append(asyncio.get_running_loop().create_task(forever(), name="left"))
        kept.append(numbers())
        await asyncio.sleep(0)
        return int(await anext(kept[-1]))

    serve(app, Turn(1), prepare=lambda api: setattr(api, "on_poll", lambda count: seen.append(f"poll {count}")))

    assert seen[:4] == ["poll 1", "task cancelled", "generator closed", "poll 2"]
    assert "cancelled 1 tasks that the invocation left behind: left" in caplog.text


def test_a_handler_that_cancels_its_own_task_fails_alone(caplog: pytest.LogCaptureFixture) -> None:
    app = echo()

    @app.direct(where={"do": ["cancel"]})
    async def on_cancel(event: JsonValue) -> None:
        task = asyncio.current_task()
        assert task is not None
        task.cancel()
        await asyncio.sleep(0)

    @app.direct(where={"do": ["cancel later"]})
    async def on_later(event: JsonValue) -> str:
        task = asyncio.current_task()
        assert task is not None
        task.cancel()
        return "done"

    served = serve(app, Turn({"do": "cancel"}), Turn({"do": "cancel later"}), Turn(3))

    assert [said.kind for said in served.said] == ["error", "response", "response"]
    assert served.said[0].value["errorType"] == "HandlerCancelledError"


def test_a_layer_that_waits_against_its_promise_is_told(caplog: pytest.LogCaptureFixture) -> None:
    app = App()

    async def layer(invocation: Any, call_next: Any) -> Any:
        await asyncio.sleep(0)
        return await call_next(invocation)

    app.middleware(layer, waits=False)

    @app.direct()
    def on_event(event: JsonValue) -> int:
        return 1

    for driver in ("blocking", "asyncio"):
        served = serve(app, Turn(1), driver=driver)

        assert served.only.value["errorType"] == "LoopError"


def test_a_synchronous_handler_may_return_something_to_wait_for_without_a_loop_of_its_own() -> None:
    app = App()

    async def later() -> str:
        await asyncio.sleep(0)
        return "later"

    @app.direct()
    def on_event(event: JsonValue) -> Any:
        return later()

    served: Served = serve(app, Turn(1), driver="blocking")

    assert served.only.value == "later"


def test_an_exception_handler_may_answer_a_request_that_ran_out_of_time() -> None:
    from eventrouter import HandlerTimeoutError

    app = App()

    @app.get("/")
    async def home() -> None:
        await asyncio.sleep(60)

    @app.exception_handler(HandlerTimeoutError)
    def too_late(error: HandlerTimeoutError) -> Response:
        raise HTTPException(503, "come again")

    served = serve(app, Turn(url_event(), in_ms(0.2)))

    assert served.only.value["statusCode"] == 503


@pytest.mark.parametrize("driver", LOOPS)
def test_background_work_that_runs_out_of_time_is_told_in_the_log(
    driver: str, caplog: pytest.LogCaptureFixture
) -> None:
    app = App()

    async def slow() -> None:
        import anyio

        await anyio.sleep(60)

    @app.get("/")
    def home(tasks: BackgroundTasks) -> str:
        tasks.add_task(slow)
        return "home"

    served = serve(app, Turn(url_event(), in_ms(0.3)), Turn(url_event("/next")), driver=driver)

    assert [said.value["statusCode"] for said in served.said] == [200, 404]
    assert "what was left of invocation r-1 failed" in caplog.text


@pytest.mark.parametrize("driver", DRIVERS)
def test_a_kept_connection_that_the_server_resets_is_opened_again(driver: str) -> None:
    apis: list[Api] = []
    app = App()

    @app.direct()
    def on_event(event: JsonValue) -> JsonValue:
        if event == 1:
            apis[0].has_hung_up.wait(LIMIT)
        return event

    served = serve(app, Turn(1, hangs_up=True, resets=True), Turn(2), driver=driver, prepare=apis.append)

    assert [said.value for said in served.said] == [1, 2]


@pytest.mark.parametrize("driver", DRIVERS)
def test_a_server_that_refuses_and_hangs_up_is_heard(driver: str, caplog: pytest.LogCaptureFixture) -> None:
    app = App()

    @app.direct()
    def on_event(event: JsonValue) -> str:
        return "x" * 20_000_000

    served = serve(app, Turn(1, reply=status(413), refuses_early=True, hangs_up_then=True), driver=driver)

    assert len(served.said) == 1
    assert "refused with 413" in caplog.text or "was lost" in caplog.text


def test_what_a_caller_gives_up_on_is_given_up_before_lambda_does() -> None:
    app = App()
    rest = {
        "resource": "/", "path": "/", "httpMethod": "GET", "headers": None, "multiValueHeaders": None,
        "requestContext": {"path": "/", "stage": "s", "httpMethod": "GET", "identity": {}, "apiId": "a"}, "body": None,
    }  # fmt: skip
    received = Received("r", int((time.time() + 600) * 1000), b"", {})
    host = RuntimeHost(app._stream_settings(), received, None)
    host.invocation = new_invocation(rest, LambdaContext())

    seconds = host.seconds(None)
    host.interrupt(ValueError())

    assert seconds is not None
    assert 20 < seconds < 30
    assert host.interruption is None
