"""As it is written with Powertools: a utility per source, and a dispatcher by hand."""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import APIGatewayRestResolver
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes import S3Event
from aws_lambda_powertools.utilities.data_classes.s3_event import S3EventRecord
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.parser import parse
from aws_lambda_powertools.utilities.parser.models import EventBridgeModel, SqsRecordModel
from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import BaseModel, Json, PositiveFloat

logger = Logger(service="orders")
rest = APIGatewayRestResolver()


class Order(BaseModel):
    id: int
    total: PositiveFloat


class OrderRecord(SqsRecordModel):
    body: Json[Order]


class OrderPlaced(EventBridgeModel):
    detail: Order


ORDERS: dict[int, Order] = {}
UPLOADS: list[str] = []

orders = BatchProcessor(event_type=EventType.SQS, model=OrderRecord, raise_on_entire_batch_failure=False)
refunds = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)


@rest.get("/orders/<order_id>")
def read_order(order_id: str) -> dict[str, Any]:
    if int(order_id) not in ORDERS:
        raise NotFoundError(f"no order {order_id}")
    return ORDERS[int(order_id)].model_dump()


def on_order(record: OrderRecord) -> None:
    ORDERS[record.body.id] = record.body
    logger.info("order came in", order_id=record.body.id)


def on_refund(record: SQSRecord) -> None:
    del ORDERS[int(record.body)]


def placed(event: OrderPlaced) -> str:
    ORDERS[event.detail.id] = event.detail
    return f"order {event.detail.id}"


def on_upload(record: S3EventRecord) -> None:
    UPLOADS.append(record.s3.get_object.key)


@logger.inject_lambda_context
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> Any:
    records = event.get("Records") or [{}]
    if "httpMethod" in event:
        return rest.resolve(event, context)
    if records[0].get("eventSource") == "aws:sqs":
        if records[0]["eventSourceARN"].endswith(":refunds"):
            return process_partial_response(event, on_refund, refunds, context)
        return process_partial_response(event, on_order, orders, context)
    if records[0].get("eventSource") == "aws:s3":
        for record in S3Event(event).records:
            on_upload(record)
        return None
    if event.get("source") == "shop.orders":
        return placed(parse(event=event, model=OrderPlaced))
    raise ValueError("nobody takes this event")
