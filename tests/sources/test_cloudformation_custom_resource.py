"""CloudFormation custom resources: answered exactly once on every path, and only to Amazon S3."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from aws_lambda_powertools.utilities.parser.models.cloudformation_custom_resource import (
    CloudFormationCustomResourceBaseModel,
)
from pydantic import BaseModel, TypeAdapter, ValidationError

from eventrouter._names import name_test
from eventrouter._sniff import sniff
from eventrouter.context import Invocation, LambdaContext
from eventrouter.errors import NoRouteError, ReplyError
from eventrouter.models.cloudformation_custom_resource import CloudFormationEvent
from eventrouter.response import BufferedResponse
from eventrouter.source import Outcome, Pattern
from eventrouter.sources._response_url import is_s3_host, put, put_once, refusal, send
from eventrouter.sources.cloudformation_custom_resource import (
    MAX_BODY,
    NEVER_CREATED,
    SOURCE,
    Answer,
    CloudFormationResponse,
    complete,
    derived_id,
    detect,
    keys,
    margin,
    records,
    resource,
)

EVENTS = Path(__file__).parent / "events"


def sample(variant: str = "", **changes: object) -> Any:
    event = json.loads((EVENTS / f"cloudformation_custom_resource{variant}.json").read_text())
    return {**event, **changes}


class Bucket:
    """Where the answers arrive; it refuses the first *failures* of them."""

    def __init__(self, failures: int = 0) -> None:
        self.failures = failures
        self.bodies: list[dict[str, Any]] = []
        self.urls: list[str] = []
        self.arrived = threading.Event()

    def put(self, url: str, body: bytes) -> None:
        self.urls.append(url)
        self.bodies.append(json.loads(body))
        if len(self.bodies) <= self.failures:
            raise ReplyError("the bucket is away")
        self.arrived.set()


def invocation(event: Any, seconds: float = 60) -> Invocation:
    context = LambdaContext("c0ffee", deadline_ms=int((time.time() + seconds) * 1000))
    return Invocation(event, context, SOURCE)


def answer_of(event: Any, bucket: Bucket, seconds: float = 60) -> Answer:
    return Answer(invocation(event, seconds), bucket.put)


def reply(result: object = None, errors: dict[int, BaseException] | None = None) -> Any:
    event = sample()
    results = {} if result is None else {0: result}
    return SOURCE.reply(Outcome(invocation(event), records(event), results, errors or {}))


def told(event: Any, result: object = None) -> dict[str, Any]:
    bucket = Bucket()
    wire = answer_of(event, bucket).succeeded(BufferedResponse(reply(result)))
    assert wire.value is None
    (body,) = bucket.bodies
    assert bucket.urls == [event["ResponseURL"]]
    return body


# ---- telling and routing


@pytest.mark.parametrize("variant", ["", "-update", "-delete"])
def test_a_request_is_told(variant: str) -> None:
    assert sniff(sample(variant)) is SOURCE


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        {"ResponseURL": "https://x"},
        sample(RequestType="Replace"),
        sample(RequestType=["Create"]),
        sample(ResponseURL=None),
        sample(StackId=1),
        {key: value for key, value in sample().items() if key != "LogicalResourceId"},
    ],
    ids=lambda value: type(value).__name__,
)
def test_half_a_request_is_not_claimed(value: object) -> None:
    assert not detect(value)


def test_routes_match_the_type_and_what_is_asked() -> None:
    def accepts(pattern: Pattern) -> bool:
        return all(name_test(key, spec, {}, "test").accepts(keys(sample("-update"))) for key, spec in pattern.names)

    assert accepts(resource())
    assert accepts(resource("Custom::SearchIndex"))
    assert accepts(resource("Custom::*", request_type=["Create", "Update"]))
    assert not accepts(resource("Custom::Table"))
    assert not accepts(resource(request_type="Delete"))
    assert keys({}) == {"resource_type": "", "request_type": "", "logical_id": ""}


def test_an_unrouted_request_names_its_decorator() -> None:
    assert SOURCE.paste is not None
    assert SOURCE.paste(keys(sample())) == '@app.cloudformation("Custom::SearchIndex")'
    assert SOURCE.paste({}) == "@app.cloudformation()"


def test_the_request_id_stays_the_same_on_retries() -> None:
    assert SOURCE.idempotency_key is not None
    assert SOURCE.idempotency_key(sample()) == "3c5a1b7e-40a5-4a1c-8f57-2d1c7bb0a9e1"
    assert SOURCE.idempotency_key({}) is None


# ---- success


def test_a_returned_dict_is_the_resource_s_attributes() -> None:
    event = sample()

    assert told(event, {"Endpoint": "https://index.example"}) == {
        "Status": "SUCCESS",
        "Data": {"Endpoint": "https://index.example"},
        "PhysicalResourceId": derived_id(event),
        "StackId": event["StackId"],
        "RequestId": event["RequestId"],
        "LogicalResourceId": "SearchIndex",
    }


def test_none_and_a_model_are_answers() -> None:
    class Attributes(BaseModel):
        Endpoint: str

    assert "Data" not in told(sample())
    assert told(sample(), Attributes(Endpoint="e"))["Data"] == {"Endpoint": "e"}


def test_a_response_says_more_than_attributes() -> None:
    said = CloudFormationResponse({"Key": "k"}, physical_resource_id="index-7", no_echo=True)

    body = told(sample(), said)

    assert (body["PhysicalResourceId"], body["NoEcho"], body["Data"]) == ("index-7", True, {"Key": "k"})
    assert "Key" not in repr(said)
    assert told(sample(), CloudFormationResponse())["PhysicalResourceId"] == derived_id(sample())


def test_an_id_is_kept_unless_an_update_replaces_the_resource() -> None:
    replaced = CloudFormationResponse(physical_resource_id="shop-products-2")

    assert told(sample("-update"))["PhysicalResourceId"] == "shop-products"
    assert told(sample("-update"), replaced)["PhysicalResourceId"] == "shop-products-2"
    assert told(sample("-delete"), replaced)["PhysicalResourceId"] == "shop-products"


def test_a_derived_id_is_the_same_in_every_invocation_and_one_per_resource() -> None:
    one = derived_id(sample())

    assert one.startswith("shop-SearchIndex-")
    assert one == derived_id(sample("-update"))
    assert one != derived_id(sample(LogicalResourceId="Other"))
    assert one != derived_id(sample(StackId="arn:aws:cloudformation:eu-central-1:1:stack/shop/other"))
    assert derived_id({}).startswith("stack--")


@pytest.mark.parametrize("value", ["ok", True, [1], b"x"], ids=lambda value: type(value).__name__)
def test_another_value_is_an_error(value: object) -> None:
    with pytest.raises(ReplyError, match=f"cannot be answered with a {type(value).__name__}: return a dict"):
        reply(value)


def test_an_id_among_the_attributes_is_an_error_in_words() -> None:
    with pytest.raises(ReplyError, match="return CloudFormationResponse"):
        reply({"PhysicalResourceId": "x", "Data": {}})


@pytest.mark.parametrize("physical", ["", "x" * 1025, 7])
def test_an_id_that_cloudformation_refuses_is_an_error(physical: Any) -> None:
    with pytest.raises(ReplyError, match="1 to 1024 bytes"):
        reply(CloudFormationResponse(physical_resource_id=physical))


# ---- failure


def test_a_failure_is_told_without_the_error_s_text(caplog: pytest.LogCaptureFixture) -> None:
    bucket = Bucket()
    event = sample()

    with caplog.at_level(logging.ERROR, "eventrouter"):
        wire = answer_of(event, bucket).failed(LookupError("canary-secret"))

    (body,) = bucket.bodies
    assert wire.value is None
    assert body["Status"] == "FAILED"
    assert body["Reason"] == "The function failed with LookupError; see its log, request c0ffee"
    assert body["PhysicalResourceId"] == derived_id(event) + NEVER_CREATED
    assert "LookupError: canary-secret" in caplog.text


def test_a_failed_update_keeps_its_id() -> None:
    bucket = Bucket()

    answer_of(sample("-update"), bucket).failed(LookupError())

    assert bucket.bodies[0]["PhysicalResourceId"] == "shop-products"


def test_a_handler_s_failure_is_raised_for_the_completion_to_see() -> None:
    with pytest.raises(LookupError):
        reply(errors={0: LookupError()})


def test_the_roll_back_of_what_was_never_created_succeeds_without_its_handler() -> None:
    bucket = Bucket()
    answer_of(sample(), bucket).failed(NoRouteError("cloudformation_custom_resource", {}))
    event = sample("-delete", PhysicalResourceId=bucket.bodies[0]["PhysicalResourceId"])

    assert list(records(event)) == []
    result = SOURCE.reply(Outcome(invocation(event), records(event), {}, {}))
    answer_of(event, bucket).succeeded(BufferedResponse(result))
    answer_of(event, bucket).failed(NoRouteError("cloudformation_custom_resource", {}))

    assert [body["Status"] for body in bucket.bodies] == ["FAILED", "SUCCESS", "SUCCESS"]
    assert len({body["PhysicalResourceId"] for body in bucket.bodies}) == 1
    assert len(list(records(sample("-delete")))) == 1


def test_an_answer_that_is_too_large_is_a_failure() -> None:
    bucket = Bucket()

    answer_of(sample(), bucket).succeeded(BufferedResponse(reply({"Text": "x" * MAX_BODY})))

    (body,) = bucket.bodies
    assert body["Status"] == "FAILED"
    assert "ReplyError" in body["Reason"]


def test_an_answer_that_is_no_json_is_a_failure() -> None:
    bucket = Bucket()

    answer_of(sample(), bucket).succeeded(BufferedResponse({"Data": {"x": object()}}))

    assert bucket.bodies[0]["Status"] == "FAILED"


def test_whatever_middleware_makes_of_the_response_is_still_answered() -> None:
    bucket = Bucket()

    answer_of(sample(), bucket).succeeded(BufferedResponse("surprise"))

    assert bucket.bodies[0]["Status"] == "SUCCESS"


# ---- exactly once


def test_a_request_is_answered_once() -> None:
    bucket = Bucket()
    answer = answer_of(sample(), bucket)

    answer.succeeded(BufferedResponse({}))
    answer.failed(LookupError())
    answer.succeeded(BufferedResponse({}))

    assert [body["Status"] for body in bucket.bodies] == ["SUCCESS"]


def test_a_handler_that_runs_out_of_time_is_answered_for() -> None:
    bucket = Bucket()

    answer = answer_of(sample(), bucket, seconds=0.2)
    assert bucket.arrived.wait(10)
    answer.succeeded(BufferedResponse({"Data": {}}))

    (body,) = bucket.bodies
    assert body["Status"] == "FAILED"
    assert body["Reason"].startswith("The function ran out of time")


def test_a_verdict_that_was_not_delivered_is_sent_again_and_not_changed() -> None:
    bucket = Bucket(failures=1)
    answer = answer_of(sample(), bucket)

    with pytest.raises(ReplyError, match="away"):
        answer.failed(LookupError())
    answer.succeeded(BufferedResponse({}))

    assert [body["Status"] for body in bucket.bodies] == ["FAILED", "FAILED"]


def test_success_that_cannot_be_told_is_raised_so_that_lambda_tries_again() -> None:
    with pytest.raises(ReplyError, match="away"):
        answer_of(sample(), Bucket(failures=1)).succeeded(BufferedResponse({}))


def test_a_timer_that_cannot_tell_leaves_it_to_the_invocation(caplog: pytest.LogCaptureFixture) -> None:
    bucket = Bucket(failures=1)
    tried = threading.Event()

    def put_and_say(url: str, body: bytes) -> None:
        try:
            bucket.put(url, body)
        finally:
            tried.set()

    answer = Answer(invocation(sample(), 0), put_and_say)
    assert tried.wait(10)
    answer._timer.join(10)
    answer.succeeded(BufferedResponse({}))

    assert [body["Status"] for body in bucket.bodies] == ["FAILED", "FAILED"]
    assert "the bucket is away" in caplog.text


@pytest.mark.parametrize(("remaining", "kept"), [(0, 0), (1, 0.5), (3, 1), (30, 3), (900, 10)])
def test_time_is_kept_for_the_answer(remaining: float, kept: float) -> None:
    assert margin(remaining) == kept


def test_the_source_completes_itself_and_sends_nowhere_but_to_s3() -> None:
    assert SOURCE.complete is complete
    assert SOURCE.completion == "callback"
    answer = complete(invocation(sample(ResponseURL="https://attacker.example/x?token=canary-secret")))

    with pytest.raises(ReplyError, match=r"host 'attacker\.example' is not Amazon S3") as caught:
        answer.succeeded(BufferedResponse({}))

    assert "canary" not in str(caught.value)


# ---- where an answer may go


@pytest.mark.parametrize(
    "host",
    [
        "cloudformation-custom-resource-response-useast1.s3.amazonaws.com",
        "cloudformation-custom-resource-response-uswest2.s3-us-west-2.amazonaws.com",
        "bucket.s3.eu-central-1.amazonaws.com",
        "bucket.with.dots.s3.eu-central-1.amazonaws.com",
        "s3.us-east-2.amazonaws.com",
        "s3.amazonaws.com",
        "bucket.s3.dualstack.eu-west-1.amazonaws.com",
        "bucket.s3-fips.us-gov-west-1.amazonaws.com",
        "bucket.s3-fips-us-gov-west-1.amazonaws.com",
        "bucket.s3.cn-north-1.amazonaws.com.cn",
        "s3-external-1.amazonaws.com",
        "bucket.s3.eusc-de-east-1.amazonaws.eu",
        "bucket.s3.us-iso-east-1.c2s.ic.gov",
    ],
)
def test_s3_is_known_in_every_partition(host: str) -> None:
    assert is_s3_host(host)
    assert refusal(f"https://{host}/key?X-Amz-Signature=x") is None
    assert refusal(f"https://{host.upper()}:443/key") is None


@pytest.mark.parametrize(
    "host",
    [
        "",
        "localhost",
        "attacker.example",
        "s3.amazonaws.com.attacker.example",
        "s3-amazonaws.com",
        "amazonaws.com",
        "dualstack.eu-west-1.amazonaws.com",
        "eu-west-1.amazonaws.com",
        "s3-attacker.execute-api.us-east-1.amazonaws.com",
        "s3-123.eu-west-1.elb.amazonaws.com",
        "s3.eu-west-1.elb.amazonaws.com",
        "s3.attacker.amazonaws.com",
        "s3-attacker.amazonaws.com",
        "sqs.eu-west-1.amazonaws.com",
        "s3.amazonaws.com.",
        "127.0.0.1",
    ],
)
def test_any_other_host_is_refused(host: str) -> None:
    assert not is_s3_host(host)
    assert refusal(f"https://{host}/key") is not None


@pytest.mark.parametrize(
    "url",
    [
        None,
        7,
        "",
        "not a url",
        "http://bucket.s3.amazonaws.com/key",
        "file:///etc/passwd",
        "https://bucket.s3.amazonaws.com:8443/key",
        "https://bucket.s3.amazonaws.com:port/key",
        "https://user@bucket.s3.amazonaws.com/key",
        "https://attacker.example\\@bucket.s3.amazonaws.com/key",
        "https://[::1/key",
    ],
    ids=repr,
)
def test_a_url_that_is_not_plain_https_is_refused(url: object) -> None:
    assert refusal(url) is not None


# ---- sending


class Script:
    """An HTTP server on this machine that answers with the given statuses, in turn."""

    def __init__(self, *statuses: int, location: str = "") -> None:
        script = self
        self.statuses = list(statuses)
        self.requests: list[tuple[str, str, str | None, bytes]] = []

        class Handler(BaseHTTPRequestHandler):
            def do_PUT(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                script.requests.append((self.command, self.path, self.headers["Content-Type"], body))
                self.send_response(script.statuses.pop(0))
                if location:
                    self.send_header("Location", location)
                self.send_header("Content-Length", "0")
                self.end_headers()

            do_GET = do_PUT

            def log_message(self, *details: object) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/key?X-Amz-Signature=canary-secret"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01})
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Script]]:
    # A proxy that would be used if the environment were believed.
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    scripts: list[Script] = []

    def start(*statuses: int, location: str = "") -> Script:
        scripts.append(Script(*statuses, location=location))
        return scripts[-1]

    yield start
    for script in scripts:
        script.close()


def test_a_body_is_put_without_a_content_type(serve: Callable[..., Script]) -> None:
    s3 = serve(200)

    assert put_once(s3.url, b'{"Status":"SUCCESS"}') == 200

    assert s3.requests == [("PUT", "/key?X-Amz-Signature=canary-secret", "", b'{"Status":"SUCCESS"}')]


def test_a_redirect_is_not_followed(serve: Callable[..., Script]) -> None:
    elsewhere = serve(200)
    s3 = serve(307, location=elsewhere.url)

    assert put_once(s3.url, b"{}") == 307

    assert elsewhere.requests == []


def test_a_body_is_tried_three_times(serve: Callable[..., Script]) -> None:
    s3 = serve(500, 503, 200)

    send(put_once, s3.url, b"{}", pause_seconds=0)

    assert len(s3.requests) == 3


def test_three_failures_are_an_error_that_does_not_tell_the_url(serve: Callable[..., Script]) -> None:
    s3 = serve(500, 503, 403)

    with pytest.raises(ReplyError, match="3 tries, the last one ended with status 403") as caught:
        send(put_once, s3.url, b"{}", pause_seconds=0)

    assert "canary" not in str(caught.value)


def test_a_host_that_does_not_answer_is_an_error_that_does_not_tell_the_url() -> None:
    with pytest.raises(ReplyError, match="the last one ended with URLError") as caught:
        send(put_once, "http://127.0.0.1:1/key?canary-secret", b"{}", pause_seconds=0)

    assert "canary" not in str(caught.value)


def test_a_server_on_this_machine_is_no_s3(serve: Callable[..., Script]) -> None:
    s3 = serve(200)

    with pytest.raises(ReplyError, match="not a plain https URL"):
        put(s3.url, b"{}")

    assert s3.requests == []


def test_what_is_allowed_is_sent() -> None:
    # A bucket name too long for a DNS label: refused before anything leaves this machine.
    url = f"https://{'b' * 64}.s3.eu-central-1.amazonaws.com/key"

    with pytest.raises(ReplyError, match="the last one ended with"):
        put(url, b"{}")


# ---- models


class Index(BaseModel):
    Name: str
    Shards: int


@pytest.mark.parametrize("variant", ["", "-update", "-delete"])
def test_a_request_is_typed_and_hides_its_url(variant: str) -> None:
    model = CloudFormationEvent[Index].model_validate(sample(variant))

    assert isinstance(model, CloudFormationCustomResourceBaseModel)
    assert model.resource_properties == Index(Name="products", Shards=2)
    assert "not-a-real-signature" not in repr(model)


def test_an_update_has_both_properties() -> None:
    model = TypeAdapter[Any](CloudFormationEvent).validate_python(sample("-update"))

    assert model.old_resource_properties["Shards"] == "1"
    assert model.physical_resource_id == "shop-products"


@pytest.mark.parametrize("value", [None, [], {}, sample(RequestType="Replace")], ids=lambda value: type(value).__name__)
def test_anything_else_is_a_validation_error(value: object) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter[Any](CloudFormationEvent).validate_python(value)
