"""An app for AWS's own runtime client to run: what the shop has no handler for."""

from __future__ import annotations

import asyncio

from eventrouter import App, LambdaContext

app = App()

#: The event loops that handlers have run on, and that therefore cannot be mistaken for one another.
LOOPS: list[asyncio.AbstractEventLoop] = []


@app.direct(where={"ask": ["loops"]})
async def loops() -> int:
    """How many event loops there have been, this call's included."""
    loop = asyncio.get_running_loop()
    await asyncio.sleep(0)
    if loop not in LOOPS:
        LOOPS.append(loop)
    return len(LOOPS)


@app.direct(where={"ask": ["context"]})
def context_of(context: LambdaContext) -> list[str]:
    """What Lambda's context says."""
    return [context.aws_request_id, context.function_name, context.invoked_function_arn]


@app.direct(where={"ask": ["echo"]})
def echo(event: dict[str, str]) -> str:
    return event["text"]
