"""What reaches the shop without a customer waiting: messages, notifications, schedules, streams."""

from __future__ import annotations

import logging

from eventrouter import Change, Router, S3Record, SnsRecord

from .models import Order, Payment, Shipment
from .store import Orders

log = logging.getLogger(__name__)
router = Router()


# The queue's trigger needs FunctionResponseTypes: [ReportBatchItemFailures], since main.py says failures="report".
@router.sqs("payments")
def on_payment(payment: Payment, store: Orders) -> None:
    """Once per message. One that raises is delivered again; the others of its batch are done."""
    order = store.get(payment.order_id)
    if payment.amount < order.total:
        raise ValueError(f"order {order.id} is not paid in full")
    store.orders[order.id] = order.model_copy(update={"status": "paid"})
    log.info("order %d is paid", order.id)


@router.sns("alerts-*")
def on_alert(text: str, record: SnsRecord) -> None:
    """The message as sent, and the envelope for its subject."""
    log.warning("%s: %s", record.Sns.Subject, text)


@router.schedule("nightly")
def nightly(store: Orders) -> dict[str, list[int]]:
    """What it returns is what a Lambda destination is told."""
    closed = [order.id for order in store.orders.values() if order.status == "shipped"]
    for order_id in closed:
        del store.orders[order_id]
    return {"closed": closed}


@router.eventbridge(source="shop.carrier", detail_type="Shipped", detail={"carrier": [{"anything-but": "test"}]})
def on_shipped(shipment: Shipment, store: Orders) -> None:
    order = store.get(shipment.order_id)
    store.orders[order.id] = order.model_copy(update={"status": "shipped"})
    log.info("order %d is on its way with %s", order.id, shipment.carrier)


@router.s3("shop-images", event="ObjectCreated:*", suffix=".png")
def on_image(record: S3Record, store: Orders) -> None:
    """The key is decoded: spaces are spaces."""
    store.images.append(record.key)
    log.info("new image: %s", record.key)


@router.dynamodb("orders")
def on_change(change: Change[Order]) -> None:
    """Nothing after a record that fails runs: the stream goes on from there."""
    match change.old, change.new:
        case None, Order() as new:
            log.info("order %d came in", new.id)
        case Order() as old, None:
            log.info("order %d is gone", old.id)
        case Order() as old, Order() as new if old.status != new.status:
            log.info("order %d: %s, then %s", new.id, old.status, new.status)
