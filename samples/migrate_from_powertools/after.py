"""The same handlers, annotations, exceptions and decorators; the dispatcher is gone."""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.utilities.data_classes.s3_event import S3EventRecord
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.parser.models import EventBridgeModel, SqsRecordModel
from pydantic import BaseModel, Json, PositiveFloat

from eventrouter import App

logger = Logger(service="orders")
app = App(failures="report")


class Order(BaseModel):
    id: int
    total: PositiveFloat


class OrderRecord(SqsRecordModel):
    body: Json[Order]


class OrderPlaced(EventBridgeModel):
    detail: Order


ORDERS: dict[int, Order] = {}
UPLOADS: list[str] = []


@app.get("/orders/{order_id}")
def read_order(order_id: str) -> dict[str, Any]:
    if int(order_id) not in ORDERS:
        raise NotFoundError(f"no order {order_id}")
    return ORDERS[int(order_id)].model_dump()


@app.sqs("orders")
def on_order(record: OrderRecord) -> None:
    ORDERS[record.body.id] = record.body
    logger.info("order came in", order_id=record.body.id)


@app.sqs("refunds")
def on_refund(record: SQSRecord) -> None:
    del ORDERS[int(record.body)]


@app.eventbridge(source="shop.orders", detail_type="OrderPlaced")
def placed(event: OrderPlaced) -> str:
    ORDERS[event.detail.id] = event.detail
    return f"order {event.detail.id}"


@app.s3()
def on_upload(record: S3EventRecord) -> None:
    UPLOADS.append(record.s3.get_object.key)


lambda_handler = logger.inject_lambda_context(app)  # without the decorator: Handler: ...after.app
