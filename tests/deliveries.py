"""Events as AWS delivers them, made of payloads, and a context whose time a test spends."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import anyio

from eventrouter import App, BufferedResponse, LambdaContext, Source
from eventrouter._sniff import _third_party, sources

EVENTS = Path(__file__).parent / "sources" / "events"
ACCOUNT = "123456789012"
REGION = "eu-central-1"

#: The two ways in: calling the app, and awaiting its door.
Run = Callable[..., Any]


def call(app: App, event: Any, context: Any = None) -> Any:
    return app(event, LambdaContext() if context is None else context)


def dispatch(app: App, event: Any, context: Any = None) -> Any:
    response = anyio.run(app.dispatch, event, context)
    assert isinstance(response, BufferedResponse)
    return response.wire()


class Countdown:
    """A context with as much time as it is given, of which a handler spends some."""

    aws_request_id = "r-1"

    def __init__(self, seconds: float) -> None:
        self.left = seconds

    def spend(self, seconds: float) -> None:
        self.left -= seconds

    def get_remaining_time_in_millis(self) -> int:
        return int(self.left * 1000)


def text_of(payload: object) -> str:
    return payload if isinstance(payload, str) else json.dumps(payload)


def encoded(payload: object) -> str:
    data = payload if isinstance(payload, bytes) else text_of(payload).encode()
    return base64.b64encode(data).decode()


# ---- queues and topics


def message(body: object, id: str = "m-1", *, queue: str = "orders", group: str | None = None) -> dict[str, Any]:
    attributes = {
        "ApproximateReceiveCount": "1",
        "SentTimestamp": "1756820000123",
        "SenderId": "AROAEXAMPLEIDOFAROLE:shop",
        "ApproximateFirstReceiveTimestamp": "1756820000131",
    }
    if group is not None:
        attributes["MessageGroupId"] = group
    return {
        "messageId": id,
        "receiptHandle": "handle",
        "body": text_of(body),
        "attributes": attributes,
        "messageAttributes": {},
        "md5OfBody": "",
        "eventSource": "aws:sqs",
        "eventSourceARN": f"arn:aws:sqs:{REGION}:{ACCOUNT}:{queue}",
        "awsRegion": REGION,
    }


def sqs(*bodies: object, queue: str = "orders", groups: Sequence[str | None] = ()) -> dict[str, Any]:
    """Messages with the ids ``m-0``, ``m-1``, ... in one batch."""
    named = [*groups, *[None] * (len(bodies) - len(groups))]
    return {
        "Records": [
            message(body, f"m-{index}", queue=queue, group=group)
            for index, (body, group) in enumerate(zip(bodies, named, strict=True))
        ]
    }


def notification(text: object, *, topic: str = "alerts", id: str = "n-1", **more: object) -> dict[str, Any]:
    """What a topic puts into the body of a queue's message."""
    return {
        "Type": "Notification",
        "MessageId": id,
        "TopicArn": f"arn:aws:sns:{REGION}:{ACCOUNT}:{topic}",
        "Message": text_of(text),
        "Timestamp": "2025-02-03T08:15:42.000Z",
        "SignatureVersion": "1",
        "Signature": "signature",
        "SigningCertURL": "https://sns.eu-central-1.amazonaws.com/certificate.pem",
        "UnsubscribeURL": "https://sns.eu-central-1.amazonaws.com/?Action=Unsubscribe",
        **more,
    }


def confirmation(kind: str = "SubscriptionConfirmation") -> dict[str, Any]:
    return {
        "Type": kind,
        "MessageId": "n-2",
        "Token": "token",
        "TopicArn": f"arn:aws:sns:{REGION}:{ACCOUNT}:alerts",
        "Message": "You have chosen to subscribe to the topic.",
        "SubscribeURL": "https://not-to-be-fetched.invalid/",
        "Timestamp": "2025-02-03T08:15:42.000Z",
        "SignatureVersion": "1",
        "Signature": "signature",
        "SigningCertURL": "https://not-to-be-fetched.invalid/certificate.pem",
    }


def sns(*messages: object, topic: str = "alerts") -> dict[str, Any]:
    records = []
    for index, text in enumerate(messages):
        envelope = notification(text, topic=topic, id=f"n-{index}")
        envelope["SigningCertUrl"] = envelope.pop("SigningCertURL")
        envelope["UnsubscribeUrl"] = envelope.pop("UnsubscribeURL")
        records.append({"EventSource": "aws:sns", "EventVersion": "1.0", "EventSubscriptionArn": "", "Sns": envelope})
    return {"Records": records}


# ---- streams


def kinesis(*payloads: object, stream: str = "clicks") -> dict[str, Any]:
    """Records with the sequence numbers ``100``, ``101``, ... and the event ids ``shard:100``, ..."""
    return {
        "Records": [
            {
                "kinesis": {
                    "kinesisSchemaVersion": "1.0",
                    "partitionKey": "visitor-3",
                    "sequenceNumber": str(100 + index),
                    "data": encoded(payload),
                    "approximateArrivalTimestamp": 1738570543.117,
                },
                "eventSource": "aws:kinesis",
                "eventVersion": "1.0",
                "eventID": f"shard:{100 + index}",
                "eventName": "aws:kinesis:record",
                "invokeIdentityArn": f"arn:aws:iam::{ACCOUNT}:role/reader",
                "awsRegion": REGION,
                "eventSourceARN": f"arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/{stream}",
            }
            for index, payload in enumerate(payloads)
        ]
    }


def dynamodb(*ids: int, table: str = "orders", kind: str = "INSERT") -> dict[str, Any]:
    """New items ``{"id": n}``, with the sequence numbers ``100``, ... and the event ids ``event-100``, ..."""
    return {
        "Records": [
            {
                "eventID": f"event-{100 + index}",
                "eventName": kind,
                "eventVersion": "1.1",
                "eventSource": "aws:dynamodb",
                "awsRegion": REGION,
                "dynamodb": {
                    "ApproximateCreationDateTime": 1738570543.0,
                    "Keys": {"id": {"N": str(item)}},
                    "NewImage": {"id": {"N": str(item)}},
                    "SequenceNumber": str(100 + index),
                    "SizeBytes": 10,
                    "StreamViewType": "NEW_AND_OLD_IMAGES",
                },
                "eventSourceARN": f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{table}/stream/2025-02-03T00:00:00.000",
            }
            for index, item in enumerate(ids)
        ]
    }


def window(event: dict[str, Any], *, state: object = None, final: bool = False, early: bool = False) -> dict[str, Any]:
    """The same batch in a tumbling window."""
    service = "dynamodb" if event["Records"] and event["Records"][0]["eventSource"] == "aws:dynamodb" else "kinesis"
    arn = event["Records"][0]["eventSourceARN"] if event["Records"] else _stream_arn(service)
    return {
        **event,
        "window": {"start": "2025-02-03T08:14:00Z", "end": "2025-02-03T08:16:00Z"},
        "state": {} if state is None else state,
        "shardId": "shardId-000000000002",
        "eventSourceARN": arn,
        "isFinalInvokeForWindow": final,
        "isWindowTerminatedEarly": early,
    }


def _stream_arn(service: str) -> str:
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:stream/clicks"


def kafka(partitions: Mapping[str, Sequence[object]]) -> dict[str, Any]:
    """Records by ``topic-partition``; offsets count from 10 in each. None is a tombstone."""
    return {
        "eventSource": "aws:kafka",
        "eventSourceArn": f"arn:aws:kafka:{REGION}:{ACCOUNT}:cluster/shop/1",
        "bootstrapServers": "b-1.shop.kafka.amazonaws.com:9098",
        "records": {
            place: [
                {
                    "topic": place.rpartition("-")[0],
                    "partition": int(place.rpartition("-")[2]),
                    "offset": 10 + index,
                    "timestamp": 1738570542158,
                    "timestampType": "CREATE_TIME",
                    "key": encoded("k"),
                    "value": None if value is None else encoded(value),
                    "headers": [],
                }
                for index, value in enumerate(values)
            ]
            for place, values in partitions.items()
        },
    }


def pipes(event: dict[str, Any]) -> list[dict[str, Any]]:
    """The same records as EventBridge Pipes delivers them: a bare list."""
    if event.get("eventSource") == "aws:kafka":
        return [
            {**record, "eventSource": "aws:kafka", "eventSourceKey": place}
            for place, records in event["records"].items()
            for record in records
        ]
    flat = []
    for record in event["Records"]:
        inner = record.get("kinesis", {})
        flat.append({**inner, **{key: value for key, value in record.items() if key != "kinesis"}})
    return flat


# ---- pollers that know no partial failure


def rabbitmq(*bodies: object, queue: str = "orders") -> dict[str, Any]:
    return {
        "eventSource": "aws:rmq",
        "eventSourceArn": f"arn:aws:mq:{REGION}:{ACCOUNT}:broker:shop:b-1",
        "rmqMessagesByQueue": {
            f"{queue}::/": [
                {
                    "basicProperties": {"contentType": "application/json", "messageId": f"m-{index}"},
                    "redelivered": False,
                    "data": encoded(body),
                }
                for index, body in enumerate(bodies)
            ]
        },
    }


def documentdb(*documents: object) -> dict[str, Any]:
    return {
        "eventSource": "aws:docdb",
        "eventSourceArn": f"arn:aws:rds:{REGION}:{ACCOUNT}:cluster:shop",
        "events": [
            {
                "event": {
                    "_id": {"_data": f"token-{index}"},
                    "operationType": "delete" if document is None else "insert",
                    "ns": {"db": "shop", "coll": "orders"},
                    "documentKey": {"_id": index},
                    **({} if document is None else {"fullDocument": document}),
                }
            }
            for index, document in enumerate(documents)
        ],
    }


def logs(*messages: object, control: bool = False) -> dict[str, Any]:
    decoded = {
        "messageType": "CONTROL_MESSAGE" if control else "DATA_MESSAGE",
        "owner": ACCOUNT,
        "logGroup": "/aws/lambda/shop",
        "logStream": "stream",
        "subscriptionFilters": ["all"],
        "logEvents": [
            {"id": f"l-{index}", "timestamp": 1738570542158, "message": text_of(text)}
            for index, text in enumerate(messages)
        ],
    }
    return {"awslogs": {"data": encoded(gzip.compress(json.dumps(decoded).encode()))}}


# ---- events that come one by one


def s3(*keys: str, bucket: str = "photos", event: str = "ObjectCreated:Put") -> dict[str, Any]:
    return {
        "Records": [
            {
                "eventVersion": "2.1",
                "eventSource": "aws:s3",
                "awsRegion": REGION,
                "eventTime": "2025-02-03T08:15:42.000Z",
                "eventName": event,
                "userIdentity": {"principalId": "AWS:SHOP"},
                "requestParameters": {"sourceIPAddress": "203.0.113.7"},
                "responseElements": {"x-amz-request-id": "1", "x-amz-id-2": "2"},
                "s3": {
                    "s3SchemaVersion": "1.0",
                    "configurationId": "all",
                    "bucket": {
                        "name": bucket,
                        "ownerIdentity": {"principalId": "SHOP"},
                        "arn": f"arn:aws:s3:::{bucket}",
                    },
                    "object": {"key": key, "size": 3, "eTag": "e", "sequencer": f"00{index}"},
                },
            }
            for index, key in enumerate(keys)
        ]
    }


S3_TEST_EVENT: dict[str, Any] = {
    "Service": "Amazon S3",
    "Event": "s3:TestEvent",
    "Time": "2025-02-03T08:15:42.000Z",
    "Bucket": "photos",
    "RequestId": "1",
    "HostId": "2",
}


def eventbridge(detail: object, *, source: str = "shop.orders", detail_type: str = "OrderPlaced") -> dict[str, Any]:
    return {
        "version": "0",
        "id": "e-1",
        "detail-type": detail_type,
        "source": source,
        "account": ACCOUNT,
        "time": "2025-02-03T08:15:42Z",
        "region": REGION,
        "resources": [],
        "detail": detail,
    }


def schedule(name: str) -> dict[str, Any]:
    event = eventbridge({}, source="aws.events", detail_type="Scheduled Event")
    return {**event, "resources": [f"arn:aws:events:{REGION}:{ACCOUNT}:rule/{name}"]}


def sample(name: str) -> Any:
    """One of the sample events that every source has."""
    return json.loads((EVENTS / f"{name}.json").read_text())


def request(path: str = "/", method: str = "GET") -> dict[str, Any]:
    """A request without a body, through a function URL."""
    event: dict[str, Any] = sample("function_url")
    event["requestContext"]["http"] |= {"method": method, "path": path}
    return {**event, "rawPath": path, "rawQueryString": "", "body": None, "isBase64Encoded": False}


def failed(*ids: object) -> dict[str, Any]:
    """The answer that names failed records."""
    return {"batchItemFailures": [{"itemIdentifier": identifier} for identifier in ids]}


@contextmanager
def registered(source: Source) -> Iterator[Source]:
    """A source of somebody else's, for as long as the block runs."""
    _third_party.append(source)
    sources[source.name] = source
    try:
        yield source
    finally:
        _third_party.remove(source)
        del sources[source.name]
