"""The same small functions, written by hand, with eventrouter and with its peers.

Each maker imports its library inside, so that a benchmark of one needs no other, and returns a Lambda handler.
"""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import Callable
from typing import Any

from pydantic import BaseModel, Json, TypeAdapter

from eventrouter import LambdaContext

from .measure import Handler

#: Powertools keeps one event loop where it sees Lambda, and makes one for each batch elsewhere.
os.environ.setdefault("LAMBDA_TASK_ROOT", os.getcwd())

QUEUE = "orders"


class Order(BaseModel):
    id: int
    total: float
    customer: str
    lines: list[str]


def lambda_context() -> LambdaContext:
    """What every handler is called with: eventrouter's own, which has what AWS's has and counts down in the same way."""
    return LambdaContext(
        "8f7e6d5c-4b3a-4291-8071-6f5e4d3c2b1a",
        deadline_ms=int(time.time() * 1000) + 86_400_000,
        invoked_function_arn="arn:aws:lambda:eu-west-1:123456789012:function:orders",
        function_name="orders",
        memory_limit_in_mb=512,
        log_group_name="/aws/lambda/orders",
        log_stream_name="2025/03/10/[$LATEST]0123456789abcdef",
    )


# --- GET /orders/{order_id}: a dict out


def by_hand_get() -> Handler:
    def handler(event: Any, context: Any) -> dict[str, Any]:
        path = event["rawPath"]
        if event["requestContext"]["http"]["method"] == "GET" and path.startswith("/orders/"):
            return answer(200, {"id": path[8:], "total": 9.5})
        return answer(404, {"detail": "Not Found"})

    return handler


def answer(status: int, value: object) -> dict[str, Any]:
    return {
        "statusCode": status,
        "headers": {"content-type": "application/json"},
        "cookies": [],
        "body": json.dumps(value),
        "isBase64Encoded": False,
    }


def eventrouter_get(others: int = 0) -> Handler:
    from eventrouter import App

    app = App()
    for index in range(others):
        app.get(f"/things{index}/{{thing_id}}")(_thing(index))

    @app.get("/orders/{order_id}")
    def read_order(order_id: str) -> dict[str, object]:
        return {"id": order_id, "total": 9.5}

    return app


def _thing(index: int) -> Callable[[str], dict[str, object]]:
    def read_thing(thing_id: str) -> dict[str, object]:
        return {"id": thing_id, "kind": index}

    return read_thing


def eventrouter_get_async() -> Handler:
    from eventrouter import App

    app = App()

    @app.get("/orders/{order_id}")
    async def read_order(order_id: str) -> dict[str, object]:
        return {"id": order_id, "total": 9.5}

    return app


def powertools_get(enable_validation: bool = False) -> Handler:
    from aws_lambda_powertools.event_handler import APIGatewayHttpResolver

    resolver = APIGatewayHttpResolver(enable_validation=enable_validation)

    def read_order(order_id: str) -> dict[str, object]:
        return {"id": order_id, "total": 9.5}

    resolver.get("/orders/<order_id>")(read_order)
    return resolver.resolve


def chalice_get() -> Handler:
    from chalice.app import Chalice

    app = Chalice("orders", configure_logs=False)

    def read_order(order_id: str) -> dict[str, object]:
        return {"id": order_id, "total": 9.5}

    app.route("/orders/{order_id}")(read_order)
    handler: Handler = app
    return handler


def starlette_app() -> Any:
    from starlette.applications import Starlette
    from starlette.responses import JSONResponse
    from starlette.routing import Route

    async def read_order(request: Any) -> Any:
        return JSONResponse({"id": request.path_params["order_id"], "total": 9.5})

    return Starlette(routes=[Route("/orders/{order_id}", read_order)])


def starlette_get(lifespan: Any = "off") -> Handler:
    from mangum import Mangum

    handler: Handler = Mangum(starlette_app(), lifespan=lifespan)
    return handler


def eventrouter_mounted() -> Handler:
    from eventrouter import App

    app = App()
    app.mount("/", starlette_app())
    handler: Handler = app
    return handler


def fastapi_get() -> Handler:
    from fastapi import FastAPI
    from mangum import Mangum

    app = FastAPI()

    async def read_order(order_id: str) -> dict[str, object]:
        return {"id": order_id, "total": 9.5}

    app.get("/orders/{order_id}")(read_order)
    handler: Handler = Mangum(app, lifespan="off")
    return handler


# --- GET /orders/{order_id}?verbose=: an int and a bool, validated


def by_hand_typed() -> Handler:
    words = {"true": True, "1": True, "false": False, "0": False}

    def handler(event: Any, context: Any) -> dict[str, Any]:
        path = event["rawPath"]
        if event["requestContext"]["http"]["method"] == "GET" and path.startswith("/orders/"):
            try:
                order_id = int(path[8:])
                verbose = words[event.get("queryStringParameters", {}).get("verbose", "false")]
            except (ValueError, KeyError):
                return answer(422, {"detail": "order_id is an integer, verbose a boolean"})
            return answer(200, {"id": order_id, "verbose": verbose})
        return answer(404, {"detail": "Not Found"})

    return handler


def eventrouter_typed() -> Handler:
    from eventrouter import App

    app = App()

    @app.get("/orders/{order_id}")
    def read_order(order_id: int, verbose: bool = False) -> dict[str, object]:
        return {"id": order_id, "verbose": verbose}

    return app


def powertools_typed() -> Handler:
    from aws_lambda_powertools.event_handler import APIGatewayHttpResolver

    resolver = APIGatewayHttpResolver(enable_validation=True)

    def read_order(order_id: int, verbose: bool = False) -> dict[str, object]:
        return {"id": order_id, "verbose": verbose}

    resolver.get("/orders/<order_id>")(read_order)
    return resolver.resolve


def fastapi_typed() -> Handler:
    from fastapi import FastAPI
    from mangum import Mangum

    app = FastAPI()

    async def read_order(order_id: int, verbose: bool = False) -> dict[str, object]:
        return {"id": order_id, "verbose": verbose}

    app.get("/orders/{order_id}")(read_order)
    handler: Handler = Mangum(app, lifespan="off")
    return handler


# --- SQS: every body an Order; the failed messages are named, and no others


def by_hand_sqs() -> Handler:
    validate = TypeAdapter(Order).validator.validate_json

    def on_order(order: Order) -> None: ...

    def handler(event: Any, context: Any) -> dict[str, Any]:
        failed = []
        for record in event["Records"]:
            try:
                on_order(validate(record["body"]))
            except Exception:
                failed.append({"itemIdentifier": record["messageId"]})
        return {"batchItemFailures": failed}

    return handler


def eventrouter_sqs() -> Handler:
    from eventrouter import App

    app = App(failures="report")

    @app.sqs(QUEUE)
    def on_order(order: Order) -> None: ...

    return app


def eventrouter_sqs_record() -> Handler:
    from eventrouter import App, SqsRecord

    app = App(failures="report")

    @app.sqs(QUEUE)
    def on_order(order: Order, record: SqsRecord[Order]) -> None: ...

    return app


def eventrouter_sqs_async() -> Handler:
    from eventrouter import App

    app = App(failures="report")

    @app.sqs(QUEUE)
    async def on_order(order: Order) -> None: ...

    return app


def _order_record() -> Any:
    from aws_lambda_powertools.utilities.parser.models import SqsRecordModel

    class OrderRecord(SqsRecordModel):
        body: Json[Order]

    return OrderRecord


def powertools_sqs() -> Handler:
    from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response

    processor = BatchProcessor(event_type=EventType.SQS, model=_order_record())

    def on_record(record: Any) -> None:
        _ = record.body

    def handler(event: Any, context: Any) -> Any:
        return process_partial_response(event=event, record_handler=on_record, processor=processor, context=context)

    return handler


def powertools_sqs_untyped() -> Handler:
    """Without a model: its default, a data class over the raw record, and the body validated by the user."""
    from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response

    processor = BatchProcessor(event_type=EventType.SQS)
    validate = TypeAdapter(Order).validator.validate_json

    def on_record(record: Any) -> None:
        validate(record.body)

    def handler(event: Any, context: Any) -> Any:
        return process_partial_response(event=event, record_handler=on_record, processor=processor, context=context)

    return handler


def powertools_sqs_async() -> Handler:
    from aws_lambda_powertools.utilities.batch import AsyncBatchProcessor, EventType, async_process_partial_response

    processor = AsyncBatchProcessor(event_type=EventType.SQS, model=_order_record())

    async def on_record(record: Any) -> None:
        _ = record.body

    def handler(event: Any, context: Any) -> Any:
        return async_process_partial_response(
            event=event, record_handler=on_record, processor=processor, context=context
        )

    return handler


# --- what asynchronous code costs at the least


def kept_loop() -> Handler:
    """One coroutine that does nothing, on a loop that is kept."""
    loop = asyncio.new_event_loop()

    async def nothing() -> None: ...

    def handler(event: Any, context: Any) -> None:
        loop.run_until_complete(nothing())

    return handler


def fresh_loop() -> Handler:
    """The same on a loop made for it."""

    async def nothing() -> None: ...

    def handler(event: Any, context: Any) -> None:
        asyncio.run(nothing())

    return handler


# --- right answers, or the figures are worth nothing


def check_get(reply: Any) -> None:
    assert reply["statusCode"] == 200, reply
    assert json.loads(reply["body"]) == {"id": "42", "total": 9.5}, reply


def check_typed(reply: Any) -> None:
    assert reply["statusCode"] == 200, reply
    assert json.loads(reply["body"]) == {"id": 42, "verbose": True}, reply


def check_batch(reply: Any) -> None:
    assert reply == {"batchItemFailures": []}, reply


def check_failed_batch(reply: Any, message_id: str) -> None:
    assert reply == {"batchItemFailures": [{"itemIdentifier": message_id}]}, reply
