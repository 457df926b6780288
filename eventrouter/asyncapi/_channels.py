"""Channels: where messages come from. One per source and name, as routes write them, without looking at the environment."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from .._envelopes import outer_of
from .._patterns import words
from .._sniff import source_named

if TYPE_CHECKING:
    from ..routing import Route
    from ..source import Source
    from ..types import JsonObject, NameSpec


class Kind(NamedTuple):
    """What a source's channels are called, and the keys of which a route's one names the channel."""

    noun: str
    keys: tuple[str, ...] = ()


_AUTHORIZER = Kind("API with an authorizer", ("api",))
_KINDS = {
    "apigw_authorizer_request": _AUTHORIZER,
    "apigw_authorizer_token": _AUTHORIZER,
    "apigw_authorizer_v2": _AUTHORIZER,
    "apigw_websocket": Kind("WebSocket route", ("route_key",)),
    "appsync_authorizer": Kind("AppSync API with an authorizer", ("api",)),
    "appsync_events": Kind("AppSync channel", ("channel",)),
    "appsync_resolver": Kind("GraphQL field", ("field",)),
    "bedrock_agent": Kind("Bedrock agent operation", ("path",)),
    "bedrock_agent_function": Kind("Bedrock agent function", ("function",)),
    "cloudformation_custom_resource": Kind("CloudFormation custom resource", ("resource_type",)),
    "cloudwatch_alarm": Kind("CloudWatch alarm", ("alarm",)),
    "cloudwatch_logs": Kind("CloudWatch log group", ("group",)),
    "codecommit": Kind("CodeCommit repository", ("repository",)),
    "codepipeline_job": Kind("CodePipeline action"),
    "cognito": Kind("Cognito trigger", ("trigger",)),
    "config": Kind("AWS Config rule", ("rule",)),
    "connect": Kind("Amazon Connect instance", ("instance",)),
    "direct": Kind("direct invoke"),
    "documentdb": Kind("DocumentDB collection", ("collection",)),
    "durable": Kind("durable execution", ("execution",)),
    "dynamodb": Kind("DynamoDB table", ("table",)),
    "eventbridge": Kind("event bus", ("bus",)),
    "eventbridge_schedule": Kind("schedule", ("schedule_path", "schedule")),
    "firehose": Kind("Firehose stream", ("stream",)),
    "iot": Kind("AWS IoT message", ("kind",)),
    "iot_authorizer": Kind("AWS IoT endpoint", ("endpoint",)),
    "kafka": Kind("Kafka topic", ("topic",)),
    "kinesis": Kind("Kinesis stream", ("stream",)),
    "lambda_destination": Kind("function with a destination", ("function",)),
    "lex": Kind("Lex intent", ("intent",)),
    "mq_active": Kind("ActiveMQ queue", ("queue",)),
    "mq_rabbit": Kind("RabbitMQ queue", ("queue",)),
    "s3": Kind("S3 bucket", ("bucket",)),
    "s3_batch": Kind("S3 bucket of batch jobs", ("bucket",)),
    "s3_object_lambda": Kind("S3 Object Lambda access point", ("access_point",)),
    "secretsmanager_rotation": Kind("secret", ("secret",)),
    "ses": Kind("incoming mail"),
    "sns": Kind("SNS topic", ("topic",)),
    "sqs": Kind("SQS queue", ("queue",)),
    "transfer_family": Kind("Transfer Family server", ("server",)),
}

#: A part of a name that differs from place to place: ``${ENV}``, and the ``{id}`` of paths.
_PARAMETER = re.compile(r"(\$?)\{([A-Za-z0-9_-]+)\}")


class Channel:
    """Where messages of some routes come from.

    Attributes:
        source: The source whose channel it is; of a route with ``via=`` that of the messages, not of what is inside.
        kind: What it is called.
        spec: Its name as routes write it; None where they take every channel of the source.
        key: The key of the route's names that it is made of; empty for None and for ``via=``.
    """

    def __init__(self, source: Source, spec: NameSpec, key: str) -> None:
        self.source = source
        self.kind = _KINDS.get(source.name) or Kind(f"{source.name} channel", source.order[:1])
        self.spec = spec
        self.key = key
        #: The name as text, the same for names that say the same.
        self.name = spec if isinstance(spec, str) else "" if spec is None else words({key: _alternatives(spec)})

    @property
    def id(self) -> str:
        """A key for it that needs no escaping in a reference; two channels may have the same."""
        return safe(f"{self.source.name}_{self.name}")

    @property
    def address(self) -> str | None:
        """Its name, an AsyncAPI channel address; None where it is not one name, or cannot be written as one."""
        if not isinstance(self.spec, str) or "*" in self.spec:
            return None
        return None if set(_PARAMETER.sub("", self.spec)) & set("{}") else _PARAMETER.sub(r"{\2}", self.spec)

    def as_dict(self, messages: Sequence[str]) -> JsonObject:
        """The AsyncAPI Channel Object, for messages of these names among the components."""
        address, noun = self.address, self.kind.noun
        found: JsonObject = {"address": address, "title": f"{noun} {self.name}" if self.name else noun}
        if address is None and self.kind.keys:
            found["description"] = self._description()
        if address is not None and (parameters := _parameters(self.name)):
            found["parameters"] = parameters
        found["messages"] = {name: {"$ref": f"#/components/messages/{name}"} for name in messages}
        found["tags"] = [{"name": self.source.name}]
        if address is not None and address == self.name and (bindings := _bindings(self.source.name, address)):
            found["bindings"] = bindings
        return found

    def _description(self) -> str:
        noun = self.kind.noun
        if self.spec is None:
            return f"Every {noun} that the function is subscribed to."
        if not isinstance(self.spec, str):
            return f"Every {noun} whose name matches `{self.name}`, in EventBridge's pattern language."
        if "*" in self.spec:
            return f"Every {noun} whose name matches `{self.name}`, in which * stands for any run of characters."
        return f"The {noun} `{self.name}`."


def channel_of(route: Route) -> Channel:
    """The channel that the messages of *route* come from."""
    via = route.options.get("via")
    if via is not None:
        label, name = outer_of(via, route.name)
        return Channel(_source(label), name, "")
    source = _source(route.pattern.sources[0])
    named = Channel(source, None, "").kind.keys
    key, spec = next(((key, spec) for key, spec in route.pattern.names if key in named), ("", None))
    return Channel(source, spec, key)


def conditions_of(route: Route, channel: Channel) -> list[JsonObject]:
    """What else *route* asks of a message, all of which must hold.

    Returns:
        Objects with one key. ``payload`` is a pattern of EventBridge's on the payload, ``record`` a condition on the
        record in words, ``predicate`` a function's name; any other key is a name that the record offers, and what it
        must be in that language.

    Reference:
        https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
    """
    names = [(key, spec) for key, spec in route.pattern.names if key != channel.key]
    found: list[JsonObject] = [{key: _plain({key: _alternatives(spec)})[key]} for key, spec in names]
    found += [{"record": said} for said, _ in route.pattern.tests]
    where = route.pattern.where
    if callable(where):
        found.append({"predicate": getattr(where, "__qualname__", type(where).__name__)})
    elif where is not None:
        found.append({"payload": _plain(where)})
    return found


def safe(text: str) -> str:
    """*text* as a key of AsyncAPI's components, which needs no escaping in a reference either: ``A-Z a-z 0-9 . - _``."""
    return re.sub(r"[^A-Za-z0-9.\-]+", "_", text).strip("_")


def _source(label: str) -> Source:
    source = source_named(label)
    assert source is not None
    return source


def _alternatives(spec: NameSpec) -> list[object]:
    """A name of a route as EventBridge's pattern language has it: a list of which one must match."""
    if isinstance(spec, str):
        return [{"wildcard": spec}] if "*" in spec else [spec]
    return list(spec) if isinstance(spec, list | tuple) else [spec]


def _plain(pattern: object) -> JsonObject:
    """A pattern as JSON."""
    found: JsonObject = json.loads(words(pattern))  # type: ignore[arg-type]
    return found


def _parameters(name: str) -> JsonObject:
    """The Parameter Objects of an address."""
    return {
        parameter: {"description": f"The environment variable {parameter}." if dollar else "A part of the name."}
        for dollar, parameter in _PARAMETER.findall(name)
    }


def _bindings(label: str, address: str) -> JsonObject:
    """The official bindings of a channel, with what its name alone says.

    FIFO queues and topics are those whose names end so:
    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html
    https://docs.aws.amazon.com/sns/latest/api/API_CreateTopic.html
    """
    name = address.rpartition(":")[2] if address.startswith("arn:") else address
    is_fifo = name.endswith(".fifo")
    match label:
        case "sqs":
            return {"sqs": {"queue": {"name": name, "fifoQueue": is_fifo}, "bindingVersion": "0.2.0"}}
        case "sns":
            ordering = {"type": "FIFO" if is_fifo else "standard"}
            return {"sns": {"name": name, "ordering": ordering, "bindingVersion": "0.1.0"}}
        case "kafka":
            return {"kafka": {"topic": name, "bindingVersion": "0.5.0"}}
        case "mq_rabbit":
            return {"amqp": {"is": "queue", "queue": {"name": name}, "bindingVersion": "0.3.0"}}
        case "mq_active":
            return {"jms": {"destination": name, "destinationType": "queue", "bindingVersion": "0.0.1"}}
        case "apigw_websocket":
            # A connection is opened by GET, whatever its messages are routed by: RFC 6455, section 4.1.
            return {"ws": {"method": "GET", "bindingVersion": "0.1.0"}}
    return {}
