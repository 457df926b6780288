"""Amazon Connect: a flow invokes a function about the contact it handles.

Event and reply: https://docs.aws.amazon.com/connect/latest/adminguide/connect-lambda-functions.html
"""

from __future__ import annotations

from ..errors import RegistrationError, ReplyError
from ..source import Pattern, Source
from ._answer import as_object, only_result, refused
from ._read import after_last, object_at, text_at

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Literal, Unpack

    from ..source import Outcome
    from ..types import JsonObject, JsonValue, NameSpec, Record, RouteOptions

#: Connect takes no more from a function than this.
MAX_RESPONSE = 32 * 1024


def detect(event: JsonValue) -> bool:
    details = event.get("Details") if type(event) is dict else None
    if type(details) is not dict or type(event.get("Name")) is not str:
        return False
    contact = details.get("ContactData")
    return type(contact) is dict and type(contact.get("ContactId")) is str


def keys(record: JsonObject) -> Mapping[str, str]:
    contact = object_at(record, "Details", "ContactData")
    instance, queue = text_at(contact, "InstanceARN"), contact.get("Queue")
    return {
        "instance": after_last(instance, "/"),
        "instance_arn": instance,
        "queue": text_at(queue, "Name"),
        "queue_arn": text_at(queue, "ARN"),
        "channel": text_at(contact, "Channel"),
        "initiation": text_at(contact, "InitiationMethod"),
    }


def reply(outcome: Outcome) -> JsonValue:
    """What the flow reads as ``$.External``; nothing returned is nothing to read."""
    value = only_result(outcome)
    if value is None:
        return {}
    answer = as_object(value)
    if answer is None:
        raise refused("a Connect flow", value, "a dict")
    if outcome.bind.get("response") != "json":
        answer = {key: _text(key, item) for key, item in answer.items()}
    from .._json import dump_bytes

    size = len(dump_bytes(answer))
    if size > MAX_RESPONSE:
        raise ReplyError(f"a Connect flow takes at most {MAX_RESPONSE} bytes, and the answer has {size}")
    return answer


def _text(key: object, value: object) -> str:
    """A value of a flow's string map. A contact attribute is text, so true and 3.0 are written as JSON writes them."""
    if not isinstance(key, str):
        raise refused("a Connect flow", key, "a dict whose keys are strings")
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    raise ReplyError(
        f"a Connect flow takes a flat map of strings, and a value is a {type(value).__name__}: return strings, numbers "
        'and booleans, or, where its block validates the response as JSON, write @app.connect(response="json")'
    )


def _parameter_tests(wanted: Mapping[str, object] | None) -> Sequence[tuple[str, Callable[[Record], bool]]]:
    if not wanted:
        return ()
    from .._patterns import compile_pattern, words

    pattern = {name: spec if isinstance(spec, list) else [spec] for name, spec in wanted.items()}
    matches = compile_pattern(pattern)
    return ((f"parameters match {words(pattern)}", lambda record: matches(object_at(record, "Details", "Parameters"))),)


def flow(
    instance: NameSpec = None,
    *,
    queue: NameSpec = None,
    channel: NameSpec = None,
    initiation: NameSpec = None,
    parameters: Mapping[str, object] | None = None,
    response: Literal["string_map", "json"] = "string_map",
    **options: Unpack[RouteOptions],
) -> Pattern:
    """Contacts that a flow asks about; the flow reads the handler's dict as ``$.External``.

    Args:
        instance: The Connect instance's id or ARN; left out: every instance.
        queue: The name or ARN of the queue that the contact is in.
        channel: ``VOICE``, ``CHAT``, ``TASK`` or ``EMAIL``.
        initiation: How the contact began: ``INBOUND``, ``OUTBOUND``, ``TRANSFER``, ...
        parameters: What the flow's block sends along: per name a value, or an EventBridge pattern list.
        response: The block's response validation. ``"string_map"``: a flat dict; numbers and booleans become text.
            ``"json"``: any JSON object.
    """
    if response not in ("string_map", "json"):
        raise RegistrationError('connect(response=...) is "string_map" or "json"')
    return Pattern(
        "connect",
        [("instance", instance), ("queue", queue), ("channel", channel), ("initiation", initiation)],
        tests=_parameter_tests(parameters),
        bind={"response": response},
        options=options,
    )


SOURCE = Source(
    "connect",
    detect=detect,
    anchors=("Details",),
    keys=keys,
    order=("queue", "instance", "channel", "initiation"),
    types={
        "eventrouter.models.connect:ConnectEvent": "event",
        "aws_lambda_powertools.utilities.data_classes.connect_contact_flow_event:ConnectContactFlowEvent": "event",
    },
    evidence=("Name",),
    model="eventrouter.models.connect:ConnectEvent",
    offer="ConnectEvent",
    reply=reply,
    caller_limit=8.0,
    max_response=MAX_RESPONSE,
    secret_paths=(
        "Details.Parameters",
        "Details.ContactData.Attributes",
        "Details.ContactData.CustomerEndpoint",
        "Details.ContactData.SystemEndpoint",
        "Details.ContactData.MediaStreams",
        "Details.ContactData.SegmentAttributes",
    ),
    paste=lambda keys: "@app.connect()",
)
