"""The same GET with an async handler, which takes an event loop."""

from __future__ import annotations

from eventrouter import App

app = App()


@app.get("/orders/{order_id}")
async def read_order(order_id: str) -> dict[str, object]:
    return {"id": order_id, "total": 9.5}
