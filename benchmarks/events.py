"""The events that are timed, as AWS sends them, with invented values."""

from __future__ import annotations

import json
from typing import Any


def http_get(path: str, query: str = "") -> dict[str, Any]:
    """An HTTP API's event, payload format 2.0."""
    pairs = [pair.partition("=") for pair in query.split("&") if pair]
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": query,
        "headers": {
            "accept": "application/json",
            "accept-encoding": "gzip, br",
            "content-length": "0",
            "host": "q7w8e9r0t1.execute-api.eu-west-1.amazonaws.com",
            "user-agent": "bench/1.0",
            "x-amzn-trace-id": "Root=1-67891233-abcdef012345678912345678",
            "x-forwarded-for": "203.0.113.7",
            "x-forwarded-port": "443",
            "x-forwarded-proto": "https",
        },
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "q7w8e9r0t1",
            "domainName": "q7w8e9r0t1.execute-api.eu-west-1.amazonaws.com",
            "domainPrefix": "q7w8e9r0t1",
            "http": {
                "method": "GET",
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": "203.0.113.7",
                "userAgent": "bench/1.0",
            },
            "requestId": "JKJaXmPLvHcESHA=",
            "routeKey": "$default",
            "stage": "$default",
            "time": "10/Mar/2025:05:16:23 +0000",
            "timeEpoch": 1741583783000,
        },
        "isBase64Encoded": False,
    }
    if pairs:
        event["queryStringParameters"] = {name: value for name, _, value in pairs}
    return event


def rest_get(
    resource: str, path: str, parameters: dict[str, str], query: dict[str, str] | None = None
) -> dict[str, Any]:
    """The same request from a REST API, which is the one kind that Chalice reads."""
    headers = http_get(path)["headers"]
    return {
        "resource": resource,
        "path": path,
        "httpMethod": "GET",
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": query,
        "multiValueQueryStringParameters": query and {name: [value] for name, value in query.items()},
        "pathParameters": parameters,
        "stageVariables": None,
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "a1s2d3f4g5",
            "domainName": "a1s2d3f4g5.execute-api.eu-west-1.amazonaws.com",
            "httpMethod": "GET",
            "identity": {"sourceIp": "203.0.113.7", "userAgent": "bench/1.0"},
            "path": f"/live{path}",
            "protocol": "HTTP/1.1",
            "requestId": "6f1c2b3a-0d4e-4f5a-9b8c-7d6e5f4a3b2c",
            "resourcePath": resource,
            "stage": "live",
        },
        "body": None,
        "isBase64Encoded": False,
    }


def sqs_batch(queue: str, count: int) -> dict[str, Any]:
    """*count* orders in one batch, each with two message attributes."""
    return {
        "Records": [
            {
                "messageId": f"0a1b2c3d-0000-4000-8000-{index:012}",
                "receiptHandle": "AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a",
                "body": json.dumps(
                    {"id": index, "total": 9.5 + index, "customer": "c-1024", "lines": ["mug", "plate"]}
                ),
                "attributes": {
                    "ApproximateReceiveCount": "1",
                    "SentTimestamp": "1741583783000",
                    "SenderId": "AIDAIENQZJOLO23YVJ4VO",
                    "ApproximateFirstReceiveTimestamp": "1741583783012",
                },
                "messageAttributes": {
                    "tenant": {
                        "stringValue": "blue",
                        "stringListValues": [],
                        "binaryListValues": [],
                        "dataType": "String",
                    },
                    "attempt": {
                        "stringValue": "1",
                        "stringListValues": [],
                        "binaryListValues": [],
                        "dataType": "Number",
                    },
                },
                "md5OfBody": "e4e68fb7bd0e697a0ae8f1bb342846b3",
                "eventSource": "aws:sqs",
                "eventSourceARN": f"arn:aws:sqs:eu-west-1:123456789012:{queue}",
                "awsRegion": "eu-west-1",
            }
            for index in range(count)
        ]
    }
