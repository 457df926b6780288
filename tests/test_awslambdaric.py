"""Apps under AWS's own runtime client, in a process of its own, against a small Runtime API of ours.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Empty, Queue
from typing import Any

import pytest

import samples.shop

EVENTS = Path(samples.shop.__file__).parent / "events"
ROOT = EVENTS.parent.parent.parent
API = "/2018-06-01/runtime"
ARN = "arn:aws:lambda:eu-central-1:210987654321:function:shop"
#: Seconds after which a client that says nothing is taken for hung.
PATIENCE = 60


@dataclass
class Event:
    """What the client is given to handle."""

    request_id: str
    value: object
    content_type: str
    deadline_ms: int


@dataclass
class Said:
    """What the client posts: ``kind`` is ``response``, ``error``, ``init/error``, or ``exit`` when it has ended."""

    kind: str
    request_id: str = ""
    error_type: str | None = None
    value: Any = None


class Api(ThreadingHTTPServer):
    """The Runtime API on a free port of the loopback interface."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Conversation)
        self.events: Queue[Event | None] = Queue()
        self.said: Queue[Said] = Queue()


class Conversation(BaseHTTPRequestHandler):
    """One connection of a client."""

    protocol_version = "HTTP/1.1"
    server: Api

    def do_GET(self) -> None:
        if self.path != f"{API}/invocation/next":
            self._refuse()
            return
        event = self.server.events.get()
        if event is None:  # the client is being ended: nobody reads an answer
            self.close_connection = True
            return
        self._answer(
            200,
            json.dumps(event.value).encode(),
            {
                # The client decodes an event of exactly this type, and breaks if there is none.
                "Content-Type": event.content_type,
                "Lambda-Runtime-Aws-Request-Id": event.request_id,
                "Lambda-Runtime-Deadline-Ms": str(event.deadline_ms),
                "Lambda-Runtime-Invoked-Function-Arn": ARN,
            },
        )

    def do_POST(self) -> None:
        value = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        match self.path.removeprefix(API).split("/")[1:]:
            case ["invocation", request_id, ("response" | "error") as kind]:
                said = Said(kind, request_id, value=value)
            case ["init", "error"]:
                said = Said("init/error", "", self.headers["Lambda-Runtime-Function-Error-Type"], value)
            case _:
                self._refuse()
                return
        self._answer(202, b'{"status": "OK"}', {"Content-Type": "application/json"})
        self.server.said.put(said)

    def _refuse(self) -> None:
        self._answer(404, b"{}", {"Content-Type": "application/json"})
        self.server.said.put(Said(f"{self.command} {self.path}, which the Runtime API does not have"))

    def _answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def log_message(self, format: str, *arguments: object) -> None:
        """Say nothing: what matters is in the queue."""


@dataclass
class Client:
    """AWS's client, running a handler."""

    api: Api
    process: subprocess.Popen[bytes]
    output: Path
    sent: list[str] = field(default_factory=list)

    def invoke(self, value: object, *, content_type: str = "application/json", seconds_left: float = 30) -> Said:
        """What the client posts for an event."""
        request_id = f"8476a536-e9f4-11e8-9739-{len(self.sent):012d}"
        self.sent.append(request_id)
        self.api.events.put(Event(request_id, value, content_type, int((time.time() + seconds_left) * 1000)))
        said = self.hear()
        assert said.request_id == request_id
        return said

    def hear(self) -> Said:
        """What the client says next."""
        try:
            said = self.api.said.get(timeout=PATIENCE)
        except Empty:
            raise AssertionError(f"the client says nothing:\n{self.output.read_text()}") from None
        assert said.kind != "exit", f"the client has ended:\n{self.output.read_text()}"
        return said


@contextmanager
def running(handler: str, output: Path, *path: Path) -> Iterator[Client]:
    """AWS's client with *handler*, which may stand in a folder of *path*."""
    with ExitStack() as stack:
        api = stack.enter_context(Api())
        serving = threading.Thread(target=api.serve_forever, args=(0.05,))
        serving.start()
        stack.callback(serving.join)
        stack.callback(api.shutdown)
        process = stack.enter_context(
            subprocess.Popen(
                [sys.executable, "-m", "awslambdaric", handler],
                stdout=stack.enter_context(output.open("wb")),
                stderr=subprocess.STDOUT,
                cwd=ROOT,
                env={
                    "PATH": os.environ["PATH"],
                    "PYTHONPATH": os.pathsep.join(map(str, [ROOT, *path])),
                    "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{api.server_port}",
                    "LAMBDA_TASK_ROOT": str(ROOT),
                    "_HANDLER": handler,
                    "AWS_EXECUTION_ENV": f"AWS_Lambda_python{sys.version_info.major}.{sys.version_info.minor}",
                    "AWS_LAMBDA_FUNCTION_NAME": "shop",
                    "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
                    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128",
                    "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/shop",
                    "AWS_LAMBDA_LOG_STREAM_NAME": "2025/09/02/[$LATEST]5e0f8f2b",
                    "AWS_REGION": "eu-central-1",
                },
            )
        )
        watching = threading.Thread(target=_tell_the_end, args=(process, api))
        watching.start()
        stack.callback(watching.join)
        stack.callback(api.events.put, None)
        stack.callback(process.terminate)
        yield Client(api, process, output)


def _tell_the_end(process: subprocess.Popen[bytes], api: Api) -> None:
    process.wait()
    api.said.put(Said("exit"))


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with running("samples.shop.main.app", tmp_path_factory.mktemp("shop") / "output") as client:
        yield client


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with running("tests.lambda_app.app", tmp_path_factory.mktemp("own") / "output") as client:
        yield client


def event(name: str) -> Any:
    (path,) = EVENTS.glob(f"*{name}*.json")
    return json.loads(path.read_text())


def request(method: str, path: str, body: object = None) -> Any:
    """A request through a function URL."""
    found = event("function_url")
    found["rawPath"] = path
    found["requestContext"]["http"] |= {"method": method, "path": path}
    return found if body is None else found | {"body": json.dumps(body)}


def payments(*order_ids: int) -> Any:
    """A batch with a payment for each of *order_ids*; the ids of the messages end in 1, 2, 3."""
    found = event("payments")
    found["Records"] = [
        record | {"body": json.dumps({"order_id": order_id, "amount": 100})}
        for record, order_id in zip(found["Records"], order_ids, strict=True)
    ]
    return found


def created(shop: Client) -> int:
    """The number of a new order."""
    order_id: int = json.loads(
        shop.invoke(request("POST", "/orders", {"customer": "Åsa", "total": 9.5})).value["body"]
    )["id"]
    return order_id


def test_a_request_is_answered_in_the_shape_of_its_trigger(shop: Client) -> None:
    order_id = created(shop)

    said = shop.invoke(request("GET", f"/orders/{order_id}"))

    assert said.kind == "response"
    assert {key: value for key, value in said.value.items() if key != "body"} == {
        "statusCode": 200,
        "headers": {"content-type": "application/json"},
        "cookies": [],
        "isBase64Encoded": False,
    }
    assert json.loads(said.value["body"]) == {"customer": "Åsa", "total": 9.5, "id": order_id, "status": "open"}


def test_a_404_is_a_response_and_no_error(shop: Client) -> None:
    said = shop.invoke(request("GET", "/orders/99999"))

    assert (said.kind, said.value["statusCode"]) == ("response", 404)


def test_only_the_messages_that_fail_are_named(shop: Client) -> None:
    order_id = created(shop)

    said = shop.invoke(payments(order_id, 99999, order_id))

    assert said.kind == "response"
    assert said.value == {"batchItemFailures": [{"itemIdentifier": "4c5d1f1e-8a51-4b8e-9d55-000000000002"}]}


def test_messages_for_which_there_is_no_time_left_are_named(shop: Client) -> None:
    order_id = created(shop)

    said = shop.invoke(payments(order_id, order_id, order_id), seconds_left=0)

    assert [entry["itemIdentifier"][-1] for entry in said.value["batchItemFailures"]] == ["2", "3"]


def test_a_notification_is_answered_with_null(shop: Client) -> None:
    said = shop.invoke(event("alert"))

    assert (said.kind, said.value) == ("response", None)


def test_what_is_logged_reaches_the_clients_log(shop: Client) -> None:
    shop.invoke(event("alert"))

    assert f"{shop.sent[-1]}\tstock: mugs are running low" in shop.output.read_text()


def test_an_event_that_nobody_takes_is_an_error_that_names_the_nearest_route(shop: Client) -> None:
    said = shop.invoke(event("nobody"))

    assert (said.kind, said.value["errorType"]) == ("error", "NoRouteError")
    assert "nearest: on_shipped" in said.value["errorMessage"]


def test_a_handlers_own_exception_keeps_its_type(shop: Client) -> None:
    shipped = event("shipped")
    shipped["detail"]["order_id"] = 99999

    said = shop.invoke(shipped)

    assert (said.kind, said.value["errorType"]) == ("error", "OrderNotFound")
    assert said.value["errorMessage"] == "no order 99999"


def test_an_app_goes_on_after_an_error(shop: Client) -> None:
    shop.invoke(event("nobody"))

    said = shop.invoke(event("nightly"))

    assert said.kind == "response"


def test_async_handlers_share_one_event_loop(own: Client) -> None:
    first = own.invoke({"ask": "loops"})
    second = own.invoke({"ask": "loops"})

    assert [(said.kind, said.value) for said in (first, second)] == [("response", 1), ("response", 1)]


def test_a_handler_is_given_the_clients_context(own: Client) -> None:
    said = own.invoke({"ask": "context"})

    assert said.value == [own.sent[-1], "shop", ARN]


def test_an_event_that_the_client_leaves_undecoded_is_decoded(own: Client) -> None:
    # The client decodes what is exactly application/json, and hands over the bytes of anything else.
    said = own.invoke({"ask": "echo", "text": "Åsa"}, content_type="application/json; charset=utf-8")

    assert (said.kind, said.value) == ("response", "Åsa")


def test_a_handler_that_cannot_work_is_an_error_of_the_init_phase(tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text(
        "from eventrouter import App\n"
        "app = App()\n"
        "@app.get('/orders')\n"
        "def list_orders(numbers: list[int]) -> None: ...\n"
    )

    with running("broken.app", tmp_path / "output", tmp_path) as client:
        said = client.hear()
        exit_code = client.process.wait(PATIENCE)

    assert (said.kind, said.error_type, exit_code) == ("init/error", "RegistrationError", 1)
    assert "Annotated[list[int], Query()]" in said.value["errorMessage"]
