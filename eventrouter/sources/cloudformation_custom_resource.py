"""CloudFormation custom resources: a stack waits until an answer is PUT to the request's presigned URL.

Without one it hangs for an hour, and again when it rolls back; so every request is answered exactly once, whatever
happens to its handler, and the function then returns normally: an exception would have Lambda run it twice more.

Request and answer: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref.html
"""

from __future__ import annotations

from ..errors import ReplyError
from ..response import BufferedResponse
from ..source import Pattern, Source
from ._answer import as_object, only_result, refused
from ._read import pasted, text_at
from ._response_url import put

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any, Unpack

    from ..context import Invocation
    from ..source import Outcome
    from ..types import JsonObject, JsonValue, NameSpec, RouteOptions, Where

#: CloudFormation takes no larger answer, and no longer id.
MAX_BODY = 4096
MAX_ID = 1024
#: Ends the id of a resource whose creation failed: the roll-back's Delete of it has nothing to delete.
NEVER_CREATED = "-never-created"
_POWERTOOLS = "aws_lambda_powertools.utilities"
WANTED = "a dict (the resource's attributes), CloudFormationResponse(...) or None"


class CloudFormationResponse:
    """What a handler returns to say more than the resource's attributes.

    Args:
        data: The attributes that ``Fn::GetAtt`` finds.
        physical_resource_id: The resource's id. A new id from an Update says that the resource was replaced: the old
            one is then deleted. Default: the request's, or one made of the stack and the logical id.
        no_echo: Mask the attributes wherever CloudFormation shows them.
    """

    __slots__ = ("data", "no_echo", "physical_resource_id")

    def __init__(
        self,
        data: Mapping[str, object] | None = None,
        *,
        physical_resource_id: str | None = None,
        no_echo: bool = False,
    ) -> None:
        self.data = data
        self.physical_resource_id = physical_resource_id
        self.no_echo = no_echo

    def __repr__(self) -> str:
        return f"CloudFormationResponse(physical_resource_id={self.physical_resource_id!r}, no_echo={self.no_echo})"


def detect(event: JsonValue) -> bool:
    return (
        type(event) is dict
        and event.get("RequestType") in ("Create", "Update", "Delete")
        and type(event.get("ResponseURL")) is str
        and type(event.get("StackId")) is str
        and type(event.get("LogicalResourceId")) is str
    )


def records(event: JsonValue) -> Sequence[JsonObject]:
    """The request; none for a Delete of what was never created, which is answered without calling anyone."""
    return () if was_never_created(event) else (event,)


def was_never_created(event: JsonObject) -> bool:
    return event.get("RequestType") == "Delete" and text_at(event, "PhysicalResourceId") == (
        derived_id(event) + NEVER_CREATED
    )


def keys(record: JsonObject) -> Mapping[str, str]:
    return {
        "resource_type": text_at(record, "ResourceType"),
        "request_type": text_at(record, "RequestType"),
        "logical_id": text_at(record, "LogicalResourceId"),
    }


def derived_id(event: JsonObject) -> str:
    """An id that stays the same for the resource's life: never the log stream, which changes and replaces it."""
    from hashlib import sha256

    stack, logical = text_at(event, "StackId"), text_at(event, "LogicalResourceId")
    digest = sha256(f"{stack}\n{logical}".encode("utf-8", "surrogatepass")).hexdigest()[:16]
    # arn:aws:cloudformation:REGION:ACCOUNT:stack/NAME/UUID
    name = stack.partition("/")[2].partition("/")[0] or "stack"
    return f"{name}-{logical}-{digest}"


def reply(outcome: Outcome) -> JsonValue:
    """What is answered beside the status: of ``Data``, ``PhysicalResourceId``, ``NoEcho`` what the handler said."""
    value = only_result(outcome)
    if value is None:
        return {}
    if isinstance(value, CloudFormationResponse):
        return _spelt_out(value)
    data = as_object(value)
    if data is None:
        raise refused("a CloudFormation custom resource", value, WANTED)
    if "PhysicalResourceId" in data:
        raise ReplyError(
            "a dict that a CloudFormation handler returns is the resource's attributes, so PhysicalResourceId does not "
            "belong there: return CloudFormationResponse(data, physical_resource_id=...)"
        )
    return {"Data": data}


def _spelt_out(value: CloudFormationResponse) -> JsonObject:
    answer: JsonObject = {}
    if value.data is not None:
        answer["Data"] = dict(value.data)
    physical: object = value.physical_resource_id
    if physical is not None:
        if not isinstance(physical, str) or not physical or len(physical.encode("utf-8", "replace")) > MAX_ID:
            raise ReplyError(f"a CloudFormation physical_resource_id is a string of 1 to {MAX_ID} bytes")
        answer["PhysicalResourceId"] = physical
    if value.no_echo:
        answer["NoEcho"] = True
    return answer


class Answer:
    """Answers one request exactly once, if need be from a timer shortly before Lambda ends the invocation.

    The first verdict is the one that is sent, also when it has to be sent again.
    """

    __slots__ = ("_body", "_event", "_invocation", "_is_sent", "_lock", "_put", "_timer")

    def __init__(self, invocation: Invocation, put: Callable[[str, bytes], None] = put) -> None:
        import threading

        self._invocation = invocation
        self._event: JsonObject = invocation.event
        self._put = put
        self._body: bytes | None = None
        self._is_sent = False
        self._lock = threading.Lock()
        remaining = invocation.remaining_seconds()
        self._timer = threading.Timer(max(0.0, remaining - margin(remaining)), self._out_of_time)
        self._timer.daemon = True
        self._timer.start()

    def succeeded(self, response: BufferedResponse) -> BufferedResponse:
        """Tell CloudFormation of success with what :func:`reply` made.

        Raises:
            ReplyError: CloudFormation could not be told; raised so that Lambda tries the event again.
        """
        value: Any = response.value
        self._timer.cancel()
        try:
            self._answer(lambda: self._success(value if isinstance(value, dict) else {}))
        except ReplyError as error:
            if self._body is not None:
                raise
            # It cannot be said: too large, or not JSON.
            return self.failed(error)
        return BufferedResponse(None)

    def failed(self, error: BaseException) -> BufferedResponse:
        """Tell CloudFormation of failure, and the log why; a Delete of what was never created succeeds all the same.

        Raises:
            ReplyError: CloudFormation could not be told; raised so that Lambda tries the event again.
        """
        self._timer.cancel()
        self._log(error)
        if was_never_created(self._event):
            self._answer(lambda: self._success({}))
        else:
            self._answer(lambda: self._failure(f"The function failed with {type(error).__name__}"))
        return BufferedResponse(None)

    def _out_of_time(self) -> None:
        from .._log import logger

        logger().error("a CloudFormation request is answered with FAILED: its handler has not finished in time")
        try:
            self._answer(lambda: self._failure("The function ran out of time"))
        except ReplyError as error:
            # In a thread of its own; the invocation tries again when its handler ends.
            self._log(error)

    def _answer(self, body: Callable[[], bytes]) -> None:
        with self._lock:
            if self._is_sent:
                return
            if self._body is None:
                self._body = body()
            self._put(text_at(self._event, "ResponseURL"), self._body)
            self._is_sent = True

    def _success(self, said: JsonObject) -> bytes:
        physical = text_at(self._event, "PhysicalResourceId")
        if not physical or self._event.get("RequestType") != "Delete":
            physical = said.get("PhysicalResourceId") or physical or derived_id(self._event)
        body = self._body_of("SUCCESS", physical, said)
        if len(body) > MAX_BODY:
            raise ReplyError(
                f"the answer has {len(body)} bytes and CloudFormation takes at most {MAX_BODY}: return fewer attributes"
            )
        return body

    def _failure(self, reason: str) -> bytes:
        physical = text_at(self._event, "PhysicalResourceId") or derived_id(self._event) + NEVER_CREATED
        return self._body_of(
            "FAILED", physical, {"Reason": f"{reason}; see its log, request {self._invocation.request_id}"}
        )

    def _body_of(self, status: str, physical: str, more: JsonObject) -> bytes:
        from .._json import dump_bytes

        copied = {key: self._event.get(key) for key in ("StackId", "RequestId", "LogicalResourceId")}
        return dump_bytes({**more, "Status": status, "PhysicalResourceId": physical, **copied})

    def _log(self, error: BaseException) -> None:
        from .._log import describe, logger

        logger().error("a CloudFormation request failed: %s", describe(error))


def margin(remaining_seconds: float) -> float:
    """Seconds kept for the answer: a tenth of the time, 1 to 10 s, never more than half."""
    return min(max(1.0, remaining_seconds / 10), 10.0, remaining_seconds / 2)


def complete(invocation: Invocation) -> Answer:
    """Take charge of answering; called before the request is handled."""
    host = invocation.host
    return Answer(invocation) if host is None or host.put is None else Answer(invocation, host.put)


def resource(
    resource_type: NameSpec = None,
    *,
    request_type: NameSpec = None,
    where: Where | None = None,
    **options: Unpack[RouteOptions],
) -> Pattern:
    """Requests for custom resources. What the handler returns is the resource's attributes.

    Args:
        resource_type: ``Custom::Thing``, or a glob (``Custom::*``); left out: every type.
        request_type: ``Create``, ``Update``, ``Delete``, or a list of them; left out: all three.
        where: A condition on the request: an EventBridge pattern or a predicate.
    """
    return Pattern(
        "cloudformation_custom_resource",
        [("resource_type", resource_type), ("request_type", request_type)],
        where=where,
        options=options,
    )


SOURCE = Source(
    "cloudformation_custom_resource",
    detect=detect,
    anchors=("ResponseURL",),
    records=records,
    keys=keys,
    order=("resource_type", "request_type"),
    types={
        "eventrouter.models.cloudformation_custom_resource:CloudFormationEvent": "event",
        f"{_POWERTOOLS}.parser.models.cloudformation_custom_resource:CloudFormationCustomResourceBaseModel": "event",
        f"{_POWERTOOLS}.data_classes.cloudformation_custom_resource_event:CloudFormationCustomResourceEvent": "event",
    },
    evidence=("RequestType", "ResourceType"),
    model="eventrouter.models.cloudformation_custom_resource:CloudFormationEvent",
    offer="CloudFormationEvent[...]",
    reply=reply,
    idempotency_key=lambda record: text_at(record, "RequestId") or None,
    completion="callback",
    complete=complete,
    secret_paths=("ResponseURL", "ResourceProperties", "OldResourceProperties"),
    paste=pasted("cloudformation", "resource_type"),
)
