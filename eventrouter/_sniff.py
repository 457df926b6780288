"""Which source an event is from: by its top-level keys, without pydantic, and whatever the app listens to.

The two tables are literals, so that nothing is imported to ask; a test holds them equal to what the source files say of
themselves. A file is imported on its first hit. Detectors are disjoint, so the order of keys is of no account.
"""

from __future__ import annotations

from importlib import import_module

from ._json import decode
from .errors import RegistrationError
from .source import Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .types import JsonValue

#: ``Records[0].eventSource`` (SNS and CodePipeline-era services write ``EventSource``) of the sources that name themselves.
SERVICES: dict[str, str] = {
    "aws:codecommit": "codecommit",
    "aws:dynamodb": "dynamodb",
    "aws:kinesis": "kinesis",
    "aws:s3": "s3",
    "aws:ses": "ses",
    "aws:sns": "sns",
    "aws:sqs": "sqs",
}
#: A top-level key that every event of these sources has.
ANCHORS: dict[str, tuple[str, ...]] = {
    "ClientRequestToken": ("secretsmanager_rotation",),
    "CodePipeline.job": ("codepipeline_job",),
    "DDBStreamBatchInfo": ("lambda_destination",),
    "Details": ("connect",),
    "DurableExecutionArn": ("durable",),
    "KafkaBatchInfo": ("lambda_destination",),
    "KinesisBatchInfo": ("lambda_destination",),
    "ResponseURL": ("cloudformation_custom_resource",),
    "Service": ("s3",),
    "actionGroup": ("bedrock_agent", "bedrock_agent_function"),
    "alarmData": ("cloudwatch_alarm",),
    "arguments": ("appsync_resolver",),
    "authorizationToken": ("appsync_authorizer",),
    "awslogs": ("cloudwatch_logs",),
    "basicProperties": ("mq_rabbit",),
    "clickType": ("iot",),
    "detail-type": ("eventbridge", "eventbridge_schedule", "eventbridge_scheduler"),
    "deviceEvent": ("iot",),
    "eventId": ("iot",),
    "events": ("documentdb",),
    "getObjectContext": ("s3_object_lambda",),
    "headObjectContext": ("s3_object_lambda",),
    "httpMethod": ("alb", "apigw_rest"),
    "info": ("appsync_events",),
    "invocationId": ("firehose",),
    "invocationSchemaVersion": ("s3_batch",),
    "invocationSource": ("lex",),
    "invokingEvent": ("config",),
    "listObjectsContext": ("s3_object_lambda",),
    "listObjectsV2Context": ("s3_object_lambda",),
    "messageID": ("mq_active",),
    "messages": ("mq_active",),
    "method": ("vpc_lattice_v2",),
    "methodArn": ("apigw_authorizer_request", "apigw_authorizer_token"),
    "offset": ("kafka",),
    "protocolData": ("iot_authorizer",),
    "rawPath": ("apigw_http", "function_url"),
    "raw_path": ("vpc_lattice_v1",),
    "records": ("kafka",),
    "requestContext": ("apigw_http", "apigw_rest", "apigw_websocket", "function_url"),
    "requestPayload": ("lambda_destination",),
    "responseContext": ("lambda_destination",),
    "rmqMessagesByQueue": ("mq_rabbit",),
    "routeArn": ("apigw_authorizer_v2",),
    "serverId": ("transfer_family",),
    "serviceMetadata": ("transfer_family",),
    "templateArn": ("iot",),
    "triggerSource": ("cognito",),
}

#: The labels that no shape names: they are what is left.
LEFT_OVER = ("direct", "unknown")

#: An object with more keys than this is asked by anchor, not by key, so that a hostile event costs no more than a real one.
MANY_KEYS = 64


class _Sources(dict[str, Source]):
    """The sources by label; a built-in one is imported when it is first asked for."""

    def __missing__(self, name: str) -> Source:
        source: Source = import_module(f"eventrouter.sources.{name}").SOURCE
        self[name] = source
        return source


sources = _Sources()
_third_party: list[Source] = []
_entry_points_loaded = False


def labels() -> tuple[str, ...]:
    """Every label, built-in ones first."""
    named = dict.fromkeys(SERVICES.values()) | dict.fromkeys(name for names in ANCHORS.values() for name in names)
    return (*named, *LEFT_OVER, *(source.name for source in _third_party))


def source_named(name: str) -> Source | None:
    """The source with the label *name*, or None."""
    return sources[name] if name in labels() or name in (s.name for s in third_party()) else None


def register(source: Source) -> Source:
    """Add a source of your own, asked when no built-in one claims an event.

    Raises:
        RegistrationError: It is none, or its name is taken.
    """
    if not isinstance(source, Source):
        raise RegistrationError(f"register() takes a Source, not a {type(source).__name__}")
    if source.name in labels():
        raise RegistrationError(f"there is a source called {source.name!r} already")
    _third_party.append(source)
    sources[source.name] = source
    return source


def third_party() -> list[Source]:
    """The registered sources and those of installed packages (entry point group ``eventrouter.sources``)."""
    global _entry_points_loaded
    if not _entry_points_loaded:
        _entry_points_loaded = True
        try:
            _load_entry_points()
        except BaseException:
            # The next event must not go elsewhere, as if there were none.
            _entry_points_loaded = False
            raise
    return _third_party


def _load_entry_points() -> None:
    # Reading the metadata of installed packages is slow: only events that nothing else claims pay for it.
    from importlib.metadata import entry_points

    for point in entry_points(group="eventrouter.sources"):
        try:
            source = point.load()
            if source not in _third_party:
                register(source)
        except Exception as error:
            raise RegistrationError(
                f"the entry point {point.name!r} of an installed package ({point.value}) brings no source: "
                f"{type(error).__name__}: {error}"
            ) from error


def sniff(event: JsonValue) -> Source:
    """Say which source *event* is from; the label is its ``.name``.

    Args:
        event: A decoded JSON value, or the bytes of JSON text. A ``str`` is a value.

    Returns:
        The source; ``direct`` where no AWS source claims it, ``unknown`` where it has the shape of an AWS batch of none
        that has a label.

    Raises:
        EventDecodeError: Bytes that are not JSON. Nothing is raised for a JSON value.
    """
    kind = type(event)
    if kind is dict:
        if "Records" in event:
            return _by_records(event)
        for key in event if len(event) <= MANY_KEYS else ANCHORS.keys() & event.keys():
            if key in ANCHORS:
                for name in ANCHORS[key]:
                    source = sources[name]
                    if source.detect(event):
                        return source
        return _left_over(event, "direct")
    if kind is list:
        return _by_first(event)
    if kind is bytes or kind is bytearray:
        return sniff(decode(event))
    return _left_over(event, "direct")


def _by_records(event: dict[str, JsonValue]) -> Source:
    records = event["Records"]
    if type(records) is not list:
        return _left_over(event, "direct")
    if not records:
        # The last call of a tumbling window has no records, and carries the aggregate.
        if "window" in event:
            for name in ("kinesis", "dynamodb"):
                if sources[name].detect(event):
                    return sources[name]
        return _left_over(event, "unknown")
    return _by_service(event, records) or _left_over(event, "unknown")


def _by_service(event: JsonValue, records: list[JsonValue]) -> Source | None:
    """The one service that every record names."""
    first = records[0]
    if type(first) is not dict:
        return None
    key = "eventSource" if "eventSource" in first else "EventSource"
    service = first.get(key)
    if type(service) is not str or service not in SERVICES:
        return None
    if len(records) > 1:
        try:
            for record in records:
                if record[key] != service:
                    return None
        except (TypeError, KeyError):  # one that is no object, or names no service
            return None
    return sources[SERVICES[service]]


def _by_first(event: list[JsonValue]) -> Source:
    """A bare list: EventBridge Pipes (records of one service) or an AppSync batch, decided by its first element."""
    if event and type(first := event[0]) is dict:
        source = _by_service(event, event)
        if source is not None:
            return source
        for key in ANCHORS.keys() & first.keys():
            for name in ANCHORS[key]:
                if sources[name].detect(event):
                    return sources[name]
    return _left_over(event, "direct")


def _left_over(event: JsonValue, name: str) -> Source:
    for source in third_party():
        if source.detect(event):
            return source
    return sources[name]
