"""Handlers that do nothing, for AWS's own runtime client: what there is to beat."""

from __future__ import annotations

#: In the shape of a function URL's answer, and encoded beforehand.
ORDER = {
    "statusCode": 200,
    "headers": {"content-type": "application/json"},
    "cookies": [],
    "body": '{"id":"42","total":9.5}',
    "isBase64Encoded": False,
}


def order(event: object, context: object) -> dict[str, object]:
    return ORDER


def batch(event: object, context: object) -> dict[str, object]:
    return {"batchItemFailures": []}
